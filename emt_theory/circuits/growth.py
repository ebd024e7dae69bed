r"""What stored variables do in the long run: decided exactly from the spectrum and its Jordan blocks.

`Φ^t` contains the terms `t^k λ^t` for k below the largest Jordan block of λ. So the memory of a task, from generic inputs,

- *vanishes* after at most n steps if every eigenvalue is 0,
- *decays* if every eigenvalue is inside the unit circle,
- is *bounded*, and does not decay, if none is outside and those on the circle have no Jordan block above 1: gradients along the circuit then neither
  vanish nor explode (P18),
- *grows polynomially*, like t^{k−1}, if none is outside and the largest block on the circle has size k ≥ 2,
- *grows exponentially* if one is outside.

>>> from emt_theory.circuits import resolve_spectrum
>>> from emt_theory.tasks import autoregressive, fibonacci, parse
>>> print(resolve_spectrum(parse("T2")).growth)
bounded: 36 eigenvalues on the unit circle, without Jordan blocks, and none outside
>>> print(resolve_spectrum(autoregressive([2, -1])).growth)
grows polynomially: a Jordan block of size 2 on the unit circle, at the roots of x - 1: values grow like t
>>> print(resolve_spectrum(fibonacci()).growth)
grows exponentially: 1 of 2 eigenvalues outside the unit circle, among the roots of x^2 - x - 1

For a recurrence with integer coefficients a factor that is neither x nor cyclotomic is already enough to grow: its roots cannot all lie in the closed
disk (Kronecker).

Source: Horn & Johnson, Matrix Analysis, 3.2 and 5.6; Kronecker, J. reine angew. Math. 53 (1857).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from emt_theory.exact import Factor, count_outside_unit_circle
from emt_theory.ground.json import Record

if TYPE_CHECKING:
    from emt_theory.circuits.spectrum import Spectrum


class GrowthKind(StrEnum):
    """What ‖Φ^t‖ does as t grows."""

    VANISHES = "vanishes"
    DECAYS = "decays"
    BOUNDED = "bounded"
    POLYNOMIAL = "grows polynomially"
    EXPONENTIAL = "grows exponentially"


@dataclass(frozen=True)
class Growth(Record):
    """What stored variables do in the long run.

    Attributes:
        kind: one of five.
        degree: k − 1 for the largest Jordan block k on the unit circle; 0 if there is none above 1.
        outside: number of eigenvalues outside the unit circle, with multiplicity.
        reason: the fact that decides.
    """

    kind: GrowthKind
    degree: int
    outside: int
    reason: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.reason}"


def growth_of(spectrum: Spectrum) -> Growth:
    """Decide the growth of a spectrum; no floating point takes part.

    Raises:
        InvalidOption: if an eigenvalue on the unit circle is multiple and the spectrum was made without its recurrence.
    """
    beyond = {f: count_outside_unit_circle(f.coefficients) for f in spectrum.factors if _may_leave_circle(f)}
    outside = sum(f.multiplicity * count for f, count in beyond.items())
    if outside:
        named = ", ".join(_short(f) for f, count in beyond.items() if count)
        many = f"{outside} of {spectrum.components} eigenvalues"
        return Growth(GrowthKind.EXPONENTIAL, 0, outside, f"{many} outside the unit circle, among the roots of {named}")
    if spectrum.zero == spectrum.components:
        return Growth(GrowthKind.VANISHES, 0, 0, f"every eigenvalue is 0: Φ^{spectrum.components} = 0")
    if not spectrum.unit_circle:
        return Growth(GrowthKind.DECAYS, 0, 0, "every eigenvalue is inside the unit circle")
    factor, blocks = max(spectrum.jordan, key=lambda found: found[1][0])
    if blocks[0] == 1:
        count = spectrum.unit_circle
        many = f"{count} eigenvalue{'s' if count > 1 else ''} on the unit circle"
        return Growth(GrowthKind.BOUNDED, 0, 0, f"{many}, without Jordan blocks, and none outside")
    power = "t" if blocks[0] == 2 else f"t^{blocks[0] - 1}"
    where = f"a Jordan block of size {blocks[0]} on the unit circle, at the roots of {_short(factor)}"
    return Growth(GrowthKind.POLYNOMIAL, blocks[0] - 1, 0, f"{where}: values grow like {power}")


def _may_leave_circle(factor: Factor) -> bool:
    return factor.order is None and not factor.is_zero_eigenvalue


def _short(factor: Factor) -> str:
    if factor.order and factor.degree > 12:
        return f"Phi_{factor.order}"
    text = str(factor)
    return text if len(text) <= 80 else f"an irreducible factor of degree {factor.degree}"
