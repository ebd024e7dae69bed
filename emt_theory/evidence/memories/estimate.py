r"""An estimate of variable memories, and how it is judged.

An estimate is a decoder `m ≈ X (h − μ) + m̄` with the map Φ̂ that it finds on what it decodes. Judged by

* `decode_accuracy`: the fraction of stored signs right at t = s+4, …, horizon, on fresh inputs (a component that is exactly 0 is not scored);
* `phi_error`: ‖Φ̂ − Φ_p‖ / ‖Φ_p‖ (Frobenius);
* `condition`: the ratio of the largest to the smallest singular value of X; rank-deficient memories are named instead;
* `leakage`: the fraction of the states' variance that no linear function of the decoded variables explains,
  `1 − tr(S Xᵀ (X S Xᵀ)⁺ X S) / tr S`: 0 when the states hold nothing else, 1 when X sees nothing of them;
* `duality_error`: ‖XΨ − I‖ / √m, with Ψ the method's own directions (powers) or the regression of the states on the true variables
  (the other two).

Leakage uses the states at t > s, Ψ those at t ≥ s + 4, of the recording that the memories were estimated from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emt_theory.evidence.linearize import Transitions
from emt_theory.evidence.memories.persistent import Persistent
from emt_theory.evidence.recording import Recording
from emt_theory.ground.arrays import Array
from emt_theory.ground.json import Record
from emt_theory.tasks.digits import write_fraction

NOT_AFFINE = "the read-out is not affine: it has no matrix W_hy"

_DEPENDENT = 1e-10
_ROUNDING = 1e-12


@dataclass(frozen=True, eq=False, repr=False)
class Estimate(Record):
    """What a method found.

    Attributes:
        method: its name.
        decoder: X, shape (m, N); (0, N) where the method does not apply.
        encoder: Ψ, shape (N, m).
        center: μ, shape (N,).
        offset: m̄, shape (m,).
        phi: the recovered Φ on persistent components, shape (m, m), or None.
        residual: the relative error of intertwining, ‖(XA − Φ_p X) S^{1/2}‖ / ‖X S^{1/2}‖, or None.
        null_residual: the same for a theory with one sign flipped, or None.
        reason: why there is nothing, or what is wrong with it.
    """

    method: str
    decoder: Array
    encoder: Array
    center: Array
    offset: Array
    phi: Array | None
    residual: float | None = None
    null_residual: float | None = None
    reason: str | None = None

    def decode(self, states: Array) -> Array:
        """X (h − μ) + m̄ for states of shape (…, N): shape (…, m)."""
        return (states - self.center) @ self.decoder.T + self.offset

    def __repr__(self) -> str:
        return (
            f"Estimate({self.method!r}, {self.reason or f'{len(self.decoder)} variables in {len(self.center)} units'})"
        )


@dataclass(frozen=True, eq=False, repr=False)
class Decoded(Record):
    """How often each stored sign was read right, by time and slot.

    Attributes:
        times: t = s+4, …, horizon.
        right, scored: counts over sequences, shape (times, m); a value that is exactly 0 is not scored.
    """

    times: range
    right: NDArray[np.intp]
    scored: NDArray[np.intp]

    @property
    def accuracy(self) -> float | None:
        """The fraction over all times and slots; None if nothing was scored."""
        return _fraction(self.right.sum(), self.scored.sum())

    def by_slot(self) -> list[float | None]:
        """The fraction for each persistent component, m of them."""
        return [_fraction(r, n) for r, n in zip(self.right.sum(axis=0), self.scored.sum(axis=0), strict=True)]

    def by_time(self) -> list[float | None]:
        """The fraction at each time."""
        return [_fraction(r, n) for r, n in zip(self.right.sum(axis=1), self.scored.sum(axis=1), strict=True)]

    def __repr__(self) -> str:
        return f"Decoded({self.accuracy} of the signs right at t = {self.times.start}, …, {self.times.stop - 1})"


@dataclass(frozen=True, eq=False)
class VariableMemories(Record):
    """Variable memories with their measures; see the module for definitions.

    Attributes:
        estimate: what the method found.
        decode_accuracy, phi_error, condition, leakage, duality_error: measures; None with a `reason` where there is none.
        reason: what is degenerate, or None.
        decoded: which signs were read right, by time and slot; None where nothing could be decoded.
    """

    JSON = (
        "decode_accuracy", "phi_error", "condition", "leakage", "duality_error", "residual=estimate.residual",
        "null_residual=estimate.null_residual", "by_slot", "reason",
    )  # fmt: skip

    estimate: Estimate
    decode_accuracy: float | None
    phi_error: float | None
    condition: float | None
    leakage: float | None
    duality_error: float | None
    reason: str | None
    decoded: Decoded | None = None

    @property
    def method(self) -> str:
        """The method's name."""
        return self.estimate.method

    @property
    def decoder(self) -> Array:
        """X, shape (m, N)."""
        return self.estimate.decoder

    @property
    def encoder(self) -> Array:
        """Ψ, shape (N, m)."""
        return self.estimate.encoder

    @property
    def phi(self) -> Array | None:
        """The recovered Φ on persistent components."""
        return self.estimate.phi

    @property
    def by_slot(self) -> list[float | None] | None:
        """The fraction of signs read right for each persistent component; None where nothing could be decoded."""
        return self.decoded.by_slot() if self.decoded else None

    def __str__(self) -> str:
        if self.decode_accuracy is None:
            return f"{self.method}: {self.reason}"
        phi = f", Φ off by {self.phi_error:.3g}" if self.phi_error is not None else ""
        doubt = f" ({self.reason})" if self.reason else ""
        return f"{self.method}: decodes {write_fraction(self.decode_accuracy)}{phi}{doubt}"


def refuse(method: str, hidden: int, reason: str) -> Estimate:
    """The estimate that is none."""
    return Estimate(
        method, np.empty((0, hidden)), np.empty((hidden, 0)), np.zeros(hidden), np.empty(0), None, reason=reason
    )


def assess(estimate: Estimate, persistent: Persistent, pairs: Transitions | str, fresh: Recording) -> VariableMemories:
    """Judge an estimate on a fresh recording.

    Args:
        estimate: what a method found.
        persistent: the true dynamics.
        pairs: the transitions at t > s, for the leakage; or why there are none.
        fresh: a recording of another seed.
    """
    if not len(estimate.decoder):
        return VariableMemories(estimate, None, None, None, None, None, estimate.reason)
    count = len(persistent.components)
    decoded, reason = decode_signs(estimate, persistent, fresh), estimate.reason
    accuracy = decoded.accuracy if decoded else None
    if accuracy is None:
        reason = reason or "fresh states are not finite, or every stored value is 0: nothing to decode"
    scale = np.linalg.svd(estimate.decoder, compute_uv=False)
    rank = int((scale > _DEPENDENT * scale[0]).sum()) if scale[0] > 0 else 0
    error = condition = None
    if rank < count:
        reason = f"the memories are linearly dependent: rank {rank} of {count}"
    else:
        condition = float(scale[0] / scale[-1])
        if estimate.phi is not None:
            error = _relative_distance(estimate.phi, persistent.phi)
    leak = None if isinstance(pairs, str) else leakage(estimate.decoder, pairs)
    with np.errstate(all="ignore"):
        product = estimate.decoder @ estimate.encoder
    duality = _relative_distance(product, np.eye(count))
    return VariableMemories(estimate, accuracy, error, condition, leak, duality, reason, decoded)


def decode_signs(estimate: Estimate, persistent: Persistent, recording: Recording) -> Decoded | None:
    """Which stored signs are decoded right at t = s+4, …, horizon; None where a state is not finite."""
    times = persistent.times(recording.horizon)
    right, scored = (np.zeros((len(times), len(persistent.components)), dtype=np.intp) for _ in range(2))
    for k, t in enumerate(times):
        states, truth = recording.states[:, t - 1], persistent.truth_at(t, recording)
        if not np.isfinite(states).all():
            return None
        right[k] = ((np.sign(estimate.decode(states)) == np.sign(truth)) & (truth != 0)).sum(axis=0)
        scored[k] = (truth != 0).sum(axis=0)
    return Decoded(times, right, scored)


def _fraction(right: np.integer[Any], scored: np.integer[Any]) -> float | None:
    return float(right / scored) if scored else None


def leakage(decoder: Array, pairs: Transitions) -> float:
    """1 − tr(S Xᵀ (X S Xᵀ)⁺ X S) / tr S, the share of variance that the decoded variables do not explain.

    With S = R Rᵀ and Z = X R this is 1 − ‖R P‖² / ‖R‖², P the orthogonal projection onto the rows of Z.
    """
    deviations = pairs.singular / pairs.singular[0]
    reader = decoder / max(float(np.abs(decoder).max()), np.finfo(float).tiny)
    scaled = reader @ (pairs.right.T * deviations)
    _, sizes, rows = np.linalg.svd(scaled, full_matrices=False)
    seen = rows[sizes > _ROUNDING * np.linalg.norm(reader, 2)]
    total = float((deviations**2).sum())
    return float(np.clip(1 - ((seen * deviations) ** 2).sum() / total, 0, 1))


def _relative_distance(found: Array, true: Array) -> float | None:
    """‖found − true‖ / ‖true‖ (Frobenius); None where float64 cannot hold it."""
    with np.errstate(all="ignore"):
        error = float(np.linalg.norm(found - true) / np.linalg.norm(true))
    return error if np.isfinite(error) else None
