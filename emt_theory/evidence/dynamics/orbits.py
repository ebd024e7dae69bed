r"""Periodic orbits of the free map, fixed points among them, as values.

An orbit of period p is z_1 → z_2 → … → z_p → z_1 under z ↦ f(z, 0); a fixed point has p = 1. Its *multipliers* are the eigenvalues of

    M = J(z_p) ⋯ J(z_1),

the same from whichever point one starts: what a small deviation is multiplied with while the orbit is run through once. All inside the unit
circle, the orbit attracts; one outside, it does not. A multiplier 1 says that the orbit need not be isolated: it may lie in a continuum of
others, as every orbit of a linear circuit does.

A *slow* orbit is a minimum of q that is no zero. It closes up to its residual only, and its multipliers are those of the product around it;
1 is always one of them, since (M − I)ᵀr = 0 with r ≠ 0 is what makes it a minimum.

Source: Kuznetsov, Elements of Applied Bifurcation Theory, chapter 1.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from emt_theory.evidence.dynamics.domain import Validity
from emt_theory.evidence.dynamics.kinks import OneSided
from emt_theory.evidence.dynamics.shooting import Convergence
from emt_theory.ground.arrays import Array, ComplexArray
from emt_theory.ground.json import Record

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_UNIT = 1e-7
"""How near to 1 (or to the unit circle) a multiplier counts as there: a double eigenvalue moves by √ε ≈ 1e-8 under rounding."""


@dataclass(frozen=True, eq=False, repr=False)
class Orbit(Record):
    """A fixed point or a periodic orbit, or a slow one.

    Attributes:
        states: z_1, …, z_p, shape (p, S).
        multipliers: eigenvalues of M, largest first, shape (S,).
        q: ½‖f(z_p) − z_1‖².
        residual: ‖f(z_p) − z_1‖ relative to the scale of the states.
        error: length of Newton's next step, relative to the scale: how far the true zero is; None where 1 is a multiplier or the orbit is slow.
        starts: how many starts ended here.
        slow: whether it is a minimum of q that is no zero.
        validity: where its linearization holds; None without a recording.
        one_sided: where a unit is on a kink of σ, the multipliers on either side of it; then `multipliers` are those of one side. None elsewhere.
        mirror: in an odd network −orbit is an orbit as well: its index among those found (its own if it is the same orbit), None if not found.
    """

    JSON = (
        "period", "slow", "stability", "isolated", "radius", "unstable", "q", "residual", "error", "starts",
        "mirror", "validity", "one_sided", "multipliers",
    )  # fmt: skip

    states: Array
    multipliers: ComplexArray
    q: float
    residual: float
    error: float | None
    starts: int
    slow: bool = False
    validity: Validity | None = None
    mirror: int | None = None
    one_sided: OneSided | None = None

    @property
    def period(self) -> int:
        """p, the minimal period."""
        return len(self.states)

    @property
    def state(self) -> Array:
        """z_1, shape (S,)."""
        return self.states[0]

    @property
    def radius(self) -> float:
        """The largest |μ|."""
        return float(np.abs(self.multipliers[0]))

    @property
    def unstable(self) -> int:
        """The number of multipliers outside the unit circle."""
        return int((np.abs(self.multipliers) > 1 + _UNIT).sum())

    @property
    def isolated(self) -> bool:
        """Whether 1 is no multiplier: then no other orbit of this period is near. Where 1 is one, it may be isolated all the same."""
        return bool(np.abs(self.multipliers - 1).min() > _UNIT)

    @property
    def stability(self) -> str:
        """What the multipliers say: "stable", "unstable", or "neutral" where the largest is on the unit circle and linearization does not tell.

        "at a kink" where a unit is on a kink of σ: there is no linearization, and the slopes on either side decide nothing by themselves.
        """
        if self.one_sided is not None:
            return "at a kink"
        return "unstable" if self.unstable else "stable" if self.radius < 1 - _UNIT else "neutral"

    def __repr__(self) -> str:
        return f"Orbit({self})"

    def __str__(self) -> str:
        what = "fixed point" if self.period == 1 else f"orbit of period {self.period}"
        loose = "" if self.isolated or self.slow else ", may not be isolated"
        far = f", {self.validity.distance:.2g} from the recorded states" if self.validity else ""
        closes = f", closes up to {self.residual:.1e}" if self.slow else ""
        if self.one_sided is not None:
            below, above = (f"{radius:.4g}" for radius in self.one_sided[1:])
            count = self.one_sided.units
            on = f"{count} unit{' is' if count == 1 else 's are'} on a kink of σ"
            sides = f"{on}, largest one-sided multipliers {below} and {above}"
            return f"{what} at a kink{closes}: not differentiable there, {sides}{far}"
        return (
            f"{'slow' if self.slow else self.stability} {what}{closes}{loose}: {self.unstable} of {len(self.multipliers)} "
            f"multipliers outside the unit circle, the largest {self.radius:.4g}{far}"
        )


@dataclass(frozen=True)
class Ending(Record):
    """What became of one start.

    Attributes:
        outcome: found, slow, plateau, unfinished or diverged.
        orbit: its index in `found` or `slow`; None for the other outcomes.
        start_residual: ‖fⁿ(z) − z‖ at the start, relative to the scale; None if it is not finite.
        residual: the same at the end.
    """

    outcome: Convergence
    orbit: int | None
    start_residual: float | None
    residual: float | None


@dataclass(frozen=True, eq=False, repr=False)
class Orbits(Record):
    """What a search from many starts found.

    Attributes:
        period: n; the orbits found have this period or a divisor of it.
        found: the distinct orbits, most visited first.
        slow: the distinct slow orbits, smallest q first.
        endings: one for each start: every start is accounted for.
        ends: where each start ended, shape (K, S).
        scale: the size of a typical state, √E‖z‖².
    """

    JSON = ("period", "counts", "continuum", "scale", "found", "slow", "endings")

    period: int
    found: tuple[Orbit, ...]
    slow: tuple[Orbit, ...]
    endings: tuple[Ending, ...]
    ends: Array
    scale: float

    @property
    def counts(self) -> dict[str, int]:
        """How many starts ended how, and how many of those that arrived came to where another one had come."""
        outcomes = Counter(ending.outcome for ending in self.endings)
        arrived = outcomes[Convergence.FOUND] + outcomes[Convergence.SLOW]
        merged = arrived - len(self.found) - len(self.slow)
        return {"starts": len(self.endings), **{str(o): outcomes[o] for o in Convergence}, "merged": merged}

    @property
    def continuum(self) -> bool:
        """Whether orbits were found and none of them is isolated, as in a linear network with eigenvalue 1."""
        return bool(self.found) and not any(orbit.isolated for orbit in self.found)

    def plot(self, ax: Axes | None = None) -> Axes:
        """The multipliers of all orbits found in the complex plane, with the unit circle."""
        from emt_theory.evidence.dynamics.drawing import draw_multipliers

        return draw_multipliers(self, ax)

    def __repr__(self) -> str:
        return (
            f"Orbits(period={self.period}, found={len(self.found)}, slow={len(self.slow)}, starts={len(self.endings)})"
        )

    def __str__(self) -> str:
        counts = self.counts
        many = "s" if len(self.found) != 1 else ""
        what = f"fixed point{many}" if self.period == 1 else f"orbit{many} whose period divides {self.period}"
        kinds = Counter(orbit.stability for orbit in self.found)
        told = f" ({', '.join(f'{times} {kind}' for kind, times in sorted(kinds.items()))})" if kinds else ""
        loose = "; none is isolated: there may be a continuum of them" if self.continuum else ""
        rest = ", ".join(f"{counts[name]} {name}" for name in ("plateau", "unfinished", "diverged") if counts[name])
        return (
            f"{len(self.found)} {what}{told} from {counts['found']} of {counts['starts']} starts{loose}; "
            f"{len(self.slow)} slow from {counts['slow']}" + (f"; {rest}" if rest else "")
        )
