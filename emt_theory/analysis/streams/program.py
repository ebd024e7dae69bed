"""The program of a network with an input at every step, and the evidence for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emt_theory.analysis.streams.listening import Listening
from emt_theory.circuits import Certification
from emt_theory.ground.json import Record
from emt_theory.networks.provenance import NOTHING, Provenance
from emt_theory.tasks import Accuracy
from emt_theory.tasks.digits import write_fraction
from emt_theory.tasks.streams.described import StreamTask

EVERY_STEP = "every-step"
"""The protocol of these programs: an input at every step, and every step is an answer."""


@dataclass(frozen=True, eq=False, repr=False)
class StreamEvidence(Record):
    """What was measured.

    Attributes:
        listening: where inputs are remembered.
        measured: right outputs on fresh words.
        certification: what the weights prove, for all words; false where nothing is proved.
        how: how the program was read off.
        seed: of the words.
    """

    JSON = ("listening", "measured", "certified=certification", "how", "seed")

    listening: Listening
    measured: Accuracy
    certification: Certification
    how: str
    seed: int

    @property
    def kind(self) -> str:
        """The kind of the proof, such as "machine-states"; "sampled" without one."""
        made = self.certification.certificate
        return made.kind if made else "sampled"

    def lines(self) -> list[str]:
        """The evidence, sentence by sentence; the protocol first."""
        proved = str(self.certification) if self.certification else f"sampled, not proved: {self.certification.reason}"
        return [
            f"It answers at every step: {self.listening}.",
            f"{self.how[:1].upper()}{self.how[1:]}.",
            f"On fresh words of {self.measured.horizon} letters {self.measured}.",
            f"{proved[:1].upper()}{proved[1:]}.",
        ]

    def __str__(self) -> str:
        return "\n".join(self.lines())


@dataclass(frozen=True, eq=False, repr=False)
class StreamProgram(Record):
    """A network as a program with an input at every step.

    Attributes:
        task: what the network computes; `emt_theory.derive(program.task)` is its circuit.
        certificate: what was measured.
        provenance: what was assumed of the network where its file did not say.
    """

    task: StreamTask
    certificate: StreamEvidence
    provenance: Provenance = NOTHING

    @property
    def kind(self) -> str:
        """Whether it is a "filter", a "machine", or a "rule" on integers: a filter with a constant, sizes of inputs and differences, or a count."""
        return self.task.kind

    @property
    def protocol(self) -> str:
        """When it answers: "every-step"."""
        return EVERY_STEP

    @property
    def accuracy(self) -> float:
        """The fraction of right outputs on fresh words; its interval is in the certificate."""
        return self.certificate.measured.accuracy

    @property
    def text(self) -> str:
        """The program alone, an equation a line."""
        return "\n".join(line.replace("-", "−") for line in self.task.equations())

    def __call__(self, inputs: Any) -> NDArray[Any]:
        """What the program shows after given inputs, exactly.

        Args:
            inputs: of a filter or a rule numbers, shape (batch, T, d_in); of a machine symbols, shape (batch, T, c).

        Raises:
            InvalidTask: if these are none.
        """
        return self.task.targets(np.asarray(inputs))

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready: what `emt decompile --json` prints."""
        absent = dict.fromkeys(("matrix", "num_variables", "dim", "intertwining_residual", "doubt"))
        return {
            "kind": self.kind,
            "protocol": self.protocol,
            "program": self.text,
            "task": self.task.to_dict(),
            **absent,
            "accuracy": self.accuracy,
            "certificate": self.certificate.to_dict(),
            **self.provenance.to_dict(),
        }

    def __str__(self) -> str:
        begins = [f"from t = {self.task.quiet + 1} on"] if self.task.quiet else []
        return "\n".join([*self.provenance.first(), self.text, *begins])

    def __repr__(self) -> str:
        proved = self.certificate.certification.exact_for or "sampled"
        return f"StreamProgram({self.kind}, accuracy={write_fraction(self.accuracy)}, {proved})"
