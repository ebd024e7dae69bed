"""Measurements of a network: behaviour, linearizations and their spectra, variable memories, edits of them, orbits. Nothing here judges.

>>> from emt_theory import derive
>>> from emt_theory.tasks import repeat_copy
>>> circuit = derive(repeat_copy(num_variables=2, dim=2))
>>> measure_behaviour(circuit.compile(), circuit.task, sequences=400, horizon=30).accuracy
1.0

Everything is estimated in float64 from seeded runs: the same seed gives the same numbers. What cannot be measured is `Absent`, with its reason. What
measurements are held to is the next floor's, `emt_theory.analysis`.
"""

from emt_theory.evidence.assignment import Assignment, assign_arguments, assign_values
from emt_theory.evidence.behaviour import Behaviour, measure_behaviour
from emt_theory.evidence.bootstrap import Interval, SpectralBootstrap, bootstrap_spectrum
from emt_theory.evidence.chance import ChanceLevel, ChanceLevels, chance_level, chance_levels
from emt_theory.evidence.codes import Code, CodeReading, SharedDirection, fit_code, read_code
from emt_theory.evidence.company import Company
from emt_theory.evidence.dynamics import (
    LocalMaps,
    Orbit,
    Orbits,
    compare_multipliers,
    find_fixed_points,
    find_periodic_orbits,
    local_maps,
)
from emt_theory.evidence.examination import Examination, examine
from emt_theory.evidence.examples import Examples
from emt_theory.evidence.extra import ExtraMemory, compare_equal_memories
from emt_theory.evidence.interventions import (
    Ablate,
    Block,
    Flip,
    InterventionResult,
    NoOp,
    SchurAblations,
    Set,
    Swap,
    Transplant,
    intervene,
    schur_ablations,
)
from emt_theory.evidence.lasting import Lasting, lasting_part
from emt_theory.evidence.lifetime import Lifetime, measure_lifetime
from emt_theory.evidence.linearize import (
    Linearization,
    Transitions,
    linearize_gain,
    linearize_origin,
    linearize_secant,
    prediction_error,
    transitions,
)
from emt_theory.evidence.meetings import compare_meetings
from emt_theory.evidence.memories import Decoded, Memories, VariableMemories, estimate_memories, persistent_dynamics
from emt_theory.evidence.missing import LackingRoot, MissingFamily, name_missing
from emt_theory.evidence.products import Modes, ProductFamily, name_modes
from emt_theory.evidence.recording import Recording, record
from emt_theory.evidence.spectra import SpectralComparison, compare_spectra
from emt_theory.evidence.spectral import SpectralEvidence
from emt_theory.evidence.stability import RankFit, RankStability, vary_rank
from emt_theory.evidence.states import StateReading, read_states
from emt_theory.evidence.total import linearize_total
from emt_theory.evidence.use import VariableUse, use_variables
from emt_theory.evidence.variables import VariableReading, read_variables
from emt_theory.ground.absent import Absent

__all__ = [
    "Ablate",
    "Absent",
    "Assignment",
    "Behaviour",
    "Block",
    "ChanceLevel",
    "ChanceLevels",
    "Code",
    "CodeReading",
    "Company",
    "Decoded",
    "Examination",
    "Examples",
    "ExtraMemory",
    "Flip",
    "Interval",
    "InterventionResult",
    "LackingRoot",
    "Lasting",
    "Lifetime",
    "Linearization",
    "LocalMaps",
    "Memories",
    "MissingFamily",
    "Modes",
    "NoOp",
    "Orbit",
    "Orbits",
    "ProductFamily",
    "RankFit",
    "RankStability",
    "Recording",
    "SchurAblations",
    "Set",
    "SharedDirection",
    "SpectralBootstrap",
    "SpectralComparison",
    "SpectralEvidence",
    "StateReading",
    "Swap",
    "Transitions",
    "Transplant",
    "VariableMemories",
    "VariableReading",
    "VariableUse",
    "assign_arguments",
    "assign_values",
    "bootstrap_spectrum",
    "chance_level",
    "chance_levels",
    "compare_equal_memories",
    "compare_meetings",
    "compare_multipliers",
    "compare_spectra",
    "estimate_memories",
    "examine",
    "find_fixed_points",
    "find_periodic_orbits",
    "fit_code",
    "intervene",
    "lasting_part",
    "linearize_gain",
    "linearize_origin",
    "linearize_secant",
    "linearize_total",
    "local_maps",
    "measure_behaviour",
    "measure_lifetime",
    "name_missing",
    "name_modes",
    "persistent_dynamics",
    "prediction_error",
    "read_code",
    "read_states",
    "read_variables",
    "record",
    "schur_ablations",
    "transitions",
    "use_variables",
    "vary_rank",
]
