r"""The energy with a slow delay: it falls, except for a term of order 1/T_d (P01).

    dE/dt = descent + delay term,      descent ≤ 0,      delay term = −α_c V̇_dᵀ Ξ Φ' σ_h = O(1/T_d)

LISEM around its three-cycle, with T_d doubled again and again, each run as long as the same number of T_d. The largest delay term is fitted with
C · T_d^p, over the whole orbit and from 2 T_d on, where nothing is left of the start.

>>> found = slow_delay(delays=[20, 40, 80])
>>> found.holds, round(found.order, 1)
(True, -1.0)

Source: arXiv 2212.05563 for the claim; the orders are measured here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from emt_theory.ground.arguments import callback
from emt_theory.gsemm.energy import EnergyTrace
from emt_theory.gsemm.experiments.linear_transition import linear_model
from emt_theory.gsemm.experiments.result import ExperimentResult, Say, fitted_order, numbers
from emt_theory.gsemm.simulate import simulate

GAIN, RATIO, LENGTH, FEATURES = 23.0, 1.5, 3, 64
_ROUNDS = 6.0
"""Duration of a run, over T_d."""

_SETTLED = 2.0
_ORDER = (-1.15, -0.85)
_ROUNDING = 1e-9
"""Relative to the largest term of dE/dt."""


@dataclass(frozen=True, eq=False)
class SlowDelay(ExperimentResult):
    """What `slow_delay` found.

    Attributes:
        delays: T_d.
        traces: the energy along each orbit, term by term.
    """

    delays: tuple[float, ...]
    traces: tuple[EnergyTrace, ...]
    JSON = (
        "delays", "largest_delay_terms=largest_terms", "settled_delay_terms=settled_terms", "largest_rises", "order", "settled_order",
        "largest_descent",
    )  # fmt: skip
    name = "slow-delay"
    claim = (
        "Along LISEM's orbits the energy never rises faster than its delay term, the rest only lowers it, "
        "and the delay term is of order 1/T_d"
    )

    @property
    def largest_terms(self) -> tuple[float, ...]:
        """The largest |delay term| of each orbit."""
        return tuple(trace.largest_delay for trace in self.traces)

    @property
    def settled_terms(self) -> tuple[float, ...]:
        """The same from 2 T_d on."""
        pairs = zip(self.delays, self.traces, strict=True)
        return tuple(float(np.abs(trace.rate.delay[trace.times >= _SETTLED * T_d]).max()) for T_d, trace in pairs)

    @property
    def largest_rises(self) -> tuple[float, ...]:
        """The largest dE/dt of each orbit."""
        return tuple(trace.largest_rise for trace in self.traces)

    @property
    def order(self) -> float:
        """p of the delay term ≈ C T_d^p."""
        return fitted_order(self.delays, self.largest_terms)

    @property
    def settled_order(self) -> float:
        """The same from 2 T_d on."""
        return fitted_order(self.delays, self.settled_terms)

    @property
    def largest_descent(self) -> float:
        """The largest value of the descent terms, relative to the largest term of dE/dt: at most 0, rounding apart."""
        return max(
            float(trace.rate.descent.max() / max(np.abs(term).max() for term in trace.rate)) for trace in self.traces
        )

    @property
    def holds(self) -> bool:
        """Whether the descent never lifts the energy, no rise exceeds the delay term, and both orders are about −1."""
        bounded = all(a <= b * (1 + _ROUNDING) for a, b in zip(self.largest_rises, self.largest_terms, strict=True))
        first = all(_ORDER[0] <= p <= _ORDER[1] for p in (self.order, self.settled_order))
        return bounded and first and self.largest_descent <= _ROUNDING

    def lines(self) -> list[str]:
        """One for each delay, and the orders."""
        rows = zip(self.delays, self.largest_terms, self.settled_terms, self.largest_rises, strict=True)
        shown = [f"T_d={a:<4g} delay term {b:.4g}, settled {c:.4g}; largest dE/dt {d:.4g}" for a, b, c, d in rows]
        return [*shown, f"order {self.order:.3f}, settled {self.settled_order:.3f}"]


def slow_delay(delays: Sequence[float] = (25, 50, 100, 200, 400), say: Say | None = None) -> SlowDelay:
    """Follow the energy for each T_d, through several memories.

    Args:
        delays: T_d over T_f = 1, at least two different ones.
        say: told what is being done.

    Raises:
        InvalidOption: if fewer than two delays are given.
    """
    tell = callback("say", say)
    delays = numbers("delays", delays, for_order=True)
    traces: list[EnergyTrace] = []
    for T_d in delays:
        tell(f"T_d={T_d:g}")
        model = linear_model(RATIO, GAIN, LENGTH, T_d, FEATURES)
        orbit = simulate(model, model.memories[:, 0], _ROUNDS * T_d, samples=int(20 * _ROUNDS * T_d) + 1)
        traces.append(orbit.energy())
    return SlowDelay(tuple(delays), tuple(traces))
