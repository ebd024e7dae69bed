r"""Three linear maps that stand for a network.

1. **At the origin**: the Jacobian of a free step at h = 0. For an Elman network h ↦ σ(W h + b_h) it is

       J = diag(σ'(b_h)) W_hh;

   for a GRU or an LSTM, whose state is (h; c), see `emt_theory.networks`. Without biases and with σ(0) = 0 the origin is a fixed point, and J is
   what the paper's spectra are of (W_hh itself, as tanh' 0 = 1). With biases the origin need not be a fixed point; J is then the derivative there
   and no more.

2. **The secant map** along trajectories: the least-squares `h(t) → h(t+1)` over states in the settled window,

       A = argmin Σ ‖(h(t+1) − μ') − A (h(t) − μ)‖²,

   about μ = μ' = 0 for a network without biases and with an odd σ, which has no other centre; about the means for any other, so that a constant
   part of the states is no mode.

   Settled is t > s + max(s, ν), ν the nilpotency of Φ (2s for most tasks), because what is nilpotent in Φ lives on for ν steps. All directions of
   the states count whose singular value is above 1e-6 of the largest: memory lies in directions of low variance, and a cut at the theory's own
   count would be circular.

3. **The statistical gain** (Booton's describing function): `A = D W_hh`, `D_i = E[h_i a_i] / E[a_i²]`, a = W_hh h(t−1), centred in the same way.
   Each unit's σ is replaced by the line that fits it best along the trajectory. It is defined for Elman networks.

Networks saturate, so 1 and 2 can differ a great deal; on a linear network all three agree:

>>> from emt_theory import derive
>>> from emt_theory.evidence.recording import record
>>> from emt_theory.tasks import repeat_copy
>>> task = repeat_copy(num_variables=2, dim=1)
>>> net = derive(task).compile(scheme="linear")
>>> recording = record(net, task, sequences=20, horizon=20, seed=0)
>>> [np.sort(m.eigenvalues.real).round(6).tolist() for m in (linearize_origin(net), linearize_secant(recording))]
[[-1.0, 1.0], [-1.0, 1.0]]

For stationary data the secant's spectral radius is at most 1 by Cauchy–Schwarz, and noise shrinks it: |λ| ≤ 1 is built in, |λ| ≈ 1 is evidence.

Source: 1 is the paper's; 2 and 3 new, see docs.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from emt_theory.evidence.conventions import CONVENTIONS, LARGEST_REPEATED
from emt_theory.evidence.recording import Recording, require, require_recorded, steps_within
from emt_theory.evidence.triangular import reduce_pair
from emt_theory.ground.absent import Absent
from emt_theory.ground.arguments import integer, real
from emt_theory.ground.arrays import Array, ComplexArray
from emt_theory.ground.json import Record
from emt_theory.networks import Network, StateSpace, state_space
from emt_theory.networks import activation as find_activation

_LARGEST = 1e100


@dataclass(frozen=True, eq=False, repr=False)
class Linearization(Record):
    """A linear map that stands for a network.

    Attributes:
        kind: "origin", "trajectory" (the secant map), "total" (the same by total least squares) or "gain".
        matrix: A, shape (N, N).
        inner: what its eigenvalues are of: A, or A on the directions that the states have, shape (rank, rank).
        center: μ, about which A acts, shape (N,).
        rank: the number of directions used.
        note: what to keep in mind when reading it, or None.
    """

    JSON = ("kind", "rank", "eigenvalues", "note")

    kind: str
    matrix: Array
    inner: Array
    center: Array
    rank: int
    note: str | None = None

    @cached_property
    def eigenvalues(self) -> ComplexArray:
        """Of A; for a map along trajectories those on the directions that the states have, shape (rank,)."""
        return np.linalg.eigvals(self.inner).astype(np.complex128)

    def __repr__(self) -> str:
        return f"Linearization({self.kind!r}, rank {self.rank})"


@dataclass(frozen=True, eq=False, repr=False)
class Transitions(Record):
    """The pairs (h(t), h(t+1)) of a recording, compressed: centred (see above), scaled and reduced to few rows.

    With H, H' the centred states, one a row, `[H H'] = Q [R R']`; least squares needs R and R' only. Where there are more than 256 state variables,
    the rows of R' are left out that say what no map explains, and pairs stay as they are where there are at most twice as many as state variables.

    Attributes:
        after: t > after in all of them.
        steps: the indices t − 1 of h(t), ascending.
        left, singular, right: the singular value decomposition R = U diag(S) Vᵀ.
        following: R'.
        center: μ.
        scale: what the states were divided by.
        pairs: how many there are.
    """

    after: int
    steps: NDArray[np.intp]
    left: Array
    singular: Array
    right: Array
    following: Array
    center: Array
    scale: float
    pairs: int

    @property
    def spread(self) -> float:
        """√ of the mean of ‖h(t) − μ‖²."""
        return float(np.linalg.norm(self.singular)) / np.sqrt(self.pairs) * self.scale

    @property
    def deviations(self) -> Array:
        """Standard deviations along the directions `right`: E[(h − μ)(h − μ)ᵀ] = V diag(deviations²) Vᵀ."""
        return self.singular * (self.scale / np.sqrt(self.pairs))

    @property
    def factor(self) -> Array:
        """[R R'] in the states' own size."""
        return np.concatenate([self.left * self.singular @ self.right, self.following], axis=1) * self.scale

    def rank(self, tolerance: float) -> int:
        """The number of singular values above `tolerance` of the largest."""
        return int((self.singular > tolerance * self.singular[0]).sum())

    def restricted(self, rank: int) -> Array:
        """The secant map on the leading directions of the states, in their coordinates, shape (rank, rank)."""
        return (self.right[:rank] @ self.following.T) @ (self.left[:, :rank] / self.singular[:rank])

    def secant(self, rank: int) -> Array:
        """The secant map A on all neurons, shape (N, N), of the given rank."""
        return self.following.T @ (self.left[:, :rank] / self.singular[:rank]) @ self.right[:rank]

    def __repr__(self) -> str:
        return f"Transitions({len(self.center)} units, t > {self.after}, spread {self.spread:.3g})"


def transitions(recording: Recording, after: int | None = None, most: int | None = None) -> Transitions | Absent:
    """The transitions of a recording at t > after, or the reason why nothing can be estimated from them.

    Args:
        recording: the recording.
        after: the window starts behind this time; where the task has settled if left out.
        most: of more steps so many are used, drawn once and for all; None: all.

    >>> from emt_theory import derive
    >>> from emt_theory.evidence.recording import record
    >>> from emt_theory.tasks import repeat_copy
    >>> task = repeat_copy(num_variables=2, dim=1)
    >>> pairs = transitions(record(derive(task).compile(), task, sequences=20, horizon=20, seed=0))
    >>> pairs.after, pairs.pairs, linearize_secant(pairs).rank
    (4, 340, 2)
    """
    require(Recording, recording=recording)
    start = recording.settled if after is None else integer("after", after, least=0)
    return start if isinstance(start, Absent) else _reduce(recording, start, None, most)


def extended_transitions(recording: Recording, after: int, later: Transitions | Absent) -> Transitions | Absent:
    """The transitions at t > after, of which those of a later window are reduced already.

    Where the states are centred about 0 only the steps between are new; elsewhere the center moves, and all are reduced again.
    """
    usable = isinstance(later, Transitions) and recording.odd and after < later.after
    return _reduce(recording, after, later if usable and isinstance(later, Transitions) else None)


def _reduce(
    recording: Recording, after: int, later: Transitions | None, most: int | None = None
) -> Transitions | Absent:
    """The transitions at t > after; with those of a later window only the steps before it are looked at."""
    why = _unusable(recording, after)
    if why is not None:
        return why
    batch, steps, hidden = recording.states.shape
    scale = recording.size(after)
    chosen = steps_within(after, steps - 1, most)
    if later is not None:
        # Early steps are thinned as the later ones were: of as many in a hundred, so many.
        early = later.after - after
        chosen = steps_within(after, later.after, -(-early * later.pairs // (batch * (steps - later.after - 1))))
    before, following = (recording.states[:, steps].reshape(-1, hidden) for steps in (chosen, chosen + 1))
    center, next_center = recording.center(before), recording.center(following)
    for values, middle in ((before, center), (following, next_center)):
        values -= middle
        values /= scale
    if later is not None:
        known = later.factor / scale
        before, following = np.concatenate([known[:, :hidden], before]), np.concatenate([known[:, hidden:], following])
        chosen = np.concatenate([chosen, later.steps])
    if hidden > LARGEST_REPEATED:
        few = len(before) <= 2 * hidden
        factor, moved = (before, following) if few else reduce_pair(before, following)
    else:  # what the regression leaves is kept, too: total least squares asks for it
        both = np.concatenate([before, following], axis=1)
        factor, moved = np.split(reduce_pair(both, both[:, :0])[0], [hidden], axis=1)
    left, singular, right = np.linalg.svd(factor, full_matrices=False)
    found = Transitions(after, chosen, left, singular, right, moved, center, scale, batch * len(chosen))
    if found.spread / scale < np.finfo(float).eps:
        return Absent(f"the states at t > {after} do not vary: they hold nothing")
    return found


def _unusable(recording: Recording, after: int) -> Absent | None:
    """Why nothing can be estimated from the transitions at t > after."""
    if recording.blow_up is not None:
        return Absent(f"states or outputs are not finite from t = {recording.blow_up} on")
    batch, steps, hidden = recording.states.shape
    pairs, size = batch * max(0, steps - after - 1), recording.size(after)
    if pairs <= hidden:
        few = f"{pairs} transitions at t > {after} are too few for N = {hidden} units"
        return Absent(f"{few}: take more sequences or steps")
    if size > _LARGEST:
        return Absent(_too_large("states", size))
    return Absent(f"all states at t > {after} are 0") if size < np.finfo(float).tiny else None


def linearize_origin(net: Network) -> Linearization | Absent:
    """The Jacobian of a free step at the state 0; diag(σ'(b_h)) W_hh for an Elman network."""
    return origin_of(state_space(net))


def origin_of(space: StateSpace) -> Linearization | Absent:
    """The Jacobian of a free step at the state 0."""
    zero, sigma = np.zeros(space.size), space.net.activation
    jacobian = space.jacobian(zero)
    size = float(np.abs(jacobian).max())
    if not size <= _LARGEST:
        return Absent(_too_large("weights", size))
    note = None
    if np.any(space.step(zero, None) != 0):
        note = "with these biases h = 0 is not a fixed point; this is the derivative there"
    elif sigma and not np.any(jacobian) and any(k.at == 0 for k in find_activation(sigma).kinks):
        note = f"h = 0 is a kink of {sigma}, whose derivative there is taken as 0"
    return Linearization("origin", jacobian, jacobian, zero, space.size, note)


def linearize_secant(
    recording: Recording | Transitions | Absent, tolerance: float = CONVENTIONS.rank_tolerance
) -> Linearization | Absent:
    """The secant map along trajectories, in the settled window.

    Args:
        recording: a recording, or what `transitions` made of it.
        tolerance: directions with a singular value below this fraction of the largest are none.
    """
    pairs = transitions(recording) if isinstance(recording, Recording) else recording
    if isinstance(pairs, Absent):
        return pairs
    require(Transitions, recording=pairs)
    rank = pairs.rank(real("tolerance", tolerance))
    return Linearization("trajectory", pairs.secant(rank), pairs.restricted(rank), pairs.center, rank)


def linearize_gain(
    net: Network, recording: Recording, after: int | None = None, pairs: Transitions | Absent | None = None
) -> Linearization | Absent:
    """The statistical gain linearization A = D W_hh over the transitions in the settled window, or at t > after.

    A unit whose input a_i never varies has no gain; it passes nothing on, and D_i is 0. D_i (W_hh)_i does not change when row i of W_hh is scaled,
    so rows are brought to size 1 first, by powers of 2: weights of any size that float64 holds give the same digits.

    Args:
        net: the network.
        recording: its run.
        after: the window starts behind this time; where the task has settled if left out.
        pairs: these transitions as `transitions` has reduced them, where it has: sums over them are sums over few rows.

    >>> from emt_theory import derive
    >>> from emt_theory.evidence.recording import record
    >>> from emt_theory.tasks import repeat_copy
    >>> task = repeat_copy(num_variables=2, dim=1)
    >>> net = derive(task).compile(scheme="tanh")
    >>> found = linearize_gain(net, record(net, task, sequences=20, horizon=20, seed=0))
    >>> np.sort(found.eigenvalues.real).round(3).tolist(), np.sort(linearize_origin(net).eigenvalues.real).round(3).tolist()
    ([-1.0, 1.0], [-1.5, 1.5])
    """
    require_recorded(state_space(net).size, recording=recording)
    if (plain := net.plain_weights()) is None:
        return Absent(f"the statistical gain is defined for Elman networks, not for a {type(net).__name__}")
    start = recording.settled if after is None else integer("after", after, least=0)
    if isinstance(start, Absent):
        return start
    if recording.blow_up is not None:
        return Absent(f"states or outputs are not finite from t = {recording.blow_up} on")
    rows = np.ldexp(plain[0], -np.frexp(np.abs(plain[0]).max(axis=1, keepdims=True))[1])
    if isinstance(pairs, Transitions):
        drive, center = pairs.left * pairs.singular @ (pairs.right @ rows.T), pairs.center
        power, common = (np.einsum("ij,ij->j", drive, one) / pairs.pairs for one in (drive, pairs.following))
    else:
        size, count = recording.size(start), len(recording.states) * len(recording.steps(start))
        if count < 2:
            return Absent(f"there are no two transitions at t > {start}")
        if size > _LARGEST:
            return Absent(_too_large("states", size))
        center, power, common = _gain_sums(recording, start, rows, max(size, np.finfo(float).tiny), count)
    varies = power > np.finfo(float).eps ** 2
    gain = np.divide(common, power, out=np.zeros_like(power), where=varies)
    matrix = gain[:, None] * rows
    return Linearization("gain", matrix, matrix, center, net.hidden)


def _gain_sums(recording: Recording, after: int, rows: Array, size: float, count: int) -> tuple[Array, Array, Array]:
    """(μ, E[a²], E[a h']) of states divided by their size, about their means, with a = rows (h − μ)."""
    center, next_center = (np.zeros(rows.shape[1]) for _ in range(2))
    if not recording.odd:
        for before, following in recording.pieces(after):
            center += before.sum(axis=0) / count
            next_center += following.sum(axis=0) / count
    power, common = np.zeros(len(rows)), np.zeros(len(rows))
    for before, following in recording.pieces(after):
        drive, moved = (before - center) / size @ rows.T, (following - next_center) / size
        power += np.einsum("ij,ij->j", drive, drive)
        common += np.einsum("ij,ij->j", drive, moved)
    return center, power / count, common / count


def prediction_error(linearization: Linearization | Absent, recording: Recording) -> float | Absent:
    """The relative error of the next state, √(Σ‖h' − μ' − A(h − μ)‖² / Σ‖h' − μ'‖²), over the transitions in the settled window.

    Use a recording that the map was not fitted to. Absent where there is no linearization, or nothing to predict.

    >>> from emt_theory import derive
    >>> from emt_theory.evidence.recording import record
    >>> from emt_theory.tasks import repeat_copy
    >>> task = repeat_copy(num_variables=2, dim=1)
    >>> net = derive(task).compile(scheme="linear")
    >>> fit, fresh = (record(net, task, sequences=20, horizon=20, seed=seed) for seed in (0, 1))
    >>> prediction_error(linearize_secant(fit), fresh) < 1e-12
    True
    """
    require(Recording, recording=recording)
    if isinstance(linearization, Absent):
        return linearization
    require(Linearization, linearization=linearization)
    if isinstance(after := recording.settled, Absent):
        return after
    if recording.blow_up is not None:
        return Absent(f"states or outputs are not finite from t = {recording.blow_up} on")
    before, following = recording.transitions(after)
    if not len(before):
        return Absent(f"there are no transitions at t > {after}")
    size = max(recording.size(after), np.finfo(float).tiny)
    wanted, given = following / size, before / size
    wanted, given = wanted - recording.center(wanted), given - recording.center(given)
    total = float((wanted**2).sum())
    if total == 0:
        return Absent("the states do not vary: there is nothing to predict")
    return float(np.sqrt(((wanted - given @ linearization.matrix.T) ** 2).sum() / total))


def _too_large(what: str, size: float) -> str:
    remedy = ": use a shorter horizon or smaller inputs" if what == "states" else ""
    return f"{what} reach {size:.1e}, above {_LARGEST:g}, too large to compute with in float64{remedy}"
