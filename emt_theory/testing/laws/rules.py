"""Laws about circuits of rules on symbols: what cannot be (P22), threshold circuits (P23), margins (P24), codes (P25).

Targets come from walking a dictionary of states; a circuit is the subject's, or the one that `compile` returns. A
selection task on signs is a rule too.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise, product
from typing import Any

import flint
import numpy as np
from numpy.typing import NDArray

from emt_theory.circuits import (
    LinearObstruction,
    Margin,
    OddObstruction,
    ThresholdTanh,
    certify,
    derive,
    find_linear_obstruction,
    find_odd_obstruction,
    odd_accuracy,
)
from emt_theory.circuits.schemes.threshold import plan
from emt_theory.ground.absent import Absent
from emt_theory.networks import ElmanRNN, ExactRNN
from emt_theory.tasks import Alphabet, Code, FiniteTask, as_selection
from emt_theory.testing.laws.finite import State, finite_task_of, successors
from emt_theory.testing.laws.law import Carrier, Law

MOST_STATES = 256
_STEPS = 12
_GAIN = 8
_EXACT_RUNS = 3
_NEARLY = Fraction(999, 1000)
"""Of a margin: rounding has its share."""


@dataclass(frozen=True)
class RuleSubject:
    """A rule on symbols with what is claimed about it.

    Attributes:
        task: the task; None where a subject is none.
        linear: the claimed reason why no linear network has it, or None.
        odd: the claimed reason why no odd network has it, or None.
        values: for a selection on signs whether a linear network is claimed to have its values (P07); None for any other rule.
        margin: the claimed margin with tanh units, or None.
        network: a network that is to have the rule, or None: then the law takes the one that `compile` returns.
        reason: why there is nothing to look at, or "".
    """

    task: FiniteTask | None
    linear: LinearObstruction | None = None
    odd: OddObstruction | None = None
    values: bool | None = None
    margin: Margin | None = None
    network: ExactRNN | None = None
    reason: str = ""

    @classmethod
    def of(cls, value: Any) -> RuleSubject:
        """The subject that a task, a circuit or a pair (network, task) stands for.

        Raises:
            InvalidOption: if it is none of these.
        """
        if isinstance(value, RuleSubject):
            return value
        task, reason = finite_task_of(value, MOST_STATES)
        if task is None or reason:
            return cls(task, reason=reason)
        network: ExactRNN | None = None
        if isinstance(value, tuple) and isinstance(value[0], ElmanRNN | ExactRNN):
            given = value[0]
            network = given if isinstance(given, ExactRNN) else given.exact or ExactRNN.from_float(given)
        circuit = derive(task)
        found, values = circuit.margin(_GAIN), None if as_selection(task) is None else circuit.exactness.linear
        margin = None if isinstance(found, Absent) else found
        return cls(task, find_linear_obstruction(task), find_odd_obstruction(task), values, margin, network)


def _is_there(subject: RuleSubject) -> str:
    return subject.reason


def _has_signs(subject: RuleSubject) -> str:
    return subject.reason or ("it shows numbers, not ±1" if _task(subject).alphabet.code is Code.NUMBERS else "")


def _has_margin(subject: RuleSubject) -> str:
    return subject.reason or ("" if subject.margin else f"no margin at beta = {_GAIN}")


def _task(subject: RuleSubject) -> FiniteTask:
    assert subject.task is not None
    return subject.task


# ------------------------------------------------------------------------------------------------------------- P22


def _impossible(subject: RuleSubject, carrier: Carrier) -> str:
    """P22: ranks over Q decide whether the next numbers are affine in those of the memory; opposites are looked up one by one.

    A selection on signs passes at one step, so that P07 has to decide about all of them: by walks, too.
    """
    task = _task(subject)
    following = successors(task)
    memory = np.array([task.alphabet.encode(np.array(x)) for x in following])
    shown = np.array([task.alphabet.encode(np.array(y[-task.dim :])) for y in following.values()])
    known = np.concatenate([np.ones((len(memory), 1), dtype=np.int64), memory], axis=1)
    affine = _rank(known) == _rank(np.concatenate([known, shown], axis=1))
    if affine != (subject.linear is None):
        return f"the next numbers are {'' if affine else 'not '}affine in the memory's, and the obstruction is {subject.linear}"
    if subject.values not in (None, _depends_on_age(task, following)):
        return f"a linear network {'has' if subject.values else 'does not have'} the values, is claimed, and responses say otherwise"
    if task.alphabet.code is not Code.SIGNS:
        return ""
    opposite = {x: tuple(1 - v for v in x) for x in following}
    odd = all(following[opposite[x]][-task.dim :] == tuple(1 - v for v in following[x][-task.dim :]) for x in following)
    if odd != (subject.odd is None):
        return f"opposite memories have {'' if odd else 'not always '}opposite outputs, and the obstruction is {subject.odd}"
    same, x, other = 0, {x: x for x in following}, opposite
    for _ in range(_STEPS):
        x, other = ({k: following[v] for k, v in states.items()} for states in (x, other))
        same += sum(a == b for k in following for a, b in zip(x[k][-task.dim :], other[k][-task.dim :], strict=True))
    bound = 1 - Fraction(same, 2 * _STEPS * task.dim * len(following))
    claimed = odd_accuracy(task, _STEPS)
    return "" if claimed == bound else f"odd networks get at most {bound} by walking, {claimed} claimed"


def _depends_on_age(task: FiniteTask, following: dict[State, State]) -> bool:
    """Of a selection on signs, whether inputs that are equally old show equally: a time-invariant network tells no others apart.

    Turning component j of the memory changes what is shown by −2 M_τ[:, j]. Block k at t = s+τ is as old as block k + 1
    at s+τ+1: M_τ[:, j] = M_{τ+1}[:, j+d], and both are sequences of a recurrence of order n (Cayley–Hamilton).
    """
    n, d, M = task.components, task.dim, list[NDArray[np.int64]]()
    states: list[State] = [(0,) * n, *(tuple(int(i == j) for i in range(n)) for j in range(n))]
    for _ in range(n + 1):
        states = [following[x] for x in states]
        shown = task.alphabet.encode(np.array([x[-d:] for x in states]))
        M.append((shown[0] - shown[1:]) // 2)
    return all(bool((here[:-d] == later[d:]).all()) for here, later in pairwise(M))


def _rank(matrix: NDArray[np.int64]) -> int:
    gram = matrix.T @ matrix
    return int(flint.fmpz_mat(len(gram), len(gram), gram.reshape(-1).tolist()).rank())


# ----------------------------------------------------------------------------------------------------- P23, P24, P25


def _composes(subject: RuleSubject, carrier: Carrier) -> str:
    """P23: N counted again along each direction, and the values from t = 1 on."""
    task = _task(subject)
    made = plan(task)
    shown = [task.alphabet.codewords[rule.table.reshape(-1)].T for rule in task.rules]
    units = (task.num_variables - 1) * task.d_out
    for c, direction in enumerate(made.directions):
        rule, values = task.rules[c // task.alphabet.width], shown[c // task.alphabet.width][c % task.alphabet.width]
        words = (
            task.alphabet.encode(np.array(x, dtype=np.int64))
            for x in product(range(task.alphabet.size), repeat=len(rule.reads))
        )
        along = sorted((int(np.dot(direction.weights, word)), int(f)) for word, f in zip(words, values, strict=True))
        changes = sum(one[1] != other[1] for one, other in pairwise(along))
        units += changes + (changes % 2 == 0)
    if units != made.units:
        return f"N = {units} counted along the directions, {made.units} claimed"
    net = _network(subject, task, "threshold")
    return _unproved(net, task, "threshold-rows") if carrier == "certify" else _wrong(net, task, carrier, early=True)


def _keeps_margin(subject: RuleSubject, carrier: Carrier) -> str:
    """P24: every row of [W U b] is off by δ, at one place and at all; signs stay right, and magnitudes above their bound."""
    task, claimed = _task(subject), subject.margin
    assert claimed is not None
    delta, floor = claimed.delta, claimed.magnitude
    if subject.network is not None:  # what is claimed of it is what its certificate says
        net, found = subject.network, certify(subject.network, task)
        if found.room is None or found.margin is None:
            return f"certify says {found}"
        delta, floor = found.room, found.margin
    else:
        made = derive(task).compile(scheme=ThresholdTanh(beta=claimed.beta, alpha=claimed.alpha)).exact
        assert made is not None
        net = made
    if carrier == "certify":
        room = certify(net, task).room
        enough = room is not None and room >= delta * _NEARLY
        return _unproved(net, task, "threshold-tanh") or (
            "" if enough else f"rows may be off by {room}, {delta} claimed"
        )
    plain, rng = net.to_float(), np.random.default_rng(0)
    bias = np.zeros(net.hidden) if plain.b_h is None else plain.b_h
    for share in (0.0, 0.3, 1.0):
        noise = rng.choice((-1.0, 1.0), size=(net.hidden, net.hidden + task.d_in + 1))
        noise *= (rng.random(noise.shape) < share) | (np.arange(noise.shape[1]) == rng.integers(net.hidden))
        if not share:  # all of it against what is read most
            largest = np.abs(plain.W_hh).argmax(axis=1)
            noise[:, :] = 0
            noise[range(net.hidden), largest] = -np.sign(plain.W_hh[range(net.hidden), largest])
        size = np.abs(noise).sum(axis=1, keepdims=True)
        noise *= float(delta * _NEARLY) / np.where(size == 0, 1, size)
        W, U, b = np.split(noise, [net.hidden, net.hidden + task.d_in], axis=1)
        moved = replace(plain, W_hh=plain.W_hh + W, W_uh=plain.W_uh + U, b_h=bias + b[:, 0], exact=None)
        broken = _wrong(moved, task, "numpy", floor=float(floor))
        if broken:
            return f"with rows off by {float(delta):.4g}, {broken}"
    return ""


def _codes(subject: RuleSubject, carrier: Carrier) -> str:
    """P25: the same rule shown by other codes, as threshold circuits and as numbers."""
    task = _task(subject)
    for code, scheme, kind in (
        (Code.ONEHOT, "threshold", "threshold-rows"),
        (Code.THERMOMETER, "threshold", "threshold-rows"),
        (Code.NUMBERS, "interpolating", "interpolating-rows"),
    ):
        other = replace(task, alphabet=Alphabet(task.alphabet.size, code))
        net = (
            subject.network
            if code is Code.NUMBERS and subject.network
            else _network(replace(subject, network=None), other, scheme)
        )
        broken = _unproved(net, other, kind) if carrier == "certify" else _wrong(net, other, carrier, early=True)
        if broken:
            return f"as {code}: {broken}"
    return ""


def _network(subject: RuleSubject, task: FiniteTask, scheme: str) -> ExactRNN:
    made = subject.network or derive(task).compile(scheme=scheme).exact
    assert made is not None
    return made


def _unproved(net: ExactRNN, task: FiniteTask, kind: str) -> str:
    found = certify(net, task)
    return "" if found.kind == kind else f"certify says {found}"


def _wrong(
    net: ExactRNN | ElmanRNN, task: FiniteTask, carrier: Carrier, early: bool = False, floor: float | None = None
) -> str:
    """Where outputs are not the rule's numbers; with a floor, where signs are not, or lie below it."""
    following = successors(task)
    states = list(following)[:: max(1, len(following) // _EXACT_RUNS)] if carrier == "exact" else list(following)
    s, given = (
        task.num_variables,
        task.alphabet.encode(np.array(states).reshape(len(states), task.num_variables, task.dim)),
    )
    steps = s + (6 if carrier == "exact" else _STEPS)
    runner = net if carrier == "exact" or isinstance(net, ElmanRNN) else net.to_float()
    seen = runner.run(given if carrier == "exact" else given.astype(float), steps).outputs
    wanted = _targets(task, following, states, steps - s)
    if early and (seen[:, :s] != given).any():
        return f"some output at t ≤ {s} is not the input"
    if floor is None:
        return "" if (seen[:, s:] == wanted).all() else "some value is wrong"
    least = float((seen[:, s:] * wanted).min())
    return "" if least >= floor - 1e-9 else f"a sign is wrong, or below {floor:.4g}: {least:.4g}"


def _targets(task: FiniteTask, following: dict[State, State], states: list[State], horizon: int) -> NDArray[np.int64]:
    found: list[list[State]] = []
    for x in states:
        row: list[State] = []
        for _ in range(horizon):
            x = following[x]
            row.append(x[-task.dim :])
        found.append(row)
    return task.alphabet.encode(np.array(found))


RULE_LAWS = (
    Law("P22", _is_there, _impossible, ("exact",), RuleSubject.of),
    Law("P23", _has_signs, _composes, ("exact", "numpy", "certify"), RuleSubject.of),
    Law("P24", _has_margin, _keeps_margin, ("numpy", "certify"), RuleSubject.of),
    Law("P25", _is_there, _codes, ("exact", "numpy", "certify"), RuleSubject.of),
)
