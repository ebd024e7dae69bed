r"""What `derive` says about a linear filter: its minimal realization, which is a network, and its eigenvalues.

>>> from emt_theory import derive
>>> from emt_theory.tasks import moving_sum
>>> circuit = derive(moving_sum(3))
>>> circuit.minimal_dimension, circuit.compile()
(3, ElmanRNN(N=3, d=1, activation='identity', exact=…))

The network W_hh = Ψ A Ψ†, W_uh = Ψ B, W_hy = C Ψ† has the task's values for all t, in every basis (P12), and no linear network has it with
fewer units (Kalman): the rank of the Hankel matrix [G_{i+j}] is at most N.

Source: P12, proved in `proofs/`; Kailath, Linear Systems, 2.4.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from emt_theory.circuits.bases import LARGEST_NETWORK, BasisKind, make_basis
from emt_theory.circuits.schemes.scheme import Allowance
from emt_theory.circuits.streams.telling import described, promises, protocol, pseudocode
from emt_theory.errors import InvalidOption
from emt_theory.exact.polynomials import Factor, factorize
from emt_theory.exact.realization import Realization
from emt_theory.ground.arguments import choice, integer, member
from emt_theory.ground.json import Record
from emt_theory.networks import ElmanRNN, ExactRNN
from emt_theory.tasks.streams.filters import LinearFilter


@dataclass(frozen=True, repr=False)
class FilterCircuit(Record):
    """The theory of a linear task with an input at every step.

    Attributes:
        task: the task.
    """

    task: LinearFilter

    @property
    def realization(self) -> Realization:
        """(A, B, C) with the fewest dimensions."""
        return self.task.minimal

    @property
    def minimal_dimension(self) -> int:
        """Its order, the rank of the Hankel matrix."""
        return self.realization.order

    @cached_property
    def factors(self) -> tuple[Factor, ...]:
        """The irreducible factors of det(λ − A) with their multiplicities."""
        return factorize(self.realization.A.to_flint().charpoly()) if self.minimal_dimension else ()

    @property
    def schemes(self) -> dict[str, Allowance]:
        """What `compile` promises."""
        reason = f"N = {max(1, self.minimal_dimension)}: a minimal realization, in any basis (P08, P12)"
        return {"linear": Allowance(True, "values", reason)}

    def compile(
        self, hidden: int | None = None, scheme: str = "auto", basis: str | BasisKind = "identity", seed: int = 0
    ) -> ElmanRNN:
        """The weights of a linear network with the task's values for all inputs and all t.

        Args:
            hidden: N; the minimal dimension if left out.
            scheme: "linear", or "auto", which is the same.
            basis: "identity", "orthogonal" or "oblique".
            seed: of a random basis.

        Raises:
            InvalidOption: if N is too small, or a name is unknown.
        """
        choice("scheme", scheme, ("auto", "linear"))
        kind, system = (
            member(BasisKind, "basis", basis),
            self.realization if self.minimal_dimension else self.task.system,
        )
        units = system.order if hidden is None else integer("hidden", hidden, 1, LARGEST_NETWORK)
        if units < system.order:
            raise InvalidOption(f"hidden = {units} is too small: a linear network needs {system.order} units")
        made = make_basis(kind, units, system.order, seed)
        A, B, C = (getattr(system, name) for name in "ABC")
        exact = ExactRNN(W_hh=made.psi @ A @ made.dual, W_uh=made.psi @ B, W_hy=C @ made.dual, activation="identity")
        notes = {"task": self.task.name, "scheme": "linear", "basis": str(kind), "exact_for": "values"}
        why = self.schemes["linear"].reason
        return replace(exact.to_float(), metadata={**notes, "why": why, "protocol": "every-step"})

    def pseudocode(self) -> str:
        """The recurrences as a readable program."""
        return pseudocode(self.task)

    def findings(self) -> list[str]:
        """What is known beside the program, line by line."""
        return [
            protocol(self.task),
            f"kind: linear filter, {self.task.d_in} number{'s' if self.task.d_in > 1 else ''} in, {self.task.d_out} out",
            f"fewest dimensions: {self.minimal_dimension}, the rank of the Hankel matrix",
            f"characteristic polynomial: {self._polynomial()}",
            *promises(self.schemes),
        ]

    def _polynomial(self) -> str:
        return " ".join(f"({f})^{f.multiplicity}" if f.multiplicity > 1 else f"({f})" for f in self.factors) or "1"

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready: the keys that `emt derive --json` promises; what does not apply is null, and `reason` says why."""
        task = self.task
        named = [[str(factor), factor.multiplicity] for factor in self.factors]
        return described(
            task,
            True,
            None,
            self.schemes,
            "a filter with an input at every step has none; certify proves networks",
            spectrum={"factors": named, "cycles": None},
            minimal_dimension=self.minimal_dimension,
            realization={key: task.to_dict()[key] for key in "ABC"},
        )

    def __repr__(self) -> str:
        return f"FilterCircuit({self.task.name!r}, {self.minimal_dimension} dimensions)"

    def __str__(self) -> str:
        return "\n".join([str(self.task), *self.findings()])
