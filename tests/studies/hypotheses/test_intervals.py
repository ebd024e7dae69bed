"""Every interval covers, by exact sums where there are finitely many cases, else by simulation; what does not is seen by the same sums."""

from math import comb, inf, log

import numpy as np
import pytest
from scipy import stats
from scipy.special import betaln

from emt_theory.studies.hypotheses.intervals import (
    BETTING,
    BOOTSTRAP_MEAN,
    CLOPPER_PEARSON,
    CLUSTERED_SHARE,
    ESTIMATORS,
    ORDER_STATISTICS,
    Estimator,
    betting,
    wealth,
)

SHARES = (0.03, 0.5, 0.8, 0.95)


def zeros_and_ones(right, total):
    return np.repeat([1.0, 0.0], [right, total - right])


def rejections(interval, p, total):
    """The probabilities that the lower end is above p, and the upper one below it; exact, for a share of independent networks."""
    ends = [interval(zeros_and_ones(right, total), 0.95) for right in range(total + 1)]
    probabilities = [comb(total, right) * p**right * (1 - p) ** (total - right) for right in range(total + 1)]
    return (
        sum(q for q, (low, _) in zip(probabilities, ends, strict=True) if low > p),
        sum(q for q, (_, high) in zip(probabilities, ends, strict=True) if high < p),
    )


def wald(values, confidence):
    """The textbook's interval, which does not cover."""
    reach = stats.norm.ppf((1 + confidence) / 2) * np.sqrt(values.mean() * (1 - values.mean()) / len(values))
    return values.mean() - reach, values.mean() + reach


def simulated(estimator, draw, mean, samples=200):
    """How often each end misses."""
    rng, low, high = np.random.default_rng(0), 0, 0
    for _ in range(samples):
        ends = estimator.interval(draw(rng), 0.95)
        low, high = low + (ends[0] > mean), high + (ends[1] < mean)
    return low / samples, high / samples


@pytest.mark.parametrize("total", [1, 7, 20, 72])
def test_clopper_pearson_by_beta_quantiles_is_the_direct_binomial_sum(total):
    for right in range(total + 1):
        low, high = CLOPPER_PEARSON.interval(zeros_and_ones(right, total), 0.9)
        at_least = sum(comb(total, k) * low**k * (1 - low) ** (total - k) for k in range(right, total + 1))
        at_most = sum(comb(total, k) * high**k * (1 - high) ** (total - k) for k in range(right + 1))
        assert (low == 0) if right == 0 else (at_least == pytest.approx(0.05, rel=1e-9))
        assert (high == 1) if right == total else (at_most == pytest.approx(0.05, rel=1e-9))


@pytest.mark.parametrize("p", SHARES)
@pytest.mark.parametrize("total", [5, 30])
def test_shares_of_independent_networks_are_covered(p, total):
    for estimator in (CLOPPER_PEARSON, BETTING):
        assert max(rejections(estimator.interval, p, total)) <= 0.025, estimator


def test_saboteur_the_textbooks_interval_is_seen():
    assert max(max(rejections(wald, p, 20)) for p in SHARES) > 0.1


def ever(decides, p, steps):
    """The probability that it decides at some time, exact: by the number of ones, step by step."""
    running, decided = np.array([1.0]), 0.0
    for total in range(1, steps + 1):
        running = np.append(running * (1 - p), 0.0) + np.append(0.0, running * p)
        for right in range(total + 1):
            if running[right] > 0 and decides(right, total):
                decided, running[right] = decided + running[right], 0.0
    return decided


@pytest.mark.parametrize("p", [0.5, 0.8])
def test_betting_never_exceeds_its_level_at_any_time(p):
    for side in (0, 1):  # against a share that is too small, and too large

        def decides(right, total, side=side):
            values = zeros_and_ones(total - right if side else right, total)
            return wealth(values, 1 - p if side else p) >= log(2 / 0.05)

        assert 0 < ever(decides, p, 40) <= 0.025


def test_saboteur_a_fixed_interval_that_is_looked_at_again_and_again_is_seen():
    def decides(right, total):
        return CLOPPER_PEARSON.interval(zeros_and_ones(right, total), 0.95)[0] >= 0.5

    assert ever(decides, 0.5, 60) > 0.05


def test_betting_covers_means_of_clusters_at_every_time():
    rng, missed = np.random.default_rng(1), 0
    for _ in range(80):
        values = rng.binomial(4, rng.beta(1.6, 0.4, size=30)) / 4  # mean 0.8
        missed += any(
            wealth(values[:k], 0.8) >= log(40) or wealth(1 - values[:k], 0.2) >= log(40) for k in range(1, 31)
        )
    assert missed / 80 <= 0.05


@pytest.mark.parametrize(
    ("ones", "zeros", "p"), [(9, 0, 0.5), (50, 3, 0.8), (0, 4, 0.1), (700, 90, 0.9), (5000, 10, 0.99)]
)
def test_the_quadrature_is_the_closed_form(ones, zeros, p):
    closed = (
        betaln(ones + 1, zeros + 1)
        + stats.beta.logsf(p, ones + 1, zeros + 1)
        - (zeros + 1) * np.log1p(-p)
        - ones * np.log(p)
    )
    assert wealth(zeros_and_ones(ones, ones + zeros), p) == pytest.approx(closed, rel=1e-9, abs=1e-9)


def test_what_is_ruled_out_is_what_lies_below_the_lower_end():
    values = zeros_and_ones(40, 50)
    low, high = betting(values, 0.95)
    assert wealth(values, low - 1e-6) > log(40) > wealth(values, low + 1e-6)
    assert wealth(1 - values, 1 - high - 1e-6) > log(40) > wealth(1 - values, 1 - high + 1e-6)
    assert betting(np.zeros(3), 0.95)[0] == 0


@pytest.mark.parametrize("total", [6, 9, 20])
def test_order_statistics_cover_a_median_exactly(total):
    """On 0 … k−1 the ends are r − 1 and k − r; the median is below the r-th smallest where fewer than r are below it."""
    low, high = ORDER_STATISTICS.interval(np.random.default_rng(0).permutation(total).astype(float), 0.95)
    fewer, one_more = (sum(comb(total, k) for k in range(r)) / 2**total for r in (int(low) + 1, int(low) + 2))
    assert fewer <= 0.025 < one_more
    assert high == total - 1 - low


def test_too_few_for_a_median():
    assert ORDER_STATISTICS.interval(np.arange(5.0), 0.95) == (-inf, inf)


def test_the_bootstrap_covers_means():
    for draw, mean in (
        (lambda rng: rng.normal(size=12), 0.0),
        (lambda rng: -rng.exponential(size=40), -1.0),
    ):
        assert max(simulated(BOOTSTRAP_MEAN, draw, mean)) <= 0.05


def test_the_bootstrap_is_students_where_that_is_right():
    values = np.random.default_rng(0).normal(3, 2, size=200)
    right = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    assert BOOTSTRAP_MEAN.interval(values, 0.95) == pytest.approx((right.low, right.high), abs=0.04)


@pytest.mark.parametrize("alike", [0.3, 1.0, 5.0])
def test_shares_of_clusters_are_covered(alike):
    """Tasks with five networks each, whose shares are beta-distributed about 0.8: the more alike, the more a task's networks depend."""

    def draw(rng):
        return rng.binomial(5, rng.beta(0.8 * alike, 0.2 * alike, size=30)) / 5

    assert max(simulated(CLUSTERED_SHARE, draw, 0.8)) <= 0.05


def test_saboteur_networks_of_one_task_that_are_taken_for_independent_are_seen():
    def interval(values, confidence):
        return CLOPPER_PEARSON.interval(zeros_and_ones(round(5 * values.sum()), 5 * len(values)), confidence)

    naive = Estimator("naive", np.mean, interval)

    def draw(rng):
        return rng.binomial(5, rng.beta(0.24, 0.06, size=30)) / 5

    assert max(simulated(naive, draw, 0.8)) > 0.1


def test_clusters_that_are_all_right_prove_no_more_than_their_number():
    assert CLUSTERED_SHARE.interval(np.ones(20), 0.95) == pytest.approx((0.025 ** (1 / 20), 1.0))
    assert CLUSTERED_SHARE.interval(np.zeros(20), 0.95) == pytest.approx((0.0, 1 - 0.025 ** (1 / 20)))
    one_fails = np.append(np.ones(19), 0.8)
    assert CLUSTERED_SHARE.interval(one_fails, 0.95)[0] <= 0.025 ** (1 / 20)


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=str)
def test_every_interval_holds_its_estimate_and_grows_with_confidence(estimator):
    values = np.random.default_rng(2).choice([0.0, 1.0], size=40, p=[0.3, 0.7])
    low, high = estimator.interval(values, 0.95)
    wider = estimator.interval(values, 0.999)
    assert wider[0] <= low <= estimator.estimate(values) <= high <= wider[1]
    assert estimator.estimate(values) == pytest.approx(
        np.median(values) if "order" in estimator.name else values.mean()
    )
