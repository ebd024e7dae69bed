"""Sign accuracy, by its definition."""

from typing import Any

import numpy as np
import pytest

from emt_theory.errors import InvalidOption
from emt_theory.tasks import Marks, accuracy
from emt_theory.tasks.accuracy import measure_outputs


def test_zero_and_nan_outputs_are_wrong_and_zero_targets_are_not_scored():
    outputs = [[[0.0, np.nan, 3.0, -2.0]]]
    targets = [[[1, 1, 0, -5]]]
    measured = accuracy(outputs, targets)
    assert measured.accuracy == 1 / 3
    assert measured.zeros == 1 / 3
    assert (measured.sequences, measured.sequences_right) == (1, 0)


def test_all_right_gives_clopper_pearson_on_sequences():
    from scipy.stats import binomtest

    u = np.ones((40, 3, 2), dtype=int)
    measured = accuracy(u * 0.5, u)
    interval = binomtest(40, 40).proportion_ci(confidence_level=0.95, method="exact")
    assert measured.accuracy_low == pytest.approx(interval.low, abs=1e-12)
    assert measured.accuracy_high == 1.0


def test_the_interval_is_over_sequences_and_not_over_signs():
    """Ten of a hundred sequences all wrong: the spread is that of 10 in 100 and not of 1,000 in 10,000."""
    targets = np.ones((100, 100, 1), dtype=int)
    outputs = np.where(np.arange(100)[:, None, None] < 10, -1.0, 1.0) * targets
    measured = accuracy(outputs, targets)
    assert measured.accuracy == pytest.approx(0.9)
    assert 0.04 < (measured.accuracy_high - measured.accuracy_low) / 2 < 0.08


def test_exact_targets_of_any_size_are_compared():
    targets = np.array([[[10**30], [-(10**30)]]], dtype=object)
    assert accuracy([[[1e30], [-1e30]]], targets).accuracy == 1


def test_nothing_to_score_is_an_error():
    with pytest.raises(InvalidOption, match="every target is 0"):
        accuracy([[[1.0]]], [[[0]]])
    with pytest.raises(InvalidOption, match="same shape"):
        accuracy([[[1.0]]], [[[1, 1]]])


@pytest.mark.parametrize("n", [1, 5, 50, 400])
def test_a_wrong_sign_never_raises_the_lower_end(n):
    targets = np.ones((n, 30, 2), dtype=int)
    ends = []
    for wrong in range(4):
        outputs = targets.astype(float)
        outputs[0, :wrong, 0] = -1
        ends.append(accuracy(outputs, targets).accuracy_low)
    assert ends == sorted(ends, reverse=True)
    assert accuracy(-1.0 * targets, targets).accuracy_high == pytest.approx(1 - 0.025 ** (1 / n))


def test_sequences_in_which_nothing_is_scored_do_not_count():
    targets = np.zeros((4, 3, 1), dtype=int)
    targets[2] = 1
    measured = accuracy(targets * 1.0, targets)
    assert (measured.sequences, measured.sequences_right) == (1, 1)
    assert measured.accuracy_low == pytest.approx(0.025)


def test_nothing_below_1_is_shown_as_1():
    targets = np.ones((1000, 200, 8), dtype=int)
    outputs = targets.astype(float)
    outputs[0, 0, 0] = -1
    assert str(accuracy(outputs, targets)).startswith("0.999999")


def marks(right: Any) -> Marks:
    right = np.asarray(right, dtype=bool)
    return Marks(right, np.ones_like(right))


def test_each_output_has_its_own_accuracy_and_all_intervals_hold_at_once():
    right = np.ones((400, 10, 4), dtype=bool)
    right[:, :, 1] = False
    right[:40, 0, 2] = False
    found = measure_outputs(marks(right))
    assert [one.output for one in found] == [0, 1, 2, 3]
    assert [one.accuracy for one in found] == [1, 0, 0.99, 1]
    perfect = (0.05 / 2 / 4) ** (1 / 400)
    assert found[0].low == found[3].low == perfect
    assert (found[1].low, found[1].high) == (0, pytest.approx(1 - perfect))
    assert found[2].low < 0.99 < found[2].high < 1
    assert found[2].low <= perfect


def test_what_is_never_scored_has_no_accuracy():
    counted = np.ones((5, 3, 2), dtype=bool)
    counted[:, :, 0] = False
    assert [one.output for one in measure_outputs(Marks(np.ones_like(counted), counted))] == [1]
    assert measure_outputs(Marks(np.ones_like(counted), np.zeros_like(counted))) == ()


def test_all_intervals_together_cover_as_often_as_they_say():
    """Six outputs, whose sequences are right with probability 0.9: in at least 36 of 40 samples all six intervals hold 0.9."""
    rng = np.random.default_rng(0)
    samples = [measure_outputs(marks(rng.random((300, 1, 6)) < 0.9)) for _ in range(40)]
    assert sum(all(one.low <= 0.9 <= one.high for one in sample) for sample in samples) >= 36
    alone = [measure_outputs(marks(rng.random((300, 1, 1)) < 0.9)) for _ in range(20)]
    widths = [np.mean([one.high - one.low for sample in many for one in sample]) for many in (samples, alone)]
    assert widths[0] > 1.2 * widths[1]
