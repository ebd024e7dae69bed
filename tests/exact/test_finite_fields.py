"""Matrices, orders and cycles over GF(p), against enumeration and against the numbers of the tables."""

from collections import Counter
from itertools import pairwise, product
from math import lcm

import flint
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emt_theory.errors import InvalidOption, InvalidTask
from emt_theory.exact import (
    GF,
    QQ,
    Realization,
    block_toeplitz,
    blocks,
    characteristic_polynomial,
    companion,
    cycle_counts,
    elementary_divisors,
    impulse_responses,
    invariant_factors,
    loaded_memory,
    matrix_order,
    minimal_order,
    minimal_realization,
    observability_rank,
    polynomial_by_elimination,
    polynomial_by_matrix,
    polynomial_order,
    rank,
    recurrent_dimensions,
    ring_of,
    row_basis,
    same_behaviour,
    with_free_load,
)
from emt_theory.exact.divisors import _by_elimination, _by_ranks
from emt_theory.exact.orders import prime_factors
from emt_theory.exact.span import spanning_rows
from emt_theory.ground.absent import Absent
from emt_theory.ground.rationals import RationalMatrix

ONE = RationalMatrix.identity(1)


def register(*lags):
    """u(t) = ⊕ u(t − lag) over GF(2)."""
    return GF(2).matrix([[int(max(lags) - j in lags) for j in range(max(lags))]])


@st.composite
def recurrences(draw, primes=(2, 3, 5), most=4):
    p = draw(st.sampled_from(primes))
    d, s = draw(st.sampled_from([(d, s) for d in range(1, 4) for s in range(1, 5) if d * s <= most]))
    entries = draw(st.lists(st.integers(0, p - 1), min_size=d * d * s, max_size=d * d * s))
    return GF(p).matrix(np.array(entries).reshape(d, d * s)), d


def states(F, dim):
    """The next state of each of all p^n, by the recurrence itself."""
    rows = F.to_rows()
    return {
        x: (*x[dim:], *(sum(a * b for a, b in zip(row, x, strict=True)) % F.p for row in rows))
        for x in product(range(F.p), repeat=F.shape[1])
    }


def walked(after):
    """Sizes of the images, and (length, how many) of the cycles."""
    images = [set(after)]
    while (smaller := {after[x] for x in images[-1]}) != images[-1]:
        images.append(smaller)
    left, lengths = set(images[-1]), Counter()
    while left:
        x = start = left.pop()
        length = 1
        while (x := after[x]) != start:
            left.remove(x)
            length += 1
        lengths[length] += 1
    return [len(image) for image in images], tuple(sorted(lengths.items()))


@settings(max_examples=60)
@given(recurrences())
def test_cycles_and_images_are_those_of_the_states(made):
    F, d = made
    found = elementary_divisors(F, d)
    images, cycles = walked(states(F, d))
    assert [F.p**k for k in recurrent_dimensions(found, F.shape[1])] == images
    assert cycle_counts(found, F.p) == cycles
    assert matrix_order(found, F.p) == lcm(*(length for length, _ in cycles))


@settings(max_examples=40)
@given(recurrences(most=8))
def test_the_divisors_multiply_to_the_polynomial_and_the_first_invariant_factor_is_the_minimal_one(made):
    F, d = made
    found, ring = elementary_divisors(F, d), GF(F.p)
    total = ring.polynomial([1])
    for divisor in found:
        total *= ring.polynomial(divisor.coefficients) ** (divisor.exponent * divisor.count)
    assert total == characteristic_polynomial(F, d) == polynomial_by_elimination(F, d) == polynomial_by_matrix(F, d)
    factors = [ring.polynomial(f) for f in invariant_factors(found, F.p)]
    assert factors[0] == companion(F, d).to_flint().minpoly()
    assert all((a % b).is_zero() for a, b in pairwise(factors))


@settings(max_examples=40)
@given(recurrences(most=8))
def test_exponents_by_elimination_and_by_ranks(made):
    F, d = made
    one, other = _by_elimination(F, d), _by_ranks(F, d)
    for factor, times in characteristic_polynomial(F, d).factor()[1]:
        assert sorted(e for e in one(factor, int(times)) if e) == sorted(other(factor, int(times)))


@settings(max_examples=40)
@given(recurrences(most=8))
def test_reducing_commutes_with_everything(made):
    """A recurrence over Q modulo p is the recurrence of the reduced entries."""
    F, d = made
    ring, whole = GF(F.p), QQ.matrix(F.to_rows())
    assert ring.reduce(companion(whole, d)) == companion(F, d)
    assert ring.reduce(block_toeplitz(whole, d)) == block_toeplitz(F, d)
    assert ring.reduce(loaded_memory(whole, d)) == loaded_memory(F, d)
    assert [ring.reduce(b) for b in blocks(whole, d)] == blocks(F, d)
    assert [ring.reduce(b) for b in impulse_responses(whole, d, 5)] == impulse_responses(F, d, 5)
    assert flint.nmod_poly(
        [int(c) for c in characteristic_polynomial(whole, d).coeffs()], F.p
    ) == characteristic_polynomial(F, d)
    assert rank(F) <= rank(whole)


@settings(max_examples=40)
@given(recurrences(most=6))
def test_what_is_observed_counts_the_futures(made):
    """p^{rank O} different output sequences from t = s+1 on, and p^{rank OΦ} from t = s+2 on (P11)."""
    F, d = made
    if F.p ** F.shape[1] > 4096:
        return
    after = states(F, d)
    found = observability_rank(F, d)

    def future(x, skipped):
        shown = []
        for _ in range(F.shape[1] + skipped + 1):
            x = after[x]
            shown.append(x[-d:])
        return tuple(shown[skipped:])

    for skipped, wanted in ((0, found.scored), (1, found.propagated)):
        assert len({future(x, skipped) for x in after}) == F.p**wanted


@settings(max_examples=40)
@given(st.data(), st.sampled_from((2, 3, 7)), st.integers(1, 5), st.sampled_from((0, 1)))
def test_minimal_realizations_over_a_field(data, p, n, first):
    def matrix(rows, columns):
        return GF(p).matrix([[data.draw(st.integers(0, p - 1)) for _ in range(columns)] for _ in range(rows)])

    full = Realization(matrix(n, n), matrix(n, 1), matrix(1, n), first)
    small = minimal_realization(full)
    assert same_behaviour(small, full)
    assert small.order == minimal_order(full) <= n
    shown = [int(G.entries[0][2]) if G.entries else 0 for G in full.markov(2 * n + 2)]
    hankel = [rank(GF(p).matrix([[shown[i + j + k] for j in range(n)] for i in range(n)])) for k in (0, 1)]
    assert small.order == (2 * hankel[0] - hankel[1] if first else hankel[0])
    assert ring_of(with_free_load(minimal_realization(Realization(full.A, full.B, full.C))).A) == GF(p)


def test_the_span_is_proved_where_a_prime_deceives():
    """Modulo the first prime the second row is 0; over Q it is not."""
    p = 2**61 - 1
    A, C = QQ.matrix([[0, p], [0, 0]]), QQ.matrix([[1, 0]])
    assert spanning_rows(A, C).shape == (2, 2)
    assert row_basis(spanning_rows(A, C)) == RationalMatrix.identity(2)


@pytest.mark.parametrize(
    ("lags", "period"), [((3, 4), 15), ((28, 31), 2147483647), ((60, 61, 63, 64), 18446744073709551615)]
)
def test_periods_of_registers(lags, period):
    F = register(*lags)
    found = elementary_divisors(F, 1)
    assert matrix_order(found, 2) == polynomial_order(tuple(map(int, characteristic_polynomial(F, 1).coeffs())), 2)
    assert matrix_order(found, 2) == period
    assert cycle_counts(found, 2) == ((1, 1), (period, 1))
    # The same by definition: Φ^period = I, and Φ^(period/q) ≠ I for every prime q that divides it.
    phi, identity = companion(F, 1).to_flint(), GF(2).identity(max(lags)).to_flint()
    assert phi**period == identity
    assert all(phi ** (period // q) != identity for q in prime_factors(2, max(lags)))


@pytest.mark.parametrize(("p", "period"), [(2, 3), (3, 8), (5, 20), (7, 16), (11, 10), (13, 28), (10007, 20016)])
def test_pisano_periods(p, period):
    assert matrix_order(elementary_divisors(GF(p).matrix([[1, 1]]), 1), p) == period
    a, b, steps = 1, 1, 1
    while (a, b) != (0, 1):
        a, b, steps = b, (a + b) % p, steps + 1
    assert steps == period


@pytest.mark.parametrize(("d", "s", "solvable"), [(1, 2, 2), (1, 3, 2), (2, 2, 28), (2, 3, 52)])
def test_how_many_binary_recurrences_are_linearly_solvable(d, s, solvable):
    """F_i F_j = 0 for j ≥ 2 over GF(2), and the same by the responses of elapsed time (P07), all recurrences at once."""
    n, count = s * d, 2 ** (d * d * s)
    F = (np.arange(count)[:, None] >> np.arange(d * n) & 1).reshape(count, d, n)
    split = [F[:, :, k * d : (k + 1) * d] for k in range(s)]
    products = np.any([(a @ b % 2).any(axis=(1, 2)) for a in split for b in split[1:]] or [[False] * count], axis=0)
    phi = np.concatenate([np.broadcast_to(np.eye(n, dtype=int)[d:], (count, n - d, n)), F], axis=1)
    # M_{τ,k} = E_sᵀΦ^τE_k depends on elapsed time only: M_{τ,k} = M_{τ+1,k+1}, for more τ than there are dimensions.
    here, differs = F, np.zeros(count, dtype=bool)
    for _ in range(n + 2):
        later = here @ phi % 2
        differs |= (here[:, :, : n - d] != later[:, :, d:]).any(axis=(1, 2))
        here = later
    assert np.array_equal(products, differs)
    assert count - products.sum() == solvable


def test_numbers_that_are_too_long_are_said_to_be():
    found = prime_factors(2, 1031)
    assert isinstance(found, Absent)
    assert "order unknown: 2^1031 - 1 has" in found.reason
    assert prime_factors(2, 127) == (2**127 - 1,)


@pytest.mark.parametrize("p", [1, 4, 0, -3, 2**64 + 13])
def test_what_is_no_field(p):
    with pytest.raises(InvalidOption):
        GF(p)


def test_what_is_refused():
    with pytest.raises(InvalidTask, match=r"matrix\[0\]\[1\] = 1/2 is no residue modulo 2"):
        GF(2).matrix([[1, "1/2"]])
    with pytest.raises(InvalidOption, match="over one field; got QQ, GF"):
        Realization(ONE, GF(2).identity(1), ONE)
    with pytest.raises(InvalidOption, match="not divisible by x"):
        polynomial_order((0, 1), 2)
    with pytest.raises(InvalidOption, match="recurrence over GF"):
        elementary_divisors(ONE, 1)
    with pytest.raises(ValueError, match="shapes"):
        GF(2).identity(2) @ GF(2).identity(3)
