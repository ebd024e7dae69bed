"""Codes: more variables than dimensions are found, and read, where they are; and not where they are not."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from emt_theory import derive
from emt_theory.analysis import record
from emt_theory.analysis.codes import CodeReading, fit_code, read_code
from emt_theory.analysis.memories import persistent_dynamics
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
    assert found.code is None
    assert found.reason is not None
    assert re.search(reason, found.reason)
    assert found.to_dict()["linear"] is None


def test_a_silent_network_is_named() -> None:
    task = repeat_copy(2, 1)
    net = ElmanRNN(np.zeros((2, 2)), np.zeros((2, 1)), np.zeros((1, 2)))
    recording = record(net, task, 4, 30, 0)
    assert read_code(persistent_dynamics(derive(task)), recording, recording).reason == "all states are 0"
