"""Every number that a verdict rests on, in one place.

A verdict compares measurements with thresholds; those are conventions, so they are named here, shown in every result, and can be replaced:

>>> from dataclasses import replace
>>> replace(THRESHOLDS, solved_accuracy=0.999).to_dict()["solved_accuracy"]
0.999

Each decides on an interval over sequences: held when all of it is on the right side, failed when all of it is on the other, else undecided.
docs/verdicts.md has the shares of true circuits and of impostors that they call right.
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
        modulus, gap, match_radius, rank_tolerance, rank_spread: see `Conventions`; none of them decides.
        solved_accuracy: the task is solved when the whole interval of the sign accuracy is at or above this.
        output_accuracy: and when the whole interval of every single output's accuracy is at or above this; 0.95 is far from what a right output has,
            and from the half that a wrong one has.
        variables_read: the variables are there when R² of the worst combination is above this: one half is as much signal as noise.
        extra_share: something else is held where more than this share of a direction is not determined by the memory.
        extra_size: and where its size, relative to the smallest variable, is at least this.
        used: the variables are used when the share of sequences in which edits do what theory says is above this. At a second look, with
            products, the same holds of edits of variables with these, and of variables pushed alone; and of no variable more changes are undone.
        window_read: on finite tasks, the variables are there when R² of the worst that the rule needs is at least this.
        spread: and nothing else is held when states of one memory differ by at most this.
        state_read: of a machine's task, its state is there when more than this share of the network's states lies nearest to their own.
        lift_share, lift_error: the state is the lift of the task when at least this share of its variance is in it, and no eigenvalue is
            farther off; only the name of the mechanism rests on these two.

    Raises:
        InvalidOption: if a threshold is not a positive number, or an accuracy is above 1.
    """

    JSON = (
        "solved_accuracy", "output_accuracy", "variables_read", "extra_share", "extra_size", "used", "window_read", "spread", "state_read",
        "lift_share", "lift_error", "modulus", "gap", "match_radius", "rank_tolerance", "rank_spread",
    )  # fmt: skip

    solved_accuracy: float = 0.99
    output_accuracy: float = 0.95
    variables_read: float = 0.5
    extra_share: float = 0.5
    extra_size: float = 5e-4
    used: float = 0.9
    window_read: float = 0.85
    spread: float = 1e-3
    state_read: float = 0.9
    lift_share: float = 0.9
    lift_error: float = 0.1

    def __post_init__(self) -> None:
        shares = ("variables_read", "extra_share", "used", "window_read", "state_read", "lift_share")
        for name, value in asdict(self).items():
            bound = "in (0, 1]" if "accuracy" in name else "in (0, 1)" if name in shares else "positive and finite"
            low = 0 < real(f"threshold {name}", value) < float("inf")
            if not low or ("accuracy" in name and value > 1) or (name in shares and value >= 1):
                raise InvalidOption(f"threshold {name} must be {bound}; got {value!r}")


THRESHOLDS = Thresholds()
"""The defaults."""

NEAR = (0.01, 0.05)
"""The mean and the largest |λ − λ'| at which a spectrum is said to match another, in reports."""

SAME_MAPS = 0.1
"""Two networks have the same map on their variables when their recovered Φ differ by at most this, relative to Φ."""

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


@dataclass(frozen=True)
class SymbolThresholds(Record):
    """What `decompile` holds rules on symbols to.

    Attributes:
        firm: half of the first outputs are at least so much nearer to one codeword than to the next, over the least distance of two.
        right: of so many of the inputs every symbol has to be right.

    Both, and the half in `emt_theory.analysis.decompiling.symbols`, were set by looking at trained networks; docs/learned has which.
    """

    firm: float = 0.1
    right: float = 0.99


SYMBOLS = SymbolThresholds()
"""The defaults."""


@dataclass(frozen=True)
class StreamThresholds(Record):
    """What `decompile` holds programs with an input at every step to; they count as solved from `THRESHOLDS.solved_accuracy` on.

    Attributes:
        nonlinear: a sum of past inputs may leave this share of what outputs vary; above it a network is no filter.
        coefficient_error: how far a coefficient of a trained network may be off, at least.
        parameter_error: how far a Markov parameter may be off the recurrence's, relative to it.
        idle: outputs that vary less than this, relative to their size, do not depend on inputs.
        clear: an output is a clear symbol when its lead over the next one is above this fraction of the median lead.
        unclear_share: where more than this share of the outputs is not clear, they are no symbols.
        logit: outputs that are not near codewords are taken for odds where half of them lead by this at least.
        forgotten: a share of an early input below this is nothing.
    """

    nonlinear: float = 0.2
    coefficient_error: float = 0.02
    parameter_error: float = 0.05
    idle: float = 1e-6
    clear: float = 0.2
    unclear_share: float = 0.01
    logit: float = 2.0
    forgotten: float = 0.02


STREAMS = StreamThresholds()
"""The defaults."""
