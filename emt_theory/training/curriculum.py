r"""Curricula: over which horizon a step of training is scored.

A network learns to carry its memory a few steps before it can learn to carry it for many. The two ways to lengthen the
horizon are values:

- `Scheduled`: the horizon is a function of the step. `Scheduled((16, 48), starts=(0, 1/2))` scores 16 steps during the first
  half of the training and 48 during the second.
- `Adaptive`: the horizon moves on when the sign accuracy of a batch exceeds a threshold; this is the paper's.

>>> [Scheduled((16, 48), (0, 0.5)).first_step(stage, steps=4000) for stage in (0, 1)]
[0, 2000]
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from emt_theory.errors import InvalidOption
from emt_theory.ground.arguments import integer, real, sequence
from emt_theory.ground.json import Record
from emt_theory.ground.text import shown


@dataclass(frozen=True)
class Scheduled(Record):
    """Horizons that begin at given fractions of the training.

    Attributes:
        horizons: scored steps, one number for each stage.
        starts: where each stage begins, as a fraction of all steps; the first is 0.

    Raises:
        InvalidOption: if horizons are not positive, or starts do not rise from 0 to below 1.
    """

    horizons: tuple[int, ...]
    starts: tuple[float, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "horizons", _checked_horizons(self.horizons))
        starts = tuple(real(f"starts[{k}]", start) for k, start in enumerate(sequence("starts", self.starts)))
        object.__setattr__(self, "starts", starts)
        rising = all(a < b for a, b in pairwise(starts))
        if len(starts) != len(self.horizons) or not starts or starts[0] != 0 or not rising or not starts[-1] < 1:
            raise InvalidOption(
                f"starts must rise from 0 to below 1, one for each of {len(self.horizons)} horizons; got {list(starts)}"
            )

    @property
    def threshold(self) -> float:
        """An accuracy that no batch exceeds: accuracy never moves a schedule."""
        return float("inf")

    def first_step(self, stage: int, steps: int) -> int:
        """The step at which a stage begins."""
        return round(self.starts[stage] * steps)


@dataclass(frozen=True)
class Adaptive(Record):
    """Horizons that move on when a batch goes well.

    Attributes:
        horizons: scored steps, one number for each stage.
        threshold: the sign accuracy of a batch above which the next stage begins with the next step.

    Raises:
        InvalidOption: if horizons are not positive, or the threshold is not in (0, 1).

    >>> Adaptive((10, 20, 40), threshold=0.98).horizons
    (10, 20, 40)
    """

    horizons: tuple[int, ...]
    threshold: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "horizons", _checked_horizons(self.horizons))
        if not 0 < real("threshold", self.threshold) < 1:
            raise InvalidOption(f"threshold must be an accuracy between 0 and 1; got {shown(self.threshold)}")

    def first_step(self, stage: int, steps: int) -> int:
        """The step at which a stage begins of itself: 0 for the first, none for the others."""
        return 0 if stage == 0 else steps


Curriculum = Scheduled | Adaptive


def _checked_horizons(given: Any) -> tuple[int, ...]:
    horizons = sequence("horizons", given)
    if not horizons:
        raise InvalidOption("horizons must be positive integers, at least one; got none")
    return tuple(integer(f"horizons[{k}]", horizon, least=1) for k, horizon in enumerate(horizons))
