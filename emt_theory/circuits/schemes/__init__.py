"""The schemes of `compile`, from the simplest to the most general."""

from emt_theory.circuits.schemes.damped import Damped, float64_until, longest_chain, margins
from emt_theory.circuits.schemes.gated import Form, Gated, float64_exact_until
from emt_theory.circuits.schemes.interpolating import Interpolating
from emt_theory.circuits.schemes.linear import Linear
from emt_theory.circuits.schemes.saturating import Saturating
from emt_theory.circuits.schemes.scheme import Allowance, FiniteScheme, Scheme
from emt_theory.circuits.schemes.tanh import Tanh
from emt_theory.circuits.schemes.threshold import Threshold
from emt_theory.circuits.schemes.threshold_carry import ThresholdCarry
from emt_theory.circuits.schemes.threshold_tanh import Margin, ThresholdTanh, margin

SCHEMES: dict[str, type[Scheme]] = {scheme.name: scheme for scheme in (Linear, Damped, Saturating, Tanh, Gated)}
"""Of linear tasks."""
FINITE_SCHEMES: dict[str, type[FiniteScheme]] = {
    scheme.name: scheme for scheme in (Threshold, ThresholdCarry, ThresholdTanh, Interpolating)
}
"""Of rules on symbols."""

__all__ = [
    "FINITE_SCHEMES",
    "SCHEMES",
    "Allowance",
    "Damped",
    "FiniteScheme",
    "Form",
    "Gated",
    "Interpolating",
    "Linear",
    "Margin",
    "Saturating",
    "Scheme",
    "Tanh",
    "Threshold",
    "ThresholdCarry",
    "ThresholdTanh",
    "float64_exact_until",
    "float64_until",
    "longest_chain",
    "margin",
    "margins",
]
