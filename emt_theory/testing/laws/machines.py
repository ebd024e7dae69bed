"""The law about machines with an input at every step (P26): pairs and codes, their numbers of units, and what they show.

Words are walked in a dictionary; the fewest states are counted by marking pairs that some word tells apart. A subject that is a rule on
symbols stands for the register that it drives: u(t) = f(u(t−1), …, u(t−s)) + x(t) modulo q, from zeros on.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from emt_theory.circuits import certify, derive
from emt_theory.networks import ElmanRNN, ExactRNN
from emt_theory.tasks import FiniteTask, MachineTask, Mealy, from_step
from emt_theory.testing.laws.finite import finite_task_of
from emt_theory.testing.laws.law import Carrier, Law

_MOST_STATES, _MOST_UNITS = 64, 512
_WORDS, _LETTERS, _EXACT_WORDS = 24, 24, 3


@dataclass(frozen=True)
class MachineSubject:
    """A machine with what is claimed about it.

    Attributes:
        task: the task; None where a subject has none.
        states: the claimed number of states of the smallest machine.
        network: a network that is to have the task, or None: then the law takes those of `compile`.
        reason: why there is nothing to look at, or "".
    """

    task: MachineTask | None
    states: int = 0
    network: ExactRNN | None = None
    reason: str = ""

    @classmethod
    def of(cls, value: Any) -> MachineSubject:
        """The subject that a task, a circuit or a pair (network, task) stands for.

        Raises:
            InvalidOption: if it is none of these.
        """
        if isinstance(value, MachineSubject):
            return value
        network: ExactRNN | None = None
        if isinstance(value, tuple) and len(value) == 2 and isinstance(value[1], MachineTask):
            given, value = value
            network = given if isinstance(given, ExactRNN) else given.exact or ExactRNN.from_float(given)
        task = getattr(value, "task", value)
        if not isinstance(task, MachineTask):
            rule, reason = finite_task_of(value, _MOST_STATES)
            if rule is None or reason:
                return cls(None, reason=reason)
            task = driven(rule)
        machine = task.machine.minimal()
        large = machine.states > _MOST_STATES or machine.states * machine.letters > _MOST_UNITS
        return cls(
            task, machine.states, network, f"more than {_MOST_STATES} states or {_MOST_UNITS} pairs" if large else ""
        )


def driven(rule: FiniteTask) -> MachineTask:
    """The register of a rule, driven by an input at every step."""
    q, d = rule.alphabet.size, rule.dim

    def step(memory: tuple[int, ...], x: Any) -> tuple[tuple[int, ...], tuple[int, ...]]:
        fed = x if d > 1 else (x,)
        past = np.array(memory).reshape(1, rule.num_variables, d)
        newest = tuple((int(v) + a) % q for v, a in zip(rule.variable(past)[0], fed, strict=True))
        return (*memory[d:], *newest), newest

    return from_step(step, (0,) * rule.components, q, d, q, "driven")


def _is_there(subject: MachineSubject) -> str:
    return subject.reason


def _shows(subject: MachineSubject, carrier: Carrier) -> str:
    """P26: the fewest states are counted again, and each network's units; what it shows on words is walked, or certify says it for all words."""
    task = subject.task
    assert task is not None
    states = _fewest(task.machine)
    if states != subject.states:
        return f"{states} states differ on some word, {subject.states} claimed"
    nets = [("given", subject.network)] if subject.network is not None else _compiled(task)
    for name, net in nets:
        if name == "pairs" and net.hidden != states * task.machine.letters:
            return f"pairs take {net.hidden} units, not {states} · {task.machine.letters}"
        if carrier == "certify":
            found = certify(net, task)
            broken = "" if found.exact_for == "values" else f"certify says {found}"
        else:
            broken = _wrong(net, task, carrier)
        if broken:
            return f"{name}: {broken}"
    return ""


def _compiled(task: MachineTask) -> list[tuple[str, Any]]:
    circuit = derive(task)
    return [(name, circuit.compile(scheme=name).exact) for name, verdict in circuit.schemes.items() if verdict.allowed]


def _fewest(machine: Mealy) -> int:
    """States that the start leads to, less those that no word tells from one before: pairs are marked until none is added."""
    moves = {
        (q, a): (int(machine.following[q, a]), int(machine.shown[q, a]))
        for q, a in product(range(machine.states), range(machine.letters))
    }
    there = [machine.start]
    for q in there:
        there += [into for a in range(machine.letters) if (into := moves[q, a][0]) not in there]
    pairs = [(p, q) for i, q in enumerate(there) for p in there[:i]]
    letters = range(machine.letters)
    apart = {pair for pair in pairs if any(moves[pair[0], a][1] != moves[pair[1], a][1] for a in letters)}
    while True:
        more = {
            (p, q)
            for p, q in pairs
            if (p, q) not in apart
            and any({(moves[p, a][0], moves[q, a][0]), (moves[q, a][0], moves[p, a][0])} & apart for a in letters)
        }
        if not more:
            return sum(all((p, q) in apart for p in there[:i]) for i, q in enumerate(there))
        apart |= more


def _wrong(net: ExactRNN | ElmanRNN, task: MachineTask, carrier: Carrier) -> str:
    """Where a network shows something else than the machine."""
    exact = carrier == "exact"
    letters = np.random.default_rng(0).integers(
        task.machine.letters, size=(_EXACT_WORDS if exact else _WORDS, _LETTERS)
    )
    shown = np.empty_like(letters)
    for k, word in enumerate(letters.tolist()):
        q = task.machine.start
        for t, a in enumerate(word):
            shown[k, t], q = int(task.machine.shown[q, a]), int(task.machine.following[q, a])
    runner = net if exact or isinstance(net, ElmanRNN) else net.to_float()
    inputs = task.encode_letters(letters)
    seen = runner.run(inputs if exact else inputs.astype(float)).outputs
    wrong = (seen != task.shows.encode(task.symbols(shown))).any(axis=2)
    return f"a value is wrong at t = {int(np.argmax(wrong.any(axis=0))) + 1}" if wrong.any() else ""


MACHINE_LAWS = (Law("P26", _is_there, _shows, ("exact", "numpy", "certify"), MachineSubject.of),)
