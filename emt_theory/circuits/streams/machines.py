r"""What `derive` says about a machine: its smallest form, what its states are, and its circuits.

>>> from emt_theory import derive
>>> from emt_theory.tasks import division
>>> circuit = derive(division(by=3))
>>> circuit.machine.states, circuit.compile(), circuit.memory
(3, ElmanRNN(N=5, d=1, activation='hard_tanh', b_h=…, exact=…), None)

`memory` is the number of letters back that matter, where that is bounded: then what is shown is a function of the last letters alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from emt_theory.circuits.bases import BasisKind
from emt_theory.circuits.schemes.scheme import Allowance
from emt_theory.circuits.streams.coded import Coded
from emt_theory.circuits.streams.pairs import Pairs
from emt_theory.circuits.streams.scheme import MachineScheme
from emt_theory.circuits.streams.telling import described, promises, protocol, pseudocode
from emt_theory.errors import InvalidOption, SchemeNotAllowed
from emt_theory.ground.arguments import choice, integer, member
from emt_theory.ground.json import Record
from emt_theory.networks import ElmanRNN
from emt_theory.tasks.streams.machine import MachineTask
from emt_theory.tasks.streams.mealy import Mealy, longest_apart

MACHINE_SCHEMES: dict[str, type[MachineScheme]] = {scheme.name: scheme for scheme in (Pairs, Coded)}
"""Of tasks with an input at every step and finitely many states."""


@dataclass(frozen=True, repr=False)
class MachineCircuit(Record):
    """The theory of a machine.

    Attributes:
        task: the task.
    """

    task: MachineTask

    @cached_property
    def machine(self) -> Mealy:
        """The smallest machine that shows the same."""
        return self.task.machine.minimal()

    @cached_property
    def memory(self) -> int | None:
        """How many letters before the present one matter, where that is bounded: what is shown is then a function of the last letters alone."""
        return longest_apart(self.machine)

    @property
    def reversible(self) -> bool:
        """Whether every letter permutes the states."""
        ordered = np.sort(self.machine.following, axis=0)
        return bool((ordered == np.arange(self.machine.states)[:, None]).all())

    @cached_property
    def schemes(self) -> dict[str, Allowance]:
        """What each scheme of `compile` promises."""
        return {name: scheme().verdict(self.task) for name, scheme in MACHINE_SCHEMES.items()}

    def compile(
        self,
        hidden: int | None = None,
        scheme: str | MachineScheme = "auto",
        basis: str | BasisKind = "identity",
        seed: int = 0,
    ) -> ElmanRNN:
        """The weights of a network that shows what the machine shows, for all words.

        Args:
            hidden: N; the fewest units that the scheme needs if left out.
            scheme: "pairs", "code", or "auto": the one with the fewer units.
            basis: "identity".
            seed: not used: nothing is random.

        Returns:
            A network whose float64 weights carry their rational twin, `net.exact`.

        Raises:
            SchemeNotAllowed: if the scheme cannot show the task: says why.
            InvalidOption: if N is too small, or a name is unknown.
        """
        chosen = scheme if isinstance(scheme, MachineScheme) else self._chosen(scheme)
        verdict = chosen.verdict(self.task)
        if not verdict.allowed:
            raise SchemeNotAllowed(f"scheme {chosen.name} does not allow {self.task.name}: {verdict.reason}")
        if member(BasisKind, "basis", basis) is not BasisKind.IDENTITY:
            raise SchemeNotAllowed(
                f"scheme {chosen.name} does not allow basis {basis}: σ acts on single neurons. Allowed: identity"
            )
        needed = chosen.units(self.task)
        units = needed if hidden is None else integer("hidden", hidden, 1, chosen.MOST_UNITS)
        if units < needed:
            raise InvalidOption(f"hidden = {units} is too small: scheme {chosen.name} needs at least {needed} units")
        notes = {
            "task": self.task.name,
            "scheme": chosen.name,
            "basis": "identity",
            "exact_for": verdict.exact or "nothing",
        }
        why = self._why() if scheme == "auto" else verdict.reason
        return replace(
            chosen.weights(self.task, units).to_float(), metadata={**notes, "why": why, "protocol": "every-step"}
        )

    def _chosen(self, scheme: object) -> MachineScheme:
        name = choice("scheme", scheme, ("auto", *MACHINE_SCHEMES))
        if name != "auto":
            return MACHINE_SCHEMES[name]()
        allowed = [MACHINE_SCHEMES[one]() for one, verdict in self.schemes.items() if verdict.allowed]
        if not allowed:
            raise SchemeNotAllowed(f"no scheme shows {self.task.name}. {self._why()}")
        return min(allowed, key=lambda one: one.units(self.task))

    def _why(self) -> str:
        return "\n".join(f"{name}: {verdict.reason}" for name, verdict in self.schemes.items())

    def pseudocode(self) -> str:
        """The machine as a readable program."""
        return pseudocode(self.task)

    def findings(self) -> list[str]:
        """What is known beside the program, line by line."""
        machine, m = self.machine, self.memory
        more = (
            "" if machine.states == self.task.machine.states else f", the fewest; {self.task.machine.states} were given"
        )
        bounded = f"the last {m + 1} letters decide" if m is not None else "no bounded number of letters decides"
        return [
            protocol(self.task),
            f"kind: machine, {machine.states} state{'s' if machine.states > 1 else ''}{more}, {machine.letters} letters",
            f"memory: {bounded}; {'every letter permutes the states' if self.reversible else 'some letter merges states'}",
            *promises(self.schemes),
        ]

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready: the keys that `emt derive --json` promises; what does not apply is null, and `reason` says why."""
        return described(
            self.task,
            None,
            None,
            self.schemes,
            "a machine with an input at every step has none; certify proves networks",
            states={"count": self.machine.states, "letters": self.machine.letters, "memory": self.memory},
            reversible=self.reversible,
            machine=self.machine.to_dict(),
        )

    def __repr__(self) -> str:
        return f"MachineCircuit({self.task.name!r}, {self.machine.states} states, {self.machine.letters} letters)"

    def __str__(self) -> str:
        return "\n".join([str(self.task), *self.findings()])
