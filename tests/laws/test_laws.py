"""Every law on every kind of subject, in both arithmetics; and every saboteur, which must turn its law red."""

from fractions import Fraction
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emt_theory import derive
from emt_theory._proofs import ledger
from emt_theory.errors import InvalidOption
from emt_theory.ground.rationals import RationalMatrix
from emt_theory.networks import ExactRNN
from emt_theory.tasks import LinearTask, compose_copy, parse, repeat_copy
from emt_theory.testing import laws, networks, strategies
from emt_theory.theorems import THEOREMS

SMALL = {
    "selection": strategies.selection_tasks(max_num_variables=4, max_dim=3),
    "integer": strategies.integer_tasks(max_num_variables=3, max_dim=2),
    "rational": strategies.rational_tasks(max_num_variables=2, max_dim=2),
    "nilpotent": strategies.nilpotent_tasks(max_num_variables=3, max_dim=3),
    "repeated": strategies.repeated_eigenvalue_tasks(max_dim=2),
}
MATRIX = [(law, carrier) for law in laws.all() for carrier in law.carriers if carrier != "trained"]
NAMES = [f"{law.id}-{carrier}" for law, carrier in MATRIX]


@cache
def saboteurs():
    return laws.saboteurs()


@pytest.mark.parametrize("examples", [4, pytest.param(40, marks=pytest.mark.slow)])
@pytest.mark.parametrize(("law", "carrier"), MATRIX, ids=NAMES)
def test_a_law_holds_for_every_kind_of_circuit(law, carrier, examples):
    applied = 0

    @settings(max_examples=examples)
    @given(st.one_of(*SMALL.values()))
    def holds(task):
        nonlocal applied
        found = laws.check_law(law, derive(task), carrier)
        applied += found.status == "holds"
        assert found, str(found)

    holds()
    assert applied, f"{law.id} never applied"


@pytest.mark.parametrize(("law", "carrier"), MATRIX, ids=NAMES)
def test_a_saboteur_turns_its_law_red(law, carrier):
    found = laws.check_law(law, saboteurs()[law.id], carrier)
    assert found.status == "broken"
    assert found.evidence
    assert not found


@pytest.mark.parametrize("law", laws.all(), ids=lambda law: law.id)
def test_what_is_sabotaged_is_not_broken_without_the_sabotage(law):
    task = saboteurs()[law.id].task
    assert laws.check_law(law, getattr(task, "said", task), law.carriers[0]).status == "holds"


@settings(max_examples=10)
@given(strategies.exact_networks(st.one_of(SMALL["selection"], SMALL["rational"])))
def test_the_laws_hold_for_networks_that_are_exact(pair):
    for id in ("P08", "P13", "P15", "P16"):
        for carrier in {"numpy", "certify"} & set(laws.get(id).carriers):
            found = laws.check_law(id, pair, carrier)
            assert found, str(found)


def test_a_users_own_network():
    task = compose_copy(2)
    assert laws.check_law("P13", (networks.saturating(task), task)).status == "holds"
    assert laws.check_law("P13", (networks.saturating(task, Fraction(3)).to_float(), task), "numpy").status == "holds"
    assert laws.check_law("P16", (networks.saturating(task), task)).status == "does not apply"
    weak = laws.check_law("P13", (networks.saturating(task, Fraction(3, 2)), task))
    assert weak.evidence == "the gain is 3/2, below 1 + ρ' = 2"


def test_tanh_with_quantized_weights_within_the_robust_room():
    task = compose_copy(2)
    exact = networks.tanh(task)
    noise = RationalMatrix.from_entries(
        (4, 4), [*exact.W_hh, *((i, j, Fraction(1, 20)) for i in range(4) for j in range(4))]
    )
    too_much = RationalMatrix.from_entries(
        (4, 4), [*exact.W_hh, *((i, j, Fraction(1, 4)) for i in range(4) for j in range(4))]
    )
    noisy, hopeless = (ExactRNN(W, exact.W_uh, exact.W_hy, activation="tanh") for W in (noise, too_much))
    assert laws.check_law("P14", (noisy, task), "numpy").status == "holds"
    assert laws.check_law("P14", (hopeless, task), "numpy").status == "does not apply"


def test_the_papers_tasks():
    for name in ("T1", "T2", "T3", "T4"):
        for id in ("P06", "P09", "P10", "P11", "P12", "P14", "P18"):
            law = laws.get(id)
            found = laws.check_law(law, parse(name), "numpy" if "numpy" in law.carriers else "exact")
            assert found.status == "holds", str(found)


def test_counterexample_one_input_value_is_one_sequence():
    """P07 needs two input values, which every task has: on the inputs 1, 1 alone a linear network has Fibonacci's values, although F_1 F_2 = 1."""
    task = LinearTask("Fibonacci", 2, 1, RationalMatrix.from_rows([[1, 1]]))
    matrices = ([[0, 1], [1, 1]], [[1], [0]], [[0, 1]])
    net = ExactRNN(*(RationalMatrix.from_rows(rows) for rows in matrices), activation="identity")
    assert list(net.run([[1], [1]], 12).outputs[2:, 0]) == list(task.targets([[[1], [1]]], 10)[0, :, 0])


def test_counterexample_a_margin_need_not_vanish_at_every_time():
    """P07b: u(t) = u(t−2) with s = 3; responses 1 + 1/2^q at elapsed time 2q keep a margin of 1 at t = s + 1, s + 3, …, and lose it between."""
    W_hh = RationalMatrix.from_rows([[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, "1/2"], [0, 0, 1, 0]])
    net = ExactRNN(
        W_hh,
        RationalMatrix.from_rows([[1], [0], [1], [0]]),
        RationalMatrix.from_rows([[1, 0, 1, 0]]),
        activation="identity",
    )
    corners = [[[a], [b], [c]] for a in (-1, 1) for b in (-1, 1) for c in (-1, 1)]
    found = net.run(corners, 33).outputs[:, :, 0]
    right = LinearTask("hold two", 3, 1, ((2, 0, 1),)).targets(corners, 30)[:, :, 0]
    margin = (found[:, 3:] * right).min(axis=0)
    assert all(m > 0 for m in margin)
    assert min(margin[0::2]) >= 1
    assert margin[-1] < Fraction(1, 1000)


def test_bad_input(monkeypatch):
    with pytest.raises(InvalidOption, match="no carrier 'numpy'; it has exact"):
        laws.check_law("P11", repeat_copy(1, 1), "numpy")
    with pytest.raises(InvalidOption, match="unknown theorem 'P99'"):
        laws.check_law("P99", repeat_copy(1, 1))
    monkeypatch.delitem(laws._LAWS, "P17")
    with pytest.raises(InvalidOption, match="there is no law P17"):
        laws.check_law("P17", repeat_copy(1, 1))
    with pytest.raises(InvalidOption, match="got a str"):
        laws.check_law("P05", "T1")
    with pytest.raises(InvalidOption, match="its first is a int"):
        laws.check_law("P05", (3, repeat_copy(1, 1)))


def test_every_proved_theorem_has_a_law_and_a_saboteur():
    proved = set(ledger.MODULES)
    assert {law.id for law in laws.all()} == proved == set(saboteurs())
    assert set(THEOREMS) == proved
    assert str(laws.get("p10")).startswith("P10 cycle theorem: Follow each component")
