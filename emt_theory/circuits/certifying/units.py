"""A network, reduced to what P14's robust argument looks at: squashed units, what they read, and what their gates ask.

One reader for each σ and each cell that the argument covers; another one is refused by its name.

>>> from emt_theory.networks import ElmanRNN
>>> one = RationalMatrix.identity(1)
>>> read_units(ExactRNN(W_hh=one, W_uh=one, W_hy=one, activation="relu"), Fraction(1))
Traceback (most recent call last):
...
emt_theory.circuits.certifying.result.NotProved: the robust argument is for the units tanh, hard_tanh, gru, lstm, not for relu (P14)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from emt_theory.circuits.certifying.bounds import logistic_above, logistic_below
from emt_theory.circuits.certifying.needs import ONE, ZERO, GRUNeed, HardTanhNeed, LSTMNeed, Need, TanhNeed
from emt_theory.circuits.certifying.result import NotProved
from emt_theory.ground.rationals import RationalMatrix
from emt_theory.networks import ExactRNN, Network


@dataclass(frozen=True)
class Units:
    """The squashed units of a network.

    Attributes:
        recurrent: the weights of the squashed pre-activation on h, shape (N, N).
        driven: its weights on the inputs, shape (N, d).
        bias: the sum of the magnitudes of its biases, one for each unit.
        read: W_hy.
        read_bias: b_y.
        needs: one for each unit.
        passed: q, the least share of the recurrent part that counts, one for each unit.
        rounding: whether rows give away the rounding of float64.
        gated: whether the gates are part of what is claimed.
    """

    recurrent: RationalMatrix
    driven: RationalMatrix
    bias: tuple[Fraction, ...]
    read: RationalMatrix
    read_bias: tuple[Fraction, ...]
    needs: tuple[Need, ...]
    passed: tuple[Fraction, ...]
    rounding: bool = False
    gated: bool = False


def read_units(net: ExactRNN | Network, bound: Fraction) -> Units:
    """The units of a network, its gates bounded over all |h| ≤ 1 and inputs of size at most `bound`.

    Raises:
        NotProved: if the argument covers neither its σ nor its cell, or it has a phase input.
    """
    if isinstance(net, ExactRNN):
        if net.activation in _PLAIN and not net.phase_input:
            return _plain_units(net, *_PLAIN[net.activation])
    elif net.kind in _GATED and not net.phase_input:
        return _gated_units(net, bound, *_GATED[net.kind])
    what = "a phase input" if net.phase_input else net.activation if isinstance(net, ExactRNN) else net.kind
    raise NotProved(f"the robust argument is for the units {', '.join((*_PLAIN, *_GATED))}, not for {what} (P14)")


def _plain_units(twin: ExactRNN, need: Need, rounding: bool) -> Units:
    n = twin.hidden
    bias, read_bias = twin.b_h or (ZERO,) * n, twin.b_y or (ZERO,) * twin.dim
    return Units(twin.W_hh, twin.W_uh, tuple(map(abs, bias)), twin.W_hy, read_bias, (need,) * n, (ONE,) * n, rounding)


_Bounds = Callable[[str], tuple[tuple[Fraction, ...], tuple[Fraction, ...]]]


def _gru_gates(gate: _Bounds) -> tuple[tuple[Need, ...], tuple[Fraction, ...]]:
    return tuple(GRUNeed(high) for high in gate("z")[1]), gate("r")[0]


def _lstm_gates(gate: _Bounds) -> tuple[tuple[Need, ...], tuple[Fraction, ...]]:
    needs = tuple(LSTMNeed(*bounds) for bounds in zip(gate("f")[1], gate("i")[0], gate("o")[0], strict=True))
    return needs, (ONE,) * len(needs)


def _gated_units(
    net: Network,
    bound: Fraction,
    letter: str,
    gates: Callable[[_Bounds], tuple[tuple[Need, ...], tuple[Fraction, ...]]],
) -> Units:
    new, read, read_bias = net.gate(letter), net.weights["W_hy"], net.weights.get("b_y")
    needs, passed = gates(lambda name: _bounds(net, name, bound))
    biases = tuple(abs(Fraction(float(a))) + abs(Fraction(float(b))) for a, b in zip(new.b_ih, new.b_hh, strict=True))
    return Units(
        RationalMatrix.from_array(new.hh),
        RationalMatrix.from_array(new.ih),
        biases,
        RationalMatrix.from_array(read),
        (ZERO,) * net.dim if read_bias is None else tuple(Fraction(float(v)) for v in read_bias),
        needs,
        passed,
        gated=True,
    )


def _bounds(net: Network, letter: str, bound: Fraction) -> tuple[tuple[Fraction, ...], tuple[Fraction, ...]]:
    """(lower, upper) bounds of a gate, one for each unit, over all |h| ≤ 1 and inputs of size at most `bound`."""
    gate = net.gate(letter)
    hh, ih = RationalMatrix.from_array(gate.hh), RationalMatrix.from_array(gate.ih)
    lower: list[Fraction] = []
    upper: list[Fraction] = []
    for i in range(net.hidden):
        bias = Fraction(float(gate.b_ih[i])) + Fraction(float(gate.b_hh[i]))
        swing = sum((abs(v) for _, v in hh.row(i)), ZERO) + bound * sum((abs(v) for _, v in ih.row(i)), ZERO)
        lower.append(logistic_below(bias - swing))
        upper.append(logistic_above(bias + swing))
    return tuple(lower), tuple(upper)


_PLAIN: dict[str, tuple[Need, bool]] = {"tanh": (TanhNeed(), True), "hard_tanh": (HardTanhNeed(), False)}
"""By σ: what its units need, and whether float64 rounds what they hold."""
_GATED = {"gru": ("n", _gru_gates), "lstm": ("g", _lstm_gates)}
"""By cell: the gate whose pre-activation is squashed, and what the others ask."""
