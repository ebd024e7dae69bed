r"""Left intertwining: the decoder that turns the network's step into the circuit's.

If the state holds the memory, decoding and stepping commute: `X A = Φ_p X`, and reading the newest block is the network's read-out,
`C_p X = W_hy`. Both can hold only where the states are, so X minimizes

    ‖(X A − Φ_p X) S^{1/2}‖² + ‖(C_p X − W_hy) S^{1/2}‖²,      S = E[(h − μ)(h − μ)ᵀ] at t > s,

A = D W_hh the statistical gain linearization; a network of another kind has no such gain, and A is the secant map. No label is used: the theory's Φ_p
takes the place of the true variables. X is determined, because the rows C_pΦ_p^j, j < s, cover every persistent component. S covers the whole output
phase: during its first steps the components that are not persistent still hold something else, which is what tells a component from its copies; A
is fitted after that, at t > 2s.

With S = R Rᵀ and Z = X R, B = R⁺AR this is ‖Z B − Φ_p Z‖² + ‖C_p Z − W_hy R‖²; see `emt_theory.evidence.memories.intertwiner`. The size of
S does not matter, as Z B, Φ_p Z and W_hy R all scale with it; its largest eigenvalue is taken as 1.

A small residual alone shows little, since X was made to have it. It is to be held against the residual for a theory with one sign flipped, on
the same network.

Source: new.
"""

from __future__ import annotations

from functools import partial

from emt_theory.errors import InvalidOption
from emt_theory.evidence.conventions import CONVENTIONS
from emt_theory.evidence.linearize import Linearization, Transitions
from emt_theory.evidence.memories.estimate import NOT_AFFINE, Estimate
from emt_theory.evidence.memories.intertwiner import intertwiner
from emt_theory.evidence.memories.persistent import Persistent
from emt_theory.evidence.memories.regression import Labelled, checked_given, label, recovered_map
from emt_theory.evidence.recording import Recording, require
from emt_theory.ground.absent import Absent
from emt_theory.ground.arguments import real_array
from emt_theory.ground.arrays import Array

_NULL_PRECISION = 1e-5  # the null's residual is large, and moves in its fifth digit at most
_QUICK, _QUICK_ITERATIONS = 1e-5, 200


def intertwine(
    readout: Array | None,
    persistent: Persistent,
    linear: Linearization | Absent,
    pairs: Transitions | Absent,
    fit: Recording,
    tolerance: float = CONVENTIONS.rank_tolerance,
) -> Estimate | Absent:
    """The left intertwining decoder of a network for a circuit.

    Args:
        readout: W_hy, shape (d, N); None where the read-out is not affine.
        persistent: Φ_p and C_p.
        linear: the linearization A, normally `linearize_gain(net, fit)`.
        pairs: the recording's transitions at t > s, for S; or the reason why there are none.
        fit: the recording, for μ and Ψ.
        tolerance: directions of the states below this fraction of the largest singular value are not used.
    """
    if not isinstance(linear, Absent):
        require(Linearization, linear=linear)
    tolerance = checked_given(persistent, pairs, fit, tolerance)
    size = fit.states.shape[2]
    readout = None if readout is None else real_array("readout", readout, (persistent.dim, size), InvalidOption)
    return intertwiner_of(readout, persistent, linear, pairs, label(persistent, fit), tolerance)


def intertwiner_of(
    readout: Array | None,
    persistent: Persistent,
    linear: Linearization | Absent,
    pairs: Transitions | Absent,
    labelled: Labelled | Absent,
    tolerance: float = CONVENTIONS.rank_tolerance,
    quick: bool = False,
) -> Estimate | Absent:
    """As `intertwine`, with the recording's states beside the true variables, of which only μ, m̄ and Ψ are used.

    Quick: within a bound of iterations, to five digits, and without the null.
    """
    if readout is None:
        return Absent(NOT_AFFINE)
    if isinstance(pairs, Absent) or isinstance(linear, Absent) or isinstance(labelled, Absent):
        return next(part for part in (pairs, linear, labelled) if isinstance(part, Absent))
    rank = pairs.rank(tolerance)
    directions, sizes = pairs.right[:rank], pairs.singular[:rank] / pairs.singular[0]
    step = (directions @ linear.matrix @ directions.T) * sizes / sizes[:, None]
    seen = (readout @ directions.T) * sizes
    bounded = partial(intertwiner, precision=_QUICK, iterations=_QUICK_ITERATIONS) if quick else intertwiner
    found = bounded(step, persistent.phi, persistent.read, seen)
    null = None if quick else intertwiner(step, _flipped(persistent), persistent.read, seen, _NULL_PRECISION)
    ended = found.converged and (null is None or null.converged)
    return Estimate(
        "intertwining",
        (found.matrix / sizes) @ directions,
        labelled.encoder,
        pairs.center,
        labelled.offset,
        recovered_map(found.matrix, step),
        found.residual,
        None if null is None else null.residual,
        None if ended else f"least squares did not converge in {found.iterations} iterations",
    )


def _flipped(persistent: Persistent) -> Array:
    """Φ_p with the sign of its first write flipped that is not 0."""
    phi = persistent.phi.copy()
    row = next(i for i in persistent.writes if phi[i].any())
    phi[row] *= -1
    return phi
