"""The schemes of `compile`, from the simplest to the most general."""

from emt_theory.circuits.schemes.damped import Damped, float64_until, longest_chain, margins
from emt_theory.circuits.schemes.gated import Form, Gated, float64_exact_until
from emt_theory.circuits.schemes.linear import Linear
from emt_theory.circuits.schemes.saturating import Saturating
from emt_theory.circuits.schemes.scheme import Allowance, Scheme
from emt_theory.circuits.schemes.tanh import Tanh

SCHEMES: dict[str, type[Scheme]] = {scheme.name: scheme for scheme in (Linear, Damped, Saturating, Tanh, Gated)}

__all__ = [
    "SCHEMES",
    "Damped",
    "Form",
    "Gated",
    "Linear",
    "Saturating",
    "Scheme",
    "Tanh",
    "Allowance",
    "float64_exact_until",
    "float64_until",
    "longest_chain",
    "margins",
]
