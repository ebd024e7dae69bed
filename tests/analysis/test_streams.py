"""Networks with an input at every step: which protocol they follow, what their programs are, and what is refused."""

import json
from fractions import Fraction

import numpy as np
import pytest

from emt_theory import check, decompile, derive, tasks
from emt_theory.analysis import Program, StreamProgram, state_function
from emt_theory.analysis.streams.filters import find_filter
from emt_theory.analysis.streams.listening import listen
from emt_theory.analysis.streams.machines import find_machine
from emt_theory.analysis.streams.reading import Reading, read_machine
from emt_theory.analysis.streams.symbols import Letters, possible_letters, shown_symbols, unclear
from emt_theory.cli.main import main
from emt_theory.errors import NotDecompilable
from emt_theory.ground.absent import Absent
from emt_theory.networks import ElmanRNN, save, state_space
from emt_theory.tasks import SIGNS, Alphabet, MachineTask, Mealy
from emt_theory.training import Protocol, Scheduled, train

ONE = np.eye(1)
QUICK = {"sequences": 400, "horizon": 50}


def accumulator(rate):
    return ElmanRNN(rate * ONE, ONE, ONE, activation="identity")


@pytest.mark.parametrize(
    ("rate", "text"),
    [
        (1, "y(t) = y(t−1) + x(t)"),
        (-1, "y(t) = −y(t−1) + x(t)"),
        (0.5, "y(t) = 1/2 y(t−1) + x(t)"),
        (2, "y(t) = 2 y(t−1) + x(t)"),
    ],
)
def test_accumulators_are_never_said_to_copy(rate, text):
    program = decompile(accumulator(rate), max_variables=3, **QUICK)
    assert isinstance(program, StreamProgram)
    assert str(program) == program.text == text
    assert program.protocol == "every-step"
    assert program.certificate.certification.exact_for == "values"
    assert str(program.certificate).startswith("It answers at every step")
    assert json.dumps(program.to_dict(), allow_nan=False)
    (shown,) = program([[[1], [1], [1]]])
    total = [Fraction(1), Fraction(rate) + 1, Fraction(rate) * (Fraction(rate) + 1) + 1]
    assert shown[:, 0].tolist() == total


FILTERS = {
    "delay:lag=5": "y(t) = x(t−5)",
    "moving-sum:length=4": "y(t) = x(t) + x(t−1) + x(t−2) + x(t−3)",
    "difference": "y(t) = x(t) − x(t−1)",
    "leaky:rate=-2/3": "y(t) = −2/3 y(t−1) + x(t)",
    "double-sum": "y(t) = 2 y(t−1) − y(t−2) + x(t)",
}


@pytest.mark.parametrize("name", FILTERS)
def test_filters_are_read_in_any_basis(name):
    task = tasks.parse(name)
    net = derive(task).compile(hidden=task.system.order + 2, basis="oblique", seed=3)
    found = find_filter(state_space(net), SIGNS, 12, seed=0)
    assert found.task == task
    assert found.task.equations()[0].replace("-", "−") == FILTERS[name]
    assert found.markov.residual < 1e-6


def test_filters_of_several_inputs_and_outputs():
    turn = tasks.from_state_space([[0, -1], [1, 0]], [[1, 0], [0, 1]], [[1, 0], ["1/2", 1]])
    found = find_filter(state_space(derive(turn).compile(hidden=5, basis="orthogonal")), SIGNS, 12, seed=0)
    assert found.task == turn


MACHINES = ["running-parity", "ones-mod", "contains:word=010", "addition", "division", "n-back:lag=2"]


@pytest.mark.parametrize("name", MACHINES)
def test_machines_are_read_and_are_the_smallest(name):
    task = tasks.parse(name)
    program = read_machine(Reading(derive(task).compile(), **QUICK))
    assert program.task == task
    assert program.task.machine.states == task.machine.minimal().states
    assert program.certificate.certification.exact_for == "values"


def random_task(seed, states=16, letters=2):
    rng = np.random.default_rng(seed)
    machine = Mealy(rng.integers(states, size=(states, letters)), rng.integers(2, size=(states, letters))).minimal()
    return MachineTask("random", machine, Alphabet(letters), Alphabet(2))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100))
def test_a_hundred_random_machines_come_back_as_they_are(seed):
    task = random_task(seed, states=2 + seed % 15)
    if task.machine.states == 1:
        return
    program = read_machine(Reading(derive(task).compile(scheme="pairs"), **QUICK))
    assert program.task == task


def test_counterexamples_extend_the_table():
    """What short words do not show: a machine that tells words apart only after seven letters."""
    n = 7
    late = Mealy([[min(q + 1, n)] * 2 if q < n else [n, n] for q in range(n + 1)], [[0, 1]] * n + [[1, 0]])
    task = MachineTask("late", late.minimal(), Alphabet(2), Alphabet(2))
    found = find_machine(state_space(derive(task).compile(scheme="pairs")), Letters(Alphabet(2), 1), seed=0)
    assert found.task == task
    assert found.rounds > 0


@pytest.mark.parametrize("activation", ["tanh", "identity", "relu"])
def test_random_networks_are_refused(activation):
    for seed in range(2):
        rng, k = np.random.default_rng(seed), 1 / 4
        shapes = ((16, 16), (16, 1), (1, 16), (16,))
        net = ElmanRNN(*(rng.uniform(-k, k, shape) for shape in shapes), activation=activation)
        with pytest.raises(NotDecompilable):
            decompile(net, max_variables=4, **QUICK)


def test_networks_that_answer_to_an_input_phase_stay_what_they_are():
    for scheme in ("linear", "saturating", "tanh"):
        program = decompile(derive(tasks.repeat_copy(2, 1)).compile(scheme=scheme), max_variables=4, **QUICK)
        assert isinstance(program, Program)
        assert program.num_variables == 2
    held = decompile(derive(tasks.repeat_copy(1, 2)).compile(scheme="tanh"), max_variables=3, **QUICK)
    assert isinstance(held, Program)
    with pytest.raises(NotDecompilable):
        decompile(derive(tasks.parse("xor")).compile(), max_variables=4, **QUICK)


def test_what_remembers_nothing_is_a_function_of_the_letter():
    """tanh(x + 1) is about 1 or 0, and silence is silent."""
    program = decompile(ElmanRNN(0 * ONE, ONE, ONE, b_h=np.ones(1)), max_variables=3, **QUICK)
    assert str(program) == "y(t) = x(t) ^ 1"


def test_where_inputs_are_remembered():
    letters = np.array([[-1.0], [1.0]])
    delay, copy = derive(tasks.delay(3)).compile(), derive(tasks.parse("xor")).compile()  # whose writes override
    heard = listen(state_space(delay), letters, 0)
    assert heard.fed > 0.9
    assert heard.silent == 0
    heard = listen(state_space(copy), letters, 0)
    assert heard.fed == 0
    assert heard.silent > 0.9


def test_symbols_are_read_from_outputs():
    signs = np.array([[1.0], [-0.9], [1.1]])
    assert shown_symbols(signs) == Letters(Alphabet(2), 1)
    assert shown_symbols(np.array([[1, -1, -1], [-1, 1, -1.1]])) == Letters(Alphabet(3, "onehot"), 1)
    assert shown_symbols(np.array([[1, 1, -1], [-1, 1, -1.1]])) == Letters(Alphabet(2), 3)
    assert shown_symbols(np.array([[0.0], [3.1], [2.0]])) == Letters(Alphabet(4, "numbers"), 1)
    assert shown_symbols(np.array([[9.0, 2.0], [-3.0, 4.0]])) == Letters(Alphabet(2, "indicator"), 1)
    assert shown_symbols(np.array([[0.4], [-0.2], [0.45]])) is None
    assert unclear(Letters(Alphabet(2), 1), np.linspace(-1, 1, 1001)[:, None]) > 0.05
    assert unclear(Letters(Alphabet(2), 1), signs) == 0
    assert [letters.size for letters in possible_letters(1)] == [2, 2, 3]


@pytest.fixture(scope="module")
def three_back():
    """What someone trains to show what came three steps before."""
    brief = Protocol(
        500,
        0.02,
        Scheduled((8, 16), (0, 0.5)),
        batch=32,
        start="orthogonal",
        decay="cosine",
        test_horizon=20,
        test_sequences=32,
    )
    return train(tasks.delay(3), hidden=10, seed=0, protocol=brief).net


def test_a_network_that_is_trained_as_three_back(three_back, tmp_path, capsys):
    program = decompile(three_back, max_variables=4)
    assert str(program) == "y(t) = x(t−3)"
    assert program.accuracy == 1.0
    assert repr(program) == "StreamProgram(filter, accuracy=1.0000, sampled)"
    result = check(three_back, tasks.repeat_copy(3, 1), sequences=400, horizon=40, lifetime=False)
    assert result.verdict == "not-solved"
    assert result.evidence[0].startswith(
        "It answers while inputs last, and not in silence: y(t) = x(t−3). Check it with that task"
    )
    assert check(three_back, tasks.delay(3), sequences=400, horizon=100).behaviour.sequences_right == 400
    file = tmp_path / "net.npz"
    save(three_back, file)
    assert main(["decompile", str(file), "-o", str(tmp_path / "task.toml"), "--max-variables", "3"]) == 0
    assert capsys.readouterr().out.splitlines()[:3] == ["input at every step", "", "y(t) = x(t−3)"]
    assert tasks.load(tmp_path / "task.toml") == tasks.delay(3)


def test_states_are_a_function_of_the_machines():
    task = tasks.parse("contains:word=010")
    net = derive(task).compile(scheme="code")
    found = state_function(net, task)
    assert found.states == found.seen == 4
    assert found.purity == 1.0
    noise = np.random.default_rng(0).normal(size=(net.hidden, net.hidden))
    assert state_function(ElmanRNN(noise, net.W_uh, net.W_hy, net.b_h, activation="tanh"), task).purity < 0.9


def test_the_other_way_round_is_said_too():
    result = check(
        derive(tasks.repeat_copy(2, 1)).compile(scheme="saturating"), tasks.delay(2), sequences=100, horizon=40
    )
    assert result.evidence[0].startswith("It seems to answer to an input phase, and to go on in silence")


def test_what_is_no_machine_says_why():
    drifting = ElmanRNN([[0.9]], [[0.3]], [[1.0]], activation="tanh")
    found = find_machine(state_space(drifting), Letters(Alphabet(2), 1), seed=0)
    assert isinstance(found, Absent)
    assert "near no codewords" in str(found)
    constant = ElmanRNN([[0.0]], [[1e-9]], [[1.0]], [2.0], activation="hard_tanh")
    assert "the same after all words" in str(find_machine(state_space(constant), Letters(Alphabet(2), 1), seed=0))


def test_a_filter_with_a_constant_is_a_rule():
    falling = ElmanRNN([[1, 0], [1, 1]], [[1], [1]], [[0, 1]], [-1, -1], activation="identity")
    program = decompile(falling, max_variables=2, **QUICK)
    assert program.kind == "rule"
    task = tasks.parse("mips:Newton_Gravity")
    words = np.random.default_rng(0).integers(-10, 11, size=(5, 60, 1))
    assert (program(words) == task.targets(words)).all()
    assert program.text.splitlines()[0] == "q(t)[0] = 2*q(t−1)[0] − q(t−1)[1] + x(t) − 1"
    assert program.certificate.kind == "sampled"
    half = ElmanRNN([[0.5]], [[1]], [[1]], [1], activation="identity")
    with pytest.raises(NotDecompilable):
        decompile(half, max_variables=2, **QUICK)


def test_symbols_at_every_step_are_read_where_the_alphabet_is_known():
    for name in ("addition:base=3", "sum-mod:alphabet=3"):
        task = tasks.parse(name)
        program = decompile(derive(task).compile(), max_variables=2, alphabet=task.reads, **QUICK)
        assert isinstance(program, StreamProgram), name
        assert program.task == task
    rule = tasks.parse("modular-sum:alphabet=3")
    assert decompile(derive(rule).compile(), max_variables=3, alphabet=rule.alphabet, **QUICK).task == rule
