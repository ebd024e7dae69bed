r"""What no network of a kind can do for a finite task (P22): why no linear one, and why none that is odd.

A linear network's outputs are sums, so a number that it shows right on all inputs depends on at most one symbol of the
memory: two that matter would give it three values or more. For signs alone f has to be a threshold function. A network
is *odd* if σ is odd and nothing drives it but the inputs (no biases, no phase input, h(0) = 0); then y(−x) = −y(x). So
with f(x) = f(−x) for some x on signs it is wrong on x or on −x, and on inputs that come in pairs x, −x its accuracy is
at most

    1 − ½ P(u_c(t)(−x) = u_c(t)(x)).

>>> from emt_theory.tasks import parse
>>> print(find_linear_obstruction(parse("xor")))
output 0 depends on 2 symbols, and a linear network shows sums: no linear network has its values; it is no threshold
function either, so none has its signs
>>> print(find_odd_obstruction(parse("xor")))
output 0 is 0 on u[1][0] = 0, u[2][0] = 0 and on its opposite: no odd network, of tanh units without biases or a constant input, has it
>>> float(odd_accuracy(parse("xor"), horizon=200))
0.8325

Source: new, P22, proved in `proofs/`.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from emt_theory.circuits.schemes.directions import balanced_points
from emt_theory.errors import InvalidOption
from emt_theory.ground.absent import Absent
from emt_theory.ground.arguments import integer
from emt_theory.ground.json import Record
from emt_theory.tasks.finite.alphabet import Code
from emt_theory.tasks.finite.task import FiniteTask, finite_task

MOST_COMPONENTS = 16
_MOST_STEPS = 10_000


@dataclass(frozen=True)
class LinearObstruction(Record):
    """An output that no linear network shows.

    Attributes:
        output: which.
        reads: the symbols that it depends on, flat indices of the memory.
        signs: whether not even its signs can be right: shown by points that balance; None for other codes than signs, or where that is not decided.
    """

    output: int
    reads: tuple[int, ...]
    signs: bool | None

    def __str__(self) -> str:
        if len(self.reads) == 1:
            return f"output {self.output} is no multiple of the one number that it depends on: no linear network has its values"
        why = f"output {self.output} depends on {len(self.reads)} symbols, and a linear network shows sums: no linear network has its values"
        return f"{why}; it is no threshold function either, so none has its signs" if self.signs else why


def find_linear_obstruction(task: FiniteTask) -> LinearObstruction | None:
    """The first output whose values no linear network has; None if every output is a copy, one turned round, or a constant.

    Args:
        task: a finite task.

    Raises:
        InvalidTask: if it is none.
    """
    alphabet = finite_task(task).alphabet
    for c, rule in enumerate(task.rules):
        # The table with codewords in place of symbols, one axis for each read and one for the numbers of a codeword.
        words = alphabet.codewords[rule.table.reshape(-1)].reshape((*rule.table.shape, alphabet.width))
        for number in np.moveaxis(words, -1, 0):
            axes = [a for a in range(number.ndim) if (number != number.take([0], axis=a)).any()]
            bent = alphabet.code is Code.NUMBERS and len(axes) == 1 and np.ptp(np.diff(number.ravel())) > 0
            if len(axes) > 1 or bent:
                balanced = balanced_points(alphabet, number.reshape(-1)) if alphabet.code is Code.SIGNS else None
                return LinearObstruction(c, tuple(rule.reads[a] for a in axes), True if balanced else None)
    return None


@dataclass(frozen=True)
class OddObstruction(Record):
    """Two opposite memories after which an output is the same.

    Attributes:
        output: which.
        reads: the symbols that it depends on, flat indices of the memory.
        symbols: their values in one of the two.
        value: the symbol that follows both.
        dim: d, of the task.
    """

    output: int
    reads: tuple[int, ...]
    symbols: tuple[int, ...]
    value: int
    dim: int

    def __str__(self) -> str:
        pairs = zip(self.reads, self.symbols, strict=True)
        places = [f"u[{read // self.dim + 1}][{read % self.dim}] = {symbol}" for read, symbol in pairs]
        on = f"on {', '.join(places)} and on its opposite" if places else "after every memory, so after opposite ones"
        return f"output {self.output} is {self.value} {on}: no odd network, of tanh units without biases or a constant input, has it"


def find_odd_obstruction(task: FiniteTask) -> OddObstruction | None:
    """The first memories that no odd network gets right; None if f(−x) = −f(x), or the code is none of signs.

    Args:
        task: a finite task.

    Raises:
        InvalidTask: if it is none.
    """
    if finite_task(task).alphabet.code is not Code.SIGNS:
        return None
    for c, rule in enumerate(task.rules):
        same = np.argwhere(rule.table == np.flip(rule.table))  # bits 1 − b: the table read backwards
        if len(same):
            symbols = tuple(int(v) for v in same[0])
            return OddObstruction(c, rule.reads, symbols, int(rule.table[symbols]), task.dim)
    return None


def odd_accuracy(task: FiniteTask, horizon: int) -> Fraction | Absent:
    """The most that an odd network gets right of the symbols of t = s+1, …, s+horizon over all inputs, exactly.

    Args:
        task: a task on signs.
        horizon: scored steps, at most 10,000.

    Raises:
        InvalidTask: if it is no finite task.
        InvalidOption: if the horizon is out of range.
    """
    horizon = integer("horizon", horizon, 1, _MOST_STEPS, InvalidOption)
    if finite_task(task).alphabet.code is not Code.SIGNS:
        return Absent("−x is an input for the code signs alone")
    if task.components > MOST_COMPONENTS:
        return Absent(f"all inputs are run for at most {MOST_COMPONENTS} symbols")
    past = np.indices((2,) * task.components).reshape(task.components, -1).T.reshape(-1, task.num_variables, task.dim)
    same = 0
    for _ in range(horizon):
        following = task.variable(past)
        same += int((following == following[::-1]).sum())  # the inputs in reverse order are their opposites
        past = np.concatenate([past[:, 1:], following[:, None]], axis=1)
    return 1 - Fraction(same, 2 * horizon * task.dim * len(past))
