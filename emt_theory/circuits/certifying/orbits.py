r"""A tanh or sigmoid network, trained or not, that has a task for all inputs and all t: balls that are led into each other (P27).

The memory of a task on q^n ≤ 4096 states ends on cycles; let R be the states on them and G the step. Around a centre p_k for each k ∈ R let B_k
be the ball of radius r in the maximum norm. With

    A_k = D(σ'(W p_k + b)) W,      ρ ≥ |σ(W p_k + b) − p_{Gk}|_∞,      n(k, l) ≥ ‖A_{G^{l−1}k} ⋯ A_k‖_∞,      n(k, 0) = 1,

and Taylor's remainder, |σ(z + δ) − σ(z) − σ'(z) δ| ≤ ½ C δ² with C = sup |σ''|, states that begin within r of p_k are after j steps within r_j(k) of
p_{G^j k}, by induction over j:

    r_0 = r,      r_j(k) = n(k, j) r + Σ_{t<j} n(G^{t+1} k, j − t − 1) (½ C (‖W‖_∞ r_t(k))² + ρ).

If r_m(k) ≤ r for all k, and the read-out tells the symbol of G^j k apart on all these balls for j ≤ m, a network that is once in the ball of its
task state is right for ever. That it gets there is seen by running it, in ball arithmetic, on all q^n inputs; every output on the way is checked.

This is about exact arithmetic. *Float64* is another network: each step adds up to (N + 8) 2⁻⁵⁰ (‖W_i‖₁ + |b_i|) to ρ, and the way into the balls
is that of the program itself, whose own numbers are tested. What is claimed of it holds for the program as it was run here: its BLAS and its
library's tanh, all inputs in one batch.

The norms n are computed in float64, with what rounding can add (Higham, Accuracy and Stability of Numerical Algorithms, §3.5):
|fl(A P) − A P| ≤ γ_N |A| |P|. Let P_l be what is computed for the product of l Jacobians, each off by at most α in norm. Then P_{l+1} = A P_l +
Δ_l with ‖Δ_l‖ ≤ (α + γ_N ‖W‖) ‖P_l‖ =: δ_l, so that n(k, l) = ‖P_l‖ + Σ_{t<l} n(G^{t+1} k, l − t − 1) δ_t serves.

Source: new, P27, proved in `proofs/`.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any, NamedTuple

import flint
import numpy as np
from numpy.typing import NDArray

from emt_theory.circuits.certifying.balls import BALLS, column
from emt_theory.circuits.certifying.result import NotProved, Proof
from emt_theory.circuits.finite.states import successors
from emt_theory.errors import InvalidNetwork, InvalidTask
from emt_theory.ground.arrays import Array
from emt_theory.ground.rationals import RationalMatrix
from emt_theory.networks import ElmanRNN, ExactRNN
from emt_theory.networks.activations import Activation, activation
from emt_theory.tasks import LinearTask, as_finite
from emt_theory.tasks.finite.task import FiniteTask

MOST_STATES, MOST_COMPONENTS = 4096, 12
GRID = 2**50
"""Centres are multiples of 1/GRID."""
_BITS = 160
_SETTLING, _MOST_STEPS, _MOST_ENTRY = 4000, 400, 2000
_STILL = 1e-13
_ROUND, _EPS = 2.0**-50, 2.0**-53
_SLACK = 1 + 2.0**-30
"""Above all that rounding does to a sum of positive numbers here, which has fewer than 2²⁰ terms."""
_RADII = tuple(2.0**-e for e in range(2, 45))
_KEPT = 0.999
"""Of a bound that is claimed: so that a checker with bounds of its own comes to it, too."""
_MOST_NUMBERS = 2**27
"""States that the float program keeps, times units."""

Indices = NDArray[np.int64]


def prove_orbits(twin: ExactRNN, task: LinearTask | FiniteTask) -> Proof:
    """All symbols right for all inputs and all t > s.

    Raises:
        NotProved: names the state, the input or the bound that fails.
    """
    sigma, finite = _covered(twin, task)
    try:
        runner = twin.to_float()
    except InvalidNetwork as error:
        raise NotProved(f"{error} (P27)") from None
    with flint.ctx.workprec(_BITS):
        system = System.of(twin, runner, sigma, finite)
        balls = Balls.of(system)
        radius, off = balls.widest()
        room = float(system.reader.least(balls.columns, balls.shown, off).min())
        entered = _entry_times(system, balls.centres, radius)
    # In balls an error grows by ‖W‖ in each step.
    bits = _BITS + math.ceil((finite.num_variables + int(entered.max())) * math.log2(max(2.0, system.size)))
    with flint.ctx.workprec(bits):
        room = min(room, _enter(System.of(twin, runner, sigma, finite), balls.centres, radius, entered))
    margin = Fraction(room * _KEPT)
    claims: dict[str, Any] = {
        "radius": str(Fraction(radius)),
        "steps": balls.steps,
        "centres": [[int(v) for v in row] for row in np.rint(balls.centres * GRID)],
        "entered": entered.tolist(),
        "bits": bits,
        "tolerance": str(margin),
        "rounding": _of_floats(system, balls, radius, entered),
    }
    reason = (
        f"balls of radius {radius:.2g} around {len(balls.centres)} states are led into each other within {balls.steps} steps, and all "
        f"{finite.states} inputs into them by t = s + {int(entered.max())} (P27)"
    )
    signs = finite.alphabet.width == 1 and finite.alphabet.size == 2
    exact = "symbols" if isinstance(task, FiniteTask) else "signs"
    return Proof("orbits", exact, claims, reason, margin if signs else None)


def _covered(twin: ExactRNN, task: LinearTask | FiniteTask) -> tuple[Activation, FiniteTask]:
    """σ and the task on symbols, if the argument is about them."""
    sigma = activation(twin.activation)
    if sigma.kinks or not sigma.curvature or not math.isfinite(sigma.bound):
        raise NotProved(f"balls need a bounded σ with a second derivative, and {sigma.name} is none (P27)")
    if twin.phase_input not in (False, True):
        raise NotProved("a phase input that is not 0 after the inputs is not covered (P27)")
    try:
        finite = task if isinstance(task, FiniteTask) else as_finite(task)
    except InvalidTask as error:
        raise NotProved(f"{error} (P27)") from None
    if finite.components > MOST_COMPONENTS or finite.states > MOST_STATES:
        count = f"{finite.alphabet.size}^{finite.components}"
        raise NotProved(
            f"balls are laid around single states, of at most {MOST_STATES} with {MOST_COMPONENTS} components; "
            f"the task has {count} (P27)"
        )
    return sigma, finite


# ------------------------------------------------------------------------------------------------ the task and the network


class System(NamedTuple):
    """A network and a task, as balls need them.

    Attributes:
        runner: the network in floats.
        sigma: σ.
        W, U: the weights, as matrices of FLINT's balls.
        b: the biases of units, a column of balls.
        size: at least ‖W‖_∞.
        rounds: at least max_i ‖W_i‖₁ + |b_i|; None where the floats are not the network, but its twin rounded.
        reader: how symbols are read.
        task: the task.
        recurrent: R, the states on cycles by number, ascending.
        after: where in R the next state of each stands.
    """

    runner: ElmanRNN
    sigma: Activation
    W: Any
    U: Any
    b: Any
    size: float
    rounds: float | None
    reader: Reader
    task: FiniteTask
    recurrent: Indices
    after: Indices

    @classmethod
    def of(cls, twin: ExactRNN, runner: ElmanRNN, sigma: Activation, task: FiniteTask) -> System:
        """From the network over Q, and in floats; in the present precision."""
        W, U = (flint.arb_mat(m.to_flint()) for m in (twin.W_hh, twin.W_uh))
        bias = twin.b_h or (Fraction(0),) * twin.hidden
        rows = [sum((abs(v) for _, v in twin.W_hh.row(i)), Fraction(0)) for i in range(twin.hidden)]
        rounds = max(row + abs(b) for row, b in zip(rows, bias, strict=True))
        again = ExactRNN.from_float(runner)
        same = all(getattr(twin, name) == getattr(again, name) for name in ("W_hh", "W_uh", "W_hy", "b_h", "b_y"))
        following = successors(task)
        recurrent = np.arange(task.states)
        while len(images := np.unique(following[recurrent])) < len(recurrent):
            recurrent = images
        after = np.searchsorted(recurrent, following[recurrent])
        return cls(
            runner, sigma, W, U, column(bias), _above(max(rows)), _above(rounds) if same else None,
            Reader.of(twin, task), task, recurrent, after,
        )  # fmt: skip

    @property
    def inputs(self) -> Indices:
        """All inputs, which are all states: number x, in base q and oldest first, is what is held after them; shape (|X|, s, d)."""
        q, n = self.task.alphabet.size, self.task.components
        return np.indices((q,) * n).reshape(n, -1).T.reshape(-1, *self.task.slots)

    def step(self, states: Any, inputs: Any = None) -> Any:
        """σ(W h + U x + b) of columns of balls, shape (N, k)."""
        z = self.W * states if inputs is None else self.W * states + self.U * inputs
        driven = np.array(z.entries(), dtype=object).reshape(-1, z.ncols()) + self.b[:, None]
        return flint.arb_mat(driven.shape[0], driven.shape[1], list(self.sigma.function(driven, BALLS).reshape(-1)))


class Reader(NamedTuple):
    """What tells the symbols of an output apart: linear forms of h, each positive where one codeword is nearer than another.

    |y − w_b|² − |y − w_a|² = 2 (w_a − w_b)·y + |w_b|² − |w_a|². Over 2 ‖w_a − w_b‖₁, which makes it what all numbers shown may be off by.

    Attributes:
        component, right: c and a of each form, shape (k,).
        rows: the forms on h, a matrix (k, N) of balls.
        constants: beside them, a column of balls.
        norms: at least the 1-norm of each row, shape (k,).
        sizes: the same with the constants, which rounding sees, too.
    """

    component: Indices
    right: Indices
    rows: Any
    constants: Any
    norms: Array
    sizes: Array

    @classmethod
    def of(cls, twin: ExactRNN, task: FiniteTask) -> Reader:
        """Of the read-out of a network over Q."""
        words, width = task.alphabet.codewords, task.alphabet.width
        chosen = [(c, a, b) for c in range(task.dim) for a in range(len(words)) for b in range(len(words)) if a != b]
        weights, constants = np.zeros((len(chosen), task.d_out), dtype=object), list[Fraction]()
        for k, (c, a, b) in enumerate(chosen):
            apart = words[a] - words[b]
            size = int(abs(apart).sum())
            weights[k, c * width : (c + 1) * width] = [Fraction(int(v), size) for v in apart]
            constants.append(Fraction(int(words[b] @ words[b] - words[a] @ words[a]), 2 * size))
        on_y = RationalMatrix.from_rows(weights.tolist())
        rows = on_y @ twin.W_hy
        beside = [own + v for own, v in zip(on_y.apply(twin.b_y or (0,) * task.d_out), constants, strict=True)]
        norms = np.array([_above(sum((abs(v) for _, v in rows.row(k)), Fraction(0))) for k in range(len(chosen))])
        component, right, _ = np.array(chosen).T
        sizes = norms + [_above(abs(v)) for v in beside]
        return cls(component, right, flint.arb_mat(rows.to_flint()), column(beside), norms, sizes)

    def least(self, states: Any, shown: Indices, off: Array, lost: float = 0.0) -> Array:
        """How much is left of the forms that have to be positive, the least of each column: shape (k,).

        Args:
            states: columns of balls, shape (N, k).
            shown: the symbols that are right, shape (k, d).
            off: how far each column may be off in the maximum norm, shape (k,).
            lost: the share of what is added up that rounding takes.
        """
        values = self.rows * states
        found = np.full(states.ncols(), np.inf)
        for i, (c, a) in enumerate(zip(self.component.tolist(), self.right.tolist(), strict=True)):
            for k in np.flatnonzero(shown[:, c] == a).tolist():
                low = (
                    _below(values[i, k] + self.constants[i]) - (self.norms[i] * off[k] + self.sizes[i] * lost) * _SLACK
                )
                found[k] = min(found[k], low)
        return found


def _above(value: Any) -> float:
    """A float that is at least as large as a ball or a fraction."""
    return float(value.upper() if isinstance(value, flint.arb) else value) * (1 + 4 * _EPS) + 2.0**-1000


def _below(value: Any) -> float:
    """A float that is at most a ball."""
    low = float(value.lower())
    return low - abs(low) * 4 * _EPS - 2.0**-1000


# --------------------------------------------------------------------------------------------------------------- the balls


class Balls(NamedTuple):
    """Centres, and how much of a displacement is left after so many steps.

    Attributes:
        system: what they are of.
        centres: p_k, multiples of 1/GRID, shape (|R|, N).
        columns: the same as columns of balls, shape (N, |R|).
        rho: at least |σ(W p_k + b) − p_{Gk}|_∞.
        norms: n(k, l), shape (|R|, m + 1).
        orbit: where in R G^j k stands, shape (|R|, m + 1).
    """

    system: System
    centres: Array
    columns: Any
    rho: float
    norms: Array
    orbit: Indices

    @classmethod
    def of(cls, system: System) -> Balls:
        """Around where the network goes.

        Raises:
            NotProved: if orbits do not attract.
        """
        centres = np.rint(_centres(system) * GRID) / GRID
        columns = flint.arb_mat(centres.shape[1], len(centres), [flint.arb(v) for v in centres.T.reshape(-1).tolist()])
        images = system.step(columns)
        size, N = len(centres), system.runner.hidden
        h = np.array(images.entries(), dtype=object).reshape(N, size)
        rho = max(
            _above(abs(h[i, k] - flint.arb(centres[to, i]))) for k, to in enumerate(system.after) for i in range(N)
        )
        slope = system.sigma.require("slope", "balls")
        slopes = np.array([float(v) for v in slope(h).reshape(-1)]).reshape(N, size)
        norms, orbit = _norms(system, slopes.T[:, :, None] * system.runner.W_hh)
        return cls(system, centres, columns, rho, norms, orbit)

    @property
    def steps(self) -> int:
        """m."""
        return self.norms.shape[1] - 1

    def radii(self, radius: float, lost: float = 0.0) -> Array | None:
        """r_j(k), shape (|R|, m + 1); None where r_m is above r.

        Args:
            radius: r.
            lost: what a step adds to ρ.
        """
        found, curvature = np.full(self.norms.shape, radius), self.system.sigma.curvature or 0.0
        added = np.empty_like(self.norms)
        for j in range(1, self.steps + 1):
            bent = (curvature * (1 + 4 * _EPS) / 2) * (self.system.size * found[:, j - 1]) ** 2
            added[:, j - 1] = bent + self.rho + lost
            left = sum(self.norms[self.orbit[:, t + 1], j - t - 1] * added[:, t] for t in range(j))
            found[:, j] = (self.norms[:, j] * radius + left) * _SLACK
            if found[:, j].max() > 1:
                return None
        return found if found[:, -1].max() <= radius * _KEPT else None

    def widest(self) -> tuple[float, Array]:
        """The largest r = 2^−e for which all balls are led into balls and all symbols are right there, and how far each column is off meanwhile.

        Raises:
            NotProved: if there is none.
        """
        reason = "no radius is led into itself"
        for radius in _RADII:
            off = self.reach(radius)
            if off is None:
                continue
            left = self.system.reader.least(self.columns, self.shown, off)
            if left.min() > 0:
                return radius, off
            reason = f"the read-out is within {radius:.2g} of another symbol at state {self._named(int(left.argmin()))}"
        raise NotProved(f"{reason} (P27)")

    def reach(self, radius: float, lost: float = 0.0) -> Array | None:
        """How far from p_k a state that began in any ball may be when its task state is k, shape (|R|,); None as `radii`."""
        found = self.radii(radius, lost)
        if found is None:
            return None
        off = np.full(len(found), radius)
        np.maximum.at(off, self.orbit, found)
        return off

    @property
    def shown(self) -> Indices:
        """The symbols of the newest variable at each state of R, shape (|R|, d)."""
        return self.system.inputs[self.system.recurrent, -1]

    def _named(self, k: int) -> str:
        return str(self.system.inputs[self.system.recurrent[k]].tolist())


def _centres(system: System) -> Array:
    """Where the network is, in floats, long after it was shown the states of R: those of G^t k after the state k, shape (|R|, N).

    Raises:
        NotProved: if that still moves after 4,000 steps.
    """
    runner, task = system.runner, system.task
    at, bias = np.arange(len(system.recurrent)), 0 if runner.b_h is None else runner.b_h
    h = runner.run(task.alphabet.encode(system.inputs[system.recurrent]).astype(float)).states[:, -1]
    found, change = np.zeros(h.shape), np.full(len(h), np.inf)
    for _ in range(_SETTLING):
        h, at = system.sigma.function(h @ runner.W_hh.T + bias), system.after[at]
        moved = np.empty_like(h)
        moved[at] = h
        found, change = moved, abs(moved - found).max(axis=1)
        if change.max() <= _STILL:
            return found
    k = int(change.argmax())
    state = system.inputs[system.recurrent[k]].tolist()
    raise NotProved(
        f"orbits do not attract: after {_SETTLING} steps the state that stands for {state} still moves by {change[k]:.2g} from one round to the "
        "next (P27)"
    )


def _norms(system: System, jacobians: Array) -> tuple[Array, Indices]:
    """n(k, l) for l ≤ m, the first with n ≤ ½, and where G^l k stands in R, both of shape (|R|, m + 1).

    Raises:
        NotProved: if there is none up to m = 400.
    """
    size, N = jacobians.shape[:2]
    # α = 2⁻⁵⁰ ‖W‖: slopes, which are at most 1, and their products with weights are off by a few units in the last place
    share = (_ROUND + (N + 2) * _EPS) * system.size
    products = np.broadcast_to(np.eye(N), jacobians.shape)
    orbit, norms, lost = [np.arange(size)], [np.ones(size)], list[Array]()
    sizes = np.ones(size)
    for l in range(1, _MOST_STEPS + 1):
        lost.append(share * sizes + 2.0**-1000)
        products = jacobians[orbit[-1]] @ products
        orbit.append(system.after[orbit[-1]])
        sizes = abs(products).sum(axis=2).max(axis=1) * _SLACK
        more = sum(norms[l - t - 1][orbit[t + 1]] * lost[t] for t in range(l))
        norms.append((sizes + more) * _SLACK)
        if norms[-1].max() <= 0.5:
            return np.array(norms).T, np.array(orbit).T
    k = int(norms[-1].argmax())
    state = system.inputs[system.recurrent[k]].tolist()
    raise NotProved(
        f"orbits do not attract: what moves the state that stands for {state} may be {norms[-1][k]:.2g} times as large {_MOST_STEPS} steps "
        "later (P27)"
    )


# ---------------------------------------------------------------------------------------------------------------- the way in


def _entry_times(system: System, centres: Array, radius: float) -> Indices:
    """How many steps after t = s each input is in its ball, in floats and with a tenth to spare.

    Raises:
        NotProved: if one is not there after 2,000; names it.
    """
    runner, task, place = system.runner, system.task, _places(system)
    states, bias = np.arange(task.states), 0 if runner.b_h is None else runner.b_h
    h = runner.run(task.alphabet.encode(system.inputs).astype(float)).states[:, -1]
    following, found = successors(task), np.full(task.states, -1)
    for t in range(_MOST_ENTRY + 1):
        here = place[states]
        near = (here >= 0) & (abs(h - centres[here]).max(axis=1) <= 0.9 * radius)
        found[near & (found < 0)] = t
        if (found >= 0).all():
            return found
        h, states = system.sigma.function(h @ runner.W_hh.T + bias), following[states]
    x = int((found < 0).argmax())
    raise NotProved(
        f"{int((found < 0).sum())} of {task.states} inputs are not in the balls of their task states after {_MOST_ENTRY} steps, the first is "
        f"{system.inputs[x].tolist()} (P27)"
    )


def _places(system: System) -> Indices:
    """Where in R each state stands; −1 where it is on no cycle."""
    place = np.full(system.task.states, -1)
    place[system.recurrent] = np.arange(len(system.recurrent))
    return place


def _enter(system: System, centres: Array, radius: float, entered: Indices) -> float:
    """All inputs run in balls until they are in theirs; how much is left of the forms at the worst output on the way.

    Raises:
        NotProved: names the input.
    """
    task, inputs, place = system.task, system.inputs, _places(system)
    codes = task.alphabet.encode(inputs)
    if system.U.ncols() > codes.shape[2]:  # the phase input is 1 meanwhile, and 0 afterwards
        codes = np.concatenate([codes, np.ones_like(codes[..., :1])], axis=2)
    chosen, following, states = np.arange(task.states), successors(task), np.arange(task.states)
    h = flint.arb_mat(system.runner.hidden, task.states)
    for t in range(task.num_variables):
        h = system.step(h, flint.arb_mat(codes[:, t].T.tolist()))
    least = math.inf
    for t in range(int(entered.max()) + 1):
        if t:
            h, states = system.step(h), following[states]
            left = system.reader.least(h, inputs[states, -1], np.zeros(len(states)))
            if left.min() <= 0:
                x = inputs[chosen[int(left.argmin())]].tolist()
                raise NotProved(f"the symbol shown at t = s + {t} after the input {x} is wrong or undecided (P27)")
            least = min(least, float(left.min()))
        here = entered[chosen] == t
        table = np.array(h.entries(), dtype=object).reshape(-1, len(chosen))
        for k in np.flatnonzero(here).tolist():
            p = centres[place[states[k]]].tolist()
            if not all(abs(v - flint.arb(c)) <= radius for v, c in zip(table[:, k], p, strict=True)):
                raise NotProved(f"the input {inputs[chosen[k]].tolist()} is not for sure in its ball (P27)")
        if not here.all():
            chosen, states = chosen[~here], states[~here]
            h = flint.arb_mat(len(table), len(chosen), list(table[:, ~here].reshape(-1)))
    return least


def _of_floats(system: System, balls: Balls, radius: float, entered: Indices) -> str | None:
    """By how much a step of the float64 program may be off, where the argument covers it and its own run is right until it is in the balls."""
    runner, task, place = system.runner, system.task, _places(system)
    horizon = int(entered.max())
    if system.rounds is None or task.states * (task.num_variables + horizon) * runner.hidden > _MOST_NUMBERS:
        return None
    lost = (runner.hidden + 8) * _ROUND
    off = balls.reach(radius, lost * system.rounds + 2.0**-1000)
    if off is None:
        return None
    if system.reader.least(balls.columns, balls.shown, off, lost).min() <= 0:
        return None
    found = runner.run(task.alphabet.encode(system.inputs).astype(float), task.num_variables + horizon)
    following, states = successors(task), np.arange(task.states)
    for t in range(horizon + 1):
        if t:
            states = following[states]
            shown = task.alphabet.decode(found.outputs[:, task.num_variables + t - 1])
            if (shown != system.inputs[states, -1])[entered >= t].any():
                return None
        now = entered == t
        apart = abs(found.states[now, task.num_variables + t - 1] - balls.centres[place[states[now]]])
        if (apart > radius * (1 - _ROUND)).any():
            return None
    return str(Fraction(lost) * Fraction(system.rounds))
