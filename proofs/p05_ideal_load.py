"""P05, the ideal load: memory that starts right stays right.

Let z(t) = (u(t−s+1); …; u(t)) be the true variables. The companion matrix takes z(t) to z(t+1): that is how it is made. Neuron space adds
nothing, because Ψ† undoes Ψ in every step. So `h(t) = Ψ z(t)` at t = s gives it for all t ≥ s, and the read-out is the newest block.

The blocks 2 … s are kept together as one block of size (s−1)d, so the matrix identity below is about every s at once.
"""

from .claims import identity
from .proof import GENERAL, Proof, Saboteur, argued, checked

PROOF = Proof(
    "P05",
    GENERAL,
    (
        argued(
            "Write Φ = [[0, I], [F_1, G]] with G = [F_2 … F_s], and z(t) = (a; b): a = u(t−s+1), b the other blocks."
        ),
        checked(
            "Φ z(t) = (b; F_1 a + G b): the blocks after the oldest, then what the task makes of all of them. By the task this is z(t+1).",
            identity([[["0", "1"], ["F1", "G"]], [["a"], ["b"]]], [[["b"], ["F1*a + G*b"]]]),
        ),
        checked(
            "Induction step: if h(t) = Ψ z then W_hh h(t) = Ψ Φ Ψ† Ψ z = Ψ (Φ z), which is Ψ z(t+1).",
            identity("Psi*Phi*Dual*(Psi*z)", "Psi*(Phi*z)", given={"Dual*Psi": "1"}),
        ),
        argued("The premise h(s) = Ψ z(s) is the base; hence h(t) = Ψ z(t) for all t ≥ s."),
        checked(
            "y(t) = E_sᵀ Ψ† Ψ z(t) = E_sᵀ z(t), and E_sᵀ = [0 I] picks the newest block u(t).",
            identity(
                [[["0", "1"]], [["Dual*Psi", "0"], ["0", "Dual*Psi"]], [["b"], ["u"]]],
                [[["u"]]],
                given={"Dual*Psi": "1"},
            ),
        ),
    ),
    Saboteur(
        "Ψ† need not be a left inverse of Ψ.",
        identity("Psi*Phi*Dual*(Psi*z)", "Psi*(Phi*z)"),
    ),
)
