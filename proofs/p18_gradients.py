"""P18, gradients: in the linear circuit they last.

The derivative of y(t) by the input j steps earlier is a response of the circuit itself, R_j = E_sᵀΦ^jE_s, whatever the basis. Semisimple
eigenvalues on the unit circle turn without growing or fading; in a selection task the derivative by the memory is even a row of zeros with
a single ±1. A Jordan block on the circle grows like j, and saturation changes everything: P14's circuit is exact in its signs for ever, and
its derivative vanishes.
"""

from .claims import identity
from .proof import GENERAL, Proof, Saboteur, argued, checked, example, standard

PROOF = Proof(
    "P18",
    GENERAL,
    (
        checked(
            "∂y(t)/∂x(t−j) = W_hy W^j W_uh = E_sᵀ Φ^j E_s: one more factor W = ΨΦΨ† adds one factor Φ (P for Φ^{j−1}).",
            identity("C*P*Dual*(Psi*Phi*Dual)*(Psi*E)", "C*P*Phi*E", given={"Dual*Psi": "1"}),
        ),
        checked(
            "Selection: if a row of E_sᵀΦ^j is σ e_iᵀ, the next is σ e_iᵀΦ = στ e_{π(i)}ᵀ, a single ±1 again, since row i of Φ is τ e_{π(i)}ᵀ.",
            identity("sigma*Ti*Phi", "sigma*tau*Tpi", given={"Ti*Phi": "tau*Tpi"}, scalars=("sigma", "tau")),
        ),
        argued(
            "E_sᵀ itself has one 1 in each row: the base. By P10 the eigenvalues on the unit circle are then semisimple."
        ),
        standard(
            "Jordan form: Φ = T J T⁻¹; J = D ⊕ J', D diagonal with entries of modulus 1 and J' of spectral radius < 1, if the premise holds."
        ),
        checked(
            "Φ^j = T J^j T⁻¹: induction.",
            identity("T*J*Tinv*(T*P*Tinv)", "T*J*P*Tinv", given={"Tinv*T": "1"}),
        ),
        argued(
            "D^j keeps every modulus and J'^j tends to 0, so Φ^j is bounded by a constant, and |Φ^jv| ≥ |v|/cond(T) on the span "
            "of D's eigenvectors."
        ),
        checked(
            "A Jordan block at 1 grows: K² = 0 gives (I + K)^j = I + jK; induction (I + jK)(I + K) = I + (j+1)K.",
            identity("(1 + j*K)*(1 + K)", "1 + (j + 1)*K", given={"K*K": "0"}, scalars=("j",)),
        ),
        example(
            "F = [−1, 2]: Φ = I + K with K = [[−1, 1], [−1, 1]], and K² = 0",
            identity([[["-1", "1"], ["-1", "1"]], [["-1", "1"], ["-1", "1"]]], [[["0", "0"], ["0", "0"]]]),
        ),
        example(
            "so R_j = E_2ᵀ(I + jK)E_2 = 1 + j",
            identity([[["0", "1"]], [["1 - j", "j"], ["-j", "1 + j"]], [["0"], ["1"]]], [[["1 + j"]]], scalars=("j",)),
        ),
        argued(
            "P14's circuit: where all magnitudes are r*, the step has the Jacobian (1 − r*²)βΦ, so j steps give (β(1−r*²))^j Φ^j."
        ),
        standard("sinh x cosh x > x for x > 0, that is tanh x > x (1 − tanh² x)."),
        checked(
            "At x = βr*, tanh x = r*: r* − βr*(1 − r*²) > 0, so β(1−r*²) < 1: r* times (1 − β(1−r*²)) is that difference.",
            identity("r*(1 - b*(1 - r**2))", "r - b*r*(1 - r**2)", scalars=("r", "b")),
        ),
        argued("P13's circuit: clip has the slopes 1 and 0 on the two sides of ±1, where its neurons are."),
    ),
    Saboteur(
        "Eigenvalues of modulus 1 are enough, semisimple or not: (I + jK)(I + K) = I + K.",
        identity("(1 + j*K)*(1 + K)", "1 + K", given={"K*K": "0"}, scalars=("j",)),
    ),
)
