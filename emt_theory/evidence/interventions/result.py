"""What a set of edits did: predicted flips seen, unpredicted ones, controls, and tables by slot and by step."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from emt_theory.evidence.interventions.edits import Edit
from emt_theory.ground.json import Record
from emt_theory.tasks.digits import write_fraction

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class Flips(Record):
    """Outputs counted after edits.

    Attributes:
        predicted: how many were predicted to flip.
        seen: how many of these did.
        staying: how many were predicted to keep their sign.
        unpredicted: how many of these did not.
    """

    JSON = (
        "predicted", "seen", "staying", "unpredicted", "predicted_flips_seen", "unpredicted_flips",
        "precision",
    )  # fmt: skip

    predicted: int = 0
    seen: int = 0
    staying: int = 0
    unpredicted: int = 0

    @property
    def predicted_flips_seen(self) -> float | None:
        """The fraction of predicted flips that were seen; None where none was predicted."""
        return self.seen / self.predicted if self.predicted else None

    @property
    def unpredicted_flips(self) -> float | None:
        """The fraction of outputs predicted to stay that flipped; None where none was."""
        return self.unpredicted / self.staying if self.staying else None

    @property
    def precision(self) -> float | None:
        """The fraction of flips seen that were predicted; None where none was seen. Few outputs flip, so a wrong theory shows here first."""
        return self.seen / (self.seen + self.unpredicted) if self.seen + self.unpredicted else None

    def __add__(self, other: Flips) -> Flips:
        return Flips(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))

    def __str__(self) -> str:
        return f"{self.seen} of {self.predicted} predicted flips seen, {self.unpredicted} of {self.staying} other outputs flipped"


@dataclass(frozen=True)
class EditOutcome(Record):
    """What one edit did.

    Attributes:
        edit: the edit.
        slots: the (block, component) pairs that it touched.
        sequences: in how many sequences it changed the memory; only these count.
        unchanged: in how many it would have changed nothing, because the slot held the wanted value; these are left out.
        unmoved: in how many of `sequences` the state did not move, because the network has no direction for the slot.
        flips: outputs counted.
    """

    edit: Edit
    slots: tuple[tuple[int, int], ...]
    sequences: int
    unchanged: int
    unmoved: int
    flips: Flips

    def __str__(self) -> str:
        return f"{self.edit} in {self.sequences} sequences: {self.flips}"


@dataclass(frozen=True, eq=False, repr=False)
class Example(Record):
    """One edit in one sequence, to be looked at.

    Attributes:
        t: when it was made.
        what: the edit in words.
        sequence: in which sequence of the recording.
        predicted: where flips are predicted, shape (steps, d).
        observed: where outputs flipped.
    """

    t: int
    what: str
    sequence: int
    predicted: NDArray[np.bool_]
    observed: NDArray[np.bool_]

    def __repr__(self) -> str:
        return f"Example({self.what}, sequence {self.sequence}, {self.predicted.sum()} flips predicted)"


@dataclass(frozen=True, eq=False, repr=False)
class InterventionResult(Record):
    """What a set of edits did to a network.

    Attributes:
        method: the memories that were edited.
        outcomes: what each edit did, controls left out.
        by_step: outputs counted τ = 1, 2, … steps after the edit.
        noops: how many no-op edits were made.
        noop_changes: how many outputs of these differ at all from the outputs without the edit.
        wrong_slot: a control: predictions held against what an edit of another slot at the same time did; all 0 where there is none.
        random_direction: a control: predictions held against what a push of equal length along a random combination of the directions did.
        accuracy: the fraction of right signs without an edit, at the same sequences and steps; None where nothing can be scored.
        edited_accuracy: the fraction of right signs after it, held against the task continued from the edited memory.
        blow_ups: in how many edited sequences an output was not finite.
        example: one edit in one sequence.
        notes: what to keep in mind.
    """

    method: str
    outcomes: tuple[EditOutcome, ...]
    by_step: tuple[Flips, ...]
    noops: int
    noop_changes: int
    wrong_slot: Flips
    random_direction: Flips
    accuracy: float | None
    edited_accuracy: float | None
    blow_ups: int
    example: Example | None
    notes: tuple[str, ...] = ()

    @property
    def edits(self) -> int:
        """How many edits were made, each sequence counted."""
        return sum(outcome.sequences for outcome in self.outcomes)

    @property
    def flips(self) -> Flips:
        """All outputs counted."""
        return sum((outcome.flips for outcome in self.outcomes), Flips())

    @property
    def predicted_flips_seen(self) -> float | None:
        """The fraction of predicted flips that were seen."""
        return self.flips.predicted_flips_seen

    @property
    def unpredicted_flips(self) -> float | None:
        """The fraction of outputs predicted to stay that flipped."""
        return self.flips.unpredicted_flips

    @property
    def by_slot(self) -> dict[tuple[int, int], Flips]:
        """Outputs counted after edits of single slots, by (block, component)."""
        found: dict[tuple[int, int], Flips] = {}
        for outcome in self.outcomes:
            if len(outcome.slots) == 1:
                slot = outcome.slots[0]
                found[slot] = found.get(slot, Flips()) + outcome.flips
        return dict(sorted(found.items()))

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready: the keys that `emt check --json` promises under `interventions`, and more."""
        return {
            "edits": self.edits,
            "predicted_flips_seen": self.predicted_flips_seen,
            "unpredicted_flips": self.unpredicted_flips,
            "noop_changes": self.noop_changes,
            "noops": self.noops,
            "method": self.method,
            "flips": self.flips.to_dict(),
            "accuracy": self.accuracy,
            "edited_accuracy": self.edited_accuracy,
            "wrong_slot": self.wrong_slot.to_dict(),
            "random_direction": self.random_direction.to_dict(),
            "by_slot": [{"slot": list(slot), **flips.to_dict()} for slot, flips in self.by_slot.items()],
            "by_step": [flips.to_dict() for flips in self.by_step],
            "unchanged": sum(outcome.unchanged for outcome in self.outcomes),
            "unmoved": sum(outcome.unmoved for outcome in self.outcomes),
            "blow_ups": self.blow_ups,
            "notes": list(self.notes),
            "reason": None,
        }

    def plot(self, ax: Axes | None = None) -> Axes:
        """One edit: where flips were predicted and where outputs flipped, over time and output component."""
        from emt_theory.evidence.interventions.drawing import draw_example

        return draw_example(self.example, ax)

    def plot_slots(self, ax: Axes | None = None) -> Axes:
        """The fraction of predicted flips seen for each slot, as a grid of blocks and components."""
        from emt_theory.evidence.interventions.drawing import draw_slots

        shares = {slot: flips.predicted_flips_seen for slot, flips in self.by_slot.items()}
        return draw_slots(shares, "predicted flips seen", ax)

    def __repr__(self) -> str:
        return f"InterventionResult({self})"

    def __str__(self) -> str:
        return (
            f"{self.edits} edits: {_tell(self.predicted_flips_seen, 'of the predicted flips seen', 'no flip was predicted')}, "
            f"{_tell(self.unpredicted_flips, 'of the other outputs flipped', 'no output was predicted to stay')}; "
            f"{self.noops} no-ops changed {self.noop_changes} outputs"
        )


def _tell(fraction: float | None, what: str, otherwise: str) -> str:
    return otherwise if fraction is None else f"{write_fraction(fraction)} {what}"
