"""P29, attention's step: what all tokens weigh that are not asked for most."""

from .claims import identity, nonnegative
from .proof import GENERAL, Proof, Saboteur, argued, checked, example, standard

PROOF = Proof(
    "P29",
    GENERAL,
    (
        argued(
            "Let c be the newest token, a the token of the window with the largest M[a, c], which is one token because "
            "entries of a column differ, and y = e^{−βg}. On one-hot tokens the scores are β M[a_i, c]. A token and the "
            "places that hold it have equal weights."
        ),
        standard("exp is increasing, and softmax does not change if all scores are moved alike."),
        argued(
            "So divide by the weight of a: the k ≥ 1 places that hold a weigh 1 each, and each other place at most y, "
            "as M[a_i, c] ≤ M[a, c] − g. Let X be what the s − k others weigh: 0 ≤ X ≤ (s − k) y."
        ),
        checked(
            "With S = s − 1, X ≤ S y: S y − X = ((S − k + 1) y − X) + (k − 1) y.",
            nonnegative("S*y - X", ["(S - k + 1)*y - X", "k - 1", "y"], [("1", [0]), ("1", [1, 2])]),
        ),
        checked(
            "Their share X/(k + X) is at most S y: S y (k + X) − X = (S y − X) + S y (k − 1) + S y X.",
            nonnegative(
                "S*y*(k + X) - X", ["S*y - X", "S", "y", "k - 1", "X"], [("1", [0]), ("1", [1, 2, 3]), ("1", [1, 2, 4])]
            ),
        ),
        argued(
            "V makes one-hot tokens of one-hot tokens, so a number of u is the share of the tokens that become it. That "
            "of V a is 1 less the share of others that do not become V a; any other one is the share of some of the "
            "others. Both are off from those of V a by no more than the share of all others."
        ),
        example(
            "It is nearly reached: with one place for a and S others at the distance g it is x/(1 + x), x = S y, which "
            "is x less x²/(1 + x), r = 1/(1 + x).",
            identity("x*r", "x - x*x*r", given={"x*r": "1 - r"}),
        ),
        argued("For β → ∞ the bound goes to 0, and u to V a: the hard limit is the finite task."),
    ),
    Saboteur(
        "The bound needs no place that holds a: k ≥ 0.",
        nonnegative(
            "S*y*(k + X) - X", ["S*y - X", "S", "y", "k", "X"], [("1", [0]), ("1", [1, 2, 3]), ("1", [1, 2, 4])]
        ),
    ),
)
