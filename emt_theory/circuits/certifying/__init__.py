"""Proofs that a network does a task for all t, one module for each argument; `emt_theory.circuits.certify` chooses.

A certificate (`emt_theory.exact.Certificate`) holds everything that is needed to check it again with nothing but fractions. All exact numbers are
strings "p/q"; matrices are {"shape": [rows, columns], "entries": [[row, column, "p/q"], …]}, sorted, non-zero entries only. In every kind:

    task         as `Task.to_dict()` without its name: num_variables, dim, inputs, and reads [[block, component, sign], …] or matrix
    network      {"cell": "elman", W_hh, W_uh, W_hy, b_h, b_y, activation, phase_input}, biases null or lists; or {"cell": "gru" | "lstm",
                 weight_ih_l0, weight_hh_l0, W_hy, bias_ih_l0, bias_hh_l0, b_y}, biases null or lists
    exact_for    "values" or "signs": of y(t), for all t > s and all inputs of the task
    weights      "rational twin" or "float64": whether `network` is what the network's fractions are or what its floats are
    margin       a lower bound of |y_c(t)|, or null

and, by kind:

    linear-values        terms: outputs at s + 1, …, s + terms agree with the task's as maps of (u, 1); terms = N + 1 + n makes it all t (P08).
                         intertwined: whether the shorter proof works, A S = S Φ and C S = E_sᵀ with S the loaded states (P05), and the
                         constant part of the state stays as it is and unseen
    damped-signs         the same against the circuit with last block row gamma·F, whose loaded states S' take the place of the identity:
                         A X = X Φ_γ and C X = E_sᵀ with X = S S'⁻¹; gamma, longest_chain: the γ and m of γ + … + γ^m < 1 (P07b)
    saturating-values    labels: [[unit, block, component, sign], …], sign 0 for silent units; the conditions are in `saturating` (P13)
    gated-values         form: "pairs" or "shifted"; bound: B; labels: [[unit, block, component, sign, came, fed, scale, offset], …]; the
                         conditions are in `gated` (P16)
    robust-signs         units: [[block, component, unit, sign], …]; floor: m; ceiling: an upper bound of |y|; rounding: 2⁻⁵⁰ or 0;
                         gates: [[unit, kept, taken, shown, passed], …] for gated cells, else []; the conditions are in `robust` (P14)

    threshold-rows       the task as a finite one's `to_dict()`: num_variables, dim, alphabet, code, tables [{reads [[block, component], …],
                         table}]; features: [[number, unit, σ, s, [[place, A], …]], …]; copies: [[place, unit, sign, α], …]; carried: [[number,
                         place, coefficient], …]; floors, needs: 1 − ε, 1 − η and what they ask of a unit; rounding; room, kicks: how far weights
                         and states may be off; the conditions are in `thresholds` (P23); exact_for may be "symbols"
    threshold-tanh       the same of tanh units (P24)
    interpolating-rows   inputs: the unit of each component; features: [[unit, [[place, A], …]], …]; copies: [[place, unit], …]; the conditions
                         are in `interpolating` (P25)

    orbits               radius: r; steps: m; centres: [[2⁵⁰ p_ki, …], …] for each state on a cycle by number; entered: [t, …], so many steps after s
                         each input is in its ball; bits: of the run on all inputs; tolerance: by how much all numbers shown may be off; rounding: by
                         how much a step of the float64 program may be, or null where nothing is claimed of it; see `orbits` (P27). The task is
                         either kind's

    filter-values        the task as A, B, C, inputs; terms: so many Markov parameters agree, which makes it all of them (P08); no bias shows
    machine-states       the task as transitions, shown, start, reads, shows; states: [[[unit, value], …], …], those of the network that
                         words lead to, the first 0; labels: the machine's state in each; moves: where each letter leads; see `streams` (P26)

`recheck` does it with the code that made it; a verifier that trusts nothing needs fractions, the conditions, and a bound of ln for robust-signs.
"""

from emt_theory.circuits.certifying.counterexamples import find_first_error
from emt_theory.circuits.certifying.result import Certification, FirstError, NotProved, Proof

__all__ = ["Certification", "FirstError", "NotProved", "Proof", "find_first_error"]
