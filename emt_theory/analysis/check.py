"""Is a network the circuit? Four questions, each answered with an interval over sequences, and a verdict.

>>> from emt_theory import derive
>>> from emt_theory.tasks import compose_copy
>>> circuit = derive(compose_copy(3))
>>> result = check(circuit.compile(scheme="tanh"), circuit.task, sequences=400, horizon=60)
>>> print(result)
consistent: a network of 9 units on compose_copy, to t = 63; 400 of 400 sequences are entirely right (at least 0.9908 of all); holds to t = 10006
  It solves the task: 1.0000 of the signs are right, 95 % interval [0.9908, 1.0000], and 400 of 400 sequences are entirely right.
  It holds all combinations of its 6 variables where its outputs will see them: R² 1.000, 95 % interval [1.000, 1.000] of the worst.
  It holds nothing else: states of equal memories are equal but for a share of ...
  It uses its variables: in 1.0000 of 256 sequences outputs follow, ... after 256 changes of single variables; ...

`result.lifetime`, `result.spectrum`, `result.memories` and more stand beside the verdict; nothing of them decides it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import fields
from typing import Any

from emt_theory.analysis import criteria
from emt_theory.analysis.findings import Answer
from emt_theory.analysis.otherunits import tell_other_units
from emt_theory.analysis.result import CheckResult
from emt_theory.analysis.streams.judging import tell_letters
from emt_theory.analysis.streams.telling import tell_beginning, tell_other_protocol
from emt_theory.analysis.symbols import tell_mechanism
from emt_theory.analysis.thresholds import NEAR, THRESHOLDS, Thresholds
from emt_theory.analysis.verdict import conclude, evidence
from emt_theory.errors import InvalidOption
from emt_theory.evidence.conventions import HORIZON, SEQUENCES, Conventions
from emt_theory.evidence.examination import Examination, examine
from emt_theory.evidence.recording import require
from emt_theory.ground.blas import one_blas_thread
from emt_theory.networks import as_network, provenance_of
from emt_theory.tasks import Task


def check(
    net: Any,
    task: Task,
    sequences: int = SEQUENCES,
    horizon: int = HORIZON,
    seed: int = 0,
    thresholds: Thresholds = THRESHOLDS,
    progress: Callable[[str], None] | bool | None = None,
    lifetime: bool | None = None,
) -> CheckResult:
    """Check a network against the circuit of a task.

    Args:
        net: the network, with the task's d and any number of hidden units: a `Network`, the path of a file, or a live object such as a module of
            PyTorch (see `emt_theory.networks.from_module`).
        task: the task. On symbols, and with an input at every step, the questions have a form of their own (docs/verdicts).
        sequences: fresh sequences on which behaviour is judged, at most 1,000,000.
        horizon: scored steps of each, at most 1,000,000.
        seed: of the fresh sequences. What is estimated, is estimated on sequences of seed + 1.
        thresholds: what measurements are held to.
        progress: called with the name of each step as it begins; True writes it to stderr.
        lifetime: whether the network is run for 10⁴ steps to see for how long it holds; None: where that takes at most about two seconds.

    Raises:
        InvalidNetwork: if `net` is no network, or its inputs and outputs are not the task's.
        InvalidTask: if `task` is no task, or has more than 1024 memory components.
        InvalidOption: if sequences or horizon is out of range, or does not fit into memory; if progress is no function.
    """
    require(Thresholds, thresholds=thresholds)
    return judge(
        examine(as_network(net), task, sequences, horizon, seed, thresholds, NEAR, progress, lifetime), thresholds
    )


MEASURED = (
    "circuit", "behaviour", "fit", "variables", "extra", "use", "symbols", "streams", "basis", "lifetime", "spectrum", "memories", "ablations",
    "code",
)  # fmt: skip
"""What is measured, in this order, for progress to tell; what a criterion asks for is there by then."""


@one_blas_thread()
def judge(examination: Examination, thresholds: Thresholds = THRESHOLDS) -> CheckResult:
    """Ask all criteria of an examination.

    Args:
        examination: what `examine` returned; what it has measured already is not measured again.
        thresholds: what measurements are held to.
    """
    require(Examination, examination=examination)
    require(Thresholds, thresholds=thresholds)
    _require_conventions(examination.conventions, thresholds)
    started, x = time.perf_counter(), examination
    for part in MEASURED:
        getattr(x, part)
    x.say("judge")
    findings = tuple(criterion(x, thresholds) for criterion in criteria.CRITERIA)
    verdict = conclude(findings)
    made = provenance_of(x.net)
    hints = (
        *tell_other_units(x, findings[0], thresholds),
        *tell_beginning(x, findings[0]),
        *tell_other_protocol(x, findings[0]),
    )
    first = (*made.first(), *hints)
    how = tell_mechanism(x.symbols, thresholds) if findings[0].answer is Answer.HELD else ()
    return CheckResult(
        verdict=verdict,
        findings=findings,
        evidence=(
            *first,
            *evidence(verdict, findings, x.spectrum, x.code),
            *how,
            *tell_letters(x.streams),
            *made.then(),
        ),
        behaviour=x.behaviour,
        variables=x.variables,
        extra=x.extra,
        use=x.use,
        symbols=x.symbols,
        streams=x.streams,
        basis=x.basis,
        lifetime=x.lifetime,
        spectrum=x.spectrum,
        memories=x.memories,
        code=x.code,
        ablations=x.ablations,
        circuit=x.circuit,
        examples=x.examples,
        task=x.task,
        weights=_name(x),
        hidden=x.net.hidden,
        activation=x.net.activation,
        thresholds=thresholds,
        seed=x.seed,
        seconds=time.perf_counter() - started,
        provenance=made,
    )


def _require_conventions(measured: Conventions, thresholds: Thresholds) -> None:
    """Refuse thresholds that speak of other conventions than what was measured by.

    Raises:
        InvalidOption: names the convention.
    """
    for field in fields(Conventions):
        one, other = (getattr(conventions, field.name) for conventions in (measured, thresholds))
        if one != other:
            raise InvalidOption(
                f"the examination was made with {field.name} = {one:g}, thresholds have {other:g}; examine with them"
            )


def _name(x: Examination) -> str:
    """The file that it came from, or its kind and size."""
    units = x.net.hidden
    kind = "network" if x.net.plain_weights() else type(x.net).__name__
    return x.net.metadata.get("source", f"a {kind} of {units} unit{'' if units == 1 else 's'}")
