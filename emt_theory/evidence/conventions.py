"""How measurements are made: conventions of measuring, none of which decides anything, and the sizes of what is run.

What is held to what stands in `emt_theory.analysis.thresholds`; this floor does not know it.

>>> from dataclasses import replace
>>> replace(CONVENTIONS, modulus=0.95).to_dict()["modulus"]
0.95

`modulus` is the paper's (eigenvalues with |λ| > 0.9 count as memory); the others are this project's.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from emt_theory.errors import InvalidOption
from emt_theory.ground.arguments import real
from emt_theory.ground.json import Record


@dataclass(frozen=True)
class Conventions(Record):
    """What is counted, and what is taken for the same.

    Attributes:
        modulus: eigenvalues with |λ| above this are compared with the theory's.
        gap: |λ| must leave a gap of this width around `modulus`; otherwise the count is ambiguous.
        match_radius: an eigenvalue farther than this (radians) from its partner in argument has none: it is missing.
        rank_tolerance: singular values below this fraction of the largest are no directions of the states.
        rank_spread: how much the complex error may move when the rank of the fit is changed, and still be called stable.

    Raises:
        InvalidOption: if one is not a positive number.
    """

    modulus: float = 0.9
    gap: float = 0.02
    match_radius: float = 0.1
    rank_tolerance: float = 1e-6
    rank_spread: float = 1e-3

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if not 0 < real(f"threshold {name}", value) < float("inf"):
                raise InvalidOption(f"threshold {name} must be positive and finite; got {value!r}")


CONVENTIONS = Conventions()
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
