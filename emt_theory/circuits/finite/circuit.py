r"""What `derive` says about a finite task: its kind, its rule, its states, its machine and its lift, as far as its size allows.

>>> from emt_theory import derive
>>> from emt_theory.tasks import parse
>>> circuit = derive(parse("modular-sum:alphabet=5"))
>>> str(circuit.kind), circuit.state_graph().cycles, circuit.machine().size, circuit.lift().dimension
('affine', ((1, 1), (4, 1), (20, 1)), 25, 21)

What is too large to enumerate is `Absent`, with the reason; nothing is estimated. Networks, schemes and certificates for finite tasks are not there
yet.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from emt_theory.circuits.finite.graph import StateGraph, is_reversible, state_graph
from emt_theory.circuits.finite.kinds import Kind
from emt_theory.circuits.finite.lift import Lift, lift
from emt_theory.circuits.finite.machine import Machine, minimal_machine
from emt_theory.circuits.finite.programs import pseudocode
from emt_theory.errors import InvalidTask
from emt_theory.ground.absent import Absent
from emt_theory.ground.json import Record
from emt_theory.tasks.finite.task import FiniteTask

if TYPE_CHECKING:
    from emt_theory.circuits.circuit import Circuit

_UNDONE = {
    True: "every step can be undone",
    False: "some steps cannot be undone",
    None: "whether every step can be undone takes too many values to look at",
}
NOT_YET = "networks, schemes and certificates are not made for finite tasks yet"


@dataclass(frozen=True, repr=False)
class FiniteCircuit(Record):
    """The theory of a finite task; what is large is computed when it is asked for, and kept.

    Attributes:
        task: the task.
        kind: the smallest kind that it is of.
        linear: the circuit of the linear task that a selection on signs is, whose Φ has the lift's eigenvalues; None for any other.
    """

    task: FiniteTask
    kind: Kind
    linear: Circuit | None

    @cached_property
    def _graph(self) -> StateGraph | Absent:
        try:
            return state_graph(self.task)
        except InvalidTask as error:
            return Absent(str(error))

    def state_graph(self) -> StateGraph | Absent:
        """Where the states go: cycles, tails, Jordan blocks at 0 (P19)."""
        return self._graph

    @cached_property
    def _machine(self) -> Machine | Absent:
        return self._graph if isinstance(self._graph, Absent) else minimal_machine(self.task)

    def machine(self) -> Machine | Absent:
        """The fewest states that show the same after every memory."""
        return self._machine

    @cached_property
    def _lift(self) -> Lift | Absent:
        return lift(self.task, self._graph or None)

    def lift(self) -> Lift | Absent:
        """The smallest linear system that shows the same (P20)."""
        return self._lift

    @cached_property
    def reversible(self) -> bool | None:
        """Whether every step can be undone; None where that takes too many values to look at."""
        try:
            return is_reversible(self.task)
        except InvalidTask:
            return None

    def pseudocode(self) -> str:
        """The rule as a readable program."""
        return pseudocode(self.task)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready: the keys that `emt derive --json` promises; what does not apply or is too large is null, and `reason` says why."""
        task, graph, found, linear = self.task, self._graph, self._lift, self.linear
        sizes = {"num_variables": task.num_variables, "dim": task.dim, "components": task.components}
        states = None
        if isinstance(graph, StateGraph):
            machine = self._machine
            states = {
                **graph.to_dict(),
                "nerode": machine.size if machine else None,
                "lift": found.dimension if found else None,
            }
        reasons = {"exactness": None if linear else NOT_YET, "certificate": NOT_YET}
        reasons |= {key: str(part) for key, part in (("states", graph), ("lift", found)) if isinstance(part, Absent)}
        return {
            "task": task.name,
            "kind": str(self.kind),
            **sizes,
            "alphabet": task.alphabet.to_dict(),
            "program": task.equations(),
            "reversible": self.reversible,
            "exactness": linear.exactness.to_dict() if linear else None,
            "spectrum": graph.spectrum().to_dict() if isinstance(graph, StateGraph) else None,
            "minimal_dimension": found.dimension if found else None,
            "states": states,
            "lift": found.to_dict() if found else None,
            "certificate": None,
            "reason": {key: why for key, why in reasons.items() if why},
        }

    def __repr__(self) -> str:
        return (
            f"FiniteCircuit({self.task.name!r}, {self.kind}, {self.task.alphabet.size}^{self.task.components} states)"
        )

    def findings(self) -> list[str]:
        """What is known beside the rule, line by line."""
        lines = [f"kind: {self.kind}", f"states: {self._graph}"]
        if isinstance(self._graph, Absent):
            lines.append(_UNDONE[self.reversible])
        else:
            lines.append(f"fewest states that show the same: {minimal_machine(self.task).size}")
        lines.append(f"lift: {self._lift}")
        if self.linear is not None:
            lines.append(
                f"as a linear task on signs: rank O = {self.linear.minimal_dimension}; {self.linear.spectrum()}"
            )
        return lines

    def __str__(self) -> str:
        return "\n".join([str(self.task), *self.findings()])
