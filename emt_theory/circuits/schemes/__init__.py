"""The schemes of `compile`, from the simplest to the most general."""

from emt_theory.circuits.schemes.linear import Linear
from emt_theory.circuits.schemes.saturating import Saturating
from emt_theory.circuits.schemes.scheme import Scheme, Verdict
from emt_theory.circuits.schemes.tanh import Tanh

SCHEMES: dict[str, type[Scheme]] = {scheme.name: scheme for scheme in (Linear, Saturating, Tanh)}

__all__ = ["SCHEMES", "Linear", "Saturating", "Scheme", "Tanh", "Verdict"]
