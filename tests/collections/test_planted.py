"""Every planted circuit is proved right for all t, and is right where it is run."""

from collections import Counter

import pytest

from emt_theory.circuits import certify
from emt_theory.evidence.behaviour import measure_behaviour
from tests.collections.planted import PLANTED


def hold(entry):
    net = entry.network()
    judged = certify(net, entry.task)
    measured = measure_behaviour(net, entry.task, sequences=16, horizon=60)
    return judged.exact_for is not None and measured.accuracy == 1.0


def test_names_are_unique_and_families_are_there():
    assert len({entry.name for entry in PLANTED}) == len(PLANTED) >= 129
    assert min(Counter(entry.family for entry in PLANTED).values()) >= 7
    assert not any(entry.caught_by for entry in PLANTED)


def test_a_sample_is_proved_and_right():
    small = [entry for entry in PLANTED if entry.task.components <= 16][::5]
    assert {entry.family for entry in small} >= {"tanh", "saturating", "gated", "linear", "gru", "lstm"}
    assert [entry.name for entry in small if not hold(entry)] == []


@pytest.mark.slow
@pytest.mark.parametrize("entry", PLANTED, ids=str)
def test_every_one_is_proved_and_right(entry):
    assert hold(entry)
