"""Theory of a task: its exact circuit, what is exact about it, its spectrum, its graph, and its weights.

>>> from emt_theory.tasks import parse
>>> print(derive(parse("T1")).spectrum())
64 of 64 eigenvalues on the unit circle (all roots of unity), 0 at 0
cycles: 8 of length 8 (+)
"""

from emt_theory.circuits.bases import Basis, BasisKind, make_basis
from emt_theory.circuits.circuit import Circuit, Exactness
from emt_theory.circuits.compiling import choose_scheme
from emt_theory.circuits.derive import derive
from emt_theory.circuits.dimension import MinimalDimension, minimal_dimension
from emt_theory.circuits.exactness import Obstruction, find_obstruction, is_linearly_solvable
from emt_theory.circuits.interpretation import Interpretation, interpret
from emt_theory.circuits.schemes import SCHEMES, Linear, Saturating, Scheme, Tanh, Verdict
from emt_theory.circuits.spectrum import Spectrum, resolve_spectrum, spectrum_by_cycles, spectrum_by_polynomial

__all__ = [
    "SCHEMES",
    "Basis",
    "BasisKind",
    "Circuit",
    "Exactness",
    "Interpretation",
    "Linear",
    "MinimalDimension",
    "Obstruction",
    "Saturating",
    "Scheme",
    "Spectrum",
    "Tanh",
    "Verdict",
    "choose_scheme",
    "derive",
    "find_obstruction",
    "interpret",
    "is_linearly_solvable",
    "make_basis",
    "minimal_dimension",
    "resolve_spectrum",
    "spectrum_by_cycles",
    "spectrum_by_polynomial",
]
