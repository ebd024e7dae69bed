"""Every number that decompilation rests on; the accuracy at which a task counts as solved is `THRESHOLDS.solved_accuracy`."""

MAX_VARIABLES = 16
"""The largest s that is tried."""

MAX_DENOMINATOR = 12
"""The largest denominator of a coefficient."""

LARGEST_COMPONENTS = 512
"""The most memory components n = s·d of a program; s is tried up to 512 // d."""

PROBES = 512
"""Sequences that a program is read off, or 4n if that is more."""

PROBE_STEPS = 32
"""Scored steps of each."""

LARGEST_OUTPUT = 1e100
"""A network whose outputs are larger within these steps has blown up."""

SCREEN = 0.9
"""A program with fewer right signs than this over the probes is not tried any further: at 0.99 over 200 steps at most two steps are wrong in all."""

TRIALS = 128
"""Fresh sequences on which each program that is left is tried over the whole horizon."""

VALUE_ERROR = 0.25
"""The largest relative error of values where signs say too little: programs that are no selection, or read few components."""

FEW_COMPONENTS = 3
"""For so few components the sign of a weighted sum often is that of one of them (|w_1| > |w_2| + |w_3|), so signs alone are no evidence."""

EXACT = 1e-6
"""Value errors below this are rounding."""

IDLE = 1e-6
"""An output that a program has at 0 may not be larger than this fraction of the inputs."""

LARGEST_GROWTH = 10.0
"""The outputs of a network that copies are at most this many times larger at the end of the horizon than at its beginning."""

STAND_OUT = 0.9
"""One number of variables stands out when its early value error is below this fraction of every other's."""

EARLY = 8
"""Scored steps of the early value error."""

CLEAR = 0.5
"""A read is clear when its coefficient is at least this and every other of its output is below this fraction of it."""

CLOSE = 0.85
"""A rejected program is worth showing when this fraction of its signs is right over the probes."""

CLOSE_AT_FIRST = 0.75
"""A program is tried, or shown, when this fraction is right at their first step, where what repeats itself without being linear fails."""

RIVAL = 0.5
"""A rejected program whose early value error is below this fraction of the chosen one's is what the network is about."""

ROUNDING = 1e-12
"""An output below this fraction of the sum that made it is 0; also the relative precision of a coefficient read without error."""

HELD_RANK = 1e-9
"""Singular values of the states below this fraction of the largest are none."""
