"""NumPy and JAX take the same steps: after fifty, in float64, they agree to 1e-9, for every kind of task × σ × cell that both train."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from emt_theory.errors import InvalidOption
from emt_theory.networks.activations import ACTIVATIONS
from emt_theory.networks.kinds import KINDS
from emt_theory.tasks import from_matrix, parse
from emt_theory.training import Protocol, Scheduled
from emt_theory.training.engine import Setting
from emt_theory.training.numpy_engine import NumpyEngine
from emt_theory.training.single import find_backend
from emt_theory.training.sources import to_source
from tests.tasks.toys import TOYS
from tests.training.samplers import minority

BRIEF = Protocol(
    steps=50, learning_rate=3e-3, curriculum=Scheduled((5,), (0,)), decay="cosine", warmup=0.1, batch=16, l2=1e-3
)
TASKS = {
    "selection": parse("T3"),
    "affine": from_matrix([["1/2", "-1/3", 0, 1]], dim=1),
    "finite": parse("modular-sum:alphabet=3"),
    "sampler": minority,
    **{type(toy).__name__: toy for toy in TOYS},
}
SIGMAS = [sigma.name for sigma in ACTIVATIONS if sigma.slope is not None]


def trained_by_both(cell):
    try:
        find_backend("numpy", cell)
        find_backend("jax", cell)
    except InvalidOption:
        return False
    return True


CELLS = [cell for cell in KINDS if trained_by_both(cell)]
ALL = [  # with biases every other time, so that every kind and every σ is seen both ways
    (kind, sigma, cell, (i + j) % 2 == 0)
    for (i, kind), (j, sigma), cell in product(enumerate(TASKS), enumerate(SIGMAS), CELLS)
]
FAST = {("selection", "tanh", "elman", True), ("sampler", "relu", "elman", True)}


def gap(first, second):
    return max(float(np.abs(first[key] - second[key]).max()) for key in first)


def test_the_table_is_whole():
    assert CELLS == ["elman"]
    assert set(ALL) > FAST
    assert {sigma for _, sigma, *_ in ALL} == set(SIGMAS) > {"tanh", "relu", "sigmoid", "identity"}
    for one in (*TASKS, *SIGMAS):
        assert {biases for kind, sigma, _, biases in ALL if one in (kind, sigma)} == {False, True}


@pytest.mark.parametrize(
    ("kind", "sigma", "cell", "biases"),
    [pytest.param(*entry, marks=[] if entry in FAST else [pytest.mark.slow]) for entry in ALL],
)
def test_fifty_steps_agree(kind, sigma, cell, biases):
    from emt_theory.training.jax_engine import JaxEngine

    setting = Setting(to_source(TASKS[kind]), 7, 4, replace(BRIEF, biases=biases), sigma, cell, "float64")
    here, there = NumpyEngine([setting]), JaxEngine([setting])
    for start, limit in ((0, 20), (20, 30)):
        (mine,), (theirs,) = here.advance([start], [limit], 5), there.advance([start], [limit], 5)
        np.testing.assert_allclose(mine.loss, theirs.loss, rtol=1e-9)
        np.testing.assert_allclose(
            mine.accuracy, theirs.accuracy, rtol=1e-12
        )  # XLA multiplies by 1/80 where NumPy divides by 80
    state = here.state(0)
    assert ("weights.b_h" in state) is biases
    assert gap(state, there.state(0)) < 1e-9
    moved = {f"weights.{name}": array for name, array in setting.initial_weights().items()}
    assert gap(moved, state) > 1e-3
