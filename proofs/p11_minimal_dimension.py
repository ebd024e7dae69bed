"""P11, the minimal dimension: how few numbers carry what is scored.

The scored outputs are y(s+τ) = C Φ^τ z, C = E_sᵀ, with z the inputs stacked; over inputs with two values per component, all of them mean
all z. Started at t = s+1, a linear system of N dimensions has to hold O z, which takes rank O; the row space of O is closed under Φ, and
its coordinates are such a system.

Started at t = s there is one step more to go. What a step destroys must then be stored beside what it keeps: the states reachable at t > s
already need rank O dimensions, of which a further step shows only rank(OΦ), so rank O − rank(OΦ) of them are invisible from one step
earlier, and come on top of rank O.
"""

from emt_theory.tasks import linear_task, parse, selection

from .claims import circuit_of, identity
from .proof import GENERAL, Proof, Saboteur, argued, checked, example, standard

_FADING = selection("fading", 1, [(1, 1, 1), (1, 2, 1), (1, 2, 1)])
"""Output 0 copies 1, which copies 2, which copies itself: component 1 is read and lies on no cycle, so 2 and 3 dimensions."""

PROOF = Proof(
    "P11",
    GENERAL,
    (
        standard(
            "Cayley–Hamilton: C Φ^{n+1} is a combination of CΦ, …, CΦⁿ. So the row space of O is closed under Φ, and longer O have the same rank r."
        ),
        argued(
            "Lower bound from t = s+1: h(s+1) = X z (+ a constant), y(s+τ) = C'A^{τ−1}h(s+1) gives O = [C'; C'A; …] X, so r = rank O ≤ rank X ≤ N."
        ),
        argued(
            "Upper bound: let the rows of V be a basis of the row space of O. Then VΦ = A_0V and CΦ = C_0V for unique A_0 (r×r) and C_0."
        ),
        checked(
            "Induction over τ: with h(s+1) = V z, C_0A_0^{τ}V = C Φ^{τ+1} (P for A_0^{τ−1}, T for Φ^{τ−1}, P V = V T).",
            identity(
                "C0*A0*P*V",
                "C*Phi*Phi*T",
                given={"P*V": "V*T", "A0*V": "V*Phi", "C0*V": "C*Phi"},
            ),
        ),
        argued(
            "Lower bound from t = s: h(s) = X z and C'A^τX = CΦ^τ for τ ≥ 1. Let Γ = [C'; C'A; …], W the span of the columns of "
            "AX, A²X, …, and U that of "
            "X and W. With q = rank(OΦ): Γ maps A^jX to OΦ^{j−1}, and ΓA maps A^jX to OΦ^j."
        ),
        argued("So Γ(W) = im O, hence dim W ≥ r; ΓA(U) = im O has dimension r, and ΓA(W) = im OΦ has dimension q."),
        standard("Rank–nullity: dim U = r + dim ker(ΓA on U) ≥ r + dim ker(ΓA on W) = r + dim W − q."),
        checked("So N ≥ dim U ≥ r + (r − q) = 2r − q.", identity("r + (r - q)", "2*r - q", scalars=("r", "q"))),
        argued(
            "Upper bound: rank A_0 = rank(A_0V) = rank(VΦ) = q. Choose B (r × (r−q)) whose columns complete im A_0: [A_0 B] has "
            "a right inverse, and there are X_1, X_2 "
            "with A_0X_1 + B X_2 = V."
        ),
        checked(
            "With A = [[A_0, B], [0, 0]] and X = [X_1; X_2]: A X = [V; 0].",
            identity([[["A0", "B"], ["0", "0"]], [["X1"], ["X2"]]], [[["V"], ["0"]]], given={"A0*X1": "V - B*X2"}),
        ),
        checked(
            "From there on A acts as A_0: A [P V; 0] = [A_0 P V; 0], and C' = [C_0 0] reads C_0A_0^{τ−1}V = CΦ^τ. It has 2r − q dimensions.",
            identity(
                [[["C0", "0"]], [["A0", "B"], ["0", "0"]], [["P*V"], ["0"]]],
                [[["C*Phi*Phi*T"]]],
                given={"P*V": "V*T", "A0*V": "V*Phi", "C0*V": "C*Phi"},
            ),
        ),
        argued(
            "Selection tasks: the rows of CΦ^τ are ± the components that π reaches after τ steps from the outputs, so r counts "
            "those met at τ ≥ 1, q those at τ ≥ 2. π maps "
            "the first set onto the second; they are equal iff π permutes the first, iff all that is read lies on cycles."
        ),
        example("2 and 3 dimensions where something read lies on no cycle", circuit_of(_FADING)),
        example("T3: 36 and 36", circuit_of(linear_task(parse("T3")))),
    ),
    Saboteur(
        "The load at t = s never costs anything: 2 and 2 dimensions for the same task.",
        {**circuit_of(_FADING), "minimal_dimension": [2, 2]},
    ),
)
