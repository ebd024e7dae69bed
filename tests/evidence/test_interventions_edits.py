"""Edits, handles and predictions: what an edit does to a memory and a state, against the task's own recurrence; what is refused."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emt_theory import derive
from emt_theory.analysis import estimate_memories, record, transitions
from emt_theory.errors import InvalidOption
from emt_theory.evidence.interventions import (
    Ablate,
    Block,
    Edit,
    Flip,
    Handles,
    NoOp,
    Set,
    Swap,
    Transplant,
    apply,
    decoder_handles,
    encoder_handles,
    predict,
)
from emt_theory.evidence.memories import persistent_dynamics
from emt_theory.ground.absent import Absent
from emt_theory.networks import state_space
from emt_theory.tasks import autoregressive, compose_copy, from_matrix, random_selection, repeat_copy

PERSISTENT = persistent_dynamics(derive(repeat_copy(2, 2)))
MEMORY = np.array([[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]])


@pytest.mark.parametrize(
    ("edit", "after"),
    [
        (Flip(5, (2, 0)), [[1, 2, -3, 4], [5, 6, -7, 8]]),
        (Flip(5, 2), [[1, 2, -3, 4], [5, 6, -7, 8]]),
        (Flip(5, np.int64(2)), [[1, 2, -3, 4], [5, 6, -7, 8]]),  # pyright: ignore[reportArgumentType]
        (Flip(5, Block(2)), [[1, 2, -3, -4], [5, 6, -7, -8]]),
        (Set(5, (1, 1), 9), [[1, 9, 3, 4], [5, 9, 7, 8]]),
        (Swap(5, (1, 0), (2, 1)), [[4, 2, 3, 1], [8, 6, 7, 5]]),
        (Swap(5, Block(1), Block(2)), [[3, 4, 1, 2], [7, 8, 5, 6]]),
        (Ablate(5, Block(1)), [[0, 0, 3, 4], [0, 0, 7, 8]]),
        (Transplant(5, (1, 0), source=1), [[5, 2, 3, 4], [5, 6, 7, 8]]),
        (NoOp(5, Block(1)), MEMORY.tolist()),
    ],
)
def test_an_edit_is_a_map_on_memories(edit: Edit, after: list[list[float]]):
    before = MEMORY.copy()
    assert edit.change(MEMORY, PERSISTENT).tolist() == after
    assert np.array_equal(MEMORY, before)


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (Flip(5, (0, 0)), r"blocks run from 1 \(oldest\) to 2 \(newest\); got 0"),
        (Flip(5, Block(3)), r"blocks run from 1 \(oldest\) to 2 \(newest\); got 3"),
        (Flip(5, (1, 2)), "components run from 0 to 1; got component 2"),
        (Flip(5, 4), r"a slot is \(block, component\), a flat index 0 … 3, or a Block; got 4"),
        (Flip(5, True), "got True"),
        (Flip(5, (1, 0.5)), "got component 0.5"),  # pyright: ignore[reportArgumentType]
        (Flip(5, (1.0, 0)), "got 1.0"),  # pyright: ignore[reportArgumentType]
        (Flip(5, (1, 0, 1)), "a slot is .* got"),  # pyright: ignore[reportArgumentType]
        (Set(5, 0, "1"), "value must be a number; got '1'"),  # pyright: ignore[reportArgumentType]
        (Flip(5, "b"), "got 'b'"),  # pyright: ignore[reportArgumentType]
        (Set(5, 0, float("nan")), "a slot can be set to a finite number; got nan"),
        (Swap(5, (1, 0), Block(2)), r"slot \(1, 0\) has 1 persistent components, block 2 has 2"),
        (Transplant(5, 0, source=2), "there is no sequence 2 to transplant from; there are 2"),
    ],
)
def test_what_is_no_edit_is_refused(edit: Edit, message: str):
    with pytest.raises(InvalidOption, match=message):
        edit.change(MEMORY, PERSISTENT)


def test_what_is_forgotten_cannot_be_edited():
    persistent = persistent_dynamics(derive(compose_copy(3)))
    message = r"slot \(1, 1\) is not persistent: what it holds is forgotten. Persistent slots are slot \(1, 0\), slot \(2, 0\), .*…"
    with pytest.raises(InvalidOption, match=message):
        Flip(9, (1, 1)).change(np.ones((1, 6)), persistent)
    assert Flip(9, Block(1)).change(np.ones((1, 6)), persistent).tolist() == [[-1, 1, 1, 1, 1, 1]]


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 4), st.integers(1, 4), st.integers(0, 10**6), st.data())
def test_predictions_are_those_of_the_task_on_other_inputs(s: int, d: int, seed: int, data: st.DataObject):
    """What persists moves along cycles, so the edited memory at t is the unedited one of a run on other inputs: flip what came from there."""
    task = random_selection(s, d, seed=seed)
    persistent = persistent_dynamics(derive(task))
    count, t, steps = len(persistent.components), s + s * d, 2 * s * d + 3
    slot = data.draw(st.integers(0, count - 1))
    inputs = np.random.default_rng(seed).choice([-1, 1], size=(3, s, d))
    origin = int(np.flatnonzero(np.linalg.matrix_power(persistent.phi, t - s)[slot])[0])
    others = inputs.reshape(3, s * d).copy()
    others[:, persistent.components[origin]] *= -1
    series, edited = (task.targets(u, t - s + steps)[:, t - s :] for u in (inputs, others.reshape(3, s, d)))
    memory = np.concatenate([inputs, task.targets(inputs, t)], axis=1)[:, t - s : t].reshape(3, -1)
    held = memory[:, persistent.components].astype(float)
    flat = persistent.components[slot]
    change = Flip(t, flat).change(held, persistent) - held
    found = predict(persistent, memory.astype(float), change, series.astype(float))
    assert np.array_equal(found.signs, np.sign(edited))
    assert np.array_equal(found.flips, edited != series)
    assert np.array_equal(found.stays, edited == series)


def test_saboteur_a_memory_in_which_nothing_goes_along_predicts_something_else():
    """Component 0 of block 1 of delayed copy is transient, and holds what a persistent one holds: it goes along with it."""
    task = from_matrix([[1, 0, 0, 0], [1, 0, 0, 0]])
    persistent = persistent_dynamics(derive(task))
    alone = np.zeros_like(persistent.extension)
    alone[list(persistent.components)] = np.eye(len(persistent.components))
    memory, change, series = np.ones((1, 4)), np.array([[0.0, -2.0]]), np.ones((1, 6, 2))
    right = predict(persistent, memory, change, series)
    assert right.flips.any()
    swapped = replace(persistent, extension=alone[::-1])
    assert not np.array_equal(right.flips, predict(swapped, memory, change, series).flips)


def test_a_value_of_0_has_no_sign_to_predict():
    persistent = persistent_dynamics(derive(repeat_copy(2, 1)))
    memory, series = np.array([[0.1 + 0.2, 1.0]]), np.array([[[0.3], [1.0], [0.3], [1.0]]])
    found = predict(persistent, memory, np.array([[-0.3, 0.0]]), series)
    assert found.flips[0, :, 0].tolist() == [False] * 4
    assert found.stays[0, :, 0].tolist() == [False, True, False, True]
    assert found.signs[0, :, 0].tolist() == [0, 1, 0, 1]
    filled = predict(persistent, np.array([[0.0, 1.0]]), np.array([[-2.0, 0.0]]), np.array([[[0.0], [1.0]]]))
    assert filled.signs[0, :, 0].tolist() == [-1, 1]
    assert not filled.flips.any()


def test_values_that_grow_are_predicted_by_their_signs():
    """u(t) = u(t−1) + u(t−2): after (3, 5) comes 8; after (−3, 5) 2, 7, …; after (3, −5) −2, −7, …"""
    persistent = persistent_dynamics(derive(autoregressive([1, 1])))
    memory, series = np.array([[3.0, 5.0]]), np.array([[[8.0], [13.0], [21.0]]])
    assert not predict(persistent, memory, np.array([[-6.0, 0.0]]), series).flips.any()
    assert predict(persistent, memory, np.array([[0.0, -10.0]]), series).flips.all()


def circuit_with_handles(task: Any, scheme: str = "saturating"):
    circuit = derive(task)
    net = circuit.compile(scheme=scheme)
    fit, fresh = (record(net, task, 40, 40, seed=seed) for seed in (1, 0))
    persistent = persistent_dynamics(circuit)
    estimate = estimate_memories(net, circuit, fit, fresh).intertwining.estimate
    return net, fit, fresh, encoder_handles(persistent, estimate)


@pytest.mark.parametrize("scheme", ["linear", "saturating"])
def test_an_edited_state_is_the_state_of_a_run_on_other_inputs(scheme: str):
    task = repeat_copy(3, 2)
    net, _, fresh, handles = circuit_with_handles(task, scheme)
    others = fresh.series[:, : fresh.task.num_variables].copy()
    others[:, 1, 0] *= -1
    t = 3 + 3 * 4
    states = apply(Flip(t, (2, 0)), fresh.states[:, t - 1], handles.persistent.truth_at(t, fresh), handles)
    assert np.allclose(states, net.run(others, steps=t).states[:, t - 1], atol=1e-6)


def test_the_decoder_reads_its_handles_as_single_components(network: Any):
    """K is the smallest with X K = I in the metric of S⁻¹: any other is larger."""
    circuit = derive(compose_copy(8))
    net = network("T2")
    fit, fresh = (record(net, circuit.task, 64, 60, seed=seed) for seed in (1, 0))
    estimate = estimate_memories(net, circuit, fit, fresh).intertwining.estimate
    handles = decoder_handles(persistent_dynamics(circuit), estimate, fit)
    assert np.allclose(estimate.decoder @ handles.directions, np.eye(36), atol=1e-8)

    pairs = transitions(fit, after=8)
    assert not isinstance(pairs, Absent)
    whitened = (pairs.right / pairs.deviations[:, None]) @ handles.directions
    reader = estimate.decoder @ (pairs.right.T * pairs.deviations)
    invisible = np.linalg.svd(reader)[2][36:]
    assert np.abs(invisible @ whitened).max() < 1e-6 * np.abs(whitened).max()


def test_a_no_op_adds_exactly_nothing():
    net, _, fresh, handles = circuit_with_handles(repeat_copy(3, 2))
    z, m = fresh.states[:, 9], handles.persistent.truth_at(10, fresh)
    after = apply(NoOp(10, (2, 1)), z, m, handles)
    assert np.array_equal(after, z)
    space = state_space(net)
    assert np.array_equal(space.free(after, 20), space.free(z.copy(), 20))


def test_an_edit_to_what_is_there_is_refused_and_named():
    _, _, fresh, handles = circuit_with_handles(repeat_copy(3, 2))
    z, m = fresh.states[:4, 9], handles.persistent.truth_at(10, fresh)[:4]
    m = np.where(np.arange(6) == 3, np.array([[1.0], [-1.0], [1.0], [-1.0]]), m)
    message = r"set slot \(2, 1\) at t = 10 changes nothing in sequences 0, 2, which hold that already: leave it out, or take NoOp"
    with pytest.raises(InvalidOption, match=message):
        apply(Set(10, (2, 1), 1), z, m, handles)
    with pytest.raises(InvalidOption, match=r"transplant slot \(2, 1\) at t = 10 changes nothing in sequence 3,"):
        apply(Transplant(10, (2, 1), source=1), z, m, handles)
    with pytest.raises(InvalidOption, match=r"flip slot \(1, 0\) at t = 10 changes nothing in sequence 0,"):
        apply(Flip(10, (1, 0)), z[:1], np.zeros((1, 6)), handles)


def test_an_edit_that_moves_no_state_is_refused():
    _, _, fresh, handles = circuit_with_handles(repeat_copy(3, 2))
    none = handles.directions.copy()
    none[:, 3] = 0
    lame = Handles(handles.persistent, none, handles.estimate)
    with pytest.raises(InvalidOption, match=r"flip slot \(2, 1\) at t = 10 moves no state in sequences 0, 1"):
        apply(Flip(10, (2, 1)), fresh.states[:2, 9], handles.persistent.truth_at(10, fresh)[:2], lame)


def test_a_transplant_reads_the_states_and_not_the_memory():
    """Where a donor's state holds another value than the task says, it is the state's that arrives."""
    _, _, fresh, handles = circuit_with_handles(repeat_copy(3, 2))
    z, m = fresh.states[:2, 9].copy(), handles.persistent.truth_at(10, fresh)[:2].copy()
    m[:, 0] = [1, -1]
    z[:, 0] = [1, -0.25]
    after = apply(Transplant(10, (1, 0), source=1), z, m, handles)
    assert after[0, 0] == pytest.approx(-0.25, abs=1e-6)
    assert np.allclose(after[0, 1:], z[0, 1:], atol=1e-6)
    assert np.array_equal(after[1], z[1])


def test_handles_that_do_not_fit_are_refused():
    _, fit, _, handles = circuit_with_handles(repeat_copy(3, 2))
    with pytest.raises(InvalidOption, match=r"directions must have shape \(S, m\) = \(6, 6\); got \(6, 5\)"):
        Handles(handles.persistent, handles.directions[:, :5], handles.estimate)
    with pytest.raises(InvalidOption, match=r"here S = 6 and m = 6; got \(2, 6\) and \(3, 6\)"):
        apply(Flip(9, 0), np.ones((2, 6)), np.ones((3, 6)), handles)
    with pytest.raises(InvalidOption, match="directions must be finite"):
        Handles(handles.persistent, handles.directions * np.nan, handles.estimate)
    with pytest.raises(InvalidOption, match="there are no memories to edit: too dull"):
        encoder_handles(handles.persistent, Absent("too dull"))
    with pytest.raises(InvalidOption, match="the memories hold 6 components, the circuit has 4 persistent ones"):
        encoder_handles(PERSISTENT, handles.estimate)
    blind = replace(handles.estimate, decoder=np.ones((6, 6)))
    with pytest.raises(InvalidOption, match="what the decoder reads off the states is linearly dependent"):
        decoder_handles(handles.persistent, blind, fit)
    with pytest.raises(InvalidOption, match="there are no handles: all states at t > 3 are 0"):
        decoder_handles(handles.persistent, handles.estimate, replace(fit, states=0 * fit.states))
