"""Real trained networks: each is loaded once a process, and checked or decompiled once a run, whatever the number of processes."""

import pickle
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TypeVar

from filelock import FileLock

import emt_theory
from emt_theory.analysis import CheckResult, NoProgram, Program, check, decompile
from emt_theory.networks import ElmanRNN, load
from emt_theory.tasks import parse

T = TypeVar("T")
WEIGHTS = Path(emt_theory.__file__).parent / "examples" / "weights"


def once_a_run(file: Path, make: Callable[[], T]) -> T:
    """What `make` returns: the first of pytest-xdist's workers that asks makes it, and leaves it to the others in a file."""
    with FileLock(f"{file}.lock"):
        if not file.exists():
            file.write_bytes(pickle.dumps(make()))
        return pickle.loads(file.read_bytes())


@cache
def real_network(name: str) -> ElmanRNN:
    (path,) = WEIGHTS.glob(f"emt-ref-{name}-*.safetensors")
    return load(path)


@cache
def real_check(name: str, folder: Path) -> CheckResult:
    return once_a_run(folder / f"check-{name}", lambda: check(real_network(name), parse(name), sequences=400))


@cache
def real_program(name: str, folder: Path) -> Program | NoProgram:
    def read() -> Program | NoProgram:
        try:
            return decompile(real_network(name), max_variables=10)
        except NoProgram as refusal:
            return refusal

    return once_a_run(folder / f"program-{name}", read)
