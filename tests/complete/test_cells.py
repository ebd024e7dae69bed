"""Every kind of network × everything that takes one: it is taken, or refused by its name. A new kind is one class and one entry."""

from __future__ import annotations

import json
import pickle
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from numpy.typing import NDArray

from emt_theory import check, decompile, load, train
from emt_theory._proofs.verify import BadCertificateError, verify
from emt_theory.circuits import certify, compile_cell
from emt_theory.circuits.cells import GATED
from emt_theory.errors import EMTError, NotDecompilable, SchemeNotAllowed
from emt_theory.exact import Certificate
from emt_theory.networks import KINDS, Network, Provenance, from_arrays, kinds, save, state_space
from emt_theory.networks.activations import SIGMOID
from emt_theory.networks.network import GatedNetwork, difference_jacobian
from emt_theory.networks.reading.namings import NAMINGS
from emt_theory.tasks import repeat_copy, selection
from emt_theory.training import Protocol, Scheduled

TASK = repeat_copy(num_variables=2, dim=1)
TURN = selection("turn", 2, [(1, 0, -1)])
"""No output that stays as it is has it on any input, so what is random is soon wrong on all."""
BRIEF = Protocol(
    steps=2, learning_rate=0.01, batch=4, curriculum=Scheduled((2,), (0,)), test_horizon=4, test_sequences=8
)


def network(made: type[Network], biases: bool = True) -> Network:
    rng, n, rows = np.random.default_rng(0), 4, 4 * max(1, len(made.gates))
    shapes = dict(zip(made.WEIGHTS, ((rows, n), (rows, 1), (1, n)), strict=True))
    shapes |= dict.fromkeys(made.BIASES[:-1], (rows,)) | dict.fromkeys(made.BIASES[-1:], (1,)) if biases else {}
    return made(**{name: rng.normal(size=shape) / 2 for name, shape in shapes.items()})


def runs_as_its_steps(made: type[Network], folder: Path) -> None:
    net, x = network(made), np.random.default_rng(1).normal(size=(3, 2, 1))
    space, z = state_space(net), np.tile(state_space(net).initial, (3, 1))
    outputs, states = net.run(x, steps=5)
    whole = space.run(x, steps=5).states
    for t in range(5):
        z = space.step(z, x[:, t] if t < 2 else None)
        np.testing.assert_allclose(whole[:, t], z, atol=1e-14)
        np.testing.assert_allclose(outputs[:, t], space.read(z), atol=1e-13)
    assert np.array_equal(states, whole[..., :4])
    assert space.parts[0] == ("h", 4)
    np.testing.assert_allclose(space.free(whole[:, 2], 2), whole[:, 3:], atol=1e-14)


def has_the_jacobian_of_its_step_at_any_input(made: type[Network], folder: Path) -> None:
    space, rng = state_space(network(made)), np.random.default_rng(2)
    z, x = rng.normal(size=(2, 3, space.size)), rng.normal(size=(2, 3, 1))
    for given in (None, x):
        drive = None if given is None else given[..., None, :]
        found = space.jacobian(z, given)
        expected = difference_jacobian(lambda states, _, drive=drive: space.step(states, drive), z)
        np.testing.assert_allclose(found, expected, atol=1e-8)
    assert not np.allclose(space.jacobian(z, x), space.jacobian(z))


def is_a_value(made: type[Network], folder: Path) -> None:
    net = network(made)
    again = pickle.loads(pickle.dumps(net))
    assert (again, repr(again)) == (net, repr(net))
    assert net == replace(net, provenance=Provenance(ignored=("x",)))  # type: ignore[type-var]
    for name in made.arrays():
        assert net != replace(net, **{name: 2 * net.weights[name]})  # type: ignore[type-var]
        with pytest.raises(ValueError, match="read-only"):
            net.weights[name][...] = 0
        with pytest.raises(EMTError, match=rf"{name}.* is nan"):
            replace(net, **{name: net.weights[name] * np.nan})  # type: ignore[type-var]
        with pytest.raises(EMTError, match=rf"{name} must (be square, )?(have )?shape"):
            replace(net, **{name: net.weights[name][..., None]})  # type: ignore[type-var]
    with pytest.raises(EMTError, match=f"{made.WEIGHTS[0]} is missing"):
        replace(net, **{made.WEIGHTS[0]: None})  # type: ignore[type-var]
    assert f"{type(net).__name__}(N=4, d=1" in net._repr_html_()


def is_saved_and_loaded(made: type[Network], folder: Path) -> None:
    net = network(made)
    for naming in NAMINGS:
        if naming.written and all(map(naming.written, made.arrays())):
            again = load(save(net, folder / f"{naming.name}.npz", names=naming.name))
            assert (again, again.provenance) == (net, Provenance())
        elif naming.written:
            with pytest.raises(EMTError, match=f"the naming '{naming.name}' has no key for"):
                save(net, folder / f"{naming.name}.npz", names=naming.name)


def trains_on_numpy_or_is_refused(made: type[Network], folder: Path) -> None:
    trains_or_is_refused(made, "numpy", {"elman"})


def trains_on_jax_or_is_refused(made: type[Network], folder: Path) -> None:
    given_by_formula = made.formula is not Network.formula
    trains_or_is_refused(made, "jax", {"elman", made.kind} if given_by_formula else {"elman"})


def trains_or_is_refused(made: type[Network], backend: str, trained: set[str]) -> None:
    if made.kind not in trained:
        with pytest.raises(EMTError, match=made.kind):
            train(TASK, hidden=3, backend=backend, cell=made.kind, protocol=BRIEF)
        return
    run = train(TASK, hidden=3, backend=backend, cell=made.kind, protocol=BRIEF)
    assert type(run.net) is made
    assert run.steps == 2


def is_certified_and_verified_or_refused_by_name(made: type[Network], folder: Path) -> None:
    net = network(made, biases=False)
    if made.kind in ("elman", *GATED):
        net = compile_cell(TASK, made.kind)
    else:
        with pytest.raises(SchemeNotAllowed, match=f"no circuit is known for the cell {made.kind}"):
            compile_cell(TASK, made.kind)
    found = certify(net, TASK)
    if found.certificate is None:
        assert found.reason == f"no argument covers {made.kind}"
        return
    verify(found.certificate.to_json())
    inputs, targets = TASK.sequences(16, 10, seed=0)
    assert (net.run(inputs, steps=12).outputs[:, 2:] * targets > 0).all()
    network_of = {**found.certificate.claims["network"], "cell": "another"}
    with pytest.raises(BadCertificateError):
        verify(Certificate(found.certificate.kind, {**found.certificate.claims, "network": network_of}).to_json())


def is_analysed(made: type[Network], folder: Path) -> None:
    result = check(network(made), TURN, sequences=8, horizon=10, lifetime=False)
    assert json.loads(json.dumps(result.to_dict(), allow_nan=False))["verdict"] in ("not-solved", "inconclusive")
    with pytest.raises(NotDecompilable):
        decompile(network(made), max_variables=4, sequences=64)


CHECKS = (
    runs_as_its_steps,
    has_the_jacobian_of_its_step_at_any_input,
    is_a_value,
    is_saved_and_loaded,
    trains_on_numpy_or_is_refused,
    trains_on_jax_or_is_refused,
    is_certified_and_verified_or_refused_by_name,
    is_analysed,
)


LONG = [(made, trains_on_jax_or_is_refused) for kind, made in KINDS.items() if kind != "gru"]
"""What JAX compiles for seconds: one kind of each way to give a step stays, the GRU's formula and a new kind's."""


@pytest.mark.parametrize(
    ("made", "known"),
    [
        pytest.param(made, known, id=f"{kind}-{known.__name__}", marks=[pytest.mark.slow] * ((made, known) in LONG))
        for kind, made in KINDS.items()
        for known in CHECKS
    ],
)
def test_every_kind(made: type[Network], known: Any, tmp_path: Path) -> None:
    known(made, tmp_path)


@dataclass(frozen=True, eq=False, repr=False)
class MGU(GatedNetwork):
    """A minimal gated unit: f = σ(W_f h + U_f x), n = tanh(f ∘ W_n h + U_n x), h ← (1 − f) ∘ n + f ∘ h."""

    kind: ClassVar[str] = "mgu"
    gates: ClassVar[str] = "fn"

    @staticmethod
    def formula(parts: Any, recurrent: Any, drive: Any, xp: Any = np) -> tuple[Any, ...]:
        (hf, hn), (xf, xn) = xp.split(recurrent, 2, axis=-1), xp.split(drive, 2, axis=-1)
        f = SIGMOID.function(hf + xf, xp)
        return ((1 - f) * xp.tanh(f * hn + xn) + f * parts[0],)


@dataclass(frozen=True, eq=False, repr=False)
class Sine(Network):
    """Names of its own, no biases, and no formula: h ← ½ h + ½ sin(W h + U x)."""

    W: NDArray[np.float64]
    U: NDArray[np.float64]
    R: NDArray[np.float64]
    metadata: Mapping[str, str] = field(default_factory=dict[str, str])
    provenance: Provenance = field(default=Provenance(), kw_only=True)

    kind: ClassVar[str] = "sine"
    WEIGHTS: ClassVar[tuple[str, ...]] = ("W", "U", "R")

    def advance(self, z: NDArray[np.float64], drive: NDArray[np.float64]) -> NDArray[np.float64]:
        return (z + np.sin(z @ self.W.T + drive)) / 2


@pytest.mark.parametrize("known", CHECKS, ids=lambda known: known.__name__)
@pytest.mark.parametrize("made", [MGU, Sine], ids=lambda made: made.kind)
def test_a_new_kind_is_one_entry(
    made: type[Network], known: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(EMTError, match=f"unknown cell '{made.kind}'"):
        train(TASK, cell=made.kind)
    monkeypatch.setitem(kinds.KINDS, made.kind, made)
    known(made, tmp_path)


def stays(parts: Any, recurrent: Any, drive: Any, xp: Any = np) -> Any:
    return (parts[0] + 0 * drive[..., : parts[0].shape[-1]],)


SABOTEURS = {
    "formula": (staticmethod(stays), is_certified_and_verified_or_refused_by_name),
    "differentiate": (lambda self, z, drive: z[..., None] * z[..., None, :], has_the_jacobian_of_its_step_at_any_input),
    "arrays": (classmethod(lambda cls: (*cls.WEIGHTS, *cls.BIASES[:-1])), is_saved_and_loaded),
    "feed": (lambda self, x: Network.feed(self, x) * (1 if np.ndim(x) == 3 else 2), runs_as_its_steps),
}


@pytest.mark.parametrize("name", SABOTEURS)
def test_saboteurs_are_seen(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken, known = SABOTEURS[name]
    monkeypatch.setattr(KINDS["gru"], name, broken)
    with pytest.raises(AssertionError):
        known(KINDS["gru"], tmp_path)


@dataclass(frozen=True, eq=False, repr=False)
class Twin(Network):
    """An Elman network's names and shapes, another step, and no notes: arrays alone do not tell it from an Elman network."""

    W_hh: NDArray[np.float64]
    W_uh: NDArray[np.float64]
    W_hy: NDArray[np.float64]
    b_h: NDArray[np.float64] | None = None
    b_y: NDArray[np.float64] | None = None
    activation: str = "tanh"
    phase_input: bool = False

    kind: ClassVar[str] = "twin"
    WEIGHTS: ClassVar[tuple[str, ...]] = KINDS["elman"].WEIGHTS
    BIASES: ClassVar[tuple[str, ...]] = KINDS["elman"].BIASES

    def advance(self, z: NDArray[np.float64], drive: NDArray[np.float64]) -> NDArray[np.float64]:
        return (z + np.sin(z @ self.W_hh.T + drive)) / 2


@dataclass(frozen=True, eq=False, repr=False)
class Stacked(Twin):
    """The same names, two blocks of rows."""

    kind: ClassVar[str] = "stacked"
    gates: ClassVar[str] = "ab"


@pytest.mark.parametrize("made", [Twin, Stacked], ids=lambda made: made.kind)
def test_a_kind_with_the_names_of_another_is_not_taken_for_it(
    made: type[Network], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elman = network(KINDS["elman"])
    before = save(elman, tmp_path / "before.npz", names="emt")
    monkeypatch.setitem(kinds.KINDS, made.kind, made)
    assert load(before) == elman
    assert from_arrays(elman.weights) == elman
    net = replace(network(made), activation="relu", phase_input=False)  # type: ignore[call-arg]
    for names in (None, "emt"):
        again = load(save(net, tmp_path / f"{names}.npz", names=names))
        assert (again, again.activation) == (net, "relu")
    assert from_arrays(net.weights, kind=made.kind, activation="relu") == net
    assert from_arrays(elman.weights, kind="elman") == elman
    if made is Stacked:
        with pytest.raises(EMTError, match="under the naming 'torch' a network of kind 'stacked' is not found again"):
            save(net, tmp_path / "torch.npz", names="torch")


def test_gates_of_another_kind_are_taken_where_the_kind_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other = type("Other", (KINDS["gru"],), {"kind": "other"})
    monkeypatch.setitem(kinds.KINDS, "other", other)
    net = network(other)
    assert type(from_arrays(net.weights)) is KINDS["gru"]
    assert from_arrays(net.weights, kind="other") == net == load(save(net, tmp_path / "x.npz"))
