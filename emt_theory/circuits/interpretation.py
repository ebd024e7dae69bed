"""Running the linear circuit exactly, over the integers or the rationals.

The memory holds n exact numbers, block 1 the oldest. It is loaded in one of two ways: `ideal` puts the inputs into their blocks (the premise of
P05: then every output is right), `network` feeds them one by one into block s while Φ already acts, as the network `W_uh = Ψ E_s` does (P06:
then the loaded state is `Σ_k Φ^{s−k} E_s u(k)`).

>>> from emt_theory.tasks import compose_copy
>>> inputs = [[[1, -1], [-1, 1]]]
>>> interpret(compose_copy(2), inputs, steps=5, load="ideal").outputs[0, 2:].tolist()
[[1, 1], [-1, 1], [1, 1]]
>>> interpret(compose_copy(2), inputs, steps=5, load="network").outputs[0, 2:].tolist()
[[1, 0], [-1, 0], [1, 0]]

Source: P05 and P06, proved in `proofs/`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from emt_theory.ground.arguments import integer, member, within_memory
from emt_theory.ground.text import shown, shows
from emt_theory.tasks import LinearTask
from emt_theory.tasks.linear import linear_task
from emt_theory.tasks.sampling import exact_inputs

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Load(StrEnum):
    """How the inputs come into memory."""

    IDEAL = "ideal"
    NETWORK = "network"


@shows
class Interpretation(NamedTuple):
    """An exact run of the linear circuit.

    Attributes:
        outputs: y(1), …, y(steps), the newest block after each step, shape (batch, steps, d), exact objects.
        memory: the whole memory after each step, shape (batch, steps, s, d).
    """

    outputs: NDArray[Any]
    memory: NDArray[Any]


def interpret(task: LinearTask, inputs: Any, steps: int, load: Load | str = Load.NETWORK) -> Interpretation:
    """Run the linear circuit of a task on exact numbers.

    Args:
        task: any linear task.
        inputs: u(1), …, u(s), exact numbers, shape (batch, s, d). Floats must be whole numbers.
        steps: number of steps, at least s; steps 1, …, s are the input phase.
        load: "network" or "ideal".

    Raises:
        InvalidTask: if the inputs are not exact or do not fit.
        InvalidOption: if there are fewer than s steps, or the load is unknown.
    """
    given, mode = exact_inputs(linear_task(task), inputs).astype(object), member(Load, "load", load)
    s, d = task.num_variables, task.dim
    steps = integer("steps", steps, least=s)
    with within_memory(f"{len(given)} runs of {shown(steps)} steps"):
        memory = np.zeros((len(given), steps, s, d), dtype=object)
    state = np.zeros((len(given), s, d), dtype=object)
    for t in range(steps):
        fed_back = task.map.apply(state) if mode is Load.NETWORK or t >= s else 0
        state = np.roll(state, -1, axis=1)
        state[:, -1] = fed_back + (given[:, t] if t < s else 0)
        memory[:, t] = state
    return Interpretation(memory[:, :, -1], memory)
