"""The privileged basis: which units store which variable, which compose, and the weights read in it. See `emt_theory.privileged_basis`."""

from emt_theory.evidence.basis.composition import Composed, Composition, Path
from emt_theory.evidence.basis.constructions import Construction, Constructions
from emt_theory.evidence.basis.film import Film, Frame, film_of
from emt_theory.evidence.basis.interchange import Exchanged, Interchange
from emt_theory.evidence.basis.privileged import PrivilegedBasis, basis_of
from emt_theory.evidence.basis.replacing import Necessity, Sufficiency
from emt_theory.evidence.basis.summary import BasisSummary, BasisView, summarize
from emt_theory.evidence.basis.tables import BasisTable, SharedVariables, VariableRow
from emt_theory.evidence.basis.units import Participation, Units, effect_shares, participation
from emt_theory.evidence.basis.views import Visit, order_of_neurons, path_of, residuals_of
from emt_theory.evidence.basis.weights import BlockResidual, MapInBasis

__all__ = [
    "BasisSummary",
    "BasisTable",
    "BasisView",
    "BlockResidual",
    "Composed",
    "Composition",
    "Construction",
    "Constructions",
    "Exchanged",
    "Film",
    "Frame",
    "Interchange",
    "MapInBasis",
    "Necessity",
    "Participation",
    "Path",
    "PrivilegedBasis",
    "SharedVariables",
    "Sufficiency",
    "Units",
    "VariableRow",
    "Visit",
    "basis_of",
    "effect_shares",
    "film_of",
    "order_of_neurons",
    "participation",
    "path_of",
    "residuals_of",
    "summarize",
]
