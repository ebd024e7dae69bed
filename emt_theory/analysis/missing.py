r"""Naming eigenvalues that a network lacks: by cycles, and by factors.

The eigenvalues of Φ come in families: a cycle of length L and sign ± contributes the roots of λ^L = ±1, a factor of the characteristic
polynomial its roots, so often as it divides. When a network lacks eigenvalues, the families say what that means: a whole cycle that is not held
at all, or single modes of one that is.

A missing multiset is named by cycles if it is exactly a union of whole cycles of the task. The roots of highest order m in it can only be
covered by λ^m = 1 or, for even m, by λ^{m/2} = −1: that leaves at most two choices, and the rest follows by recursion.

>>> from emt_theory import derive
>>> from emt_theory.tasks import parse
>>> spectrum = derive(parse("T3")).spectrum()
>>> lost = np.exp(1j * np.pi * np.arange(1, 13, 2) / 6)
>>> for family in name_missing(lost, spectrum):
...     print(family)
the 6 roots of λ^6 = −1: one cycle of length 6, sign −
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emt_theory.circuits import Spectrum
from emt_theory.exact import Factor


@dataclass(frozen=True)
class MissingFamily:
    """Eigenvalues that belong together and are missing.

    Attributes:
        eigenvalues: the missing ones, with multiplicity.
        cycle: (L, sign) if they are all roots of whole cycles of this kind, else None.
        cycles: how many such cycles; 0 without.
        factor: the factor of Φ's characteristic polynomial that they are roots of, as text, if they are not whole cycles.
        found, total: how many of the family's eigenvalues were found, of how many, with multiplicity.
        certain: False if cycles of another kind share some of these roots and are not missing altogether: the modes may be theirs.
    """

    eigenvalues: tuple[complex, ...]
    cycle: tuple[int, int] | None
    cycles: int
    factor: str | None
    found: int
    total: int
    certain: bool = True

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "text": str(self),
            "count": len(self.eigenvalues),
            "eigenvalues": [[z.real, z.imag] for z in self.eigenvalues],
            "cycle": list(self.cycle) if self.cycle else None,
            "cycles": self.cycles,
            "factor": self.factor,
            "found": self.found,
            "total": self.total,
            "certain": self.certain,
        }

    def __str__(self) -> str:
        if self.cycle is None:
            return f"{self.factor}: {self.found} of {self.total} found"
        length, sign = self.cycle[0], "+" if self.cycle[1] > 0 else "−"
        roots = "the root" if length == 1 else f"the {length} roots"
        power = "λ" if length == 1 else f"λ^{length}"
        equation = f"{roots} of {power} = {'1' if self.cycle[1] > 0 else '−1'}"
        doubt = "" if self.certain else ", or single modes of other cycles that share these roots"
        if self.cycles == 1:
            return f"{equation}: one cycle of length {length}, sign {sign}{doubt}"
        return f"{self.cycles} times {equation}: {self.cycles} cycles of length {length}, sign {sign}{doubt}"


def name_missing(
    missing: NDArray[np.complex128], spectrum: Spectrum, among: NDArray[np.complex128] | None = None
) -> tuple[MissingFamily, ...]:
    """Name missing eigenvalues of a theory's spectrum.

    Args:
        missing: exact members of the spectrum as `spectrum.eigenvalues()` gives them, with multiplicity.
        spectrum: the theory's spectrum.
        among: the eigenvalues that were looked for; all of the spectrum's if left out.

    Returns:
        Families that partition the missing ones: whole cycles if they are a union of whole cycles, else factors.
    """
    members = [(np.array([z for z, _ in _roots_of(f, spectrum)]), f) for f in spectrum.factors]
    lacking = _by_factor(missing, members)
    whole = _whole_cycles(lacking, members, spectrum)
    if whole is not None:
        return tuple(
            MissingFamily(
                tuple(_roots(*cycle)) * times,
                cycle,
                times,
                None,
                0,
                cycle[0] * times,
                _is_certain(cycle, whole, spectrum),
            )
            for cycle, times in sorted(whole.items())
        )
    sought = _by_factor(spectrum.eigenvalues() if among is None else among, members)
    named: list[MissingFamily] = []
    for (roots, factor), counts, all_counts in zip(members, lacking, sought, strict=True):
        if counts.any():
            values = tuple(complex(z) for z in np.repeat(roots, counts))
            total = int(all_counts.sum())
            named.append(MissingFamily(values, None, 0, _name(factor), total - len(values), total))
    return tuple(named)


def _roots_of(factor: Factor, spectrum: Spectrum) -> list[tuple[complex, int]]:
    one = Spectrum(factor.degree * factor.multiplicity, (factor,), None)
    return list(one.multiplicities)


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
    choices = [(highest, 1)] + ([(highest // 2, -1)] if highest % 2 == 0 else [])
    for cycle in choices:
        needed = Counter(_orders(*cycle))
        if available[cycle] and all(orders[m] >= 1 for m in needed):
            rest = _cover(+(orders - needed), available - Counter([cycle]))
            if rest is not None:
                return rest + Counter([cycle])
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


def _name(factor: Factor) -> str:
    if factor.order:
        return f"Φ_{factor.order}"
    text = str(factor)
    return text if len(text) <= 60 else f"a factor of degree {factor.degree}"
