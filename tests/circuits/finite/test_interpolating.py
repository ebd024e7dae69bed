"""P25: symbols as numbers, interpolated along a direction; exact for all t, and proved."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emt_theory import derive, load
from emt_theory._proofs import verify
from emt_theory.circuits import Interpolating, certify
from emt_theory.circuits.schemes.interpolating import polygon
from emt_theory.errors import InvalidOption, SchemeNotAllowed
from emt_theory.networks import save
from emt_theory.tasks import from_rule, modular_sum, random_finite
from tests.circuits.finite.test_threshold import inputs_of
from tests.tasks.finite.direct import RULES

RULES_HERE = {
    **{name: RULES[name] for name in ("sum3", "sum5", "sum7", "product", "times", "maximum", "counter")},
    **{name: RULES[name] for name in ("power", "median", "constant")},
    "two": (lambda u: [(u[2][0] + u[1][1]) % 3, (u[2][1] + 2 * u[1][0]) % 3], 2, 2, 3),
}
SIZES = {"sum3": 5, "sum5": 5, "sum7": 5, "times": 14, "maximum": 13, "product": 23, "counter": 4}


def made(name):
    rule, s, d, q = RULES_HERE[name]
    return from_rule(rule, s, d, alphabet=q, code="numbers")


@pytest.mark.parametrize("name", RULES_HERE)
def test_values_for_all_t(name):
    task = made(name)
    net = derive(task).compile()
    assert net.metadata["scheme"] == "interpolating"
    assert net.hidden == SIZES.get(name, net.hidden)
    symbols = inputs_of(task)
    outputs = net.run(symbols.astype(float), task.num_variables + 100).outputs
    assert (outputs[:, : task.num_variables] == symbols).all()
    assert (outputs[:, task.num_variables :] == task.targets(symbols, 100)).all()
    found = certify(net, task)
    assert (found.kind, found.exact_for) == ("interpolating-rows", "values")
    assert verify.verify(found.certificate.to_json()).startswith("interpolating-rows: values exact for all t > s")


@settings(max_examples=20)
@given(st.integers(0, 10**6), st.integers(2, 5), st.integers(1, 3))
def test_random_rules_in_fractions(seed, q, s):
    task = random_finite(s, 1, alphabet=q, reads=min(s, 2), seed=seed, code="numbers")
    net = derive(task).compile()
    symbols = inputs_of(task, most=4)
    outputs = net.exact.run(symbols, s + 12).outputs[:, s:]
    assert (outputs == task.targets(symbols, 12)).all()
    assert certify(net, task)


def test_floats_are_exact_where_gaps_are_powers_of_two():
    rounded = 0
    for seed in range(40):
        task = random_finite(2, 1, alphabet=5, seed=seed, code="numbers")
        net = derive(task).compile()
        whole = certify(replace(net, exact=None), task)
        said = "in float64 too" in net.metadata["why"]
        assert bool(whole) or not said
        rounded += not said
    assert 0 < rounded < 40


def test_a_saved_network_stays_certified(tmp_path):
    task = made("times")
    net = load(save(derive(task).compile(hidden=17), tmp_path / "times.npz"))
    assert certify(net, task).kind == "interpolating-rows"


def test_the_polygon_by_hand():
    """(u + 1) mod 4 along 1: rises by 1 up to 3, falls by 3; kinks at 0 and 2."""
    points, values = np.arange(4)[:, None], np.array([1, 2, 3, 0])
    found = polygon(points, values, np.array([1]))
    assert (found.start, found.kinks, found.dyadic) == (1, ((0, 1), (2, -4)), True)
    assert polygon(points, values, np.array([0])) is None


def test_saboteurs_with_one_other_entry_are_not_proved_where_they_are_wrong():
    task, rng = made("sum3"), np.random.default_rng(2)
    net = derive(task).compile()
    symbols = inputs_of(task)
    wanted = task.targets(symbols, 60)
    for _ in range(80):
        name = ("W_hh", "W_uh", "W_hy", "b_h")[rng.integers(4)]
        array = getattr(net, name).copy()
        array[tuple(int(rng.integers(n)) for n in array.shape)] += rng.choice((-1, 0.5, 1, -3, 2))
        changed = replace(net, exact=None, **{name: array})
        outputs = changed.run(symbols.astype(float), 62).outputs[:, 2:]
        found = certify(changed, task)
        assert not found or (outputs == wanted).all()
        assert found or found.first_error is not None or (task.alphabet.decode(outputs) == wanted).all()


def test_saboteur_a_gate_that_does_not_close():
    task = made("sum3")
    net = derive(task).compile()
    W = net.W_uh.copy()
    W[:, 1] = 0
    open_ = replace(net, W_uh=W, exact=None)
    found = certify(open_, task)
    assert not found
    assert "is not silent while inputs come (P25)" in found.reason
    symbols = inputs_of(task)
    assert (open_.run(symbols.astype(float), 12).outputs[:, 2:] != task.targets(symbols, 10)).any()


def test_what_is_refused():
    with pytest.raises(SchemeNotAllowed, match=r"the code of this task is onehot \(P25\)"):
        derive(modular_sum(3)).compile(scheme="interpolating")
    with pytest.raises(InvalidOption, match="needs at least 5 units"):
        derive(made("sum3")).compile(hidden=4)
    large = random_finite(5, 1, alphabet=5, seed=0, code="numbers")
    assert "units or more; at most 2000" in Interpolating().verdict(large).reason
    other = derive(made("sum5")).compile()
    assert "is 0 on [0, 0]" not in certify(other, made("times")).reason
    assert certify(other, made("times")).first_error.wrong == "symbol"
