r"""Does the program also show in the weights? Left intertwining, judged against a program with one sign flipped.

What was read off behaviour is a statement on outputs. The weights confirm it when there is a decoder X with `X A = Φ_p X` and `C_p X = W_hy` where
the states are (`emt_theory.evidence.memories`) that reads the stored variables and moves as the program says, judged as `check` judges memories
(`emt_theory.analysis.criteria`). A network can have a program and not be its circuit; so this part can fail, and the program stands.
"""

from __future__ import annotations

from dataclasses import dataclass

from emt_theory.analysis.criteria import judge_memories
from emt_theory.analysis.decompiling.continuation import continue_program
from emt_theory.analysis.decompiling.trials import draw_inputs
from emt_theory.analysis.findings import Answer
from emt_theory.analysis.thresholds import THRESHOLDS
from emt_theory.circuits import derive
from emt_theory.evidence.conventions import FIT_SEQUENCES
from emt_theory.evidence.memories import estimate_memories
from emt_theory.evidence.recording import Recording, run_episodes
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
    memories = estimate_memories(net, derive(task), fit, fresh)
    found, answer = memories.intertwining, judge_memories(memories, THRESHOLDS)
    confirmed = None if answer.answer is Answer.UNDECIDED else answer.answer is Answer.HELD
    reason = None if confirmed else answer.evidence.removesuffix(".")
    return Confirmation(found.residual, found.null_residual, found.decode_accuracy, confirmed, reason)


def _record(net: Network, task: LinearTask, horizon: int, seed: int) -> Recording:
    """A run on seeded inputs of a program, whose values are computed as `continue_program` does."""
    inputs = draw_inputs(task, FIT_SEQUENCES, seed)
    wanted = continue_program(task, inputs, horizon)
    return run_episodes(state_space(net), task, task.episodes(inputs, wanted))
