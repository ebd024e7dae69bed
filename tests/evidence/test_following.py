"""Long runs with the rounds left out that come again, against the same runs step by step."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from emt_theory import derive
from emt_theory.evidence.following import Block, follow
from emt_theory.evidence.lasting import Lasting, lasting_part
from emt_theory.evidence.lifetime import lifetime_of
from emt_theory.networks import state_space
from emt_theory.tasks import compose_copy, delayed_copy, repeat_copy

CASES = [
    (repeat_copy(2, 2), "tanh"),
    (repeat_copy(3, 1), "saturating"),
    (compose_copy(3), "linear"),
    (compose_copy(4), "tanh"),
    (delayed_copy(5, 1, lag=3), "gated"),
]


def both(net: Any, task: Any, steps: int, quiet: int = 0) -> tuple[list[Block], list[Block]]:
    inputs = task.sequences(5, 1, seed=3).inputs
    plain, short = (list(follow(state_space(net), task, inputs, steps, quiet, rounds)) for rounds in (False, True))
    return plain, short


def assert_tells_the_same(plain: list[Block], short: list[Block]):
    """The law: each block that is run is that of the plain run, and the last one ends where that ends."""
    at = {block.done: block for block in plain}
    assert short[-1].done == plain[-1].done
    for block in short:
        there = at[block.done]
        assert block.begun == there.begun
        for one, other in zip(block, there, strict=True):
            assert np.array_equal(one, other, equal_nan=True)


@pytest.mark.parametrize("steps", [1, 50, 51, 2000, 3021])
@pytest.mark.parametrize(("task", "scheme"), CASES)
def test_what_is_left_out_comes_again(task: Any, scheme: str, steps: int):
    plain, short = both(derive(task).compile(scheme=scheme), task, steps, quiet=task.num_variables)
    assert_tells_the_same(plain, short)
    assert len(short) < len(plain) or steps < 100


def test_a_run_that_does_not_return_is_run_to_its_end():
    task = repeat_copy(2, 1)
    exact = derive(task).compile(scheme="saturating")
    slow = replace(exact, W_hh=exact.W_hh * 0.9999, activation="identity", exact=None)
    plain, short = both(slow, task, 3000)
    assert len(short) == len(plain) == 60
    assert_tells_the_same(plain, short)


def test_a_state_alone_is_no_reason_to_leave_out_anything():
    """A network that stands still while the task goes on: its state comes back at once, its answers do not."""
    task = compose_copy(3)
    net = derive(task).compile(scheme="linear")
    plain, short = both(replace(net, W_hh=np.eye(net.hidden), exact=None), task, 1000)
    assert_tells_the_same(plain, short)
    wrong = [block._replace(right=~block.right) for block in short]
    with pytest.raises(AssertionError):
        assert_tells_the_same(plain, wrong)


def test_a_lifetime_is_that_of_the_plain_run(network: Any, monkeypatch: pytest.MonkeyPatch):
    task = compose_copy(4)
    lasting = lasting_part(derive(task))
    assert isinstance(lasting, Lasting)
    space = state_space(derive(task).compile(scheme="tanh"))
    found = lifetime_of(space, lasting, 1500)
    monkeypatch.setattr("emt_theory.evidence.lifetime.follow", lambda *given, rounds: follow(*given))
    assert lifetime_of(space, lasting, 1500).to_dict() == found.to_dict()
