r"""How an edit of the memory becomes an edit of the state.

If the network holds the memory additively, `z(t) ≈ μ + Ψ m(t)`, then a memory e(m) in place of m is the state

    z' = z + K (e(m) − m),

with K the *handles*: one direction for each persistent component, shape (S, m). Where e(m) = m exactly 0 is added. Two choices of K:

* the **encoder**, K = Ψ: where a variable goes on average (states regressed on the true variables);
* the **decoder**'s, K = S Xᵀ (X S Xᵀ)⁻¹, S the covariance of the states: of all directions that X reads as component j and as nothing else
  (X K = I), those that are smallest in the metric of S⁻¹, so that the state stays where states are. The smallest in length, X⁺, leaves that place.

They nearly agree on networks that are the circuit. The encoder is the default, because it asks for less: two variables may share one direction, at
different levels, and both be held. No linear decoder can tell them apart, but an edit along Ψ reaches each.

m is the memory that the task holds, not what a decoder reads off the state: where decoding is poor its reading is too small, and so would be the
edit. Only a `Transplant` reads the states, its donor's and its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emt_theory.errors import InvalidOption
from emt_theory.evidence.interventions.edits import Edit, NoOp, Transplant, show
from emt_theory.evidence.linearize import Transitions, transitions
from emt_theory.evidence.memories import Estimate, Persistent
from emt_theory.evidence.recording import Recording, require
from emt_theory.ground.absent import Absent
from emt_theory.ground.arguments import numeric_array
from emt_theory.ground.arrays import Array
from emt_theory.ground.text import Shown

_SHOWN = 8
_DEPENDENT = 1e-10


@dataclass(frozen=True, eq=False)
class Handles(Shown):
    """Where to take hold of a network's memory.

    Attributes:
        persistent: the components and their dynamics.
        directions: K, shape (S, m).
        estimate: the decoder, with which a transplant reads states.
    """

    persistent: Persistent
    directions: Array
    estimate: Estimate

    def __post_init__(self) -> None:
        _require_estimate(self.persistent, self.estimate)
        wanted = (self.estimate.decoder.shape[1], len(self.persistent.components))
        directions = numeric_array("directions", self.directions, InvalidOption)
        if directions.shape != wanted:
            raise InvalidOption(f"directions must have shape (S, m) = {wanted}; got {directions.shape}")
        if not np.isfinite(directions).all():
            raise InvalidOption("directions must be finite; got NaN or infinity")


def encoder_handles(persistent: Persistent, estimate: Estimate | Absent) -> Handles:
    """The handles K = Ψ of an estimate of variable memories.

    Raises:
        InvalidOption: if the estimate is none; with its reason.

    >>> from emt_theory import derive
    >>> from emt_theory.evidence import estimate_memories, persistent_dynamics, record
    >>> from emt_theory.tasks import repeat_copy
    >>> circuit = derive(repeat_copy(num_variables=3, dim=1))
    >>> net = circuit.compile()
    >>> fit, fresh = (record(net, circuit.task, sequences=20, horizon=30, seed=seed) for seed in (1, 0))
    >>> estimate = estimate_memories(net, circuit, fit, fresh).intertwining.estimate
    >>> bool(np.allclose(encoder_handles(persistent_dynamics(circuit), estimate).directions, np.eye(3)))      # a unit for each block
    True
    """
    found = _require_estimate(persistent, estimate)
    return Handles(persistent, found.encoder, found)


def decoder_handles(persistent: Persistent, estimate: Estimate | Absent, recording: Recording) -> Handles:
    """The handles K = S Xᵀ (X S Xᵀ)⁻¹ of an estimate of variable memories, S from the states of a recording at t > s.

    Raises:
        InvalidOption: if the estimate is none, the states give no S, or X reads fewer than m different things off them.

    >>> from emt_theory import derive
    >>> from emt_theory.evidence import estimate_memories, persistent_dynamics, record
    >>> from emt_theory.tasks import repeat_copy
    >>> circuit = derive(repeat_copy(num_variables=3, dim=1))
    >>> net = circuit.compile()
    >>> fit, fresh = (record(net, circuit.task, sequences=20, horizon=30, seed=seed) for seed in (1, 0))
    >>> estimate = estimate_memories(net, circuit, fit, fresh).intertwining.estimate
    >>> handles = decoder_handles(persistent_dynamics(circuit), estimate, fresh)
    >>> bool(np.allclose(estimate.decoder @ handles.directions, np.eye(3)))      # X K = I
    True
    """
    estimate = _require_estimate(persistent, estimate)
    handles = handles_of(persistent, estimate, transitions(recording, after=persistent.num_variables))
    if isinstance(handles, Absent):
        raise InvalidOption(handles.reason)
    return handles


def handles_of(persistent: Persistent, estimate: Estimate, arrivals: Transitions | Absent) -> Handles | Absent:
    """The decoder's handles, from the transitions at t > s; or why there are none."""
    if isinstance(arrivals, Absent):
        return Absent(f"there are no handles: {arrivals}")
    root = arrivals.right.T * arrivals.deviations
    reader = estimate.decoder @ root
    sizes = np.linalg.svd(reader, compute_uv=False)
    if len(sizes) < len(reader) or sizes[-1] <= _DEPENDENT * sizes[0]:
        return Absent("there are no handles: what the decoder reads off the states is linearly dependent")
    return Handles(persistent, root @ np.linalg.pinv(reader), estimate)


def apply(edit: Edit, states: Array, memory: Array, handles: Handles) -> Array:
    """The edited states z' = z + K (e(m) − m).

    Args:
        edit: the edit.
        states: z(t) at the edit's step t, shape (batch, S).
        memory: the persistent components that the task holds then, shape (batch, m): `persistent.truth_at(t, recording)`.
        handles: K.

    Returns:
        The states after the edit, shape (batch, S). After a `NoOp` they are equal to those before, and so is the source of a `Transplant`.

    Raises:
        InvalidOption: if the edit changes nothing in some sequence, because its slot holds the wanted value already or because the network has no
            direction for it; if it names a slot or a sequence that does not exist; or if shapes do not fit.

    >>> from emt_theory import derive
    >>> from emt_theory.evidence import estimate_memories, record
    >>> from emt_theory.evidence.interventions import Set
    >>> from emt_theory.evidence.memories import persistent_dynamics
    >>> from emt_theory.tasks import repeat_copy
    >>> circuit = derive(repeat_copy(num_variables=2, dim=1))
    >>> net, persistent = circuit.compile(), persistent_dynamics(circuit)
    >>> fit, fresh = (record(net, circuit.task, sequences=20, horizon=20, seed=seed) for seed in (1, 0))
    >>> handles = encoder_handles(persistent, estimate_memories(net, circuit, fit, fresh).intertwining.estimate)
    >>> z, m = fresh.states[:1, 10 - 1], persistent.truth_at(10, fresh)[:1]
    >>> z.tolist()
    [[1.0, 1.0]]
    >>> apply(Set(10, (2, 0), value=-1), z, m, handles).round(6).tolist()
    [[1.0, -1.0]]
    >>> apply(Set(10, (2, 0), value=1), z, m, handles)
    Traceback (most recent call last):
    ...
    emt_theory.errors.InvalidOption: set slot (2, 0) at t = 10 changes nothing in sequence 0, which holds that already: leave it out, or take NoOp ...
    """
    require(Edit, edit=edit)
    require(Handles, handles=handles)
    states, memory = numeric_array("states", states, InvalidOption), numeric_array("memory", memory, InvalidOption)
    size, count = handles.directions.shape
    if states.shape[1:] != (size,) or memory.shape != (len(states), count):
        raise InvalidOption(
            f"states and memory must have shapes (batch, S) and (batch, m), here S = {size} and m = {count}; got {states.shape} and {memory.shape}"
        )
    changed = (edit.change(memory, handles.persistent) != memory).any(axis=1)
    after = displaced(edit, states, memory, handles)
    if isinstance(edit, NoOp):
        return after
    source = np.arange(len(states)) == (edit.source if isinstance(edit, Transplant) else -1)
    idle = np.flatnonzero(~changed & ~source)
    if len(idle):
        verb = "which holds" if len(idle) == 1 else "which hold"
        raise InvalidOption(
            f"{describe(edit)} changes nothing in {_sequences(idle)}, {verb} that already: leave it out, or take NoOp for a control"
        )
    stuck = np.flatnonzero((after == states).all(axis=1) & ~source)
    if len(stuck):
        raise InvalidOption(
            f"{describe(edit)} moves no state in {_sequences(stuck)}: the network has no direction for {show(edit.slot)}"
        )
    return after


def displaced(edit: Edit, states: Array, memory: Array, handles: Handles) -> Array:
    """z + K (e(m) − m), whether or not anything changes."""
    held = handles.estimate.decode(states) if isinstance(edit, Transplant) else memory
    with np.errstate(all="ignore"):
        return states + (edit.change(held, handles.persistent) - held) @ handles.directions.T


def describe(edit: Edit) -> str:
    """An edit in words."""
    return f"{edit.kind} {show(edit.slot)} at t = {edit.t}"


def _require_estimate(persistent: Persistent, estimate: Estimate | Absent) -> Estimate:
    require(Persistent, persistent=persistent)
    if isinstance(estimate, Absent):
        raise InvalidOption(f"there are no memories to edit: {estimate}")
    require(Estimate, estimate=estimate)
    if len(estimate.decoder) != len(persistent.components):
        raise InvalidOption(
            f"the memories hold {len(estimate.decoder)} components, the circuit has {len(persistent.components)} persistent ones"
        )
    return estimate


def _sequences(indices: NDArray[np.intp]) -> str:
    shown = ", ".join(map(str, indices[:_SHOWN])) + (", …" if len(indices) > _SHOWN else "")
    return f"sequence{'s' if len(indices) > 1 else ''} {shown}"
