"""Exact linear algebra over Q: companion matrices, characteristic polynomials and their cyclotomic factors, ranks, certificates.

Nothing here knows a task or a network, nothing here is a float, and nothing has a tolerance.
"""

from emt_theory.exact.certificate import Certificate
from emt_theory.exact.companion import block_toeplitz, blocks, companion, impulse_responses, injection, loaded_memory
from emt_theory.exact.cycles import Cycle, cycles, factors_of_cycles, factors_of_lengths
from emt_theory.exact.jordan import jordan_blocks
from emt_theory.exact.polynomials import (
    Factor,
    characteristic_polynomial,
    factorize,
    polynomial_by_elimination,
    polynomial_by_matrix,
    polynomial_matrix,
    polynomial_text,
)
from emt_theory.exact.rank import ObservabilityRank, observability_rank, rank
from emt_theory.exact.realization import (
    Realization,
    is_minimal,
    minimal_order,
    minimal_realization,
    pivots,
    row_basis,
    same_behaviour,
    take_columns,
    with_free_load,
)
from emt_theory.exact.roots import (
    Ball,
    certified_roots,
    certified_roots_of_unity,
    count_on_unit_circle,
    count_outside_unit_circle,
    numeric_roots,
    trace_polynomial,
)

__all__ = [
    "Ball",
    "Certificate",
    "Cycle",
    "Factor",
    "ObservabilityRank",
    "Realization",
    "block_toeplitz",
    "blocks",
    "certified_roots",
    "certified_roots_of_unity",
    "characteristic_polynomial",
    "companion",
    "count_on_unit_circle",
    "count_outside_unit_circle",
    "cycles",
    "factorize",
    "factors_of_cycles",
    "factors_of_lengths",
    "impulse_responses",
    "injection",
    "is_minimal",
    "jordan_blocks",
    "loaded_memory",
    "minimal_order",
    "minimal_realization",
    "numeric_roots",
    "observability_rank",
    "pivots",
    "polynomial_by_elimination",
    "polynomial_by_matrix",
    "polynomial_matrix",
    "polynomial_text",
    "rank",
    "row_basis",
    "same_behaviour",
    "take_columns",
    "trace_polynomial",
    "with_free_load",
]
