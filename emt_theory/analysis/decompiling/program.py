"""What decompilation returns, and what it raises."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from emt_theory.analysis.decompiling.evidence import ProgramEvidence, describe_search
from emt_theory.errors import NotDecompilable
from emt_theory.ground.json import Record
from emt_theory.networks.provenance import NOTHING, Provenance
from emt_theory.tasks import LinearTask
from emt_theory.tasks.digits import write_fraction

if TYPE_CHECKING:
    import sympy

    from emt_theory.analysis.decompiling.candidates import Search
    from emt_theory.analysis.decompiling.trials import Trial


@dataclass(frozen=True, eq=False, repr=False)
class Program(Record):
    """A network as a program: a task with exact coefficients, and the evidence for it.

    Attributes:
        task: what the network computes; `emt_theory.derive(program.task)` is its circuit.
        certificate: what was measured.
        doubt: why this is not to be relied on; None for a program that was accepted.
        provenance: what was assumed of the network where its file did not say, which arrays were not used, and remarks.
    """

    task: LinearTask
    certificate: ProgramEvidence
    doubt: str | None = None
    provenance: Provenance = NOTHING

    @property
    def num_variables(self) -> int:
        """s."""
        return self.task.num_variables

    @property
    def dim(self) -> int:
        """d."""
        return self.task.dim

    @property
    def kind(self) -> str:
        """Whether it copies, "selection", or mixes, "linear"."""
        return "selection" if self.task.is_selection else "linear"

    @property
    def matrix(self) -> sympy.ImmutableDenseMatrix:
        """F = [F_1 … F_s], exact, shape (d, s·d), block 1 the oldest."""
        return self.task.matrix

    @property
    def accuracy(self) -> float:
        """The fraction of right signs on fresh inputs; its interval is in the certificate."""
        measured = self.certificate.trial.accuracy
        return measured.accuracy if measured else 0.0

    @property
    def intertwining_residual(self) -> float | None:
        """The residual of intertwining; None where it cannot be estimated. It means something beside the null residual of the certificate."""
        confirmation = self.certificate.confirmation
        return confirmation.residual if confirmation else None

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready: what `emt decompile --json` prints. Entries of F are integers, or "p/q"."""
        rows: list[list[int | str]] = [[0] * self.task.components for _ in range(self.dim)]
        for i, j, value in self.task.F:
            rows[i][j] = int(value) if value.denominator == 1 else str(value)
        return {
            "kind": self.kind,
            "program": self.text,
            "matrix": rows,
            "num_variables": self.num_variables,
            "dim": self.dim,
            "accuracy": self.accuracy,
            "intertwining_residual": self.intertwining_residual,
            "doubt": self.doubt,
            "certificate": self.certificate.to_dict(),
            **self.provenance.to_dict(),
        }

    @property
    def text(self) -> str:
        """The program alone, an equation a line."""
        return "\n".join(line.replace("-", "−") for line in self.task.equations())

    def __str__(self) -> str:
        return "\n".join([*self.provenance.first(), self.text])

    def __repr__(self) -> str:
        doubt = f", doubt={self.doubt!r}" if self.doubt else ""
        accuracy = write_fraction(self.accuracy)
        return f"Program({self.kind}, s={self.num_variables}, d={self.dim}, accuracy={accuracy}{doubt})"


class NoProgram(NotDecompilable):
    """A network from which no program could be recovered.

    Attributes:
        reason: why.
        best: the closest program, with its `doubt`; None where none comes near.
        search: what the probes suggested; None where there was nothing to probe.
        rejected: the trials of programs that the network has not.
        provenance: as in a `Program`; its message begins with what was assumed.

    >>> from emt_theory.analysis.decompile import decompile
    >>> from emt_theory.networks import ElmanRNN
    >>> decompile(ElmanRNN(W_hh=[[0]], W_uh=[[0]], W_hy=[[1]]))
    Traceback (most recent call last):
    ...
    emt_theory.analysis.decompiling.program.NoProgram: the outputs do not depend on the inputs, for any number s ≤ 16 of inputs
    """

    def __init__(
        self,
        reason: str,
        best: Program | None = None,
        search: Search | None = None,
        rejected: Sequence[Trial] = (),
        provenance: Provenance = NOTHING,
    ) -> None:
        super().__init__(" ".join([*provenance.first(), reason]))
        self.best = best
        self.search = search
        self.rejected = tuple(rejected)
        self.provenance = provenance

    def of(self, provenance: Provenance) -> NoProgram:
        """The same refusal of a network with this provenance."""
        best = self.best and replace(self.best, provenance=provenance)
        return NoProgram(self.reason, best, self.search, self.rejected, provenance)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready: what `emt decompile --json` prints for a network that is refused."""
        searched = describe_search(self.search, self.rejected) if self.search else {}
        return {
            "refused": True,
            "reason": self.reason,
            "best": self.best.to_dict() if self.best else None,
            **self.provenance.to_dict(),
        } | searched
