"""P19 and P20 on finite tasks of every shape, where the two theories of a selection meet, and what they do not apply to."""

from dataclasses import replace

import pytest
from hypothesis import given, settings

from emt_theory import derive
from emt_theory.errors import InvalidOption
from emt_theory.tasks import as_finite, parse
from emt_theory.testing import laws, strategies


@settings(max_examples=40)
@given(strategies.finite_tasks())
def test_the_laws_hold_for_every_kind_of_finite_task(task):
    for id in ("P19", "P20"):
        found = laws.check_law(id, derive(task))
        assert found.status == "holds", str(found)


@given(strategies.selection_tasks(max_num_variables=3, max_dim=3))
def test_linear_tasks_asked_as_finite_ones(task):
    assert laws.check_law("P20", as_finite(task)).status == laws.check_law("P20", derive(task)).status == "holds"


@pytest.mark.parametrize("changed", [{"lasting": 2}, {"loaded": 4}, {"with_constant": 3}, {"modes": ((1, 2), (3, 1))}])
def test_each_number_of_a_lift_is_looked_at(changed):
    from emt_theory.testing.laws.finite import FiniteSubject

    subject = FiniteSubject.of(parse("xor"))
    assert laws.check_law("P20", replace(subject, lift=replace(subject.lift, **changed))).status == "broken"


def test_the_strategy_reaches_the_hard_cases():
    seen = set()

    @settings(max_examples=60)
    @given(strategies.finite_tasks())
    def collect(task):
        circuit = derive(task)
        seen.update((str(circuit.kind), task.alphabet.size, f"s = {task.num_variables}", f"d = {task.dim}"))
        seen.update(
            ["constant"] * any(not rule.reads for rule in task.rules) + ["tail"] * (circuit.state_graph().tail > 2)
        )
        seen.update(["multiple"] * any(times > 1 for _, times in circuit.lift().modes))

    collect()
    wanted = {"selection", "affine", "finite", 2, 3, "s = 1", "s = 2", "d = 1", "d = 2", "constant", "tail", "multiple"}
    assert wanted <= seen


def test_what_they_do_not_apply_to():
    assert laws.check_law("P19", parse("fibonacci")).evidence.startswith("fibonacci is no selection task")
    assert laws.check_law("P20", parse("T1")).evidence == "more than 4096 states"
    with pytest.raises(InvalidOption, match="got a str"):
        laws.check_law("P19", "xor")
    with pytest.raises(InvalidOption, match="got a FiniteTask"):
        laws.check_law("P05", parse("xor"))
