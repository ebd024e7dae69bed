"""What changes in company with products do: against changes made by hand, and on registers that a code overrules."""

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest

from emt_theory import derive
from emt_theory.analysis import THRESHOLDS, Answer
from emt_theory.analysis.using import judge_use
from emt_theory.evidence import alone
from emt_theory.evidence.alone import lines_of
from emt_theory.evidence.company import EACH, Company, Share
from emt_theory.evidence.recording import record
from emt_theory.evidence.use import VariableUse, use_variables
from emt_theory.evidence.variables import read_variables
from emt_theory.ground.absent import Absent
from emt_theory.networks import Network, StepNetwork
from emt_theory.tasks import LinearTask, repeat_copy
from tests.collections.company import Corners, Differences, Registers, Swapped
from tests.collections.mechanisms import Slaved

TWO = repeat_copy(1, 2)


def use(net: Network, task: LinearTask, sequences: int = 128, horizon: int = 80, seed: int = 0) -> VariableUse:
    fit, fresh = (record(net, task, sequences, horizon, k) for k in (1, 0))
    found = use_variables(net, read_variables(net, derive(task), fit, fresh), fit, fresh, seed)
    assert isinstance(found, VariableUse), found
    return found


def company(net: Network, task: LinearTask, **more: Any) -> Company:
    found = use(net, task, **more).company
    assert isinstance(found, Company), found
    return found


def changed_by_hand(net: StepNetwork, size: float, with_product: bool) -> dict[int, list[tuple[bool, bool]]]:
    """Of every memory (a, b) of one block, with either variable changed: whether it turned for good, and whether the other did."""
    corners = {word: net.run(np.array([[word]]), steps=60).states[0, -1] for word in product((1.0, -1.0), repeat=2)}
    states = np.array([*corners.values()])
    words = np.array([*corners])
    psi = {j: (words[:, [j]] * states).mean(axis=0) for j in (0, 1)}
    both = (words.prod(axis=1)[:, None] * states).mean(axis=0)
    made: dict[int, list[tuple[bool, bool]]] = {0: [], 1: []}
    for word, j in product(corners, (0, 1)):
        h = corners[word] - 2 * size * word[j] * psi[j] - (2 * word[0] * word[1] * both if with_product else 0)
        for _ in range(30):
            h = net.step(h, [0, 0])
        turned = np.sign(net.read(h)) != word
        made[j].append((bool(turned[j]), bool(turned[1 - j])))
    return made


@pytest.mark.parametrize(
    "weight", [pytest.param(0.9, marks=pytest.mark.slow), 1.0, pytest.param(1.3, marks=pytest.mark.slow)]
)
def test_corners_of_a_simplex_do_what_they_do_by_hand(weight: float):
    net = Corners(weight)(TWO)
    found = company(net, TWO, sequences=512)
    together, pushed, by_itself = (changed_by_hand(net, *how) for how in ((1, True), (2, False), (1, False)))
    assert all(one == (True, False) for changes in together.values() for one in changes)
    assert all(turned for changes in pushed.values() for turned, _ in changes)
    undone = max(np.mean([not turned for turned, _ in changes]) for changes in by_itself.values())
    assert bool(undone > 0) == (weight >= 1)
    assert (found.together.value, found.pushed.value, found.degree, found.never) == (1, 1, 2, ())
    assert found.undone.low <= undone <= found.undone.high
    assert undone < 0.9
    assert judge_use(use(net, TWO), THRESHOLDS).answer is Answer.HELD


@pytest.mark.parametrize(
    "keep", [0.3, *(pytest.param(keep, marks=pytest.mark.slow) for keep in (0.7, 0.9, 0.95)), 0.97]
)
@pytest.mark.parametrize("s", [2, 3])
def test_slaved_registers_are_undone_and_cannot_be_pushed(keep: float, s: int):
    """b of all blocks but the last, where the product is made from it."""
    task = repeat_copy(s, 2)
    found = use(Slaved(keep)(task), task)
    assert isinstance(found.company, Company)
    assert found.company.never == tuple(f"component 1 of block {k}" for k in range(1, s))
    assert found.company.together.value > 0.9
    assert found.company.undone.value == 1
    assert found.company.pushed.high < 0.9
    assert judge_use(found, THRESHOLDS).answer is Answer.FAILED


NONE = Share.of(0, 100)
OVERRULED = (("never", 0.7), ("never", 0.9), ("far", 0.7), ("far", 0.9), ("last", 0.4))


def overruled(rule: Any, keep: float) -> VariableUse:
    return use(Registers(keep, rule)(repeat_copy(3, 2)), repeat_copy(3, 2))


def assert_they_fail(found: VariableUse) -> None:
    assert judge_use(found, THRESHOLDS).answer is Answer.FAILED


@pytest.mark.parametrize(
    ("rule", "keep"), [OVERRULED[0], *(pytest.param(*case, marks=pytest.mark.slow) for case in OVERRULED[1:])]
)
def test_registers_that_a_code_overrules_fail(rule: Any, keep: float):
    assert_they_fail(overruled(rule, keep))


def test_saboteur_of_success_together_is_caught():
    """With its products a register is changed with its code, and all goes well."""
    found = overruled("never", 0.9)
    assert isinstance(found.company, Company)
    seen = found.company
    with pytest.raises(AssertionError):
        assert_they_fail(replace(found, company=replace(seen, pushed=seen.together, undone=NONE, never=())))


def test_saboteur_of_a_push_is_caught():
    """What a code listens to beyond ±2 turns when it is pushed, and is undone when it is not."""
    found = overruled("far", 0.9)
    assert isinstance(found.company, Company)
    assert (found.company.pushed.value, found.company.undone.value) == (1, 1)
    with pytest.raises(AssertionError):
        assert_they_fail(replace(found, company=replace(found.company, undone=NONE, never=())))


def test_what_is_listened_to_in_half_of_the_conflicts_is_a_cause():
    """Known to be missed, if it is an impostor."""
    found = overruled("half", 0.9)
    assert found.high < 0.9
    assert isinstance(found.company, Company)
    assert found.company.undone.low < 0.5 < found.company.undone.high
    assert judge_use(found, THRESHOLDS).answer is Answer.HELD


SWAPPED = "component 1 of block 1 − component 2 of block 1"
"""What an exchange of b and c moves, and X and Y do not."""


@pytest.mark.parametrize(
    ("keep", "tie"),
    [(0.3, 0.0), *(pytest.param(*case, marks=pytest.mark.slow) for case in ((0.7, 0.3), (0.9, 0.0), (0.95, 0.3)))],
)
@pytest.mark.parametrize("s", [2, pytest.param(3, marks=pytest.mark.slow)])
def test_a_swap_is_caught_by_two_variables_at_once(keep: float, tie: float, s: int):
    found = use(Swapped(keep, tie)(repeat_copy(s, 3)), repeat_copy(s, 3))
    assert_they_fail(found)
    assert isinstance(found.company, Company)
    seen = found.company
    assert (seen.never, seen.together.value, seen.pushed.value) == ((), 1, 1)
    assert (seen.name, seen.undone.value) == (SWAPPED, 1)
    assert seen.undone.low > 0.9


def test_saboteur_of_combinations_lets_a_swap_pass(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(alone, "lines_of", lambda m: np.eye(m, dtype=int))
    with pytest.raises(AssertionError):
        assert_they_fail(use(Swapped(0.9)(repeat_copy(2, 3)), repeat_copy(2, 3)))


def test_differences_are_caught_by_three_variables_at_once(monkeypatch: pytest.MonkeyPatch):
    task = repeat_copy(1, 3)
    found = use(Differences(0.7)(task), task)
    assert_they_fail(found)
    assert isinstance(found.company, Company)
    seen = found.company
    assert seen.name == " + ".join(f"component {c} of block 1" for c in range(3))
    assert (seen.together.value, seen.pushed.value, seen.undone.value, seen.most, seen.never) == (1, 1, 1, 3, ())
    pairs = lines_of(3)
    monkeypatch.setattr(alone, "lines_of", lambda m: pairs[np.abs(pairs).sum(axis=1) < 3])
    with pytest.raises(AssertionError):
        assert_they_fail(use(Differences(0.7)(task), task))


def test_all_lines_are_tried_where_there_are_few():
    for m in range(1, 7):
        lines = lines_of(m)
        every = {word for word in product((-1, 0, 1), repeat=m) if any(word)}
        assert len(lines) == (3**m - 1) // 2
        assert {tuple(sign * line) for line in lines for sign in (1, -1)} == every
    assert [int(np.abs(lines_of(m)).sum(axis=1).max()) for m in (7, 12, 13, 31)] == [5, 3, 2, 2]
    assert max(len(lines_of(m)) for m in range(1, 32)) <= 1024


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 8))])
def test_the_largest_of_many_shares_is_judged_by_changes_of_its_own(seed: int):
    """Of 14 variables about half of the changes alone are undone, and of one of them by chance most of the first few."""
    task = repeat_copy(7, 2)
    found = use(Corners()(task), task, seed=seed)
    assert isinstance(found.company, Company)
    assert 0.3 < found.company.undone.value < 0.75
    assert judge_use(found, THRESHOLDS).answer is Answer.HELD


@pytest.mark.parametrize("horizon", [40, *(pytest.param(horizon, marks=pytest.mark.slow) for horizon in (100, 200))])
def test_a_short_horizon_is_watched_as_long(horizon: int):
    """The network runs on past it; a register that keeps 0.96 a step gives in for 17."""
    task = repeat_copy(3, 2)
    assert_they_fail(use(Slaved(0.96)(task), task, horizon=horizon))


def test_no_second_look_where_the_first_is_enough():
    assert overruled("always", 0.9).company is None


@pytest.mark.slow
def test_every_variable_is_changed_often_enough():
    task = repeat_copy(4, 2)
    fit, fresh = (
        record(Registers(0.9, "never")(task), task, sequences, 80, seed) for sequences, seed in ((128, 1), (16, 0))
    )
    net = Registers(0.9, "never")(task)
    found = use_variables(net, read_variables(net, derive(task), fit, fresh), fit, fresh)
    assert isinstance(found, VariableUse)
    assert isinstance(found.company, Company)
    assert (found.company.edits, found.company.sequences) == (8 * EACH, 16)
    assert found.company.undone.low > 0.79


@pytest.mark.parametrize(
    ("task", "why"),
    [
        (repeat_copy(1, 1), "a single variable has no products"),
        (repeat_copy(4, 10), "40 variables have too many products: 780 of two"),
    ],
)
def test_what_has_no_products_says_so(task: LinearTask, why: str):
    """In a network that shows its first output everywhere, or always the same."""
    net = derive(task).compile(scheme="saturating")
    found = use(
        replace(net, W_hy=net.W_hy[[0] * task.dim], b_y=np.full(task.dim, 2.0 * (task.dim == 1)), exact=None), task
    )
    assert isinstance(found.company, Absent)
    assert why == found.company.reason
