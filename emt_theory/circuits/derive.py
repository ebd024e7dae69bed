"""From a task to its exact circuit."""

from __future__ import annotations

from typing import overload

from emt_theory.circuits.circuit import Circuit, Exactness
from emt_theory.circuits.dimension import minimal_dimension
from emt_theory.circuits.exactness import find_obstruction
from emt_theory.circuits.finite.circuit import FiniteCircuit
from emt_theory.circuits.finite.kinds import smallest_kind
from emt_theory.circuits.spectrum import resolve_spectrum
from emt_theory.circuits.streams.filters import FilterCircuit
from emt_theory.circuits.streams.machines import MachineCircuit
from emt_theory.circuits.streams.rules import RuleCircuit
from emt_theory.tasks import FiniteTask, LinearFilter, LinearTask, MachineTask, RuleTask, as_selection
from emt_theory.tasks.linear import linear_task


@overload
def derive(task: LinearTask) -> Circuit: ...
@overload
def derive(task: FiniteTask) -> FiniteCircuit: ...
@overload
def derive(task: LinearFilter) -> FilterCircuit: ...
@overload
def derive(task: MachineTask) -> MachineCircuit: ...
@overload
def derive(task: RuleTask) -> RuleCircuit: ...
def derive(
    task: LinearTask | FiniteTask | LinearFilter | MachineTask | RuleTask,
) -> Circuit | FiniteCircuit | FilterCircuit | MachineCircuit | RuleCircuit:
    """The exact circuit of a linear task: shift the blocks, write F of the memory into the newest. Of a finite task, its states and its lift.

    Args:
        task: any linear task over Q, a finite one, or one with an input at every step.

    Returns:
        The circuit, with its exactness (P07), spectrum (P09, P10) and minimal dimension (P11); for a finite task its state graph (P19), its machine
        and its lift (P20), each when it is asked for; with an input at every step its minimal realization, or its smallest machine (P26),
        or of a rule on integers what words of a few letters show.

    >>> from emt_theory.tasks import parse
    >>> circuit = derive(parse("T2"))
    >>> circuit.exactness.linear, circuit.spectrum().unit_circle, circuit.minimal_dimension
    (False, 36, 36)
    >>> derive(parse("xor")).lift().dimension
    3
    """
    if isinstance(task, LinearFilter):
        return FilterCircuit(task)
    if isinstance(task, MachineTask):
        return MachineCircuit(task)
    if isinstance(task, RuleTask):
        return RuleCircuit(task)
    if isinstance(task, FiniteTask):
        selection = as_selection(task)
        return FiniteCircuit(task, smallest_kind(task), derive(selection) if selection else None)
    obstruction = find_obstruction(linear_task(task))
    spectrum = resolve_spectrum(task)
    dimension = minimal_dimension(task)
    return Circuit(task, Exactness(obstruction is None, obstruction, task), spectrum, dimension)
