"""What was asked of a network, and what came of it.

>>> finding = Finding("behaviour", Answer.HELD, "It solves the task.", {"accuracy": 1.0})
>>> finding.to_dict()["answer"], str(finding)
('held', 'It solves the task.')
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from emt_theory.errors import InvalidOption
from emt_theory.ground.json import Record
from emt_theory.ground.text import shown


class Answer(StrEnum):
    """How a question was answered."""

    HELD = "held"
    FAILED = "failed"
    UNDECIDED = "undecided"
    NOTHING = "nothing to judge"
    NONE = "no criterion applies"


@dataclass(frozen=True)
class Finding(Record):
    """The answer to one question.

    Attributes:
        question: the criterion that was asked; see `emt_theory.analysis.criteria.CRITERIA`.
        answer: whether it holds.
        evidence: why, in one plain sentence.
        numbers: what was measured, by name; None for what could not be.
        asks: the question in words.
    """

    JSON = ("question", "asks", "answer", "evidence", "numbers")

    question: str
    answer: Answer
    evidence: str
    numbers: Mapping[str, float | None] = field(default_factory=dict[str, float | None])
    asks: str = ""

    def __str__(self) -> str:
        return self.evidence


def find(findings: Iterable[Finding], question: str) -> Finding:
    """The finding on a question.

    Raises:
        InvalidOption: if there is none; says which there are.
    """
    asked = {finding.question: finding for finding in findings}
    if not isinstance(question, str) or question not in asked:
        raise InvalidOption(f"no finding on {shown(question)}; there are {', '.join(asked)}")
    return asked[question]
