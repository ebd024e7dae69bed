"""From a task to its exact circuit."""

from __future__ import annotations

from emt_theory.circuits.circuit import Circuit, Exactness
from emt_theory.circuits.dimension import minimal_dimension
from emt_theory.circuits.exactness import find_obstruction
from emt_theory.circuits.spectrum import resolve_spectrum
from emt_theory.tasks import LinearTask
from emt_theory.tasks.linear import linear_task


def derive(task: LinearTask) -> Circuit:
    """The exact circuit of a task: shift the blocks, write F of the memory into the newest.

    Args:
        task: any linear task over Q.

    Returns:
        The circuit, with its exactness (P07), spectrum (P09, P10) and minimal dimension (P11).

    >>> from emt_theory.tasks import parse
    >>> circuit = derive(parse("T2"))
    >>> circuit.exactness.linear, circuit.spectrum().unit_circle, circuit.minimal_dimension
    (False, 36, 36)
    """
    obstruction = find_obstruction(linear_task(task))
    spectrum = resolve_spectrum(task)
    dimension = minimal_dimension(task)
    return Circuit(task, Exactness(obstruction is None, obstruction, task), spectrum, dimension)
