"""Restarts: another seed where a run has missed its task.

    seed  →  run  →  solved? that run  │  no: the next seed, derived from the first  →  run  →  …

They are for whoever wants a network that works. A run says how many it had, and studies have none: whoever restarts selects on the outcome.

>>> from emt_theory.tasks import repeat_copy
>>> from emt_theory.training.protocol import PaperProtocol
>>> from emt_theory.training.sources import to_source
>>> setting = Setting(to_source(repeat_copy(2, 1)), hidden=4, seed=7, protocol=PaperProtocol())
>>> [attempt.seed for attempt in attempts_at(setting, restarts=2)]
[7, 6635463128224577688, 18279110831140952437]
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace

import numpy as np

from emt_theory.errors import InvalidOption
from emt_theory.ground.arguments import integer
from emt_theory.training.engine import Setting
from emt_theory.training.folder import RunFolder
from emt_theory.training.run import TrainingRun

SOLVED = 0.99
"""What the whole interval of the sign accuracy has to reach, as for the first question of a check."""
_MOST = 1_000


def attempts_at(setting: Setting, restarts: int) -> list[Setting]:
    """The setting, and as many others with seeds that follow from its own.

    Raises:
        InvalidOption: if `restarts` is no count.
    """
    count = integer("restarts", restarts, least=0, most=_MOST)
    seeds = [
        int(np.random.SeedSequence([setting.seed, k]).generate_state(1, np.uint64)[0]) for k in range(1, count + 1)
    ]
    return [setting, *(replace(setting, seed=seed) for seed in seeds)]


def first_solved(
    attempts: Sequence[Setting],
    train: Callable[[Setting], TrainingRun],
    folder: RunFolder | None,
    backend: str,
    wanted: tuple[int, ...] = (),
) -> TrainingRun:
    """The run of the first attempt that solves its task, or else of the last; it begins with the one that the folder holds a checkpoint of."""
    k = _begun(attempts, folder, backend, wanted)
    while not is_solved(run := replace(train(attempts[k]), restarts=k)) and k + 1 < len(attempts):
        k += 1
        if folder is not None:
            folder.forget()
    return run


def is_solved(run: TrainingRun) -> bool:
    """Whether its accuracy on fresh sequences, at the protocol's test horizon, is that of a solution; so it is where nothing is scored."""
    return run.test is None or run.test.accuracy_low >= SOLVED


def _begun(attempts: Sequence[Setting], folder: RunFolder | None, backend: str, wanted: tuple[int, ...]) -> int:
    if folder is not None and folder.goes_on:
        for k in range(len(attempts) - 1, 0, -1):
            with suppress(InvalidOption):
                folder.begin(attempts[k], backend, wanted)
                return k
    return 0
