"""Laws about networks: a network of the theorem's form against the task's own recurrence.

The form is looked at in the weights; a network of another form is none of the law's business. Where the subject has no network, the law writes
down its own.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import atanh, sqrt
from typing import Any

import numpy as np

from emt_theory.circuits import make_basis
from emt_theory.ground.rationals import RationalMatrix
from emt_theory.networks import ExactRNN
from emt_theory.tasks.linear import SIGNS
from emt_theory.testing import networks
from emt_theory.testing.laws.circuits import is_selection
from emt_theory.testing.laws.comparing import basis_inputs, difference, outputs, random_inputs, wrong_sign
from emt_theory.testing.laws.law import BOTH, NUMPY, Carrier, Law, Subject

HORIZON = 40
_ROOM = 1e-9
"""What rounding may cost a margin that is computed in floats."""


def damped_signs(damping: Fraction) -> Any:
    """P07b: the signs of the damped circuit."""

    def conclusion(subject: Subject, carrier: Carrier) -> str:
        task = subject.task
        horizon = min(HORIZON, task.components + task.num_variables)
        return _signs(networks.linear(task, damping=damping), subject, horizon, carrier)

    return conclusion


def finite_check(terms: int | None = None) -> Any:
    """P08: what agrees for N + n scored steps (or so many terms) agrees for three times as many."""

    def conclusion(subject: Subject, carrier: Carrier) -> str:
        net, task = subject.network or networks.linear(subject.task), subject.task
        enough = net.hidden + task.components if terms is None else terms
        inputs, s = basis_inputs(task), task.num_variables
        found, right = outputs(net, inputs, s + 3 * enough, carrier)[:, s:], task.targets(inputs, 3 * enough)
        if difference(found[:, :enough], right[:, :enough], carrier, "y"):
            return ""
        later = difference(found, right, carrier, "y")
        return later and f"agrees for {enough} scored steps, but {later}"

    return conclusion


def _has_values(build: Any) -> Any:
    """P13 and P16: the network has the values at every t ≥ 1, inputs included."""

    def conclusion(subject: Subject, carrier: Carrier) -> str:
        net, task = subject.network or build(subject.task), subject.task
        inputs = random_inputs(task)
        right = np.concatenate([inputs, task.targets(inputs, HORIZON)], axis=1)
        return difference(outputs(net, inputs, task.num_variables + HORIZON, carrier), right, carrier, "y")

    return conclusion


def _tanh_signs(subject: Subject, carrier: Carrier) -> str:
    """P14: every sign, and the magnitude that the weights promise."""
    net = subject.network or networks.tanh(subject.task)
    return _signs(net, subject, 5 * HORIZON, carrier, max(0.0, _tanh_floor(net, subject)[0] - _ROOM))


def invisible_writes(start: int = 1) -> Any:
    """P15: columns in the kernel of [W_hyW; W_hyW²; …] change no scored output; the variant starts the powers elsewhere, at 0 only."""

    def conclusion(subject: Subject, carrier: Carrier) -> str:
        task = subject.task
        net = subject.network or networks.linear(task, _oblique(task.components))
        kernel = _kernel(net, range(start, net.hidden + 1) if start else range(1))
        if subject.network is None and start and len(kernel) != net.hidden - subject.dimension.running:
            return f"{len(kernel)} free directions, not N − rank O = {net.hidden - subject.dimension.running}"
        moved = [
            (i, c, (k + c + 1) * v) for k, one in enumerate(kernel) for c in range(task.dim) for i, v in enumerate(one)
        ]
        changed = replace(net, W_uh=RationalMatrix.from_entries(net.W_uh.shape, [*net.W_uh, *moved]))
        last, s = basis_inputs(task)[-task.dim :], task.num_variables
        before, after = (outputs(one, last, s + net.hidden, carrier)[:, s:] for one in (net, changed))
        return difference(after, before, carrier, "scored y")

    return conclusion


def _has_binary_inputs(subject: Subject) -> str:
    """Inputs are −1 and 1."""
    return "" if subject.task.inputs == SIGNS else "inputs are not −1 and 1"


def _is_linear(subject: Subject) -> str:
    """The network has σ = id and no phase input and no biases."""
    net = subject.network
    if net is None or (net.activation == "identity" and not net.phase_input and net.b_h is None and net.b_y is None):
        return ""
    return "not a linear network without biases"


def _is_saturating(subject: Subject) -> str:
    """The conditions of P13, on the task and in the weights."""
    rho, needed = networks.row_norm(subject.task.F), 1 + networks.row_norm(subject.task.F, subject.task.dim)
    reason = _has_binary_inputs(subject) or (f"the largest row 1-norm of F is {rho}, above 1" if rho > 1 else "")
    net = subject.network
    if reason or net is None:
        return reason
    gain = max((v for _, _, v in net.W_uh), default=Fraction(0))
    if gain < needed:
        return f"the gain is {gain}, below 1 + ρ' = {needed}"
    return "" if net == networks.saturating(subject.task, gain) else "not clip units with Φ, g E_s, E_sᵀ"


def _is_tanh(subject: Subject) -> str:
    """The conditions of P14, on the task and in the weights: its plain form, or its robust form."""
    reason = is_selection(subject) or _has_binary_inputs(subject)
    net = subject.network
    if reason or net is None:
        return reason
    plain = networks.tanh(subject.task)
    if net.activation != "tanh" or net.hidden != plain.hidden or net.b_h or net.b_y or net.W_hy != plain.W_hy:
        return "not tanh units with W_hy = E_sᵀ and no biases"
    gains = {v for _, _, v in net.W_uh}
    if len(gains) != 1 or [e[:2] for e in net.W_uh] != [e[:2] for e in plain.W_uh]:
        return "W_uh is not g E_s"
    return "" if _tanh_floor(net, subject)[1] else "neither g ≥ β without errors nor the robust form's room"


def _tanh_floor(net: ExactRNN, subject: Subject) -> tuple[float, bool]:
    """The magnitude that P14 promises, and whether it promises the signs: (m, True) in the robust form, (0, g ≥ β) without errors."""
    phi, W = subject.phi.to_array(), net.W_hh.to_array()
    beta = float((W * phi).sum() / abs(phi).sum())
    delta = float(np.abs(W - beta * phi).sum(axis=1).max())
    gain = float(min(v for _, _, v in net.W_uh))
    if beta > 1:
        m = sqrt(1 - 1 / beta)
        if delta <= beta * m - atanh(m) and gain >= beta + delta + atanh(m):
            return m, True
    return 0.0, delta < _ROOM and beta > 0 and gain >= beta


def _is_gated(subject: Subject) -> str:
    """The conditions of P16."""
    net, needed = subject.network, networks.row_norm(subject.task.F, subject.task.dim) * subject.task.bound
    if net is None:
        return ""
    if net.activation != "relu" or not net.phase_input:
        return "not ReLU units with a phase input"
    height = max((-v for _, j, v in net.W_uh if j == subject.task.dim), default=Fraction(0))
    if net != networks.gated(subject.task, height):
        return "not the pairs of P16"
    return "" if height >= needed else f"M = {height}, below ρ'U = {needed}"


def _signs(net: ExactRNN, subject: Subject, horizon: int, carrier: Carrier, floor: float = 0.0) -> str:
    inputs, s = random_inputs(subject.task), subject.task.num_variables
    found = outputs(net, inputs, s + horizon, carrier)[:, s:]
    return wrong_sign(found, subject.task.targets(inputs, horizon), "y", floor)


def _oblique(components: int) -> networks.PsiAndDual:
    basis = make_basis("oblique", components + 1, components, seed=3)
    return networks.PsiAndDual(basis.psi, basis.dual)


def _kernel(net: ExactRNN, powers: range) -> list[list[Fraction]]:
    """A basis of the columns K with W_hy W^m K = 0 for all these m, by reduced row echelon form over Q."""
    row, rows = net.W_hy, list[tuple[int, int, Fraction]]()
    for m in range(powers.stop):
        if m in powers:
            base = len(rows) and rows[-1][0] + 1
            rows += [(base + i, j, v) for i, j, v in row]
        row = row @ net.W_hh
    height = (rows[-1][0] + 1) if rows else 1
    reduced, rank = RationalMatrix.from_entries((height, net.hidden), rows).to_flint().rref()
    table = [[Fraction(int(v.p), int(v.q)) for v in line] for line in reduced.tolist()[: int(rank)]]
    pivots = [next(j for j, v in enumerate(line) if v) for line in table]
    found: list[list[Fraction]] = []
    for free in (j for j in range(net.hidden) if j not in pivots):
        vector = [Fraction(int(j == free)) for j in range(net.hidden)]
        for line, pivot in zip(table, pivots, strict=True):
            vector[pivot] = -line[free]
        found.append(vector)
    return found


def _selection_with_signs(subject: Subject) -> str:
    return is_selection(subject) or _has_binary_inputs(subject)


NETWORK_LAWS = (
    Law("P07b", _selection_with_signs, damped_signs(Fraction(1, 2)), BOTH),
    Law("P08", _is_linear, finite_check()),
    Law("P13", _is_saturating, _has_values(networks.saturating)),
    Law("P14", _is_tanh, _tanh_signs, NUMPY),
    Law("P15", _is_linear, invisible_writes()),
    Law("P16", _is_gated, _has_values(networks.gated)),
)
