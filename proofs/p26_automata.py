"""P26, automata: an input at every step, one unit for each state and letter, or steps on a code of the states."""

from .claims import identity, nonnegative
from .proof import GENERAL, Proof, Saboteur, argued, checked

PROOF = Proof(
    "P26",
    GENERAL,
    (
        argued(
            "Pairs. Claim, by induction over t ≥ 1: unit (q, a) is 1 if the machine was in q before step t and read "
            "a, and 0 else. So of all units one is 1."
        ),
        argued(
            "Let L be the sum over the units that lead to q: for t ≥ 2 it is 1 if the machine is in q before the "
            "step, and 0 else, by the claim at t − 1."
        ),
        checked(
            "For the start the sum S over the units that lead elsewhere says the same: L + S = 1, so 1 − S = L.",
            identity("1 - S", "L", given={"S": "1 - L"}),
        ),
        checked(
            "At t = 1 all units are 0: L = 0, and for the start 1 − S = 1, as it should be: it is the state before.",
            identity("1 - S", "1", given={"S": "0"}),
        ),
        checked(
            "Let i be the number of symbols of a letter of c that agree with a's, an affine function of its codeword. "
            "Where the state is q and the letter is a, the sum is 1 + c − c = 1;",
            identity("L + i - c", "1", given={"L": "1", "i": "c"}),
        ),
        checked(
            "where the letter is not, i ≤ c − 1 and L ≤ 1, and the sum is at most 0: −(L + i − c) = (1 − L) + (c − 1 − i);",
            nonnegative("-(L + i - c)", ["1 - L", "c - 1 - i"], [("1", [0]), ("1", [1])]),
        ),
        checked(
            "where the state is not, L = 0 and i ≤ c: −(0 + i − c) = c − i.",
            nonnegative("-(i - c)", ["c - i"], [("1", [0])]),
        ),
        argued("relu makes 1 of 1, and 0 of what is at most 0. That is the claim at t; N = |Q| |Σ|."),
        argued(
            "What is shown on the way from q by a is a function of the unit that is 1: with its codeword for a column, the read-out shows it."
        ),
        argued(
            "Code. Bit b of the next state is a function of p = (z(t−1), x(t)); along an integer direction w of these "
            "it changes its sign at θ_1 < … < θ_j, midpoints with |w·p − θ_i| ≥ 1. If p are ±1 they are integers as in P23; else 2 p is taken."
        ),
        argued(
            "Claim, by induction over t ≥ 0: the virtual bit z_b = Σ σ φ + (κ_b − s_b) k + s_b is that of the state."
        ),
        checked(
            "At t = 0 all units are 0, k too: z_b = s_b, the start's.",
            identity("(K - s)*k + s", "s", given={"k": "0"}),
        ),
        checked(
            "For t ≥ 1, k = clip(1) = 1, so z_b = Σ σ φ + κ_b.",
            identity("(K - s)*k + s", "K", given={"k": "1"}),
        ),
        argued(
            "φ_i = clip(w·p − θ_i) is −1 below θ_i and 1 above, since w·p is made of the bits before, which are right. Below "
            "all thresholds Σ σ φ = −Σ σ, and κ_b = the lowest value + Σ σ."
        ),
        checked(
            "So z_b is there the lowest value l;",
            identity("-T + K", "l", given={"K": "l + T"}),
        ),
        checked(
            "above one more threshold a value v becomes v + 2σ; as σ = −v there, it becomes −v,",
            identity("v + 2*sigma", "-v", given={"sigma": "-v"}),
        ),
        argued(
            "and so does the bit: σ alternates from −l. That is the claim at t; N = Σ_b j_b + 1, and what is shown, where it is "
            "affine in the units, takes no more."
        ),
    ),
    Saboteur(
        "Without the constant unit z_b is right at t = 0 and for t ≥ 1.",
        identity("T + s", "T + K", scalars=("T", "s", "K")),
    ),
)
