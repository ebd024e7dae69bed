"""P02, discretization: what is left of the memory model when its hidden units and its delay follow at once.

Two eliminations and one Euler step: algebra. That the flow itself approaches the reduced one takes two estimates. The layers lag behind what they
follow by e_h and e_d, which decay within T_h and T_d and are fed by how fast the features move; so their integrals are O(T_h + T_d), and Gronwall's
inequality hands that on to the features. Horizons must be finite: the constant grows with them exponentially.

Letters: r = √α_s, c = α_c, b = β, s = σ_f(V_f), `Xit` and `Pt` the transposes of Ξ and Φ'.
"""

from .claims import identity
from .proof import GENERAL, Proof, Saboteur, argued, checked, example, standard

_STRENGTHS = ("r", "c", "b")
_REDUCED = "Xi*(r**2 + r*c*b*Pt)*Xit*s"

PROOF = Proof(
    "P02",
    GENERAL,
    (
        argued("With σ_h = id the features obey T_f V̇_f = √α_s Ξ V_h − V_f."),
        checked(
            "T_h = 0 puts V_h at √α_s Ξᵀσ_f + α_c Φ'ᵀΞᵀV_d: the features obey T_f V̇_f = α_s ΞΞᵀσ_f + √α_s α_c ΞΦ'ᵀΞᵀV_d − V_f.",
            identity("r*Xi*(r*Xit*s + c*Pt*Xit*Vd) - V", "r**2*Xi*Xit*s + r*c*Xi*Pt*Xit*Vd - V", scalars=_STRENGTHS),
        ),
        checked(
            "T_d = 0 puts V_d at βσ_f: T_f V̇_f = Wσ_f − V_f with W = Ξ (α_s I + √α_s α_c β Φ'ᵀ) Ξᵀ.",
            identity("r**2*Xi*Xit*s + r*c*Xi*Pt*Xit*(b*s) - V", _REDUCED + " - V", scalars=_STRENGTHS),
        ),
        checked(
            "An Euler step of length Δt = q T_f is V + q(Wσ_f − V) = (1 − q)V + qWσ_f.",
            identity("V + q*(W*s - V)", "(1 - q)*V + q*W*s", scalars=("q",)),
        ),
        checked("With q = 1 nothing of V is left: V_f(t+1) = Wσ_f(V_f(t)).", identity("V + (W*s - V)", "W*s")),
        checked(
            "Independent memories: Ξ†= GΞᵀ, G = (ΞᵀΞ)⁻¹, for Ξᵀ is another bracket, ΦG, and so the limit of the model with those interactions.",
            identity("Xi*Phi*(G*Xit)*s", "Xi*(Phi*G)*Xit*s"),
        ),
        argued(
            "The flow. Let σ_f have bounded derivatives, |J_f| ≤ ℓ, and let t ≤ T and T_h, T_d ≤ 1. Write V_d = βσ_f + e_d and "
            "V_h = √α_s Ξᵀσ_f + α_c Φ'ᵀΞᵀV_d + e_h."
        ),
        checked(
            "Then T_f V̇_f = Wσ_f − V_f + √α_s Ξ (e_h + α_c Φ'ᵀΞᵀe_d): the reduced flow and what the layers lag behind.",
            identity(
                "r*Xi*(r*Xit*s + c*Pt*Xit*(b*s + ed) + eh) - V",
                _REDUCED + " - V + r*Xi*(eh + c*Pt*Xit*ed)",
                scalars=_STRENGTHS,
            ),
        ),
        checked(
            "T_d V̇_d = βσ_f − V_d = −e_d, so ė_d = V̇_d − βJ_fV̇_f = −e_d/T_d − βJ_fV̇_f (i for 1/T_d).",
            identity("i*(b*s - (b*s + ed)) - b*J*dV", "-i*ed - b*J*dV", scalars=("i", "b")),
        ),
        checked(
            "Likewise T_h V̇_h = −e_h, so ė_h = −e_h/T_h − √α_s ΞᵀJ_fV̇_f − α_c Φ'ᵀΞᵀV̇_d.",
            identity(
                "i*(D - (D + eh)) - (r*Xit*J*dV + c*Pt*Xit*dVd)",
                "-i*eh - r*Xit*J*dV - c*Pt*Xit*dVd",
                scalars=("i", "r", "c"),
            ),
        ),
        standard(
            "A solution of ė = −e/T + g has |e(t)| ≤ e^{−t/T}|e(0)| + ∫ e^{−(t−τ)/T}|g|dτ, so ∫|e| ≤ T(|e(0)| + ∫|g|)."
        ),
        argued(
            "V_d and V_h are weighted means of what they follow and of their starts, and |σ_f(V)| ≤ |σ_f(0)| + ℓ|V|: |V̇_f| ≤ C(1 + sup|V_f|), with C "
            "independent of T_h and T_d. By Gronwall's inequality V_f and V̇_f stay bounded up to T, uniformly."
        ),
        argued("So ∫|e_d| ≤ T_d(|e_d(0)| + βℓ∫|V̇_f|) = O(T_d), ∫|V̇_d| = ∫|e_d|/T_d = O(1), and ∫|e_h| = O(T_h)."),
        standard(
            "Gronwall's inequality: two flows whose right-hand sides differ by δ(t), one of them Lipschitz, part by at most a constant times ∫|δ|."
        ),
        argued(
            "Hence V_f is within O(T_h + T_d) of the reduced flow on [0, T]: the limit T_d → 0, the opposite of P01's."
        ),
        example(
            "the lateral strength is √α_s α_c, not α_c: at α_s = 4, α_c = 3, β = 1, Ξ = Φ' = 1, s = V_d: 2·(2 + 3) = 4 + 2·3 = 10",
            identity("2*(2*1 + 3*1)", "4 + 2*3"),
        ),
    ),
    Saboteur(
        "The lateral strength is α_c β: W = Ξ (α_s I + α_c β Φ'ᵀ) Ξᵀ.",
        identity("r**2*Xi*Xit*s + r*c*Xi*Pt*Xit*(b*s) - V", "Xi*(r**2 + c*b*Pt)*Xit*s - V", scalars=_STRENGTHS),
    ),
)
