r"""How long LISEM dwells in each memory of a three-cycle, and the ratio beyond which it loses the order.

Three orthogonal memories, α_s = β = T_f = 1, the cue a whole memory. The dwell time of the settled cycle is the last one of a long run. Theory:
`dwell_time`, for slow delays, and the estimate `two_memory_dwell_time`. Above `ORDER_LIMIT` the run must end in the mixture of all three.

>>> found = linear_dwell(gain=205, ratios=[1.5], beyond=[2.4], T_d=200)
>>> found.holds, found.dwells[0].measured, found.dwells[0].predicted
(True, 1.53..., 1.51...)
>>> found.losses[0].outcome
<RecallKind.MIXTURE: 'mixture'>

Source: new.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from emt_theory.errors import InvalidOption
from emt_theory.ground.arguments import callback, real, sequence
from emt_theory.ground.json import Record
from emt_theory.gsemm.dwell import ORDER_LIMIT, dwell_time, turning_point, two_memory_dwell_time
from emt_theory.gsemm.experiments.linear_transition import linear_model
from emt_theory.gsemm.experiments.result import ExperimentResult, Say, numbers
from emt_theory.gsemm.patterns import cycles
from emt_theory.gsemm.recall import Recall, RecallKind, first_disorder
from emt_theory.gsemm.simulate import simulate

LENGTH = 3
FEATURES = 8
"""The fewest that hold three independent memories; more of them change nothing but N γ, which is held."""

TOLERANCE = 0.03
"""Theory is the limit T_d/T_f → ∞; the way through the fold takes about (T_f/T_d)^(2/3) longer."""


@dataclass(frozen=True)
class Dwell(Record):
    """The dwell time at one ratio, all in units of T_d.

    Attributes:
        ratio: r.
        measured: of the settled cycle; None if the run was not in order.
        predicted: `dwell_time` at this gain.
        estimate: `two_memory_dwell_time`.
        order: what was recalled.
    """

    JSON = ("ratio", "measured", "predicted", "estimate", "order", "agrees")

    ratio: float
    measured: float | None
    predicted: float
    estimate: float
    order: tuple[int, ...]

    @property
    def agrees(self) -> bool:
        """Whether measured and predicted differ by at most `TOLERANCE`, relatively."""
        return self.measured is not None and abs(self.measured - self.predicted) <= TOLERANCE * self.predicted


@dataclass(frozen=True)
class Loss:
    """A run beyond the limit of order."""

    ratio: float
    outcome: RecallKind
    order: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class LinearDwell(ExperimentResult):
    """What `linear_dwell` found.

    Attributes:
        gain: A.
        T_d: over T_f.
        dwells: below the limit of order.
        losses: beyond it.
    """

    gain: float
    T_d: float
    dwells: tuple[Dwell, ...]
    losses: tuple[Loss, ...]
    JSON = ("gain", "T_d", "turning_point", "order_limit", "dwells", "losses")
    name = "linear-dwell"
    order_limit = ORDER_LIMIT
    claim = (
        "LISEM's three-cycle with orthogonal memories dwells T_d arcosh((r + s(A)) / (2 (r − s(A)))) in each memory, within 3 %, "
        "and beyond r = (5 + √13)/4 gets stuck in the mixture of the three; for large A and T_d, and the larger the nearer r is to that limit"
    )

    @property
    def holds(self) -> bool:
        """Whether every dwell time agrees, and every run beyond the limit ends in the mixture."""
        return all(d.agrees for d in self.dwells) and all(x.outcome is RecallKind.MIXTURE for x in self.losses)

    @property
    def turning_point(self) -> float:
        """s(A)."""
        return turning_point(self.gain)

    def lines(self) -> list[str]:
        """One for each ratio."""
        head = f"A={self.gain:g}, T_d={self.T_d:g}; dwell times over T_d"
        dwells = [
            f"r={d.ratio:<4g} measured {'–' if d.measured is None else f'{d.measured:.3f}'}, predicted {d.predicted:.3f}, "
            f"two memories {d.estimate:.3f}"
            for d in self.dwells
        ]
        return [head, *dwells, *(f"r={x.ratio:<4g} {x.outcome} after {len(x.order)} episodes" for x in self.losses)]


def linear_dwell(
    gain: float = 205.0,
    ratios: Sequence[float] = (1.02, 1.05, 1.1, 1.2, 1.35, 1.5, 1.75, 2.0),
    beyond: Sequence[float] = (2.3, 2.6),
    T_d: float = 400.0,
    say: Say | None = None,
) -> LinearDwell:
    """Measure dwell times below the limit of order, and what happens beyond it.

    Args:
        gain: A, large; the predictions take all features but the turning ones for saturated.
        ratios: r, each above s(A) and below `ORDER_LIMIT`.
        beyond: r, each above `ORDER_LIMIT`.
        T_d: the delay's timescale, over T_f = 1; large. At finite A and T_d the limit of order is lower than `ORDER_LIMIT`, so near
            it the cycle may be lost, and the claim with it.
        say: told what is being done.

    Raises:
        InvalidOption: if there is no ratio, or one is on the wrong side, or another argument is out of its range.
    """
    tell = callback("say", say)
    ratios, beyond = numbers("ratios", ratios), numbers("beyond", beyond) if len(sequence("beyond", beyond)) else []
    gain, T_d = real("gain", gain), real("T_d", T_d)
    if any(r >= ORDER_LIMIT for r in ratios) or any(r <= ORDER_LIMIT for r in beyond):
        raise InvalidOption(f"ratios must be below {ORDER_LIMIT:.4g}, those beyond above it; got {ratios} and {beyond}")
    dwells: list[Dwell] = []
    for ratio in ratios:
        tell(f"r={ratio:g}")
        predicted, estimate = dwell_time(ratio, gain), two_memory_dwell_time(ratio)
        found = _recall(ratio, gain, T_d, (2 * LENGTH + 2) * max(predicted, 1.0) * T_d)
        settled = len(found.dwell_times) > LENGTH and first_disorder(found.order, cycles(LENGTH)) is None
        measured = found.dwell_times[-1] / T_d if settled and found.outcome is RecallKind.SEQUENCE else None
        dwells.append(Dwell(ratio, measured, predicted, estimate, found.order))
    losses: list[Loss] = []
    for ratio in beyond:
        tell(f"r={ratio:g}")
        found = _recall(ratio, gain, T_d, 20 * T_d)
        losses.append(Loss(ratio, found.outcome, found.order))
    return LinearDwell(gain, T_d, tuple(dwells), tuple(losses))


def _recall(ratio: float, gain: float, T_d: float, duration: float) -> Recall:
    model = linear_model(ratio, gain, LENGTH, T_d, FEATURES)
    return simulate(model, model.memories[:, 0], duration, samples=int(2 * duration) + 1).recall()
