"""P22 to P25 on rules of every shape, and what they do not apply to."""

from dataclasses import replace

import pytest
from hypothesis import given, settings

from emt_theory import derive
from emt_theory.tasks import modular_sum, parse
from emt_theory.testing import laws, strategies
from emt_theory.testing.laws.rules import RULE_LAWS, RuleSubject


@settings(max_examples=8)
@given(strategies.finite_tasks(max_components=4))
def test_the_laws_hold_for_every_kind_of_rule(task):
    for law in RULE_LAWS:
        found = laws.check_law(law, derive(task), law.carriers[0])
        assert found, str(found)


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
