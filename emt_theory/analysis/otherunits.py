"""A file that does not say its σ, and does not solve the task with the σ that was assumed: would it with another?

Behaviour alone is asked, of few sequences first: a σ that gets a tenth of the signs wrong there is not run on all.

>>> from emt_theory import derive
>>> from emt_theory.analysis import check
>>> from emt_theory.networks import from_arrays
>>> from emt_theory.tasks import repeat_copy
>>> circuit = derive(repeat_copy(4, 2))
>>> weights = circuit.compile(scheme="linear", basis="orthogonal").weights
>>> weights |= {"W_uh": 100 * weights["W_uh"]}
>>> print(check(from_arrays(weights), circuit.task, sequences=400, horizon=60).evidence[1])
With identity units it would solve the task: pass activation='identity' (--activation identity).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from emt_theory.analysis.criteria import judge_behaviour
from emt_theory.analysis.findings import Answer, Finding
from emt_theory.analysis.thresholds import Thresholds
from emt_theory.evidence.behaviour import measure_behaviour
from emt_theory.evidence.examination import Examination
from emt_theory.networks import ACTIVATIONS, Stack, is_assumed

_FEW, _NEARLY = 32, 0.9


def tell_other_units(x: Examination, solved: Finding, thresholds: Thresholds) -> tuple[str, ...]:
    """Which other σ would solve the task, as a sentence; none where σ is known, the task is solved, or there is no such σ.

    Args:
        x: the examination of the network with the σ that was assumed.
        solved: whether it solves the task.
        thresholds: what behaviour is held to.
    """
    if solved.answer is Answer.HELD or not is_assumed(x.net):
        return ()
    x.say("try other units")
    others = [known.name for known in ACTIVATIONS if known.name != x.net.activation]
    found = [name for name in others if _would_solve(x, name, thresholds)]
    if not found:
        return ()
    options = " or ".join(f"activation={name!r} (--activation {name})" for name in found)
    return (f"With {' or '.join(found)} units it would solve the task: pass {options}.",)


def _would_solve(x: Examination, name: str, thresholds: Thresholds) -> bool:
    net: Any = x.net
    other = net.with_units(name) if isinstance(net, Stack) else replace(net, activation=name)
    few = measure_behaviour(other, x.task, min(_FEW, x.sequences), x.horizon, x.seed)
    if not few.measured or few.measured.accuracy < _NEARLY:
        return False
    behaviour = measure_behaviour(other, x.task, x.sequences, x.horizon, x.seed)
    return judge_behaviour(behaviour, thresholds).answer is Answer.HELD
