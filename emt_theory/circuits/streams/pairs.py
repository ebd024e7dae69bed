r"""A machine as pairs (P26): one ReLU unit for each state and letter, of which one is 1 at every step and all others are 0.

Unit (q, a) is 1 at step t iff the machine was in q before it, and read a. Let i_a(x) be the affine function of a symbol's numbers that is 1
on symbol a and 0 on all others, and c the number of symbols in a letter, a = (a_1, …, a_c). With

    h_qa(t) = relu(Σ {h_p : p leads to q} + Σ_j i_{a_j}(x_j(t)) − c)               q not the start,
    h_qa(t) = relu(−Σ {h_p : p leads elsewhere} + Σ_j i_{a_j}(x_j(t)) − c + 1)     q the start,

the state h(0) = 0 *is* the start: no unit leads elsewhere. Of the units that are 1 there is one, so the first sum is 1 or 0, as q is the
state or not, and so is 1 minus the second; the letter adds c if it is a, and at most c − 1 else. Hence N = |Q| |Σ|, one letter a step, and
the read-out of a unit is the codeword of what the machine shows on the way.

>>> from emt_theory.tasks import running_parity
>>> twin = Pairs().weights(running_parity(), 4)
>>> [int(y) for y in twin.run([[-1], [1], [-1], [-1]]).outputs[:, 0]]           # −1 is the letter 1
[-1, -1, 1, -1]

Source: Minsky, Computation (1967), for nets of neurons that are automata; the start in h(0) = 0 is new, P26.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

import numpy as np

from emt_theory.circuits.schemes.scheme import Allowance
from emt_theory.circuits.streams.scheme import MachineScheme
from emt_theory.ground.rationals import RationalMatrix
from emt_theory.networks import ExactRNN
from emt_theory.tasks.finite.alphabet import Alphabet, Code
from emt_theory.tasks.streams.machine import MachineTask
from emt_theory.tasks.streams.mealy import symbols_of

_HALF = Fraction(1, 2)
Affine = tuple[tuple[tuple[int, Fraction], ...], Fraction]
"""((number, weight), …) and a constant."""


def _thermometer(q: int, a: int) -> Affine:
    # places 1 … a are 1: symbol a is where place a is 1 and place a + 1 is not, with 1 before all places and −1 after them
    up = [(a - 1, _HALF)] if a else []
    down = [(a, -_HALF)] if a < q - 1 else []
    return (*up, *down), _HALF * (not up) + _HALF * (not down)


_INDICATORS: dict[Code, Callable[[int, int], Affine]] = {
    Code.SIGNS: lambda q, a: (((0, -_HALF if a else _HALF),), _HALF),
    Code.ONEHOT: lambda q, a: (((a, _HALF),), _HALF),
    Code.INDICATOR: lambda q, a: (((a, Fraction(1)),), Fraction(0)),
    Code.THERMOMETER: _thermometer,
    Code.NUMBERS: lambda q, a: (((0, Fraction(1 if a else -1)),), Fraction(0 if a else 1)),
}
"""i_a of a symbol a of q; that of numbers is for q = 2."""


def indicator(alphabet: Alphabet, symbol: int) -> Affine | None:
    """The affine function of a symbol's numbers that is 1 on this symbol and 0 on all others; None where there is none.

    >>> indicator(Alphabet(2), 1)
    (((0, Fraction(-1, 2)),), Fraction(1, 2))
    """
    code = Code(str(alphabet.code))
    known = code in _INDICATORS and not (code is Code.NUMBERS and alphabet.size > 2)
    return _INDICATORS[code](alphabet.size, symbol) if known else None


@dataclass(frozen=True)
class Pairs(MachineScheme):
    """One ReLU unit for each state and letter."""

    name: ClassVar[str] = "pairs"

    def verdict(self, task: MachineTask) -> Allowance:
        """Exact values wherever single symbols can be told by affine functions; the reason says N."""
        if indicator(task.reads, 0) is None:
            return Allowance.refused(
                f"no affine function of the code {str(task.reads.code)!r} tells one of {task.reads.size} symbols from all others (P26)"
            )
        machine = task.machine.minimal()
        units = machine.states * machine.letters
        if units > self.MOST_UNITS:
            return Allowance.refused(f"it takes {units} units; at most {self.MOST_UNITS} are laid out")
        return Allowance(True, "values", f"N = {units}: {machine.states} states × {machine.letters} letters (P26)")

    def units(self, task: MachineTask) -> int:
        """N = |Q| |Σ|."""
        machine = task.machine.minimal()
        return machine.states * machine.letters

    def weights(self, task: MachineTask, hidden: int) -> ExactRNN:
        """Sums over the units that lead to a state, and the letter."""
        machine, recurrent = task.machine.minimal(), list[tuple[int, int, int]]()
        Q, k, c = machine.states, machine.letters, task.channels
        leads = machine.following.reshape(-1)  # unit q·k + a leads to δ(q, a)
        driven, bias = list[tuple[int, int, Fraction]](), [Fraction(0)] * hidden
        letters = symbols_of(np.arange(k), task.reads.size, c).tolist()
        for q in range(Q):
            start = q == machine.start
            fed = np.flatnonzero(leads != q if start else leads == q).tolist()
            for a, symbols in enumerate(letters):
                unit = q * k + a
                recurrent += [(unit, i, -1 if start else 1) for i in fed]
                bias[unit] = Fraction(start - c)
                for j, symbol in enumerate(symbols):
                    found = indicator(task.reads, symbol)
                    assert found is not None
                    terms, constant = found
                    # number b of symbol j of a letter stands at place j·e + b
                    driven += [(unit, j * task.reads.width + b, v) for b, v in terms]
                    bias[unit] += constant
        codes = task.shows.encode(symbols_of(machine.shown.reshape(-1), task.shows.size, task.outputs))
        read = [(i, unit, int(v)) for unit, row in enumerate(codes) for i, v in enumerate(row)]
        return ExactRNN(
            W_hh=RationalMatrix.from_entries((hidden, hidden), recurrent),
            W_uh=RationalMatrix.from_entries((hidden, task.d_in), driven),
            W_hy=RationalMatrix.from_entries((task.d_out, hidden), read),
            b_h=tuple(bias),
            activation="relu",
        )
