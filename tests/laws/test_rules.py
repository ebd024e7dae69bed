"""P22 to P25 on rules of every shape, and what they do not apply to."""

from dataclasses import replace

import pytest
from hypothesis import given, settings

from emt_theory import derive
from emt_theory.tasks import as_finite, compose_copy, modular_sum, parse, repeat_copy
from emt_theory.testing import laws, strategies
from emt_theory.testing.laws.rules import RULE_LAWS, RuleSubject


@settings(max_examples=8)
@given(strategies.finite_tasks(max_components=4))
def test_the_laws_hold_for_every_kind_of_rule(task):
    for law in RULE_LAWS:
        found = laws.check_law(law, derive(task), law.carriers[0])
        assert found, str(found)


@settings(max_examples=20)
@given(strategies.selection_tasks(max_num_variables=4, max_dim=2))
def test_a_linear_task_asked_as_a_finite_one_passes_p22_and_p07_decides(task):
    """P22 speaks of one step, at which a selection shows coordinates; P07 of all steps. Responses by walking agree with both."""
    subject = RuleSubject.of(as_finite(task))
    assert (subject.linear, subject.values) == (None, derive(task).exactness.linear)
    assert laws.check_law("P22", subject).status == "holds"
    assert laws.check_law("P22", replace(subject, values=not subject.values)).status == "broken"


@pytest.mark.parametrize(("task", "values"), [(repeat_copy(2, 2), True), (compose_copy(2), False)])
def test_what_p22_does_not_stand_against_p07_may(task, values):
    finite = derive(as_finite(task))
    assert finite.exactness.linear is RuleSubject.of(task).values is values
    assert bool(finite.exactness.schemes["linear"].exact) is values
    assert derive(parse("xor")).exactness.linear is False
    assert RuleSubject.of(parse("xor")).values is None


@pytest.mark.parametrize("scheme", ["threshold", "threshold-tanh"])
def test_a_users_own_network(scheme):
    task = parse("mux")
    net = derive(task).compile(scheme=scheme)
    law, kind = ("P23", "exact") if scheme == "threshold" else ("P24", "numpy")
    assert laws.check_law(law, (net, task), kind).status == "holds"
    assert laws.check_law(law, (derive(parse("majority")).compile(scheme=scheme), task), kind).status == "broken"


def test_each_claim_is_looked_at():
    rule = RuleSubject.of(parse("xor"))
    assert laws.check_law("P22", replace(rule, odd=None)).evidence.startswith("opposite memories have not always")
    assert laws.check_law("P22", replace(RuleSubject.of(parse("xor:lags=2")), linear=rule.linear)).status == "broken"
    assert laws.check_law("P24", replace(rule, margin=replace(rule.margin, magnitude=1)), "numpy").status == "broken"


def test_what_they_do_not_apply_to():
    numbers = modular_sum(3, code="numbers")
    assert laws.check_law("P23", numbers).evidence == "it shows numbers, not ±1"
    assert laws.check_law("P24", numbers, "numpy").evidence == "no margin at beta = 8"
    assert laws.check_law("P25", numbers).status == laws.check_law("P22", numbers).status == "holds"
    assert laws.check_law("P22", parse("xor:lags=9")).evidence == "more than 256 states"
