r"""Periodic orbits of a network's free map, and their multipliers against the circuit's.

A circuit whose Φ has only roots of unity and zeros as eigenvalues runs in circles: from t = s + ν on its states have the period n of its
targets. Does the network? States with fⁿ(z) = z are sought from recorded ones (see `shooting`), brought to their minimal period, and merged
when one is a shift of the other.

Linear and saturated networks differ here as much as they can. In a linear circuit every state of the memory is on an orbit, and none of
these is isolated:

>>> from emt_theory import derive
>>> from emt_theory.evidence.recording import record
>>> from emt_theory.tasks import repeat_copy
>>> circuit = derive(repeat_copy(num_variables=3, dim=1))
>>> linear, tanh = circuit.compile(scheme="linear"), circuit.compile(scheme="tanh")
>>> recordings = [record(net, circuit.task, sequences=20, horizon=60, seed=0) for net in (linear, tanh)]
>>> found = find_periodic_orbits(linear, 3, recordings[0], count=8)
>>> found.continuum, round(compare_multipliers(found.found[0], circuit.spectrum()).error, 12)
(True, 0.0)

In the saturated one every stored pattern has its own orbit, which attracts. Its multipliers are not the eigenvalues to the third power, 1,
but small: a deviation is forgotten, and what is remembered is on which orbit the state is. The eigenvalues of Φ then relate orbits to each
other (the secant map), not the states near one of them:

>>> print(find_periodic_orbits(tanh, 3, recordings[1], count=40))
4 orbits whose period divides 3 (4 stable) from 40 of 40 starts; 0 slow from 0

Source: Kuznetsov, Elements of Applied Bifurcation Theory, chapters 1 and 10; the comparison is new.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import ArrayLike

from emt_theory.circuits import Spectrum
from emt_theory.errors import InvalidOption
from emt_theory.evidence.assignment import assign_values
from emt_theory.evidence.conventions import CONVENTIONS
from emt_theory.evidence.dynamics.domain import Domain, domain_of
from emt_theory.evidence.dynamics.kinks import one_sided
from emt_theory.evidence.dynamics.orbits import Ending, Orbit, Orbits
from emt_theory.evidence.dynamics.shooting import (
    ITERATIONS,
    Arrivals,
    Convergence,
    return_map,
    search_rests,
    search_returns,
)
from emt_theory.evidence.recording import Recording, require, require_recorded, require_sizes
from emt_theory.ground.absent import Absent
from emt_theory.ground.arguments import empty_array, integer, real, real_array
from emt_theory.ground.arguments import seed as checked_seed
from emt_theory.ground.arrays import Array
from emt_theory.ground.blas import one_blas_thread
from emt_theory.ground.json import Record
from emt_theory.networks import Network, StateSpace, state_space

_SAME = 1e-5
"""Two points closer than this part of the scale are one."""

_Group = tuple[Array, list[int]]
"""The states of an orbit, and the starts that ended on it."""

_DEGENERATE = 4.0
_RESOLVED = 1e-12


@one_blas_thread()
def find_periodic_orbits(
    net: Network,
    period: int,
    recording: Recording | None = None,
    starts: ArrayLike | None = None,
    count: int = 16,
    noise: float = 0.0,
    seed: int = 0,
    iterations: int = ITERATIONS,
) -> Orbits:
    """Find orbits of a period, or of a divisor of it, under free steps.

    Args:
        net: the network.
        period: n, at most 10,000. Time and accuracy of one step are those of a product of n Jacobians; of more, rounding exceeds what counts as 0.
        recording: what the network did, at t > 2s; starts are drawn from it, and orbits held against it. Its first sequences are used,
            about 8192 states.
        starts: states to start from, shape (K, S), instead of drawn ones. Without a recording and without starts they are uniform in (−1, 1)^S.
        count: how many starts are drawn, at most 1,000,000.
        noise: size of the noise added to drawn states, relative to their scale.
        seed: of the draw.
        iterations: the most steps for one start.

    Raises:
        InvalidNetwork: if `net` is no network, or the recording is of one with another state.
        InvalidOption: if a number is out of range, starts do not have shape (K, S), or the recording holds no finite, non-zero states at t > 2s.
    """
    space = state_space(net)
    require_sizes(period=period, count=count, iterations=iterations)
    # n steps round by n times 10⁻¹⁶, and a state comes back where it is 10⁻¹¹ away.
    integer("period", period, most=10_000)
    domain = require_domain(space, recording)
    begin = draw_starts(space, domain, count, noise, seed) if starts is None else _given(space, starts)
    return follow(space, begin, period, domain, iterations)


@dataclass(frozen=True)
class MultiplierComparison(Record):
    """The multipliers of an orbit of period p against the circuit's eigenvalues to the p-th power.

    Attributes:
        theory_count: the eigenvalues of Φ with |λ| above the modulus.
        count: the multipliers with |μ|^{1/p} above the modulus; None where the modulus to the p-th power is below what a product of p Jacobians
            resolves.
        error: mean |μ − λᵖ| over the best assignment of a multiplier to each such λ; None if there are fewer multipliers, or no such λ.
        radius_per_step: the largest |μ|^{1/p}; an upper bound where that μ is itself of the size of rounding, 1e-15.
        modulus: the modulus.
    """

    theory_count: int
    count: int | None
    error: float | None
    radius_per_step: float
    modulus: float

    def __str__(self) -> str:
        error = "" if self.error is None else f"; |μ − λ^p| is {self.error:.2g} on average"
        largest = f"the largest {self.radius_per_step:.4g}{error}"
        if self.count is None:
            return f"multipliers of {self.modulus:g} a step are lost in rounding; {largest}"
        return f"{self.count} of {self.theory_count} multipliers above {self.modulus:g} in modulus a step, {largest}"


def compare_multipliers(orbit: Orbit, theory: Spectrum, modulus: float = CONVENTIONS.modulus) -> MultiplierComparison:
    """Compare an orbit's multipliers with the circuit's eigenvalues to the p-th power.

    They agree in a linear circuit. In a saturated network they do not, and need not: see the module.
    """
    require(Orbit, orbit=orbit)
    require(Spectrum, theory=theory)
    exact, modulus = theory.eigenvalues(), real("modulus", modulus)
    wanted = exact[np.abs(exact) > modulus] ** orbit.period
    least = modulus**orbit.period
    count = int((np.abs(orbit.multipliers) > least).sum()) if least > _RESOLVED else None
    error = assign_values(orbit.multipliers, wanted).mean if 0 < len(wanted) <= len(orbit.multipliers) else None
    return MultiplierComparison(len(wanted), count, error, orbit.radius ** (1 / orbit.period), modulus)


def follow(space: StateSpace, starts: Array, period: int, domain: Domain | None, iterations: int) -> Orbits:
    """Search from the starts, merge what is the same, and measure what is left."""
    scale = domain.scale if domain else float(np.sqrt((starts**2).sum(axis=1).mean())) or 1.0
    seek = search_rests if period == 1 else partial(search_returns, period=period)
    search = seek(space, starts, scale=scale, iterations=iterations)
    arrived = {o: _merge(space, search, o, period, scale) for o in (Convergence.FOUND, Convergence.SLOW)}
    found, slow = ([_measure(space, *one, o, scale, domain) for one in groups] for o, groups in arrived.items())
    found.sort(key=lambda pair: -pair[0].starts)
    slow.sort(key=lambda pair: pair[0].q)
    index = {k: i for pairs in (found, slow) for i, (_, members) in enumerate(pairs) for k in members}
    endings = tuple(
        Ending(outcome, index.get(k), _relative(search.start_q[k], scale), _relative(search.q[k], scale))
        for k, outcome in enumerate(search.outcomes)
    )
    orbits = [orbit for orbit, _ in found]
    if space.odd:
        orbits = [replace(orbit, mirror=_mirror(orbit, orbits, scale)) for orbit in orbits]
    return Orbits(period, tuple(orbits), tuple(orbit for orbit, _ in slow), endings, search.states, scale)


def require_domain(space: StateSpace, recording: Recording | None) -> Domain | None:
    """The domain of a recording that fits.

    Raises:
        InvalidNetwork: if the recording is of a network with another state.
        InvalidOption: if it holds no finite, non-zero states in the settled window.
    """
    if recording is None:
        return None
    require_recorded(space.size, recording=recording)
    domain = domain_of(recording)
    if domain is None:
        raise InvalidOption(
            f"the recording holds no finite states other than 0 {_window_of(recording)}, of horizon "
            f"{recording.horizon}; record a longer or shorter horizon, or pass starts without a recording"
        )
    return domain


def _window_of(recording: Recording) -> str:
    after = recording.settled
    return f"in the settled window ({after})" if isinstance(after, Absent) else f"at t > {after}"


def draw_starts(space: StateSpace, domain: Domain | None, count: int, noise: float, seed: int) -> Array:
    """Recorded states with noise added; without a recording, states uniform in (−1, 1)^S."""
    if not 0 <= real("noise", noise) < np.inf:
        raise InvalidOption(f"noise must be at least 0 and finite; got {noise!r}")
    rng = np.random.default_rng(checked_seed(seed))
    empty_array(f"{count} starts of {space.size} numbers", count, space.size)
    if domain is None:
        return rng.uniform(-1, 1, size=(count, space.size))
    rows = rng.choice(len(domain.before), size=count, replace=count > len(domain.before))
    return domain.before[rows] + rng.normal(size=(count, space.size)) * (noise * domain.scale / np.sqrt(space.size))


def _given(space: StateSpace, starts: ArrayLike) -> Array:
    array = real_array("starts", starts, error=InvalidOption)
    if array.ndim != 2 or not len(array) or array.shape[1] != space.size:
        raise InvalidOption(f"starts must have shape (K, S), K ≥ 1 and S = {space.size}; got shape {array.shape}")
    return array


def _merge(space: StateSpace, search: Arrivals, outcome: Convergence, period: int, scale: float) -> list[_Group]:
    """The distinct orbits among those that ended so, each with the starts that ended there; the best closed one stands for all."""
    states, q = search.states, search.q
    ended = sorted((k for k, o in enumerate(search.outcomes) if o is outcome), key=lambda k: float(q[k]))
    distinct: list[_Group] = []
    for k in ended:
        for orbit, members in distinct:
            distance = float(np.linalg.norm(orbit - states[k], axis=1).min())
            if distance <= _SAME * scale or _is_one_zero(space, states[k], float(q[k]), distance, period, scale):
                members.append(k)
                break
        else:
            points = np.concatenate([states[k][None], space.free(states[k][None], period - 1)[0]])
            distinct.append((points[: _minimal_period(points, _SAME * scale)], [k]))
    return distinct


def _is_one_zero(space: StateSpace, state: Array, q: float, distance: float, period: int, scale: float) -> bool:
    """Whether a state may be as far as that from the zero at which its search ended.

    Where D is singular r grows with the cube of the distance only, as z − tanh z does, and is lost in rounding far from the zero. There r itself
    bounds the distance, and the slope σ_min(D) beside it is too small to tell.
    """
    length = float(np.sqrt(2 * q))
    if distance > _DEGENERATE * scale * np.cbrt(length / scale):
        return False
    product = return_map(space, state[None], period)[1][0]
    slope = float(np.linalg.svd(product - np.eye(space.size), compute_uv=False)[-1])
    return slope * distance <= 2 * _DEGENERATE * length


def _minimal_period(points: Array, same: float) -> int:
    """The smallest divisor p of n with z_{1+p} = z_1."""
    n = len(points)
    return next((p for p in range(1, n) if n % p == 0 and np.linalg.norm(points[p] - points[0]) <= same), n)


def _measure(
    space: StateSpace, states: Array, members: list[int], outcome: Convergence, scale: float, domain: Domain | None
) -> tuple[Orbit, list[int]]:
    after, product = return_map(space, states[:1], len(states))
    r, multipliers = after[0] - states[0], np.linalg.eigvals(product[0]).astype(np.complex128)
    length = float(np.linalg.norm(r))
    orbit = Orbit(
        states=states,
        multipliers=multipliers[np.argsort(-np.abs(multipliers), kind="stable")],
        q=length**2 / 2,
        residual=length / scale,
        error=None,
        starts=len(members),
        slow=outcome is Convergence.SLOW,
        validity=domain.measure(space, states) if domain else None,
        one_sided=one_sided(space, states),
    )
    if orbit.isolated and not orbit.slow:
        step = np.linalg.solve(product[0] - np.eye(space.size), r)
        orbit = replace(orbit, error=float(np.linalg.norm(step)) / scale)
    return orbit, members


def _mirror(orbit: Orbit, others: list[Orbit], scale: float) -> int | None:
    distances = [np.linalg.norm(other.states + orbit.state, axis=1).min() for other in others]
    return next((i for i, d in enumerate(distances) if d <= _SAME * scale), None)


def _relative(q: float, scale: float) -> float | None:
    return float(np.sqrt(2 * q) / scale) if np.isfinite(q) else None
