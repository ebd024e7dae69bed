"""Does the spectrum depend on how many directions the secant map is fitted on?

An answer that does is no answer. So the fit is repeated with other ranks: all singular values above 1e-8, 1e-6 (the one that is reported), 1e-5,
1e-4 of the largest, and all components above 1e-5 and 1e-4 of the energy. The theory's own count is never a rank rule: cutting there is circular.

>>> from emt_theory import derive
>>> from emt_theory.evidence.recording import record
>>> from emt_theory.tasks import repeat_copy
>>> circuit = derive(repeat_copy(num_variables=2, dim=1))
>>> pairs = transitions(record(circuit.compile(scheme="tanh"), circuit.task, sequences=20, horizon=30, seed=0))
>>> found = vary_rank(pairs, circuit.spectrum())
>>> found.stable, found.fits[0].rank, found.fits[0].count
(True, 2, 2)

Source: new.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emt_theory.circuits import Spectrum
from emt_theory.evidence.conventions import CONVENTIONS, Conventions
from emt_theory.evidence.linearize import Transitions, transitions
from emt_theory.evidence.recording import require
from emt_theory.evidence.spectra import compare_spectra
from emt_theory.ground.json import Record

__all__ = ["RankFit", "RankStability", "transitions", "vary_rank"]

_SINGULAR_VALUES = (1e-8, 1e-6, 1e-5, 1e-4)
_ENERGIES = (1e-5, 1e-4)


@dataclass(frozen=True)
class RankFit(Record):
    """The spectral comparison at one rank.

    Attributes:
        rule: which directions count, in words.
        rank: how many do.
        count: eigenvalues above the modulus.
        argument_error, complex_error: as in `SpectralComparison`; None where counts differ.
    """

    rule: str
    rank: int
    count: int | None
    argument_error: float | None
    complex_error: float | None

    def __str__(self) -> str:
        return f"{self.rule}: rank {self.rank}, {self.count} eigenvalues above the modulus"


@dataclass(frozen=True)
class RankStability(Record):
    """The spectral comparison at several ranks.

    Attributes:
        fits: one for each rule.
        stable: whether all counts agree and complex errors differ by less than the convention.
        spread: the difference between the largest and the smallest complex error; None where there are none.
    """

    JSON = ("stable", "spread", "fits")

    fits: tuple[RankFit, ...]
    stable: bool
    spread: float | None

    def __str__(self) -> str:
        ranks = sorted({fit.rank for fit in self.fits})
        counts = sorted({fit.count for fit in self.fits if fit.count is not None})
        moved = f", complex error within {self.spread:.1e}" if self.spread is not None else ""
        return f"{'stable' if self.stable else 'not stable'} over ranks {ranks}: counts {counts}{moved}"


def vary_rank(pairs: Transitions, theory: Spectrum, conventions: Conventions = CONVENTIONS) -> RankStability:
    """Compare the secant map's spectrum with a theory's at several ranks.

    Args:
        pairs: the transitions of a recording.
        theory: the exact spectrum of the circuit.
        conventions: those of the comparison, and `rank_spread`.
    """
    require(Transitions, pairs=pairs)
    require(Spectrum, theory=theory)
    require(Conventions, conventions=conventions)
    energy = pairs.singular**2 / float((pairs.singular**2).sum())
    rules = [(f"singular values above {x:g} of the largest", pairs.rank(x)) for x in _SINGULAR_VALUES]
    rules += [(f"components above {x:g} of the energy", int((energy > x).sum())) for x in _ENERGIES]
    at = {
        k: compare_spectra(np.linalg.eigvals(pairs.restricted(k)), theory, conventions) for k in {k for _, k in rules}
    }
    fits = tuple(RankFit(rule, k, at[k].count, at[k].argument_error, at[k].complex_error) for rule, k in rules)
    errors = [fit.complex_error for fit in fits if fit.complex_error is not None]
    spread = max(errors) - min(errors) if errors else None
    stable = len({fit.count for fit in fits}) == 1 and (spread is None or spread <= conventions.rank_spread)
    return RankStability(fits, stable, spread)
