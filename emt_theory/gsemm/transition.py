r"""When the linear-interaction model stays in a memory, and when it moves on.

Take LISEM (σ_f = tanh(γ·), σ_h = id, V_h slaved) with orthogonal memories of signs in a cycle 0 → 1 → … → K−1 → 0. Features off the span of Ξ
decay like exp(−t/T_f). On it, write V_f = Σ u_k ξ_k / γ, m_k for the overlaps and d_k = ξ_k·V_d / (βN). Then, with nothing neglected,

    T_f u̇_k = A (m_k + r d_{k−1}) − u_k,      T_d ḋ_k = m_k − d_k,      m_k = ⟨ξ_k tanh(Σ_j u_j ξ_j)⟩,
    A = α_s N γ,      r = √α_s α_c β / α_s,

⟨·⟩ the mean over features. For K = 3 orthogonality alone fixes that mean: ξ_0ξ_1 and ξ_0ξ_2 are signs with mean 0 and uncorrelated, hence
independent. For larger K let the memories be independent: every pattern of signs in equally many features.

**Two memories.** A state at rest has d = m. Neglect all but u_0 and u_1, and let the features with ξ_0 = ξ_1 be saturated. For the others,
x = u_0 − u_1 obeys x = A (tanh x − r (1 + tanh x)/2). So a memory is at rest only up to

    r_c(A) = max_{x > 0} 2 (tanh x − x/A) / (1 + tanh x),        r_c ≈ 1 − (1 + ln 2A) / 2A for large A.

**All memories.** Two things are missing there. The next memory but one hears of memory 1 as memory 1 hears of memory 0, and from about A = 2.5 on the
state at rest ends a little earlier. (For A near 1 nothing is saturated, and r_c is too small: at A = 1.2 it is .068, the exact ratio .090 for K = 3.)
And it may lose its stability before it ends: while V_d stands still, the features let go where A sech²x = 1 (two memories again),
which comes before the fold at A sech²x = 1/(1 − r/2). So with a slow delay, for K = 3 about T_d > T_f (2 − r)/r, a growing oscillation takes over
first. `exact_critical_ratio` follows the states at rest of the equations above, nothing neglected, until an eigenvalue has real part 0.

>>> [round(critical_ratio(gain), 3) for gain in (4.5, 5.8, 23, 205)]
[0.619, 0.685, 0.893, 0.983]
>>> [round(exact_critical_ratio(gain, length=5, slowness=10), 3) for gain in (4.5, 5.8, 23, 205)]
[0.594, 0.662, 0.884, 0.982]
>>> [round(exact_critical_ratio(4.5, length=3, slowness=slowness), 3) for slowness in (1, 10, 1000)]
[0.615, 0.61, 0.607]

Not said: how near to the border an orbit from a cue is still caught. Simulations leave up to half a per cent below it.

Source: new. The model is that of arXiv 2212.05563.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import numpy as np

from emt_theory.errors import InvalidOption
from emt_theory.ground.arguments import integer, real
from emt_theory.ground.arrays import Array

_STRAIGHT = 0.99
"""The least cosine between the directions of two neighbouring points of a curve."""


def critical_ratio(gain: float) -> float:
    """r_c(A) = max_{x > 0} 2 (tanh x − x/A) / (1 + tanh x): two memories, the rest saturated.

    A little above the exact ratio from about A = 2.5 on; for A near 1, where nothing is saturated, well below it.

    Args:
        gain: A = α_s N γ, above 1; at A ≤ 1 no memory is at rest even without interactions.

    Raises:
        InvalidOption: if A is not a finite number above 1.
    """
    A = _checked_gain(gain)
    # tanh x − x/A is largest where sech²x = 1/A, and the denominator grows: the maximum lies below that x.
    from scipy.optimize import minimize_scalar

    def lowered(x: float) -> float:
        return -2 * (math.tanh(x) - x / A) / (1 + math.tanh(x))

    bounds = (0.0, math.acosh(math.sqrt(A)))
    return -float(minimize_scalar(lowered, bounds=bounds, method="bounded", options={"xatol": 1e-9}).fun)


def exact_critical_ratio(gain: float, length: int, slowness: float) -> float:
    """The largest r up to which a memory of the cycle is at rest and stable; nothing neglected.

    The states at rest, `u_k = A (m_k + r m_{k−1})`, are a curve that begins at r = 0. It is followed by pseudo-arclength, with steps that halve
    where it bends, turns back in r, or is not stable.

    Args:
        gain: A = α_s N γ, above 1.
        length: K, from 3 to 12; for K ≥ 4 the memories are independent.
        slowness: T_d/T_f, at least 0; at 0 the delay is slaved, and the state at rest is stable as long as it exists.

    Raises:
        InvalidOption: if an argument is out of its range.
    """
    A = _checked_gain(gain)
    length = integer("length", length, least=3, most=12)
    if not 0 <= real("slowness", slowness) < math.inf:
        raise InvalidOption(f"the slowness T_d/T_f must be finite and at least 0; got {slowness:g}")
    from scipy.optimize import brentq

    rest = _Rest(A, length)
    u_0 = float(brentq(lambda u: A * math.tanh(u) - u, math.sqrt(1 - 1 / A), A))
    point, direction = np.array([u_0, *np.zeros(length)]), np.array([*np.zeros(length), 1.0])
    direction = _tangent(rest, point, direction)
    step = 0.1
    while step > 1e-6:
        ahead = _corrected(rest, point, direction, step)
        turned = None if ahead is None else _tangent(rest, ahead, direction)
        straight = turned is not None and turned[-1] > 0 and turned @ direction >= _STRAIGHT
        if ahead is None or turned is None or not straight or rest.growth(ahead, slowness) >= 0:
            step /= 2
        else:
            point, direction, step = ahead, turned, 1.3 * step
    return float(point[-1])


class _Rest:
    """A (m_k + r m_{k−1}) − u_k at a point (u, r): 0 at rest."""

    def __init__(self, gain: float, length: int) -> None:
        self.gain, self.length = gain, length
        self.signs = np.array([(1, *rest) for rest in itertools.product((1, -1), repeat=length - 1)], dtype=np.float64)

    def overlaps(self, u: Array) -> tuple[Array, Array]:
        """m, and ∂m/∂u."""
        h = np.tanh(self.signs @ u)
        return h @ self.signs / len(self.signs), (self.signs.T * (1 - h * h)) @ self.signs / len(self.signs)

    def __call__(self, point: Array) -> tuple[Array, Array]:
        """The unrest, and its derivatives by u and r."""
        (m, slopes), r = self.overlaps(point[:-1]), point[-1]
        by_u = self.gain * (slopes + r * np.roll(slopes, 1, axis=0)) - np.eye(self.length)
        unrest = self.gain * (m + r * np.roll(m, 1)) - point[:-1]
        return unrest, np.column_stack([by_u, self.gain * np.roll(m, 1)])

    def growth(self, point: Array, slowness: float) -> float:
        """The largest real part of an eigenvalue of the flow in (u, d), times T_f."""
        if not slowness:
            return float(np.linalg.eigvals(self(point)[1][:, :-1]).real.max())
        slopes, eye = self.overlaps(point[:-1])[1], np.eye(self.length)
        passed_on = self.gain * point[-1] * np.roll(eye, 1, axis=0)
        flow = np.block([[self.gain * slopes - eye, passed_on], [slopes / slowness, -eye / slowness]])
        return float(np.linalg.eigvals(flow).real.max())


def _tangent(curve: Callable[[Array], tuple[Array, Array]], point: Array, before: Array) -> Array:
    """The direction of the curve, of length 1, that goes on from the one before."""
    found = np.linalg.solve(np.vstack([curve(point)[1], before]), np.eye(len(point))[-1])
    return found / np.linalg.norm(found)


def _corrected(
    curve: Callable[[Array], tuple[Array, Array]], point: Array, direction: Array, step: float
) -> Array | None:
    """The point of the curve that lies `step` ahead along the tangent, by Newton's method; None if a few steps do not reach it."""
    near = point + step * direction
    for _ in range(8):
        value, slopes = curve(near)
        change = np.linalg.solve(np.vstack([slopes, direction]), np.append(value, direction @ (near - point) - step))
        near = near - change
        if float(np.abs(change).max()) < 1e-11 * (1 + float(np.abs(near).max())):
            return near
    return None


def _checked_gain(gain: float) -> float:
    if not 1 < real("gain", gain) < math.inf:
        raise InvalidOption(f"the gain A = alpha_s N gamma must be finite and above 1; got {gain:g}")
    return float(gain)
