"""Real trained networks, loaded and checked once."""

from functools import cache
from pathlib import Path

import emt_theory
from emt_theory.analysis import CheckResult, check
from emt_theory.networks import ElmanRNN, load
from emt_theory.tasks import parse

WEIGHTS = Path(emt_theory.__file__).parent / "examples" / "weights"


@cache
def real_network(name: str) -> ElmanRNN:
    (path,) = WEIGHTS.glob(f"emt-ref-{name}-*.safetensors")
    return load(path)


@cache
def real_check(name: str) -> CheckResult:
    return check(real_network(name), parse(name), sequences=400)
