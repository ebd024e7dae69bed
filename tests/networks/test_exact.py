"""The rational twin: against the floats where floats are exact, and where they are not."""

import json
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emt_theory.errors import InvalidNetwork, InvalidOption
from emt_theory.networks import ElmanRNN, ExactRNN, RationalMatrix, twin_from_json, twin_to_json


@st.composite
def twins(draw: st.DrawFn, entries: st.SearchStrategy[Any], biases: bool | None = None) -> ExactRNN:
    n, d, phase = draw(st.integers(1, 4)), draw(st.integers(1, 3)), draw(st.booleans())

    def matrix(rows: int, columns: int) -> RationalMatrix:
        row = st.lists(entries, min_size=columns, max_size=columns)
        return RationalMatrix.from_rows(draw(st.lists(row, min_size=rows, max_size=rows)))

    def bias(size: int) -> Any:
        with_bias = draw(st.booleans()) if biases is None else biases
        return tuple(draw(st.lists(entries, min_size=size, max_size=size))) if with_bias else None

    return ExactRNN(
        W_hh=matrix(n, n),
        W_uh=matrix(n, d + phase),
        W_hy=matrix(d, n),
        b_h=bias(n),
        b_y=bias(d),
        activation=draw(st.sampled_from(["identity", "hard_tanh", "relu"])),
        phase_input=phase,
    )


def ring() -> ExactRNN:
    """Three units that pass a value on, every weight in use, values that stay inside hard_tanh's linear range."""
    return ExactRNN(
        W_hh=RationalMatrix.from_rows([[0, 0, "1/2"], [1, 0, 0], [0, 1, 0]]),
        W_uh=RationalMatrix.from_rows([[1], [0], [0]]),
        W_hy=RationalMatrix.from_rows([[1, 0, 1]]),
        b_h=(Fraction(0), Fraction(1, 8), Fraction(0)),
        b_y=(Fraction(1),),
        activation="hard_tanh",
    )


def agrees(net: ElmanRNN, twin: ExactRNN, x: Any, steps: int) -> bool:
    floats, exact = net.run(x, steps), twin.run(x, steps)
    return bool(np.all(floats.outputs == exact.outputs) and np.all(floats.states == exact.states))


@settings(deadline=None)
@given(data=st.data(), twin=twins(st.integers(-3, 3)))
def test_on_integers_floats_and_fractions_agree_exactly(data: st.DataObject, twin: ExactRNN) -> None:
    s = data.draw(st.integers(1, 3))
    row = st.lists(st.sampled_from([-1, 1]), min_size=twin.dim, max_size=twin.dim)
    x = data.draw(st.lists(st.lists(row, min_size=s, max_size=s), min_size=1, max_size=2))
    assert agrees(twin.to_float(), twin, np.array(x), steps=s + 3)


def test_saboteurs_of_the_agreement_are_seen() -> None:
    twin = ring()
    net, x = twin.to_float(), np.array([[[1], [-1]]])
    assert agrees(net, twin, x, steps=8)
    for name in ("W_hh", "W_uh", "W_hy"):
        matrix: RationalMatrix = getattr(twin, name)
        for k, (i, j, value) in enumerate(matrix.entries):
            altered = [*matrix.entries[:k], (i, j, value - Fraction(1, 64)), *matrix.entries[k + 1 :]]
            saboteur = replace(twin, **{name: RationalMatrix(matrix.shape, tuple(altered))})
            assert not agrees(net, saboteur, x, steps=8), (name, i, j)
    assert not agrees(net, replace(twin, b_h=None), x, steps=8)
    assert not agrees(net, replace(twin, b_y=None), x, steps=8)
    assert not agrees(net, replace(twin, activation="relu"), x, steps=8)


def test_a_third_stays_a_third() -> None:
    one = RationalMatrix.identity(1)
    twin = ExactRNN(W_hh=one * Fraction(-1, 3), W_uh=one, W_hy=one * 3, activation="identity")
    y, h = twin.run([["1/2"]], steps=40)
    assert h[39, 0] == Fraction(1, 2) * Fraction(-1, 3) ** 39
    assert y[39, 0] == 3 * h[39, 0]
    assert twin.to_float().run(np.array([[[0.5]]]), steps=40).states[0, 39, 0] != h[39, 0]


def test_phase_channel() -> None:
    one = RationalMatrix.identity(1)
    twin = ExactRNN(
        W_hh=one, W_uh=RationalMatrix.from_rows([[0, 1]]), W_hy=one, activation="identity", phase_input=True
    )
    counted = twin.run([[5], [5], [5]], steps=6).states[:, 0].tolist()
    assert counted == [1, 2, 3, 3, 3, 3]


def test_one_sequence_or_a_batch() -> None:
    twin = ring()
    batch = twin.run([[[1], [0]], [[-1], [1]]], steps=5)
    assert (batch.outputs.shape, batch.states.shape) == ((2, 5, 1), (2, 5, 3))
    for k, sequence in enumerate([[[1], [0]], np.array([[-1], [1]])]):
        one = twin.run(sequence, steps=5)
        assert (one.outputs.shape, one.states.shape) == ((5, 1), (5, 3))
        assert (one.outputs == batch.outputs[k]).all()
        assert (one.states == batch.states[k]).all()
    assert all(type(value) is Fraction for value in batch.states.flat)
    assert all(type(value) is Fraction for value in batch.outputs.flat)


def test_step_and_read_compose_to_run() -> None:
    twin = ring()
    y, states = twin.run([[1], [-1]], steps=4)
    h: tuple[Fraction, ...] = (Fraction(0),) * 3
    for t, x in enumerate([1, -1, 0, 0]):
        h = twin.step(h, [x])
        assert (h, twin.read(h)) == (tuple(states[t]), tuple(y[t]))


def test_tanh_does_not_run_but_may_be_inspected() -> None:
    twin = replace(ring(), activation="tanh")
    for act in (lambda: twin.run([[1]]), lambda: twin.step([0, 0, 0], [1])):
        with pytest.raises(InvalidNetwork, match="tanh of a rational is not rational"):
            act()
    assert twin.read([1, 0, 1]) == (3,)
    assert twin.to_float().exact == twin


@settings(deadline=None)
@given(twin=twins(st.fractions(-3, 3, max_denominator=1000)))
def test_to_float_rounds_and_from_float_does_not(twin: ExactRNN) -> None:
    net = twin.to_float()
    assert net.exact == twin
    dyadic = ExactRNN.from_float(net)
    assert dyadic.to_float() == replace(net, exact=dyadic)
    assert ExactRNN.from_float(dyadic.to_float()) == dyadic
    assert all((v.denominator & (v.denominator - 1)) == 0 for _, _, v in dyadic.W_hh)
    exact = {name: getattr(twin, name) for name in ("W_hh", "W_uh", "W_hy")}
    assert all(abs(float(v) - net.W_hh[i, j]) == 0 for i, j, v in exact["W_hh"])


def test_from_float_keeps_every_bit() -> None:
    one = np.eye(1)
    assert ExactRNN.from_float(ElmanRNN(W_hh=one * 0.1, W_uh=one, W_hy=one)).W_hh.entries[0][2] == Fraction(0.1)
    assert Fraction(0.1) != Fraction(1, 10)


@settings(deadline=None)
@given(twin=twins(st.fractions(-3, 3)))
def test_json_round_trip(twin: ExactRNN) -> None:
    text = json.dumps(twin_to_json(twin))
    assert "." not in text
    assert twin_from_json(json.loads(text)) == twin
    assert hash(twin_from_json(json.loads(text))) == hash(twin)


def malformed(**changes: Any) -> Any:
    return twin_to_json(ring()) | changes


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([], "not a JSON object"),
        (None, "not a JSON object"),
        ({}, "W_hh is missing"),
        (malformed(W_hh=5), "malformed"),
        (malformed(W_hh={"shape": [3, 3]}), "entries is missing"),
        (malformed(W_hh={"shape": [3], "entries": []}), "needs a shape"),
        (malformed(W_hh={"shape": [3, 3], "entries": [[0.5, 0, "1"]]}), "integer places"),
        (malformed(W_hh={"shape": [3, 3], "entries": [[True, 0, "1"]]}), "integer places"),
        (malformed(W_hh={"shape": [3, 3], "entries": [[0, 9, "1"]]}), "outside"),
        (malformed(W_hh={"shape": [3, 3], "entries": [[0, 0, 0.5]]}), "is a float"),
        (malformed(W_hh={"shape": [3, 3], "entries": [[0, 0, "1/0"]]}), "is not a fraction"),
        (malformed(W_hh={"shape": [3, 3], "entries": [[0, 0]]}), "malformed"),
        (malformed(W_hh={"shape": [10**9, 3], "entries": []}), "W_hh must be square"),
        (malformed(b_h=["1"]), r"b_h must have shape \(N,\) = \(3,\)"),
        (malformed(b_h="100"), "a bias must be a list"),
        (malformed(b_y=[1.5]), "is a float"),
        (malformed(activation="swish"), "unknown activation"),
        (malformed(activation=[1]), "unknown activation"),
        (malformed(phase_input="no"), "unknown phase_input 'no'; known are while-inputs"),
    ],
)
def test_malformed_json_is_refused(value: Any, message: str) -> None:
    with pytest.raises(InvalidNetwork, match=message) as refusal:
        twin_from_json(value)
    assert "the exact twin is malformed" in str(refusal.value)


@pytest.mark.parametrize(
    ("x", "message"),
    [
        ([[1.0]], r"x\[0, 0\] = 1.0 is a float, which is not exact"),
        (np.ones((1, 2, 1)), r"x\[0, 0, 0\] = 1.0 is a float"),
        ([[1, 2]], r"with d = 1; got \(1, 1, 2\)"),
        ([1, 2], r"x must have shape \(s, d\) or \(batch, s, d\)"),
        ([[1], [1, 2]], "rows"),
        ([[[1], [1]], [[1]]], "x"),
        ([], r"x must have shape"),
        ([[]], r"got \(1, 1, 0\)"),
        ([["a"]], "is not a fraction"),
    ],
)
def test_bad_inputs_are_refused(x: Any, message: str) -> None:
    with pytest.raises(InvalidNetwork, match=message):
        ring().run(x)


def test_bad_steps_and_states_are_refused() -> None:
    with pytest.raises(InvalidOption, match="at least s = 2; got 1"):
        ring().run([[1], [1]], steps=1)
    with pytest.raises(InvalidNetwork, match="h must have 3 entries; got 2"):
        ring().read([0, 0])
    with pytest.raises(InvalidNetwork, match=r"x\[0\] = 1.0 is a float"):
        ring().step([0, 0, 0], [1.0])  # type: ignore[list-item]


def test_bad_weights_are_refused() -> None:
    one = RationalMatrix.identity(1)
    with pytest.raises(InvalidNetwork, match=r"W_hh must be a RationalMatrix; got ndarray. Use RationalMatrix.from_ro"):
        ExactRNN(W_hh=np.eye(1), W_uh=one, W_hy=one)  # type: ignore[arg-type]
    with pytest.raises(InvalidNetwork, match=r"b_h\[0\] = 0.5 is a float"):
        ExactRNN(W_hh=one, W_uh=one, W_hy=one, b_h=(0.5,))  # type: ignore[arg-type]
    with pytest.raises(InvalidNetwork, match=r"W_hy must have shape .* Did you pass its transpose\?"):
        replace(ring(), W_hy=ring().W_hy.T)
    with pytest.raises(InvalidNetwork, match="beyond the range of float64"):
        ExactRNN(W_hh=one * 10**400, W_uh=one, W_hy=one).to_float()


def test_a_fraction_too_long_to_write_is_refused() -> None:
    one = RationalMatrix.identity(1)
    with pytest.raises(InvalidNetwork, match="the exact twin cannot be written"):
        twin_to_json(ExactRNN(W_hh=one * Fraction(1, 7**6000), W_uh=one, W_hy=one))
