"""How much decompilation runs, and where float64 ends; what it decides by stands in `emt_theory.analysis.thresholds`."""

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

TRIALS = 128
"""Fresh sequences on which each program that is left is tried over the whole horizon."""

EXACT = 1e-6
"""Value errors below this are rounding."""

EARLY = 8
"""Scored steps of the early value error."""

ROUNDING = 1e-12
"""An output below this fraction of the sum that made it is 0; also the relative precision of a coefficient read without error."""

HELD_RANK = 1e-9
"""Singular values of the states below this fraction of the largest are none."""
