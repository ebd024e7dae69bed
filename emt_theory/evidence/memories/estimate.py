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

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emt_theory.evidence.linearize import Transitions
from emt_theory.evidence.memories.persistent import Persistent
from emt_theory.evidence.recording import Recording
from emt_theory.ground.absent import Absent
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
        decoder: X, shape (m, N).
        encoder: Ψ, shape (N, m).
        center: μ, shape (N,).
        offset: m̄, shape (m,).
        phi: the recovered Φ on persistent components, shape (m, m), or None.
        residual: the relative error of intertwining, ‖(XA − Φ_p X) S^{1/2}‖ / ‖X S^{1/2}‖, or None.
        null_residual: the same for a theory with one sign flipped, or None.
        note: what is wrong with it, or None.
    """

    method: str
    decoder: Array
    encoder: Array
    center: Array
    offset: Array
    phi: Array | None
    residual: float | None = None
    null_residual: float | None = None
    note: str | None = None

    def decode(self, states: Array) -> Array:
        """X (h − μ) + m̄ for states of shape (…, N): shape (…, m)."""
        decoded = np.asarray(states @ self.decoder.T, dtype=np.float64)
        decoded += self.offset - self.decoder @ self.center
        return decoded

    def __repr__(self) -> str:
        return f"Estimate({self.method!r}, {self.note or f'{len(self.decoder)} variables in {len(self.center)} units'})"


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
        method: the method's name.
        estimate: what it found, or why it finds nothing.
        decoded: which signs were read right, by time and slot, or why none could be.
        condition: of X; absent where the memories are linearly dependent.
        phi_error, leakage, duality_error: the other measures; None where there is none.
    """

    JSON = (
        "decode_accuracy", "phi_error", "condition", "leakage", "duality_error", "residual", "null_residual",
        "by_slot", "reason",
    )  # fmt: skip

    method: str
    estimate: Estimate | Absent
    decoded: Decoded | Absent
    condition: float | Absent
    phi_error: float | None = None
    leakage: float | None = None
    duality_error: float | None = None

    @property
    def decode_accuracy(self) -> float | None:
        """The fraction of stored signs read right; None where nothing could be decoded."""
        return self.decoded.accuracy if isinstance(self.decoded, Decoded) else None

    @property
    def decoder(self) -> Array | None:
        """X, shape (m, N)."""
        return self.estimate.decoder if isinstance(self.estimate, Estimate) else None

    @property
    def encoder(self) -> Array | None:
        """Ψ, shape (N, m)."""
        return self.estimate.encoder if isinstance(self.estimate, Estimate) else None

    @property
    def phi(self) -> Array | None:
        """The recovered Φ on persistent components."""
        return self.estimate.phi if isinstance(self.estimate, Estimate) else None

    @property
    def residual(self) -> float | None:
        """The relative error of intertwining."""
        return self.estimate.residual if isinstance(self.estimate, Estimate) else None

    @property
    def null_residual(self) -> float | None:
        """The same for a theory with one sign flipped."""
        return self.estimate.null_residual if isinstance(self.estimate, Estimate) else None

    @property
    def by_slot(self) -> list[float | None] | None:
        """The fraction of signs read right for each persistent component; None where nothing could be decoded."""
        return self.decoded.by_slot() if isinstance(self.decoded, Decoded) else None

    @property
    def reason(self) -> str | None:
        """Why there is nothing, or what is degenerate; None if all is well."""
        if isinstance(self.estimate, Absent):
            return self.estimate.reason
        lacking = (part.reason for part in (self.condition, self.decoded) if isinstance(part, Absent))
        if isinstance(self.condition, Absent) or not self.estimate.note:
            return next(lacking, None)
        return self.estimate.note

    def __str__(self) -> str:
        if self.decode_accuracy is None:
            return f"{self.method}: {self.reason}"
        phi = f", Φ off by {self.phi_error:.3g}" if self.phi_error is not None else ""
        doubt = f" ({self.reason})" if self.reason else ""
        return f"{self.method}: decodes {write_fraction(self.decode_accuracy)}{phi}{doubt}"


def assess(
    method: str,
    estimate: Estimate | Absent,
    persistent: Persistent,
    pairs: Transitions | Absent,
    fresh: Recording,
    signs: Array | None,
    true: Array,
) -> VariableMemories:
    """Judge an estimate on a fresh recording.

    Args:
        method: what made it.
        estimate: what it found, or why nothing.
        persistent: the true dynamics.
        pairs: the transitions at t > s, for the leakage; or why there are none.
        fresh: a recording of another seed.
        signs: what the estimate reads there; see `read_signs`.
        true: the true signs there, shape (times, batch, m).
    """
    if isinstance(estimate, Absent):
        return VariableMemories(method, estimate, estimate, estimate)
    count = len(persistent.components)
    scale = np.linalg.svd(estimate.decoder, compute_uv=False)
    rank = int((scale > _DEPENDENT * scale[0]).sum()) if scale[0] > 0 else 0
    regular = rank == count
    dependent = Absent(f"the memories are linearly dependent: rank {rank} of {count}")
    with np.errstate(all="ignore"):
        product = estimate.decoder @ estimate.encoder
    return VariableMemories(
        method,
        estimate,
        count_signs(signs, true, persistent.times(fresh.horizon)),
        float(scale[0] / scale[-1]) if regular else dependent,
        _relative_distance(estimate.phi, persistent.phi) if regular and estimate.phi is not None else None,
        None if isinstance(pairs, Absent) else leakage(estimate.decoder, pairs),
        _relative_distance(product, np.eye(count)),
    )


def decode_signs(estimate: Estimate, persistent: Persistent, recording: Recording) -> Decoded | Absent:
    """Which stored signs are decoded right at t = s+4, …, horizon; absent where a state is not finite, or there is no sign."""
    (signs,), true = read_signs([estimate], persistent, recording), np.sign(persistent.truth(recording))
    return count_signs(signs, true, persistent.times(recording.horizon))


def read_signs(
    estimates: Sequence[Estimate | Absent], persistent: Persistent, recording: Recording
) -> list[Array | None]:
    """The signs that each decodes, shape (times, batch, m); None where it decodes nothing, or a state is not finite."""
    if not any(isinstance(one, Estimate) for one in estimates):
        return [None] * len(estimates)
    states = persistent.states(recording)
    if not np.isfinite(states).all():
        return [None] * len(estimates)
    decoded = [one.decode(states) if isinstance(one, Estimate) else None for one in estimates]
    return [None if values is None else np.sign(values, out=values) for values in decoded]


def count_signs(signs: Array | None, true: Array, times: range) -> Decoded | Absent:
    """How many of them are right at these times."""
    scored = true != 0
    if signs is not None and scored.any():
        return Decoded(times, ((signs == true) & scored).sum(axis=1), scored.sum(axis=1))
    return Absent("fresh states are not finite, or every stored value is 0: nothing to decode")


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
