"""P05–P07: what the linear circuit computes, decided by the criterion and again by running it on every basis input."""

import numpy as np
import pytest
from hypothesis import Phase, given, settings

from emt_theory import derive
from emt_theory.circuits import find_obstruction, interpret, is_linearly_solvable
from emt_theory.tasks import accuracy, parse, repeat_copy
from emt_theory.testing import strategies


def is_exact_by_running(task, load="network"):
    """Whether the linear circuit is right on a basis of all inputs for 2n + 1 scored steps: by P08 that is for ever."""
    basis = np.eye(task.components, dtype=int).reshape(task.components, task.num_variables, task.dim)
    horizon = 2 * task.components + 1
    outputs = interpret(task, basis, task.num_variables + horizon, load).outputs
    return bool((outputs[:, task.num_variables :] == task.targets(basis, horizon)).all())


def law_p07(is_linearly_solvable, phases=tuple(Phase)):
    @settings(max_examples=30, phases=phases)
    @given(strategies.tasks())
    def law(task):
        assert is_linearly_solvable(task) == is_exact_by_running(task)

    return law


def test_p07_criterion_agrees_with_running():
    law_p07(is_linearly_solvable)()


def test_p07_saboteur_all_products_instead_of_j_at_least_two():
    def all_products_vanish(task):
        d = task.dim
        blocks = [task.matrix[:, k * d : (k + 1) * d] for k in range(task.num_variables)]
        return all((a * b).is_zero_matrix for a in blocks for b in blocks)

    with pytest.raises(AssertionError):
        law_p07(all_products_vanish, (Phase.generate,))()


@settings(max_examples=30)
@given(strategies.tasks())
def test_p05_an_ideal_load_is_always_exact(task):
    assert is_exact_by_running(task, load="ideal")


@given(strategies.tasks())
def test_the_witness_is_a_non_zero_product(task):
    witness = find_obstruction(task)
    if witness is not None:
        d = task.dim
        F = [task.matrix[:, k * d : (k + 1) * d] for k in range(task.num_variables)]
        assert witness.j >= 2
        assert str((F[witness.i - 1] * F[witness.j - 1])[witness.row, witness.column]) == witness.value != "0"
        assert F[witness.i - 1][witness.row, witness.through] != 0 != F[witness.j - 1][witness.through, witness.column]


@pytest.mark.parametrize(
    ("name", "right", "zero"), [("T1", 1, 0), ("T2", 0.70, 0.22), ("T3", 0.77, 0.15), ("T4", 0.72, 0.24)]
)
def test_p06_sign_accuracy_of_the_papers_linear_circuit(name, right, zero):
    task = parse(name)
    inputs, targets = task.sequences(500, 50, seed=1)
    outputs = derive(task).compile(scheme="linear").run(inputs, steps=58).outputs[:, 8:]
    measured = accuracy(outputs, targets)
    assert measured.accuracy == pytest.approx(right, abs=0.01)
    assert measured.zeros == pytest.approx(zero, abs=0.01)


def test_p06_the_loaded_state_in_closed_form():
    """After the input phase the memory holds Σ_k Φ^{s−k} E_s u(k)."""
    from emt_theory.exact import companion, injection

    task = parse("T3")
    inputs = task.sequences(3, 1, seed=2).inputs
    memory = interpret(task, inputs, steps=8).memory[:, 7].reshape(3, -1)
    phi = companion(task.F, 8).to_sympy()
    write = injection(8, 8, 8).to_sympy()
    for b in range(3):
        import sympy

        loaded = sum((phi ** (8 - k) * write * sympy.Matrix(inputs[b, k - 1]) for k in range(1, 9)), sympy.zeros(64, 1))
        assert list(loaded) == list(memory[b])


def test_answers_on_the_papers_tasks():
    assert [derive(parse(name)).exactness.linear for name in ("T1", "T2", "T3", "T4")] == [True, False, False, False]
    assert not is_linearly_solvable(parse("fibonacci"))
    assert is_linearly_solvable(repeat_copy(1, 3))
