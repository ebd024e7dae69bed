"""Which edits to make, and whether any can be made."""

from __future__ import annotations

import numpy as np

from emt_theory.errors import InvalidOption
from emt_theory.evidence.interventions.edits import Edit, Flip, NoOp, places
from emt_theory.evidence.interventions.handles import describe
from emt_theory.evidence.memories import Estimate, Persistent
from emt_theory.evidence.recording import Recording, require, require_sizes
from emt_theory.ground.absent import Absent
from emt_theory.ground.arguments import integer, is_integer
from emt_theory.ground.text import shown
from emt_theory.tasks.words import generator

STEPS = 60
"""How long a network is watched after an edit."""

SEQUENCES = 8
"""In how many sequences each edit is made, where nothing is said."""

FEW_SEQUENCES = 2
"""The same for a network with more than `LARGE` state variables."""

LARGE = 256

LARGEST_SET = 64
"""How many slots the default edits take at most."""

_TIMES = 3


def single_slot_flips(persistent: Persistent, last: int, steps: int = STEPS, seed: int = 0) -> tuple[Edit, ...]:
    """The default edits: every persistent slot flipped, or 64 of them drawn at random, at three settled times, with a no-op at each time.

    Args:
        persistent: the slots.
        last: the last step that is recorded, where the task has settled (at least 2s).
        steps: how long the network is to be watched; the last edit leaves room for that, or for half of what there is.
        seed: of the slots drawn.

    Raises:
        InvalidOption: if something is of another kind, or out of range.

    >>> from emt_theory import derive
    >>> from emt_theory.evidence.memories import persistent_dynamics
    >>> from emt_theory.tasks import repeat_copy
    >>> edits = single_slot_flips(persistent_dynamics(derive(repeat_copy(1, 2))), last=100)
    >>> edits[:3]
    (Flip(t=2, slot=(1, 0)), Flip(t=2, slot=(1, 1)), NoOp(t=2, slot=(1, 0)))
    >>> sorted({edit.t for edit in edits})
    [2, 26, 51]
    """
    require(Persistent, persistent=persistent)
    require_sizes(steps=steps)
    first = persistent.task.settled
    last = integer("last", last, least=first, most=2**53)  # the times are spread in float64
    count = len(persistent.components)
    drawn = generator(seed).permutation(count)[:LARGEST_SET]
    slots = [persistent.slots[j] for j in sorted(drawn)]
    latest = last - min(steps, (last - first) // 2)
    edits: list[Edit] = []
    for i, t in enumerate(sorted({int(t) for t in np.linspace(first, latest, _TIMES)})):
        edits += [Flip(t, slot) for slot in slots]
        edits += [NoOp(t, slots[i % len(slots)])] if slots else []
    return tuple(edits)


def last_usable(recording: Recording) -> int:
    """The last step before a blow-up, and before the task's own values leave the range of floats."""
    ends = (recording.blow_up, recording.range_left)
    return min([recording.states.shape[1], *(end - 1 for end in ends if end is not None)])


def why_not(persistent: Persistent, estimate: Estimate | Absent, recording: Recording) -> Absent | None:
    """Why no memory of a network can be edited; None if it can."""
    count, task, last = len(persistent.components), persistent.task, last_usable(recording)
    needed = task.settled + task.num_variables
    if not count:
        return Absent("the task has no persistent components: nothing stays in memory")
    if isinstance(estimate, Absent):
        return Absent(f"there are no memories to edit: {estimate}")
    if not (np.isfinite(estimate.decoder).all() and np.isfinite(estimate.encoder).all()):
        return Absent("the memories are not finite")
    if not task.is_selection and (rank := int(np.linalg.matrix_rank(persistent.phi))) < count:
        dependent = f"the {count} persistent components are not independent (rank {rank})"
        return Absent(f"{dependent}: one alone cannot be edited")
    if last < needed:
        when = f"edits come at t ≥ {task.settled} and are watched for s steps, which needs {needed} good steps"
        return Absent(f"{when}: {_ended(recording, task.settled)}")
    return None


def require_edit(edit: object, persistent: Persistent, last: int) -> None:
    """Refuse what is no edit, or cannot be made in a recording that is good up to the step `last`.

    Raises:
        InvalidOption: says what is wrong with it.
    """
    if not isinstance(edit, Edit):
        raise InvalidOption(f"an edit is a Flip, Set, Swap, Ablate, Transplant or NoOp; got {shown(edit)}")
    s = persistent.num_variables
    if not is_integer(edit.t) or not s <= edit.t < last:
        raise InvalidOption(
            f"{describe(edit)}: t must be an integer from {s}, where the memory is loaded, to {last - 1}, which leaves a step to watch"
        )
    for slot in edit.slots:
        places(slot, persistent)


def _ended(recording: Recording, horizon: int) -> str:
    if recording.blow_up is not None:
        return f"the network blows up at t = {recording.blow_up}"
    if recording.range_left is not None:
        return f"the task's own values leave the range of float64 at t = {recording.range_left}"
    return f"the recording has {recording.states.shape[1]}; take a horizon of at least {horizon}"
