"""A sample of the population of random rules; `population` runs all of it."""

import pytest

from tests.circuits.finite.population import CASES

FAST = {"random": range(1, 6), "structured": range(4), "saboteur": range(6)}
LONG = {"random": (0, *range(6, 100)), "structured": range(4, 24), "saboteur": range(6, 60)}
RIGHT = ("proved", "refused", "refuted", "harmless")


@pytest.mark.parametrize(
    ("kind", "seed"),
    [
        *((kind, seed) for kind, seeds in FAST.items() for seed in seeds),
        *(pytest.param(kind, seed, marks=pytest.mark.slow) for kind, seeds in LONG.items() for seed in seeds),
    ],
)
def test_every_case_is_right(kind, seed):
    assert CASES[kind](seed).partition(":")[0] in RIGHT
