"""Total least squares: nearer than least squares where states have noise, the same where they have none."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emt_theory import derive
from emt_theory.evidence import (
    Recording,
    compare_spectra,
    examine,
    linearize_secant,
    linearize_total,
    record,
    transitions,
)
from emt_theory.evidence.assignment import assign_values
from emt_theory.ground.absent import Absent
from emt_theory.tasks import compose_copy, parse, repeat_copy


def noisy(recording: Recording, size: float, seed: int = 0) -> Recording:
    noise = np.random.default_rng(seed).normal(size=recording.states.shape)
    return replace(recording, states=recording.states + size * noise)


def ring(s: int, hidden: int) -> tuple[Recording, Any]:
    """A linear circuit that turns s variables."""
    circuit = derive(repeat_copy(s, 1))
    net = circuit.compile(scheme="linear", basis="orthogonal", hidden=hidden)
    return record(net, circuit.task, 64, 60, seed=1), circuit.spectrum()


@settings(deadline=None, max_examples=20)
@given(st.integers(2, 5), st.integers(0, 3), st.floats(0.03, 0.2), st.integers(0, 10**6))
def test_of_noisy_rotations_it_is_nearer_than_least_squares(s: int, spare: int, size: float, seed: int):
    fit, theory = ring(s, s + spare)
    pairs = transitions(noisy(fit, size, seed))
    total, plain = linearize_total(pairs), linearize_secant(pairs)
    assert total.rank == s
    errors = [assign_values(found.eigenvalues, theory.eigenvalues()).mean for found in (total, plain)]
    assert errors[0] < errors[1] / 2


def test_without_noise_it_is_least_squares():
    fit, _ = ring(4, 7)
    pairs = transitions(fit)
    total, plain = linearize_total(pairs), linearize_secant(pairs)
    assert total.rank == plain.rank == 4
    assert np.allclose(total.matrix, plain.matrix, atol=1e-10)
    assert assign_values(total.eigenvalues, plain.eigenvalues).distances.max() < 1e-10


@pytest.mark.parametrize(
    ("name", "size", "times"), [pytest.param("T1", 0.01, 10, marks=pytest.mark.slow), ("T4", 0.01, 30)]
)
def test_noise_that_spoils_a_trained_networks_secant_does_not_spoil_it(
    network: Any, name: str, size: float, times: int
):
    task = parse(name)
    theory, pairs = derive(task).spectrum(), transitions(noisy(record(network(name), task, 128, 200, seed=1), size))
    total, plain = (compare_spectra(found(pairs), theory) for found in (linearize_total, linearize_secant))
    assert total.complex_error is not None
    assert plain.complex_error is not None
    assert total.complex_error * times < plain.complex_error


def test_a_check_reports_it_beside_the_plain_one():
    circuit = derive(compose_copy(3))
    found = examine(circuit.compile(scheme="saturating"), circuit.task, 40, 40).spectrum
    assert found.total.count == found.trajectory.count == 6
    written = found.to_dict()["total_least_squares"]
    assert written["count"] == 6
    assert written["note"].startswith("rank 6 of 9: the next singular value is")


def test_without_transitions_there_is_none():
    why = Absent("nothing was recorded")
    assert linearize_total(why) is why
