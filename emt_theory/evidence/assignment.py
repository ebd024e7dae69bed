r"""Optimal assignment of two spectra: by argument, and as complex numbers.

Two lists of eigenvalues have no order. The distance between them is that of the best pairing,

    min over injections π of  (1/m) Σ_i |μ_i − λ_π(i)|       or, in argument,       |arg(μ_i λ̄_π(i))|,

found by the Hungarian method (SciPy). Pairing greedily, each eigenvalue with the nearest one that is left, is not the same:

>>> assign_values(np.array([0.0, 1.0]), np.array([0.9, 2.1])).mean
1.0
>>> greedy = (abs(1.0 - 0.9) + abs(0.0 - 2.1)) / 2
>>> round(greedy, 3)
1.1

Source: Kuhn, Naval Research Logistics Quarterly 2 (1955); the paper's own code matches greedily.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emt_theory.errors import InvalidOption
from emt_theory.ground.arguments import real
from emt_theory.ground.arrays import Array, ComplexArray
from emt_theory.ground.json import Record
from emt_theory.ground.text import shown


@dataclass(frozen=True, eq=False, repr=False)
class Assignment(Record):
    """A pairing of found and theory eigenvalues, as many pairs as the shorter list has.

    Attributes:
        found: index into the found eigenvalues, one for each pair.
        theory: index into the theory's, one for each pair.
        distances: one for each pair.
    """

    found: NDArray[np.intp]
    theory: NDArray[np.intp]
    distances: Array

    @property
    def mean(self) -> float:
        """The mean distance; 0 for an empty pairing."""
        return float(self.distances.mean()) if len(self.distances) else 0.0

    def __repr__(self) -> str:
        return f"Assignment({len(self.distances)} pairs, mean distance {self.mean:.3g})"


def circular_distances(found: ComplexArray, theory: ComplexArray) -> Array:
    """|arg(μ λ̄)| ∈ [0, π] for every pair, shape (len(found), len(theory))."""
    difference = np.angle(found)[:, None] - np.angle(theory)[None, :]
    return np.abs((difference + np.pi) % (2 * np.pi) - np.pi)


def complex_values(name: str, values: object) -> ComplexArray:
    """The values as finite complex numbers, shape (count,).

    Raises:
        InvalidOption: if they are none.
    """
    try:
        array = np.asarray(values, dtype=np.complex128)
    except Exception:  # noqa: BLE001 — what an object of another library raises is its own affair
        array = np.empty(())
    if array.ndim != 1 or not np.isfinite(array).all():
        raise InvalidOption(f"{name} must be finite complex numbers, shape (count,); got {shown(values)}")
    return array.astype(np.complex128, copy=False)


def assign_arguments(found: ComplexArray, theory: ComplexArray, cap: float | None = None) -> Assignment:
    """The best pairing by argument.

    Args:
        found: eigenvalues, shape (p,).
        theory: eigenvalues, shape (q,).
        cap: a distance beyond which all pairs are equally bad, so that what has no partner does not bend the pairing of what has one.

    >>> assign_arguments(np.array([2.0, -0.5]), np.array([-1.0, 1.0])).distances.tolist()      # moduli do not count
    [0.0, 0.0]
    """
    distances = circular_distances(complex_values("found", found), complex_values("theory", theory))
    return _assign(distances, None if cap is None else real("cap", cap))


def assign_values(found: ComplexArray, theory: ComplexArray) -> Assignment:
    """The best pairing as complex numbers, of p found eigenvalues, shape (p,), with q of theory, shape (q,)."""
    found, theory = complex_values("found", found), complex_values("theory", theory)
    return _assign(np.abs(found[:, None] - theory[None, :]), None)


def _assign(distances: Array, cap: float | None) -> Assignment:
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(distances if cap is None else np.minimum(distances, cap))
    return Assignment(rows, columns, distances[rows, columns])
