"""Φ does to the stacked past what the recurrence says."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from emt_theory.exact import companion, injection
from emt_theory.rationals import RationalMatrix
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
