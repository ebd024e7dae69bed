"""Rules on integers: values, texts, files, both backends, and what derive says of them."""

import numpy as np
import pytest

from emt_theory import check, derive, tasks
from emt_theory.circuits import certify
from emt_theory.cli.main import main
from emt_theory.errors import InvalidTask, SchemeNotAllowed
from emt_theory.networks import ElmanRNN
from emt_theory.tasks import RuleTask
from emt_theory.training import Protocol, Scheduled, train

ZEROS = RuleTask("zeros", (0,), ("s[0] + (x[0] == 0)",), ("s[0]",), (0, 1))
TRIANGLE = RuleTask(
    "t", (1, -2), ("s[1]", "max(s[0], x[0], x[1]) // 2 % 3"), ("abs(s[0])", "min(s[1], 1)"), (-1, 0, 2), 2
)


def test_values_are_those_of_the_rule():
    x = np.random.default_rng(0).integers(-1, 3, size=(4, 9, 2))
    wanted = []
    for word in x.tolist():
        s, shown = [1, -2], []
        for a, b in word:
            s = [s[1], max(s[0], a, b) // 2 % 3]
            shown.append([abs(s[0]), min(s[1], 1)])
        wanted.append(shown)
    assert TRIANGLE.targets(x).tolist() == wanted
    assert TRIANGLE.equations()[-1] == "q(0)[0] = 1, q(0)[1] = -2"
    assert TRIANGLE.equations()[1] == "q(t)[1] = max(q(t-1)[0], x(t)[0], x(t)[1]) // 2 % 3"


def test_integers_do_not_overflow():
    doubled = RuleTask("double", (1,), ("2*s[0] + x[0]",), ("s[0] % 7",), (0, 1))
    word = np.ones((1, 200, 1), dtype=int)
    assert doubled.targets(word)[0, -1, 0] == (2**201 - 1) % 7
    assert doubled.sample(2, 100, seed=0).targets.max() <= 6


def test_samples_are_the_targets_of_their_inputs_on_both_backends():
    episodes = TRIANGLE.sample(5, 12, seed=1)
    assert (episodes.targets == TRIANGLE.targets(episodes.inputs.astype(int)).astype(float)).all()
    jnp = pytest.importorskip("jax.numpy")
    words = np.random.default_rng(0).integers(2**32, size=TRIANGLE.words(5, 12), dtype=np.uint32)
    here, there = TRIANGLE.batch(words, 5, 12), TRIANGLE.batch(jnp.asarray(words), 5, 12, jnp)
    assert (here.targets == np.asarray(there.targets)).all()


def test_outputs_are_right_when_they_round_to_the_target():
    episodes = ZEROS.sample(3, 5, seed=0)
    assert ZEROS.accuracy(episodes.targets + 0.49, episodes).accuracy == 1
    assert ZEROS.accuracy(episodes.targets + 0.51, episodes).accuracy == 0


def test_files(tmp_path):
    for task in (ZEROS, TRIANGLE):
        file = tmp_path / f"{task.name}.toml"
        file.write_text(tasks.to_toml(task), encoding="utf-8")
        assert tasks.load(file) == task
    assert RuleTask("zeros", (1,), ZEROS.moves, ZEROS.show, ZEROS.inputs) != ZEROS
    assert tasks.from_dict({"first": [], "moves": [], "show": ["abs(x[0])"], "inputs": "-2..2"}).inputs == (
        -2,
        -1,
        0,
        1,
        2,
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"moves": ("s[1]",)}, r"holds 's\[1\]'.*s has 1, x has 1"),
        ({"moves": ("u[0]",)}, r"holds 'u\[0\]'"),
        ({"show": ("s[0] // x[0]",)}, "a rule on integers is made of"),
        ({"show": ("s[0] % 0",)}, "holds 's.0. % 0'"),
        ({"show": ("s[0] / 2",)}, "a rule on integers is made of"),
        ({"show": ("s[0] ==",)}, "is not an expression"),
        ({"show": ("0.5",)}, "holds '0.5'"),
        ({"show": ("True",)}, "holds 'True'"),
        ({"show": ("__import__('os')",)}, "a rule on integers"),
        ({"show": (3,)}, "is a text of at most"),
        ({"show": ()}, "shows 1 to 64 numbers; got 0"),
        ({"first": (0, 0)}, "got 1 texts for 2 components"),
        ({"first": (0.5,)}, r"first\[0\] must be an integer"),
        ({"inputs": ("1/2", 1)}, "inputs of a rule are integers"),
        ({"channels": 0}, "channels must be"),
        ({"name": 3}, "name must be a text"),
    ],
)
def test_what_is_no_rule_is_refused(change, message):
    given = {"name": "zeros", "first": (0,), "moves": ZEROS.moves, "show": ZEROS.show, "inputs": (0, 1), "channels": 1}
    with pytest.raises(InvalidTask, match=message):
        RuleTask(**{**given, **change})


def test_what_is_given_to_it_is_checked():
    for inputs in ([[[0.5]]], [[0, 1]], [[[0, 1]]]):
        with pytest.raises(InvalidTask, match="inputs must be integers of shape"):
            ZEROS.targets(inputs)
    with pytest.raises(InvalidTask, match="in silence"):
        ZEROS.next(ZEROS.start([3]), None)


def test_derive_says_what_it_is_not(capsys):
    circuit = derive(ZEROS)
    assert circuit.told_apart == tuple(range(1, 9))
    assert circuit.bent is None  # it counts 1 − x
    assert circuit.to_dict()["exactness"]["linear"] is None
    assert "no finite machine in sight" in str(circuit)
    memoryless = derive(tasks.parse("mips:Abs_Current"))
    assert set(memoryless.told_apart) == {1}
    assert memoryless.to_dict()["exactness"]["linear"] is False
    v, w = memoryless.bent
    shown = [abs(a) for a in (v[0], w[0], v[0] + w[0])]
    assert shown[0] + shown[1] != shown[2]
    assert derive(tasks.parse("mips:Newton_Gravity")).bent is None
    with pytest.raises(SchemeNotAllowed, match="neither a filter nor a finite machine"):
        circuit.compile()
    assert main(["derive", "mips:Balanced_Parenthesis"]) == 0
    assert "kind: rule on integers, 1 integer of state" in capsys.readouterr().out
    assert main(["derive", "mips:Balanced_Parenthesis", "--json"]) == 0
    assert '"told_apart"' in capsys.readouterr().out


def test_networks_are_trained_and_checked_on_it():
    task = tasks.parse("mips:Abs_Current")
    exact = ElmanRNN([[0.0, 0.0], [0.0, 0.0]], [[1.0], [-1.0]], [[1.0, 1.0]], activation="relu")
    assert check(exact, task, sequences=50, horizon=20).behaviour.accuracy == 1.0
    assert not certify(exact, task)
    assert certify(exact, task).reason == "no argument covers relu"
    run = train(task, hidden=4, protocol=Protocol(3, 0.01, Scheduled((4,), (0,)), test_horizon=5), activation="relu")
    assert run.accuracy < 1
