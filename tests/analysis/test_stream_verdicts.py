"""Verdicts on networks with an input at every step."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from emt_theory import check, decompile, derive, tasks
from emt_theory.analysis.streams.machines import find_machine
from emt_theory.analysis.streams.symbols import Letters
from emt_theory.errors import InvalidTask
from emt_theory.evidence import measure_lifetime
from emt_theory.evidence.streams.edits import edit_states
from emt_theory.evidence.streams.letters import read_letters
from emt_theory.evidence.streams.memory import LETTERS, WORDS, Walk, smallest
from emt_theory.evidence.streams.states import (
    FilterReading,
    StateFunction,
    means_of,
    read_filter_states,
    read_machine_states,
)
from emt_theory.networks import ElmanRNN, state_space
from emt_theory.tasks import find_difference

QUICK = {"sequences": 400, "horizon": 40, "lifetime": False}


def beside(net: ElmanRNN, step: Any, feed: Any, initial: Any = None) -> ElmanRNN:
    """A network with units more that nothing reads."""
    n, m = net.hidden, len(step)
    return ElmanRNN(
        W_hh=np.block([[net.W_hh, np.zeros((n, m))], [np.zeros((m, n)), np.array(step)]]),
        W_uh=np.concatenate([net.W_uh, np.array(feed)]),
        W_hy=np.concatenate([net.W_hy, np.zeros((net.d_out, m))], axis=1),
        b_h=np.concatenate([np.zeros(n) if net.b_h is None else net.b_h, np.zeros(m)]),
        b_y=net.b_y,
        initial=np.concatenate(
            [np.zeros(n) if net.initial is None else net.initial, np.zeros(m) if initial is None else np.array(initial)]
        ),
        activation=net.activation,
    )


def walk_of(name: str, seed: int = 0) -> tuple[Walk, ElmanRNN]:
    task = smallest(tasks.parse(name))
    net = derive(task).compile()
    return Walk.of(state_space(net), task, WORDS, LETTERS, seed), net


CIRCUITS = ["running-parity", "addition", "leaky", "delay:lag=3", "n-back:lag=2", "flip-flop:bits=1"]


@pytest.mark.parametrize("name", CIRCUITS)
def test_circuits_are_consistent(name):
    task = tasks.parse(name)
    found = check(derive(task).compile(), task, **QUICK)
    assert found.verdict == "consistent"
    assert [str(finding.answer) for finding in found.findings[:3]] == ["held"] * 3
    assert str(found.finding("use").answer) == "held"


@pytest.mark.parametrize("name", ["running-parity", pytest.param("contains:word=010", marks=pytest.mark.slow)])
def test_what_holds_something_else_is_told(name):
    """Two units that change places, and one that adds up what comes in: nothing shows them."""
    task = tasks.parse(name)
    net = derive(task).compile()
    clock = beside(net, [[0.0, 1.0], [1.0, 0.0]], np.zeros((2, 1)), [1.0, 0.0])
    hoarder = beside(net, [[1.0]], [[0.01]])
    for impostor, differs in ((clock, (1, 3)), (hoarder, (0, 1, 3, 8))):
        found = check(impostor, task, **QUICK)
        assert found.verdict == "solved-otherwise"
        assert str(found.finding("extra").answer) == "failed"
        assert found.extra.difference in differs
        assert found.extra.first is not None  # seen behind 32 letters, and behind 1,000
        assert str(found.finding("variables").answer) == str(found.finding("use").answer) == "held"


def test_a_filter_that_keeps_a_sum_is_told():
    task = tasks.parse("delay:lag=2")
    net = derive(task).compile()
    found = check(beside(net, [[1.0]], [[0.1]]), task, **QUICK)
    assert str(found.finding("extra").answer) == "failed"
    assert found.verdict == "solved-otherwise"


def test_a_state_that_fades_is_no_memory_of_something_else():
    """What decays is of no size behind a thousand letters, if it is behind 32."""
    task = tasks.parse("running-parity")
    slow = beside(derive(task).compile(), [[0.99]], [[0.01]])
    found = check(slow, task, **QUICK)
    assert found.extra.first.size > 1e-3
    assert found.extra.size < 5e-4
    assert str(found.finding("extra").answer) == "held"
    assert found.verdict == "consistent"


def test_a_machine_is_read_and_a_shuffled_one_is_not():
    walk, net = walk_of("ones-mod")
    means = means_of(walk)
    found = edit_states(state_space(net), walk, 0, means)
    assert found.right == found.edits
    swapped = means._replace(owner=np.array([1, 0, 2])[means.owner])
    assert edit_states(state_space(net), walk, 0, swapped).high < 0.5
    noise = replace(walk, states=np.random.default_rng(0).normal(size=walk.states.shape))
    assert read_machine_states(noise, means_of(noise)).high < 0.5


def test_coordinates_of_a_filter_that_are_not_there():
    walk, _ = walk_of("delay:lag=3")
    full = read_filter_states(walk)
    assert isinstance(full, FilterReading)
    assert full.r2 == pytest.approx(1)
    partly = read_filter_states(replace(walk, states=walk.states[:, :, :1]))
    assert partly.high < 0.5


@pytest.mark.parametrize(("name", "orders"), [("running-parity", (1, 2)), ("ones-mod", (1, 3))])
def test_letters_move_states_as_they_move_the_machines(name, orders):
    walk, _ = walk_of(name)
    maps = read_letters(walk)
    assert maps.worst < 1e-6
    for one, order in zip(maps.letters, orders, strict=True):
        assert np.allclose(np.power(one.eigenvalues, order), 1)
        assert one.permutation
    # A letter that merges everything moves differences to nothing.
    held, _ = walk_of("flip-flop:bits=1")
    by_letter = {one.letter: one for one in read_letters(held).letters}
    assert np.allclose(by_letter[(0,)].eigenvalues, 1)
    assert np.allclose(by_letter[(1,)].eigenvalues, 0)
    assert not by_letter[(1,)].permutation


def test_how_long_words_a_network_holds():
    parity, total = tasks.parse("running-parity"), tasks.parse("running-sum")
    net = derive(parity).compile()
    assert measure_lifetime(net, parity, steps=500, sequences=8).holds_to == 500
    leaking = ElmanRNN([[0.98]], [[1.0]], [[1.0]], activation="identity")
    assert measure_lifetime(leaking, total, steps=2000, sequences=40).fades_by <= 100
    doubling = tasks.linear_filter([1], [2])
    growing = measure_lifetime(derive(doubling).compile(), doubling, steps=100)
    assert "grow without bound" in str(growing)


def test_what_is_decided_by_letters_alone_has_no_state():
    task = tasks.linear_filter([2])
    nothing = check(derive(tasks.parse("mips:Bitwise_Not")).compile(), tasks.parse("mips:Bitwise_Not"), **QUICK)
    assert nothing.verdict == "consistent"
    assert check(derive(task).compile(), task, **QUICK).verdict == "consistent"


def test_rules_on_integers_are_not_decided():
    depth = tasks.RuleTask("depth", first=(0,), moves=("s[0] + x[0]",), show=("s[0]",), inputs=(-1, 1))
    net = ElmanRNN([[1.0]], [[1.0]], [[1.0]], activation="identity")
    found = check(net, depth, **QUICK)
    assert found.verdict == "inconclusive"
    assert "no smallest state" in found.finding("variables").evidence
    assert str(found.finding("extra").answer) == "held"


def test_as_json():
    task = tasks.parse("addition")
    found = json.loads(json.dumps(check(derive(task).compile(), task, **QUICK).to_dict()))
    assert found["memory"]["purity"] == 1.0
    assert found["use"]["sequences_right"] == found["use"]["edits"] > 100
    assert found["letters"]["states"] == 2
    assert found["extra"]["share"] < 0.5
    filtered = tasks.parse("leaky")
    told = json.loads(json.dumps(check(derive(filtered).compile(), filtered, **QUICK).to_dict()))
    assert told["memory"]["r2"] > 0.99
    assert "alike" in told["letters"]["reason"]


def test_networks_of_units_that_blow_up_are_refused_in_words():
    task = tasks.parse("running-parity")
    wild = ElmanRNN([[3.0]], [[1.0]], [[1.0]], activation="identity")
    found = check(wild, task, sequences=100, horizon=1000, lifetime=False)
    assert found.verdict == "not-solved"
    assert isinstance(found.streams.states, StateFunction)


def test_first_steps_that_were_never_trained():
    """Networks that begin anywhere: what they show at first depends on nothing that was given."""
    late = tasks.parse("delay:lag=3")
    net = replace(
        derive(late).compile(), initial=np.array([0.7, -0.4, 0.6, 0.3])[: derive(late).compile().hidden], exact=None
    )
    found = check(net, late, **QUICK)
    assert found.verdict == "not-solved"
    assert any("quiet=" in line for line in found.evidence)
    assert check(net, tasks.parse("delay:lag=3,quiet=3"), **QUICK).verdict == "consistent"
    program = decompile(net, max_variables=2, sequences=200, horizon=60)
    assert str(program).splitlines()[0] == "y(t) = x(t−3)"
    assert str(program).splitlines()[1].startswith("from t = ")


def test_a_latch_is_read_behind_a_beginning():
    """From wherever it is behind 32 letters, a latch is the same machine; only its start is another."""
    task = tasks.parse("flip-flop:bits=2")
    space = state_space(derive(task).compile())
    found = find_machine(space, Letters(task.reads, 2), seed=0, behind=32).task.machine
    assert found.states == task.machine.states == 4
    starts = [replace(task.machine, start=q) for q in range(4)]
    assert sum(find_difference(found, one) is None for one in starts) == 1


def test_quiet_steps_are_part_of_a_task():
    for name in ("n-back:lag=2", "delay:lag=2", "mips:Add_Mod_3"):
        task = tasks.parse(name)
        later = tasks.parse(f"{name},quiet=5")
        assert later == replace(task, quiet=5) != task
        assert tasks.from_dict(later.to_dict()) == later
        episodes = later.sample(4, 7, 0)
        assert episodes.inputs.shape[1] == 12
        assert not episodes.scored[:, :5].any()
        assert episodes.scored[:, 5:].all()
    rule = tasks.RuleTask("depth", first=(0,), moves=("s[0] + x[0]",), show=("s[0]",), inputs=(-1, 1), quiet=2)
    assert tasks.from_dict(rule.to_dict()) == rule
    assert rule.sample(2, 3, 0).targets[:, :2].any() == 0
    with pytest.raises(InvalidTask, match="quiet"):
        tasks.parse("delay:lag=2,quiet=-1")


DETERMINED = {"Newton_Spring", "Newton_Magnetic"}
"""Of the first the memory tells time modulo 3; of the second no words of different lengths lead to one memory."""


@pytest.mark.slow
@pytest.mark.parametrize("name", tasks.MIPS)
def test_circuits_of_mips_and_the_same_beside_a_clock(name):
    task = tasks.mips_task(name).task
    if isinstance(task, tasks.RuleTask):
        pytest.skip("no circuit")
    task = replace(task, inputs=tasks.SIGNS) if isinstance(task, tasks.LinearFilter) else task
    net = derive(task).compile()
    assert check(net, task, **QUICK).verdict == "consistent"
    clock = beside(net, np.roll(np.eye(3), 1, axis=0), np.zeros((3, task.d_in)), [1.0, 0.0, 0.0])
    assert (check(clock, task, **QUICK).verdict == "consistent") == (name in DETERMINED)


def test_a_network_that_holds_nothing_is_not_consistent():
    """It shows that a word has come, whatever came: as pure as the commonest state is common."""
    task = tasks.parse("contains:word=01")
    constant = ElmanRNN([[0.0]], [[0.0]], [[0.0]], b_y=[-1.0])
    found = check(constant, task, sequences=400, horizon=1000, lifetime=False)
    assert str(found.finding("behaviour").answer) == "held"
    assert str(found.finding("variables").answer) == "failed"
    assert found.verdict == "solved-otherwise"
    assert check(derive(task).compile(), task, **QUICK).verdict == "consistent"


@pytest.mark.parametrize("name", [pytest.param("running-parity:", marks=pytest.mark.slow), "delay:lag=2,"])
def test_states_are_looked_at_behind_the_quiet_steps(name):
    """Seventy more units hand on a constant that drowns the first outputs."""
    net = derive(tasks.parse(name[:-1])).compile()
    drowned = beside(net, np.eye(70, k=1), np.zeros((70, net.d_in)), np.ones(70))
    drowned = replace(drowned, W_hy=drowned.W_hy + 5 * np.eye(1, drowned.hidden, net.hidden))
    task = tasks.parse(f"{name}quiet=70")
    assert check(drowned, task, **QUICK).verdict == "consistent"
    assert check(drowned, replace(task, quiet=0), **QUICK).verdict == "not-solved"


def test_filters_that_grow():
    tenfold = tasks.linear_filter([1], [10])
    found = check(derive(tenfold).compile(), tenfold, **QUICK)
    assert found.streams.edits.right == found.streams.edits.edits > 300
    mixed = tasks.from_state_space([[2, 0], [0, "1/2"]], [[1], [1]], [[1, 0], [0, 1]])
    assert "lost beside them" in str(check(derive(mixed).compile(), mixed, **QUICK).streams.edits)


def test_integers_that_outgrow_64_bits_are_not_followed():
    square = tasks.RuleTask("square", first=(2,), moves=("s[0]*s[0] + x[0]",), show=("s[0] % 7",), inputs=(-1, 1))
    net = ElmanRNN([[1.0]], [[1.0]], [[1.0]], activation="identity")
    found = check(net, square, sequences=400, horizon=8, lifetime=False)
    assert "leave 64 bits within" in str(found.streams.extra)


def test_states_that_overflow_are_refused_without_a_warning():
    wild = ElmanRNN([[1e3]], [[1.0]], [[1.0]], activation="identity")
    for name in ("running-parity", "running-sum"):
        assert "above 1e+100" in str(check(wild, tasks.parse(name), **QUICK).streams.states)
