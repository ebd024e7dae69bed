"""The steps of decompilation, one by one."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emt_theory import derive
from emt_theory.analysis.decompiling.candidates import agreement, read_programs
from emt_theory.analysis.decompiling.choosing import find_rival, order_programs
from emt_theory.analysis.decompiling.continuation import continue_program
from emt_theory.analysis.decompiling.probing import answers, probe
from emt_theory.analysis.decompiling.recovering import (
    recover_fraction,
    recover_matrix,
    recover_reads,
    told_apart,
    unclear_outputs,
)
from emt_theory.analysis.decompiling.regression import Reading, Regression, regress
from emt_theory.analysis.decompiling.trials import core, draw_inputs, try_program, used_blocks, zero_outputs
from emt_theory.networks import ElmanRNN, state_space
from emt_theory.tasks import (
    autoregressive,
    compose_copy,
    delayed_copy,
    fibonacci,
    from_matrix,
    parse,
    random_selection,
    repeat_copy,
)
from emt_theory.tasks.linear import SIGNS
from emt_theory.testing import strategies


def compiled(task, scheme="saturating"):
    return state_space(derive(task).compile(scheme=scheme))


# ---------------------------------------------------------------------------------------------------- probing


def test_probes_are_the_runs_of_the_network():
    net = derive(compose_copy(3)).compile(scheme="tanh")
    third = probe(state_space(net), SIGNS, 4, seed=0).probes[2]
    y, _ = net.run(third.inputs, steps=3 + 32)
    assert np.array_equal(third.outputs, y[:, 3:])
    assert np.array_equal(answers(state_space(net), third.inputs, 5), y[:, 3:8])


@pytest.mark.parametrize("scheme", ["saturating", "tanh", "gated", "damped"])
def test_the_state_holds_s_variables(scheme):
    assert probe(compiled(random_selection(4, 2, seed=0), scheme), SIGNS, 6, seed=0).held == 4


def test_a_trained_network_does_not_show_what_it_holds(network):
    assert probe(state_space(network("T4")), SIGNS, 3, seed=0).held is None


def test_rounding_is_no_output():
    """In an orthogonal basis an output that should be 0 is 1e-16, and its sign is noise."""
    net = derive(repeat_copy(4, 2)).compile(scheme="linear", basis="orthogonal")
    first = probe(state_space(net), SIGNS, 2, seed=0).probes[0]
    raw = answers(state_space(net), first.inputs, 3)
    assert np.any(raw != 0)
    assert np.all(first.outputs[:, :3] == 0)


def test_probes_say_when_they_are_worthless():
    eye = np.eye(2)
    constant, growing = ElmanRNN(eye, eye, 0 * eye), ElmanRNN(1e30 * eye, eye, eye, activation="identity")
    assert probe(state_space(constant), SIGNS, 1, seed=0).probes[0].constant
    found = probe(state_space(growing), SIGNS, 2, seed=0).probes
    assert not found[0].constant
    assert [p.blow_up for p in found] == [5, 5]


# ------------------------------------------------------------------------------------------------- continuation


@settings(max_examples=25)
@given(strategies.linear_tasks(), st.integers(0, 5))
def test_continuations_are_the_exact_targets(task, seed):
    inputs = draw_inputs(task, 5, seed)
    exact = task.targets(inputs.astype(int), 12)
    found = continue_program(task, inputs, 12)
    assert np.array_equal(found, exact.astype(float))


def test_continuations_keep_signs_beyond_the_range_of_floats():
    shrinking, growing = autoregressive(["1/1000"]), autoregressive(["10000001/7"])
    one = np.ones((1, 1, 1))
    assert continue_program(shrinking, -one, 150)[0, -1, 0] == -1e-300
    assert continue_program(growing, -one, 150)[0, -1, 0] == -1e300


def test_continuations_of_fractional_inputs():
    task = from_matrix([["1/2", 1]], inputs=("1/3", 2))
    inputs = np.array([[[1 / 3], [2.0]]])
    assert continue_program(task, inputs, 2)[0, :, 0].tolist() == pytest.approx([13 / 6, 19 / 6])


# --------------------------------------------------------------------------------------------------- regression


@settings(max_examples=30)
@given(strategies.linear_tasks(max_num_variables=3, max_dim=2))
def test_the_regression_of_an_exact_network_is_f(task):
    last = probe(compiled(task, "gated"), SIGNS, task.num_variables, seed=0).probes[-1]
    found = regress(last, Reading.VALUES)
    assert found.rank == task.components
    assert np.allclose(found.coefficients, task.F.to_array(), atol=1e-9)
    assert np.all(np.abs(found.coefficients - task.F.to_array()) <= found.halfwidths)


def test_later_steps_do_not_determine_f():
    """Saboteur: the same regression at t > 2s has the persistent rank, 36 of 64, and finds another F."""
    task = parse("T2")
    inputs = draw_inputs(task, 512, 0)
    series = np.concatenate([inputs, continue_program(task, inputs, 40)], axis=1)

    def fitted(steps):
        past = np.concatenate([series[:, t - 8 : t].reshape(512, -1) for t in steps])
        following = np.concatenate([series[:, t] for t in steps])
        solution, _, rank, _ = np.linalg.lstsq(past, following, rcond=None)
        return solution.T, rank

    early, late = fitted(range(8, 16)), fitted(range(17, 40))
    assert (early[1], late[1]) == (64, 36)
    assert np.allclose(early[0], task.F.to_array())
    assert np.abs(late[0] - task.F.to_array()).max() > 0.1


def test_a_product_leaves_everything_unexplained():
    rng = np.random.default_rng(0)
    found = probe(compiled(repeat_copy(2, 2)), SIGNS, 2, seed=0).probes[1]
    product = replace(found, outputs=np.repeat(found.inputs[:, :1] * found.inputs[:, 1:], 32, axis=1))
    assert regress(product, Reading.SIGNS).first > 0.98
    noise = replace(found, outputs=rng.normal(size=found.outputs.shape))
    assert regress(noise, Reading.VALUES).residual > 0.9


# ------------------------------------------------------------------------------------------------------ recovery


@given(st.integers(1, 12), st.integers(-30, 30), st.floats(-0.99, 0.99), st.floats(1e-9, 0.5))
def test_recovery_finds_the_one_fraction_in_the_interval(q, p, shift, halfwidth):
    largest = told_apart(halfwidth, 12)
    true, value = Fraction(p, q), p / q + shift * halfwidth
    found = recover_fraction(value, halfwidth, 12)
    inside = {
        Fraction(a, b)
        for b in range(1, largest + 1)
        for a in range(int(np.floor((value - 1) * b)), int(np.ceil((value + 1) * b)) + 1)
        if abs(Fraction(a, b) - Fraction(value)) <= Fraction(halfwidth)
    }
    assert len(inside) <= 1
    assert found == (inside.pop() if inside else None)
    if true.denominator <= largest:
        assert found == true


@pytest.mark.parametrize("halfwidth", [0.6, 1.0, np.inf])
def test_what_is_too_uncertain_is_no_fraction(halfwidth):
    assert recover_fraction(0.5, halfwidth, 12) is None


def regression(coefficients, halfwidth=1e-6):
    rows = np.array(coefficients, dtype=float)
    return Regression(Reading.VALUES, rows, np.full(rows.shape, halfwidth), np.zeros(len(rows)), 0.0, rows.shape[1])


def test_a_coefficient_that_is_no_fraction_is_named():
    assert recover_matrix(regression([[0.5, 1]]), 12).entries == ((0, 0, Fraction(1, 2)), (0, 1, Fraction(1)))
    assert str(recover_matrix(regression([[0.5, 0.123456]]), 12)) == (
        "the coefficient of u(t−1)[0] in u(t)[0] is 0.1235 ± 1e-06: no fraction with a denominator of at most 12"
    )
    assert "any denominator" in str(recover_matrix(regression([[0.5, 0.1]], halfwidth=0.7), 12))


def test_reads_and_what_is_unclear_about_them():
    found = regression([[0.1, -0.9, 0, 0], [0.4, 0, 0.35, 0]])
    assert [tuple(read) for read in recover_reads(found)] == [(1, 1, -1), (1, 0, 1)]
    assert unclear_outputs(found) == (1,)
    assert unclear_outputs(regression([[0.3]])) == (0,)


# -------------------------------------------------------------------------------------- candidates and trials


def suggested(task, scheme="saturating", longest=None):
    return read_programs(probe(compiled(task, scheme), SIGNS, longest or task.num_variables, seed=0), SIGNS, 12)


def test_agreement_counts_what_the_program_has_signs_for():
    search = suggested(fibonacci(2, 1), "gated")
    last = search.probing.probes[-1]
    assert agreement(fibonacci(2, 1), last) == (1.0, 1.0)
    assert agreement(from_matrix([[0, 0]]), last) == (0.0, 0.0)
    assert agreement(from_matrix([[-1, -1]]), last)[1] == 0.0


def on_trial(task, program, scheme="saturating", held=None):
    search = suggested(task, scheme)
    candidate = replace(search.candidates[-1], task=program)
    return try_program(compiled(task, scheme), candidate, held, sequences=64, horizon=40, seed=1)


def test_a_trial_passes_the_program_and_no_other():
    task = compose_copy(3)
    assert on_trial(task, task).doubt is None
    flipped = from_matrix([[-v for v in row] if i == 1 else row for i, row in enumerate(task.matrix.tolist())])
    assert "below 0.99" in on_trial(task, flipped).doubt


def test_signs_alone_do_not_pass_other_sizes():
    """Saboteur: u(t) = 2 u(t−1) has every sign of u(t) = u(t−1)."""
    task = repeat_copy(1, 4)
    double = from_matrix((2 * np.eye(4, dtype=int)).tolist())
    trial = on_trial(task, double)
    assert trial.accuracy.accuracy == 1.0
    assert trial.needs_values
    assert "values are off by" in trial.doubt


def test_few_components_need_sizes_unless_the_state_holds_more():
    task = delayed_copy(5, 1, lag=2)
    damped = on_trial(task, task, "damped")
    assert damped.accuracy.accuracy == 1.0
    assert "signs alone say too little" in damped.doubt
    assert on_trial(task, task, "damped", held=5).doubt is None
    latch = from_matrix([[1, 0, 0, 0]] * 4)
    assert on_trial(latch, latch).needs_values
    assert not on_trial(repeat_copy(1, 4), repeat_copy(1, 4)).needs_values


def test_a_trial_ends_where_values_leave_the_range():
    task = autoregressive([1000], dim=1)
    search = suggested(task, "gated")
    trial = try_program(compiled(task, "gated"), search.candidates[0], None, sequences=8, horizon=200, seed=1)
    assert trial.task == task
    assert trial.horizon == 99
    assert trial.doubt is None


def test_a_program_without_signs_cannot_be_tried():
    trial = on_trial(repeat_copy(1, 1), from_matrix([[0]]))
    assert trial.accuracy is None
    assert "no sign to score" in trial.doubt


def test_core_and_used_blocks():
    assert used_blocks(delayed_copy(5, 2, lag=2)) == 2
    assert core(delayed_copy(5, 2, lag=2)) == core(delayed_copy(3, 2, lag=2)) == repeat_copy(2, 2).F
    assert zero_outputs(from_matrix([[1, 0], [0, 0]])) == (1,)


# ---------------------------------------------------------------------------------------------------- choosing


def made_trial(task, early, held=False):
    trial = on_trial(compose_copy(2), compose_copy(2))
    return replace(trial, candidate=replace(trial.candidate, task=task), early_error=early, held=held)


def lag_two(s):
    return delayed_copy(s, 2, lag=2)


@pytest.mark.parametrize(
    ("errors", "held", "expected", "why"),
    [
        ({2: 0.5, 3: 0.1, 4: 0.5}, 4, 4, "its state holds 4"),
        ({2: 0.5, 3: 0.1, 4: 0.5}, None, 3, "most accurate"),
        ({2: 0.5, 3: 0.1, 4: 0.5}, 7, 3, "most accurate"),
        ({2: 0.5, 3: 0.49, 4: 0.5}, None, 2, "the smallest"),
        ({2: 1e-15, 3: 1e-17, 4: 0}, None, 2, "the smallest"),
        ({3: 0.1}, None, 3, "at no other"),
    ],
)
def test_which_number_of_variables(errors, held, expected, why):
    (choice,) = order_programs([made_trial(lag_two(s), early) for s, early in errors.items()], held)
    assert choice.trial.num_variables == expected
    assert choice.why.startswith(why) or why in choice.why
    assert choice.consistent == tuple(sorted(errors))


def test_which_program_comes_first():
    near, far = made_trial(compose_copy(2), 0.1), made_trial(repeat_copy(1, 2), 0.4)
    assert [c.trial for c in order_programs([far, near], None)] == [near, far]
    assert [c.trial for c in order_programs([far, near], 1)] == [far, near]
    assert order_programs([], None) == []


def test_fading_values_are_read_as_copies_unless_exact():
    copy, half = repeat_copy(1, 2), from_matrix([["1/2", 0], [0, "1/2"]])
    whole, rough, exact = made_trial(copy, 0.5), made_trial(half, 0.1), made_trial(half, 1e-12)
    assert [c.trial for c in order_programs([rough, whole], None)] == [whole]
    assert order_programs([exact, whole], None)[0].trial is exact


def test_a_rival_with_far_better_values_stops_a_program():
    (choice,) = order_programs([made_trial(repeat_copy(1, 2), 0.5)], None)
    rival = made_trial(compose_copy(2), 0.1)
    assert find_rival(choice, [rival], None) is rival
    assert find_rival(choice, [replace(rival, early_error=0.4)], None) is None
    assert find_rival(choice, [rival], 1) is None
    assert find_rival(choice, [], None) is None
    far = replace(rival, candidate=replace(rival.candidate, agreement=0.5))
    assert find_rival(choice, [far], None) is None
