r"""States that come back after n free steps, sought from many starts at once.

A free step is z ↦ f(z, 0). A state with fⁿ(z) = z is a fixed point (n = 1) or lies on a periodic orbit. Both are zeros of

    q(z) = ½‖r‖²,    r(z) = fⁿ(z) − z,    ∂r/∂z = D = M − I,    M = J(z_n) ⋯ J(z_1),    z_1 = z, z_{i+1} = f(z_i),

and every start descends on q by the steps of Levenberg and Marquardt,

    δ = −(DᵀD + μ I)⁻¹ Dᵀ r,

μ growing tenfold while a step would not lower q and shrinking when one does. Near a zero with D invertible that becomes Newton's method;
where D is singular it goes to a near zero. Steps of all starts are solved together, and a start that has arrived leaves. Nothing is thrown
away; a start ends as

    found       r = 0 to rounding;
    slow        q has a minimum here that is no zero: the state nearly comes back (the ghost of a fixed point);
    plateau     q is stationary here, but has no minimum: it stays the same along the step r, as z ↦ z + 1 has q = ½ everywhere;
    unfinished  q was still falling when the iterations ran out;
    diverged    q was still falling, outside what the network can reach or far from all states: the gate of a GRU that never opens keeps a unit
                where it is, but only at infinity. Or q or its derivatives leave float64.

A gate that shuts makes q small where nothing rests. A start that went after it begins again on a network that has the same fixed points and no such
gate (h' = n for a GRU; see `emt_theory.networks.opened`); where it arrives, that is where it ends.

>>> from emt_theory.networks import ElmanRNN, state_space
>>> space = state_space(ElmanRNN(W_hh=[[2]], W_uh=[[1]], W_hy=[[1]]))
>>> search = search_returns(space, np.array([[0.1], [0.8], [-3.0]]), period=1, scale=1.0)
>>> search.states.ravel().round(4).tolist(), [str(outcome) for outcome in search.outcomes]
([0.0, 0.9575, -0.9575], ['found', 'found', 'found'])

Source: Sussillo & Barak, Neural Computation 25 (2013), for q and its slow points; Marquardt, SIAM J. Appl. Math. 11 (1963), for the steps.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from emt_theory.ground.arrays import Array
from emt_theory.networks import StateSpace, state_space

ITERATIONS = 200
"""Steps that a start may take."""

_ZERO = 1e-11
"""‖r‖ / scale below which a state comes back: above rounding, which n steps amplify, and far below anything slow."""

_ROUNDING = 1e-15
_STATIONARY, _NEARLY_STATIONARY = 1e-9, 1e-4
_FAR, _LOST = 5.0, 1e6
_LEVEL, _ASIDE = 1e-6, 0.1
_ATTEMPTS = 12
_FIRST_DAMPING, _LEAST_DAMPING = 1e-3, 1e-14
_ENTRIES = 2**22


class Convergence(StrEnum):
    """How the search from one start ended."""

    FOUND = "found"
    SLOW = "slow"
    PLATEAU = "plateau"
    UNFINISHED = "unfinished"
    DIVERGED = "diverged"


@dataclass(frozen=True, eq=False, repr=False)
class Arrivals:
    """Where every start ended.

    Attributes:
        states: shape (K, S); of a start that diverged, its last state at which q was finite.
        q: ½‖fⁿ(z) − z‖² there, shape (K,).
        start_q: the same at the start, shape (K,).
        outcomes: one for each start.
    """

    states: Array
    q: Array
    start_q: Array
    outcomes: tuple[Convergence, ...]


def return_map(space: StateSpace, states: Array, period: int) -> tuple[Array, Array]:
    """(fⁿ(z), M): the states after n free steps, shape (K, S), and their derivatives, shape (K, S, S)."""
    product = space.jacobian(states)
    for _ in range(period - 1):
        states = space.step(states, None)
        product = space.jacobian(states) @ product
    return space.step(states, None), product


def search_returns(
    space: StateSpace, starts: Array, period: int, scale: float, iterations: int = ITERATIONS
) -> Arrivals:
    """Seek a state with fⁿ(z) = z from every start.

    Args:
        space: the network.
        starts: shape (K, S).
        period: n.
        scale: the size of a typical state; residuals are small against it or not.
        iterations: the most steps for one start.
    """
    pieces = max(1, -(-len(starts) * space.size**2 // _ENTRIES))
    with np.errstate(all="ignore"):
        descents = [
            _descend(_Descent(space, part, period), scale, iterations) for part in np.array_split(starts, pieces)
        ]
    return Arrivals(
        np.concatenate([d.states for d, _ in descents]),
        np.concatenate([d.q for d, _ in descents]),
        np.concatenate([d.start_q for d, _ in descents]),
        tuple(outcome for _, outcomes in descents for outcome in outcomes),
    )


def search_rests(space: StateSpace, starts: Array, scale: float, iterations: int = ITERATIONS) -> Arrivals:
    """As `search_returns` for period 1, with a second search for starts that did not arrive, where the network can be opened."""
    search, opened = search_returns(space, starts, 1, scale, iterations), space.net.opened()
    lost = [i for i, o in enumerate(search.outcomes) if o in (Convergence.UNFINISHED, Convergence.DIVERGED)]
    if opened is None or not lost:
        return search
    again = search_returns(state_space(opened.net), opened.enter(starts[lost]), 1, scale, iterations)
    ends = opened.leave(again.states)
    q = ((space.step(ends, None) - ends) ** 2).sum(axis=1) / 2
    states, values, outcomes = search.states.copy(), search.q.copy(), list(search.outcomes)
    for row, i in enumerate(lost):
        if again.outcomes[row] is Convergence.FOUND and np.sqrt(2 * q[row]) <= _ZERO * scale:
            states[i], values[i], outcomes[i] = ends[row], q[row], Convergence.FOUND
    return Arrivals(states, values, search.start_q, tuple(outcomes))


class _Descent:
    """Some starts on their way down.

    Attributes:
        states, q: where they are, and q there.
        start_q: q at the start.
        reach: the largest entries that a state which comes back can have.
    """

    def __init__(self, space: StateSpace, starts: Array, period: int) -> None:
        self._space, self._period, self.reach = space, period, space.net.reach()
        self._damping = np.full(len(starts), _FIRST_DAMPING)
        self.states = starts.copy()
        self.start_q = self._value(starts)
        self.q = self.start_q.copy()

    def _value(self, states: Array) -> Array:
        after = states
        for _ in range(self._period):
            after = self._space.step(after, None)
        return ((after - states) ** 2).sum(axis=1) / 2

    def is_level(self, rows: NDArray[np.intp], aside: float) -> NDArray[np.bool_]:
        """Whether q is the same on both sides of these stationary starts, along the part of r that D does not turn into a change of r."""
        after, product = return_map(self._space, self.states[rows], self._period)
        _, sizes, right = np.linalg.svd(product - np.eye(self._space.size))
        # Rows of `right` are the vᵢᵀ of D = Σ σᵢ uᵢ vᵢᵀ; those with σᵢ ≈ 0 span the kernel, so kernelᵀ kernel r is the
        # part of r that D loses.
        kernel = right * (sizes <= _NEARLY_STATIONARY * np.maximum(sizes[:, :1], 1.0))[..., None]
        r = (after - self.states[rows])[..., None]
        axis = (np.swapaxes(kernel, 1, 2) @ (kernel @ r))[..., 0]
        length = np.linalg.norm(axis, axis=1, keepdims=True)
        push = aside * np.divide(axis, length, out=np.zeros_like(axis), where=length > 0)
        sides = np.stack([self._value(self.states[rows] + push), self._value(self.states[rows] - push)])
        return (length[:, 0] > 0) & (np.abs(sides - self.q[rows]) <= _LEVEL * self.q[rows]).all(axis=0)

    def is_regular(self) -> NDArray[np.bool_]:
        """Whether the derivative of fⁿ is finite where they are, and its square as well."""
        product = return_map(self._space, self.states, self._period)[1]
        return np.isfinite((product**2).sum(axis=(1, 2)))

    def step(self, active: NDArray[np.intp]) -> tuple[Array, Array]:
        """One step of every active start.

        Returns:
            q after the step over q before it, and ∞ where no step lowers q; and ‖Dᵀr‖ / ‖r‖ before it, relative to the size of D: 0 at a
            minimum of q, NaN without derivatives.
        """
        after, product = return_map(self._space, self.states[active], self._period)
        r, D = after - self.states[active], product - np.eye(self._space.size)
        # q = ‖r‖²/2 has the gradient Dᵀr; the step solves (DᵀD + damping·size·I) δ = Dᵀr (Levenberg), for every start
        # of the batch.
        transposed = np.swapaxes(D, 1, 2)
        normal, gradient = transposed @ D, (transposed @ r[..., None])[..., 0]
        diagonal = np.einsum("kii->ki", normal)
        sizes = np.maximum(diagonal.max(axis=1), 1.0)  # D = M − I has size 1 where the network moves at all
        lengths = np.sqrt(sizes) * np.linalg.norm(r, axis=1)
        slopes = np.divide(np.linalg.norm(gradient, axis=1), lengths, out=np.zeros(len(r)), where=lengths != 0)
        ratios = np.full(len(active), np.inf)
        regular = np.isfinite(normal).all(axis=(1, 2)) & np.isfinite(gradient).all(axis=1)
        slopes[~regular] = np.nan
        todo = np.flatnonzero(regular)
        for _ in range(_ATTEMPTS):
            if not len(todo):
                break
            rows = active[todo]
            shift = (self._damping[rows] * sizes[todo])[:, None, None] * np.eye(self._space.size)
            delta = np.linalg.solve(normal[todo] + shift, gradient[todo][..., None])[..., 0]
            tried = self.states[rows] - delta
            value = self._value(tried)
            lower = value < self.q[rows]
            ratios[todo[lower]] = value[lower] / self.q[rows[lower]]
            self.states[rows[lower]], self.q[rows[lower]] = tried[lower], value[lower]
            smaller, larger = np.maximum(self._damping[rows] / 10, _LEAST_DAMPING), self._damping[rows] * 10
            self._damping[rows] = np.where(lower, smaller, larger)
            todo = todo[~lower]
        return ratios, slopes


def _descend(descent: _Descent, scale: float, iterations: int) -> tuple[_Descent, list[Convergence]]:
    outcomes = np.where(np.isfinite(descent.q) & descent.is_regular(), Convergence.UNFINISHED, Convergence.DIVERGED)
    outcomes[(outcomes == Convergence.UNFINISHED) & (descent.q == 0)] = Convergence.FOUND
    active = np.flatnonzero(outcomes == Convergence.UNFINISHED)
    for _ in range(iterations):
        if not len(active):
            break
        ratios, slopes = descent.step(active)
        residuals = np.sqrt(2 * descent.q[active]) / scale
        # A zero is left when it cannot be improved any more: Newton's steps halve r at least until they go from rounding to rounding.
        zero = (residuals <= _ROUNDING) | ((residuals <= _ZERO) & (ratios > 0.25))
        lost = np.isnan(slopes) | ~(np.linalg.norm(descent.states[active], axis=1) < _LOST * scale)
        minimum = (slopes <= _STATIONARY) | ((ratios == np.inf) & (slopes <= _NEARLY_STATIONARY))
        for mask, outcome in ((minimum, Convergence.SLOW), (lost, Convergence.DIVERGED), (zero, Convergence.FOUND)):
            outcomes[active[mask]] = outcome
        active = active[~(zero | lost | minimum | (ratios == np.inf))]
    far = np.linalg.norm(descent.states, axis=1) > _FAR * scale
    far |= (np.abs(descent.states) > descent.reach).any(axis=1)
    outcomes[((outcomes == Convergence.UNFINISHED) & far) | ~descent.is_regular()] = Convergence.DIVERGED
    slow = np.flatnonzero(outcomes == Convergence.SLOW)
    outcomes[slow[descent.is_level(slow, _ASIDE * scale)]] = Convergence.PLATEAU
    return descent, [Convergence(outcome) for outcome in outcomes]
