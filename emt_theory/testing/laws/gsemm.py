"""Laws about the memory model: what is claimed of energy, limit and weights against a second computation.

A subject is a memory model, or a task: then the law takes a model whose bracket is the task's companion matrix, in oblique memories, with α_s = 4,
α_c = 3 and β = ½, so that no constant hides behind a 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from operator import attrgetter
from typing import Any

import flint
import numpy as np

from emt_theory.circuits import make_basis
from emt_theory.exact import Factor, jordan_blocks
from emt_theory.ground.rationals import RationalMatrix, from_flint
from emt_theory.gsemm import (
    EnergyRate,
    Layers,
    Model,
    derive_network,
    energy,
    energy_rate,
    factorize,
    fewest_memories,
    from_network,
    identity,
    model_from_phi,
)
from emt_theory.networks import ExactRNN
from emt_theory.tasks import LinearTask
from emt_theory.testing.gsemm import has_independent_memories
from emt_theory.testing.laws.comparing import difference
from emt_theory.testing.laws.law import BOTH, NUMPY, Carrier, Law, Subject
from emt_theory.testing.laws.trained import network_of

Array = Any
_STATES = 5
STEPS = 6
STEP = 1e-3
_ROUND_TRIP = 1e-10


def _sent(sigma: Callable[[Any], Any], received: Any) -> Any:
    """σ(V)."""
    return sigma(received)


@dataclass(frozen=True)
class ModelSubject:
    """A memory model, the task that it was made for, if any, a network whose weights it may have instead, and what is claimed of it.

    Attributes:
        model: the model.
        task: the task, if any.
        network: the trained network of the carrier "trained".
        rate: what is claimed to be dE/dt, of the terms of `energy_rate` (P01).
        phi: what is claimed to be the network's Φ (P02).
        sent: what is claimed to be the network's state, of σ and V (P03).
        dual: what is claimed to be Ξ†, of factors of W (P04).
    """

    model: Model
    task: LinearTask | None = None
    network: ExactRNN | None = None
    rate: Callable[[EnergyRate], Array] = attrgetter("total")
    phi: Callable[[Model], Array] = attrgetter("bracket")
    sent: Callable[[Callable[[Any], Any], Any], Any] = _sent
    dual: Callable[[Any], Any] = attrgetter("dual")

    @classmethod
    def of(cls, value: Any) -> ModelSubject:
        """A memory model as it is; for a task, a circuit or a pair (network, task), the model of the task.

        Raises:
            InvalidOption: if it is none of these.
        """
        if isinstance(value, ModelSubject):
            return value
        if isinstance(value, Model):
            return cls(value)
        subject = Subject.of(value)
        n = subject.task.components
        memories = make_basis("oblique", n + 2, n, seed=1).psi.to_array()
        phi = subject.phi.to_array()
        return cls(_model(memories, phi), subject.task, subject.network)

    def carried_by(self, carrier: Carrier) -> Model:
        """The model; of a trained network one whose ΞΦΞ† is W_hh, in orthonormal memories."""
        if carrier != "trained":
            return self.model
        found = from_network(network_of(self), orthonormal=True)
        return _model(found.memories, found.phi)


def _model(memories: Array, phi: Array) -> Model:
    """No constant hides behind a 1."""
    return model_from_phi(memories, phi, T_h=0.5, T_d=2.0, alpha_s=4.0, alpha_c=3.0, delay_gain=0.5)


def _is_smooth(subject: ModelSubject) -> str:
    """Finite differences need Hessians without jumps."""
    jumps = {"relu", "hard_tanh"} & {subject.model.feature.name, subject.model.hidden.name}
    return f"the Hessian of {', '.join(sorted(jumps))} jumps" if jumps else ""


def _is_linear_inside(subject: ModelSubject) -> str:
    """σ_h = id."""
    return "" if subject.model.hidden == identity() else f"σ_h is {subject.model.hidden}, not the identity"


def _has_a_network(subject: ModelSubject) -> str:
    """Independent memories, and a σ_f that networks have."""
    if subject.model.feature.network_activation is None:
        return f"no network has σ_f = {subject.model.feature}"
    return "" if has_independent_memories(subject.model) else "the memories are dependent, or nearly so"


def _energy_identity(subject: ModelSubject, carrier: Carrier) -> str:
    """P01: the slope of E along the velocity, by differences of fourth order, against the claimed rate."""
    model = subject.carried_by(carrier)
    state = _states(model)
    moved = model.derivatives(*state)
    step = STEP / max(1.0, max(float(np.abs(part).max()) for part in moved))

    def at(multiple: int) -> Array:
        # What is slaved is put at what it follows, and not moved by its claimed velocity.
        return energy(model, *(V + multiple * step * velocity for V, velocity in zip(state, moved, strict=True)))

    slope = (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * step)
    rate = energy_rate(model, *state)
    size = np.maximum(1.0, np.abs(at(0)) + np.abs(rate.feature) + np.abs(rate.hidden) + np.abs(rate.delay))
    return difference(slope / size, subject.rate(rate) / size, carrier, "dE/dt")


def _discretization(subject: ModelSubject, carrier: Carrier) -> str:
    """P02: ΞΦΞᵀσ_f with the claimed Φ against an Euler step of the flow with slaved layers."""
    model = replace(subject.carried_by(carrier), T_h=0.0, T_d=0.0)
    V = _states(model).feature
    claimed = model.feature.activation(V) @ (model.memories @ subject.phi(model) @ model.memories.T).T
    derived = derive_network(model, dual="transpose").rule
    euler = V + model.T_f * model.rhs(0.0, V)
    return difference(claimed, euler, carrier, "V(t+1)") or difference(derived.step(V), euler, carrier, "V(t+1)")


def _conjugacy(subject: ModelSubject, carrier: Carrier) -> str:
    """P03: h(t) = σ(V(t)) along orbits of the two forms, from the h that is claimed to be V's.

    In fractions: σ = hard tanh, W the exact product ΞΦΞ†.
    """
    if carrier == "exact":
        return _exact_conjugacy(_exact_weights(subject.model)[0], subject.sent)
    model = subject.carried_by(carrier)
    derivation = derive_network(model)
    V = _states(model).feature
    orbit = derivation.rule.run(V, STEPS)
    net = network_of(subject) if carrier == "trained" else derivation.network
    h = subject.sent(model.feature.activation, V)
    for t in range(1, STEPS + 1):
        h = net.step(h, np.zeros((len(V), net.W_uh.shape[1])))
        sent = model.feature.activation(orbit[:, t])
        size = max(1.0, float(np.abs(sent).max()))
        broken = difference(h / size, sent / size, carrier, f"h({t})")
        if broken:
            return broken
    return ""


def _representability(subject: ModelSubject, carrier: Carrier) -> str:
    """P04: W_hh from memories, interactions and the claimed dual, and how few of them.

    In fractions: the fewest memories against the Jordan blocks of Φ at 0, by its local Smith form.
    """
    if carrier == "exact":
        return _exact_representability(*_exact_weights(subject.model), subject.dual)
    if carrier == "trained":  # in memories at an angle: chosen by from_network, those of a full rank are orthonormal
        net = network_of(subject)
        found = from_network(net, np.eye(net.hidden) + 0.5 * np.eye(net.hidden, k=1))
    else:
        net = derive_network(subject.model).network
        found = from_network(net)
    off = float(np.linalg.norm(found.memories @ found.phi @ subject.dual(found) - net.W_hh))
    size = float(np.linalg.norm(net.W_hh))
    return "" if off <= _ROUND_TRIP * size else f"ΞΦΞ† is {off:.3g} away from W_hh, whose norm is {size:.3g}"


def _states(model: Model) -> Layers:
    rng = np.random.default_rng(7)
    drawn = (rng.normal(size=(_STATES, size)) for size in (model.features, model.components, model.features))
    return model.complete(*drawn)


def _exact_weights(model: Model) -> tuple[RationalMatrix, RationalMatrix]:
    """ΞΦΞ† and Φ over Q, the floats taken as the fractions that they are; Ξ† is a left inverse at general angles."""
    Xi, phi = (RationalMatrix.from_array(part) for part in (model.memories, model.bracket))
    tall = Xi.to_flint()
    size, n = Xi.shape
    slanted = flint.fmpz_mat(np.random.default_rng(3).integers(-1, 2, size=(n, size)).tolist())
    dual = (tall.transpose() * tall).inv() * tall.transpose()
    dual = dual + flint.fmpq_mat(slanted) * (
        flint.fmpq_mat(flint.fmpz_mat(np.eye(size, dtype=int).tolist())) - tall * dual
    )
    return Xi @ phi @ from_flint(dual), phi


def _exact_conjugacy(W: RationalMatrix, claimed: Callable[[Callable[[Any], Any], Any], Any]) -> str:
    size = W.shape[0]
    one = RationalMatrix.identity(size)
    net = ExactRNN(W_hh=W, W_uh=one, W_hy=one, activation="hard_tanh")

    def sigma(V: list[Fraction]) -> list[Fraction]:
        return [min(Fraction(1), max(Fraction(-1), v)) for v in V]

    received = [Fraction(3 * k - size, 5) for k in range(size)]
    sent = claimed(sigma, received)
    for t in range(1, 4):
        received, sent = [Fraction(v) for v in W.apply(sigma(received))], list(net.step(sent, [0] * size))
        if sent != sigma(received):
            return f"h({t}) is not σ(V({t}))"
    return ""


def _exact_representability(W: RationalMatrix, phi: RationalMatrix, dual: Callable[[Any], Any]) -> str:
    blocks = W.shape[0] - phi.shape[0] + _size_one_blocks_at_zero(phi)
    fewest = fewest_memories(W)
    if fewest != W.shape[0] - blocks:
        return f"{fewest} memories claimed to be the fewest, where {blocks} of {W.shape[0]} can be left out"
    factors = factorize(W)
    return "" if factors.memories @ factors.phi @ dual(factors) == W else "ΞΦΞ† is not W"


def _size_one_blocks_at_zero(phi: RationalMatrix) -> int:
    polynomial = phi.to_flint().charpoly().coeffs()
    multiplicity = next(k for k, c in enumerate(polynomial) if c)
    if multiplicity == 0:
        return 0
    return jordan_blocks(phi, phi.shape[0], Factor(multiplicity, given=(0, 1))).count(1)


GSEMM_LAWS = (
    Law("P01", _is_smooth, _energy_identity, (*NUMPY, "trained"), ModelSubject.of),
    Law("P02", _is_linear_inside, _discretization, (*NUMPY, "trained"), ModelSubject.of),
    Law("P03", _has_a_network, _conjugacy, (*BOTH, "trained"), ModelSubject.of),
    Law("P04", _has_a_network, _representability, (*BOTH, "trained"), ModelSubject.of),
)
