"""Persistent components: those whose content can still reach an output after any time.

Component j is persistent iff column j of Φⁿ is not zero; for a selection task these are the components on cycles.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from emt_theory.exact import companion
from emt_theory.tasks import LinearTask

if TYPE_CHECKING:
    from emt_theory.circuits.spectrum import Spectrum


def persistent_components(task: LinearTask, spectrum: Spectrum) -> tuple[int, ...]:
    """The flat indices of the persistent components, ascending.

    Args:
        task: the task.
        spectrum: its spectrum, whose cycles are used for a selection task.

    >>> from emt_theory.tasks import parse
    >>> from emt_theory.circuits.spectrum import resolve_spectrum
    >>> task = parse("compose-copy", num_variables=3)
    >>> persistent_components(task, resolve_spectrum(task))
    (0, 3, 4, 6, 7, 8)
    """
    if spectrum.cycles is None or task.reads is None:
        power = companion(task.F, task.dim).to_flint() ** task.components
        size = task.components
        return tuple(j for j in range(size) if any(power[i, j] for i in range(size)))
    return tuple(sorted((block - 1) * task.dim + c for block, c in cycle_membership(task, spectrum)))


def cycle_membership(task: LinearTask, spectrum: Spectrum) -> dict[tuple[int, int], int]:
    """Which cycle each memory component (block, component) of a selection task lies on; empty for other tasks."""
    if task.reads is None or spectrum.cycles is None:
        return {}
    return {
        (block, task.reads[output].component): index
        for index, cycle in enumerate(spectrum.cycles)
        for output in cycle.outputs
        for block in range(task.reads[output].block, task.num_variables + 1)
    }
