"""Codes: more variables than dimensions are found, and read, where they are; and not where they are not."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from emt_theory import derive
from emt_theory.analysis import record
from emt_theory.errors import InvalidOption
from emt_theory.evidence.codes import (
    Code,
    CodeReading,
    _levels,  # pyright: ignore[reportPrivateUsage]
    fit_code,
    read_code,
)
from emt_theory.evidence.memories import persistent_dynamics
from emt_theory.evidence.recording import steps_within
from emt_theory.ground.absent import Absent
from emt_theory.networks import ElmanRNN
from emt_theory.tasks import fibonacci, parse, repeat_copy


def reading(net: ElmanRNN, name: str) -> CodeReading:
    task = parse(name)
    fit, fresh = (record(net, task, 64, 100, seed) for seed in (1, 0))
    return read_code(persistent_dynamics(derive(task)), fit, fresh)


def superposed(bits: Any, gains: list[float], noise: float, rng: np.random.Generator) -> Any:
    """Six bits in four dimensions: the last two ride on the first two."""
    axes = np.linalg.qr(rng.normal(size=(8, 4)))[0]
    columns = np.concatenate([axes, axes[:, :2] * gains], axis=1)
    return bits @ columns.T + noise * rng.normal(size=(len(bits), 8))


def test_bits_that_share_a_direction_are_found_and_read() -> None:
    rng = np.random.default_rng(0)
    bits = rng.choice([-1.0, 1.0], size=(4000, 6))
    states = superposed(bits, [0.5, -0.4], 0.02, rng)
    code = fit_code(states, bits, tuple((1, c) for c in range(6)), odd=True)
    assert {(pair.slot, pair.partner) for pair in code.shared} == {((1, 4), (1, 0)), ((1, 5), (1, 1))}
    assert sorted(round(pair.gain, 1) for pair in code.shared) == [0.4, 0.5]
    assert [round(float(np.sign(pair.cosine))) for pair in sorted(code.shared)] == [1, -1]
    assert code.singular_values[4] < 0.05
    assert code.explained > 0.99
    assert (code.nearest(states) == bits).mean() > 0.9999
    linear = (np.sign(code.read(states)) == bits).mean(axis=0)
    assert linear[:4].min() > 0.99
    assert linear[4:].max() < 0.8


def test_saboteur_equal_gains_cannot_be_told_apart() -> None:
    """a + b and −a − b differ, a − b and −a + b do not when a = b: two of four words are one state."""
    rng = np.random.default_rng(1)
    bits = rng.choice([-1.0, 1.0], size=(4000, 6))
    code = fit_code(superposed(bits, [1.0, 1.0], 0.02, rng), bits, tuple((1, c) for c in range(6)), odd=True)
    assert len(code.shared) == 2
    assert (code.nearest(superposed(bits, [1.0, 1.0], 0.02, rng)) == bits).all(axis=1).mean() < 0.5


def test_the_lower_rank_network_holds_all_its_variables(network: Any) -> None:
    """T3, N = 64, L2 = 1e-3: 36 variables, some of which share a direction; the nearest codeword reads what a linear decoder cannot."""
    found = reading(network("T3"), "T3")
    assert found.code is not None
    first = found.code.shared[0]
    assert abs(first.cosine) > 0.99
    assert 0.3 < first.gain < 0.8
    assert {pair.slot[1] for pair in found.code.shared} == {2}
    assert found.code.explained > 0.99
    assert min(found.linear) < 0.85
    assert min(found.nearest) > 0.98
    assert found.levels is not None
    places, signs = found.levels
    inner = signs[:, 0] != signs[:, 1]
    assert np.quantile(np.abs(places[inner]), 0.98) < np.quantile(np.abs(places[~inner]), 0.02)


def test_a_consistent_network_gives_every_variable_its_direction(network: Any) -> None:
    found = reading(network("T4"), "T4")
    assert found.code is not None
    assert found.code.shared == ()
    assert found.levels is None
    assert min(found.linear) > 0.999
    assert found.to_dict()["reason"] is None


@pytest.mark.parametrize(
    ("task", "horizon", "reason"),
    [
        (fibonacci(), 30, "the stored values are not ±1"),
        (repeat_copy(2, 1), 6, "states are too few for N \\+ m = "),
        (repeat_copy(2, 1), 300, "states are not finite"),
    ],
)
def test_what_cannot_be_coded_is_named(task: Any, horizon: int, reason: str) -> None:
    net = derive(task).compile(scheme="linear")
    if horizon == 300:
        net = ElmanRNN(1e10 * np.eye(2), np.ones((2, 1)), np.ones((1, 2)), activation="identity")
    fit, fresh = (record(net, task, 2, horizon, seed) for seed in (1, 0))
    found = read_code(persistent_dynamics(derive(task)), fit, fresh)
    assert isinstance(found, Absent)
    assert re.search(reason, found.reason)


def test_a_silent_network_is_named() -> None:
    task = repeat_copy(2, 1)
    net = ElmanRNN(np.zeros((2, 2)), np.zeros((2, 1)), np.zeros((1, 2)))
    recording = record(net, task, 4, 30, 0)
    assert read_code(persistent_dynamics(derive(task)), recording, recording).reason == "all states are 0"


@pytest.mark.filterwarnings("error")
def test_states_that_are_0_at_all_fitted_times_are_named() -> None:
    """A code is fitted at 64 times and read at every fifth."""
    task = repeat_copy(2, 1)
    persistent, run = persistent_dynamics(derive(task)), record(derive(task).compile(), task, 8, 100, 0)
    times = persistent.times(100)
    only = next(i for i in range(0, len(times), 5) if i not in steps_within(0, len(times)))
    states = np.zeros_like(run.states)
    states[:, times[only] - 1] = run.states[:, times[only] - 1]
    faint = replace(run, states=states)
    assert read_code(persistent, faint, faint).reason == "all states are 0"


def single(W_hh: float, W_uh: float, W_hy: float, bias: float | None, activation: str) -> ElmanRNN:
    one = np.ones((1, 1))
    b_h = None if bias is None else np.array([bias])
    return ElmanRNN(W_hh * one, W_uh * one, W_hy * one, b_h, activation=activation)


@pytest.mark.parametrize(
    "net",
    [
        ElmanRNN(np.zeros((3, 3)), np.zeros((3, 1)), np.ones((1, 3)), 100 * np.ones(3)),
        ElmanRNN(np.zeros((3, 3)), np.zeros((3, 1)), np.ones((1, 3)), 0.1234567 * np.ones(3)),
        single(0, 0, 1, 1, "relu"),
    ],
)
def test_states_that_never_change_hold_no_code(net: ElmanRNN) -> None:
    task = repeat_copy(2, 1)
    fit, fresh = (record(net, task, 30, 30, seed) for seed in (1, 0))
    assert read_code(persistent_dynamics(derive(task)), fit, fresh).reason == "all states are the same"


@pytest.mark.parametrize("size", [1e-200, 1e-160, 1.0, 1e160])
def test_a_code_has_no_units(size: float) -> None:
    """Squares of states of 1e-160 underflow; the code is what it is at size 1."""
    task = repeat_copy(1, 1)
    fit, fresh = (record(single(1, size, 1 / size, None, "identity"), task, 30, 30, seed) for seed in (1, 0))
    found = read_code(persistent_dynamics(derive(task)), fit, fresh)
    assert found.code is not None
    assert found.code.explained == pytest.approx(1)
    assert (found.linear, found.nearest) == ((1.0,), (1.0,))
    assert found.code.singular_values == pytest.approx([size])


def test_levels_have_no_units() -> None:
    rng = np.random.default_rng(0)
    bits = rng.choice([-1.0, 1.0], size=(500, 2))
    states = bits @ np.array([[1.0, 0.0], [0.5, 0.0]]) + 0.01 * rng.normal(size=(500, 2))
    one, other = (fit_code(size * states, bits, ((1, 0), (1, 1)), odd=True) for size in (1.0, 1e-200))
    assert [pair.gain for pair in one.shared] == pytest.approx([pair.gain for pair in other.shared])
    assert np.array_equal(one.nearest(states), other.nearest(1e-200 * states))
    levels = _levels(one, states, bits), _levels(other, 1e-200 * states, bits)
    assert levels[0] is not None
    assert levels[1] is not None
    assert np.allclose(levels[0][0], levels[1][0])


def test_states_where_float64_ends_hold_no_code() -> None:
    bits = np.random.default_rng(0).choice([-1.0, 1.0], size=(50, 1))
    for size, message in ((1e300, "as large as 1e"), (1e-300, "vary by 1e-300 only, where float64 ends")):
        with pytest.raises(InvalidOption, match=message):
            fit_code(size * bits, bits, ((1, 0),), odd=True)


def test_the_nearest_codeword_is_nearest_in_the_metric_of_the_noise() -> None:
    """Noise of 1 along (1, 1) and 0.01 across it, variables of 0.3 along each axis: only Σ⁻¹ tells which component is signal."""
    rng = np.random.default_rng(0)
    bits = rng.choice([-1.0, 1.0], size=(4000, 2))
    noise = rng.normal(size=(4000, 2)) @ np.array([[1.0, 1.0], [0.01, -0.01]])
    states = bits @ np.array([[0.3, 0.0], [0.0, 0.5]]) + noise
    code = fit_code(states, bits, ((1, 0), (1, 1)), odd=True)
    covariance = np.cov((states - bits @ code.encoder.T).T)
    assert np.allclose(code.whitener @ covariance @ code.whitener.T, np.eye(2), atol=0.01)
    words = np.array([[a, b] for a in (-1.0, 1.0) for b in (-1.0, 1.0)])
    differences = (states[:, None] - words @ code.encoder.T) @ np.linalg.cholesky(np.linalg.inv(covariance))
    best = words[(differences**2).sum(axis=2).argmin(axis=1)]
    assert (code.nearest(states) == best).all(axis=1).mean() > 0.999


def test_the_nearest_codeword_is_looked_for_from_what_is_read() -> None:
    """Three directions at 120°, lifted a little: all + and all − lie close together, and every word on the way from one to the other is far."""
    turns = 2 * np.pi * np.arange(3) / 3
    encoder = np.array([np.cos(turns), np.sin(turns), np.full(3, 0.1)])
    slots, nothing = ((1, 0), (1, 1), (1, 2)), np.zeros(3)
    code = Code(slots, nothing, nothing, encoder, np.linalg.inv(encoder), np.eye(3), 1.0, np.ones(3), ())
    words = np.array(list(itertools.product([-1.0, 1.0], repeat=3)))
    assert np.array_equal(code.nearest(0.9 * words @ encoder.T), words)


@pytest.mark.parametrize(
    ("states", "words", "message"),
    [
        (np.full((9, 2), np.nan), np.ones((9, 1)), "states must be finite, and words ±1"),
        (np.ones((9, 2)), np.zeros((9, 1)), "states must be finite, and words ±1"),
        (np.ones((0, 2)), np.ones((0, 1)), r"a code needs more than N \+ m = 3 states; got 0"),
        (np.ones((9, 2)), np.ones((8, 1)), r"here m = 1 slots; got \(9, 2\) and \(8, 1\)"),
        (np.ones((9, 2)), np.ones((9, 1)), "there is no code: all states are the same"),
    ],
)
def test_samples_that_are_none_are_refused(states: Any, words: Any, message: str) -> None:
    with pytest.raises(InvalidOption, match=message):
        fit_code(states, words, ((1, 0),), odd=False)


def test_recordings_of_different_things_are_refused(network: Any) -> None:
    net = network("T4")
    fit, other = record(net, parse("T4"), 40, 30, 1), record(net, parse("T1"), 40, 30, 0)
    persistent = persistent_dynamics(derive(parse("T4")))
    with pytest.raises(InvalidOption, match="one recording is of T4, the other of T1"):
        read_code(persistent, fit, other)
    with pytest.raises(InvalidOption, match="the persistent variables are not those of T1, of which"):
        read_code(persistent, other, other)
    small = repeat_copy(2, 1)
    recording = record(derive(small).compile(), small, 4, 30, 0)
    with pytest.raises(InvalidOption, match="the persistent variables are not those of repeat_copy"):
        read_code(persistent, recording, recording)
    smaller = record(derive(parse("T4")).compile(), parse("T4"), 40, 30, 0)
    with pytest.raises(InvalidOption, match="the recordings are of different networks, with "):
        read_code(persistent, fit, smaller)
