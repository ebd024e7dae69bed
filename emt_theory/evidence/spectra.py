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
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from emt_theory.circuits import Spectrum
from emt_theory.evidence.assignment import assign_arguments, assign_values, complex_values
from emt_theory.evidence.conventions import CONVENTIONS, Conventions
from emt_theory.evidence.missing import MissingFamily, name_missing
from emt_theory.evidence.recording import require
from emt_theory.ground.arrays import Array, ComplexArray
from emt_theory.ground.json import Record

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False)
class SpectralComparison(Record):
    """A network's eigenvalues against the theory's.

    Attributes:
        eigenvalues: all of the network's.
        theory: the theory's with |λ| > modulus, with multiplicity.
        count: how many of the network's have |λ| > modulus; None without a linearization.
        argument_error: mean distance in argument, radians, or None with a `reason`.
        complex_error: mean |λ − λ'|, or None with a `reason`.
        largest_error: the largest |λ − λ'| in the assignment, or None.
        missing: the theory's eigenvalues without a partner, by family.
        extra: the network's above the modulus without a partner.
        gap: (below, above), the moduli nearest to the cut on either side; None where there is none.
        ambiguous: whether the gap is narrower than the threshold.
        reason: why there are no errors, or None.
    """

    JSON = (
        "count", "argument_error", "complex_error", "largest_error", "missing", "extra", "gap", "ambiguous",
        "reason",
    )  # fmt: skip

    eigenvalues: ComplexArray
    theory: ComplexArray
    count: int | None
    argument_error: float | None
    complex_error: float | None
    largest_error: float | None
    missing: tuple[MissingFamily, ...]
    extra: tuple[complex, ...]
    gap: tuple[float | None, float | None]
    ambiguous: bool
    reason: str | None

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
        if self.argument_error is None or self.complex_error is None:
            return f"{self.reason}{lost}"
        errors = f"argument error {self.argument_error:.2g}, complex error {self.complex_error:.2g}"
        return f"{self.count} of {len(self.theory)} eigenvalues, {errors}{lost}"


def compare_spectra(
    eigenvalues: ArrayLike, theory: Spectrum, conventions: Conventions = CONVENTIONS, reason: str | None = None
) -> SpectralComparison:
    """Compare the eigenvalues of a linearization with a theory's.

    Args:
        eigenvalues: of the linearization, shape (any,).
        theory: the exact spectrum of the circuit.
        conventions: modulus, gap and match_radius are used.
        reason: why there is no linearization, if there is none.
    """
    require(Spectrum, theory=theory)
    require(Conventions, conventions=conventions)
    values = complex_values("eigenvalues", eigenvalues)
    exact = theory.eigenvalues()
    wanted = exact[np.abs(exact) > conventions.modulus]
    if reason is not None:
        return SpectralComparison(values, wanted, None, None, None, None, (), (), (None, None), False, reason)
    found = values[np.abs(values) > conventions.modulus]
    below, above = _gap(np.abs(values), conventions.modulus)
    ambiguous = below is not None and above is not None and above - below < conventions.gap
    missing, extra = _without_partner(found, wanted, conventions.match_radius)
    argument = value = largest = None
    if len(found) != len(wanted):
        why = f"{len(found)} eigenvalues above {conventions.modulus:g} in modulus, theory has {len(wanted)}"
        if ambiguous:
            why += f"; the count is ambiguous, moduli {below:.3f} and {above:.3f} leave no gap"
    elif not len(wanted):
        why = f"theory has no eigenvalue above {conventions.modulus:g} in modulus, and neither has the network"
    else:
        why = None
        argument = assign_arguments(found, wanted).mean
        matched = assign_values(found, wanted)
        value, largest = matched.mean, float(matched.distances.max())
    families = name_missing(missing, theory, wanted)
    return SpectralComparison(
        values, wanted, len(found), argument, value, largest, families, extra, (below, above), ambiguous, why
    )


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
