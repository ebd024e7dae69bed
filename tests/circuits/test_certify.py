"""`certify`: what is right is certified, what is wrong is not, and nothing is certified that a simulation contradicts."""

import itertools
import re
import time
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from emt_theory import derive
from emt_theory.circuits import SCHEMES, make_basis
from emt_theory.circuits.certify import certify, recheck
from emt_theory.circuits.certifying.linear import first_difference, is_intertwined, network_responses, task_responses
from emt_theory.circuits.certifying.result import NotProved
from emt_theory.circuits.certifying.robust import prove_signs
from emt_theory.circuits.schemes import Damped, Gated, Linear, Saturating
from emt_theory.errors import InvalidCertificate, InvalidNetwork, SchemeNotAllowed
from emt_theory.exact import Certificate
from emt_theory.ground.rationals import RationalMatrix
from emt_theory.networks import ElmanRNN, ExactRNN
from emt_theory.tasks import fibonacci, from_dict, from_matrix, parse, repeat_copy, selection
from emt_theory.testing import strategies

MATRICES = ("W_hh", "W_uh", "W_hy")
SMALL = strategies.tasks().filter(lambda task: task.components <= 6)


def all_inputs(task):
    table = list(itertools.product(task.inputs, repeat=task.components))
    made = np.empty((len(table), task.components), dtype=object)
    for i, row in enumerate(table):
        made[i] = row
    return made.reshape(len(table), task.num_variables, task.dim)


def simulation_contradicts(twin, task, exact_for, horizon=8):
    """Whether some input of the task gives a wrong value (or sign), in exact arithmetic."""
    inputs = all_inputs(task)
    outputs = twin.run(inputs, task.num_variables + horizon).outputs[:, task.num_variables :]
    targets = task.targets(inputs, horizon)
    if exact_for == "values":
        return bool((outputs != targets).any())
    return bool(((targets != 0) & (outputs * targets <= 0)).any())


def is_shown(error, twin, task):
    """Whether the first error happens when the inputs that it names are run, and no earlier one does."""
    inputs = np.array([[Fraction(v) for v in row] for row in error.inputs], dtype=object)
    tau = error.step - task.num_variables
    outputs = twin.run(inputs, error.step).outputs[task.num_variables :]
    targets = task.targets(inputs[None], tau)[0]
    found = (outputs[-1][error.component], Fraction(targets[-1][error.component]))
    return (str(found[0]), str(found[1])) == (error.output, error.target) and found[0] != found[1]


def altered(twin, name, place, change):
    matrix = getattr(twin, name)
    entries = [*matrix.entries[:place], (*matrix.entries[place][:2], change), *matrix.entries[place + 1 :]]
    return replace(twin, **{name: RationalMatrix.from_entries(matrix.shape, entries)})


def permuted(twin, seed, scales=None):
    """The same network with its units in another order, and each scaled: S P."""
    n = twin.hidden
    order = np.random.default_rng(seed).permutation(n)
    scale = [Fraction(1)] * n if scales is None else scales
    place = RationalMatrix.from_entries((n, n), [(int(order[i]), i, scale[i]) for i in range(n)])
    back = RationalMatrix.from_entries((n, n), [(i, int(order[i]), 1 / scale[i]) for i in range(n)])
    bias = None if twin.b_h is None else tuple(place.apply(twin.b_h))
    return replace(twin, W_hh=place @ twin.W_hh @ back, W_uh=place @ twin.W_uh, W_hy=twin.W_hy @ back, b_h=bias)


# ------------------------------------------------------------------------------------- what is right is certified


def law_auto(size):
    @settings(max_examples=size)
    @given(strategies.tasks())
    def law(task):
        judged = certify(derive(task).compile(), task)
        assert judged, judged
        assert judged.exact_for == "values"
        assert judged.first_error is None
        assert judged.certificate.claims["weights"] == "rational twin"

    return law


def test_auto_then_certify():
    law_auto(40)()


@pytest.mark.slow
def test_auto_then_certify_on_500_tasks():
    entries = st.one_of(st.just(Fraction(0)), st.fractions(-3, 3, max_denominator=6))

    @st.composite
    def rational_tasks(draw):
        s, d = draw(st.integers(1, 5)), draw(st.integers(1, 4))
        row = st.lists(entries, min_size=s * d, max_size=s * d)
        return from_matrix(draw(st.lists(row, min_size=d, max_size=d)), dim=d)

    @settings(max_examples=500, suppress_health_check=list(HealthCheck))
    @given(st.one_of(rational_tasks(), strategies.selection_tasks(5, 4)))
    def law(task):
        net = derive(task).compile()
        judged = certify(net, task)
        assert judged.exact_for == "values", judged
        inputs, targets = task.sequences(2, 4, seed=0)
        assert (net.exact.run(inputs, task.num_variables + 4).outputs[:, task.num_variables :] == targets).all()

    law()


@pytest.mark.parametrize("name", ["T1", "T2", "T3", "T4"])
def test_the_paper_tasks_in_under_a_second_each(name):
    task = parse(name)
    net = derive(task).compile()
    start = time.perf_counter()
    assert certify(net, task).exact_for == "values"
    assert time.perf_counter() - start < 1


@pytest.mark.parametrize("name", ["T1", "T2", "T3", "T4"])
@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_scheme_keeps_its_promise(name, scheme):
    task = parse(name)
    judged = certify(derive(task).compile(scheme=scheme), task)
    assert judged.exact_for == SCHEMES[scheme]().verdict(task).exact
    assert bool(judged) == (judged.exact_for is not None)
    if judged:
        assert recheck(judged.certificate)


@pytest.mark.parametrize("basis", ["orthogonal", "oblique"])
def test_bases(basis):
    task = parse("compose-copy", num_variables=3)
    assert certify(derive(task).compile(scheme="damped", basis=basis, hidden=11), task).exact_for == "signs"
    task = repeat_copy(3, 3)
    assert certify(derive(task).compile(basis=basis, hidden=11), task).exact_for == "values"


@settings(max_examples=25)
@given(SMALL, st.integers(0, 99), st.data())
def test_units_in_any_order_and_gated_ones_at_any_scale(task, seed, data):
    for scheme in (Saturating(), Gated("pairs"), Gated("shifted")):
        if scheme.verdict(task).allowed:
            twin = scheme.weights(task, make_basis("identity", scheme.units(task) + 1, task.components))
            scales = None
            if scheme.name == "gated":
                some = st.sampled_from([Fraction(1), Fraction(2), Fraction(1, 3)])
                scales = data.draw(st.lists(some, min_size=twin.hidden, max_size=twin.hidden))
            assert certify(permuted(twin, seed, scales), task).exact_for == "values"


@settings(max_examples=25)
@given(strategies.tasks(), st.sampled_from(["identity", "oblique"]))
def test_the_shortcut_agrees_with_the_finite_check(task, basis):
    """P05 by two products and P08 by N + 1 + n terms: where the first says yes, so does the second."""
    twin = Linear().weights(task, make_basis(basis, task.components + 1, task.components, seed=0))
    mine, its = network_responses(twin, task), task_responses(task)
    agrees = first_difference(mine, its, twin.hidden + 1 + task.components) is None
    assert agrees == derive(task).exactness.linear
    if is_intertwined(mine, its):
        assert agrees
    bias = replace(twin, b_y=(Fraction(1),) * task.dim)
    assert not is_intertwined(network_responses(bias, task), its)


def test_the_shortcut_is_not_necessary():
    """Output 1 copies output 0 a step later; nobody reads it, and it is loaded contaminated."""
    task = selection("unread", 2, [(1, 0, 1), (2, 0, 1)])
    assert derive(task).exactness.linear
    judged = certify(derive(task).compile(scheme="linear"), task)
    assert judged.certificate.claims["intertwined"] is False
    assert judged.exact_for == "values"
    assert certify(derive(parse("T1")).compile(), parse("T1")).certificate.claims["intertwined"] is True


def test_biases_of_a_linear_network_may_cancel():
    task = repeat_copy(2, 1)
    plain = derive(task).compile().exact
    shifted = replace(plain, b_y=(Fraction(1),))
    assert certify(shifted, task).first_error.step == 3
    one = Fraction(1)  # h = v + 1 and y = h − 1, from a start that the biases themselves fill: 1, then 1 again
    swap = replace(plain, b_h=(Fraction(0), one), b_y=(-one,))
    assert certify(swap, task).exact_for == ("values" if not simulation_contradicts(swap, task, "values") else None)


# --------------------------------------------------------------------------- what is wrong is not, with its first error


@pytest.mark.parametrize(
    ("task", "scheme"),
    [
        (repeat_copy(2, 2), Linear()),
        (parse("compose-copy", num_variables=2), Saturating()),
        (from_matrix([["1/2", "-1/2", 0]]), Saturating()),
        pytest.param(fibonacci(), Gated(), marks=pytest.mark.slow),
        (from_matrix([["1/3", "-1/2"]]), Gated("shifted")),
        (from_matrix([["1/3", "-1/2"]], inputs=[0, 1]), Gated("pairs")),
    ],
)
def test_every_altered_weight_is_judged_as_a_simulation_judges_it(task, scheme):
    twin = scheme.weights(task, make_basis("identity", scheme.units(task), task.components))
    assert certify(twin, task).exact_for == "values"
    refused = 0
    for name in MATRICES:
        for place, (_, _, value) in enumerate(getattr(twin, name).entries):
            for change in (value - Fraction(1, 8), -value, Fraction(0)):
                saboteur = altered(twin, name, place, change)
                judged, wrong = certify(saboteur, task), simulation_contradicts(saboteur, task, "values")
                refused += judged.exact_for != "values"
                if judged:  # of signs, where a read-out of 7/8 or a weaker feedback leaves them
                    assert not simulation_contradicts(saboteur, task, judged.exact_for)
                elif wrong:
                    assert is_shown(judged.first_error, saboteur, task)
    assert refused > 0.7 * 3 * sum(len(getattr(twin, name).entries) for name in MATRICES)


def law_soundness(judge):
    @settings(max_examples=30, phases=[Phase.generate])
    @given(SMALL, st.data())
    def law(task, data):
        schemes = [Linear(), Damped(), Saturating(), Gated("pairs"), Gated("shifted")]
        scheme = data.draw(st.sampled_from([scheme for scheme in schemes if scheme.verdict(task).allowed]))
        twin = scheme.weights(task, make_basis("identity", scheme.units(task), task.components))
        for _ in range(data.draw(st.integers(1, 2))):
            name = data.draw(st.sampled_from(MATRICES))
            rows, columns = getattr(twin, name).shape
            entry = (
                data.draw(st.integers(0, rows - 1)),
                data.draw(st.integers(0, columns - 1)),
                data.draw(st.sampled_from([Fraction(-1), Fraction(1), Fraction(1, 8), Fraction(-1, 8), Fraction(2)])),
            )
            matrix = getattr(twin, name)
            twin = replace(twin, **{name: RationalMatrix.from_entries(matrix.shape, (*matrix.entries, entry))})
        judged = judge(twin, task)
        if judged:
            assert not simulation_contradicts(twin, task, judged.exact_for)
        elif judged.first_error is not None:
            assert is_shown(judged.first_error, twin, task)
        elif twin.activation == "identity":  # decided both ways
            assert not simulation_contradicts(twin, task, "values")

    return law


def test_nothing_is_certified_that_a_simulation_contradicts():
    law_soundness(certify)()


def test_saboteur_a_judge_that_looks_at_the_weights_too_little():
    """One that is content when the recurrent weights have the right number of entries."""

    def careless(twin, task):
        for scheme in (Linear(), Saturating(), Gated("pairs"), Gated("shifted")):
            if scheme.verdict(task).allowed and scheme.units(task) == twin.hidden:
                honest = scheme.weights(task, make_basis("identity", twin.hidden, task.components))
                if honest.activation == twin.activation and len(honest.W_hh.entries) == len(twin.W_hh.entries):
                    return certify(honest, task)
        return certify(twin, task)

    with pytest.raises(AssertionError):
        law_soundness(careless)()


@settings(max_examples=30)
@given(SMALL)
def test_the_first_error_of_a_linear_network_is_the_earliest_of_all_inputs(task):
    judged = certify(derive(task).compile(scheme="linear"), task)
    assert (judged.exact_for == "values") == derive(task).exactness.linear
    if not judged:
        twin = derive(task).compile(scheme="linear").exact
        assert is_shown(judged.first_error, twin, task)
        earlier = judged.first_error.step - task.num_variables - 1
        assert earlier == 0 or not simulation_contradicts(twin, task, "values", horizon=earlier)


SABOTEURS = {
    "gain too small": (
        parse("compose-copy", num_variables=2),
        "saturating",
        "W_uh",
        Fraction(1),
        "gain 1; it must be at least",
    ),
    "gate too small": (
        fibonacci(),
        "gated",
        "phase",
        Fraction(1, 2),
        "the gate of unit .* is M = 1/2; it must be at least 1",
    ),
    "two reads swapped": (parse("compose-copy", num_variables=2), "saturating", "swap", None, "output . takes"),
}


@pytest.mark.parametrize("name", SABOTEURS)
def test_planted_flaws_are_named(name):
    task, scheme, where, value, reason = SABOTEURS[name]
    twin = derive(task).compile(scheme=scheme).exact
    if where == "W_uh":
        twin = replace(twin, W_uh=twin.W_uh * (value / 2))
    elif where == "phase":
        entries = ((i, j, -value if j == task.dim else v) for i, j, v in twin.W_uh)
        twin = replace(twin, W_uh=RationalMatrix.from_entries(twin.W_uh.shape, entries))
    else:
        other = selection("swapped", 2, tuple(reversed(task.reads)))
        twin = derive(other).compile(scheme=scheme).exact
    judged = certify(twin, task)
    assert not judged
    assert re.search(reason, judged.reason)
    assert is_shown(judged.first_error, twin, task)


GATED = [
    (from_matrix([["0", "1/2", "1/2"]]), "shifted"),
    (from_matrix([["1/4", "-1/2", "1/4"]]), "shifted"),
    (from_matrix([["-1/2", "1/4", "-1/4"]]), "shifted"),
    (from_matrix([["1/3", "-1/2"]], inputs=[0, 1]), "shifted"),
    (from_matrix([["1", "1", "-1"]]), "pairs"),
    (from_matrix([[0, 2, 1]], inputs=[-2, 2]), "pairs"),
]


@pytest.mark.parametrize(("task", "form"), GATED)
def test_how_far_a_gate_must_close_is_judged_as_a_simulation_judges_it(task, form):
    """Certified from the smallest gate on that no input gets through: in shifted form b + Σ a (B + β) over the blocks 2 … s."""
    twin = Gated(form).weights(task, make_basis("identity", Gated(form).units(task), task.components))
    answers = []
    for gate in [Fraction(k, 4) for k in range(0, 30, 2 if form == "pairs" else 1)]:
        phases = ((i, j, -gate if j == task.dim and v < 0 else v) for i, j, v in twin.W_uh)
        changed = replace(twin, W_uh=RationalMatrix.from_entries(twin.W_uh.shape, phases))
        answers.append(bool(certify(changed, task)))
        assert answers[-1] == (not simulation_contradicts(changed, task, "values", horizon=2)), gate
    assert answers == sorted(answers)
    assert {False, True} == set(answers)


def test_a_damping_that_is_too_weak():
    """γ = 3/4 on m = 7: the response is that of a damped circuit, and some signs are wrong."""
    task = parse("T2")
    twin = Damped(Fraction(3, 4)).weights(task, make_basis("identity", 64, 64))
    judged = certify(twin, task)
    assert not judged
    assert "not below 1 with gamma = 3/4, m = 7" in judged.reason
    assert judged.first_error.step == 9


def test_relu_without_a_phase_and_other_nets_without_an_argument():
    one = RationalMatrix.identity(1)
    repeat = ExactRNN(W_hh=one, W_uh=one, W_hy=one, activation="relu")
    judged = certify(repeat, from_matrix([[1]], inputs=[0, 1]))
    assert (bool(judged), judged.exact_for, judged.first_error) == (False, None, None)
    assert "needs a phase input" in str(judged)
    judged = certify(repeat, from_matrix([[1]]))
    assert (judged.first_error.output, judged.first_error.target) == ("0", "-1")


def test_an_error_below_floating_point_is_found():
    task = repeat_copy(2, 1)
    twin = Saturating().weights(task, make_basis("identity", 2, 2))
    off = altered(twin, "W_hy", 0, 1 - Fraction(1, 10**30))
    judged = certify(off, task)
    assert not judged
    assert is_shown(judged.first_error, off, task)


def swap_of_tanh_units(read, drive=3):
    """repeat_copy(2, 1) in two tanh units."""
    weights = {"W_hh": [[0, 1.05], [1.05, 0]], "W_uh": [[0], [drive]], "W_hy": [[0, read]]}
    return ElmanRNN(**{name: np.array(value, float) for name, value in weights.items()}, activation="tanh")


@pytest.mark.parametrize("power", [0, -40, -290, -307, -310, -320, -323])
def test_what_is_right_in_floats_too_is_right_there(power):
    """Down to the smallest numbers: where |y| is below what underflow takes, nothing is said."""
    task, net = repeat_copy(2, 1), swap_of_tanh_units(float(f"1e{power}"))
    judged = certify(net, task)
    outputs = net.run(all_inputs(task).astype(float), 42).outputs[:, 2:]
    right = (outputs * task.targets(all_inputs(task), 40) > 0).all()
    assert bool(judged) <= right
    assert bool(judged) == (power > -322)
    assert not judged or judged.arithmetic == "exact and float64 arithmetic"


def test_underflow_and_overflow_are_counted():
    task, net = repeat_copy(2, 1), swap_of_tanh_units(5e-324)
    assert (net.run(all_inputs(task).astype(float), 30).outputs[:, 2:] == 0).any()
    assert "the read-out can drown" in certify(net, task).reason
    twin = ExactRNN.from_float(swap_of_tanh_units(1.0))
    assert certify(replace(twin, W_hy=twin.W_hy * Fraction(1, 10**400)), task).certificate is None
    assert certify(replace(twin, W_hy=twin.W_hy * 10**290), task)
    for large in (replace(twin, W_hy=twin.W_hy * 10**400), replace(twin, W_uh=twin.W_uh * 10**400)):
        assert "float64 overflows" in certify(large, task).reason
    edge = swap_of_tanh_units(1.0, drive=1.7e308)
    with pytest.raises(NotProved, match="float64 overflows"):
        prove_signs(ExactRNN.from_float(edge), task)
    assert certify(edge, task).kind == "orbits"  # the program itself was run on all inputs, and does not


@pytest.mark.parametrize("activation", ["identity", "hard_tanh", "tanh", "relu"])
@pytest.mark.parametrize("size", [Fraction(10) ** 400, Fraction(1, 10**400)])
def test_numbers_beyond_floats_get_an_answer(activation, size):
    one = RationalMatrix.identity(1)
    net = ExactRNN(W_hh=one * size, W_uh=one * size, W_hy=one * size, activation=activation)
    for task in (repeat_copy(1, 1), from_matrix([[1]], inputs=[-size, size]), from_matrix([[size]])):
        assert isinstance(str(certify(net, task)), str)


@pytest.mark.parametrize("scheme", ["threshold", "threshold-tanh"])
@pytest.mark.parametrize("size", [Fraction(10) ** 400, Fraction(1, 10**400)])
def test_a_finite_task_with_numbers_beyond_floats_gets_an_answer(scheme, size):
    task = parse("xor")
    twin = derive(task).compile(scheme=scheme).exact
    for name in MATRICES:
        assert isinstance(str(certify(replace(twin, **{name: getattr(twin, name) * size}), task)), str)


def test_where_it_is_exact_is_said_first():
    task = parse("T1")
    linear, tanh = (certify(derive(task).compile(scheme=scheme), task) for scheme in ("linear", "tanh"))
    assert str(linear).startswith("certified in exact arithmetic: values")
    assert str(tanh).startswith("certified in exact and float64 arithmetic: signs")
    assert certify(derive(task).compile(scheme="saturating"), parse("T2")).arithmetic is None


def test_another_dimension_is_an_error():
    with pytest.raises(InvalidNetwork, match="the network has d = 1, the task has d = 8"):
        certify(derive(fibonacci()).compile(), parse("T2"))


# --------------------------------------------------------------------------------------------- certificates themselves


def test_floats_are_judged_as_what_they_hold():
    task = from_matrix([["1/3"]])
    net = derive(task).compile()
    assert certify(net, task).certificate.claims["weights"] == "rational twin"
    floats = ElmanRNN(W_hh=net.W_hh, W_uh=net.W_uh, W_hy=net.W_hy, activation="identity")
    judged = certify(floats, task)
    assert not judged  # no float is one third
    assert judged.first_error.step == 2


def test_a_certificate_that_claims_too_much_is_not_made_again():
    task = parse("compose-copy", num_variables=2)
    honest = certify(derive(task).compile(scheme="damped"), task).certificate
    assert recheck(honest)
    for change in (
        {"exact_for": "values"},
        {"margin": "1/2"},
        {"gamma": "3/4"},
        {"terms": 1},
        {"task": {**honest.claims["task"], "inputs": ["-1", "0", "1"]}},
        {"task": None},
    ):
        assert not recheck(Certificate(honest.kind, {**honest.claims, **change}))
    assert not recheck(Certificate("linear-values", honest.claims))
    with pytest.raises(InvalidCertificate):
        Certificate.from_json(honest.to_json().replace('"signs"', '"values"'))


@given(SMALL)
@settings(max_examples=20, phases=[Phase.generate])
def test_certificates_are_complete(task):
    """The network and the task can be read back from the claims, and give the certificate again."""
    for scheme in SCHEMES:
        try:
            net = derive(task).compile(scheme=scheme)
        except SchemeNotAllowed:
            continue
        judged = certify(net, task)
        if judged:
            read = Certificate.from_json(judged.certificate.to_json())
            assert recheck(read)
            assert from_dict(read.claims["task"]) == task


def test_it_prints_what_it_is():
    task = parse("compose-copy", num_variables=2)
    assert str(certify(derive(task).compile(), task)).startswith(
        "certified in exact arithmetic: values exact for all t > s"
    )
    refused = certify(derive(task).compile(scheme="linear"), task)
    assert "first wrong value at t = 3, component 1" in repr(refused)
    described = refused.to_dict()
    assert (described["exact_for"], described["certificate"]) == (None, None)
    assert described["first_error"]["inputs"] == [["-1", "-1"], ["-1", "-1"]]
