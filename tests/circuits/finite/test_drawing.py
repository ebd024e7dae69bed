"""The picture of a state graph, and how many states end in which cycles, walked one by one."""

from collections import Counter

import pytest

from emt_theory import derive
from emt_theory.circuits import StateGraph, state_graph
from emt_theory.tasks import FiniteTask, attention, from_rule, parse, random_finite

MIXED = from_rule(lambda u: [u[3][0] ^ u[1][1], u[2][0] & u[1][1]], num_variables=3, dim=2, alphabet=2)
LOOP = attention([[0, 1, 2], [1, 2, 0], [2, 0, 1]], [1, 2, 0], num_variables=4)
TASKS = [MIXED, LOOP, parse("parity", num_variables=11), *(random_finite(3, 1, 4, seed=seed) for seed in range(6))]


def ends_of(graph: StateGraph) -> Counter[int]:
    """The length of the cycle that each state comes to."""
    found: Counter[int] = Counter()
    for state in range(graph.states):
        seen: dict[int, int] = {}
        while state not in seen:
            seen[state] = len(seen)
            state = int(graph.after[state])
        found[len(seen) - seen[state]] += 1
    return found


@pytest.mark.parametrize("task", TASKS, ids=lambda task: f"{task.name}-{task.states}")
def test_basins_are_what_a_walk_from_every_state_finds(task: FiniteTask):
    graph = state_graph(task)
    walked = ends_of(graph)
    assert graph.basins == tuple(walked[length] for length, _ in graph.cycles)
    assert sum(graph.basins) == graph.states


def test_a_picture_shows_one_cycle_of_each_length_with_its_states_and_counts():
    ax = derive(MIXED).state_graph().plot()
    texts = [text.get_text() for text in ax.texts]
    assert texts[:2] == ["000000", "2 cycles\nof length 1\n24 states end here"]
    assert texts[-1] == "2 cycles\nof length 3\n40 states end here"
    assert {"000010", "001000", "100000"} < set(texts)
    assert ax.get_title().endswith("64 states, 8 on cycles; the longest way to a cycle is 6")


def test_what_does_not_fit_is_counted():
    # (x + 1)³ (x² + x + 1)(x³ + x + 1)(x⁴ + x + 1) mod 2: periods 1, 2, 4 times 1, 3, 7, 15, 21, 105.
    graph = state_graph(parse("lfsr:taps=3 5 6 8 12"))
    assert len(graph.cycles) == 18
    ax = graph.plot()
    assert ax.get_title().endswith("every step can be undone; 7 lengths between are not drawn")
    texts = [text.get_text() for text in ax.texts if text.get_text()]
    assert len(texts) == 11 + 1, "states of 12 symbols are not written"
    assert texts[-1].endswith("of length 420")
