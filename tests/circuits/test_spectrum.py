"""P09 against P10, and the numbers of the paper's tasks."""

import numpy as np
import pytest
from hypothesis import given, settings

from emt_theory import derive
from emt_theory.circuits import minimal_dimension, resolve_spectrum, spectrum_by_cycles, spectrum_by_polynomial
from emt_theory.exact import Cycle, factors_of_cycles, observability_rank
from emt_theory.tasks import autoregressive, parse, selection
from emt_theory.testing import strategies


def law_p10(factors_of_a_selection_task):
    @settings(max_examples=30)
    @given(strategies.selection_tasks())
    def law(task):
        assert factors_of_a_selection_task(task) == spectrum_by_polynomial(task).factors

    return law


def test_p10_cycles_and_polynomial_agree():
    law_p10(lambda task: spectrum_by_cycles(task).factors)()


def test_p10_saboteur_signs_forgotten():
    def unsigned(task):
        found = spectrum_by_cycles(task).cycles
        return factors_of_cycles([Cycle(c.length, 1, c.outputs) for c in found], task.components)

    with pytest.raises(AssertionError):
        law_p10(unsigned)()


@given(strategies.tasks())
def test_numeric_eigenvalues_are_those_of_phi(task):
    """Compared by power sums, which a multiple eigenvalue does not blur: Σ λ^k = trace Φ^k, exactly known."""
    values = resolve_spectrum(task).eigenvalues()
    assert len(values) == task.components
    power, phi = derive(task).phi, derive(task).phi
    for k in range(1, 4):
        scale = max(1.0, float(np.sum(np.abs(values) ** k)))
        assert abs(np.sum(values**k) - float(power.trace())) < 1e-9 * scale
        power = power * phi


@pytest.mark.parametrize(
    ("name", "circle", "zero", "cycles", "dimension"),
    [
        ("T1", 64, 0, [[8, 1]] * 8, 64),
        ("T2", 36, 28, [[length, 1] for length in range(1, 9)], 36),
        ("T3", 36, 28, [[3, -1], [3, -1], [6, -1], [24, -1]], 36),
        ("T4", 36, 28, [[1, -1], [35, 1]], 36),
    ],
)
def test_the_papers_tasks(name, circle, zero, cycles, dimension):
    circuit = derive(parse(name))
    described = circuit.to_dict()
    assert described["spectrum"]["unit_circle"] == circle == described["spectrum"]["roots_of_unity"]
    assert described["spectrum"]["zero"] == zero
    assert described["spectrum"]["cycles"] == cycles
    assert described["minimal_dimension"] == dimension
    assert len(circuit.persistent) == circle


def test_unit_circle_roots_that_are_no_roots_of_unity_are_counted():
    circuit = derive(autoregressive(["6/5", -1]))  # λ² − 6/5 λ + 1: angle arccos 3/5, irrational
    assert circuit.spectrum().unit_circle == 2
    assert circuit.spectrum().roots_of_unity == 0


@settings(max_examples=30)
@given(strategies.selection_tasks())
def test_p11_counting_agrees_with_exact_ranks(task):
    scored, propagated = observability_rank(task.F, task.dim)
    assert minimal_dimension(task) == (scored, 2 * scored - propagated)


def test_p11_the_two_dimensions_differ_when_something_read_lies_on_no_cycle():
    task = selection("x", 2, [(1, 0, 1), (1, 2, 1), (1, 0, 1)])  # component 2 is read once and is itself a copy of 0
    assert minimal_dimension(task).with_load > minimal_dimension(task).running


@given(strategies.tasks())
def test_persistent_components_by_the_power_of_phi(task):
    power = derive(task).phi ** task.components
    assert list(derive(task).persistent) == [j for j in range(task.components) if not power[:, j].is_zero_matrix]
