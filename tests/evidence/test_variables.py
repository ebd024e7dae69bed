"""R² of the variables in what the outputs will see: against a plain ridge regression, and on networks of which it is known."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from emt_theory import derive
from emt_theory.circuits import compile_cell
from emt_theory.evidence import examination
from emt_theory.evidence.examination import examine
from emt_theory.evidence.recording import record
from emt_theory.evidence.variables import VariableReading, read_variables
from emt_theory.ground.absent import Absent
from emt_theory.networks import ElmanRNN
from emt_theory.tasks import LinearTask, compose_copy, delayed_copy, from_matrix, repeat_copy
from tests.collections.mechanisms import Packed

COPY = repeat_copy(2, 2)


def recordings(net: Any, task: LinearTask, sequences: int = 128, horizon: int = 60):
    return [record(net, task, sequences, horizon, seed) for seed in (1, 0)]


def read(net: Any, task: LinearTask, sequences: int = 128, horizon: int = 60) -> VariableReading:
    found = read_variables(net, derive(task), *recordings(net, task, sequences, horizon))
    assert isinstance(found, VariableReading), found
    return found


def random_tanh(hidden: int, dim: int, seed: int, size: float, bias: float = 0.0) -> ElmanRNN:
    rng = np.random.default_rng(seed)
    W_hh = size * np.linalg.qr(rng.normal(size=(hidden, hidden)))[0]
    b = bias * rng.normal(size=hidden) if bias else None
    return ElmanRNN(W_hh, rng.normal(size=(hidden, dim)), rng.normal(size=(dim, hidden)), b_h=b)


def by_a_plain_ridge(net: ElmanRNN, task: LinearTask, fit: Any, fresh: Any, after: int, noise: float = 0.1) -> Any:
    """R²_k by the formulas, from single states: D, A, O, z = O h, one ridge regression, and errors on fresh states."""

    def at(run: Any) -> tuple[Any, Any]:
        times = range(after + 1, run.states.shape[1] + 1)
        memories = np.concatenate([run.memory(t)[:, list(task.persistent)] for t in times])
        return np.concatenate([run.states[:, t - 1] for t in times]), memories

    bias = 0 if net.b_h is None else net.b_h
    before = np.concatenate(list(fit.states[:, after:-1]))
    following = np.concatenate(list(fit.states[:, after + 1 :]))
    drive = before @ net.W_hh.T + bias
    if net.b_h is not None:
        drive, following = drive - drive.mean(axis=0), following - following.mean(axis=0)
    A = np.diag([(h @ a) / (a @ a) for h, a in zip(following.T, drive.T, strict=True)]) @ net.W_hh
    O = np.vstack([net.W_hy @ np.linalg.matrix_power(A, k) for k in range(1, 2 * task.num_variables + 1)])
    (h, m), (new_h, new_m) = at(fit), at(fresh)
    z, mean, middle = h @ O.T, (h @ O.T).mean(axis=0), m.mean(axis=0)
    covariance = (z - mean).T @ (z - mean) / len(z)
    ridge = noise**2 * np.trace(covariance) / len(covariance) * np.eye(len(covariance))
    X = np.linalg.solve(covariance + ridge, (z - mean).T @ (m - middle) / len(z)).T
    error = (new_h @ O.T - mean) @ X.T + middle - new_m
    spread = (new_m - middle).T @ (new_m - middle) / len(new_m)
    half = np.linalg.inv(np.linalg.cholesky(spread))
    return np.sort(1 - np.linalg.eigvalsh(half @ (error.T @ error / len(error)) @ half.T))


def assert_r2_is_that_of_a_plain_ridge(found: VariableReading, expected: Any):
    np.testing.assert_allclose(found.r2, expected, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize(("size", "bias"), [(1.0, 0.0), (1.3, 0.0), (1.1, 0.5), (0.9, 0.0)])
def test_r2_is_that_of_a_plain_ridge_regression(size: float, bias: float):
    """A random network holds its past badly, each combination as well as it does."""
    net = random_tanh(7, 2, seed=3, size=size, bias=bias)
    runs = recordings(net, COPY)
    found = read_variables(net, derive(COPY), *runs)
    assert isinstance(found, VariableReading)
    assert found.r2[-1] - found.r2[0] > 1e-3
    assert_r2_is_that_of_a_plain_ridge(found, by_a_plain_ridge(net, COPY, *runs, found.settled))
    for sabotaged in (
        by_a_plain_ridge(net, COPY, *runs, found.settled, noise=0.5),
        by_a_plain_ridge(net, COPY, *runs[::-1], found.settled),
        by_a_plain_ridge(net, COPY, *runs, found.settled + 5),
    ):
        with pytest.raises(AssertionError):
            assert_r2_is_that_of_a_plain_ridge(found, sabotaged)


def test_the_whole_state_is_read_by_least_squares():
    net = random_tanh(7, 2, seed=3, size=1.0)
    runs = recordings(net, COPY)
    found = read_variables(net, derive(COPY), *runs)
    assert isinstance(found, VariableReading)
    after = found.settled
    (h, m), (new_h, new_m) = (
        (
            np.concatenate([run.states[:, t - 1] for t in range(after + 1, run.states.shape[1] + 1)]),
            np.concatenate([run.memory(t) for t in range(after + 1, run.states.shape[1] + 1)]),
        )
        for run in runs
    )
    X = np.linalg.lstsq(h - h.mean(axis=0), m - m.mean(axis=0), rcond=None)[0]
    error = (new_h - h.mean(axis=0)) @ X + m.mean(axis=0) - new_m
    spread = (new_m - m.mean(axis=0)).T @ (new_m - m.mean(axis=0)) / len(m)
    half = np.linalg.inv(np.linalg.cholesky(spread))
    worst = 1 - np.linalg.eigvalsh(half @ (error.T @ error / len(error)) @ half.T)[-1]
    assert found.whole_state == pytest.approx(worst, abs=1e-6)
    # Ψ: the states regressed on the variables.
    psi = np.linalg.lstsq(m - m.mean(axis=0), h - h.mean(axis=0), rcond=None)[0].T
    np.testing.assert_allclose(found.encoder, psi, atol=1e-9)
    assert np.allclose(found.read(new_h[:3]), (new_h[:3] - h.mean(axis=0)) @ found.reader.T + m.mean(axis=0))


@pytest.mark.parametrize("basis", ["identity", "orthogonal", "oblique"])
def test_a_linear_circuit_holds_its_variables_in_any_basis(basis: str):
    """Where nothing is saturated, the reader's own noise is all that is lost: λ/(σ² + λ) ≤ λ/σ² of the smallest direction."""
    found = read(derive(COPY).compile(hidden=6, scheme="linear", basis=basis, seed=2), COPY)
    assert found.r2_min > 0.99
    assert found.whole_state == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_gated_cells_are_read_by_their_exchange_gain(cell: str):
    task = compose_copy(3)
    assert read(compile_cell(task, cell), task).r2_min > 0.99


def test_two_variables_in_one_direction_are_one_dimension_lost_of_two():
    task = repeat_copy(3, 2)
    found = read(Packed(2)(task), task)
    assert found.lost(0.5) == 2
    # Two blocks hold (2a + b)/3, and not 2b − a, of which b is 4/5; in the newest they are apart.
    assert found.lost_by_cycle(0.5) == pytest.approx([2 / 5, 8 / 5], abs=0.1)
    assert sum(found.lost_by_cycle(0.5) or ()) == pytest.approx(2)


def test_what_is_shown_and_not_used_is_not_read():
    """An idle circuit beside a code that is not linear: the whole state shows all, its effects what they did before."""
    task = repeat_copy(3, 2)
    works, echo = Packed(2)(task), derive(task).compile(scheme="saturating")
    n, k = works.hidden, echo.hidden
    W_hh = np.block([[works.W_hh, np.zeros((n, k))], [np.zeros((k, n)), echo.W_hh]])
    bias = None if works.b_h is None else np.concatenate([works.b_h, np.zeros(k)])
    both = ElmanRNN(W_hh, np.vstack([works.W_uh, echo.W_uh]), np.pad(works.W_hy, ((0, 0), (0, k))), bias, works.b_y, "hard_tanh")  # fmt: skip
    found, alone = read(both, task), read(works, task)
    assert found.whole_state > 0.999 > 0.5 > alone.whole_state
    assert found.r2_min == pytest.approx(alone.r2_min, abs=0.02)


INPUTS = ((0, 1), (-1, 0, 1), (1, 3), (-1, 3), (-5, 1, 2, 1000))


@pytest.mark.parametrize("inputs", INPUTS, ids=repr)
def test_inputs_need_not_be_signs(inputs: tuple[int, ...]):
    """A circuit on linear units holds any values; with one hand-over cut, the cycle is lost, and its dimensions are counted whole."""
    task = replace(repeat_copy(2, 2), inputs=inputs)
    net = derive(task).compile(scheme="linear")
    assert read(net, task).r2_min > 0.98
    fading = replace(net, W_hh=net.W_hh * np.array([0.5, 1, 0.5, 1]), exact=None)
    found = read(fading, task)
    assert found.lasting.cycles == ((0, 2), (1, 3))
    assert found.lost(0.5) == 2
    assert found.lost_by_cycle(0.5) == pytest.approx([2, 0], abs=0.05)


def test_combinations_are_free_of_the_units_of_variables():
    """Each has length 1, and they stand at right angles: so shares of cycles add up to what is lost."""
    for inputs in INPUTS:
        task = replace(repeat_copy(2, 2), inputs=inputs)
        found = read(random_tanh(6, 2, 1, 0.9), task)
        np.testing.assert_allclose(found.combinations.T @ found.combinations, np.eye(4), atol=1e-9)
        assert sum(found.lost_by_cycle(0.5) or ()) == pytest.approx(found.lost(0.5))


def test_the_interval_holds_the_estimate_of_other_sequences():
    """Twelve other draws of 128 sequences; of a 95 % interval at most three are outside in .998 of cases."""
    net, circuit = random_tanh(7, 2, seed=3, size=1.0), derive(COPY)
    fit = record(net, COPY, 128, 30, seed=1)
    many = record(net, COPY, 1500, 30, seed=99)
    truth = read_variables(net, circuit, fit, many)
    assert isinstance(truth, VariableReading)
    found = [read_variables(net, circuit, fit, record(net, COPY, 128, 30, seed=100 + k)) for k in range(12)]
    assert sum(not one.low <= truth.r2_min <= one.high for one in found) <= 3  # pyright: ignore
    assert all(one.low < one.r2_min < one.high for one in found)  # pyright: ignore


ONE = np.eye(1)
STILL = ElmanRNN(np.zeros((3, 3)), np.zeros((3, 2)), np.zeros((2, 3)))
CONSTANT = ElmanRNN(np.zeros((2, 2)), np.zeros((2, 2)), np.eye(2), b_h=np.array([1.0, -2.0]))
DYING = ElmanRNN(1e-3 * np.eye(2), np.eye(2), np.eye(2))
FAINT = ElmanRNN(np.eye(2), 1e-200 * np.eye(2), np.eye(2), activation="identity")
MUTE = ElmanRNN(np.eye(2)[::-1], np.eye(2), np.zeros((2, 2)))
HUGE = ElmanRNN(1e30 * np.eye(2), np.eye(2), np.eye(2), activation="identity")


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("net", "task", "horizon", "why"),
    [
        (STILL, repeat_copy(1, 2), 40, "do not vary: they hold nothing"),
        (CONSTANT, repeat_copy(1, 2), 40, None),
        (HUGE, repeat_copy(1, 2), 40, "states or outputs are not finite from t = 12 on"),
        (HUGE, repeat_copy(1, 2), 8, "states reach 1.0e+240"),
        (DYING, repeat_copy(1, 2), 200, None),
        (FAINT, repeat_copy(1, 2), 40, None),
        (MUTE, repeat_copy(1, 2), 40, None),
        (MUTE, repeat_copy(4, 2), 5, "the task settles at t = 8 and the recording ends at t = 9; take a horizon of at least 12"),
        (MUTE, delayed_copy(5, 2, lag=1), 2, "take a horizon of at least 15"),
        (MUTE, from_matrix([[0, 0, 0, 1], [0, 0, 0, 0]]), 40, "nothing lasts: every eigenvalue is 0"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_says_so_in_a_line(net: Any, task: LinearTask, horizon: int, why: str | None):
    found = read_variables(net, derive(task), *recordings(net, task, 16, horizon))
    if why is None:
        assert isinstance(found, VariableReading)
        numbers = [*found.r2, found.low, found.high, found.whole_state, *found.encoder.ravel(), *found.reader.ravel()]
        assert np.isfinite(numbers).all()
        return
    assert isinstance(found, Absent)
    assert why in found.reason
    assert "\n" not in found.reason


def test_a_constant_state_holds_nothing():
    found = read_variables(CONSTANT, derive(repeat_copy(1, 2)), *recordings(CONSTANT, repeat_copy(1, 2), 16, 40))
    assert isinstance(found, VariableReading)
    assert found.r2_min <= 0 >= found.high


def test_a_mute_network_uses_nothing_that_it_holds():
    found = read(MUTE, repeat_copy(1, 2))
    assert found.r2_min == pytest.approx(0, abs=1e-9)
    assert found.whole_state < 1


def test_the_horizon_that_is_asked_for_is_enough():
    for task in (repeat_copy(4, 2), delayed_copy(5, 2, lag=1), compose_copy(3)):
        net, circuit = derive(task).compile(), derive(task)
        short = read_variables(net, circuit, *recordings(net, task, 128, 1))
        assert isinstance(short, Absent)
        asked = int(short.reason.rsplit(" ", 1)[1])
        assert isinstance(read_variables(net, circuit, *recordings(net, task, 128, asked)), VariableReading)
        own = task.settled + 2 - task.num_variables  # what is asked for is what other questions need, too
        assert isinstance(read_variables(net, circuit, *recordings(net, task, 128, own)), VariableReading)
        assert isinstance(read_variables(net, circuit, *recordings(net, task, 128, own - 1)), Absent)


def test_a_network_that_settles_later_is_read_from_then_on():
    """A unit that fades from a hundredfold: at first it hides the variables, in the end it is gone."""
    task = repeat_copy(2, 2)
    base = derive(task).compile(scheme="saturating")
    W_hh = np.pad(base.W_hh, (0, 1))
    W_hh[4, 4] = 0.9
    slow = replace(
        base,
        W_hh=W_hh,
        W_uh=np.vstack([base.W_uh, [[0.5, 0.5]]]),
        W_hy=np.pad(base.W_hy, ((0, 0), (0, 1)), constant_values=30),
        exact=None,
    )
    found = read(slow, task, horizon=200)
    assert found.settled > derive(task).task.settled  # pyright: ignore
    assert found.r2_min > 0.9


def test_a_longer_recording_is_offered_where_most_is_right(monkeypatch: pytest.MonkeyPatch):
    longer: list[Any] = []
    monkeypatch.setattr(examination, "reading_of", lambda *given: longer.append(given[-1]))
    for net in (derive(COPY).compile(scheme="tanh"), random_tanh(12, 2, 0, 0.5)):
        assert examine(net, COPY, sequences=64, horizon=20).variables is None
    assert [more is None for more in longer] == [False, True]
