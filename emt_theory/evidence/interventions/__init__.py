r"""Interventions: edit what a network remembers at a step, and see whether theory says what happens then.

That a variable can be read off a state does not show that the network uses it. An edit does: replace the memory m by e(m) at step t, in the network
and in the circuit, and let both run on. If the network is the circuit, this commutes:

    z(t)  ──  z' = z + K (e(m) − m)  ──▶  f, f, f, …  ──▶  y'(t+τ)
    ┆                                                         ┆  signs
    m(t)  ──  m' = e(m)              ──▶  Φ, Φ, Φ, …  ──▶  u'(t+τ)

Then exactly those outputs change their sign for which u' and u differ in sign. Counted are the *predicted flips seen* and the *unpredicted flips*,
beside three controls: no-ops, which must change nothing at all; the predictions for another slot; and random directions.

In a circuit that repeats three bits, flipping the one in block 2 flips the second, fifth, … output from there on, and nothing else:

>>> from emt_theory import derive
>>> from emt_theory.evidence import estimate_memories, record
>>> from emt_theory.tasks import repeat_copy
>>> circuit = derive(repeat_copy(num_variables=3, dim=1))
>>> net = circuit.compile()
>>> fit, fresh = (record(net, circuit.task, sequences=20, horizon=30, seed=seed) for seed in (1, 0))
>>> estimate = estimate_memories(net, circuit, fit, fresh).intertwining.estimate
>>> result = intervene(net, circuit, estimate, fresh, [Flip(10, slot=(2, 0)), NoOp(10, slot=(2, 0))], steps=6)
>>> result.example.observed[:, 0].tolist()
[False, True, False, False, True, False]
>>> result.predicted_flips_seen, result.unpredicted_flips, result.noop_changes
(1.0, 0.0, 0)

Nothing is done silently. An edit has a step. One that would change nothing, because the slot holds the wanted value already, is refused by `apply`;
`intervene` leaves such sequences out, counts them as `unchanged`, and refuses an edit that changes nothing in any sequence. The control that is meant
to change nothing is a value of its own, `NoOp`: it asks for the very value that the slot holds, so exactly 0 is added.

`schur_ablations` edits weights instead of states: it drops modes of W_hh, or what couples them.

Source: new; interchange interventions and the commuting square are Geiger et al., arXiv 2106.02997.
"""

from emt_theory.evidence.interventions.ablations import SchurAblation, SchurAblations, schur_ablations
from emt_theory.evidence.interventions.choosing import single_slot_flips
from emt_theory.evidence.interventions.edits import Ablate, Block, Edit, Flip, NoOp, Set, Slot, Swap, Transplant
from emt_theory.evidence.interventions.handles import Handles, apply, decoder_handles, encoder_handles
from emt_theory.evidence.interventions.intervene import intervene
from emt_theory.evidence.interventions.prediction import Prediction, predict
from emt_theory.evidence.interventions.result import EditOutcome, Example, Flips, InterventionResult
from emt_theory.evidence.interventions.schur import coupling, drop_couplings, drop_modes

__all__ = [
    "Ablate",
    "Block",
    "Edit",
    "Example",
    "Flip",
    "Flips",
    "Handles",
    "InterventionResult",
    "NoOp",
    "EditOutcome",
    "Prediction",
    "SchurAblation",
    "SchurAblations",
    "Set",
    "Slot",
    "Swap",
    "Transplant",
    "apply",
    "coupling",
    "decoder_handles",
    "drop_couplings",
    "drop_modes",
    "encoder_handles",
    "intervene",
    "predict",
    "schur_ablations",
    "single_slot_flips",
]
