"""Edit a network's memory, let it run on, and hold what happens against theory.

>>> from emt_theory import derive
>>> from emt_theory.evidence import estimate_memories, record
>>> from emt_theory.tasks import parse
>>> circuit = derive(parse("T4"))
>>> net = circuit.compile(scheme="tanh")
>>> fit, fresh = (record(net, circuit.task, sequences=40, horizon=80, seed=seed) for seed in (1, 0))
>>> memories = estimate_memories(net, circuit, fit, fresh)
>>> print(intervene(net, circuit, memories.intertwining.estimate, fresh, sequences=2))
216 edits: 1.0000 of the predicted flips seen, 0.0000 of the other outputs flipped; 3 no-ops changed 0 outputs
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import attrgetter

import numpy as np

from emt_theory.circuits import Circuit
from emt_theory.errors import InvalidOption
from emt_theory.evidence.interventions.choosing import (
    FEW_SEQUENCES,
    LARGE,
    LARGEST_SET,
    SEQUENCES,
    STEPS,
    last_usable,
    require_edit,
    single_slot_flips,
    why_not,
)
from emt_theory.evidence.interventions.edits import Edit, places
from emt_theory.evidence.interventions.handles import Handles, describe, encoder_handles, handles_of
from emt_theory.evidence.interventions.result import EditOutcome, Flips, InterventionResult
from emt_theory.evidence.interventions.running import Group, run_group
from emt_theory.evidence.linearize import transitions
from emt_theory.evidence.memories import Estimate, Persistent, persistent_dynamics
from emt_theory.evidence.recording import (
    Recording,
    require,
    require_fit,
    require_recorded,
    require_sizes,
    require_task,
)
from emt_theory.ground.absent import Absent
from emt_theory.ground.blas import one_blas_thread
from emt_theory.ground.text import shown
from emt_theory.networks import Network, StateSpace, state_space
from emt_theory.tasks.words import generator

_LARGEST = 1e6
_LARGEST_GROUP = 4_000_000


def intervene(
    net: Network,
    circuit: Circuit,
    estimate: Estimate | Absent,
    recording: Recording,
    edits: Sequence[Edit] | None = None,
    *,
    handles: Handles | None = None,
    sequences: int | None = None,
    steps: int = STEPS,
    seed: int = 0,
) -> InterventionResult | Absent:
    """Edit a network's memory, let it run on, and hold what happens against theory.

    For each edit of step t the network goes on from z(t) and from z'(t) = z(t) + K (e(m) − m). Outputs that were predicted to flip and do are
    *predicted flips seen*; outputs that were predicted to stay and flip are *unpredicted flips*.

    Args:
        net: the network.
        circuit: the circuit of the task that it was recorded on.
        estimate: its variable memories, normally `estimate_memories(…).intertwining.estimate`, made from another recording.
        recording: the sequences to edit.
        edits: what to do; left out, `single_slot_flips`: every persistent slot (at most 64), at three times, with a no-op at each.
        handles: K; left out, `default_handles`.
        sequences: in how many of the recording's sequences each edit is made, the first ones; left out, 8, or 2 in a network with more than 256
            state variables.
        steps: how long the network is watched after an edit; less where the recording ends.
        seed: of the slots drawn and of the random controls.

    Returns:
        The result, or why nothing can be edited: nothing persists, there are no memories, a blow-up, too short a recording.

    Raises:
        InvalidTask: if the recording is of another task than the circuit.
        InvalidNetwork: if the recording is of another network.
        InvalidOption: if an edit is impossible, or changes nothing in any of the sequences; if edits is no list, or estimate is no estimate.
    """
    require(Circuit, circuit=circuit)
    require_fit(net, circuit.task)
    require_recorded(state_space(net).size, recording=recording)
    require_task(circuit, recording)
    if not isinstance(estimate, Absent):
        require(Estimate, estimate=estimate)
    if handles is not None:
        require(Handles, handles=handles)
    found = handles or default_handles(persistent_dynamics(circuit), estimate, recording)
    return edit_memory(state_space(net), found, recording, edits, sequences, steps, seed)


def default_handles(persistent: Persistent, estimate: Estimate | Absent, recording: Recording) -> Handles | Absent:
    """The encoder's handles, or the decoder's where values grow beyond 10⁶, as Ψ is then in units of signs; or why there are none."""
    if (reason := why_not(persistent, estimate, recording)) is not None:
        return reason
    assert isinstance(estimate, Estimate)
    if float(np.abs(recording.series[:, : last_usable(recording)]).max()) <= _LARGEST:
        return encoder_handles(persistent, estimate)
    return handles_of(persistent, estimate, transitions(recording, persistent.num_variables))


@one_blas_thread()
def edit_memory(
    space: StateSpace,
    handles: Handles | Absent,
    recording: Recording,
    edits: Sequence[Edit] | None = None,
    sequences: int | None = None,
    steps: int = STEPS,
    seed: int = 0,
) -> InterventionResult | Absent:
    """As `intervene`, with handles, or the reason why there are none."""
    if edits is not None and not isinstance(edits, Sequence):
        raise InvalidOption(f"edits must be a list of edits, or None; got {shown(edits)}")
    sequences = (FEW_SEQUENCES if space.size > LARGE else SEQUENCES) if sequences is None else sequences
    require_sizes(sequences=sequences, steps=steps)
    if isinstance(handles, Absent):
        return handles
    if (reason := why_not(handles.persistent, handles.estimate, recording)) is not None:
        return reason
    persistent, last = handles.persistent, last_usable(recording)
    chosen = single_slot_flips(persistent, last, steps, seed) if edits is None else tuple(edits)
    if not chosen:
        raise InvalidOption("there are no edits; leave edits out for single_slot_flips")
    for edit in chosen:
        require_edit(edit, persistent, last)
    rng, batch = generator(seed), min(sequences, len(recording.states))
    groups = [
        run_group(space, recording, together, handles, batch, min(steps, last - together[0].t), rng)
        for together in _grouped(chosen, max(2, _LARGEST_GROUP // (batch * steps * space.dim)))
    ]
    return _summed(groups, persistent, handles.estimate.method, edits is None)


def _summed(groups: list[Group], persistent: Persistent, method: str, default: bool) -> InterventionResult:
    outcomes = tuple(outcome for group in groups for outcome in _outcomes(group, persistent))
    return InterventionResult(
        method=method,
        outcomes=outcomes,
        by_step=_by_step(groups),
        noops=sum(group.noops for group in groups),
        noop_changes=sum(group.noop_changes for group in groups),
        wrong_slot=sum((group.wrong_slot for group in groups), Flips()),
        random_direction=sum((group.random_direction for group in groups), Flips()),
        accuracy=_share(group.plain for group in groups),
        edited_accuracy=_share(group.edited for group in groups),
        blow_ups=sum(group.blow_ups for group in groups),
        example=next((group.example for group in groups if group.example), None),
        notes=_notes(outcomes, persistent, default),
    )


def _grouped(edits: tuple[Edit, ...], most: int) -> list[list[Edit]]:
    """The edits of each time together, but at most so many."""
    time = attrgetter("t")
    at_once = [list(group) for _, group in groupby(sorted(edits, key=time), key=time)]
    return [group[i : i + most] for group in at_once for i in range(0, len(group), most)]


def _outcomes(group: Group, persistent: Persistent) -> list[EditOutcome]:
    found: list[EditOutcome] = []
    for i, edit in enumerate(group.edits):
        active = group.active[i]
        if not active.any():
            raise InvalidOption(
                f"{describe(edit)} changes nothing in any of {len(active)} sequences, which hold that already; take NoOp for a control"
            )
        flips = Flips(*map(int, group.counts[:, i].sum(axis=1)))
        changed, unmoved = int(active.sum()), int((active & ~group.moved[i]).sum())
        found.append(EditOutcome(edit, _slots(edit, persistent), changed, len(active) - changed, unmoved, flips))
    return found


def _slots(edit: Edit, persistent: Persistent) -> tuple[tuple[int, int], ...]:
    return tuple(persistent.slots[j] for slot in edit.slots for j in places(slot, persistent))


def _by_step(groups: Iterable[Group]) -> tuple[Flips, ...]:
    by_group = [group.counts.sum(axis=1).T for group in groups]
    longest = max(len(counts) for counts in by_group)
    summed = sum(np.pad(counts, ((0, longest - len(counts)), (0, 0))) for counts in by_group)
    return tuple(Flips(*(int(n) for n in row)) for row in np.asarray(summed))


def _share(counts: Iterable[tuple[int, int]]) -> float | None:
    right, scored = (sum(column) for column in zip(*counts, strict=True))
    return right / scored if scored else None


def _notes(outcomes: tuple[EditOutcome, ...], persistent: Persistent, default: bool) -> tuple[str, ...]:
    notes: list[str] = []
    stuck = sorted({slot for outcome in outcomes if outcome.unmoved for slot in outcome.slots})
    if stuck:
        notes.append(f"the network has no direction for {', '.join(map(str, stuck))}: edits there move no state")
    count = len(persistent.components)
    if default and count > LARGEST_SET:
        notes.append(f"{LARGEST_SET} of {count} persistent slots were edited, drawn at random")
    return tuple(notes)
