r"""A network, read as a register of ±1 with units that compose: what P23's argument looks at, found in the weights.

The register has s blocks of D numbers. A place of an older block is held by one unit with a sign, a *copy*; a place of
the newest block is a sum over units, its row of the read-out: *features*, which the input writes, and perhaps
*carried* copies. Every row of weights that matters is then a row on the places of the register and a rest, W_i = Σ_p
A_ip · held(p) + Δ_i, and only ‖Δ_i‖_1 counts: so weights that are rounded or noisy are read as well.

What is found here is a guess; nothing is proved until the conditions in `thresholds` hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import NamedTuple

from emt_theory.circuits.certifying.needs import ZERO
from emt_theory.circuits.certifying.result import NotProved
from emt_theory.ground.slots import Slots
from emt_theory.networks import ExactRNN
from emt_theory.tasks.finite.task import FiniteTask

_Row = dict[int, int]
_HALF = Fraction(1, 2)


class Composing(NamedTuple):
    """A feature: its unit, its coefficient σ in the read-out, the sign s of its write, and its row on the register.

    Attributes:
        number: which of the D numbers it belongs to.
        unit: the unit.
        coefficient: σ.
        write: s.
        row: A, by place.
        rest: ‖Δ‖_1.
        norm: ‖W_i‖_1.
    """

    number: int
    unit: int
    coefficient: int
    write: int
    row: dict[int, Fraction]
    rest: Fraction
    norm: Fraction


class Copying(NamedTuple):
    """A copy: the unit that holds sign · (a place), and what it takes of the place one block on.

    Attributes:
        place: the place.
        unit: the unit.
        sign: of what it holds.
        weight: α, with which it takes sign · held(place + D).
        rest: ‖Δ‖_1.
        norm: ‖W_i‖_1.
    """

    place: int
    unit: int
    sign: int
    weight: Fraction
    rest: Fraction
    norm: Fraction


@dataclass(frozen=True)
class Registered:
    """What was read.

    Attributes:
        register: s blocks of D numbers.
        features: in order of their numbers.
        copies: those that the rules ask for, by place.
        carried: by number, (place, coefficient) of the copies in its read-out.
        read_rest: by number, how far its row of the read-out is from the whole coefficients, its bias included.
    """

    register: Slots
    features: tuple[Composing, ...]
    copies: dict[int, Copying]
    carried: tuple[tuple[tuple[int, int], ...], ...]
    read_rest: tuple[Fraction, ...]


def read_register(twin: ExactRNN, task: FiniteTask) -> Registered:
    """The register of a network.

    Raises:
        NotProved: if it has none of this form.
    """
    if twin.phase_input:
        raise NotProved("P23 has no phase input")
    return _Reader(twin, task).read()


class _Reader:
    """Weights are read as integers, multiples of 1/scale: a network of a thousand units has a million of them."""

    def __init__(self, twin: ExactRNN, task: FiniteTask) -> None:
        self.twin, self.task = twin, task
        self.scale = lcm(*{v.denominator for _, _, v in twin.W_hh})
        self.register = Slots(task.num_variables, task.d_out)
        self.older = self.register.size - self.register.dim
        self.recurrent: list[_Row] = [{} for _ in range(twin.hidden)]
        for i, j, v in twin.W_hh:
            self.recurrent[i][j] = v.numerator * (self.scale // v.denominator)
        self.driven = [dict(twin.W_uh.row(i)) for i in range(twin.hidden)]
        self.shown: list[dict[int, int]] = [self._whole(c) for c in range(self.register.dim)]
        writes = [[i for i in row if self._writes(i, c)] for c, row in enumerate(self.shown)]
        self.features = [{i: row[i] for i in own} for row, own in zip(self.shown, writes, strict=True)]
        self.used = {i for own in self.features for i in own}
        if any(not own for own in self.features) or len(self.used) < sum(map(len, self.features)):
            raise NotProved("an output has no units of its own that the input writes (P23)")
        self.held: dict[int, tuple[int, int]] = {}  # place of an older block -> (unit, sign)

    def read(self) -> Registered:
        """What each unit holds, or `NotProved`."""
        self._find_copies()
        holder = {unit: (place, sign) for place, (unit, sign) in self.held.items()}
        for c, own in enumerate(self.features):
            if sum(v if self.driven[i][c] > 0 else -v for i, v in own.items()) < 1:
                raise NotProved(f"number {c} is not what the input writes (P23)")
        carried: list[tuple[tuple[int, int], ...]] = []
        for c, (row, own) in enumerate(zip(self.shown, self.features, strict=True)):
            extra = [i for i in row if i not in own]
            if any(i not in holder for i in extra):
                raise NotProved(f"output {c} reads a unit that neither composes nor copies (P23)")
            carried.append(tuple((holder[i][0], row[i] * holder[i][1]) for i in extra))
        needed = self._needed(carried)
        missing = [place for place in needed if place not in self.held]
        if missing:
            block, number = self.register.place(missing[0])
            raise NotProved(f"no unit copies number {number} of block {block} (P23)")
        return Registered(
            self.register,
            tuple(self._feature(c, i) for c, own in enumerate(self.features) for i in own),
            {place: self._copy(place) for place in needed},
            tuple(carried),
            tuple(self._read_rest(c) for c in range(self.register.dim)),
        )

    def _whole(self, c: int) -> dict[int, int]:
        """A row of the read-out, rounded."""
        return {i: round(v) for i, v in self.twin.W_hy.row(c) if abs(v) > _HALF}

    def _read_rest(self, c: int) -> Fraction:
        bias = self.twin.b_y[c] if self.twin.b_y else ZERO
        row = self.shown[c]
        return sum((abs(v - row.get(i, 0)) for i, v in self.twin.W_hy.row(c)), abs(bias))

    def _writes(self, unit: int, c: int) -> bool:
        row = self.driven[unit]
        own = abs(row.get(c, ZERO))
        return own >= 1 and 2 * own > sum(map(abs, row.values()))

    def _find_copies(self) -> None:
        columns: dict[int, list[int]] = {}
        for i, row in enumerate(self.recurrent):
            for j in row:
                columns.setdefault(j, []).append(i)
        for place in range(self.older - 1, -1, -1):
            above = place + self.register.dim
            if above < self.older and above not in self.held:
                continue
            source, own = self._source(above)
            candidates = {i for j in own for i in columns.get(j, ())} - self.used
            fits = [(fit, -i, weight) for i in candidates for weight, fit in [self._fit(i, source, own)] if fit > 0]
            if fits:
                _, unit, weight = max(fits)
                self.held[place] = (-unit, 1 if weight > 0 else -1)
                self.used.add(-unit)

    def _source(self, place: int) -> tuple[dict[int, int], list[int]]:
        """The units that hold a place, with coefficients, and those of them that hold nothing else."""
        if place < self.older:
            unit, sign = self.held[place]
            return {unit: sign}, [unit]
        return self.shown[place - self.older], list(self.features[place - self.older])

    def _fit(self, unit: int, source: _Row, own: list[int]) -> tuple[int, int]:
        """(weight, weight less what is left) of a unit's row as a multiple of a source's; `own` are the source's surest units."""
        row = self.recurrent[unit]
        weight = _median([row.get(j, 0) // source[j] for j in own])
        return weight, abs(weight) - _rest(row, {j: weight * v for j, v in source.items()})

    def _needed(self, carried: list[tuple[tuple[int, int], ...]]) -> list[int]:
        """Places of older blocks that are read or carried, and those between them and the newest."""
        width = self.task.alphabet.width
        # Symbol j of the memory, a flat index, is shown by the numbers j·width, …, j·width + width − 1.
        wanted = {j * width + b for rule in self.task.rules for j in rule.reads for b in range(width)}
        wanted |= {place for own in carried for place, _ in own}
        D = self.register.dim
        # A value is D numbers farther at each step towards the newest block: place p now was at p + D one step before.
        return sorted({p for place in wanted for p in range(place, self.older, D)})

    def _feature(self, c: int, unit: int) -> Composing:
        width, row = self.task.alphabet.width, dict(self.recurrent[unit])
        allowed = sorted({j * width + b for j in self.task.rules[c // width].reads for b in range(width)})
        on: _Row = {}
        for place in (p for p in allowed if p >= self.older):
            source, own = self._source(place)
            weight = _median([row.get(j, 0) // source[j] for j in own])
            if weight:
                on[place] = weight
                for j, v in source.items():
                    row[j] = row.get(j, 0) - weight * v
        for place in (p for p in allowed if p < self.older):
            j, sign = self.held[place]
            if row.get(j):
                on[place] = sign * row.pop(j)
        write = 1 if self.driven[unit][c] > 0 else -1
        taken = {place: Fraction(a, self.scale) for place, a in on.items()}
        rest = Fraction(sum(map(abs, row.values())), self.scale)
        return Composing(c, unit, self.shown[c][unit], write, taken, rest, self._norm(unit))

    def _copy(self, place: int) -> Copying:
        unit, sign = self.held[place]
        source, own = self._source(place + self.register.dim)
        weight, _ = self._fit(unit, source, own)
        rest = _rest(self.recurrent[unit], {j: weight * v for j, v in source.items()})
        taken = Fraction(weight * sign, self.scale)
        return Copying(place, unit, sign, taken, Fraction(rest, self.scale), self._norm(unit))

    def _norm(self, unit: int) -> Fraction:
        return Fraction(sum(map(abs, self.recurrent[unit].values())), self.scale)


def _median(ratios: list[int]) -> int:
    return sorted(ratios)[len(ratios) // 2]


def _rest(row: _Row, wanted: _Row) -> int:
    """‖row − wanted‖_1."""
    return sum(abs(row.get(j, 0) - wanted.get(j, 0)) for j in row.keys() | wanted.keys())
