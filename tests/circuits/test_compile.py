"""P12–P14: compiled networks do what their schemes promise, and schemes refuse what they cannot do."""

from fractions import Fraction

import flint
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emt_theory import derive
from emt_theory.circuits import SCHEMES, BasisKind, Linear, Saturating, Tanh, make_basis
from emt_theory.errors import InvalidOption, SchemeNotAllowed
from emt_theory.exact import companion
from emt_theory.ground.rationals import RationalMatrix
from emt_theory.networks import load, save
from emt_theory.tasks import accuracy, autoregressive, fibonacci, from_matrix, parse, repeat_copy
from emt_theory.testing import strategies


def is_similar_to_phi(weights, task):
    """W ~ Φ ⊕ 0, by the Jordan invariants over Q: the characteristic polynomial, and ranks of powers of every irreducible factor."""
    hidden, n = weights.shape[0], task.components
    padded = RationalMatrix((hidden, hidden), companion(task.F, task.dim).entries).to_flint()
    w = weights.to_flint()
    if w.charpoly() != padded.charpoly():
        return False
    for factor, multiplicity in w.charpoly().numer().factor()[1]:
        for power in range(1, multiplicity + 1):
            if evaluate(factor, w, power).rank() != evaluate(factor, padded, power).rank():
                return False
    return n <= hidden


def evaluate(polynomial, matrix, power):
    size = matrix.nrows()
    one = flint.fmpq_mat(flint.fmpz_mat([[int(i == j) for j in range(size)] for i in range(size)]))
    total = one * 0
    for c in reversed([int(c) for c in polynomial.coeffs()]):
        total = total * matrix + one * c
    return total**power


def law_p12(dual_of):
    @settings(max_examples=25)
    @given(
        strategies.selection_tasks(3, 3) | strategies.linear_tasks(2, 2),
        st.sampled_from(list(BasisKind)),
        st.integers(0, 3),
        st.integers(0, 99),
    )
    def law(task, kind, spare, seed):
        basis = make_basis(kind, task.components + spare, task.components, seed)
        phi = companion(task.F, task.dim)
        assert is_similar_to_phi(basis.psi @ phi @ dual_of(basis), task)

    return law


def test_p12_compile_is_invariant_under_similarity():
    law_p12(lambda basis: basis.dual)()


def test_p12_saboteur_transpose_instead_of_dual():
    """Ψᵀ is the dual of orthonormal memories only: with oblique ones the spectrum changes."""
    with pytest.raises(AssertionError):
        law_p12(lambda basis: basis.psi.T)()


@given(st.sampled_from(list(BasisKind)), st.integers(1, 9), st.integers(0, 5), st.integers(0, 99))
def test_bases_have_an_exact_left_inverse(kind, components, spare, seed):
    basis = make_basis(kind, components + spare, components, seed)
    assert basis.dual @ basis.psi == RationalMatrix.identity(components)
    if kind is BasisKind.ORTHOGONAL:
        assert basis.dual == basis.psi.T


def test_an_orthogonal_basis_is_like_one_drawn_from_all_rotations():
    """N Σ_i ψ_i⁴ is 3N/(N + 2) on average for a direction drawn from the sphere, N for a neuron; Cayley's of random signs tends to −I."""
    size = 128
    skew = np.triu(np.random.default_rng(0).integers(-1, 2, size=(size, size)), 1)
    cayley = np.linalg.solve(np.eye(size) + skew - skew.T, np.eye(size) - skew + skew.T)
    psi = make_basis("orthogonal", size, size).psi.to_array()
    found, before = (size * (columns**4).sum(axis=0).mean() for columns in (psi, cayley))
    assert 2.7 < found < 3.3
    assert before > 30


@pytest.mark.parametrize("basis", BasisKind)
def test_the_linear_circuit_computes_the_same_in_every_basis(basis):
    task = parse("T2")
    inputs = task.sequences(20, 1, seed=0).inputs
    twin = derive(task).compile(scheme="linear", basis=basis, hidden=66, seed=5).exact
    plain = derive(task).compile(scheme="linear").exact
    assert (twin.run(inputs[0], 12).outputs == plain.run(inputs[0], 12).outputs).all()


def test_saturating_t2_from_a_file_is_right_on_every_output(tmp_path):
    path = save(derive(parse("T2")).compile(scheme="saturating"), tmp_path / "x.safetensors")
    net = load(path)
    inputs, targets = parse("T2").sequences(1000, 500, seed=3)
    outputs = net.run(inputs, steps=508).outputs[:, 8:]
    assert (outputs == targets).all()


def law_p13(compile_saturating):
    @settings(max_examples=25)
    @given(strategies.tasks().filter(lambda task: Saturating().verdict(task).allowed), st.integers(0, 99))
    def law(task, seed):
        inputs, targets = task.sequences(3, 6, seed)
        twin = compile_saturating(task).exact
        assert (twin.run(inputs, task.num_variables + 6).outputs[:, task.num_variables :] == targets).all()
        assert (twin.run(inputs, task.num_variables).outputs == inputs).all()  # exact already during the input phase

    return law


def test_p13_the_saturating_write_is_exact():
    law_p13(lambda task: derive(task).compile(scheme="saturating"))()


def test_p13_saboteur_unit_gain_lets_the_feedback_in():
    def unit_gain(task):
        twin = derive(task).compile(scheme="saturating").exact
        plain = Linear().weights(task, make_basis("identity", task.components, task.components))
        return type(twin)(W_hh=twin.W_hh, W_uh=plain.W_uh, W_hy=twin.W_hy, activation="hard_tanh").to_float()

    with pytest.raises(AssertionError):
        law_p13(unit_gain)()


def test_p13_fails_in_an_orthogonal_basis():
    """Why `saturating` refuses other bases: T3 in an orthogonal one gets about 83 % of the signs."""
    task = parse("T3")
    twin = Saturating().weights(task, make_basis("orthogonal", 64, 64, seed=0))
    inputs, targets = task.sequences(500, 50, seed=1)
    outputs = twin.to_float().run(inputs, steps=58).outputs[:, 8:]
    assert 0.75 < accuracy(outputs, targets).accuracy < 0.9


@pytest.mark.parametrize("name", ["T1", "T2", "T3", "T4"])
def test_p14_every_sign_right_with_the_promised_magnitude(name):
    task = parse(name)
    inputs, targets = task.sequences(200, 300, seed=4)
    outputs = derive(task).compile(scheme="tanh").run(inputs, steps=308).outputs[:, 8:]
    assert accuracy(outputs, targets).sequences_right == 200
    assert np.abs(outputs).min() >= 0.858


def test_p14_saboteur_a_write_weaker_than_the_feedback():
    task = parse("T2")
    with pytest.raises(InvalidOption, match="gain must be at least beta"):
        Tanh(gain=Fraction(1))
    twin = derive(task).compile(scheme="tanh").exact
    weak = type(twin)(W_hh=twin.W_hh, W_uh=twin.W_uh * Fraction(1, 3), W_hy=twin.W_hy, activation="tanh").to_float()
    inputs, targets = task.sequences(200, 50, seed=4)
    assert accuracy(weak.run(inputs, 58).outputs[:, 8:], targets).sequences_right < 200


@pytest.mark.parametrize(
    ("task", "scheme"),
    [
        (parse("T1"), "linear"),
        (parse("T2"), "saturating"),
        (autoregressive(num_variables=3), "saturating"),
        (from_matrix([[2]]), "linear"),
        (fibonacci(), "gated"),
        (from_matrix([[0, 1]], inputs=[0, 1]), "gated"),
    ],
)
def test_auto_takes_the_simplest_exact_scheme(task, scheme):
    net = derive(task).compile()
    assert net.metadata["scheme"] == scheme
    assert net.metadata["exact_for"] == "values"


@pytest.mark.parametrize(
    ("task", "arguments", "error", "message"),
    [
        (fibonacci(), {"scheme": "saturating"}, SchemeNotAllowed, "is 2; it must be at most 1"),
        (fibonacci(), {"scheme": "tanh"}, SchemeNotAllowed, "only selection tasks"),
        (from_matrix([[0, 1]], inputs=[0, 1]), {"scheme": "saturating"}, SchemeNotAllowed, "inputs must be -1 and 1"),
        (from_matrix([[0, 1]], inputs=[0, 1]), {"scheme": "tanh"}, SchemeNotAllowed, "inputs must be -1 and 1"),
        (parse("T2"), {"basis": "orthogonal"}, SchemeNotAllowed, "each component needs a neuron of its own"),
        (parse("T2"), {"basis": "orthogonal"}, SchemeNotAllowed, "exact: damped"),
        (fibonacci(), {"scheme": "saturating"}, SchemeNotAllowed, "Schemes that would work: gated$"),
        (parse("T2"), {"scheme": "tanh", "basis": "oblique"}, SchemeNotAllowed, "Allowed: identity"),
        (parse("T2"), {"hidden": 63}, InvalidOption, "hidden = 63 is too small: .* at least n = s·d = 64"),
        (parse("T2"), {"scheme": "magic"}, InvalidOption, "unknown scheme 'magic'; known are auto, linear"),
        (parse("T2"), {"basis": "magic"}, InvalidOption, "unknown basis 'magic'; known are identity"),
        (parse("T2"), {"scheme": Saturating(gain=Fraction(1))}, InvalidOption, r"it must be at least 1 \+ rho' = 2"),
    ],
)
def test_what_compile_refuses(task, arguments, error, message):
    with pytest.raises(error, match=message):
        derive(task).compile(**arguments)


def test_spare_units_stay_idle():
    net = derive(repeat_copy(2, 2)).compile(hidden=7)
    assert net.hidden == 7
    assert not net.W_hh[4:].any()
    assert not net.W_hh[:, 4:].any()


def test_every_scheme_states_a_verdict_for_every_task():
    for name in ("T1", "T2", "fibonacci", "autoregressive"):
        assert set(derive(parse(name)).exactness.schemes) == set(SCHEMES)
