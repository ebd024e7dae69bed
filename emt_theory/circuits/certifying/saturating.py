r"""Hard-tanh networks: P13's circuit, recognized up to the order and the signs of its units.

Every unit that matters is given a label: it holds ±u_c(t−s+k), or 0 while that time has not come.

- *Newest* units, one for each output: the output is ± it, and nothing else.
- *Shift* units: their whole input is ± one unit that holds block k+1; they hold block k. 0 stays 0, and |u| ≤ 1 is not clipped.
- *Silent* units get nothing, and hold 0.

A newest unit's recurrent row, read through the labels, must be exactly ±F_c, and every row 1-norm of F at most 1: then |u_c(t)| ≤ 1 for all t
and `clip(f) = f` after the input phase. During it block 1 is empty, so |f| ≤ ρ'_c, the row 1-norm of [F_2 … F_s]; with the write g on u_c and e in
all on the other inputs, `g − e ≥ 1 + ρ'_c` gives `clip(f + W_uh u) = u_c = ±1`. By induction the labels hold at every t, and y(t) = u(t).

Source: new, P13, proved in `proofs/`.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from emt_theory.circuits.certifying.result import NotProved, Proof
from emt_theory.networks import ExactRNN
from emt_theory.tasks import LinearTask
from emt_theory.tasks.linear import SIGNS


class _Label(NamedTuple):
    """A unit holds sign · u_component of this block; sign 0 marks a silent unit."""

    block: int
    component: int
    sign: int


_SILENT = _Label(0, 0, 0)


def prove_saturating(twin: ExactRNN, task: LinearTask) -> Proof:
    """Values exact for all t ≥ 1, by P13.

    Raises:
        NotProved: names the condition that fails.
    """
    if task.inputs != SIGNS:
        raise NotProved(f"inputs must be -1 and 1 (P13); they are {', '.join(map(str, task.inputs))}")
    if twin.phase_input:
        raise NotProved("P13 has no phase input")
    labels = _labels(twin, task)
    for unit, label in labels.items():
        if label.block == task.num_variables:
            _check_newest(twin, task, unit, label, labels)
    listed = [[unit, *label] for unit, label in sorted(labels.items())]
    return Proof(
        "saturating-values", "values", {"labels": listed}, "units hold the components, every write overrides (P13)"
    )


def _labels(twin: ExactRNN, task: LinearTask) -> dict[int, _Label]:
    labels: dict[int, _Label] = {}
    if any(twin.b_y or ()):
        raise NotProved("the read-out has a bias")
    for c in range(task.dim):
        row = twin.W_hy.row(c)
        if len(row) != 1 or abs(row[0][1]) != 1 or row[0][0] in labels:
            raise NotProved(f"output {c} is not ± a unit of its own")
        labels[row[0][0]] = _Label(task.num_variables, c, int(row[0][1]))
    held_by = dict(labels)
    followers: dict[int, list[tuple[int, Fraction]]] = {}
    for unit in range(twin.hidden):
        row = twin.W_hh.row(unit)
        if unit in labels or twin.W_uh.row(unit) or (twin.b_h and twin.b_h[unit]):
            continue
        if not row:
            labels[unit] = _SILENT
        elif len(row) == 1:
            followers.setdefault(row[0][0], []).append((unit, row[0][1]))
    frontier = list(held_by)
    while frontier:
        source = frontier.pop()
        block, component, sign = labels[source]
        for unit, weight in followers.get(source, ()):
            if block > 1 and abs(weight) == 1 and unit not in labels:
                labels[unit] = _Label(block - 1, component, sign * int(weight))
                frontier.append(unit)
    return labels


def _check_newest(twin: ExactRNN, task: LinearTask, unit: int, label: _Label, labels: dict[int, _Label]) -> None:
    c, slots = label.component, task.slots
    found: dict[int, Fraction] = {}
    for source, weight in twin.W_hh.row(unit):
        if source not in labels:
            raise NotProved(f"unit {unit}, which writes output {c}, reads unit {source}, which holds no component")
        block, component, sign = labels[source]
        if sign:
            j = slots.flat(block, component)
            found[j] = found.get(j, Fraction(0)) + label.sign * sign * weight
    row = dict(task.F.row(c))
    for j in sorted(found.keys() | row.keys()):
        if found.get(j, 0) != row.get(j, 0):
            block, component = slots.place(j)
            took, takes = found.get(j, 0), row.get(j, 0)
            raise NotProved(
                f"output {c} takes {took} of component {component} of block {block}; the task takes {takes}"
            )
    rho, late = sum(map(abs, row.values())), sum(abs(v) for j, v in row.items() if j >= slots.dim)
    if rho > 1:
        raise NotProved(f"row {c} of F has 1-norm {rho}; it must be at most 1 (P13)")
    if twin.b_h and twin.b_h[unit]:
        raise NotProved(f"unit {unit}, which writes output {c}, has a bias")
    writes = dict(twin.W_uh.row(unit))
    gain = label.sign * writes.pop(c, Fraction(0)) - sum(map(abs, writes.values()))
    if gain < 1 + late:
        raise NotProved(f"the write of output {c} has gain {gain}; it must be at least 1 + rho' = {1 + late} (P13)")
