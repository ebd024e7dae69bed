"""Affine tasks over GF(p): algebra against the state graph, machine and lift of the same task, and the numbers that no enumeration reaches."""

from itertools import product
from math import gcd, lcm

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emt_theory import circuits, derive, tasks
from emt_theory.circuits import Kind, StateGraph
from emt_theory.ground.absent import Absent
from emt_theory.tasks import as_finite, from_rule, parse
from emt_theory.testing import strategies
from tests.tasks.finite.direct import RULES


@settings(max_examples=80)
@given(strategies.affine_tasks())
def test_both_theories_agree(task):
    field, graph = circuits.field_theory(task), circuits.state_graph(task)
    assert (field.cycles, field.images, field.tail, field.recurrent) == (
        graph.cycles,
        graph.images,
        graph.tail,
        graph.recurrent,
    )
    assert (field.reversible, field.zero_blocks) == (circuits.is_reversible(task), graph.zero_blocks)
    assert field.period == lcm(*(length for length, _ in graph.cycles)) == max(length for length, _ in graph.cycles)
    assert field.nerode == circuits.minimal_machine(task).size
    assert field.spectrum() == graph.spectrum()
    if field.lift:
        assert field.lift == circuits.lift(task, graph).dimension


@pytest.mark.parametrize(
    ("name", "period", "lasting"), [("T1", 8, 64), ("T2", 840, 36), ("T3", 48, 36), ("T4", 70, 36)]
)
def test_the_papers_tasks_as_bits(name, period, lasting):
    linear = derive(parse(name))
    circuit = derive(as_finite(parse(name)))
    field = circuit.field()
    assert (circuit.kind, field.period, field.recurrent) == (Kind.SELECTION, period, 2**lasting)
    assert sum(length * count for length, count in field.cycles) == 2**lasting
    # The same from the cycle theorem: a cycle of length L brings its content back after L steps, with a minus sign after 2L.
    assert period == lcm(*(c.length if c.sign > 0 else 2 * c.length for c in linear.spectrum().cycles))
    assert field.minimal_dimension == linear.dimension
    assert (field.obstruction is None) == linear.exactness.linear


@settings(max_examples=30)
@given(st.data())
def test_a_selection_on_signs_is_solvable_over_both_fields_or_neither(data):
    task = data.draw(strategies.selection_tasks(max_num_variables=3, max_dim=3))
    field, circuit = circuits.field_theory(as_finite(task)), derive(task)
    assert (field.obstruction is None) == circuit.exactness.linear
    assert field.minimal_dimension == circuit.dimension


@pytest.mark.parametrize("name", RULES)
def test_affine_is_decided_exactly(name):
    """By the kind, and by trying f(x) + f(y) + f(z) = f(x + y + z) for three terms, which over a field says affine."""
    rule, s, d, q = RULES[name]
    task = from_rule(rule, s, d, alphabet=q)
    field = circuits.field_theory(task)
    prime = all(q % r for r in range(2, q))
    assert bool(field) == (prime and derive(task).kind is not Kind.FINITE)
    if q**task.components > 32 or not prime:
        return
    memory = np.array([*product(range(q), repeat=task.components)])
    value = {tuple(x): task.variable(x.reshape(1, s, d))[0] for x in memory}
    zero = value[(0,) * task.components]
    additive = all(
        ((value[tuple((x + y) % q)] + zero - value[tuple(x)] - value[tuple(y)]) % q == 0).all()
        for x in memory
        for y in memory
    )
    assert additive == bool(field)


def test_the_eight_by_eight_register():
    """[u8[c] ^ u1[c+1]]: order 504, and no state is enumerated."""
    rule = from_rule(lambda u: [u[8][c] ^ u[1][(c + 1) % 8] for c in range(8)], 8, 8, alphabet=2)
    circuit = derive(rule)
    field = circuit.field()
    assert (field.period, field.order, field.reversible) == (504, 504, True)
    step = field.phi.to_flint()
    identity = step**0
    assert step**504 == identity
    assert all(step ** (504 // q) != identity for q in (2, 3, 7))
    assert isinstance(circuit.state_graph(), Absent)
    shown = circuit.to_dict()["states"]
    assert sum(length * count for length, count in shown["cycles"]) == 2**64


def test_a_million_states_are_not_enumerated(monkeypatch):
    monkeypatch.setattr("emt_theory.circuits.finite.circuit.state_graph", None)
    circuit = derive(parse("lfsr:taps=17 20"))
    assert circuit.field().cycles == ((1, 1), (2**20 - 1, 1))
    assert "1048576 states, all of them recurrent" in str(circuit)
    assert circuit.to_dict()["spectrum"]["unit_circle"] == 2**20


def test_a_constant_moves_the_cycles():
    """u(t) = u(t−1) + 1: one cycle of p, where u(t) = u(t−1) has p fixed points; a register with a 1 has a fixed point elsewhere."""
    for p in (2, 3, 7):
        field = derive(from_rule(lambda u, p=p: [(u[1][0] + 1) % p], 1, 1, alphabet=p)).field()
        assert (field.cycles, field.period, field.order) == (((p, 1),), p, 1)
    field = derive(from_rule(lambda u: [u[3][0] ^ u[1][0] ^ 1], 3, 1, alphabet=2)).field()
    assert (field.constant, field.cycles) == ((1,), ((1, 1), (7, 1)))


def test_what_is_no_field_says_why():
    assert derive(parse("modular-sum:alphabet=6")).field().reason == "6 symbols are no field: 6 is no prime"
    assert "output 0 is affine over no field" in derive(parse("majority")).field().reason
    long = derive(parse("xor:lags=1 2000"))
    assert "at most 1024 symbols" in long.field().reason
    assert long.kind is Kind.AFFINE
    assert isinstance(derive(parse("xor")).state_graph(), StateGraph)


@pytest.mark.parametrize(("m", "period"), [(4, 6), (6, 24), (8, 12), (9, 24), (10, 60)])
def test_modulo_a_composite_number_the_states_are_walked(m, period):
    """Fibonacci modulo m: no field, so cycles come from the state graph; by the Chinese remainders 6 and 10 have those of their primes."""
    circuit = derive(parse(f"modular-sum:alphabet={m}"))
    assert isinstance(circuit.field(), Absent)
    assert circuit.state_graph().cycles[-1][0] == period == lcm(*(length for length, _ in circuit.state_graph().cycles))
    if m in (6, 10):
        parts = [derive(parse(f"modular-sum:alphabet={p}")).field().cycles for p in (2, m // 2)]
        found = {}
        for (one, a), (other, b) in product(*parts):
            found[lcm(one, other)] = found.get(lcm(one, other), 0) + a * b * gcd(one, other)
        assert tuple(sorted(found.items())) == circuit.state_graph().cycles


def test_an_unknown_order_is_absent_and_the_rest_is_there():
    """An irreducible factor of degree 227: a composite factor of 2^227 − 1 is too long to be factored."""
    circuit = derive(parse("xor:lags=7 304"))
    field, shown = circuit.field(), circuit.to_dict()
    assert any(divisor.degree == 227 and isinstance(divisor.order, Absent) for divisor in field.divisors)
    assert "order unknown: 2^" in str(field)
    assert (field.nerode, shown["states"]["nerode"], shown["states"]["tail"]) == (2**304, 2**304, 0)
    assert shown["states"]["cycles"] is shown["field"]["period"] is None
    assert "order unknown" in shown["reason"]["cycles"]


def test_theory_is_public():
    assert {"field_theory", "FieldTheory"} <= set(circuits.__all__)
    assert tasks.parse("xor") is not None
