"""Linearizations: planted circuits come back with an error of the noise's order; finite differences; broken variants are caught."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emt_theory import derive
from emt_theory.analysis import (
    compare_spectra,
    estimate_memories,
    linearize_gain,
    linearize_origin,
    linearize_secant,
    prediction_error,
    record,
    transitions,
    vary_rank,
)
from emt_theory.circuits import Circuit
from emt_theory.evidence.triangular import reduce_rows
from emt_theory.ground.absent import Absent
from emt_theory.networks import ElmanRNN
from emt_theory.tasks import parse, repeat_copy

FEW = settings(deadline=None, max_examples=10)


def planted(num_variables: int, dim: int, hidden: int, noise: float, seed: int) -> ElmanRNN:
    """Repeat copy in a random orthogonal basis, every recurrent weight off by `noise` on average."""
    rng = np.random.default_rng(seed)
    n = num_variables * dim
    phi = derive(repeat_copy(num_variables, dim)).exact_phi.to_array()
    psi = np.linalg.qr(rng.normal(size=(hidden, hidden)))[0][:, :n]
    disturbance = rng.normal(size=(hidden, hidden))
    return ElmanRNN(
        W_hh=psi @ phi @ psi.T + noise * disturbance / np.linalg.norm(disturbance, 2),
        W_uh=psi[:, n - dim :],
        W_hy=psi[:, n - dim :].T,
        activation="identity",
    )


@FEW
@given(st.integers(1, 4), st.integers(1, 3), st.integers(0, 6), st.floats(1e-8, 1e-4), st.integers(0, 10**6))
def test_a_planted_circuit_comes_back_with_an_error_of_the_noise(s: int, d: int, spare: int, noise: float, seed: int):
    task = repeat_copy(s, d)
    circuit = derive(task)
    net = planted(s, d, s * d + spare, noise, seed)
    assert_planted_circuit_comes_back(net, circuit, noise)


def assert_planted_circuit_comes_back(net: ElmanRNN, circuit: Circuit, noise: float):
    """The law: every linearization and every decoder finds the circuit, as exactly as the noise lets it."""
    task = circuit.task
    fit, fresh = record(net, task, 40, 40, seed=1), record(net, task, 40, 40, seed=0)
    for found in (linearize_origin(net), linearize_secant(fit), linearize_gain(net, fit)):
        compared = compare_spectra(found.eigenvalues, circuit.spectrum())
        assert compared.complex_error is not None
        assert compared.complex_error <= 10 * noise + 1e-10
    memories = estimate_memories(net, circuit, fit, fresh)
    for method in ("powers_input", "intertwining", "regression"):
        assert memories[method].decode_accuracy == 1.0
    assert memories.intertwining.phi_error is not None
    assert memories.intertwining.phi_error <= 100 * noise + 1e-6


@pytest.mark.parametrize("sabotaged", [0.05, 0.01, 1e-3])
def test_saboteur_noise_of_another_size_does_not_pass_for_the_planted_one(sabotaged: float):
    circuit = derive(repeat_copy(3, 2))
    assert_planted_circuit_comes_back(planted(3, 2, 8, 1e-6, seed=0), circuit, 1e-6)
    with pytest.raises(AssertionError):
        assert_planted_circuit_comes_back(planted(3, 2, 8, sabotaged, seed=0), circuit, 1e-6)


def random_network(activation: str, biases: bool, seed: int = 0) -> ElmanRNN:
    rng = np.random.default_rng(seed)
    return ElmanRNN(
        W_hh=rng.normal(size=(7, 7)),
        W_uh=rng.normal(size=(7, 2)),
        W_hy=rng.normal(size=(2, 7)),
        b_h=rng.normal(size=7) if biases else None,
        activation=activation,
    )


@pytest.mark.parametrize("activation", ["tanh", "identity", "hard_tanh", "relu"])
def test_the_jacobian_at_the_origin_is_the_derivative(activation: str):
    net = random_network(activation, biases=True)
    step, zero = 1e-6, np.zeros(2)
    columns = [(net.step(step * e, zero) - net.step(-step * e, zero)) / (2 * step) for e in np.eye(7)]
    assert np.allclose(np.stack(columns, axis=1), linearize_origin(net).matrix, atol=1e-6)


def test_the_origin_says_when_it_is_no_fixed_point():
    assert "not a fixed point" in (linearize_origin(random_network("tanh", biases=True)).note or "")
    assert linearize_origin(random_network("tanh", biases=False)).note is None
    assert "kink" in (linearize_origin(random_network("relu", biases=False)).note or "")


def test_the_compressed_fit_is_ordinary_least_squares(network: Any):
    task = parse("T4")
    recording = record(network("T4"), task, 20, 60, seed=1)
    before, following = recording.transitions(16)
    ordinary = np.linalg.lstsq(before, following, rcond=None)[0].T
    assert np.allclose(linearize_secant(recording).matrix, ordinary, atol=1e-6)


def test_a_constant_part_of_the_states_is_no_mode():
    """u(t) = u(t−2) on units that carry a bias: relative to it nothing changes, so the spectrum must not either."""
    task = repeat_copy(2, 1)
    plain = derive(task).compile(scheme="linear")
    shift = np.array([3.0, 5.0])
    moved = replace(plain, b_h=shift - plain.W_hh @ shift, exact=None, metadata={})
    found = linearize_secant(record(moved, task, 30, 20, seed=0))
    assert np.allclose(np.sort(found.eigenvalues.real), [-1, 1], atol=1e-9)
    assert found.rank == 2


def test_saboteur_starting_the_window_in_the_input_phase_spoils_the_fit(network: Any):
    task, theory = parse("T4"), derive(parse("T4")).spectrum()
    recording = record(network("T4"), task, 30, 60, seed=1)
    right, early = transitions(recording), transitions(recording, after=0)
    assert not isinstance(right, Absent)
    assert not isinstance(early, Absent)
    good = compare_spectra(linearize_secant(right).eigenvalues, theory).complex_error
    bad = compare_spectra(linearize_secant(early).eigenvalues, theory).complex_error
    assert good is not None
    assert bad is None or bad > 5 * good


def test_saboteur_a_rank_below_the_theory_is_not_stable(network: Any):
    task, theory = parse("T1"), derive(parse("T1")).spectrum()
    pairs = transitions(record(network("T1"), task, 30, 60, seed=1))
    assert not isinstance(pairs, Absent)
    assert vary_rank(pairs, theory).stable
    assert compare_spectra(np.linalg.eigvals(pairs.restricted(50)), theory).complex_error is None


def test_saturation_hides_the_circuit_from_the_origin_but_not_from_trajectories(checked: Any):
    spectrum = checked("T4").spectrum
    assert spectrum.origin.complex_error == pytest.approx(0.13, abs=0.01)
    assert spectrum.gain.complex_error < 0.01
    assert spectrum.trajectory.complex_error < 0.001


def test_the_gain_is_the_whole_truth_on_the_tanh_circuit():
    task = parse("T4")
    net = derive(task).compile(scheme="tanh")
    gain = linearize_gain(net, record(net, task, 20, 150, seed=0))
    phi = derive(task).exact_phi.to_array()
    persistent = list(derive(task).persistent)
    assert np.allclose(gain.matrix[np.ix_(persistent, persistent)], phi[np.ix_(persistent, persistent)], atol=1e-5)


def test_the_next_state_is_predicted_on_fresh_sequences(network: Any):
    task = parse("T4")
    fit, fresh = (record(network("T4"), task, 30, 100, seed=seed) for seed in (1, 0))
    error = prediction_error(linearize_secant(fit), fresh)
    assert error is not None
    assert error < 0.02
    guess = prediction_error(linearize_origin(network("T4")), fresh)
    assert guess is not None
    assert guess > 0.3


def test_too_short_a_recording_is_named():
    task = repeat_copy(4, 1)
    net = derive(task).compile()
    found = linearize_secant(record(net, task, 2, 5, seed=0))
    assert found.reason == "0 transitions at t > 8 are too few for N = 4 units: take more sequences or steps"
    assert not found


@pytest.mark.parametrize("size", [1e-300, 1e-40, 1e40, 1e300])
def test_the_gain_is_the_same_whatever_the_size_of_the_weights(size: float):
    """D_i (W_hh)_i fits h_i linearly to the states: with the states given, scaling row i of W_hh changes nothing."""
    task = parse("T2")
    net = derive(task).compile(scheme="saturating")
    recording = record(net, task, 20, 40, seed=0)
    scaled = replace(net, W_hh=net.W_hh * size, exact=None)
    assert np.allclose(
        linearize_gain(scaled, recording).matrix, linearize_gain(net, recording).matrix, rtol=1e-12, atol=0
    )


def test_weights_too_large_to_compute_with_are_refused():
    found = linearize_origin(ElmanRNN(W_hh=1e308 * np.eye(2), W_uh=np.ones((2, 1)), W_hy=np.ones((1, 2))))
    assert found.reason == "weights reach 1.0e+308, above 1e+100, too large to compute with in float64"


def test_the_fit_does_not_depend_on_how_the_rows_come():
    rows = np.random.default_rng(0).normal(size=(200, 6))
    whole = reduce_rows([(rows[:, :2], rows[:, 2:])])
    pieces = reduce_rows((rows[i : i + 7, :2], rows[i : i + 7, 2:]) for i in range(0, 200, 7))
    assert np.allclose(whole.T @ whole, rows.T @ rows)
    assert np.allclose(pieces.T @ pieces, rows.T @ rows)
    assert pieces.shape == (6, 6)
