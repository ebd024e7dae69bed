"""Weights and inputs that do not fit are refused with what would; a twin must round to the arrays."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from emt_theory.errors import InvalidNetwork, InvalidOption
from emt_theory.networks import ElmanRNN, ExactRNN, RationalMatrix


def weights(**changes: Any) -> dict[str, Any]:
    right = {"W_hh": np.eye(18), "W_uh": np.ones((18, 3)), "W_hy": np.ones((3, 18))}
    return right | changes


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"W_hy": np.ones((18, 3))}, "W_hy must have shape (d, N) = (3, 18); got (18, 3). Did you pass its transpose?"),
        ({"W_uh": np.ones((3, 18))}, "W_uh must have shape (N, d) = (18, 3); got (3, 18). Did you pass its transpose?"),
        (
            {"W_uh": np.ones((3, 18)), "W_hy": np.ones((18, 3))},
            "W_uh must have shape (N, d) = (18, 3); got (3, 18). Did you pass its transpose?",
        ),
        ({"W_hy": np.ones((4, 17))}, "W_hy must have shape (d, N) = (3, 18); got (4, 17)"),
        ({"W_uh": np.ones(18), "W_hy": np.ones(18)}, "W_hy must have shape (d, N) with N = 18, the size of W_hh; got"),
        ({"W_hh": np.ones((18, 17))}, "W_hh must be square, shape (N, N) with N ≥ 1; got (18, 17)"),
        ({"W_hh": np.ones((0, 0))}, "W_hh must be square, shape (N, N) with N ≥ 1; got (0, 0)"),
        ({"W_uh": np.ones((18, 0)), "W_hy": np.ones((0, 18))}, "d must be at least 1"),
        ({"b_h": np.ones((18, 1))}, "b_h must have shape (N,) = (18,); got (18, 1)"),
        ({"b_y": np.ones(18)}, "b_y must have shape (d,) = (3,); got (18,)"),
        ({"W_uh": np.ones((17, 4))}, "W_uh must have shape (N, d) = (18, 3); got (17, 4)"),
        ({"W_uh": np.ones((18, 0))}, "W_uh must have shape (N, d) = (18, 3); got (18, 0)"),
        (
            {"W_uh": np.ones((18, 1)), "phase_input": True},
            "W_uh must have shape (N, d + 1) = (18, 4); got (18, 1)",
        ),
        ({"W_hh": None}, "W_hh is missing"),
        ({"W_hh": np.eye(18) * 1j}, "W_hh must hold integers or floats of at most 64 bits; got complex128"),
        ({"W_hh": np.eye(18, dtype=bool)}, "W_hh must hold integers or floats of at most 64 bits; got bool"),
        ({"W_hh": [["a"]]}, "W_hh must hold integers or floats"),
        ({"W_hh": [[1, 2], [3]]}, "W_hh is not an array: its rows have different lengths"),
        ({"activation": "swish"}, "unknown activation 'swish'; known are"),
        ({"metadata": {"seed": 1}}, "metadata must map strings to strings, as files keep them; got 'seed': 1"),
    ],
)
def test_bad_weights_are_refused(changes: dict[str, Any], message: str) -> None:
    ElmanRNN(**weights())
    with pytest.raises(InvalidNetwork) as refusal:
        ElmanRNN(**weights(**changes))
    assert message in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_the_first_entry_that_is_not_finite_is_named(value: float) -> None:
    w = np.ones((3, 18))
    w[1, 5] = w[2, 0] = value
    with pytest.raises(InvalidNetwork, match=rf"W_hy\[1, 5\] is {value}; every entry must be finite"):
        ElmanRNN(**weights(W_hy=w))


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (np.ones((5, 3)), "x must have shape (batch, s, d); got (5, 3). For a single sequence pass x[None]"),
        (np.ones((2, 5, 4)), "x must have shape (batch, s, d) with d = 3; got (2, 5, 4)"),
        (np.ones(3), "x must have shape (batch, s, d) with d = 3; got (3,)"),
        (np.ones((2, 0, 3)), "x must hold at least one time step; got shape (2, 0, 3)"),
        (np.full((1, 2, 3), np.nan), "x[0, 0, 0] is nan; every entry must be finite"),
        (np.ones((1, 2, 3)) * 1j, "x must hold integers or floats"),
    ],
)
def test_bad_inputs_are_refused(x: Any, message: str) -> None:
    with pytest.raises(InvalidNetwork) as refusal:
        ElmanRNN(**weights()).run(x)
    assert message in str(refusal.value)


@pytest.mark.parametrize("steps", [4, 0, -1, 7.0, "7", True])
def test_bad_steps_are_refused(steps: Any) -> None:
    with pytest.raises(InvalidOption, match="steps"):
        ElmanRNN(**weights()).run(np.ones((1, 5, 3)), steps=steps)


def test_a_phase_network_is_given_d_channels_by_run_and_d_plus_1_by_step() -> None:
    net = ElmanRNN(**weights(W_uh=np.ones((18, 4)), phase_input=True))
    with pytest.raises(InvalidNetwork, match=r"with d = 3; got \(1, 5, 4\)"):
        net.run(np.ones((1, 5, 4)))
    with pytest.raises(InvalidNetwork, match=r"x must hold real numbers with shape \(…, 4\); got float64 with shape"):
        net.step(np.zeros(18), np.ones(3))
    with pytest.raises(InvalidNetwork, match="h must hold real numbers"):
        net.read(np.zeros(5))


def test_the_twin_must_round_to_the_arrays() -> None:
    third = RationalMatrix.from_rows([["1/3"]])
    one = RationalMatrix.identity(1)
    net = ExactRNN(W_hh=third, W_uh=one, W_hy=one, b_h=(0,), activation="relu").to_float()  # type: ignore[arg-type]
    twin = net.exact
    assert twin is not None
    assert replace(net, exact=None, metadata={}).exact is None
    saboteurs: dict[str, ExactRNN] = {
        r"W_hh\[0, 0\]: it rounds to 0.3333, the array holds": replace(
            twin, W_hh=RationalMatrix.from_rows([["3333/10000"]])
        ),
        r"b_h\[0\]": replace(twin, b_h=(1,)),  # type: ignore[arg-type]
        "twin's b_h has none, the network's has shape": replace(twin, b_h=None),
        "twin's b_y has shape": replace(twin, b_y=(0,)),  # type: ignore[arg-type]
        "activation='identity', the network 'relu'": replace(twin, activation="identity"),
        "twin's W_hh has shape": ExactRNN(
            W_hh=RationalMatrix.identity(2),
            W_uh=RationalMatrix.from_rows([[1], [0]]),
            W_hy=RationalMatrix.from_rows([[1, 0]]),
            b_h=(0, 0),  # type: ignore[arg-type]
            activation="relu",
        ),
    }
    for message, saboteur in saboteurs.items():
        with pytest.raises(InvalidNetwork, match=message):
            replace(net, exact=saboteur)
    with pytest.raises(InvalidNetwork, match="pass the matching twin, or exact=None to go without"):
        replace(net, W_hh=np.array([[0.5]]))
    assert replace(net, W_hh=np.array([[0.5]]), exact=None).W_hh[0, 0] == 0.5
