"""P04, representability: every weight matrix is memories and interactions, and how few memories do.

Throughout n ≤ N, and Ξ† is a left inverse of Ξ: Ξ†Ξ = I.

ΞΦΞ† is Φ ⊕ 0 in another basis (P12), and each zero of the 0 is a Jordan block of size 1 at the eigenvalue 0. So as many of these blocks as W has can
be left to the 0, and no more. Blocks of size 2 or more at 0 must be remembered: they are something on its way to being forgotten.
"""

from .claims import identity
from .proof import GENERAL, Proof, Saboteur, argued, checked, example, standard

PROOF = Proof(
    "P04",
    GENERAL,
    (
        checked("Every W is one: Ξ = I, Φ = W, Ξ† = I.", identity("1*W*1", "W")),
        argued("Let b be the number of 1×1 Jordan blocks of W at 0."),
        checked(
            "Necessity. Let W = ΞΦΞ†, Z a basis of ker Ξ† and T = [Ξ Z], which is invertible (P12): W T = T (Φ ⊕ 0_{N−n}).",
            identity(
                [[["Xi*Phi*Dual"]], [["Xi", "Z"]]],
                [[["Xi", "Z"]], [["Phi", "0"], ["0", "0"]]],
                given={"Dual*Xi": "1", "Dual*Z": "0"},
            ),
        ),
        standard("Jordan blocks are unique, and those of a direct sum are those of its parts together."),
        argued("So 0_{N−n} gives W at least N − n blocks of size 1 at 0: N − n ≤ b."),
        standard(
            "Fitting: W is similar, over the field of its entries, to a nilpotent matrix ⊕ an invertible one, and a nilpotent matrix has a Jordan "
            "form over any field."
        ),
        argued(
            "Sufficiency. Let N − n ≤ b. Leave N − n of the blocks of size 1 at 0 aside and call the rest Φ: W = T (Φ ⊕ 0) T⁻¹ with T = [Ξ Z] and "
            "T⁻¹ = [Ξ†; Y]."
        ),
        checked(
            "Then W = ΞΦΞ†.",
            identity([[["Xi", "Z"]], [["Phi", "0"], ["0", "0"]], [["Dual"], ["Y"]]], [[["Xi*Phi*Dual"]]]),
        ),
        checked(
            "T⁻¹T = I says that Ξ† is a left inverse.",
            identity(
                [[["Dual"], ["Y"]], [["Xi", "Z"]]],
                [[["1", "0"], ["0", "1"]]],
                given={"Dual*Xi": "1", "Dual*Z": "0", "Y*Xi": "0", "Y*Z": "1"},
            ),
        ),
        checked(
            "b = N − 2 rank W + rank W²: a block of size m ≥ 2 at 0 has the ranks m − 1 and m − 2 and counts 0;",
            identity("m - 2*(m - 1) + (m - 2)", "0", scalars=("m",)),
        ),
        checked("one of size 1 has the ranks 0 and 0 and counts 1;", identity("1 - 2*0 + 0", "1")),
        checked(
            "an invertible part of size m counts 0. So n ≥ N − b is n ≥ 2 rank W − rank W².",
            identity("m - 2*m + m", "0", scalars=("m",)),
        ),
        checked(
            "Not unique: (ΞT)(T⁻¹ΦT)(T⁻¹Ξ†) = ΞΦΞ† for every invertible T.",
            identity("Xi*T*(Ti*Phi*T)*(Ti*Dual)", "Xi*Phi*Dual", given={"T*Ti": "1"}),
        ),
        argued("Invariant: Φ ⊕ 0 is similar to W for all of them, so the Jordan form is."),
        argued(
            "With the pseudo-inverse, Ξ† = GΞᵀ and G = (ΞᵀΞ)⁻¹ symmetric, W = ΞΦGΞᵀ and Wᵀ = ΞGΦᵀΞᵀ both map into the span of Ξ: n ≥ rank [W Wᵀ]."
        ),
        checked(
            "That is enough: let the columns of Q be an orthonormal basis of n dimensions that hold both images, so QQᵀW = W and WQQᵀ = W. "
            "Then Q(QᵀWQ)Qᵀ = W.",
            identity("Q*(Qt*W*Q)*Qt", "W", given={"Q*Qt*W": "W", "W*Q*Qt": "W"}),
        ),
        example(
            "[[1, 1], [0, 0]] takes one memory with an oblique Ξ†, and two with the pseudo-inverse: its row and its column are not parallel",
            identity([[["1"], ["0"]], [["1"]], [["1", "1"]]], [[["1", "1"], ["0", "0"]]]),
        ),
        example(
            "[[0, 1], [0, 0]] has rank 1 and square 0, so 2·1 − 0 = 2 memories",
            identity([[["0", "1"], ["0", "0"]], [["0", "1"], ["0", "0"]]], [[["0", "0"], ["0", "0"]]]),
        ),
    ),
    Saboteur(
        "Every Jordan block at 0, of any size m, can be left to the 0: it counts 1.",
        identity("m - 2*(m - 1) + (m - 2)", "1", scalars=("m",)),
    ),
)
