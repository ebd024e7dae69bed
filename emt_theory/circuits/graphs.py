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

from emt_theory.circuits.persistence import cycle_membership

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
    s, d = circuit.task.num_variables, circuit.task.dim
    graph: nx.DiGraph[tuple[int, int]] = nx.DiGraph()
    membership = cycle_membership(circuit.task, circuit.resolved)
    graph.add_nodes_from(
        ((block, c), {"cycle": membership.get((block, c))}) for block in range(1, s + 1) for c in range(d)
    )
    for row, column, weight in circuit.exact_phi:
        to, source = divmod(row, d), divmod(column, d)
        kind = "write" if to[0] == s - 1 else "shift"
        graph.add_edge((source[0] + 1, source[1]), (to[0] + 1, to[1]), kind=kind, weight=weight)
    return graph
