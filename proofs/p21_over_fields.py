"""P21, over finite fields: what the theory of linear tasks says of symbols modulo a prime, and the cycles of states that nobody enumerates.

The proofs of P05, P07, P08, P09 and P11 compute with sums and products of matrices and with ranks, so they hold over every field; what they use is
checked here once more in symbols, with coefficients in the integers. The cycles are those of multiplication by x on GF(p)[x]/π^e.
"""

from .claims import identity, modular_census, register
from .proof import GENERAL, Proof, Saboteur, argued, checked, example, standard

_PARITY = (2, 1, [[1, 1, 1]], [0])

PROOF = Proof(
    "P21",
    GENERAL,
    (
        checked(
            "P05 needs Ψ†Ψ = I alone, for whatever Ψ† has it: (ΨΦΨ†)(Ψz) = Ψ(Φz).",
            identity("Psi*Phi*Dual*(Psi*z)", "Psi*(Phi*z)", given={"Dual*Psi": "1"}),
        ),
        example(
            "The pseudo-inverse need not be there: for Ψ = (1; 1) the product ΨᵀΨ is 2, which is 0 modulo 2",
            identity([[["1", "1"]], [["1"], ["1"]]], [[["2"]]]),
        ),
        checked(
            "P07: E_k − ΦE_{k+1} = −E_sF_{k+1}, so M_{τ,k} − M_{τ+1,k+1} = −R_τF_{k+1} (P for Φ^τ); both directions follow as over Q.",
            identity("C*P*Ek - C*P*(Ek + Es*Fnext)", "-C*P*Es*Fnext"),
        ),
        argued(
            "Where P07 divides, it is by the difference p − q of two values of an input component: not 0, so it has an "
            "inverse in the field. P08, P09 "
            "and P11 use the theorem of Cayley and Hamilton, elimination and rank plus nullity, which hold over every field."
        ),
        standard(
            "GF(p)^n with x acting as Φ is a direct sum of modules GF(p)[x]/π^e, π irreducible: the elementary divisors of Φ."
        ),
        argued(
            "In GF(p)[x]/π^e, π of degree m, the annihilator of a vector is π^k with 0 ≤ k ≤ e, and it divides π^k iff the "
            "vector is a multiple of π^{e−k}: "
            "p^{mk} vectors. So p^{mk} − p^{m(k−1)} have π^k exactly, and for π ≠ x their period is the least j ≥ 1 with π^k | x^j − 1."
        ),
        argued(
            "For k = 1 this is the order o of x in the field GF(p)[x]/π, which divides p^m − 1, so p does not divide o; and o | j always."
        ),
        checked(
            "x^{oi} − 1 with p ∤ i has simple roots: λ·(Lλ^{L−1}) − L(λ^L − 1) = L ≠ 0 for L = oi (q for λ^{L−1}). So π divides it exactly once.",
            identity("lam*(L*q) - L*(lam*q - 1)", "L", scalars=("lam", "q", "L")),
        ),
        standard("(y − 1)^p = y^p − 1 over GF(p): the binomial coefficients in between are multiples of p."),
        example(
            "for p = 2: (y − 1)² = y² − 1 + 2(1 − y)",
            identity("(y - 1)*(y - 1)", "y*y - 1 + 2*(1 - y)", scalars=("y",)),
        ),
        argued(
            "With j = o·i·p^t, p ∤ i, x^j − 1 = (x^{oi} − 1)^{p^t} is divided by π exactly p^t times. So π^k | x^j − 1 iff o | j and p^t ≥ k: the "
            "period is o·p^t with the least such t. For π = x everything is 0 after e steps."
        ),
        argued(
            "A state of a direct sum is a pair of states; on a cycle of L beside one of L′ the LL′ pairs all have period lcm(L, L′)."
        ),
        checked(
            "With L = ga and L′ = gb, g their greatest common divisor and lcm(L, L′) = gab: LL′ = g·lcm(L, L′), so there are g such cycles.",
            identity("g*a*(g*b)", "g*(g*a*b)", scalars=("g", "a", "b")),
        ),
        checked(
            "G^kX is a translate of the image of Φ^k: Φ(Px + w) + c = (ΦP)x + (Φw + c), P for Φ^k. It has p^{rank Φ^k} states.",
            identity("Phi*(P*x + w) + c", "Phi*P*x + (Phi*w + c)"),
        ),
        checked(
            "Two memories show the same outputs for ever iff their difference is in the kernel of O: C(Φx + c) − C(Φy + c) "
            "= CΦ(x − y), step by step. "
            "So there are p^{rank O} classes.",
            identity("C*(Phi*x + c) - C*(Phi*y + c)", "C*Phi*(x - y)"),
        ),
        checked(
            "A = [[Φ, c], [0, 1]] keeps the last coordinate w, and commutes with multiples: A(xw; w) = ((Φx + c)w; w).",
            identity([[["Phi", "c"], ["0", "1"]], [["x*w"], ["w"]]], [[["(Phi*x + c)*w"], ["w"]]], scalars=("w",)),
        ),
        argued(
            "So on w = 0 the map A is Φ, and on each of the p − 1 others it has the cycles of x ↦ Φx + c: their number is "
            "(cycles of A − cycles of Φ)/(p − 1), length by length."
        ),
        example("parity of three bits, (x + 1)³", register(*_PARITY, [[1, 2], [2, 1], [4, 1]], [8], 8)),
        example("Fibonacci modulo 5, (x + 2)²", register(5, 1, [[1, 1]], [0], [[1, 1], [4, 1], [20, 1]], [25], 25)),
        example(
            "two registers that feed each other",
            register(2, 2, [[1, 0, 0, 0, 0, 1], [0, 1, 1, 0, 0, 0]], [0, 0], [[1, 1], [9, 7]], [64], 64),
        ),
        example(
            "one step back and a constant, three kept: tails of two steps, and 3 classes",
            register(3, 1, [[0, 0, 1]], [1], [[3, 1]], [27, 9, 3], 3),
        ),
        example("over GF(2), d = 1, s = 2: 2 recurrences are linearly solvable", modular_census(2, 1, 2, 2)),
        example("d = 1, s = 3: 2", modular_census(3, 1, 2, 2)),
        example("d = 2, s = 2: 28", modular_census(2, 2, 2, 28)),
        example("d = 2, s = 3: 52", modular_census(3, 2, 2, 52)),
    ),
    Saboteur(
        "A power π^e has no longer cycles than π.",
        register(*_PARITY, [[1, 8]], [8], 8),
    ),
)
