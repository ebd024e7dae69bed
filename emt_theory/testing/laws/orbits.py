"""The law about balls around orbits (P27): states that are drawn in a ball are followed, and compared with what its certificate says."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emt_theory.circuits import derive
from emt_theory.circuits.certifying.orbit_balls import GRID
from emt_theory.circuits.certifying.orbits import MOST_COMPONENTS, prove_orbits
from emt_theory.circuits.certifying.result import NotProved
from emt_theory.networks import ElmanRNN, ExactRNN
from emt_theory.networks.activations import activation
from emt_theory.tasks import FiniteTask
from emt_theory.tasks.finite.alphabet import Code
from emt_theory.testing.laws.finite import finite_task_of, images_of, successors
from emt_theory.testing.laws.law import Carrier, Law

_MOST = 256
"""States: each has a ball, and of a task that is compiled for the law its network is proved first."""
_DRAWN = 8
"""States drawn in each ball, corners of it."""
_ROUNDS = 3
"""How often m steps are taken."""
_ROUNDING = 1e-12


@dataclass(frozen=True)
class OrbitSubject:
    """A network, its task, and what a certificate says of its balls.

    Attributes:
        task: a finite task.
        network: an Elman network.
        claims: of a certificate of kind "orbits".
        reason: why there are none; "" if there are.
    """

    task: FiniteTask | None = None
    network: ElmanRNN | None = None
    claims: dict[str, Any] | None = None
    reason: str = ""

    @classmethod
    def of(cls, value: Any) -> OrbitSubject:
        """The subject that a task or a pair (network, task) stands for; of a task alone, the tanh network that is compiled for it.

        Raises:
            InvalidOption: if it is neither.
        """
        if isinstance(value, OrbitSubject):
            return value
        task, reason = finite_task_of(value, _MOST)
        if task is None or reason:
            return cls(task, reason=reason)
        if task.components > MOST_COMPONENTS:
            return cls(task, reason=f"it has more than {MOST_COMPONENTS} components")
        given = value[0] if isinstance(value, tuple) else None
        if given is None and task.alphabet.code is Code.NUMBERS:
            return cls(task, reason="no tanh network is compiled for numbers")
        net = given if isinstance(given, ElmanRNN) else derive(task).compile(scheme="threshold-tanh")
        try:
            claims = prove_orbits(ExactRNN.from_float(net), task).claims
        except NotProved as failure:
            return cls(task, net, reason=failure.reason)
        return cls(task, net, claims)


def _has_balls(subject: OrbitSubject) -> str:
    return subject.reason


def _leads_into_balls(subject: OrbitSubject, carrier: Carrier) -> str:
    """P27: corners of every ball, m steps on, lie in the next; what is shown on the way is right, and by as much as is claimed."""
    task, net, claims = subject.task, subject.network, subject.claims
    assert task is not None
    assert net is not None
    assert claims is not None
    following = successors(task)
    ordered = sorted(images_of(following)[-1])
    radius, sigma = float(Fraction(claims["radius"])), activation(net.activation).function
    centres = np.array(claims["centres"], dtype=float) / GRID
    bias = np.zeros(net.hidden) if net.b_h is None else net.b_h
    corners = radius * np.random.default_rng(0).choice([-1.0, 1.0], size=(_DRAWN, *centres.shape))
    h, at = centres + corners, list(ordered)
    for step in range(1, _ROUNDS * claims["steps"] + 1):
        h, at = sigma(h @ net.W_hh.T + bias), [following[x] for x in at]
        if wrong := _shows_wrongly(net, task, h, at, float(Fraction(claims["tolerance"]))):
            return f"after {step} steps {wrong}"
        if step % claims["steps"] == 0:
            apart = abs(h - centres[[ordered.index(x) for x in at]]).max(axis=(0, 2))
            if apart.max() > radius + _ROUNDING:
                return f"after {step} steps a state that was within {radius:.3g} is {apart.max():.3g} off"
    return ""


def _shows_wrongly(
    net: ElmanRNN, task: FiniteTask, h: NDArray[Any], at: list[tuple[int, ...]], tolerance: float
) -> str:
    y = h @ net.W_hy.T + (0 if net.b_y is None else net.b_y)
    wanted = np.array([x[-task.dim :] for x in at])
    if (task.alphabet.decode(y) != wanted).any():
        return "a wrong symbol is shown"
    if task.alphabet.code is Code.SIGNS and abs(y).min() < tolerance - _ROUNDING:
        return f"|y| is {abs(y).min():.4g}, and {tolerance:.4g} is claimed"
    return ""


ORBIT_LAWS = (Law("P27", _has_balls, _leads_into_balls, ("numpy",), OrbitSubject.of),)
