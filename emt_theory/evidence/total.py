r"""The secant map by total least squares, for states with noise.

Least squares takes h(t) for exact and h(t+1) for noisy. Where both are, noise of variance ε² on a mode of variance v shrinks its eigenvalue to
λ v / (v + ε²). Total least squares treats both alike: the pairs are stacked and projected on their leading right singular vectors,

    [H H'] ≈ [H̃ H̃'] = U_r S_r [Q_1ᵀ Q_2ᵀ],        h̃' = Q_2 Q_1⁺ h̃,

which is the secant map of the nearest pairs that any linear map of rank r has exactly. The eigenvalues are those of Q_1⁺ Q_2, shape (r, r).

The rank is that of the gap: where the singular values of [H H'] fall by the largest factor, among those above 1e-6 of the largest. Where states
have no noise, that is the rank that they have, and both maps are the same. Where they fall evenly there is no gap, and the map says little.

Three variables in a ring, seen with noise:

>>> from dataclasses import replace
>>> from emt_theory import derive
>>> from emt_theory.evidence.linearize import linearize_secant, transitions
>>> from emt_theory.evidence.recording import record
>>> from emt_theory.tasks import repeat_copy
>>> circuit = derive(repeat_copy(num_variables=3, dim=1))
>>> fit = record(circuit.compile(scheme="linear", hidden=5), circuit.task, sequences=50, horizon=100, seed=1)
>>> noise = np.random.default_rng(0).normal(size=fit.states.shape)
>>> pairs = transitions(replace(fit, states=fit.states + 0.3 * noise))
>>> for found in (linearize_secant(pairs), linearize_total(pairs)):
...     print(found.kind, np.sort(np.abs(found.eigenvalues))[-3:].round(2))
trajectory [0.92 0.92 0.92]
total [1. 1. 1.]

Source: Golub & Van Loan, Matrix Computations, section 6.3; for dynamic modes Hemati, Rowley, Deem & Cattafesta, Theor. Comput. Fluid Dyn. 31 (2017),
and `tlsq_rank` of PyDMD.
"""

from __future__ import annotations

import numpy as np

from emt_theory.evidence.conventions import CONVENTIONS
from emt_theory.evidence.linearize import Linearization, Transitions
from emt_theory.evidence.recording import require
from emt_theory.ground.absent import Absent
from emt_theory.ground.arguments import real


def linearize_total(
    pairs: Transitions | Absent, tolerance: float = CONVENTIONS.rank_tolerance
) -> Linearization | Absent:
    """The secant map along trajectories by total least squares, at the rank of the gap.

    Args:
        pairs: the transitions of a recording, or why there are none.
        tolerance: singular values below this fraction of the largest are noise.
    """
    if isinstance(pairs, Absent):
        return pairs
    require(Transitions, pairs=pairs)
    size = len(pairs.center)
    _, singular, right = np.linalg.svd(pairs.factor)
    floor = np.finfo(float).eps * singular[0]
    kept = singular[:size] > real("tolerance", tolerance) * singular[0]
    falls = singular[:size] / np.maximum(np.append(singular, 0.0)[1 : size + 1], floor)
    rank = int(np.argmax(np.where(kept, falls, 0.0))) + 1
    before, following = right[:rank, :size].T, right[:rank, size:].T
    inverse = np.linalg.pinv(before)
    note = f"rank {rank} of {size}: the next singular value is {falls[rank - 1]:.2g} times smaller"
    return Linearization("total", following @ inverse, inverse @ following, pairs.center, rank, note)
