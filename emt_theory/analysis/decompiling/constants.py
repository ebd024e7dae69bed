r"""A component that stays at 1 where it is shown as 1: the constant input that an odd network is given to have rules that are not odd (P22).

It is no variable. The network takes d components and a 1 while inputs last, which is a phase channel (`emt_theory.networks.phase`): the columns of
W_uh are put in that order, and the read-out of the 1 is left out.

>>> from emt_theory import derive
>>> from emt_theory.tasks import repeat_copy
>>> copies = derive(repeat_copy(1, 2)).compile(scheme="linear")
>>> [(component, told.dim, told.phase_input) for component, told in constants_of(copies, most=1)]
[(0, 1, True), (1, 1, True)]
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from emt_theory.networks import ElmanRNN, Network
from emt_theory.tasks.words import generator

_PROBES, _STEPS, _NEAR = 32, 20, 0.5


def constants_of(net: Network, most: int) -> Iterator[tuple[int, ElmanRNN]]:
    """The components that stay within ½ of 1, with inputs of some length up to `most`; each with the network in which it is the phase channel.

    Args:
        net: a network whose components are one number each; of another cell than Elman's, or told a phase already, there is none.
        most: s ≤ most.
    """
    if not isinstance(net, ElmanRNN) or net.phase_input or net.d_in != net.dim:
        return
    for c in range(net.dim if net.dim > 1 else 0):
        if any(stays(net, c, s) for s in range(1, most + 1)):
            others = [k for k in range(net.dim) if k != c]
            bias = None if net.b_y is None else net.b_y[others]
            told = {"W_uh": net.W_uh[:, [*others, c]], "W_hy": net.W_hy[others], "b_y": bias}
            yield c, replace(net, **told, phase_input=True, exact=None)


def stays(net: Network, component: int, s: int) -> bool:
    """Whether a component stays within ½ of 1 behind s inputs in which it is 1 and all others are signs.

    Args:
        net: a network whose components are one number each.
        component: which.
        s: how many inputs.
    """
    shown = 1.0 - 2.0 * generator(0).integers(2, size=(_PROBES, s, net.dim))
    shown[..., component] = 1
    return bool((np.abs(net.run(shown, s + _STEPS).outputs[:, s:, component] - 1) < _NEAR).all())
