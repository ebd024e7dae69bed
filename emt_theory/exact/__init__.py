"""Exact linear algebra over a field, Q or GF(p): companion matrices, characteristic polynomials and their cyclotomic factors, ranks, certificates.

Nothing here knows a task or a network, nothing here is a float, and nothing has a tolerance.
"""

from emt_theory.exact.certificate import Certificate
from emt_theory.exact.companion import block_toeplitz, blocks, companion, impulse_responses, injection, loaded_memory
from emt_theory.exact.cycles import Cycle, Cycles, cycles, factors_of_cycles, factors_of_lengths
from emt_theory.exact.divisors import (
    ElementaryDivisor,
    cycle_counts,
    elementary_divisors,
    invariant_factors,
    matrix_order,
    recurrent_dimensions,
)
from emt_theory.exact.jordan import jordan_blocks
from emt_theory.exact.orders import polynomial_order
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
from emt_theory.exact.rings import GF, QQ, ModularMatrix, Rationals, Ring, ring_of
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
    "GF",
    "QQ",
    "Ball",
    "Certificate",
    "Cycle",
    "Cycles",
    "ElementaryDivisor",
    "Factor",
    "ModularMatrix",
    "ObservabilityRank",
    "Rationals",
    "Realization",
    "Ring",
    "block_toeplitz",
    "blocks",
    "certified_roots",
    "certified_roots_of_unity",
    "characteristic_polynomial",
    "companion",
    "count_on_unit_circle",
    "count_outside_unit_circle",
    "cycle_counts",
    "cycles",
    "elementary_divisors",
    "factorize",
    "factors_of_cycles",
    "factors_of_lengths",
    "impulse_responses",
    "injection",
    "invariant_factors",
    "is_minimal",
    "jordan_blocks",
    "loaded_memory",
    "matrix_order",
    "minimal_order",
    "minimal_realization",
    "numeric_roots",
    "observability_rank",
    "pivots",
    "polynomial_by_elimination",
    "polynomial_by_matrix",
    "polynomial_matrix",
    "polynomial_order",
    "polynomial_text",
    "rank",
    "recurrent_dimensions",
    "ring_of",
    "row_basis",
    "same_behaviour",
    "take_columns",
    "trace_polynomial",
    "with_free_load",
]
