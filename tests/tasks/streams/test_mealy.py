"""Machines as values: tables that are refused, runs, the smallest machine, and what tells two apart."""

from itertools import product

import numpy as np
import pytest

from emt_theory.errors import InvalidTask
from emt_theory.tasks import Mealy, find_difference
from emt_theory.tasks.streams.mealy import longest_apart

PARITY = Mealy([[0, 1], [1, 0]], [[0, 1], [1, 0]])


def random_machine(rng, states, letters, symbols=2):
    return Mealy(rng.integers(states, size=(states, letters)), rng.integers(symbols, size=(states, letters)))


def walk(machine, word):
    """What a machine shows, by a dictionary."""
    moves = {
        (q, a): (int(machine.following[q, a]), int(machine.shown[q, a]))
        for q in range(machine.states)
        for a in range(machine.letters)
    }
    q, shown = machine.start, []
    for a in word:
        q, y = moves[q, a]
        shown.append(y)
    return shown


def nerode(machine):
    """How many states that the start leads to differ on some word of up to six letters."""
    words = [w for n in range(1, 7) for w in product(range(machine.letters), repeat=n)]
    from_each = (Mealy(machine.following, machine.shown, q) for q in machine.reached)
    return len({tuple(tuple(walk(there, w)) for w in words) for there in from_each})


def test_runs_are_walks():
    rng = np.random.default_rng(0)
    machine = random_machine(rng, 5, 3)
    words = rng.integers(3, size=(20, 30))
    assert machine.run(words).tolist() == [walk(machine, word) for word in words.tolist()]
    assert machine.visit(words).shape == (20, 31)


@pytest.mark.parametrize("seed", range(6))
def test_the_smallest_machine_shows_the_same_and_has_as_many_states_as_there_are_rows(seed):
    rng = np.random.default_rng(seed)
    machine = random_machine(rng, 6, 2)
    least = machine.minimal()
    words = rng.integers(2, size=(50, 40))
    assert (least.run(words) == machine.run(words)).all()
    assert find_difference(machine, least) is None
    assert least.minimal() == least
    assert not least.unreached()
    assert least.states == nerode(machine)


def test_machines_that_show_the_same_have_one_smallest_machine():
    rng = np.random.default_rng(3)
    machine = random_machine(rng, 5, 2)
    order = rng.permutation(5)
    place = np.argsort(order)
    renamed = Mealy(place[machine.following[order]], machine.shown[order], int(place[machine.start]))
    assert renamed != machine
    assert renamed.minimal() == machine.minimal()
    assert hash(renamed.minimal()) == hash(machine.minimal())


def test_a_shortest_word_tells_two_machines_apart():
    late = Mealy([[1, 1], [2, 2], [0, 0]], [[0, 0], [0, 0], [0, 1]])
    never = Mealy([[0, 0]], [[0, 0]])
    word = find_difference(late, never)
    assert word == (0, 0, 1)
    assert walk(late, word)[:-1] == walk(never, word)[:-1]
    assert walk(late, word)[-1] != walk(never, word)[-1]


def test_how_many_letters_matter():
    window = Mealy([[0, 1], [2, 3], [0, 1], [2, 3]], [[0, 0], [0, 0], [1, 1], [1, 1]])  # what came two steps before
    assert longest_apart(window) == 2
    assert longest_apart(PARITY) is None
    assert longest_apart(Mealy([[0, 0]], [[0, 1]])) == 0


@pytest.mark.parametrize(
    ("tables", "told"),
    [
        (([[0, 1], [1]], [[0, 1], [1, 0]]), "some transition is missing"),
        (([[0, 2], [1, 0]], [[0, 1], [1, 0]]), "following[0][1] is 2: states run from 0 to 1"),
        (([[0, 1], [-1, 0]], [[0, 1], [1, 0]]), "following[1][0] is -1: that transition is missing"),
        (([[0, 1]], [[0, 1], [1, 0]]), "same shape"),
        (([[0, 0.5]], [[0, 1]]), "following[0][1] must be an integer"),
        (([[0, 0]], [[0, -1]]), "shown[0][1] is -1"),
        (([], []), "must be a table of integers"),
    ],
)
def test_tables_that_are_none_say_where(tables, told):
    with pytest.raises(InvalidTask) as refused:
        Mealy(*tables)
    assert told in str(refused.value)


def test_words_and_starts_that_are_none():
    with pytest.raises(InvalidTask, match="letters from 0 to 1"):
        PARITY.run([[0, 2]])
    with pytest.raises(InvalidTask, match="start must be an integer from 0 to 1"):
        Mealy([[0, 1], [1, 0]], [[0, 1], [1, 0]], 2)
    with pytest.raises(InvalidTask, match="over the same letters"):
        find_difference(PARITY, Mealy([[0]], [[0]]))
