r"""Signs that survive perturbed weights: P14's robust form, for tanh and hard-tanh units, GRU and LSTM cells.

**Setting.** A selection task with inputs a ≤ |u| ≤ B, a > 0. Unit p(k, c) with sign ε(k, c) stands for component c of block k; only blocks that are
read need one. Nothing else is assumed about the weights: whatever the others do, every |h| ≤ 1. Claim: for some 0 < m ≤ 1, after every step t

    ε h_p(k,c)(t) · sign u_c(t−s+k) ≥ m    whenever t−s+k ≥ 1.

**Rows.** Unit p has one *main* weight w on the unit that it copies (block k+1 for k < s; for k = s the component that the task reads), of
the right sign, and a *rest*: r = Σ of all its other |recurrent weights|, its |bias|, and its leaks from the inputs. If the copied unit holds its
sign with |h| ≥ m, the pre-activation has the right sign and at least w m − r. For a newest unit in the input phase, its own input weight g gives at
least g a − |w| − r with r over the other inputs. Let `need(m)` be the pre-activation that makes |h| ≥ m. If

    w m − r ≥ need(m)  for every copying row,      g a − |w| − r ≥ need(m)  for every newest unit,

the claim follows by induction on t. Outputs `y_c = o h_p(s,c) + rest` then have the right sign and |y| ≥ o m − rest, which must be positive.

**need(m)**, with ζ, φ, ι, ω, q rational bounds of the gates over all |h| ≤ 1 and all inputs (σ(p) ≤ ζ iff p ≤ ln ζ/(1−ζ)):

    tanh         artanh m
    hard tanh    m                        (so m = 1 is possible, and then h is exactly ±1)
    GRU          artanh((m + ζ)/(1 − ζ))             h = (1−z)n + zh, z ≤ ζ, r ≥ q: the main weight counts q w
    LSTM         artanh((artanh(m/ω) + φC)/ι)        c = fc + ig, h = o tanh c, f ≤ φ, i ≥ ι, o ≥ ω, |c| ≤ C = 1/(1−φ)

`w m − r − need(m)` is concave in m, so the m that work are an interval, whose upper end is looked for. With uniform main weight β and Δ of row norms
≤ δ it is non-empty iff some m has `δ ≤ βm − artanh m`, whose best value m = √(1 − 1/β) is the one of P14. Quantized and noisy weights pass as they
are; no β has to be guessed, because every row has its own.

**Rounding.** For tanh units every row gives away another `(N + d + 8) 2⁻⁵⁰ (‖W_hh row‖ + B‖W_uh row‖ + |b|)`: more than float64 loses in
rounding the weights, in the sums, and in tanh. So the signs are also right for the float64 network.

Source: new, P14, proved in `proofs/`; the cells are P14 with the leakage of the gates in r and need.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from emt_theory.circuits.certifying.bounds import artanh_above, artanh_bounds, logistic_above, logistic_below
from emt_theory.circuits.certifying.result import NotProved, Proof, rounded_down
from emt_theory.ground.rationals import RationalMatrix
from emt_theory.networks import GRU, LSTM, ExactRNN
from emt_theory.tasks import Read, Task
from emt_theory.tasks.task import SIGNS

_ZERO, _ONE = Fraction(0), Fraction(1)
_ROUNDING = Fraction(1, 2**50)
_GRID = 512


class Need(NamedTuple):
    """What a unit's gates ask of its pre-activation. Plain units have none.

    Attributes:
        cell: "tanh", "hard_tanh", "gru" or "lstm".
        kept: ζ or φ, what the cell keeps of its own past, at most.
        taken: ι, what it takes of the new value, at least.
        shown: ω, what it shows, at least.
    """

    cell: str
    kept: Fraction = _ZERO
    taken: Fraction = _ONE
    shown: Fraction = _ONE

    def __call__(self, m: Fraction) -> Fraction | None:
        """A pre-activation that is enough for |h| ≥ m, exactly or rounded up; None if there is none."""
        if self.cell == "hard_tanh":
            return m
        if self.kept >= 1 or self.taken <= 0 or self.shown <= 0:
            return None
        if self.cell == "gru":
            return _artanh((m + self.kept) / (1 - self.kept))
        if self.cell == "lstm":
            squashed = _artanh(m / self.shown)
            return None if squashed is None else _artanh((squashed + self.kept / (1 - self.kept)) / self.taken)
        return _artanh(m)

    def in_floats(self, m: float) -> float:
        """The same, about: for looking, not for proving."""
        if self.cell == "hard_tanh":
            return m
        kept, taken, shown = float(self.kept), float(self.taken), float(self.shown)
        if kept >= 1 or taken <= 0 or shown <= 0:
            return math.inf
        if self.cell == "gru":
            return _artanh_in_floats((m + kept) / (1 - kept))
        if self.cell == "lstm":
            return _artanh_in_floats((_artanh_in_floats(m / shown) + kept / (1 - kept)) / taken)
        return _artanh_in_floats(m)


class Row(NamedTuple):
    """The condition `main · m − rest ≥ need(m)`; a write has main 0 and a negative rest."""

    main: Fraction
    rest: Fraction
    need: Need


@dataclass(frozen=True)
class Cell:
    """A network, reduced to what the argument looks at.

    Attributes:
        kind: as in `Need`.
        recurrent: the weights of the squashed pre-activation on h, shape (N, N).
        driven: its weights on the inputs, shape (N, d).
        bias: the sum of the magnitudes of its biases, one for each unit.
        read: W_hy.
        read_bias: b_y.
        needs: one for each unit.
        passed: q, the least share of the recurrent part that counts, one for each unit.
        rounding: whether rows give away the rounding of float64.
    """

    kind: str
    recurrent: RationalMatrix
    driven: RationalMatrix
    bias: tuple[Fraction, ...]
    read: RationalMatrix
    read_bias: tuple[Fraction, ...]
    needs: tuple[Need, ...]
    passed: tuple[Fraction, ...]
    rounding: bool


def elman_cell(twin: ExactRNN) -> Cell:
    """A tanh or hard-tanh network."""
    if twin.activation not in ("tanh", "hard_tanh") or twin.phase_input:
        raise NotProved("the robust argument is for tanh and hard-tanh units without a phase input (P14)")
    n = twin.hidden
    return Cell(
        twin.activation,
        twin.W_hh,
        twin.W_uh,
        tuple(abs(v) for v in twin.b_h or (_ZERO,) * n),
        twin.W_hy,
        twin.b_y or (_ZERO,) * twin.dim,
        (Need(twin.activation),) * n,
        (_ONE,) * n,
        twin.activation == "tanh",
    )


def gated_cell(net: GRU | LSTM, bound: Fraction) -> Cell:
    """A GRU or an LSTM, whose gates are bounded over all |h| ≤ 1 and inputs of size at most `bound`."""
    new = net.gate("n" if isinstance(net, GRU) else "g")
    if isinstance(net, GRU):
        kept, passed = _gate(net, "z", bound)[1], _gate(net, "r", bound)[0]
        needs = tuple(Need("gru", high) for high in kept)
    else:
        kept, taken, shown = _gate(net, "f", bound)[1], _gate(net, "i", bound)[0], _gate(net, "o", bound)[0]
        needs = tuple(Need("lstm", *gates) for gates in zip(kept, taken, shown, strict=True))
        passed = (_ONE,) * net.hidden
    biases = tuple(abs(Fraction(float(a))) + abs(Fraction(float(b))) for a, b in zip(new.b_ih, new.b_hh, strict=True))
    return Cell(
        "gru" if isinstance(net, GRU) else "lstm",
        RationalMatrix.from_array(new.hh),
        RationalMatrix.from_array(new.ih),
        biases,
        RationalMatrix.from_array(net.W_hy),
        (_ZERO,) * net.dim if net.b_y is None else tuple(Fraction(float(v)) for v in net.b_y),
        needs,
        passed,
        False,
    )


def prove_signs(cell: Cell, task: Task) -> Proof:
    """Signs exact for all t > s with a margin, by P14's robust form; values where hard-tanh units sit at exactly ±1.

    Raises:
        NotProved: names the condition that fails.
    """
    smallest = min(abs(v) for v in task.inputs)
    if task.reads is None or not smallest:
        raise NotProved("the argument for signs needs a selection task whose inputs are not 0 (P14)")
    units = assign(cell, task)
    rows = [row for _, row in _conditions(cell, task, task.reads, units, smallest)]
    m = _largest_floor(rows)
    if m is None:
        worst = _weakest(cell, task, task.reads, units, smallest)
        raise NotProved(f"{worst} (P14)")
    margin, ceiling, faithful = _read_out(cell, task, units, m)
    if margin <= 0:
        raise NotProved(
            f"the read-out can drown: |y| ≥ {rounded_down(margin)} is all that is known, with |h| ≥ {rounded_down(m)}"
        )
    exact = "values" if m == 1 and faithful and task.inputs == SIGNS else "signs"
    claims = {
        "units": [[block, c, unit, sign] for (block, c), (unit, sign) in sorted(units.items())],
        "floor": str(m),
        "margin": str(margin),
        "ceiling": str(ceiling),
        "rounding": str(_ROUNDING if cell.rounding else 0),
        "gates": [[i, *map(str, (need.kept, need.taken, need.shown, q))] for i, need, q in _gates_used(cell, units)],
    }
    arithmetic = " in exact and float64 arithmetic" if cell.rounding else ""
    reason = f"every memory unit holds |h| ≥ {rounded_down(m)}{arithmetic} (P14)"
    return Proof("robust-signs", exact, claims, reason, margin)


def assign(cell: Cell, task: Task) -> dict[tuple[int, int], tuple[int, int]]:
    """(block, component) → (unit, sign), guessed from the largest weights; what is guessed wrong fails a condition later.

    Raises:
        NotProved: if two outputs read the same unit, or no unit is left for a block.
    """
    assert task.reads is not None
    found: dict[tuple[int, int], tuple[int, int]] = {}
    used: set[int] = set()
    for c in range(task.dim):
        unit, weight = _largest(cell.read.row(c), used)
        if weight is None:
            raise NotProved(f"output {c} reads no unit of its own")
        found[task.num_variables, c] = (unit, 1 if weight > 0 else -1)
        used.add(unit)
    columns = cell.recurrent.T
    for block, c in _needed_blocks(task):
        above, sign = found[block + 1, c]
        unit, weight = _largest(columns.row(above), used)
        if weight is None:
            raise NotProved(f"no unit is left that copies block {block + 1}, component {c}")
        found[block, c] = (unit, sign if weight > 0 else -sign)
        used.add(unit)
    return found


def _needed_blocks(task: Task) -> Iterator[tuple[int, int]]:
    """Blocks below s that are read, or lie above one that is, newest first."""
    assert task.reads is not None
    for c in range(task.dim):
        oldest = min((read.block for read in task.reads if read.component == c), default=task.num_variables)
        yield from ((block, c) for block in range(task.num_variables - 1, oldest - 1, -1))


def _largest(row: tuple[tuple[int, Fraction], ...], used: set[int]) -> tuple[int, Fraction | None]:
    free = [(unit, weight) for unit, weight in row if unit not in used]
    return max(free, key=lambda entry: abs(entry[1]), default=(-1, None))


def _conditions(
    cell: Cell, task: Task, reads: tuple[Read, ...], units: dict[tuple[int, int], tuple[int, int]], smallest: Fraction
) -> Iterator[tuple[str, Row]]:
    s, size = task.num_variables, cell.recurrent.shape[0]
    for (block, c), (unit, sign) in units.items():
        read = reads[c] if block == s else Read(block + 1, c, 1)
        source, source_sign = units[read.block, read.component]
        fed, driven = dict(cell.recurrent.row(unit)), dict(cell.driven.row(unit))
        total, leaks = sum(map(abs, fed.values()), _ZERO), sum(map(abs, driven.values()), _ZERO) * task.bound
        bias, q = cell.bias[unit], cell.passed[unit]
        rounding = (size + task.dim + 8) * _ROUNDING * (total + leaks + bias) if cell.rounding else _ZERO
        main = fed.get(source, _ZERO) * sign * source_sign * read.sign
        rest = total - abs(main) + bias + rounding
        where = f"unit {unit} (block {block}, component {c})"
        counted = q * main if main > 0 else main
        yield f"{where} holds", Row(counted, rest + (leaks if block < s else 0), cell.needs[unit])
        if block == s:
            own = driven.get(c, _ZERO)
            others = leaks - abs(own) * task.bound
            yield f"{where} writes", Row(_ZERO, rest + abs(main) + others - own * sign * smallest, cell.needs[unit])


def _largest_floor(rows: list[Row]) -> Fraction | None:
    """About the largest m at which every condition holds, checked with rational bounds; None if none is found."""
    distinct = _tightest(rows)
    rough = [(float(row.main), float(row.rest), row.need) for row in distinct]

    def slack(m: float) -> float:
        return min(main * m - rest - need.in_floats(m) for main, rest, need in rough)

    if all(row.need.cell == "hard_tanh" for row in distinct) and _holds(distinct, _ONE):
        return _ONE
    grid = [k / _GRID for k in range(1, _GRID)]
    grid += [1 - 2.0**-j for j in range(10, 49)]
    values = [slack(m) for m in grid]
    best = max(range(len(grid)), key=values.__getitem__)
    if values[best] < 0:
        return None
    low = max(m for m, value in zip(grid, values, strict=True) if value >= 0)
    high = min((m for m in grid if m > low), default=1.0)
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (middle, high) if slack(middle) >= 0 else (low, middle)
    for candidate in (*(low - (1 - low) * 2.0**-j for j in range(40, 0, -4)), grid[best]):
        m = Fraction(candidate)
        if 0 < m < 1 and _holds(distinct, m):
            return m
    return None


def _holds(rows: list[Row], m: Fraction) -> bool:
    return all((needed := row.need(m)) is not None and row.main * m - row.rest >= needed for row in rows)


def _tightest(rows: list[Row]) -> list[Row]:
    """Without the rows that another one with the same main weight and gates implies."""
    kept: dict[tuple[Fraction, Need], Row] = {}
    for row in rows:
        key = (row.main, row.need)
        if key not in kept or kept[key].rest < row.rest:
            kept[key] = row
    return list(kept.values())


def _weakest(
    cell: Cell, task: Task, reads: tuple[Read, ...], units: dict[tuple[int, int], tuple[int, int]], smallest: Fraction
) -> str:
    """The condition that fails worst, in words."""
    named = list(_conditions(cell, task, reads, units, smallest))
    tried = [k / 64 for k in range(1, 64)]

    def best(row: Row) -> float:
        return max(float(row.main) * m - float(row.rest) - row.need.in_floats(m) for m in tried)

    where, row = min(named, key=lambda entry: best(entry[1]))
    if row.main:
        return f"{where} too weakly: main weight {float(row.main):.4g} against {float(row.rest):.4g} of other weights"
    return f"{where} too weakly: its input exceeds what is fed back by {-float(row.rest):.4g}"


def _read_out(
    cell: Cell, task: Task, units: dict[tuple[int, int], tuple[int, int]], m: Fraction
) -> tuple[Fraction, Fraction, bool]:
    """(lower bound, upper bound) of |y|, and whether y is exactly ± its unit."""
    margins: list[Fraction] = []
    ceilings: list[Fraction] = []
    faithful = True
    for c in range(task.dim):
        unit, sign = units[task.num_variables, c]
        row = dict(cell.read.row(c))
        main = row.pop(unit) * sign
        rest = sum(map(abs, row.values()), _ZERO) + abs(cell.read_bias[c])
        rounding = (len(row) + 8) * _ROUNDING * (main + rest) if cell.rounding else _ZERO
        margins.append(main * m - rest - rounding)
        ceilings.append(main * _top(cell.needs[unit]) + rest + rounding)
        faithful = faithful and main == 1 and not rest
    return min(margins), max(ceilings), faithful


def _top(need: Need) -> Fraction:
    """An upper bound of |h|: 1, and for an LSTM tanh C with C = 1/(1−φ)."""
    if need.cell != "lstm":
        return _ONE
    cell = 1 / (1 - need.kept)
    guess = Fraction(float(np.tanh(float(cell)))) * (1 + Fraction(1, 2**40))
    return guess if guess < 1 and artanh_bounds(guess)[0] >= cell else _ONE


def _gates_used(cell: Cell, units: dict[tuple[int, int], tuple[int, int]]) -> Iterator[tuple[int, Need, Fraction]]:
    if cell.kind in ("gru", "lstm"):
        for unit in sorted(unit for unit, _ in units.values()):
            yield unit, cell.needs[unit], cell.passed[unit]


def _gate(net: GRU | LSTM, letter: str, bound: Fraction) -> tuple[tuple[Fraction, ...], tuple[Fraction, ...]]:
    """(lower, upper) bounds of a gate, one for each unit, over all |h| ≤ 1 and inputs of size at most `bound`."""
    gate = net.gate(letter)
    hh, ih = RationalMatrix.from_array(gate.hh), RationalMatrix.from_array(gate.ih)
    lower: list[Fraction] = []
    upper: list[Fraction] = []
    for i in range(net.hidden):
        bias = Fraction(float(gate.b_ih[i])) + Fraction(float(gate.b_hh[i]))
        swing = sum((abs(v) for _, v in hh.row(i)), _ZERO) + bound * sum((abs(v) for _, v in ih.row(i)), _ZERO)
        lower.append(logistic_below(bias - swing))
        upper.append(logistic_above(bias + swing))
    return tuple(lower), tuple(upper)


def _artanh_in_floats(x: float) -> float:
    return math.atanh(x) if x < 1 else math.inf


def _artanh(x: Fraction) -> Fraction | None:
    return artanh_above(x) if x < 1 else None
