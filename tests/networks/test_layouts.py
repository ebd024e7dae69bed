"""Which array is which: both families of names, read-outs found by name and by shape, and what is refused."""

import pytest

from emt_theory.errors import InvalidNetwork
from emt_theory.networks.layouts import find_layout

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
    layout = find_layout(shapes)
    assert (layout.W_hh, layout.W_uh) == (f"{prefix}weight_hh{layer}", f"{prefix}weight_ih{layer}")
    assert layout.b_h == (f"{prefix}bias_ih{layer}", f"{prefix}bias_hh{layer}")
    assert (layout.W_hy, layout.b_y, layout.ignored) == ("fc.weight", "fc.bias", ())


@pytest.mark.parametrize("prefix", ["", "net."])
def test_our_names(prefix: str) -> None:
    shapes: Shapes = {"W_hh": (4, 4), "W_uh": (4, 2), "W_hy": (2, 4), "b_h": (4,), "b_y": (2,)}
    layout = find_layout({prefix + key: shape for key, shape in shapes.items()})
    assert [layout.W_hh, layout.W_uh, layout.W_hy, *layout.b_h, layout.b_y] == [prefix + key for key in shapes]


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
    layout = find_layout(shapes)
    assert (layout.W_hy, layout.b_y) == (key, bias)
    assert layout.ignored == ("norm", "other")
    assert find_layout({**TORCH, key: (4, 2)}).W_hy == key  # the shape is judged later, with a better message


def test_a_readout_by_shape_is_the_only_matrix_with_n_columns() -> None:
    shapes: Shapes = {**TORCH, "proj.weight": (2, 4), "proj.bias": (2,), "wide": (2, 5), "norm": (4,)}
    layout = find_layout(shapes)
    assert (layout.W_hy, layout.b_y, layout.ignored) == ("proj.weight", "proj.bias", ("norm", "wide"))
    assert find_layout({**TORCH, "readout": (2, 4), "b_y": (2,)}).b_y == "b_y"


def test_a_vector_of_a_read_outs_name_does_not_hide_the_matrix() -> None:
    assert find_layout({**TORCH, "out_norm.weight": (4,), "fc.weight": (2, 4)}).W_hy == "fc.weight"


REFUSED: list[tuple[Shapes, str]] = [
    (
        {},
        "no recurrent weights: a key that ends in weight_hh_l0 (PyTorch) or W_hh is missing; the file holds no arrays",
    ),
    ({"a": (3, 4), "b": ()}, "no recurrent weights: a key that ends in weight_hh_l0 (PyTorch) or W_hh is missing; "),
    ({"a": (3, 4), "b": ()}, "the file holds a (3, 4), b ()"),
    ({str(k): (1,) for k in range(10, 22)}, "17 (1,), …"),
    ({"rnn.weight_ih_l0": (4, 2), "fc.weight": (2, 4)}, "no recurrent weights"),
    (
        {"rnn.weight_hh_l0": (4, 4), "fc.weight": (2, 4)},
        "no input weights: 'rnn.weight_ih_l0' is missing; the file holds",
    ),
    ({"W_hh": (4, 4), "W_hy": (2, 4)}, "no input weights: 'W_uh' is missing; the file holds W_hh (4, 4), W_hy (2, 4)"),
    ({"a.W_hh": (4, 4), "b.W_uh": (4, 2), "W_hy": (2, 4)}, "'a.W_uh' is missing"),
    (
        TORCH,
        "no read-out: a key such as 'readout.weight', 'fc.weight' or 'W_hy', or any other matrix with N = 4 columns",
    ),
    ({**TORCH, "proj": (2, 5)}, "no read-out"),
    (
        {**TORCH, "fc.weight": (2, 4), "readout.weight": (2, 4)},
        "2 possible read-outs, 'fc.weight' and 'readout.weight'",
    ),
    ({**TORCH, "a": (2, 4), "b": (3, 4)}, "2 possible read-outs, 'a' and 'b'; keep one"),
    ({**TORCH, "W_hh": (4, 4), "W_uh": (4, 2)}, "two recurrent layers, 'W_hh' and 'rnn.weight_hh_l0'; only one"),
    ({**TORCH, "b.weight_hh_l0": (4, 4)}, "two recurrent layers, 'b.weight_hh_l0' and 'rnn.weight_hh_l0'"),
    ({**TORCH, "rnn.weight_hh_l1": (4, 4)}, "'rnn.weight_hh_l1' belongs to a network of several layers"),
    ({**TORCH, "rnn.weight_hh_l0_reverse": (4, 4)}, "'rnn.weight_hh_l0_reverse' belongs to a bidirectional network"),
    (
        {"weight_hh_l0": (12, 4), "weight_ih_l0": (12, 2)},
        "has shape (3N, N) = (12, 4), which looks like a GRU; those are",
    ),
    (
        {"weight_hh_l0": (16, 4), "weight_ih_l0": (16, 2)},
        "has shape (4N, N) = (16, 4), which looks like an LSTM; those",
    ),
    ({**TORCH, "rnn.weight_hr_l0": (2, 4)}, "'rnn.weight_hr_l0' belongs to an LSTM with projections"),
    ({"W_hh": (4,), "W_uh": (4, 2)}, "'W_hh' must have shape (N, N); got (4,)"),
    ({"W_hh": (), "W_uh": (4, 2)}, "'W_hh' must have shape (N, N); got ()"),
]


@pytest.mark.parametrize(("shapes", "message"), REFUSED)
def test_refusals(shapes: Shapes, message: str) -> None:
    with pytest.raises(InvalidNetwork) as refusal:
        find_layout(shapes)
    assert message in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_gates_are_seen_only_where_they_are() -> None:
    assert find_layout({"W_hh": (3, 3), "W_uh": (3, 1), "W_hy": (1, 3)}).W_hh == "W_hh"
    assert find_layout({"W_hh": (5, 4), "W_uh": (3, 1), "W_hy": (1, 4)}).W_hh == "W_hh"  # refused later, by its shape
