r"""F by least squares: what comes next, regressed on the last s values.

After s random inputs a program goes on with `u(t) = F m(t−1)`, m(t−1) the last s values, oldest first. In a probe of length s, m holds inputs at
first and then more and more of the network's own outputs; so F is the least-squares solution of

    y(t) ≈ F m(t−1),      t = s+1, …, 2s,

over all sequences, every step on its own scale (values may grow). Its first step alone, t = s+1, has m = (u(1); …; u(s)), independent random
numbers: n = s·d columns of full rank, so F is identifiable. Later steps average errors out. Beyond t = 2s nothing is gained: there m moves in the
persistent components only, and F is determined just on them.

There are two readings. *Values*: y as it is. *Signs*: the sign of y in place of y, for networks that copy signs and not sizes.

>>> from emt_theory import derive
>>> from emt_theory.analysis.decompiling.probing import probe
>>> from emt_theory.networks import state_space
>>> from emt_theory.tasks import autoregressive
>>> from emt_theory.tasks.linear import SIGNS
>>> net = derive(autoregressive(["1/2", "-1/3"])).compile(scheme="gated")
>>> found = regress(probe(state_space(net), SIGNS, 2, seed=0).probes[1], Reading.VALUES)
>>> found.coefficients.round(6).tolist(), found.rank, bool(found.residual < 1e-12)
([[-0.333333, 0.5]], 2, True)
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from emt_theory.analysis.decompiling.limits import ROUNDING
from emt_theory.analysis.decompiling.probing import Probe
from emt_theory.evidence.triangular import reduce_rows
from emt_theory.ground.arrays import Array
from emt_theory.ground.slots import Slots

_DEVIATIONS = 4
_INDEPENDENT = 1e-10


class Reading(StrEnum):
    """What of the outputs is regressed."""

    VALUES = "values"
    SIGNS = "signs"


@dataclass(frozen=True, eq=False)
class Regression:
    """What comes next as a linear function of the last s values.

    Attributes:
        reading: values or signs.
        coefficients: the estimate of F, shape (d, n).
        halfwidths: how far each may be off, shape (d, n): four standard errors and the residual of its output.
        residuals: the root mean square of what is not explained, for each output; 1 is the size of what it is explained by. Shape (d,).
        first: the largest residual of the step t = s+1 alone, explained by the inputs.
        rank: the number of independent columns; n if F is identifiable.
    """

    reading: Reading
    coefficients: Array
    halfwidths: Array
    residuals: Array
    first: float
    rank: int

    @property
    def slots(self) -> Slots:
        """What the columns of the coefficients stand for."""
        dim, size = self.coefficients.shape
        return Slots(size // dim, dim)

    @property
    def residual(self) -> float:
        """The largest residual of any output."""
        return float(self.residuals.max())


def regress(probe: Probe, reading: Reading) -> Regression:
    """Regress the first s scored steps of a probe on the s values before each.

    Args:
        probe: its outputs must be finite.
        reading: values or signs.
    """
    outputs = probe.outputs if reading is Reading.VALUES else np.sign(probe.outputs)
    s, steps = probe.num_variables, min(probe.num_variables, outputs.shape[1])
    series = np.concatenate([probe.inputs, outputs], axis=1)
    rows = [_on_its_scale(series[:, t : t + s].reshape(len(series), -1), outputs[:, t]) for t in range(steps)]
    coefficients, residuals, spread, rank = _least_squares(rows)
    _, first, _, _ = _least_squares(rows[:1])
    halfwidths = _DEVIATIONS * np.outer(residuals, spread) + residuals[:, None]
    floor = 100 * ROUNDING * np.maximum(1.0, np.abs(coefficients))
    return Regression(reading, coefficients, halfwidths + floor, residuals, float(first.max()), rank)


def _on_its_scale(past: Array, following: Array) -> tuple[Array, Array]:
    size = float(np.abs(past).max())
    scale = size * float(np.sqrt(((past / size) ** 2).mean())) if size > 0 else 1.0
    return past / scale, following / scale


def _least_squares(rows: list[tuple[Array, Array]]) -> tuple[Array, Array, Array, int]:
    """F, residuals, standard errors per unit of residual, and rank."""
    n, d = rows[0][0].shape[1], rows[0][1].shape[1]
    count = sum(len(past) for past, _ in rows)
    factor = reduce_rows(rows)
    factor = np.concatenate([factor, np.zeros((max(0, n + d - len(factor)), n + d))])
    left, sizes, right = np.linalg.svd(factor[:n, :n])
    kept = sizes > _INDEPENDENT * sizes[0]
    inverse = np.divide(1.0, sizes, out=np.zeros_like(sizes), where=kept)
    solution = (right.T * inverse) @ left.T @ factor[:n, n:]
    errors = factor[:, n:] - factor[:, :n] @ solution
    residuals = np.sqrt((errors**2).sum(axis=0) / count)
    return (
        solution.T,
        residuals,
        np.sqrt(((right.T * inverse) ** 2).sum(axis=1)) * np.sqrt(count / max(1, count - n)),
        int(kept.sum()),
    )
