"""What states of equal memories differ by: against pairs made by hand, on circuits, on junk of any size, and on clocks."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from emt_theory import derive
from emt_theory.evidence.extra import OFFSETS, ExtraMemory, compare_equal_memories, shares_of
from emt_theory.exact import companion
from emt_theory.ground.absent import Absent
from emt_theory.networks import ElmanRNN, StepNetwork
from emt_theory.tasks import LinearTask, compose_copy, delayed_copy, from_matrix, from_rule, repeat_copy
from tests.collections.impostors import Junk
from tests.collections.planted import Cell, Compiled, HardTanh

FORGETFUL = delayed_copy(3, 2, lag=2)
SIGNED = from_rule(lambda u: [-u[3][1], u[2][0]], num_variables=3, dim=2)
CIRCUITS = [Compiled("saturating"), Compiled("tanh"), Compiled("gated"), HardTanh(), Cell("gru"), Cell("lstm")]
DIFFERENCES = sorted({abs(i - j) for i in OFFSETS for j in OFFSETS} - {0})


@pytest.fixture(autouse=True)
def sooner(monkeypatch: pytest.MonkeyPatch):
    """The second look is at 200 here, not at 4,000: nothing fades in these networks, unless it is said."""
    monkeypatch.setattr("emt_theory.evidence.extra.LATE", 200)


def look(net: Any, task: LinearTask, horizon: int = 60, **more: Any) -> ExtraMemory:
    found = compare_equal_memories(net, derive(task), horizon, **more)
    assert isinstance(found, ExtraMemory), found
    return found


@pytest.mark.parametrize("task", [FORGETFUL, SIGNED, compose_copy(3)], ids=lambda task: task.name)
@pytest.mark.parametrize("make", CIRCUITS, ids=str)
def test_states_of_a_true_circuit_are_equal_to_rounding(make: Any, task: LinearTask):
    found = look(make(task), task, horizon=100)
    assert (found.count, found.wrong, found.first) == (0, 0, None)
    assert found.share < 1e-6
    assert found.pairs == 256


def by_hand(net: Any, task: LinearTask, time: int, difference: int, pairs: int = 300) -> float:
    """The largest share for two times: memories made equal by running the task itself, not by Φ⁻¹.

    x is drawn, and x′ is what the circuit's memory of x holds `difference` steps on, with fresh values in what is forgotten; so x at t + difference
    and x′ at t hold the same.
    """
    rng, phi = np.random.default_rng(5), companion(task.F, task.dim).to_array()
    x, fresh = (rng.choice([-1.0, 1.0], (pairs, task.components)) for _ in range(2))
    lasts = list(task.persistent)
    fresh[:, lasts] = (x @ np.linalg.matrix_power(phi, difference).T)[:, lasts]
    shape = (pairs, task.num_variables, task.dim)
    one = net.run(x.reshape(shape), steps=time + difference).states[:, -1]
    other = net.run(fresh.reshape(shape), steps=time).states[:, -1]
    apart, both = (one - other) / np.sqrt(2), np.concatenate([one, other])
    sizes, vectors = np.linalg.eigh(np.cov(both.T, bias=True))
    kept = sizes > 1e-12 * sizes[-1]
    white = apart @ vectors[:, kept] / np.sqrt(sizes[kept])
    return float(np.linalg.eigvalsh(white.T @ white / pairs)[-1])


@pytest.mark.parametrize(
    ("keeps", "amplitude"),
    [("sum", 1.0), ("turning", 0.1), ("ring", 0.01), ("ring", 1e-3)],
)
def test_a_junk_bit_of_any_amplitude_is_found(keeps: Any, amplitude: float):
    net = Junk(Compiled("saturating"), keeps, amplitude)(FORGETFUL)
    found = look(net, FORGETFUL)
    assert found.count >= 1
    assert found.low > 0.5
    # Every difference is looked at; the largest share of those is the largest by hand, to sampling.
    assert found.share == pytest.approx(max(by_hand(net, FORGETFUL, 40, k) for k in DIFFERENCES), abs=0.35)


def test_junk_has_the_size_that_it_was_given():
    encoder = np.eye(7)[:, :4]
    for amplitude in (0.1, 1e-4):
        net = Junk(Compiled("saturating"), "sum", amplitude)(repeat_copy(3, 2))
        # The sum of three inputs of the register, ±a: of two draws the difference over √2 has the spread of one.
        found = look(net, repeat_copy(3, 2), encoder=encoder)
        assert found.size == pytest.approx(amplitude, rel=1.5)
        assert look(net, repeat_copy(3, 2), encoder=2 * encoder).size == pytest.approx(found.size / 2)
        assert look(net, repeat_copy(3, 2)).size is None


def ticking(period: int, task: LinearTask, size: float = 0.5) -> StepNetwork:
    """The saturating circuit, and beside it a hand that goes round once in so many steps, whatever comes in."""
    base = derive(task).compile(scheme="saturating")
    n, ring = base.hidden, np.roll(np.eye(period), 1, axis=0)

    def step(h: Any, x: Any) -> Any:
        return np.concatenate([np.clip(h[:, :n] @ base.W_hh.T + x @ base.W_uh.T, -1, 1), h[:, n:] @ ring.T], axis=1)

    start = np.concatenate([np.zeros(n), size * np.eye(period)[0]])
    return StepNetwork(step, np.pad(base.W_hy, ((0, 0), (0, period))), n + period, base.dim, initial=start)


@pytest.mark.parametrize("period", [2, 3, 8])
def test_a_clock_whose_period_divides_a_difference_is_found_by_another(period: int):
    found = look(ticking(period, FORGETFUL), FORGETFUL, horizon=100)
    assert found.count >= 1
    assert found.low > 0.5
    assert found.difference % period != 0
    hidden = [k for k in DIFFERENCES if k % period == 0]
    assert all(by_hand(ticking(period, FORGETFUL), FORGETFUL, 40, k) < 1e-6 for k in hidden)
    assert max(by_hand(ticking(period, FORGETFUL), FORGETFUL, 40, k) for k in DIFFERENCES) > 0.5


def test_a_clock_would_not_be_found_by_one_difference(monkeypatch: pytest.MonkeyPatch):
    """The saboteur of what the test above is about: offsets of which all differences are even."""
    monkeypatch.setattr("emt_theory.evidence.extra.OFFSETS", (0, 2, 6, 8))
    with pytest.raises(AssertionError):
        test_a_clock_whose_period_divides_a_difference_is_found_by_another(2)


def test_functions_of_the_variables_are_nothing_else():
    """A fourth unit that only looks on: the majority of three."""
    base = derive(repeat_copy(1, 3)).compile(scheme="tanh")
    W_hh = np.pad(base.W_hh, (0, 1))
    W_hh[3, :3] = 1.2
    net = replace(base, W_hh=W_hh, W_uh=np.pad(base.W_uh, ((0, 1), (0, 0))), W_hy=np.pad(base.W_hy, ((0, 0), (0, 1))), exact=None)  # fmt: skip
    found = look(net, repeat_copy(1, 3))
    assert (found.count, found.directions) == (0, 4)
    assert found.share < 1e-6


def test_a_slow_transient_is_gone_at_the_second_look(monkeypatch: pytest.MonkeyPatch):
    """A junk unit that fades by .98 a step: there at t = 53, gone at 1,500."""
    monkeypatch.setattr("emt_theory.evidence.extra.LATE", 1500)
    base = Junk(Compiled("saturating"), "sum", 0.5)(FORGETFUL)
    W_hh = base.W_hh.copy()
    W_hh[-1, -1] = 0.98
    found = look(replace(base, W_hh=W_hh), FORGETFUL, horizon=100)
    assert (found.count, found.time) == (0, 1500)
    assert found.first is not None
    assert found.first.count == 1
    assert found.first.low > 0.5


def test_runs_that_went_wrong_are_left_out_and_counted():
    """One sequence in four, in which the first two inputs are 1, is spoilt for good."""
    base = derive(FORGETFUL).compile(scheme="saturating")
    n = base.hidden

    def step(h: Any, x: Any) -> Any:
        kept = np.clip(h[:, :n] @ base.W_hh.T + x @ base.W_uh.T, -1, 1)
        spoilt = np.clip(h[:, n:] + ((x[:, :1] > 0) & (x[:, 1:2] > 0) & (np.abs(h).max(axis=1, keepdims=True) == 0)), 0, 1)  # fmt: skip
        return np.concatenate([kept * (1 - spoilt), spoilt], axis=1)

    net = StepNetwork(step, np.pad(base.W_hy, ((0, 0), (0, 1))), n + 1, 2)
    found = look(net, FORGETFUL)
    assert 0 < found.wrong < 4 * 256
    assert found.pairs < 256
    assert found.count == 0


def zeros(dim: int) -> ElmanRNN:
    return ElmanRNN(np.zeros((3, 3)), np.zeros((3, dim)), np.zeros((dim, 3)))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("net", "task", "horizon", "why"),
    [
        (zeros(2), repeat_copy(2, 2), 60, "only 0 of 256 pairs of runs are right so far"),
        (ElmanRNN(1e30 * np.eye(2), np.eye(2), np.eye(2), activation="identity"), repeat_copy(1, 2), 60, "only 0 of 256"),
        (ElmanRNN(1e-30 * np.eye(2), np.eye(2), np.eye(2)), repeat_copy(1, 2), 60, "only 0 of 256"),
        (zeros(2), repeat_copy(3, 2), 5, "equal memories at different times need more steps; take a horizon of at least 11"),
        (zeros(2), from_matrix([[0, 0, 0, 1], [0, 0, 0, 0]]), 60, "nothing lasts"),
        (zeros(2), from_matrix([[1, 0, 0, 0], [0, 0, 0, "1/2"]]), 60, "in selection tasks"),
        (zeros(2), replace(SIGNED, inputs=(0, 1)), 60, "inputs of the other sign, which the task does not have"),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_says_so_in_a_line(net: Any, task: LinearTask, horizon: int, why: str):
    found = compare_equal_memories(net, derive(task), horizon)
    assert isinstance(found, Absent)
    assert why in found.reason
    assert "\n" not in found.reason


def test_the_horizon_that_is_asked_for_is_enough():
    for task in (repeat_copy(3, 2), FORGETFUL, SIGNED):
        net, circuit = derive(task).compile(), derive(task)
        asked = int(str(compare_equal_memories(net, circuit, 1)).rsplit(" ", 1)[1])
        assert isinstance(compare_equal_memories(net, circuit, asked), ExtraMemory)
        assert isinstance(compare_equal_memories(net, circuit, asked - 1), Absent)


@pytest.mark.parametrize("inputs", [(-1, 0, 1), (0, 1), (-3, 1, 3, -1)], ids=repr)
def test_inputs_need_not_be_signs(inputs: tuple[int, ...]):
    task = replace(repeat_copy(3, 2), inputs=inputs)
    net = derive(task).compile(scheme="linear")
    assert look(net, task).share < 1e-6
    grown, fed = np.pad(net.W_hh, (0, 1)), np.vstack([net.W_uh, [[0.01, 0]]])
    grown[-1, -1] = -1
    hoards = replace(net, W_hh=grown, W_uh=fed, W_hy=np.pad(net.W_hy, ((0, 0), (0, 1))), exact=None)
    assert look(hoards, task).low > 0.5


def test_the_unit_of_the_states_does_not_matter():
    """Numbers of 10⁻¹⁶⁰ have squares that float64 does not hold."""
    task = repeat_copy(3, 2)
    base = Junk(Compiled("linear"), "turning", 0.1)(task)
    share = look(base, task).share
    for size in (1e-160, 1e140):
        net = replace(base, W_uh=size * base.W_uh, W_hy=base.W_hy / size)
        assert look(net, task).share == pytest.approx(share, rel=1e-6)


def test_the_second_look_sees_all_that_the_first_one_saw(monkeypatch: pytest.MonkeyPatch):
    """One unit that turns for ever beside more than 128 directions: the smallest of them, which a look at the 128 largest would leave out."""
    monkeypatch.setattr("emt_theory.evidence.extra._WORK", 1e10)  # enough for 282 pairs at t = 31, not at 200
    task = repeat_copy(1, 140)
    net = derive(task).compile(scheme="saturating")
    W, U, R = np.pad(net.W_hh, (0, 1)), np.pad(net.W_uh, ((0, 1), (0, 0))), np.pad(net.W_hy, ((0, 0), (0, 1)))
    W[-1, -1], U[-1, 0] = -1, 0.5
    found = look(ElmanRNN(W_hh=W, W_uh=U, W_hy=R, activation="hard_tanh"), task)
    assert found.first is not None
    assert found.first.directions == found.directions == 141
    assert found.share > 0.9


def test_states_that_are_all_the_same_share_nothing():
    same = np.ones((8, 3))
    assert shares_of(same, same, 5) == (0, 0.0, 0.0, 0.0, 0.0, 5)
