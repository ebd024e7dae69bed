"""The spectrum of a task's circuit, exactly.

Eigenvalues of Φ are given by the irreducible factors of its characteristic polynomial over Q, with multiplicities: the factor x is the
eigenvalue 0, the cyclotomic factor of order m holds the primitive m-th roots of unity, others are named by their coefficients. A selection
task's factors follow from its cycles (P10) in O(d) steps; any other task's from the d×d determinant (P09).

>>> from emt_theory.tasks import parse
>>> print(resolve_spectrum(parse("T4")))
36 of 64 eigenvalues on the unit circle (all roots of unity), 28 at 0
cycles: 1 of length 1 (−), 1 of length 35 (+)
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from math import gcd
from typing import TYPE_CHECKING, Any

import numpy as np

from emt_theory.exact import (
    Cycle,
    Factor,
    characteristic_polynomial,
    count_on_unit_circle,
    cycles,
    factorize,
    factors_of_cycles,
    numeric_roots,
)
from emt_theory.tasks import Task

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

_LONGEST_POLYNOMIAL = 200


@dataclass(frozen=True)
class Spectrum:
    """Eigenvalues of Φ with their multiplicities.

    Attributes:
        components: n, the number of eigenvalues.
        factors: irreducible factors of the characteristic polynomial over Q.
        cycles: the cycles of a selection task, None for others.
    """

    components: int
    factors: tuple[Factor, ...]
    cycles: tuple[Cycle, ...] | None

    @property
    def zero(self) -> int:
        """Algebraic multiplicity of the eigenvalue 0."""
        return sum(f.multiplicity for f in self.factors if f.is_zero_eigenvalue)

    @property
    def roots_of_unity(self) -> int:
        """Number of eigenvalues that are roots of unity, with multiplicity."""
        return sum(f.multiplicity * f.degree for f in self.factors if f.order)

    @cached_property
    def unit_circle(self) -> int:
        """Number of eigenvalues of modulus exactly 1, with multiplicity; decided without floating point."""
        others = (f for f in self.factors if not f.order and not f.is_zero_eigenvalue)
        return self.roots_of_unity + sum(f.multiplicity * count_on_unit_circle(f.coefficients) for f in others)

    @cached_property
    def multiplicities(self) -> tuple[tuple[complex, int], ...]:
        """The distinct eigenvalues, correctly rounded, with their algebraic multiplicities."""
        return tuple((complex(z), f.multiplicity) for f in self.factors for z in _roots(f))

    def eigenvalues(self) -> NDArray[np.complex128]:
        """All n eigenvalues, repeated by multiplicity, shape (n,)."""
        values, times = zip(*self.multiplicities, strict=True)
        return np.repeat(np.array(values, dtype=np.complex128), times)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready: the keys that `emt derive --json` promises under `spectrum`."""
        return {
            "factors": [[_text(f), f.multiplicity] for f in self.factors],
            "cycles": None if self.cycles is None else sorted([c.length, c.sign] for c in self.cycles),
            "unit_circle": self.unit_circle,
            "roots_of_unity": self.roots_of_unity,
            "zero": self.zero,
        }

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the eigenvalues in the complex plane with the unit circle; numbers are multiplicities above 1."""
        from emt_theory.circuits.drawing import draw_spectrum

        return draw_spectrum(self, ax)

    def __str__(self) -> str:
        unity = self.roots_of_unity
        named = "" if not self.unit_circle else f" ({'all' if unity == self.unit_circle else unity} roots of unity)"
        head = f"{self.unit_circle} of {self.components} eigenvalues on the unit circle{named}, {self.zero} at 0"
        if self.cycles is None:
            shown = [f"({_text(f)})" + (f"^{f.multiplicity}" if f.multiplicity > 1 else "") for f in self.factors]
            return f"{head}\nfactors: {' '.join(shown)}"
        counted = sorted(Counter((c.length, c.sign) for c in self.cycles).items())
        shown = [f"{times} of length {length} ({'+' if sign > 0 else '−'})" for (length, sign), times in counted]
        return f"{head}\ncycles: {', '.join(shown)}"


def resolve_spectrum(task: Task) -> Spectrum:
    """The spectrum of a task's Φ: by cycles for a selection task, else by the characteristic polynomial."""
    return spectrum_by_cycles(task) if task.reads else spectrum_by_polynomial(task)


def spectrum_by_cycles(task: Task) -> Spectrum:
    """The spectrum of a selection task by the cycle theorem (P10)."""
    assert task.reads is not None
    found = cycles(*zip(*task.reads, strict=True), num_variables=task.num_variables)
    return Spectrum(task.components, factors_of_cycles(found, task.components), found)


def spectrum_by_polynomial(task: Task) -> Spectrum:
    """The spectrum of any linear task by its characteristic polynomial (P09); knows no cycles."""
    return Spectrum(task.components, factorize(characteristic_polynomial(task.F, task.dim)), None)


def _roots(factor: Factor) -> NDArray[np.complex128]:
    if factor.order:
        k = np.array([k for k in range(factor.order) if gcd(k, factor.order) == 1])
        return np.exp(2j * np.pi * k / factor.order)
    return numeric_roots(factor.coefficients)


def _text(factor: Factor) -> str:
    return f"Phi_{factor.order}" if factor.order and factor.degree > _LONGEST_POLYNOMIAL else str(factor)
