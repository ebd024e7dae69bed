r"""ReLU networks with a phase input that hold symbols as numbers: every output checked on all symbols that it reads (P25).

Units of the newest block are *inputs*, relu(x_c), which nothing else drives, and *features*, which only the phase channel drives; the newest block is
the row of the read-out, and copies hold a place of an older block. With W_i = Σ_p A_ip · held(p), exactly, and every place in [0, q−1]:

    closed    Σ max(A_ip, 0)(q−1) + b_i + U_i,phase ≤ 0     no feature is active while inputs come, so the newest block is x
    values    Σ_i Δ_i relu(A_i·x + b_i) is the rule's symbol on all q^k combinations
    copies    W_i is held(p + d) and nothing else

By induction every place holds its symbol, and y(t) = u(t), for all t.

Source: new, P25, proved in `proofs/`.
"""

from __future__ import annotations

from fractions import Fraction
from math import lcm
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from emt_theory.circuits.certifying.needs import ZERO
from emt_theory.circuits.certifying.result import NotProved, Proof
from emt_theory.networks import ExactRNN
from emt_theory.tasks.finite.alphabet import Code
from emt_theory.tasks.finite.task import FiniteTask

_Row = dict[int, Fraction]
_MOST_POINTS = 2**18


class _Register(NamedTuple):
    """Which unit is the input of each component, the newest block's other units with their coefficients, and copies by place."""

    inputs: list[int]
    features: list[_Row]
    copies: dict[int, int]

    def held(self, place: int, older: int) -> _Row:
        if place < older:
            return {self.copies[place]: Fraction(1)}
        return {self.inputs[place - older]: Fraction(1), **self.features[place - older]}


def prove_interpolating(twin: ExactRNN, task: FiniteTask) -> Proof:
    """Values exact for all t ≥ 1, by P25.

    Raises:
        NotProved: names the condition that fails.
    """
    if task.alphabet.code is not Code.NUMBERS or twin.phase_input is not True:
        raise NotProved("P25's ReLU networks show symbols as numbers and have a phase input")
    if any(twin.b_y or ()):
        raise NotProved("the read-out has a bias (P25)")
    found = _register(twin, task)
    features = sorted({unit for own in found.features for unit in own})
    rows = {unit: _feature(twin, task, found, unit) for unit in features}
    for c in range(task.dim):
        _check_values(twin, task, found, rows, c)
    claims: dict[str, Any] = {
        "inputs": found.inputs,
        "features": [[unit, [[place, str(a)] for place, a in sorted(rows[unit].items())]] for unit in features],
        "copies": [[place, unit] for place, unit in sorted(found.copies.items())],
    }
    reason = "every output is right on all symbols that it reads, and features are silent while inputs come (P25)"
    return Proof("interpolating-rows", "values", claims, reason)


def _register(twin: ExactRNN, task: FiniteTask) -> _Register:
    inputs: list[int] = []
    features: list[_Row] = []
    for c in range(task.dim):
        row = dict(twin.W_hy.row(c))
        own = [i for i in row if dict(twin.W_uh.row(i)) == {c: 1} and row[i] == 1]
        if len(own) != 1 or twin.W_hh.row(own[0]) or (twin.b_h and twin.b_h[own[0]]):
            raise NotProved(f"output {c} has no unit of its own that takes its input and nothing else (P25)")
        inputs.append(own[0])
        features.append({i: v for i, v in row.items() if i != own[0]})
    found, older = _Register(inputs, features, {}), task.components - task.dim
    holders: dict[tuple[tuple[int, Fraction], ...], int] = {}
    for unit in range(twin.hidden):
        if twin.W_hh.row(unit) and not twin.W_uh.row(unit) and not (twin.b_h and twin.b_h[unit]):
            holders.setdefault(twin.W_hh.row(unit), unit)
    needed = sorted({p for rule in task.rules for j in rule.reads for p in range(j, older, task.dim)}, reverse=True)
    for place in needed:
        source = tuple(sorted(found.held(place + task.dim, older).items()))
        if source not in holders:
            block, component = task.slots.place(place)
            raise NotProved(f"no unit copies component {component} of block {block} (P25)")
        found.copies[place] = holders[source]
    return found


def _feature(twin: ExactRNN, task: FiniteTask, found: _Register, unit: int) -> _Row:
    """Its row on places, checked to be silent while inputs come."""
    d, older = task.dim, task.components - task.dim
    row, on = dict(twin.W_hh.row(unit)), _Row()
    driven, bias = dict(twin.W_uh.row(unit)), twin.b_h[unit] if twin.b_h else ZERO
    for c, own in enumerate(found.inputs):
        if weight := row.get(own, ZERO):
            on[older + c] = weight
            for j, v in found.held(older + c, older).items():
                row[j] = row.get(j, ZERO) - weight * v
    for place, j in found.copies.items():
        if row.get(j):
            on[place] = row.pop(j)
    if any(row.values()) or driven.keys() - {d}:
        raise NotProved(f"unit {unit} takes an input, or reads what is no place of the register (P25)")
    highest = sum((max(a, ZERO) for a in on.values()), ZERO) * (task.alphabet.size - 1)
    if highest + bias + driven.get(d, ZERO) > 0:
        raise NotProved(f"unit {unit} is not silent while inputs come (P25)")
    return on


def _check_values(twin: ExactRNN, task: FiniteTask, found: _Register, rows: dict[int, _Row], c: int) -> None:
    q, rule, own = task.alphabet.size, task.rules[c], found.features[c]
    read = {place for unit in own for place in rows[unit]}
    if not read <= {*rule.reads}:
        raise NotProved(f"output {c} reads what its rule does not (P25)")
    if q ** len(rule.reads) > _MOST_POINTS:
        raise NotProved(
            f"output {c} depends on {q}^{len(rule.reads)} points; at most {_MOST_POINTS} are looked at (P25)"
        )
    bias, points = twin.b_h or (ZERO,) * twin.hidden, q ** len(rule.reads)
    grid = np.indices((q,) * len(rule.reads)).reshape(len(rule.reads), points)
    axis = {j: grid[i].astype(object) for i, j in enumerate(rule.reads)}
    inner = lcm(*(v.denominator for unit in own for v in (bias[unit], *rows[unit].values())))
    outer = lcm(*(v.denominator for v in own.values()))
    total: NDArray[Any] = np.zeros(points, dtype=object)  # in units of 1/(inner outer)
    for unit, change in own.items():
        v: NDArray[Any] = np.full(points, int(bias[unit] * inner), dtype=object)
        for place, a in rows[unit].items():
            v = v + axis[place] * int(a * inner)
        total = total + np.where(v > 0, v, 0) * int(change * outer)
    wanted = np.broadcast_to(rule.table.reshape(-1), points).astype(object) * (inner * outer)
    if (total != wanted).any():
        at = int(np.flatnonzero(total != wanted)[0])
        symbol, shown = int(wanted[at]) // (inner * outer), Fraction(int(total[at]), inner * outer)
        raise NotProved(f"output {c} is {shown} on {grid[:, at].tolist()}; the rule wants {symbol} (P25)")
