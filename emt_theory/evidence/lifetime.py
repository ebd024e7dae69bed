"""For how long does a network hold a task? It runs far beyond the horizon, and the first time at which it fails is named.

The steps behind the input phase are scored in windows of 50. A network *holds to* the end of the last window before the first one in which fewer than
0.99 of the signs are right, and *fades by* the end of that one:

>>> from dataclasses import replace
>>> from emt_theory import derive
>>> from emt_theory.tasks import repeat_copy
>>> task = repeat_copy(num_variables=2, dim=1)
>>> net = derive(task).compile(scheme="tanh")
>>> print(measure_lifetime(net, task, steps=2000))
40 sequences hold to t = 2002, the last step that was run
>>> noisy = replace(net, W_hh=net.W_hh + [[0, 0.0], [0.0, -1.4]], exact=None)
>>> print(measure_lifetime(noisy, task, steps=2000))
holds to t = 2, fades by t = 52: 0.7360 of the signs are right in the last 50 steps of these

What a network holds for so long it may yet lose; a certificate speaks of all t (`emt_theory.circuits.certify`). Values that only shrink keep their
signs until float64 has no smaller number.

Source: new.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from emt_theory.evidence.recording import require_fit, require_sizes
from emt_theory.ground.absent import Absent
from emt_theory.ground.arguments import callback
from emt_theory.ground.arguments import seed as checked_seed
from emt_theory.ground.arrays import Array
from emt_theory.ground.blas import one_blas_thread
from emt_theory.ground.json import Record
from emt_theory.networks import Network, StateSpace, state_space
from emt_theory.tasks import LinearTask, Task
from emt_theory.tasks.digits import write_fraction

WINDOW = 50
"""Steps that are scored together."""

FADED = 0.99
"""A window with a smaller share of right signs is one in which the network has lost the task: a convention of measuring."""

_STEPS = 10_000
_SEQUENCES = 40


@dataclass(frozen=True)
class Lifetime(Record):
    """How long a network holds a task.

    Attributes:
        sequences: how many were run.
        holds_to: the last time before the first window that fails; the last one that was run if none does.
        fades_by: the end of the first window that fails, or None.
        accuracy: the share of right signs in the last window that was run.
        sequences_right: how many sequences are right in every sign to `holds_to`.
    """

    sequences: int
    holds_to: int
    fades_by: int | None
    accuracy: float
    sequences_right: int

    def __str__(self) -> str:
        if self.fades_by is None:
            return f"{self.sequences_right} sequences hold to t = {self.holds_to}, the last step that was run"
        share = f"{write_fraction(self.accuracy)} of the signs are right in the last {WINDOW} steps of these"
        return f"holds to t = {self.holds_to}, fades by t = {self.fades_by}: {share}"


@one_blas_thread()
def measure_lifetime(
    net: Network,
    task: Task,
    steps: int = _STEPS,
    sequences: int = _SEQUENCES,
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
) -> Lifetime | Absent:
    """Run a network on a selection task until it fails, or for so many steps.

    Args:
        net: a network with the task's d.
        task: the task; of one that is no selection, whose values may grow, there is no lifetime.
        steps: how many scored steps are run at most.
        sequences: how many.
        seed: of the inputs.
        progress: called with how far it is, every thousand steps.

    Raises:
        InvalidNetwork: if the network has other inputs or outputs than the task.
        InvalidTask: if `task` is no task.
        InvalidOption: if a number is out of range; if progress is no function.
    """
    require_fit(net, task)
    require_sizes(steps=steps, sequences=sequences)
    say, seed = callback("progress", progress), checked_seed(seed)
    if not isinstance(task, LinearTask) or not task.is_selection:
        return Absent(f"a lifetime is that of a selection task; {task.name} is none")
    inputs = task.sequences(sequences, 1, seed).inputs
    return _follow(state_space(net), task, task.encode(inputs), steps, say)


def _follow(space: StateSpace, task: LinearTask, memory: Array, steps: int, say: Callable[[str], object]) -> Lifetime:
    """Run on from the end of the input phase, window by window; memory is u(1), …, u(s), shape (batch, s, d)."""
    s, batch = task.num_variables, len(memory)
    z, holding = space.run(memory).states[:, -1], np.ones(batch, dtype=bool)
    share, done, right = 1.0, 0, batch
    while done < steps:
        length = min(WINDOW, steps - done)
        targets = np.empty((batch, length, task.dim))
        for k in range(length):
            memory, targets[:, k] = task.next(memory, None)
        states = space.free(z, length)
        outputs, z = space.read(states), states[:, -1]
        marks = task.score(outputs, targets)
        right_here = marks.right & np.isfinite(outputs)
        share = float(right_here.sum() / max(1, marks.counted.sum()))
        if share < FADED:
            return Lifetime(batch, s + done, s + done + length, share, right)
        holding &= (right_here == marks.counted).all(axis=(1, 2))
        done, right = done + length, int(holding.sum())
        if done % 1000 == 0:
            say(f"hold to step {done} of {steps}")
    return Lifetime(batch, s + done, None, share, right)
