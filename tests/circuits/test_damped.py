"""P07b: damped feedback keeps every sign, exactly when the newest write outweighs all older ones together."""

import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from emt_theory import derive
from emt_theory.circuits import is_linearly_solvable, make_basis
from emt_theory.circuits.schemes import Damped, float64_until, longest_chain, margins
from emt_theory.errors import InvalidOption, SchemeNotAllowed
from emt_theory.tasks import accuracy, fibonacci, from_matrix, parse, selection
from emt_theory.testing import strategies

SMALL = strategies.selection_tasks(4, 3).filter(lambda task: task.components <= 8)


def all_inputs(task):
    return np.array(list(itertools.product((-1, 1), repeat=task.components))).reshape(-1, task.num_variables, task.dim)


def signed_outputs(task, gamma, horizon):
    """y(t) · u(t) for all inputs: positive iff the sign is right."""
    inputs = all_inputs(task)
    basis = make_basis("identity", task.components, task.components)
    twin = Damped(gamma).weights(task, basis)
    outputs = twin.run(inputs, task.num_variables + horizon).outputs[:, task.num_variables :]
    return outputs * task.targets(inputs, horizon)


def law_margins(change=lambda margin: margin):
    @settings(max_examples=25, phases=[Phase.generate])  # a saboteur need not be shrunk
    @given(SMALL, st.sampled_from([None, Fraction(1, 2), Fraction(1, 3), Fraction(3, 5)]))
    def law(task, gamma):
        if not Damped(gamma).verdict(task).allowed:
            return
        measured = signed_outputs(task, gamma, 6).min(axis=(0, 2))
        assert [change(margin) for margin in margins(task, 6, gamma)] == measured.tolist()
        assert (measured > 0).all()

    return law


def test_the_margin_is_attained_at_every_step():
    law_margins()()


def test_saboteur_a_margin_that_forgets_the_older_writes():
    with pytest.raises(AssertionError):
        law_margins(lambda margin: margin * 2)()


@settings(max_examples=25)
@given(SMALL)
def test_the_condition_is_sharp(task):
    """The largest multiple of 1/8 that works, and the next one, which has a wrong sign."""
    works = [gamma for k in range(1, 9) if Damped(gamma := Fraction(k, 8)).verdict(task).allowed]
    assert max(works) >= Fraction(1, 2)
    if max(works) < 1:
        horizon = task.num_variables
        assert (signed_outputs(task, max(works) + Fraction(1, 8), horizon) <= 0).any()


@given(strategies.selection_tasks())
def test_chains_are_shorter_than_s_and_absent_exactly_where_linear_networks_suffice(task):
    assert 0 <= longest_chain(task) < task.num_variables
    assert (longest_chain(task) == 0) == is_linearly_solvable(task)
    assert (Damped().verdict(task).exact == "values") == is_linearly_solvable(task)


@pytest.mark.parametrize(("name", "m", "gamma"), [("T1", 0, 1), ("T2", 7, "1/2"), ("T3", 5, "1/2"), ("T4", 7, "1/2")])
def test_the_paper_tasks(name, m, gamma):
    task = parse(name)
    assert (longest_chain(task), Damped().gamma_for(task)) == (m, Fraction(gamma))
    inputs, targets = task.sequences(100, 40, seed=0)
    outputs = derive(task).compile(scheme="damped").run(inputs, 48).outputs[:, 8:]
    assert accuracy(outputs, targets).sequences_right == 100


def test_the_default_damping_by_chain_length():
    chains = {0: [(1, 0, 1)], 1: [(2, 0, 1), (1, 0, 1)], 2: [(2, 0, 1)]}
    found = {}
    for s, reads in ((1, chains[0]), (2, chains[2]), (3, [(3, 0, 1)]), (4, [(4, 0, 1)])):
        task = selection("lag one", s, reads)
        found[longest_chain(task)] = Damped().gamma_for(task)
    assert found == {0: 1, 1: Fraction(15, 16), 2: Fraction(9, 16), 3: Fraction(1, 2)}


def test_some_tasks_that_no_linear_network_solves_keep_a_margin():
    """s = d = 2, reads (1,1), (2,0): output 1 reads output 0 of the step before, so chains mix lags 1 and 2."""
    task = selection("kept", 2, [(1, 1, 1), (2, 0, 1)])
    assert not is_linearly_solvable(task)
    assert min(margins(task, 40, Fraction(1, 2))) > 0


def test_float64_is_sure_as_long_as_it_is_said_to_be():
    task = parse("T2")
    until = float64_until(task)
    inputs, targets = task.sequences(20, until - 8, seed=1)
    outputs = derive(task).compile(scheme="damped").run(inputs, until).outputs[:, 8:]
    assert accuracy(outputs, targets).sequences_right == 20
    assert until == 1022
    inputs, targets = task.sequences(20, 1200, seed=1)
    outputs = derive(task).compile(scheme="damped").run(inputs, 1208).outputs[:, 8:]
    assert accuracy(outputs, targets).zeros > 0  # it underflows in the end
    assert float64_until(parse("T1")) is None


def test_in_an_orthogonal_basis_float64_fails_early_and_fractions_do_not():
    task = parse("T2")
    net = derive(task).compile(scheme="damped", basis="orthogonal")
    inputs, targets = task.sequences(50, 72, seed=2)
    outputs = net.run(inputs, 80).outputs[:, 8:]
    right = (np.sign(outputs) == targets).all(axis=(0, 2))
    assert right[:32].all()
    assert not right[-8:].any()


@pytest.mark.parametrize(
    ("task", "scheme", "message"),
    [
        (fibonacci(), "damped", "only selection tasks pass single signs on .*Schemes that would work: gated"),
        (from_matrix([[0, 1]], inputs=[0, 1]), "damped", "inputs must be -1 and 1"),
        (parse("T2"), Damped(Fraction(3, 4)), r"must be below 1 \(P07b\); it is 2.6 with gamma = 3/4, m = 7"),
    ],
)
def test_what_is_refused(task, scheme, message):
    with pytest.raises(SchemeNotAllowed, match=message):
        derive(task).compile(scheme=scheme)


def test_bad_dampings():
    with pytest.raises(InvalidOption, match="above 0 and at most 1; got 2"):
        Damped(Fraction(2))
    with pytest.raises(SchemeNotAllowed, match="no selection"):
        longest_chain(fibonacci())
