"""Activity without weights: neural recordings, or a model of another framework. Three of the four questions of `check`, as far as they go.

1. Behaviour: outputs are held against the task's exact targets.
2. Variables: every combination of them is read off the whole state (`emt_theory.evidence.states`). What reaches the outputs is not known without
   weights, so this says that they are *shown*, not that they are used.
3. Anything else: where the recordings hold pairs of equal memories at different times (`emt_theory.evidence.meetings`).
4. Use needs the network: a variable is a cause if a change of it has its consequences.

So the verdict is `not-solved` or `solved-otherwise` where a question fails, and else `inconclusive`, with the evidence that nothing contradicts the
circuit; only of a task in which nothing lasts does behaviour alone decide.

>>> from emt_theory import derive
>>> from emt_theory.tasks import compose_copy
>>> task = compose_copy(3)
>>> net, pairs = derive(task).compile(scheme="tanh"), task.pairs(count=128, horizon=60)
>>> outputs, states = net.run(pairs.inputs, steps=pairs.steps)
>>> print(check_recordings(states, pairs.inputs, task, outputs))
inconclusive, on recordings alone: 512 sequences of 9 units on compose_copy, to t = 63; nothing contradicts the circuit
  It solves the task: 1.0000 of the signs are right, 95 % interval [0.9928, 1.0000], and 512 of 512 sequences are entirely right.
  The states show all combinations of its 6 variables: R² 1.000, 95 % interval [1.000, 1.000] of the worst. Without weights ...
  It holds nothing else: states of equal memories are equal but for a share of ...
  Whether it uses its variables needs the network: ...

Source: new.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from emt_theory.analysis.criteria import CRITERIA, judge_behaviour, judge_extra, where_lost
from emt_theory.analysis.findings import Answer, Finding, find
from emt_theory.analysis.thresholds import THRESHOLDS, Thresholds
from emt_theory.analysis.verdict import Verdict, conclude
from emt_theory.circuits import Circuit, derive
from emt_theory.errors import InvalidOption, InvalidTask
from emt_theory.evidence.behaviour import Behaviour, behaviour_of
from emt_theory.evidence.conventions import LARGEST_MEMORY
from emt_theory.evidence.extra import ExtraMemory, unpaired
from emt_theory.evidence.lasting import Lasting, lasting_part
from emt_theory.evidence.meetings import meetings_of
from emt_theory.evidence.recording import Recording, require
from emt_theory.evidence.states import FEWEST, StateReading, states_of
from emt_theory.ground.absent import Absent
from emt_theory.ground.arguments import real_array
from emt_theory.ground.arguments import seed as checked_seed
from emt_theory.ground.arrays import Array
from emt_theory.ground.blas import one_blas_thread
from emt_theory.ground.json import Record
from emt_theory.ground.palette import write_title
from emt_theory.ground.text import shown
from emt_theory.tasks import LinearTask
from emt_theory.tasks.linear import linear_task
from emt_theory.tasks.sampling import exact_inputs

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_NEAR = 1e-6
"""An input is a value of the task if it is this near, relative to the largest: float32 keeps seven digits."""

_EMPTY: dict[str, tuple[str, ...]] = {
    "behaviour": Behaviour.JSON,
    "variables": (*StateReading.JSON, "lost"),
    "extra": ("count", "size", "share"),
}
"""What the JSON of a measurement has that is absent, beside its reason."""


@dataclass(frozen=True, eq=False, repr=False)
class RecordingsResult(Record):
    """What `check_recordings` found.

    Attributes:
        verdict: "solved-otherwise", "not-solved" or "inconclusive"; "consistent" only of a task in which nothing lasts.
        findings: the answer to each question, in the order of `emt_theory.analysis.criteria.CRITERIA`.
        behaviour: accuracy with its interval; absent without outputs.
        variables: how well every combination of the variables is read off the whole state.
        extra: what states of equal memories differ by.
        circuit: the theory.
        task: the task.
        sequences, units, steps: the shape of the states.
        complete: whether the states were said to be all that the network has.
        thresholds: what measurements were held to.
        seed: of the halves and of the bootstrap.
    """

    JSON = (
        "verdict", "findings", "evidence", "behaviour", "variables", "extra", "task=task.name", "sequences", "units", "steps",
        "complete", "thresholds", "seed",
    )  # fmt: skip

    verdict: Verdict
    findings: tuple[Finding, ...]
    behaviour: Behaviour | Absent
    variables: StateReading | Absent
    extra: ExtraMemory | Absent
    circuit: Circuit
    task: LinearTask
    sequences: int
    units: int
    steps: int
    complete: bool
    thresholds: Thresholds
    seed: int

    @property
    def evidence(self) -> tuple[str, ...]:
        """Why, in plain sentences."""
        return tuple(finding.evidence for finding in self.findings)

    @property
    def contradicts(self) -> bool:
        """Whether something that was recorded contradicts the circuit."""
        return any(finding.answer is Answer.FAILED for finding in self.findings)

    def finding(self, question: str) -> Finding:
        """The answer to a question.

        Raises:
            InvalidOption: if it was not asked; says which were.
        """
        return find(self.findings, question)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready; what is absent is null, with its reason."""
        found = super().to_dict()
        if isinstance(reading := self.variables, StateReading):
            found["variables"] |= {"lost": reading.lost(self.thresholds.variables_read)}
        for name, keys in _EMPTY.items():
            if isinstance(part := getattr(self, name), Absent):
                found[name] = {**dict.fromkeys(keys), "reason": part.reason}
        return found

    def plot(self, ax: Axes | None = None) -> Axes:
        """R² of each combination of the variables, the worst first."""
        if isinstance(self.variables, Absent):
            from emt_theory.evidence.drawing import draw_nothing

            return draw_nothing(ax, str(self.variables))
        drawn = self.variables.plot(ax, self.thresholds.variables_read)
        write_title(drawn, f"{self.units} recorded units on {self.task.name}: {self.verdict}")
        return drawn

    @property
    def headline(self) -> str:
        """The verdict, on what it rests, and whether anything contradicts the circuit."""
        of = f"{self.sequences} sequences of {self.units} units on {self.task.name}, to t = {self.steps}"
        nothing = "; nothing contradicts the circuit" if self.verdict is Verdict.INCONCLUSIVE else ""
        failed = [str(finding.question) for finding in self.findings if finding.answer is Answer.FAILED]
        contradicted = f"; contradicted by: {', '.join(failed)}" if failed else nothing
        return f"{self.verdict}, on recordings alone: {of}{contradicted}"

    def __repr__(self) -> str:
        return f"RecordingsResult({str(self.verdict)!r}, task={self.task.name!r})"

    def __str__(self) -> str:
        return "\n".join([self.headline, *(f"  {sentence}" for sentence in self.evidence)])


@one_blas_thread()
def check_recordings(
    states: Any,
    inputs: Any,
    task: LinearTask,
    outputs: Any = None,
    seed: int = 0,
    thresholds: Thresholds = THRESHOLDS,
    complete: bool = True,
) -> RecordingsResult:
    """Check recorded activity against the circuit of a task.

    Args:
        states: h(1), …, h(T), shape (batch, T, N): `states[:, t − 1]` is h(t). At least 64 sequences, half to fit and half to judge, and two steps in
            the settled window t > `task.settled`.
        inputs: u(1), …, u(s), values of the task, shape (batch, s, d); behind them there was silence.
        task: the linear task.
        outputs: y(1), …, y(T), shape (batch, T, d); None if there are none: then behaviour is not judged, and all sequences are taken to be right.
        seed: of the halves and of the bootstrap.
        thresholds: what measurements are held to.
        complete: whether the states are all that the network has, without noise. Of a sample of units, or behind noise, what is not shown may be
            there all the same: then it decides nothing.

    Raises:
        InvalidTask: if `task` is no linear task, or has more than 1024 memory components.
        InvalidOption: if shapes do not fit each other and the task, an entry is not finite, an input is no value of the task, or there are too few
            sequences or steps.
    """
    require(Thresholds, thresholds=thresholds)
    if not isinstance(complete, bool):
        raise InvalidOption(f"complete must be True or False; got {shown(complete)}")
    seed, task = checked_seed(seed), linear_task(task)
    if task.components > LARGEST_MEMORY:
        raise InvalidTask(
            f"{task.name} has n = {task.components} memory components; a check takes at most {LARGEST_MEMORY}"
        )
    recording = _recording(states, inputs, task, outputs)
    circuit, scored = derive(task), outputs is not None
    behaviour: Behaviour | Absent = Absent("no outputs were given")
    if scored:
        behaviour = behaviour_of(task, recording.episodes, recording.outputs, recording.horizon, seed)
    lasting = lasting_part(circuit)
    variables, extra = _measured(lasting, recording, scored, seed)
    answers = (
        _behaviour(behaviour, thresholds),
        _shown(variables, lasting, _hidden(complete, extra, thresholds), thresholds),
        _extra(extra, lasting, thresholds),
        _use(lasting),
    )
    findings = tuple(replace(found, asks=one.asks) for found, one in zip(answers, CRITERIA, strict=True))
    count, steps, units = recording.states.shape
    measured = (behaviour, variables, extra, circuit, task, count, units, steps)
    return RecordingsResult(conclude(findings), findings, *measured, complete, thresholds, seed)


def _measured(
    lasting: Lasting | Absent, recording: Recording, scored: bool, seed: int
) -> tuple[StateReading | Absent, ExtraMemory | Absent]:
    if isinstance(lasting, Absent):
        return lasting, lasting
    reading = states_of(lasting, recording, seed)
    encoder = reading.encoder if isinstance(reading, StateReading) else None
    return reading, meetings_of(lasting, recording, encoder, scored, seed)


def _recording(states: Any, inputs: Any, task: LinearTask, outputs: Any) -> Recording:
    """What was given, checked, beside the exact targets."""
    h = real_array("states", states, error=InvalidOption)
    if h.ndim != 3 or 0 in h.shape:
        raise InvalidOption(f"states must have shape (batch, T, N), with states[:, t-1] the state h(t); got {h.shape}")
    (batch, steps, _), (s, d), least = h.shape, task.slots, task.settled + 2
    if batch < 2 * FEWEST:
        raise InvalidOption(
            f"recordings need at least {2 * FEWEST} sequences, half to fit and half to judge; got {batch}"
        )
    if steps < least:
        raise InvalidOption(
            f"{task.name} settles at t = {task.settled}, so recordings need at least T = {least} steps; got {steps}"
        )
    given = _exact(inputs, task, batch)
    y = np.zeros((batch, steps, d))
    if outputs is not None:
        y = real_array("outputs", outputs, error=InvalidOption)
        if y.shape != (batch, steps, d):
            raise InvalidOption(f"outputs must have shape (batch, T, d) = {(batch, steps, d)}; got {y.shape}")
    episodes = task.episodes(given, task.targets(given, steps - s))
    return Recording(task, episodes, y, h, odd=False)


def _exact(inputs: Any, task: LinearTask, batch: int) -> NDArray[Any]:
    """Inputs as the task's exact values, shape (batch, s, d)."""
    shape = (batch, *task.slots)
    if isinstance(inputs, np.ndarray) and inputs.dtype == object:
        inputs = task.encode(exact_inputs(task, inputs))
    x = real_array("inputs", inputs, error=InvalidOption)
    if x.shape != shape:
        more = x.ndim == 3 and x.shape[1] > shape[1] and x.shape[::2] == shape[::2]
        hint = f"; pass inputs[:, :{shape[1]}]" if more else ""
        raise InvalidOption(f"inputs must have shape (batch, s, d) = {shape}; got {x.shape}{hint}")
    values: Array = task.encode(np.array(task.inputs, dtype=object))
    upper = np.clip(np.searchsorted(values, x), 1, len(values) - 1)
    nearest = np.where(x - values[upper - 1] < values[upper] - x, upper - 1, upper)
    if (off := np.abs(x - values[nearest]) > _NEAR * np.abs(values).max()).any():
        place = tuple(int(i) for i in np.argwhere(off)[0])
        listed = ", ".join(map(str, task.inputs[:6])) + (", …" if len(values) > 6 else "")
        raise InvalidOption(f"inputs{list(place)} is {x[place]:g}; the values of {task.name} are {listed}")
    whole = all(value.denominator == 1 for value in task.inputs)
    exact = np.array([int(value) for value in task.inputs] if whole else task.inputs)  # integers are fast
    return exact_inputs(task, exact[nearest])


# -------------------------------------------------------------------------------------------------------------- judgement


def _behaviour(behaviour: Behaviour | Absent, thresholds: Thresholds) -> Finding:
    if isinstance(behaviour, Absent):
        return Finding("behaviour", Answer.UNDECIDED, f"Whether it solves the task cannot be told: {behaviour}.")
    return judge_behaviour(behaviour, thresholds)


def _hidden(complete: bool, extra: ExtraMemory | Absent, thresholds: Thresholds) -> str | None:
    """Why what is not shown may be there all the same, or None."""
    if not complete:
        return "what is recorded is not all that it has"
    if isinstance(extra, ExtraMemory) and extra.first is not None and extra.high < thresholds.extra_share:
        return "the recordings are noisy"
    return None


def _shown(
    reading: StateReading | Absent, lasting: Lasting | Absent, hidden: str | None, thresholds: Thresholds
) -> Finding:
    """Whether the states show every combination of the variables."""
    if isinstance(lasting, Absent):
        return _idle("variables", lasting)
    if isinstance(reading, Absent):
        return Finding(
            "variables", Answer.UNDECIDED, f"Whether the states show its variables cannot be told: {reading}."
        )
    needed, k = thresholds.variables_read, reading.lasting.size
    lost = reading.lost(needed) or int(reading.high < needed)
    numbers = {key: getattr(reading, key) for key in ("r2_min", "low", "high")}
    found = partial(Finding, "variables", numbers={**numbers, "lost": lost})
    many, of = (f"all combinations of its {k} variables", " of the worst") if k > 1 else ("its variable", "")
    interval = f"R² {reading.r2_min:.3f}, 95 % interval [{reading.low:.3f}, {reading.high:.3f}]{of}"
    if reading.low > needed:
        only = "Without weights this says that they are shown, not that they are used."
        return found(Answer.HELD, f"The states show {many}: {interval}. {only}")
    if reading.high >= needed:
        return found(
            Answer.UNDECIDED,
            f"Whether the states show {many} cannot be told: {interval}, which straddles {needed:g}.",
        )
    where = where_lost(reading, needed)
    what = f"The states do not show {many}: {lost} of {k} dimensions are lost{where} ({interval})"
    if hidden is None:
        return found(Answer.FAILED, f"{what}.")
    return found(Answer.UNDECIDED, f"{what}; but {hidden}, so they may be there.")


def _extra(extra: ExtraMemory | Absent, lasting: Lasting | Absent, thresholds: Thresholds) -> Finding:
    """Whether they hold anything that the memory does not determine, and that lasts."""
    if isinstance(lasting, Absent):
        return _idle("extra", lasting)
    if (reason := unpaired(lasting)) is not None:
        return _idle("extra", reason)
    found = judge_extra(extra, thresholds)
    if not isinstance(extra, ExtraMemory) or extra.first is None or extra.high >= thresholds.extra_share:
        return found
    lag, before = extra.time - extra.first.time, extra.first
    gone = f"of what differs between states of equal memories (share {before.share:.2f}), no more than a share of {max(0.0, extra.share):.2g}"
    return replace(
        found, evidence=f"It holds nothing else that lasts: {gone} is there {lag} steps later. The rest is noise."
    )


def _use(lasting: Lasting | Absent) -> Finding:
    if isinstance(lasting, Absent):
        return _idle("use", lasting)
    needs = "a variable is a cause if a change of it has its consequences; emt.check(net, task) makes such changes"
    return Finding("use", Answer.UNDECIDED, f"Whether it uses its variables needs the network: {needs}.")


def _idle(question: str, reason: Absent) -> Finding:
    asks = next(one.asks for one in CRITERIA if one.question == question)
    return Finding(question, Answer.NOTHING, f"“{asks}” has nothing to judge: {reason}.")
