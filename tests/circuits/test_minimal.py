"""P11: minimal circuits, exactly: identities, behaviour, and the exact Hankel rank as the second answer."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import Phase, given, settings

from emt_theory import derive
from emt_theory.circuits import Variant, minimal_circuit
from emt_theory.circuits.response_form import responses
from emt_theory.errors import InvalidOption, InvalidTask
from emt_theory.exact import Realization, companion, injection, is_minimal, minimal_realization, rank, same_behaviour
from emt_theory.ground.rationals import RationalMatrix
from emt_theory.tasks import delayed_copy, from_matrix, parse, repeat_copy, selection
from emt_theory.testing import strategies

FIRST_FAILURE = (Phase.generate,)  # a saboteur's failure need not be shrunk


def hankel_rank(task):
    """The rank of the Hankel matrix of C Φ, C Φ², …: what any linear system must hold at t = s+1. Knows nothing of 𝒯."""
    n, d = task.components, task.dim
    G = responses(task, 2 * n + 1)[1:]
    blocks = ((i * d + a, j * n + b, v) for i in range(n) for j in range(min(n, 3)) for a, b, v in G[i + j])
    return rank(RationalMatrix.from_entries((n * d, n * min(n, 3)), blocks))


def law_p11(minimal_circuit, variant, phases=tuple(Phase)):
    @settings(max_examples=80, phases=phases)
    @given(strategies.tasks())
    def law(task):
        small = minimal_circuit(task, variant)
        enough = task.components + small.dimension
        assert small.realization.markov(enough) == responses(task, enough + 1)[1:]
        assert is_minimal(small.realization)
        assert small.dimension == getattr(derive(task).dimension, variant)
        assert all(small.identities().values())

    return law


@pytest.mark.parametrize("variant", Variant)
def test_p11(variant):
    law_p11(minimal_circuit, variant)()


def test_p11_saboteur_counts_the_output_at_s():
    """With C among the rows of O the circuit is right, and too large."""

    def with_c(task, variant):
        newest = injection(task.num_variables, task.num_variables, task.dim).T
        full = Realization(companion(task.F, task.dim), RationalMatrix.identity(task.components), newest)
        small = minimal_circuit(task, variant)
        return replace(small, realization=replace(minimal_realization(full), first=1))

    with pytest.raises(AssertionError):
        law_p11(with_c, Variant.RUNNING, FIRST_FAILURE)()


def test_p11_saboteur_components_on_cycles_alone():
    """Dropping what is read once and then forgotten leaves the wrong outputs."""

    def persistent_only(task, variant):
        small = minimal_circuit(task, variant)
        if not task.reads:
            return small
        kept = set(derive(task).persistent)
        dropped = [i for i, j, _ in small.T if j not in kept]
        T = RationalMatrix(small.T.shape, tuple(e for e in small.T if e[0] not in dropped))
        return replace(small, T=T, realization=replace(small.realization, B=T))

    with pytest.raises(AssertionError):
        law_p11(persistent_only, Variant.RUNNING, FIRST_FAILURE)()


@settings(max_examples=30)
@given(strategies.tasks())
def test_dimensions_are_the_hankel_rank_and_those_of_derive(task):
    dimension = derive(task).dimension
    assert minimal_circuit(task).dimension == dimension.running == hankel_rank(task)
    assert minimal_circuit(task, "with_load").dimension == dimension.with_load


@settings(max_examples=30)
@given(strategies.tasks())
def test_kalmans_reduction_of_the_whole_circuit_is_the_same_up_to_a_basis(task):
    phi = companion(task.F, task.dim)
    whole = Realization(phi, RationalMatrix.identity(task.components), task.F)
    reduced, small = minimal_realization(whole), minimal_circuit(task)
    assert reduced.order == small.dimension
    assert same_behaviour(reduced, small.realization)


@pytest.mark.parametrize("variant", Variant)
@pytest.mark.parametrize("name", ["T1", "T3", "T4", "fibonacci"])
def test_it_runs_the_task(name, variant):
    task = parse(name)
    small = derive(task).minimal(variant)
    inputs, targets = task.sequences(2, 30, seed=0)
    assert (small.outputs(inputs, 30) == targets).all()
    assert small.dimension == {"T1": 64, "fibonacci": 2}.get(name, 36)


def test_rational_tasks_and_a_load_that_needs_more():
    task = from_matrix([[0, 1, 0, 0], [0, 0, 0, "1/2"]], dim=2)  # u(t)_0 = u(t−2)_1, which itself becomes u(t−1)_1 / 2
    running, loaded = minimal_circuit(task), minimal_circuit(task, "with_load")
    assert (running.dimension, loaded.dimension) == (2, 3)
    inputs = np.array([[[Fraction(1, 3), 2], [5, 7]]], dtype=object)
    for small in (running, loaded):
        assert (small.outputs(inputs, 5) == task.targets(inputs, 5)).all()


def test_a_million_components():
    small = minimal_circuit(delayed_copy(num_variables=10**6, dim=1, lag=1000))
    assert small.dimension == 1000
    with pytest.raises(InvalidOption, match="too large; the most is 4096"):
        minimal_circuit(repeat_copy(5000, 1), "with_load")


def test_what_does_not_fit_is_refused():
    with pytest.raises(InvalidOption, match="known are running, with_load"):
        minimal_circuit(parse("T1"), "walking")
    with pytest.raises(InvalidTask, match="inputs must have shape"):
        minimal_circuit(parse("T1")).outputs([[1]], 3)
    with pytest.raises(InvalidTask, match="float"):
        minimal_circuit(selection("x", 1, [(1, 0, 1)])).outputs([[[0.5]]], 3)


def test_to_dict_is_json():
    import json

    described = json.loads(json.dumps(minimal_circuit(parse("T4"), "with_load").to_dict()))
    assert described["dimension"] == 36
    assert RationalMatrix.from_json(described["T"]) == minimal_circuit(parse("T4")).T
