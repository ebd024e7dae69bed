"""Finite tasks as tasks: sequences, scores, codes, files and names."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emt_theory import tasks
from emt_theory.errors import InvalidFile, InvalidTask
from emt_theory.tasks import Alphabet, FiniteTask, LocalRule, from_dict, from_rule, load, parse, to_toml
from tests.tasks.finite.direct import RULES, successors

CODES = [(2, "signs"), *((q, code) for q in (2, 3, 5) for code in ("onehot", "thermometer", "numbers"))]


@pytest.mark.parametrize(("q", "code"), CODES)
def test_a_code_is_read_back_and_its_words_differ(q, code):
    alphabet = Alphabet(q, code)
    symbols = np.arange(q)[:, None]
    words = alphabet.encode(symbols)
    assert words.shape == (q, alphabet.width)
    assert len({*map(tuple, words.tolist())}) == q
    assert (alphabet.decode(words) == symbols).all()
    assert (alphabet.decode(words * 0.9 + 0.04) == symbols).all()


@given(st.sampled_from(CODES), st.integers(0, 2**32 - 1))
def test_the_nearest_codeword_by_distances(choice, seed):
    alphabet = Alphabet(*choice)
    numbers = np.random.default_rng(seed).normal(size=(20, alphabet.width)) * 2
    distances = ((numbers[:, None] - alphabet.codewords) ** 2).sum(axis=2)
    assert (alphabet.decode(numbers)[:, 0] == distances.argmin(axis=1)).all()


def test_ties_are_no_symbol_and_wrong():
    assert Alphabet(3, "numbers").decode([[0.5], [0.4], [1.5], [9.0]])[:, 0].tolist() == [-1, 0, -1, 2]
    task = parse("modular-sum:alphabet=3")
    episodes = task.sample(2, 3, 0)
    right = episodes.targets.copy()
    assert task.accuracy(right, episodes).accuracy == 1.0
    right[0, 2] = 0.5
    measured = task.accuracy(right, episodes)
    assert (measured.accuracy, measured.sequences_right) == (5 / 6, 1)
    right[1, 2, 0] = np.nan
    assert task.accuracy(right, episodes).accuracy == 4 / 6
    tiny = parse("xor").sample(1, 3, 0)
    assert parse("xor").accuracy(tiny.targets * 1e-300, tiny).accuracy == 1.0
    assert parse("xor").accuracy(tiny.targets * 0, tiny).accuracy == 0.0


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("code", ["onehot", "numbers"])
def test_sequences_are_the_rule_step_by_step(name, code):
    rule, s, d, q = RULES[name]
    task = from_rule(rule, s, d, alphabet=q, code=code)
    after, horizon = successors(rule, s, d, q), 7
    episodes = task.sample(6, horizon, seed=3)
    symbols = task.alphabet.decode(episodes.inputs[:, :s])
    assert (episodes.scored == (np.arange(s + horizon) >= s)).all()
    assert not episodes.inputs[:, s:].any()
    for b, start in enumerate(symbols):
        state = tuple(start.ravel().tolist())
        for t in range(s, s + horizon):
            state = after[state]
            assert (episodes.targets[b, t] == task.alphabet.encode(np.array(state[-d:]))).all()
    assert (task.targets(symbols, horizon) == task.alphabet.decode(episodes.targets[:, s:])).all()


def test_the_same_words_give_the_same_sequences_on_jax():
    import jax.numpy as jnp

    task = parse("modular-sum:alphabet=5", dim=2)
    words = np.random.default_rng(0).integers(2**32, size=task.words(4, 5), dtype=np.uint32)
    here, there = task.batch(words, 4, 5), task.batch(jnp.asarray(words), 4, 5, jnp)
    for a, b in zip(here, there, strict=True):
        assert np.array_equal(a, np.asarray(b))
    marks = task.score(jnp.asarray(here.targets), jnp.asarray(here.targets), jnp)
    assert bool(marks.right[here.scored].all())


@pytest.mark.parametrize("name", RULES)
def test_a_task_is_written_and_read_back(name, tmp_path):
    rule, s, d, q = RULES[name]
    task = from_rule(rule, s, d, "named", q, "thermometer")
    assert from_dict(task.to_dict()) == task
    file = tmp_path / "task.toml"
    file.write_text(to_toml(task))
    assert load(file) == task == parse(str(file))
    assert load(file).name == "named"


@pytest.mark.parametrize("name", RULES)
def test_what_is_printed_is_a_rule_that_is_read_back(name):
    rule, s, d, q = RULES[name]
    task = from_rule(rule, s, d, alphabet=q)
    lines = [line.partition(" = ")[2] for line in task.equations()]
    if any("…" in line for line in lines):
        assert name == "branching"
        return
    assert from_dict({"num_variables": s, "dim": d, "alphabet": q, "rule": lines}) == task


@given(st.integers(0, 2**32 - 1), st.integers(2, 4), st.integers(0, 3))
def test_any_table_is_printed_as_a_rule_that_is_read_back(seed, q, reads):
    task = tasks.random_finite(2, 2, q, reads, seed)
    lines = [line.partition(" = ")[2] for line in task.equations()]
    if not any("…" in line for line in lines):
        assert from_dict({"num_variables": 2, "dim": 2, "alphabet": q, "rule": lines}) == task


TEXTS = {
    "not u[1] and u[2] or u[3] == 1": lambda a, b, c: int((not a and b) or c == 1),
    "u[1] if u[2] < u[3] else 1 - u[1]": lambda a, b, c: a if b < c else 1 - a,
    "0 <= u[1] < u[2] <= 1": lambda a, b, c: int(0 <= a < b <= 1),
    "(u[1] << u[2]) >> u[3] & 1": lambda a, b, c: (a << b) >> c & 1,
    "~u[1] & 1 | u[2]": lambda a, b, c: ~a & 1 | b,
    "max(u[1], u[2], u[3]) - min(u[1], abs(-u[2]), u[3])": lambda a, b, c: max(a, b, c) - min(a, b, c),
    "where(u[1], [u[2], 1][u[3]], 2**u[2] - 1)": lambda a, b, c: [b, 1][c] if a else 2**b - 1,
    "(3 // (u[1] + 1) + +u[2]) % 2 * True": lambda a, b, c: (3 // (a + 1) + b) % 2,
    "u[u[1] + 2 - 1]": lambda a, b, c: b if a else a,
}


@pytest.mark.parametrize("text", TEXTS)
def test_texts_mean_what_python_means(text):
    told = from_dict({"num_variables": 3, "dim": 1, "alphabet": 2, "rule": [text]})
    assert told == from_rule(lambda u: [TEXTS[text](*(int(u[k][0]) for k in (1, 2, 3)))], 3, 1, alphabet=2)


RULE = {"num_variables": 2, "dim": 1, "alphabet": 2}


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"rule": ["u[1] @ u[2]"]}, "a rule on symbols is made of integers"),
        ({"rule": ["__import__('os').system('true')"]}, "a rule on symbols is made of integers"),
        ({"rule": ["u[1][0].__class__"]}, "a rule on symbols is made of integers"),
        ({"rule": ["[c for c in u]"]}, "a rule on symbols is made of integers"),
        ({"rule": ["0.5"]}, "holds '0.5'"),
        ({"rule": ["where(u[1], 0)"]}, "holds 'where(u[1], 0)'"),
        ({"rule": ["u[1] +"]}, "is not an expression"),
        ({"rule": ["(" * 1000 + "0" + ")" * 1000]}, "is not an expression"),
        ({"rule": ["-" * 15000 + "u[1]"]}, "is not an expression"),
        ({"rule": ["9**9**9**9**9"]}, "output 0 is beyond 4096 bits"),
        ({"rule": ["9**9**9**9**9 * 0"]}, "output 0 is beyond 4096 bits"),
        ({"rule": ["1 << 99999999999"]}, "beyond 4096 bits"),
        *(({"rule": [text]}, f"'{text}' holds 'u'") for text in ("u", "not u", "u == 1", "max(u)", "u if 1 else 0")),
        ({"rule": ["u[3]"]}, "u[3]: lags run from 1"),
        ({"rule": ["u[-1]"]}, "u[-1]: lags run from 1 (previous step) to num_variables = 2"),
        (
            {"rule": ["u[1] + u[2]"]},
            "output 0 is 2 where u[2][0] = 1, u[1][0] = 1; symbols run from 0 to 1 (did you mean % 2?)",
        ),
        ({"rule": ["[0, 1][u[1] + u[2]]"]}, "output 0 looks up place 2 of 2"),
        ({"rule": [5]}, "a rule on symbols is a text"),
        ({"rule": ["x" * 30000]}, "at most 20000 characters"),
        ({"rule": ["u[1]"] * 2}, "one for each component; got 2"),
        ({"rule": ["u[1]"], "inputs": [0, 1]}, "unknown key 'inputs'"),
        ({"reads": [[1, 0]]}, "unknown key 'reads'"),
        ({"tables": [{"reads": [[3, 0]], "table": [0, 1]}]}, "the block must be an integer from 1 to 2; got 3"),
        ({"tables": [{"reads": [[1, 0]], "table": [0, 2]}]}, "tables[0]: table[1] is 2"),
        ({"tables": [{"reads": [[1, 0]], "table": [0, 1, 1]}]}, "1 reads need a table of q^k = 2^1 symbols; got (3,)"),
        ({"tables": [{"reads": [[1, 0]] * 2, "table": [0, 1, 1, 0]}]}, "reads must be distinct"),
        ({"tables": [[0, 1]]}, "tables[0] must have the keys reads and table"),
        ({"tables": []}, "one LocalRule for each of its 1 outputs"),
        ({"tables": [{"reads": [[1, 0]] * 64, "table": [0]}]}, "64 reads need a table"),
    ],
)
def test_files_that_are_refused(changed, message):
    with pytest.raises(InvalidTask, match=re.escape(message)) as caught:
        from_dict({**RULE, **changed})
    assert "\n" not in str(caught.value)


def test_a_table_without_alphabet_says_what_is_missing():
    with pytest.raises(InvalidTask, match="a finite task needs an alphabet"):
        from_dict({"num_variables": 2, "dim": 1, "tables": []})


NAMES = {
    "xor": lambda u: [u[1][0] ^ u[2][0]],
    "xor:lags=1 4": lambda u: [u[1][0] ^ u[4][0]],
    "lfsr:taps=3 4": lambda u: [u[3][0] ^ u[4][0]],
    "parity": lambda u: [u[1][0] ^ u[2][0] ^ u[3][0]],
    "majority": lambda u: [u[1][0] + u[2][0] + u[3][0] >= 2],
    "Mux": lambda u: [u[2][0] if u[1][0] else u[3][0]],
    "modular_sum:alphabet=5": lambda u: [(u[1][0] + u[2][0]) % 5],
    "maximum:alphabet=4,code=numbers": lambda u: [max(u[1][0], u[2][0])],
}


@pytest.mark.parametrize("text", NAMES)
def test_names(text):
    task = parse(text)
    rebuilt = from_rule(NAMES[text], task.num_variables, 1, alphabet=task.alphabet)
    assert task == rebuilt
    assert parse("xor", num_variables=5, dim=2).components == 10


def test_random_tasks_come_from_their_seed():
    assert parse("random-finite:seed=3,alphabet=3,reads=2", dim=2) == tasks.random_finite(2, 2, 3, 2, seed=3)
    assert tasks.random_finite(seed=1) != tasks.random_finite(seed=2)


@pytest.mark.parametrize(
    ("text", "sizes", "message"),
    [
        ("xro", {}, "did you mean 'xor'"),
        ("xor:lags=a", {}, "lags must be integers with spaces between them"),
        ("xor:lags=1 1", {}, "each once"),
        ("xor:lags=9", {"num_variables": 3}, "lag 9 is beyond num_variables = 3"),
        ("lfsr:taps=3 4", {"dim": 2}, "lfsr says dim itself"),
        ("mux", {"num_variables": 4}, "mux says num_variables itself"),
        ("majority", {"num_variables": 4}, "an odd number of variables"),
        ("majority", {"num_variables": 31}, "has 2^31 values"),
        ("modular-sum:alphabet=1", {}, "alphabet must be an integer from 2"),
        ("modular-sum:code=onehotty", {}, "unknown code 'onehotty'"),
        ("random-finite:reads=9", {}, "reads must be an integer from 0 to 2"),
        ("random-finite:alphabet=3", {"dim": 50}, "has 3^100 values"),
    ],
)
def test_names_that_are_refused(text, sizes, message):
    with pytest.raises(InvalidTask, match=re.escape(message)):
        parse(text, **sizes)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((("x", 2, 1, 2), [LocalRule((2,), np.arange(2))]), "must read flat indices below s·d = 2"),
        ((("x", 2, 1, 3), [LocalRule((1,), np.arange(2))]), "with 2 values"),
        ((("x", 2, 1, 2), [LocalRule((), np.array(5))]), "the table of output 0[0] is 5"),
        ((("x", 2, 2, 2), [LocalRule((), np.array(0))]), "one LocalRule for each of its 2 outputs"),
        ((("x", 0, 1, 2), []), "num_variables must be a positive integer"),
        (((5, 1, 1, 2), []), "a task's name must be a text"),
    ],
)
def test_values_that_are_no_tasks(arguments, message):
    head, rules = arguments
    with pytest.raises(InvalidTask, match=re.escape(message)):
        FiniteTask(*head, rules)


def test_symbols_that_are_none():
    task = parse("xor")
    for wrong, message in (
        ([[[0], [-1]]], "symbols[0, 1, 0] is -1; symbols run from 0 to 1 (write bits: 0 for +1, 1 for −1)"),
        ([[0, 1]], "symbols must have shape (batch, s, d) = (batch, 2, 1); got (1, 2)"),
        ([[[0.5], [1]]], "an array of integers from 0 to 1"),
    ):
        with pytest.raises(InvalidTask, match=re.escape(message)):
            task.targets(wrong, 3)


def test_linear_and_finite_meet_in_selections():
    linear = parse("T4")
    finite = tasks.as_finite(linear)
    assert tasks.as_selection(finite) == linear
    bits = np.random.default_rng(0).integers(2, size=(5, 8, 8))
    assert (1 - 2 * finite.targets(bits, 40) == linear.targets(1 - 2 * bits, 40)).all()
    assert tasks.as_selection(parse("xor")) is None
    with pytest.raises(InvalidTask, match="no selection task on the inputs −1 and 1"):
        tasks.as_finite(parse("fibonacci"))


def test_other_theory_says_what_it_takes():
    with pytest.raises(InvalidTask, match="xor is a finite task; theory of this kind takes linear tasks"):
        tasks.targets(parse("xor"), [[[1], [1]]], 2)
    with pytest.raises(InvalidTask, match="must be a finite task"):
        tasks.finite_task(parse("T1"))
    with pytest.raises(InvalidFile):
        load("missing.toml")
