"""Exact work beside a peer, each pair measured in one run: seconds of this process, and their ratio.

python benchmarks/fields.py            # a table
python benchmarks/fields.py --json     # one JSON value
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from collections.abc import Callable
from typing import Any


def timed(step: Callable[[], Any], repeats: int = 1) -> tuple[float, Any]:
    """The least of so many times, and the result."""
    best, result = float("inf"), None
    for _ in range(repeats):
        start = time.process_time()
        result = step()
        best = min(best, time.process_time() - start)
    return best, result


def cycles_beside_csgraph(d: int = 10**6) -> list[dict[str, Any]]:
    """Cycles with lengths, signs and outputs in order, beside the strong components of scipy.sparse.csgraph, which are labels."""
    import numpy as np
    from scipy.sparse import csgraph, csr_matrix

    from emt_theory.exact import cycles

    rng, one, rows = np.random.default_rng(0), np.ones(d, dtype=np.int64), []
    reads = {"random reads": rng.integers(0, d, d), "a permutation": rng.permutation(d), "copies": np.arange(d)}
    for name, read in reads.items():
        ours, found = timed(lambda read=read: cycles(one, read, one, 1), 3)

        def theirs(read: Any = read) -> Any:
            graph = csr_matrix((np.ones(d, dtype=np.int8), (np.arange(d), read)), shape=(d, d))
            return csgraph.connected_components(graph, directed=True, connection="strong")[0]

        peer, components = timed(theirs, 3)
        equal = components - len(found) == d - len(found.order)  # what is on no cycle is a component of its own
        rows.append({"case": f"cycles, d = 10^6, {name}", "seconds": ours, "peer": peer, "equal": equal})
    return rows


def minimal_order_of_dense(size: int = 128) -> list[dict[str, Any]]:
    """The order of a dense integer system, beside FLINT's rank over Q of its observability matrix alone."""
    import flint
    import numpy as np

    from emt_theory.exact import Realization, minimal_order
    from emt_theory.ground.rationals import RationalMatrix

    rng = np.random.default_rng(0)
    A, B, C = (rng.integers(-3, 4, size=shape) for shape in ((size, size), (size, 1), (1, size)))
    system = Realization(*map(RationalMatrix.from_rows, (A, B, C)))

    def rank() -> int:
        row, step, rows = flint.fmpz_mat(C.tolist()), flint.fmpz_mat(A.tolist()), list[Any]()
        for _ in range(size):
            rows += row.entries()
            row = row * step
        return flint.fmpz_mat(size, size, rows).rank()

    ours, order = timed(lambda: minimal_order(system))
    peer, found = timed(rank)
    return [{"case": f"minimal order, dense, N = {size}", "seconds": ours, "peer": peer, "equal": order == found}]


def compiled_in_an_orthogonal_basis(size: int = 256, hidden: int = 512) -> list[dict[str, Any]]:
    """ΨΦΨᵀ in lowest terms and in float64, Ψ included; no peer. Equal: W Ψ = Ψ Φ modulo a prime."""
    from emt_theory import derive
    from emt_theory.circuits import make_basis
    from emt_theory.exact import GF, companion
    from emt_theory.tasks import random_selection

    task = random_selection(8, size // 8)
    seconds, net = timed(lambda: derive(task).compile(hidden, scheme="linear", basis="orthogonal"))
    assert net.exact is not None
    psi, field = make_basis("orthogonal", hidden, size).psi, GF(2**61 - 1)
    W, memories, phi = map(field.reduce, (net.exact.W_hh, psi, companion(task.F, task.dim)))
    case = f"compile, linear in an orthogonal basis, n = {size}, N = {hidden}"
    return [{"case": case, "seconds": seconds, "peer": None, "equal": W @ memories == memories @ phi}]


def ten_million_reads() -> list[dict[str, Any]]:
    """A selection of 10⁷ reads: made, and derived; no peer."""
    from emt_theory import derive
    from emt_theory.tasks import random_selection

    made, task = timed(lambda: random_selection(1, 10**7))
    derived, circuit = timed(lambda: derive(task))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    case = f"10^7 reads: made in {made:.2f} s, derived in {derived:.2f} s, peak {peak:.2f} GiB"
    return [{"case": case, "seconds": made + derived, "peer": None, "equal": circuit.minimal_dimension > 0}]


def register_of_64_bits() -> list[dict[str, Any]]:
    """Everything that is derived of 2⁶⁴ states; no peer."""
    from emt_theory import derive
    from emt_theory.tasks import parse

    derive(parse("xor")).to_dict()
    seconds, told = timed(lambda: derive(parse("lfsr:taps=60 61 63 64")).to_dict())
    equal = told["field"]["period"] == 2**64 - 1
    return [{"case": "derive, lags 60, 61, 63, 64", "seconds": seconds, "peer": None, "equal": equal}]


def threshold_circuit_of_64_bits() -> list[dict[str, Any]]:
    """u(t) = u8[c] ^ (u1[c+1] & u3[c]) on 8 × 8 bits: compiled, and proved on the rows of its 80 units; no peer."""
    from emt_theory import derive
    from emt_theory.circuits import certify
    from emt_theory.tasks import from_rule, parse

    certify(derive(parse("majority")).compile(), parse("majority"))
    task = from_rule(lambda u: [u[8][c] ^ (u[1][(c + 1) % 8] & u[3][c]) for c in range(8)], 8, 8, alphabet=2)
    compiled, net = timed(lambda: derive(task).compile())
    proved, found = timed(lambda: certify(net, task))
    case = f"8 × 8 XOR-AND: compiled in {compiled:.3f} s, proved in {proved:.3f} s"
    equal = (net.hidden, found.kind, found.exact_for) == (80, "threshold-rows", "values")
    return [{"case": case, "seconds": compiled + proved, "peer": None, "equal": equal}]


CASES = (
    ten_million_reads,
    cycles_beside_csgraph,
    minimal_order_of_dense,
    compiled_in_an_orthogonal_basis,
    register_of_64_bits,
    threshold_circuit_of_64_bits,
)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true", help="one JSON value instead of a table")
    chosen = parser.parse_args()
    rows = [row for case in CASES for row in case()]
    if chosen.json:
        print(json.dumps(rows))
        return
    print("| case | seconds | peer | ratio | equal |\n|---|---:|---:|---:|---|")
    for row in rows:
        peer = f"{row['peer']:.2f} | {row['seconds'] / row['peer']:.2f}" if row["peer"] else " | "
        print(f"| {row['case']} | {row['seconds']:.2f} | {peer} | {row['equal']} |")


if __name__ == "__main__":
    main()
