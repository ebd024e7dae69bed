r"""How sure a share, a mean or a median is that independent units show.

A unit is what is drawn at random: a task with its networks, or a seed with its networks. Networks of one unit may
depend on each other; so each unit has one value, the average over its networks, and the interval is about the average
over units. With 1 − α the confidence and x_1 … x_k the values:

    Clopper–Pearson   each x is 0 or 1: all p that do not reject the number of ones with α/2 on either side; exact
    bootstrap         any x: the quantiles of (mean* − mean)/error* over draws of k units with replacement (bootstrap-t)
    order statistics  any x: the r-th smallest and largest, P(Bin(k, ½) < r) ≤ α/2; exact, and about the median
    betting           x in [0, 1]: holds at every k at once, so one may look after every unit, and stop

**Betting.** Somebody who does not believe that the mean is at most p stakes a part v of what he has on every unit, so
that x multiplies it by 1 + v(x/p − 1): on average by no more than 1 if he is wrong. With v spread evenly over [0, 1] he
has

    M_k(p) = ∫₀¹ Π_i (1 + v (x_i/p − 1)) dv,

which never reaches 2/α with probability 1 − α/2 (Ville). All p with M_k(p) ≥ 2/α are ruled out, and M_k falls with p,
so that the rest is an interval. The integrand is a polynomial in v, which Gauss–Legendre integrates exactly. Where each
x is 0 or 1 this is the mixture ∫_p^1 q^S (1−q)^(k−S) dq / ((1−p) p^S (1−p)^(k−S)) of Robbins. The upper end is the
lower one of 1 − x.

>>> [round(end, 4) for end in CLOPPER_PEARSON.interval(np.ones(72), 0.95)], BETTING.interval(np.ones(105), 0.95)[0] > 0.95
([0.9501, 1.0], True)

Source: Clopper & Pearson, Biometrika 26 (1934); Efron & Tibshirani, An Introduction to the Bootstrap, section 12.5;
Ville, Étude critique de la notion de collectif (1939); Robbins, Ann. Math. Statist. 41 (1970); Waudby-Smith & Ramdas,
J. R. Stat. Soc. B 86 (2024), section 4.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from math import ceil, inf, log, log2

import numpy as np
from scipy.special import logsumexp, roots_legendre

from emt_theory.evidence.resampling import clopper_pearson, draw_counts
from emt_theory.ground.arrays import Array
from emt_theory.ground.json import Record

Interval = tuple[float, float]

_FEWEST_UNITS = 10
"""Of a bootstrap: with fewer, draws are all alike."""
_DRAWS, _BEYOND = 2000, 20
"""Draws of a bootstrap, and how many lie beyond each end at least."""
_MOST_NODES = 2048
_SMALLEST = 1e-12


@dataclass(frozen=True)
class Estimator(Record):
    """A way from the values of units to an estimate and an interval.

    Attributes:
        name: what it is called.
        estimate: of the values, shape (k,).
        interval: the same with a confidence.
        fewest: with how many units it is asked at least.
    """

    JSON = ("name",)

    name: str
    estimate: Callable[[Array], float]
    interval: Callable[[Array, float], Interval]
    fewest: int = 1

    def __str__(self) -> str:
        return self.name


def exact_share(values: Array, confidence: float) -> Interval:
    """Clopper–Pearson's interval; each value 0 or 1."""
    return clopper_pearson(int(values.sum()), len(values), confidence)


def clustered_share(values: Array, confidence: float) -> Interval:
    """The bootstrap's for values in [0, 1].

    A unit with a failure may never raise the lower end: it is at most what Clopper–Pearson has for units that are all
    1, which is right for any values in [0, 1], because P(all are 1) ≤ p^k. So for the upper end.
    """
    low, high = bootstrap_mean(values, confidence)
    all_right = ((1 - confidence) / 2) ** (1 / len(values))
    return max(0.0, min(low, all_right)), min(1.0, max(high, 1 - all_right))


def bootstrap_mean(values: Array, confidence: float) -> Interval:
    """The bootstrap-t interval of a mean; all numbers where there are fewer than two values, or one is not finite."""
    k, tail = len(values), (1 - confidence) / 2
    if k < 2 or not np.isfinite(values).all():
        return -inf, inf
    mean, error = float(values.mean()), float(values.std(ddof=1) / np.sqrt(k))
    if not error:
        return mean, mean
    counts = draw_counts(k, max(_DRAWS, ceil(_BEYOND / tail)), seed=0)
    moved = counts @ (values - mean) / k  # mean* − mean
    spread = np.sqrt(np.maximum(0, counts @ (values - mean) ** 2 / k - moved**2) / (k - 1))
    with np.errstate(
        divide="ignore", invalid="ignore"
    ):  # a draw of equal values lies beyond every quantile, on its side
        ratios = np.where(moved == 0, 0.0, moved / spread)
    below, above = np.quantile(ratios, [tail, 1 - tail], method="inverted_cdf")
    return mean - float(above) * error, mean - float(below) * error


def order_statistics(values: Array, confidence: float) -> Interval:
    """The interval of a median between two order statistics; all numbers where there are too few of them."""
    from scipy.stats import binom

    ordered = np.sort(values)
    r = int(
        binom.ppf((1 - confidence) / 2, len(values), 0.5)
    )  # the smallest r with P(Bin ≤ r) ≥ α/2, so P(Bin < r) < α/2
    return (float(ordered[r - 1]), float(ordered[-r])) if r else (-inf, inf)


def betting(values: Array, confidence: float) -> Interval:
    """The interval that holds at every k at once; values in [0, 1]."""
    needed = log(2 / (1 - confidence))
    return _lowest(values, needed), 1 - _lowest(1 - values, needed)


def wealth(values: Array, p: float) -> float:
    """log M_k(p): what betting against a mean of at most p has made of 1; see the module."""
    return _wealth(values)(p)


def _wealth(values: Array) -> Callable[[float], float]:
    """`wealth` of these values, as a function of p; equal ones multiply alike."""
    different, times = np.unique(values, return_counts=True)
    stakes, weights = _nodes(min(_MOST_NODES, 2 ** ceil(log2(len(values) / 2 + 1))))

    def of(p: float) -> float:
        return float(logsumexp(times @ np.log1p(stakes * (different[:, None] / p - 1)), b=weights))

    return of


def _lowest(values: Array, needed: float) -> float:
    """The p at which betting has come to what is needed; 0 where it has nowhere."""
    from scipy.optimize import brentq

    of = _wealth(values)
    if of(_SMALLEST) < needed:
        return 0.0
    # In log p: M falls by orders of magnitude near 0.
    return float(np.exp(brentq(lambda x: of(float(np.exp(x))) - needed, log(_SMALLEST), 0.0, xtol=1e-13)))


@cache
def _nodes(count: int) -> tuple[Array, Array]:
    """Gauss–Legendre's nodes and weights on [0, 1]: exact for polynomials of degree 2·count − 1."""
    places, weights = roots_legendre(count)
    return (places + 1) / 2, weights / 2


def _mean(values: Array) -> float:
    return float(values.mean())


def _median(values: Array) -> float:
    return float(np.median(values))


CLOPPER_PEARSON = Estimator("Clopper–Pearson", _mean, exact_share)
CLUSTERED_SHARE = Estimator("bootstrap over units", _mean, clustered_share, _FEWEST_UNITS)
BETTING = Estimator("betting, at any time", _mean, betting)
BOOTSTRAP_MEAN = Estimator("bootstrap", _mean, bootstrap_mean, _FEWEST_UNITS)
ORDER_STATISTICS = Estimator("order statistics", _median, order_statistics)

ESTIMATORS = (CLOPPER_PEARSON, CLUSTERED_SHARE, BETTING, BOOTSTRAP_MEAN, ORDER_STATISTICS)
"""All there are."""
