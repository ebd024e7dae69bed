"""Self-attention loops as finite tasks: against tokens chosen one by one, and the bound on one soft step."""

from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest

from emt_theory.errors import InvalidOption, InvalidTask
from emt_theory.tasks import Attention, attention

CYCLE = [[0, 1, 2], [1, 2, 0], [2, 0, 1]]
TURN = [[0, 0, 1], [1, 0, 0], [0, 1, 0]]


def random_loop(seed: int) -> tuple[Any, list[int], int]:
    rng = np.random.default_rng(seed)
    size, s = int(rng.integers(2, 5)), int(rng.integers(1, 5))
    columns = [[Fraction(int(v), 3) for v in rng.choice(50, size, replace=False)] for _ in range(size)]
    return list(zip(*columns, strict=True)), rng.integers(size, size=size).tolist(), s


def heard(M: Any, becomes: list[int], window: tuple[int, ...]) -> int:
    """What a loop writes for large β, token by token."""
    return becomes[max(set(window), key=lambda a: M[a][window[-1]])]


@pytest.mark.parametrize("seed", range(12))
def test_the_hard_limit_listens_to_the_token_that_is_asked_for_most(seed: int):
    M, becomes, s = random_loop(seed)
    task = attention(M, becomes, s)
    for window in product(range(len(becomes)), repeat=s):
        assert task.targets([[[a] for a in window]], horizon=1)[0, 0, 0] == heard(M, becomes, window)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("beta", [0.5, 3.0])
def test_one_soft_step_is_within_the_bound(seed: int, beta: float):
    M, becomes, s = random_loop(seed)
    loop, size = Attention(M, becomes, s), len(becomes)
    windows = np.array(list(product(range(size), repeat=s)))
    wanted = np.eye(size)[[heard(M, becomes, tuple(window)) for window in windows]]
    apart = np.abs(loop.step(np.eye(size)[windows], beta) - wanted)
    assert (apart.max(axis=1) <= loop.bound(beta) + 1e-12).all()
    assert (apart.sum(axis=1) / 2 <= loop.bound(beta) + 1e-12).all(), "all others together, too"


def test_the_bound_is_nearly_reached():
    """One token that is asked for, and s − 1 others at the distance g: they weigh x/(1 + x), x the bound."""
    loop, window = Attention([[0, 1], [1, 0]], [0, 1], 4), np.eye(2)[[1, 0, 0, 0]]
    x = loop.bound(8)
    assert x == pytest.approx(1.01e-3, rel=0.005)
    assert loop.bound(16) == pytest.approx(3.38e-7, rel=0.005)
    assert 1 - loop.step(window, 8)[1] == pytest.approx(x / (1 + x), rel=1e-9)


def test_a_bound_from_a_larger_distance_than_the_smallest_fails():
    """What the bound needs: with the second smallest distance in place of g it is broken."""
    loop = Attention([[0, 1], [1, 5]], [0, 1], 4)
    wrong = 3 * np.exp(-2.0 * 5)
    assert 1 - loop.step(np.eye(2)[[1, 0, 0, 0]], 2)[1] > wrong
    assert loop.gap == 1


def test_without_error_correction_the_loop_leaves_the_task_and_with_it_does_not():
    loop, rng = Attention(CYCLE, TURN, 4), np.random.default_rng(0)
    symbols = rng.integers(3, size=(40, 4, 1))
    wanted = loop.task.targets(symbols, horizon=40)[..., 0]
    for corrects in (False, True):
        window, shown = np.eye(3)[symbols[..., 0]], []
        for _ in range(40):
            made = loop.step(window, 4)
            shown.append(made.argmax(axis=-1))
            window = np.concatenate([window[:, 1:], (np.eye(3)[shown[-1]] if corrects else made)[:, None]], axis=1)
        right = np.stack(shown, axis=1) == wanted
        assert right[:, 0].all()
        assert right.all() == corrects


def test_values_are_a_matrix_or_symbols():
    assert attention(np.array(CYCLE), np.array(TURN), 3) == attention(CYCLE, [1, 2, 0], 3)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (([[0, 1, 2]], [0], 2), "M must have shape (q, q) with q ≥ 2; got (1, 3)"),
        (([[0, 1], [0, 2]], [0, 1], 2), "M[0][0] and M[1][0] are equal: token 0 asks for both alike"),
        (([[0, 0.5], [1, 2]], [0, 1], 2), "M[0][1] = 0.5 is a float"),
        (([[0, 1], [1, 2]], [0, 2], 2), "V[1] is 2; symbols run from 0 to 1"),
        (([[0, 1], [1, 2]], [0], 2), "V must say for each of 2 tokens what it becomes"),
        (([[0, 1], [1, 2]], [[1, 1], [1, 0]], 2), "V must have shape (2, 2) with one 1 in each column"),
        (([[0, 1], [1, 2]], [[2, 0], [0, 1]], 2), "V must have shape (2, 2) with one 1 in each column"),
        (([[0, 1], [1, 2]], 7, 2), "V must be a list"),
        (([[0, 1], [1, 2]], [0, 1], 0), "num_variables must be"),
        (([[0, 1], [1, 2]], [0, 1], 21), "2^21 values; at most 1048576 are tabulated"),
    ],
)
def test_what_is_no_loop_is_refused(given: Any, said: str):
    with pytest.raises(InvalidTask) as raised:
        attention(*given)
    assert said in str(raised.value)


@pytest.mark.parametrize(
    ("window", "beta"), [(np.eye(3), 0), (np.eye(3), np.inf), (np.eye(2), 1.0), ([1, 0, 0], 1.0), (np.eye(3), "x")]
)
def test_what_is_no_step_is_refused(window: Any, beta: Any):
    with pytest.raises(InvalidOption):
        Attention(CYCLE, TURN, 3).step(window, beta)
