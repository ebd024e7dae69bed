"""P10, the cycle theorem: the spectrum of a selection task is read off its cycles.

Row i of Φ has one entry, σ_i at column π(i): component i takes over what π(i) held. Following π from anywhere ends in a cycle. Put the
components on cycles first and the others after them, by their distance from a cycle: then Φ = [[Q, 0], [R, S]], Q a signed permutation made
of the cycles, S strictly lower triangular. The coupling R can be removed, because Q is invertible and S is nilpotent; and a signed cycle of
length L is, up to signs of the coordinates, the companion matrix of u(t+1) = σ u(t−L+1).
"""

from emt_theory.tasks import linear_task, parse

from .claims import circuit_of, determinant, identity
from .proof import GENERAL, Proof, Saboteur, argued, checked, example, standard

PROOF = Proof(
    "P10",
    GENERAL,
    (
        argued(
            "π maps cycles onto themselves and lowers the distance of every other component by one, so in the order (cycles, "
            "distance 1, 2, …) row i has its "
            "entry inside Q for i on a cycle, and strictly left of the diagonal otherwise: Φ = [[Q, 0], [R, S]], S nilpotent, Q⁻¹ = Qᵀ."
        ),
        checked(
            "If X Q − S X = R then Φ [[I, 0], [X, I]] = [[I, 0], [X, I]] (Q ⊕ S): Φ is similar to Q ⊕ S.",
            identity(
                [[["Q", "0"], ["R", "S"]], [["1", "0"], ["X", "1"]]],
                [[["1", "0"], ["X", "1"]], [["Q", "0"], ["0", "S"]]],
                given={"X*Q": "R + S*X"},
            ),
        ),
        checked(
            "Such an X exists: X_m = Σ_{i<m} S^i R Q^{−i−1} has X_m Q − S X_m = R − S^m R Q^{−m} (induction over m, with P = S^m, V = Q^{−m}).",
            identity(
                "(X + P*R*V*Qinv)*Q - S*(X + P*R*V*Qinv)",
                "R - S*P*R*V*Qinv",
                given={"X*Q": "S*X + R - P*R*V", "Qinv*Q": "1"},
            ),
        ),
        argued(
            "X_0 = 0 is the base; at an m with S^m = 0 the remainder is gone. So Φ is similar to the direct sum of its signed "
            "cycles and a nilpotent S."
        ),
        checked(
            "One cycle, row i < L has σ_i at column i + 1. With d_1 = 1 and d_{i+1} = d_iσ_i the scaled entry is σ_i "
            "d_{i+1}/d_i = 1: d_iσ_iσ_i = d_i.",
            identity("d*sigma*sigma", "d", given={"sigma*sigma": "1"}),
        ),
        argued(
            "The last row's entry σ_L at column 1 becomes σ_L d_1/d_L = σ_1 … σ_L = σ: the companion matrix of u(t+1) = σ u(t−L+1), d = 1."
        ),
        argued("By P09 with d = 1, s = L and F = (σ, 0, …, 0) its characteristic polynomial is λ^L − σ."),
        checked(
            "λ^L − σ has simple roots: λ·(Lλ^{L−1}) − L·(λ^L − σ) = Lσ ≠ 0 (p for λ^{L−1}), so it shares no root with its derivative.",
            identity("lam*(L*p) - L*(lam*p - sigma)", "L*sigma", scalars=("lam", "p", "sigma", "L")),
        ),
        standard(
            "A matrix with simple eigenvalues is diagonalizable; a direct sum of diagonalizable matrices is. So the eigenvalues "
            "of Q are semisimple."
        ),
        argued(
            "The eigenvalues of Q have modulus 1, those of S are 0: nothing else is added to them, and Jordan blocks occur at 0 only."
        ),
        example(
            "a signed cycle of length 4 with symbolic weights",
            determinant(
                [["x", "-a", "0", "0"], ["0", "x", "-b", "0"], ["0", "0", "x", "-c"], ["-d", "0", "0", "x"]],
                "x**4 - a*b*c*d",
            ),
        ),
        *(
            example(
                f"{name}: the factors by cycles multiply to the characteristic polynomial of Φ",
                circuit_of(linear_task(parse(name))),
            )
            for name in ("T1", "T2", "T3", "T4")
        ),
    ),
    Saboteur(
        "A cycle of length 3 has λ³ = −σ.",
        determinant([["x", "-a", "0"], ["0", "x", "-b"], ["-c", "0", "x"]], "x**3 + a*b*c"),
    ),
)
