"""P07b, signs are easier than values.

With damped feedback the newest write outweighs all older ones together. In a selection task an output is u(t) plus γ times one earlier
output (up to its sign) while inputs come, and γ times one earlier output afterwards. During the input phase the contamination of y(t) is
therefore at most γ + … + γ^m; if that is below 1, y(t) has the sign of u(t), and every later output is a positive multiple of ± one of
these.

No linear network can keep a margin when an output copies itself at a lag ℓ < s: two copies of it, one lag apart, are then within the same s
inputs, and the younger must outweigh the older, again and again.
"""

from fractions import Fraction

from emt_theory.ground.rationals import RationalMatrix
from emt_theory.networks import ExactRNN
from emt_theory.tasks import compose_copy, selection
from emt_theory.testing import networks

from .claims import determinant, nonnegative, runs
from .proof import GENERAL, Proof, Saboteur, argued, checked, example

_CROSSED = selection("crossed", 2, [(1, 1, 1), (2, 0, 1)])
"""u_0(t) = u_1(t−2), u_1(t) = u_0(t−1): not linearly solvable, yet with a margin."""

_RINGS = ExactRNN(
    W_hh=RationalMatrix.from_entries((6, 6), [(3 * c + (k + 1) % 3, 3 * c + k, 1) for c in range(2) for k in range(3)]),
    W_uh=RationalMatrix.from_entries((6, 2), [(0, 0, 1), (3, 1, 1)]),
    W_hy=RationalMatrix.from_entries((2, 6), [(0, 5, 1), (0, 0, "1/2"), (1, 1, "1/2"), (1, 3, 1)]),
    activation="identity",
)
"""Two rings of three units: input c goes round ring c; output 0 reads u_1 two steps old, or half of u_0 three steps old, and so on."""

_NEWEST = selection("copy the newest", 3, [(3, 0, 1)])

PROOF = Proof(
    "P07b",
    GENERAL,
    (
        argued(
            "Output c reads (block, c', σ); let ℓ = s − block + 1 be its lag, 1 ≤ ℓ ≤ s. Then y_c(t) = [u_c(t) if t ≤ s] + γσ "
            "y_{c'}(t−ℓ), the second "
            "term absent for t ≤ ℓ; the target has û_c(t) = σ û_{c'}(t−ℓ) for t > s and û = u for t ≤ s."
        ),
        checked(
            "Induction over t ≤ s: if the chain behind y' has r reads, |y'| ≤ 1 + B_r with B_r = γ + … + γ^r, so |γσy'| ≤ γ(1 + B_r) = B_{r+1} "
            "(x stands for ± y').",
            nonnegative("g*(1 + b) + g*x", ["g", "1 + b + x"], [("1", [0, 1])]),
        ),
        checked(
            "So u_c(t) y_c(t) ≥ 1 − B_m > 0 for t ≤ s, if B_m < 1: the sign is that of u_c(t).",
            nonnegative("1 + e", ["1 - b", "b + e"], [("1", [0]), ("1", [1])], strict=[0]),
        ),
        argued("A chain of m reads from t ≤ s takes at least m steps and ends at t ≥ 1: m ≤ s − 1."),
        checked(
            "γ ≤ ½ suffices for every m: B_{m+1} = γ(1 + B_m) < 1 if B_m < 1, because 1 − γ(1+B) = (1−B)/2 + (½−γ)(1+B).",
            nonnegative("1 - g*(1 + b)", ["1 - b", "1/2 - g", "1 + b"], [("1/2", [0]), ("1", [1, 2])], strict=[0]),
        ),
        checked(
            "Induction over t > s: y_c(t) û_c(t) = γσ y' · σ û' = γ (y' û') > 0, as γ > 0 and y' has the sign of û'.",
            nonnegative("g*p", ["g", "p"], [("1", [0, 1])], strict=[0, 1]),
        ),
        argued(
            "Spectrum: the cycle of P10 with weights γσ on its r reads and 1 on its shifts has λ^L = σγ^r, by the same change of scale as in P10 "
            "(d_{i+1} = d_i / w_i): the arguments of Φ's eigenvalues, with another modulus."
        ),
        example(
            "a cycle of length 3 with weights a, b, c has the characteristic polynomial λ³ − abc",
            determinant([["lam", "-a", "0"], ["0", "lam", "-b"], ["-c", "0", "lam"]], "lam**3 - a*b*c"),
        ),
        argued(
            "No margin. Let output c copy itself at lag ℓ < s, and a linear network have all its signs right; let g_m be its "
            "response of y_c to u_c "
            "at elapsed time m. At t = s + qℓ the target is ± u_c(s), at elapsed time qℓ, and u_c(s−ℓ), at (q+1)ℓ, is another "
            "of the s inputs. The inputs (or "
            "all of them reversed, for a constant term) can be chosen against it, so |g_{qℓ}| ≥ |g_{(q+1)ℓ}| + margin."
        ),
        checked(
            "Induction over q: if Σ margins so far ≤ |g_ℓ| − |g_{qℓ}|, then Σ + margin ≤ |g_ℓ| − |g_{(q+1)ℓ}|. So the margins "
            "at t = s + qℓ have a sum of at most |g_ℓ|.",
            nonnegative("first - (total + e) - b", ["first - total - a", "a - b - e"], [("1", [0]), ("1", [1])]),
        ),
        argued(
            "They tend to 0 there. At other times they need not: for u(t) = u(t−2) and s = 3 the inputs at odd t hold one copy "
            "only. T2, T3 and T4 have outputs that "
            "copy themselves at a lag below 8."
        ),
        example(
            "compose copy, s = d = 2, γ = ½: every sign right on all inputs, 16 steps",
            runs(compose_copy(2), networks.linear(compose_copy(2), damping=Fraction(1, 2)), 16, agree="signs"),
        ),
        example(
            "s = d = 2, reads (1,1), (2,0): two rings of three units keep the margin ½; their responses have period 3, so 9 steps show all",
            runs(_CROSSED, _RINGS, 9, agree="signs", margin="1/2"),
        ),
    ),
    Saboteur(
        "γ = ¾ does for chains of two reads, where γ + γ² = 21/16.",
        runs(_NEWEST, networks.linear(_NEWEST, damping=Fraction(3, 4)), 3, agree="signs"),
    ),
)
