"""The strategies reach the hard cases, and shrink to small ones."""

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

from emt_theory import derive
from emt_theory.exact import characteristic_polynomial
from emt_theory.networks import ExactRNN
from emt_theory.testing import strategies

SEARCH = settings(max_examples=2000, database=None, suppress_health_check=list(HealthCheck))
UNSHRUNK = settings(SEARCH, phases=(Phase.generate,))

HARD = {
    "s = 1": lambda task: task.num_variables == 1 and task.dim > 1,
    "d = 1": lambda task: task.dim == 1 and task.num_variables > 1,
    "nilpotent": lambda task: derive(task).spectrum().zero > 1,
    "everything nilpotent, and not at once": lambda task: (
        derive(task).spectrum().zero == task.components and bool(task.F.entries)
    ),
    "repeated eigenvalues": lambda task: any(f.multiplicity > 1 and f.order for f in derive(task).spectrum().factors),
    "rational entries": lambda task: any(value.denominator > 1 for _, _, value in task.F),
    "F_1 = 0": lambda task: task.F.entries and not task.F.columns(0, task.dim).entries,
    "linearly solvable with two blocks": lambda task: (
        derive(task).exactness.linear
        and task.num_variables > 1
        and bool(task.F.columns(task.dim, task.components).entries)
    ),
    "a load that costs dimensions": lambda task: len(set(derive(task).dimension)) == 2,
    "not a selection": lambda task: not task.is_selection,
}


@pytest.mark.parametrize("case", HARD)
def test_hard_cases_are_reached(case):
    assert HARD[case](find(strategies.tasks(), HARD[case], settings=UNSHRUNK))


@pytest.mark.parametrize(
    "case",
    [
        "s = 1",
        "nilpotent",
        *(
            pytest.param(case, marks=pytest.mark.slow)
            for case in ("d = 1", "repeated eigenvalues", "a load that costs dimensions")
        ),
    ],
)
def test_cases_shrink_to_small_ones(case):
    assert find(strategies.selection_tasks(), HARD[case], settings=SEARCH).components <= 4


def jordan_block_on_the_circle(task):
    phi = derive(task).exact_phi.to_flint()
    size = task.components
    one = phi * 0 + type(phi)(size, size, [int(i == j) for i in range(size) for j in range(size)])
    return (phi - one).rank() > ((phi - one) ** 2).rank()


def test_jordan_blocks_are_reached_and_so_are_repeated_eigenvalues_without_them():
    blocks = strategies.tasks_with_spectrum((-1, 1), (-1, 1))
    assert jordan_block_on_the_circle(find(blocks, jordan_block_on_the_circle, settings=SEARCH))
    assert find(blocks, lambda task: not jordan_block_on_the_circle(task), settings=SEARCH).is_selection


@settings(max_examples=30)
@given(st.data())
def test_the_spectrum_is_the_one_asked_for(data):
    import flint

    polynomials = [(-1, -1, 1), (1, 0, 1)]
    task = data.draw(strategies.tasks_with_spectrum(*polynomials))
    right = flint.fmpq_poly([1])
    for p in polynomials:
        right *= flint.fmpq_poly(list(p))
    assert characteristic_polynomial(task.F, task.dim) == right


@pytest.mark.parametrize("polynomials", [(), ((1,),), ((1, 2),), ((0, 1), (0, 0, 1))])
def test_polynomials_must_be_monic_and_of_one_degree(polynomials):
    with pytest.raises(ValueError, match="monic"):
        strategies.tasks_with_spectrum(*polynomials)


@settings(max_examples=30)
@given(strategies.nilpotent_tasks())
def test_nilpotent_tasks_forget_everything(task):
    assert not any((derive(task).exact_phi.to_flint() ** task.components).entries())


@settings(max_examples=20)
@given(strategies.integer_tasks(), strategies.rational_tasks())
def test_integer_and_rational(whole, broken):
    assert all(v.denominator == 1 for _, _, v in whole.F)
    assert any(v.denominator > 1 for _, _, v in broken.F)


@settings(max_examples=30)
@given(strategies.bases(4, max_condition=50))
def test_bases_have_a_left_inverse_and_a_bounded_condition(memories):
    assert np.array_equal((memories.dual @ memories.psi).to_array(), np.eye(4))
    assert np.linalg.cond(memories.psi.to_array()) <= 50


@pytest.mark.parametrize("kind", ["orthogonal", "oblique", "more neurons than components"])
def test_every_kind_of_basis_is_reached(kind):
    wanted = {
        "orthogonal": lambda m: m.dual == m.psi.T and len(m.psi.entries) > 4,
        "oblique": lambda m: m.dual != m.psi.T,
        "more neurons than components": lambda m: m.psi.shape[0] > 4,
    }[kind]
    assert wanted(find(strategies.bases(4), wanted, settings=UNSHRUNK))


@settings(max_examples=20)
@given(strategies.circuits(strategies.selection_tasks(3, 3)), st.data())
def test_inputs_belong_to_the_task(circuit, data):
    drawn = data.draw(strategies.inputs(circuit.task))
    assert np.shape(drawn) == (circuit.task.num_variables, circuit.task.dim)
    assert {value for row in drawn for value in row} <= set(circuit.task.inputs)


def right_on(net: ExactRNN, task, inputs):
    s = task.num_variables
    return bool((net.run([inputs], s + 6).outputs[:, s:] == task.targets([inputs], 6)).all())


SMALL = st.one_of(strategies.selection_tasks(3, 2), strategies.linear_tasks(2, 2))


@settings(max_examples=40)
@given(strategies.exact_networks(SMALL), st.data())
def test_exact_networks_have_their_tasks(pair, data):
    net, task = pair
    assert right_on(net, task, data.draw(strategies.inputs(task)))


@pytest.mark.parametrize("activation", ["identity", "hard_tanh", "relu"])
def test_every_kind_of_exact_network_is_reached(activation):
    net, _ = find(strategies.exact_networks(), lambda pair: pair[0].activation == activation, settings=UNSHRUNK)
    assert net.activation == activation


@settings(max_examples=40)
@given(strategies.flawed_networks(SMALL))
def test_flawed_networks_miss_their_tasks_on_some_input(flawed):
    from itertools import product

    shape = (flawed.task.num_variables, flawed.task.dim)
    corners = (np.array(c).reshape(shape).tolist() for c in product((-1, 1), repeat=flawed.task.components))
    assert not all(right_on(flawed.network, flawed.task, inputs) for inputs in corners)
