"""Which array is which: both families of names, read-outs found by name and by shape, and what is refused."""

import pytest

from emt_theory.errors import InvalidNetwork
from emt_theory.networks.reading.layouts import find_layout

Shapes = dict[str, tuple[int, ...]]
TORCH: Shapes = {"rnn.weight_hh_l0": (4, 4), "rnn.weight_ih_l0": (4, 2)}


@pytest.mark.parametrize("prefix", ["", "rnn.", "model.rnn.", "a/b/", "net_"])
@pytest.mark.parametrize("layer", ["_l0", ""])
def test_pytorch_names_after_any_prefix(prefix: str, layer: str) -> None:
    shapes: Shapes = {
        f"{prefix}bias_ih{layer}": (4,),
        f"{prefix}bias_hh{layer}": (4,),
        f"{prefix}weight_ih{layer}": (4, 2),
        f"{prefix}weight_hh{layer}": (4, 4),
        "fc.weight": (2, 4),
        "fc.bias": (2,),
    }
    assert find_layout(shapes).to_dict() == {
        "cell": "elman",
        "W_hh": f"{prefix}weight_hh{layer}",
        "W_uh": f"{prefix}weight_ih{layer}",
        "W_hy": "fc.weight",
        "b_h": f"{prefix}bias_ih{layer} + {prefix}bias_hh{layer}",
        "b_y": "fc.bias",
        "ignored": [],
    }


@pytest.mark.parametrize(("gates", "cell"), [(3, "gru"), (4, "lstm")])
@pytest.mark.parametrize("prefix", ["", "rnn.", "model.rnn.", "a/b/"])
@pytest.mark.parametrize("layer", ["_l0", ""])
def test_gates_are_recognized_by_their_shape(prefix: str, layer: str, gates: int, cell: str) -> None:
    shapes: Shapes = {
        f"{prefix}bias_ih{layer}": (4 * gates,),
        f"{prefix}bias_hh{layer}": (4 * gates,),
        f"{prefix}weight_ih{layer}": (4 * gates, 2),
        f"{prefix}weight_hh{layer}": (4 * gates, 4),
        "fc.weight": (2, 4),
        "step": (),
    }
    assert find_layout(shapes).to_dict() == {
        "cell": cell,
        "weight_ih_l0": f"{prefix}weight_ih{layer}",
        "weight_hh_l0": f"{prefix}weight_hh{layer}",
        "W_hy": "fc.weight",
        "bias_ih_l0": f"{prefix}bias_ih{layer}",
        "bias_hh_l0": f"{prefix}bias_hh{layer}",
        "b_y": None,
        "ignored": ["step"],
    }
    only = find_layout({key: shape for key, shape in shapes.items() if "bias_ih" not in key}).to_dict()
    assert (only["bias_ih_l0"], only["bias_hh_l0"]) == (None, f"{prefix}bias_hh{layer}")


def test_a_square_read_out_does_not_make_a_cell_of_three_n_rows_another_kind() -> None:
    """N = d = 1: everything is a row or a column, and still only the rows of weight_hh count."""
    assert find_layout({"weight_hh": (3, 1), "weight_ih": (3, 1), "out": (1, 1)}).kind == "gru"
    assert find_layout({"weight_hh": (1, 1), "weight_ih": (1, 3), "fc.weight": (3, 1)}).kind == "elman"
    assert find_layout({"weight_hh": (4, 1), "weight_ih": (4, 3), "fc.weight": (3, 1)}).kind == "lstm"


def test_a_bias_beside_a_weight_belongs_to_that_weight() -> None:
    equinox: Shapes = {"cell.weight_hh": (4, 4), "cell.weight_ih": (4, 2), "cell.bias": (4,), "out.weight": (2, 4)}
    assert find_layout(equinox).to_dict()["b_h"] == "cell.bias"
    flat: Shapes = {"weight_hh": (4, 4), "weight_ih": (4, 4), "weight": (4, 4), "bias": (4,)}
    assert find_layout(flat).to_dict()["b_h"] is None
    assert find_layout(flat).to_dict()["b_y"] == "bias"


@pytest.mark.parametrize("prefix", ["", "net."])
def test_our_names(prefix: str) -> None:
    shapes: Shapes = {"W_hh": (4, 4), "W_uh": (4, 2), "W_hy": (2, 4), "b_h": (4,), "b_y": (2,)}
    found = find_layout({prefix + key: shape for key, shape in shapes.items()}).to_dict()
    assert [found["W_hh"], found["W_uh"], found["W_hy"], found["b_h"], found["b_y"]] == [prefix + key for key in shapes]


@pytest.mark.parametrize(
    ("key", "bias"),
    [
        ("readout.weight", "readout.bias"),
        ("model.readout.weight", "model.readout.bias"),
        ("fc.weight", "fc.bias"),
        ("fc1.weight", "fc1.bias"),
        ("linear.weight", "linear.bias"),
        ("out.weight", "out.bias"),
        ("output_layer.weight", "output_layer.bias"),
        ("decoder.0.weight", "decoder.0.bias"),
        ("Head.weight", "Head.bias"),
        ("W_hy", "b_y"),
        ("net.W_hy", "net.b_y"),
    ],
)
def test_readouts_by_name(key: str, bias: str) -> None:
    shapes: Shapes = {**TORCH, key: (2, 4), bias: (2,), "other": (7, 4), "norm": (4,)}
    found = find_layout(shapes).to_dict()
    assert (found["W_hy"], found["b_y"]) == (key, bias)
    assert found["ignored"] == ["norm", "other"]
    assert (
        find_layout({**TORCH, key: (4, 2)}).to_dict()["W_hy"] == key
    )  # the shape is judged later, with a better message


def test_a_readout_by_shape_is_the_only_matrix_with_n_columns() -> None:
    shapes: Shapes = {**TORCH, "proj.weight": (2, 4), "proj.bias": (2,), "wide": (2, 5), "norm": (4,)}
    found = find_layout(shapes).to_dict()
    assert (found["W_hy"], found["b_y"], found["ignored"]) == ("proj.weight", "proj.bias", ["norm", "wide"])
    assert find_layout({**TORCH, "readout": (2, 4), "b_y": (2,)}).to_dict()["b_y"] == "b_y"


def test_a_vector_of_a_read_outs_name_does_not_hide_the_matrix() -> None:
    assert find_layout({**TORCH, "out_norm.weight": (4,), "fc.weight": (2, 4)}).to_dict()["W_hy"] == "fc.weight"


REFUSED: list[tuple[Shapes, str]] = [
    (
        {},
        "no recurrent weights: nothing is named as by torch, equinox, flax, keras, ",
    ),
    (
        {"0.weight": (8, 2), "2.weight": (2, 8)},
        "(docs/reading.md); it holds 0.weight (8, 2), 2.weight (2, 8)",
    ),  # an MLP
    ({"a": (3, 4), "b": ()}, "it holds a (3, 4), b ()"),
    ({str(k): (1,) for k in range(10, 22)}, "17 (1,), …"),
    ({"rnn.weight_ih_l0": (4, 2), "fc.weight": (2, 4)}, "no recurrent weights"),
    (
        {"rnn.weight_hh_l0": (4, 4), "fc.weight": (2, 4)},
        "no input weights: 'rnn.weight_ih_l0' is missing; it holds",
    ),
    ({"W_hh": (4, 4), "W_hy": (2, 4)}, "no input weights: 'W_uh' is missing; it holds W_hh (4, 4), W_hy (2, 4)"),
    ({"a.W_hh": (4, 4), "b.W_uh": (4, 2), "W_hy": (2, 4)}, "'a.W_uh' is missing"),
    (
        TORCH,
        "no read-out: a key such as 'readout.weight', 'fc.weight', 'Dense_0.kernel' or 'W_hy', or any other matrix with N = 4 columns",
    ),
    ({**TORCH, "proj": (2, 5)}, "no read-out"),
    (
        {**TORCH, "fc.weight": (2, 4), "readout.weight": (2, 4)},
        "2 possible read-outs, 'fc.weight' and 'readout.weight'",
    ),
    ({**TORCH, "a": (2, 4), "b": (3, 4)}, "2 possible read-outs, 'a' and 'b'; keep one"),
    (
        {**TORCH, "W_hh": (4, 4), "W_uh": (4, 2)},
        "two recurrent layers, 'W_hh' and 'rnn.weight_hh_l0', whose order their names do not tell",
    ),
    (
        {**TORCH, "b.weight_hh_l0": (4, 4), "b.weight_ih_l0": (4, 2)},
        "two recurrent layers, 'b.weight_hh_l0' and 'rnn.weight_hh_l0'",
    ),
    ({**TORCH, "rnn.weight_hh_l1": (4, 4)}, "no input weights: 'rnn.weight_ih_l1' is missing; it holds"),
    (
        {**TORCH, "rnn.weight_hh_l1": (4, 4), "rnn.weight_ih_l1": (4, 3)},
        "'rnn.weight_ih_l1' must have N = 4 columns, the units of the layer below; got 3",
    ),
    (
        {**TORCH, "rnn.weight_hh_l2": (4, 4), "rnn.weight_ih_l2": (4, 4)},
        "two recurrent layers, 'rnn.weight_hh_l0' and 'rnn.weight_hh_l2', whose order their names do not tell; say which is meant: names={",
    ),
    ({**TORCH, "rnn.weight_hh_l0_reverse": (4, 4)}, "'rnn.weight_hh_l0_reverse' belongs to a bidirectional network"),
    ({"weight_hh_l0": (12, 4), "fc.weight": (2, 4)}, "no input weights: 'weight_ih_l0' is missing; it holds"),
    (
        {"a.weight_hh": (12, 4), "a.weight_ih": (12, 2), "b.weight_hh": (16, 4), "b.weight_ih": (16, 2)},
        "two recurrent layers, 'a.weight_hh' and 'b.weight_hh', whose",
    ),
    ({"h.kernel": (4, 4), "i.kernel": (2, 4)}, "no read-out"),
    ({"hr.kernel": (4, 4), "ir.kernel": (2, 4)}, "no input weights: 'iz.kernel' is missing; it holds"),
    (
        {"hr.kernel": (4, 4), "ir.kernel": (2, 4), "iz.kernel": (2, 4), "in.kernel": (2, 4)},
        "weights: 'hz.kernel' is missing",
    ),
    (
        {f"{k}.kernel": (4, 4) for k in ("if", "in", "hf", "hn")},
        "'hf.kernel' belongs to an MGUCell; those are not supported",
    ),
    (
        {"dense_h.kernel": (4, 9), "dense_i.kernel": (2, 9)},
        "'dense_h.kernel' must have shape (N, N), (N, 3N) or (N, 4N)",
    ),
    ({"h.kernel": (4,), "i.kernel": (2, 4)}, "'h.kernel' must be a matrix; got shape (4,)"),
    ({"a\nb": (1,), "c" * 999: (2,)}, "it holds 'a\\nb' (1,), 'ccc"),
    ({**TORCH, "rnn.weight_hr_l0": (2, 4)}, "'rnn.weight_hr_l0' belongs to an LSTM with projections"),
    ({"W_hh": (4,), "W_uh": (4, 2)}, "'W_hh' must be a matrix; got shape (4,)"),
    ({"W_hh": (), "W_uh": (4, 2)}, "'W_hh' must be a matrix; got shape ()"),
]


@pytest.mark.parametrize(("shapes", "message"), REFUSED)
def test_refusals(shapes: Shapes, message: str) -> None:
    with pytest.raises(InvalidNetwork) as refusal:
        find_layout(shapes)
    assert message in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_gates_are_seen_only_where_they_are() -> None:
    assert find_layout({"W_hh": (3, 3), "W_uh": (3, 1), "W_hy": (1, 3)}).kind == "elman"
    assert find_layout({"W_hh": (5, 4), "W_uh": (3, 1), "W_hy": (1, 4)}).kind == "elman"  # refused later, by its shape


def test_a_kind_chooses_between_layers_or_refuses() -> None:
    both: Shapes = {
        "a.weight_hh": (12, 4),
        "a.weight_ih": (12, 2),
        "b.W_hh": (4, 4),
        "b.W_uh": (4, 2),
        "out.weight": (2, 4),
    }
    with pytest.raises(InvalidNetwork, match=r"two recurrent layers, 'a\.weight_hh' and 'b\.W_hh'"):
        find_layout(both)
    assert find_layout(both, "gru").to_dict()["weight_hh_l0"] == "a.weight_hh"
    assert find_layout(both, "elman").to_dict()["W_hh"] == "b.W_hh"
    with pytest.raises(InvalidNetwork, match=r"'weight_hh' belongs to a layer of kind 'gru', not 'lstm'"):
        find_layout({"weight_hh": (12, 4), "weight_ih": (12, 2), "out": (2, 4)}, "lstm")
