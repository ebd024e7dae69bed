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

**need(m)** is in `emt_theory.circuits.certifying.needs`; a GRU's main weight counts q w, q a lower bound of its reset gate.
`w m − r − need(m)` is concave in m, so the m that work are an interval, whose upper end is looked for. With uniform main weight β and Δ of row norms
≤ δ it is non-empty iff some m has `δ ≤ βm − artanh m`, whose best value m = √(1 − 1/β) is the one of P14. Quantized and noisy weights pass as they
are; no β has to be guessed, because every row has its own.

**Rounding.** For tanh units every row gives away what float64 may lose in the weights, in the sums, and in tanh, by rounding and by underflow
(`emt_theory.circuits.certifying.floats`). So the signs are also right for the float64 network.

Source: new, P14, proved in `proofs/`; the cells are P14 with the leakage of the gates in r and need.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

from emt_theory.circuits.certifying.floats import ROUNDING, given_away, near
from emt_theory.circuits.certifying.needs import ONE, ZERO, HardTanhNeed, Need
from emt_theory.circuits.certifying.result import NotProved, Proof, rounded_down
from emt_theory.circuits.certifying.units import Units, read_units
from emt_theory.circuits.linear import SelectionTheory
from emt_theory.networks import ExactRNN, Network
from emt_theory.tasks import LinearTask, Read
from emt_theory.tasks.linear import SIGNS

_GRID = 512

_Memory = dict[tuple[int, int], tuple[int, int]]
"""By (block, component): the unit that holds it, and with what sign."""


class _Row(NamedTuple):
    """The condition `main · m − rest ≥ need(m)`; a write has main 0 and a negative rest."""

    main: Fraction
    rest: Fraction
    need: Need


def prove_signs(net: ExactRNN | Network, task: LinearTask) -> Proof:
    """Signs exact for all t > s with a margin, by P14's robust form; values where hard-tanh units sit at exactly ±1.

    Raises:
        NotProved: names the condition that fails.
    """
    cell = read_units(net, task.bound)
    reads = task.reads
    if reads is None or 0 in task.inputs:
        raise NotProved("the argument for signs needs a selection task whose inputs are not 0 (P14)")
    units = _assign(cell, task)
    conditions = list(_conditions(cell, task, reads, units))
    m = _largest_floor([row for _, row in conditions])
    if m is None:
        raise NotProved(f"{_weakest(conditions)} (P14)")
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
        "rounding": str(ROUNDING if cell.rounding else 0),
        "gates": [[i, *map(str, (need.kept, need.taken, need.shown, q))] for i, need, q in _gates_used(cell, units)],
    }
    reason = f"every memory unit holds |h| ≥ {rounded_down(m)} (P14)"
    return Proof("robust-signs", exact, claims, reason, margin)


def _assign(cell: Units, task: LinearTask) -> _Memory:
    """(block, component) → (unit, sign), guessed from the largest weights; what is guessed wrong fails a condition later.

    Raises:
        NotProved: if two outputs read the same unit, or no unit is left for a block.
    """
    found: _Memory = {}
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


def _needed_blocks(task: LinearTask) -> Iterator[tuple[int, int]]:
    """Blocks below s that are read, or lie above one that is, newest first."""
    for c, oldest in enumerate(SelectionTheory(task).first_read.tolist()):
        yield from ((block, c) for block in range(task.num_variables - 1, oldest - 1, -1))


def _largest(row: tuple[tuple[int, Fraction], ...], used: set[int]) -> tuple[int, Fraction | None]:
    free = [(unit, weight) for unit, weight in row if unit not in used]
    return max(free, key=lambda entry: abs(entry[1]), default=(-1, None))


def _conditions(cell: Units, task: LinearTask, reads: Sequence[Read], units: _Memory) -> Iterator[tuple[str, _Row]]:
    s, size, smallest = task.num_variables, cell.recurrent.shape[0], min(map(abs, task.inputs))
    for (block, c), (unit, sign) in units.items():
        read = reads[c] if block == s else Read(block + 1, c, 1)
        source, source_sign = units[read.block, read.component]
        fed, driven = dict(cell.recurrent.row(unit)), dict(cell.driven.row(unit))
        total, inputs = sum(map(abs, fed.values()), ZERO), sum(map(abs, driven.values()), ZERO)
        leaks, bias, q = inputs * task.bound, cell.bias[unit], cell.passed[unit]
        rounding = given_away(size + task.dim, total, inputs, bias, task.bound) if cell.rounding else ZERO
        main = fed.get(source, ZERO) * sign * source_sign * read.sign
        rest = total - abs(main) + bias + rounding
        where = f"unit {unit} (block {block}, component {c})"
        counted = q * main if main > 0 else main
        yield f"{where} holds", _Row(counted, rest + (leaks if block < s else 0), cell.needs[unit])
        if block == s:
            own = driven.get(c, ZERO)
            others = leaks - abs(own) * task.bound
            yield f"{where} writes", _Row(ZERO, rest + abs(main) + others - own * sign * smallest, cell.needs[unit])


def _largest_floor(rows: list[_Row]) -> Fraction | None:
    """About the largest m at which every condition holds, checked with rational bounds; None if none is found."""
    distinct = _tightest(rows)
    rough = [(near(row.main), near(row.rest), row.need) for row in distinct]

    def slack(m: float) -> float:
        return min(main * m - rest - need.in_floats(m) for main, rest, need in rough)

    if all(isinstance(row.need, HardTanhNeed) for row in distinct) and _holds(distinct, ONE):
        return ONE
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


def _holds(rows: list[_Row], m: Fraction) -> bool:
    return all((needed := row.need(m)) is not None and row.main * m - row.rest >= needed for row in rows)


def _tightest(rows: list[_Row]) -> list[_Row]:
    """Without the rows that another one with the same main weight and gates implies."""
    kept: dict[tuple[Fraction, Need], _Row] = {}
    for row in rows:
        key = (row.main, row.need)
        if key not in kept or kept[key].rest < row.rest:
            kept[key] = row
    return list(kept.values())


def _weakest(conditions: list[tuple[str, _Row]]) -> str:
    """The condition that fails worst, in words."""
    tried = [k / 64 for k in range(1, 64)]

    def best(row: _Row) -> float:
        return max(near(row.main) * m - near(row.rest) - row.need.in_floats(m) for m in tried)

    where, row = min(conditions, key=lambda entry: best(entry[1]))
    if row.main:
        return f"{where} too weakly: main weight {near(row.main):.4g} against {near(row.rest):.4g} of other weights"
    return f"{where} too weakly: its input exceeds what is fed back by {-near(row.rest):.4g}"


def _read_out(cell: Units, task: LinearTask, units: _Memory, m: Fraction) -> tuple[Fraction, Fraction, bool]:
    """(lower bound, upper bound) of |y|, and whether y is exactly ± its unit."""
    margins: list[Fraction] = []
    ceilings: list[Fraction] = []
    faithful = True
    for c in range(task.dim):
        unit, sign = units[task.num_variables, c]
        row = dict(cell.read.row(c))
        main = row.pop(unit) * sign
        others, bias = sum(map(abs, row.values()), ZERO), abs(cell.read_bias[c])
        rest, terms = others + bias, len(row) + 1
        rounding = given_away(terms, main + others, ZERO, bias, ONE) if cell.rounding else ZERO
        margins.append(main * m - rest - rounding)
        ceilings.append(main * cell.needs[unit].top + rest + rounding)
        faithful = faithful and main == 1 and not rest
    return min(margins), max(ceilings), faithful


def _gates_used(cell: Units, units: _Memory) -> Iterator[tuple[int, Need, Fraction]]:
    if cell.gated:
        for unit in sorted(unit for unit, _ in units.values()):
            yield unit, cell.needs[unit], cell.passed[unit]
