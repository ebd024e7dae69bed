"""Laws about networks: a network of the theorem's form against the task's own recurrence.

The form is looked at in the weights; a network of another form is none of the law's business. Where the subject has no network, the law writes
down its own, or takes the one that `compile` returns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from math import atanh, sqrt
from typing import Any

import numpy as np

from emt_theory.circuits import make_basis
from emt_theory.circuits.schemes import Damped, Gated, Linear, Saturating, Scheme, Tanh, longest_chain
from emt_theory.errors import SchemeNotAllowed
from emt_theory.ground.rationals import RationalMatrix
from emt_theory.networks import ExactRNN
from emt_theory.tasks import LinearTask
from emt_theory.tasks.linear import SIGNS
from emt_theory.testing import networks
from emt_theory.testing.laws.circuits import is_selection
from emt_theory.testing.laws.comparing import basis_inputs, difference, outputs, random_inputs, wrong_sign
from emt_theory.testing.laws.compiling import ROOM, compiled, misjudged
from emt_theory.testing.laws.law import CERTIFIED, COMPILED, Carrier, Law, Subject

HORIZON = 24
_GAMMA = Fraction(1, 2)


Run = Callable[[ExactRNN, Subject, Carrier], str]
"""Where a network breaks a law, with a carrier's arithmetic, or ""."""


def about(build: Callable[[LinearTask], ExactRNN], scheme: Scheme, promised: str, broken: Run) -> Any:
    """The conclusion of a law about a network: the subject's, else what `build` writes down, or what `compile` returns.

    With the carrier "certify" the theorem's promise is asked of `certify`, and what it says of a run.

    Args:
        build: the theorem's network of a task.
        scheme: the scheme that compiles the same circuit.
        promised: what `certify` has to prove: "values" or "signs".
        broken: where the network breaks the law.
    """

    def conclusion(subject: Subject, carrier: Carrier) -> str:
        net = subject.network
        try:
            if net is None:
                net = compiled(subject.task, scheme) if carrier == "compile" else build(subject.task)
        except SchemeNotAllowed as refusal:
            return f"compile refuses: {refusal}"
        return misjudged(net, subject.task, promised) if carrier == "certify" else broken(net, subject, carrier)

    return conclusion


def _damped(task: LinearTask) -> ExactRNN:
    """The circuit of P07b."""
    return networks.linear(task, damping=_GAMMA)


def _damped_signs(net: ExactRNN, subject: Subject, carrier: Carrier) -> str:
    """P07b: the signs of the damped circuit."""
    return _signs(net, subject, min(HORIZON, subject.task.components + subject.task.num_variables), carrier)


def _finite_check(subject: Subject, carrier: Carrier) -> str:
    """P08: what agrees for N + n scored steps agrees for three times as many, and `certify` says which it is."""
    net, task = subject.network, subject.task
    if net is None:
        net = compiled(task, Linear()) if carrier == "compile" else networks.linear(task)
    enough = net.hidden + task.components
    inputs, s = basis_inputs(task), task.num_variables
    found, right = outputs(net, inputs, s + 3 * enough, carrier)[:, s:], task.targets(inputs, 3 * enough)
    agrees = not difference(found[:, :enough], right[:, :enough], carrier, "y")
    if carrier == "certify":
        return misjudged(net, task, "values" if agrees else "")
    later = agrees and difference(found, right, carrier, "y")
    return f"agrees for {enough} scored steps, but {later}" if later else ""


def _values(net: ExactRNN, subject: Subject, carrier: Carrier) -> str:
    """P13 and P16: the network has the values at every t ≥ 1, inputs included."""
    inputs = random_inputs(subject.task)
    right = np.concatenate([inputs, subject.task.targets(inputs, HORIZON)], axis=1)
    return difference(outputs(net, inputs, subject.task.num_variables + HORIZON, carrier), right, carrier, "y")


def _tanh_signs(net: ExactRNN, subject: Subject, carrier: Carrier) -> str:
    """P14: every sign, and the magnitude that the weights promise."""
    return _signs(net, subject, 8 * HORIZON, "numpy", max(0.0, _tanh_floor(net, subject)[0] - ROOM))


def _invisible_writes(subject: Subject, carrier: Carrier) -> str:
    """P15: columns in the kernel of [W_hyW; W_hyW²; …] change no scored output, and the kernel has N − rank O dimensions, as is claimed."""
    task, net = subject.task, subject.network
    if net is None:
        net = compiled(task, Linear()) if carrier == "compile" else networks.linear(task, _oblique(task.components))
    kernel = _kernel(net)
    if subject.network is None and len(kernel) != net.hidden - subject.dimension.running:
        return f"{len(kernel)} free directions, not N − rank O = {net.hidden - subject.dimension.running}"
    moved = [
        (i, c, (k + c + 1) * v) for k, one in enumerate(kernel) for c in range(task.dim) for i, v in enumerate(one)
    ]
    changed = replace(net, W_uh=RationalMatrix.from_entries(net.W_uh.shape, [*net.W_uh, *moved]))
    last, s = basis_inputs(task)[-task.dim :], task.num_variables
    before, after = (outputs(one, last, s + net.hidden, carrier)[:, s:] for one in (net, changed))
    return difference(after, before, carrier, "scored y")


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
    return 0.0, delta < ROOM and beta > 0 and gain >= beta


def _is_gated(subject: Subject) -> str:
    """The conditions of P16, in pairs or with biases; the two groups of the newest block may stand either way."""
    net, task = subject.network, subject.task
    if net is None:
        return ""
    if net.activation != "relu" or not net.phase_input:
        return "not ReLU units with a phase input"
    height = max((-v for _, j, v in net.W_uh if j == task.dim), default=Fraction(0))
    if net.b_y is not None:
        rho, bound = networks.row_norm(task.F), -net.b_y[0]
        if rho > 1 or bound < task.bound:
            return f"biases hold values up to {bound}, and inputs of {task.bound} with ρ = {rho} may grow above"
        is_form = networks.gated_with_biases(task, bound) in (net, _regrouped(net, task.dim))
        return "" if is_form else "not the units with biases of P16"
    if networks.gated(task, height) not in (net, _regrouped(net, 2 * task.dim)):
        return "not the pairs of P16"
    needed = networks.row_norm(task.F, task.dim) * task.bound
    return "" if height >= needed else f"M = {height}, below ρ'U = {needed}"


def _regrouped(net: ExactRNN, size: int) -> ExactRNN:
    """The same network with its last two groups of so many units in the other order."""
    old = net.hidden - 2 * size
    if old < 0:
        return net
    place = [*range(old), *range(old + size, net.hidden), *range(old, old + size)]
    N = net.hidden
    return replace(
        net,
        W_hh=RationalMatrix.from_entries((N, N), ((place[i], place[j], v) for i, j, v in net.W_hh)),
        W_uh=RationalMatrix.from_entries(net.W_uh.shape, ((place[i], j, v) for i, j, v in net.W_uh)),
        W_hy=RationalMatrix.from_entries(net.W_hy.shape, ((i, place[j], v) for i, j, v in net.W_hy)),
        b_h=None if net.b_h is None else tuple(net.b_h[place[i]] for i in range(N)),  # `place` is its own inverse
    )


def _is_damped(subject: Subject) -> str:
    """The conditions of P07b, on the task and in the responses: those of the damped circuit, in any basis."""
    task, net = subject.task, subject.network
    reason = is_selection(subject) or _has_binary_inputs(subject) or _is_linear(subject)
    if reason or net is None:
        return reason
    assert task.reads is not None
    first, count = task.reads[0], net.hidden + task.components
    mine = list(_responses(net, count))
    gamma = first.sign * dict(mine[task.num_variables + 1 - first.block].row(0)).get(first.component, Fraction(0))
    if gamma <= 0 or mine != list(_responses(networks.linear(task, damping=gamma), count)):
        return "not the damped circuit in any basis"
    longest = longest_chain(task)
    total = sum((gamma**k for k in range(1, longest + 1)), Fraction(0))
    return "" if total < 1 else f"γ + … + γ^m = {total} with γ = {gamma}, m = {longest}; it must be below 1"


def _responses(net: ExactRNN, count: int) -> Iterator[RationalMatrix]:
    """R_0, …, R_(count−1) of a linear network, W_hy W_hhʲ W_uh."""
    row = net.W_hy
    for _ in range(count):
        yield row @ net.W_uh
        row = row @ net.W_hh


def _signs(net: ExactRNN, subject: Subject, horizon: int, carrier: Carrier, floor: float = 0.0) -> str:
    inputs, s = random_inputs(subject.task), subject.task.num_variables
    found = outputs(net, inputs, s + horizon, carrier)[:, s:]
    return wrong_sign(found, subject.task.targets(inputs, horizon), "y", floor)


def _oblique(components: int) -> networks.PsiAndDual:
    basis = make_basis("oblique", components + 1, components, seed=3)
    return networks.PsiAndDual(basis.psi, basis.dual)


def _kernel(net: ExactRNN) -> list[list[Fraction]]:
    """A basis of the columns K with W_hy W^m K = 0 for m = 1, …, N, by reduced row echelon form over Q."""
    row, rows = net.W_hy, list[tuple[int, int, Fraction]]()
    for _ in range(net.hidden):
        row = row @ net.W_hh
        base = len(rows) and rows[-1][0] + 1
        rows += [(base + i, j, v) for i, j, v in row]
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


NETWORK_LAWS = (
    Law("P07b", _is_damped, about(_damped, Damped(_GAMMA), "signs", _damped_signs), CERTIFIED),
    Law("P08", _is_linear, _finite_check, CERTIFIED),
    Law("P13", _is_saturating, about(networks.saturating, Saturating(), "values", _values), CERTIFIED),
    Law("P14", _is_tanh, about(networks.tanh, Tanh(), "signs", _tanh_signs), ("numpy", "compile", "certify")),
    Law("P15", _is_linear, _invisible_writes, COMPILED),
    Law("P16", _is_gated, about(networks.gated, Gated(), "values", _values), CERTIFIED),
)
