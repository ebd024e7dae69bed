r"""The 62 tasks of MIPS by name, each with its definition, a truth function of our own, and five words worked beside it.

>>> known = mips_task("Add_Mod_3")
>>> known.says, known.truth([2, 2, 1]), known.task.equations()
('the sum so far, mod 3', [2, 1, 2], ['y(t) = (y(t-1) + x(t)) % 3'])
>>> len(MIPS), sum(mips_task(name).solved for name in MIPS)
(62, 32)

On the command line `mips:Add_Mod_3`. A task is stated as a linear filter or as a machine wherever it is one; ten are neither, and are rules on
integers. Definitions are those of the scripts that make the data sets in ejmichaud/neural-verification, folder `tasks`, of which some versions
differ; the file `mips.toml` says what was taken. Whether MIPS solved a task is in its `gpt4/task_results.csv`.

Source: Michaud et al., Opening the AI black box, arXiv 2402.05110.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from emt_theory.errors import InvalidTask
from emt_theory.ground.files import read_toml
from emt_theory.ground.json import Record
from emt_theory.ground.text import shown
from emt_theory.tasks.mips.forms import FORMS
from emt_theory.tasks.mips.truths import TRUTHS, Truth, Word
from emt_theory.tasks.streams.described import StreamTask

__all__ = ["MIPS", "MipsTask", "mips_task"]

MIPS = tuple(TRUTHS)
"""The names, in the order of the paper's table."""


@dataclass(frozen=True)
class MipsTask(Record):
    """A task of MIPS.

    Attributes:
        name: MIPS's.
        says: the definition, in a line.
        source: the folder of the script that makes its data.
        inputs: the integers that come in.
        channels: how many of them at a step.
        solved: whether MIPS solved it.
        words: five words, each with what is shown along it.
    """

    JSON = ("name", "says", "source", "inputs", "channels", "solved", "words")

    name: str
    says: str
    source: str
    inputs: range
    channels: int
    solved: bool
    words: tuple[tuple[Word, Word], ...]

    @property
    def truth(self) -> Truth:
        """What is shown along a word, straight from the definition."""
        return TRUTHS[self.name]

    @property
    def task(self) -> StreamTask:
        """The task, as a filter, a machine or a rule on integers."""
        return FORMS[self.name](self.name)


def mips_task(name: str) -> MipsTask:
    """The task of that name; upper and lower case are the same, and so are hyphens and underscores.

    Raises:
        InvalidTask: if there is none; says the nearest.

    >>> mips_task("add-mod-9")
    Traceback (most recent call last):
    ...
    emt_theory.errors.InvalidTask: MIPS has no task 'add-mod-9'; did you mean 'Add_Mod_8' or 'Add_Mod_7'?
    """
    key = _key(name) if isinstance(name, str) else ""
    if key not in _known():
        near = difflib.get_close_matches(key, _known(), n=2, cutoff=0.5)
        hint = (
            f"did you mean {' or '.join(repr(_known()[one].name) for one in near)}?"
            if near
            else f"known are {', '.join(MIPS)}"
        )
        if isinstance(name, str) and ":" in name:
            hint = "options of a task of MIPS follow a comma: mips:Add_Mod_3,quiet=2"
        raise InvalidTask(f"MIPS has no task {shown(name)}; {hint}")
    return _known()[key]


def _key(name: str) -> str:
    return name.strip().lower().replace("-", "_")


@cache
def _known() -> dict[str, MipsTask]:
    """All of them, by the key of their names."""
    described: dict[str, dict[str, Any]] = read_toml(str(files("emt_theory.tasks.mips").joinpath("mips.toml")))
    return {_key(name): _read(name, given) for name, given in described.items()}


def _read(name: str, given: dict[str, Any]) -> MipsTask:
    low, high = (int(end) for end in given["inputs"].split(".."))
    channels = given.get("channels", 1)
    words = tuple(([_letter(x) for x in word], [_letter(y) for y in told]) for word, told in given["words"])
    return MipsTask(name, given["says"], given["source"], range(low, high + 1), channels, given["solved"], words)


def _letter(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
