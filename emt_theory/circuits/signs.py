r"""How many *signs* the linear circuit gets right (P06, P07b). Nothing here speaks of values.

A circuit that misses the values may still have most of the signs. They are counted in two ways, both exact in the outputs: on seeded samples, with an
interval (`sign_accuracy`), or over all inputs at once, as a fraction (`expected_sign_accuracy`). An output of exactly 0 is a wrong sign, which
floating point could not tell.

>>> from emt_theory.tasks import compose_copy
>>> expected_sign_accuracy(compose_copy(2), horizon=10)             # output 1 is u + u', which is 0 half of the time
Fraction(3, 4)

Damping the feedback, last block row γF with γ < 1, lets the newest write outweigh the older ones. On a selection task γ ≤ ½ always has every sign
right (P07b):

>>> sign_accuracy(compose_copy(2), horizon=10, damping=Fraction(1, 2)).accuracy
1.0

Source: new, P06 and P07b, proved in `proofs/`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import TYPE_CHECKING, Any

import flint
import numpy as np

from emt_theory.circuits.response_form import responses
from emt_theory.errors import InvalidOption
from emt_theory.exact import blocks, loaded_memory
from emt_theory.ground.arguments import MOST_EXACT, integer, sequence
from emt_theory.ground.json import Record
from emt_theory.ground.rationals import RationalMatrix, to_fraction
from emt_theory.ground.text import shown
from emt_theory.tasks import Accuracy, LinearTask, accuracy
from emt_theory.tasks.linear import linear_task

if TYPE_CHECKING:
    from numpy.typing import NDArray

DAMPING_GRID = tuple(Fraction(k, 8) for k in range(1, 9))
"""γ = 1/8, 2/8, …, 1: where `best_damping` looks. 1 is the undamped circuit."""
_MOST_SUMS = 200_000


@dataclass(frozen=True)
class BestDamping(Record):
    """The damping with the most right signs on a sample.

    Attributes:
        damping: γ; of those that are equally good the largest, whose outputs are the largest.
        accuracy: its sign accuracy.
        tried: every γ of the grid with the fraction of right signs.
    """

    JSON = ("damping", "signs=accuracy", "tried")

    damping: Fraction
    accuracy: Accuracy
    tried: tuple[tuple[Fraction, float], ...]

    def __str__(self) -> str:
        return f"signs with damping {self.damping}: {self.accuracy}"


def sign_accuracy(
    task: LinearTask, horizon: int = 50, sequences: int = 500, seed: int = 0, damping: Fraction | int | str = 1
) -> Accuracy:
    """The sign accuracy of the linear circuit on random inputs, its outputs computed without rounding.

    Args:
        task: any linear task.
        horizon: number of scored steps.
        sequences: number of random inputs.
        seed: of the inputs.
        damping: γ > 0, exact; the circuit writes γF instead of F. The targets are the task's.

    Raises:
        InvalidOption: if the damping is not positive, or a size is not.
    """
    inputs, targets = linear_task(task).sequences(sequences, horizon, seed)
    return accuracy(_scaled_outputs(task, inputs, horizon, _positive(damping)), targets, seed)


def best_damping(
    task: LinearTask,
    horizon: int = 50,
    sequences: int = 500,
    seed: int = 0,
    grid: Sequence[Fraction] = DAMPING_GRID,
) -> BestDamping:
    """The γ of a finite grid with which the linear circuit has the most signs right; measured, all on the same inputs.

    >>> from emt_theory.tasks import parse
    >>> best = best_damping(parse("T2"), sequences=50)
    >>> best.damping, best.accuracy.accuracy
    (Fraction(1, 2), 1.0)
    """
    tried = [_positive(damping) for damping in sequence("grid", grid)]
    if not tried:
        raise InvalidOption("the grid of dampings is empty")
    found = {damping: sign_accuracy(task, horizon, sequences, seed, damping) for damping in tried}
    best = max(found, key=lambda damping: (found[damping].accuracy, damping))
    return BestDamping(best, found[best], tuple((damping, one.accuracy) for damping, one in found.items()))


def _scaled_outputs(task: LinearTask, inputs: NDArray[Any], horizon: int, damping: Fraction) -> NDArray[Any]:
    """q^t y(t) for the scored steps, in integers: the signs of y(t), whatever the denominators of γF and of the inputs.

    With q the common denominator, `y(t) = Σ_k γF_k y(t−ℓ) + u(t)`, ℓ = s+1−k, becomes `Y(t) = Σ_k q^{ℓ−1} (qγF_k) Y(t−ℓ) + q^t u(t)`.
    """
    s, d = task.num_variables, task.dim
    F = task.F * damping
    q = lcm(*(value.denominator for _, _, value in F))
    whole = {lag: _whole(block * q**lag) for lag, block in zip(range(s, 0, -1), blocks(F, d), strict=True)}
    unit = lcm(*(value.denominator for value in task.inputs))
    zero = flint.fmpz_mat(d, len(inputs))
    past: list[Any] = []
    for t in range(s + horizon):
        made = _entered(inputs[:, t], unit * q**t) if t < s else zero
        for lag, block in whole.items():
            if block is not None and lag <= t:
                made = made + block * past[t - lag]
        past.append(made)
    scored = [[[int(v) for v in row] for row in step.tolist()] for step in past[s:]]
    # Steps hold columns, one a sequence: (t, d, batch) → (batch, t, d).
    return np.array(scored, dtype=object).transpose(2, 0, 1)


def _entered(values: NDArray[Any], unit: int) -> Any:
    """One variable of every sequence, times an integer that makes it whole, as a d×batch FLINT matrix."""
    return flint.fmpz_mat([[int(v * unit) for v in component] for component in values.T.tolist()])


def _whole(matrix: RationalMatrix) -> Any:
    return matrix.to_flint().numer_denom()[0] if matrix.entries else None


def expected_sign_accuracy(task: LinearTask, horizon: int = 50, damping: Fraction | int | str = 1) -> Fraction:
    """The expected fraction of right signs over all inputs, exactly: `sign_accuracy` with infinitely many sequences.

    Each output and its target are integer combinations of independent inputs; the distribution of the pair is built up input by input.

    Args:
        task: any linear task.
        horizon: number of scored steps, at most 100,000, since all digits of the outputs of all of them are kept.
        damping: γ > 0.

    Raises:
        InvalidOption: if a pair takes more than 200,000 values (small γ makes many; measure with `sign_accuracy` instead), or nothing is scored.
    """
    gamma, horizon = _positive(damping), integer("horizon", horizon, least=1, most=MOST_EXACT)
    damped = LinearTask(linear_task(task).name, task.num_variables, task.dim, task.F * gamma, task.inputs)
    loaded = loaded_memory(damped.F, task.dim)
    right = scored = 0
    known: dict[Any, tuple[int, int]] = {}
    for given, wanted in zip(responses(damped, horizon + 1)[1:], responses(task, horizon + 1)[1:], strict=True):
        got = given @ loaded
        for c in range(task.dim):
            pair = (got.row(c), wanted.row(c))
            if pair not in known:
                known[pair] = _count_right(dict(pair[0]), dict(pair[1]), task.inputs)
            total = len(task.inputs) ** len({j for row in pair for j, _ in row})
            right, scored = right + Fraction(known[pair][0], total), scored + Fraction(known[pair][1], total)
    if not scored:
        raise InvalidOption("nothing is scored: every target is 0, and a sign of 0 cannot be right or wrong")
    return Fraction(right / scored)


def _count_right(
    output: dict[int, Fraction], target: dict[int, Fraction], values: tuple[Fraction, ...]
) -> tuple[int, int]:
    """(inputs with the right sign, inputs with a target other than 0), over all inputs that take part."""
    scale = lcm(*(v.denominator for v in (*output.values(), *target.values())))
    unit = lcm(*(v.denominator for v in values))
    whole = [int(value * unit) for value in values]
    sums: dict[tuple[int, int], int] = {(0, 0): 1}
    for j in {*output, *target}:
        a, b = int(output.get(j, 0) * scale), int(target.get(j, 0) * scale)
        grown: dict[tuple[int, int], int] = {}
        for (y, u), count in sums.items():
            for value in whole:
                place = (y + a * value, u + b * value)
                grown[place] = grown.get(place, 0) + count
        sums = grown
        if len(sums) > _MOST_SUMS:
            raise InvalidOption(f"an output takes more than {_MOST_SUMS} values; measure with sign_accuracy instead")
    scored = {place: count for place, count in sums.items() if place[1]}
    return sum(count for (y, u), count in scored.items() if y * u > 0), sum(scored.values())


def _positive(damping: Fraction | int | str) -> Fraction:
    exact = to_fraction(damping, "damping", InvalidOption)
    if exact <= 0:
        raise InvalidOption(f"damping must be above 0; got {shown(exact)}")
    return exact
