"""P28, the secant map: what least squares on sampled pairs says of a network whose state is a function of its task's."""

from .claims import determinant, identity, nonnegative
from .proof import GENERAL, Proof, Saboteur, argued, checked, example, standard

PROOF = Proof(
    "P28",
    GENERAL,
    (
        argued(
            "Let C have a row for each state x of R, the coordinates of H(x) after the rank cut, so that its columns are a "
            "basis of S, and W the diagonal matrix of the w_x > 0. A pair that begins at x is (C_x, C_{Gx}) = (C_x, (KC)_x). "
            "Summed over pairs, the normal equations of least squares are CᵀWC A = CᵀW KC, and CᵀWC has an inverse."
        ),
        checked(
            "With M the inverse of CᵀWC, what A = M CᵀW KC leaves is orthogonal to C,",
            identity("T*W*(K*C - C*M*T*W*K*C)", "0", given={"T*W*C*M": "1"}),
        ),
        checked(
            "P is a projector,",
            identity("C*M*T*W*(C*M*T*W)", "C*M*T*W", given={"T*W*C*M": "1"}),
        ),
        checked("it keeps C,", identity("C*M*T*W*C", "C", given={"M*T*W*C": "1"})),
        checked("and C A = P K C:", identity("C*(M*T*W*K*C)", "C*M*T*W*(K*C)")),
        argued(
            "P is w-orthogonal, as WP = WCMCᵀW is symmetric. So A is the matrix of PK|_S in the basis C, and has its spectrum, "
            "with multiplicities."
        ),
        argued(
            "Without the cut the map has N rows and columns, A between the coordinates kept and their embedding; the other "
            "N − r eigenvalues are 0."
        ),
        argued(
            "Centred pairs: with a column 1 before C, least squares takes the means out of both sides, so that its matrix "
            "is block triangular, with K 1 = 1 first and the centred map behind it: det is that of S ⊕ 1 over λ − 1."
        ),
        checked(
            "The determinant of λ less such a matrix:",
            determinant([["x - 1", "-b"], ["0", "x - a"]], "(x - 1)*(x - a)"),
        ),
        argued(
            "If KS ⊆ S, in particular if dim S = |R|, then PK|_S = K|_S whatever w is. K permutes functions on R, K^L = 1 "
            "for L the period: its eigenvalues are roots of unity."
        ),
        argued(
            "If w is constant on cycles, w_{Gx} = w_x, then |Kφ|² = Σ w_x φ(Gx)² = Σ w_{Gx} φ(Gx)² = |φ|²: K keeps the norm, "
            "and P does not make it larger. So |PKφ| ≤ |φ| on S, and |λ| ≤ 1."
        ),
        checked(
            "A projection takes away a square: |φ|² = |Pφ|² + |φ − Pφ|².",
            nonnegative("f - p", ["f - p - r", "r"], [("1", [0]), ("1", [1])]),
        ),
        standard(
            "An eigenvalue is at most the operator norm in modulus; complex eigenvectors by the norm's complex extension."
        ),
        example(
            "Without that it need not be: two states that are exchanged, sampled once and w times, and one function with "
            "values c and 1, give the slope c (1 + w)/(c² + w); at c = 2, w = 4 that is 10/8.",
            identity("c + w*c", "c*(1 + w)", scalars=["c", "w"]),
        ),
        argued(
            "If H is odd and f is odd, functions in S are odd on R, which is closed under x ↦ −x and holds no x = −x: an odd "
            "function is fixed by its values on half of R, so dim S ≤ |R|/2."
        ),
    ),
    Saboteur(
        "P keeps KC, too, whatever S is.",
        identity("C*M*T*W*K*C", "K*C", given={"M*T*W*C": "1"}),
    ),
)
