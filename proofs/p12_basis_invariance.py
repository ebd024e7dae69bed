"""P12, basis invariance: it does not matter where the memories lie.

Ψ†Ψ = I splits neuron space into the memories, im Ψ, and what no memory sees, ker Ψ†. W = ΨΦΨ† acts as Φ on the first and as 0 on the
second. With a basis Z of ker Ψ† the columns of T = [Ψ Z] are a basis of neuron space, and W T = T (Φ ⊕ 0).
"""

from .claims import identity
from .proof import GENERAL, Proof, Saboteur, argued, checked, standard

PROOF = Proof(
    "P12",
    GENERAL,
    (
        argued(
            "Let Z be a basis of ker Ψ†: Ψ†Z = 0. Ψ† has rank n, because Ψ†Ψ = I_n, so Z has N − n columns (rank–nullity), and T = [Ψ Z] is square."
        ),
        checked(
            "The columns of T are independent: if Ψa + Zb = 0 then 0 = Ψ†(Ψa + Zb) = a, so Zb = 0 and b = 0, Z being a basis.",
            identity("Dual*(Psi*a + Z*b)", "a", given={"Dual*Psi": "1", "Dual*Z": "0"}),
        ),
        standard("A square matrix with independent columns is invertible."),
        checked(
            "W T = T (Φ ⊕ 0).",
            identity(
                [[["Psi*Phi*Dual"]], [["Psi", "Z"]]],
                [[["Psi", "Z"]], [["Phi", "0"], ["0", "0"]]],
                given={"Dual*Psi": "1", "Dual*Z": "0"},
            ),
        ),
    ),
    Saboteur(
        "Any completion Z of Ψ does, with Ψ†Z ≠ 0.",
        identity(
            [[["Psi*Phi*Dual"]], [["Psi", "Z"]]],
            [[["Psi", "Z"]], [["Phi", "0"], ["0", "0"]]],
            given={"Dual*Psi": "1"},
        ),
    ),
)
