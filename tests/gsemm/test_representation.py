"""Weights as memories and interactions: the round trip, the fewest memories, what is unique and what is not."""

import json
from dataclasses import replace

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from emt_theory import derive
from emt_theory.circuits import make_basis
from emt_theory.errors import InvalidNetwork, InvalidOption
from emt_theory.ground.rationals import RationalMatrix
from emt_theory.gsemm import (
    derive_network,
    factorize,
    fewest_memories,
    fewest_orthonormal_memories,
    from_network,
    lagrangians,
    model_from_phi,
)
from emt_theory.gsemm.representation import SMALLEST_ANGLE
from emt_theory.networks import ElmanRNN
from emt_theory.tasks import compose_copy, from_matrix
from emt_theory.testing import laws
from emt_theory.testing.gsemm import network_models


def network(W):
    W = np.asarray(W, dtype=float)
    return ElmanRNN(W_hh=W, W_uh=np.zeros((len(W), 1)), W_hy=np.zeros((1, len(W))))


def relative(found, W):
    return np.linalg.norm(found - W) / np.linalg.norm(W)


@settings(max_examples=30)
@given(network_models(), st.booleans())
def test_from_network_reproduces_what_derive_network_made(model, orthonormal):
    net = derive_network(model).network
    found = from_network(net, orthonormal=orthonormal)
    assert relative(found.W_hh, net.W_hh) < 1e-10
    assert found.is_exact
    assert found.duality_error < 1e-9
    assert len(found.phi) <= model.components or orthonormal
    given = from_network(net, memories=model.memories)
    assert given.residual < 1e-10
    np.testing.assert_allclose(
        given.phi, net_gain(model) * model.bracket, atol=1e-8 * (1 + np.abs(model.bracket).max())
    )


def net_gain(model):
    return model.feature.gain


@settings(max_examples=25)
@given(network_models())
def test_p04_by_the_law(model):
    for carrier in ("numpy", "exact"):
        found = laws.check_law("P04", model, carrier)
        assert found.status == "holds", str(found)


@settings(max_examples=25)
@given(network_models())
def test_orthonormal_memories_close_the_circle(model):
    """W → Ξ, Φ with Ξᵀ → a memory model → W, by P02 with the model's own Ξᵀ."""
    net = derive_network(model).network
    found = from_network(net, orthonormal=True)
    without_gain = getattr(lagrangians, model.feature.name)()
    back = derive_network(model_from_phi(found.memories, found.phi, without_gain), dual="transpose")
    assert relative(back.network.W_hh, net.W_hh) < 1e-10


def test_the_fewest_are_the_units_without_the_size_one_blocks_at_zero():
    """Against SymPy's Jordan form, on all 3×3 matrices of a kind that has every nilpotent part."""
    rng = np.random.default_rng(0)
    forms = set()
    for _ in range(60):
        P = sympy.Matrix(rng.integers(-1, 2, size=(3, 3)).tolist())
        if P.det() == 0:
            continue
        J = sympy.Matrix(np.diag(rng.integers(0, 2, size=3)).tolist())
        for k in range(2):
            if J[k, k] == J[k + 1, k + 1] and rng.random() < 0.6:
                J[k, k + 1] = 1
        W = P * J * P.inv()
        _, blocks = W.jordan_form()
        ones = sum(
            blocks[k, k] == 0 and (k == 0 or blocks[k - 1, k] == 0) and (k == 2 or blocks[k, k + 1] == 0)
            for k in range(3)
        )
        found = fewest_memories(RationalMatrix.from_rows(W))
        assert found == 3 - ones
        forms.add((found, W.rank()))
    assert {(0, 0), (1, 1), (2, 1), (2, 2), (3, 2), (3, 3)} <= forms


@settings(max_examples=25)
@given(st.integers(1, 6), st.data())
def test_every_size_from_the_fewest_on(size, data):
    rank = data.draw(st.integers(0, size))
    rng = np.random.default_rng(data.draw(st.integers(0, 999)))
    W = rng.integers(-2, 3, size=(size, rank)) @ rng.integers(-2, 3, size=(rank, size))
    exact = RationalMatrix.from_rows(W.astype(int).tolist())
    fewest = max(1, fewest_memories(exact))
    assert fewest <= max(1, fewest_orthonormal_memories(exact))
    for n in range(fewest, size + 1):
        factors = factorize(exact, n)
        assert factors.memories @ factors.phi @ factors.dual == exact
        assert factors.dual @ factors.memories == RationalMatrix.identity(n)
        found = from_network(network(W), size=n)
        assert found.residual < 1e-10
    if fewest > 1:
        with pytest.raises(InvalidOption, match=f"= {fewest} to N = {size}; got {fewest - 1}"):
            factorize(exact, fewest - 1)


def test_counterexample_an_oblique_dual_needs_fewer_memories():
    W = RationalMatrix.from_rows([[1, 1], [0, 0]])
    assert (fewest_memories(W), fewest_orthonormal_memories(W)) == (1, 2)
    assert len(from_network(network([[1, 1], [0, 0]])).phi) == 1
    assert len(from_network(network([[1, 1], [0, 0]]), orthonormal=True).phi) == 2


def test_counterexample_what_is_being_forgotten_needs_memories():
    """A Jordan block of size 2 at 0: rank 1, no eigenvalue but 0, and two memories."""
    W = [[0, 1, 0], [0, 0, 0], [0, 0, 0]]
    assert fewest_memories(RationalMatrix.from_rows(W)) == 2
    assert len(from_network(network(W)).phi) == 2
    with pytest.raises(InvalidOption, match=r"from 2 to N = 3 memories \(P04\); got 1"):
        from_network(network(W), size=1)


def test_the_spectrum_is_shared_and_the_basis_is_not():
    task = compose_copy(2)
    net = derive(task).compile(scheme="linear", basis="oblique", hidden=6, seed=1)
    forms = [from_network(net, size=n) for n in (4, 5, 6)] + [from_network(net, orthonormal=True)]
    right = np.poly(derive(task).exact_phi.to_array())
    for found in forms:
        assert found.is_exact
        n = len(found.phi)
        np.testing.assert_allclose(np.poly(found.phi), [*right, *[0] * (n - 4)], atol=1e-9)
    assert not np.allclose(forms[1].memories[:, :4], forms[0].memories)


def test_in_the_variable_memories_phi_is_the_companion_matrix():
    task = compose_copy(2)
    basis = make_basis("oblique", 6, 4, seed=1)
    net = derive(task).compile(scheme="linear", basis="oblique", hidden=6, seed=1)
    psi, dual = basis.psi.to_array(), basis.dual.to_array()
    found = from_network(net, psi, dual)
    np.testing.assert_allclose(found.phi, derive(task).exact_phi.to_array(), atol=1e-12)
    assert found.is_exact
    assert found.leakage < 1e-12
    pseudo = from_network(net, psi)
    np.testing.assert_allclose(pseudo.phi, found.phi, atol=1e-12)
    assert pseudo.leakage < 1e-12
    assert pseudo.residual > 0.01, "the pseudo-inverse forgets something else than the circuit does"
    wrong = from_network(net, np.eye(6)[:, :4])
    assert wrong.leakage > 0.1
    assert f"invariant up to {wrong.leakage:.3g}" in str(wrong)
    assert "is left out" in str(wrong)
    assert "exact" not in repr(wrong)


def test_a_noisy_network_keeps_all_its_units():
    W = np.random.default_rng(0).normal(size=(5, 5))
    found = from_network(network(W))
    assert len(found.phi) == 5
    assert found.residual < 1e-14
    assert "Unique is the Jordan form" in str(found)


def test_nothing_is_divided_by_zero():
    found = from_network(network(np.zeros((3, 3))))
    assert (len(found.phi), found.residual, found.leakage) == (1, 0, 0)
    assert from_network(network([[2.0]]), orthonormal=True).eigenvalues.tolist() == [2]
    assert fewest_memories(RationalMatrix.from_rows([[0]])) == 0
    assert factorize(RationalMatrix.from_rows([[0, 0], [0, 0]])).phi == RationalMatrix.from_rows([[0]])
    described = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert described["is_exact"] is True


NET = network(np.diag([1.0, 2.0, 3.0]))


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: from_network(np.eye(2)), InvalidNetwork, "net must be an ElmanRNN, whose W_hh is square; got a ndarray"),
        (lambda: from_network(NET, np.ones((2, 1))), InvalidNetwork, r"\(N, n\) with N = 3"),
        (lambda: from_network(NET, np.ones((3, 2))), InvalidNetwork, "the 2 given have rank 1"),
        (lambda: from_network(NET, np.eye(3), np.ones((2, 3))), InvalidNetwork, r"dual must have shape \(n, N\) = \(3, 3\)"),
        (lambda: from_network(NET, dual=np.eye(3)), InvalidOption, "pass them, too"),
        (lambda: from_network(NET, np.eye(3), size=3), InvalidOption, "leave them out where memories are given"),
        (lambda: from_network(NET, size=4), InvalidOption, "from 3 to N = 3 memories"),
        (lambda: from_network(NET, size=True), InvalidOption, "got True"),
        (lambda: fewest_memories(RationalMatrix.from_rows([[1, 2]])), InvalidOption, "W must be square"),
    ],
)  # fmt: skip
def test_bad_input(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_a_dual_that_is_none_is_measured():
    found = from_network(NET, np.eye(3)[:, :2], 2 * np.eye(3)[:2])
    assert found.duality_error == 1
    assert not replace(found, residual=1e-12).is_exact
    opposite = from_network(network(np.diag([2.0, 3.0])), np.eye(2), -np.eye(2))
    assert opposite.residual == 0
    assert not opposite.is_exact
    assert str(opposite).startswith("Ξ† is no left inverse of these memories: Ξ†Ξ is off I by 2")
    assert "Ξ† no left inverse" in repr(opposite)


@pytest.mark.parametrize("angle", np.linspace(0, 3, 7))
def test_what_is_forgotten_in_two_steps_in_any_basis(angle):
    """W² = 0: the image is in the kernel, but for rounding."""
    Q = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    found = from_network(network(Q @ [[0, 1], [0, 0]] @ Q.T))
    assert found.is_exact
    assert len(found.phi) == 2


@pytest.mark.parametrize("overlap", [*10.0 ** np.arange(-13, -3), 3e-3, 1e-2, 0.1])
def test_nearly_nilpotent_of_rank_one(overlap):
    """W = u vᵀ, W² = (v·u) W: two memories where the cosine v·u/(|u||v|) is at most `SMALLEST_ANGLE`, else one."""
    u, v = np.array([1.0, 2.0, 3.0]), np.array([0.3, 0.3, -0.3 + overlap / 3])
    found = from_network(network(np.outer(u, v)))
    assert found.is_exact
    cosine = v @ u / np.linalg.norm(u) / np.linalg.norm(v)
    assert len(found.phi) == (2 if cosine <= SMALLEST_ANGLE else 1)


def test_p04_of_a_task_that_forgets_everything():
    found = laws.check_law("P04", from_matrix(np.zeros((2, 4), int).tolist(), dim=2), "numpy")
    assert found.status == "holds", str(found)
