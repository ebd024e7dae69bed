"""Theory of a network: its behaviour, its linearizations and their spectra, its variable memories, and the verdict of `check`.

>>> from emt_theory import derive
>>> from emt_theory.tasks import repeat_copy
>>> circuit = derive(repeat_copy(num_variables=2, dim=2))
>>> check(circuit.compile(), circuit.task, sequences=400, horizon=30).verdict
<Verdict.CONSISTENT: 'consistent'>

Everything here is estimated in float64 from seeded runs: the same seed gives the same numbers. What cannot be estimated is None, with a reason.
"""

from emt_theory.analysis.assignment import Assignment, assign_arguments, assign_values
from emt_theory.analysis.behaviour import Behaviour, measure_behaviour
from emt_theory.analysis.chance import ChanceLevel, chance_level
from emt_theory.analysis.check import check
from emt_theory.analysis.examples import Examples
from emt_theory.analysis.linearize import (
    Linearization,
    Transitions,
    linearize_gain,
    linearize_origin,
    linearize_secant,
    prediction_error,
    transitions,
)
from emt_theory.analysis.memories import Memories, VariableMemories, estimate_memories
from emt_theory.analysis.missing import MissingFamily, name_missing
from emt_theory.analysis.recording import Recording, record
from emt_theory.analysis.result import CheckResult, SpectralEvidence
from emt_theory.analysis.spectra import SpectralComparison, compare_spectra
from emt_theory.analysis.stability import RankFit, RankStability, vary_rank
from emt_theory.analysis.thresholds import THRESHOLDS, Thresholds
from emt_theory.analysis.verdict import Verdict

__all__ = [
    "THRESHOLDS",
    "Assignment",
    "Behaviour",
    "ChanceLevel",
    "CheckResult",
    "Examples",
    "Linearization",
    "Memories",
    "MissingFamily",
    "RankFit",
    "RankStability",
    "Recording",
    "SpectralComparison",
    "SpectralEvidence",
    "Thresholds",
    "Transitions",
    "VariableMemories",
    "Verdict",
    "assign_arguments",
    "assign_values",
    "chance_level",
    "check",
    "compare_spectra",
    "estimate_memories",
    "linearize_gain",
    "linearize_origin",
    "linearize_secant",
    "measure_behaviour",
    "name_missing",
    "prediction_error",
    "record",
    "transitions",
    "vary_rank",
]
