"""What a network holds does not depend on the units that it computes in: D h with D diagonal is the same state."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emt_theory import derive
from emt_theory.analysis import check
from emt_theory.evidence.recording import record
from emt_theory.evidence.states import StateReading, read_states
from emt_theory.evidence.variables import VariableReading, read_variables
from emt_theory.networks import ElmanRNN
from emt_theory.tasks import repeat_copy

COPY = repeat_copy(2, 2)
EXPONENTS = st.lists(st.integers(-6, 6), min_size=4, max_size=4)


def in_units(net: ElmanRNN, exponents: list[int]) -> ElmanRNN:
    """A network of relus or of linear units in other units, 10^exponents."""
    d = 10.0 ** np.array(exponents)
    return replace(net, W_hh=d[:, None] * net.W_hh / d, W_uh=d[:, None] * net.W_uh, W_hy=net.W_hy / d, exact=None)


def half_held(seed: int) -> ElmanRNN:
    """A linear network of which R² is anything between 0 and 1."""
    rng = np.random.default_rng(seed)
    turn = np.linalg.qr(rng.normal(size=(4, 4)))[0]
    return ElmanRNN(0.999 * turn, rng.normal(size=(4, 2)), rng.normal(size=(2, 4)), activation="identity")


def readings(net: ElmanRNN) -> tuple[VariableReading, StateReading]:
    fit, fresh = (record(net, COPY, 128, 30, seed) for seed in (1, 0))
    effects, states = read_variables(net, derive(COPY), fit, fresh), read_states(derive(COPY), fresh)
    assert isinstance(effects, VariableReading), effects
    assert isinstance(states, StateReading), states
    return effects, states


@pytest.mark.filterwarnings("error")
@settings(deadline=None, max_examples=6)
@given(EXPONENTS, st.integers(0, 10))
def test_variables_are_read_as_well_in_any_units(exponents: list[int], seed: int):
    d = 10.0 ** np.array(exponents)
    plain, scaled = (readings(net) for net in (half_held(seed), in_units(half_held(seed), exponents)))
    for one, other in zip(plain, scaled, strict=True):
        np.testing.assert_allclose(other.r2, one.r2, atol=1e-5)
        np.testing.assert_allclose(other.reader * d, one.reader, atol=1e-4)
        np.testing.assert_allclose(other.encoder / d[:, None], one.encoder, atol=1e-4)


@pytest.mark.parametrize("exponents", [[0, 7], [0, 12], [-7, 6]])
def test_a_circuit_is_consistent_in_any_units(exponents: list[int]):
    circuit = ElmanRNN(np.eye(2), np.eye(2), np.eye(2), activation="identity")
    result = check(in_units(circuit, exponents), repeat_copy(1, 2), sequences=400, horizon=60, lifetime=False)
    assert result.verdict == "consistent", result.evidence


def test_a_large_onlooker_hides_nothing():
    """A unit of 1e7 that reads a variable and that nothing reads."""
    W_hh, W_uh, W_hy = np.diag([1.0, 1.0, 0.0]), np.eye(3, 2), np.eye(2, 3)
    W_hh[2, 0] = 1e7
    net = ElmanRNN(W_hh, W_uh, W_hy, activation="identity")
    assert check(net, repeat_copy(1, 2), sequences=400, horizon=60, lifetime=False).verdict == "consistent"


def test_a_variable_is_not_read_off_the_rounding_of_a_constant():
    """Each unit's own size is what its rounding is told by: 1 + 1e-14 x is 1, and 1e-14 x beside 1 is x."""
    for constant, lost in ((1.0, 1), (0.0, 0)):
        faint = ElmanRNN(np.eye(2), np.diag([1.0, 1e-14]), np.diag([1.0, 1e14]), activation="identity", b_h=np.zeros(2))
        fit, fresh = (record(faint, repeat_copy(1, 2), 128, 30, seed) for seed in (1, 0))
        for run in (fit, fresh):
            run.states[..., 1] += constant
        found = read_variables(faint, derive(repeat_copy(1, 2)), fit, fresh)
        assert isinstance(found, VariableReading), found
        assert found.lost(0.9) == lost


def test_a_unit_that_wakes_on_fresh_sequences_overflows_nothing():
    net = half_held(0)
    fit, fresh = (record(net, COPY, 128, 30, seed) for seed in (1, 0))
    plain = read_variables(net, derive(COPY), fit, fresh)
    for run, size in ((fit, 1e-290), (fresh, 1.0)):
        run.states[..., 3] = size * np.random.default_rng(0).normal(size=run.states.shape[:2])
    found = read_variables(net, derive(COPY), fit, fresh)
    assert isinstance(plain, VariableReading)
    assert isinstance(found, VariableReading)
    assert np.isfinite(found.r2).all()
    assert found.low <= found.r2_min <= found.high
