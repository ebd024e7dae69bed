r"""What `derive` says about a finite task: its kind, its rule, its states, its machine and its lift, as far as its size allows.

>>> from emt_theory import derive
>>> from emt_theory.tasks import parse
>>> circuit = derive(parse("modular-sum:alphabet=5"))
>>> str(circuit.kind), circuit.state_graph().cycles, circuit.machine().size, circuit.lift().dimension
('affine', ((1, 1), (4, 1), (20, 1)), 25, 21)

What is too large to enumerate is `Absent`, with the reason; nothing is estimated. An affine rule needs no enumeration:

>>> circuit = derive(parse("lfsr:taps=60 61 63 64"))
>>> circuit.state_graph().reason[:19], circuit.field().period
('lfsr has 2^64 state', 18446744073709551615)

`compile` lays the rule into the weights of a network, of which `certify` proves that it is right for all t; `exactness` says which schemes there are
for the task, and why not others.

>>> circuit = derive(parse("majority"))
>>> circuit.compile(), circuit.exactness.schemes["threshold"].exact
(ElmanRNN(N=3, d=1, activation='hard_tanh', exact=…), 'values')
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from emt_theory.circuits.finite.compiling import compile_finite, linear_schemes
from emt_theory.circuits.finite.fields import FieldTheory, field_theory, power_text
from emt_theory.circuits.finite.graph import StateGraph, is_reversible, state_graph
from emt_theory.circuits.finite.kinds import Kind
from emt_theory.circuits.finite.lift import Lift, lift, lift_by_characters
from emt_theory.circuits.finite.machine import Machine, minimal_machine
from emt_theory.circuits.finite.obstructions import LinearObstruction, find_linear_obstruction
from emt_theory.circuits.finite.programs import pseudocode
from emt_theory.circuits.linear import Obstruction
from emt_theory.circuits.schemes import FINITE_SCHEMES, Allowance, FiniteScheme, Margin, Scheme, margin
from emt_theory.errors import InvalidTask
from emt_theory.ground.absent import Absent
from emt_theory.ground.json import Record
from emt_theory.tasks.finite.task import FiniteTask

if TYPE_CHECKING:
    from fractions import Fraction

    from emt_theory.circuits.bases import BasisKind
    from emt_theory.circuits.circuit import Circuit
    from emt_theory.networks import ElmanRNN

_UNDONE = {
    True: "every step can be undone",
    False: "some steps cannot be undone",
    None: "whether every step can be undone takes too many values to look at",
}
_FEW_STATES = 2**16
"""Beyond so many states of an affine task algebra is the faster way, and is asked."""


@dataclass(frozen=True)
class FiniteExactness(Record):
    """Which networks have the task's values.

    Attributes:
        linear: False where no linear network has the values: by P07 for a selection on signs, by P22 for any other; True where one has them (P07);
            None where neither theorem decides.
        witness: what stands against it, or None.
        schemes: what each scheme of `compile` promises, those of linear tasks included; the reason names the theorem.
    """

    linear: bool | None
    witness: Obstruction | LinearObstruction | None
    schemes: dict[str, Allowance]

    def lines(self) -> list[str]:
        """What each scheme promises, and why others are not for this task; those with the same reason together."""
        refused: dict[str, list[str]] = {}
        for name, verdict in self.schemes.items():
            if not verdict.allowed:
                refused.setdefault(verdict.reason, []).append(name)
        held = [(name, v) for name, v in self.schemes.items() if v.allowed]
        promised = [f"scheme {name}: {v.exact or 'not exact'} ({v.reason})" for name, v in held]
        return [*promised, *(f"not {', '.join(names)}: {reason}" for reason, names in refused.items())]


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
    def _field(self) -> FieldTheory | Absent:
        return field_theory(self.task)

    def field(self) -> FieldTheory | Absent:
        """The algebra of an affine rule over GF(q), which needs no states: orders, cycles, tails, the fewest states (P17, P21)."""
        return self._field

    @cached_property
    def _machine(self) -> Machine | Absent:
        return self._graph if isinstance(self._graph, Absent) else minimal_machine(self.task)

    def machine(self) -> Machine | Absent:
        """The fewest states that show the same after every memory."""
        return self._machine

    @property
    def _by_algebra(self) -> bool:
        """Whether the states are counted by algebra and not one by one."""
        return isinstance(self._field, FieldTheory) and (self.task.components > 16 or self.task.states > _FEW_STATES)

    @cached_property
    def _lift(self) -> Lift | Absent:
        if (
            self._by_algebra
            and isinstance(self._field, FieldTheory)
            and self._field.lift
            and self.task.components <= 22
        ):
            return lift_by_characters(self.task)  # one by one the states would tell no more
        return lift(self.task, self._graph or None)

    def lift(self) -> Lift | Absent:
        """The smallest linear system that shows the same (P20)."""
        return self._lift

    @cached_property
    def exactness(self) -> FiniteExactness:
        """Which networks have the task's values, scheme by scheme."""
        own = {name: scheme().verdict(self.task) for name, scheme in FINITE_SCHEMES.items()}
        if self.linear is not None:
            known = self.linear.exactness
            return FiniteExactness(known.linear, known.witness, {**known.schemes, **own})
        witness = find_linear_obstruction(self.task)
        return FiniteExactness(None if witness is None else False, witness, {**linear_schemes(self.task), **own})

    def margin(self, beta: Fraction | int | str, alpha: Fraction | int | str | None = None) -> Margin | Absent:
        """How far the weights of the threshold circuit with tanh units may be off (P24); see `schemes.threshold_tanh`.

        Args:
            beta: the gain of units that compose, above 1.
            alpha: the gain of copies; β/2 if left out.

        Raises:
            InvalidOption: if a gain is not exact, or not above 1.
        """
        return margin(self.task, beta, alpha)

    def compile(
        self,
        hidden: int | None = None,
        scheme: str | Scheme | FiniteScheme = "auto",
        basis: str | BasisKind = "identity",
        seed: int = 0,
    ) -> ElmanRNN:
        """The weights of a network that has the task.

        Args:
            hidden: N; the fewest units that the scheme needs if left out.
            scheme: one of `exactness.schemes`, "auto" (the first with the values), or a scheme with parameters.
            basis: "identity"; a selection task on signs, by the schemes of linear tasks, has the others too.
            seed: of a random basis.

        Returns:
            A network whose float64 weights carry their rational twin, `net.exact`.

        Raises:
            SchemeNotAllowed: if the scheme does not lay out such a task: names the theorem, or how many units it would take.
            InvalidOption: if N is too small, or a name is unknown.

        >>> from emt_theory import derive
        >>> from emt_theory.tasks import parse
        >>> derive(parse("xor")).compile(scheme="linear")
        Traceback (most recent call last):
        ...
        emt_theory.errors.SchemeNotAllowed: scheme linear does not allow xor: output 0 depends on 2 symbols, ... none has its signs (P22)
        """
        if self.linear is not None and not (isinstance(scheme, FiniteScheme) or scheme in FINITE_SCHEMES):
            return self.linear.compile(hidden, scheme, basis, seed)
        return compile_finite(self.task, hidden, scheme.name if isinstance(scheme, Scheme) else scheme, basis)

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
        task, found, field = self.task, self._lift, self._field
        graph = field if self._by_algebra else self._graph
        spectrum = graph.spectrum() if isinstance(graph, StateGraph | FieldTheory) else graph
        sizes = {"num_variables": task.num_variables, "dim": task.dim, "components": task.components}
        states = None
        if isinstance(graph, StateGraph):
            machine = self._machine
            states = {
                **graph.to_dict(),
                "nerode": machine.size if machine else None,
                "lift": found.dimension if found else None,
            }
        elif isinstance(graph, FieldTheory):
            states = graph.counted() | {"lift": found.dimension if found else graph.lift or None}
        reasons = {"certificate": "what is derived of states and lift has no certificate; certify proves networks"}
        reasons |= {key: str(part) for key, part in (("field", field), ("lift", found)) if isinstance(part, Absent)}
        reasons |= {
            key: str(part) for key, part in (("states", graph), ("spectrum", spectrum)) if isinstance(part, Absent)
        }
        if isinstance(field, FieldTheory) and isinstance(field.cycles, Absent):
            reasons["cycles"] = str(field.cycles)
        return {
            "task": task.name,
            "kind": str(self.kind),
            **sizes,
            "alphabet": task.alphabet.to_dict(),
            "program": task.equations(),
            "reversible": self.reversible,
            "exactness": self.exactness.to_dict(),
            "spectrum": None if isinstance(spectrum, Absent) else spectrum.to_dict(),
            "minimal_dimension": found.dimension if found else None,
            "states": states,
            "field": field.to_dict() if isinstance(field, FieldTheory) else None,
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
        field = self._field
        over = f" over GF({field.p})" if self.kind is Kind.AFFINE and isinstance(field, FieldTheory) else ""
        lines = [f"kind: {self.kind}{over}"]
        if isinstance(field, FieldTheory):
            lines += [f"characteristic polynomial: {field.algebra()}", *self._over_the_field(field)]
        elif isinstance(self._graph, Absent):
            lines += [f"states: {self._graph}", _UNDONE[self.reversible]]
        else:
            lines += [f"states: {self._graph}", f"fewest states that show the same: {minimal_machine(self.task).size}"]
        lines.append(f"lift: {self._lift}")
        if isinstance(self._lift, Absent) and isinstance(field, FieldTheory) and field.lift:
            lines[-1] = f"lift: {field.lift} dimensions, characters one and all"
        if self.linear is not None:
            lines.append(
                f"as a linear task on signs: rank O = {self.linear.minimal_dimension}; {self.linear.spectrum()}"
            )
        return [*lines, *self.exactness.lines()]

    def _over_the_field(self, field: FieldTheory) -> list[str]:
        """The states of an affine task, counted by algebra; where they are few, as their graph says them."""
        graph = None if self._by_algebra else self._graph
        found = field.obstruction
        exact = "has the task's values for all t > s" if found is None else f"does not have the task's values: {found}"
        return [
            f"states: {graph or field.states()}",
            *([] if graph else [_UNDONE[field.reversible]]),
            f"fewest states that show the same: {power_text(field.p, field.minimal_dimension.running)}",
            f"over GF({field.p}) the linear circuit {exact} (P07, P21)",
        ]

    def __str__(self) -> str:
        return "\n".join([str(self.task), *self.findings()])
