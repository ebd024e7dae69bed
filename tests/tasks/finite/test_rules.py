"""Rules on symbols: each equals itself called on integers, on every state; what is no such rule is refused in one line."""

import math
import random
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emt_theory.errors import InvalidTask
from emt_theory.tasks import LocalRule, from_rule, from_table, where
from tests.tasks.finite.direct import RULES, choose, successors


def steps(task):
    """{state: next state} by the task's own machine."""
    shape = (task.num_variables, task.dim)
    states = np.array(list(np.ndindex(*(task.alphabet.size,) * task.components))).reshape(-1, *shape)
    newest = task.targets(states, 1)
    after = np.concatenate([states[:, 1:], newest], axis=1)
    return {tuple(x.flat): tuple(y.flat) for x, y in zip(states.tolist() and states, after, strict=True)}


@pytest.mark.parametrize("name", RULES)
def test_a_traced_rule_is_the_rule_on_every_state(name):
    rule, s, d, q = RULES[name]
    task = from_rule(rule, s, d, alphabet=q)
    direct = successors(rule, s, d, q)
    assert steps(task) == direct
    everything = np.array([y[-d:] for y in direct.values()]).T
    assert from_table(everything, s, d, q) == task
    assert from_table(everything.reshape(d, *(q,) * (s * d)), s, d, q) == task


def test_where_is_if_without_a_fork():
    guarded = from_rule(lambda u: [where(u[1][0] != 0, 6 // u[1][0], u[2][0]) % 5], 2, 1, alphabet=5)
    assert steps(guarded) == successors(lambda u: [6 // u[1][0] % 5 if u[1][0] else u[2][0]], 2, 1, 5)
    by_fork = from_rule(lambda u: [6 // u[1][0] % 5 if u[1][0] else u[2][0]], 2, 1, alphabet=5)
    assert by_fork == guarded
    assert where(0, 1, 2) == choose(0, 1, 2) == 2


def test_a_guarded_look_up_is_not_refused():
    task = from_rule(lambda u: [(1, 0)[u[1][0]] if u[1][0] < 2 else 3], 2, 1, alphabet=4)
    assert task.equations() == ["u(t) = (1, 0, 3, 3)[u[1]]"]


def test_inessential_reads_are_dropped_so_equality_is_that_of_rules():
    one = from_rule(lambda u: [u[1][0] ^ u[2][0] ^ u[2][0]], 3, 1, alphabet=2)
    assert one.rules[0].reads == (2,)
    assert one == from_rule(lambda u: [u[1][0] | (u[3][0] & 0)], 3, 1, "other name", alphabet=2)
    assert hash(one) == hash(one.named("x"))
    assert one != from_rule(lambda u: [u[1][0]], 3, 1, alphabet=2, code="onehot")
    assert one != from_rule(lambda u: [u[2][0]], 3, 1, alphabet=2)


def test_eight_variables_of_eight_bits_cost_what_is_read():
    task = from_rule(lambda u: [u[8][c] ^ (u[1][(c + 1) % 8] & u[5][c]) for c in range(8)], 8, 8, alphabet=2)
    assert task.states == 2**64
    assert [rule.table.size for rule in task.rules] == [8] * 8


@settings(max_examples=20)
@given(st.integers(2, 4), st.integers(0, 3), st.data())
def test_a_table_that_is_written_is_read_back(q, k, data):
    table = np.array(data.draw(st.lists(st.integers(0, q - 1), min_size=q**k, max_size=q**k))).reshape((q,) * k)
    rule = LocalRule(tuple(range(k)), table)
    cells = {x: int(v) for x, v in np.ndenumerate(table)}
    back = from_rule(lambda u: [cells[tuple(int(u[3 - j][0]) for j in range(k))]], 3, 1, alphabet=q)
    assert back.rules[0] == rule


def matched(u):
    match u[1][0]:
        case 0:
            return [2]
        case 1 | 2 as other:
            return [(other + 1) % 3]
    return [u[2][0]]


LIKE_INTEGERS = {
    "pow": lambda u: [pow(u[1][0] + 1, u[2][0], 3)],
    "inverse": lambda u: [pow(u[1][0], -1, 3) if u[1][0] else 0],
    "divmod": lambda u: [divmod(u[1][0] + 2 * u[2][0], 3)[1]],
    "divmod by a symbol": lambda u: [divmod(2, u[1][0] + 1)[0]],
    "round": lambda u: [round(u[1][0]) - round(10 * u[1][0], -1) // 10 + round(u[2][0])],
    "floor": lambda u: [(math.floor(u[1][0]) + math.ceil(u[2][0]) + math.trunc(u[1][0])) % 3],
    "NumPy on a number": lambda u: [np.mod(int(u[1][0]), 2)],
    "NumPy on symbols": lambda u: [np.mod(np.array([u[1][0], u[2][0]]), 2).sum()],
    "type of a number": lambda u: [int(isinstance(int(u[1][0]), int)) + int(u[1][0] == 2)],
    "a lag that is read": lambda u: [u[(u[1][0] > 0) + 1][0]],
    "a component that is read": lambda u: [u[2][u[1][0] // 3]],
    "match": matched,
    "index": lambda u: [[u[1][0], u[2][0]].index(max(u[1][0], u[2][0]))],
    "members": lambda u: [len({u[1][0], u[2][0]})],
}


@pytest.mark.parametrize("name", LIKE_INTEGERS)
def test_what_integers_do_symbols_do(name):
    rule = LIKE_INTEGERS[name]
    assert steps(from_rule(rule, 2, 1, alphabet=3)) == successors(rule, 2, 1, 3)


def test_a_variable_with_one_component_has_powers_too():
    whole = from_rule(lambda u: [pow(u[1], u[2], 3)], 2, 1, alphabet=3)
    assert whole == from_rule(lambda u: [pow(u[1][0], u[2][0], 3)], 2, 1, alphabet=3)


LOOKS = "when traced: the rule looks at what stands for a symbol"


def endless(u):
    while u[1][0] + 1:
        pass
    return [0]


def recursive(u):
    return recursive(u)


REFUSED = [
    (
        lambda u: [u[1][0] + u[2][0]],
        "output 0 is 3 where u[2][0] = 1, u[1][0] = 2; symbols run from 0 to 2 (did you mean % 3?)",
    ),
    (lambda u: [u[1][0] - 1], "output 0 is -1 where u[1][0] = 0"),
    (lambda u: [u[2][0] // u[1][0]], "output 0 divides by zero where u[2][0] = 0, u[1][0] = 0"),
    (lambda u: [u[2][0] / u[1][0]], "divides with //"),
    (lambda u: [u[1][0] ** -1], "output 0 divides by zero where u[1][0] = 0"),
    (lambda u: [(u[1][0] + 1) ** (u[2][0] - 1) // 1], "output 0 is a fraction: a negative power"),
    (lambda u: [3**3 ** (9 * u[1][0]) % 3], "beyond 4096 bits where u[1][0] = 1"),
    (lambda u: [1 << 10**9 * u[1][0]], "beyond 4096 bits"),
    (lambda u: [u[1][0] << u[2][0] - 1], "shifts by a negative number"),
    (lambda u: [u[0][0]], "u[0]: lags run from 1 (previous step) to num_variables = 2; a rule reads the past only"),
    (
        lambda u: [u[-1][0]],
        "u[-1]: lags run from 1 (previous step) to num_variables = 2; a rule reads the past only (did you mean u[1]?)",
    ),
    (lambda u: [u[u[1][0]][0]], "u[0]: lags run from 1"),
    (lambda u: [u[3][0]], "u[3]: lags run from 1"),
    (lambda u: [u[1][1]], "components run from 0"),
    (lambda u: [u[1][0] * 0.5], "computes with integers; got 0.5"),
    (lambda u: [0.5], "output 0 must be a symbol"),
    (lambda u: [float(u[1][0])], "float() of a symbol"),
    (lambda u: [u[1][0], 0], "a list of dim = 1 expressions; got 2"),
    (lambda u: None, "a list of dim = 1 expressions; got None"),
    (lambda u: u[1][0], "a list of dim = 1 expressions"),
    (lambda u: [random.randrange(3)], "is a function of the past alone"),
    (lambda u: [[0, 1][u[1][0]]], "cannot be traced on symbols: IndexError"),
    (lambda u: [u[1][0].real], "cannot be traced on symbols: AttributeError"),
    (lambda u: [u[1][0].bit_count()], "or int(u[lag][component]), which is a number, branch by branch"),
    (lambda u: [np.mod(u[1][0], 2)], "does not support ufuncs (__array_ufunc__=None); write Python's operators"),
    (
        lambda u: [pow(2, u[1][0], 3)],
        "unsupported operand type(s) for ** or pow(): 'int', 'Value', 'int'; write Python's",
    ),
    (lambda u: [pow(u[1][0], -1, 3)], "output 0 has no such power modulo that number where u[1][0] = 0"),
    (lambda u: [int(type(u[1][0]) is int)], LOOKS),
    (lambda u: [int(u[1][0] is u[2][0])], LOOKS),
    (lambda u: [{"0": 1}.get(str(u[1][0]), 0)], LOOKS),
    (
        lambda u: [max(u)],
        "it cannot be iterated, and has no value of its own: write u[lag], or [u[lag] for lag in range(1, 3)]",
    ),
    (lambda u: [not u], "it cannot be iterated, and has no value of its own"),
    (lambda u: [u == 1], "it cannot be iterated, and has no value of its own"),
    (lambda u: [1 + u], "it cannot be iterated, and has no value of its own"),
    (lambda u: [u[1][0] if 1 // u[1][0] else 0], "the rule branches on what divides by zero where u[1][0] = 0"),
    (endless, "does it end"),
    (recursive, "the rule calls itself without end"),
    ("u[1]", "a rule is a function of u"),
]


@pytest.mark.parametrize(("rule", "message"), REFUSED)
def test_rules_that_are_refused(rule, message):
    with pytest.raises(InvalidTask, match=re.escape(message)) as caught:
        from_rule(rule, num_variables=2, dim=1, alphabet=3)
    assert "\n" not in str(caught.value)


@pytest.mark.filterwarnings("ignore:overflow")
def test_integers_that_overflow_are_refused():
    with pytest.raises(
        InvalidTask, match=r"output 0 is 0 on the past .* or computes in NumPy's integers, which overflow"
    ):
        from_rule(lambda u: [(np.uint8(255) + u[1][0]) % 3], 2, 1, alphabet=3)


def test_what_is_too_large_to_tabulate_is_refused():
    with pytest.raises(InvalidTask, match="combines 3 components of 200 values each; at most 1048576"):
        from_rule(lambda u: [sum(u[k][0] for k in range(1, 10)) % 200], 30, 1, alphabet=200, code="numbers")
    with pytest.raises(InvalidTask, match="combines 8 components of 7 values"):
        from_rule(lambda u: [u[1][0] if [u[k][0] for k in range(1, 9)] == [0] * 8 else 0], 30, 1, alphabet=7)
    with pytest.raises(InvalidTask, match="at most 65536 symbols"):
        from_rule(lambda u: [u[1][0]], 70_000, 1, alphabet=2)
    with pytest.raises(InvalidTask, match=r"tables on all states .* = 2\^21. Write a rule"):
        from_table([0], 21, 1)
    with pytest.raises(InvalidTask, match=r"tables must have shape \(d, q\^n\) = \(1, 4\); got \(3,\)"):
        from_table([0, 1, 1], 2, 1)
    with pytest.raises(InvalidTask, match=r"tables\[2\] is 2; symbols run from 0 to 1"):
        from_table([0, 1, 2, 0], 2, 1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"alphabet": 1}, "alphabet must be an integer from 2 to 1024; got 1"),
        ({"alphabet": 3, "code": "sings"}, "unknown code 'sings'"),
        ({"alphabet": 3, "code": "signs"}, "signs are a code for 2 symbols"),
        ({"alphabet": 2, "inputs": (0, 1)}, "with an alphabet, inputs are its symbols"),
        ({"code": "signs"}, "needs an alphabet"),
    ],
)
def test_alphabets_that_are_refused(arguments, message):
    with pytest.raises(InvalidTask, match=re.escape(message)):
        from_rule(lambda u: [u[1][0]], 2, 1, **arguments)
