r"""ReLU networks with a phase input: P16's circuit, recognized up to the order and the positive scales of its units.

Every unit that matters is given a label. With v = u_c(t−s+k) for block k, a scale α > 0 and B the largest input, it holds

    pairs      α relu(±v)                 shifted    α (v + β),  β ≥ B

where its source allows it, and 0 elsewhere: `in` units while the inputs come (t ≤ s), `fed` units afterwards; units of older blocks hold both
kinds, and 0 while that time has not come.

- `in` units get no recurrent input: ±α x_c, and in shifted form also P c(t) with P = αβ ≥ αB.
- `fed` units are read by one output. Their recurrent row, read through the labels, must be α F_c (±) for either source of what it reads, the
  constant must be αβ in shifted form, and −M c(t) must silence them during the input phase, while block 1 is empty:
  M ≥ α ρ'_c B in pairs; in shifted form M ≥ b + Σ a (B + β) over the positive coefficients a on blocks 2 … s, which bounds their input.
- *Older* units add up units of one label, from both sources with the same total scale: they hold one block further down.
- *Silent* units get nothing positive, and hold 0.

In shifted form every row 1-norm of F is at most 1, so that |v| ≤ B for ever and α(F_c v + β) ≥ 0. The read-out must give v. By induction over t
the labels hold at every step, and y(t) = u(t) for all t > s, whatever the inputs of size at most B are.

Source: new, P16, proved in `proofs/`.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import NamedTuple

from emt_theory.circuits.certifying.result import NotProved, Proof
from emt_theory.ground.slots import Slots
from emt_theory.networks import ExactRNN
from emt_theory.tasks import LinearTask

_ZERO = Fraction(0)


class _Held(NamedTuple):
    """What a unit holds: `scale · relu(sign · v)` in pairs, `scale · (v + offset)` with sign 0 in shifted form.

    `came` and `fed` say whether it does so for values that came in, and for values that were fed back.
    """

    block: int
    component: int
    sign: int
    came: bool
    fed: bool
    scale: Fraction
    offset: Fraction


_Labels = dict[int, "_Held | None"]
"""None marks a silent unit; a unit without a label is none of these."""


def prove_gated(twin: ExactRNN, task: LinearTask) -> Proof:
    """Values exact for all t > s and all inputs of size at most B, by P16.

    Raises:
        NotProved: names the condition that fails.
    """
    if twin.phase_input is not True:
        raise NotProved("a ReLU network needs a phase input, 1 while inputs last (P16)")
    shifted = any(twin.b_y or ())
    if shifted:
        _check_bounded(task)
    labels = _newest(twin, task, shifted)
    fed = [unit for unit, label in labels.items() if label and label.fed]
    _spread(twin, task, labels)
    for unit in fed:
        _check_fed(twin, task, unit, labels)
    _check_read_out(twin, task, labels)
    listed = [
        [unit, held.block, held.component, held.sign, held.came, held.fed, str(held.scale), str(held.offset)]
        for unit, held in sorted(labels.items())
        if held
    ]
    claims = {"form": "shifted" if shifted else "pairs", "bound": str(task.bound), "labels": listed}
    return Proof("gated-values", "values", claims, f"the phase gates every write, in {claims['form']} form (P16)")


def _check_bounded(task: LinearTask) -> None:
    for c in range(task.dim):
        rho = sum((abs(v) for _, v in task.F.row(c)), _ZERO)
        if rho > 1:
            raise NotProved(f"row {c} of F has 1-norm {rho}; in shifted form it must be at most 1 (P16)")


def _newest(twin: ExactRNN, task: LinearTask, shifted: bool) -> _Labels:
    s, d = task.num_variables, task.dim
    read_by: dict[int, list[tuple[int, Fraction]]] = {}
    for c, unit, weight in twin.W_hy:
        read_by.setdefault(unit, []).append((c, weight))
    labels: _Labels = {}
    for unit in range(twin.hidden):
        driven, bias = dict(twin.W_uh.row(unit)), twin.b_h[unit] if twin.b_h else _ZERO
        phase = driven.pop(d, _ZERO)
        if not twin.W_hh.row(unit) and not driven and phase <= 0 and bias <= 0 and unit not in read_by:
            labels[unit] = None
        elif len(driven) == 1 and not twin.W_hh.row(unit) and not bias:
            ((c, weight),) = driven.items()
            labels[unit] = _came(unit, s, c, weight, phase, task.bound, shifted)
        elif not driven and unit in read_by:
            if len(read_by[unit]) != 1:
                raise NotProved(f"unit {unit} is read by {len(read_by[unit])} outputs")
            ((c, weight),) = read_by[unit]
            if shifted and (weight < 0 or not twin.b_y):
                raise NotProved(f"output {c} reads unit {unit} with a negative weight")
            offset = -twin.b_y[c] if shifted and twin.b_y else _ZERO
            sign = 0 if shifted else 1 if weight > 0 else -1
            labels[unit] = _Held(s, c, sign, False, True, 1 / abs(weight), offset)
    return labels


def _came(unit: int, s: int, c: int, weight: Fraction, phase: Fraction, bound: Fraction, shifted: bool) -> _Held:
    if not shifted:
        if phase:
            raise NotProved(f"unit {unit}, which takes input {c}, also takes {phase} from the phase")
        return _Held(s, c, 1 if weight > 0 else -1, True, False, abs(weight), _ZERO)
    if weight < 0 or phase < weight * bound:
        raise NotProved(
            f"unit {unit} takes {weight} of input {c} and {phase} of the phase, which does not keep it positive"
        )
    return _Held(s, c, 0, True, False, weight, phase / weight)


def _spread(twin: ExactRNN, task: LinearTask, labels: _Labels) -> None:
    """Label the units of older blocks, as far as they can be."""
    waiting: dict[int, list[int]] = {}
    ready: list[int] = []
    missing: dict[int, int] = {}
    for unit in range(twin.hidden):
        if unit in labels or twin.W_uh.row(unit) or (twin.b_h and twin.b_h[unit]):
            continue
        unknown = [source for source, _ in twin.W_hh.row(unit) if source not in labels]
        missing[unit] = len(unknown)
        for source in unknown:
            waiting.setdefault(source, []).append(unit)
        if not unknown:
            ready.append(unit)
    while ready:
        unit = ready.pop()
        held = _older(twin.W_hh.row(unit), labels)
        if held is None or held.block < 1:
            continue
        labels[unit] = held
        for reader in waiting.get(unit, ()):
            missing[reader] -= 1
            if not missing[reader]:
                ready.append(reader)


def _older(row: Iterable[tuple[int, Fraction]], labels: _Labels) -> _Held | None:
    sources = [(held, weight) for unit, weight in row if (held := labels[unit])]
    if not sources or any(weight < 0 for _, weight in sources) or len({held[:3] for held, _ in sources}) != 1:
        return None

    def total(side: str) -> tuple[Fraction, Fraction]:
        parts = [(held.scale * weight, held.offset) for held, weight in sources if getattr(held, side)]
        return sum((a for a, _ in parts), _ZERO), sum((a * b for a, b in parts), _ZERO)

    scale, constant = total("came")
    if not scale or total("fed") != (scale, constant):
        return None
    first = sources[0][0]
    return _Held(first.block - 1, first.component, first.sign, True, True, scale, constant / scale)


def _check_fed(twin: ExactRNN, task: LinearTask, unit: int, labels: _Labels) -> None:
    mine, slots, bound = labels[unit], task.slots, task.bound
    assert mine is not None
    row, phase = twin.W_hh.row(unit), dict(twin.W_uh.row(unit)).get(slots.dim, _ZERO)
    for source, _ in row:
        if source not in labels:
            raise NotProved(
                f"unit {unit}, which feeds output {mine.component}, reads unit {source}, which holds no component"
            )
    bias = twin.b_h[unit] if twin.b_h else _ZERO
    wanted = {j: v * mine.scale * (mine.sign or 1) for j, v in task.F.row(mine.component)}
    read = [(labels[source], weight) for source, weight in row]
    maps = {side: _functional(read, side, slots) for side in ("came", "fed")}
    came = maps["came"][1]
    if maps["fed"][1] != came:
        raise NotProved(f"unit {unit} has one constant for what came in and another for what is fed back")
    for coefficients, _ in maps.values():
        for j in sorted(coefficients.keys() | wanted.keys()):
            if coefficients.get(j, 0) != wanted.get(j, 0):
                block, component = slots.place(j)
                took, takes = (found.get(j, _ZERO) / mine.scale for found in (coefficients, wanted))
                raise NotProved(
                    f"output {mine.component} takes {took} of component {component} of block {block} through unit {unit}; "
                    f"the task takes {takes}"
                )
    if came + bias != mine.scale * mine.offset:
        raise NotProved(
            f"unit {unit} adds {came + bias} to what it feeds back; it should add {mine.scale * mine.offset}"
        )
    if mine.sign:
        largest = sum((abs(v) for j, v in wanted.items() if j >= slots.dim), _ZERO) * bound
    else:
        if mine.offset < bound:
            raise NotProved(f"the offset of unit {unit} is {mine.offset}; it must be at least {bound}")
        largest = bias + _largest_sum(read, bound)
    if largest + phase > 0:
        raise NotProved(f"the gate of unit {unit} is M = {-phase}; it must be at least {largest} (P16)")


def _functional(
    row: list[tuple[_Held | None, Fraction]], side: str, slots: Slots
) -> tuple[dict[int, Fraction], Fraction]:
    """The row as a linear map of the components, plus a constant, for values of one source."""
    total: dict[tuple[int, int], Fraction] = {}
    constant = _ZERO
    for held, weight in row:
        if held and getattr(held, side):
            key = (slots.flat(held.block, held.component), held.sign)
            total[key] = total.get(key, _ZERO) + weight * held.scale
            constant += weight * held.scale * held.offset
    found: dict[int, Fraction] = {}
    for (j, sign), value in total.items():
        if sign == 0:
            found[j] = value
        elif total.get((j, -sign), _ZERO) == -value:  # a relu(v) − a relu(−v) = a v
            found[j] = sign * value
        else:
            block, component = slots.place(j)
            raise NotProved(f"component {component} of block {block} is not read as a pair")
    return {j: value for j, value in found.items() if value}, constant


def _largest_sum(row: list[tuple[_Held | None, Fraction]], bound: Fraction) -> Fraction:
    """The largest value of a row over memories of the input phase, shifted form: empty blocks hold 0, block 1 is empty."""
    total = _ZERO
    for held, weight in row:
        if held and held.came and held.block > 1 and weight > 0:
            total += weight * held.scale * (bound + held.offset)
    return total


def _check_read_out(twin: ExactRNN, task: LinearTask, labels: _Labels) -> None:
    for c in range(task.dim):
        row: list[tuple[_Held | None, Fraction]] = []
        for unit, weight in twin.W_hy.row(c):
            if unit not in labels:
                raise NotProved(f"output {c} reads unit {unit}, which holds no component")
            row.append((labels[unit], weight))
        coefficients, constant = _functional(row, "fed", task.slots)
        if coefficients != {task.slots.newest[c]: 1} or constant + (twin.b_y[c] if twin.b_y else 0) != 0:
            raise NotProved(f"output {c} does not read the newest value of component {c} as it is held")
