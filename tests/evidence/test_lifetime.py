"""How long a network holds its task: against a plain long run, and on networks whose end is known."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from emt_theory import derive
from emt_theory.errors import InvalidNetwork, InvalidOption
from emt_theory.evidence.lifetime import FADED, WINDOW, Lifetime, common_period, largest_multiplier, measure_lifetime
from emt_theory.ground.absent import Absent
from emt_theory.networks import ElmanRNN, state_space
from emt_theory.tasks import compose_copy, fibonacci, from_rule, parse, repeat_copy
from tests.tasks.toys import Xor


def by_a_plain_run(net: Any, task: Any, steps: int, sequences: int) -> list[float]:
    """The share of right signs in each window of one long run, from the settled step on."""
    early = task.settled - task.num_variables
    episodes = task.sample(sequences, early + steps, seed=0)
    outputs = net.run(task.encode(episodes.inputs), steps=episodes.inputs.shape[1], lengths=episodes.lengths).outputs
    right = (np.sign(outputs) == np.sign(episodes.targets))[:, task.settled :]
    return [float(right[:, k : k + WINDOW].mean()) for k in range(0, steps, WINDOW)]


def assert_ends_where_a_plain_run_does(found: Lifetime, shares: list[float], settled: int):
    """The law: it fades by the end of the first window that fails in a run of all steps at once."""
    failing = [k for k, share in enumerate(shares) if share < FADED]
    if not failing:
        assert found.fades_by is None
        assert found.holds_to == settled + WINDOW * len(shares)
        return
    assert (found.holds_to, found.fades_by) == (
        settled + WINDOW * failing[0],
        settled + WINDOW * (failing[0] + 1),
    )
    assert found.accuracy == pytest.approx(shares[failing[0]])


@pytest.mark.parametrize(("name", "fades"), [("T1", True), ("T4", False)])
def test_a_trained_network_ends_where_a_plain_run_does(network: Any, name: str, fades: bool):
    found, shares = (
        measure_lifetime(network(name), parse(name), 400),
        by_a_plain_run(network(name), parse(name), 400, 40),
    )
    assert isinstance(found, Lifetime)
    assert (found.fades_by is not None) is fades
    assert_ends_where_a_plain_run_does(found, shares, 16)
    with pytest.raises(AssertionError):
        assert_ends_where_a_plain_run_does(found, [FADED / 2, *shares[1:]], 16)


@pytest.mark.parametrize("scheme", ["saturating", "tanh", "gated"])
def test_a_circuit_holds_to_the_last_step(scheme: str):
    task = compose_copy(3)
    found = measure_lifetime(derive(task).compile(scheme=scheme), task, steps=1020)
    assert isinstance(found, Lifetime)
    assert (found.holds_to, found.fades_by, found.accuracy, found.sequences_right) == (1026, None, 1.0, 40)
    assert found.period == 6


def test_a_network_that_blows_up_fades_by_the_window_in_which_it_does():
    one, task = np.eye(1), repeat_copy(1, 1)
    net = ElmanRNN(W_hh=1e3 * one, W_uh=one, W_hy=one, activation="identity")
    found = measure_lifetime(net, task, steps=500)
    assert isinstance(found, Lifetime)
    assert (found.holds_to, found.fades_by, found.sequences_right) == (102, 152, 40)


def test_what_has_no_lifetime_says_why():
    for task in (fibonacci(), Xor()):
        net = ElmanRNN(np.eye(2), np.ones((2, 1)), np.ones((1, 2)))
        found = measure_lifetime(net, task)
        assert isinstance(found, Absent)
        assert found.reason == f"a lifetime is that of a selection task; {task.name} is none"


def test_progress_is_told_and_bad_input_is_one_line():
    told: list[str] = []
    task = repeat_copy(1, 1)
    net = derive(task).compile()
    slow = replace(net, W_hh=0.99999 * net.W_hh, exact=None)  # a run that returns is left out
    measure_lifetime(slow, task, steps=2100, sequences=2, progress=told.append)
    assert told == ["hold to step 1000 of 2100", "hold to step 2000 of 2100"]
    with pytest.raises(InvalidOption, match="steps must be"):
        measure_lifetime(net, task, steps=0)
    with pytest.raises(InvalidNetwork, match="d = 1 inputs and outputs"):
        measure_lifetime(replace(net, exact=None), repeat_copy(1, 2))


def by_differences(net: ElmanRNN, z: Any, period: int) -> float:
    """The largest |μ| of the return map, differentiated as a whole."""

    def back(start: Any) -> Any:
        for _ in range(period):
            start = np.tanh(start @ net.W_hh.T)
        return start

    step = 1e-6 * np.eye(len(z))
    return float(np.abs(np.linalg.eigvals((back(z + step) - back(z - step)).T / 2e-6)).max())


def test_the_multiplier_is_that_of_the_return_map():
    task = compose_copy(2)
    net = derive(task).compile(scheme="tanh")
    z = net.run(task.encode(task.sample(3, 40, seed=0).inputs[:, :2]), steps=40).states[:, -1]
    found = largest_multiplier(state_space(net), z, 4)
    assert found == pytest.approx(max(by_differences(net, row, 4) for row in z), rel=1e-6)
    assert found != pytest.approx(max(by_differences(net, row, 3) for row in z), rel=1e-2)


@pytest.mark.parametrize(("gain", "kind"), [(0.9, "attracting"), (1.0, "neutral"), (1.1, "repelling")])
def test_disturbances_of_a_linear_register_die_stay_or_grow(gain: float, kind: str):
    net = ElmanRNN(W_hh=gain * np.eye(1), W_uh=np.eye(1), W_hy=np.eye(1), activation="identity")
    found = measure_lifetime(net, repeat_copy(1, 1), steps=500)
    assert isinstance(found, Lifetime)
    assert (found.kind, found.period) == (kind, 1)
    assert found.multiplier == pytest.approx(gain)


def test_on_a_kink_there_is_no_multiplier():
    task = repeat_copy(2, 1)
    found = measure_lifetime(derive(task).compile(scheme="saturating"), task, steps=100)
    assert isinstance(found, Lifetime)
    assert found.kind is None
    assert "passes a kink" in str(found.reason)


def test_finite_tasks_are_run_on_from_all_inputs():
    task = parse("lfsr")
    net = derive(task).compile()
    found = measure_lifetime(net, task, steps=2000)
    assert (found.sequences, found.holds_to, found.fades_by, found.period) == (16, 2004, None, 15)
    weak = measure_lifetime(replace(net, W_hh=0.6 * net.W_hh, exact=None), task, steps=500)
    assert weak.fades_by == 54
    assert (
        measure_lifetime(
            derive(parse("modular-sum:alphabet=7")).compile(), parse("modular-sum:alphabet=7"), steps=100
        ).sequences
        == 40
    )


def test_orbits_of_symbols_have_a_common_period():
    """Of x² + x + 1 over GF(2): 0 stays, the other three take turns; AND of two ones stays as well, and everything else falls to 0."""
    fibonacci2, both = (
        parse("modular-sum:alphabet=2"),
        from_rule(lambda u: [u[1][0] * u[2][0]], num_variables=2, dim=1, alphabet=2),
    )
    memories = np.array([[[0], [0]], [[0], [1]], [[1], [0]], [[1], [1]]])
    assert common_period(fibonacci2, memories[:1]) == 1
    assert common_period(fibonacci2, memories) == 3
    assert common_period(both, memories) == 1
    assert common_period(parse("lfsr"), np.eye(4, dtype=int)[:, :, None], most=10) is None
