"""Columns of an inverse by lifting against FLINT's, and the walk over a million places against one by one."""

import flint
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emt_theory.exact import Cycle, Cycles, cycles
from emt_theory.exact.solving import inverse_columns


@settings(max_examples=40)
@given(st.integers(1, 12), st.integers(0, 10**6), st.integers(1, 9))
def test_columns_of_the_inverse(size, seed, largest):
    rng = np.random.default_rng(seed)
    M = rng.integers(-largest, largest + 1, size=(size, size))
    whole = flint.fmpz_mat(M.tolist())
    if not whole.det():
        with pytest.raises(ZeroDivisionError):
            inverse_columns(M, 1)
        return
    count = int(rng.integers(1, size + 1))
    numerators, common = inverse_columns(M, count)
    inverse = whole.inv()
    assert all(flint.fmpq(numerators[i][j], common) == inverse[i, j] for i in range(size) for j in range(count))


def test_columns_of_an_inverse_with_long_numbers():
    upper = np.triu(np.random.default_rng(1).integers(-1, 2, size=(60, 60)), 1)
    M = upper - upper.T + np.eye(60, dtype=int)
    numerators, common = inverse_columns(M, 60)
    product = flint.fmpz_mat(M.tolist()) * flint.fmpz_mat(numerators)
    assert product == flint.fmpz_mat((np.eye(60, dtype=int) * 1).tolist()) * common


@settings(max_examples=60)
@given(st.data(), st.integers(1, 12), st.integers(1, 4))
def test_cycles_by_following_each_output(data, d, s):
    read = data.draw(st.lists(st.integers(0, d - 1), min_size=d, max_size=d))
    blocks = data.draw(st.lists(st.integers(1, s), min_size=d, max_size=d))
    signs = data.draw(st.lists(st.sampled_from((-1, 1)), min_size=d, max_size=d))
    found, loops = cycles(blocks, read, signs, s), set()
    for start in range(d):
        path = [start]
        for _ in range(2 * d):
            path.append(read[path[-1]])
        end = path[-1]
        loop = [end]
        while read[loop[-1]] != end:
            loop.append(read[loop[-1]])
        first = loop.index(min(loop))
        loops.add(tuple(loop[first:] + loop[:first]))
    wanted = tuple(
        Cycle(sum(s - blocks[c] + 1 for c in loop), int(np.prod([signs[c] for c in loop])), loop)
        for loop in sorted(loops)
    )
    assert found == wanted == tuple(found)
    assert isinstance(found, Cycles)
    assert [found[k] for k in range(len(found))] == list(wanted)
    assert sum(found.counts().values()) == len(wanted)
    assert hash(found) == hash(wanted)


def test_a_long_tail_takes_few_looks(monkeypatch):
    """100,000 outputs that each read the one before: the tail is taken away in doubling pieces, not step by step."""
    d, looks = 10**5, []
    counted = np.cumsum
    monkeypatch.setattr(np, "cumsum", lambda a: looks.append(len(a)) or counted(a))
    one = np.ones(d, dtype=np.int64)
    assert cycles(one, np.maximum(np.arange(d) - 1, 0), one, 1) == (Cycle(1, 1, (0,)),)
    assert len(looks) == 17
