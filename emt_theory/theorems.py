"""The registry of theorems, P01 … P29: each stated once, here; proofs, laws, docs and messages refer to it by number.

A theorem is a value. Its symbols are those of the page Conventions: s variables of dimension d, n = s·d components, block 1 the oldest; the
task `u(t+1) = Σ_k F_k u(t−s+k)`, F = [F_1 … F_s]; Φ its block companion matrix; E_k the injection of block k; Ψ memories with a left
inverse Ψ†; `R_τ = E_sᵀ Φ^τ E_s`. The *linear circuit* is `W_hh = ΨΦΨ†, W_uh = ΨE_s, W_hy = E_sᵀΨ†, σ = id, h(0) = 0`.

>>> print(theorem("P12"))
P12 basis invariance: Ψ Φ Ψ† is similar to Φ ⊕ 0_{N−n}, for every Ψ (N × n) and every left inverse Ψ† of it.
>>> len(THEOREMS), theorem("p07b").source
(30, 'new')

The proofs are in the folder `proofs/`; `emt prove` runs them.
"""

from __future__ import annotations

from dataclasses import dataclass

from emt_theory.errors import InvalidOption

_EMT = "Karuvally, Delmastro, Siegelmann, arXiv 2310.02430"
_GSEMM = "Karuvally, Sejnowski, Siegelmann, ICML 2023, arXiv 2212.05563"
_NEW = "new"


@dataclass(frozen=True)
class Theorem:
    """A numbered statement.

    Attributes:
        id: "P05".
        title: two or three words.
        statement: what holds, in one or two sentences.
        conditions: what it needs, each condition one sentence.
        source: a paper, "standard" for textbook facts, or "new".
    """

    id: str
    title: str
    statement: str
    conditions: tuple[str, ...]
    source: str

    def __str__(self) -> str:
        return f"{self.id} {self.title}: {self.statement}"


def theorem(id: str) -> Theorem:
    """The theorem of this number; case does not matter.

    Raises:
        InvalidOption: if there is none.

    >>> theorem("P99")
    Traceback (most recent call last):
    ...
    emt_theory.errors.InvalidOption: unknown theorem 'P99'; known are P01 to P29 and P07b
    """
    found = THEOREMS.get(id[:1].upper() + id[1:].lower()) if isinstance(id, str) else None
    if found is None:
        raise InvalidOption(
            f"unknown theorem {(id[:60] if isinstance(id, str) else type(id))!r}; known are P01 to P29 and P07b"
        )
    return found


_BINARY = "inputs are −1 and 1"
_SELECTION = "a selection task"
_VARIED = "an input component takes at least two values"

_LIST = (
    Theorem(
        "P01",
        "energy identity",
        "dE/dt = −T_f V̇_fᵀ J_f V̇_f − T_h V̇_hᵀ J_h V̇_h − α_c V̇_dᵀ Ξ Φ' σ_h: with convex Lagrangians the "
        "energy does not increase except through the "
        "delay term, which is O(1/T_d).",
        (
            "L_f and L_h are twice differentiable where the orbit is; for relu and hard_tanh, away from the kinks",
            "σ_f and σ_h stay bounded along the orbit, for the O(1/T_d); they do if one of them is a bounded function",
        ),
        _GSEMM,
    ),
    Theorem(
        "P02",
        "discretization",
        "σ_h = id, T_h → 0, T_d → 0 and forward Euler with Δt = T_f give V_f(t+1) = Ξ (α_s I + √α_s α_c β Φ'ᵀ) "
        "Ξᵀ σ_f(V_f(t)). On a finite horizon "
        "the flow is within O(T_h + T_d) of the reduced one.",
        ("σ_f has bounded derivatives, for the rate", "T_d → 0 is the opposite of the adiabatic limit of P01"),
        _EMT,
    ),
    Theorem(
        "P03",
        "conjugacy",
        "f(x) = Wσ(x) and g(x) = σ(Wx) satisfy σ∘f = g∘σ. Df(x) and Dg(σ(x)) share their non-zero eigenvalues "
        "at fixed points, and their products do "
        "around periodic orbits.",
        (
            "a conjugacy if σ is a homeomorphism onto its image, a semiconjugacy otherwise",
            "σ is differentiable, for the eigenvalues; they do not agree at other points",
        ),
        _EMT,
    ),
    Theorem(
        "P04",
        "representability",
        "Every W_hh is some Ξ Φ Ξ†, Ξ† a left inverse of Ξ. With n ≤ N memories one exists iff n ≥ N − (number "
        "of 1×1 Jordan blocks of W_hh at 0) "
        "= 2 rank W_hh − rank W_hh²; with the pseudo-inverse for Ξ†, iff n ≥ rank [W_hh W_hhᵀ].",
        ("not unique; what is invariant is the Jordan form, W_hh ~ Φ ⊕ 0",),
        _EMT,
    ),
    Theorem(
        "P05",
        "ideal load",
        "If h(s) = Ψ (u(1); …; u(s)) then the linear circuit has y(t) = u(t) for every t ≥ s.",
        ("no input after t = s",),
        _EMT,
    ),
    Theorem(
        "P06",
        "contamination",
        "The linear circuit loads h(s) = Ψ Σ_k Φ^{s−k} E_s u(k). What it adds to u(k) in block k is Σ_{j>k} "
        "Φ^{j−1−k} E_s F_j u(k).",
        (),
        _NEW,
    ),
    Theorem(
        "P07",
        "linear solvability",
        "Some linear time-invariant network, of any width, with or without biases and h(0), has the task's "
        "values for all t > s iff "
        "F_i F_j = 0 for all i and all j ≥ 2; the linear circuit is then one.",
        (
            _VARIED,
            "at a horizon H such a network exists iff R_τ F_j = 0 for 1 ≤ τ < H and j ≥ 2; the circuit need not be it",
        ),
        _NEW,
    ),
    Theorem(
        "P07b",
        "signs are easier",
        "With damped feedback, last block row γF, the linear circuit has every sign right for all t > s if γ + "
        "… + γ^m < 1, m the longest chain of "
        "reads within the input phase. If an output copies itself at a lag ℓ < s, every linear network's "
        "margins at t = s + qℓ have a finite sum.",
        (_SELECTION, _BINARY, "γ > 0; m ≤ s − 1, so γ ≤ ½ suffices", "exact arithmetic"),
        _NEW,
    ),
    Theorem(
        "P08",
        "finite check",
        "Two linear systems with p and q state dimensions whose outputs agree on the first p + q terms agree for ever.",
        (
            "a network of N units without biases, h(0) = 0, has a task's values for all t > s iff it has those "
            "of t = s+1, …, s+N+n on a basis",
            "with biases or h(0), iff it has those of t = s+1, …, s+N+n+1 on the zero input and a basis",
        ),
        "standard",
    ),
    Theorem(
        "P09",
        "characteristic polynomial",
        "det(λI − Φ) = det(λ^s I_d − Σ_k λ^{k−1} F_k).",
        (),
        "standard",
    ),
    Theorem(
        "P10",
        "cycle theorem",
        "Follow each component to the one that its content came from. A cycle of length L and sign σ = ±1 "
        "contributes exactly the roots of λ^L = σ "
        "to the spectrum of Φ, semisimple; everything else is nilpotent.",
        (_SELECTION,),
        _NEW,
    ),
    Theorem(
        "P11",
        "minimal dimension",
        "With O = [E_sᵀΦ; …; E_sᵀΦⁿ], the fewest dimensions of a linear system h(t+1) = A h(t), y = C h with "
        "the scored values are rank O if it "
        "starts at h(s+1), linear in the inputs, and 2 rank O − rank(OΦ) if it starts at h(s).",
        (_VARIED, "the two agree iff everything that is read lies on a cycle, for a selection task"),
        _NEW,
    ),
    Theorem(
        "P12",
        "basis invariance",
        "Ψ Φ Ψ† is similar to Φ ⊕ 0_{N−n}, for every Ψ (N × n) and every left inverse Ψ† of it.",
        (),
        _EMT,
    ),
    Theorem(
        "P13",
        "saturating write",
        "W_hh = Φ, W_uh = g E_s, W_hy = E_sᵀ and σ = clip(·, −1, 1) give y(t) = u(t) for all t ≥ 1 if g ≥ 1 + "
        "ρ', ρ' the largest row 1-norm of "
        "[F_2 … F_s].",
        (_BINARY, "ρ ≤ 1 for the largest row 1-norm of F, which is necessary", "Ψ a signed permutation"),
        _NEW,
    ),
    Theorem(
        "P14",
        "tanh circuit",
        "W_hh = βΦ, W_uh = g E_s, W_hy = E_sᵀ and σ = tanh give every sign right for all t if g ≥ β, and |y| ≥ "
        "r* = tanh(βr*) if β > 1 and "
        "g ≥ β(1 + r*). With W_hh = βΦ + Δ, row 1-norms of Δ at most δ ≤ βm − artanh m and g ≥ β + δ + artanh "
        "m, also |y| ≥ m.",
        (_SELECTION, _BINARY, "β > 0", "Ψ a signed permutation", "0 < m < 1; m = √(1 − 1/β) allows the largest δ"),
        _NEW,
    ),
    Theorem(
        "P15",
        "write gauge",
        "Two input matrices of a linear network give the same scored outputs iff they differ by columns in the "
        "kernel of [W_hy W; W_hy W²; …], "
        "which for the linear circuit has dimension N − rank O.",
        (_VARIED, "σ = id"),
        _NEW,
    ),
    Theorem(
        "P16",
        "phase gate",
        "With an input that is 1 during the input phase, 2d(s+1) ReLU units give y(t) = u(t) for all t ≥ 1, for "
        "every linear task; n + d units with "
        "biases do if the task is bounded.",
        ("|u| ≤ U during the input phase and M ≥ ρ'U", "n + d units: |u(t)| ≤ B for all t, and M ≥ (1 + ρ)B"),
        _NEW,
    ),
    Theorem(
        "P17",
        "finite fields",
        "On bits, b for the sign 1 − 2b, an XOR task is u(t) = F u(past) over GF(2), and minus signs add a constant c. "
        "If F_1 is invertible, the least "
        "common multiple of the periods of its output sequences is the period of x ↦ Φx + c, the order of Φ if c = 0, and one of them attains it.",
        ("±1 encodes bits; a minus sign makes the task affine", "the same over GF(p), for sums modulo a prime"),
        _NEW,
    ),
    Theorem(
        "P18",
        "gradients",
        "In the linear circuit the derivative of y(t) by the input at time t − j is R_j. It stays bounded if "
        "every eigenvalue of Φ has modulus "
        "< 1, or 1 and is semisimple, and on the latter's eigenvectors it does not vanish. In a selection task "
        "every row of E_sᵀΦ^j holds one ±1.",
        ("not for P14's circuit, where it decays like (β(1−r*²))^j, nor for P13's, which has none at ±1",),
        _NEW,
    ),
    Theorem(
        "P19",
        "state graph",
        "Let G be the step of a finite task on its states X, R = ∩_k G^kX, and Kφ = φ∘G on functions of states. "
        "Then det(λ − K) is "
        "λ^{|X|−|R|} Π (λ^L − 1) over the cycles of G, L their lengths; the part away from 0 is semisimple, and "
        "K has |G^{k−1}X| − |G^kX| Jordan "
        "blocks of size k or more at 0.",
        ("G is a bijection iff the rule is one in its oldest variable, for all values of the others",),
        "classical; Elspas 1959, Cheng & Qi 2010, Ananthraman & Sule 2022",
    ),
    Theorem(
        "P20",
        "lift",
        "V = span{K^t y_c : t ≥ 1}, y_c the numbers that show the newest variable. The fewest dimensions of a "
        "linear system h(t+1) = A h(t), y = C h "
        "with the scored values are dim V if h(s+1) is any function of the inputs, and 2 dim V − dim KV if h(s) "
        "is. On V a non-zero eigenvalue is "
        "semisimple, with at most the multiplicity of how many numbers are shown.",
        (
            "for signs K maps every character to ± a character iff the rule is affine over GF(2)",
            "for a selection task on signs V holds linear functions only, and the dimensions are those of P11",
        ),
        _NEW,
    ),
    Theorem(
        "P21",
        "over finite fields",
        "P05 with any left inverse Ψ†, P08, P09, P11, and P07 for networks over the field hold over every field. Over "
        "GF(p) an elementary divisor π^e of Φ, "
        "π ≠ x of degree m, x of order o modulo π, has p^{mk} − p^{m(k−1)} states on cycles of o·p^t, p^t ≥ k the "
        "least, for k = 1 … e; a cycles of L "
        "beside b of L′ are ab·gcd(L, L′) of lcm(L, L′). |G^kX| = p^{rank Φ^k}; the fewest states that show the same are p^{rank O}.",
        (
            "with a constant c: the cycles of [[Φ, c], [0, 1]] less those of Φ, divided by p − 1",
            "o divides p^m − 1, and is found by its prime factors",
            "no pseudo-inverse: ΨᵀΨ may be singular over GF(p)",
        ),
        "classical for cycles, Elspas 1959; new for circuits",
    ),
    Theorem(
        "P22",
        "what cannot",
        "A linear network of any width has the values of a rule on symbols only if every number that it shows "
        "depends on one symbol at most, and the signs only if f is a threshold function. If σ is odd and there "
        "are no biases, phase input or h(0), y(−x) = −y(x): on inputs closed under x ↦ −x its accuracy is at "
        "most 1 − ½ P(u(−x) = u(x)).",
        ("all inputs", "one input that is always 1, or biases, remove the second obstruction; P23 then builds it"),
        _NEW,
    ),
    Theorem(
        "P23",
        "threshold circuit",
        "Let f_c on codewords of ±1 change its sign at θ_1 < … < θ_j along an integer direction w. Hard-tanh "
        "units φ_i = clip(γ(w·r − θ_i) + s_i g_i x_c), a constant one below θ_1 if j is even, copies clip(γ · "
        "newer), and y_c = Σ σ_i φ_i, σ alternating, give y(t) = u(t) for all t ≥ 1, with N = Σ m_c + (s−1)D "
        "units, m_c odd.",
        (
            "γ ≥ 1, g_i ≥ 1 + γ(‖w‖_1 + |θ_i|), Σ σ_i s_i = 1, σ from −f_c(lowest), the constant unit's f_c(lowest)",
            "the newest block of the register r is the read-out; D numbers show a variable",
            "m_c = 1 iff f_c is a threshold function or constant, and 2 never helps; with a copy in the "
            "read-out fewer may do",
        ),
        _NEW,
    ),
    Theorem(
        "P24",
        "margins",
        "The threshold circuit with tanh units, features of gain β in ±[1−η, 1] and copies of gain α in ±[1−ε, "
        "1], has every sign right for all t and |y| ≥ 1 − μη, μ = (m+1)/2, if every row of [W U b] is off by at "
        "most δ in 1-norm, β(1 − D_oε − D_nμη) − δ ≥ artanh(1−η), α(1 − μη) − δ ≥ artanh(1−ε) and α(1 − ε) − δ "
        "≥ artanh(1−ε).",
        (
            "g ≥ β(D_o + D_n(1 + (m−1)η/2) + |θ|) + δ + artanh(1−η); D_o, D_n the 1-norms of w on older slots "
            "and the newest",
            "the second holds for s ≥ 2, the third for s ≥ 3",
            "hard tanh with gain γ erases disturbances of all units up to (1 − 1/γ)/max(D_o + D_n m, m) at each "
            "step from s on",
        ),
        "in the line of Omlin & Giles 1996 and Carrasco et al. 2000; new",
    ),
    Theorem(
        "P25",
        "alphabets",
        "One-hot and thermometer codes make a rule on q symbols one on ±1, to be right on codewords only. As "
        "numbers 0 … q−1 in ReLU units with a phase input it is y_c = x_c + f_c(v_0) + Σ Δ_i relu(w·r − v_i − "
        "M_i), Δ_i the changes of slope of the polygon through (w·x, f_c), exactly for all t ≥ 1.",
        (
            "w·x determines f_c",
            "M_i ≥ max(0, Σ max(w_j, 0)(q−1) − v_i) while inputs come, then 0, and likewise f_c(v_0)",
            "exact over Q; in float64 where the gaps of w·x are powers of two",
        ),
        _NEW,
    ),
    Theorem(
        "P26",
        "automata",
        "Read a letter at every step. ReLU units h_qa(t) = relu(Σ {h_p : p leads to q} + x_a(t) − 1), and relu(−Σ "
        "{h_p : p leads elsewhere} + x_a(t)) where q is the start, are 1 for the state before and the letter, and 0 "
        "else, for all t ≥ 1: N = |Q||Σ|. On a code of the states by ±1, hard-tanh steps along directions of (z(t−1), "
        "x(t)) and one constant unit have the next state's code, with N = Σ_b j_b + 1.",
        (
            "h(0) = 0; x_a is 1 for the letter a and 0 for all others, an affine function of its codeword; for letters of c symbols it is "
            "the sum of c of them, less c − 1",
            "j_b is how often bit b of the next state changes its sign along an integer direction",
            "what is shown is read from the units; from steps on a code, where it is affine in them, else it takes steps of its own",
        ),
        "in the line of Minsky 1967 and Omlin & Giles 1996; new",
    ),
    Theorem(
        "P27",
        "balls around orbits",
        "Let p_k be centres for the states k on cycles of a task's step G, A_k = D(σ'(W p_k + b)) W, and in the maximum norm ρ ≥ "
        "|σ(W p_k + b) − p_{Gk}|, n(k, l) ≥ ‖A_{G^{l−1}k} ⋯ A_k‖, C ≥ sup |σ''|. Free steps take a state within r of p_k after j steps to "
        "within r_j(k) of p_{G^jk}, r_0 = r, r_j(k) = n(k, j) r + Σ_{t<j} n(G^{t+1}k, j−t−1) (½ C (‖W‖ r_t(k))² + ρ). If r_m(k) ≤ r for all k, "
        "and the read-out is right on all these balls for j ≤ m, a network that is once in the ball of its task state is right for ever.",
        (
            "σ is twice differentiable: tanh, C = 4/(3√3), or sigmoid, C = 1/(6√3)",
            "that each input leads into its ball is seen by running all of them, in enclosures: then it is right for all inputs and all t > s",
            "in float64 a step adds (N + 8) 2⁻⁵⁰ max (1, ‖W_i‖_1 + |b_i|) to ρ, and the way into the balls is the program's own",
        ),
        _NEW,
    ),
    Theorem(
        "P28",
        "secant map",
        "Let h = H(x) be the state of a network, x that of its task on the cycles R, w_x > 0 how often x is the first of a pair of "
        "consecutive times, S the span of the coordinates of H, after any cut of its rank, and P the w-orthogonal projector on S. "
        "The non-zero eigenvalues of the least-squares map from h(t) to h(t+1) are those of PK on S, with multiplicities, Kφ = φ∘G.",
        (
            "pairs centred on both sides: those of S ⊕ 1, less one eigenvalue 1",
            "S invariant under K, or dim S = |R|: roots of unity, for any w",
            "|λ| ≤ 1 if w is constant on cycles; else it may be above",
            "H odd and f odd on signs: dim S ≤ |R|/2",
        ),
        "new; EDMD's compression of Koopman's operator (Williams, Kevrekidis & Rowley 2015) on a finite set",
    ),
    Theorem(
        "P29",
        "attention's step",
        "After s one-hot tokens attention writes u = Σ_i softmax_i(β u(t−i)ᵀ M u(t−1)) V u(t−i). Let a be the token "
        "of the window with the largest M[a, c], c the newest. All tokens but a together weigh, and each number of "
        "u is off from that of V a by, at most (s−1) e^{−βg}, g the smallest distance of two entries of one column of M.",
        (
            "entries of a column of M differ, and V makes a token of each token",
            "one step from tokens; in a loop without error correction what is off is put in again",
        ),
        _NEW,
    ),
)

THEOREMS: dict[str, Theorem] = {stated.id: stated for stated in _LIST}
