"""P01, the energy identity: the memory model rolls downhill, except for what its delay does.

Each layer has σ = ∇L, so J = ∂σ/∂V is symmetric, and the Legendre transform Vᵀσ − L has the derivative VᵀJV̇. The couplings were chosen such that
what multiplies J V̇ in dE/dt is minus the right-hand side of that layer's equation. V_d alone has no Legendre term: its velocity is left over.

Numbers, products of a row, matrices and a column, are equal to their transposes; a rule `dVf' J Vf → Vf' J dVf` says this and J = Jᵀ. Letters: `x`
and `xt` a column and its transpose, r = √α_s, c = α_c, `dVf` the velocity of V_f.
"""

from .claims import identity, nonnegative
from .proof import GENERAL, Proof, Saboteur, argued, checked, example, standard

_BY_PRODUCT_RULE = "Vft*Jf*dVf + Vht*Jh*dVh - r*(dVft*Jf*Xi*sh + sft*Xi*Jh*dVh) - c*(dVdt*Xi*P*sh + Vdt*Xi*P*Jh*dVh)"
_BY_EQUATIONS = "- dVft*Jf*(r*Xi*sh - Vf) - dVht*Jh*(r*Xit*sf + c*Pt*Xit*Vd - Vh) - c*dVdt*Xi*P*sh"
_HIDDEN_TRANSPOSES = {
    "dVht*Jh*Vh": "Vht*Jh*dVh",
    "dVht*Jh*Xit*sf": "sft*Xi*Jh*dVh",
    "dVht*Jh*Pt*Xit*Vd": "Vdt*Xi*P*Jh*dVh",
}
_TRANSPOSES = {"dVft*Jf*Vf": "Vft*Jf*dVf", **_HIDDEN_TRANSPOSES}

PROOF = Proof(
    "P01",
    GENERAL,
    (
        standard(
            "L is twice continuously differentiable where the orbit is. Second derivatives commute: J = ∂σ/∂V = ∂²L/∂V² is symmetric. "
            "Chain rule: dσ/dt = J V̇, dL/dt = σᵀV̇."
        ),
        checked(
            "Legendre lemma: d/dt [Vᵀσ − L] = V̇ᵀσ + VᵀJV̇ − σᵀV̇ = VᵀJV̇.",
            identity("dVt*s + Vt*J*dV - st*dV", "Vt*J*dV", given={"dVt*s": "st*dV"}),
        ),
        argued(
            "By the product rule dE/dt is V_fᵀJ_fV̇_f + V_hᵀJ_hV̇_h − √α_s (V̇_fᵀJ_fΞσ_h + σ_fᵀΞJ_hV̇_h) − α_c (V̇_dᵀΞΦ'σ_h + V_dᵀΞΦ'J_hV̇_h)."
        ),
        checked(
            "Collected by J_f and J_h, what stands beside them is minus the right-hand sides of the equations of motion, whatever V̇ is.",
            identity(_BY_PRODUCT_RULE, _BY_EQUATIONS, given=_TRANSPOSES, scalars=("r", "c")),
        ),
        checked(
            "These right-hand sides are T_f V̇_f and T_h V̇_h, which is the identity.",
            identity(
                "- dVft*Jf*(Tf*dVf) - dVht*Jh*(Th*dVh) - c*dVdt*Xi*P*sh",
                "- Tf*dVft*Jf*dVf - Th*dVht*Jh*dVh - c*dVdt*Xi*P*sh",
                scalars=("Tf", "Th", "c"),
            ),
        ),
        argued("Where T_h = 0 the hidden right-hand side is 0, and so is its term. The equation of V_d was not used."),
        standard("The Hessian of a convex function is positive semidefinite: V̇ᵀJV̇ ≥ 0."),
        argued("So the first two terms are ≤ 0: only the third can raise E."),
        checked(
            "V̇_d = i (βσ_f − V_d), i = 1/T_d, makes the third term −(α_c/T_d)(βσ_f − V_d)ᵀΞΦ'σ_h.",
            identity("-c*(i*(b*sft - Vdt))*Xi*P*sh", "-(c*i)*(b*sft - Vdt)*Xi*P*sh", scalars=("c", "i", "b")),
        ),
        standard("V_d(t) is e^{−t/T_d} V_d(0) plus (1 − e^{−t/T_d}) times a weighted mean of earlier βσ_f."),
        checked(
            "So |V_d| ≤ B if |V_d(0)| ≤ B and |βσ_f| ≤ B, and |βσ_f − V_d| ≤ x + y ≤ 2B.",
            nonnegative("2*B - x - y", ["B - x", "B - y"], [("1", [0]), ("1", [1])]),
        ),
        argued(
            "Hence |third term| ≤ (2B α_c/T_d) ‖ΞΦ'‖ sup|σ_h|: O(1/T_d). A bounded σ_f bounds V_d and V_h, and thereby σ_h; a bounded σ_h bounds "
            "V_f, and thereby σ_f. Neither bound depends on T_d."
        ),
        example(
            "E can rise: N = n = 1, σ_f = σ_h = id, all constants 1, Ξ = 1, Φ' = −1 at V_f = V_h = 1, V_d = 0: V̇_f = V̇_h = 0, V̇_d = 1, dE/dt = 1",
            identity("-0*0 - 0*0 - (1 - 0)*1*(-1)*1", "1"),
        ),
    ),
    Saboteur(
        "σ_f need not be a gradient: without J_f = J_fᵀ.",
        identity(_BY_PRODUCT_RULE, _BY_EQUATIONS, given=_HIDDEN_TRANSPOSES, scalars=("r", "c")),
    ),
)
