"""The impostors solve their tasks as they claim to, and are what their families say."""

from collections import Counter

import numpy as np
import pytest

from emt_theory.circuits import certify
from emt_theory.evidence.behaviour import measure_behaviour
from emt_theory.exact import companion
from emt_theory.tasks import compose_copy, delayed_copy, repeat_copy
from tests.collections.impostors import IMPOSTORS, Beside, forgotten
from tests.collections.mechanisms import Clocked, Packed, Product, Slaved, origins
from tests.collections.planted import Compiled

QUESTIONS = {"behaviour", "variables", "extra", "use"}


def solves_as_it_claims(entry):
    """Every sign right to horizon 200; wrong somewhere, where behaviour is asked for; and then right nearly everywhere, where outputs are many."""
    found = measure_behaviour(entry.network(), entry.task, sequences=32, horizon=200)
    if "behaviour" not in entry.caught_by:
        return found.accuracy == 1.0
    return found.worst_output.accuracy < 0.6 and (entry.family != "wrong output" or found.accuracy > 0.98)


def in_family(family, count=None):
    return [entry for entry in IMPOSTORS if entry.family == family][:count]


def named(name):
    return next(entry for entry in IMPOSTORS if entry.name == name)


def states(net, inputs, t):
    return net.run(inputs, steps=t).states[:, -1]


def inputs_of(task, batch=256, seed=0):
    return np.random.default_rng(seed).choice([-1.0, 1.0], (batch, task.num_variables, task.dim))


def memory(task, inputs, t):
    """The persistent variables after step t."""
    phi = companion(task.F, task.dim).to_array()
    return (inputs.reshape(len(inputs), -1) @ np.linalg.matrix_power(phi, t - task.num_variables).T)[:, task.persistent]


def worst_read(net, task, t):
    """R² of the combination of variables that can be read worst from the whole state, by least squares on as many sequences as there are."""
    x = inputs_of(task, 1024)
    m, h = memory(task, x, t), states(net, x, t)
    h = np.column_stack([h, np.ones(len(h))])
    error = m - h @ np.linalg.lstsq(h, m, rcond=1e-9)[0]
    return 1 - np.linalg.eigvalsh(error.T @ error / len(m))[-1]


def test_names_are_unique_and_families_are_there():
    assert len({entry.name for entry in IMPOSTORS}) == len(IMPOSTORS) >= 100
    assert min(Counter(entry.family for entry in IMPOSTORS).values()) >= 4
    assert all(entry.caught_by and entry.caught_by <= QUESTIONS for entry in IMPOSTORS)


def test_a_sample_solves_as_it_claims():
    first = [entry for family in {e.family for e in IMPOSTORS} for entry in in_family(family, 3)]
    assert [entry.name for entry in first if not solves_as_it_claims(entry)] == []


@pytest.mark.slow
@pytest.mark.parametrize("entry", IMPOSTORS, ids=str)
def test_every_one_solves_as_it_claims(entry):
    assert solves_as_it_claims(entry)


@pytest.mark.parametrize("entry", in_family("junk"), ids=str)
def test_junk_is_a_forgotten_input(entry):
    """Two runs that differ in one input that the task forgets have the same outputs and end in different states."""
    x = inputs_of(entry.task)
    other = x.copy()
    other[:, 0, forgotten(entry.task)] *= -1
    net = entry.network()
    a, b = net.run(x, steps=150), net.run(other, steps=150)
    assert (np.sign(a.outputs[:, 50:]) == np.sign(b.outputs[:, 50:])).all()
    assert np.abs(a.states[:, -1] - b.states[:, -1]).max(1).min() > 1e-4


@pytest.mark.parametrize("entry", in_family("clocked") + in_family("still copy"), ids=str)
def test_a_clock_tells_two_times_with_the_same_memory_apart(entry):
    """x at t+1 and x′ at t, with x′ the memory of x one step on, hold the same variables in different states."""
    task, t = entry.task, entry.task.settled + 40
    x, phi = inputs_of(task), companion(task.F, task.dim).to_array()
    moved = inputs_of(task, seed=1).reshape(len(x), -1)
    moved[:, task.persistent] = (x.reshape(len(x), -1) @ phi.T)[:, task.persistent]
    moved = moved.reshape(x.shape)
    assert np.array_equal(memory(task, x, t + 1), memory(task, moved, t))
    net = entry.network()
    # "first" may keep the same sign in both by chance; not in most.
    apart = np.abs(states(net, x, t + 1) - states(net, moved, t)).max(1) > 0.5
    assert apart.mean() > 0.3


@pytest.mark.parametrize("entry", in_family("packed"), ids=str)
def test_packed_variables_cannot_be_read_linearly(entry):
    assert worst_read(entry.network(), entry.task, entry.task.settled + 20) < 0.2


@pytest.mark.parametrize("family", ["idle echo", "paired echo"])
def test_an_echo_shows_everything_and_changes_no_output(family):
    """Paired: equal states times c and −c; rounding aside, what they add is 0."""
    for entry in in_family(family):
        if "leak" in entry.name:
            continue  # its echo stays at ±1 while the rest fades, so that time is read with it
        net = entry.network()
        assert worst_read(net, entry.task, entry.task.settled + 20) > 0.999
        if not isinstance(entry.make, Beside):
            continue  # in a cell
        alone, x = entry.make.works(entry.task), inputs_of(entry.task)
        assert np.abs(net.run(x, steps=60).outputs - alone.run(x, steps=60).outputs).max() < 1e-12


@pytest.mark.parametrize("entry", in_family("leak") + in_family("damped"), ids=str)
def test_leaks_fade(entry):
    x = inputs_of(entry.task, 64)
    early, late = (np.abs(states(entry.network(), x, t)).mean() for t in (20, 200))
    assert late < 0.97**180 * early * 1.01


@pytest.mark.slow
def test_right_for_ever_is_not_the_circuit():
    """What a network puts out can be proved for all t, while it keeps something else, or shrinks."""
    proved = {
        entry.family for entry in IMPOSTORS if entry.task.components <= 12 and certify(entry.network(), entry.task)
    }
    assert proved >= {"junk", "still copy", "leak", "damped"}
    assert proved.isdisjoint({"packed", "product", "clocked", "slaved", "slowly slaved", "wrong output", "wrong sign"})


def test_a_product_code_flips_two_variables_at_once():
    """a, held by one unit, is a factor of b: turn the unit, and b turns with it."""
    task = repeat_copy(3, 2)
    net, x = Product()(task), inputs_of(task)
    h = states(net, x, 30)
    before = net.read(net.step(net.step(h, [0, 0]), [0, 0]))
    (unit,) = (i for i in range(net.hidden) if np.array_equal(h[:, i], before[:, 0]))
    h[:, unit] *= -1
    after = net.read(net.step(net.step(h, [0, 0]), [0, 0]))
    assert (np.sign(after) == -np.sign(before)).all()


@pytest.mark.parametrize("keep", [0.5, 0.9])
def test_a_slaved_register_is_pulled_back(keep):
    """Turn what is linear in b of block 1: its outputs turn, and come back by themselves, for κ = .9 only after the 2s = 4 steps of an edit."""
    task = repeat_copy(2, 2)
    net, x = Slaved(keep)(task), inputs_of(task)
    run = net.run(x, steps=100)
    h, m = run.states[:, 59], memory(task, x, 60)
    psi = np.linalg.lstsq(m, h, rcond=None)[0]
    h = h - 2 * m[:, [1]] * psi[1]
    right: list[float] = []
    for t in range(60, 100):
        h = net.step(h, [0, 0])
        right.append((np.sign(net.read(h)[:, 1]) == np.sign(run.outputs[:, t, 1])).mean())
    shown = right[::2]  # u(t−2)
    assert (shown[0], shown[1], shown[-1]) == (0, 0 if keep == 0.9 else 1, 1)


def test_origins_say_when_targets_repeat():
    assert [len(origins(task)[0]) - origins(task)[1] for task in (repeat_copy(5, 1), compose_copy(4))] == [5, 12]
    shown, loop = origins(delayed_copy(4, 1, lag=3))
    # The input before the last three goes out of memory first: the loop starts a step later.
    assert ([row[0].block for row in shown], loop) == ([2, 3, 4, 2], 1)


def test_near_misses_are_no_impostors():
    """Packed before anybody needs them apart: on compose copy of 3, every variable can still be read."""
    task = compose_copy(3)
    assert worst_read(Packed(2)(task), task, 40) > 0.999
    assert worst_read(Compiled("tanh")(task), task, 40) > 0.999
    assert worst_read(Clocked()(task), task, 40) > 0.999  # at one time; not at all times
