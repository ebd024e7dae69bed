"""State graphs, machines and lifts against their definitions, and against the tables that they were first found in."""

import flint
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emt_theory import circuits, derive, tasks
from emt_theory.circuits.finite.characters import walsh
from emt_theory.circuits.finite.graph import cycle_counts_text
from emt_theory.circuits.finite.lift import _rank  # pyright: ignore[reportPrivateUsage]
from emt_theory.circuits.finite.modes import lasting_modes
from emt_theory.circuits.finite.states import successors as numbered
from emt_theory.errors import InvalidTask
from emt_theory.ground.absent import Absent
from emt_theory.tasks import from_rule, from_table, parse
from tests.circuits.finite import brute
from tests.tasks.finite.direct import RULES, successors

TABLE = {  # cycles, tail, Nerode classes, lift
    "xor": (((1, 1), (3, 1)), 0, 4, 3),
    "mseq4": (((1, 1), (15, 1)), 0, 16, 15),
    "parity": (((1, 2), (2, 1), (4, 1)), 0, 8, 4),
    "and": (((1, 2),), 2, 2, 1),
    "majority": (((1, 2),), 3, 2, 1),
    "nonlinear": (((1, 1), (3, 1), (4, 1)), 0, 8, 6),
    "xorpair": (((1, 1), (9, 7)), 0, 64, 9),
    "quad": (None, 0, 64, 40),
    "mixed": (((1, 2), (3, 2)), 6, 12, 7),
    "sum3": (((1, 1), (8, 1)), 0, 9, 9),
    "sum5": (((1, 1), (4, 1), (20, 1)), 0, 25, 21),
    "sum7": (((1, 1), (16, 3)), 0, 49, 49),
}


def test_of_many_lengths_the_first_ten_and_the_last_are_told():
    told = cycle_counts_text(tuple((k, 2) for k in range(1, 14)))
    assert told.split(", ") == [
        "2 cycles of length 1",
        *(f"2 of length {k}" for k in range(2, 11)),
        "…",
        "2 of length 13",
    ]


def made(name):
    rule, s, d, q = RULES[name]
    return from_rule(rule, s, d, alphabet=q)


@pytest.mark.parametrize("name", TABLE)
def test_the_table(name):
    circuit = derive(made(name))
    wanted, tail, classes, dimension = TABLE[name]
    assert wanted in (circuit.state_graph().cycles, None)
    assert (circuit.state_graph().tail, circuit.machine().size, circuit.lift().dimension) == (tail, classes, dimension)


def test_the_mixed_task():
    circuit = derive(made("mixed"))
    graph, lift = circuit.state_graph(), circuit.lift()
    assert (graph.recurrent, graph.zero_blocks) == (8, ((1, 16), (2, 12), (3, 2), (4, 1), (6, 1)))
    assert (lift.dimension, lift.loaded, lift.lasting) == (7, 8, 4)
    assert lift.modes == ((1, 2), (3, 1))


@pytest.mark.parametrize("name", RULES)
def test_everything_by_definition(name):
    rule, s, d, q = RULES[name]
    task, after = made(name), successors(rule, s, d, q)
    graph = circuits.state_graph(task)
    assert (graph.cycles, graph.images) == (brute.cycles(after), brute.images(after))
    assert graph.reversible == circuits.is_reversible(task) == (len(set(after.values())) == len(after))
    assert circuits.minimal_machine(task).size == brute.nerode(after, d)
    if len(after) <= 64:
        found = circuits.lift_by_states(task, graph)
        words = task.alphabet.codewords.tolist()
        assert (found.dimension, found.lasting, found.with_constant, found.loaded) == brute.lift(
            after, d, words.__getitem__
        )


@pytest.mark.parametrize(
    "name", ["xor", "parity", "and", "majority", "nonlinear", "mux", "mixed", "sum3", "counter", "constant"]
)
def test_the_spectrum_is_that_of_the_matrix_of_k(name):
    task = made(name)
    after = numbered(task)
    K = flint.fmpz_mat(
        len(after), len(after), [int(y == after[x]) for x in range(len(after)) for y in range(len(after))]
    )
    product = flint.fmpz_poly([1])
    for f in circuits.state_graph(task).factors():
        product *= flint.fmpz_poly(list(f.coefficients)) ** f.multiplicity
    assert product == K.charpoly()
    ranks = [len(after)]
    while len(ranks) < 2 or ranks[-1] != ranks[-2]:
        ranks.append((K ** len(ranks)).rank())
    assert tuple(ranks[:-1]) == circuits.state_graph(task).images


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.integers(1, 3), st.integers(1, 2))
def test_two_ways_to_the_lift(seed, s, d):
    """In characters over Q, and by the cycles and ranks on states: dimension, modes with multiplicities, constant, load."""
    task = tasks.random_finite(s, d, reads=min(2, s * d), seed=seed)
    one, other = circuits.lift_by_characters(task), circuits.lift_by_states(task)
    assert (one.dimension, one.lasting, one.with_constant, one.loaded, one.modes) == (
        other.dimension, other.lasting, other.with_constant, other.loaded, other.modes,
    )  # fmt: skip
    assert all(times <= task.d_out for _, times in one.modes)


def test_all_functions_of_three_bits():
    """42 of the 256 have the eigenvalue 0 more than once in their lift; every non-zero one is simple, for there is one output."""
    multiple = 0
    for number in range(256):
        task = from_table([number >> x & 1 for x in range(8)], 3, 1)
        found = circuits.lift_by_characters(task)
        assert found.modes == lasting_modes(circuits.state_graph(task))
        assert all(times == 1 for _, times in found.modes)
        multiple += found.zero > 1
        assert (task.rules[0].affine(2) is not None) == (
            len(walsh(task.rules[0])) == 1
        )  # K maps characters to ± characters
    assert multiple == 42


@pytest.mark.parametrize("text", ["T1", "T2", "T3", "T4"])
def test_the_lift_of_a_selection_is_the_observed_part_of_phi(text):
    linear = parse(text)
    finite = derive(tasks.as_finite(linear))
    lift, circuit = finite.lift(), derive(linear)
    assert (lift.dimension, lift.loaded) == (circuit.minimal_dimension, circuit.dimension.with_load)
    assert lift.degree == 1
    lasting = {(f.order, f.multiplicity) for f in circuit.spectrum().factors if f.order}
    assert {m for m, _ in lift.modes} <= {m for m, _ in lasting}
    assert isinstance(finite.state_graph(), Absent)
    assert finite.linear.task == linear


def test_sixty_four_bits_without_a_state():
    task = from_rule(lambda u: [u[8][c] ^ u[1][(c + 1) % 8] for c in range(8)], 8, 8, alphabet=2)
    lift = circuits.lift(task)
    assert (lift.dimension, lift.lasting, max(m for m, _ in lift.modes)) == (504, 504, 504)
    assert circuits.is_reversible(task)
    assert circuits.is_reversible(parse("lfsr:taps=60 61 63 64"))
    assert not circuits.is_reversible(parse("xor:lags=63", num_variables=64))


def test_what_never_fades_is_known_by_its_cycles_alone():
    lift = derive(parse("modular-sum:alphabet=3", num_variables=6)).lift()
    assert (lift.dimension, lift.zero, lift.over) == (lift.lasting, 0, "two primes")
    direct = brute.lift(
        successors(lambda u: [sum(u[k][0] for k in (1, 2, 3)) % 3], 3, 1, 3),
        1,
        [[1, -1, -1], [-1, 1, -1], [-1, -1, 1]].__getitem__,
    )
    cycles = derive(parse("modular-sum:alphabet=3", num_variables=3)).lift()
    assert (cycles.dimension, cycles.lasting, cycles.with_constant, cycles.loaded) == direct


def test_a_machine_runs_as_the_task():
    task = made("branching")
    machine = circuits.minimal_machine(task)
    for memory in (0, 77, 4095):
        symbols = [[[memory // 4 ** (5 - j) % 4 for j in range(2 * k, 2 * k + 2)] for k in range(3)]]
        wanted = task.targets(symbols, 40)[0] @ [4, 1]
        assert machine.run(memory, 40) == wanted.tolist()


def test_a_long_tail_and_a_million_states():
    task = from_rule(lambda u: [u[1][0] & u[2][0]], 20, 1, alphabet=2)
    graph = circuits.state_graph(task)
    assert (graph.cycles, graph.tail, graph.states) == (((1, 2),), 20, 2**20)
    shift = circuits.state_graph(parse("lfsr:taps=17 20"))
    assert shift.cycles == ((1, 1), (2**20 - 1, 1))


def test_cycles_are_shown_by_a_state():
    graph = circuits.state_graph(made("xorpair"))
    assert [len(graph.cycle_through(x)) for x in graph.representatives] == [length for length, _ in graph.cycles]
    assert len(graph.on_cycles) == graph.recurrent
    assert str(derive(made("xorpair"))).count("\n") == 10 + len(derive(made("xorpair")).exactness.lines())


def test_what_is_too_large_says_so():
    task = parse("lfsr:taps=28 31")
    message = r"lfsr has 2\^31 states, and at most 4194304 are enumerated"
    with pytest.raises(InvalidTask, match=message):
        circuits.state_graph(task)
    with pytest.raises(InvalidTask, match=message):
        circuits.minimal_machine(task)
    circuit = derive(task)
    for part in (circuit.state_graph(), circuit.machine(), circuit.lift()):
        assert isinstance(part, Absent)
        assert "2^31 states" in part.reason
    assert circuit.reversible
    assert str(circuit.kind) == "affine"
    wide = from_rule(lambda u: [u[2][0] ^ (u[1][c] & u[2][1]) for c in range(30)], 2, 30, alphabet=2)
    assert derive(wide).reversible is False
    large = circuits.lift(tasks.random_finite(10, 1, seed=2, alphabet=3, reads=5))
    assert isinstance(large, Absent)
    assert "this one has" in large.reason


def test_kinds():
    assert str(circuits.smallest_kind(parse("modular-sum:alphabet=4"))) == "finite"  # 4 is no prime
    assert str(circuits.smallest_kind(parse("modular-sum:alphabet=5"))) == "affine"
    assert str(circuits.smallest_kind(from_rule(lambda u: [1 - u[2][0]], 2, 1, alphabet=2))) == "selection"
    assert str(circuits.smallest_kind(from_rule(lambda u: [2 - u[2][0]], 2, 1, alphabet=3))) == "affine"
    assert str(circuits.smallest_kind(from_rule(lambda u: [u[2][0]], 2, 1, alphabet=4))) == "selection"
    with pytest.raises(InvalidTask, match="must be a finite task"):
        circuits.smallest_kind(parse("T1"))


def test_random_states_agree_with_the_rule():
    task = tasks.random_finite(3, 2, 3, 3, seed=5)
    after, rng = numbered(task), np.random.default_rng(0)
    powers = 3 ** np.arange(5, -1, -1)
    for x in rng.integers(task.states, size=50):
        memory = (x // powers % 3).reshape(1, 3, 2)
        moved = np.concatenate([memory[0, 1:], task.variable(memory)])
        assert after[x] == moved.reshape(-1) @ powers


def test_ranks_of_large_tables_are_taken_modulo_two_primes():
    rng = np.random.default_rng(0)
    table = rng.integers(0, 2, size=(150, 12)) @ rng.integers(-1, 2, size=(12, 150))
    assert _rank(table) == np.linalg.matrix_rank(table) == 12
    assert _rank((2**61 - 1) * np.eye(150, dtype=np.int64)) == 150  # 0 modulo one of them
