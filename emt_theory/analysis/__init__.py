"""Theory of a network: its behaviour, linearizations and their spectra, variable memories and edits of them, its program; and the verdict of `check`.

>>> from emt_theory import derive
>>> from emt_theory.tasks import repeat_copy
>>> circuit = derive(repeat_copy(num_variables=2, dim=2))
>>> check(circuit.compile(), circuit.task, sequences=400, horizon=30).verdict
<Verdict.CONSISTENT: 'consistent'>
>>> print(decompile(circuit.compile()))
u(t)[0] = u(t−2)[0]
u(t)[1] = u(t−2)[1]

Everything here is estimated in float64 from seeded runs: the same seed gives the same numbers. What cannot be estimated is None, with a reason.
"""

from emt_theory.analysis.assignment import Assignment, assign_arguments, assign_values
from emt_theory.analysis.behaviour import Behaviour, measure_behaviour
from emt_theory.analysis.bootstrap import Interval, SpectralBootstrap, bootstrap_spectrum
from emt_theory.analysis.chance import ChanceLevel, ChanceLevels, chance_level, chance_levels
from emt_theory.analysis.check import check
from emt_theory.analysis.codes import Code, CodeReading, SharedDirection, fit_code, read_code
from emt_theory.analysis.compare import NetworkComparison, Pair, compare_networks
from emt_theory.analysis.decompile import NoProgram, Program, decompile
from emt_theory.analysis.dynamics import (
    LocalMaps,
    Orbit,
    Orbits,
    compare_multipliers,
    find_fixed_points,
    find_periodic_orbits,
    local_maps,
)
from emt_theory.analysis.examples import Examples
from emt_theory.analysis.interventions import (
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
from emt_theory.analysis.linearize import (
    Linearization,
    Transitions,
    linearize_gain,
    linearize_origin,
    linearize_secant,
    prediction_error,
    transitions,
)
from emt_theory.analysis.memories import Decoded, Memories, VariableMemories, estimate_memories, persistent_dynamics
from emt_theory.analysis.missing import LackingRoot, MissingFamily, name_missing
from emt_theory.analysis.recording import Recording, record
from emt_theory.analysis.result import CheckResult, SpectralEvidence
from emt_theory.analysis.spectra import SpectralComparison, compare_spectra
from emt_theory.analysis.stability import RankFit, RankStability, vary_rank
from emt_theory.analysis.thresholds import THRESHOLDS, Thresholds
from emt_theory.analysis.verdict import Verdict

__all__ = [
    "Ablate",
    "Assignment",
    "Behaviour",
    "Block",
    "ChanceLevel",
    "ChanceLevels",
    "CheckResult",
    "Code",
    "CodeReading",
    "Decoded",
    "Examples",
    "Flip",
    "Interval",
    "InterventionResult",
    "LackingRoot",
    "Linearization",
    "LocalMaps",
    "Memories",
    "MissingFamily",
    "NetworkComparison",
    "NoOp",
    "NoProgram",
    "Orbit",
    "Orbits",
    "Pair",
    "Program",
    "RankFit",
    "RankStability",
    "Recording",
    "SchurAblations",
    "Set",
    "SharedDirection",
    "SpectralBootstrap",
    "SpectralComparison",
    "SpectralEvidence",
    "Swap",
    "THRESHOLDS",
    "Thresholds",
    "Transitions",
    "Transplant",
    "VariableMemories",
    "Verdict",
    "assign_arguments",
    "assign_values",
    "bootstrap_spectrum",
    "chance_level",
    "chance_levels",
    "check",
    "compare_multipliers",
    "compare_networks",
    "compare_spectra",
    "decompile",
    "estimate_memories",
    "find_fixed_points",
    "find_periodic_orbits",
    "fit_code",
    "intervene",
    "linearize_gain",
    "linearize_origin",
    "linearize_secant",
    "local_maps",
    "measure_behaviour",
    "name_missing",
    "persistent_dynamics",
    "prediction_error",
    "read_code",
    "record",
    "schur_ablations",
    "transitions",
    "vary_rank",
]
