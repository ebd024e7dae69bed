"""Reads kept as arrays are the tuple that they were."""

import pickle

import numpy as np
import pytest

from emt_theory.errors import InvalidTask
from emt_theory.tasks import LinearTask, Read, random_selection
from emt_theory.tasks.reads import Reads

LISTED = (Read(2, 1, -1), Read(1, 0, 1))


def test_reads_are_their_tuple():
    reads = Reads.of([(2, 1, -1), [1, 0]])
    assert reads == LISTED
    assert reads == Reads.of(LISTED)
    assert hash(reads) == hash(LISTED)
    assert repr(reads) == repr(LISTED)
    assert (reads[0], reads[-1], reads[:1]) == (LISTED[0], LISTED[1], LISTED[:1])
    assert reads != LISTED[:1]
    assert reads != 3
    assert pickle.loads(pickle.dumps(reads)) == reads
    with pytest.raises(ValueError, match="read-only"):
        reads.blocks[0] = 1


def test_a_task_of_many_reads_is_one_of_arrays():
    task = random_selection(3, 1000, seed=4)
    assert isinstance(task.reads, Reads)
    assert task == LinearTask("the same", 3, 1000, tuple(task.reads))
    assert task.read_arrays[0].tolist() == [read.block for read in task.reads]
    assert len({task, LinearTask("the same", 3, 1000, tuple(task.reads))}) == 1


@pytest.mark.parametrize(
    ("reads", "message"),
    [
        ([(0, 0, 1)], "output 0 reads block 0; blocks run from 1"),
        ([(1, 1, 1)], "output 0 reads component 1; components run from 0 to 0"),
        ([(1, 0, 2)], "output 0 has sign 2; a sign is 1 or -1"),
        ([(10**30, 0, 1)], "the read of output 0 is out of range"),
        ([(1, 0, 1)] * 2, "needs one read for each of its 1 outputs; got 2"),
    ],
)
def test_wrong_reads_are_named(reads, message):
    with pytest.raises(InvalidTask, match=message):
        LinearTask("x", 2, 1, reads)
    assert np.array_equal(Reads.of([]).signs, [])
