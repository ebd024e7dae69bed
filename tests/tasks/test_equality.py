"""A program is what it computes: steps of memory that nobody reads make no difference, and everything else does."""

import numpy as np
import pytest
from hypothesis import given

from emt_theory import decompile, derive
from emt_theory.errors import InvalidTask
from emt_theory.tasks import from_matrix, repeat_copy, same_program
from emt_theory.tasks.equality import trimmed
from emt_theory.testing.strategies import integer_tasks
from tests.tasks.toys import Xor


def lengthened(task, steps):
    """The same program with so many older blocks that nobody reads."""
    return from_matrix(
        np.hstack([np.zeros((task.dim, steps * task.dim), int), np.array(task.matrix.tolist())]), dim=task.dim
    )


@given(integer_tasks())
def test_longer_memories_are_the_same_program_with_the_same_outputs(task):
    longer = lengthened(task, 2)
    assert same_program(task, longer)
    assert trimmed(longer) == trimmed(task)
    inputs = longer.sequences(5, 1, seed=0).inputs
    shown = [one.targets(inputs[:, -one.num_variables :], 6) for one in (task, longer, trimmed(task))]
    assert all((part == shown[0]).all() for part in shown)


@given(integer_tasks())
def test_another_program_is_another(task):
    F = np.array(task.matrix.tolist())
    F[0, -1] += 1
    assert not same_program(task, from_matrix(F, dim=task.dim))


def test_inputs_and_kinds_count():
    task = repeat_copy(2, 1)
    assert not same_program(task, from_matrix([[1, 0]], dim=1, inputs=(0, 1)))
    with pytest.raises(InvalidTask, match="xor is a finite task"):
        same_program(task, Xor())


def test_a_right_program_with_fewer_steps_of_memory_is_right():
    task = lengthened(repeat_copy(2, 2), 1)
    found = decompile(derive(task).compile(scheme="saturating"), sequences=400, horizon=40).task
    assert same_program(found, task)
