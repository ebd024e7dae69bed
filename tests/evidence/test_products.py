"""Modes by what they are functions of: products are named, and what is none of the task's is never called one."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emt_theory import derive
from emt_theory.evidence import chosen, examine, persistent_dynamics, record, transitions
from emt_theory.evidence.monomials import monomials, orbits, values
from emt_theory.evidence.products import Modes, name_modes
from emt_theory.ground.absent import Absent
from emt_theory.networks import ElmanRNN, Network, StepNetwork
from emt_theory.tasks import LinearTask, compose_copy, from_matrix, from_rule, parse, random_selection, repeat_copy

MAJORITY = ElmanRNN(
    np.diag([2.0, 2, 2, 0]) + 1.2 * np.outer(np.eye(4)[3], [1, 1, 1, 0]), 2 * np.eye(4, 3), np.eye(3, 4)
)
"""Three bits, and a unit that only looks on."""


def modes_of(net: Network, task: LinearTask, seed: int = 1) -> Modes | Absent:
    fit = record(net, task, 128, 100, seed)
    return name_modes(net, persistent_dynamics(derive(task)), fit, transitions(fit))


def onlookers(task: LinearTask, rows: np.ndarray, bias: np.ndarray | None = None) -> ElmanRNN:
    """The task's tanh circuit, and units that only look on, with these weights on the memory."""
    base, more = derive(task).compile(scheme="tanh"), len(rows)
    W = np.zeros((base.hidden + more, base.hidden + more))
    W[: base.hidden, : base.hidden], W[base.hidden :, : base.hidden] = base.W_hh, rows
    pad = np.zeros((more, task.dim))
    b = None if bias is None else np.concatenate([np.zeros(base.hidden), bias])
    return ElmanRNN(W, np.concatenate([base.W_uh, pad]), np.concatenate([base.W_hy, pad.T], axis=1), b)


def split(found: Modes | Absent) -> tuple[int, int, int, int, int]:
    assert isinstance(found, Modes)
    return found.count, found.variables, found.products, found.constant, found.unexplained


def test_the_majority_of_three_bits_is_a_product():
    evidence = examine(MAJORITY, repeat_copy(1, 3), 128, 60).spectrum
    assert evidence.trajectory.count == 4
    assert str(evidence.modes) == "4 modes: 3 of variables, 1 of products (abc, of period 1)"
    assert str(evidence.modes) in str(evidence)
    written = json.loads(json.dumps(evidence.to_dict(), allow_nan=False))["trajectory"]["modes"]
    (family,) = written["families"]
    assert family == {
        "name": "abc",
        "slots": [[1, 0], [1, 1], [1, 2]],
        "period": 1,
        "modes": pytest.approx(1, abs=1e-6),
    }
    assert [written[key] for key in ("count", "variables", "products", "constant", "unexplained")] == [4, 3, 1, 0, 0]


def forgetful(dim: int) -> LinearTask:
    """Two variables, of which the first is forgotten."""
    return from_rule(lambda u: [u[1][c] for c in range(dim)], num_variables=2, dim=dim)


def with_junk(amplitude: float) -> StepNetwork:
    """Three bits, their majority, and a unit of this size that keeps an input for ever that the task forgets."""
    W, U = np.diag([2.0, 2, 2, 0, 5]), 5 * np.eye(5, 3)
    W[3, :3], U[4, 0] = 1.2, 2
    scale = np.array([1.0, 1, 1, 1, amplitude])
    return StepNetwork(lambda h, x: scale * np.tanh(h / scale @ W.T + x @ U.T), np.eye(3, 5), hidden=5, dim=3)


@pytest.mark.parametrize("amplitude", [1.0, 1e-4])
def test_saboteur_a_memory_of_what_the_task_forgets_is_no_product(amplitude: float):
    """All five modes are at 1, so eigenvectors tell nothing: what they are functions of does."""
    found = modes_of(with_junk(amplitude), forgetful(3))
    assert isinstance(found, Modes)
    assert split(found) == (5, 3, 1, 0, 1)
    assert np.allclose(found.eigenvalues, 1, atol=1e-3)
    assert str(found) == "5 modes: 3 of variables, 1 of products (abc, of period 1), 1 unexplained"


def test_saboteur_a_clock_is_no_product(monkeypatch: pytest.MonkeyPatch):
    """A product that a clock turns over looks like one at every second step."""

    def step(h: np.ndarray, x: np.ndarray) -> np.ndarray:
        a, b = (np.where(x[..., i] != 0, x[..., i], h[..., i]) for i in range(2))
        clock = np.where(h[..., 2] == 0, 1.0, -h[..., 2])
        return np.stack([a, b, clock, a * b * clock], axis=-1)

    net = StepNetwork(step, np.eye(2, 4), hidden=4, dim=2)
    assert split(modes_of(net, repeat_copy(1, 2))) == (4, 2, 0, 0, 2)
    monkeypatch.setattr(chosen, "_LATER", (2, 4))
    assert split(modes_of(net, repeat_copy(1, 2))) == (4, 2, 1, 0, 1)


def test_what_holds_nothing_but_the_first_state_is_constant():
    def step(h: np.ndarray, x: np.ndarray) -> np.ndarray:
        a = np.where(x[..., 0] != 0, x[..., 0], h[..., 0])
        return np.stack([a, np.ones_like(a)], axis=-1)

    net, task = StepNetwork(step, np.eye(1, 2), hidden=2, dim=1), repeat_copy(1, 1)
    assert split(modes_of(net, task)) == (1, 1, 0, 0, 0)
    about_0 = replace(record(net, task, 128, 100, 1), odd=True)
    found = name_modes(net, persistent_dynamics(derive(task)), about_0, transitions(about_0))
    assert split(found) == (2, 1, 0, 1, 0)


@pytest.mark.parametrize(("s", "products", "period"), [(3, 1, 1), (4, 4, 4)])
def test_an_odd_network_has_as_many_modes_as_odd_functions(s: int, products: int, period: int):
    rows = np.random.default_rng(0).normal(size=(12, s)) * 2
    found = modes_of(onlookers(repeat_copy(s, 1), rows), repeat_copy(s, 1))
    assert split(found) == (s + products, s, products, 0, 0)
    assert isinstance(found, Modes)
    assert [family.period for family in found.families] == [period]
    assert found.families[0].modes == pytest.approx(products, abs=1e-2)


def test_with_biases_products_of_two_are_modes_too():
    rng = np.random.default_rng(0)
    found = modes_of(onlookers(repeat_copy(1, 3), rng.normal(size=(8, 3)) * 2, rng.normal(size=8)), repeat_copy(1, 3))
    assert split(found) == (7, 3, 4, 0, 0)
    assert isinstance(found, Modes)
    assert {family.name for family in found.families} == {"ab", "ac", "bc", "abc"}


def test_beyond_all_words_products_of_three_are_named_from_random_ones():
    rows = np.zeros((2, 14))
    rows[0, [0, 5, 9]] = rows[1, [2, 3, 13]] = 1.5
    found = modes_of(onlookers(repeat_copy(1, 14), rows), repeat_copy(1, 14))
    assert split(found) == (16, 14, 2, 0, 0)
    assert isinstance(found, Modes)
    assert {family.name for family in found.families} == {"afj", "cdn"}


def test_too_many_products_are_counted_and_not_named():
    rows = np.zeros((1, 32))
    rows[0, [0, 5, 9]] = 1.5
    found = modes_of(onlookers(repeat_copy(1, 32), rows), repeat_copy(1, 32))
    assert split(found) == (33, 32, 1, 0, 0)
    assert str(found) == (
        "33 modes: 32 of variables, 1 of products (32 variables have too many products to name: 4960 of up to three)"
    )
    assert found.to_dict()["families"] is None


@pytest.mark.parametrize(("name", "count"), [("T1", 64), ("T2", 31), ("T3", 30), ("T4", 36)])
def test_all_modes_of_the_shipped_networks_are_of_variables(network: Any, name: str, count: int):
    assert split(modes_of(network(name), parse(name))) == (count, count, 0, 0, 0)


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 4), st.integers(1, 3), st.integers(0, 10**6))
def test_products_move_by_their_orbits(s: int, d: int, seed: int):
    """χ_S(x') = ± χ_{π(S)}(x), and an orbit's products come back with its sign after its length."""
    persistent = persistent_dynamics(derive(random_selection(s, d, seed=seed)))
    phi, m = persistent.phi, len(persistent.components)
    masks = monomials(m, range(1, min(m, 4) + 1))
    words = np.random.default_rng(seed).choice([-1.0, 1.0], size=(20, m))
    found = orbits(phi, masks)
    assert sorted(row for orbit in found for row in orbit.members) == list(range(len(masks)))
    for orbit in found:
        rows = list(orbit.members)
        before, after = values(masks[rows], words), values(masks[rows], words @ phi.T)
        assert np.array_equal(before, np.stack([words[:, masks[row]].prod(axis=1) for row in rows], axis=1))
        assert np.array_equal(np.abs(after.T @ np.roll(before, -1, axis=1)).diagonal(), [20.0] * len(rows))
        power = np.linalg.matrix_power(phi, len(rows))
        assert np.array_equal(values(masks[rows], words @ power.T), orbit.sign * before)
        assert orbit.period == len(rows) * (1 if orbit.sign > 0 else 2)


@pytest.mark.parametrize(
    ("task", "reason"),
    [
        (from_matrix([[1, 1]], dim=1), "products of variables are named for selection tasks"),
        (from_matrix([[1]], dim=1, inputs=(0, 1)), "products of variables are named where inputs are ±1"),
        (from_matrix([[0]], dim=1), "has no persistent variable"),
    ],
)
def test_where_there_are_no_products_it_says_why(task: LinearTask, reason: str):
    net = ElmanRNN(0.5 * np.eye(2), np.ones((2, 1)), np.ones((1, 2)))
    fit = record(net, task, 20, 20, seed=1)
    found = name_modes(net, persistent_dynamics(derive(task)), fit, transitions(fit))
    assert isinstance(found, Absent)
    assert reason in found.reason


def test_without_a_secant_map_there_are_no_modes():
    task = compose_copy(3)
    net = derive(task).compile(scheme="tanh")
    fit = record(net, task, 2, 8, seed=1)
    found = name_modes(net, persistent_dynamics(derive(task)), fit, transitions(fit))
    assert isinstance(found, Absent)
    assert "too few" in found.reason
