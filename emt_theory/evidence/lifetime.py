"""For how long does a network hold a task? It runs far beyond the horizon, and the first time at which it fails is named.

The steps of the settled window, t > s + max(s, ν), are scored 50 at a time. A network *holds to* the end of the last window before the first one in
which fewer than 0.99 of the signs are right, and *fades by* the end of that one:

>>> from dataclasses import replace
>>> from emt_theory import derive
>>> from emt_theory.tasks import repeat_copy
>>> task = repeat_copy(num_variables=2, dim=1)
>>> net = derive(task).compile(scheme="tanh")
>>> print(measure_lifetime(net, task, steps=2000))
40 sequences hold to t = 2004, the last step that was run; attracting: the largest multiplier over the period 2 is 0.155
>>> noisy = replace(net, W_hh=net.W_hh + [[0, 0.0], [0.0, -1.4]], exact=None)
>>> print(measure_lifetime(noisy, task, steps=2000))
holds to t = 4, fades by t = 54: 0.7... of the signs are right in the last 50 steps of these

What a network holds for so long it may yet lose; a certificate speaks of all t (`emt_theory.circuits.certify`). Values that only shrink keep their
signs until float64 has no smaller number.

Where Φ_p has the order p, a right network returns after p steps. The **multipliers** of the return are the eigenvalues of the product of the
Jacobians along p steps,

    M = J(z(t+p−1)) ⋯ J(z(t)),      the largest |μ| below 1: disturbances die (attracting); at 1: they stay (neutral); above 1: they grow (repelling).

Source: new; Floquet multipliers are in Guckenheimer & Holmes, Nonlinear Oscillations, 1.5.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import lcm
from typing import Any, NamedTuple

import numpy as np

from emt_theory.circuits import derive
from emt_theory.evidence.dynamics.kinks import one_sided
from emt_theory.evidence.following import BLOCK as WINDOW
from emt_theory.evidence.following import Block, follow, follow_stream
from emt_theory.evidence.lasting import Lasting, lasting_part
from emt_theory.evidence.recording import require_fit, require_sizes
from emt_theory.ground.absent import Absent
from emt_theory.ground.arguments import callback
from emt_theory.ground.arguments import seed as checked_seed
from emt_theory.ground.arrays import Array
from emt_theory.ground.blas import one_blas_thread
from emt_theory.ground.json import Record
from emt_theory.networks import Network, StateSpace, state_space
from emt_theory.tasks import FiniteTask, LinearFilter, LinearTask, Task
from emt_theory.tasks.digits import write_fraction
from emt_theory.tasks.streams.described import StreamTask
from emt_theory.tasks.words import generator

FADED = 0.99
"""A window with a smaller share of right signs is one in which the network has lost the task: a convention of measuring."""

NEUTRAL = 0.02
"""How far from 1 the largest multiplier may be and still be called neutral: a convention of naming."""

STEPS, LIFETIME_SEQUENCES = 10_000, 40
_ORBITS, _WORK = 8, 2e10
_NOT_ASKED = Absent("not asked for")


@dataclass(frozen=True)
class Lifetime(Record):
    """How long a network holds a task.

    Attributes:
        sequences: how many were run.
        holds_to: the last time before the first window that fails; the last one that was run if none does.
        fades_by: the end of the first window that fails, or None.
        accuracy: the share of right signs in the last window that was run.
        sequences_right: how many sequences are right in every sign of the settled window to `holds_to`.
        period: p, the order of Φ_p.
        multiplier: the largest |μ| of the return after p steps, over sequences; absent where there is none, or it would take too long.
    """

    JSON = (
        "sequences",
        "holds_to",
        "fades_by",
        "accuracy",
        "sequences_right",
        "period",
        "multiplier",
        "kind",
        "reason",
    )

    sequences: int
    holds_to: int
    fades_by: int | None
    accuracy: float
    sequences_right: int
    period: int | None = None
    multiplier: float | Absent = _NOT_ASKED

    @property
    def kind(self) -> str | None:
        """What becomes of disturbances: "attracting", "neutral" or "repelling"; None where there is no multiplier."""
        if isinstance(self.multiplier, Absent):
            return None
        if self.multiplier < 1 - NEUTRAL:
            return "attracting"
        return "neutral" if self.multiplier <= 1 + NEUTRAL else "repelling"

    @property
    def reason(self) -> str | None:
        """Why there is no multiplier, or None."""
        return self.multiplier.reason if isinstance(self.multiplier, Absent) else None

    def __str__(self) -> str:
        if self.fades_by is not None:
            share = f"{write_fraction(self.accuracy)} of the signs are right in the last {WINDOW} steps of these"
            held = f"holds to t = {self.holds_to}, fades by t = {self.fades_by}: {share}"
        else:
            held = f"{self.sequences_right} sequences hold to t = {self.holds_to}, the last step that was run"
        if isinstance(self.multiplier, Absent):
            return held
        return f"{held}; {self.kind}: the largest multiplier over the period {self.period} is {self.multiplier:.3g}"


@one_blas_thread()
def measure_lifetime(
    net: Network,
    task: Task,
    steps: int = STEPS,
    sequences: int = LIFETIME_SEQUENCES,
    seed: int = 0,
    progress: Callable[[str], None] | bool | None = None,
) -> Lifetime | Absent:
    """Run a network on a selection task, on a finite one, or along words where there is an input at every step, until it fails, or for so many steps.

    Args:
        net: a network with the task's d.
        task: the task; of one that is no selection, whose values may grow, there is no lifetime.
        steps: how many scored steps are run at most.
        sequences: how many.
        seed: of the inputs.
        progress: called with how far it is, every thousand steps; True writes it to stderr.

    Returns:
        The lifetime; absent where nothing lasts.

    Raises:
        InvalidNetwork: if the network has other inputs or outputs than the task.
        InvalidTask: if `task` is no task.
        InvalidOption: if a number is out of range; if progress is no function.
    """
    require_fit(net, task)
    require_sizes(steps=steps, sequences=sequences)
    say, seed = callback("progress", progress), checked_seed(seed)
    if isinstance(task, StreamTask):
        return stream_lifetime(state_space(net), task, steps, sequences, seed, say)
    if isinstance(task, FiniteTask):
        return finite_lifetime(state_space(net), task, steps, sequences, seed, say)
    if not isinstance(task, LinearTask) or not task.is_selection:
        return Absent(f"a lifetime is that of a selection task; {task.name} is none")
    lasting = lasting_part(derive(task))
    return (
        lasting if isinstance(lasting, Absent) else lifetime_of(state_space(net), lasting, steps, sequences, seed, say)
    )


def lifetime_of(
    space: StateSpace,
    lasting: Lasting,
    steps: int = STEPS,
    sequences: int = LIFETIME_SEQUENCES,
    seed: int = 0,
    say: Callable[[str], object] = lambda _: None,
) -> Lifetime:
    """As `measure_lifetime`, of a selection task in which something lasts."""
    inputs = lasting.task.sequences(sequences, 1, seed).inputs
    return _run_on(space, lasting.task, inputs, lasting.settled, steps, lasting.order, say)


def finite_lifetime(
    space: StateSpace,
    task: FiniteTask,
    steps: int = STEPS,
    sequences: int = LIFETIME_SEQUENCES,
    seed: int = 0,
    say: Callable[[str], object] = lambda _: None,
) -> Lifetime:
    """As `measure_lifetime`, of a finite task: all inputs where there are not more of them than sequences; the orbits' common period."""
    s, d, q = task.num_variables, task.dim, task.alphabet.size
    if task.states <= sequences:
        inputs = np.indices((q,) * task.components).reshape(task.components, -1).T.reshape(-1, s, d)
    else:
        inputs = generator(seed).integers(q, size=(sequences, s, d))
    return _run_on(space, task, inputs, s, steps, common_period(task, inputs[:_ORBITS]), say)


def common_period(task: FiniteTask, memories: Any, most: int = 4096) -> int | None:
    """After how many steps the cycles that memories of symbols, shape (batch, s, d), lead to are all back; None where that is above `most`."""
    period = 1
    for k in range(len(memories)):
        memory, seen = np.asarray(memories[k : k + 1]), dict[bytes, int]()
        while memory.tobytes() not in seen:
            if len(seen) > most:
                return None
            seen[memory.tobytes()] = len(seen)
            memory, _ = task.next(memory, None)
        period = lcm(period, len(seen) - seen[memory.tobytes()])
        if period > most:
            return None
    return period


def _run_on(
    space: StateSpace,
    task: LinearTask | FiniteTask,
    inputs: Any,
    start: int,
    steps: int,
    period: int | None,
    say: Callable[[str], object],
) -> Lifetime:
    blocks = follow(space, task, inputs, steps, start - task.num_variables, rounds=True)
    held = _tally(blocks, len(inputs), start, steps, say)
    lost = Absent("it fails from the beginning")
    multiplier = lost if held.state is None else largest_multiplier(space, held.state, period)
    return Lifetime(len(inputs), held.to, held.fades_by, held.share, held.right, period, multiplier)


class _Held(NamedTuple):
    """For how long blocks of steps were right: `Lifetime`'s numbers, and the states of some sequences behind the last one that was."""

    to: int
    fades_by: int | None
    share: float
    right: int
    state: Array | None


def _tally(blocks: Iterable[Block], sequences: int, start: int, steps: int, say: Callable[[str], object]) -> _Held:
    """Score blocks until one fails; they begin behind t = start."""
    holding, held = np.ones(sequences, dtype=bool), _Held(start, None, 1.0, sequences, None)
    for block in blocks:
        share = float((block.right & block.counted).sum() / max(1, block.counted.sum()))
        if share < FADED:
            return held._replace(fades_by=start + block.done, share=share)
        holding &= block.right.all(axis=(1, 2))
        held = _Held(start + block.done, None, share, int(holding.sum()), block.state[:_ORBITS])
        if block.done % 1000 == 0:
            say(f"hold to step {block.done} of {steps}")
    return held


def stream_lifetime(
    space: StateSpace,
    task: StreamTask,
    steps: int = STEPS,
    sequences: int = LIFETIME_SEQUENCES,
    seed: int = 0,
    say: Callable[[str], object] = lambda _: None,
) -> Lifetime | Absent:
    """As `measure_lifetime`, of a task with an input at every step: along words of so many letters, each output scored."""
    if isinstance(task, LinearFilter) and task.grows:
        return Absent(f"the values of {task.name} grow without bound, by {task.largest_eigenvalue:.3g} at each step")
    held = _tally(follow_stream(space, task, sequences, steps, seed), sequences, 0, steps, say)
    driven = Absent("inputs drive it at every step: there is no orbit to return to")
    return Lifetime(sequences, held.to, held.fades_by, held.share, held.right, None, driven)


def largest_multiplier(space: StateSpace, states: Array, period: int | None) -> float | Absent:
    """The largest |μ| of the return after `period` steps from states of shape (batch, S)."""
    if period is None or period * float(space.size) ** 3 * 2 * len(states) > _WORK:
        return Absent("the period is too long to multiply so many Jacobians")
    product, z = np.tile(np.eye(space.size), (len(states), 1, 1)), states
    orbit = [z]
    for _ in range(period):
        product, z = space.jacobian(z) @ product, space.step(z)
        orbit.append(z)
    if any((kinked := one_sided(space, np.stack(orbit[:-1])[:, k])) is not None for k in range(len(states))):
        return Absent(
            f"the orbit passes a kink of its units, where a step has no derivative ({kinked and kinked.units} times)"
        )
    if not np.isfinite(product).all():
        return Absent("the product of the Jacobians leaves the range of float64")
    return float(np.abs(np.linalg.eigvals(product)).max())
