"""What changes of single variables do: against edits made by hand, on circuits, and on networks that hold variables and do not use them."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from emt_theory import derive
from emt_theory.circuits import compile_cell
from emt_theory.evidence.exchanges import OTHERS, SEEN
from emt_theory.evidence.recording import record
from emt_theory.evidence.use import VariableUse, use_variables
from emt_theory.evidence.variables import VariableReading, read_variables
from emt_theory.ground.absent import Absent
from emt_theory.networks import ElmanRNN, StateSpace, StepNetwork
from emt_theory.networks.stack import Stack
from emt_theory.tasks import LinearTask, autoregressive, compose_copy, delayed_copy, from_matrix, from_rule, repeat_copy
from tests.collections.mechanisms import Product, Slaved

SIGNED = from_rule(lambda u: [-u[3][1], u[2][0]], num_variables=3, dim=2)


def measured(net: Any, task: LinearTask, sequences: int = 128, horizon: int = 60, seed: int = 0) -> Any:
    fit, fresh = (record(net, task, sequences, horizon, k) for k in (1, 0))
    reading = read_variables(net, derive(task), fit, fresh)
    return reading, fresh, use_variables(net, reading, fit, fresh, seed)


def use(net: Any, task: LinearTask, **more: Any) -> VariableUse:
    found = measured(net, task, **more)[2]
    assert isinstance(found, VariableUse), found
    return found


def noisy(task: LinearTask, noise: float, seed: int = 0) -> ElmanRNN:
    """A tanh circuit whose recurrent weights were disturbed: some edits work, and some do not."""
    net = derive(task).compile(scheme="tanh")
    disturbance = noise * np.random.default_rng(seed).normal(size=net.W_hh.shape)
    return replace(net, W_hh=net.W_hh + disturbance, exact=None)


def by_hand(
    net: ElmanRNN, task: LinearTask, reading: VariableReading, fresh: Any, times: Any, change: float = 2.0
) -> Any:
    """Every variable in every sequence at every time: (edits, right, predicted, seen, staying, unpredicted), with Python's own loops."""
    s, steps = task.num_variables, fresh.states.shape[1] - times[-1]
    slots, counts, right, edits = reading.lasting.slots, np.zeros(4, dtype=int), 0, 0
    assert slots is not None
    for t in times:
        for j, (block, component) in enumerate(slots):
            held = fresh.series[:, t - s + block - 1, component]
            # The input that the variable holds is the one whose exchange turns it, whichever it is.
            x = fresh.series[:, :s]
            for k in range(s):
                for c in range(task.dim):
                    turned = x.copy()
                    turned[:, k, c] *= -1
                    later = np.concatenate(
                        [turned, task.targets(turned.astype(int), t + steps - s).astype(float)], axis=1
                    )
                    if np.array_equal(later[:, t - s + block - 1, component], -held):
                        break
                else:
                    continue
                break
            h, seen, due = fresh.states[:, t - 1], [], []
            edited = h - change * held[:, None] * reading.encoder[:, j]
            for step in range(steps):
                h, edited = np.tanh(h @ net.W_hh.T), np.tanh(edited @ net.W_hh.T)
                seen.append(np.sign(h @ net.W_hy.T) != np.sign(edited @ net.W_hy.T))
                due.append(later[:, t + step] != fresh.series[:, t + step])
            flips, wanted = np.array(seen), np.array(due)
            four = np.stack([wanted.sum((0, 2)), (wanted & flips).sum((0, 2)), (~wanted).sum((0, 2)), (~wanted & flips).sum((0, 2))])  # fmt: skip
            right += int(((four[1] >= SEEN * four[0]) & (four[3] <= OTHERS * four[2])).sum())
            edits, counts = edits + len(h), counts + four.sum(axis=1)
    return edits, right, *counts


def assert_counts_are_those_of_all_edits(found: VariableUse, made: Any):
    """The law: edits drawn at random do what all of them do, to three standard errors."""
    edits, right, predicted, seen, staying, unpredicted = made
    share = right / edits
    error = np.sqrt(max(share * (1 - share), 1 / found.sequences) / found.sequences)
    assert abs(found.sequences_right / found.sequences - share) < 3 * error
    assert abs((found.predicted_flips_seen or 0) - seen / predicted) < 0.1
    assert abs((found.unpredicted_flips or 0) - unpredicted / staying) < 0.1


@pytest.mark.parametrize(("noise", "seed", "some"), [(0.0, 4, False), (0.1, 5, True), (0.2, 7, True)])
def test_edits_do_what_all_edits_by_hand_do(noise: float, seed: int, some: bool):
    net = noisy(SIGNED, noise, seed)
    reading, fresh, found = measured(net, SIGNED, horizon=110)
    made = by_hand(net, SIGNED, reading, fresh, found.times)
    assert_counts_are_those_of_all_edits(found, made)
    assert (0.02 < made[1] / made[0] < 0.98) is some
    with pytest.raises(AssertionError):
        assert_counts_are_those_of_all_edits(found, by_hand(net, SIGNED, reading, fresh, found.times, change=0.9))


@pytest.mark.parametrize("task", [repeat_copy(3, 2), SIGNED, delayed_copy(3, 2, lag=2)], ids=lambda task: task.name)
@pytest.mark.parametrize("scheme", ["saturating", "tanh", "gated", "gru", "lstm"])
def test_circuits_use_their_variables(scheme: str, task: LinearTask):
    net = compile_cell(task, scheme) if scheme in ("gru", "lstm") else derive(task).compile(scheme=scheme)
    found = use(net, task)
    assert (found.sequences_right, found.noop_changes, found.never_right) == (128, 0, ())
    assert (found.predicted_flips_seen, found.unpredicted_flips) == (1, 0)
    assert min(n for n, _ in found.by_variable) >= 4


def test_an_edit_that_adds_nothing_is_not_run_again(monkeypatch: pytest.MonkeyPatch):
    """A network of weights gives the same outputs from the same state; whatever else is run to see, two more times."""
    task, shown = repeat_copy(2, 2), list[int]()
    circuit = derive(task).compile(scheme="saturating")
    nets = (circuit, Stack((circuit,)), StepNetwork(lambda h, x: circuit.step(h, x), circuit.W_hy, circuit.hidden, 2))
    show = StateSpace.show
    monkeypatch.setattr(StateSpace, "show", lambda *given: shown.append(len(given[1])) or show(*given))
    runs: list[int] = []
    for net in nets:
        shown.clear()
        assert use(net, task).noop_changes == 0
        runs.append(len(shown))
    assert runs == [3, 3, 9]


def test_every_variable_is_edited_in_few_sequences_too():
    task = repeat_copy(4, 6)
    found = use(derive(task).compile(scheme="saturating"), task, sequences=16, horizon=60)
    assert (found.edits, found.sequences, found.sequences_right) == (96, 16, 16)
    assert {n for n, _ in found.by_variable} == {4}


@pytest.mark.parametrize(
    ("make", "task"),
    [(Product("tanh"), repeat_copy(3, 2)), (Slaved(0.5), repeat_copy(3, 2))],
    ids=["product", "slaved"],
)
def test_variables_that_are_held_otherwise_are_not_used(make: Any, task: LinearTask):
    found = use(make(task), task)
    assert found.high < 0.9
    assert found.noop_changes == 0


def test_a_variable_that_nothing_reads_right_is_named():
    """Output 2 shows the sign of 4a + 2b + c, which is that of a: changes of c turn nothing, and those of a what they should not."""
    task = repeat_copy(1, 3)
    net = derive(task).compile(scheme="saturating")
    W_hy = net.W_hy.copy()
    W_hy[2] = [4, 2, 1]
    found = use(replace(net, W_hy=W_hy, exact=None), task)
    assert found.never_right == ("component 0 of block 1", "component 2 of block 1")
    assert min(n for n, _ in found.by_variable) >= 4
    assert found.by_variable[1][0] == found.by_variable[1][1]


@pytest.mark.parametrize("inputs", [(-1, 0, 1), (1, 3), (-3, 1, 3)], ids=repr)
def test_an_edit_puts_in_another_valid_value(inputs: tuple[int, ...]):
    task = replace(repeat_copy(3, 2), inputs=inputs)
    found = use(derive(task).compile(scheme="linear"), task)
    assert found.sequences_right == 128
    assert found.predicted > 0
    assert found.predicted_flips_seen == 1
    assert not found.unpredicted


@pytest.mark.parametrize(
    "task",
    [from_matrix([[1, 0, 0, 0], [0, 0, 0, "1/2"]]), autoregressive([2]), from_matrix([["1/2", 1, 0, "1/3"], [0, 0, 0, -1]], dim=2)],
    ids=lambda task: task.equations()[0],
)  # fmt: skip
def test_tasks_that_mix_are_edited_by_their_inputs(task: LinearTask):
    found = use(derive(task).compile(), task)
    assert found.slots is None
    assert all(name.startswith("input ") for name in found.names)
    assert found.sequences_right == found.sequences
    assert found.predicted > 0


ZEROS = ElmanRNN(np.zeros((3, 3)), np.zeros((3, 2)), np.zeros((2, 3)))
HUGE = ElmanRNN(1e30 * np.eye(2), np.eye(2), np.eye(2), activation="identity")


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("net", "task", "horizon", "why"),
    [
        (ZEROS, repeat_copy(2, 2), 60, "do not vary: they hold nothing"),
        (HUGE, repeat_copy(1, 2), 60, "states or outputs are not finite from t = 12 on"),
        (HUGE, repeat_copy(1, 2), 9, "states reach 1.0e+270"),
        (derive(repeat_copy(4, 2)).compile(), repeat_copy(4, 2), 8, "watched for 2s = 8 steps; take a horizon of at least 12"),
        (ZEROS, from_matrix([[0, 0, 0, 1], [0, 0, 0, 0]]), 60, "nothing lasts"),
    ],
)  # fmt: skip
def test_what_cannot_be_edited_says_so_in_a_line(net: Any, task: LinearTask, horizon: int, why: str):
    found = measured(net, task, horizon=horizon)[2]
    assert isinstance(found, Absent)
    assert why in found.reason
    assert "\n" not in found.reason


def test_the_horizon_that_is_asked_for_is_enough():
    for task in (repeat_copy(4, 2), SIGNED, compose_copy(3)):
        net = derive(task).compile()
        asked = int(str(measured(net, task, horizon=task.settled - task.num_variables + 3)[2]).rsplit(" ", 1)[1])
        assert isinstance(measured(net, task, horizon=asked)[2], VariableUse)
        own = task.settled + task.num_variables  # what is asked for is what other questions need, too
        assert isinstance(measured(net, task, horizon=own)[2], VariableUse)
        assert isinstance(measured(net, task, horizon=own - 1)[2], Absent)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("decay", [1e-3, 1e-30])
def test_states_that_die_are_counted_as_they_are(decay: float):
    """Nothing is left to turn: no flip is seen, and none is made up."""
    found = use(ElmanRNN(decay * np.eye(2), np.eye(2), np.eye(2)), repeat_copy(1, 2), horizon=200)
    assert found.sequences_right == 0
    assert np.isfinite([found.low, found.high, found.predicted_flips_seen or 0, found.unpredicted_flips or 0]).all()
