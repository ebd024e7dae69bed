"""P16, the phase gate: told when the inputs end, ReLU units have every linear task exactly.

A number is a pair, v = relu(v) − relu(−v). Let the extra input p be 1 during the input phase. The newest block is written by two pairs,

    relu(f − Mp) − relu(−f − Mp)  +  relu(u) − relu(−u),       f = Σ_k F_k (block k),

the first of which is closed while p = 1 and |f| ≤ M, the second silent when u = 0. There is no bound on what comes after the input phase.
Tasks that stay within ±B need no pairs: v + B ≥ 0 passes through relu as it is.
"""

from fractions import Fraction

from emt_theory.tasks import from_matrix
from emt_theory.testing import networks

from .claims import identity, nonnegative, runs
from .proof import GENERAL, Proof, Saboteur, argued, checked, example

_FIBONACCI = from_matrix([[1, 1]], name="fibonacci")
_ROTATION = from_matrix([[0, -1, "1/2", 0], [1, 0, 0, "-1/2"]], name="growing")
_HALVES = from_matrix([["1/2", "-1/2"]], name="halves")

PROOF = Proof(
    "P16",
    GENERAL,
    (
        checked("relu(x) − relu(−x) = x: for x ≥ 0 it is x − 0,", identity("x - 0", "x")),
        checked("for x ≤ 0 it is 0 − (−x).", identity("0 - (-x)", "x")),
        argued(
            "Claim: after step t block k holds u(t−s+k) where t − s + k ≥ 1, and 0 before; base h(0) = 0. A shift is relu(v) "
            "and relu(−v) of the next block."
        ),
        argued("t ≤ s, p = 1: as in P13 block 1 is still empty, so |f| ≤ ρ'U with |u| ≤ U."),
        checked(
            "Both gates are closed: M ∓ f = (M − ρ'U) + (ρ'U ∓ f) ≥ 0, so relu(±f − M) = 0 and the newest block is u.",
            nonnegative("M - f", ["M - r*U", "r*U - f"], [("1", [0]), ("1", [1])]),
        ),
        argued("t > s, p = 0 and u = 0: the newest block is relu(f) − relu(−f) = f = u(t), however large."),
        checked(
            "Units: 2d for each of s − 1 old blocks and 4d for the newest make 2d(s+1).",
            identity("2*d*(s - 1) + 4*d", "2*d*(s + 1)", scalars=("s", "d")),
        ),
        checked("144 at s = d = 8.", identity("2*8*(8 + 1)", "144")),
        argued(
            "Bounded tasks, |u(t)| ≤ B for all t: a unit holds v + B, and h(0) = 0 means v = −B, so |f| ≤ ρB always. The newest block is "
            "relu(f + B − Mp) + relu(u + Bp) − B."
        ),
        checked(
            "p = 1: M − (f + B) = (M − (1+ρ)B) + (ρB − f) ≥ 0, so the first unit is 0; the second is u + B:",
            nonnegative("M - (f + B)", ["M - (1 + r)*B", "r*B - f"], [("1", [0]), ("1", [1])]),
        ),
        checked(
            "0 + (u + B) − B = u; p = 0: u = 0, the second unit is 0, and (f + B) + 0 − B = f = u(t), as f + B ≥ 0.",
            identity("0 + (u + B) - B", "u"),
        ),
        checked("Units: (s−1)d + 2d = n + d.", identity("(s - 1)*d + 2*d", "s*d + d", scalars=("s", "d"))),
        example("Fibonacci's values, on all inputs, 30 scored steps", runs(_FIBONACCI, networks.gated(_FIBONACCI), 30)),
        example("s = d = 2, values that grow", runs(_ROTATION, networks.gated(_ROTATION), 20)),
        example(
            "u(t) = ½u(t−2) − ½u(t−1) on n + d = 3 units", runs(_HALVES, networks.gated_with_biases(_HALVES, 1), 20)
        ),
    ),
    Saboteur(
        "M = ρ'U/2 closes the gate.",
        runs(_FIBONACCI, networks.gated(_FIBONACCI, threshold=Fraction(1, 2)), 2),
    ),
)
