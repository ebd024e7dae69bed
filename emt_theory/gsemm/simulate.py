r"""Orbits of the memory model: from a cue, through the metastable states that it recalls.

`simulate` integrates `d(state)/dt = rhs(state)` from V_f(0) = cue, V_d(0) = 0 and V_h at what it follows. The solvers are SciPy's, one orbit at a
time, so that no orbit depends on the others of its batch: the explicit RK45 where the layers are about equally fast, and the implicit Radau IIA, with
the exact Jacobian, where the hidden units or the delay are far faster than the features. A slaved layer (T = 0) is no part of the state and makes
nothing stiff.

>>> model = Model.lisem([[1, 1], [1, -1], [1, 1], [1, -1]], [[0, 1], [1, 0]], gain=3, T_d=10, alpha_c=3)
>>> orbit = simulate(model, cue=[1, 1, 1, 1], duration=60)
>>> orbit
Simulation(batch=1, times=601, duration=60, solver=RK45)
>>> orbit.recall().order
(0, 1, 0, 1, 0, 1, 0, 1, 0)

Source: Karuvally, Sejnowski, Siegelmann, ICML 2023, arXiv 2212.05563; for Radau IIA: Hairer, Wanner, Solving Ordinary Differential Equations II
(1996).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from emt_theory.errors import EMTError, InvalidNetwork, InvalidOption
from emt_theory.ground.arguments import callback, integer, member, numeric_array, real, within_memory
from emt_theory.ground.arrays import Array
from emt_theory.ground.blas import one_blas_thread
from emt_theory.ground.json import Record
from emt_theory.ground.text import shown
from emt_theory.gsemm.energy import EnergyTrace, energy_trace
from emt_theory.gsemm.jacobian import jacobian
from emt_theory.gsemm.model import Model, checked_model
from emt_theory.gsemm.recall import Recall, Rule, find_recall

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from scipy.integrate import OdeSolver


_STIFF = 50.0
"""T_f over the fastest other layer's timescale, above which the implicit solver is taken: there its steps, each far dearer, begin to pay."""

_FINEST = 1e-13
"""The smallest tolerance: below about 100 units of rounding SciPy's solvers promise nothing."""

_BLOW_UP = 1e9
"""An orbit whose norm exceeds this many times 1 + its first norm has diverged."""


class Diverged(EMTError, ArithmeticError):
    """An orbit that leaves every bound, or that the solver cannot follow any further.

    Attributes:
        time: when.
        norm: the Euclidean norm of the last sound state.

    >>> from emt_theory.gsemm.lagrangians import identity
    >>> runaway = Model(np.eye(1), np.zeros((1, 1)), identity(), identity(), alpha_s=4)
    >>> simulate(runaway, cue=[1.0], duration=100)
    Traceback (most recent call last):
    ...
    emt_theory.gsemm.simulate.Diverged: the orbit diverges at time 7.19..., where the norm of the state is ...
    """

    def __init__(self, reason: str, time: float, norm: float) -> None:
        super().__init__(f"{reason} at time {time:.6g}, where the norm of the state is {norm:.3g}")
        self.time = time
        self.norm = norm


class Solver(StrEnum):
    """How an orbit is integrated."""

    AUTO = "auto"
    """The implicit one where `stiffness` is above `_STIFF`, else the explicit one."""
    EXPLICIT = "RK45"
    """Dormand and Prince, of orders 5 and 4."""
    IMPLICIT = "Radau"
    """Radau IIA of order 5, with the exact Jacobian."""


@dataclass(frozen=True)
class _Effort:
    """What a solver did, over the whole batch: accepted steps, evaluations of the right-hand side and the Jacobian, factorizations."""

    steps: int
    evaluations: int
    jacobians: int
    factorizations: int


@dataclass(frozen=True, eq=False, repr=False)
class Simulation(Record):
    """Orbits of a memory model.

    Attributes:
        model: whose orbits they are.
        times: equally spaced from 0 on, shape (time,).
        V_f: features, shape (batch, time, N).
        V_h: hidden units, shape (batch, time, n).
        V_d: delay, shape (batch, time, N).
        overlaps: m_i = ξ_i · σ_f(V_f) / ‖ξ_i‖², shape (batch, time, n).
        solver: the one that was taken.
        stiffness: T_f over the fastest other timescale that is not 0; 1 if there is none.
        tolerance: relative, for every step.
        effort: what the solver did.
    """

    model: Model
    times: Array
    V_f: Array
    V_h: Array
    V_d: Array
    overlaps: Array
    solver: Solver
    stiffness: float
    tolerance: float
    effort: _Effort

    def recall(self, item: int = 0, rule: Rule | None = None) -> Recall:
        """The metastable states of one orbit; see `find_recall`."""
        return find_recall(self.times, self.overlaps[item], rule)

    def energy(self, item: int = 0) -> EnergyTrace:
        """The energy of one orbit, and dE/dt term by term; see `energy_trace`."""
        return energy_trace(self.model, self.times, self.V_f[item], self.V_h[item], self.V_d[item])

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready: what was recalled and at what cost. The arrays stay here."""
        return {
            "model": repr(self.model),
            "duration": float(self.times[-1]),
            "solver": str(self.solver),
            "stiffness": self.stiffness,
            "tolerance": self.tolerance,
            "effort": asdict(self.effort),
            "recall": [self.recall(item).to_dict() for item in range(len(self.overlaps))],
        }

    def plot(self, ax: Axes | None = None, item: int = 0) -> Axes:
        """The overlaps of one orbit over time, and its episodes."""
        from emt_theory.gsemm.drawing import draw_overlaps

        return draw_overlaps(self.times, self.overlaps[item], self.recall(item), ax)

    def __repr__(self) -> str:
        batch, count = self.overlaps.shape[:2]
        return f"Simulation(batch={batch}, times={count}, duration={self.times[-1]:g}, solver={self.solver})"

    def __str__(self) -> str:
        cost = f"{self.solver} (stiffness {self.stiffness:g}), {self.effort.steps} steps, {self.effort.evaluations} evaluations"
        return "\n".join([f"{self.model}, {cost}", *(f"  {self.recall(i)}" for i in range(len(self.overlaps)))])


def simulate(
    model: Model,
    cue: ArrayLike,
    duration: float,
    *,
    delay: ArrayLike | None = None,
    samples: int = 601,
    tolerance: float = 1e-6,
    solver: str | Solver = Solver.AUTO,
    progress: Callable[[float], None] | bool | None = None,
) -> Simulation:
    """Orbits from a batch of cues.

    Args:
        model: the memory model.
        cue: V_f(0), shape (N,) or (batch, N).
        duration: how long, in the unit of the timescales.
        delay: V_d(0), of the shape of `cue` or (N,); None means 0: nothing was there before the cue. Not read where the delay is slaved.
        samples: how many equally spaced times are kept, the first and the last included.
        tolerance: relative error of a step; the absolute one is a hundredth of it.
        solver: "auto", "RK45" or "Radau".
        progress: called now and then with the fraction that is done; True writes it to stderr.

    Returns:
        The orbits. An interrupt (Ctrl-C) ends the computation between two steps.

    Raises:
        Diverged: if an orbit leaves every bound; says when, and how large it was.
        InvalidNetwork: if a shape does not fit, an entry is not finite, or a memory is 0 and has no overlap.
        InvalidOption: if another argument is out of its range.
    """
    features, before = _starts(checked_model(model), cue, delay)
    _squared_norms(model)
    span, bound = _positive("duration", duration), _positive("tolerance", tolerance)
    told = callback("progress", progress)
    count, how = integer("samples", samples, least=2), member(Solver, "solver", solver)
    if not _FINEST <= bound < 1:
        raise InvalidOption(f"tolerance must be at least {_FINEST:g} and below 1; got {bound:g}")
    if how is Solver.AUTO:
        how = Solver.IMPLICIT if stiffness(model) > _STIFF else Solver.EXPLICIT
    with within_memory(f"samples: {shown(count)} times of {len(features)} orbits"):
        times, orbits = np.linspace(0.0, span, count), np.empty((len(features), count, model.state_size))
    efforts: list[tuple[int, int, int, int]] = []
    with np.errstate(all="ignore"), one_blas_thread():  # what overflows is found by its norm, and said with its time
        for item, start in enumerate(model.pack(features, V_d=before)):
            share = _share(told, item, len(features))
            efforts.append(_follow(model, start, times, how, bound, orbits[item], share))
    layers = model.unpack(orbits)
    effort = _Effort(*(int(total) for total in np.sum(efforts, axis=0)))
    return Simulation(model, times, *layers, overlaps(model, layers.feature), how, stiffness(model), bound, effort)


def overlaps(model: Model, V_f: ArrayLike) -> Array:
    """m_i = ξ_i · σ_f(V_f) / ‖ξ_i‖², shape (…, n), of features of shape (…, N).

    Raises:
        InvalidNetwork: if a memory is 0, or the last axis is not N long.

    >>> overlaps(Model.dsem([[1, 1], [1, -1]], np.zeros((2, 2))), [1, 1]).tolist()
    [1.0, 0.0]
    """
    model = checked_model(model)
    return model.feature.activation(model.complete(V_f).feature) @ model.memories / _squared_norms(model)


def stiffness(model: Model) -> float:
    """T_f over the smallest other timescale that is not 0; 1 if every other layer is slaved."""
    others = [T for T in (model.T_h, model.T_d) if T]
    return model.T_f / min(others) if others else 1.0


def _squared_norms(model: Model) -> Array:
    """‖ξ_i‖², none of them 0."""
    sizes = (model.memories**2).sum(axis=0)
    if not sizes.all():
        raise InvalidNetwork(f"memory {int(np.flatnonzero(sizes == 0)[0])} is 0, and nothing overlaps with it")
    return sizes


def _follow(
    model: Model,
    start: Array,
    times: Array,
    how: Solver,
    tolerance: float,
    orbit: Array,
    say: Callable[[float], object],
) -> tuple[int, int, int, int]:
    """Integrate one orbit into `orbit`, shape (time, state_size); returns the effort."""
    if not np.isfinite(model.rhs(0.0, start)).all():
        raise Diverged("the derivative overflows", 0.0, float(np.linalg.norm(start[: model.features])))
    try:
        running = _start_solver(model, start, float(times[-1]), how, tolerance)
    except (ArithmeticError, ValueError) as error:  # the first step comes out as 0 or NaN
        raise Diverged(f"the solver cannot begin ({error})", 0.0, float(np.linalg.norm(start))) from None
    norm, steps, filled = float(np.linalg.norm(start)), 0, 1
    limit = _BLOW_UP * (1 + norm)
    orbit[0] = start
    while (now := float(running.t)) < times[-1]:
        try:
            stuck = running.step() is not None
        except (ArithmeticError, ValueError) as error:
            raise Diverged(f"the solver cannot go on ({error})", now, norm) from None
        if stuck:
            raise Diverged("the solver cannot go on: its steps became too small", now, norm)
        reached = float(np.linalg.norm(running.y))
        if not math.isfinite(reached):
            raise Diverged("the orbit diverges", now, norm)
        norm, steps = reached, steps + 1
        if norm > limit:
            raise Diverged("the orbit diverges", float(running.t), norm)
        passed = int(np.searchsorted(times, running.t, side="right"))
        if passed > filled:
            orbit[filled:passed] = running.dense_output()(times[filled:passed]).T
            filled = passed
            say(float(running.t / times[-1]))
    return steps, running.nfev, running.njev, running.nlu


def _start_solver(model: Model, start: Array, end: float, how: Solver, tolerance: float) -> OdeSolver:
    from scipy.integrate import RK45, Radau

    if how is Solver.EXPLICIT:
        return RK45(model.rhs, 0.0, start, end, rtol=tolerance, atol=tolerance / 100)
    return Radau(model.rhs, 0.0, start, end, rtol=tolerance, atol=tolerance / 100, jac=lambda _t, y: jacobian(model, y))


def _starts(model: Model, cue: ArrayLike, delay: ArrayLike | None) -> tuple[Array, Array]:
    """V_f(0), shape (batch, N), and V_d(0), shape (batch, N) or (1, N)."""
    features = _states("cue", cue, model.features)
    before = _states("delay", np.zeros(model.features) if delay is None else delay, model.features)
    if len(before) not in (1, len(features)):
        raise InvalidNetwork(f"cue and delay must have the same batch; got {len(features)} and {len(before)}")
    return features, before


def _states(name: str, value: ArrayLike, length: int) -> Array:
    array = np.atleast_2d(numeric_array(name, value))
    if array.ndim != 2 or array.shape[1] != length or not len(array):
        raise InvalidNetwork(f"{name} must have shape (N,) = ({length},) or (batch, {length}); got {np.shape(value)}")
    if not np.isfinite(array).all():
        raise InvalidNetwork(f"{name} holds NaN or infinity")
    return array


def _positive(name: str, value: object) -> float:
    number = real(name, value)
    if not 0 < number < math.inf:
        raise InvalidOption(f"{name} must be positive and finite; got {number:g}")
    return number


def _share(told: Callable[[float], object], item: int, batch: int) -> Callable[[float], object]:
    return lambda fraction: told((item + fraction) / batch)
