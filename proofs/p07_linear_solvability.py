"""P07, linear solvability: which tasks a linear network can have in values, whatever its width.

A linear time-invariant network answers with responses that depend on elapsed time alone: the coefficient of u(k) in y(s+τ) is C A^{s+τ−k} B. The
task asks for M_{τ,k} = E_sᵀ Φ^τ E_k. So it must be that M_{τ,k} = M_{τ+1,k+1}, and the difference of the two is −R_τ F_{k+1}. One lemma decides
both directions: as long as the products vanish, a written F_j only travels through the shift,

    Φ^m E_s F_j = E_{s−m} F_j   for m < s,   and   0   for m ≥ s.

Two different values of every input component are needed, and a `Task` has them: over a single input sequence a network need only know it.
"""

from emt_theory.ground.rationals import RationalMatrix
from emt_theory.networks import ExactRNN
from emt_theory.tasks import LinearTask

from .claims import census, identity, runs
from .p06_contamination import COLUMN, READ_COLUMN
from .proof import GENERAL, Proof, Saboteur, argued, checked, example

_HERE = {"Phi*Ek": "Eprev + Es*Fk"}
"""Φ E_k = E_{k−1} + E_s F_k, with `Eprev` for E_{k−1}, which is absent for k = 1."""

_ONE_SEQUENCE = LinearTask("Fibonacci on one sequence", 2, 1, RationalMatrix.from_rows([[1, 1]]))
_REMEMBERS = ExactRNN(
    W_hh=RationalMatrix.from_rows([[0, 1], [1, 1]]),
    W_uh=RationalMatrix.from_rows([[1], [0]]),
    W_hy=RationalMatrix.from_rows([[0, 1]]),
    activation="identity",
)
"""A linear network with the values of Fibonacci's task on the input sequence 1, 1, although F_1 F_2 = 1: the condition on inputs is needed."""

PROOF = Proof(
    "P07",
    GENERAL,
    (
        READ_COLUMN,
        argued("Sufficiency. Let F_i F_j = 0 for all i and all j ≥ 2, and fix j ≥ 2."),
        checked(
            "Lemma, k ≥ 2: Φ E_k F_j = E_{k−1} F_j + E_s F_k F_j = E_{k−1} F_j.",
            identity("Phi*Ek*Fj", "Eprev*Fj", given={**_HERE, "Fk*Fj": "0"}),
        ),
        checked(
            "Lemma, k = 1: Φ E_1 F_j = E_s F_1 F_j = 0.",
            identity("Phi*E1*Fj", "0", given={"Phi*E1": "Es*F1", "F1*Fj": "0"}),
        ),
        argued(
            "Hence Φ^m E_s F_j = E_{s−m} F_j for m < s and 0 for m ≥ s, and R_m F_j = E_sᵀ Φ^m E_s F_j = 0 for all m ≥ 1."
        ),
        checked(
            "By P06 the circuit's error is y(s+τ) − u(s+τ) = Σ_k E_sᵀ Φ^τ X_k u(k), a sum of E_sᵀ Φ^τ Φ^{j−1−k} E_s F_j u(k) over j > k: each is "
            "R_m F_j with m = τ + j − 1 − k ≥ 1 and j ≥ 2, so it vanishes by the lemma (Elower for E_{s−m}, or 0).",
            identity("C*T*(P*Es*Fj)*u", "0", given={"T*P*Es*Fj": "Elower*Fj", "C*Elower": "0"}),
        ),
        argued(
            "Necessity. Let a network h(t) = A h(t−1) + B x(t) + b, y = C h + c, with any h(0), have the task's values for all t > s."
        ),
        checked(
            "Unrolling: if h(t) = P h(0) + S with P = A^t, then h(t+1) = A P h(0) + (A S + B x + b): the coefficient of u(k) in "
            "y(s+τ) is C A^{s+τ−k} B.",
            identity("A*(P*h0 + S) + B*x + b", "A*P*h0 + (A*S + B*x + b)"),
        ),
        checked(
            "Two affine functions of the inputs that agree on inputs which differ in one component (values p ≠ q) have the same "
            "coefficient there: the "
            "difference of their differences is (coefficient) × (p − q).",
            identity("(r + f*p) - (r + f*q)", "f*(p - q)", scalars=("r", "f", "p", "q")),
        ),
        argued(
            "So C A^{s+τ−k} B = M_{τ,k} for τ ≥ 1 and k ≤ s, and M_{τ,k} = M_{τ+1,k+1} for k < s; at horizon H, for τ + 1 ≤ H."
        ),
        checked(
            "M_{τ,k} − M_{τ+1,k+1} = E_sᵀ Φ^τ (E_k − Φ E_{k+1}) = −R_τ F_{k+1}, with P = Φ^τ. So R_τ F_j = 0 for τ ≥ 1 and j ≥ 2.",
            identity("C*P*Ek - C*P*Phi*Enext", "-C*P*Es*Fnext", given=COLUMN),
        ),
        argued(
            "Descending induction over i = s, …, 1: let F_k F_j = 0 for k > i. By the lemma Φ^{s−i} E_s F_j = E_i F_j."
        ),
        checked(
            "Then 0 = R_{s−i+1} F_j = E_sᵀ Φ E_i F_j = E_sᵀ (E_{i−1} + E_s F_i) F_j = F_i F_j, because E_sᵀ E_{i−1} = 0.",
            identity("C*Phi*Ek*Fj", "Fk*Fj", given={**_HERE, "C*Eprev": "0", "C*Es": "1"}),
        ),
        argued(
            "At horizon H: the coefficients C A^m B of finitely many m can be prescribed (a shift register of outputs), so a network exists iff "
            "M_{τ,k} = M_{τ+1,k+1} for τ < H. The circuit itself may fail there: F = [0 0 1], H = 1."
        ),
        example("entries in {−1, 0, 1}, d = 1, s = 2: 3 of 9 tasks are solvable", census(2, 1, 3)),
        example("d = 1, s = 3: 3 of 27", census(3, 1, 3)),
        example("d = 2, s = 2: 153 of 6561", census(2, 2, 153)),
        example(
            "one input value only: a linear network has Fibonacci's values, although F_1 F_2 = 1",
            runs(_ONE_SEQUENCE, _REMEMBERS, 20, [[1, 1]]),
        ),
    ),
    Saboteur(
        "The lemma without its hypothesis: Φ E_k F_j = E_{k−1} F_j for every task.",
        identity("Phi*Ek*Fj", "Eprev*Fj", given=_HERE),
    ),
)
