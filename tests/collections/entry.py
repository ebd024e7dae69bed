"""One network of a collection: a name, a family, a task, and a function that makes it when it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from emt_theory.networks import Network
from emt_theory.tasks import LinearTask

Question = Literal["behaviour", "variables", "extra", "use"]
"""What a verdict asks; see `emt_theory.analysis.criteria`."""


@dataclass(frozen=True)
class Entry:
    """A network that is known from how it was made.

    Attributes:
        name: unique in its collection.
        family: what is the same about its relatives.
        task: the task.
        make: from the task to the network.
        caught_by: the questions of which at least one has to fail; empty for a true circuit.
    """

    name: str
    family: str
    task: LinearTask
    make: Callable[[LinearTask], Network]
    caught_by: frozenset[Question] = frozenset()

    def network(self) -> Network:
        """The network, made anew."""
        return self.make(self.task)

    def __str__(self) -> str:
        return self.name
