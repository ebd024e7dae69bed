"""P08, the finite check: two linear systems that agree for long enough agree for ever.

The difference of two systems with p and q state dimensions is one system with p + q. By Cayley and Hamilton its outputs obey a linear
recurrence of order p + q, and a recurrence that starts with p + q zeros stays at zero. So "exact for all t" is decided by a finite exact
computation.
"""

from .claims import determinant, identity
from .proof import GENERAL, Proof, Saboteur, argued, checked, example, standard

PROOF = Proof(
    "P08",
    GENERAL,
    (
        checked(
            "[C_1, −C_2] (A_1 ⊕ A_2)^m [B_1; B_2] = C_1 A_1^m B_1 − C_2 A_2^m B_2 (P_i for A_i^m): the difference is one system "
            "of dimension r = p + q.",
            identity([[["C1", "-C2"]], [["P1", "0"], ["0", "P2"]], [["B1"], ["B2"]]], [[["C1*P1*B1 - C2*P2*B2"]]]),
        ),
        checked(
            "Induction for the powers: (A_1 ⊕ A_2)(P_1 ⊕ P_2) = A_1P_1 ⊕ A_2P_2.",
            identity([[["A1", "0"], ["0", "A2"]], [["P1", "0"], ["0", "P2"]]], [[["A1*P1", "0"], ["0", "A2*P2"]]]),
        ),
        standard("Cayley–Hamilton: a matrix A of size r satisfies A^r = Σ_{i<r} c_i A^i."),
        checked(
            "Hence d_m = C A^m B has d_{m+r} = Σ_i c_i d_{m+i}: multiply by C A^m from the left (P) and by B from the right, term by term.",
            identity("C*P*(c*Q + Rest)*B", "c*C*P*Q*B + C*P*Rest*B", scalars=("c",)),
        ),
        argued("If d_m = … = d_{m+r−1} = 0 then d_{m+r} = 0; by induction all later terms vanish."),
        argued(
            "For a task and a network of N units: for each k, τ ↦ E_sᵀΦ^τE_k starts from Φ E_k (dimension n) and τ ↦ W_hy W_hh^{s+τ−k} W_uh "
            "from W_hh^{s+1−k} W_uh (dimension N): τ = 1, …, N + n are enough. A bias adds one dimension, a constant 1."
        ),
        example(
            "Cayley–Hamilton for size 2, entry by entry: the first entry of A² − (a+d)A + (ad−bc)I is 0",
            identity("a*a + b*c - (a + d)*a + (a*d - b*c)", "0", scalars=("a", "b", "c", "d")),
        ),
        example(
            "its polynomial is the determinant",
            determinant([["x - a", "-b"], ["-c", "x - d"]], "x**2 - (a + d)*x + a*d - b*c"),
        ),
    ),
    Saboteur(
        "p + q − 1 terms suffice: 1^m and 2^m, with p = q = 1, agree at m = 0, hence at m = 1.",
        identity([[["1"]], [["1"]], [["1"]]], [[["1"]], [["2"]], [["1"]]]),
    ),
)
