"""How small a spectral error is by chance.

A mean angular error means nothing by itself: 64 angles on a circle are never far from 64 others. The null model here: as many eigenvalues as the
theory has, on conjugate pairs whose angles are uniform in (0, π), plus one real eigenvalue ±1 (a fair coin) when their number is odd. They are
matched by the same optimal assignment as the network's.

The level depends on the task, since T1's 64 eigenvalues sit at 8 places and T4's 36 are spread out:

>>> from emt_theory import derive
>>> from emt_theory.tasks import parse
>>> levels = [chance_level(derive(parse(name)).spectrum().eigenvalues()) for name in ("T1", "T4")]
>>> [round(level.argument_error, 2) for level in levels]
[0.27, 0.25]

Other nulls give other levels: the leading eigenvalues of a random initialization are spread more evenly and come closer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emt_theory.analysis.assignment import assign_arguments
from emt_theory.analysis.thresholds import THRESHOLDS

DRAWS = 100
"""Random spectra drawn."""

_LARGEST_COUNT = 400

NULL = "random conjugate pairs, angles uniform in (0, π)"
"""The null model, in words."""


@dataclass(frozen=True)
class ChanceLevel:
    """The argument error of random spectra.

    Attributes:
        argument_error: its mean over draws, in radians; None if there is nothing to match.
        low: the 5 % quantile: one random spectrum in twenty comes closer.
        draws: number of random spectra.
        null: what random means.
    """

    argument_error: float | None
    low: float | None
    draws: int
    null: str = NULL


def chance_level(
    theory: NDArray[np.complex128], modulus: float = THRESHOLDS.modulus, draws: int = DRAWS
) -> ChanceLevel:
    """The argument error that random spectra have against a theory's, from a fixed seed.

    Args:
        theory: the theory's eigenvalues, with multiplicity; those with |λ| > modulus are matched.
        modulus: see `Thresholds`.
        draws: number of random spectra; a tenth of it for spectra of more than 400.
    """
    wanted = np.asarray(theory)[np.abs(theory) > modulus]
    count = len(wanted)
    if not count:
        return ChanceLevel(None, None, 0)
    draws = draws if count <= _LARGEST_COUNT else max(5, draws // 10)
    rng = np.random.default_rng(0)
    errors = [assign_arguments(random_spectrum(count, rng), wanted).mean for _ in range(draws)]
    return ChanceLevel(float(np.mean(errors)), float(np.quantile(errors, 0.05)), draws)


def random_spectrum(count: int, rng: np.random.Generator) -> NDArray[np.complex128]:
    """A random conjugate-symmetric set of `count` numbers on the unit circle."""
    upper = np.exp(1j * rng.uniform(0, np.pi, size=count // 2))
    real = np.where(rng.random(count % 2) < 0.5, -1.0, 1.0)
    return np.concatenate([upper, upper.conj(), real])
