r"""Gates that a library has in another order, or on top of each other with inputs and state side by side, as expressions.

>>> from emt_theory.networks.reading.expressions import key
>>> str(gates(key("kernel", transposed=True), 4, order=(1, 0, 2)))
'[kernel.T[4:8]; kernel.T[0:4]; kernel.T[8:12]]'
>>> str(gates(key("b"), 2, order=(0, 2, 1, 3), plus={1: 1.0}))
'[b[0:2]; b[4:6] + 1; b[2:4]; b[6:8]]'
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from emt_theory.networks.reading.expressions import Expression


def gates(
    source: Expression,
    n: int,
    order: Sequence[int],
    before: tuple[Any, ...] = (),
    behind: tuple[Any, ...] = (),
    plus: Mapping[int, float] | None = None,
) -> Expression:
    """Blocks of N entries in our order of the gates.

    Args:
        source: the array with its blocks in the order of a library.
        n: N.
        order: for each of our gates the library's number of it.
        before: indices of earlier axes.
        behind: indices of later axes.
        plus: what is added to a block, by our number of the gate.
    """
    blocks = list[Expression]()
    for ours, theirs in enumerate(order):
        block = Expression("index", (source,), (*before, slice(theirs * n, (theirs + 1) * n), *behind))
        added = (plus or {}).get(ours)
        blocks.append(Expression("+", (block, Expression("number", value=added))) if added else block)
    return Expression(";", tuple(blocks))
