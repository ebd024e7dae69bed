"""P22, what cannot: no linear network composes, and no odd one answers the same on opposites.

A linear network's outputs are affine functions of its inputs; a number that takes two values ±1 (or integers from 0
to q − 1) and is additive in two symbols would take a third. A network with odd σ and without biases, constant input
or h(0) turns every sign with its inputs.
"""

from .claims import identity, nonnegative
from .proof import GENERAL, Proof, Saboteur, argued, checked

PROOF = Proof(
    "P22",
    GENERAL,
    (
        argued(
            "A linear network, with or without biases, h(0) and a phase input, has y(s+1) = A x + b: what it "
            "shows is a sum of terms, one for each symbol of the memory, and a constant. Suppose that it is the "
            "rule's number f(x) for all x."
        ),
        checked(
            "Then symbols act independently: what a change of one symbol (p for p') adds does not depend on "
            "another one (q or q').",
            identity(
                "(p1 + q1 + c) - (p0 + q1 + c)", "(p1 + q0 + c) - (p0 + q0 + c)", scalars=("p0", "p1", "q0", "q1", "c")
            ),
        ),
        checked(
            "Codes of ±1: if a change of each of two symbols changes f, from v to −v, that is by −2v, both "
            "together give −3v,",
            identity("v - 2*v - 2*v", "-3*v", scalars=("v",)),
        ),
        argued("which is not ±1. So f depends on one symbol at most; on signs it is ± a coordinate or a constant."),
        checked(
            "Numbers 0 … q − 1: slopes are integers (one symbol moves by 1), of magnitudes a, b of at least 1, "
            "so with r = q − 1 the range (a + b) r exceeds r: (a + b) r − r = r (a − 1) + r b > 0.",
            nonnegative("(a + b)*r - r", ["r", "a - 1", "b"], [("1", [0, 1]), ("1", [0, 2])], strict=[0, 2]),
        ),
        argued("Signs alone: f(x)(A x + b) > 0 for all x says, by definition, that f is a threshold function of x."),
        checked(
            "Points that balance refute that: with S = Σ t f(x) x = 0, T = Σ t f(x) = 0 and counts t > 0 the "
            "sum of the t f(x)(A x + b) is A S + T b = 0.",
            identity("A*S + T*b", "0", given={"S": "0", "T": "0"}),
        ),
        checked(
            "Odd networks: the pre-activation of the opposite state and input is the opposite one.",
            identity("W*(-h) + U*(-x)", "-(W*h + U*x)"),
        ),
        argued(
            "σ is odd and h(0) = 0 is its own opposite: by induction over t the states on −x are those on x "
            "turned round, and so are y = R h."
        ),
        argued(
            "Where u(−x) = u(x) at most one of y(x), y(−x) = −y(x) has the right sign; an output of 0 is wrong "
            "on both. So of the two at most one is right, and over inputs closed under x ↦ −x the share of "
            "right ones is at most 1 − ½ P."
        ),
    ),
    Saboteur("A network with a bias is odd.", identity("W*(-h) + U*(-x) + b", "-(W*h + U*x + b)")),
)
