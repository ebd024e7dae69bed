"""Products by residues against FLINT's, sums of short times long numbers against Python's, and what float64 would get wrong."""

import flint
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emt_theory.ground import longproducts
from emt_theory.ground.longproducts import combined, product


@given(st.tuples(*[st.integers(1, 5)] * 3), st.integers(0, 700), st.integers(0, 2**32 - 1))
def test_products_are_flints(shape, bits, seed):
    (m, k, n), rng = shape, np.random.default_rng(seed)

    def entries(count):
        drawn = (int.from_bytes(rng.bytes(96), "little") % (2 ** (bits + 1) + 1) - 2**bits for _ in range(count))
        return [v if rng.random() < 0.8 else (0, 2**bits, -(2**bits))[rng.integers(3)] for v in drawn]

    A, B = entries(m * k), entries(k * n)
    wanted = flint.fmpz_mat(m, k, A) * flint.fmpz_mat(k, n, B)
    assert product(A, B, shape) == [int(v) for v in wanted.entries()]


@pytest.mark.parametrize("sign", [1, -1])
def test_the_largest_entries_are_not_folded(sign):
    """Every product at its bound: 300 terms of (2^500)²."""
    A, B = [2**500] * 600, [sign * 2**500] * 600
    assert product(A, B, (2, 300, 2)) == [sign * 300 * 2**1000] * 4


def test_nothing_is_a_product_of_nothing():
    assert product([0, 0], [0, 0], (1, 2, 1)) == [0]


@given(st.integers(1, 40), st.integers(2, 400), st.integers(0, 2**32 - 1))
def test_sums_modulo_a_number_are_pythons(count, bits, seed):
    rng = np.random.default_rng(seed)
    modulus = 2**bits + int(rng.integers(2**20))
    long = [int.from_bytes(rng.bytes(64), "little") % modulus for _ in range(count - 1)]
    short = rng.integers(1 - 2**23, 2**23, size=(count, 3))
    short[-1] = 1
    for column in range(3):  # the last w brings the sum near 0, where it is known to be
        near = int(rng.choice((-1, 1))) * (int.from_bytes(rng.bytes(64), "little") % -(-modulus // 4))
        sums = sum(int(c) * w for c, w in zip(short[:-1, column], long, strict=True))
        last = (near - sums) % modulus
        assert combined(short[:, [column]].astype(float), [*long, last], modulus) == [near]


def test_saboteur_too_few_primes_are_seen(monkeypatch):
    A, B = [3**300, 5**200], [7**170, -(11**140)]
    right = product(A, B, (1, 2, 1))
    primes = longproducts._primes
    monkeypatch.setattr(longproducts, "_primes", lambda below, largest: primes(below, largest)[:-2])
    assert product(A, B, (1, 2, 1)) != right
