r"""Is a network's state a function of the machine's? Spread and purity.

A network that computes a machine may hold more than the machine's state, or hold it in one place for each. With z̄_q the mean of the
network's states where the machine is in q, over random words behind their first letters,

    spread    the root mean square of z − z̄_q, relative to that of z − z̄ (all states pooled): 0 where the machine's state says all
    purity    the share of states whose nearest z̄_q is their own

>>> from emt_theory import derive
>>> from emt_theory.tasks import running_parity
>>> found = state_function(derive(running_parity()).compile(scheme="code"), running_parity())
>>> found.seen, found.purity
(2, 1.0)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emt_theory.errors import InvalidTask
from emt_theory.evidence.recording import require_fit
from emt_theory.ground.absent import Absent
from emt_theory.ground.json import Record
from emt_theory.ground.text import shown
from emt_theory.networks import Network, state_space
from emt_theory.tasks import MachineTask
from emt_theory.tasks.words import generator

WORDS, LETTERS, SETTLED = 128, 64, 16
_MOST_STATES = 512


@dataclass(frozen=True)
class StateFunction(Record):
    """How far a network's state is a function of the machine's.

    Attributes:
        states: Q, of the smallest machine.
        seen: how many of them words led to.
        spread: what is left of the states' variation where the machine's state is the same; 0 for nothing.
        purity: the share of states whose nearest mean is that of their own machine state.
    """

    states: int
    seen: int
    spread: float
    purity: float

    def __str__(self) -> str:
        within = f"within one of {self.seen} machine states it varies by {self.spread:.2g} of all that it varies"
        return f"{within}, and {self.purity:.4f} lie nearest to their own"


def state_function(net: Network, task: MachineTask, seed: int = 0) -> StateFunction | Absent:
    """How far the states of a network are a function of those of the smallest machine, over random words.

    Args:
        net: a network with the task's inputs and outputs.
        task: the task.
        seed: of the words.

    Raises:
        InvalidTask: if the task is no machine.
        InvalidNetwork: if the network has other inputs or outputs.
    """
    if not isinstance(task, MachineTask):
        raise InvalidTask(f"a machine has states; got {shown(task)}")
    require_fit(net, task)
    machine = task.machine.minimal()
    if machine.states > _MOST_STATES:
        return Absent(f"{machine.states} states are too many to be looked at one by one")
    words = generator(seed).integers(machine.letters, size=(WORDS, LETTERS))
    states = state_space(net).run(task.encode_letters(words).astype(float)).states[:, SETTLED:]
    if not np.isfinite(states).all():
        return Absent("states are not finite")
    z = states.reshape(-1, states.shape[-1])
    labels, q = np.unique(machine.visit(words)[:, SETTLED + 1 :].reshape(-1), return_inverse=True)
    means = np.stack([z[q == k].mean(axis=0) for k in range(len(labels))])
    total = np.sqrt(np.mean((z - z.mean(axis=0)) ** 2))
    spread = float(np.sqrt(np.mean((z - means[q]) ** 2)) / total) if total else 0.0
    # |z − z̄|² = |z|² − (2 z·z̄ − |z̄|²), and |z|² is the same for all means
    nearest = (2 * z @ means.T - (means**2).sum(axis=1)).argmax(axis=1)
    return StateFunction(machine.states, len(labels), spread, float((nearest == q).mean()))
