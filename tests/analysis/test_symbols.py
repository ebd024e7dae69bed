"""`check` on finite tasks: compiled circuits hold a window and use it; what holds more, or answers wrongly, is found out."""

import dataclasses

import numpy as np
import pytest

from docs.results.learned import TASKS as STUDIED
from emt_theory import check, decompile, derive, report
from emt_theory.analysis.symbols import Mechanism
from emt_theory.analysis.thresholds import THRESHOLDS
from emt_theory.circuits import certify
from emt_theory.errors import EMTError
from emt_theory.evidence.symbols import symbol_evidence
from emt_theory.evidence.symbols.exchange import _changed  # pyright: ignore[reportPrivateUsage]
from emt_theory.evidence.symbols.visits import DELAYS, visit
from emt_theory.networks import ElmanRNN, state_space
from emt_theory.tasks import from_rule, modular_sum, parse

LFSR = parse("lfsr")


def with_unit(net, recurrent, driven):
    """The network with one more unit, which sees itself and the first input, and which nothing reads."""
    n = net.hidden
    W, U = np.zeros((n + 1, n + 1)), np.zeros((n + 1, net.W_uh.shape[1]))
    W[:n, :n], W[n, n], U[:n], U[n, 0] = net.W_hh, recurrent, net.W_uh, driven
    b = None if net.b_h is None else np.append(net.b_h, 0)
    return ElmanRNN(W, U, np.column_stack([net.W_hy, np.zeros(len(net.W_hy))]), b, net.b_y, net.activation)


@pytest.fixture(scope="module")
def circuit():
    return derive(LFSR).compile()


@pytest.mark.parametrize("q", [2, 5])
def test_of_a_memory_that_is_changed_one_symbol_is_another(q):
    memories = np.random.default_rng(0).integers(q, size=(200, 3, 2))
    changed = _changed(modular_sum(q, num_variables=3, dim=2), memories, np.random.default_rng(1))
    assert ((changed != memories).sum(axis=(1, 2)) == 1).all()
    assert set(changed.ravel()) == set(range(q))


def test_a_compiled_circuit_holds_a_window_and_is_not_the_lift(circuit):
    result = check(circuit, LFSR, horizon=60)
    assert (result.verdict, result.mechanism) == ("consistent", Mechanism.WINDOWED)
    told = result.to_dict()
    assert told["states"]["recurrent"] == 16
    assert told["states"]["spread"] < 1e-12
    assert (told["use"]["edits"], told["use"]["sequences_right"], told["use"]["noop_changes"]) == (256, 256, 0)
    assert told["window"]["back"] >= 3
    assert (told["window"]["ahead"], told["mechanism"]) == (0, "windowed")
    assert result.finding("behaviour").evidence.startswith(
        "It solves the task: 1.0000 of the symbols are right on all 16"
    )
    assert "16 of 16 sequences are entirely right (there are no others)" in result.headline
    assert result.symbols.window.plot().get_xlabel() == "k"


def test_all_variance_in_the_lift_does_not_make_a_lift():
    task = from_rule(lambda u: [u[3][0] ^ u[1][1], u[3][1] ^ u[2][0]], 3, 2, "xorpair", alphabet=2)
    found = check(derive(task).compile(), task, horizon=60)
    assert (found.verdict, found.mechanism) == ("consistent", "windowed")
    lift = found.symbols.lift
    assert (lift.dimension, lift.rank, lift.full, lift.complex_error) == (9, 10, False, None)
    assert lift.count < 10
    assert lift.share > 0.999 > 0.2 > lift.random_share


@pytest.mark.parametrize(("recurrent", "driven"), [(2.0, 1.0), (-2.0, 1.0)])
def test_what_holds_one_more_bit_is_found_out(circuit, recurrent, driven):
    """The first input, kept as it is, or turned round at every step."""
    result = check(with_unit(circuit, recurrent, driven), LFSR, horizon=60)
    assert result.finding("behaviour").answer == result.finding("variables").answer == "held"
    assert (result.verdict, result.finding("extra").answer) == ("solved-otherwise", "failed")


def test_what_fades_is_no_memory(circuit):
    result = check(with_unit(circuit, 0.995, 0.5), LFSR, horizon=60)
    assert result.finding("extra").answer == "held"
    assert "is gone by then" in result.finding("extra").evidence


def test_a_wrong_network_is_not_solved(circuit):
    wrong = dataclasses.replace(circuit, W_hy=-circuit.W_hy, exact=None)
    result = check(wrong, LFSR, horizon=30)
    assert result.verdict == "not-solved"
    assert not result.symbols
    assert result.finding("use").answer == "undecided"


def test_variables_that_are_not_read_linearly_are_not_held(circuit):
    """The threshold is the judge's: held to more than what is there, the same measurement fails."""
    found = check(circuit, LFSR, horizon=60)
    strict = dataclasses.replace(THRESHOLDS, window_read=0.9999999)
    from emt_theory.analysis.symbols import judge_window

    noisy = dataclasses.replace(
        found.symbols, window=dataclasses.replace(found.symbols.window, r2=0.4, low=0.4, high=0.4)
    )
    assert judge_window(noisy, THRESHOLDS).answer == "failed"
    assert judge_window(found.symbols, strict).answer in ("held", "failed")


def test_of_more_states_random_ones_are_run_beside_themselves_later():
    task = parse("xor:lags=1 13")
    visits = visit(state_space(derive(task).compile()), task, 40, seed=0, ahead=26)
    assert not visits.every
    first, later = visits.symbols[::2], visits.symbols[1::2]
    for k, delay in enumerate(DELAYS):
        assert np.array_equal(first[k, delay : delay + 40], later[k, :40])
    result = check(derive(task).compile(), task, sequences=400, horizon=40)
    assert result.verdict == "consistent"
    assert result.finding("variables").numbers["low"] <= result.finding("variables").numbers["r2_min"]
    assert (result.behaviour.sequences, result.behaviour.measured.all_inputs) == (800, False)


def test_where_nothing_lasts_behaviour_alone_decides():
    task = from_rule(lambda u: [0], 1, 1, "zero", alphabet=2)
    result = check(derive(task).compile(), task, horizon=20)
    assert result.verdict == "consistent"
    assert result.finding("variables").answer == result.finding("use").answer == "nothing to judge"


def test_a_short_horizon_is_enough_to_look(circuit):
    result = check(circuit, LFSR, horizon=1)
    assert (result.verdict, result.symbols.spread.time) == ("consistent", 4 + 16)


def test_of_many_sequences_few_are_looked_at_again(circuit):
    visits = visit(state_space(circuit), LFSR, 40, seed=0, ahead=0, most=5)
    assert (len(visits.states), visits.every) == (5, False)
    task = parse("xor:lags=1 13")
    pairs = visit(state_space(derive(task).compile()), task, 40, seed=0, ahead=0, most=9)
    assert (len(pairs.states), pairs.together) == (8, 2)


def test_one_hot_symbols(circuit):
    task = parse("maximum:alphabet=3")
    net = derive(task).compile()
    found = symbol_evidence(state_space(net), task, 40, 0)
    assert found.window.r2 > 0.99
    assert check(net, task, horizon=40).verdict == "consistent"


def test_the_report_has_the_window_and_the_mechanism(circuit, tmp_path):
    task = parse("xor")
    page = report.save(check(derive(task).compile(), task, horizon=30), tmp_path / "report")
    text = page.read_text(encoding="utf-8")
    assert "how does it do it?" in text
    assert "of the symbols are right" in text
    assert "For how long does it hold the task?" in text
    assert any(path.name.endswith("-window.png") for path in page.parent.iterdir())
    for of_linear_tasks in ("What would the circuit be?", "Where are the variables?"):
        assert of_linear_tasks not in text


@pytest.mark.slow
@pytest.mark.parametrize(
    "task",
    [*STUDIED, modular_sum(3, code="numbers"), modular_sum(5, code="thermometer")],
    ids=lambda task: f"{task.name}-{task.alphabet.code}",
)
def test_every_compiled_circuit_is_consistent_and_decompiles_exactly(task):
    compiled = derive(task)
    schemes = [
        name for name in ("threshold", "threshold-carry", "threshold-tanh", "interpolating") if runs(compiled, name)
    ]
    assert schemes
    for scheme in schemes:
        net = compiled.compile(scheme=scheme)
        assert check(net, task, horizon=60).verdict == "consistent", scheme
        assert decompile(net, alphabet=task.alphabet, max_variables=6, horizon=60).task == task, scheme


def runs(compiled, scheme):
    try:
        return bool(certify(compiled.compile(scheme=scheme), compiled.task))
    except EMTError:
        return False
