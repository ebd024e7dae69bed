"""The least-squares intertwiner against the whole Kronecker system, and where its preconditioner could go wrong."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.linalg import block_diag

from emt_theory import derive
from emt_theory.evidence.memories import intertwiner as module
from emt_theory.evidence.memories.intertwiner import intertwiner
from emt_theory.evidence.memories.intertwining import _flipped  # pyright: ignore[reportPrivateUsage]
from emt_theory.evidence.memories.persistent import persistent_dynamics
from emt_theory.tasks import from_matrix, parse, repeat_copy


def by_kronecker(step: Any, phi: Any, read: Any, wanted: Any) -> NDArray[np.float64]:
    m, r = len(phi), len(step)
    system = np.vstack([np.kron(np.eye(m), step.T) - np.kron(phi, np.eye(r)), np.kron(read, np.eye(r))])
    right = np.concatenate([np.zeros(m * r), wanted.ravel()])
    return np.linalg.lstsq(system, right, rcond=None)[0].reshape(m, r)


def rotations(*angles: float) -> NDArray[np.float64]:
    return block_diag(*(np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]]) for a in angles))


RNG = np.random.default_rng(5)
TURNED = np.linalg.qr(RNG.normal(size=(6, 6)))[0]
MAPS = {
    "cycles of T4": persistent_dynamics(derive(parse("T4"))).phi[:12, :12],
    "rotations and signs": block_diag(rotations(0.3, 0.3, 2.0), np.diag([1.0, -1.0])),
    "normal, in another basis": TURNED @ rotations(0.5, 0.5, 1.5) @ TURNED.T,
    "not normal": persistent_dynamics(derive(from_matrix([[1, 1, 1]]))).phi,
    "Jordan block": np.array([[1.0, 1.0], [0.0, 1.0]]),
    "one by one": np.array([[-1.0]]),
}


@pytest.mark.parametrize("name", MAPS)
def test_is_the_solution_of_the_whole_system(name: str) -> None:
    phi = MAPS[name]
    rng = np.random.default_rng(1)
    step, read, wanted = rng.normal(size=(7, 7)) / 3, rng.normal(size=(3, len(phi))), rng.normal(size=(3, 7))
    found = intertwiner(step, phi, read, wanted, precision=1e-12)
    assert found.converged
    assert np.allclose(found.matrix, by_kronecker(step, phi, read, wanted), atol=1e-8)


def test_a_resonance_is_what_it_is_made_for() -> None:
    """Where B has the eigenvalues of Φ, the intertwiner is exact, and the preconditioned iteration finds it in few steps."""
    circuit = derive(parse("T4"))
    persistent = persistent_dynamics(circuit)
    m = len(persistent.phi)
    rng = np.random.default_rng(2)
    basis = np.linalg.qr(rng.normal(size=(60, 60)))[0]
    step = basis @ block_diag(persistent.phi, 0.3 * rng.normal(size=(60 - m, 60 - m)) / 5) @ basis.T
    exact = basis[:, :m].T
    found = intertwiner(step, persistent.phi, persistent.read, persistent.read @ exact)
    assert np.allclose(found.matrix, exact, atol=1e-5)
    assert found.residual < 1e-6
    assert found.iterations < 60


def test_grouped_eigenvalues_give_the_same_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """With memory for few factors, 36 eigenvalues share them: slower, and the same."""
    persistent = persistent_dynamics(derive(parse("T4")))
    rng = np.random.default_rng(3)
    step, wanted = rng.normal(size=(20, 20)) / 5, rng.normal(size=(8, 20))
    exact = intertwiner(step, persistent.phi, persistent.read, wanted, precision=1e-12)
    monkeypatch.setattr(module, "_MEMORY", 0.0)
    grouped = intertwiner(step, persistent.phi, persistent.read, wanted, precision=1e-12)
    assert np.allclose(grouped.matrix, exact.matrix, atol=1e-9)


MOVING_ALIKE = {
    "four cycles of three": persistent_dynamics(derive(repeat_copy(num_variables=3, dim=4))),
    "two cycles of three": persistent_dynamics(derive(repeat_copy(num_variables=3, dim=2))),
    "one sign": persistent_dynamics(derive(from_matrix([[-1]]))),
}


@pytest.mark.parametrize("name", MOVING_ALIKE)
def test_blocks_that_move_alike_are_solved_at_once(name: str) -> None:
    """The direct solution is that of the whole system, with as many equations as unknowns and next to a resonance."""
    there = MOVING_ALIKE[name]
    m, d = len(there.phi), len(there.read)
    rng = np.random.default_rng(4)
    for step in (rng.normal(size=(7, 7)) / 3, np.pad(there.phi, (0, 2)) + 1e-3 * rng.normal(size=(m + 2, m + 2))):
        wanted = rng.normal(size=(d, len(step)))
        found = intertwiner(step, there.phi, there.read, wanted)
        assert found.converged
        assert found.iterations <= 4
        exact = by_kronecker(step, there.phi, there.read, wanted)
        assert np.allclose(found.matrix, exact, atol=1e-7 * np.abs(exact).max())


def test_blocks_that_do_not_move_alike_are_iterated() -> None:
    """The saboteur of the direct solution: read through unequal rows, C E_λ Cᵀ is no multiple of I, and its formula is wrong."""
    there = MOVING_ALIKE["two cycles of three"]
    rng = np.random.default_rng(4)
    step, read, wanted = rng.normal(size=(7, 7)) / 3, np.diag([1.0, 2.0]) @ there.read, rng.normal(size=(2, 7))
    found = intertwiner(step, there.phi, read, wanted, precision=1e-12)
    assert found.iterations > 4
    assert np.allclose(found.matrix, by_kronecker(step, there.phi, read, wanted), atol=1e-8)


def test_saboteur_another_map_does_not_intertwine() -> None:
    phi = MAPS["rotations and signs"]
    exact = np.eye(8)
    assert intertwiner(phi, phi, np.eye(8), exact).residual < 1e-7
    wrong = phi.copy()
    wrong[-1, -1] = 1.0
    assert intertwiner(phi, wrong, np.eye(8), exact).residual > 0.1


def test_rounding_does_not_make_the_preconditioner_indefinite() -> None:
    """B orthogonal with the eigenvalue λ, which nothing reads: p = 0, and (B − λ)(B − λ)ᵀ is singular, so that only the floor keeps it factorable."""
    rng = np.random.default_rng(0)
    for size in (40, 60, 80):
        basis = np.linalg.qr(rng.normal(size=(size, size)))[0]
        step = basis @ np.diag(rng.choice([-1.0, 1.0], size=size)) @ basis.T
        phi, read, wanted = np.diag([1.0, -1.0]), np.array([[1.0, 0.0]]), rng.normal(size=(1, size))
        found = intertwiner(step, phi, read, wanted)
        assert np.isfinite(found.matrix).all()
        assert np.allclose(found.matrix, by_kronecker(step, phi, read, wanted), atol=1e-4)


@pytest.mark.parametrize("name", ["T1", "T4"])
def test_the_null_is_one_sign_away(name: str) -> None:
    """One write has its sign flipped, and all others stay: a null further away would be easier to tell."""
    persistent = persistent_dynamics(derive(parse(name)))
    flipped = _flipped(persistent)
    changed = np.flatnonzero((flipped != persistent.phi).any(axis=1))
    assert len(changed) == 1
    assert changed[0] in persistent.writes
    assert np.array_equal(flipped[changed], -persistent.phi[changed])
