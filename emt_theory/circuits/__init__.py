"""Theory of a task: its exact circuit, what is exact about it, its spectrum, its graph, and its weights.

>>> from emt_theory.tasks import parse
>>> print(derive(parse("T1")).spectrum())
64 of 64 eigenvalues on the unit circle (all roots of unity), 0 at 0
cycles: 8 of length 8 (+)
"""

from emt_theory.circuits.bases import Basis, BasisKind, make_basis
from emt_theory.circuits.cells import compile_cell
from emt_theory.circuits.certify import certify, recheck
from emt_theory.circuits.certifying import Certification, FirstError
from emt_theory.circuits.circuit import Circuit, Exactness
from emt_theory.circuits.compiling import choose_scheme, explain_choice, working_schemes
from emt_theory.circuits.derive import derive
from emt_theory.circuits.dimension import MinimalDimension, minimal_dimension
from emt_theory.circuits.exactness import find_obstruction, is_linearly_solvable
from emt_theory.circuits.finite.circuit import FiniteCircuit, FiniteExactness
from emt_theory.circuits.finite.fields import FieldTheory, field_theory
from emt_theory.circuits.finite.graph import StateGraph, is_reversible, state_graph
from emt_theory.circuits.finite.kinds import Kind, smallest_kind
from emt_theory.circuits.finite.lift import Lift, lift, lift_by_characters, lift_by_states
from emt_theory.circuits.finite.machine import Machine, minimal_machine
from emt_theory.circuits.finite.obstructions import (
    LinearObstruction,
    OddObstruction,
    find_linear_obstruction,
    find_odd_obstruction,
    odd_accuracy,
)
from emt_theory.circuits.growth import Growth, GrowthKind
from emt_theory.circuits.interpretation import Interpretation, interpret
from emt_theory.circuits.linear import Obstruction
from emt_theory.circuits.minimal import MinimalCircuit, Variant, minimal_circuit
from emt_theory.circuits.programs import pseudocode, to_latex
from emt_theory.circuits.quantized import FORMATS, Quantized, QuantizedCopy, certify_quantized, quantize
from emt_theory.circuits.response_form import (
    ElapsedTimeDefect,
    circuit_value_horizon,
    contamination,
    find_elapsed_time_defect,
    is_linearly_solvable_within,
    responses,
    value_horizon,
)
from emt_theory.circuits.schemes import (
    FINITE_SCHEMES,
    SCHEMES,
    Allowance,
    Damped,
    FiniteScheme,
    Form,
    Gated,
    Interpolating,
    Linear,
    Margin,
    Saturating,
    Scheme,
    Tanh,
    Threshold,
    ThresholdCarry,
    ThresholdTanh,
    float64_exact_until,
    float64_until,
    longest_chain,
    margins,
)
from emt_theory.circuits.signs import DAMPING_GRID, BestDamping, best_damping, expected_sign_accuracy, sign_accuracy
from emt_theory.circuits.spectrum import (
    CertifiedEigenvalue,
    Spectrum,
    resolve_spectrum,
    spectrum_by_cycles,
    spectrum_by_polynomial,
)
from emt_theory.circuits.streams.coded import Coded
from emt_theory.circuits.streams.filters import FilterCircuit
from emt_theory.circuits.streams.machines import MACHINE_SCHEMES, MachineCircuit
from emt_theory.circuits.streams.pairs import Pairs
from emt_theory.circuits.streams.rules import RuleCircuit
from emt_theory.circuits.streams.scheme import MachineScheme

__all__ = [
    "DAMPING_GRID",
    "FINITE_SCHEMES",
    "FORMATS",
    "MACHINE_SCHEMES",
    "SCHEMES",
    "Basis",
    "BasisKind",
    "BestDamping",
    "Certification",
    "CertifiedEigenvalue",
    "Circuit",
    "Coded",
    "Damped",
    "ElapsedTimeDefect",
    "Exactness",
    "FieldTheory",
    "FilterCircuit",
    "FiniteCircuit",
    "FiniteExactness",
    "FiniteScheme",
    "FirstError",
    "Form",
    "Gated",
    "Growth",
    "GrowthKind",
    "Interpolating",
    "Interpretation",
    "Kind",
    "Lift",
    "Linear",
    "LinearObstruction",
    "Machine",
    "MachineCircuit",
    "MachineScheme",
    "Margin",
    "MinimalCircuit",
    "MinimalDimension",
    "Obstruction",
    "OddObstruction",
    "Pairs",
    "Quantized",
    "QuantizedCopy",
    "RuleCircuit",
    "Saturating",
    "Scheme",
    "Spectrum",
    "StateGraph",
    "Tanh",
    "Threshold",
    "ThresholdCarry",
    "ThresholdTanh",
    "Variant",
    "Allowance",
    "best_damping",
    "certify",
    "certify_quantized",
    "choose_scheme",
    "circuit_value_horizon",
    "compile_cell",
    "contamination",
    "derive",
    "expected_sign_accuracy",
    "explain_choice",
    "field_theory",
    "find_elapsed_time_defect",
    "find_linear_obstruction",
    "find_obstruction",
    "find_odd_obstruction",
    "float64_exact_until",
    "float64_until",
    "interpret",
    "is_linearly_solvable",
    "is_linearly_solvable_within",
    "is_reversible",
    "lift",
    "lift_by_characters",
    "lift_by_states",
    "longest_chain",
    "make_basis",
    "margins",
    "minimal_circuit",
    "minimal_dimension",
    "minimal_machine",
    "odd_accuracy",
    "pseudocode",
    "quantize",
    "recheck",
    "resolve_spectrum",
    "responses",
    "sign_accuracy",
    "smallest_kind",
    "spectrum_by_cycles",
    "spectrum_by_polynomial",
    "state_graph",
    "to_latex",
    "value_horizon",
    "working_schemes",
]
