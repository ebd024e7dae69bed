"""From weights back to the program: what is recovered exactly, and what is refused."""

import json
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given, settings

from emt_theory import derive
from emt_theory.analysis import NoProgram, decompile, measure_behaviour
from emt_theory.errors import InvalidFile, InvalidNetwork, InvalidOption, InvalidTask, NotDecompilable
from emt_theory.networks import ElmanRNN, Network
from emt_theory.tasks import (
    autoregressive,
    compose_copy,
    delayed_copy,
    fibonacci,
    from_matrix,
    parse,
    random_selection,
    repeat_copy,
)
from emt_theory.testing import strategies


@dataclass(frozen=True, eq=False)
class Machine(Network):
    """A network of another kind: it stores its last s inputs or outputs, and computes the next output from them by any rule."""

    rule: object
    num_variables: int
    dim: int
    noise: float = 0.0

    def __post_init__(self):
        self._set("hidden", self.num_variables * self.dim)
        self._set("rng", np.random.default_rng(1))

    def feed(self, x):
        return np.full(self.dim, np.nan) if x is None else x  # nothing is given at a free step

    def advance(self, z, drive):
        s, d = self.num_variables, self.dim
        past, lead = z.reshape(*z.shape[:-1], s, d), np.broadcast_shapes(z.shape[:-1], drive.shape[:-1])
        new = self.rule(past) + self.noise * self.rng.normal(size=(*z.shape[:-1], d))
        new = np.where(np.isnan(drive), np.broadcast_to(new, (*lead, d)), drive)
        return np.concatenate([np.broadcast_to(z, (*lead, s * d))[..., d:], new], axis=-1)

    def read(self, h):
        return h[..., -self.dim :]

    def affine_readout(self):
        return np.eye(self.hidden)[-self.dim :]


def linear(F, s, d, noise=0.0):
    weights = np.array(F, dtype=float)
    return Machine(lambda past: past.reshape(*past.shape[:-2], s * d) @ weights.T, s, d, noise)


def random_network(seed, hidden=128, dim=8, activation="tanh", radius=1.0):
    rng = np.random.default_rng(seed)
    W = rng.normal(size=(hidden, hidden))
    W *= radius / np.abs(np.linalg.eigvals(W)).max()
    return ElmanRNN(W, rng.normal(size=(hidden, dim)), rng.normal(size=(dim, hidden)) / 10, activation=activation)


# ------------------------------------------------------------------------------------------------ trained networks


@pytest.mark.parametrize("name", [*(pytest.param(name, marks=pytest.mark.slow) for name in ("T1", "T3")), "T4"])
def test_trained_networks_give_their_task_exactly(decompiled, name):
    program = decompiled(name)
    assert program.task == parse(name)
    assert program.matrix == parse(name).matrix
    assert (program.num_variables, program.dim, program.doubt) == (8, 8, None)
    assert program.accuracy > 0.99
    assert program.certificate.solved


@pytest.mark.parametrize(
    ("name", "expected"),
    [("T4", True), *(pytest.param(*case, marks=pytest.mark.slow) for case in (("T1", True), ("T3", False)))],
)
def test_what_the_weights_confirm_is_told_apart_from_what_they_do_not(decompiled, name, expected):
    """T1 and T4 are the circuit; the T3 network solves its task otherwise, which leaves the program as it is."""
    found = decompiled(name).certificate.confirmation
    assert found.confirmed is expected
    assert found.residual < found.null_residual
    assert (found.reason is None) is expected


def test_an_unfinished_network_is_refused_with_the_closest_program(decompiled):
    refusal = decompiled("T2")
    assert isinstance(refusal, NotDecompilable)
    assert "with s = 8" in refusal.reason
    assert "below 0.99" in refusal.reason
    assert refusal.best.task == parse("T2")
    assert 0.95 < refusal.best.accuracy < 0.97
    assert "what output 1 reads is unclear" in refusal.best.doubt
    assert "doubt=" in repr(refusal.best)
    assert refusal.best.certificate.confirmation is None
    assert refusal.best.certificate.solved is False


def test_a_program_reads_as_equations_and_as_strict_json(decompiled):
    program = decompiled("T4")
    assert program.text.splitlines()[0] == "u(t)[0] = −u(t−3)[5]"
    assert len(program.text.splitlines()) == 8
    assumed = "Its units are taken to be tanh, PyTorch's default: the file does not say."
    assert str(program) == f"{assumed}\n{program.text}"
    shown = json.loads(json.dumps(program.to_dict(), allow_nan=False))
    assert from_matrix(shown["matrix"], dim=shown["dim"]) == parse("T4")
    assert shown["program"] == program.text
    assert (shown["assumed"], shown["ignored"], shown["remarks"]) == (["activation"], [], [])
    assert shown["intertwining_residual"] == program.intertwining_residual < 0.01
    assert shown["accuracy"] == program.accuracy
    refusal = json.loads(json.dumps(decompiled("T2").to_dict(), allow_nan=False))
    assert refusal["refused"] is True
    assert refusal["assumed"] == refusal["best"]["assumed"] == ["activation"]
    assert str(decompiled("T2")).startswith(f"{assumed} the closest program, with s = 8,")
    assert from_matrix(refusal["best"]["matrix"], dim=8) == parse("T2")


def test_the_certificate_says_what_was_tested(decompiled):
    found = decompiled("T4").certificate.to_dict()
    identified = found["identification"]
    assert (identified["rank"], identified["components"], identified["rank_after_2s"]) == (64, 64, 36)
    assert (identified["sequences"], identified["steps"]) == (512, 8)
    assert found["num_variables"]["tried"] == list(range(1, 11))
    assert 8 in found["num_variables"]["consistent"]
    assert found["num_variables"]["held_by_the_state"] is None
    behaviour = found["behaviour"]
    assert (behaviour["sequences"], behaviour["horizon"], behaviour["solved"]) == (640, 200, True)
    assert behaviour["accuracy_low"] <= behaviour["accuracy"] <= behaviour["accuracy_high"]
    assert found["kind"] == "empirical"
    tried = {other["num_variables"] for key in ("rejected", "not_tried", "unread") for other in found[key]}
    assert set(range(1, 8)) <= tried


# ----------------------------------------------------------------------------------------------- compiled networks


@pytest.mark.parametrize(
    "cell",
    [
        "saturating",
        "tanh",
        "gated",
        "gru",
        *(pytest.param(cell, marks=pytest.mark.slow) for cell in ("lstm", "damped")),
    ],
)
@pytest.mark.parametrize(
    "task",
    [pytest.param(compose_copy(3), marks=pytest.mark.slow), random_selection(3, 3, seed=2)],
    ids=["compose", "random"],
)
def test_every_scheme_gives_its_task_back(task, cell):
    circuit = derive(task)
    net = circuit.compile_cell(cell) if cell in ("gru", "lstm") else circuit.compile(scheme=cell)
    assert decompile(net, max_variables=6, sequences=64).task == task


@pytest.mark.parametrize("basis", ["identity", "orthogonal", "oblique"])
def test_the_basis_of_the_memories_does_not_matter(basis):
    task = repeat_copy(3, 2)
    net = derive(task).compile(hidden=11, scheme="linear", basis=basis)
    program = decompile(net, max_variables=6, sequences=64)
    assert program.task == task
    assert program.certificate.confirmation.confirmed


@pytest.mark.parametrize(
    "task",
    [
        autoregressive(["1/2", "1/2"], dim=2),
        autoregressive(["1/12", "-5/7", "1"]),
        fibonacci(3, 2),
        from_matrix([["1/2", 0, "1/2", 0], [0, -1, 0, 0]]),
        from_matrix([[0, 1, 0, 0], [0, 0, 0, 0]]),
    ],
    ids=["mean", "fractions", "fibonacci", "mixed", "nilpotent"],
)
def test_coefficients_are_recovered_as_fractions(task):
    program = decompile(derive(task).compile(scheme="gated"), sequences=64, horizon=60)
    assert program.task == task
    assert program.certificate.trial.candidate.regression.reading == "values"


@settings(max_examples=12)
@given(strategies.tasks())
def test_exact_networks_of_any_task_give_it_back(task):
    net = derive(task).compile(scheme="gated")
    measured = measure_behaviour(net, task, 32, 40, seed=5).measured
    try:
        assert decompile(net, max_variables=6, sequences=32, horizon=40).task == task
    except NoProgram:
        assert not measured or measured.accuracy < 0.99  # nothing to score, or float64 has lost it


@pytest.mark.slow
def test_the_program_of_a_program_is_itself():
    task = random_selection(3, 3, seed=5)
    once = decompile(derive(task).compile(scheme="tanh"), sequences=64).task
    twice = decompile(derive(once).compile(scheme="saturating"), sequences=64).task
    assert task == once == twice


# ------------------------------------------------------------------------- what weights mean: edits that must show


def edited(net, **arrays):
    return replace(net, exact=None, **arrays)


def test_a_read_out_with_other_signs_is_another_program():
    """Saboteur: output 1 and what it reads in, negated, leaves the program; the output alone changes it where others read it."""
    task = compose_copy(3)
    net = derive(task).compile(scheme="tanh")
    signs = np.diag([1.0, -1.0, 1.0])
    both = decompile(edited(net, W_hy=signs @ net.W_hy, W_uh=net.W_uh @ signs), sequences=64)
    assert both.task == task
    one = edited(net, W_hh=net.W_hh * np.where(np.arange(9) == 7, -1, 1)[:, None])
    program = decompile(one, sequences=64)
    assert program.task == from_matrix(np.diag([1, -1, 1]).tolist() @ np.array(task.matrix.tolist(), dtype=int))


def test_sizes_do_not_matter_to_a_network_that_copies_signs():
    task = random_selection(3, 3, seed=1)
    net = derive(task).compile(scheme="tanh")
    program = decompile(edited(net, W_hy=7 * net.W_hy), sequences=64)
    assert program.task == task
    assert program.certificate.trial.value_error > 0.9
    assert "its sizes are not" in str(program.certificate)


def test_order_of_neurons_does_not_matter(network):
    net = derive(compose_copy(3)).compile(scheme="saturating")
    order = np.random.default_rng(0).permutation(9)
    shuffled = edited(net, W_hh=net.W_hh[order][:, order], W_uh=net.W_uh[order], W_hy=net.W_hy[:, order])
    assert decompile(shuffled, sequences=64).task == compose_copy(3)


# -------------------------------------------------------------------------------------------- how many variables


def test_the_state_shows_how_many_variables_it_holds():
    """u(t) = u(t−2) is the same program for every s ≥ 2: the network's states say that it holds four."""
    task = delayed_copy(4, 2, lag=2)
    program = decompile(derive(task).compile(scheme="saturating"), max_variables=6, sequences=64)
    assert program.task == task
    assert program.certificate.choice.consistent == (2, 3, 4, 5, 6)
    assert program.certificate.choice.why == "its state holds 4 variables at once"


def test_without_that_the_smallest_is_taken():
    """A reservoir of exact copies: 40 neurons turn what is held into states of no simple rank."""
    net = derive(delayed_copy(4, 2, lag=2)).compile(scheme="saturating")
    echo = np.random.default_rng(0).normal(size=(30, 8)) * 3
    W_hh = np.block([[net.W_hh, np.zeros((8, 30))], [echo, np.zeros((30, 30))]])
    pad = np.zeros((30, 2))
    wide = ElmanRNN(W_hh, np.concatenate([net.W_uh, pad]), np.concatenate([net.W_hy, pad.T], axis=1), activation="tanh")
    hard = replace(wide, activation="hard_tanh")
    program = decompile(hard, max_variables=6, sequences=64)
    assert program.certificate.search.probing.held is None
    assert program.task == delayed_copy(2, 2, lag=2)
    assert program.certificate.choice.why.startswith("the smallest")


def test_a_circuit_that_is_wrong_for_its_task_may_be_right_for_another():
    """The linear circuit of u(t) = u(t−2) with s = 3 is contaminated (P06); on two inputs it is exact, and that is what it computes."""
    net = derive(delayed_copy(3, 2, lag=2)).compile(scheme="linear")
    program = decompile(net, max_variables=6, sequences=64)
    assert program.task == delayed_copy(2, 2, lag=2)
    assert program.certificate.choice.consistent == (2,)


def test_more_variables_than_are_tried_are_refused():
    with pytest.raises(NoProgram, match="s = 3"):
        decompile(derive(compose_copy(4)).compile(scheme="saturating"), max_variables=3, sequences=64)


# ------------------------------------------------------------------------------------------- what cannot be read


@pytest.mark.parametrize("s", [2, 3, 5])
def test_a_product_is_no_linear_program(s):
    product = Machine(lambda past: past[..., -1, :] * past[..., 0, :], s, 2)
    with pytest.raises(NoProgram, match="no linear program fits") as caught:
        decompile(product, max_variables=8, sequences=64)
    assert caught.value.best is None
    probes = caught.value.search.candidates
    assert all(c.regression.first > 0.95 for c in probes if c.task.num_variables == s)


def test_what_is_a_program_on_short_inputs_only():
    """A counterexample to asking too much: a majority of three is not linear, but with one input it is a copy, and that is said with its s."""
    majority = Machine(lambda past: np.sign(past.sum(axis=-2)), 3, 3)
    program = decompile(majority, max_variables=6, sequences=64)
    assert program.task == repeat_copy(1, 3)
    assert program.certificate.choice.consistent == (1,)
    assert all(c.regression.first > 0.4 for c in program.certificate.search.candidates if c.task.num_variables == 3)


def test_noise_is_recovered_from_as_far_as_the_interval_allows():
    F = [["1/2", 0, "1/2", 0], [0, -1, 0, 0]]
    weights = [[0.5, 0, 0.5, 0], [0, -1, 0, 0]]
    assert decompile(linear(weights, 2, 2, noise=1e-3), 4, sequences=64, horizon=20).task == from_matrix(F)
    with pytest.raises(NoProgram):
        decompile(linear(weights, 2, 2, noise=0.3), 4, sequences=64, horizon=20)


def test_coefficients_that_are_no_small_fractions_are_refused():
    net = linear([[0.41421356, 0.5]], 2, 1)
    with pytest.raises(NoProgram) as caught:
        decompile(net, 4, sequences=64, horizon=20)
    assert any("0.4142" in other.reason for other in caught.value.search.unread)
    allowed = decompile(linear([[1 / 17, 0.5]], 2, 1), 4, max_denominator=17, sequences=64, horizon=20)
    assert allowed.task == from_matrix([["1/17", "1/2"]])


def test_an_output_near_zero_is_not_taken_for_a_zero():
    """What squared errors leave of an output that is not learned is nearly 0, and never scored."""
    nearly = linear([[1, 0], [0.05, 0]], 1, 2)
    exactly = linear([[1, 0], [0, 0]], 1, 2)
    other = Machine(lambda past: np.stack([past[..., 0, 0], 0.03 * past[..., 0, 0] * past[..., 1, 0]], -1), 2, 2)
    assert decompile(exactly, 3, sequences=64).task == from_matrix([[1, 0], [0, 0]])
    for net in (nearly, other):
        with pytest.raises(NoProgram):
            decompile(net, 3, sequences=64)


def test_growing_outputs_are_no_copies():
    """Saboteur: where one mode outgrows the rest, signs are right for many programs. Amplified copies are refused, 3/2 is read as itself."""
    with pytest.raises(NoProgram) as caught:
        decompile(linear(1.4142135 * np.eye(6)[:, [1, 0, 2, 3, 4, 5]], 1, 6), 2, sequences=64)
    assert "grow" in caught.value.reason
    task = from_matrix([["3/2" if i == j else 0 for j in range(4)] for i in range(4)])
    assert decompile(linear(1.5 * np.eye(4), 1, 4), 2, sequences=64).task == task


@pytest.mark.parametrize("activation", ["tanh", "relu", "identity", "hard_tanh"])
@pytest.mark.parametrize("radius", [0.9, 1.5])
def test_random_networks_are_refused(activation, radius):
    with pytest.raises(NoProgram) as caught:
        decompile(random_network(0, 32, 4, activation, radius), max_variables=8, sequences=64)
    assert caught.value.best is None
    json.dumps(caught.value.to_dict(), allow_nan=False)


@pytest.mark.slow
def test_a_hundred_random_networks_are_refused():
    for seed in range(100):
        activation = ("tanh", "relu", "identity", "hard_tanh")[seed % 4]
        net = random_network(
            seed, (16, 64, 128)[seed % 3], (2, 4, 8)[seed % 3], activation, (0.8, 1.0, 2.0)[seed // 4 % 3]
        )
        with pytest.raises(NoProgram):
            decompile(net)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(15))
def test_random_selections_of_every_scheme_give_their_task_back(seed):
    rng = np.random.default_rng(seed)
    task = random_selection(int(rng.integers(2, 7)), int(rng.integers(2, 6)), seed)
    circuit = derive(task)
    nets = [circuit.compile(scheme=scheme) for scheme in ("saturating", "tanh", "gated", "damped")]
    for net in [*nets, circuit.compile_cell("gru"), circuit.compile_cell("lstm")]:
        assert decompile(net).task == task


eye = np.eye(2)


@pytest.mark.parametrize(
    ("net", "message"),
    [
        (ElmanRNN(1e30 * eye, eye, eye, activation="identity"), "not finite"),
        (ElmanRNN(1e200 * eye, 1e200 * eye, eye, activation="identity"), "not finite"),
        (ElmanRNN(eye, eye, 0 * eye), "do not depend on the inputs"),
        (ElmanRNN(0 * eye, 0 * eye, eye, b_h=np.ones(2)), "do not depend on the inputs"),
        (ElmanRNN(np.eye(600), np.eye(600), np.eye(600)), "d = 600"),
    ],
    ids=["grows", "huge", "zero", "constant", "wide"],
)
def test_degenerate_networks_are_refused_by_name(net, message):
    with pytest.raises(NotDecompilable, match=message) as caught:
        decompile(net, max_variables=4)
    json.dumps(caught.value.to_dict(), allow_nan=False)


# --------------------------------------------------------------------------------------------------- options


def test_inputs_other_than_signs():
    task = from_matrix([["1/2", 1, -1, 0], [0, 1, 0, 0]], inputs=(-2, "1/2", 3))
    net = derive(task).compile(scheme="gated")
    assert decompile(net, 4, sequences=64, horizon=30, inputs=(-2, "1/2", 3)).task == task


def test_the_same_seed_gives_the_same_result():
    net = derive(compose_copy(3)).compile(scheme="tanh")
    first, second = (decompile(net, 4, sequences=64, seed=3).to_dict() for _ in range(2))
    assert first == second
    assert first["certificate"]["seed"] == 3


def test_progress_is_told():
    said = []
    decompile(derive(compose_copy(2)).compile(), 3, sequences=32, horizon=20, progress=said.append)
    assert said[0] == "probe with inputs of every length"
    assert said[-1] == "ask the weights"


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"max_variables": 0}, InvalidOption, "max_variables must be"),
        ({"max_denominator": 1.5}, InvalidOption, "max_denominator must be"),
        ({"sequences": -1}, InvalidOption, "sequences must be"),
        ({"horizon": 0}, InvalidOption, "horizon must be"),
        ({"seed": -1}, InvalidOption, "seed must be"),
        ({"inputs": (0.5, 1)}, InvalidTask, "0.5 is a float"),
        ({"inputs": 3}, InvalidTask, "must be a list"),
        ({"inputs": (1,)}, InvalidTask, "at least two values"),
    ],
)
def test_bad_options(options, error, message):
    with pytest.raises(error, match=message):
        decompile(derive(compose_copy(2)).compile(), **options)


def test_what_is_no_network():
    with pytest.raises(InvalidNetwork, match="expected a network"):
        decompile(5)
    with pytest.raises(InvalidFile, match=r"weights\.safetensors: no such file"):
        decompile("weights.safetensors")
