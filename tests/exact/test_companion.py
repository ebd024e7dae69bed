"""Φ does to the stacked past what the recurrence says."""

from fractions import Fraction

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from emt_theory.exact import block_toeplitz, companion, impulse_responses, injection, loaded_memory
from emt_theory.ground.rationals import RationalMatrix
from emt_theory.testing import strategies


@given(strategies.tasks(), st.data())
def test_phi_shifts_and_writes(task, data):
    d, n = task.dim, task.components
    past = data.draw(st.lists(st.fractions(-2, 2, max_denominator=3), min_size=n, max_size=n))
    written = [sum(Fraction(task.matrix[i, j].p, task.matrix[i, j].q) * past[j] for j in range(n)) for i in range(d)]
    assert companion(task.F, d).apply(past) == past[d:] + written


def test_injections_partition_the_identity():
    blocks = [injection(k, num_variables=3, dim=2) for k in (1, 2, 3)]
    summed = [entry for E in blocks for entry in E @ E.T]
    assert RationalMatrix.from_entries((6, 6), summed) == RationalMatrix.identity(6)


def law_of_the_toeplitz_factor(block_toeplitz, phases=tuple(Phase)):
    @settings(max_examples=30, phases=phases)
    @given(strategies.tasks())
    def law(task):
        power = companion(task.F, task.dim).to_flint() ** task.num_variables
        assert (loaded_memory(task.F, task.dim) @ block_toeplitz(task.F, task.dim)).to_flint() == power

    return law


def test_phi_to_the_s_is_load_times_toeplitz():
    law_of_the_toeplitz_factor(block_toeplitz)()


def test_saboteur_toeplitz_transposed():
    with pytest.raises(AssertionError):
        law_of_the_toeplitz_factor(lambda F, d: block_toeplitz(F, d).T, (Phase.generate,))()


@settings(max_examples=30)
@given(strategies.tasks())
def test_impulse_responses_by_powers_of_phi(task):
    newest = injection(task.num_variables, task.num_variables, task.dim)
    moved, phi = newest, companion(task.F, task.dim)
    for response in impulse_responses(task.F, task.dim, task.num_variables + 2):
        assert response == newest.T @ moved
        moved = phi @ moved
