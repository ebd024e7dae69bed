"""Small populations that other processes can import."""

import os
import signal
from dataclasses import replace

from emt_theory.studies import Checking, Configuration
from emt_theory.tasks import repeat_copy
from emt_theory.training import Protocol, Scheduled
from tests.tasks.toys import Xor

TASK = repeat_copy(num_variables=2, dim=1)
BRIEF = Protocol(
    steps=30, learning_rate=0.02, curriculum=Scheduled((3, 6), (0, 0.5)), batch=9, test_horizon=8, test_sequences=16
)
CHECK = Checking(sequences=16, horizon=8)
GRID = {"tasks": TASK, "hidden": [4, 5], "l2": [0, 0.1], "seeds": 2, "protocols": BRIEF, "check": False}

LONGER = {**GRID, "seeds": 3, "protocols": replace(BRIEF, steps=6000), "check": CHECK}


class Fatal(Xor):
    """A task that kills the process that trains on it, or raises, where FATAL says so: the file to make in doing so, or "raise"."""

    name = "fatal"

    def draw(self, words, size, horizon, xp=None):
        where = os.environ.get("FATAL")
        if where == "raise" and size == BRIEF.batch:
            raise ValueError("not today")
        if where and where != "raise" and size == BRIEF.batch and not os.path.exists(where):
            open(where, "x").close()
            os.kill(os.getpid(), signal.SIGKILL)
        return super().draw(words, size, horizon)


def run(**changes):
    """One small run."""
    given = {"task": TASK, "hidden": 4, "protocol": BRIEF, "check": None, **changes}
    if (l2 := given.pop("l2", None)) is not None:
        given["protocol"] = replace(given["protocol"], l2=l2)
    return Configuration(**given)
