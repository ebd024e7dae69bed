"""A network that is checked under the wrong protocol: which one it seems to follow.

What is asked for lies far from what is shown in both cases, so behaviour alone does not tell a network that has learned nothing from one
that answers at other steps. Listening does: of an early input something is left in later outputs while inputs last, or in silence, or in
both.
"""

from __future__ import annotations

import numpy as np

from emt_theory.analysis.findings import Answer, Finding
from emt_theory.analysis.streams.listening import listen
from emt_theory.analysis.streams.reading import Reading, first_steps_wrong, read_stream
from emt_theory.analysis.thresholds import STREAMS
from emt_theory.evidence.examination import Examination
from emt_theory.ground.absent import Absent
from emt_theory.tasks.streams.described import StreamTask

_FEW = 64


def tell_beginning(x: Examination, solved: Finding) -> tuple[str, ...]:
    """That a network fails a task with an input at every step only at its first steps, as a sentence; none where that is not so."""
    if solved.answer is not Answer.FAILED or not isinstance(x.task, StreamTask):
        return ()
    quiet = first_steps_wrong(x.task, x.fresh.episodes, x.fresh.outputs, x.horizon)
    if not quiet:
        return ()
    return (f"From t = {quiet + 1} on its outputs are right: leave the first steps unscored, quiet={quiet}.",)


def tell_other_protocol(x: Examination, solved: Finding) -> tuple[str, ...]:
    """Which protocol a network follows that does not solve its task, as a sentence; none where it is not another one than the task's.

    Args:
        x: the examination.
        solved: whether it solves the task.
    """
    if solved.answer is not Answer.FAILED or x.net.phase_input:
        return ()
    heard = listen(x.space, np.array([[-1.0] * x.space.d_in, [1.0] * x.space.d_in]), x.seed)
    if isinstance(x.task, StreamTask):
        if heard.silent <= max(STREAMS.forgotten, heard.fed):
            return ()
        return (f"It seems to answer to an input phase, and to go on in silence: {heard}.",)
    if heard.silent > STREAMS.forgotten or heard.fed <= STREAMS.forgotten:
        return ()
    x.say("listen while inputs last")
    found = read_stream(Reading(x.net, sequences=_FEW, horizon=x.horizon, seed=x.seed))
    if isinstance(found, Absent):
        return (f"It seems to answer while inputs last, and not in silence: {heard}.",)
    lines = "; ".join(found.text.splitlines()[:4])
    return (
        f"It answers while inputs last, and not in silence: {lines}. Check it with that task (emt decompile -o writes it).",
    )
