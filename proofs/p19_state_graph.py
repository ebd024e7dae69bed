"""P19, the state graph: the spectrum of K φ = φ∘G is read off the cycles of G, and its Jordan blocks at 0 off the images.

K is the matrix with a single 1 in each row: row x has it at column G(x). Put the states on cycles first and the others after them, by their distance
from a cycle: then K = [[P, 0], [B, S]], P a permutation, S strictly lower triangular, and the argument of P10 applies without signs.
"""

from .claims import determinant, identity
from .proof import GENERAL, Proof, Saboteur, argued, checked, example, standard

# AND of two bits, s = 2: 00 → 00, 01 → 10, 10 → 00, 11 → 11.
_AND = [["x - 1", "0", "0", "0"], ["0", "x", "-1", "0"], ["-1", "0", "x", "0"], ["0", "0", "0", "x - 1"]]

PROOF = Proof(
    "P19",
    GENERAL,
    (
        argued(
            "K^k φ = φ∘G^k is 0 iff φ vanishes on G^kX, and every function on G^kX is the restriction of one on X: rank K^k = |G^kX|. "
            "The images shrink until they are R, which G permutes."
        ),
        standard(
            "A matrix has rank K^{k−1} − rank K^k Jordan blocks of size at least k at 0: here |G^{k−1}X| − |G^kX| of them."
        ),
        argued(
            "Row x of K has its 1 at column G(x): in R for x in R, and one step nearer to R for any other x. In the order (R, distance 1, 2, …) "
            "K = [[P, 0], [B, S]], P the permutation matrix of G on R, S nilpotent."
        ),
        checked(
            "If X P − S X = B then K [[I, 0], [X, I]] = [[I, 0], [X, I]] (P ⊕ S): K is similar to P ⊕ S.",
            identity(
                [[["P", "0"], ["B", "S"]], [["1", "0"], ["X", "1"]]],
                [[["1", "0"], ["X", "1"]], [["P", "0"], ["0", "S"]]],
                given={"X*P": "B + S*X"},
            ),
        ),
        checked(
            "Such an X exists: X_m = Σ_{i<m} S^i B P^{−i−1} has X_m P − S X_m = B − S^m B P^{−m} (induction over m, with T = S^m, V = P^{−m}).",
            identity(
                "(X + T*B*V*Pinv)*P - S*(X + T*B*V*Pinv)",
                "B - S*T*B*V*Pinv",
                given={"X*P": "S*X + B - T*B*V", "Pinv*P": "1"},
            ),
        ),
        argued(
            "X_0 = 0 is the base; at an m with S^m = 0 the remainder is gone. So det(λ − K) = λ^{|X|−|R|} det(λ − P)."
        ),
        argued(
            "P is the direct sum of its cycles. A cycle of length L, its states in order, is the companion matrix of u(t+1) = u(t−L+1): by P09 "
            "with d = 1 its characteristic polynomial is λ^L − 1."
        ),
        checked(
            "λ^L − 1 has simple roots: λ·(Lλ^{L−1}) − L·(λ^L − 1) = L ≠ 0 (p for λ^{L−1}), so it shares no root with its derivative.",
            identity("lam*(L*p) - L*(lam*p - 1)", "L", scalars=("lam", "p", "L")),
        ),
        standard(
            "A matrix with simple eigenvalues is diagonalizable, and so is a direct sum of such. The part away from 0 is semisimple."
        ),
        argued(
            "G(x_1 … x_s) = (x_2 … x_s, f(x)): two states with the same image differ in x_1 alone. So G is one-to-one iff for all x_2 … x_s the map "
            "x_1 ↦ f(x) is, and on a finite X one-to-one is a bijection."
        ),
        example("AND of two bits: two cycles of length 1 and two eigenvalues 0", determinant(_AND, "x**2*(x - 1)**2")),
        example(
            "XOR of two bits: cycles of length 1 and 3",
            determinant(
                [["x - 1", "0", "0", "0"], ["0", "x", "0", "-1"], ["0", "-1", "x", "0"], ["0", "0", "-1", "x"]],
                "(x - 1)*(x**3 - 1)",
            ),
        ),
    ),
    Saboteur("A state on a tail adds a cycle of its own.", determinant(_AND, "x*(x - 1)**3")),
)
