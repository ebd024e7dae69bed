"""P14, the tanh circuit: signs that hold for ever, and how much noise they bear.

In a selection task each neuron sees β times one other, with a sign, so a sign travels. While inputs come, the newest neuron sees g u ± β y
with |y| < 1: the input wins if g ≥ β. Magnitudes follow r* ↦ tanh(βr), which has an attracting fixed point r* if β > 1. With an error Δ in
the weights the same argument keeps all magnitudes above any m that leaves room: tanh(βm − δ) ≥ m. Sizes enter through the row norms of Δ
only.
"""

from fractions import Fraction

from .claims import exponential, identity, nonnegative
from .proof import GENERAL, Proof, Saboteur, argued, checked, example, standard

BETA, FLOOR, M, DELTA = Fraction(3, 2), Fraction(429, 500), Fraction(57735, 100000), Fraction(83, 400)
"""β = 1.5, .858, an m close to √(1/3), and δ = .2075."""

PROOF = Proof(
    "P14",
    GENERAL,
    (
        standard(
            "tanh is odd and strictly increasing, |tanh| < 1, tanh' = 1 − tanh², and tanh is strictly concave on x > 0."
        ),
        argued(
            "Every neuron that holds an input, shifted or copied, sees ± β v for another such v: its sign is the right one, "
            "since β > 0 and tanh is odd."
        ),
        checked(
            "The newest neuron at t ≤ s sees g u ± β y, |y| < 1: times u it is g − βx = (g − β) + β(1 − x) > 0 for x = ∓ u y < 1.",
            nonnegative("g - b*x", ["g - b", "b", "1 - x"], [("1", [0]), ("1", [1, 2])], strict=[1, 2]),
        ),
        argued(
            "So every sign is right for all t. Once written, a magnitude follows r ↦ T(r) = tanh(βr), at a shift as at a read."
        ),
        standard(
            "T is increasing and concave on r > 0 with slope β at 0: for β > 1 it has one positive fixed point r*, T(r) ≥ r "
            "iff r ≤ r*, and the iterates converge to it "
            "monotonically; for β ≤ 1 T(r) < r and they decrease to 0."
        ),
        checked(
            "If g ≥ β(1 + r*), the newest neuron sees at least βr*: g − βx − βr* = (g − β − βr*) + β(1 − x) ≥ 0; so |y| ≥ tanh(βr*) = r*.",
            nonnegative("g - b*x - b*r", ["g - b - b*r", "b", "1 - x"], [("1", [0]), ("1", [1, 2])]),
        ),
        argued("T maps [r*, 1) into itself, so |y(t)| ≥ r* for all t."),
        argued(
            "Robust form. Claim: every neuron that holds an input has its sign and magnitude ≥ m; the others lie in (−1, 1). e "
            "= (Δh)_i, |e| ≤ δ, k = artanh m."
        ),
        checked(
            "A shift or a read sees, times its sign, βv + e with v ≥ m: βv + e − k = β(v − m) + (βm − δ − k) + (δ + e) ≥ 0, so "
            "the magnitude is ≥ tanh k = m.",
            nonnegative("b*v + e - k", ["b", "v - m", "b*m - d - k", "d + e"], [("1", [0, 1]), ("1", [2]), ("1", [3])]),
        ),
        checked(
            "The newest neuron at t ≤ s: g − βx + e − k = (g − β − δ − k) + β(1 − x) + (δ + e) ≥ 0.",
            nonnegative(
                "g - b*x + e - k", ["g - b - d - k", "b", "1 - x", "d + e"], [("1", [0]), ("1", [1, 2]), ("1", [3])]
            ),
        ),
        checked(
            "βm − artanh m has the derivative β − 1/(1 − m²), which vanishes at m² = 1 − 1/β: β(1 − m²) = 1 there (i for 1/β).",
            identity("b*(1 - (1 - i)) - 1", "0", given={"b*i": "1"}),
        ),
        argued("Ψ a signed permutation: tanh is odd and acts on single neurons, as in P13."),
        example(
            "β = 1.5: T(.858) ≥ .858, since artanh r* = ½ ln((1+r)/(1−r)) and exp(2·1.5·.858) > 1.858/.142; so r* ≥ .858",
            exponential(2 * BETA * FLOOR, (1 + FLOOR) / (1 - FLOOR)),
        ),
        example(
            "β = 1.5, m = .57735: artanh m ≤ βm − .2075, so δ = .2075 is allowed",
            exponential(2 * (BETA * M - DELTA), (1 + M) / (1 - M)),
        ),
    ),
    Saboteur(
        "g ≥ β/2 is enough for the signs.",
        nonnegative("g - b*x", ["g - b/2", "b", "1 - x"], [("1", [0]), ("1", [1, 2])], strict=[1, 2]),
    ),
)
