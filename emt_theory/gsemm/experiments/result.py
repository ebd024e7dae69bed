"""What an experiment returns: a claim, whether it holds, and the numbers that say so."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from emt_theory.errors import InvalidOption
from emt_theory.ground.arguments import real, sequence
from emt_theory.ground.json import Record

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Say = Callable[[str], None]
"""Told what is being done."""


class ExperimentResult(Record, ABC):
    """The result of an experiment; a subclass is a frozen dataclass of what was measured, and its `JSON` what of it is told.

    Attributes:
        name: the experiment's name on the command line.
        claim: what is claimed, with its conditions.
    """

    name: ClassVar[str]
    claim: ClassVar[str]

    @property
    @abstractmethod
    def holds(self) -> bool:
        """Whether the measurements agree with the claim."""

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw it; see `emt_theory.gsemm.drawing`."""
        from emt_theory.gsemm.drawing import DRAWINGS

        return DRAWINGS[self.name](self, ax)

    @abstractmethod
    def lines(self) -> list[str]:
        """What was measured, in a few lines of text."""

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {"experiment": self.name, "claim": self.claim, "holds": self.holds, **super().to_dict()}

    def __str__(self) -> str:
        head = f"{self.name}: {'holds' if self.holds else 'DOES NOT HOLD'}. {self.claim}"
        return "\n".join([head, *(f"  {line}" for line in self.lines())])


def numbers(name: str, values: Any, for_order: bool = False) -> list[float]:
    """A list of numbers, as an experiment takes it.

    Args:
        name: what they are called in messages.
        values: what was given.
        for_order: whether an order is fitted over them, which takes two different ones.

    Raises:
        InvalidOption: if it is none, empty, or too few for an order.
    """
    found = [real(f"{name}[{k}]", value) for k, value in enumerate(sequence(name, values))]
    if not found:
        raise InvalidOption(f"{name} must hold at least one number")
    if for_order and len(set(found)) < 2:
        raise InvalidOption(f"an order needs at least two different {name}; got {tuple(found)}")
    return found


def fitted_order(sizes: ArrayLike, errors: ArrayLike) -> float:
    """The p of error ≈ C·size^p: the slope of the least-squares line through the logarithms.

    >>> round(fitted_order([1, 2, 4], [3, 12, 48]), 6)
    2.0
    """
    return float(np.polyfit(np.log(np.asarray(sizes)), np.log(np.asarray(errors)), 1)[0])
