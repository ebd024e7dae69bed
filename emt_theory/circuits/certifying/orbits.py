r"""A tanh or sigmoid network, trained or not, that has a task for all inputs and all t: balls that are led into each other (P27).

The memory of a task on q^n ≤ 4096 states ends on cycles; let R be the states on them and G the step. Around a centre p_k for each k ∈ R let B_k
be the ball of radius r in the maximum norm. With

    A_k = D(σ'(W p_k + b)) W,      ρ ≥ |σ(W p_k + b) − p_{Gk}|_∞,      n(k, l) ≥ ‖A_{G^{l−1}k} ⋯ A_k‖_∞,      n(k, 0) = 1,

and Taylor's remainder, |σ(z + δ) − σ(z) − σ'(z) δ| ≤ ½ C δ² with C = sup |σ''|, states that begin within r of p_k are after j steps within r_j(k) of
p_{G^j k}, by induction over j:

    r_0 = r,      r_j(k) = n(k, j) r + Σ_{t<j} n(G^{t+1} k, j − t − 1) (½ C (‖W‖_∞ r_t(k))² + ρ).

If r_m(k) ≤ r for all k, and the read-out tells the symbol of G^j k apart on all these balls for j ≤ m, a network that is once in the ball of its
task state is right for ever. That it gets there is seen by running it, in ball arithmetic, on all q^n inputs; every output on the way is checked.

This is about exact arithmetic. *Float64* is another network: each step adds up to (N + 8) 2⁻⁵⁰ max(1, ‖W_i‖₁ + |b_i|) to ρ, and the way into the
balls is that of the program itself, whose own numbers are tested. What is claimed of it holds for the program as it was run here: its BLAS and its
library's tanh, all inputs in one batch.

The norms n are computed in float64, with what rounding can add (Higham, Accuracy and Stability of Numerical Algorithms, §3.5):
|fl(A P) − A P| ≤ γ_N |A| |P|. Let P_l be what is computed for the product of l Jacobians, each off by at most α in norm. Then P_{l+1} = A P_l +
Δ_l with ‖Δ_l‖ ≤ (α + γ_N ‖W‖) ‖P_l‖ =: δ_l, so that n(k, l) = ‖P_l‖ + Σ_{t<l} n(G^{t+1} k, l − t − 1) δ_t serves.

Source: new, P27, proved in `proofs/`.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import flint
import numpy as np

from emt_theory.circuits.certifying.enclosed import System
from emt_theory.circuits.certifying.entry import enter, entry_times, rounding_covered
from emt_theory.circuits.certifying.orbit_balls import GRID, KEPT, Balls
from emt_theory.circuits.certifying.result import NotProved, Proof
from emt_theory.errors import InvalidNetwork, InvalidTask
from emt_theory.networks import ExactRNN
from emt_theory.networks.activations import Activation, activation
from emt_theory.tasks import LinearTask, as_finite
from emt_theory.tasks.finite.task import FiniteTask

MOST_STATES, MOST_COMPONENTS, MOST_SYMBOLS = 4096, 12, 64
_BITS = 160


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
        entered = entry_times(system, balls.centres, radius)
    # In balls an error grows by ‖W‖ in each step.
    bits = _BITS + math.ceil((finite.num_variables + int(entered.max())) * math.log2(max(2.0, system.size)))
    with flint.ctx.workprec(bits):
        room = min(room, enter(System.of(twin, runner, sigma, finite), balls.centres, radius, entered))
    margin = Fraction(room * KEPT)
    claims: dict[str, Any] = {
        "radius": str(Fraction(radius)),
        "steps": balls.steps,
        "centres": [[int(v) for v in row] for row in np.rint(balls.centres * GRID)],
        "entered": entered.tolist(),
        "bits": bits,
        "tolerance": str(margin),
        "rounding": rounding_covered(balls, radius, entered),
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
    if finite.alphabet.size > MOST_SYMBOLS:
        raise NotProved(f"at most {MOST_SYMBOLS} symbols are told apart; the task has {finite.alphabet.size} (P27)")
    if finite.components > MOST_COMPONENTS or finite.states > MOST_STATES:
        count = f"{finite.alphabet.size}^{finite.components}"
        raise NotProved(
            f"balls are laid around single states, of at most {MOST_STATES} with {MOST_COMPONENTS} components; "
            f"the task has {count} (P27)"
        )
    return sigma, finite
