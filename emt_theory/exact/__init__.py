"""Exact linear algebra over Q: companion matrices, characteristic polynomials and their cyclotomic factors, ranks, certificates.

Nothing here knows a task or a network, nothing here is a float, and nothing has a tolerance.
"""

from emt_theory.exact.certificate import Certificate
from emt_theory.exact.companion import companion, injection
from emt_theory.exact.cycles import Cycle, cycles, factors_of_cycles
from emt_theory.exact.polynomials import Factor, characteristic_polynomial, factorize, polynomial_text
from emt_theory.exact.rank import ObservabilityRank, observability_rank, rank
from emt_theory.exact.roots import count_on_unit_circle, numeric_roots, trace_polynomial

__all__ = [
    "Certificate",
    "Cycle",
    "Factor",
    "ObservabilityRank",
    "characteristic_polynomial",
    "companion",
    "count_on_unit_circle",
    "cycles",
    "factorize",
    "factors_of_cycles",
    "injection",
    "numeric_roots",
    "observability_rank",
    "polynomial_text",
    "rank",
    "trace_polynomial",
]
