"""The circuit as a directed graph, along the flow of content.

Nodes are memory components (block, component). An edge goes from where content is to where it is one step later: `shift` edges from block k+1
to block k, `write` edges from a component that is read to the newest block, with the entry of F as `weight`. So the weighted adjacency matrix
of the graph, nodes in flat order, is Φᵀ:

>>> from emt_theory import derive
>>> from emt_theory.tasks import compose_copy
>>> graph = derive(compose_copy(2)).graph()
>>> sorted(graph.edges(data="kind"))
[((1, 0), (2, 0), 'write'), ((2, 0), (1, 0), 'shift'), ((2, 1), (1, 1), 'shift'), ((2, 1), (2, 1), 'write')]
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import networkx as nx

from emt_theory.circuits.linear import theory_of

if TYPE_CHECKING:
    from emt_theory.circuits.circuit import Circuit


def circuit_graph(circuit: Circuit) -> nx.DiGraph[tuple[int, int]]:
    """The graph of a circuit.

    Args:
        circuit: any circuit.

    Returns:
        A graph whose nodes (block, component) carry `cycle`, the index of their cycle in `circuit.spectrum().cycles` or None, and whose edges
        carry `kind` ("shift" or "write") and `weight`, an exact `Fraction`.
    """
    slots, newest = circuit.task.slots, circuit.task.slots.newest
    graph: nx.DiGraph[tuple[int, int]] = nx.DiGraph()
    membership = theory_of(circuit.task).membership()
    nodes = [(block, c) for block, c in map(slots.place, range(slots.size))]
    graph.add_nodes_from((node, {"cycle": membership.get(node)}) for node in nodes)
    for to, source, weight in circuit.exact_phi:
        graph.add_edge(nodes[source], nodes[to], kind="write" if to in newest else "shift", weight=weight)
    return graph
