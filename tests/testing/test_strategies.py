"""The strategies reach the hard cases."""

import pytest
from hypothesis import HealthCheck, find, settings

from emt_theory import derive
from emt_theory.testing import strategies

HARD = {
    "s = 1": lambda task: task.num_variables == 1 and task.dim > 1,
    "d = 1": lambda task: task.dim == 1 and task.num_variables > 1,
    "nilpotent": lambda task: derive(task).spectrum().zero > 1,
    "repeated eigenvalues": lambda task: any(f.multiplicity > 1 and f.order for f in derive(task).spectrum().factors),
    "rational entries": lambda task: any(value.denominator > 1 for _, _, value in task.F),
    "F_1 = 0": lambda task: task.F.entries and not task.F.columns(0, task.dim).entries,
    "linearly solvable with two blocks": lambda task: (
        derive(task).exactness.linear
        and task.num_variables > 1
        and bool(task.F.columns(task.dim, task.components).entries)
    ),
    "not a selection": lambda task: not task.is_selection,
}


@pytest.mark.parametrize("case", HARD)
def test_hard_cases_are_reached(case):
    found = find(
        strategies.tasks(),
        HARD[case],
        settings=settings(max_examples=2000, database=None, suppress_health_check=list(HealthCheck)),
    )
    assert HARD[case](found)
