"""The phase channel: one more input, the last, by which a network is told whether inputs are still coming.

People do it in several ways, so that a polarity has to be said. The channel at time t, with inputs until s:

    name            t ≤ s    t = s + 1    t > s + 1
    while-inputs      1          0            0         P16's gate; `phase_input=True`
    after-inputs      0          1            1         a go cue that stays
    eos               0         −1            0         end of sequence, as the theory's authors mark it
    eos+1             0          1            0         a go cue of one step

`Network.run` appends it; inputs that are passed never have it.

>>> find_phase(True), find_phase("eos").first, find_phase(False)
(Phase(name='while-inputs', during=1.0, first=0.0, after=0.0), -1.0, None)
>>> phase_option("while-inputs"), phase_option("after-inputs"), phase_option(None)
(True, 'after-inputs', False)
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from emt_theory.errors import InvalidNetwork
from emt_theory.ground.arguments import choice
from emt_theory.ground.text import shows


@shows
class Phase(NamedTuple):
    """The values of a phase channel.

    Attributes:
        name: what it is called in files and options.
        during: for t ≤ s.
        first: for t = s + 1.
        after: for t > s + 1.
    """

    name: str
    during: float
    first: float
    after: float


PHASES = {
    phase.name: phase
    for phase in (
        Phase("while-inputs", 1.0, 0.0, 0.0),
        Phase("after-inputs", 0.0, 1.0, 1.0),
        Phase("eos", 0.0, -1.0, 0.0),
        Phase("eos+1", 0.0, 1.0, 0.0),
    )
}
"""Every polarity, by its name."""


def find_phase(option: object) -> Phase | None:
    """The phase channel that an option means; None where there is none.

    Args:
        option: a name of `PHASES`; True for ``"while-inputs"``; False or None for none.

    Raises:
        InvalidNetwork: if it is something else.
    """
    if option is None or isinstance(option, bool | np.bool_):
        return PHASES["while-inputs"] if option else None
    return PHASES[choice("phase_input", option, PHASES, InvalidNetwork)]


def phase_hint(d_in: int, d_out: int, option: object) -> str:
    """What to try where a network takes one number more than it shows, for a message; "" where that is not so.

    >>> phase_hint(3, 2, option=False)[:24], phase_hint(3, 3, option=False)
    (' If its last input tells', '')
    """
    if d_in != d_out + 1 or option:
        return ""
    return (
        " If its last input tells whether inputs are still coming, load it with phase_input='while-inputs' (1, then 0), "
        "'after-inputs' (the reverse), 'eos' (−1 at s + 1) or 'eos+1'; on the command line, --phase-input"
    )


def phase_option(option: object) -> bool | str:
    """The option as networks keep it: False without a phase channel, True for ``"while-inputs"``, else the name.

    Raises:
        InvalidNetwork: as `find_phase`.
    """
    phase = find_phase(option)
    return phase is not None and (phase.name == "while-inputs" or phase.name)
