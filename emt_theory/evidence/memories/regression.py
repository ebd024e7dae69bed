r"""The best linear decoder: the true variables regressed on the states.

    X = argmin E‖m_p − m̄ − X (h − μ)‖²          over t = s+4, …, horizon; μ = 0 and m̄ = 0 for odd networks

No weights take part, so this is the upper mark for what any linear decoder can read; and it says nothing about how the network computes. The map
recovered with it is that of the secant on what is decoded, `Φ̂ = X L Xᵀ (X S Xᵀ)⁻¹`, L = E[h(t+1) h(t)ᵀ].
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from emt_theory.evidence.conventions import CONVENTIONS
from emt_theory.evidence.linearize import Transitions
from emt_theory.evidence.memories.estimate import Estimate
from emt_theory.evidence.memories.persistent import Persistent
from emt_theory.evidence.recording import STEPS, Recording, require, steps_within
from emt_theory.evidence.triangular import reduce_pair
from emt_theory.ground.absent import Absent
from emt_theory.ground.arguments import real
from emt_theory.ground.arrays import Array


@dataclass(frozen=True, eq=False)
class Labelled:
    """The states of a recording beside the true variables, t = s+4, …, horizon, centred and reduced to few rows with the same least squares.

    Attributes:
        states: shape (k, N).
        truth: shape (k, m).
        center: μ, what was subtracted from the states.
        offset: m̄, what was subtracted from the variables.
        rows: how many pairs there were.
    """

    states: Array
    truth: Array
    center: Array
    offset: Array
    rows: int

    @cached_property
    def encoder(self) -> Array:
        """Ψ: the states regressed on the true variables, shape (N, m); where a variable goes on average."""
        return least_squares(self.truth, self.states)

    @cached_property
    def decoder(self) -> Array:
        """X: the true variables regressed on the states, shape (m, N), in directions above 1e-6 of the largest."""
        return least_squares(self.states, self.truth, CONVENTIONS.rank_tolerance)


def regress(
    persistent: Persistent,
    pairs: Transitions | Absent,
    fit: Recording,
    tolerance: float = CONVENTIONS.rank_tolerance,
) -> Estimate | Absent:
    """The best linear decoder on a recording.

    Args:
        persistent: the true dynamics.
        pairs: the recording's transitions, for Φ̂; or the reason why there are none.
        fit: the recording.
        tolerance: directions of the states below this fraction of the largest singular value are not used.
    """
    tolerance = checked_given(persistent, pairs, fit, tolerance)
    return pairs if isinstance(pairs, Absent) else decoder_of(label(persistent, fit), pairs, tolerance)


def decoder_of(
    labelled: Labelled | Absent, pairs: Transitions | Absent, tolerance: float = CONVENTIONS.rank_tolerance
) -> Estimate | Absent:
    """The best linear decoder of labelled states."""
    if isinstance(pairs, Absent) or isinstance(labelled, Absent):
        return next(part for part in (pairs, labelled) if isinstance(part, Absent))
    known = tolerance == CONVENTIONS.rank_tolerance
    decoder = labelled.decoder if known else least_squares(labelled.states, labelled.truth, tolerance)
    rank = pairs.rank(tolerance)
    step = pairs.restricted(rank) * pairs.deviations[:rank] / pairs.deviations[:rank, None]
    phi = recovered_map(decoder @ (pairs.right[:rank].T * pairs.deviations[:rank]), step)
    return Estimate("regression", decoder, labelled.encoder, labelled.center, labelled.offset, phi)


def label(persistent: Persistent, fit: Recording) -> Labelled:
    """The states of a recording beside the true variables."""
    chosen = steps_within(0, len(persistent.times(fit.horizon)), STEPS)
    states, truth = persistent.states(fit)[chosen], persistent.regressand(fit)[chosen]
    center, offset = fit.center(states), fit.center(truth)
    size = len(center)
    rows = np.concatenate([states - center, truth - offset], axis=2).reshape(-1, size + len(offset))
    factor, _ = reduce_pair(rows, rows[:, :0])
    return Labelled(factor[:, :size], factor[:, size:], center, offset, states.shape[0] * states.shape[1])


def checked_given(persistent: object, pairs: object, fit: object, tolerance: object) -> float:
    """The tolerance, if it is a number and the others are what `regress` takes.

    Raises:
        InvalidOption: if something is of another kind.
    """
    require(Persistent, persistent=persistent)
    require(Recording, fit=fit)
    if not isinstance(pairs, Absent):
        require(Transitions, pairs=pairs)
    return real("tolerance", tolerance)


def recovered_map(scaled: Array, step: Array) -> Array:
    """Φ̂ = Z B Z⁺, the least-squares map on the decoded variables, in coordinates where the states have unit covariance.

    Args:
        scaled: Z = X R, shape (m, r), with S = R Rᵀ.
        step: B = R⁺ A R, shape (r, r).
    """
    return scaled @ step @ np.linalg.pinv(scaled)


def least_squares(given: Array, wanted: Array, tolerance: float | None = None) -> Array:
    """The matrix that takes the rows of `given` to those of `wanted`."""
    return np.asarray(np.linalg.lstsq(given, wanted, rcond=tolerance)[0].T, dtype=np.float64)
