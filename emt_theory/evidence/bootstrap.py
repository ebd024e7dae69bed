r"""How sure is the spectrum of the secant map? A bootstrap over sequences.

The secant map is fitted to transitions of B recorded sequences. Those of one sequence depend on each other; the sequences are independent.
So sequences are drawn with replacement, B of them, the map is fitted again, and its eigenvalues are compared with the theory's again. The
spread over draws is what another sample of sequences would have changed. It says nothing about another network, or about another training
run.

A draw must cost little, and it must not square what is small: memory lies in directions whose size may be 1e-6 of the largest, and the
squares of those are lost in a matrix of second moments. They are not lost in coordinates in which all directions have the same size. With H
= U S Vᵀ for the states of all sequences together,

    w = S⁻¹ Vᵀ (z − μ),    E[w wᵀ] = I,

second moments G_i = Σ w wᵀ and C_i = Σ w w'ᵀ of sequence i are kept, and the draw that has sequence i n_i times has the secant map with

    Aᵀ = (Σ n_i G_i)⁻¹ (Σ n_i C_i)

in these coordinates, which has the same eigenvalues. Σ n_i G_i is near the identity, so nothing is lost: the eigenvalues are those of a new
fit to rounding. A draw that leaves directions without any state has no map; such draws are counted.

Errors are means of distances, which noise can only raise, and a draw has more noise than the sample: both ends of the 95 % of draws lie too
high, by about `bias`, and in simulations the true error is between them in none to nine of ten samples. The upper end alone is a bound on it, and
is what results print: "at most". The estimate less its bias, ± 1.96 deviations, holds it in 82–98 %.

>>> from emt_theory import derive
>>> from emt_theory.evidence.recording import record
>>> from emt_theory.tasks import repeat_copy
>>> circuit = derive(repeat_copy(num_variables=2, dim=2))
>>> recording = record(circuit.compile(scheme="tanh"), circuit.task, sequences=20, horizon=40, seed=0)
>>> found = bootstrap_spectrum(recording, circuit.spectrum(), draws=50, near=(0.01, 0.05))
>>> found.counts, found.matching, found.complex_error.bound < 0.01
({4: 50}, 1.0, True)

Source: Efron & Tibshirani, An Introduction to the Bootstrap, chapters 6 and 13; in whitened coordinates: new.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from emt_theory.circuits import Spectrum
from emt_theory.evidence.assignment import assign_values
from emt_theory.evidence.conventions import CONVENTIONS, Conventions
from emt_theory.evidence.linearize import Transitions, transitions
from emt_theory.evidence.recording import Recording, require
from emt_theory.evidence.spectra import Distances, distances_of
from emt_theory.ground.absent import Absent
from emt_theory.ground.arguments import integer
from emt_theory.ground.arguments import seed as checked_seed
from emt_theory.ground.arrays import Array, ComplexArray
from emt_theory.ground.blas import one_blas_thread
from emt_theory.ground.json import Record
from emt_theory.ground.palette import FOUND, write_title
from emt_theory.tasks.accuracy import CONFIDENCE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_DRAWS = 100
"""Draws; enough for a standard error, and just enough for the ends of a 95 % interval."""

_DEPENDENT = 1e-10
_ENTRIES = 2**23


@dataclass(frozen=True)
class Interval(Record):
    """A measurement and its spread over draws.

    Attributes:
        estimate: from all sequences as they are.
        low, high: between these are 95 % of the draws. They are no confidence interval for a distance: see the module.
        bias: the mean of the draws less the estimate.
        deviation: the standard deviation of the draws: the standard error of the estimate.
    """

    JSON = ("estimate", "bound", "low", "high", "bias", "deviation")

    estimate: float
    low: float
    high: float
    bias: float
    deviation: float

    @property
    def bound(self) -> float:
        """What the true value is at most, with 97.5 % confidence: the upper end, or the estimate where it is above that."""
        return max(self.estimate, self.high)

    def __str__(self) -> str:
        return f"{self.estimate:.2g}, at most {self.bound:.2g}"


class Spread(NamedTuple):
    """The three distances of `emt_theory.evidence.spectra`, each with its interval over draws."""

    argument: Interval
    value: Interval
    largest: Interval


@dataclass(frozen=True, eq=False, repr=False)
class SpectralBootstrap(Record):
    """The trajectory spectrum's uncertainty.

    Attributes:
        draws: number of draws.
        degenerate: how many of them have no secant map.
        counts: how many draws have how many eigenvalues above the modulus.
        theory_count: the number that the theory has.
        spread: of the distances to the theory's; absent where counts differ from the theory's in the estimate or in more than 5 % of the draws.
        matching: the fraction of draws in which the spectrum matches: count right, mean and largest distance within `near`; None without.
        eigenvalues: the estimate's above the modulus, shape (count,).
        radii: for each of them, what 95 % of the draws' partners in the best assignment are within, shape (count,).
    """

    JSON = (
        "draws", "degenerate", "counts", "theory_count", "argument_error", "complex_error", "largest_error",
        "matching", "eigenvalues", "radii", "reason",
    )  # fmt: skip

    draws: int
    degenerate: int
    counts: dict[int, int]
    theory_count: int
    spread: Spread | Absent
    matching: float | None
    eigenvalues: ComplexArray
    radii: Array

    @property
    def argument_error(self) -> Interval | None:
        """The mean distance in argument; None where there is no spread."""
        return None if isinstance(self.spread, Absent) else self.spread.argument

    @property
    def complex_error(self) -> Interval | None:
        """The mean |λ − λ'|; None where there is no spread."""
        return None if isinstance(self.spread, Absent) else self.spread.value

    @property
    def largest_error(self) -> Interval | None:
        """The largest |λ − λ'|; None where there is no spread."""
        return None if isinstance(self.spread, Absent) else self.spread.largest

    @property
    def reason(self) -> str | None:
        """Why there is no spread, or None."""
        return self.spread.reason if isinstance(self.spread, Absent) else None

    def plot(self, ax: Axes | None = None) -> Axes:
        """The radius of every eigenvalue over its argument."""
        import matplotlib.pyplot as plt

        ax = ax or plt.subplots(figsize=(6.4, 4), layout="constrained")[1]
        radii = np.maximum(self.radii, np.finfo(float).eps)
        ax.semilogy(np.angle(self.eigenvalues), radii, "o", markersize=4, color=FOUND)
        ax.set(xlim=(-3.3, 3.3), xlabel="arg λ", ylabel="95 % radius over draws")
        write_title(ax, self.reason or f"How far {self.draws} draws move each eigenvalue")
        ax.spines[["top", "right"]].set_visible(False)
        return ax

    def __repr__(self) -> str:
        return f"SpectralBootstrap({self})"

    def __str__(self) -> str:
        counted = ", ".join(f"{count} in {times}" for count, times in self.counts.items())
        head = f"eigenvalues in {self.draws} draws: {counted} (theory has {self.theory_count})"
        lost = f"; {self.degenerate} draws without a map" if self.degenerate else ""
        errors = self.reason or f"argument error {self.argument_error}; complex error {self.complex_error}"
        return f"{head}{lost}; {errors}"


@one_blas_thread()
def bootstrap_spectrum(
    recording: Recording,
    theory: Spectrum,
    draws: int = _DRAWS,
    seed: int = 0,
    conventions: Conventions = CONVENTIONS,
    near: tuple[float, float] | None = None,
) -> SpectralBootstrap | Absent:
    """The uncertainty of the secant map's spectrum, by drawing sequences with replacement.

    Args:
        recording: the recording that the map is fitted to.
        theory: the exact spectrum of the circuit.
        draws: number of draws, at least 2: one has no spread.
        seed: of the draws.
        conventions: modulus and rank_tolerance are used.
        near: the mean and the largest distance within which a spectrum is said to match.

    Raises:
        InvalidOption: if draws is below 2, since one has no spread, or an argument is of the wrong kind.
    """
    require(Recording, recording=recording)
    return resample(recording, transitions(recording), theory, draws, seed, conventions, near)


def resample(
    recording: Recording,
    pairs: Transitions | Absent,
    theory: Spectrum,
    draws: int = _DRAWS,
    seed: int = 0,
    conventions: Conventions = CONVENTIONS,
    near: tuple[float, float] | None = None,
) -> SpectralBootstrap | Absent:
    """As `bootstrap_spectrum`, with the recording's transitions."""
    require(Spectrum, theory=theory)
    require(Conventions, conventions=conventions)
    integer("draws", draws, least=2)
    sequences, seed = len(recording.states), checked_seed(seed)
    if isinstance(pairs, Absent):
        return pairs
    if sequences < 2:
        return Absent("one sequence cannot be drawn from: record at least two")
    exact, rank = theory.eigenvalues(), pairs.rank(conventions.rank_tolerance)
    wanted = exact[np.abs(exact) > conventions.modulus]
    whole = _look(np.linalg.eigvals(pairs.restricted(rank)), wanted, conventions.modulus, near)
    share = np.full(sequences, 1 / sequences)
    weights = np.random.default_rng(seed).multinomial(sequences, share, size=draws).astype(np.float64)
    spectra = [values for values in draw_spectra(recording, pairs, rank, weights) if values is not None]
    if not spectra:
        why = f"none of {draws} draws has a secant map: their states leave directions out"
        return Absent(f"{why}; record more sequences")
    looks = [_look(values, wanted, conventions.modulus, near) for values in spectra]
    counts = Counter(len(look.found) for look in looks)
    return SpectralBootstrap(
        draws,
        draws - len(looks),
        dict(sorted(counts.items())),
        len(wanted),
        _spread(whole, looks, len(wanted)),
        None if near is None else sum(look.matches for look in looks) / len(looks),
        whole.found,
        np.quantile(np.stack([_partners(whole.found, values) for values in spectra]), CONFIDENCE, axis=0),
    )


def draw_spectra(recording: Recording, pairs: Transitions, rank: int, weights: Array) -> list[ComplexArray | None]:
    """The eigenvalues of the secant map of each draw; None where the draw has none.

    Args:
        recording: the recording.
        pairs: its transitions.
        rank: on how many of their directions maps are fitted.
        weights: how often each draw has each sequence, shape (draws, sequences).
    """
    whiten = (pairs.right[:rank] / pairs.deviations[:rank, None]).T
    before, following = ((recording.states[:, t] - pairs.center) @ whiten for t in (pairs.steps, pairs.steps + 1))
    group, spectra = max(1, _ENTRIES // rank**2), list[ComplexArray | None]()
    for start in range(0, len(weights), group):
        spectra += _spectra(before, following, weights[start : start + group], recording.odd)
    return spectra


def _spectra(given: Array, wanted: Array, weights: Array, odd: bool) -> list[ComplexArray | None]:
    """As `draw_spectra`, from whitened states and those that follow them, both of shape (sequences, times, rank)."""
    batch, times, rank = given.shape
    second, cross = (np.zeros((len(weights), rank, rank)) for _ in range(2))
    step = max(1, _ENTRIES // rank**2)
    for start in range(0, batch, step):
        before, following = given[start : start + step], wanted[start : start + step]
        transposed, share = np.swapaxes(before, 1, 2), weights[:, start : start + step]
        second += np.tensordot(share, transposed @ before, axes=1)
        cross += np.tensordot(share, transposed @ following, axes=1)
    if not odd:
        # About the draw's own means, as the fit to all sequences is about theirs.
        total = weights.sum(axis=1)[:, None, None] * times
        before, following = weights @ given.sum(axis=1), weights @ wanted.sum(axis=1)
        second -= before[:, :, None] * before[:, None, :] / total
        cross -= before[:, :, None] * following[:, None, :] / total
    sizes = np.linalg.eigvalsh(second)
    regular = sizes[:, 0] > _DEPENDENT * sizes[:, -1]
    values = iter(np.linalg.eigvals(np.linalg.solve(second[regular], cross[regular])).astype(np.complex128))
    return [next(values) if there else None for there in regular]


class _Look(NamedTuple):
    """One spectrum: what is above the modulus, its distances where the count is right, and whether it matches."""

    found: ComplexArray
    distances: Distances | None
    matches: bool


def _look(values: NDArray[Any], wanted: ComplexArray, modulus: float, near: tuple[float, float] | None) -> _Look:
    found = values[np.abs(values) > modulus].astype(np.complex128)
    if len(found) != len(wanted) or not len(wanted):
        return _Look(found, None, len(found) == len(wanted))
    distances = distances_of(found, wanted)
    matches = near is not None and distances.value <= near[0] and distances.largest <= near[1]
    return _Look(found, distances, matches)


def _partners(found: ComplexArray, values: ComplexArray) -> Array:
    """How far the partners of each of the estimate's eigenvalues and of its conjugate are, among all of a draw's, at most.

    A real eigenvalue of the draw is as near to λ as to its conjugate: only both distances together are determined.
    """
    pairing, conjugates = assign_values(found, values), assign_values(found, found.conj())
    distances = pairing.distances[np.argsort(pairing.found)]
    return np.maximum(distances, distances[conjugates.theory[np.argsort(conjugates.found)]])


def _spread(whole: _Look, looks: list[_Look], wanted: int) -> Spread | Absent:
    """The distances with their intervals, or why there are none."""
    right = [look.distances for look in looks if look.distances is not None]
    if not wanted:
        return Absent("theory has no eigenvalue above the modulus: there are no errors")
    if whole.distances is None:
        return Absent(f"{len(whole.found)} eigenvalues above the modulus, theory has {wanted}: there are no errors")
    if len(right) < CONFIDENCE * len(looks):
        differing = f"counts differ from the theory's {wanted} in {len(looks) - len(right)} of {len(looks)} draws"
        return Absent(f"{differing}: there are no intervals")
    return Spread(*(_interval(*pair) for pair in zip(whole.distances, zip(*right, strict=True), strict=True)))


def _interval(estimate: float, values: tuple[float, ...]) -> Interval:
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(values, [tail, 1 - tail])
    spread = float(np.std(values, ddof=1)) if len(values) > 1 else 0.0
    return Interval(estimate, float(low), float(high), float(np.mean(values)) - estimate, spread)
