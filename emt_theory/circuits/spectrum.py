"""The spectrum of a task's circuit, exactly.

Eigenvalues of Φ are given by the irreducible factors of its characteristic polynomial over Q, with multiplicities: the factor x is the
eigenvalue 0, the cyclotomic factor of order m holds the primitive m-th roots of unity, others are named by their coefficients. A selection
task's factors follow from its cycles (P10) in O(d) steps; any other task's from the d×d determinant (P09). `jordan` adds the Jordan blocks on the
unit circle, `growth` what they mean for stored variables, `certified()` every eigenvalue in a ball.

>>> from emt_theory.tasks import parse
>>> print(resolve_spectrum(parse("T4")))
36 of 64 eigenvalues on the unit circle (all roots of unity), 28 at 0
cycles: 1 of length 35 (+), 1 of length 1 (−)

Source: P09, standard, and P10, new, both proved in `proofs/`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import gcd
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from emt_theory.circuits.growth import Growth, growth_of
from emt_theory.circuits.linear import LinearTheory, MatrixTheory, SelectionTheory, theory_of
from emt_theory.errors import InvalidOption
from emt_theory.exact import (
    Ball,
    Cycle,
    Cycles,
    Factor,
    certified_roots,
    certified_roots_of_unity,
    count_on_unit_circle,
    jordan_blocks,
    numeric_roots,
)
from emt_theory.ground.json import Record
from emt_theory.ground.rationals import RationalMatrix
from emt_theory.ground.text import shows
from emt_theory.tasks import LinearTask
from emt_theory.tasks.linear import linear_task

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

_LONGEST_POLYNOMIAL = 200


@shows
class CertifiedEigenvalue(NamedTuple):
    """An eigenvalue in a ball that certainly holds it.

    Attributes:
        midpoint: the centre, a float64 complex number.
        radius: the eigenvalue is at most so far from the midpoint, rounding included.
        multiplicity: its algebraic multiplicity, exact.
    """

    midpoint: complex
    radius: float
    multiplicity: int


@dataclass(frozen=True)
class Spectrum(Record):
    """Eigenvalues of Φ with their multiplicities.

    Attributes:
        components: n, the number of eigenvalues.
        factors: irreducible factors of the characteristic polynomial over Q.
        cycles: the cycles of a selection task, None for others.
        recurrence: F, from which Jordan blocks are found; None for a selection task, which has none on the unit circle.
    """

    components: int
    factors: tuple[Factor, ...]
    cycles: Sequence[Cycle] | None
    recurrence: RationalMatrix | None = field(default=None, repr=False, compare=False)

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
    def jordan(self) -> tuple[tuple[Factor, tuple[int, ...]], ...]:
        """The factors with roots on the unit circle, each with the sizes of the Jordan blocks of every root of it, largest first.

        >>> from emt_theory.tasks import autoregressive
        >>> [(str(f), sizes) for f, sizes in resolve_spectrum(autoregressive([2, -1])).jordan]
        [('x - 1', (2,))]

        Raises:
            InvalidOption: if a factor is multiple, and the spectrum was made without cycles and without its recurrence.
        """
        circle = (f for f in self.factors if not f.is_zero_eigenvalue)
        return tuple((f, self._blocks(f)) for f in circle if f.order or count_on_unit_circle(f.coefficients))

    def _blocks(self, factor: Factor) -> tuple[int, ...]:
        if self.cycles is not None:
            return (1,) * factor.multiplicity
        if factor.multiplicity == 1:
            return (1,)
        if self.recurrence is None:
            raise InvalidOption(f"Jordan blocks of {_text(factor)} need the recurrence; use resolve_spectrum(task)")
        return jordan_blocks(self.recurrence, self.recurrence.shape[0], factor)

    @property
    def semisimple_on_circle(self) -> bool:
        """Whether no eigenvalue on the unit circle has a Jordan block above 1, as always for selection tasks (P18)."""
        return all(sizes[0] == 1 for _, sizes in self.jordan)

    @cached_property
    def growth(self) -> Growth:
        """What stored variables do in the long run, with the reason; decided without floating point."""
        return growth_of(self)

    def certified(self) -> tuple[CertifiedEigenvalue, ...]:
        """The distinct eigenvalues in certified balls (FLINT's ball arithmetic), in the order of `multiplicities`."""
        return tuple(CertifiedEigenvalue(*ball, f.multiplicity) for f in self.factors for ball in _balls(f))

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
        return f"{head}\ncycles: {cycles_text(self.cycles)}"


def cycles_text(cycles: Iterable[Cycle]) -> str:
    """Cycles counted by length and sign; three or more lengths in a row with equal counts are one range.

    >>> cycles_text([Cycle(3, -1, (0,)), Cycle(1, 1, (1,)), Cycle(2, 1, (2,)), Cycle(3, 1, (3,))])
    '1 each of lengths 1 to 3 (+), 1 of length 3 (−)'
    """
    lengths = cycles.counts() if isinstance(cycles, Cycles) else Counter((c.length, c.sign) for c in cycles)
    counted = sorted(lengths.items(), key=lambda item: (-item[0][1], item[0][0]))
    runs: list[list[int]] = []  # first length, last length, sign, count
    for (length, sign), times in counted:
        if runs and runs[-1][1:] == [length - 1, sign, times]:
            runs[-1][1] = length
        else:
            runs.append([length, length, sign, times])
    shown: list[str] = []
    for first, last, sign, times in runs:
        mark = "+" if sign > 0 else "−"
        if last - first >= 2:
            shown.append(f"{times} each of lengths {first} to {last} ({mark})")
        else:
            shown += [f"{times} of length {length} ({mark})" for length in range(first, last + 1)]
    return ", ".join(shown)


def resolve_spectrum(task: LinearTask) -> Spectrum:
    """The spectrum of a task's Φ: by cycles for a selection task, else by the characteristic polynomial."""
    return _spectrum(theory_of(task))


def spectrum_by_cycles(task: LinearTask) -> Spectrum:
    """The spectrum of a selection task by the cycle theorem (P10).

    >>> from emt_theory.tasks import compose_copy
    >>> print(spectrum_by_cycles(compose_copy(3)))
    6 of 9 eigenvalues on the unit circle (all roots of unity), 3 at 0
    cycles: 1 each of lengths 1 to 3 (+)
    """
    return _spectrum(SelectionTheory(linear_task(task)))


def spectrum_by_polynomial(task: LinearTask) -> Spectrum:
    """The spectrum of any linear task by its characteristic polynomial (P09); knows no cycles.

    >>> from emt_theory.tasks import compose_copy
    >>> spectrum_by_polynomial(compose_copy(3)).factors == spectrum_by_cycles(compose_copy(3)).factors
    True
    """
    return _spectrum(MatrixTheory(linear_task(task)))


def _spectrum(theory: LinearTheory) -> Spectrum:
    task = theory.task
    return Spectrum(task.components, theory.factors, theory.cycles, task.F if theory.cycles is None else None)


def _roots(factor: Factor) -> NDArray[np.complex128]:
    if factor.order:
        k = np.array([k for k in range(factor.order) if gcd(k, factor.order) == 1])
        return np.exp(2j * np.pi * k / factor.order)
    return numeric_roots(factor.coefficients)


def _balls(factor: Factor) -> tuple[Ball, ...]:
    return certified_roots_of_unity(factor.order) if factor.order else certified_roots(factor.coefficients)


def _text(factor: Factor) -> str:
    return f"Phi_{factor.order}" if factor.order and factor.degree > _LONGEST_POLYNOMIAL else str(factor)
