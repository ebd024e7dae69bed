"""Whole variables compute component by component, in linear rules and in rules on symbols."""

import pytest

from emt_theory.errors import InvalidTask
from emt_theory.tasks import from_rule


def test_a_whole_variable_computes_component_by_component():
    task = from_rule(lambda u: -u[3] + u[1] / 2, num_variables=3, dim=2)
    assert task.equations() == ["u(t)[0] = -u(t-3)[0] + 1/2 u(t-1)[0]", "u(t)[1] = -u(t-3)[1] + 1/2 u(t-1)[1]"]
    assert from_rule(lambda u: [-u[3]], 3, 1).reads == ((1, 0, -1),)
    assert from_rule(lambda u: u[1] ^ u[2], 2, 3, alphabet=2) == from_rule(
        lambda u: [u[1][c] ^ u[2][c] for c in range(3)], 2, 3, alphabet=2
    )


def test_a_rule_may_have_other_inputs():
    assert from_rule(lambda u: [u[2][0]], 2, 1, inputs=(0, "1/2")).bound == 1 / 2


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (lambda u: [u[1] if u[2] else u[3]] * 2, r"u\[2\] has 2 components and no truth value of its own"),
        (lambda u: u[1] + (u[2][0],), "has 2 components, what it is combined with has 1"),
        (lambda u: [u[1], u[2]], "must be|linear"),
    ],
)
def test_what_is_no_single_number_is_refused(rule, message):
    for alphabet in (None, 2):
        with pytest.raises(InvalidTask, match=message):
            from_rule(rule, 3, 2, alphabet=alphabet)
