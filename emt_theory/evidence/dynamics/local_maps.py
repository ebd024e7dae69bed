r"""Jacobians along trajectories: what becomes of a small deviation.

Along a recorded trajectory z(t) a deviation δ(t) moves by δ(t+1) = J(t) δ(t), J(t) = ∂f/∂z at z(t). From the Jacobians in the settled window:

* the **mean Jacobian** E[J(t)], a linear map like the others of `linearize`, with its prediction error;
* the **spectral radius** ρ(J(t)) at single times, and of **products** over windows, ρ(J(t+w−1) ⋯ J(t))^{1/w}, per step;
* the **Lyapunov exponents**, the rates at which the axes of a small ball grow. An orthonormal frame is carried along and made orthonormal again,

      J(t) Q(t) = Q(t+1) R(t+1),    λ_i = mean over t of log |R_ii(t)|,

  for every sequence by itself, behind a quarter of the steps that lets the frame turn into place. Their error is the standard error of the
  mean over sequences.

Exponents near 0 are directions in which the network keeps a deviation, as a linear circuit does in all directions of its memory. A saturated
network keeps signs by pulling deviations back, and may have none. Of the trained networks in `examples/weights` T1's has 64 above log 0.9, as
many as Φ has eigenvalues on the unit circle; T4's, which solves its task as well, has none. The exponents may leave a gap where the memory
ends, near 0 or not: T1's after 64, T3's, of which the secant map has 30 of 36 eigenvalues, after 30. On a linear circuit exponents are log |λ|:

>>> from emt_theory import derive
>>> from emt_theory.evidence.recording import record
>>> from emt_theory.tasks import from_matrix
>>> task = from_matrix([["-1/6", "5/6"]], dim=1)                                  # λ² = 5/6 λ − 1/6: eigenvalues 1/2 and 1/3
>>> net = derive(task).compile(scheme="linear")
>>> found = local_maps(net, record(net, task, sequences=5, horizon=60, seed=0))
>>> np.exp(found.exponents).round(3).tolist()
[0.5, 0.333]

The mean of Jacobians is no derivative of anything, and the mean map of a network that saturates (h' = tanh W h) contracts more than its
secant map: tangents of tanh are flatter than its chords. So it may have no eigenvalue near 1 where the secant map has all of them.

Source: Benettin, Galgani, Giorgilli & Strelcyn, Meccanica 15 (1980), for the exponents.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from emt_theory.errors import InvalidOption
from emt_theory.evidence.linearize import Linearization, prediction_error
from emt_theory.evidence.recording import Recording, require_recorded, require_sizes
from emt_theory.ground.absent import Absent
from emt_theory.ground.arrays import Array
from emt_theory.ground.blas import one_blas_thread
from emt_theory.ground.json import Record
from emt_theory.networks import Network, StateSpace, state_space
from emt_theory.tasks import LinearTask

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MEAN = "mean jacobian"
_TIMES = 25
_LARGEST_MEAN = 8192
_LARGEST = 1e100
_ENTRIES = 2**19


@dataclass(frozen=True, eq=False, repr=False)
class LocalMaps(Record):
    """Jacobians along the trajectories of a recording, in the settled window.

    Attributes:
        mean: the mean Jacobian, kind "mean jacobian", over the first sequences, about 8192 states.
        mean_prediction_error: the relative error of the next state that it predicts.
        times: some times t, about 25.
        radii: ρ(J(t)) at those times, shape (sequences, times).
        window: w.
        window_times: where windows begin.
        window_radii: ρ(J(t+w−1) ⋯ J(t))^{1/w}, shape (sequences, windows).
        exponents: Lyapunov exponents per step, natural logarithm, largest first, shape (k,); −∞ for a direction that is lost altogether.
        exponents_error: their standard errors over sequences, shape (k,); NaN for one sequence, or where an exponent is −∞.
    """

    JSON = (
        "mean=_mean", "times", "radii", "window", "window_times", "window_radii", "exponents",
        "exponents_error",
    )  # fmt: skip

    mean: Linearization
    mean_prediction_error: float | Absent
    times: tuple[int, ...]
    radii: Array
    window: int
    window_times: tuple[int, ...]
    window_radii: Array
    exponents: Array
    exponents_error: Array

    def remembered(self, modulus: float) -> int:
        """The number of exponents above log(modulus): directions in which a deviation decays more slowly than by that factor a step."""
        return int((self.exponents > np.log(modulus)).sum())

    @property
    def _mean(self) -> dict[str, Any]:
        return {**self.mean.to_dict(), "prediction_error": self.mean_prediction_error}

    def plot(self, ax: Axes | None = None) -> Axes:
        """The Lyapunov exponents with their errors."""
        from emt_theory.evidence.dynamics.drawing import draw_exponents

        return draw_exponents(self, ax)

    def __repr__(self) -> str:
        return f"LocalMaps({self})"

    def __str__(self) -> str:
        spread = f"{self.radii.min():.3g} to {self.radii.max():.3g}"
        error = f" ± {self.exponents_error[0]:.1g}" if np.isfinite(self.exponents_error[0]) else ""
        return (
            f"mean Jacobian of radius {np.abs(self.mean.eigenvalues).max():.3g}; along trajectories {spread}, over {self.window} steps "
            f"{self.window_radii.max():.3g} at most; largest exponent {self.exponents[0]:.3g}{error}"
        )


@one_blas_thread()
def local_maps(
    net: Network,
    recording: Recording,
    sequences: int = 4,
    window: int | None = None,
    exponents: int | None = None,
) -> LocalMaps | Absent:
    """Jacobians along the trajectories of a recording, or why there are none.

    Args:
        net: the network that was recorded.
        recording: the recording.
        sequences: on how many sequences radii and exponents are computed.
        window: w; s if left out.
        exponents: how many Lyapunov exponents; twice as many as the task has memory components if left out, and at most S.

    Raises:
        InvalidNetwork: if `net` is no network, or the recording is of one with another state.
        InvalidOption: if a number is out of range.
    """
    space = state_space(net)
    require_recorded(space.size, recording=recording)
    task, after = recording.task, recording.settled
    s, n = (task.num_variables, task.components) if isinstance(task, LinearTask) else (1, space.size)
    width, count = s if window is None else window, min(space.size, 2 * n) if exponents is None else exponents
    require_sizes(sequences=sequences, window=width, exponents=count)
    if count > space.size:
        raise InvalidOption(f"a state of size S = {space.size} has at most as many exponents; got {count}")
    if isinstance(after, Absent):
        return after
    if (why := _nothing(recording, after, width)) is not None:
        return why
    states = recording.states[:, after:-1]
    mean = _mean_jacobian(space, recording, after)
    if isinstance(mean, Absent):
        return mean
    few = states[:sequences]
    length = few.shape[1]
    chosen = range(0, length, -(-length // _TIMES))
    begin = range(0, length - width + 1, width)
    rates = _rates(space, few, count)
    # A frame turns into place, so the first axis is that of the largest rate; finite sequences may leave close ones in another order.
    order = np.argsort(-rates.mean(axis=0), kind="stable")
    rates = rates[:, order]
    with np.errstate(all="ignore"):
        error = rates.std(axis=0, ddof=1) / np.sqrt(len(rates)) if len(rates) > 1 else np.full(count, np.nan)
    return LocalMaps(
        mean=mean,
        mean_prediction_error=prediction_error(mean, recording),
        times=tuple(after + 1 + i for i in chosen),
        radii=np.stack([_radius(space.jacobian(few[:, i])) for i in chosen], axis=1),
        window=width,
        window_times=tuple(after + 1 + i for i in begin),
        window_radii=np.stack([_window_radius(space, few[:, i : i + width]) for i in begin], axis=1),
        exponents=rates.mean(axis=0),
        exponents_error=error,
    )


def _mean_jacobian(space: StateSpace, recording: Recording, after: int) -> Linearization | Absent:
    """The mean Jacobian over the states of the first sequences at t > after, about 8192 of them."""
    every = recording.states[:, after:-1]
    states = every[: -(-_LARGEST_MEAN // every.shape[1])].reshape(-1, space.size)
    rows = max(1, _ENTRIES // space.size**2)
    total = np.zeros((space.size, space.size))
    with np.errstate(all="ignore"):
        for start in range(0, len(states), rows):
            total += space.jacobian(states[start : start + rows]).sum(axis=0)
    matrix = total / len(states)
    if not float(np.abs(matrix).max()) <= _LARGEST:
        return Absent(f"Jacobians are beyond {_LARGEST:g}, too large to compute with in float64")
    return Linearization(_MEAN, matrix, matrix, recording.center(states), space.size)


def _rates(space: StateSpace, states: Array, count: int) -> Array:
    """For each sequence, the mean of log |R_ii| behind the first quarter of the steps, shape (sequences, count)."""
    batch, length, size = states.shape
    skipped = length // 4
    frame = np.tile(np.linalg.qr(np.random.default_rng(0).normal(size=(size, count)))[0], (batch, 1, 1))
    total = np.zeros((batch, count))
    with np.errstate(divide="ignore"):
        for t in range(length):
            # J Q = Q′ R: |R_ii| is what the step does to the volume of the first i directions over what it does to that
            # of the first i − 1.
            frame, factor = np.linalg.qr(space.jacobian(states[:, t]) @ frame)
            if t >= skipped:
                total += np.log(np.abs(np.einsum("kii->ki", factor)))
    return total / (length - skipped)


def _window_radius(space: StateSpace, states: Array) -> Array:
    """ρ(J(z_w) ⋯ J(z_1))^{1/w} for states of shape (sequences, w, S); the product is kept at size 1, and its size apart."""
    sequences, width, size = states.shape
    product, logarithm = np.tile(np.eye(size), (sequences, 1, 1)), np.zeros(sequences)
    for t in range(width):
        product = space.jacobian(states[:, t]) @ product
        largest = np.abs(product).max(axis=(1, 2))
        largest[largest == 0] = 1.0
        product /= largest[:, None, None]
        logarithm += np.log(largest)
    with np.errstate(divide="ignore"):
        return np.exp((logarithm + np.log(_radius(product))) / width)


def _radius(matrices: Array) -> Array:
    return np.abs(np.linalg.eigvals(matrices)).max(axis=-1)


def _nothing(recording: Recording, after: int, window: int) -> Absent | None:
    if recording.blow_up is not None:
        return Absent(f"states or outputs are not finite from t = {recording.blow_up} on")
    steps = recording.states.shape[1] - after - 1
    if steps < window:
        few = f"{max(0, steps)} steps at t > {after} are fewer than the window of {window}"
        return Absent(f"{few}: take a longer horizon")
    return None
