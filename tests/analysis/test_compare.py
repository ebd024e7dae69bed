"""Networks compared in pairs: the same circuit in any basis is the same, and another is not."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from emt_theory import derive
from emt_theory.analysis import Examination, Verdict, examine
from emt_theory.analysis.compare import NetworkComparison, compare_networks
from emt_theory.errors import InvalidNetwork, InvalidOption
from emt_theory.networks import ElmanRNN
from emt_theory.tasks import compose_copy, parse

SMALL: Any = {"sequences": 400, "horizon": 40}
TASK = compose_copy(3)


def turned(net: ElmanRNN, seed: int) -> ElmanRNN:
    """T W T⁻¹: the same linear network in a basis that is not orthogonal."""
    rng = np.random.default_rng(seed)
    basis = np.eye(net.hidden) + 0.3 * rng.normal(size=(net.hidden, net.hidden))
    back = np.linalg.inv(basis)
    return replace(net, W_hh=basis @ net.W_hh @ back, W_uh=basis @ net.W_uh, W_hy=net.W_hy @ back, exact=None)


@pytest.fixture(scope="module")
def comparison() -> NetworkComparison:
    circuit = derive(TASK)
    gated = circuit.compile(scheme="gated")
    tanh = circuit.compile(scheme="tanh")
    rng = np.random.default_rng(0)
    random = ElmanRNN(rng.normal(size=(9, 9)) / 3, rng.normal(size=(9, 3)), rng.normal(size=(3, 9)))
    return compare_networks([tanh, circuit.compile(scheme="saturating"), random, gated], TASK, **SMALL)


def test_circuits_of_one_task_are_the_same_and_a_random_network_is_not(comparison: NetworkComparison) -> None:
    assert [result.verdict for result in comparison.results][:3] == [
        Verdict.CONSISTENT,
        Verdict.CONSISTENT,
        Verdict.NOT_SOLVED,
    ]
    assert comparison.groups[0][:2] == (0, 1)
    assert not any(pair.same for pair in comparison.pairs if 2 in (pair.first, pair.second))
    first = comparison.pairs[0]
    assert first.states is not None
    assert min(first.states) > 0.99
    assert first.alike == 1.0


def test_a_change_of_basis_is_seen_through() -> None:
    task = parse("repeat-copy", num_variables=3, dim=2)
    net = derive(task).compile(scheme="linear")
    found = compare_networks([net, turned(net, 1), turned(net, 2)], task, **SMALL)
    assert found.groups == ((0, 1, 2),)
    for pair in found.pairs:
        assert pair.spectrum is not None
        assert pair.memories is not None
        assert pair.states is not None
        assert pair.spectrum < 1e-8
        assert pair.memories < 1e-5
        assert min(pair.states) > 1 - 1e-9


def test_saboteur_another_task_of_the_same_shape_is_not_the_same() -> None:
    """With s odd, −W repeats with the signs flipped: a circuit of another task."""
    task = parse("repeat-copy", num_variables=3, dim=1)
    net = derive(task).compile(scheme="linear")
    negated = replace(net, W_hh=-net.W_hh, exact=None)
    found = compare_networks([net, negated], task, **SMALL)
    assert found.groups == ()
    assert not found.pairs[0].same


def test_what_one_network_holds_and_more() -> None:
    """Units that no output depends on: h_b is a function of h_a, h_a is none of h_b."""
    task = parse("repeat-copy", num_variables=2, dim=1)
    net = derive(task).compile(scheme="linear")
    spare = ElmanRNN(
        np.block([[net.W_hh, np.zeros((2, 1))], [np.zeros((1, 3))]]),
        np.vstack([net.W_uh, [[1.0]]]),
        np.hstack([net.W_hy, [[0.0]]]),
        activation="identity",
    )
    kept = replace(spare, W_hh=spare.W_hh + np.diag([0.0, 0.0, 0.9]))
    found = compare_networks([kept, net], task, **SMALL)
    states = found.pairs[0].states
    assert states is not None
    assert states[0] > 1 - 1e-9


def test_the_results_are_written_and_drawn(comparison: NetworkComparison) -> None:
    written = json.loads(json.dumps(comparison.to_dict(), allow_nan=False))
    assert len(written["pairs"]) == 6
    assert len(comparison.table()) == 6
    assert str(comparison).startswith("4 networks on compose_copy; ")
    ax = comparison.plot()
    assert len(ax.images) == 1


def test_examinations_are_not_made_again() -> None:
    net = derive(TASK).compile(scheme="tanh")
    one = examine(net, TASK, **SMALL)
    found = compare_networks([one, one], TASK, **SMALL)
    assert found.results[0].memories is one.memories
    assert found.names == ("1 a network of 9 units", "2 a network of 9 units")


def test_bad_input_is_named() -> None:
    net = derive(TASK).compile()
    with pytest.raises(InvalidOption, match="at least two networks are needed to compare; got 1"):
        compare_networks([net], TASK)
    nothing: Any = None
    with pytest.raises(InvalidNetwork, match="expected a network"):
        compare_networks([net, nothing], TASK, **SMALL)
    other = compose_copy(2)
    with pytest.raises(InvalidOption, match="examination 1 is of compose_copy, not of compose_copy"):
        compare_networks([examine(derive(other).compile(), other, **SMALL), net], TASK, **SMALL)


def test_networks_that_blow_up_are_compared_as_far_as_can_be() -> None:
    net = derive(TASK).compile(scheme="linear")
    wild = replace(net, W_hh=1e30 * net.W_hh, exact=None)
    found = compare_networks([net, wild], TASK, **SMALL)
    assert found.pairs[0].states is None
    json.dumps(found.to_dict(), allow_nan=False)


@pytest.mark.parametrize(("horizon", "shares"), [pytest.param(70, True, marks=pytest.mark.slow), (65, False)])
def test_a_long_input_phase_leaves_states_to_compare(horizon: int, shares: bool) -> None:
    """With s = 65 states behind t = 2s are there from a horizon of 66 on; where there are none, there is no share."""
    task = parse("repeat-copy", num_variables=65, dim=1)
    net = derive(task).compile(scheme="linear")
    one = examine(net, task, sequences=40, horizon=horizon, lifetime=False)
    found = compare_networks([one, one], task, sequences=40, horizon=horizon).pairs[0]
    assert (found.states is not None) == shares
    assert (found.alike is not None) == shares
    assert found.states is None or min(found.states) > 1 - 1e-9


@pytest.mark.slow
def test_one_network_with_more_in_it_is_not_the_same_up_to_a_change_of_basis() -> None:
    """A unit that remembers something else, which no output reads: consistent, the same map, and other states."""
    task = parse("repeat-copy", num_variables=2, dim=1)
    net = derive(task).compile(scheme="linear")
    more = ElmanRNN(
        np.block([[net.W_hh, np.zeros((2, 1))], [np.zeros((1, 2)), np.full((1, 1), 0.85)]]),
        np.vstack([net.W_uh, [[20.0]]]),
        np.hstack([net.W_hy, [[0.0]]]),
        activation="identity",
    )
    found = compare_networks([more, net], task, **SMALL)
    (pair,) = found.pairs
    assert [result.verdict for result in found.results] == [Verdict.CONSISTENT] * 2
    assert pair.states is not None
    assert pair.states[0] > 0.99 > pair.states[1]
    assert not pair.same
    assert found.groups == ()


def test_groups_hold_only_pairs_that_are_the_same(comparison: NetworkComparison) -> None:
    """0 is the same as 1, and 1 as 2; 0 and 2 are not: two groups, not one of three."""
    same = {(0, 1), (1, 2)}
    pairs = tuple(replace(pair, same=(pair.first, pair.second) in same) for pair in comparison.pairs)
    chain = replace(comparison, pairs=pairs)
    assert chain.groups == ((0, 1), (1, 2))
    assert "the same up to a change of basis: 1, 2\n" in str(chain)


def with_other(found: Examination, **measured: Any) -> Examination:
    """The examination with measurements that another network might have given."""
    changed = replace(found)
    vars(changed).update(measured)
    return changed


def test_only_consistent_networks_can_be_the_same() -> None:
    found = examine(derive(TASK).compile(scheme="tanh"), TASK, **SMALL)
    otherwise = with_other(found, use=replace(found.use, sequences_right=0, low=0.0, high=0.02))
    same, *others = (
        compare_networks([one, other], TASK, **SMALL)
        for one, other in ((found, found), (otherwise, otherwise), (found, otherwise))
    )
    assert same.pairs[0].same
    assert [other.verdicts[1] for other in others] == [Verdict.SOLVED_OTHERWISE] * 2
    assert not any(other.pairs[0].same for other in others)


def test_other_maps_are_not_the_same() -> None:
    found = examine(derive(TASK).compile(scheme="tanh"), TASK, **SMALL)
    memories = found.memories
    estimate = memories.intertwining.estimate
    assert estimate.phi is not None
    shifted = replace(estimate, phi=estimate.phi + 0.3)
    intertwining = replace(memories.intertwining, estimate=shifted)
    other = with_other(found, memories=replace(memories, intertwining=intertwining))
    (pair,) = compare_networks([found, other], TASK, **SMALL).pairs
    assert pair.memories is not None
    assert pair.memories > 0.1
    assert not pair.same
