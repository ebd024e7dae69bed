r"""Networks of threshold units that have a finite task for all t: every row is checked on the codewords that it reads (P23, P24).

The weights are read as a register (`registers`): copies hold a place of an older block up to a sign, the newest block is the row of the read-out, and
W_i = Σ_p A_ip · held(p) + Δ_i. Let copies lie in ±[1−ε, 1] and features in ±[1−η, 1]; for hard tanh ε = η = 0. With

    κ_c = Σ σ_i s_i,  S_c = Σ |σ_i|,  C_c = Σ |carried|,      dev_c = η (S_c + max(κ_c, 1 + C_c))/2 + ε C_c,

number c of the newest block is within dev_c of ±1 after a free step, and of κ_c x_c + Σ carried at t = s. By induction over t all numbers shown are
right, within dev_c, for all t > s if, need(m) being artanh m for tanh and 1 for hard tanh,

    steps     for all codewords x that the row reads: |A_i·x + b_i| − ε ‖A_i‖_older − Σ_newest |A_ip| dev − ‖Δ_i‖ ≥ need(1−η), and the signs φ_i of
              these sums have Σ σ_i φ_i + Σ carried = the number that the rule wants
    load      the same signs, with as much room, if κ_c x_c + Σ carried stands in the newest block
    writes    s_i U_ic − ‖others of U_i‖ ≥ need(1−η) + ‖A_i‖_older + Σ_newest |A_ip| (κ_c + C_c + η (S_c−κ_c)/2) + |b_i| + ‖Δ_i‖
    copies    α (1−ε), or from the newest block α (min(1, κ_c − C_c) − dev_c), less ‖Δ_i‖ + |b_i| + ‖U_i‖, is at least need(1−ε)

A step is looked at on q^k points, and that is all: the proof is complete, and as fast at 8 × 8. *Room* is what all conditions leave: rows of [W U b]
may change by so much in 1-norm. *Kicks*: after t = s every unit may be moved by so much between steps, since ‖W_i‖ times it is within the room of its
row; without bound where no row reads a unit.

For tanh units every row gives away what float64 may lose (`emt_theory.circuits.certifying.floats`).

Source: new, P23 and P24, proved in `proofs/`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from emt_theory.circuits.certifying.bounds import artanh_above
from emt_theory.circuits.certifying.floats import ROUNDING, given_away, near
from emt_theory.circuits.certifying.needs import ONE, ZERO
from emt_theory.circuits.certifying.registers import Composing, Copying, Registered, read_register
from emt_theory.circuits.certifying.result import NotProved, Proof, rounded_down
from emt_theory.networks import ExactRNN
from emt_theory.tasks.finite.alphabet import Code
from emt_theory.tasks.finite.task import FiniteTask

_MOST_POINTS = 2**18
_LOGARITHMS = (-20.7, -0.36)
"""ε and η are looked for from 1e-9 to .7."""


class Condition(NamedTuple):
    """`base − on_copies ε − on_features η ≥ need`: need(1−η) if `composes`, else need(1−ε).

    Attributes:
        where: what it is about.
        base: what is there.
        on_copies: how much ε takes away.
        on_features: how much η takes away.
        composes: whether it is about a feature.
        norm: ‖W_i‖_1 where it is about free steps, for kicks; 0 for writes, which come before.
    """

    where: str
    base: Fraction
    on_copies: Fraction
    on_features: Fraction
    composes: bool
    norm: Fraction

    def slack(self, floors: Floors) -> Fraction:
        """What is left."""
        need = floors.composed_need if self.composes else floors.copied_need
        return self.base - self.on_copies * (1 - floors.copied) - self.on_features * (1 - floors.composed) - need


class Floors(NamedTuple):
    """How far units reach: 1 − ε, 1 − η, and what that takes.

    Attributes:
        copied: 1 − ε.
        composed: 1 − η.
        copied_need: a rational number that is at least need(1 − ε).
        composed_need: the same for need(1 − η).
    """

    copied: Fraction
    composed: Fraction
    copied_need: Fraction
    composed_need: Fraction


HARD = Floors(ONE, ONE, ONE, ONE)


def tanh_floors(copied: Fraction, composed: Fraction) -> Floors:
    """Those of tanh units."""
    return Floors(copied, composed, artanh_above(copied), artanh_above(composed))


def prove_thresholds(twin: ExactRNN, task: FiniteTask) -> Proof:
    """All numbers shown right for all t > s: values for hard-tanh units with a whole read-out, symbols otherwise.

    Raises:
        NotProved: names the condition that fails.
    """
    if task.alphabet.code is Code.NUMBERS:
        raise NotProved("threshold units show ±1, and the code is numbers (P23)")
    found = read_register(twin, task)
    lost = ROUNDING if twin.activation == "tanh" else ZERO
    conditions = list(_conditions(twin, task, found, lost))
    floors = best_floors(conditions) if lost else HARD
    # where nothing fits, name what fails at ε = η = 1/8, which leaves some room to everything else
    tried = floors or tanh_floors(Fraction(7, 8), Fraction(7, 8))
    short = min(conditions, key=lambda one: one.slack(tried))
    if floors is None or short.slack(floors) < 0:
        raise NotProved(f"{short.where}: {near(short.base):.4g} is too little (P23)")
    room = min(one.slack(floors) for one in conditions)
    kicks = min((one.slack(floors) / one.norm for one in conditions if one.norm), default=None)
    margin = _margin(twin, found, floors, lost)
    if margin <= 0:
        raise NotProved(f"the read-out can drown: |y| ≥ {rounded_down(margin)} is all that is known (P23)")
    values = not lost and not any(found.read_rest)
    claims: dict[str, Any] = {
        "features": [_listed(one) for one in found.features],
        "copies": [[one.place, one.unit, one.sign, str(one.weight)] for one in found.copies.values()],
        "carried": [[c, place, a] for c, own in enumerate(found.carried) for place, a in own],
        "floors": [str(floors.copied), str(floors.composed)],
        "needs": [str(floors.copied_need), str(floors.composed_need)],
        "rounding": str(lost),
        "room": str(room),
        "kicks": None if kicks is None else str(kicks),
    }
    theorem = "P24" if lost else "P23"
    extent = f"units reach {rounded_down(min(floors[:2]))}, " if lost else ""
    reason = (
        f"every row is right on all codewords that it reads: {extent}weights have room {rounded_down(room)} ({theorem})"
    )
    return Proof(
        "threshold-tanh" if lost else "threshold-rows", "values" if values else "symbols", claims, reason, margin
    )


def _listed(one: Composing) -> list[Any]:
    return [one.number, one.unit, one.coefficient, one.write, [[place, str(a)] for place, a in sorted(one.row.items())]]


# ------------------------------------------------------------------------------------------------------ the conditions


def _conditions(twin: ExactRNN, task: FiniteTask, found: Registered, lost: Fraction) -> Iterator[Condition]:
    bias = twin.b_h or (ZERO,) * twin.hidden
    newest = _newest(found)
    for number, group in groupby(found.features, key=lambda one: one.number):
        own = list(group)
        for one, (step, load) in zip(own, _steps(task, found, newest, own, bias), strict=True):
            yield from _feature(
                twin, found, newest, one, bias[one.unit], step, load, lost, f"number {number}, unit {one.unit}"
            )
    for one in found.copies.values():
        yield _copy(twin, found, newest, one, bias[one.unit], lost)


class _Newest(NamedTuple):
    """Of a number of the newest block: κ, S, C, and its carried (place, coefficient)."""

    written: int
    size: int
    extra: int
    carried: tuple[tuple[int, int], ...]

    @property
    def on_features(self) -> Fraction:
        """What η takes from it: (S + max(κ, 1 + C))/2."""
        return Fraction(self.size + max(self.written, 1 + self.extra), 2)


def _newest(found: Registered) -> list[_Newest]:
    made: list[_Newest] = []
    for c, carried in enumerate(found.carried):
        own = [one for one in found.features if one.number == c]
        written, size = sum(one.coefficient * one.write for one in own), sum(abs(one.coefficient) for one in own)
        made.append(_Newest(written, size, sum(abs(a) for _, a in carried), carried))
    return made


def _given_away(twin: ExactRNN, one: Composing | Copying, bias: Fraction, lost: Fraction) -> Fraction:
    """What float64 may lose in a row, where that is covered."""
    driven = sum((abs(v) for _, v in twin.W_uh.row(one.unit)), ZERO)
    return given_away(twin.hidden + twin.dim, one.norm, driven, abs(bias), ONE) if lost else ZERO


def _feature(
    twin: ExactRNN,
    found: Registered,
    newest: list[_Newest],
    one: Composing,
    bias: Fraction,
    step: Fraction,
    load: Fraction,
    lost: Fraction,
    where: str,
) -> Iterator[Condition]:
    older = found.register.size - found.register.dim
    rest = one.rest + _given_away(twin, one, bias, lost)
    on_older = sum((abs(a) for place, a in one.row.items() if place < older), ZERO)
    young = [(abs(a), newest[place - older]) for place, a in one.row.items() if place >= older]
    on_copies = on_older + sum((a * own.extra for a, own in young), ZERO)
    on_features = sum((a * own.on_features for a, own in young), ZERO)
    yield Condition(f"{where} steps", step - rest, on_copies, on_features, True, one.norm)
    if load != step:
        yield Condition(f"{where} steps after the load", load - rest, on_copies, on_features, True, one.norm)
    driven = dict(twin.W_uh.row(one.unit))
    own = driven.pop(one.number) * one.write
    against = on_older + sum((a * (its.written + its.extra) for a, its in young), ZERO) + abs(bias) + rest
    against += sum(map(abs, driven.values()), ZERO)
    spread = sum((a * Fraction(its.size - its.written, 2) for a, its in young), ZERO)
    yield Condition(f"{where} is written", own - against, ZERO, spread, True, ZERO)


def _copy(
    twin: ExactRNN, found: Registered, newest: list[_Newest], one: Copying, bias: Fraction, lost: Fraction
) -> Condition:
    older = found.register.size - found.register.dim
    rest = one.rest + abs(bias) + sum((abs(v) for _, v in twin.W_uh.row(one.unit)), ZERO)
    rest += _given_away(twin, one, bias, lost)
    source, where = one.place + found.register.dim - older, f"unit {one.unit} copies"
    if source < 0:
        return Condition(where, one.weight - rest, one.weight, ZERO, False, one.norm)
    its = newest[source]
    least = min(1, its.written - its.extra)
    return Condition(
        where, one.weight * least - rest, one.weight * its.extra, one.weight * its.on_features, False, one.norm
    )


def _steps(
    task: FiniteTask, found: Registered, newest: list[_Newest], own: list[Composing], bias: tuple[Fraction, ...]
) -> Iterator[tuple[Fraction, Fraction]]:
    """For each feature of a number the least |A·x + b| over all codewords, after free steps and after the load.

    Raises:
        NotProved: if the signs do not add up to the rule, or change with the load.
    """
    alphabet, D = task.alphabet, found.register.dim
    older, number = found.register.size - D, own[0].number
    rule, bit = task.rules[number // alphabet.width], number % alphabet.width
    extra = [(place + D, a) for place, a in found.carried[number]]  # a copy holds what stood one block on before
    loads = [place for one in own for p in one.row if p >= older for place, _ in newest[p - older].carried]
    reads = sorted({*rule.reads, *((place // alphabet.width) for place in (*(p for p, _ in extra), *loads))})
    if alphabet.size ** len(reads) > _MOST_POINTS:
        raise NotProved(
            f"number {number} depends on {alphabet.size}^{len(reads)} points; at most {_MOST_POINTS} are looked at (P23)"
        )
    grid = np.indices((alphabet.size,) * len(reads)).reshape(len(reads), alphabet.size ** len(reads))
    axis = {j: i for i, j in enumerate(reads)}
    codes = alphabet.codewords.T

    def at(place: int) -> NDArray[np.int64]:
        return codes[place % alphabet.width][grid[axis[place // alphabet.width]]]

    points = grid.shape[1]
    wanted = np.broadcast_to(codes[bit][rule.table[tuple(grid[axis[j]] for j in rule.reads)]], points)
    total = sum((a * at(place) for place, a in extra), np.zeros(points, dtype=np.int64))
    sums: list[tuple[Fraction, Fraction]] = []
    for one in own:
        scale = math.lcm(bias[one.unit].denominator, *(a.denominator for a in one.row.values()))
        free = _along(
            [(_whole(a, scale), at(place)) for place, a in one.row.items()], _whole(bias[one.unit], scale), wanted
        )
        before = [(_whole(a, scale), place) for place, a in one.row.items()]
        after = [(a * (newest[place - older].written if place >= older else 1), at(place)) for a, place in before]
        after += [(a * b, at(p)) for a, place in before if place >= older for p, b in newest[place - older].carried]
        loaded = _along(after, _whole(bias[one.unit], scale), wanted)
        signs = np.where(free > 0, 1, -1)
        if ((loaded > 0) != (free > 0)).any() or not (free != 0).all() or not (loaded != 0).all():
            raise NotProved(f"unit {one.unit} is no step on all codewords, or another one after the load (P23)")
        total += one.coefficient * signs
        sums.append((Fraction(int(abs(free).min()), scale), Fraction(int(abs(loaded).min()), scale)))
    if (total != wanted).any():
        at_ = int(np.flatnonzero(total != wanted)[0])
        state = {j: int(grid[axis[j], at_]) for j in rule.reads}
        raise NotProved(f"number {number} is {int(total[at_])} on {state}; the rule wants {int(wanted[at_])} (P23)")
    return iter(sums)


def _along(terms: list[tuple[int, NDArray[np.int64]]], constant: int, like: NDArray[np.int64]) -> NDArray[Any]:
    """constant + Σ a x for x of ±1, in Python's integers where int64 may not hold it."""
    large = abs(constant) + sum(abs(a) for a, _ in terms) >= 2**62
    total = np.full(like.shape, constant, dtype=object if large else np.int64)
    for a, x in terms:
        total = total + (x.astype(object) if large else x) * a
    return total


def _whole(value: Fraction, scale: int) -> int:
    return value.numerator * (scale // value.denominator)


def _margin(twin: ExactRNN, found: Registered, floors: Floors, lost: Fraction) -> Fraction:
    """A lower bound of |y|."""
    margins: list[Fraction] = []
    for c, its in enumerate(_newest(found)):
        row = twin.W_hy.row(c)
        size = sum((abs(v) for _, v in row), ZERO)
        rounding = given_away(len(row), size, ZERO, found.read_rest[c], ONE) if lost else ZERO
        moved = its.on_features * (1 - floors.composed) + its.extra * (1 - floors.copied)
        margins.append(1 - moved - found.read_rest[c] - rounding)
    return min(margins)


# ----------------------------------------------------------------------------------------------------------- ε and η


def best_floors(conditions: list[Condition]) -> Floors | None:
    """ε and η that leave about the most room, in fractions; None if none leaves any.

    The room is concave in (ε, η), so that of the best η for each ε is concave in ε: two searches in floats, one inside the other. The bounds of
    artanh are rational.
    """
    from scipy.optimize import minimize_scalar

    rows = np.unique([[*map(near, one[1:4]), float(one.composes)] for one in conditions], axis=0)
    base, on_copies, on_features, composes = rows.T

    def less(eps: float, eta: float) -> float:
        needs = np.where(composes > 0, np.arctanh(1 - eta), np.arctanh(1 - eps))
        return -float((base - on_copies * eps - on_features * eta - needs).min())

    def searched(function: Callable[[float], float]) -> tuple[float, float]:
        options: Any = {"xatol": 1e-9}
        found: Any = minimize_scalar(
            lambda v: function(math.exp(v)), bounds=_LOGARITHMS, method="bounded", options=options
        )
        return math.exp(found.x), float(found.fun)

    eps, _ = searched(lambda eps: searched(lambda eta: less(eps, eta))[1])
    eta, lost = searched(lambda eta: less(eps, eta))
    return None if lost > 0 else tanh_floors(*(1 - Fraction(v).limit_denominator(2**30) for v in (eps, eta)))
