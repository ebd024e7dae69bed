r"""The spectrum of a network's linearization against the theory's.

Both spectra are cut at |λ| > 0.9, as in the paper: what decays faster is no memory. Then

1. the counts are compared. Where they differ there is no error to report, and the comparison says so: `argument_error` and `complex_error` are
   None with a `reason`. No eigenvalue is dropped or doubled to force a match;
2. where they agree, both errors are means over an optimal assignment (see `assignment`), in radians and as complex numbers;
3. in either case the eigenvalues are paired by argument, and a theory eigenvalue without a partner within `match_radius` is *missing*: it is
   named by its cycle or factor (see `missing`). A found one without a partner is *extra*.

A count is only as good as the gap that it is taken at, so the gap of moduli around 0.9 is reported, and `ambiguous` where there is none.

>>> from emt_theory import derive
>>> from emt_theory.tasks import repeat_copy
>>> theory = derive(repeat_copy(num_variables=2, dim=2)).spectrum()           # 1, 1, −1, −1
>>> compare_spectra(np.array([1.0, 1.0, -1.0, -0.98, 0.3]), theory).complex_error
0.005...
>>> lacking = compare_spectra(np.array([1.0, 1.0, -1.0]), theory)
>>> lacking.reason, [str(family) for family in lacking.missing]
('3 eigenvalues above 0.9 in modulus, theory has 4', ['Φ_2: 1 of 2 found'])

Source: arXiv 2310.02430 compares arguments; assignment, counts and complex errors are new.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from emt_theory.circuits import Spectrum
from emt_theory.evidence.assignment import assign_arguments, assign_values, complex_values
from emt_theory.evidence.conventions import CONVENTIONS, Conventions
from emt_theory.evidence.linearize import Linearization
from emt_theory.evidence.missing import MissingFamily, name_missing
from emt_theory.evidence.recording import require
from emt_theory.ground.absent import Absent
from emt_theory.ground.arrays import Array, ComplexArray
from emt_theory.ground.json import Record

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class Distances(NamedTuple):
    """How far two spectra of one length are apart, optimally assigned.

    Attributes:
        argument: mean distance in argument, radians.
        value: mean |λ − λ'|.
        largest: the largest |λ − λ'|.
    """

    argument: float
    value: float
    largest: float


@dataclass(frozen=True, eq=False)
class SpectralComparison(Record):
    """A network's eigenvalues against the theory's.

    Attributes:
        eigenvalues: all of the network's.
        theory: the theory's with |λ| > modulus, with multiplicity.
        count: how many of the network's have |λ| > modulus; None without a linearization.
        distances: between the two, or why there are none.
        missing: the theory's eigenvalues without a partner, by family.
        extra: the network's above the modulus without a partner.
        gap: (below, above), the moduli nearest to the cut on either side; None where there is none.
        ambiguous: whether the gap is narrower than the convention's.
        modulus: where both spectra are cut.
    """

    JSON = (
        "count", "argument_error", "complex_error", "largest_error", "missing", "extra", "gap", "ambiguous",
        "reason",
    )  # fmt: skip

    eigenvalues: ComplexArray
    theory: ComplexArray
    count: int | None
    distances: Distances | Absent
    missing: tuple[MissingFamily, ...]
    extra: tuple[complex, ...]
    gap: tuple[float | None, float | None]
    ambiguous: bool
    modulus: float

    @property
    def argument_error(self) -> float | None:
        """Mean distance in argument, radians, or None with a `reason`."""
        return None if isinstance(self.distances, Absent) else self.distances.argument

    @property
    def complex_error(self) -> float | None:
        """Mean |λ − λ'|, or None with a `reason`."""
        return None if isinstance(self.distances, Absent) else self.distances.value

    @property
    def largest_error(self) -> float | None:
        """The largest |λ − λ'| in the assignment, or None."""
        return None if isinstance(self.distances, Absent) else self.distances.largest

    @property
    def reason(self) -> str | None:
        """Why there are no errors, or None."""
        return self.distances.reason if isinstance(self.distances, Absent) else None

    @property
    def missing_count(self) -> int:
        """How many of the theory's eigenvalues have no partner."""
        return sum(len(family.eigenvalues) for family in self.missing)

    @property
    def doubt(self) -> str | None:
        """Why the count is no answer: the moduli that leave no gap; None where they leave one."""
        below, above = self.gap
        if not self.ambiguous or below is None or above is None:
            return None
        return f"moduli {below:.3f} and {above:.3f} leave no gap"

    def plot(self, ax: Axes | None = None) -> Axes:
        """The network's eigenvalues on the theory's, with the unit circle."""
        from emt_theory.evidence.drawing import draw_comparison

        return draw_comparison(self, ax)

    def __str__(self) -> str:
        named = "; ".join(str(family) for family in self.missing)
        lost = f"; missing: {'all' if self.missing_count == len(self.theory) else named}" if self.missing else ""
        if isinstance(self.distances, Absent):
            return f"{self.distances}{lost}"
        errors = f"argument error {self.distances.argument:.2g}, complex error {self.distances.value:.2g}"
        return f"{self.count} of {len(self.theory)} eigenvalues, {errors}{lost}"


def compare_spectra(
    found: ArrayLike | Linearization | Absent, theory: Spectrum, conventions: Conventions = CONVENTIONS
) -> SpectralComparison:
    """Compare the eigenvalues of a linearization with a theory's.

    Args:
        found: a linearization, its eigenvalues, shape (any,), or why there is none.
        theory: the exact spectrum of the circuit.
        conventions: modulus, gap and match_radius are used.
    """
    require(Spectrum, theory=theory)
    require(Conventions, conventions=conventions)
    exact = theory.eigenvalues()
    wanted = exact[np.abs(exact) > conventions.modulus]
    if isinstance(found, Absent):
        nothing = np.empty(0, dtype=np.complex128)
        return SpectralComparison(nothing, wanted, None, found, (), (), (None, None), False, conventions.modulus)
    values = complex_values("eigenvalues", found.eigenvalues if isinstance(found, Linearization) else found)
    kept = values[np.abs(values) > conventions.modulus]
    below, above = _gap(np.abs(values), conventions.modulus)
    ambiguous = below is not None and above is not None and above - below < conventions.gap
    missing, extra = _without_partner(kept, wanted, conventions.match_radius)
    why = _unlike(kept, wanted, conventions.modulus)
    if why and ambiguous and len(kept) != len(wanted):
        why += f"; the count is ambiguous, moduli {below:.3f} and {above:.3f} leave no gap"
    distances = Absent(why) if why else distances_of(kept, wanted)
    families = name_missing(missing, theory, wanted)
    return SpectralComparison(
        values, wanted, len(kept), distances, families, extra, (below, above), ambiguous, conventions.modulus
    )


def distances_of(found: ComplexArray, wanted: ComplexArray) -> Distances:
    """How far two spectra of one length, not empty, are apart."""
    matched = assign_values(found, wanted)
    return Distances(assign_arguments(found, wanted).mean, matched.mean, float(matched.distances.max()))


def _unlike(found: ComplexArray, wanted: ComplexArray, modulus: float) -> str:
    """Why two spectra have no distance; "" if they have one."""
    if len(found) != len(wanted):
        return f"{len(found)} eigenvalues above {modulus:g} in modulus, theory has {len(wanted)}"
    return "" if len(wanted) else f"theory has no eigenvalue above {modulus:g} in modulus, and neither has the network"


def _without_partner(
    found: ComplexArray, wanted: ComplexArray, radius: float
) -> tuple[ComplexArray, tuple[complex, ...]]:
    """What stays alone when only pairs within the radius count, and all others are equally bad."""
    pairing = assign_arguments(found, wanted, cap=radius)
    close = pairing.distances < radius
    missing = np.delete(wanted, pairing.theory[close])
    return missing, tuple(complex(z) for z in np.delete(found, pairing.found[close]))


def _gap(moduli: Array, cut: float) -> tuple[float | None, float | None]:
    below, above = moduli[moduli <= cut], moduli[moduli > cut]
    return float(below.max()) if len(below) else None, float(above.min()) if len(above) else None


def missing_families(comparison: SpectralComparison) -> str:
    """What is missing, in words."""
    if comparison.missing_count == len(comparison.theory):
        return "all of them"
    return "; ".join(str(family) for family in comparison.missing)
