"""P13, the saturating write: clip makes the input win.

Each component has its own neuron, σ = clip(·, −1, 1), and the input comes with a gain g. While inputs come, the newest neuron sees g u + f,
where f is what Φ feeds back; |f| ≤ ρ' because the oldest block is still empty; so |g u + f| ≥ 1 with the sign of u, and clip gives u
itself. Afterwards it sees f alone, and |f| ≤ ρ ≤ 1 passes unchanged. No step depends on s or d: sizes enter through the row norms only.
"""

from emt_theory.tasks import from_matrix
from emt_theory.testing import networks

from .claims import nonnegative, runs
from .proof import GENERAL, Proof, Saboteur, argued, checked, example

_MIXED = from_matrix([["1/2", 0, "-1/4", "1/4"], [0, "-1/3", 0, "2/3"]], name="mixed")
_HOLD = from_matrix([[0, 1]], name="hold")

PROOF = Proof(
    "P13",
    GENERAL,
    (
        argued(
            "Claim: after step t the neuron of block k holds u(t−s+k) where t − s + k ≥ 1, and 0 before. h(0) = 0 is the base."
        ),
        argued("Shift: clip(v) = v for |v| ≤ 1, which all these values satisfy, by the claim and |u| ≤ 1."),
        checked(
            "One term of the feedback: |F v| ≤ |F| for |v| ≤ 1; with p = |F|, p − p v = p (1 − v).",
            nonnegative("p - p*v", ["p", "1 - v"], [("1", [0, 1])]),
        ),
        checked("and p + p v = p (1 + v).", nonnegative("p + p*v", ["p", "1 + v"], [("1", [0, 1])])),
        argued(
            "At step t ≤ s block 1 of the state before holds u(t−s), which is 0 as t − s ≤ 0: by the triangle inequality |f| ≤ ρ' (r below)."
        ),
        checked(
            "Input u = 1: g + f − 1 = (g − 1 − ρ') + (ρ' + f) ≥ 0, so clip(g + f) = 1.",
            nonnegative("g + f - 1", ["g - 1 - r", "r + f"], [("1", [0]), ("1", [1])]),
        ),
        checked(
            "Input u = −1: −1 − (f − g) = (g − 1 − ρ') + (ρ' − f) ≥ 0, so clip(f − g) = −1.",
            nonnegative("-1 - (f - g)", ["g - 1 - r", "r - f"], [("1", [0]), ("1", [1])]),
        ),
        checked(
            "Step t > s: 1 − f = (1 − ρ) + (ρ − f) ≥ 0, so f is not clipped from above,",
            nonnegative("1 - f", ["1 - r", "r - f"], [("1", [0]), ("1", [1])]),
        ),
        checked(
            "nor from below; it is u(t), and |u(t)| ≤ 1 again.",
            nonnegative("1 + f", ["1 - r", "r + f"], [("1", [0]), ("1", [1])]),
        ),
        checked(
            "ρ ≤ 1 is needed: choose u(1), …, u(s) as the signs of a row with norm ρ > 1; then |u(s+1)| = ρ, and ρ − |y| = (ρ − "
            "1) + (1 − |y|) > 0.",
            nonnegative("r - y", ["r - 1", "1 - y"], [("1", [0]), ("1", [1])], strict=[0]),
        ),
        argued(
            "Ψ a signed permutation: clip is odd and acts on single neurons, so clip(Ψx) = Ψ clip(x), and Ψ cancels as in P05."
        ),
        example(
            "s = d = 2 with entries ½, ¼, ⅓, ⅔: exact on all inputs, 20 scored steps",
            runs(_MIXED, networks.saturating(_MIXED), 20),
        ),
    ),
    Saboteur(
        "g = 1 + ρ'/2 is enough: u(t+1) = u(t), s = 2, g = 3/2.",
        runs(_HOLD, networks.saturating(_HOLD, 1 + networks.row_norm(_HOLD.F, 1) / 2), 2),
    ),
)
