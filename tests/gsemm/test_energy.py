"""The energy and its rate: P01 on random models, by SymPy for any Lagrangian, and along orbits."""

import json
import math
from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from emt_theory.errors import InvalidNetwork, InvalidOption
from emt_theory.gsemm import (
    Model,
    SymbolicEnergy,
    SymbolicModel,
    energy,
    energy_identity_holds,
    energy_rate,
    energy_trace,
    from_activation,
    hard_tanh,
    relu,
    softmax,
    tanh,
)
from emt_theory.gsemm.equations import ALPHA_C, ALPHA_S
from emt_theory.testing import laws
from emt_theory.testing.gsemm import models, states


@settings(max_examples=30)
@given(models())
def test_the_identity_on_random_models(model):
    """To 1e-8 relative, at five states of each of 50 models, slaved layers included."""
    found = laws.check_law("P01", model, "numpy")
    assert found.status == "holds", str(found)


@pytest.mark.parametrize("feature", [relu(), hard_tanh()])
@pytest.mark.parametrize("hidden", [relu(), hard_tanh()])
def test_the_identity_between_the_kinks(feature, hidden):
    model = Model([[1, 2], [-1, 1], [0, 1]], [[0, 1], [1, 0.5]], feature, hidden, T_h=2, T_d=3)
    state = [np.array(part) for part in ([0.3, -0.4, 2.0], [0.7, -1.5], [1.0, 0.2, -0.3])]
    moved, h = model.derivatives(*state), 1e-3
    ahead, behind = (energy(model, *(V + s * h * v for V, v in zip(state, moved, strict=True))) for s in (1, -1))
    assert (ahead - behind) / (2 * h) == pytest.approx(float(energy_rate(model, *state).total), abs=1e-9)


@settings(max_examples=25)
@given(st.data())
def test_the_terms(data):
    """Descent is never positive; the delay term is linear in 1/T_d; without interactions it is 0."""
    model = replace(data.draw(models()), T_d=10.0)
    state = data.draw(states(model))
    rate, slow = energy_rate(model, *state), energy_rate(replace(model, T_d=1000.0), *state)
    assert rate.feature <= 1e-12
    assert rate.hidden <= 1e-12
    assert float(rate.delay) == pytest.approx(100 * float(slow.delay), abs=1e-12)
    assert float(rate.descent) == pytest.approx(float(slow.descent), abs=1e-12)
    assert energy_rate(replace(model, alpha_c=0.0), *state).delay == 0


@pytest.mark.parametrize("sizes", [(2, 2), pytest.param((3, 1), marks=pytest.mark.slow)])
def test_the_identity_for_lagrangians_of_any_form(sizes):
    assert energy_identity_holds(*sizes)


@pytest.mark.parametrize(("feature", "hidden"), [(tanh(2), softmax()), (softmax(3), tanh())])
def test_the_identity_for_given_lagrangians(feature, hidden):
    assert energy_identity_holds(2, 1, feature, hidden)


v, a, b = sympy.symbols("v a b", real=True)


@pytest.mark.parametrize(
    "own",
    [
        pytest.param(from_activation([v**3], [v]), marks=pytest.mark.slow),
        from_activation([sympy.tanh(v)], [v]),
        from_activation([a * b**2, a**2 * b], [a, b]),
    ],
)
def test_the_identity_where_only_the_activation_is_given(own):
    """L is an integral that SymPy does not take."""
    assert energy_identity_holds(2, 1, feature=own)
    assert energy_identity_holds(1, 2, hidden=own)


def test_energies_of_large_states_do_not_cancel():
    """Vᵀσ − L tends to ln 2/γ for each unit of tanh, and to −ln(count of the largest)/γ for softmax."""
    assert tanh(2).legendre([1e20, -50.0]) == pytest.approx(math.log(2), rel=1e-14)
    assert softmax(2).legendre([1e20, 1e20, 0.0]) == pytest.approx(-math.log(2) / 2, rel=1e-14)
    V = np.array([0.3, -1.2])
    for lagrangian in (tanh(2), softmax(3)):
        assert lagrangian.legendre(V) == pytest.approx(V @ lagrangian.activation(V) - lagrangian.value(V), abs=1e-14)


def size_free_rates():
    """dE/dt for any N and n, as 1×1 matrices: by the product rule, and by the identity, where T_f V̇_f and T_h V̇_h are the right-hand sides."""
    m = SymbolicModel()
    J_f, J_h = sympy.MatrixSymbol("J_f", m.features, m.features), sympy.MatrixSymbol("J_h", m.components, m.components)
    V_f, V_h, V_d = m.feature("V_f"), m.hidden("V_h"), m.feature("V_d")
    dV_f, dV_h, dV_d = m.feature("dV_f"), m.hidden("dV_h"), m.feature("dV_d")
    sigma_f, sigma_h = m.feature("sigma_f"), m.hidden("sigma_h")
    Xi, Phi, root = m.memories, m.interactions, sympy.sqrt(ALPHA_S)
    by_product_rule = (
        V_f.T * J_f * dV_f
        + V_h.T * J_h * dV_h
        - root * ((J_f * dV_f).T * Xi * sigma_h + sigma_f.T * Xi * J_h * dV_h)
        - ALPHA_C * (dV_d.T * Xi * Phi * sigma_h + V_d.T * Xi * Phi * J_h * dV_h)
    )
    first, second, _ = (equation.rhs for equation in m.equations)
    by_identity = -dV_f.T * J_f * first - dV_h.T * J_h * second - ALPHA_C * dV_d.T * Xi * Phi * sigma_h
    return by_product_rule, by_identity


def is_size_free_identity(left, right):
    """Whether two sums of numbers, written as products of matrices, are equal for all sizes, given J = Jᵀ and xᵀ = x for a number x."""
    return _canonical(left) == _canonical(right)


def _canonical(formula):
    """Coefficients by term, each term written in that one of its two ways that comes first."""
    found = {}
    terms = sympy.MatAdd.make_args(sympy.expand(formula.doit()).doit())
    for term in terms:
        coefficient, product = term.as_coeff_mmul()
        name = min(str(_symmetric(side.doit())) for side in (product, product.T))
        found[name] = sympy.simplify(found.get(name, 0) + coefficient)
    return {name: coefficient for name, coefficient in found.items() if coefficient != 0}


def _symmetric(product):
    names = ("J_f", "J_h")
    hessians = {M.T: M for M in product.atoms(sympy.MatrixSymbol) if M.name in names}
    return product.xreplace(hessians)


def test_the_identity_for_all_sizes():
    assert is_size_free_identity(*size_free_rates())


def test_saboteurs_are_noticed():
    """A term left out; a coupling that is not transposed; in matrices, another model's equations."""
    symbolic = SymbolicEnergy(SymbolicModel(1, 2))
    assert sympy.expand(symbolic.rate - symbolic.feature - symbolic.hidden) != 0
    assert sympy.expand(symbolic.rate - symbolic.feature - symbolic.delay) != 0
    by_product_rule, by_identity = size_free_rates()
    transposed = by_identity.subs(SymbolicModel().interactions, SymbolicModel().interactions.T)
    assert not is_size_free_identity(by_product_rule, transposed)
    assert not is_size_free_identity(by_product_rule, 2 * by_identity)


def test_the_symbolic_energy_is_the_numeric_one():
    model = Model([[1, 2], [-1, 1]], [[0, 1], [1, 0.5]], tanh(2), softmax(), T_h=2, T_d=3, alpha_s=4, alpha_c=0.5)
    state = model.complete([0.3, -0.4], [0.7, -1.5], [1.0, 0.2])
    symbolic = SymbolicEnergy(SymbolicModel(2, 2), tanh(2), softmax())
    numbers = {
        f"{name}[{i}, {j}]": M[i, j]
        for name, M in (("Xi", model.memories), ("Phi'", model.interactions))
        for i in range(2)
        for j in range(2)
    }
    numbers |= {f"V_{name}[{i}, 0]": V[i] for name, V in zip("fhd", state, strict=True) for i in range(2)}
    numbers |= {"T_f": 1, "T_h": 2, "T_d": 3, "alpha_s": 4, "alpha_c": 0.5, "beta": 1}

    def number(expression):
        symbols = expression.atoms(sympy.Symbol, sympy.matrices.expressions.matexpr.MatrixElement)
        return float(expression.subs({s: numbers[str(s)] for s in symbols if str(s) in numbers}).evalf())

    assert number(symbolic.value) == pytest.approx(float(energy(model, *state)), abs=1e-12)
    rate = energy_rate(model, *state)
    for name in ("feature", "hidden", "delay"):
        assert number(getattr(symbolic, name)) == pytest.approx(float(getattr(rate, name)), abs=1e-12)


def trace(model, end=20.0):
    """From the first memory on."""
    start = model.pack(model.memories[:, 0], V_d=np.zeros(model.features))
    run = solve_ivp(model.rhs, (0, end), start, dense_output=True, rtol=1e-9, atol=1e-11)
    times = np.linspace(0, end, 801)
    return energy_trace(model, times, *model.unpack(run.sol(times).T))


CYCLE = Model.lisem(
    np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]),
    np.roll(np.eye(3), 1, axis=1),
    T_h=1,
    T_d=20,
    alpha_c=2,
)


def test_along_an_orbit():
    found = trace(CYCLE)
    assert found.defect < 1e-3 * np.abs(found.energy).max()
    assert 0 < found.largest_rise <= found.largest_delay
    assert trace(replace(CYCLE, T_d=2000.0)).largest_delay < found.largest_delay / 50
    falling = trace(replace(CYCLE, alpha_c=0.0))
    assert falling.largest_rise == 0
    assert (np.diff(falling.energy) <= 1e-12).all()
    assert json.loads(json.dumps(found.to_dict(), allow_nan=False))["largest_delay"] == found.largest_delay
    assert "largest delay term" in repr(found)


def test_a_trace_is_drawn():
    ax = trace(CYCLE, end=2.0).plot()
    assert [line.get_label() for line in ax.get_lines()] == ["energy E", "E(0) + ∫ delay term"]
    plt.close("all")


def test_bad_input():
    model = Model.lisem(np.eye(2), np.zeros((2, 2)))
    with pytest.raises(InvalidOption, match="at least two finite and increasing numbers"):
        energy_trace(model, [0.0, 0.0], np.zeros((2, 2)))
    with pytest.raises(InvalidNetwork, match=r"\(time, N\) = \(3, 2\); got \(4, 2\)"):
        energy_trace(model, [0.0, 1.0, 2.0], np.zeros((4, 2)))
    with pytest.raises(InvalidOption, match="not finite at time 1: the orbit has left float64"):
        energy_trace(model, [0.0, 1.0], [[1.0, 2.0], [np.inf, 0.0]])
    with pytest.raises(InvalidNetwork, match=r"V_d must have shape \(…, 2\)"):
        energy(model, [1, 2], V_d=[1])
    with pytest.raises(InvalidOption, match="needs sizes that are numbers"):
        SymbolicEnergy(SymbolicModel())
    with pytest.raises(InvalidOption, match="features must be a positive integer"):
        SymbolicModel(0, 1)


@pytest.mark.parametrize(
    ("state", "message"),
    [
        (([math.nan, 0],), "V_f holds NaN or infinity"),
        (([1j, 0],), "V_f must hold integers or floats of at most 64 bits; got complex128"),
        (([[1, 0]] * 2, None, [[1, 0]] * 3), r"batches do not fit together; got shapes \(2, 2\), \(3, 2\)"),
    ],
)
def test_bad_states(state, message):
    model = Model.lisem(np.eye(2), np.zeros((2, 2)))
    for question in (energy, energy_rate):
        with pytest.raises(InvalidNetwork, match=message):
            question(model, *state)
    with pytest.raises(InvalidOption, match="finite and increasing"):
        energy_trace(model, [0, math.inf], np.zeros((2, 2)))
