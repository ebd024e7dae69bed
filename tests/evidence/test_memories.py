"""Variable memories: the intertwining solved a second way, exact circuits decoded exactly, and broken decoders caught."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import schur

from emt_theory import derive
from emt_theory.analysis import estimate_memories, record, transitions
from emt_theory.evidence.memories import METHODS, Estimate, persistent_dynamics, powers_input, powers_output
from emt_theory.evidence.memories.estimate import decode_signs, leakage
from emt_theory.evidence.memories.intertwiner import Intertwiner, intertwiner
from emt_theory.evidence.memories.intertwining import _flipped  # pyright: ignore[reportPrivateUsage]
from emt_theory.evidence.memories.persistent import Persistent
from emt_theory.evidence.recording import Recording
from emt_theory.ground.absent import Absent
from emt_theory.tasks import autoregressive, fibonacci, from_matrix, parse, random_selection, repeat_copy


def solve(step: np.ndarray, readout: np.ndarray, persistent: Persistent) -> Intertwiner:
    return intertwiner(step, persistent.phi, persistent.read, readout)


def solve_by_modes(step: np.ndarray, readout: np.ndarray, persistent: Persistent) -> np.ndarray:
    """The same minimum without iterating. Φ_p = V Λ V* is normal, so Y = V* Z has rows of its own, which only the read-out couples:
    y_i M_i + c_i* (C V Y − G) = 0, M_i = (B − λ_i)(B − λ_i)*. Eliminating y_i leaves d·r unknowns, the residual of the read-out."""
    triangular, vectors = schur(persistent.phi.astype(complex), output="complex")
    r, d = len(step), len(persistent.read)
    seen = persistent.read @ vectors
    inverses, system = [], np.eye(d * r, dtype=complex)
    for i, value in enumerate(np.diag(triangular)):
        shifted = step - value * np.eye(r)
        inverse = np.linalg.inv(shifted @ shifted.conj().T)
        inverses.append(inverse)
        system += np.kron(np.outer(seen[:, i], seen[:, i].conj()), inverse.T)
    remaining = np.linalg.solve(system, readout.ravel().astype(complex)).reshape(d, r)
    rows = [seen[:, i].conj() @ remaining @ inverse for i, inverse in enumerate(inverses)]
    return (vectors @ np.stack(rows)).real


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 3), st.integers(1, 3), st.integers(1, 8), st.integers(0, 10**6))
def test_the_intertwining_has_two_independent_solutions(s: int, d: int, r: int, seed: int):
    persistent = persistent_dynamics(derive(random_selection(s, d, seed=seed)))
    rng = np.random.default_rng(seed)
    step, readout = rng.normal(size=(r, r)) / np.sqrt(r), rng.normal(size=(d, r))
    found = solve(step, readout, persistent)
    assert found.converged
    assert np.allclose(found.matrix, solve_by_modes(step, readout, persistent), atol=1e-5)


def test_saboteur_the_right_intertwining_is_another_matrix():
    persistent = persistent_dynamics(derive(random_selection(2, 2, seed=1)))
    rng = np.random.default_rng(0)
    step, readout = rng.normal(size=(5, 5)) / 3, rng.normal(size=(2, 5))
    transposed = replace(persistent, phi=persistent.phi.T)
    sabotaged = solve(step, readout, transposed).matrix
    assert not np.allclose(sabotaged, solve_by_modes(step, readout, persistent), atol=1e-2)


@settings(deadline=None, max_examples=25)
@given(st.integers(1, 4), st.integers(1, 4), st.integers(0, 10**6))
def test_the_persistent_components_move_by_themselves_and_give_the_output(s: int, d: int, seed: int):
    task = random_selection(s, d, seed=seed)
    found = persistent_dynamics(derive(task))
    assert np.array_equal(found.phi @ found.phi.T, np.eye(len(found.components)))
    recording = record(derive(task).compile(scheme="tanh"), task, 3, 3 * s * d + 6, seed=0)
    t = s + s * d + 2
    now, later = (recording.memory(t + k)[:, list(found.components)] for k in (0, 1))
    assert np.array_equal(later, now @ found.phi.T)
    assert np.array_equal(recording.series[:, t - 1], now @ found.read.T)


@pytest.mark.parametrize("task", [fibonacci(), autoregressive(["1/2", "1/2"]), autoregressive([2, -1])])
def test_other_linear_tasks_have_persistent_dynamics_too(task: Any):
    found = persistent_dynamics(derive(task))
    memory = np.random.default_rng(0).normal(size=task.components)
    phi = derive(task).exact_phi.to_array()
    for _ in range(task.components):
        memory = phi @ memory
    chosen = list(found.components)
    assert np.allclose((phi @ memory)[chosen], found.phi @ memory[chosen])
    assert np.allclose(memory[-task.dim :], found.read @ memory[chosen])


def both(net: Any, task: Any, horizon: int = 60):
    return record(net, task, 40, horizon, seed=1), record(net, task, 40, horizon, seed=0)


@pytest.mark.parametrize("task", [repeat_copy(3, 2), parse("T3"), parse("T4")])
def test_every_method_decodes_the_saturating_circuit(task: Any):
    circuit = derive(task)
    net = circuit.compile(scheme="saturating")
    memories = estimate_memories(net, circuit, *both(net, task))
    for method in METHODS:
        found = memories[method]
        assert found.decode_accuracy == 1.0
        assert found.phi_error is not None
        assert found.phi_error < 1e-5
        assert found.reason is None
        assert found.duality_error is not None
        assert found.duality_error < 0.01


def test_powers_of_the_read_out_are_no_memories_in_an_oblique_basis():
    task = repeat_copy(3, 2)
    net = derive(task).compile(scheme="linear", basis="oblique", hidden=9)
    memories = estimate_memories(net, derive(task), *both(net, task))
    assert memories.intertwining.decode_accuracy == 1.0
    assert memories.powers_output.phi_error is not None
    assert memories.powers_output.phi_error > 0.01


def assert_reads_every_variable(estimate: Estimate, persistent: Persistent, fresh: Recording):
    """The law: on a network that solves its task the decoder reads the stored signs."""
    found = decode_signs(estimate, persistent, fresh)
    assert found is not None
    assert found.accuracy is not None
    assert found.accuracy >= 0.999


def test_a_decoder_that_is_wrong_in_one_slot_is_found_out_there(network: Any):
    task = parse("T4")
    circuit, net = derive(task), network("T4")
    fit, fresh = both(net, task, horizon=60)
    persistent = persistent_dynamics(circuit)
    memories = estimate_memories(net, circuit, fit, fresh)
    assert memories.slots[0] == (persistent.components[0] // 8 + 1, persistent.components[0] % 8)
    assert memories.agreement["intertwining", "regression"] == pytest.approx(1.0, abs=2e-3)
    agreed = memories.agreement["powers_input", "regression"]
    assert agreed is not None
    assert agreed < 0.9
    estimate = memories.intertwining.estimate
    reader = estimate.decoder.copy()
    reader[7] *= -1
    found = decode_signs(replace(estimate, decoder=reader), persistent, fresh)
    assert found is not None
    by_slot = np.array(found.by_slot(), dtype=float)
    assert by_slot[7] < 0.01
    assert np.delete(by_slot, 7).min() > 0.99
    assert len(found.by_time()) == len(found.times) == 60 - 11


def test_saboteurs_a_pseudo_inverse_or_transpose_in_place_of_the_decoder_read_less(network: Any):
    task = parse("T4")
    circuit, net = derive(task), network("T4")
    fit, fresh = both(net, task, horizon=100)
    persistent = persistent_dynamics(circuit)
    estimate = estimate_memories(net, circuit, fit, fresh).intertwining.estimate
    assert_reads_every_variable(estimate, persistent, fresh)
    sabotaged = {
        "pseudo-inverse of powers of W on W_uh": np.linalg.pinv(powers_input(net, persistent).encoder),
        "pseudo-inverse of powers of W on the read-out": np.linalg.pinv(powers_output(net, persistent).encoder),
        "transpose of Ψ": estimate.encoder.T,
    }
    for decoder in sabotaged.values():
        with pytest.raises(AssertionError):
            assert_reads_every_variable(replace(estimate, decoder=decoder), persistent, fresh)


@pytest.mark.parametrize("size", [1e-300, 1e-160, 1e-40, 1e40, 1e160, 1e300])
def test_the_intertwining_is_proportional_to_the_read_out(size: float):
    persistent = persistent_dynamics(derive(random_selection(2, 2, seed=1)))
    rng = np.random.default_rng(0)
    step, readout = rng.normal(size=(5, 5)) / 3, rng.normal(size=(2, 5))
    plain, scaled = solve(step, readout, persistent), solve(step, readout * size, persistent)
    assert np.allclose(scaled.matrix / size, plain.matrix, rtol=1e-6, atol=1e-9)
    assert scaled.residual == pytest.approx(plain.residual)
    assert scaled.converged
    assert not solve(step, readout * 0, persistent).matrix.any()


def test_the_null_flips_a_write_that_is_not_zero():
    """u_0(t) = 0 and u_1(t) = u_1(t−1) + u_0(t−1): component 0 persists, but nothing is written to it, and to flip nothing is no null."""
    task = from_matrix([[0, 0], [1, 1]])
    persistent = persistent_dynamics(derive(task))
    assert persistent.components == (0, 1)
    assert not np.array_equal(_flipped(persistent), persistent.phi)


def test_memories_are_decoded_up_to_the_horizon_and_a_shorter_one_is_told_so():
    task = repeat_copy(8, 1)
    circuit = derive(task)
    assert list(persistent_dynamics(circuit).times(14)) == [12, 13, 14]
    net = circuit.compile()
    reason = estimate_memories(net, circuit, *both(net, task, horizon=11)).intertwining.reason
    assert reason == "memories are decoded at t = s + 4 = 12, …, horizon: none with a horizon of 11; take at least 12"


def test_saboteur_a_flipped_sign_does_not_intertwine():
    task = parse("T4")
    circuit = derive(task)
    net = circuit.compile(scheme="tanh")
    estimate = estimate_memories(net, circuit, *both(net, task, 100)).intertwining.estimate
    assert estimate.residual is not None
    assert estimate.null_residual is not None
    assert estimate.residual < 1e-4
    assert estimate.null_residual > 0.05


def test_leakage_is_the_variance_that_is_not_explained():
    task = repeat_copy(2, 2)
    net = derive(task).compile(scheme="linear", basis="orthogonal", hidden=6)
    pairs = transitions(record(net, task, 60, 40, seed=0))
    assert not isinstance(pairs, Absent)
    rank = pairs.rank(1e-6)
    assert leakage(np.eye(6), pairs) == pytest.approx(0, abs=1e-12)
    assert leakage(pairs.right[:rank], pairs) == pytest.approx(0, abs=1e-12)
    assert leakage(pairs.right[rank:], pairs) == pytest.approx(1, abs=1e-12)
    share = pairs.deviations[0] ** 2 / (pairs.deviations**2).sum()
    assert leakage(pairs.right[:1], pairs) == pytest.approx(1 - share)


def test_an_unknown_method_is_named():
    task = repeat_copy(2, 1)
    net = derive(task).compile()
    with pytest.raises(KeyError, match="known are powers_input"):
        estimate_memories(net, derive(task), *both(net, task))["power"]
