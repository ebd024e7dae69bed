r"""Does the program also show in the weights? The questions of `check` that come behind behaviour, asked of the program.

What was read off behaviour is a statement on outputs. The weights confirm it when every combination of the program's variables is in the state where
the outputs will see it, nothing else is, and the network uses them, judged as `check` judges (`emt_theory.analysis.criteria`). A network can have a
program and not be its circuit; so this part can fail, and the program stands. Where nothing of a program lasts, there is nothing to confirm.
"""

from __future__ import annotations

from dataclasses import dataclass

from emt_theory.analysis.criteria import judge_extra, judge_use, judge_variables
from emt_theory.analysis.decompiling.continuation import continue_program
from emt_theory.analysis.decompiling.trials import draw_inputs
from emt_theory.analysis.findings import Answer, Finding
from emt_theory.analysis.thresholds import THRESHOLDS
from emt_theory.circuits import derive
from emt_theory.evidence.conventions import FIT_SEQUENCES
from emt_theory.evidence.extra import extra_memory, unpaired
from emt_theory.evidence.lasting import lasting_part
from emt_theory.evidence.memories import estimate_memories
from emt_theory.evidence.recording import Recording, run_episodes
from emt_theory.evidence.use import use_of
from emt_theory.evidence.variables import VariableReading, reading_of
from emt_theory.ground.absent import Absent
from emt_theory.ground.json import Record
from emt_theory.networks import Network, state_space
from emt_theory.tasks import LinearTask


@dataclass(frozen=True)
class Confirmation(Record):
    """What the weights say to a program.

    Attributes:
        findings: the answers to the questions on variables, on anything else, and on use; empty where nothing of the program lasts.
        confirmed: whether all of them hold; None where that cannot be told.
        reason: why not, or None.
        residual: ‖(XA − Φ_p X) S^{1/2}‖ / ‖X S^{1/2}‖, the residual of intertwining; None where it cannot be estimated. Not judged.
        null_residual: the same with one sign of the program flipped.
        decode_accuracy: the fraction of stored signs that X reads off fresh states.
    """

    JSON = (
        "intertwining_residual=residual", "null_residual", "decode_accuracy", "confirmed", "reason", "findings",
    )  # fmt: skip

    findings: tuple[Finding, ...]
    confirmed: bool | None
    reason: str | None
    residual: float | None = None
    null_residual: float | None = None
    decode_accuracy: float | None = None

    def __str__(self) -> str:
        if self.confirmed is None:
            return f"not told ({self.reason})"
        if not self.confirmed:
            return f"not confirmed: {self.reason}"
        return "confirmed: " + " ".join(finding.evidence for finding in self.findings)


def confirm(net: Network, task: LinearTask, horizon: int, seed: int) -> Confirmation:
    """Hold a program against the weights.

    Args:
        net: the network.
        task: the program.
        horizon: scored steps of the recordings.
        seed: of the sequences that are fitted; seed + 1 of those that are judged.
    """
    circuit, space = derive(task), state_space(net)
    if isinstance(lasting := lasting_part(circuit), Absent):
        return Confirmation((), None, lasting.reason)
    count = lasting.sequences(space.size, horizon)
    fit, fresh = _record(net, task, horizon, count, seed), _record(net, task, horizon, 2 * count, seed + 1)
    reading = reading_of(space, lasting, fit, fresh, more=lambda: _record(net, task, horizon, 4 * count, seed))
    findings = [judge_variables(reading, THRESHOLDS)]
    if unpaired(lasting) is None:
        encoder = reading.encoder if isinstance(reading, VariableReading) else None
        findings.append(judge_extra(extra_memory(space, lasting, horizon, seed, encoder), THRESHOLDS))
    findings.append(judge_use(use_of(space, reading, fit, fresh, seed), THRESHOLDS))
    answers = [finding.answer for finding in findings]
    wrong = next((f for f in findings if f.answer is Answer.FAILED), None)
    open_ = next((f for f in findings if f.answer is Answer.UNDECIDED), None)
    confirmed = False if wrong else None if open_ else Answer.HELD in answers
    against = wrong or open_
    reason = against.evidence.removesuffix(".") if against else None
    found = estimate_memories(net, circuit, fit, fresh).intertwining
    return Confirmation(tuple(findings), confirmed, reason, found.residual, found.null_residual, found.decode_accuracy)


def _record(net: Network, task: LinearTask, horizon: int, count: int, seed: int) -> Recording:
    """A run on seeded inputs of a program, whose values are computed as `continue_program` does."""
    inputs = draw_inputs(task, max(count, FIT_SEQUENCES), seed)
    wanted = continue_program(task, inputs, horizon)
    return run_episodes(state_space(net), task, task.episodes(inputs, wanted))
