"""P25, alphabets: codes of ±1 make any rule a rule on ±1, and a polygon shows symbols as numbers."""

from .claims import identity, nonnegative
from .proof import GENERAL, Proof, Saboteur, argued, checked

PROOF = Proof(
    "P25",
    GENERAL,
    (
        argued(
            "Codes: one-hot and thermometer show a symbol by numbers of ±1, different for different symbols. "
            "Every number of the next variable is then a function of the numbers of the memory, given on "
            "codewords only; P23 and P24 look at it on codewords only, because by their induction the register "
            "holds nothing else from t = s on."
        ),
        argued(
            "Numbers: let v = w·x determine f, at the values v_0 < v_1 < …, and let S_i be the slope from v_i "
            "to v_{i+1}, Δ_i = S_i − S_{i−1}, S_{−1} = 0."
        ),
        checked(
            "Beyond some kinks the polygon's slope is the sum of their Δ: for two of them, at v and v + h,",
            identity(
                "D0*(v + h - c0) + D1*(v + h - c1) - (D0*(v - c0) + D1*(v - c1))",
                "(D0 + D1)*h",
                scalars=("D0", "D1", "v", "h", "c0", "c1"),
            ),
        ),
        checked(
            "and the sums telescope: S + Δ is the next slope.", identity("S0 + (S1 - S0)", "S1", scalars=("S0", "S1"))
        ),
        checked(
            "So from v_i to v_{i+1} it rises by S_i times the gap g, and S_i is the rise of f times the inverse "
            "r of g.",
            identity("f0 + (f1 - f0)*r*g", "f1", given={"r*g": "1"}),
        ),
        argued(
            "At v_0 all kinks are 0 and the constant is f(v_0). By induction over i the polygon is f at every "
            "v_i. relu(v − v_i) is v − v_i above v_i and 0 below."
        ),
        checked(
            "Gate: while inputs come every place lies in [0, q−1], so a = w·r ≤ A = Σ max(w_j, 0)(q−1), and a − "
            "v − M ≤ 0 as M ≥ A − v.",
            nonnegative("-(a - v - M)", ["A - a", "M - (A - v)"], [("1", [0]), ("1", [1])]),
        ),
        argued(
            "So features are silent and the constant unit relu(1 − 1) too, and y = relu(x) = x, as x ≥ 0. "
            "Afterwards relu(0) = 0 takes no part, and y = f. Copies hold numbers ≥ 0, which relu does not "
            "change. By induction every place holds its symbol, for all t ≥ 1."
        ),
    ),
    Saboteur(
        "A gate of A − v shuts a feature whatever the places hold.",
        nonnegative("-(a - v - M)", ["M - (A - v)"], [("1", [0])]),
    ),
)
