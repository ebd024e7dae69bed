r"""Fixed points and slow points of a network's free map.

A fixed point is a state that a free step leaves where it is, f(z*, 0) = z*. Near it the network is its Jacobian, z ↦ z* + J(z*)(z − z*),
and the eigenvalues of J(z*) say whether it attracts. A slow point is a state where q(z) = ½‖f(z, 0) − z‖² has a minimum that is no zero:
the network lingers there.

Both are sought from many starts at once (see `shooting`): recorded states with some noise, and 0. Duplicates are merged and counted; what
did not arrive is counted too, with where it ended. A fixed point at which 1 is an eigenvalue of J need not be isolated. One neuron with
weight 2 has three:

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

from emt_theory.evidence.dynamics.orbits import Orbits
from emt_theory.evidence.dynamics.periodic_orbits import draw_starts, find_periodic_orbits, follow, require_domain
from emt_theory.evidence.dynamics.shooting import ITERATIONS
from emt_theory.evidence.recording import Recording, require_sizes
from emt_theory.ground.blas import one_blas_thread
from emt_theory.networks import Network, state_space


@one_blas_thread()
def find_fixed_points(
    net: Network,
    recording: Recording | None = None,
    starts: ArrayLike | None = None,
    count: int = 64,
    noise: float = 0.1,
    seed: int = 0,
    iterations: int = ITERATIONS,
) -> Orbits:
    """Find the fixed points and slow points of free steps.

    Args:
        net: the network.
        recording: what the network did, at t > 2s; starts are drawn from it, and fixed points held against it. Its first sequences are
            used, about 8192 states.
        starts: states to start from, shape (K, S), instead of drawn ones and 0. Without a recording and without starts they are uniform in
            (−1, 1)^S, and 0.
        count: how many starts are drawn, at most 1,000,000, besides 0.
        noise: size of the noise added to drawn states, relative to their scale.
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
    drawn = draw_starts(space, domain, count, noise, seed)
    return follow(space, np.concatenate([drawn, np.zeros((1, space.size))]), 1, domain, iterations)
