"""Lagrangians: σ is the gradient of L, J is that of σ, and SymPy says the same; one's own must be a gradient."""

import pickle

import numpy as np
import pytest
import sympy

from emt_theory.errors import InvalidOption
from emt_theory.gsemm import from_activation, from_expression, hard_tanh, identity, relu, softmax, tanh

LIBRARY = [identity(), tanh(), tanh(2.5), softmax(), softmax(0.5), relu(), hard_tanh()]
A, B = sympy.symbols("a b", real=True)
OWN = [
    from_expression(sympy.cosh(A), [A]),
    from_expression(A**2 * B + sympy.exp(B), [A, B]),
    from_activation([sympy.tanh(2 * A)], [A]),
    from_activation([A + B**3, 3 * A * B**2 + B], [A, B]),
    from_activation(lambda V: V * np.linalg.norm(V, axis=-1, keepdims=True) ** 2, size=2),
]
POINTS = np.random.default_rng(1).normal(size=(2, 3, 2)) * 0.7
H = 1e-5


@pytest.mark.parametrize("lagrangian", LIBRARY + OWN, ids=repr)
def test_the_activation_is_the_gradient_and_the_hessian_its_derivative(lagrangian):
    moves = H * np.eye(2)
    gradient = [(lagrangian.value(POINTS + m) - lagrangian.value(POINTS - m)) / (2 * H) for m in moves]
    np.testing.assert_allclose(np.stack(gradient, axis=-1), lagrangian.activation(POINTS), atol=1e-8)
    columns = [(lagrangian.activation(POINTS + m) - lagrangian.activation(POINTS - m)) / (2 * H) for m in moves]
    np.testing.assert_allclose(np.stack(columns, axis=-1), lagrangian.hessian(POINTS), atol=1e-7)
    direction = POINTS[::-1]
    product = (lagrangian.hessian(POINTS) @ direction[..., None])[..., 0]
    np.testing.assert_allclose(lagrangian.hessian_product(POINTS, direction), product, atol=1e-9)


@pytest.mark.parametrize("lagrangian", LIBRARY + OWN[:4], ids=repr)
def test_symbols_and_numbers_agree(lagrangian):
    V = sympy.Matrix(sympy.symbols("x y", real=True))
    parts = [lagrangian.symbolic_activation(V), lagrangian.symbolic_hessian(V)]
    for symbolic, numeric in zip(parts, (lagrangian.activation, lagrangian.hessian), strict=True):
        function = sympy.lambdify(V.flat(), symbolic, "numpy")
        for point in POINTS.reshape(-1, 2):
            np.testing.assert_allclose(function(*point).reshape(numeric(point).shape), numeric(point), atol=1e-12)
    if not lagrangian.symbolic_value(V).has(sympy.Integral):
        value = sympy.lambdify(V.flat(), lagrangian.symbolic_value(V), "numpy")
        assert value(*POINTS[0, 0]) == pytest.approx(float(lagrangian.value(POINTS[0, 0])), abs=1e-12)


def test_large_states_do_not_overflow():
    assert softmax(3).activation([1e4, 0.0]).tolist() == [1.0, 0.0]
    assert float(softmax(3).value([1e4, 0.0])) == 1e4
    assert float(tanh(2).value([-1e4, 0.0])) == pytest.approx(1e4 - np.log(2) / 2)
    assert softmax(1e308).activation([10.0, 1.0]).tolist() == [1.0, 0.0]
    assert float(softmax(1e308).value([10.0, 1.0])) == 10
    assert float(tanh(1e308).value([10.0, -1.0])) == 11
    assert tanh(1e308).activation([10.0, -1.0]).tolist() == [1.0, -1.0]


def test_counterexample_a_gradient_near_0_that_is_none_further_out():
    def bent(V):
        rotated = np.stack([-V[..., 1], V[..., 0]], axis=-1)
        return V + np.maximum(0.0, (V**2).sum(axis=-1, keepdims=True) - 25) * rotated

    with pytest.raises(InvalidOption, match="at 16 points of size 10 is asymmetric by"):
        from_activation(bent, size=2)
    assert from_activation(lambda V: np.tanh(3 * V), size=2).size == 2


def refused(V):
    raise ValueError("only single states")


@pytest.mark.parametrize("lagrangian", LIBRARY, ids=repr)
def test_the_library_is_convex_and_a_value(lagrangian):
    assert lagrangian.convex
    assert np.linalg.eigvalsh(lagrangian.hessian(POINTS)).min() >= -1e-15
    assert pickle.loads(pickle.dumps(lagrangian)) == lagrangian
    assert lagrangian.bounded == (float(np.abs(lagrangian.activation(POINTS * 1e6)).max()) <= 1)


def test_equality_is_by_name_and_gain():
    assert tanh(2) == tanh(2.0) != tanh(3)
    assert softmax() != tanh()
    assert [repr(x) for x in (tanh(), tanh(2), relu())] == ["tanh", "tanh(gain=2)", "relu"]


def test_a_given_gradient_finds_its_lagrangian():
    """σ alone of softmax gives L of softmax, up to a constant."""
    total = sympy.exp(2 * A) + sympy.exp(2 * B)
    symbolic = from_activation([sympy.exp(2 * A) / total, sympy.exp(2 * B) / total], [A, B])
    numeric = from_activation(softmax(2).activation, size=2)
    right = softmax(2).value(POINTS) - softmax(2).value(np.zeros(2))
    for found in (symbolic, numeric):
        np.testing.assert_allclose(found.value(POINTS), right, atol=1e-10)
        np.testing.assert_allclose(found.hessian(POINTS), softmax(2).hessian(POINTS), atol=1e-8)


def test_counterexample_a_rotation_is_no_gradient():
    with pytest.raises(InvalidOption, match=r"∂σ_0/∂V_1 − ∂σ_1/∂V_0 = -2, not 0"):
        from_activation([-B, A], [A, B])
    with pytest.raises(InvalidOption, match=r"asymmetric by 2 of its largest entry, above 1e-06"):
        from_activation(lambda V: np.stack([-V[..., 1], V[..., 0]], axis=-1), size=2)


@pytest.mark.parametrize("gain", [0, -1, np.inf, np.nan, "2", True])
def test_a_gain_is_positive(gain):
    for make in (tanh, softmax):
        with pytest.raises(InvalidOption, match="gain must be"):
            make(gain)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: from_expression(A * B, [A]), "holds b, which is not among the variables a"),
        (lambda: from_expression("a**2", [A]), "as sympy.sympify makes; got 'a.*2'"),
        (lambda: from_expression(A, []), "distinct SymPy symbols"),
        (lambda: from_expression(A, [A, A]), "distinct SymPy symbols"),
        (lambda: from_activation([A, B], [A]), "1 variables need 1 expressions; got 2"),
        (lambda: from_activation([A]), "need their variables"),
        (lambda: from_activation(np.tanh), "needs the size of its state"),
        (lambda: from_activation(lambda V: V[..., :1], size=2), "must map shape"),
        (lambda: from_activation(lambda V: V / 0.0 if False else V * np.nan, size=2), "not finite"),
        (lambda: OWN[4].symbolic_value(sympy.Matrix([A, B])), "has no expression"),
        (lambda: from_activation(np.tanh, size=2.5), "needs the size of its state.*got 2.5"),
        (lambda: from_activation(np.tanh, size=True), "needs the size of its state.*got True"),
        (lambda: from_activation(refused, size=2), r"fails on an array of shape \(16, 2\): only single states"),
        (lambda: from_activation(lambda V: "text", size=2), "the function fails on an array"),
        (lambda: from_activation(A**3, [A]), r"must be in a list, from_activation\(\[...\], \[a, b\]\); got a\*\*3"),
        (lambda: from_activation(A, [A]), "must be in a list"),
        (lambda: from_expression(A**2, A), "variables must be a list of distinct SymPy symbols; got a"),
        (
            lambda: from_expression(sympy.Max(0, A) ** 2 / 2, [A]),
            r"is no function: write a kink as sympy.Piecewise, or take relu\(\)",
        ),
        (lambda: from_activation([abs(A)], [sympy.Symbol("a")]), "not among the variables"),
        (lambda: from_expression(abs(A), [A]), "is no function"),
        (lambda: tanh().activation(3.0), r"shape \(…, size\)"),
    ],
)
def test_bad_input(make, message):
    with pytest.raises(InvalidOption, match=message):
        make()
