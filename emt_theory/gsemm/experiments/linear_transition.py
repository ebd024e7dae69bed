r"""LISEM's transition: up to which ratio it stays in a memory, by bisection, against theory.

Orthogonal memories in a cycle of K, the cue a whole memory. For each gain A the ratio r = √α_s α_c β / α_s is bisected between runs that stay and
runs that move on; `exact_critical_ratio` and `critical_ratio` say where the border is. A little above, at `_SURELY` times it, the model must go
around its cycle in order.

>>> found = linear_transition(gains=[23], lengths=[3], width=0.05)
>>> found.holds, found.points[0]
(True, _Border(gain=23.0, length=3, stays=0.88..., moves=0.93..., exact=0.889..., estimate=0.893..., cycles=True))

Source: new.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from emt_theory.errors import InvalidOption
from emt_theory.ground.arguments import callback, integer, real, sequence
from emt_theory.ground.json import Record
from emt_theory.gsemm.experiments.result import ExperimentResult, Say, numbers
from emt_theory.gsemm.model import Model
from emt_theory.gsemm.patterns import cycles, orthogonal_memories
from emt_theory.gsemm.recall import Recall, RecallKind, first_disorder
from emt_theory.gsemm.simulate import simulate
from emt_theory.gsemm.transition import critical_ratio, exact_critical_ratio

FEATURES = 64
T_D = 10.0
_SURELY = 1.05
"""Times the measured border: here a whole round must be recalled in order."""

TOLERANCE = 0.01
"""An orbit from a cue comes from afar, and leaves a little before the state at rest loses its stability; just above, it lingers."""

_ROUNDS = 40.0
"""Duration of a run over T_d. Just above the border a run lingers for about 1/√(r − r_c)."""


@dataclass(frozen=True)
class _Border(Record):
    """The border at one gain.

    Attributes:
        gain: A.
        length: K.
        stays: the largest ratio at which a run stayed.
        moves: the smallest at which one moved on.
        exact: `exact_critical_ratio`: where the state at rest loses its stability.
        estimate: `critical_ratio`: where it ends, with only two memories in mind.
        cycles: whether `_SURELY` × `moves` recalls a whole round in order.
    """

    JSON = ("gain", "length", "stays", "moves", "exact", "estimate", "cycles", "measured", "agrees")

    gain: float
    length: int
    stays: float
    moves: float
    exact: float
    estimate: float
    cycles: bool

    @property
    def measured(self) -> float:
        """The middle of the interval."""
        return (self.stays + self.moves) / 2

    @property
    def agrees(self) -> bool:
        """Whether the exact ratio lies in the interval, widened by `TOLERANCE`, relatively."""
        return self.stays <= (1 + TOLERANCE) * self.exact and self.exact <= (1 + TOLERANCE) * self.moves


@dataclass(frozen=True, eq=False)
class LinearTransition(ExperimentResult):
    """What `linear_transition` found: the border for every gain and length."""

    points: tuple[_Border, ...]
    JSON = ("points",)
    name = "linear-transition"
    claim = (
        "LISEM with orthogonal memories in a cycle stays in a memory up to the ratio at which the state at rest loses its stability, "
        "within 1 %, and recalls the cycle in order 5 % above"
    )

    @property
    def holds(self) -> bool:
        """Whether every border is where theory has it, and the cycle is recalled just above it."""
        return all(point.agrees and point.cycles for point in self.points)

    def lines(self) -> list[str]:
        """One for each point."""
        return [
            f"A={p.gain:<4g} K={p.length}: measured {p.stays:.4f} to {p.moves:.4f}, exact {p.exact:.4f}, "
            f"two memories {p.estimate:.4f}"
            for p in self.points
        ]


def linear_transition(
    gains: Sequence[float] = (4.5, 5.8, 23, 205),
    lengths: Sequence[int] = (3, 5),
    width: float = 0.004,
    say: Say | None = None,
) -> LinearTransition:
    """Bisect the ratio at which LISEM leaves a memory.

    Args:
        gains: A = α_s N γ, each above 1.
        lengths: K, each from 3 to 6; above 3 the memories are independent, which takes 2^K of the 64 features.
        width: of the interval that the bisection ends with.
        say: told what is being done.

    Raises:
        InvalidOption: if there is no gain or no length, or one, or the width, is out of its range.
    """
    tell = callback("say", say)
    gains = numbers("gains", gains)
    sizes = [integer("a length", length, 3, 6) for length in sequence("lengths", lengths)]
    if not sizes:
        raise InvalidOption("at least one length is needed")
    if not 0 < real("width", width) < 1:
        raise InvalidOption(f"the width must be between 0 and 1; got {width:g}")
    theory = [(gain, length, exact_critical_ratio(gain, length, T_D)) for length in sizes for gain in gains]
    points: list[_Border] = []
    for gain, length, exact in theory:
        stays, moves = 0.1, 1.5
        while moves - stays > width:
            middle = (stays + moves) / 2
            tell(f"A={gain:g} K={length}: between {stays:.3f} and {moves:.3f}")
            if _recall_at(middle, gain, length).outcome is RecallKind.STAYS:
                stays = middle
            else:
                moves = middle
        above = _recall_at(_SURELY * moves, gain, length)
        whole = len(above.order) > length and first_disorder(above.order, cycles(length)) is None
        points.append(_Border(gain, length, stays, moves, exact, critical_ratio(gain), whole))
    return LinearTransition(tuple(points))


def linear_model(ratio: float, gain: float, length: int, T_d: float = T_D, features: int = FEATURES) -> Model:
    """LISEM with the gain A and the ratio r, α_s = β = T_f = 1, and orthogonal memories in a cycle."""
    memories = orthogonal_memories(features, length)
    return Model.lisem(memories, cycles(length), gain / features, T_d=T_d, alpha_c=ratio)


def _recall_at(ratio: float, gain: float, length: int) -> Recall:
    """What a run from memory 0 recalls."""
    model = linear_model(ratio, gain, length)
    return simulate(model, model.memories[:, 0], _ROUNDS * T_D, samples=801).recall()
