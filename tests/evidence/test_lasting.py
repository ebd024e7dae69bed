"""Lasting coordinates: exact algebra on random tasks, against eigenvalues, and that what decays does not touch them."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from emt_theory import derive
from emt_theory.evidence.lasting import Lasting, lasting_part
from emt_theory.evidence.recording import record
from emt_theory.exact import companion
from emt_theory.ground.absent import Absent
from emt_theory.tasks import (
    LinearTask,
    autoregressive,
    compose_copy,
    delayed_copy,
    fibonacci,
    from_matrix,
    from_rule,
    repeat_copy,
)
from emt_theory.testing import strategies

HALF_LASTS = from_matrix([[1, 0, 0, 0], [0, 0, 0, "1/2"]])
MIXED = from_matrix([["1/2", 1, 0, "1/3"], [0, 0, 0, -1]], dim=2)
MIXING = strategies.tasks_with_spectrum((-1, 0, 1), (0, 1, 1), (0, 0, 1))
"""Roots 1, −1; 0, −1; and 0 twice, in all kinds of coordinates."""


def exact(array: Any) -> Any:
    """The fractions that floats stand for, where they are small."""
    found = np.array([[Fraction(float(x)).limit_denominator(10**5) for x in row] for row in array], dtype=object)
    assume(np.abs(found.astype(float) - array).max(initial=0.0) < 1e-13 * max(1.0, np.abs(array).max(initial=0.0)))
    return found.reshape(array.shape)


def phi_of(task: LinearTask) -> Any:
    return exact(companion(task.F, task.dim).to_array())


def assert_they_move_by_themselves(found: Lasting):
    """The law: L Φ = Φ_L L, L B = I, Φ B = B Φ_L, in fractions."""
    L, B, moved, phi = exact(found.reader), exact(found.extension), exact(found.phi), phi_of(found.task)
    assert np.array_equal(L @ phi, moved @ L)
    assert np.array_equal(L @ B, np.eye(found.size, dtype=int))
    assert np.array_equal(phi @ B, B @ moved)


@settings(max_examples=20)
@given(st.one_of(strategies.linear_tasks(3, 2), MIXING))
@example(HALF_LASTS)
@example(MIXED)
@example(compose_copy(3))
@example(autoregressive([2]))
def test_lasting_coordinates_move_by_themselves(task: LinearTask):
    found = lasting_part(derive(task))
    if isinstance(found, Absent):
        assert "nothing " in found.reason
        assert "\n" not in found.reason
        return
    assert_they_move_by_themselves(found)


@settings(max_examples=20)
@given(strategies.selection_tasks(4, 3))
def test_those_of_a_selection_task_are_its_persistent_components(task: LinearTask):
    found = lasting_part(derive(task))
    # Φ^n forgets whatever can be forgotten: what it still depends on is on a cycle.
    power = np.linalg.matrix_power(companion(task.F, task.dim).to_array(), task.components)
    cycles = np.flatnonzero(np.abs(power).sum(axis=0))
    if isinstance(found, Absent):
        assert not len(cycles)
        return
    assert_they_move_by_themselves(found)
    assert found.cycles is not None
    assert sorted(sum(found.cycles, ())) == list(range(found.size))
    held = found.moved(found.order or 0)
    assert np.array_equal(held, np.eye(found.size))
    assert all(not np.array_equal(found.moved(p), held) for p in range(1, found.order or 0))


@settings(max_examples=20)
@given(st.one_of(strategies.rational_tasks(3, 2), MIXING))
@example(HALF_LASTS)
@example(MIXED)
@example(delayed_copy(3, 2, lag=1))
def test_they_are_all_that_does_not_decay(task: LinearTask):
    """Φ_L has the eigenvalues of modulus ρ ≥ 1, and Φ without them has the others, all below 1."""
    found = lasting_part(derive(task))
    phi = companion(task.F, task.dim).to_array()
    if isinstance(found, Absent):
        if found.reason.startswith("nothing lasts"):
            assert np.abs(np.linalg.eigvals(phi)).max() < 1 + 1e-6
        return
    np.testing.assert_allclose(np.abs(np.linalg.eigvals(found.phi)), found.rate, rtol=1e-5)
    rest = phi @ (np.eye(len(phi)) - found.extension @ found.reader)
    # A nilpotent part of size n has eigenvalues up to ε^{1/n} in floats.
    assert np.abs(np.linalg.eigvals(rest)).max() < 1
    assert np.linalg.matrix_rank(phi @ found.extension) == found.size


@pytest.mark.parametrize("task", [HALF_LASTS, delayed_copy(3, 2, lag=1), MIXED], ids=repr)
def test_they_ignore_what_decays(task: LinearTask):
    """Two memories that differ in what decays have the same coordinates, now and later; the memories meet."""
    found = lasting_part(derive(task))
    assert isinstance(found, Lasting)
    phi, rng = companion(task.F, task.dim).to_array(), np.random.default_rng(0)
    memory = rng.normal(size=len(phi))
    other = memory + (np.eye(len(phi)) - found.extension @ found.reader) @ rng.normal(size=len(phi))
    assert np.abs(other - memory).max() > 0.1
    for _ in range(100):
        np.testing.assert_allclose(found.reader @ other, found.reader @ memory, atol=1e-9)
        memory, other = phi @ memory, phi @ other
    np.testing.assert_allclose(other, memory, atol=1e-9)
    np.testing.assert_allclose(found.extension @ found.reader @ memory, memory, atol=1e-9)


TWO_SIGNS = from_matrix([[4, 0]], dim=1)
"""u(t) = 4u(t−2): roots 2 and −2."""


@pytest.mark.parametrize("task", [HALF_LASTS, MIXED, compose_copy(3), autoregressive([-2]), TWO_SIGNS], ids=repr)
def test_the_truth_is_the_memory_read_at_that_time(task: LinearTask):
    found = lasting_part(derive(task))
    assert isinstance(found, Lasting)
    net = derive(task).compile()
    run = record(net, task, sequences=5, horizon=20, seed=0)
    s = task.num_variables
    truth = found.truth(run, np.arange(s, s + 20))
    for k, t in enumerate(range(s + 1, s + 21)):
        np.testing.assert_allclose(truth[:, k], run.memory(t) @ found.reader.T * found.rate ** (s - t), atol=1e-9)
        moved = run.memory(s) @ found.reader.T @ np.linalg.matrix_power(found.phi.T, t - s) * found.rate ** (s - t)
        np.testing.assert_allclose(truth[:, k], moved, atol=1e-9)


@pytest.mark.parametrize(
    ("task", "reason"),
    [
        (fibonacci(), "values grow at several rates"),
        (autoregressive([2, -1]), "values grow like t"),
        (autoregressive(["1/2"]), "every eigenvalue is inside the unit circle"),
        (from_matrix([[0, 0, 0, 1], [0, 0, 0, 0]]), "every eigenvalue is 0"),
        (from_matrix([[-1, 1, 1, 1]], dim=1), "values grow at several rates"),
        (from_matrix([[-4, 4]], dim=1), "values grow like t ρ^t"),
        (from_matrix([[0, 3]], dim=1), None),
        (from_matrix([[6, 1]], dim=1), "values grow at several rates"),
    ],
    ids=repr,
)
def test_what_cannot_be_compared_says_why(task: LinearTask, reason: str | None):
    found = lasting_part(derive(task))
    if reason is None:
        assert isinstance(found, Lasting)
        assert found.rate == 3
        return
    assert isinstance(found, Absent)
    assert reason in found.reason


def test_a_fit_gets_as_many_sequences_as_there_are_directions_to_tell_apart():
    """States repeat with the order: further steps are no further states."""
    stays = lasting_part(derive(repeat_copy(1, 128)))
    assert isinstance(stays, Lasting)
    assert stays.order == 1
    assert [stays.sequences(size, 200) for size in (1, 128, 200, 999)] == [256, 256, 400, 512]
    goes_round = lasting_part(derive(from_rule(lambda u: [-u[3][0]], num_variables=3, dim=1)))
    assert isinstance(goes_round, Lasting)
    assert (goes_round.order, goes_round.sequences(6, 200)) == (6, 128)
