"""P27 on trained and compiled networks, what it does not apply to, and what breaks it."""

from dataclasses import replace

import numpy as np
import pytest

from emt_theory.tasks import from_rule, modular_sum, parse, repeat_copy, xor
from emt_theory.testing import laws
from emt_theory.testing.laws.orbits import OrbitSubject

TASKS = [
    xor(),
    modular_sum(3),
    repeat_copy(2, 2),
    from_rule(lambda u: [u[2][0] & u[1][0]], num_variables=2, dim=1, alphabet=2),
]


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_compiled_networks_keep_to_their_balls(task):
    assert laws.check_law("P27", task, "numpy").status == "holds"


@pytest.mark.parametrize(
    ("claim", "value", "reason"),
    [
        ("radius", "1", "that was within 1 is|a wrong symbol|is claimed"),
        ("tolerance", "1", "and 1 is claimed"),
        ("centres", None, "a wrong symbol is shown|off"),
    ],
)
def test_other_claims_break_it(claim, value, reason):
    subject = OrbitSubject.of(xor())
    changed = [[0] * len(row) for row in subject.claims["centres"]] if value is None else value
    found = laws.check_law("P27", replace(subject, claims={**subject.claims, claim: changed}), "numpy")
    assert found.status == "broken"
    assert np.any([part in str(found) for part in reason.split("|")]), found


def test_it_says_what_it_does_not_apply_to():
    assert laws.check_law("P27", parse("T2"), "numpy").status == "does not apply"
    assert laws.check_law("P27", modular_sum(3, code="numbers"), "numpy").status == "does not apply"
