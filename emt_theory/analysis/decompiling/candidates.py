r"""The programs that a probe suggests: F read off values, and the reads read off signs.

>>> from emt_theory import derive
>>> from emt_theory.analysis.decompiling.probing import probe
>>> from emt_theory.networks import state_space
>>> from emt_theory.tasks import compose_copy
>>> net = derive(compose_copy(2)).compile(scheme="tanh")
>>> found = read_programs(probe(state_space(net), SIGNS, 2, seed=0), SIGNS, max_denominator=12)
>>> [c.task == compose_copy(2) for c in found.candidates], [(u.num_variables, u.reading.value) for u in found.unread]
([False, True], [(1, 'values'), (2, 'values')])

Where an output of a network follows no component clearly, its likeliest reads are tried one after another, and the one stays with which the whole
program agrees best with the probe: a read that is wrong at one step spoils the steps after it, so agreement over many steps tells more than a
coefficient.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from emt_theory.analysis.decompiling.continuation import continue_program
from emt_theory.analysis.decompiling.limits import LARGEST_OUTPUT
from emt_theory.analysis.decompiling.probing import Probe, Probing
from emt_theory.analysis.decompiling.recovering import (
    candidate_reads,
    recover_matrix,
    recover_reads,
    unclear_outputs,
)
from emt_theory.analysis.decompiling.regression import Reading, Regression, regress
from emt_theory.analysis.thresholds import PROGRAMS
from emt_theory.ground.absent import Absent
from emt_theory.ground.json import Record
from emt_theory.tasks import LinearTask, Read
from emt_theory.tasks.linear import SIGNS

_COMPARED = 128
_TRIED_READS = 5
_NAME = "decompiled"


@dataclass(frozen=True, eq=False)
class Candidate:
    """A program that a probe suggests.

    Attributes:
        task: the program.
        regression: what it was read off.
        unclear: the outputs whose read is no more than the likeliest.
        agreement: the fraction of the probe's signs that are the program's.
        first_agreement: the same at t = s+1 alone.
    """

    task: LinearTask
    regression: Regression
    unclear: tuple[int, ...]
    agreement: float
    first_agreement: float

    @property
    def is_likely(self) -> bool:
        """Whether it is to be tried: it agrees over the probe, and at the step that determines F."""
        return self.agreement >= PROGRAMS.screen and self.first_agreement >= PROGRAMS.close_at_first

    @property
    def is_close(self) -> bool:
        """Whether it is worth showing: it agrees in most signs, and at the step that determines F."""
        return self.agreement >= PROGRAMS.close and self.first_agreement >= PROGRAMS.close_at_first


@dataclass(frozen=True)
class Unread(Record):
    """A probe and a reading that suggest no program.

    Attributes:
        num_variables: s.
        reading: values or signs; None where the probe cannot be read at all.
        residual: the smallest over the outputs' largest residual; None without a regression.
        reason: why there is no program.
    """

    num_variables: int
    reading: Reading | None
    residual: float | None
    reason: str


@dataclass(frozen=True, eq=False)
class Search:
    """All that the probes suggest.

    Attributes:
        probing: the probes.
        max_denominator: the largest denominator that was allowed.
        candidates: the programs.
        unread: the probes and readings that suggest none.
    """

    probing: Probing
    max_denominator: int
    candidates: tuple[Candidate, ...]
    unread: tuple[Unread, ...]


def read_programs(probing: Probing, inputs: Sequence[Fraction], max_denominator: int) -> Search:
    """The programs that the probes of a network suggest.

    Args:
        probing: the probes.
        inputs: the values that an input component takes; signs are read where they are ±1.
        max_denominator: of a coefficient read off values.
    """
    suggested = [one for probe in probing.probes for one in _suggest(probe, inputs, max_denominator)]
    candidates = tuple(one for one in suggested if isinstance(one, Candidate))
    return Search(probing, max_denominator, candidates, tuple(one for one in suggested if isinstance(one, Unread)))


def _suggest(probe: Probe, inputs: Sequence[Fraction], max_denominator: int) -> Iterator[Candidate | Unread]:
    s, task = probe.num_variables, None
    if probe.blow_up is not None:
        why = f"outputs are not finite, or beyond {LARGEST_OUTPUT:g}, from t = {probe.blow_up} on"
        yield Unread(s, None, None, why)
        return
    if probe.constant:
        yield Unread(s, None, None, "the outputs do not depend on the inputs")
        return
    values = regress(probe, Reading.VALUES)
    matrix = recover_matrix(values, max_denominator)
    if isinstance(matrix, Absent):
        yield Unread(s, Reading.VALUES, values.residual, matrix.reason)
    elif not matrix.entries:
        yield Unread(s, Reading.VALUES, values.residual, "every coefficient is 0")
    else:
        task = LinearTask(_NAME, s, matrix.shape[0], matrix, tuple(inputs))
        yield _compare(task, values, (), probe)
    if tuple(inputs) == SIGNS:
        signs = _suggest_selection(probe)
        if signs.task != task:
            yield signs


def agreement(task: LinearTask, probe: Probe) -> tuple[float, float]:
    """The fraction of a probe's signs that are the program's, over all its steps and at its first; where the program has 0, nothing counts."""
    wanted = np.sign(continue_program(task, probe.inputs[:_COMPARED], probe.outputs.shape[1]))
    same = np.sign(probe.outputs[:_COMPARED]) == wanted
    return _fraction(same, wanted != 0), _fraction(same[:, 0], wanted[:, 0] != 0)


def _fraction(same: NDArray[np.bool_], counted: NDArray[np.bool_]) -> float:
    return float(same[counted].mean()) if counted.any() else 0.0


def _compare(task: LinearTask, regression: Regression, unclear: tuple[int, ...], probe: Probe) -> Candidate:
    return Candidate(task, regression, unclear, *agreement(task, probe))


def _suggest_selection(probe: Probe) -> Candidate:
    found = regress(probe, Reading.SIGNS)
    unclear, reads = unclear_outputs(found), recover_reads(found)
    candidate = _compare(LinearTask(_NAME, probe.num_variables, len(reads), reads), found, unclear, probe)
    if not candidate.is_close:
        return candidate
    for output in unclear:
        for read in candidate_reads(found, output, _TRIED_READS)[1:]:
            other = _compare(_with_read(candidate.task, output, read), found, unclear, probe)
            candidate = other if other.agreement > candidate.agreement else candidate
    return candidate


def _with_read(task: LinearTask, output: int, read: Read) -> LinearTask:
    reads = task.reads or ()
    return replace(task, rule=(*reads[:output], read, *reads[output + 1 :]))
