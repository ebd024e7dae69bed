"""P15, the write gauge: the part of the input weights that nobody can see.

Outputs are scored at t = s + τ, τ ≥ 1, so every input has passed through W_hh at least once when it is seen: u(k) enters as W_hy W_hh^m
W_uh u(k) with m = s + τ − k ≥ 1. What W_uh adds in the kernel of all W_hy W_hh^m, m ≥ 1, is invisible, and nothing else is. So W_uh itself
may look nothing like a memory.
"""

from .claims import identity
from .proof import GENERAL, Proof, Saboteur, argued, checked, standard

PROOF = Proof(
    "P15",
    GENERAL,
    (
        argued(
            "By P07's unrolling the coefficient of u(k) in y(s+τ) is W_hy W^m W_uh, m = s + τ − k; over τ ≥ 1 and k ≤ s, m "
            "takes every value ≥ 1, and no other."
        ),
        checked(
            "If W_hy W^m K = 0 for m ≥ 1 then W_uh + K has the coefficients of W_uh (P for W^m).",
            identity("Why*P*(Wuh + K)", "Why*P*Wuh", given={"Why*P*K": "0"}),
        ),
        checked(
            "Conversely, inputs with two values per component fix the coefficients (P07), and their difference is W_hy W^m K.",
            identity("Why*P*(Wuh + K) - Why*P*Wuh", "Why*P*K"),
        ),
        standard("Cayley–Hamilton: m = 1, …, N are enough."),
        checked(
            "The linear circuit: W_hy W^m = E_sᵀ Φ^m Ψ†; induction over m (P for Φ^m).",
            identity("C*P*Dual*(Psi*Phi*Dual)", "C*P*Phi*Dual", given={"Dual*Psi": "1"}),
        ),
        checked(
            "So the stack is O Ψ†, and O Ψ† Ψ = O: its rank is that of O.",
            identity("O*Dual*Psi", "O", given={"Dual*Psi": "1"}),
        ),
        standard("Rank–nullity: the kernel has dimension N − rank O."),
    ),
    Saboteur(
        "The kernel of W_hy alone is invisible.",
        identity("Why*P*(Wuh + K)", "Why*P*Wuh", given={"Why*K": "0"}),
    ),
)
