"""Is a network the circuit? Behaviour, spectrum, memories and causal edits against the theory of a task, and a verdict.

>>> from emt_theory import derive
>>> from emt_theory.tasks import compose_copy
>>> circuit = derive(compose_copy(3))
>>> result = check(circuit.compile(scheme="saturating"), circuit.task, sequences=400, horizon=40)
>>> print(result)
consistent: a network of 9 units on compose_copy
  It solves the task: 1.0000 of the signs are right, 95 % interval [0.9908, 1.0000], and 400 of 400 sequences are entirely right.
  All 6 modes of the circuit are there, ... off on average and none more than ..., whatever the rank of the fit.
  Its memories are the circuit's: 1.0000 of the stored signs are read off its state, and they move as Φ says (residual ..., ... flipped ...).
  Its variables are causes: after ... edits of single variables, 1.0000 of the flips that the circuit predicts are seen, and none of the ...
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import fields

from emt_theory.analysis import criteria
from emt_theory.analysis.result import CheckResult
from emt_theory.analysis.thresholds import THRESHOLDS, Thresholds
from emt_theory.analysis.verdict import conclude, evidence
from emt_theory.errors import InvalidOption
from emt_theory.evidence.conventions import HORIZON, SEQUENCES, Conventions
from emt_theory.evidence.examination import Examination, examine
from emt_theory.evidence.recording import require
from emt_theory.ground.blas import one_blas_thread
from emt_theory.networks import Network, is_assumed
from emt_theory.tasks import Task


def check(
    net: Network,
    task: Task,
    sequences: int = SEQUENCES,
    horizon: int = HORIZON,
    seed: int = 0,
    thresholds: Thresholds = THRESHOLDS,
    progress: Callable[[str], None] | None = None,
) -> CheckResult:
    """Check a network against the circuit of a task.

    Args:
        net: the network, with the task's d and any number of hidden units.
        task: the task. Of a kind that has no circuit only the behaviour is judged.
        sequences: fresh sequences on which behaviour is judged, at most 1,000,000.
        horizon: scored steps of each, at most 1,000,000.
        seed: of the fresh sequences. What is estimated, is estimated on sequences of seed + 1.
        thresholds: what measurements are held to.
        progress: called with the name of each step as it begins.

    Raises:
        InvalidNetwork: if `net` is no network, or its inputs and outputs are not the task's.
        InvalidTask: if `task` is no task, or has more than 1024 memory components.
        InvalidOption: if sequences or horizon is out of range, or does not fit into memory; if progress is no function.
    """
    require(Thresholds, thresholds=thresholds)
    near = (thresholds.complex_error, thresholds.largest_error)
    return judge(examine(net, task, sequences, horizon, seed, thresholds, near, progress), thresholds)


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
    # Measured in this order, for progress to tell; what a criterion asks for is there by then.
    _ = x.circuit, x.behaviour, x.fit, x.spectrum, x.memories, x.edits, x.ablations, x.code
    x.say("judge")
    findings = tuple(criterion(x, thresholds) for criterion in criteria.CRITERIA)
    verdict = conclude(findings)
    sentences = evidence(verdict, findings, x.spectrum, x.code)
    if is_assumed(x.net):
        sentences = (*sentences, "Its units are taken to be tanh, PyTorch's default: the file does not say.")
    return CheckResult(
        verdict=verdict,
        findings=findings,
        evidence=sentences,
        behaviour=x.behaviour,
        spectrum=x.spectrum,
        memories=x.memories,
        code=x.code,
        interventions=x.edits,
        ablations=x.ablations,
        circuit=x.circuit,
        examples=x.examples,
        task=x.task,
        weights=_name(x),
        hidden=x.space.parts[0][1],
        activation=x.net.activation,
        thresholds=thresholds,
        seed=x.seed,
        seconds=time.perf_counter() - started,
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
    units = x.space.parts[0][1]
    kind = "network" if x.net.plain_weights() else type(x.net).__name__
    return x.net.metadata.get("source", f"a {kind} of {units} unit{'' if units == 1 else 's'}")
