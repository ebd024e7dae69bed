r"""A wrong symbol, shown: candidates come from floating point, each is confirmed in fractions or in balls before it is reported.

Inputs are all those of the task where there are few, and random ones otherwise. A symbol is wrong for sure when the
nearest codeword is another one, or one as near.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emt_theory.circuits.certifying.balls import outputs_in_balls
from emt_theory.circuits.certifying.counterexamples import outputs_in_floats
from emt_theory.circuits.certifying.result import FirstError, NotProved
from emt_theory.ground.text import shown
from emt_theory.networks import ExactRNN, Network
from emt_theory.tasks.finite.alphabet import Alphabet
from emt_theory.tasks.finite.task import FiniteTask

_ALL_UP_TO = 512
_RANDOM = 256
_TRIES = 4


def find_first_symbol(net: ExactRNN | Network, task: FiniteTask) -> FirstError | None:
    """The earliest wrong symbol over the inputs that are tried, confirmed rigorously; None if none is found.

    Args:
        net: the network, over Q or a gated cell.
        task: the task.
    """
    s, horizon, q = task.num_variables, 3 * task.num_variables + 24, task.alphabet.size
    if task.components * np.log2(q) <= np.log2(_ALL_UP_TO):
        symbols = np.indices((q,) * task.components).reshape(task.components, -1).T
    else:
        symbols = np.random.default_rng(0).integers(q, size=(_RANDOM, task.components))
    symbols = symbols.reshape(-1, s, task.dim)
    targets = task.targets(symbols, horizon)
    outputs = outputs_in_floats(net, task.alphabet.encode(symbols), s + horizon)
    if outputs is None:
        return None
    seen = task.alphabet.decode(outputs[:, s:])
    for tau, k in islice(np.argwhere((seen != targets).any(axis=2).T), _TRIES):
        found = _confirm(net, task, symbols[k], targets[k], int(tau) + 1)
        if found is not None:
            return found
    return None


def _confirm(
    net: ExactRNN | Network, task: FiniteTask, symbols: NDArray[Any], targets: NDArray[Any], horizon: int
) -> FirstError | None:
    alphabet, s = task.alphabet, task.num_variables
    inputs = alphabet.encode(symbols).astype(object)
    if isinstance(net, ExactRNN) and net.is_piecewise_affine:
        outputs: Any = net.run(inputs, s + horizon).outputs[s:]
    else:
        try:
            outputs = outputs_in_balls(net, inputs, s + horizon)[s:]
        except NotProved:
            return None
    for tau, (numbers, wanted) in enumerate(zip(outputs, targets[:horizon], strict=True), start=1):
        for c, target in enumerate(wanted.tolist()):
            own = numbers[c * alphabet.width : (c + 1) * alphabet.width]
            if _is_wrong(alphabet, own, target):
                rows = tuple(tuple(map(str, row)) for row in symbols.tolist())
                told = ", ".join(shown(v) if isinstance(v, Fraction) else v.str(8, radius=False) for v in own)
                return FirstError(s + tau, c, rows, told, str(target), "symbol")
    return None


def _is_wrong(alphabet: Alphabet, numbers: Any, target: int) -> bool:
    """Whether another codeword is at least as near as the target's, for sure: |y − w|² = |y|² − (2 y·w − |w|²)."""
    near = [
        sum((2 * y * int(w) for y, w in zip(numbers, word, strict=True)), 0 * numbers[0]) - int(word @ word)
        for word in alphabet.codewords
    ]
    return any(bool(near[target] <= other) for symbol, other in enumerate(near) if symbol != target)
