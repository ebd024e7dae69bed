"""What a linear map says of itself, kept as reads or as a matrix, against powers of Φ; and its table against its steps."""

import numpy as np
from hypothesis import given

from emt_theory.exact import companion
from emt_theory.ground.slots import Slots
from emt_theory.tasks import from_matrix, parse
from emt_theory.tasks.maps import MatrixMap, SelectionMap
from emt_theory.testing import strategies


def powers(task):
    """Φ⁰, …, Φ^(n+1)."""
    phi = companion(task.F, task.dim).to_flint()
    return [phi**k for k in range(task.components + 2)]


@given(strategies.tasks())
def test_nilpotency_is_where_the_ranks_of_powers_end(task):
    ranks = [power.rank() for power in powers(task)]
    assert task.map.nilpotency == ranks.index(ranks[-1])
    assert task.settled == task.num_variables + max(task.num_variables, task.map.nilpotency)


@given(strategies.tasks())
def test_persistent_components_have_a_column_in_the_power_n(task):
    n = task.components
    power = powers(task)[n]
    assert task.persistent == tuple(j for j in range(n) if any(power[i, j] for i in range(n)))


@given(strategies.selection_tasks())
def test_reads_and_their_matrix_say_the_same(task):
    reads, matrix = task.map, MatrixMap(task.map.slots, task.F)
    assert isinstance(reads, SelectionMap)
    assert (reads.persistent, reads.nilpotency, reads.F) == (matrix.persistent, matrix.nilpotency, matrix.F)
    x = np.random.default_rng(0).normal(size=(3, *task.map.slots))
    assert np.array_equal(reads.apply(x), matrix.apply(x))
    np.testing.assert_allclose(reads.table(7).apply(x), matrix.table(7).apply(x), rtol=1e-12)


@given(strategies.tasks())
def test_the_table_has_what_the_steps_have(task):
    words = np.random.default_rng(1).integers(2**32, size=task.words(4, 6), dtype=np.uint32)
    episodes, state = task.batch(words, 4, 6), task.start(np.full(4, task.num_variables))
    for t in range(task.num_variables + 6):
        state, shown = task.next(state, episodes.inputs[:, t] if t < task.num_variables else None)
        if t >= task.num_variables:
            np.testing.assert_allclose(episodes.targets[:, t], shown, rtol=1e-9, atol=1e-9)
    parts = task.parts(words, 4, 6)
    assert np.array_equal(parts.targets, episodes.targets[:, task.num_variables :])


def test_a_map_that_forgets_in_steps():
    """Two outputs read the same component, so that the other is forgotten; a chain of three is forgotten in three steps."""
    task = from_matrix([[0, 0, 0, 1], [0, 0, 0, 1]], dim=2)
    assert (task.persistent, task.map.nilpotency, task.settled) == ((3,), 2, 4)
    assert parse("T1").map.nilpotency == 0
    chain = from_matrix([[0, 0, 0]], dim=1)
    assert (chain.persistent, chain.map.nilpotency) == ((), 3)
    assert MatrixMap(Slots(3, 1), chain.F).nilpotency == 3
