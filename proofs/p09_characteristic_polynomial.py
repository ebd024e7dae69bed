"""P09, the characteristic polynomial: eliminating the shift.

Take any last row (A_1 … A_s) of d×d blocks, over any commutative ring that holds λ, below the rows λ at (k, k), −I at (k, k+1):

              ⎡ λ  −I          ⎤
        M_s = ⎢     ⋱   ⋱      ⎥          det M_s = det(Σ_k λ^{k−1} A_k).
              ⎢         λ  −I  ⎥
              ⎣ A_1  …   A_s   ⎦

Adding λ times the last block column to the one before it clears the last λ, and the matrix falls apart into M_{s−1}, with A_{s−1} + λA_s in
the place of A_{s−1}, and −I. P09 is the case A_k = −F_k for k < s, A_s = λI − F_s.
"""

from .claims import determinant, identity
from .proof import GENERAL, Proof, Saboteur, argued, checked, example, standard

PROOF = Proof(
    "P09",
    GENERAL,
    (
        argued(
            "Base: M_1 = A_1. Let s ≥ 2; T, N are the first s − 2 block rows (N their column s − 1), R = (A_1 … A_{s−2}); for s "
            "= 2 they are absent."
        ),
        checked(
            "Column operation and exchange of the last two block rows: J M_s U = [[M_{s−1}, *], [0, −I]] with A_{s−1} + λA_s in M_{s−1}.",
            identity(
                [
                    [["1", "0", "0"], ["0", "0", "1"], ["0", "1", "0"]],
                    [["T", "N", "0"], ["0", "lam", "-1"], ["R", "A", "B"]],
                    [["1", "0", "0"], ["0", "1", "0"], ["0", "lam", "1"]],
                ],
                [[["T", "N", "0"], ["R", "A + lam*B", "B"], ["0", "0", "-1"]]],
                scalars=("lam",),
            ),
        ),
        standard(
            "det U = 1 (unitriangular); the determinant of a block triangular matrix is the product of its diagonal blocks' (Laplace)."
        ),
        argued("Exchanging two groups of d rows is d·d transpositions: det J = (−1)^{d²}; and det(−I_d) = (−1)^d."),
        checked(
            "d² + d is even: it is 2(2m² + m) for d = 2m and 2(2m² + 3m + 1) for d = 2m + 1. So det M_s = det M_{s−1}(…, A_{s−1} + λA_s).",
            identity(
                [[["(2*m)**2 + 2*m", "(2*m + 1)**2 + (2*m + 1)"]]],
                [[["2*(2*m**2 + m)", "2*(2*m**2 + 3*m + 1)"]]],
                scalars=("m",),
            ),
        ),
        checked(
            "Induction over s: the sum of the smaller matrix is that of the larger (Q for Σ_{k ≤ s−2} λ^{k−1}A_k, p for λ^{s−2}).",
            identity("Q + p*(A + lam*B)", "Q + p*A + p*lam*B", scalars=("lam", "p")),
        ),
        checked(
            "With A_k = −F_k and A_s = λI − F_s: λ^{s−1}(λ − F_s) + Q = λ^s − Σ_k λ^{k−1}F_k (p for λ^{s−1}, Q for −Σ_{k<s} λ^{k−1}F_k).",
            identity("p*(lam - Fs) + Q", "p*lam - p*Fs + Q", scalars=("lam", "p")),
        ),
        example(
            "symbolic entries, s = 2, d = 2",
            determinant(
                [
                    ["x", "0", "-1", "0"],
                    ["0", "x", "0", "-1"],
                    ["-a", "-b", "x - e", "-f"],
                    ["-c", "-d", "-g", "x - h"],
                ],
                "(x**2 - e*x - a)*(x**2 - h*x - d) - (f*x + b)*(g*x + c)",
            ),
        ),
        example(
            "symbolic entries, s = 3, d = 1",
            determinant([["x", "-1", "0"], ["0", "x", "-1"], ["-a", "-b", "x - c"]], "x**3 - c*x**2 - b*x - a"),
        ),
    ),
    Saboteur(
        "The blocks in the opposite order: det(λI − Φ) = det(λ^s − Σ_k λ^{s−k} F_k).",
        determinant([["x", "-1", "0"], ["0", "x", "-1"], ["-a", "-b", "x - c"]], "x**3 - a*x**2 - b*x - c"),
    ),
)
