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
from emt_theory.ground.arguments import real
from emt_theory.ground.json import Record


@dataclass(frozen=True)
class Thresholds(Record):
    """What `check` holds its measurements to.

    Attributes:
        solved_accuracy: the task is solved when the whole interval of the sign accuracy is at or above this.
        modulus: eigenvalues with |λ| above this are compared with the theory's.
        gap: |λ| must leave a gap of this width around `modulus`; otherwise the count is ambiguous.
        match_radius: an eigenvalue farther than this (radians) from its partner in argument has none: it is missing.
        complex_error: the largest mean |λ − λ'| over the optimal assignment at which spectra match.
        largest_error: the largest |λ − λ'| of any single pair. The default is half of 1 − `modulus`: a mode that is farther off lies as near to
            the cut as to the circle, and forgets nine tenths in 45 steps; a mean over 64 modes hides it.
        decode_accuracy: the smallest fraction of stored signs that matching memories decode.
        slot_accuracy: the same for the worst single variable, which a mean over many hides.
        null_ratio: the largest ratio of the intertwining residual to that with one sign of Φ flipped.
        flips_seen: the smallest fraction of the flips that theory predicts after an edit which has to be seen.
        slot_flips_seen: the same for the worst single variable.
        unpredicted_flips: the largest fraction of the other outputs that may flip after it.
        rank_tolerance: singular values below this fraction of the largest are no directions of the states.
        rank_spread: how much the complex error may move when the rank of the fit is changed.

    Raises:
        InvalidOption: if a threshold is not a positive number, or an accuracy is above 1.
    """

    solved_accuracy: float = 0.99
    modulus: float = 0.9
    gap: float = 0.02
    match_radius: float = 0.1
    complex_error: float = 0.01
    largest_error: float = 0.05
    decode_accuracy: float = 0.99
    slot_accuracy: float = 0.9
    null_ratio: float = 0.5
    flips_seen: float = 0.99
    slot_flips_seen: float = 0.9
    unpredicted_flips: float = 0.01
    rank_tolerance: float = 1e-6
    rank_spread: float = 1e-3

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if not 0 < real(f"threshold {name}", value) < float("inf") or ("accuracy" in name and value > 1):
                bound = "in (0, 1]" if "accuracy" in name else "positive and finite"
                raise InvalidOption(f"threshold {name} must be {bound}; got {value!r}")


THRESHOLDS = Thresholds()
"""The defaults."""

SEQUENCES = 640
"""Fresh sequences on which behaviour is judged: the paper's number."""

HORIZON = 200
"""Scored steps: the paper's test horizon."""

FIT_SEQUENCES = 128
"""Sequences on which linearizations and memories are fitted; never the fresh ones."""

LARGEST_MEMORY = 1024
"""The most memory components n = s·d that `check` takes; time grows like n³."""

LARGEST_REPEATED = 256
"""The most units, and modes, of a network for which `check` repeats what costs N³ at each turn: the bootstrap, and dropping modes."""
