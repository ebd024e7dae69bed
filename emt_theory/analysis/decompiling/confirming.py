r"""Does the program also show in the weights? Left intertwining, judged against a program with one sign flipped.

What was read off behaviour is a statement on outputs. The weights confirm it when there is a decoder X with `X A = Φ_p X` and `C_p X = W_hy` where
the states are (`emt_theory.evidence.memories`) that reads the stored variables and whose residual is smaller than for the same program with one
sign flipped. A network can have a program and not be its circuit; so this part can fail, and the program stands.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emt_theory.analysis.decompiling.continuation import continue_program
from emt_theory.analysis.decompiling.trials import draw_inputs
from emt_theory.analysis.thresholds import THRESHOLDS
from emt_theory.circuits import derive
from emt_theory.evidence.conventions import FIT_SEQUENCES
from emt_theory.evidence.memories import estimate_memories
from emt_theory.evidence.recording import Recording
from emt_theory.ground.json import Record
from emt_theory.networks import Network, state_space
from emt_theory.tasks import LinearTask


@dataclass(frozen=True)
class Confirmation(Record):
    """What the weights say to a program.

    Attributes:
        residual: ‖(XA − Φ_p X) S^{1/2}‖ / ‖X S^{1/2}‖, the residual of intertwining; None where it cannot be estimated.
        null_residual: the same with one sign of the program flipped.
        decode_accuracy: the fraction of stored signs that X reads off fresh states.
        confirmed: whether the memories are read and move as the program says; None where that cannot be told.
        reason: why not, or None.
    """

    JSON = ("intertwining_residual=residual", "null_residual", "decode_accuracy", "confirmed", "reason")

    residual: float | None
    null_residual: float | None
    decode_accuracy: float | None
    confirmed: bool | None
    reason: str | None


def confirm(net: Network, task: LinearTask, horizon: int, seed: int) -> Confirmation:
    """Hold a program against the weights.

    Args:
        net: the network.
        task: the program.
        horizon: scored steps of the recordings.
        seed: of the sequences that are fitted; seed + 1 of those that are decoded.
    """
    fit, fresh = (_record(net, task, horizon, seed + i) for i in (0, 1))
    found = estimate_memories(net, derive(task), fit, fresh).intertwining
    residual, null = found.estimate.residual, found.estimate.null_residual
    confirmed, reason = _judge(residual, null, found.decode_accuracy, found.reason)
    return Confirmation(residual, null, found.decode_accuracy, confirmed, reason)


def _judge(
    residual: float | None, null: float | None, decoded: float | None, degenerate: str | None
) -> tuple[bool | None, str | None]:
    if residual is None or null is None or decoded is None:
        return None, degenerate
    bar = THRESHOLDS.decode_accuracy
    if decoded < bar:
        why = f"only {decoded:.4f} of the stored signs are read off the state by the circuit's memories, below {bar:g}"
        return False, why
    if degenerate:
        return None, degenerate
    if residual >= null:
        why = f"the memories do not move as the program says: residual {residual:.2g}, with one sign flipped {null:.2g}"
        return False, why
    return True, None


def _record(net: Network, task: LinearTask, horizon: int, seed: int) -> Recording:
    space = state_space(net)
    inputs = draw_inputs(task, FIT_SEQUENCES, seed)
    wanted = continue_program(task, inputs, horizon)
    outputs, states = space.run(inputs, steps=task.num_variables + horizon)
    whole = np.rint(inputs).astype(np.int64) if np.array_equal(inputs, np.rint(inputs)) else inputs
    return Recording(task, whole, wanted, outputs, states, space.odd)
