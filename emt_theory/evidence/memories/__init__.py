r"""Variable memories: where in its neurons a network keeps the variables.

A decoder X (m × N) reads the m persistent components of the memory off the state, `m(t) ≈ X h(t)`; its dual Ψ (N × m) holds the directions that
they occupy. Four estimates behind one interface:

============== =========================================================== ===========================
method         what it solves                                              uses
============== =========================================================== ===========================
powers_input   Ψ_s = W_uh, Ψ_{k−1} ∝ W Ψ_k, X = Ψ†                         weights (the paper)
powers_output  the same from Ψ_s = pinv(W_hy)                              weights (the authors, later)
intertwining   XA ≈ Φ_p X, C_p X ≈ W_hy where the states are, A = D W      weights and states, no labels
regression     X: the variables regressed on the states                    states and labels, no weights
============== =========================================================== ===========================

Each is judged on fresh inputs, by the fraction of stored signs that it decodes.

>>> from emt_theory import derive
>>> from emt_theory.evidence.recording import record
>>> from emt_theory.tasks import compose_copy
>>> circuit = derive(compose_copy(3))
>>> net = circuit.compile(scheme="saturating")
>>> fit, fresh = (record(net, circuit.task, sequences=20, horizon=20, seed=seed) for seed in (1, 0))
>>> memories = estimate_memories(net, circuit, fit, fresh)
>>> memories.components, memories.intertwining.decode_accuracy
((0, 3, 4, 6, 7, 8), 1.0)
>>> bool(np.allclose(memories.intertwining.phi, memories.phi, atol=1e-6))
True

Source: powers_input is arXiv 2310.02430's; intertwining is new.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from emt_theory.circuits import Circuit
from emt_theory.evidence.linearize import (
    Linearization,
    Transitions,
    extended_transitions,
    linearize_gain,
    linearize_secant,
    transitions,
)
from emt_theory.evidence.memories.estimate import Decoded, Estimate, VariableMemories, assess, read_signs
from emt_theory.evidence.memories.intertwining import intertwine, intertwiner_of
from emt_theory.evidence.memories.persistent import FIRST, Persistent, persistent_dynamics
from emt_theory.evidence.memories.powers import powers_input, powers_output
from emt_theory.evidence.memories.regression import Labelled, decoder_of, label, regress
from emt_theory.evidence.recording import Recording, require_recorded, require_task
from emt_theory.ground.absent import Absent
from emt_theory.ground.arguments import choice
from emt_theory.ground.arrays import Array
from emt_theory.ground.json import Record
from emt_theory.networks import Network, state_space

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = [
    "METHODS",
    "Decoded",
    "Estimate",
    "Memories",
    "Persistent",
    "VariableMemories",
    "estimate_memories",
    "intertwine",
    "persistent_dynamics",
    "powers_input",
    "powers_output",
    "regress",
]

METHODS = ("powers_input", "powers_output", "intertwining", "regression")


@dataclass(frozen=True, eq=False)
class Memories(Record):
    """The variable memories of a network by all four methods.

    Attributes:
        components: flat indices of the m persistent components.
        phi: Φ_p, the theory's map on them, shape (m, m).
        agreement: how often two methods read the same sign off a fresh state, by pairs of `METHODS`; None where either reads nothing.
        slots: (block, component) of each persistent component, the oldest block being 1.
        powers_input, powers_output, intertwining, regression: the estimates.
    """

    JSON = METHODS

    components: tuple[int, ...]
    phi: Array
    agreement: dict[tuple[str, str], float | None]
    slots: tuple[tuple[int, int], ...]
    powers_input: VariableMemories
    powers_output: VariableMemories
    intertwining: VariableMemories
    regression: VariableMemories

    def __getitem__(self, method: str) -> VariableMemories:
        if method not in METHODS:
            raise KeyError(f"unknown method {method!r}; known are {', '.join(METHODS)}")
        return getattr(self, method)

    def plot_slots(self, ax: Axes | None = None, method: str = "intertwining") -> Axes:
        """How often each slot's sign is read right, over time: one row for each persistent component."""
        from emt_theory.evidence.drawing import draw_slots

        return draw_slots(self, ax, choice("method", method, METHODS))

    def plot(self, ax: Axes | None = None) -> Axes:
        """Φ on the persistent components, beside the one that intertwining recovered."""
        from emt_theory.evidence.drawing import draw_maps

        return draw_maps(self, ax)

    def __str__(self) -> str:
        return "\n".join(str(self[method]) for method in METHODS)


def estimate_memories(net: Network, circuit: Circuit, fit: Recording, fresh: Recording) -> Memories:
    """Estimate a network's variable memories by all four methods, and judge each on fresh inputs.

    Args:
        net: the network.
        circuit: the circuit of the task that it was recorded on.
        fit: the recording to estimate from.
        fresh: the recording to judge on; of another seed.
    """
    persistent = persistent_dynamics(circuit)
    require_recorded(state_space(net).size, fit=fit, fresh=fresh)
    require_task(circuit, fit, fresh)
    pairs = transitions(fit)
    arrivals = extended_transitions(fit, circuit.task.num_variables, pairs)
    linear = linearize_gain(net, fit) if net.plain_weights() else linearize_secant(pairs)
    return memories_of(net, persistent, linear, pairs, arrivals, label_states(persistent, fit), fresh)


def label_states(persistent: Persistent, fit: Recording) -> Labelled | Absent:
    """The states of a recording beside the persistent variables, or why there is nothing to remember or to see."""
    if (nothing := _nothing_to_remember(persistent, fit)) is not None:
        return nothing
    if fit.blow_up is not None:
        return Absent(f"states or outputs are not finite from t = {fit.blow_up} on")
    return label(persistent, fit)


def _nothing_to_remember(persistent: Persistent, recording: Recording) -> Absent | None:
    if not persistent.components:
        return Absent("the task has no persistent components: nothing stays in memory")
    if not persistent.times(recording.horizon):
        first = persistent.num_variables + FIRST
        none = (
            f"memories are decoded at t = s + {FIRST} = {first}, …, horizon: none with a horizon of {recording.horizon}"
        )
        return Absent(f"{none}; take at least {first}")
    return None


def memories_of(
    net: Network,
    persistent: Persistent,
    linear: Linearization | Absent,
    pairs: Transitions | Absent,
    arrivals: Transitions | Absent,
    labelled: Labelled | Absent,
    fresh: Recording,
    quick: bool = False,
) -> Memories:
    """As `estimate_memories`, from what was made of the recordings.

    Args:
        net: the network.
        persistent: what has to be remembered.
        linear: the statistical gain, or the secant map where a network has none.
        pairs: the transitions in the settled window.
        arrivals: those at t > s.
        labelled: the states beside the true variables.
        fresh: the recording to judge on.
        quick: whether the intertwining is found within a bound of iterations, and without its null.
    """
    readout, nothing = state_space(net).readout, _nothing_to_remember(persistent, fresh)
    found: dict[str, Estimate | Absent] = {
        "powers_input": powers_input(net, persistent) if nothing is None else nothing,
        "powers_output": powers_output(net, persistent) if nothing is None else nothing,
        "intertwining": intertwiner_of(readout, persistent, linear, arrivals, labelled, quick=quick)
        if nothing is None
        else nothing,
        "regression": decoder_of(labelled, pairs) if nothing is None else nothing,
    }
    signs = dict(zip(METHODS, read_signs([found[method] for method in METHODS], persistent, fresh), strict=True))
    true = np.sign(persistent.truth(fresh)) if nothing is None else np.empty((0, 0, 0))
    judged = {
        method: assess(method, found[method], persistent, arrivals, fresh, signs[method], true) for method in METHODS
    }
    read = {method: signs[method] if isinstance(judged[method].decoded, Decoded) else None for method in METHODS}
    return Memories(persistent.components, persistent.phi, _agreement(read), persistent.slots, **judged)


def _agreement(signs: dict[str, Array | None]) -> dict[tuple[str, str], float | None]:
    return {
        (a, b): None if (one := signs[a]) is None or (other := signs[b]) is None else float((one == other).mean())
        for a, b in combinations(METHODS, 2)
    }
