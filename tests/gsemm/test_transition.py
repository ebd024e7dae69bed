"""Where LISEM leaves a memory and how long it dwells: formulas, iterations, and orbits of the whole model."""

import math

import numpy as np
import pytest
from scipy.linalg import hadamard

from emt_theory.errors import InvalidOption
from emt_theory.gsemm import Model
from emt_theory.gsemm.dense import rest_weights
from emt_theory.gsemm.dwell import ORDER_LIMIT, dwell_time, turning_point, two_memory_dwell_time
from emt_theory.gsemm.experiments.linear_transition import linear_model
from emt_theory.gsemm.patterns import cycles, orthogonal_memories
from emt_theory.gsemm.recall import RecallKind
from emt_theory.gsemm.simulate import simulate
from emt_theory.gsemm.transition import critical_ratio, exact_critical_ratio


def rest_by_iteration(model):
    """The state at rest in memory 0: V_f ← √α_s Ξ σ_h with the delay settled; None if the iteration leaves the memory."""
    Xi = model.memories
    V = model.alpha_s * Xi[:, 0] * len(Xi)
    for _ in range(100_000):
        m = Xi.T @ np.tanh(model.feature.gain * V) / len(Xi)
        if m[1] > m[0] - 0.05:
            return None
        new = Xi @ (model.bracket @ m) * len(Xi)
        if np.abs(new - V).max() < 1e-11 * len(Xi):
            return new
        V = new
    raise AssertionError("the iteration came to no end")


def fold_by_bisection(gain, length):
    rests, moves = 0.0, 1.2
    while moves - rests > 1e-4:
        middle = (rests + moves) / 2
        rests, moves = (
            (middle, moves)
            if rest_by_iteration(linear_model(middle, gain, length, features=2**length)) is not None
            else (rests, middle)
        )
    return rests


def test_the_two_memory_formula():
    for gain, ratio in ((4.5, 0.62), (5.8, 0.685), (23, 0.893), (205, 0.983)):
        assert critical_ratio(gain) == pytest.approx(ratio, abs=2e-3)
        x = np.linspace(1e-3, 20, 200_001)
        assert critical_ratio(gain) == pytest.approx(np.max(2 * (np.tanh(x) - x / gain) / (1 + np.tanh(x))), abs=1e-8)
    for gain in (1e3, 1e5, 1e7):
        assert critical_ratio(gain) == pytest.approx(1 - (1 + math.log(2 * gain)) / (2 * gain), rel=1e-2 / gain)


@pytest.mark.parametrize(("gain", "length"), [(2.0, 3), (5.8, 3), (5.8, 5), (23.0, 4)])
def test_with_a_slaved_delay_the_exact_ratio_is_the_fold(gain, length):
    assert exact_critical_ratio(gain, length, slowness=0) == pytest.approx(fold_by_bisection(gain, length), abs=2e-4)


@pytest.mark.parametrize(
    ("gain", "length", "slowness"), [(4.5, 3, 10.0), (4.5, 3, 1.0), pytest.param(5.8, 4, 10.0, marks=pytest.mark.slow)]
)
def test_a_state_at_rest_is_stable_up_to_the_exact_ratio_and_not_above(gain, length, slowness):
    border = exact_critical_ratio(gain, length, slowness)
    for ratio, stays in ((0.9985 * border, True), (1.0015 * border, False)):
        model = linear_model(ratio, gain, length, T_d=slowness, features=2**length)
        rest = rest_by_iteration(model)
        start = 1.001 * (rest if rest is not None else model.memories[:, 0] * gain)
        delay = np.tanh(model.feature.gain * start)
        found = simulate(model, start, 100 * max(slowness, 5.0), delay=delay).recall()
        assert (found.outcome is RecallKind.STAYS) == stays
        assert (
            found.outcome is not RecallKind.SEQUENCE or slowness > 1
        )  # with a fast delay it moves on, but to no other memory


def test_a_slow_delay_takes_the_memory_away_before_it_ends():
    ratios = [exact_critical_ratio(4.5, 3, slowness) for slowness in (0, 1, 10, 100)]
    assert ratios[0] == pytest.approx(ratios[1], abs=1e-5)  # T_d < T_f (2 − r)/r = 2.3 T_f: a fold
    assert ratios[1] > ratios[2] + 3e-3 > ratios[3] + 3e-3
    assert max(ratios) < critical_ratio(4.5)


def test_only_the_product_of_features_and_gain_counts():
    few, many = (linear_model(1.2, 23, 3, T_d=8, features=N) for N in (8, 64))
    cues = [model.memories[:, 0] / model.feature.gain for model in (few, many)]
    orbits = [simulate(model, cue, 40, tolerance=1e-8) for model, cue in zip((few, many), cues, strict=True)]
    assert np.abs(orbits[0].overlaps - orbits[1].overlaps).max() < 1e-4


def paley():
    """A Hadamard matrix of order 12, which is no power of 2."""
    squares = {x * x % 11 for x in range(1, 11)}
    chi = [0, *(1 if x in squares else -1 for x in range(1, 11))]
    H = np.ones((12, 12))
    H[1:, 1:] = [[chi[(i - j) % 11] - (i == j) for j in range(11)] for i in range(11)]
    assert np.array_equal(H @ H.T, 12 * np.eye(12))
    return H


def test_three_orthogonal_memories_are_enough_and_four_are_not():
    def overlaps(memories, length):
        gain = 23 / len(memories)
        model = Model.lisem(memories, cycles(length), gain, T_d=8.0, alpha_c=1.3)
        return simulate(model, memories[:, 0] / gain, 40.0, tolerance=1e-8).overlaps

    expected = overlaps(orthogonal_memories(8, 3), 3)
    product = hadamard(4)[:, 1:].astype(float)  # the third is the product of the others
    assert np.abs(overlaps(product, 3) - expected).max() < 1e-4
    assert np.abs(overlaps(paley()[:, 3:6], 3) - expected).max() < 1e-4
    four = hadamard(8)[:, [1, 2, 4, 7]].astype(float)  # the fourth is the product of the others
    assert np.array_equal(four.T @ four, 8 * np.eye(4))
    assert np.abs(overlaps(four, 4) - overlaps(orthogonal_memories(16, 4), 4)).max() > 0.1


def test_the_ratio_is_that_of_theory_also_for_other_strengths():
    """r = √α_s α_c β / α_s. The authors' code has α_c for √α_s α_c: with α_s = 4 it would be half of it."""
    memories, gain = orthogonal_memories(8, 3), 23.0
    border = exact_critical_ratio(gain, 3, 10.0)
    for factor, outcome in ((0.97, RecallKind.STAYS), (1.05, RecallKind.SEQUENCE)):
        strengths = {"alpha_s": 4.0, "alpha_c": 2 * factor * border / 0.7, "delay_gain": 0.7}
        model = Model.lisem(memories, cycles(3), gain / (4 * 8), T_d=10.0, **strengths)
        assert simulate(model, memories[:, 0], 300.0).recall().outcome is outcome


def test_dwell_times():
    assert turning_point(math.inf) == 1
    for gain in (5.0, 23.0, 205.0):
        x = np.linspace(0, 10, 100_001)
        assert turning_point(gain) == pytest.approx(np.max((1 + 3 * np.tanh(x)) / 4 - x / gain), abs=1e-8)
    for ratio in (1.01, 1.5, 2.0):
        epsilon = math.exp(-dwell_time(ratio))
        d = [epsilon**j * (1 - epsilon) / (1 - epsilon**3) for j in range(3)]
        assert ratio * (d[0] + d[2] - d[1]) == pytest.approx(1)
        pair = math.exp(-two_memory_dwell_time(ratio))
        assert ratio * (1 - pair) ** 2 == pytest.approx(1)
    epsilon = math.exp(-dwell_time(math.nextafter(ORDER_LIMIT, 0)))
    assert ORDER_LIMIT * epsilon**2 * (1 - epsilon) / (1 - epsilon**3) == pytest.approx(0.25)


def test_two_memories_are_an_upper_bound_of_large_gains_only():
    assert critical_ratio(1.2) == pytest.approx(0.0676, abs=1e-4)
    assert exact_critical_ratio(1.2, length=3, slowness=10) == pytest.approx(0.0895, abs=1e-4)
    for gain in (3.0, 4.5):
        assert exact_critical_ratio(gain, length=3, slowness=0) < critical_ratio(gain)


def test_weights_that_do_not_come_to_rest_are_named(monkeypatch):
    monkeypatch.setattr("emt_theory.gsemm.dense._ROUNDS", 3)
    with pytest.raises(InvalidOption, match="neither comes to rest nor is left in 3 rounds"):
        rest_weights(Model.dsem(orthogonal_memories(16, 3), cycles(3), 0.3, alpha_c=0.5), 0)


def test_dense_models_rest_where_the_margin_says_and_where_softmax_leaks_too_little():
    memories = orthogonal_memories(16, 3)
    for ratio in (0.5, 0.7, 1.2, 2.0):
        sharp = rest_weights(Model.dsem(memories, cycles(3), 10.0, alpha_c=ratio), 1)
        assert (int(sharp.argmax()) == 1) == (ratio < 1)
    soft = Model.dsem(memories, cycles(3), 0.2, alpha_c=0.9)  # sharp, it would rest
    assert rest_weights(soft, 0).argmax() == 1
    assert simulate(soft, memories[:, 0], 200.0).recall().order != (0,)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: critical_ratio(1.0), "gain A = alpha_s N gamma must be finite and above 1; got 1"),
        (lambda: critical_ratio(math.inf), "must be finite"),
        (lambda: critical_ratio(math.nan), "must be finite"),
        (lambda: exact_critical_ratio(0.5, 3, 1.0), "above 1; got 0.5"),
        (lambda: exact_critical_ratio(5, 2, 1.0), "from 3 to 12; got 2"),
        (lambda: exact_critical_ratio(5, 3, math.inf), "slowness T_d/T_f must be finite"),
        (lambda: exact_critical_ratio(5, 3, -1), "slowness T_d/T_f must be finite and at least 0; got -1"),
        (lambda: dwell_time(1.0), "above s = 1 and below 3s = 3; got 1"),
        (lambda: dwell_time(3.0), "above s = 1 and below 3s = 3; got 3"),
        (lambda: dwell_time(ORDER_LIMIT), "beyond which the three-cycle gets stuck in a mixture; got 2.15139"),
        (lambda: dwell_time(2.5), r"below \(5 \+ √13\)/4 = 2.151"),
        (lambda: dwell_time("2"), "ratio must be a number; got '2'"),
        (lambda: exact_critical_ratio(5, 3.5, 10), "length must be an integer from 3 to 12; got 3.5"),
        (lambda: rest_weights(Model.dsem(np.eye(2), cycles(2)), 0.5), "memory must be an integer from 0 to 1; got 0.5"),
        (lambda: dwell_time(math.nan), "got nan"),
        (lambda: two_memory_dwell_time(1.0), "above 1; got 1"),
        (lambda: turning_point(1.2), "above 4/3; got 1.2"),
        (lambda: rest_weights(linear_model(1, 5, 3), 0), r"dense models \(identity, softmax\); got \(tanh"),
        (lambda: rest_weights(Model.dsem(np.eye(2), cycles(2)), 2), "memory must be an integer from 0 to 1; got 2"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(InvalidOption, match=message):
        call()
