"""Episodes from overlaps, and orders that follow the interactions or do not."""

import json
import math

import numpy as np
import pytest

from emt_theory.errors import InvalidNetwork, InvalidOption
from emt_theory.gsemm.patterns import cycles, orthogonal_memories, partial_cue, random_memories
from emt_theory.gsemm.recall import Episode, Recall, RecallKind, Rule, find_recall, first_disorder


def track(*pieces, per=20):
    """Overlaps that stand still at each of some states, one after the other, with a straight line between two."""
    rows = []
    for here, there in zip(pieces, [*pieces[1:], pieces[-1]], strict=True):
        rows += [here] * per + [(1 - x) * np.array(here) + x * np.array(there) for x in (0.25, 0.5, 0.75)]
    m = np.array(rows, dtype=float)
    return np.arange(len(m), dtype=float), m


A, B, C, NONE = (1, 0, 0), (0, 1, 0), (0, 0, 1), (0, 0, 0)


@pytest.mark.parametrize(
    ("pieces", "outcome", "order"),
    [
        ((A, A), RecallKind.STAYS, (0,)),
        ((A, NONE, A), RecallKind.STAYS, (0, 0)),
        ((NONE, B), RecallKind.STAYS, (1,)),
        ((A, B, C, A), RecallKind.SEQUENCE, (0, 1, 2, 0)),
        ((A, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5)), RecallKind.MIXTURE, (0,)),
        ((A, (0.9, 0.9, 0), (0.9, 0.9, 0)), RecallKind.MIXTURE, (0,)),
        (((0.6, 0.1, 0), (0.6, 0.1, 0)), RecallKind.MIXTURE, ()),
        ((A, NONE, NONE), RecallKind.SILENT, (0,)),
        ((NONE, NONE), RecallKind.SILENT, ()),
        (((-1, 0, 0), (-1, 0, 0)), RecallKind.MIXTURE, ()),
    ],
)
def test_outcomes(pieces, outcome, order):
    found = find_recall(*track(*pieces))
    assert (found.outcome, found.order) == (outcome, order)


def test_a_state_that_moves_to_the_end_is_unsettled():
    t = np.linspace(0, 50, 500)
    wave = 0.5 + 0.15 * np.sin(t)
    found = find_recall(t, np.stack([wave, 1 - wave], axis=1))
    assert (found.outcome, found.order) == (RecallKind.UNSETTLED, ())
    assert str(found) == "unsettled: no memory leads at any time"


def test_times_are_interpolated_between_samples():
    t = np.linspace(0, 10, 11)
    first = np.clip((7.3 - t) / 2 + 0.5, 0, 1)
    found = find_recall(t, np.stack([first, 1 - first], axis=1), Rule(enter=0.6, leave=0.6, lead=0.1))
    assert [e.memory for e in found.episodes] == [0, 1]
    assert found.episodes[0].end == pytest.approx(7.1)
    assert found.episodes[1].start == pytest.approx(7.5)
    assert found.dwell_times == (pytest.approx(7.5),)
    assert found.episodes[1] == Episode(1, found.episodes[1].start, 10.0)
    assert found.episodes[1].duration == pytest.approx(2.5)


def test_beginning_is_harder_than_going_on():
    t = np.arange(200.0)
    flicker = 0.62 + 0.1 * np.sin(t)  # crosses 0.6, but neither 0.75 nor 0.5
    still = np.zeros_like(t)
    assert find_recall(t, np.stack([flicker, still], 1)).episodes == ()
    led = np.where(t < 10, 1.0, flicker)
    assert find_recall(t, np.stack([led, still], 1)).order == (0,)
    no_hysteresis = Rule(enter=0.6, leave=0.6)
    assert len(find_recall(t, np.stack([led, still], 1), no_hysteresis).order) > 10


def test_passages_are_dropped():
    t, m = track(A, A, B, C, C, per=4)
    assert find_recall(t, m).order == (0, 1, 2)
    assert find_recall(t, m, Rule(shortest=7)).order == (0, 2)


def test_a_single_memory_has_no_rival():
    assert find_recall([0, 1], [[1.0], [1.0]]).outcome is RecallKind.STAYS


def test_recalls_become_json():
    found = find_recall(*track(A, B))
    described = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert described["outcome"] == "sequence"
    assert [e[0] for e in described["episodes"]] == [0, 1]
    long = Recall((Episode(0, 0, 1), Episode(1, 1, 2)) * 20, RecallKind.SEQUENCE, Rule())
    assert str(long).endswith("0 1 …")


@pytest.mark.parametrize(
    ("times", "overlaps", "message"),
    [
        ([0], [[1]], "T >= 2"),
        ([0, 1], [1, 1], "must have shapes"),
        ([0, 1], [[1], [1], [1]], "must have shapes"),
        ([0, 0], [[1], [1]], "times must increase"),
        ([0, 1], [[1], [math.nan]], "finite"),
        ([0, math.inf], [[1], [1]], "finite"),
        ([0, 1], np.ones((2, 0)), "must have shapes"),
    ],
)
def test_bad_overlaps(times, overlaps, message):
    with pytest.raises(InvalidOption, match=message):
        find_recall(times, overlaps)


@pytest.mark.parametrize("bad", [{"enter": 0.4}, {"lead": 0}, {"shortest": -1}, {"leave": 0}, {"enter": math.nan}])
def test_bad_rules(bad):
    with pytest.raises(InvalidOption, match="a rule needs"):
        Rule(**bad)


def test_disorder_is_found_where_it_is():
    phi = cycles(3, 4)
    assert first_disorder([0, 1, 2, 0, 1], phi) is None
    assert first_disorder([3, 4, 5, 6, 3], phi) is None
    assert first_disorder([0, 1, 2, 3], phi) == 2
    assert first_disorder([0, 0], phi) == 0
    assert first_disorder([5], phi) is None
    assert first_disorder([0, 2, 1, 0], phi) == 0  # the order of the transposed interactions
    assert first_disorder([0, 2, 1, 0], phi.T) is None
    assert first_disorder([0, 1], np.zeros((2, 2))) == 0
    with pytest.raises(InvalidOption, match="a memory must be an integer from 0 to 6; got 7"):
        first_disorder([0, 7], phi)
    with pytest.raises(InvalidOption, match=r"shape \(n, n\)"):
        first_disorder([0], np.zeros((2, 3)))


def test_orthogonal_memories_are_independent():
    memories = orthogonal_memories(48, 4)
    assert np.array_equal(memories.T @ memories, 48 * np.eye(4))
    patterns, counts = np.unique(memories, axis=0, return_counts=True)
    assert (len(patterns), set(counts.tolist())) == (16, {3})
    with pytest.raises(InvalidOption, match=r"multiple of 2\^4 = 16 features; got 40"):
        orthogonal_memories(40, 4)


def test_patterns_of_bad_sizes():
    assert np.array_equal(random_memories(9, 2, seed=1), random_memories(9, 2, seed=1))
    assert not np.array_equal(random_memories(9, 2, seed=1), random_memories(9, 2, seed=2))
    for call in (lambda: random_memories(0, 2, 0), lambda: orthogonal_memories(4, 0)):
        with pytest.raises(InvalidOption, match="must be a positive integer"):
            call()
    for lengths in ((), (0,), (3, -1)):
        with pytest.raises(
            InvalidOption, match=r"a length must be a positive integer; got|cycles need positive lengths, at least one"
        ):
            cycles(*lengths)
    bad = [
        (lambda: random_memories(8, 4, -1), r"seed must be an integer from 0 to 2\^64 - 1; got -1"),
        (lambda: cycles(2.5), "a length must be a positive integer; got 2.5"),
        (lambda: orthogonal_memories(8.0, 2), "features must be a positive integer; got 8.0"),
        (lambda: partial_cue(np.ones((4, 2))), r"part of one memory, shape \(N,\); got shape \(4, 2\)"),
        (lambda: partial_cue(np.ones(4), "1"), "kept must be a number; got '1'"),
    ]
    for call, message in bad:
        with pytest.raises(InvalidOption, match=message):
            call()
    with pytest.raises(InvalidNetwork, match="interactions is not an array: its rows have different lengths"):
        first_disorder([0, 1], [[0, 1], [1]])
    for kept in (0, 1.5):
        with pytest.raises(InvalidOption, match="must be in"):
            partial_cue(np.ones(4), kept)
