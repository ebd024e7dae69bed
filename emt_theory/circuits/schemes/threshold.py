r"""The threshold circuit (P23): any rule on symbols as one layer of hard-tanh units, with the task's values for all t ≥ 1.

Every number that shows a symbol is ±1, and the memory is a register of D = d·e such numbers a variable. For each number c of the next variable let w
be an integer direction along which f_c changes its sign at θ_1 < … < θ_j (`directions`). One unit for each change,

    φ_i(t) = clip(γ (w·r(t−1) − θ_i) + s_i g_i x_c(t)),     γ ≥ 1,  g_i ≥ 1 + γ (‖w‖_1 + |θ_i|); here γ (1 + ‖w‖_1 + |θ_i|),

is a step along w when no input comes. If j is even one more unit is constant, φ = clip(γ + s g x_c), and stands below θ_1. Then

    y_c = Σ_i σ_i φ_i,      σ = −f_c(lowest), then alternating (the constant unit: f_c(lowest)),      Σ_i σ_i s_i = 1.

Older blocks of the register are copies, `clip(γ · newer)`. Its newest block is no unit but the read-out y itself:
every weight on it is a weight on the φ_i. While inputs come φ_i = s_i x_c, so y = x; afterwards the alternating sum
telescopes to f_c. So y(t) = u(t) for all t ≥ 1, with

    N = Σ_c m_c + (s−1) D,      m_c = j_c or j_c + 1, odd; m_c = 1 exactly for threshold functions and constants.

>>> from emt_theory.tasks import parse
>>> twin = Threshold().weights(parse("xor"), 4)
>>> [int(y) for y in twin.run([[1], [-1]], steps=8).outputs[:, 0]]
[1, -1, -1, 1, -1, -1, 1, -1]

Source: new, P23, proved in `proofs/`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import ClassVar, NamedTuple

from emt_theory.circuits.schemes.directions import MOST_POINTS, Direction, balanced_points, find_direction
from emt_theory.circuits.schemes.scheme import Allowance, FiniteScheme
from emt_theory.errors import InvalidOption
from emt_theory.ground.rationals import RationalMatrix, to_fraction
from emt_theory.ground.slots import Slots
from emt_theory.networks import ExactRNN
from emt_theory.tasks.finite.alphabet import Code
from emt_theory.tasks.finite.task import FiniteTask


class Feature(NamedTuple):
    """A unit that composes, without its gain: a step at a threshold along a direction.

    Attributes:
        weights: (place in the register, integer weight).
        threshold: θ.
        coefficient: σ, in the read-out.
        write: s, the sign that an input is written with.
    """

    weights: tuple[tuple[int, int], ...]
    threshold: int
    coefficient: int
    write: int

    @property
    def norm(self) -> int:
        """‖w‖_1."""
        return sum(abs(a) for _, a in self.weights)


@dataclass(frozen=True)
class ThresholdPlan:
    """What is laid into weights: the features of each number that is shown.

    Attributes:
        register: s blocks of D numbers of ±1.
        directions: one for each of the D numbers.
        features: those of each.
        carried: for each, the places whose copies stand in the read-out too, with coefficients; empty if there are none.
    """

    register: Slots
    directions: tuple[Direction, ...]
    features: tuple[tuple[Feature, ...], ...]
    carried: tuple[tuple[tuple[int, int], ...], ...] = ()

    @property
    def copies(self) -> int:
        """(s−1) D."""
        return self.register.size - self.register.dim

    @property
    def units(self) -> int:
        """N."""
        return sum(map(len, self.features)) + self.copies

    @cached_property
    def first(self) -> tuple[int, ...]:
        """The first feature unit of each number; those of a number follow each other, and copies follow all features, oldest block first."""
        ends = [0]
        for own in self.features:
            ends.append(ends[-1] + len(own))
        return tuple(ends)

    def held(self, place: int) -> tuple[tuple[int, int], ...]:
        """A place of the register as (unit, coefficient): a copy for blocks below s, and the read-out's row for the newest."""
        c = place - self.copies
        if c < 0:
            return ((self.first[-1] + place, 1),)
        own = [(self.first[c] + i, feature.coefficient) for i, feature in enumerate(self.features[c])]
        return (*own, *((self.first[-1] + p, a) for p, a in (self.carried[c] if self.carried else ())))


@lru_cache(maxsize=64)
def plan(task: FiniteTask) -> ThresholdPlan:
    """The features of a task whose code is ±1; it ends where they are too many to be laid out."""
    alphabet, register = task.alphabet, Slots(task.num_variables, task.d_out)
    directions: list[Direction] = []
    features: list[tuple[Feature, ...]] = []
    total = register.size - register.dim
    for rule in task.rules:
        # number b of symbol j of the memory stands at place j·e + b: j = (k−1)·d + c gives (k−1)·D + (c·e + b)
        places = [j * alphabet.width + b for j in rule.reads for b in range(alphabet.width)]
        for shown in alphabet.codewords[rule.table.reshape(-1)].T:
            direction = find_direction(alphabet, shown)
            directions.append(direction)
            features.append(features_along(direction, places))
            total += len(features[-1])
            if total > FiniteScheme.MOST_UNITS:
                return ThresholdPlan(register, tuple(directions), tuple(features))
    return ThresholdPlan(register, tuple(directions), tuple(features))


def features_along(direction: Direction, places: Sequence[int]) -> tuple[Feature, ...]:
    """Steps at each threshold, with a constant one below them if there are evenly many; signs of the writes are such that `Σ σ s = 1`."""
    weights = tuple((place, a) for place, a in zip(places, direction.weights, strict=True) if a)
    steps = [(weights, theta) for theta in direction.thresholds]
    first = -direction.lowest
    if len(steps) % 2 == 0:
        steps, first = [((), -1), *steps], direction.lowest
    signs = [first * (-1) ** i for i in range(len(steps))]
    plus = len(steps) // 2 + 1
    return tuple(
        Feature(*step, sign, sign if i < plus else -sign)
        for i, (step, sign) in enumerate(zip(steps, signs, strict=True))
    )


def lay_out(
    made: ThresholdPlan,
    hidden: int,
    gain: Fraction,
    copy: Fraction,
    write: Callable[[Feature], Fraction],
    activation: str,
) -> ExactRNN:
    """The network: features γ (w·r − θ) + s g x, copies α · newer, the read-out Σ σ φ.

    Args:
        made: the features.
        hidden: N, at least `made.units`; the rest stays idle.
        gain: γ, of features.
        copy: α, of copies.
        write: g of a feature.
        activation: the name of σ.
    """
    D, driven, read = made.register.dim, list[tuple[int, int, Fraction]](), list[tuple[int, int, int]]()
    bias, rows, copies = [Fraction(0)] * hidden, dict[int, dict[int, int]](), dict[int, dict[int, int]]()
    for c, own in enumerate(made.features):
        for i, feature in enumerate(own, start=made.first[c]):
            bias[i] = -gain * feature.threshold
            driven.append((i, c, feature.write * write(feature)))
            rows[i] = dict[int, int]()
            for place, a in feature.weights:
                for unit, sign in made.held(place):
                    rows[i][unit] = rows[i].get(unit, 0) + a * sign
        read += [(c, unit, sign) for unit, sign in made.held(made.copies + c)]
    for place in range(made.copies):  # block k takes block k + 1, D places on
        ((unit, _),) = made.held(place)
        copies[unit] = dict(made.held(place + D))
    return ExactRNN(
        W_hh=RationalMatrix((hidden, hidden), (*_scaled(rows, gain), *_scaled(copies, copy))),
        W_uh=RationalMatrix.from_entries((hidden, D), driven),
        W_hy=RationalMatrix.from_entries((D, hidden), read),
        b_h=tuple(bias) if any(bias) else None,
        activation=activation,
    )


def _scaled(rows: dict[int, dict[int, int]], factor: Fraction) -> Iterator[tuple[int, int, Fraction]]:
    """The entries of rows of integers, in order, times a factor; few values are different, and each is made once."""
    values = {a: a * factor for a in {a for row in rows.values() for a in row.values()}}
    for i in sorted(rows):
        yield from ((i, j, values[a]) for j, a in sorted(rows[i].items()) if a)


def refused_code(task: FiniteTask) -> str:
    """Why threshold units cannot show the task's symbols or look at its tables, or ""."""
    if task.alphabet.code is Code.NUMBERS:
        return "threshold units show ±1: it is for the codes signs, onehot and thermometer, not for numbers (P23)"
    largest = max(rule.table.size for rule in task.rules)
    if largest > MOST_POINTS:
        return f"an output has a table of {largest} values; at most {MOST_POINTS} are looked at (P23)"
    return ""


@dataclass(frozen=True)
class Threshold(FiniteScheme):
    """Hard-tanh units along directions, with an overriding write.

    Attributes:
        gain: γ ≥ 1; above 1 rows of weights may be off by γ − 1, and every step erases disturbances of all units up to (1 − 1/γ)/max(D_o + D_n m, m).
    """

    gain: Fraction = Fraction(1)
    name: ClassVar[str] = "threshold"

    def __post_init__(self) -> None:
        object.__setattr__(self, "gain", to_fraction(self.gain, "gain", InvalidOption))
        if self.gain < 1:
            raise InvalidOption(f"gain must be at least 1, or steps are no steps; got {self.gain}")

    def verdict(self, task: FiniteTask) -> Allowance:
        """Allowed and exact for every task on ±1; the reason says N, and between which bounds it lies."""
        refused = refused_code(task) or self.too_large(task)
        return (
            Allowance.refused(refused) if refused else Allowance(True, "values", f"{counted(task, plan(task))} (P23)")
        )

    def units(self, task: FiniteTask) -> int:
        """N = Σ m_c + (s−1) D; at least s·D before a direction is looked for."""
        least = task.num_variables * task.d_out
        return least if least > self.MOST_UNITS else plan(task).units

    def weights(self, task: FiniteTask, hidden: int) -> ExactRNN:
        """γ (w·r − θ) + s g x and copies, on hard-tanh units."""
        made = plan(task)
        return lay_out(
            made, hidden, self.gain, self.gain, lambda f: self.gain * (1 + f.norm + abs(f.threshold)), "hard_tanh"
        )


def counted(task: FiniteTask, made: ThresholdPlan) -> str:
    """N, where it comes from, and what is known of the fewest units of this form.

    >>> from emt_theory.tasks import parse
    >>> counted(parse("parity"), plan(parse("parity")))
    'N = 5: 3 units compose, the fewest of this form, and 2 copy'
    """
    composing, least = made.units - made.copies, fewest(task, made)
    bound = "the fewest of this form" if least == composing else f"at least {least} of this form"
    return f"N = {made.units}: {composing} units compose, {bound}, and {made.copies} copy"


def fewest(task: FiniteTask, made: ThresholdPlan) -> int:
    """A lower bound of Σ m_c: 1 for each number, and 3 where points that balance show that it is no threshold function; 2 never helps (P23)."""
    total, c, known = 0, 0, dict[bytes, int]()
    for rule in task.rules:
        for shown in task.alphabet.codewords[rule.table.reshape(-1)].T:
            key = shown.tobytes()
            if key not in known:
                more = made.directions[c].units > 1 and balanced_points(task.alphabet, shown) is not None
                known[key] = 3 if more else 1
            total, c = total + known[key], c + 1
    return total
