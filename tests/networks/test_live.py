"""Live objects: functions, trees and paths here; modules of PyTorch in the slow suite, where PyTorch is installed."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import emt_theory as emt
from emt_theory.errors import EMTError, InvalidFile, InvalidNetwork, InvalidOption
from emt_theory.networks import ElmanRNN, StepNetwork, as_network, from_module, save

WEIGHTS = {"W_hh": [[0.0, 1.0], [1.0, 0.0]], "W_uh": [[0.0], [2.0]], "W_hy": [[0.0, 1.0]]}
TASK = emt.tasks.repeat_copy(2, 1)
SMALL = {"sequences": 20, "horizon": 20}


def test_paths_and_trees_are_taken_for_networks(tmp_path: Any) -> None:
    net = emt.derive(TASK).compile(scheme="tanh")
    path = save(net, tmp_path / "x.npz")
    assert as_network(net) is net
    assert as_network(path) == as_network(str(path)) == net
    assert as_network(WEIGHTS) == ElmanRNN(**WEIGHTS)
    results = [emt.check(one, TASK, **SMALL) for one in (net, path)]
    assert [result.verdict for result in results] == [results[0].verdict] * 2
    assert results[1].weights == "x.npz"
    assert emt.decompile(str(path), sequences=400, horizon=20).task == TASK


@pytest.mark.parametrize("value", [None, 3, object(), np.eye(2), TASK, dict])
def test_what_is_no_network_is_refused_as_before(value: Any) -> None:
    assert as_network(value) is value
    for call in (lambda: emt.check(value, TASK), lambda: emt.decompile(value)):
        with pytest.raises(InvalidNetwork, match="expected a network"):
            call()


def test_a_missing_file_is_named() -> None:
    with pytest.raises(InvalidFile, match=r"no-\\x1b\[31msuch.pt: no such file"):
        emt.check("no-\x1b[31msuch.pt", TASK)


def test_a_function_of_one_step_is_a_network() -> None:
    step = from_module(lambda x, h: (None, np.tanh(h + x)), hidden=1, dim=1, readout=[[1]], convention="x, h -> y, h")
    assert isinstance(step, StepNetwork)
    with pytest.raises(InvalidOption, match="needs hidden=, dim= and readout="):
        from_module(lambda h, x: h)
    with pytest.raises(InvalidOption, match="needs hidden=, dim= and readout="):
        from_module(lambda h, x: h, hidden=3)
    with pytest.raises(InvalidNetwork, match="a function of one step must be a function; got int"):
        from_module(3, hidden=1, dim=1, readout=[[1]])
    with pytest.raises(InvalidNetwork, match="it is a network already"):
        from_module(step)


def test_a_tree_without_a_readout_takes_one() -> None:
    bare = {key: value for key, value in WEIGHTS.items() if key != "W_hy"}
    assert from_module(bare, "relu", readout=WEIGHTS["W_hy"]) == ElmanRNN(**WEIGHTS, activation="relu")


def test_pytorch_is_looked_for_and_not_imported() -> None:
    code = "import sys, emt_theory as emt; emt.from_module({'W_hh': [[1]], 'W_uh': [[1]], 'W_hy': [[1]]}); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


# ------------------------------------------------------------------------------------------------------- modules of PyTorch


@pytest.fixture(scope="module")
def torch() -> Any:
    return pytest.importorskip("torch")


def model(torch: Any, layer: str = "RNN", forward: Any = None, size: int = 5, **options: Any) -> Any:
    """A recurrent layer and a read-out, with any forward."""

    class Model(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.rnn = getattr(torch.nn, layer)(2, size, **options)
            self.fc = torch.nn.Linear(size, 2)

        def forward(self, x: Any) -> Any:
            return forward(self, x) if forward else (self.fc(self.rnn(x)[0]), None)

    torch.manual_seed(0)
    return Model()


def looped(torch: Any, sigma: Any, **attributes: Any) -> Any:
    class Cell(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight_hh = torch.nn.Parameter(torch.randn(5, 5) / 3)
            self.weight_ih = torch.nn.Parameter(torch.randn(5, 2))
            self.out = torch.nn.Linear(5, 2)
            vars(self).update(attributes)

        def forward(self, x: Any) -> Any:
            h, outputs = torch.zeros(x.size(0), 5), []
            for t in range(x.size(1)):
                h = sigma(h @ self.weight_hh.T + x[:, t] @ self.weight_ih.T)
                outputs.append(self.out(h))
            return torch.stack(outputs, 1)

    torch.manual_seed(0)
    return Cell()


def outputs(torch: Any, module: Any, x: Any) -> Any:
    """What the module itself makes of inputs, in double precision."""
    with torch.no_grad():
        return module.double()(torch.from_numpy(x))[0].numpy()


@pytest.mark.slow
@pytest.mark.parametrize("layer", ["RNN", "GRU", "LSTM"])
def test_a_module_is_its_network_and_stays_as_it_was(torch: Any, layer: str) -> None:
    module = model(torch, layer, batch_first=True).train()
    before, random = {k: v.clone() for k, v in module.state_dict().items()}, torch.get_rng_state()
    net = from_module(module)
    assert net.provenance == emt.networks.Provenance()
    assert module.training
    assert all(torch.equal(before[key], value) for key, value in module.state_dict().items())
    assert torch.equal(random, torch.get_rng_state())
    assert torch.get_default_dtype() == torch.float32
    x = np.random.default_rng(0).normal(size=(3, 20, 2))
    assert np.abs(net.run(x).outputs - outputs(torch, module, x)).max() < 1e-12


@pytest.mark.slow
def test_forwards_of_every_kind_are_run(torch: Any) -> None:
    forwards = {
        "tuple": None,
        "tensor": lambda self, x: self.fc(self.rnn(x)[0]),
        "last": lambda self, x: self.fc(self.rnn(x)[0][:, -1]),
        "own h0": lambda self, x: self.fc(self.rnn(x, torch.zeros(1, x.size(0), 5))[0]),
        "single": lambda self, x: self.fc(self.rnn(x.float())[0]),
        "dictionary": lambda self, x: {"y": self.fc(self.rnn(x)[0])},
    }
    for forward in forwards.values():
        assert from_module(model(torch, forward=forward, batch_first=True)).provenance.remarks == ()
    assert from_module(model(torch)).provenance.remarks == ()  # the time first


def test_objects_of_a_library_that_can_be_called_are_trees() -> None:
    """A class of one's own that is made of one of Equinox's, say, is no function of one step for having a __call__."""
    library = type("Module", (), {"__module__": "equinox._module"})

    class Net(library):
        def __init__(self) -> None:
            vars(self).update(WEIGHTS)

        def __call__(self, xs: Any) -> Any:
            raise AssertionError("it is not called")

    assert from_module(Net(), "relu") == ElmanRNN(**WEIGHTS, activation="relu")
    assert emt.check(Net(), TASK, sequences=8, horizon=8, lifetime=False).verdict is not None
    with pytest.raises(InvalidOption, match="a function of one step needs hidden="):
        from_module(lambda h, x: h)


@pytest.mark.slow
def test_sigma_is_stated_computed_or_found_by_running(torch: Any) -> None:
    clamp = lambda z: torch.clamp(z, -1, 1)  # noqa: E731
    assert from_module(model(torch, nonlinearity="relu")).activation == "relu"
    assert from_module(looped(torch, clamp, act=clamp)).activation == "hard_tanh"
    for name in ("relu", "sigmoid", "tanh"):
        net = from_module(looped(torch, getattr(torch, name)))
        assert (net.activation, net.provenance.assumed) == (name, ())
    with pytest.raises(InvalidNetwork, match="unknown activation 'silu', stated as 'act'"):
        from_module(looped(torch, torch.nn.functional.silu, act=torch.nn.functional.silu))
    with pytest.raises(
        InvalidNetwork, match=r"the file holds σ = relu, stated as 'rnn.nonlinearity'; leave activation='tanh' out"
    ):
        from_module(model(torch, nonlinearity="relu"), activation="tanh")


@pytest.mark.slow
def test_a_sigma_that_is_clipped_beyond_small_numbers_is_another(torch: Any) -> None:
    functional = torch.nn.functional
    for clipped, name in (
        (functional.relu6, "relu6"),
        (torch.nn.ReLU6(), "ReLU6"),
        (torch.nn.Hardtanh(0, 6), "Hardtanh with other values"),
        (lambda z: torch.clamp(z, -4, 4), "<lambda>"),
    ):
        with pytest.raises(InvalidNetwork, match=f"unknown activation '{name}', stated as 'act'"):
            from_module(looped(torch, clipped, act=clipped))
    with pytest.raises(InvalidNetwork, match="forward does something that the weights do not say"):
        from_module(looped(torch, functional.relu6))
    # Of inputs of 1 nothing is clipped at 50, and of inputs of 100 much is.
    with pytest.raises(InvalidNetwork, match=r"ours are at most .* on random inputs of up to 100 until step 8"):
        from_module(looped(torch, lambda z: torch.clamp(z, -50, 50)), "identity")
    assert from_module(looped(torch, functional.hardtanh, act=torch.nn.Hardtanh())).activation == "hard_tanh"


@pytest.mark.slow
def test_a_difference_is_an_error_that_says_where_it_begins(torch: Any) -> None:
    def late(self: Any, x: Any) -> Any:
        y = self.fc(self.rnn(x)[0])
        return torch.cat([y[:, :11], 2 * y[:, 11:]], 1)

    squashed = lambda self, x: torch.sigmoid(self.fc(self.rnn(x)[0]))  # noqa: E731
    for forward, step in ((late, 12), (squashed, 1)):
        with pytest.raises(
            InvalidNetwork,
            match=f"forward does something that the weights do not say: .* differ from step {step} on, by up to",
        ):
            from_module(model(torch, forward=forward, batch_first=True))
    with pytest.raises(InvalidNetwork, match="forward does something"):
        from_module(looped(torch, torch.nn.functional.silu))


def answers(torch: Any) -> dict[str, Any]:
    """Forwards whose outputs are wrong while their states are right."""
    run = lambda self, x: self.rnn(x)[0]  # noqa: E731
    return {
        "bent": lambda self, x: (torch.sigmoid(5 * self.fc(run(self, x))) - 7, run(self, x)),
        "turned": lambda self, x: {"y": -self.fc(run(self, x)), "r": run(self, x)},
        "states first": lambda self, x: (run(self, x), -self.fc(run(self, x))),
        "last": lambda self, x: (-self.fc(run(self, x)[:, -1]), run(self, x)),
        "one of two": lambda self, x: (self.fc(run(self, x)), -self.fc(run(self, x))),
    }


@pytest.mark.slow
@pytest.mark.parametrize("size", [5, 2])
def test_outputs_are_wrong_though_states_are_right(torch: Any, size: int) -> None:
    for forward in answers(torch).values():
        with pytest.raises(
            InvalidNetwork, match=r"forward does something .* only if the difference is meant, the weights"
        ):
            from_module(model(torch, forward=forward, batch_first=True, size=size))
    right = lambda self, x: (self.rnn(x)[0], self.fc(self.rnn(x)[0]))  # noqa: E731
    assert from_module(model(torch, forward=right, batch_first=True, size=size)).provenance.remarks == ()
    alone = from_module(model(torch, forward=lambda self, x: self.rnn(x), batch_first=True, size=size))
    assert alone.provenance.remarks == ("its own outputs were not compared: forward returns states alone, which agree",)


@pytest.mark.slow
def test_a_leak_that_an_attribute_states_is_heard(torch: Any) -> None:
    with pytest.raises(InvalidOption, match="these units leak, and the file does not say where"):
        from_module(looped(torch, torch.tanh, alpha=0.3))
    assert from_module(looped(torch, torch.tanh, alpha=1.5, eps=0.3)).activation == "tanh"
    with pytest.raises(InvalidNetwork, match="forward does something"):  # which leaks, says the attribute, and does not
        from_module(looped(torch, torch.tanh, alpha=0.3), leak="state")


@pytest.mark.slow
def test_what_cannot_be_run_is_remarked(torch: Any) -> None:
    noisy = lambda self, x: self.fc(self.rnn(x)[0]) + torch.randn(2)  # noqa: E731
    for forward, why in (
        (noisy, "does not return the same twice"),
        (lambda self, x: None, "has the shape of outputs"),
        (lambda self, x: x.y, "fails"),
    ):
        (remark,) = from_module(model(torch, forward=forward)).provenance.remarks
        assert remark.startswith("its own outputs were not compared: ")
        assert why in remark


@pytest.mark.slow
def test_reparametrized_weights_are_folded(torch: Any) -> None:
    pytest.importorskip("torch.nn.utils.prune")
    utils = torch.nn.utils
    tricks = [
        lambda rnn: utils.parametrizations.weight_norm(rnn, "weight_hh_l0"),
        lambda rnn: utils.parametrizations.orthogonal(rnn, "weight_hh_l0"),
        lambda rnn: utils.prune.random_unstructured(rnn, "weight_hh_l0", 0.4),
    ]
    for trick in tricks:
        module = model(torch, batch_first=True)
        trick(module.rnn)
        before = module(torch.ones(1, 3, 2))[0]
        net = from_module(module)
        assert torch.equal(module(torch.ones(1, 3, 2))[0], before)
        assert np.abs(net.W_hh - module.rnn.weight_hh_l0.detach().numpy()).max() < 1e-6
        assert net.provenance.ignored == net.provenance.remarks == ()


@pytest.mark.slow
def test_a_cell_of_pytorch_is_a_step(torch: Any) -> None:
    step = from_module(torch.nn.RNNCell(2, 5), hidden=5, dim=2, readout=np.ones((2, 5)))
    assert isinstance(step, StepNetwork)
    bare = from_module(torch.nn.GRU(2, 5), readout=np.ones((2, 5)))
    assert bare.provenance.remarks == ()
    with pytest.raises(EMTError, match="is bidirectional"):
        from_module(model(torch, bidirectional=True))
    with pytest.raises(InvalidNetwork, match="no read-out"):
        emt.check(torch.nn.GRU(2, 5), TASK)
