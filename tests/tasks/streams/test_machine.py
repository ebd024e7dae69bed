"""Tasks that machines are: codes, sequences, scores, rules, tables, names, spelling, files."""

import re

import numpy as np
import pytest

from emt_theory import tasks
from emt_theory.errors import InvalidTask
from emt_theory.tasks import Alphabet, MachineTask, Mealy, Task
from emt_theory.tasks.parse import STREAMS

MACHINES = [name for name, make in STREAMS.items() if isinstance(make(), MachineTask)]


def by_hand(name, x):
    """What each named machine shows after one word of symbols, shape (T, c)."""
    flat = x[:, 0].tolist()
    if name == "n-back":
        return [0, *flat[:-1]]
    if name == "running-parity":
        return (np.cumsum(flat) % 2).tolist()
    if name in ("sum-mod", "ones-mod"):
        return (np.cumsum(flat) % 3).tolist()
    if name == "addition":
        low = sum(int(a) << t for t, a in enumerate(x[:, 0])) + sum(int(b) << t for t, b in enumerate(x[:, 1]))
        return [low >> t & 1 for t in range(len(x))]
    if name == "division":
        number = int("".join(map(str, flat)), 2)
        return [int(c) for c in bin(number // 3)[2:].zfill(len(flat))]
    if name == "matches":
        return [int(re.fullmatch("(01)*", "".join(map(str, flat[: t + 1]))) is not None) for t in range(len(flat))]
    if name == "contains":
        return [int("0110" in "".join(map(str, flat[: t + 1]))) for t in range(len(flat))]
    if name == "counter":
        shown, n = [], 0
        for a in flat:
            n = min(7, max(0, n + (1 if a else -1)))
            shown.append(n)
        return shown
    held, shown = [0, 0, 0], []
    for pulses in x.tolist():
        held = [p - 1 if p else h for p, h in zip(pulses, held, strict=True)]
        shown.append(list(held))
    return shown


@pytest.mark.parametrize("name", MACHINES)
def test_named_machines_show_what_they_say(name):
    task = tasks.parse(name)
    rng = np.random.default_rng(1)
    words = rng.integers(task.reads.size, size=(20, 25, task.channels))
    shown = task.targets(words)
    for word, seen in zip(words, shown, strict=True):
        wanted = np.array(by_hand(name, word)).reshape(25, -1)
        assert (seen == wanted).all()


def test_sequences_are_codewords_and_their_targets_score_all_right():
    for name in MACHINES:
        task = tasks.parse(name)
        episodes = task.sample(batch=16, horizon=12, seed=0)
        assert episodes.scored.all()
        assert (episodes.lengths == 12).all()
        symbols = task.reads.decode(episodes.inputs)
        assert (task.shows.encode(task.targets(symbols)) == episodes.targets).all()
        right = task.accuracy(episodes.targets, episodes)
        assert right.accuracy == 1.0
        assert right.horizon == 12
        wrong = task.accuracy(-episodes.targets, episodes)
        assert wrong.accuracy < 1.0


@pytest.mark.slow
def test_the_same_words_give_the_same_sequences_in_jax():
    jnp = pytest.importorskip("jax.numpy")
    for task in (tasks.flip_flop(2), tasks.addition(3), tasks.running_sum()):
        words = np.random.default_rng(0).integers(2**32, size=task.words(4, 6), dtype=np.uint32)
        one, other = task.batch(words, 4, 6), task.batch(jnp.asarray(words), 4, 6, jnp)
        for a, b in zip(one, other, strict=True):
            assert np.array_equal(np.asarray(a, dtype=float), np.asarray(b, dtype=float))


def test_rules_that_are_none_name_state_and_letter():
    calls = []

    def moody(state, x):
        calls.append(x)
        return state, len(calls) % 2

    for rule, told in [
        (lambda s, x: (s, 1 // x), "the rule fails on state 0 and letter 0: ZeroDivisionError"),
        (lambda s, x: s, "must return (state, shown); on state 0 and letter 0 it returns 0"),
        (lambda s, x: ([s], 0), "must be a number, a text or a tuple; got [0]"),
        (lambda s, x: (s, -1), "shows -1 on state 0 and letter 0"),
        (lambda s, x: (s, (x, x) if x else x), "on state 0 and letter 1"),
        (moody, "answers twice differently on state 0 and letter 0"),
        (lambda s, x: (s + 1, 0), "more than 4096 states"),
    ]:
        with pytest.raises(InvalidTask) as refused:
            tasks.from_step(rule, 0)
        assert told in str(refused.value)
    with pytest.raises(InvalidTask, match="step must be a function"):
        tasks.from_step("x", 0)
    with pytest.raises(InvalidTask, match="make 1099511627776 letters; tables are made of at most 4096"):
        tasks.from_step(lambda s, x: (s, 0), 0, alphabet=1024, channels=4)
    with pytest.raises(InvalidTask, match="it shows 1 symbol from 0 to 1"):
        tasks.from_step(lambda s, x: (s, 5), 0, shows=2)


def test_tables_and_mappings():
    table = tasks.from_transitions([[0, 1], [1, 0]], [[0, 1], [1, 0]])
    mapping = tasks.from_transitions(
        {("even", 0): ("even", 0), ("even", 1): ("odd", 1), ("odd", 0): ("odd", 1), ("odd", 1): ("even", 0)},
        start="even",
    )
    assert table == mapping == tasks.running_parity()
    assert hash(table) == hash(tasks.running_parity())
    with pytest.raises(InvalidTask, match="the transition of state 'b' by letter 1 is missing"):
        tasks.from_transitions({("a", 0): ("b", 0), ("a", 1): ("a", 0), ("b", 0): ("a", 1)}, start="a")
    with pytest.raises(InvalidTask, match="state 'b', where 'a' goes by letter 0, has no transitions"):
        tasks.from_transitions({("a", 0): ("b", 0)}, start="a")
    with pytest.raises(InvalidTask, match="state 1 is reached by no word"):
        tasks.from_transitions([[0, 0], [1, 1]], [[0, 1], [1, 0]])
    with pytest.raises(InvalidTask, match="a letter of 1 symbols of 3 is one of 3; the machine has 2"):
        tasks.from_transitions([[0, 0]], [[0, 1]], alphabet=3)
    with pytest.raises(InvalidTask, match="the machine shows 7"):
        MachineTask("x", Mealy([[0, 0]], [[0, 7]]), Alphabet(2), Alphabet(2))
    with pytest.raises(InvalidTask, match="has an input at every step"):
        tasks.running_parity().next(np.zeros(1, dtype=int), None)


def test_residues_are_machines():
    assert tasks.affine_machine([[1]], [[1]], [[1]], 3) == tasks.sum_mod(3)
    feedback = tasks.affine_machine([[0, 1], [1, 1]], [[0], [1]], [[0, 1]], 2)  # y(t) = y(t−1) + y(t−2) + x(t) mod 2
    x = np.random.default_rng(0).integers(2, size=(1, 30, 1))
    y = [0, 0]
    for a in x[0, :, 0]:
        y.append((y[-1] + y[-2] + int(a)) % 2)
    assert feedback.targets(x)[0, :, 0].tolist() == y[2:]
    with pytest.raises(InvalidTask, match=r"shapes \(n, n\), \(n, c\), \(d, n\)"):
        tasks.affine_machine([[1]], [[1], [1]], [[1]], 2)


SPELLED = {
    "n-back:lag=3": ["y(t) = x(t-3)"],
    "running-parity": ["y(t) = y(t-1) ^ x(t)"],
    "sum-mod:alphabet=5": ["y(t) = (y(t-1) + x(t)) % 5"],
    "ones-mod:modulus=7": ["y(t) = (y(t-1) + x(t)) % 7"],
    "addition:base=3": ["q(t), y(t) = divmod(q(t-1) + x(t)[0] + x(t)[1], 3)"],
    "division:by=5,base=10": ["y(t), q(t) = divmod(10*q(t-1) + x(t), 5)"],
    "counter:states=4": ["y(t) = min(3, max(0, y(t-1) + 2*x(t) - 1))"],
    "flip-flop:bits=1": ["y(t) = x(t) - 1 if x(t) else y(t-1)"],
    "contains:word=11": [
        "q(t), y(t) by q(t-1), for each letter x(t); q(0) = 0:",
        "    q(t-1) = 0: (0, 0), (1, 0)",
        "    q(t-1) = 1: (0, 0), (2, 1)",
        "    q(t-1) = 2: (2, 1), (2, 1)",
    ],
}


@pytest.mark.parametrize("name", SPELLED)
def test_machines_are_written_as_people_write_them(name):
    assert tasks.parse(name).equations() == SPELLED[name]


def test_spelled_programs_run():
    """What is written is run as Python, letter by letter, against the machine."""
    for name in ("running-parity", "sum-mod", "counter", "flip-flop:bits=1", "addition:base=4", "division:by=7"):
        task = tasks.parse(name)
        (line,) = task.equations()
        left, right = line.split(" = ", 1)
        for old, new in (("y(t-1)", "y"), ("q(t-1)", "q"), ("x(t)[0]", "x[0]"), ("x(t)[1]", "x[1]"), ("x(t)", "x[0]")):
            right = right.replace(old, new)
        words = np.random.default_rng(0).integers(task.reads.size, size=(3, 30, task.channels))
        for word, wanted in zip(words.tolist(), task.targets(words)[..., 0].tolist(), strict=True):
            held = {"q": 0, "y": 0}
            for x, y in zip(word, wanted, strict=True):
                value = eval(right, {}, {**held, "x": x})
                names = [part.strip()[0] for part in left.split(",")]
                held |= dict(zip(names, value if len(names) > 1 else (value,), strict=True))
                assert held["y"] == y, name


def test_descriptions_are_read_back_and_bad_ones_say_why():
    for name in MACHINES:
        task = tasks.parse(name)
        assert tasks.from_dict(task.to_dict()) == task
    for described, told in [
        ({"transitions": [[0]]}, "shown is missing"),
        ({"transitions": [[0]], "shown": [[0]], "alphabet": 2}, "unknown key 'alphabet'"),
        ({"transitions": [[0, 0]], "shown": [[0, 1]], "reads": [1, 2, 3, 4]}, "must be [symbols, code, how many]"),
    ]:
        with pytest.raises(InvalidTask) as refused:
            tasks.from_dict(described)
        assert told in str(refused.value)


def test_pulses_and_indicators_are_for_every_step():
    assert Alphabet(3, "pulses").encode([0, 1, 2]).tolist() == [0, 1, -1]
    assert Alphabet(3, "pulses").decode([[0.2], [0.8], [-2.0]]).tolist() == [[0], [1], [2]]
    assert Alphabet(3, "indicator").encode([2]).tolist() == [0, 0, 1]
    with pytest.raises(InvalidTask, match="pulses are a code for 3 symbols"):
        Alphabet(2, "pulses")
    with pytest.raises(InvalidTask, match="here 0 is silence"):
        tasks.modular_sum(Alphabet(3, "indicator"))


@pytest.mark.parametrize("name", ["addition:base=3", "flip-flop:bits=2", "contains"])
def test_batches_are_those_that_any_task_would_make(name):
    task = tasks.parse(name)
    words = np.random.default_rng(0).integers(2**32, size=task.words(5, 9), dtype=np.uint32)
    for ours, anys in zip(task.batch(words, 5, 9), Task.batch(task, words, 5, 9), strict=True):
        assert np.array_equal(ours, anys)
        assert ours is None or (ours.dtype, ours.shape) == (anys.dtype, anys.shape)
