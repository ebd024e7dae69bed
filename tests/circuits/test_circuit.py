"""The circuit as a value: matrices, graph, certificate, pictures."""

import json

import matplotlib.pyplot as plt
import networkx as nx
import pytest
import sympy
from hypothesis import given, settings

from emt_theory import derive
from emt_theory.errors import InvalidOption, InvalidTask
from emt_theory.exact import Certificate
from emt_theory.tasks import fibonacci, from_matrix, parse, repeat_copy, selection
from emt_theory.testing import strategies


@settings(max_examples=30)
@given(strategies.tasks())
def test_the_graph_is_phi(task):
    graph = derive(task).graph()
    d, phi = task.dim, derive(task).phi
    for source, to, weight in graph.edges(data="weight"):
        entry = phi[(to[0] - 1) * d + to[1], (source[0] - 1) * d + source[1]]
        assert (entry.p, entry.q) == (weight.numerator, weight.denominator)
    assert graph.number_of_edges() == sum(1 for entry in phi if entry)


@settings(max_examples=30)
@given(strategies.selection_tasks())
def test_coloured_cycles_are_the_cycles_of_the_graph(task):
    circuit = derive(task)
    graph = circuit.graph()
    by_networkx = sorted(
        len(c) for c in nx.strongly_connected_components(graph) if len(c) > 1 or graph.has_edge(*[next(iter(c))] * 2)
    )
    assert by_networkx == sorted(c.length for c in circuit.spectrum().cycles)
    for index, cycle in enumerate(circuit.spectrum().cycles):
        assert sum(1 for _, where in graph.nodes(data="cycle") if where == index) == cycle.length


def test_matrices_are_sympys():
    circuit = derive(fibonacci())
    assert circuit.phi == sympy.Matrix([[0, 1], [1, 1]])
    assert circuit.write == sympy.Matrix([[0], [1]])
    assert circuit.read == sympy.Matrix([[0, 1]])


def test_the_certificate_does_not_depend_on_the_name():
    a, b = derive(repeat_copy(3, 2)), derive(repeat_copy(3, 2).named("other"))
    assert a.certificate == b.certificate
    assert a.certificate != derive(repeat_copy(2, 3)).certificate
    assert Certificate.from_json(a.certificate.to_json()) == a.certificate


@given(strategies.tasks())
def test_everything_is_json(task):
    json.dumps(derive(task).to_dict(), allow_nan=False)
    assert str(derive(task))


def test_pictures_show_every_read_and_every_eigenvalue():
    circuit = derive(parse("T3"))
    ax = circuit.plot()
    assert len(ax.patches) == 7 * 8 + 8  # shifts and reads
    labels = [text.get_text() for text in ax.texts]
    assert "0 = −(5, 4)" in labels
    spectrum = circuit.spectrum().plot()
    assert len(spectrum.collections[0].get_offsets()) == len(circuit.spectrum().multiplicities)
    assert "×28" in [text.get_text() for text in spectrum.texts]
    assert derive(fibonacci()).plot().images
    plt.close("all")


@pytest.mark.parametrize(
    "task",
    [
        repeat_copy(1, 1),
        repeat_copy(6, 1),
        repeat_copy(3, 16),  # more cycles than there are named colours
        selection("chain", 1, [(1, 1, 1), (1, 2, 1), (1, 2, -1)]),
        from_matrix([[0, 1], [0, 0]], dim=2),  # no cycle at all
    ],
    ids=lambda task: f"{task.name}-{task.num_variables}-{task.dim}",
)
def test_odd_shapes_can_be_drawn(task):
    ax = derive(task).plot()
    ax.figure.canvas.draw()
    if task.is_selection:
        assert ax.get_xlabel() == (
            "the only block" if task.num_variables == 1 else "block (content moves one to the left each step)"
        )
        points = [line for line in ax.lines if line.get_marker() == "o"]
        on_cycles = sum(c.length for c in derive(task).spectrum().cycles)
        assert sum(line.get_markerfacecolor() != "white" for line in points) == on_cycles
        assert len({line.get_markerfacecolor() for line in points} - {"white"}) == len(derive(task).spectrum().cycles)
    plt.close("all")


def test_a_circuit_too_large_to_draw_says_so():
    with pytest.raises(InvalidOption, match="cannot be drawn legibly"):
        derive(repeat_copy(40, 40)).plot()


def test_a_million_components():
    """Reads, spectrum and dimension of n = 10^6 without a matrix."""
    circuit = derive(repeat_copy(1000, 1000))
    assert circuit.minimal_dimension == circuit.spectrum().unit_circle == 10**6


def test_interpretation_refuses_what_is_not_exact():
    circuit = derive(repeat_copy(2, 1))
    with pytest.raises(InvalidTask, match="must be exact"):
        circuit.run([[[0.5], [1.0]]], 4)
    with pytest.raises(InvalidTask, match="shape"):
        circuit.run([[1, 1]], 4)
    with pytest.raises(InvalidOption, match="steps must be an integer, at least 2"):
        circuit.run([[[1], [1]]], 1)
    with pytest.raises(InvalidOption, match="unknown load"):
        circuit.run([[[1], [1]]], 4, load="magic")
