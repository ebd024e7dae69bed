r"""What `derive` says about a rule on integers: which theory does not apply, and what words of a few letters show.

>>> from emt_theory import derive
>>> from emt_theory.tasks import parse
>>> circuit = derive(parse("mips:Balanced_Parenthesis"))
>>> circuit.told_apart, circuit.bent
((1, 3, 4, 5, 6, 7, 8, 9), ((0, 1), (1, 0)))

**Filters.** A linear filter shows sums of what it shows for parts; so does one with a constant, of what is above it. Two words v and w with

    y(v + w) + y(0) ≠ y(v) + y(w)

show that it is none (0 is the input nearest to it where 0 is none). Where there are none among words of a few letters, it is affine on all of these.

**Machines.** Words that some continuation tells apart lead to different states of every machine that has the task. Their number, by the length of
the words, is a lower bound; where it goes on growing, no machine is in sight. That none has it at all does not follow, and is not said.

Source: Nerode, Proc. AMS 9 (1958), for words that a continuation tells apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, product
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from emt_theory.circuits.schemes.scheme import Allowance
from emt_theory.circuits.streams.telling import described, protocol, pseudocode
from emt_theory.errors import SchemeNotAllowed
from emt_theory.ground.json import Record
from emt_theory.tasks.streams.rule import RuleTask

_MOST_WORDS = 128
_LONGEST = 3
"""Letters of the words that are added up."""

Word = tuple[int, ...]


@dataclass(frozen=True, repr=False)
class RuleCircuit(Record):
    """What is known of a rule on integers.

    Attributes:
        task: the task.
    """

    task: RuleTask

    @cached_property
    def letters(self) -> tuple[Word, ...]:
        """The letters that are tried, few of the task's: of each component the least, the largest and those nearest to 0."""
        values = sorted({self.task.inputs[0], self.task.inputs[-1], *sorted(self.task.inputs, key=abs)[:2]})
        return tuple(product(values, repeat=self.task.channels))

    @cached_property
    def told_apart(self) -> tuple[int, ...]:
        """How many states words of at most 0, 1, … letters lead to, such that continuations of as many as the longest of them tell any two apart."""
        longest = next(n for n in range(16, 0, -1) if n == 1 or len(self.letters) ** n <= _MOST_WORDS)
        ends = self._words(longest)
        found, counts = set[str](), list[int]()
        for length in range(longest + 1):
            begins = self._words(length)
            words = np.concatenate([np.repeat(begins, len(ends), axis=0), np.tile(ends, (len(begins), 1, 1))], axis=1)
            shown_behind = self.task.targets(words)[:, length:].reshape(len(begins), -1)
            found |= {str(row) for row in shown_behind.tolist()}
            counts.append(len(found))
        return tuple(counts)

    @cached_property
    def bent(self) -> tuple[Word, Word] | None:
        """Words v and w, all components in a row, of which it does not show the sum; None where there are none among those that are tried."""
        for length in range(1, _LONGEST + 1):
            words = self._words(length)
            nothing = np.full_like(words[:1], min(self.task.inputs, key=abs))
            v, w = (words[list(places)] for places in zip(*combinations(range(len(words)), 2), strict=True))
            total = v + w - nothing
            inside = np.isin(total, self.task.inputs).all(axis=(1, 2))
            v, w, total = v[inside], w[inside], total[inside]
            a, b, c, d = (self.task.targets(given)[:, -1] for given in (v, w, total, nothing))
            wrong = np.flatnonzero((a + b != c + d).any(axis=1))
            if len(wrong):
                first, second = (tuple(given[wrong[0]].reshape(-1).tolist()) for given in (v, w))
                return first, second
        return None

    def _words(self, length: int) -> NDArray[np.int64]:
        """All words of so many letters, shape (words, length, d_in)."""
        listed = list(product(self.letters, repeat=length))
        return np.array(listed, dtype=np.int64).reshape(len(listed), length, self.task.channels)

    @property
    def schemes(self) -> dict[str, Allowance]:
        """None."""
        return {}

    def compile(self, *_: object, **__: object) -> NoReturn:
        """Nothing is compiled.

        Raises:
            SchemeNotAllowed: always.
        """
        raise SchemeNotAllowed(
            f"no scheme shows {self.task.name}: it is a rule on integers, neither a filter nor a finite machine"
        )

    def pseudocode(self) -> str:
        """The rule as a readable program."""
        return pseudocode(self.task)

    def findings(self) -> list[str]:
        """What is known beside the program, line by line."""
        n, counts = len(self.task.first), list(self.told_apart)
        kept = f"{n} integer{'s' if n > 1 else ''} of state" if n else "nothing remembered"
        tried = f"letters {', '.join(_told(letter) for letter in self.letters)}"
        grows = len(counts) > 1 and counts[-1] > counts[-2]
        states = f"{counts[-1]} state{'s' if counts[-1] > 1 else ''}"
        return [
            protocol(self.task),
            f"kind: rule on integers, {kept}",
            f"filter: {self._linear()}",
            f"machine: at least {states}, by words of up to {len(counts) - 1} {tried}"
            + (
                f", and more for longer ones ({', '.join(map(str, counts))}): no finite machine in sight"
                if grows
                else "; longer words show no more"
            ),
            "no scheme, no certificate: networks can be trained on it and checked for what they show",
        ]

    def _linear(self) -> str:
        if self.bent is None:
            return "affine on all words that were tried; a filter has no constant, and shows 0 for 0"
        v, w = (_told(word) for word in self.bent)
        return f"none: after {v} and after {w} it shows what does not add up to what it shows after their sum"

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready: the keys that `emt derive --json` promises; what does not apply is null, and `reason` says why."""
        return described(
            self.task,
            None if self.bent is None else False,
            None if self.bent is None else list(map(list, self.bent)),
            {},
            "a rule on integers has none",
            states={"told_apart": list(self.told_apart), "letters": [list(letter) for letter in self.letters]},
        )

    def __repr__(self) -> str:
        return f"RuleCircuit({self.task.name!r}, {len(self.task.first)} integers)"

    def __str__(self) -> str:
        return "\n".join([str(self.task), *self.findings()])


def _told(word: Word) -> str:
    return str(word[0]) if len(word) == 1 else str(tuple(word))
