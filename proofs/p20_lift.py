"""P20, the lift: the smallest linear system that shows what a finite task shows.

Functions of states are the vectors, K φ = φ∘G the map, V = span{K^t y_c : t ≥ 1} the smallest space that K keeps and that holds the scored outputs.
A linear system with these outputs has N state coordinates; as functions of the memory x they span a space that contains V.
"""

from .claims import identity
from .proof import GENERAL, Proof, Saboteur, argued, checked, standard

PROOF = Proof(
    "P20",
    GENERAL,
    (
        argued(
            "Let h(s+1) = H(x), H any function, h(t+1) = A h(t), y = C h, with y(s+k) = K^k y for k ≥ 1. Then K^k y = C A^{k−1} H: every function of "
            "V is a linear combination of the N coordinates of H, so N ≥ dim V."
        ),
        checked(
            "Conversely let v be a basis of V as a row, K v = v M and K y = v c. If K^k y = v M^{k−1} c then K^{k+1} y = v M^k c (Q for M^{k−1}): "
            "the system with state v(x), map Mᵀ and read-out cᵀ shows every scored output, and has dim V dimensions.",
            identity("K*v*Q*c", "v*M*Q*c", given={"K*v": "v*M"}),
        ),
        argued(
            "Loaded at t = s: h(s+1) = A h(s), so the coordinates of h(s+1) = H(x) span at most rank A functions, and rank A ≥ dim V. Let U be the "
            "span of the rows C A^{k−1}, k ≥ 1. The map a ↦ aH takes C A^{k−1} to K^k y, so it takes U onto V; and it takes C A^k to K^{k+1} y, so "
            "it takes a ↦ aA on U to K on V."
        ),
        standard(
            "A surjection that intertwines two maps sends cokernel onto cokernel. So the null space of Aᵀ on U, and with it that of A, has at least "
            "dim V − dim KV dimensions: N = rank A + nullity A ≥ 2 dim V − dim KV."
        ),
        argued(
            "It is attained: add dim V − dim KV coordinates that A sends onto a complement of the image of the map above and that nothing reaches; "
            "then A h(s) = v(x) can be solved for h(s)."
        ),
        argued(
            "K on V is a restriction of K on all functions, whose non-zero eigenvalues are semisimple (P19); so are those on V."
        ),
        checked(
            "Modulo (K − λ)V a power of K is that of λ: K^{j+1}g − λ^{j+1}g = (K − λ)K^jg + λ(K^jg − λ^jg) (P for K^j, p for λ^j).",
            identity("K*P*g - lam*p*g", "K*P*g - lam*P*g + lam*(P*g - p*g)", scalars=("lam", "p")),
        ),
        argued(
            "V is spanned by the K^j K y_c, so V/(K − λ)V is spanned by the classes of K y_c, one for each number shown; the eigenspace of λ has "
            "the same dimension. So a non-zero λ has at most that multiplicity. At 0 that bounds the geometric multiplicity, not the algebraic one."
        ),
        argued(
            "Signs: if G x = M x + b over GF(2) then χ_S(Gx) = (−1)^{S·(Mx + b)} = (−1)^{S·b} χ_{MᵀS}(x): a character goes to ± a character. "
            "Conversely K of the character of output c is (−1)^{f_c}; if that is ± χ_T, then f_c is T·x or 1 + T·x."
        ),
        checked(
            "A selection task on signs: with w a row, the function w·x goes to w·Φx = (wΦ)·x.",
            identity("w*(Phi*x)", "(w*Phi)*x"),
        ),
        argued(
            "So V consists of the functions r·x, r in the span of the rows of E_sᵀΦ^t, t ≥ 1, which is the row space of O. The n coordinates are "
            "linearly independent functions on {−1, 1}ⁿ, so dim V = rank O and dim KV = rank OΦ: the numbers of P11."
        ),
    ),
    Saboteur("A step of the basis leaves it as it is.", identity("K*v*Q*c", "v*Q*c", given={"K*v": "v*M"})),
)
