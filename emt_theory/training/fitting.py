r"""How many steps, how large, and whether with biases: what a protocol that leaves them open makes of a network and of the theory of its task.

Let m be the fewest dimensions that carry the task (`emt_theory.circuits.minimal_dimension`, known before training). A step of Adam moves every
entry of W_hh by about η, whatever N is; a random pattern of such signs has the norm 2 η √N. And a network with no dimension to spare takes longer
than one with most of them idle. So with N hidden units

    η = 6·10⁻³ √(128/N),      steps = 3,000 √(m/N), but at least 1,000 and at most 3,000

and where there is no such theory, N/m counts as 1.5.

>>> from emt_theory.tasks import parse
>>> from emt_theory.training.protocol import FastProtocol
>>> [(fitted.steps, fitted.learning_rate) for N in (64, 128) for fitted in [fit(FastProtocol(), parse("T1"), N)]]
[(3000, 0.00849), (2121, 0.006)]
>>> fit(FastProtocol(steps=500), parse("T1"), 64).steps
500

An odd network, of tanh units without biases, cannot have a rule on signs that is not odd (P22). There biases are trained unless they are forbidden,
and where they are, nothing is:

>>> fit(FastProtocol(), parse("xor"), 32).biases, fit(FastProtocol(), parse("majority"), 32).biases
(True, None)
>>> fit(FastProtocol(biases=False), parse("xor"), 32)
Traceback (most recent call last):
...
emt_theory.errors.InvalidOption: output 0 is 0 on u[1][0] = 0, u[2][0] = 0 and on its opposite:
no odd network, of tanh units without biases or a constant input, has it (P22);
leave biases out of the protocol, and they are trained

What is given is kept, and a protocol that leaves nothing open comes back as it is. The numbers were set by looking at trained networks;
docs/training.md has which, and what others show.
"""

from __future__ import annotations

import math
from dataclasses import replace

from emt_theory.circuits import OddObstruction, find_odd_obstruction, minimal_dimension
from emt_theory.errors import InvalidOption
from emt_theory.networks import ElmanRNN
from emt_theory.networks import activation as find_activation
from emt_theory.tasks import FiniteTask, LinearTask
from emt_theory.training.protocol import Protocol
from emt_theory.training.sources import Source

RATE, SIZE = 6e-3, 128
"""The learning rate of a network of this size."""
MOST, LEAST = 3_000, 1_000
"""Steps of a network with no dimension to spare, and of one with many."""
UNKNOWN = 1.5
"""What N/m counts as where a task has no theory."""


def fit(
    protocol: Protocol, source: Source, hidden: int, activation: str = "tanh", cell: str = ElmanRNN.kind
) -> Protocol:
    """The protocol with what it leaves open filled in.

    Args:
        protocol: whose steps, learning rate and biases may be open.
        source: what is trained on.
        hidden: N.
        activation: σ of an Elman network.
        cell: the kind of network.

    Raises:
        InvalidOption: if biases are forbidden, and without them nothing can have the task.
    """
    found: dict[str, object] = {}
    if protocol.open:
        found = {"steps": steps_for(hidden, _least(source)), "learning_rate": rate_for(hidden)}
        found = {name: found[name] for name in protocol.open}
    if not protocol.biases and (why := needs_biases(source, activation, cell)):
        if protocol.biases is False:
            raise InvalidOption(f"{why} (P22); leave biases out of the protocol, and they are trained")
        found["biases"] = True
    return replace(protocol, **found) if found else protocol


def needs_biases(source: Source, activation: str, cell: str) -> OddObstruction | None:
    """Why a network of this kind cannot have the task without biases; None where none is known.

    Args:
        source: what is trained on.
        activation: σ of an Elman network.
        cell: the kind of network; a gate is no odd function.
    """
    odd = cell == ElmanRNN.kind and find_activation(activation).odd
    return find_odd_obstruction(source) if odd and isinstance(source, FiniteTask) else None


def rate_for(hidden: int) -> float:
    """η, to three digits."""
    return float(f"{RATE * math.sqrt(SIZE / hidden):.3g}")


def steps_for(hidden: int, least: int | None) -> int:
    """Steps of a network with N hidden units, of which the task needs m, where that is known.

    >>> [steps_for(N, 16) for N in (8, 16, 25, 36, 64, 256)], steps_for(64, None)
    ([3000, 3000, 2400, 2000, 1500, 1000], 2449)
    """
    ratio = UNKNOWN if least is None else hidden / max(1, least)
    return round(min(MOST, max(LEAST, MOST / math.sqrt(ratio))))


def _least(source: Source) -> int | None:
    """m; None where there is no theory."""
    return minimal_dimension(source).running if isinstance(source, LinearTask) else None
