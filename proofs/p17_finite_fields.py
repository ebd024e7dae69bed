"""P17, finite fields: XOR is addition modulo 2, and the longest output sequence tells the period of all.

A sign is 1 − 2b for a bit b. Products of signs are then sums of bits modulo 2, so an XOR task is linear over GF(2), and a minus sign adds 1. With
F_1 invertible nothing is ever forgotten: states move in cycles, and a state is the last s outputs.

That one sequence has the period of all needs the primary decomposition: over a finite field a space may well be a union of few proper subspaces.
"""

from .claims import identity, register
from .proof import GENERAL, Proof, Saboteur, argued, checked, example, standard

_MOVED = [["Phi", "c"], ["0", "1"]]

PROOF = Proof(
    "P17",
    GENERAL,
    (
        checked(
            "With signs 1 − 2a and 1 − 2b the product is 1 − 2(a + b − 2ab), and for bits a + b − 2ab is a ⊕ b, the sum modulo 2.",
            identity("(1 - 2*a)*(1 - 2*b)", "1 - 2*(a + b - 2*a*b)", scalars=("a", "b")),
        ),
        checked(
            "A minus sign turns the bit: −(1 − 2a) = 1 − 2(1 − a), and 1 − a is a ⊕ 1: the rule is u(t) = F u(past) + c over GF(2).",
            identity("-(1 - 2*a)", "1 - 2*(1 - a)", scalars=("a",)),
        ),
        checked(
            "The step x ↦ Φx + c is linear on (x; 1): [[Φ, c], [0, 1]] (x; 1) = (Φx + c; 1).",
            identity([_MOVED, [["x"], ["1"]]], [[["Phi*x + c"], ["1"]]]),
        ),
        checked(
            "If F_1 is invertible, so is Φ = [[0, I], [F_1, G]]: its inverse is [[−F_1⁻¹G, F_1⁻¹], [I, 0]].",
            identity(
                [[["0", "1"], ["F1", "G"]], [["-Finv*G", "Finv"], ["1", "0"]]],
                [[["1", "0"], ["0", "1"]]],
                given={"F1*Finv": "1"},
            ),
        ),
        argued(
            "So the step permutes the finite set of states: each lies on a cycle. The state at t is (u(t−s+1); …; u(t)), "
            "so the sequence of states and "
            "that of outputs have the same periods, and the least common multiple of all of them is the order k of A = [[Φ, c], [0, 1]] on "
            "the states (x; 1). These span the space, so k is the order of A."
        ),
        standard(
            "Primary decomposition: the space is the direct sum of the V_π = ker π(A)^e, π^e the powers of irreducible polynomials in the minimal "
            "polynomial of A; each V_π has a vector whose annihilator is π^e, and the annihilator of a sum of vectors from different V_π is the "
            "product of theirs."
        ),
        argued(
            "A^j v = v iff the annihilator of v divides x^j − 1. So a vector with the whole minimal polynomial for its annihilator has period k; "
            "where c = 0 it is a state, and attains it."
        ),
        checked(
            "The last coordinate ℓ = [0 1] is kept by A: ℓA = ℓ.",
            identity([[["0", "1"]], _MOVED], [[["0", "1"]]]),
        ),
        argued(
            "So ℓ(A − 1) = 0, and as A − 1 is invertible on V_π for π ≠ x − 1, ℓ vanishes there. On V = V_{x−1} it does not."
        ),
        argued(
            "On V the order of A is a power p^t. If t ≥ 1, the vectors of V with a smaller one are a proper subspace U = ker(A^{p^{t−1}} − 1). If "
            "every v in V with ℓ(v) = 1 were in U, so would be every difference of two, that is every w with ℓ(w) = 0, and then all of V."
        ),
        argued(
            "So some v in V has ℓ(v) = 1 and period p^t. With vectors from the other V_π it makes a vector with last "
            "coordinate 1, a state, of period k."
        ),
        example(
            "u(t) = u(t−4) ⊕ u(t−1): the zero state, and a cycle of 15",
            register(2, 1, [[1, 0, 0, 1]], [0], [[1, 1], [15, 1]], [16], 16),
        ),
        example(
            "u(t) = −u(t−2) on signs: the constant makes one cycle of 4 of what would be two fixed points and one cycle of 2",
            register(2, 1, [[1, 0]], [1], [[4, 1]], [4], 4),
        ),
    ),
    Saboteur(
        "A minus sign changes no period.",
        register(2, 1, [[1, 0]], [1], [[1, 2], [2, 1]], [4], 4),
    ),
)
