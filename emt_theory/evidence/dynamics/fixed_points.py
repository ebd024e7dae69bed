r"""Fixed points and slow points of a network's free map.

A fixed point is a state that a free step leaves where it is, f(z*, 0) = z*. Near it the network is its Jacobian, z ↦ z* + J(z*)(z − z*),
and the eigenvalues of J(z*) say whether it attracts. A slow point is a state where q(z) = ½‖f(z, 0) − z‖² has a minimum that is no zero:
the network lingers there.

Both are sought from many starts at once (see `shooting`): recorded states with some noise, states from all over the range that σ allows, and 0. The
wide ones fill that range evenly (a shifted Sobol sequence); recorded ones alone find what lies near the memory, a third to a half of the 27 fixed
points of three neurons with weight 2. Duplicates are merged and counted; what did not arrive is counted too, with where it ended. A fixed point at
which 1 is an eigenvalue of J need not be isolated. One neuron with weight 2 has three:

>>> from emt_theory.networks import ElmanRNN
>>> found = find_fixed_points(ElmanRNN(W_hh=[[2]], W_uh=[[1]], W_hy=[[1]]), count=20)
>>> for point in sorted(found.found, key=lambda point: point.state[0]):
...     print(point.state.round(4), point)
[-0.9575] stable fixed point: 0 of 1 multipliers outside the unit circle, the largest 0.1664
[0.] unstable fixed point: 1 of 1 multipliers outside the unit circle, the largest 2
[0.9575] stable fixed point: 0 of 1 multipliers outside the unit circle, the largest 0.1664
>>> found.counts["found"], found.counts["merged"]
(21, 18)

Whether a fixed point explains anything about a network depends on whether its states come near: `validity` says how near, and how well the
linearization there predicts the next recorded state.

Source: Sussillo & Barak, Neural Computation 25 (2013).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from emt_theory.errors import InvalidOption
from emt_theory.evidence.dynamics.domain import Domain
from emt_theory.evidence.dynamics.orbits import Orbits
from emt_theory.evidence.dynamics.periodic_orbits import draw_starts, find_periodic_orbits, follow, require_domain
from emt_theory.evidence.dynamics.shooting import ITERATIONS
from emt_theory.evidence.recording import Recording, require_sizes
from emt_theory.ground.arguments import empty_array, real
from emt_theory.ground.arguments import seed as checked_seed
from emt_theory.ground.arrays import Array
from emt_theory.ground.blas import one_blas_thread
from emt_theory.networks import Network, StateSpace, state_space


@one_blas_thread()
def find_fixed_points(
    net: Network,
    recording: Recording | None = None,
    starts: ArrayLike | None = None,
    count: int = 192,
    noise: float = 0.1,
    wide: float = 2 / 3,
    seed: int = 0,
    iterations: int = ITERATIONS,
) -> Orbits:
    """Find the fixed points and slow points of free steps.

    Args:
        net: the network.
        recording: what the network did, in the settled window; starts are drawn from it, and fixed points held against it. Its first sequences
            are used, about 8192 states.
        starts: states to start from, shape (K, S), instead of drawn ones and 0.
        count: how many starts are drawn, at most 1,000,000, besides 0.
        noise: size of the noise added to recorded states, relative to their scale.
        wide: the part of the starts that is drawn from everywhere, 0 to 1; without a recording all are. Everywhere is |z_i| ≤ sup |σ|, or twice
            the largest recorded one, or 1.
        seed: of the draw.
        iterations: the most steps for one start.

    Raises:
        InvalidNetwork, InvalidOption: as `find_periodic_orbits`.
    """
    if starts is not None:
        return find_periodic_orbits(net, 1, recording, starts, iterations=iterations)
    space = state_space(net)
    require_sizes(count=count, iterations=iterations)
    domain = require_domain(space, recording)
    if not 0 <= real("wide", wide) <= 1:
        raise InvalidOption(f"wide must be a part of the starts, from 0 to 1; got {wide!r}")
    spread = count if domain is None else round(wide * count)
    near = draw_starts(space, domain, count - spread, noise, seed)
    begin = [near, _draw_wide(space, domain, spread, seed), np.zeros((1, space.size))]
    return follow(space, np.concatenate(begin), 1, domain, iterations)


def _draw_wide(space: StateSpace, domain: Domain | None, count: int, seed: int) -> Array:
    """States that fill the range of the network evenly."""
    from scipy.stats.qmc import Sobol

    empty_array(f"{count} starts of {space.size} numbers", count, space.size)
    if not count:
        return np.empty((0, space.size))
    known = 1.0 if domain is None else 2 * float(np.abs(domain.before).max())
    reach = space.net.reach()
    # A power of 2 of them, since what is even about a Sobol sequence is its first 2^k points; a shift on the torus keeps that.
    even = Sobol(space.size, scramble=False).random_base2(int(np.ceil(np.log2(count))))[:count]
    points = (even + np.random.default_rng(checked_seed(seed)).uniform(size=space.size)) % 1
    return (2 * points - 1) * np.where(np.isfinite(reach), reach, known)
