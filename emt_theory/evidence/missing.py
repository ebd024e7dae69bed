r"""Naming eigenvalues that a network lacks: by cycles, and by factors.

The eigenvalues of Φ come in families: a cycle of length L and sign ± contributes the roots of λ^L = ±1, a factor of the characteristic
polynomial its roots, so often as it divides. When a network lacks eigenvalues, the families say what that means: a whole cycle that is not held
at all, or single modes of one that is.

A missing multiset is named by cycles if it is exactly a union of whole cycles of the task. The roots of highest order m in it can only be
covered by λ^m = 1 or, for even m, by λ^{m/2} = −1: how many of the first kind leaves no choice for the second, and the rest follows by recursion.

>>> from emt_theory import derive
>>> from emt_theory.tasks import parse
>>> spectrum = derive(parse("T3")).spectrum()
>>> lost = np.exp(1j * np.pi * np.arange(1, 13, 2) / 6)
>>> for family in name_missing(lost, spectrum):
...     print(family)
the 6 roots of λ^6 = −1: one cycle of length 6, sign −

Where it is none, it is named by factors, and where a factor divides more than once, by how often its roots are found. T1 has λ^8 = 1 eight times:

>>> lost = np.exp(2j * np.pi * np.array([1, -1, 1, -1, 3, -3]) / 8)
>>> print(*name_missing(lost, derive(parse("T1")).spectrum()))
Φ_8: 26 of 32 found (6 of 8 at e^(±2πi/8), 7 of 8 at e^(±2πi·3/8))

Source: new; that cycles have these roots is P10.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emt_theory.circuits import Spectrum
from emt_theory.evidence.assignment import complex_values
from emt_theory.evidence.recording import require
from emt_theory.exact import Factor
from emt_theory.ground.arrays import ComplexArray
from emt_theory.ground.json import Record

_SHOWN = 4


@dataclass(frozen=True)
class LackingRoot(Record):
    """A multiple eigenvalue that is found less often than the theory has it.

    Attributes:
        eigenvalue: the eigenvalue.
        order: m for a primitive m-th root of unity, else None.
        found: how often it is found.
        multiplicity: how often the theory has it.
    """

    JSON = ("eigenvalue", "found", "multiplicity")

    eigenvalue: complex
    order: int | None
    found: int
    multiplicity: int

    def name(self, sign: str) -> str:
        """The root as a power of e, or by its value; `sign` is that of its imaginary part: "", "−", or "±" for the root and its conjugate."""
        z = self.eigenvalue
        if self.order:
            k = round(abs(np.angle(z)) * self.order / (2 * np.pi))
            return f"e^({sign}2πi/{self.order})" if k == 1 else f"e^({sign}2πi·{k}/{self.order})"
        return f"{z.real:.4g} {sign or '+'} {abs(z.imag):.4g}i" if z.imag else f"{z.real:.4g}"

    def __str__(self) -> str:
        return f"{self.found} of {self.multiplicity} at {self.name('−' if self.eigenvalue.imag < 0 else '')}"


@dataclass(frozen=True)
class MissingFamily(Record):
    """Eigenvalues that belong together and are missing.

    Attributes:
        eigenvalues: the missing ones, with multiplicity.
        cycle: (L, sign) if they are all roots of whole cycles of this kind, else None.
        cycles: how many such cycles; 0 without.
        factor: the factor of Φ's characteristic polynomial that they are roots of, as text, if they are not whole cycles.
        found, total: how many of the family's eigenvalues were found, of how many, with multiplicity.
        certain: False if cycles of another kind share some of these roots and are not missing altogether: the modes may be theirs.
        roots: for a factor that divides more than once, its roots that lack some of their multiplicity; empty otherwise.
    """

    JSON = ("text", "count", "eigenvalues", "cycle", "cycles", "factor", "found", "total", "certain", "roots")

    eigenvalues: tuple[complex, ...]
    cycle: tuple[int, int] | None
    cycles: int
    factor: str | None
    found: int
    total: int
    certain: bool = True
    roots: tuple[LackingRoot, ...] = ()

    @property
    def text(self) -> str:
        """What `print` shows."""
        return str(self)

    @property
    def count(self) -> int:
        """How many are missing."""
        return len(self.eigenvalues)

    def __str__(self) -> str:
        if self.cycle is None:
            return f"{self.factor}: {self.found} of {self.total} found{self._by_root()}"
        length, sign = self.cycle[0], "+" if self.cycle[1] > 0 else "−"
        roots = "the root" if length == 1 else f"the {length} roots"
        power = "λ" if length == 1 else f"λ^{length}"
        equation = f"{roots} of {power} = {'1' if self.cycle[1] > 0 else '−1'}"
        doubt = "" if self.certain else ", or single modes of other cycles that share these roots"
        if self.cycles == 1:
            return f"{equation}: one cycle of length {length}, sign {sign}{doubt}"
        return f"{self.cycles} times {equation}: {self.cycles} cycles of length {length}, sign {sign}{doubt}"

    def _by_root(self) -> str:
        """Which roots are found how often, where there is more than one to tell apart."""
        every = self.total == sum(root.multiplicity for root in self.roots)
        if every and len({root.found for root in self.roots}) == 1:
            each = f" ({self.roots[0].found} of {self.roots[0].multiplicity} at each of its roots)"
            return each if len(self.roots) > 1 else ""
        times, shown = {_place(root.eigenvalue): root.found for root in self.roots}, list[str]()
        for root in self.roots:
            z = root.eigenvalue
            paired = z.imag != 0 and times.get(_place(z.conjugate())) == root.found
            if z.imag >= 0 or not paired:
                sign = "±" if paired else "−" if z.imag < 0 else ""
                shown.append(f"{root.found} of {root.multiplicity} at {root.name(sign)}")
        more = [f"and {len(shown) - _SHOWN} more"] if len(shown) > _SHOWN else []
        return f" ({', '.join(shown[:_SHOWN] + more)})" if shown else ""


def name_missing(
    missing: ComplexArray, spectrum: Spectrum, among: ComplexArray | None = None
) -> tuple[MissingFamily, ...]:
    """Name missing eigenvalues of a theory's spectrum.

    Args:
        missing: exact members of the spectrum as `spectrum.eigenvalues()` gives them, with multiplicity, shape (k,).
        spectrum: the theory's spectrum.
        among: the eigenvalues that were looked for, shape (m,); all of the spectrum's if left out.

    Returns:
        Families that partition the missing ones: whole cycles if they are a union of whole cycles, else factors.
    """
    require(Spectrum, spectrum=spectrum)
    missing = complex_values("missing", missing)
    among = spectrum.eigenvalues() if among is None else complex_values("among", among)
    members = [(_roots_of(factor), factor) for factor in spectrum.factors]
    lacking = _by_factor(missing, members)
    whole = _whole_cycles(lacking, members, spectrum)
    named: list[MissingFamily] = []
    if whole is not None:
        for cycle, times in sorted(whole.items()):
            values, certain = tuple(_roots(*cycle)) * times, _is_certain(cycle, whole, spectrum)
            named.append(MissingFamily(values, cycle, times, None, 0, len(values), certain))
        return tuple(named)
    sought = _by_factor(among, members)
    for (roots, factor), counts, all_counts in zip(members, lacking, sought, strict=True):
        if counts.any():
            values = tuple(complex(z) for z in np.repeat(roots, counts))
            total = int(all_counts.sum())
            lacking_roots = _lacking(roots, counts, all_counts, factor) if factor.multiplicity > 1 else ()
            named.append(MissingFamily(values, None, 0, _name(factor), total - len(values), total, roots=lacking_roots))
    return tuple(named)


def _roots_of(factor: Factor) -> ComplexArray:
    one = Spectrum(factor.degree * factor.multiplicity, (factor,), None)
    return np.array([z for z, _ in one.multiplicities])


def _by_factor(missing: Any, members: list[tuple[Any, Factor]]) -> list[NDArray[np.intp]]:
    """How often each root of each factor is missing; a missing eigenvalue belongs to the root nearest to it."""
    counts = [np.zeros(len(roots), dtype=np.intp) for roots, _ in members]
    if not len(missing):
        return counts
    everything = np.concatenate([roots for roots, _ in members])
    starts = np.cumsum([0, *(len(roots) for roots, _ in members)])
    for value in missing:
        place = int(np.argmin(np.abs(everything - value)))
        k = int(np.searchsorted(starts, place, side="right")) - 1
        counts[k][place - starts[k]] += 1
    return counts


def _whole_cycles(lacking: Any, members: Any, spectrum: Spectrum) -> Counter[tuple[int, int]] | None:
    if spectrum.cycles is None or not any(counts.any() for counts in lacking):
        return None
    orders: Counter[int] = Counter()
    for (_, factor), counts in zip(members, lacking, strict=True):
        if counts.any():
            if factor.order is None or np.ptp(counts):  # a part of a factor's roots is no union of cycles
                return None
            orders[factor.order] = int(counts[0])
    return _cover(orders, Counter((c.length, c.sign) for c in spectrum.cycles))


def _cover(orders: Counter[int], available: Counter[tuple[int, int]]) -> Counter[tuple[int, int]] | None:
    if not orders:
        return Counter()
    highest = max(orders)
    plus, minus = (highest, 1), (highest // 2, -1) if highest % 2 == 0 else None
    for times in range(min(orders[highest], available[plus]), -1, -1):
        cycles = Counter({plus: times})
        if times < orders[highest]:
            if minus is None or orders[highest] - times > available[minus]:
                return None
            cycles[minus] = orders[highest] - times
        needed = Counter[int]()
        for cycle, count in cycles.items():
            needed.update(dict.fromkeys(_orders(*cycle), count))
        if all(orders[m] >= count for m, count in needed.items()):
            rest = _cover(+(orders - needed), available - cycles)
            if rest is not None:
                return +(rest + cycles)
    return None


def _is_certain(cycle: tuple[int, int], whole: Counter[tuple[int, int]], spectrum: Spectrum) -> bool:
    """Whether every other kind of cycle that has roots in common with this one is missing altogether, or there is none."""
    available = Counter((c.length, c.sign) for c in spectrum.cycles or ())
    sharing = (kind for kind in available if kind != cycle and not set(_orders(*cycle)).isdisjoint(_orders(*kind)))
    return all(whole[kind] == available[kind] for kind in sharing)


def _orders(length: int, sign: int) -> list[int]:
    """The orders of the roots of λ^L = ±1."""
    period = length if sign > 0 else 2 * length
    return [m for m in range(1, period + 1) if period % m == 0 and (sign > 0 or length % m)]


def _roots(length: int, sign: int) -> list[complex]:
    return [complex(z) for z in np.exp(1j * np.pi * (2 * np.arange(length) + (sign < 0)) / length)]


def _lacking(roots: Any, counts: Any, all_counts: Any, factor: Factor) -> tuple[LackingRoot, ...]:
    return tuple(
        LackingRoot(complex(root), factor.order, int(total - lost), int(total))
        for root, lost, total in zip(roots, counts, all_counts, strict=True)
        if lost
    )


def _place(z: complex) -> tuple[float, float]:
    return round(z.real, 9), round(z.imag, 9) + 0.0


def _name(factor: Factor) -> str:
    if factor.order:
        return f"Φ_{factor.order}"
    text = str(factor)
    return text if len(text) <= 60 else f"a factor of degree {factor.degree}"
