"""Layers on top of each other: by hand, by their parts, in files, and in every instrument."""

import json
import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from emt_theory import derive
from emt_theory.analysis import Verdict, check, decompile, linearize_origin
from emt_theory.circuits import certify
from emt_theory.errors import InvalidFile, InvalidNetwork, InvalidOption
from emt_theory.networks import (
    GRU,
    LSTM,
    ElmanRNN,
    LeakyRNN,
    Stack,
    StepNetwork,
    from_arrays,
    is_assumed,
    load,
    provenance_of,
    save,
    state_space,
)
from emt_theory.networks.network import difference_jacobian
from emt_theory.tasks import compose_copy

RNG = np.random.default_rng(3)
D = 2


def some(*shape):
    return RNG.normal(size=shape) / 2


GATED = GRU(some(9, D), some(9, 3), np.eye(3), some(9))
CELL = LSTM(some(16, 3), some(16, 4), np.eye(4), some(16), initial=some(8))
TOP = ElmanRNN(some(5, 5), some(5, 4), some(D, 5), some(5), some(D), activation="relu")
NET = Stack((GATED, CELL, TOP))


def test_it_runs_as_its_layers_do_one_after_the_other():
    x = some(3, 4, D)
    whole = np.concatenate([x, np.zeros((3, 3, D))], axis=1)
    first = GATED.run(whole)
    second = CELL.run(first.outputs)
    third = TOP.run(second.outputs)
    run = NET.run(x, steps=7)
    np.testing.assert_allclose(run.outputs, third.outputs, atol=1e-14)
    np.testing.assert_allclose(
        run.states, np.concatenate([first.states, second.states, third.states], axis=2), atol=1e-14
    )
    assert state_space(NET).parts == (("h1", 3), ("h2", 4), ("c2", 4), ("h3", 5))
    assert (NET.hidden, NET.d_in, NET.d_out, repr(NET)) == (12, D, D, "Stack(N=3+4+5, d=2, gru+lstm+elman)")
    np.testing.assert_allclose(NET.read(run.states), run.outputs, atol=1e-14)


def test_its_jacobian_and_read_out():
    space, z = state_space(NET), some(2, 16)
    np.testing.assert_allclose(space.jacobian(z), difference_jacobian(space.step, z), atol=1e-7)
    np.testing.assert_allclose(space.read(z), z @ space.readout.T + TOP.b_y, atol=1e-14)
    assert len(NET.reach()) == len(NET.start()) == space.size


def test_a_leak_before_sigma_reaches_as_far_as_it_is_driven():
    """v ← ½ v + ½ (0 + 50 h) rests at 50 σ(1), beyond |W| sup|σ| + |b| = 0: only alone is that its reach."""
    low = ElmanRNN([[0.0]], [[1.0]], [[1.0]], b_h=[1.0])
    high = LeakyRNN([[0.0]], [[50.0]], [[1.0]], alpha=0.5, leak="preactivation")
    net = Stack((low, high))
    assert net.run([[[0.0]]], steps=60).states[0, -1, 1] > 38
    assert net.reach().tolist() == [1.0, np.inf]
    assert Stack((high, low)).reach().tolist() == [0.0, 1.0]


def test_it_is_a_value_and_files_keep_it(tmp_path):
    assert pickle.loads(pickle.dumps(NET)) == NET != Stack((GATED, CELL, replace(TOP, activation="tanh")))
    for suffix in (".safetensors", ".npz"):
        net = replace(NET, metadata={"a note": "x"})
        again = load(save(net, tmp_path / f"x{suffix}"))
        assert (again, again.metadata["a note"]) == (net, "x")
    leaky = Stack(
        (LeakyRNN(some(3, 3), some(3, D), np.eye(3), [0.1, 0.2, 0.3], phase_input=False), replace(TOP, W_uh=some(5, 3)))
    )
    assert load(save(leaky, tmp_path / "leaky.npz")) == leaky
    with pytest.raises(InvalidOption, match="the file says all of a stack"):
        load(tmp_path / "leaky.npz", activation="tanh")
    with np.load(tmp_path / "x.npz") as file:
        stored = {key: file[key] for key in file.files if key != "metadata"}
    np.savez(tmp_path / "bad.npz", **stored, metadata='{"emt_format": "1", "kind": "stack", "layers": "[1]"}')
    with pytest.raises(
        InvalidNetwork, match="metadata 'layers' must be a JSON list with a table of texts for each layer"
    ):
        load(tmp_path / "bad.npz")
    with pytest.raises(InvalidFile, match="unknown suffix"):
        save(NET, tmp_path / "x.txt")


def rewritten(path, changes=None, metadata=None, **arrays):
    """The file again with other metadata, tables of layers, or more arrays."""
    with np.load(path) as file:
        stored = {key: file[key] for key in file.files if key != "metadata"}
        written = json.loads(str(file["metadata"]))
    tables = changes(json.loads(written["layers"])) if changes else json.loads(written["layers"])
    text = json.dumps(written | {"layers": json.dumps(tables)} | (metadata or {}))
    np.savez(path.with_name("again.npz"), **stored, **arrays, metadata=text)
    return path.with_name("again.npz")


def test_what_the_tables_of_a_file_do_not_name_is_refused(tmp_path):
    path = save(NET, tmp_path / "x.npz")
    assert load(rewritten(path)) == NET
    for changes, metadata, arrays, message in (
        (lambda tables: tables[:2], {}, {}, "'layers.2.W_hh' belongs to none of the 2 layers"),
        (None, {}, {"W_skip": np.eye(2)}, "'W_skip' belongs to none of the 3 layers that metadata 'layers' names"),
        (None, {"phase_input": "true"}, {}, "metadata phase_input is 'true', but the layers say false"),
        (
            None,
            {"activation": "relu"},
            {},
            "metadata activation is 'relu', but in a stack every layer says it for itself",
        ),
        (lambda tables: [*tables[:2], {"activation": "gelu"}], {}, {}, "layer 2: unknown activation 'gelu'"),
    ):
        with pytest.raises(InvalidNetwork, match=message):
            load(rewritten(path, changes, metadata, **arrays))
    silent = load(rewritten(path, lambda tables: [*tables[:2], {}]))
    assert (silent.provenance.assumed, silent.layers[2].activation) == (("activation",), "tanh")
    more = load(rewritten(path, **{"layers.2.steps": np.arange(3)}))
    assert more.provenance.ignored == ("layers.2.steps",)
    assert load(rewritten(path, metadata={"phase_input": "false"})) == NET


def test_an_assumed_sigma_stays_assumed(tmp_path):
    arrays = {"W_hh": np.eye(2), "W_uh": np.ones((2, 1)), "W_hy": np.ones((1, 2))}
    top = {"rnn.weight_hh_l0": np.eye(2), "rnn.weight_ih_l0": np.eye(2), "rnn.weight_hh_l1": np.eye(2),
           "rnn.weight_ih_l1": np.eye(2), "fc.weight": np.eye(2)}  # fmt: skip
    for k, tree in enumerate((arrays, {**arrays, "alpha": 0.5}, top)):
        net = from_arrays(tree, leak="state" if k == 1 else None)
        assert is_assumed(net)
        assert provenance_of(net).assumed == ("activation",)
        again = load(save(load(save(net, tmp_path / f"{k}.npz")), tmp_path / f"{k}.safetensors"))
        assert is_assumed(again)
        assert again.provenance.assumed == ("activation",)
        said = from_arrays(tree, activation="tanh", leak="state" if k == 1 else None)
        assert not is_assumed(load(save(said, tmp_path / f"said{k}.npz")))
    assert load(tmp_path / "0.npz", activation="relu").activation == "relu"
    assert not is_assumed(load(save(replace(from_arrays(arrays), activation="relu"), tmp_path / "y.npz")))
    assert not is_assumed(load(tmp_path / "0.npz", activation="tanh"))


def test_stacks_in_stacks_and_layers_without_weights(tmp_path):
    low = ElmanRNN(some(3, 3), some(3, D), some(3, 3))
    net = Stack((Stack((low, GRU(some(9, 3), some(9, 3), np.eye(3)))), replace(TOP, W_uh=some(5, 3))))
    again = load(save(net, tmp_path / "x.npz"))
    assert again == net
    assert again != Stack((*net.layers[0].layers, net.layers[1]))
    step = StepNetwork(lambda h, x: np.tanh(h + x), np.eye(D), D, D)
    for layers in ((step, replace(TOP, W_uh=some(5, D))), (Stack((step, step)), replace(TOP, W_uh=some(5, D)))):
        with pytest.raises(
            InvalidNetwork, match=r"x\.safetensors: layers\[0\] is a StepNetwork: it has no weights to write"
        ):
            save(Stack(layers), tmp_path / "x.safetensors")
    assert not (tmp_path / "x.safetensors").exists()


def test_what_is_said_of_a_saved_stack_is_refused_by_name(tmp_path):
    path = save(NET, tmp_path / "x.npz")
    for said in ({"alpha": np.array([0.1, 0.2])}, {"activation": np.array(["tanh", "relu"])}, {"leak": "state"}):
        with pytest.raises(InvalidOption, match=f"the file says all of a stack; leave {next(iter(said))} out"):
            load(path, **said)


def test_sigma_of_a_stack_with_gates():
    arrays = {"layers.0.weight_hh": some(9, 3), "layers.0.weight_ih": some(9, 2), "layers.1.weight_hh": some(4, 4),
              "layers.1.weight_ih": some(4, 3), "fc.weight": some(2, 4)}  # fmt: skip
    for said in ("relu", [None, "relu"]):
        net = from_arrays(arrays, activation=said)
        assert ([layer.kind for layer in net.layers], net.layers[1].activation) == (["gru", "elman"], "relu")
    assert from_arrays(arrays) != net
    with pytest.raises(
        InvalidNetwork, match=r"layer 0 is a gru, whose gates are fixed; give .* None in place of 'tanh'"
    ):
        from_arrays(arrays, activation=["tanh", "relu"])


def test_pytorchs_names_of_several_layers():
    """As nn.RNN(2, 3, num_layers=2) and a Linear have it, hand on the whole state of the first layer."""
    arrays = {
        "rnn.weight_ih_l0": some(3, 2), "rnn.weight_hh_l0": some(3, 3), "rnn.bias_ih_l0": some(3), "rnn.bias_hh_l0": some(3),
        "rnn.weight_ih_l1": some(3, 3), "rnn.weight_hh_l1": some(3, 3), "rnn.bias_ih_l1": some(3), "rnn.bias_hh_l1": some(3),
        "fc.weight": some(2, 3), "fc.bias": some(2), "h0": some(2, 1, 3),
    }  # fmt: skip
    net = from_arrays(arrays, activation=["tanh", "relu"])
    x, h = some(1, 4, 2), arrays["h0"][:, 0]
    run = net.run(x)
    for t in range(4):
        low = np.tanh(
            arrays["rnn.weight_hh_l0"] @ h[0]
            + arrays["rnn.weight_ih_l0"] @ x[0, t]
            + arrays["rnn.bias_ih_l0"]
            + arrays["rnn.bias_hh_l0"]
        )
        top = (
            arrays["rnn.weight_hh_l1"] @ h[1]
            + arrays["rnn.weight_ih_l1"] @ low
            + arrays["rnn.bias_ih_l1"]
            + arrays["rnn.bias_hh_l1"]
        )
        h = np.array([low, np.maximum(top, 0)])
        np.testing.assert_allclose(run.states[0, t], h.ravel(), atol=1e-14)
    np.testing.assert_allclose(run.outputs[0, -1], arrays["fc.weight"] @ h[1] + arrays["fc.bias"], atol=1e-14)
    assert net.provenance.remarks == ("'h0' is its initial state",)
    assert from_arrays(arrays).provenance.assumed == ("activation",)
    names = {"layers.0.W_hh": "rnn.weight_hh_l0", "layers.0.W_uh": "rnn.weight_ih_l0", "layers.1.W_hh": "rnn.weight_hh_l1",
             "layers.1.W_uh": "rnn.weight_ih_l1", "W_hy": "fc.weight"}  # fmt: skip
    spoken = from_arrays(arrays, names=names)
    assert [layer.weights.keys() >= {"W_hh", "W_uh"} for layer in spoken.layers] == [True, True]
    assert set(spoken.provenance.ignored) == {key for key in arrays if "bias" in key} | {"h0"}
    with pytest.raises(InvalidOption, match="activation must be one name, or one for each of the 2 layers; got 3"):
        from_arrays(arrays, activation=["tanh"] * 3)


def test_what_does_not_fit_is_refused():
    for layers, message in (
        ((), "a stack needs at least one layer"),
        ((GATED, 5), r"layers\[1\] must be a network; got int"),
        ((GATED, TOP), r"layers\[1\] takes 4 inputs, but layers\[0\] shows 3"),
        ((GATED, replace(CELL, phase_input=True)), r"layers\[1\] has a phase input; only the lowest"),
    ):
        with pytest.raises(InvalidNetwork, match=message):
            Stack(layers)
    two = Stack((ElmanRNN(some(5, 5), some(5, 2), np.eye(5)), replace(TOP, W_uh=some(5, 5))))
    assert certify(two, compose_copy(2)).reason == "no argument covers stack"


@pytest.fixture(scope="module")
def circuit():
    return derive(compose_copy(3))


@pytest.fixture(scope="module")
def planted(circuit):
    """A true circuit above a layer that only squashes the inputs, and keeps nothing."""
    return Stack((ElmanRNN(np.zeros((3, 3)), 3 * np.eye(3), np.eye(3)), circuit.compile(scheme="tanh")))


def test_a_circuit_in_the_upper_layer_is_found(circuit, planted):
    assert planted.is_odd()
    result = check(planted, circuit.task, sequences=400, horizon=40, lifetime=False)
    assert result.verdict is Verdict.CONSISTENT
    assert result.hidden == 12
    assert decompile(planted, max_variables=5).task.matrix == circuit.task.matrix
    values = np.sort_complex(linearize_origin(planted).eigenvalues)
    assert len(values) == 12


def test_a_circuit_behind_a_layer_that_forgets_a_component_is_not(circuit, planted):
    blind = Stack((replace(planted.layers[0], W_uh=np.diag([3.0, 3.0, 0.0])), planted.layers[1]))
    assert check(blind, circuit.task, sequences=128, horizon=20, lifetime=False).verdict is Verdict.NOT_SOLVED


DATA = Path(__file__).parent / "data"
RECORDED = dict(np.load(DATA / "stacked.npz").items())


@pytest.mark.parametrize("name", sorted({key.split("/")[1] for key in RECORDED}))
def test_the_forward_pass_is_pytorchs(name):
    """Outputs, and the states of all layers, as torch computes them in double precision over 20 steps."""
    x, y, h = (RECORDED[f"stacked/{name}/{key}"] for key in "xyh")
    net = load(DATA / "stacked" / name)
    run = net.run(x, steps=20)
    assert y.shape[1] == 20
    assert isinstance(net, Stack)
    np.testing.assert_allclose(run.outputs, y, atol=1e-12)
    np.testing.assert_allclose(run.states, h, atol=1e-12)
    turned = Stack((*net.layers[:-1], replace(net.layers[-1], b_y=-net.layers[-1].b_y)))
    assert np.abs(turned.run(x, steps=20).outputs - y).max() > 1e-3


def test_every_recorded_file_is_used():
    assert {path.name for path in (DATA / "stacked").iterdir()} == {key.split("/")[1] for key in RECORDED}


def test_a_stack_whose_units_are_assumed_says_so(circuit):
    """Both layers of a file that does not name σ."""
    net = circuit.compile(scheme="saturating")
    padded = {
        "rnn.weight_hh_l0": np.zeros((9, 9)), "rnn.weight_ih_l0": np.eye(9, 3), "rnn.weight_hh_l1": net.W_hh,
        "rnn.weight_ih_l1": net.W_uh @ np.eye(3, 9), "fc.weight": net.W_hy
    }  # fmt: skip
    found = check(from_arrays(padded), circuit.task, sequences=400, horizon=40, lifetime=False)
    assert found.evidence[0].startswith("Its units are taken to be tanh")
    solved = from_arrays(padded, activation="hard_tanh")
    assert solved.activation == "hard_tanh"
    assert check(solved, circuit.task, sequences=400, horizon=40, lifetime=False).behaviour.accuracy == 1.0
    assert solved == from_arrays(padded).with_units("hard_tanh") != from_arrays(padded)
