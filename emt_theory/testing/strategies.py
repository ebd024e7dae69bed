"""Hypothesis strategies for tasks.

They are drawn so that the hard cases come up often: s = 1, d = 1, outputs that read the same component (nilpotent parts), repeated cycles
(repeated eigenvalues), entries that are no integers, F_1 = 0 (a singular Φ), and zero rows.

>>> from hypothesis import find
>>> find(tasks(), lambda task: task.components > 3 and not task.is_selection).components
4
"""

from __future__ import annotations

from fractions import Fraction

from hypothesis import strategies as st

from emt_theory.rationals import RationalMatrix
from emt_theory.tasks import Read, Task


def selection_tasks(max_num_variables: int = 5, max_dim: int = 5) -> st.SearchStrategy[Task]:
    """Selection tasks: each output reads any stored component with any sign.

    Args:
        max_num_variables: the largest s.
        max_dim: the largest d.
    """

    def of_size(size: tuple[int, int]) -> st.SearchStrategy[Task]:
        s, d = size
        read = st.builds(Read, st.integers(1, s), st.integers(0, d - 1), st.sampled_from((1, -1)))
        return st.tuples(*[read] * d).map(lambda reads: Task("selection", s, d, reads))

    return st.tuples(st.integers(1, max_num_variables), st.integers(1, max_dim)).flatmap(of_size)


def linear_tasks(max_num_variables: int = 4, max_dim: int = 3, max_denominator: int = 4) -> st.SearchStrategy[Task]:
    """Tasks with any rational F, often sparse, small integers and fractions p/q.

    Args:
        max_num_variables: the largest s.
        max_dim: the largest d.
        max_denominator: the largest q; 1 for integer entries.
    """
    entry = st.one_of(
        st.just(Fraction(0)),
        st.sampled_from((Fraction(1), Fraction(-1))),
        st.fractions(-3, 3, max_denominator=max_denominator),
    )

    def of_size(size: tuple[int, int]) -> st.SearchStrategy[Task]:
        s, d = size
        rows = st.lists(st.lists(entry, min_size=s * d, max_size=s * d), min_size=d, max_size=d)
        return rows.map(lambda table: Task("linear", s, d, RationalMatrix.from_rows(table)))

    return st.tuples(st.integers(1, max_num_variables), st.integers(1, max_dim)).flatmap(of_size)


def tasks() -> st.SearchStrategy[Task]:
    """Linear tasks over Q of every kind: selections and general ones."""
    return st.one_of(selection_tasks(), linear_tasks())
