r"""Three linear maps that stand for a network.

1. **At the origin**: the Jacobian of a free step at h = 0. For an Elman network h ↦ σ(W h + b_h) it is

       J = diag(σ'(b_h)) W_hh;

   for a GRU or an LSTM, whose state is (h; c), see `emt_theory.networks`. Without biases and with σ(0) = 0 the origin is a fixed point, and J is
   what the paper's spectra are of (W_hh itself, as tanh' 0 = 1). With biases the origin need not be a fixed point; J is then the derivative there
   and no more.

2. **The secant map** along trajectories: the least-squares `h(t) → h(t+1)` over states at t > 2s,

       A = argmin Σ ‖(h(t+1) − μ') − A (h(t) − μ)‖²,

   about μ = μ' = 0 for a network without biases and with an odd σ, which has no other centre; about the means for any other, so that a constant
   part of the states is no mode.

   t > 2s because what is nilpotent in Φ lives for s steps into the output phase. All directions of the states count whose singular value is
   above 1e-6 of the largest: memory lies in directions of low variance, and a cut at the theory's own count would be circular.

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

import numpy as np

from emt_theory.evidence.conventions import CONVENTIONS
from emt_theory.evidence.recording import Recording, require, require_recorded
from emt_theory.evidence.triangular import reduce_rows
from emt_theory.ground.arguments import integer, real
from emt_theory.ground.arrays import Array, ComplexArray
from emt_theory.ground.json import Record
from emt_theory.networks import Network, state_space
from emt_theory.networks import activation as find_activation

_LARGEST = 1e100


@dataclass(frozen=True, eq=False, repr=False)
class Linearization(Record):
    """A linear map that stands for a network, or the reason why there is none.

    Attributes:
        kind: "origin", "trajectory" (the secant map) or "gain".
        matrix: A, shape (N, N).
        eigenvalues: of A; for the secant map those on the directions that the states have, shape (rank,).
        center: μ, about which A acts, shape (N,).
        rank: the number of directions used.
        reason: why there is no linearization, or None. Then the arrays are empty.
        note: what to keep in mind when reading it, or None.
    """

    JSON = ("kind", "rank", "eigenvalues", "note", "reason")

    kind: str
    matrix: Array
    eigenvalues: ComplexArray
    center: Array
    rank: int
    reason: str | None = None
    note: str | None = None

    @classmethod
    def absent(cls, kind: str, reason: str) -> Linearization:
        """The linearization that is none."""
        return cls(kind, np.empty((0, 0)), np.empty(0, dtype=np.complex128), np.empty(0), 0, reason)

    def __repr__(self) -> str:
        shown = f"no linearization: {self.reason}" if self.reason else f"rank {self.rank}"
        return f"Linearization({self.kind!r}, {shown})"


@dataclass(frozen=True, eq=False, repr=False)
class Transitions(Record):
    """The pairs (h(t), h(t+1)) of a recording, compressed: centred (see above), scaled and reduced to a triangular factor.

    With H, H' the centred states, one a row, `[H H'] = Q [R R']`; least squares needs R and R' only, and H is never squared.

    Attributes:
        left, singular, right: the singular value decomposition R = U diag(S) Vᵀ.
        following: R'.
        center: μ.
        spread: √ of the mean of ‖h(t) − μ‖².
    """

    left: Array
    singular: Array
    right: Array
    following: Array
    center: Array
    spread: float

    @property
    def deviations(self) -> Array:
        """Standard deviations along the directions `right`: E[(h − μ)(h − μ)ᵀ] = V diag(deviations²) Vᵀ."""
        return self.singular * (self.spread / float(np.linalg.norm(self.singular)))

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
        return f"Transitions({len(self.center)} units, spread {self.spread:.3g})"


def transitions(recording: Recording, after: int | None = None) -> Transitions | str:
    """The transitions of a recording at t > after, or the reason why nothing can be estimated from them.

    Args:
        recording: the recording.
        after: the window starts behind this time; 2s if left out.
    """
    require(Recording, recording=recording)
    after = 2 * recording.task.num_variables if after is None else integer("after", after, least=0)
    if recording.blow_up is not None:
        return f"states or outputs are not finite from t = {recording.blow_up} on"
    batch, steps, hidden = recording.states.shape
    pairs = batch * max(0, steps - after - 1)
    if pairs <= hidden:
        return f"{pairs} transitions at t > {after} are too few for N = {hidden} units: take more sequences or steps"
    size = _size(recording, after)
    if size > _LARGEST:
        return _too_large("states", size)
    if size < np.finfo(float).tiny:
        return f"all states at t > {after} are 0"
    before, following = recording.states[:, after:-1], recording.states[:, after + 1 :]
    center, next_center = recording.center(before), recording.center(following)
    factor = reduce_rows(((before[i] - center) / size, (following[i] - next_center) / size) for i in range(batch))
    spread = float(np.linalg.norm(factor[:, :hidden])) / np.sqrt(pairs)
    if spread < np.finfo(float).eps:
        return f"the states at t > {after} do not vary: they hold nothing"
    left, singular, right = np.linalg.svd(factor[:, :hidden], full_matrices=False)
    return Transitions(left, singular, right, factor[:, hidden:], center, spread * size)


def linearize_origin(net: Network) -> Linearization:
    """The Jacobian of a free step at the state 0; diag(σ'(b_h)) W_hh for an Elman network."""
    space = state_space(net)
    zero = np.zeros(space.size)
    jacobian = space.jacobian(zero)
    size = float(np.abs(jacobian).max())
    if not size <= _LARGEST:
        return Linearization.absent("origin", _too_large("weights", size))
    note = None
    if np.any(space.step(zero, None) != 0):
        note = "with these biases h = 0 is not a fixed point; this is the derivative there"
    elif net.activation and not np.any(jacobian) and any(k.at == 0 for k in find_activation(net.activation).kinks):
        note = f"h = 0 is a kink of {net.activation}, whose derivative there is taken as 0"
    eigenvalues = np.linalg.eigvals(jacobian).astype(np.complex128)
    return Linearization("origin", jacobian, eigenvalues, zero, space.size, note=note)


def linearize_secant(
    recording: Recording | Transitions | str, tolerance: float = CONVENTIONS.rank_tolerance
) -> Linearization:
    """The secant map along trajectories, at t > 2s.

    Args:
        recording: a recording, or what `transitions` made of it.
        tolerance: directions with a singular value below this fraction of the largest are none.
    """
    pairs = transitions(recording) if isinstance(recording, Recording) else recording
    if isinstance(pairs, str):
        return Linearization.absent("trajectory", pairs)
    require(Transitions, recording=pairs)
    rank = pairs.rank(real("tolerance", tolerance))
    eigenvalues = np.linalg.eigvals(pairs.restricted(rank)).astype(np.complex128)
    return Linearization("trajectory", pairs.secant(rank), eigenvalues, pairs.center, rank)


def linearize_gain(net: Network, recording: Recording) -> Linearization:
    """The statistical gain linearization A = D W_hh over the transitions at t > 2s.

    A unit whose input a_i never varies has no gain; it passes nothing on, and D_i is 0. D_i (W_hh)_i does not change when row i of W_hh is scaled,
    so rows are brought to size 1 first, by powers of 2: weights of any size that float64 holds give the same digits.
    """
    require_recorded(state_space(net).size, recording=recording)
    if (plain := net.plain_weights()) is None:
        return Linearization.absent(
            "gain", f"the statistical gain is defined for Elman networks, not for a {type(net).__name__}"
        )
    after = 2 * recording.task.num_variables
    if recording.blow_up is not None:
        return Linearization.absent("gain", f"states or outputs are not finite from t = {recording.blow_up} on")
    before, following = recording.transitions(after)
    if len(before) < 2:
        return Linearization.absent("gain", f"there are no two transitions at t > 2s = {after}")
    size = _size(recording, after)
    if size > _LARGEST:
        return Linearization.absent("gain", _too_large("states", size))
    size = max(size, np.finfo(float).tiny)
    rows = np.ldexp(plain[0], -np.frexp(np.abs(plain[0]).max(axis=1, keepdims=True))[1])
    center = recording.center(before)
    drive = ((before - center) / size) @ rows.T
    power = (drive**2).mean(axis=0)
    common = (drive * ((following - recording.center(following)) / size)).mean(axis=0)
    varies = power > np.finfo(float).eps ** 2
    gain = np.divide(common, power, out=np.zeros_like(power), where=varies)
    matrix = gain[:, None] * rows
    return Linearization("gain", matrix, np.linalg.eigvals(matrix).astype(np.complex128), center, net.hidden)


def prediction_error(linearization: Linearization, recording: Recording) -> float | None:
    """The relative error of the next state, √(Σ‖h' − μ' − A(h − μ)‖² / Σ‖h' − μ'‖²), over the recording's transitions at t > 2s.

    Use a recording that the map was not fitted to. None where there is no linearization, or nothing to predict.
    """
    require(Linearization, linearization=linearization)
    require(Recording, recording=recording)
    if linearization.reason or recording.blow_up is not None:
        return None
    before, following = recording.transitions(2 * recording.task.num_variables)
    if not len(before):
        return None
    size = max(_size(recording, 2 * recording.task.num_variables), np.finfo(float).tiny)
    wanted, given = following / size, before / size
    wanted, given = wanted - recording.center(wanted), given - recording.center(given)
    total = float((wanted**2).sum())
    return float(np.sqrt(((wanted - given @ linearization.matrix.T) ** 2).sum() / total)) if total > 0 else None


def _size(recording: Recording, after: int) -> float:
    """The largest |h_i(t)| at t > after."""
    return float(np.abs(recording.states[:, after:]).max(initial=0.0))


def _too_large(what: str, size: float) -> str:
    remedy = ": use a shorter horizon or smaller inputs" if what == "states" else ""
    return f"{what} reach {size:.1e}, above {_LARGEST:g}, too large to compute with in float64{remedy}"
