"""How small a spectral error is by chance.

A mean angular error means nothing by itself: 64 angles on a circle are never far from 64 others. Three null models, each of as many
eigenvalues as the theory has, matched by the same optimal assignment as the network's:

* **random angles**: conjugate pairs whose angles are uniform in (0, π), plus one real eigenvalue ±1 (a fair coin) when their number is odd;
* **random initialization**: the largest eigenvalues of an N×N matrix with entries uniform in ±1/√N, what training starts from. They are
  spread more evenly than random angles, and come closer. A pair at the end of the list may be cut in two;
* **equal spacing**: the corners of a regular polygon that is its own mirror image, with a corner at 1 or beside it, whichever is closer.
  Nothing random, and no knowledge of the task but its number of eigenvalues.

The levels depend on the task, since T1's 64 eigenvalues sit at 8 places and T4's 36 are spread out:

>>> from emt_theory import derive
>>> from emt_theory.tasks import parse
>>> for name in ("T1", "T4"):
...     levels = chance_levels(derive(parse(name)).spectrum().eigenvalues(), hidden=128)
...     print(name, [round(level.argument_error, 2) for level in (levels.angles, levels.initialization, levels.spacing)])
T1 [0.27, 0.2, 0.2]
T4 [0.25, 0.12, 0.04]

So an argument error of .04 is no evidence on T4: it takes errors well below all three.

Source: new.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import numpy as np

from emt_theory.evidence.assignment import assign_arguments, complex_values
from emt_theory.evidence.conventions import CONVENTIONS
from emt_theory.ground.arguments import integer, real
from emt_theory.ground.arrays import ComplexArray
from emt_theory.ground.blas import one_blas_thread
from emt_theory.ground.json import Record

_DRAWS = 100
"""Random spectra drawn."""

_LARGEST_COUNT = 400

_INITIALIZATIONS = 20
"""Random initializations drawn; their eigenvalues are what takes the time."""

_NULL = "random conjugate pairs, angles uniform in (0, π)"
"""The null model of `chance_level`, in words."""


@dataclass(frozen=True)
class ChanceLevel(Record):
    """The argument error of a null model's spectra.

    Attributes:
        argument_error: its mean over draws, in radians; None if there is nothing to match.
        low: the 5 % quantile: one random spectrum in twenty comes closer.
        draws: number of random spectra; 1 if nothing is random.
        null: what random means.
    """

    argument_error: float | None
    low: float | None
    draws: int
    null: str = _NULL

    def __str__(self) -> str:
        numbers = ("     —" if x is None else f"{x:.4f}" for x in (self.argument_error, self.low))
        return f"{' '.join(numbers)}  {self.null}"


@dataclass(frozen=True)
class ChanceLevels(Record):
    """The three null models.

    Attributes:
        angles: random angles, `chance_level`.
        spacing: equally spaced angles.
        wanted: the theory's eigenvalues that are matched.
        hidden: N, the number of units of the network.
    """

    JSON = ("angles", "initialization", "spacing")

    angles: ChanceLevel
    spacing: ChanceLevel
    wanted: tuple[complex, ...] = field(repr=False)
    hidden: int = field(repr=False)

    @cached_property
    def initialization(self) -> ChanceLevel:
        """The largest eigenvalues of a random initialization: drawn when they are first looked at, as they cost more than all else that is told."""
        return _initialization(np.array(self.wanted, dtype=np.complex128), self.hidden)

    @property
    def closest(self) -> float | None:
        """The smallest argument error of the three; None if there is nothing to match."""
        errors = [level.argument_error for level in self._levels() if level.argument_error is not None]
        return min(errors, default=None)

    def _levels(self) -> tuple[ChanceLevel, ChanceLevel, ChanceLevel]:
        return self.angles, self.initialization, self.spacing

    def __str__(self) -> str:
        """A table, one null model a line."""
        return "\n".join(["  mean     5 %  null model", *map(str, self._levels())])


def chance_level(theory: ComplexArray, modulus: float = CONVENTIONS.modulus, draws: int = _DRAWS) -> ChanceLevel:
    """The argument error that random spectra have against a theory's, from a fixed seed.

    Args:
        theory: the theory's eigenvalues, with multiplicity, shape (k,); those with |λ| > modulus are matched.
        modulus: see `Conventions`.
        draws: number of random spectra; a tenth of it for spectra of more than 400.

    >>> print(chance_level(np.exp(2j * np.pi * np.arange(8) / 8), draws=50))
    0.5510 0.3927  random conjugate pairs, angles uniform in (0, π)
    """
    integer("draws", draws, least=1)
    wanted = _wanted(theory, modulus)
    count = len(wanted)
    if not count:
        return ChanceLevel(None, None, 0)
    draws = draws if count <= _LARGEST_COUNT else max(5, draws // 10)
    rng = np.random.default_rng(0)
    errors = [assign_arguments(_random_spectrum(count, rng), wanted).mean for _ in range(draws)]
    return ChanceLevel(float(np.mean(errors)), float(np.quantile(errors, 0.05)), draws)


@one_blas_thread()
def chance_levels(
    theory: ComplexArray, hidden: int, modulus: float = CONVENTIONS.modulus, draws: int = _DRAWS
) -> ChanceLevels:
    """The argument errors of three null models against a theory's spectrum, from fixed seeds.

    Args:
        theory: the theory's eigenvalues, with multiplicity, shape (k,); those with |λ| > modulus are matched.
        hidden: N, the number of units of the network (the length of its state), for the random initialization.
        modulus: see `Conventions`.
        draws: number of random spectra of the first null; see `chance_level`.

    Raises:
        InvalidOption: if hidden is below 1.
    """
    integer("hidden", hidden, least=1)
    wanted = _wanted(theory, modulus)
    return ChanceLevels(chance_level(theory, modulus, draws), _spacing(wanted), tuple(wanted.tolist()), hidden)


def _wanted(theory: object, modulus: float) -> ComplexArray:
    values = complex_values("theory", theory)
    return values[np.abs(values) > real("modulus", modulus)]


def _initialization(wanted: ComplexArray, hidden: int) -> ChanceLevel:
    count, null = len(wanted), f"the largest eigenvalues of a random initialization of N = {hidden}"
    if not count or hidden < count:
        return ChanceLevel(None, None, 0, null if not count else f"{null}: it has fewer than the theory's {count}")
    errors = [assign_arguments(values[:count], wanted).mean for values in _initial_spectra(hidden)]
    return ChanceLevel(float(np.mean(errors)), float(np.quantile(errors, 0.05)), len(errors), null)


@lru_cache(maxsize=8)
@one_blas_thread()
def _initial_spectra(hidden: int) -> tuple[ComplexArray, ...]:
    """The spectra of random initializations, largest first; they know nothing of a task or a network but its size."""
    draws = _INITIALIZATIONS if hidden <= _LARGEST_COUNT else max(3, _INITIALIZATIONS // 10)
    rng = np.random.default_rng(0)
    drawn = (np.linalg.eigvals(rng.uniform(-1, 1, size=(hidden, hidden))).astype(np.complex128) for _ in range(draws))
    return tuple(values[np.argsort(-np.abs(values), kind="stable")] for values in drawn)


def _spacing(wanted: ComplexArray) -> ChanceLevel:
    null, count = "equally spaced angles", len(wanted)
    if not count:
        return ChanceLevel(None, None, 0, null)
    corners = np.arange(count) * 2 * np.pi / count
    error = min(assign_arguments(np.exp(1j * (corners + turn * np.pi / count)), wanted).mean for turn in (0, 1))
    return ChanceLevel(error, error, 1, null)


def _random_spectrum(count: int, rng: np.random.Generator) -> ComplexArray:
    """A random conjugate-symmetric set of `count` numbers on the unit circle."""
    upper = np.exp(1j * rng.uniform(0, np.pi, size=count // 2))
    real = np.where(rng.random(count % 2) < 0.5, -1.0, 1.0)
    return np.concatenate([upper, upper.conj(), real])
