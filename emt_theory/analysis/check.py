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

import numpy as np

from emt_theory.analysis.result import CheckResult, SpectralEvidence
from emt_theory.analysis.thresholds import THRESHOLDS, Thresholds
from emt_theory.analysis.verdict import Verdict, judge, tell_shared
from emt_theory.circuits import Circuit, derive
from emt_theory.errors import InvalidTask
from emt_theory.evidence.behaviour import measure_behaviour
from emt_theory.evidence.bootstrap import bootstrap_spectrum
from emt_theory.evidence.chance import chance_levels
from emt_theory.evidence.codes import read_code
from emt_theory.evidence.conventions import FIT_SEQUENCES, HORIZON, LARGEST_MEMORY, LARGEST_REPEATED, SEQUENCES
from emt_theory.evidence.examples import keep_examples
from emt_theory.evidence.interventions import SchurAblations, intervene, schur_ablations
from emt_theory.evidence.linearize import (
    Linearization,
    Transitions,
    linearize_gain,
    linearize_origin,
    linearize_secant,
    prediction_error,
    transitions,
)
from emt_theory.evidence.memories import estimate_memories, persistent_dynamics
from emt_theory.evidence.recording import Recording, record, require, require_fit, require_sizes
from emt_theory.evidence.spectra import compare_spectra
from emt_theory.evidence.stability import vary_rank
from emt_theory.ground.arguments import callback
from emt_theory.ground.blas import one_blas_thread
from emt_theory.networks import Network, is_assumed, state_space
from emt_theory.tasks import LinearTask

_LARGEST_WEIGHT = 1e100


@one_blas_thread()
def check(
    net: Network,
    task: LinearTask,
    sequences: int = SEQUENCES,
    horizon: int = HORIZON,
    seed: int = 0,
    thresholds: Thresholds = THRESHOLDS,
    progress: Callable[[str], None] | None = None,
) -> CheckResult:
    """Check a network against the circuit of a task.

    Args:
        net: the network, with the task's d and any number of hidden units.
        task: the task.
        sequences: fresh sequences on which behaviour is judged, at most 1,000,000.
        horizon: scored steps of each, at most 1,000,000.
        seed: of the fresh sequences. What is estimated, is estimated on sequences of seed + 1.
        thresholds: what measurements are held to.
        progress: called with the name of each step as it begins.

    Raises:
        InvalidNetwork: if `net` is no network, or its d is not the task's.
        InvalidTask: if `task` is no task, or has more than 1024 memory components.
        InvalidOption: if sequences or horizon is out of range, or does not fit into memory; if progress is no function.
    """
    started, say = time.perf_counter(), callback("progress", progress)
    require_fit(net, task)
    require_sizes(sequences=sequences, horizon=horizon)
    require(Thresholds, thresholds=thresholds)
    if task.components > LARGEST_MEMORY:
        raise InvalidTask(
            f"{task.name} has n = {task.components} memory components; check takes at most {LARGEST_MEMORY}"
        )

    say("derive the circuit")
    circuit = derive(task)
    say("run the network on fresh inputs")
    behaviour = measure_behaviour(net, task, sequences, horizon, seed)
    say("record states")
    fit = record(net, task, FIT_SEQUENCES, horizon, seed + 1)
    fresh = record(net, task, min(sequences, FIT_SEQUENCES), horizon, seed)
    say("linearize, and compare spectra")
    pairs = transitions(fit)
    secant = linearize_secant(pairs, thresholds.rank_tolerance)
    linearizations = (linearize_origin(net), secant, linearize_gain(net, fit))
    spectrum = _compare(circuit, linearizations, pairs, fit, prediction_error(secant, fresh), thresholds)
    say("estimate variable memories")
    memories = estimate_memories(net, circuit, fit, fresh, pairs, linearizations[2])
    say("edit its variables")
    edits = intervene(net, circuit, memories.intertwining.estimate, fresh, seed=seed)
    say("drop its modes")
    ablations = _ablate(net, circuit, fresh, thresholds)
    say("look for variables that share a direction")
    code = read_code(persistent_dynamics(circuit), fit, fresh)
    say("judge")
    verdict, evidence = judge(behaviour, spectrum.trajectory, spectrum.stability, memories, edits, thresholds)
    if verdict is Verdict.SOLVED_OTHERWISE and code.code is not None and code.code.shared:
        evidence = (*evidence, tell_shared(code))
    if is_assumed(net):
        evidence = (*evidence, "Its units are taken to be tanh, PyTorch's default: the file does not say.")

    return CheckResult(
        verdict=verdict,
        evidence=evidence,
        behaviour=behaviour,
        spectrum=spectrum,
        memories=memories,
        code=code,
        interventions=edits,
        ablations=ablations,
        circuit=circuit,
        examples=keep_examples(fresh, persistent_dynamics(circuit), memories),
        weights=_name(net),
        hidden=state_space(net).parts[0][1],
        activation=net.activation,
        thresholds=thresholds,
        seed=seed,
        seconds=time.perf_counter() - started,
    )


def _compare(
    circuit: Circuit,
    linearizations: tuple[Linearization, Linearization, Linearization],
    pairs: Transitions | str,
    fit: Recording,
    predicted: float | None,
    thresholds: Thresholds = THRESHOLDS,
) -> SpectralEvidence:
    """Compare the three linearizations' spectra with the circuit's, with their uncertainty and beside chance levels."""
    theory, near = circuit.spectrum(), (thresholds.complex_error, thresholds.largest_error)
    eigenvalues = theory.eigenvalues()
    few = fit.states.shape[2] <= LARGEST_REPEATED
    origin, trajectory, gain = (
        compare_spectra(found.eigenvalues, theory, thresholds, found.reason) for found in linearizations
    )
    return SpectralEvidence(
        theory_count=int((np.abs(eigenvalues) > thresholds.modulus).sum()),
        chance=chance_levels(eigenvalues, fit.states.shape[2], thresholds.modulus),
        origin=origin,
        trajectory=trajectory,
        gain=gain,
        linearizations=linearizations,
        stability=None if isinstance(pairs, str) else vary_rank(pairs, theory, thresholds),
        bootstrap=bootstrap_spectrum(fit, theory, conventions=thresholds, near=near, pairs=pairs) if few else None,
        prediction_error=predicted,
    )


def _ablate(net: Network, circuit: Circuit, fresh: Recording, thresholds: Thresholds) -> SchurAblations | None:
    """The Schur ablations of an Elman network that is not too large for them and does not blow up."""
    modes = np.count_nonzero(np.abs(circuit.spectrum().eigenvalues()) > thresholds.modulus)
    plain = net.plain_weights()
    if plain is None or fresh.blow_up is not None or np.abs(plain[0]).max() > _LARGEST_WEIGHT:
        return None
    fits = net.hidden <= LARGEST_REPEATED and 0 < modes <= LARGEST_REPEATED
    return schur_ablations(net, circuit, conventions=thresholds) if fits else None


def _name(net: Network) -> str:
    """The file that it came from, or its kind and size."""
    units = state_space(net).parts[0][1]
    kind = "network" if net.plain_weights() else type(net).__name__
    return net.metadata.get("source", f"a {kind} of {units} unit{'' if units == 1 else 's'}")
