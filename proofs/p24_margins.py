"""P24, margins: tanh units stay near ±1, and how far weights may be off.

Copies in ±[1−ε, 1], features in ±[1−η, 1]; the newest block is a sum of m features, of which (m+1)/2 have the right
sign. Each bound below is the least that a pre-activation can be; artanh says what that makes of the unit.
"""

from .claims import identity, nonnegative
from .proof import GENERAL, Proof, Saboteur, argued, checked, standard

_FEATURE = "be*v - d1 - d2 - d3 - (be*(1 - Do*ep - Dn*mu*et) - de)"

PROOF = Proof(
    "P24",
    GENERAL,
    (
        argued(
            "Claim, by induction: features lie in ±[1−η, 1] and copies whose time has come in ±[1−ε, 1], with "
            "P23's signs."
        ),
        argued(
            "The newest value, times its sign, is P − M − a + b: P = (m+1)/2 features have the sign of their "
            "share and M = (m−1)/2 the other one; a ≤ Pη and b ≤ Mη is what they lack. P − M = 1, and μ = P."
        ),
        checked(
            "So it is at least 1 − μη: 1 − a + b − (1 − μη) = (μη − a) + b,",
            nonnegative("1 - a + b - (1 - mu*et)", ["mu*et - a", "b"], [("1", [0]), ("1", [1])]),
        ),
        checked(
            "and at most 1 + (m−1)η/2: with k = (m−1)/2, 1 + kη − (1 − a + b) = (kη − b) + a.",
            nonnegative("1 + k*et - (1 - a + b)", ["k*et - b", "a"], [("1", [0]), ("1", [1])]),
        ),
        checked("As (m−1)/2 ≤ (m+1)/2 it is within μη of ±1.", identity("mu - k", "1", given={"mu": "k + 1"})),
        checked(
            "Features: at ±1 the sum is β v, v ≥ 1 (P23). Older slots take at most d1 ≤ βD_oε, the newest d2 ≤ "
            "βD_nμη, errors of the row d3 ≤ δ, since |h| ≤ 1 and |x| ≤ 1. What is left is at least β(1 − D_oε − "
            "D_nμη) − δ.",
            nonnegative(
                _FEATURE,
                ["be", "v - 1", "be*Do*ep - d1", "be*Dn*mu*et - d2", "de - d3"],
                [("1", [0, 1]), ("1", [2]), ("1", [3]), ("1", [4])],
            ),
        ),
        checked(
            "Copies of the newest: α y − d3 with y ≥ 1 − μη is at least α(1 − μη) − δ;",
            nonnegative(
                "al*y - d3 - (al*(1 - mu*et) - de)", ["al", "y - (1 - mu*et)", "de - d3"], [("1", [0, 1]), ("1", [2])]
            ),
        ),
        checked(
            "of older slots, y ≥ 1 − ε: at least α(1 − ε) − δ.",
            nonnegative(
                "al*y - d3 - (al*(1 - ep) - de)", ["al", "y - (1 - ep)", "de - d3"], [("1", [0, 1]), ("1", [2])]
            ),
        ),
        checked(
            "Writes: the feedback is at most F = β(D_o + D_n(1 + (m−1)η/2) + |θ|), errors at most δ. With z = "
            "artanh(1−η), g + f − d3 − z = (g − F − δ − z) + (F + f) + (δ − d3).",
            nonnegative("g + f - d3 - z", ["g - F - de - z", "F + f", "de - d3"], [("1", [0]), ("1", [1]), ("1", [2])]),
        ),
        standard(
            "tanh is increasing and tanh(artanh m) = m, 0 ≤ m < 1: a pre-activation of at least artanh m gives "
            "a unit of at least m."
        ),
        argued(
            "The four inequalities of the theorem say that these bounds are at least artanh(1−η) or "
            "artanh(1−ε). That is the claim at t + 1, and every shown number has its sign with |y| ≥ 1 − μη, "
            "less what the read-out's row is off."
        ),
        argued(
            "Hard tanh with gain γ: a unit is exactly ±1 if its pre-activation is 1 or more. If every unit is "
            "moved by at most r, a feature has at least γ − γ(D_o + D_n m) r and a copy at least γ − γ m r."
        ),
        checked(
            "With D r ≤ 1 − 1/γ, that is γ D r ≤ γ − 1: γ − γ D r − 1 ≥ 0. So the next state is exact again.",
            nonnegative("g - g*D*r - 1", ["g - 1 - g*D*r"], [("1", [0])]),
        ),
        argued("Rounding moves a pre-activation as an error of its row does: it goes into δ."),
    ),
    Saboteur(
        "The newest value is at least 1 − η, however many features it has.",
        nonnegative("1 - a + b - (1 - et)", ["mu*et - a", "b"], [("1", [0]), ("1", [1])]),
    ),
)
