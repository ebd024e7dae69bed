r"""P06, contamination: what the linear circuit has in memory when the inputs are over.

The input is written to the newest block while Φ already acts, so u(k) is carried through s − k steps of Φ: instead of E_k u(k) the memory holds
Φ^{s−k} E_s u(k). Column k+1 of the companion matrix says how the two differ,

    Φ E_{k+1} = E_k + E_s F_{k+1},

one shift and one unwanted write. Summed up, `Φ^{s−k} E_s − E_k = Σ_{j>k} Φ^{j−1−k} E_s F_j`.
"""

from fractions import Fraction

from emt_theory.tasks import linear_task, parse

from .claims import identity, sign_accuracy
from .proof import GENERAL, Proof, Saboteur, argued, checked, example

COLUMN = {"Phi*Enext": "Ek + Es*Fnext"}
"""Φ E_{k+1} = E_k + E_s F_{k+1}, with `Enext` for E_{k+1}."""

READ_COLUMN = checked(
    "Φ = Σ_k E_k E_{k+1}ᵀ + E_s Σ_k F_k E_kᵀ and E_jᵀ E_k = δ_jk I; only the terms with E_{k+1}ᵀ survive in Φ E_{k+1} = E_k + E_s F_{k+1}.",
    identity(
        "(Ek*Tnext + Es*Fnext*Tnext + Others)*Enext", "Ek + Es*Fnext", given={"Tnext*Enext": "1", "Others*Enext": "0"}
    ),
)

_RATES = {"T2": ("1127/1600", "1183/5120"), "T3": ("4893/6400", "941/6400"), "T4": ("18/25", "6123/25600")}
"""Exact probabilities of a right sign and of an output 0, over 50 scored steps and uniform inputs ±1."""

PROOF = Proof(
    "P06",
    GENERAL,
    (
        checked(
            "Induction over t ≤ s: if h(t) = Ψ S with S = Σ_{k≤t} Φ^{t−k} E_s u(k), then h(t+1) = ΨΦΨ†ΨS + ΨE_s u(t+1) = Ψ(ΦS + E_s u(t+1)).",
            identity("Psi*Phi*Dual*(Psi*S) + Psi*Es*u", "Psi*(Phi*S + Es*u)", given={"Dual*Psi": "1"}),
        ),
        argued(
            "ΦS + E_s u(t+1) is the sum for t+1, term by term; h(0) = 0 is the base. So h(s) = Ψ Σ_k Φ^{s−k} E_s u(k)."
        ),
        READ_COLUMN,
        checked(
            "Let X_k = Φ^{s−k} E_s − E_k; X_s = 0. With P = Φ^{s−k−1}: X_k = ΦP E_s − E_k = Φ (P E_s − E_{k+1}) + E_s F_{k+1} = "
            "Φ X_{k+1} + E_s F_{k+1}.",
            identity("Phi*P*Es - Ek", "Phi*(P*Es - Enext) + Es*Fnext", given=COLUMN),
        ),
        argued(
            "Descending induction: X_k = Σ_{j>k} Φ^{j−1−k} E_s F_j; multiplying by Φ raises each exponent by one, and j = k+1 is the new term."
        ),
        checked(
            "Repeat copy has F_j = 0 for j ≥ 2: every step adds nothing, so X_k = 0.",
            identity("Phi*0 + Es*F", "0", given={"F": "0"}),
        ),
        *(
            example(
                f"{name}: {float(Fraction(right)):.1%} of the signs are right and {float(Fraction(zero)):.1%} of the outputs are 0, "
                "over all inputs ±1 and 50 scored steps",
                sign_accuracy(linear_task(parse(name)), 50, right, zero),
            )
            for name, (right, zero) in _RATES.items()
        ),
    ),
    Saboteur(
        "The write is missing from the column: Φ E_{k+1} = E_k.",
        identity("Phi*P*Es - Ek", "Phi*(P*Es - Enext) + Es*Fnext", given={"Phi*Enext": "Ek"}),
    ),
)
