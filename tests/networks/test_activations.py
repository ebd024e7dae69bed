"""The non-linearities: float against exact, derivative against difference quotient, names."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emt_theory.errors import InvalidNetwork
from emt_theory.networks import ACTIVATIONS, Activation, activation

EXACT = [known for known in ACTIVATIONS if known.exact is not None]


@pytest.mark.parametrize("sigma", ACTIVATIONS, ids=lambda a: a.name)
def test_derivative_is_the_slope(sigma: Activation) -> None:
    z = np.linspace(-3, 3, 50)  # misses the kinks at 0 and ±1
    assert np.abs(z).min() > 0.01
    assert np.abs(np.abs(z) - 1).min() > 0.001
    quotient = (sigma.function(z + 1e-6) - sigma.function(z - 1e-6)) / 2e-6
    np.testing.assert_allclose(sigma.derivative(z), quotient, atol=1e-8)


def test_the_slope_of_another_activation_is_not_the_slope() -> None:
    z = np.linspace(-3, 3, 50)
    slopes = [sigma.derivative(z) for sigma in ACTIVATIONS]
    assert all(not np.allclose(a, b) for i, a in enumerate(slopes) for b in slopes[:i])


@pytest.mark.parametrize("sigma", EXACT, ids=lambda a: a.name)
@given(z=st.fractions(-4, 4))
def test_exact_form_agrees_with_float_form(sigma: Activation, z: Fraction) -> None:
    assert sigma.exact is not None
    exact = sigma.exact(z)
    assert isinstance(exact, Fraction)
    assert float(exact) == sigma.function(np.array([float(z)]))[0]


def test_values_at_the_kinks() -> None:
    z = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])
    assert activation("hard_tanh").function(z).tolist() == [-1, -1, 0, 1, 1]
    assert activation("hard_tanh").derivative(z).tolist() == [0, 0, 1, 0, 0]
    assert activation("relu").function(z).tolist() == [0, 0, 0, 1, 2]
    assert activation("relu").derivative(z).tolist() == [0, 0, 0, 1, 1]


@pytest.mark.parametrize("sigma", ACTIVATIONS, ids=lambda a: a.name)
def test_nan_stays_nan(sigma: Activation) -> None:
    assert np.isnan(sigma.function(np.array([np.nan]))).all()


def test_only_the_squashing_ones_leave_the_rationals() -> None:
    assert [known.name for known in ACTIVATIONS if known.exact is None] == ["tanh", "sigmoid"]


@pytest.mark.parametrize("spelling", ["hard_tanh", "hard-tanh", "hardtanh", "Hardtanh", " HARD_TANH "])
def test_spellings(spelling: str) -> None:
    assert activation(spelling).name == "hard_tanh"


@pytest.mark.parametrize("name", ["swish", "", "hard", None, 3])
def test_unknown_name_is_refused_with_the_known_ones(name: str) -> None:
    with pytest.raises(
        InvalidNetwork, match=r"unknown activation .*[kK]nown are tanh, identity, hard_tanh, relu, sigmoid"
    ):
        activation(name)
