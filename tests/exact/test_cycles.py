"""P10's cycles against the walk it describes, component by component."""

from importlib import import_module

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emt_theory.exact import Cycle, Cycles, cycles, factors_of_cycles
from emt_theory.testing import strategies


def walk(task):
    """The cycles by brute force over all n components, as {frozenset of components: sign}."""
    s = task.num_variables

    def step(node):
        block, c = node
        return (
            ((block + 1, c), 1) if block < s else ((task.reads[c].block, task.reads[c].component), task.reads[c].sign)
        )

    found = {}
    for start in [(k, c) for k in range(1, s + 1) for c in range(task.dim)]:
        node = start
        for _ in range(task.components):
            node, _ = step(node)
        loop, sign, first = [], 1, node
        while True:
            loop.append(node)
            node, factor = step(node)
            sign *= factor
            if node == first:
                break
        found[frozenset(loop)] = sign
    return found


@given(strategies.selection_tasks())
def test_cycles_are_those_of_the_walk(task):
    found = cycles(*zip(*task.reads, strict=True), num_variables=task.num_variables)
    assert sorted((c.length, c.sign) for c in found) == sorted((len(loop), sign) for loop, sign in walk(task).items())


def test_a_long_cycle_takes_no_matrix():
    d = 200_000
    found = cycles([1] * d, [(c + 1) % d for c in range(d)], [1] * (d - 1) + [-1], num_variables=5)
    assert [(c.length, c.sign) for c in found] == [(5 * d, -1)]
    assert sum(f.degree * f.multiplicity for f in factors_of_cycles(found, 5 * d)) == 5 * d


@pytest.mark.parametrize("few", [1, 10**6])
def test_many_cycles_of_every_length_are_in_order(few, monkeypatch):
    """Walked in Python, and by SciPy: each cycle from its smallest output, cycles by their smallest."""
    monkeypatch.setattr(import_module("emt_theory.exact.cycles"), "_FEW", few)
    rng = np.random.default_rng(0)
    pairs = np.arange(600) ^ 1
    for read in (
        rng.permutation(600),
        rng.permutation(601),
        pairs,
        np.roll(np.arange(600), 1),
        rng.integers(0, 600, 600),
    ):
        one = np.ones(len(read), dtype=np.int64)
        found, seen = cycles(one, read, 1 - 2 * (np.arange(len(read)) % 2), 1), set()
        for cycle in found:
            assert cycle.outputs[0] == min(cycle.outputs)
            assert all(read[a] == b for a, b in zip(cycle.outputs, cycle.outputs[1:] + cycle.outputs[:1], strict=True))
            assert (cycle.length, cycle.sign) == (len(cycle.outputs), (-1) ** sum(c % 2 for c in cycle.outputs))
            seen |= {*cycle.outputs}
        firsts = [cycle.outputs[0] for cycle in found]
        assert firsts == sorted(firsts)
        assert len(seen) == sum(cycle.length for cycle in found)
        kept = {*range(len(read))}
        for _ in read:
            kept = {int(read[c]) for c in kept}
        assert seen == kept


def test_factors_of_a_negative_cycle():
    assert [f.order for f in factors_of_cycles([Cycle(6, -1, ())], 6)] == [4, 12]  # λ^6 = −1


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
