"""P27, balls around orbits: a network that is once near the orbit of its task is right for ever, if Jacobians along it contract."""

from .claims import identity, nonnegative
from .proof import GENERAL, Proof, Saboteur, argued, checked

PROOF = Proof(
    "P27",
    GENERAL,
    (
        argued(
            "Let a state be p_k + e_0, |e_0| ≤ r in the maximum norm, and p_{G^jk} + e_j after j free steps. Unit i "
            "makes σ(z + δ) of z = (W p + b)_i and δ = (W e)_i; by Taylor's theorem with Lagrange's remainder it is "
            "σ(z) + σ'(z) δ + ½ σ''(ξ) δ². So e_{j+1} = A e_j + q_j, A the Jacobian at G^jk, and |q_j| ≤ ½ C "
            "(‖W‖ |e_j|)² + ρ, since |δ| ≤ ‖W‖ |e_j| and |σ(z) − p| ≤ ρ."
        ),
        checked(
            "Unrolled, two steps are the product of both Jacobians on e, with q_0 behind one of them:",
            identity("A1*(A0*e + q0) + q1", "A1*A0*e + A1*q0 + q1"),
        ),
        checked(
            "and a further step multiplies what is there from the left, and adds its own q:",
            identity("A2*(A1*A0*e + A1*q0 + q1) + q2", "A2*A1*A0*e + A2*A1*q0 + A2*q1 + q2"),
        ),
        argued(
            "By induction e_j is Π_{k,j} e_0 + Σ_{t<j} Π_{G^{t+1}k, j−t−1} q_t, Π_{k,l} the product of the l Jacobians "
            "from k on. The triangle inequality and ‖Π_{k,l}‖ ≤ n(k, l) give |e_j| ≤ n(k, j) r + Σ n(G^{t+1}k, j−t−1) |q_t|."
        ),
        checked(
            "If |e_t| ≤ r_t, its square is at most that of r_t,",
            nonnegative("y*y - x*x", ["y - x", "y", "x"], [("1", [0, 1]), ("1", [0, 2])]),
        ),
        argued("so |q_t| ≤ ½ C (‖W‖ r_t(k))² + ρ, and |e_j| ≤ r_j(k) by induction over j."),
        checked(
            "After m steps it is in a ball again: |e_m| = x ≤ r_m = y ≤ r.",
            nonnegative("r - x", ["r - y", "y - x"], [("1", [0]), ("1", [1])]),
        ),
        checked(
            "A linear form of the state, g at the centre and f at the state, differs by d ≤ n ρ, n its 1-norm and ρ the "
            "radius: where g − n ρ > 0 it is positive.",
            nonnegative("f - (g - n*R)", ["f - g + d", "n*R - d"], [("1", [0]), ("1", [1])]),
        ),
        argued(
            "A symbol is the nearest codeword, |y − w_b|² − |y − w_a|² > 0 for all b ≠ a, linear in y and so in h. So all "
            "that is shown in the m steps is right, and the argument begins again at G^mk: for ever."
        ),
    ),
    Saboteur(
        "The Jacobians along an orbit may be multiplied in any order.",
        identity("A1*(A0*e + q0) + q1", "A0*A1*e + A1*q0 + q1"),
    ),
)
