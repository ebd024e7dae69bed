"""Schur ablations: what stays and what goes of a spectrum, and which outputs of trained networks a mode serves."""

import json
from dataclasses import replace
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import block_diag

from emt_theory import derive
from emt_theory.errors import InvalidNetwork, InvalidOption
from emt_theory.evidence.interventions import SchurAblations, coupling, drop_couplings, drop_modes, schur_ablations
from emt_theory.networks import ElmanRNN
from emt_theory.tasks import compose_copy, from_matrix, parse, repeat_copy


def network_of(weights: np.ndarray) -> ElmanRNN:
    size = len(weights)
    return ElmanRNN(W_hh=weights, W_uh=np.ones((size, 1)), W_hy=np.ones((1, size)))


def spectrum(net: ElmanRNN) -> np.ndarray:
    return np.sort_complex(np.linalg.eigvals(net.W_hh))


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 9), st.integers(0, 10**6))
def test_without_couplings_the_spectrum_is_the_same(size: int, seed: int):
    net = network_of(np.random.default_rng(seed).normal(size=(size, size)))
    uncoupled = drop_couplings(net)
    assert np.allclose(spectrum(uncoupled), spectrum(net), atol=1e-6)
    assert coupling(uncoupled) < 1e-12
    assert np.linalg.norm(uncoupled.W_hh) <= np.linalg.norm(net.W_hh) * (1 + 1e-12)


def test_a_normal_matrix_has_no_couplings_and_a_nilpotent_one_nothing_else():
    normal = network_of(block_diag([[0.6, -0.8], [0.8, 0.6]], [[0.5]]))
    assert coupling(normal) < 1e-12
    assert np.allclose(drop_couplings(normal).W_hh, normal.W_hh)
    shift = network_of(np.diag(np.ones(3), 1))
    assert coupling(shift) == 1.0
    assert not drop_couplings(shift).W_hh.any()
    assert coupling(network_of(np.zeros((2, 2)))) == 0.0


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 9), st.integers(0, 10**6), st.data())
def test_dropped_modes_go_and_all_others_stay(size: int, seed: int, data: st.DataObject):
    net = network_of(np.random.default_rng(seed).normal(size=(size, size)))
    values, vectors = np.linalg.eig(net.W_hh)
    value = values[data.draw(st.integers(0, size - 1))]
    gone = (np.abs(values - value) < 1e-6) | (np.abs(values - value.conjugate()) < 1e-6)
    left = drop_modes(net, [value])
    expected = np.concatenate([values[~gone], np.zeros(gone.sum())])
    assert np.allclose(spectrum(left), np.sort_complex(expected), atol=1e-6)
    basis = np.linalg.svd(np.hstack([vectors[:, gone].real, vectors[:, gone].imag]))[0][:, : int(gone.sum())]
    projection = np.eye(size) - basis @ basis.T
    assert np.allclose(left.W_hh, projection @ net.W_hh @ projection, atol=1e-6)


def test_equal_modes_go_together():
    net = network_of(np.diag([1.0, 1.0, 0.5, -1.0]))
    assert spectrum(drop_modes(net, [1.0])).real.tolist() == [-1, 0, 0, 0.5]
    assert spectrum(drop_modes(net, [1.0, -1.0])).real.tolist() == [0, 0, 0, 0.5]
    assert np.array_equal(drop_modes(net, []).W_hh, net.W_hh)


def test_an_exact_twin_is_not_kept():
    net = derive(repeat_copy(2, 1)).compile()
    assert net.exact is not None
    assert drop_couplings(net).exact is None
    assert drop_modes(net, [1.0]).exact is None
    assert drop_modes(net, []).exact is None


def test_what_cannot_be_dropped_is_refused():
    net = network_of(np.diag([1.0, 0.5]))
    with pytest.raises(InvalidOption, match=r"0.7\+0j is no eigenvalue of W_hh; the nearest is 0.5\+0j"):
        drop_modes(net, [0.7])
    gru: Any = derive(repeat_copy(2, 1)).compile_cell("gru")
    for attempt in (lambda: drop_modes(gru, [1.0]), lambda: drop_couplings(gru), lambda: coupling(gru)):
        with pytest.raises(InvalidNetwork, match="a Schur form is put back into W_hh, which a GRU does not have"):
            attempt()
    with pytest.raises(InvalidNetwork, match="a GRU does not have"):
        schur_ablations(gru, derive(repeat_copy(2, 1)))


def assert_breaks_what_it_serves(result: SchurAblations):
    """The law: dropping a mode makes only outputs worse that the mode serves in theory; and some are made worse."""
    assert any(ablation.broken for ablation in result.modes)
    for ablation in result.modes:
        assert not ablation.unpredicted


@pytest.mark.parametrize(
    "task", [compose_copy(3), from_matrix([[0, 1, 0], [1, 0, 0], [0, 0, -1]])], ids=lambda t: t.name
)
@pytest.mark.parametrize("scheme", ["tanh", "saturating"])
def test_circuits_lose_what_a_mode_serves(task: Any, scheme: str):
    circuit = derive(task)
    result = schur_ablations(circuit.compile(scheme=scheme), circuit)
    assert_breaks_what_it_serves(result)
    assert set().union(*(ablation.predicted for ablation in result.modes)) == set(range(3))
    assert sum(ablation.modes for ablation in result.modes) == len(circuit.persistent)


def test_a_trained_network_loses_what_a_mode_serves(network: Any):
    """T4 has cycles (1, −), which is output 7, and (35, +), all others. λ = −1 belongs to the first, every other mode to the second."""
    result = schur_ablations(network("T4"), derive(parse("T4")), sequences=24, horizon=40)
    assert_breaks_what_it_serves(result)
    *others, last = result.modes
    assert last.eigenvalue == pytest.approx(-1)
    assert last.broken == last.predicted == (7,)
    assert last.accuracy[7] < 0.7
    assert all(ablation.predicted == (0, 1, 2, 3, 4, 5, 6) for ablation in others)
    assert sum(ablation.modes for ablation in result.modes) == 36
    assert result.accuracy.min() > 0.99
    assert result.coupling > 0.3
    assert result.couplings.broken == tuple(range(8))


def test_saboteur_each_mode_with_the_outputs_of_the_next(network: Any):
    result = schur_ablations(network("T4"), derive(parse("T4")), sequences=24, horizon=40)
    served = [ablation.predicted for ablation in result.modes]
    shifted = zip(result.modes, [*served[1:], served[0]], strict=True)
    sabotaged = replace(result, modes=tuple(replace(ablation, predicted=other) for ablation, other in shifted))
    assert_breaks_what_it_serves(result)
    with pytest.raises(AssertionError):
        assert_breaks_what_it_serves(sabotaged)


def test_a_mode_that_a_network_lacks_is_told_so(network: Any):
    """Friendliness: a mode that is not there is left blank. The T3 network of 64 units lacks the roots of λ^6 = −1."""
    result = schur_ablations(network("T3"), derive(parse("T3")), sequences=8, horizon=10)
    lacking = [ablation for ablation in result.modes if not ablation.modes]
    assert any(str(ablation) == "λ = e^(πi/6): the network has no such mode" for ablation in lacking)
    assert all(np.array_equal(ablation.accuracy, result.accuracy) and not ablation.broken for ablation in lacking)
    drawn = result.plot()
    rows = np.ma.filled(drawn.images[0].get_array(), np.nan)
    left = [label.get_text() for label, row in zip(drawn.get_yticklabels(), rows, strict=True) if np.isnan(row).all()]
    assert left == [f"λ = {ablation.name}: no such mode" for ablation in lacking]
    plt.close("all")


def test_what_is_printed_kept_and_drawn():
    circuit = derive(from_matrix([[0, -1], [1, 0]]))
    result = schur_ablations(circuit.compile(scheme="tanh"), circuit, sequences=20, horizon=20)
    assert (
        str(result)
        == "without couplings: nothing breaks\nwithout the 2 modes of λ = e^(πi/2): outputs 0, 1 break, as predicted"
    )
    (mode,) = result.modes
    assert str(replace(mode, broken=(1,))).endswith("output 1 breaks; predicted outputs 0, 1")
    told = result.to_dict()
    json.dumps(told, allow_nan=False)
    assert told["couplings"]["predicted"] is None
    assert told["modes"][0]["predicted"] == [0, 1]
    assert repr(result).startswith("SchurAblations(1 eigenvalues")
    assert len(result.plot().get_yticklabels()) == 3
    plt.close("all")


def test_a_network_without_modes_or_a_task_without_memory_has_nothing_to_drop():
    circuit = derive(repeat_copy(2, 1))
    dead = replace(circuit.compile(), W_hh=np.zeros((2, 2)), exact=None)
    assert [ablation.modes for ablation in schur_ablations(dead, circuit).modes] == [0, 0]
    forgetful = derive(from_matrix([[0, 0], [1, 0]]))
    assert schur_ablations(forgetful.compile(), forgetful).modes == ()
