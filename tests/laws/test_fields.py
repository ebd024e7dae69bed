"""P17 and P21 on affine tasks over every small field, where the theory over Q and the one over GF(2) meet, and what they do not apply to."""

from dataclasses import replace

import pytest
from hypothesis import given, settings

from emt_theory import derive
from emt_theory.errors import InvalidOption
from emt_theory.tasks import as_finite, parse
from emt_theory.testing import laws, strategies
from emt_theory.testing.laws.fields import FieldSubject


@settings(max_examples=40)
@given(strategies.affine_tasks())
def test_the_laws_hold_over_every_field(task):
    circuit = derive(task)
    found = laws.check_law("P21", circuit)
    assert found.status == "holds", str(found)
    assert laws.check_law("P17", circuit).status == ("holds" if circuit.reversible else "does not apply")


@settings(max_examples=30)
@given(strategies.selection_tasks(max_num_variables=3, max_dim=3))
def test_linear_tasks_asked_as_finite_ones(task):
    assert laws.check_law("P21", as_finite(task)).status == laws.check_law("P21", derive(task)).status == "holds"


@pytest.mark.parametrize(
    "changed",
    [
        {"F": ((1, 0),)}, {"constant": (1,)}, {"polynomial": (1, 0, 1)}, {"cycles": ((1, 4),)}, {"images": (4, 2)},
        {"dimension": (1, 2)}, {"dimension": (2, 3)}, {"solvable": True},
    ],
)  # fmt: skip
def test_each_number_is_looked_at(changed):
    subject = FieldSubject.of(parse("xor"))
    assert laws.check_law("P21", subject).status == "holds"
    assert laws.check_law("P21", replace(subject, **changed)).status == "broken"


def test_over_q_and_over_two_a_period_that_is_not_shared_is_seen():
    subject = FieldSubject.of(as_finite(parse("compose-copy", num_variables=2)))
    assert laws.check_law("P21", replace(subject, period=3)).evidence.endswith("claimed over GF(2)")


def test_the_strategy_reaches_the_hard_cases():
    seen = set()

    @settings(max_examples=60)
    @given(strategies.affine_tasks())
    def collect(task):
        field = derive(task).field()
        seen.update((field.p, f"s = {task.num_variables}", f"d = {task.dim}"))
        seen.update(["singular"] * (field.tail > 0) + ["constant"] * any(field.constant))
        seen.update(["power"] * any(d.exponent > 1 and not d.is_nilpotent for d in field.divisors))
        seen.update(["repeated"] * any(d.count > 1 for d in field.divisors))

    collect()
    assert {2, 3, 5, "s = 1", "s = 2", "d = 1", "d = 2", "singular", "constant", "power", "repeated"} <= seen


def test_what_they_do_not_apply_to():
    assert "affine over no field" in laws.check_law("P21", parse("majority")).evidence
    assert laws.check_law("P17", parse("xor", num_variables=5)).evidence == "F_1 is not invertible"
    assert laws.check_law("P21", parse("T1")).evidence == "more than 4096 states"
    assert laws.check_law("P17", parse("fibonacci")).evidence.startswith("fibonacci is no selection task")
    with pytest.raises(InvalidOption, match="got a str"):
        laws.check_law("P21", "xor")
