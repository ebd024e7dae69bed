r"""The threshold circuit with tanh units (P24): every symbol right for all t, with a margin for weights and floats.

The features of `threshold` with gain β, copies with gain α. Copies stay in ±[1−ε, 1] and features in ±[1−η, 1]. Let
D_o and D_n be the 1-norms of a direction on older slots and on the newest, m the number of features of what it reads
there, μ = (m+1)/2, and let every row of [W U b] be off by at most δ in 1-norm. Then every sign is right for all t and
|y| ≥ 1 − μη, if

    β (1 − D_o ε − D_n μ η) − δ ≥ artanh(1−η)                          features
    α (1 − μη) − δ ≥ artanh(1−ε)  for s ≥ 2                            first copies
    α (1 − ε) − δ ≥ artanh(1−ε)   for s ≥ 3                            other copies
    g ≥ β (D_o + D_n (1 + (m−1)η/2) + |θ|) + δ + artanh(1−η)           writes

`margin` finds ε and η with about the largest δ, in fractions. Rounding of floats is part of δ.

>>> from emt_theory.tasks import parse
>>> print(margin(parse("xor"), beta=4))
beta = 4, alpha = 2: rows of weights may be off by 0.8190; |y| ≥ 0.9289

Source: in the line of Omlin & Giles (1996) and Carrasco et al. (2000); new: a shift register without phase input,
explicit δ; P24, proved in `proofs/`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from emt_theory.circuits.certifying.result import rounded_down
from emt_theory.circuits.certifying.thresholds import Condition, Floors, best_floors
from emt_theory.circuits.schemes.scheme import Allowance, FiniteScheme
from emt_theory.circuits.schemes.threshold import Feature, ThresholdPlan, counted, lay_out, plan, refused_code
from emt_theory.errors import InvalidOption
from emt_theory.ground.absent import Absent
from emt_theory.ground.json import Record
from emt_theory.ground.rationals import to_fraction
from emt_theory.ground.text import shown
from emt_theory.networks import ExactRNN
from emt_theory.tasks.finite.task import FiniteTask, finite_task

BETAS = tuple(Fraction(2**k) for k in range(2, 8))
"""Gains that are tried where none is given."""
_LARGEST = 2**20


@dataclass(frozen=True)
class Margin(Record):
    """How far weights may be off (P24).

    Attributes:
        beta: β, the gain of features.
        alpha: α, the gain of copies.
        delta: δ, in 1-norm, of every row of [W U b].
        copied: 1 − ε.
        composed: 1 − η.
        magnitude: a lower bound of |y|.
    """

    JSON = ("beta", "alpha", "delta", "copied", "composed", "magnitude")

    beta: Fraction
    alpha: Fraction
    delta: Fraction
    floors: Floors
    magnitude: Fraction

    @property
    def copied(self) -> Fraction:
        """1 − ε."""
        return self.floors.copied

    @property
    def composed(self) -> Fraction:
        """1 − η."""
        return self.floors.composed

    def __str__(self) -> str:
        gains = f"beta = {self.beta}, alpha = {self.alpha}"
        return (
            f"{gains}: rows of weights may be off by {rounded_down(self.delta)}; |y| ≥ {rounded_down(self.magnitude)}"
        )


def margin(task: FiniteTask, beta: Fraction | int | str, alpha: Fraction | int | str | None = None) -> Margin | Absent:
    """About the largest δ of the threshold circuit with tanh units, or why there is none.

    Args:
        task: a task whose code is ±1.
        beta: β > 1, exact.
        alpha: α > 1; β/2 if left out.

    Raises:
        InvalidTask: if it is no finite task.
        InvalidOption: if a gain is not exact, or not above 1.
    """
    beta = _gain("beta", beta)
    alpha = _gain("alpha", beta / 2 if alpha is None else alpha)
    refused = refused_code(finite_task(task)) or ThresholdTanh().too_large(task)
    if refused:
        return Absent(refused)
    made = plan(task)
    conditions = list(_conditions(made, beta, alpha))
    floors = best_floors(conditions)
    if floors is None:
        return Absent(f"no weights stay right with beta = {beta}, alpha = {alpha}; larger gains leave more room (P24)")
    delta = min(condition.slack(floors) for condition in conditions)
    largest = max(_mu(made, c) for c in range(made.register.dim))
    return Margin(beta, alpha, delta, floors, 1 - largest * (1 - floors.composed))


def _gain(name: str, value: object) -> Fraction:
    found = to_fraction(value, name, InvalidOption)
    if not 1 < found <= _LARGEST:
        raise InvalidOption(
            f"{name} must be above 1, or units do not stay apart, and at most {_LARGEST}; got {shown(found)}"
        )
    return found


def _mu(made: ThresholdPlan, c: int) -> Fraction:
    return Fraction(len(made.features[c]) + 1, 2)


def _conditions(made: ThresholdPlan, beta: Fraction, alpha: Fraction) -> Iterator[Condition]:
    zero = Fraction(0)
    for feature in {feature for own in made.features for feature in own}:
        older = sum(abs(a) for place, a in feature.weights if place < made.copies)
        newest = sum((abs(a) * _mu(made, p - made.copies) for p, a in feature.weights if p >= made.copies), zero)
        yield Condition("features", beta, beta * older, beta * newest, True, zero)
    if made.register.num_variables >= 2:
        for mu in {_mu(made, c) for c in range(made.register.dim)}:
            yield Condition("first copies", alpha, zero, alpha * mu, False, zero)
    if made.register.num_variables >= 3:
        yield Condition("other copies", alpha, alpha, zero, False, zero)


@dataclass(frozen=True)
class ThresholdTanh(FiniteScheme):
    """Tanh units along directions, with an overriding write.

    Attributes:
        beta: β, the gain of features; the smallest of 4, 8, …, 128 that leaves room, if left out.
        alpha: α, the gain of copies; β/2 if left out.

    >>> from emt_theory import derive
    >>> from emt_theory.tasks import xor
    >>> derive(xor()).compile(scheme=ThresholdTanh(beta=Fraction(4)))
    ElmanRNN(N=4, d=1, activation='tanh', b_h=…, exact=…)
    """

    beta: Fraction | None = None
    alpha: Fraction | None = None
    name: ClassVar[str] = "threshold-tanh"

    def __post_init__(self) -> None:
        for name in ("beta", "alpha"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, _gain(name, getattr(self, name)))

    def margin(self, task: FiniteTask) -> Margin | Absent:
        """That of the gains that are used for the task."""
        found: Margin | Absent = Absent("no gain was tried")
        for beta in BETAS if self.beta is None else (self.beta,):
            found = margin(task, beta, self.alpha)
            if found:
                return found
        return found

    def verdict(self, task: FiniteTask) -> Allowance:
        """Allowed on codes of ±1 where the gains leave room; symbols are then exact for all t, the values are not."""
        refused = refused_code(task) or self.too_large(task)
        if refused:
            return Allowance.refused(refused)
        found = self.margin(task)
        if isinstance(found, Absent):
            return Allowance.refused(found.reason)
        return Allowance(True, "symbols", f"{counted(task, plan(task))}; {found} (P24)")

    def units(self, task: FiniteTask) -> int:
        """As many as the threshold circuit has."""
        least = task.num_variables * task.d_out
        return least if least > self.MOST_UNITS else plan(task).units

    def weights(self, task: FiniteTask, hidden: int) -> ExactRNN:
        """β (w·r − θ) + s g x and α · newer, on tanh units."""
        found, made = self.margin(task), plan(task)
        assert isinstance(found, Margin)
        eta = 1 - found.composed

        def write(feature: Feature) -> Fraction:
            fed = Fraction(abs(feature.threshold))
            for place, a in feature.weights:
                more = 0 if place < made.copies else eta * Fraction(len(made.features[place - made.copies]) - 1, 2)
                fed += abs(a) * (1 + more)
            least = found.beta * fed + found.delta + found.floors.composed_need
            return Fraction(
                -(-least.numerator * 64 // least.denominator), 64
            )  # rounded up: few digits, exact in floats

        return lay_out(made, hidden, found.beta, found.alpha, write, "tanh")
