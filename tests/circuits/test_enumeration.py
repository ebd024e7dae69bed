"""Every task with entries in {−1, 0, 1} of a few sizes: how many are solvable, and each verdict confirmed by simulation (P07)."""

from itertools import product

import numpy as np
import pytest

from emt_theory import derive
from emt_theory.circuits import certify, find_obstruction
from emt_theory.tasks import from_matrix


def all_tasks(d, s):
    """Every F with entries in {−1, 0, 1} as an array (3^(d·d·s), d, s, d): output, block, component."""
    digits = np.array(list(product((-1, 0, 1), repeat=d * d * s)), dtype=np.int64)
    return digits.reshape(-1, d, s, d)


def solvable(F):
    """F_i F_j = 0 for all i and all j ≥ 2, by NumPy's integers."""
    return ~np.einsum("maic,mcjb->maijb", F, F[:, :, 1:]).any(axis=(1, 2, 3, 4))


def simulate(F, horizon, load):
    """Outputs t = s+1, …, s+horizon of the circuits of all F on the n unit inputs, shape (tasks, n, horizon, d)."""
    count, d, s, _ = F.shape
    units = np.eye(s * d, dtype=np.int64).reshape(s * d, s, d)
    memory = np.zeros((count, s * d, s, d), dtype=np.int64)
    if load == "ideal":
        memory[:] = units
    outputs = []
    for t in range(0 if load == "network" else s, s + horizon):
        made = np.einsum("makc,mukc->mua", F, memory)
        memory = np.concatenate([memory[:, :, 1:], made[:, :, None]], axis=2)
        if t < s:
            memory[:, :, -1] += units[:, t]
        else:
            outputs.append(made)
    return np.stack(outputs, axis=2)


def clashes(F):
    """Whether targets ask for two different responses to inputs of the same age, for each block j = 2, …, s and component: (tasks, s − 1, d)."""
    count, d, s, _ = F.shape
    wanted = simulate(F, s + 1, "ideal").reshape(count, s, d, s + 1, d)
    return (wanted[:, :-1, :, :-1] != wanted[:, 1:, :, 1:]).any(axis=(3, 4))


def check(F):
    """The verdicts, after each was confirmed: where solvable the circuit runs right, elsewhere no linear network can."""
    verdict, horizon = solvable(F), 2 * F.shape[1] * F.shape[2] + 1
    right = F[verdict]
    assert (simulate(right, horizon, "network") == simulate(right, horizon, "ideal")).all()
    assert clashes(F[~verdict]).any(axis=(1, 2)).all()
    assert not clashes(right).any()
    return verdict


@pytest.mark.parametrize(("d", "s", "expected"), [(1, 2, 3), (1, 3, 3), (2, 2, 153)])
def test_how_many_tasks_are_solvable(d, s, expected):
    F = all_tasks(d, s)
    verdict = check(F)
    assert verdict.sum() == expected
    clash = clashes(F)
    for table, is_solvable, seen in zip(F, verdict, clash, strict=True):
        task = from_matrix(table.reshape(d, -1), dim=d)
        witness = find_obstruction(task)
        assert (witness is None) == is_solvable
        if witness is None:
            assert certify(derive(task).compile(scheme="linear"), task).exact_for == "values"
        else:  # at the very block and component that it names
            assert seen[witness.j - 2, witness.column]


def test_saboteur_a_criterion_without_the_first_block():
    """Asking for F_i F_j = 0 with i ≥ 2 alone lets tasks pass whose circuit runs wrong."""
    F = all_tasks(1, 2)
    weaker = ~np.einsum("maic,mcjb->maijb", F[:, :, 1:], F[:, :, 1:]).any(axis=(1, 2, 3, 4))
    assert (weaker == solvable(F)).all()  # for d = 1 there is no difference
    F = all_tasks(2, 2)
    weaker = ~np.einsum("maic,mcjb->maijb", F[:, :, 1:], F[:, :, 1:]).any(axis=(1, 2, 3, 4))
    passed = F[weaker]
    assert (simulate(passed, 9, "network") != simulate(passed, 9, "ideal")).any()


@pytest.mark.slow
def test_how_many_of_half_a_million_are_solvable():
    total, solved = 0, 0
    rng = np.random.default_rng(0)
    tail = all_tasks(1, 8).reshape(-1, 8)  # the last eight of twelve entries; the first four come in turn
    for head in product((-1, 0, 1), repeat=4):
        F = np.concatenate([np.broadcast_to(head, (len(tail), 4)), tail], axis=1).reshape(-1, 2, 3, 2)
        verdict = check(F)
        total, solved = total + len(F), solved + int(verdict.sum())
        for k in rng.integers(len(F), size=12):
            assert (find_obstruction(from_matrix(F[k].reshape(2, 6), dim=2)) is None) == verdict[k]
    assert (solved, total) == (369, 531441)
