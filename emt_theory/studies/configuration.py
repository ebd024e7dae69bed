"""Everything that determines a run: two runs of one configuration end in the same weights and the same check.

    task, N, cell, σ  ·  protocol, seed, backend, dtype  ·  what is checked afterwards

A configuration is known by a hash of all this, which is the same in every process, on every machine, in every version of Python:

>>> from emt_theory.tasks import repeat_copy
>>> one = Configuration(repeat_copy(num_variables=2, dim=1), hidden=8)
>>> one.key == Configuration(repeat_copy(2, 1), hidden=8).key, one.key == Configuration(repeat_copy(2, 1), hidden=9).key
(True, False)
>>> len(one.key), one.labels()["hidden"]
(16, 8)
"""

from __future__ import annotations

import hashlib
import inspect
import sys
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from emt_theory.errors import InvalidOption, InvalidTask
from emt_theory.evidence.conventions import HORIZON, SEQUENCES
from emt_theory.ground import arguments
from emt_theory.ground.arguments import integer
from emt_theory.ground.json import Record, canonical
from emt_theory.ground.text import shown
from emt_theory.tasks import FiniteTask, LinearTask, Task, checked_task
from emt_theory.training import Adaptive, FastProtocol, Protocol
from emt_theory.training.engine import Setting
from emt_theory.training.single import find_backend, make_setting

_KEY = 16
"""Digits of a key: that two of a million configurations share one has a probability of 3·10⁻⁸."""


@dataclass(frozen=True)
class Checking(Record):
    """How a trained network is checked; see `emt_theory.analysis.check`.

    Attributes:
        sequences: fresh sequences on which behaviour is judged.
        horizon: scored steps of each.
        seed: of these sequences.
        lifetime: whether the network is run for 10⁴ steps, too.

    Raises:
        InvalidOption: if a number is out of range.
    """

    sequences: int = SEQUENCES
    horizon: int = HORIZON
    seed: int = 0
    lifetime: bool = False

    def __post_init__(self) -> None:
        for name in ("sequences", "horizon"):
            object.__setattr__(self, name, integer(name, getattr(self, name), least=1, most=1_000_000))
        object.__setattr__(self, "seed", arguments.seed(self.seed))
        if not isinstance(self.lifetime, bool):
            raise InvalidOption(f"lifetime must be true or false; got {shown(self.lifetime)}")


CHECKING = Checking()
_FAST = FastProtocol()


@dataclass(frozen=True)
class Configuration(Record):
    """A run, before it is made.

    Attributes:
        task: what is learned; a sampler has no description that a file could keep, and is refused.
        hidden: N.
        protocol: how it is trained.
        seed: of weights and batches.
        backend, cell, activation, dtype: as for `emt_theory.training.train`.
        check: how the network is checked; None leaves it at its accuracy.

    Raises:
        InvalidTask: if `task` is no task, or cannot be drawn.
        InvalidOption: as `train`; what cannot be trained cannot be configured.
    """

    task: Task
    hidden: int = 128
    protocol: Protocol = _FAST
    seed: int = 0
    backend: str = "numpy"
    cell: str = "elman"
    activation: str = "tanh"
    dtype: str = "float32"
    check: Checking | None = CHECKING

    def __post_init__(self) -> None:
        checked_task(self.task)
        if self.check is not None and not isinstance(self.check, Checking):
            raise InvalidOption(f"check must be a Checking, or None; got {shown(self.check)}")
        for name in ("hidden", "protocol", "seed", "cell", "activation"):
            object.__setattr__(self, name, getattr(self.setting, name))
        find_backend(self.backend, self.cell)

    @cached_property
    def setting(self) -> Setting:
        """What is trained."""
        return make_setting(self.task, self.hidden, self.seed, self.protocol, self.activation, self.cell, self.dtype)

    @cached_property
    def key(self) -> str:
        """The first digits of the SHA-256 of all but names: two tasks are the same when they compute the same."""
        return key_of(self.to_dict())

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready. A task of your own says its class, with a hash of the text that defines it."""
        described = super().to_dict()
        if not type(self.task).__module__.startswith("emt_theory."):
            described["task"] |= {"class": type(self.task).__qualname__, "source": self._source}
        return described

    @cached_property
    def _source(self) -> str:
        """Known where the configuration is made, and sent with it: elsewhere the text may be missing."""
        return _source_key(type(self.task))

    def labels(self) -> dict[str, Any]:
        """What tells it from others, as the first columns of a table."""
        task, curriculum = self.task, self.protocol.curriculum
        sizes = (task.num_variables, task.dim) if isinstance(task, LinearTask | FiniteTask) else (None, None)
        return {
            "task": task.name,
            "num_variables": sizes[0],
            "dim": sizes[1],
            "cell": self.cell,
            "activation": self.activation,
            "hidden": self.hidden,
            "protocol": self.protocol.name,
            "threshold": curriculum.threshold if isinstance(curriculum, Adaptive) else None,
            "l2": self.protocol.l2,
            "backend": self.backend,
            "seed": self.seed,
            **identities(self.to_dict()),
        }

    @property
    def cost(self) -> float:
        """About how long it takes, in no unit: a step takes N^1.6 as long (docs/training), and longer at longer horizons."""
        return self.protocol.steps * max(self.protocol.curriculum.horizons) * float(self.hidden) ** 1.6

    def __str__(self) -> str:
        said = [
            f"{name} {value}" for name, value in self.labels().items() if name in ("hidden", "protocol", "l2", "seed")
        ]
        return f"{self.task.name}, {', '.join(said)}"


def key_of(described: dict[str, Any]) -> str:
    """The key of what a configuration's `to_dict` says, read from a file too."""
    return _digits({**described, "protocol": _how(described, "name"), "task": _program(described["task"])})


def identities(described: dict[str, Any]) -> dict[str, str]:
    """What tells tasks of one name apart, and protocols: digits of what they are."""
    protocol = _how(described, "name", "l2")
    return {"task_key": _digits(_program(described["task"]))[:8], "protocol_key": _digits(protocol)[:8]}


def _how(described: dict[str, Any], *without: str) -> dict[str, Any]:
    """A protocol as keys see it: some are older than the choice of biases, so that none is not said."""
    unsaid = without if described["protocol"].get("biases") else (*without, "biases")
    return {name: value for name, value in described["protocol"].items() if name not in unsaid}


def _program(task: dict[str, Any]) -> dict[str, Any]:
    """A task without its name; one of your own may compute with it."""
    return task if "class" in task else {name: value for name, value in task.items() if name != "name"}


def _digits(value: Any) -> str:
    return hashlib.sha256(canonical(value).encode()).hexdigest()[:_KEY]


@cache
def _source_key(kind: type[Task]) -> str:
    """Digits of the text of a class and of what it inherits from, up to the library's own: what tells it from another of its name."""
    foreign = ("emt_theory", *sys.stdlib_module_names)
    own = [
        one for one in kind.__mro__ if one.__module__.partition(".")[0] not in foreign or one.__module__ == "__main__"
    ]
    try:
        return _digits([inspect.getsource(one) for one in own])
    except (OSError, TypeError):
        raise InvalidTask(
            f"the text of the class {kind.__qualname__} is not to be found, which tells it from others of that name; "
            "define the class in a file"
        ) from None
