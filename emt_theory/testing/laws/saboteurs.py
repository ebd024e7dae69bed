"""One saboteur for each law: a subject that breaks it. The law is left as it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from operator import attrgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emt_theory.circuits import Interpolating, MinimalDimension, Pairs, Threshold, make_basis, state_graph
from emt_theory.exact import Cycle
from emt_theory.ground.arrays import Array
from emt_theory.ground.rationals import RationalMatrix
from emt_theory.gsemm import Model
from emt_theory.tasks import LinearTask, compose_copy, fibonacci, modular_sum, parity, running_parity, selection, xor
from emt_theory.testing.laws.attention import AttentionSubject
from emt_theory.testing.laws.fields import FieldSubject
from emt_theory.testing.laws.finite import FiniteSubject
from emt_theory.testing.laws.gsemm import ModelSubject
from emt_theory.testing.laws.law import Subject
from emt_theory.testing.laws.machines import MachineSubject
from emt_theory.testing.laws.orbits import OrbitSubject
from emt_theory.testing.laws.rules import RuleSubject
from emt_theory.testing.laws.secants import SecantSubject
from emt_theory.testing.laws.trained import trained_networks
from emt_theory.testing.networks import PsiAndDual

_XOR = xor()
_FADING = selection("fading", 1, [(1, 1, 1), (1, 2, 1), (1, 2, 1)])

_TO_INPUT = RationalMatrix.from_rows([[1, 0]])
"""Keeps the inputs of a network and drops its phase input."""

Broken = (
    Subject
    | ModelSubject
    | FiniteSubject
    | FieldSubject
    | RuleSubject
    | MachineSubject
    | OrbitSubject
    | SecantSubject
    | AttentionSubject
)
"""What may break a law."""


@dataclass(frozen=True, eq=False, repr=False)
class Misled(LinearTask):
    """A task that asks for the opposite of its rule behind so many scored steps.

    Attributes:
        after: how many are right.
    """

    after: int = 0

    @classmethod
    def of(cls, task: LinearTask, after: int) -> Misled:
        """The same rule."""
        return cls(task.name, task.num_variables, task.dim, task.rule, task.inputs, after)

    @property
    def said(self) -> LinearTask:
        """The task that its rule says."""
        return LinearTask(self.name, self.num_variables, self.dim, self.rule, self.inputs)

    def targets(self, inputs: Any, horizon: int) -> NDArray[Any]:
        """What is asked for, shape (batch, horizon, d)."""
        right = self.said.targets(inputs, horizon).copy()
        right[:, self.after :] *= -1
        return right


def without_root(model: Model) -> Array:
    """α_s I + α_c β Φ'ᵀ, the lateral strength of the authors' code: right at α_s = 1 only."""
    return model.alpha_s * np.eye(model.components) + model.alpha_c * model.delay_gain * model.interactions.T


def _unsent(_sigma: Callable[[Any], Any], received: Any) -> Any:
    """V, where σ(V) is right."""
    return received


def _transposed(factors: Any) -> Any:
    """Ξᵀ, where Ξ† is right."""
    return factors.memories.T


_FALSE: dict[str, dict[str, Any]] = {
    "P01": {"rate": attrgetter("descent")},  # without the third term
    "P02": {"phi": without_root},
    "P03": {"sent": _unsent},
    "P04": {"dual": _transposed},
}
"""What is claimed of a memory model, and wrong."""


def saboteurs() -> dict[str, Broken]:
    """By id: a subject that breaks the law: a false claim, other weights, or a task that asks for something else than it says.

    >>> from emt_theory.testing.laws import check_law
    >>> print(check_law("P10", saboteurs()["P10"]))
    P10 (exact) broken: cycles are {(2, -1): 1} by walking over Φ, {(2, 1): 1} claimed
    """
    compose, flipped = Subject.of(compose_copy(2)), Subject.of(selection("flip", 2, [(1, 0, -1)]))
    newest = Subject.of(selection("newest", 3, [(3, 0, 1)]))
    fib, fading = Subject.of(fibonacci(2, 1)), Subject.of(_FADING)
    hold, repeat = selection("hold", 2, [(2, 0, 1)]), selection("repeat", 1, [(1, 0, 1)])
    reversed_memory = RationalMatrix.from_rows([[1, 1], [1, 0]])
    oblique = make_basis("oblique", 4, 2, seed=2).psi
    remembered = ModelSubject.of(compose_copy(2))
    bits, asks = FiniteSubject.of(_XOR), AttentionSubject.of(compose_copy(2))
    assert bits.lift is not None
    rule, numbers = RuleSubject.of(_XOR), modular_sum(3, code="numbers")
    assert rule.margin is not None
    weak, open_gate = Threshold().weights(_XOR, 4), Interpolating().weights(numbers, 5)
    balls, pairs = OrbitSubject.of(_XOR), SecantSubject.of(_XOR)
    stopped = Pairs().weights(running_parity(), 4)
    assert balls.claims is not None
    return {
        **{id: replace(remembered, **claims) for id, claims in _FALSE.items()},
        "P05": replace(fib, phi=reversed_memory),
        "P06": replace(newest, phi=newest.phi.T),
        "P07": replace(compose, linear=True),
        "P07b": replace(newest, task=Misled.of(newest.task, 4)),
        "P08": replace(Subject.of(repeat), task=Misled.of(repeat, 2)),
        "P09": replace(fib, factors=flipped.factors),
        "P10": replace(flipped, cycles=(Cycle(2, 1, (0,)),)),
        "P11": replace(fading, dimension=MinimalDimension(2, 2)),
        "P12": replace(fib, basis=PsiAndDual(oblique, oblique.T)),
        "P13": replace(Subject.of(hold), task=Misled.of(hold, 4)),
        "P14": replace(Subject.of(hold), task=Misled.of(hold, 4)),
        "P15": replace(fading, dimension=MinimalDimension(1, 2)),
        "P16": replace(fib, task=Misled.of(fib.task, 4)),
        "P17": replace(FieldSubject.of(_XOR), period=2),
        "P18": replace(fib, phi=reversed_memory),
        "P19": replace(bits, graph=replace(state_graph(_XOR), cycles=((1, 2), (2, 1)))),
        "P20": replace(bits, lift=replace(bits.lift, dimension=2)),
        "P21": replace(FieldSubject.of(parity()), cycles=((1, 8),)),
        "P22": replace(rule, linear=None),
        "P23": replace(rule, network=replace(weak, W_uh=weak.W_uh * Fraction(1, 4))),
        "P24": replace(rule, margin=replace(rule.margin, delta=4 * rule.margin.delta)),
        "P25": replace(
            RuleSubject.of(numbers), network=replace(open_gate, W_uh=open_gate.W_uh.columns(0, 1) @ _TO_INPUT)
        ),
        "P26": replace(MachineSubject.of(running_parity()), network=replace(stopped, b_h=(-1,) * 4)),
        "P27": replace(balls, claims={**balls.claims, "radius": "1"}),
        "P28": replace(pairs, after=pairs.after.argsort()),
        "P29": replace(asks, gap=2 * asks.gap),
    }


def trained_saboteurs() -> dict[str, Subject | ModelSubject]:
    """By id, for the laws with the carrier "trained": as `saboteurs`, with a network that was really trained, on T4.

    >>> from emt_theory.testing.laws import check_law
    >>> print(check_law("P11", trained_saboteurs()["P11"], "trained"))
    P11 (trained) broken: minimal dimensions (2, 2), not (36, 36)
    """
    pair = trained_networks()["T4"]
    true, remembered = Subject.of(pair), ModelSubject.of(pair)
    assert true.network is not None
    psi = make_basis("oblique", true.network.hidden, true.network.hidden, seed=2).psi
    return {
        **{id: replace(remembered, **claims) for id, claims in _FALSE.items()},
        "P05": replace(true, phi=true.phi.T),
        "P10": replace(true, cycles=(*(true.cycles or ()), *(true.cycles or ()))),
        "P11": replace(true, dimension=MinimalDimension(2, 2)),
        "P12": replace(true, basis=PsiAndDual(psi, psi.T)),
        "P18": replace(true, phi=true.phi.T),
    }
