"""What state graphs, machines and lifts are asked for, and what rules may not do."""

import functools
from typing import Any

import numpy as np
import pytest

from emt_theory import derive
from emt_theory.circuits.finite.graph import is_reversible, state_graph
from emt_theory.circuits.finite.lift import lift_by_states
from emt_theory.circuits.finite.machine import minimal_machine
from emt_theory.errors import InvalidOption, InvalidTask
from emt_theory.tasks import LocalRule, from_rule, parse, xor


def test_a_wide_task_that_reads_little_is_no_large_one() -> None:
    wide = xor([*range(1, 17), 40000])
    assert is_reversible(wide)
    assert "every step can be undone" in str(derive(wide))
    assert not is_reversible(from_rule(lambda u: [(u[1][0] + 1) % 3, u[900][1]], 900, 2, alphabet=3))


def test_a_graph_of_another_task_is_refused() -> None:
    with pytest.raises(InvalidOption, match="the graph is that of majority, not of xor"):
        lift_by_states(parse("xor"), state_graph(parse("majority")))


def test_states_that_are_none() -> None:
    graph, machine = state_graph(parse("majority")), minimal_machine(parse("majority"))
    assert graph.cycle_through(0).tolist() == [0]
    with pytest.raises(InvalidOption, match="state 1 is on no cycle"):
        graph.cycle_through(1)
    for state in (-1, 99):
        with pytest.raises(InvalidOption, match="state must be an integer from 0"):
            graph.cycle_through(state)
        with pytest.raises(InvalidOption, match="memory must be an integer from 0"):
            machine.run(state, 3)
    with pytest.raises(InvalidOption, match="steps"):
        machine.run(0, -3)


def test_a_value_of_an_earlier_run_is_refused() -> None:
    @functools.lru_cache
    def following(symbol: Any) -> Any:
        return (symbol + 1) % 3

    with pytest.raises(InvalidTask, match="kept from an earlier run"):
        from_rule(lambda u: [following(u[1][0])], 1, 1, alphabet=3)


def test_tables_that_are_none() -> None:
    for table in (np.zeros((0,), int), np.array([0, 2**63 + 1], dtype=np.uint64)):
        with pytest.raises(InvalidTask, match="a table must be an array of integers"):
            LocalRule((0,), table)  # type: ignore[arg-type]
