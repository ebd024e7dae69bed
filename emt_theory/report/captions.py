"""One sentence in plain words for each picture of a report: what it shows, and what was found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from emt_theory.evidence.basis.views import residuals_of
from emt_theory.ground.absent import Absent
from emt_theory.tasks.digits import write_fraction

if TYPE_CHECKING:
    from emt_theory.analysis import (
        CheckResult,
        CodeReading,
        Memories,
        SchurAblations,
        SpectralComparison,
        VariableReading,
        VariableUse,
    )
    from emt_theory.circuits import Circuit
    from emt_theory.evidence.basis import BasisSummary, Film
    from emt_theory.evidence.symbols import WindowReading


def say_spectrum(comparison: SpectralComparison, which: str) -> str:
    """On a spectrum beside the theory's."""
    if comparison.count is None:
        return f"Blue would be {which}, but there is none: {comparison.reason}."
    if comparison.complex_error is None:
        return f"Rings are the circuit's eigenvalues, dots those of {which}; they do not match in number: {comparison.reason}."
    return (
        f"Rings are the circuit's eigenvalues, dots those of {which}; "
        f"matched one to one they lie {comparison.complex_error:.2g} apart on average."
    )


def say_phi(memories: Memories) -> str:
    """On Φ and the recovered Φ."""
    found = memories.intertwining
    if found.phi is None or found.phi_error is None:
        return (
            f"The circuit's map on what has to be remembered; none could be recovered from the network: {found.reason}."
        )
    return (
        "The circuit's map on what has to be remembered, and the one found in the network without being told the variables: "
        f"they differ by {found.phi_error:.2g} of their size."
    )


def say_window(window: WindowReading) -> str:
    """On the variables that are read off the state."""
    return (
        "How well each variable near t is read off the state at t, a line for each component; to the right of 0 are those that the network has "
        f"computed before they are due. {sum(window.needed)} in a row, over all components, determine what follows."
    )


def say_outputs(result: CheckResult) -> str:
    """On outputs and targets."""
    measured = result.behaviour.measured
    if isinstance(measured, Absent):
        return f"The first steps of one fresh sequence; nothing could be scored: {result.behaviour.reason}."
    return (
        f"The first steps of one fresh sequence, wrong signs in red; over all {measured.sequences} sequences and "
        f"{measured.horizon} steps {write_fraction(measured.accuracy)} of the {result.behaviour.scored_as} are right."
    )


def say_decoded(memories: Memories) -> str:
    """On the decoded variables."""
    found = memories.intertwining
    if found.decode_accuracy is None:
        return f"The variables that the task must remember; none could be decoded: {found.reason}."
    return (
        "The variables that the task must remember, above as they are and below as read off the network's state, wrong signs crossed; "
        f"over all steps {write_fraction(found.decode_accuracy)} of the signs are read right."
    )


def say_circuit(circuit: Circuit) -> str:
    """On the circuit."""
    if not circuit.task.is_selection:
        return "The exact map of the task: what each output takes from each stored component."
    return "What the task asks of a memory: content moves to the left by one block each step, and each output copies the component shown."


def say_slots(memories: Memories) -> str:
    """On the signs read right, by slot and time."""
    decoded = memories.intertwining.decoded
    if isinstance(decoded, Absent):
        return f"How well each variable can be read over time; none could be decoded: {memories.intertwining.reason}."
    by_slot = [(a, slot) for a, slot in zip(decoded.by_slot(), memories.slots, strict=True) if a is not None]
    if not by_slot:
        return "How well each variable can be read over time; every stored value is 0, and 0 has no sign."
    least, (block, component) = min(by_slot)
    return (
        "How often each variable that must be remembered is read right, over time: dark is a guess, light is always; "
        f"the worst is component {component} of block {block} with {write_fraction(least)}."
    )


def say_levels(reading: CodeReading) -> str:
    """On variables that share a direction."""
    return (
        f"States along one direction, by the signs of the two variables in it: {reading.code.shared[0]}. "
        "Where the four values stand apart, both variables are there, though a linear decoder reads only the larger."
    )


def say_variables(reading: VariableReading) -> str:
    """On how well combinations of variables are read."""
    return (
        "How well each combination of the variables is read off what the state does to later outputs, the worst first: 1 is exactly, 0 not at all. "
        f"The worst has R² = {reading.r2_min:.3f}."
    )


def say_edit(use: VariableUse) -> str:
    """On one change of a variable and its consequences."""
    return (
        "One variable was changed in the running network; shown are the outputs that the circuit says will flip and those that did. "
        f"Over all {use.edits} changes {write_fraction(use.predicted_flips_seen)} of the predicted flips are seen."
    )


def say_edited_slots(use: VariableUse) -> str:
    """On changes by variable."""
    shares = [(right / n, slot) for slot, (n, right) in zip(use.slots or (), use.by_variable, strict=False) if n]
    if not shares:
        return "In which share of its changes each variable did what it should."
    least, (block, component) = min(shares)
    return (
        "In which share of its changes each variable did what it should, and nothing else; "
        f"the worst is component {component} of block {block} with {write_fraction(least)}."
    )


def say_weights(basis: BasisSummary) -> str:
    """On the weights before and after the change of basis."""
    found = basis.view.maps["step"]
    blocks = "shift blocks and one row of compositions" if basis.view.slots else "the circuit's map of its variables"
    return (
        f"On the left what the file holds, on the right one step of the same network in the basis of its variables: {blocks}; "
        f"no entry is farther than {found.largest:.2g} from the circuit's."
    )


def say_units(basis: BasisSummary) -> str:
    """On neurons and variables."""
    few = "fewer than" if basis.participation_ratio.aligned else "about as many as"
    return (
        "How much of each variable's effect on the outputs to come goes through each neuron, neurons of one variable side by side: "
        f"a neuron carries {basis.participation:.1f} variables, {few} the {basis.rotated:.1f} of a random rotation."
    )


def say_wave(basis: BasisSummary) -> str:
    """On the variables over time."""
    reading, step = (np.max(error, initial=0.0, where=np.isfinite(error)) for error in residuals_of(basis.view))
    return (
        "The variables of one sequence as they are and as read off the state: contents move up from one time to the next, and outputs enter below. "
        f"Beside it how far each is off: {reading:.2g} at most in reading, {step:.2g} in a step."
    )


def say_film(film: Film) -> str:
    """On the variables in their slots."""
    return (
        "What is read off the state for every slot, step by step: blue is −, red is +, a dashed frame is a wrong sign, and the thick frame follows "
        f"one value. Play it, or move the slider; from frame {film.settled + 1} on the network is left alone and has settled."
    )


def say_basis(basis: BasisSummary) -> str:
    """On the whole of the basis."""
    told = [f"No neurons were exchanged: {basis.interchange}."]
    if basis.own is not None and basis.others is not None:
        told = [
            "Where a variable's own neurons are taken from a run in which it differs, "
            f"{write_fraction(basis.own)} of the flips that follow in theory are seen; where all others are, {write_fraction(basis.others)}."
        ]
    if basis.sufficient is not None and basis.necessary is not None and basis.random_subspace is not None:
        told.append(
            f"With its variables alone {write_fraction(basis.sufficient)} of the outputs are right, without them {write_fraction(basis.necessary)}, "
            f"without a random part of the state of their size {write_fraction(basis.random_subspace)}."
        )
    return " ".join([*told, "Nothing is judged by this."])


def say_ablations(ablations: SchurAblations) -> str:
    """On the modes dropped from the weights."""
    held = [ablation for ablation in ablations.modes if ablation.modes]
    beyond = sum(bool(ablation.unpredicted) for ablation in held)
    return (
        "How each output does when the weights lose the modes of one eigenvalue, framed where the circuit uses that mode for that output: "
        f"of {len(held)} eigenvalues that the weights have, {beyond or 'none'} broke an output that does not depend on it."
    )
