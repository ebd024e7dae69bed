"""Every number that a verdict rests on, in one place.

A verdict compares measurements with thresholds; those are conventions, so they are named here, shown in every result, and can be replaced:

>>> from dataclasses import replace
>>> replace(THRESHOLDS, solved_accuracy=0.999).to_dict()["solved_accuracy"]
0.999

`modulus` is the paper's (eigenvalues with |λ| > 0.9 count as memory); the others are this project's starting points.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from emt_theory.errors import InvalidOption
from emt_theory.evidence.conventions import Conventions
from emt_theory.ground.arguments import real
from emt_theory.ground.json import Record


@dataclass(frozen=True)
class Thresholds(Conventions):
    """What `check` holds its measurements to, and the conventions that they were made by.

    Attributes:
        modulus, gap, match_radius, rank_tolerance, rank_spread: see `Conventions`.
        solved_accuracy: the task is solved when the whole interval of the sign accuracy is at or above this.
        output_accuracy: and when the whole interval of every single output's accuracy is at or above this; 0.95 is far from what a right output has,
            and from the half that a wrong one has.
        complex_error: the largest mean |λ − λ'| over the optimal assignment at which spectra match.
        largest_error: the largest |λ − λ'| of any single pair. The default is half of 1 − `modulus`: a mode that is farther off lies as near to
            the cut as to the circle, and forgets nine tenths in 45 steps; a mean over 64 modes hides it.
        decode_accuracy: the smallest fraction of stored signs that matching memories decode.
        slot_accuracy: the same for the worst single variable, which a mean over many hides.
        null_ratio: the largest ratio of the intertwining residual to that with one sign of Φ flipped.
        flips_seen: the smallest fraction of the flips that theory predicts after an edit which has to be seen.
        slot_flips_seen: the same for the worst single variable.
        unpredicted_flips: the largest fraction of the other outputs that may flip after it.

    Raises:
        InvalidOption: if a threshold is not a positive number, or an accuracy is above 1.
    """

    JSON = (
        "solved_accuracy", "output_accuracy", "modulus", "gap", "match_radius", "complex_error", "largest_error", "decode_accuracy",
        "slot_accuracy", "null_ratio", "flips_seen", "slot_flips_seen", "unpredicted_flips", "rank_tolerance",
        "rank_spread",
    )  # fmt: skip

    solved_accuracy: float = 0.99
    output_accuracy: float = 0.95
    complex_error: float = 0.01
    largest_error: float = 0.05
    decode_accuracy: float = 0.99
    slot_accuracy: float = 0.9
    null_ratio: float = 0.5
    flips_seen: float = 0.99
    slot_flips_seen: float = 0.9
    unpredicted_flips: float = 0.01

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if not 0 < real(f"threshold {name}", value) < float("inf") or ("accuracy" in name and value > 1):
                bound = "in (0, 1]" if "accuracy" in name else "positive and finite"
                raise InvalidOption(f"threshold {name} must be {bound}; got {value!r}")


THRESHOLDS = Thresholds()
"""The defaults."""

SAME_STATES = 0.99
"""Two networks have the same states up to a change of basis when linear maps carry this share of the variance both ways."""


@dataclass(frozen=True)
class ProgramThresholds(Record):
    """What `decompile` holds programs to; the accuracy at which a program counts as solved is `THRESHOLDS.solved_accuracy`.

    Attributes:
        screen: a program with fewer right signs than this over the probes is not tried any further: at 0.99 over 200 steps at most two
            steps are wrong in all.
        value_error: the largest relative error of values where signs say too little: programs that are no selection, or read few
            components.
        few_components: for so few components the sign of a weighted sum often is that of one of them (|w_1| > |w_2| + |w_3|), so signs
            alone are no evidence.
        idle: an output that a program has at 0 may not be larger than this fraction of the inputs.
        largest_growth: the outputs of a network that copies are at most this many times larger at the end of the horizon than at its
            beginning.
        stand_out: one number of variables stands out when its early value error is below this fraction of every other's.
        clear: a read is clear when its coefficient is at least this and every other of its output is below this fraction of it.
        close: a rejected program is worth showing when this fraction of its signs is right over the probes.
        close_at_first: a program is tried, or shown, when this fraction is right at their first step, where what repeats itself without
            being linear fails.
        rival: a rejected program whose early value error is below this fraction of the chosen one's is what the network is about.
    """

    screen: float = 0.9
    value_error: float = 0.25
    few_components: int = 3
    idle: float = 1e-6
    largest_growth: float = 10.0
    stand_out: float = 0.9
    clear: float = 0.5
    close: float = 0.85
    close_at_first: float = 0.75
    rival: float = 0.5


PROGRAMS = ProgramThresholds()
"""The defaults."""
