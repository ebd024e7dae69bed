r"""What float64 may lose in a row of weights, so that a certificate may speak of the float64 network too.

A row z = Σ w_j h_j + Σ u_c x_c + b, |h_j| ≤ 1, |x_c| ≤ B, of k terms is computed from rounded weights, products and sums. With the unit roundoff
2⁻⁵³ and the least number 2⁻¹⁰⁷⁴, a rounding of a changes it by at most 2⁻⁵³|a| + 2⁻¹⁰⁷⁵, so that all of them together lose less than

    (k + 8) (2⁻⁵⁰ (‖w‖₁ + B‖u‖₁ + |b|) + 2⁻¹⁰⁷⁴ (1 + B + ‖w‖₁ + ‖u‖₁)),

the error of a few units in the last place that each h_j has from tanh included. The second part, *underflow*, is what a network with read-out
weights near 2⁻¹⁰⁷⁴ dies of. No sum *overflows* where ‖w‖₁ + (1 + B)(1 + ‖u‖₁) + |b| ≤ 2¹⁰⁰⁰.

>>> given_away(2, Fraction(1), Fraction(0), Fraction(0), Fraction(1)) < Fraction(1, 10**13)
True
>>> given_away(2, Fraction(10**400), Fraction(0), Fraction(0), Fraction(1))
Traceback (most recent call last):
...
emt_theory.circuits.certifying.result.NotProved: float64 overflows: ...

Source: Higham, Accuracy and Stability of Numerical Algorithms, chapters 2 and 3; the model with underflow is his (2.8).
"""

from fractions import Fraction

from emt_theory.circuits.certifying.result import NotProved

ROUNDING = Fraction(1, 2**50)
UNDERFLOW = Fraction(1, 2**1074)
OVERFLOW = 2**1000


def given_away(terms: int, recurrent: Fraction, driven: Fraction, bias: Fraction, bound: Fraction) -> Fraction:
    """The most that float64 loses in a row.

    Args:
        terms: k, how many weights it has.
        recurrent: the 1-norm ‖w‖.
        driven: the 1-norm ‖u‖.
        bias: |b|.
        bound: B, the largest input.

    Raises:
        NotProved: if sums could overflow.
    """
    if recurrent + (1 + bound) * (1 + driven) + bias > OVERFLOW:
        raise NotProved("float64 overflows: a row of weights times what it reads may exceed 2^1000")
    relative = ROUNDING * (recurrent + bound * driven + bias)
    return (terms + 8) * (relative + UNDERFLOW * (1 + bound + recurrent + driven))


def near(value: Fraction) -> float:
    """The float at a fraction, to look for something with; one beyond 2^1000 is put there."""
    return float(max(-OVERFLOW, min(OVERFLOW, value)))
