r"""Along which direction a function on codewords changes its sign least often: how many units a threshold circuit needs (P23).

Let f be a function of k symbols with values ±1, shown as codewords x of ±1 side by side. For an integer direction w, on which `w·x` determines f, let
f change its sign at θ_1 < … < θ_j along `w·x`. All `w·x` have the same parity, so they are 2 apart at least, the midpoints θ_i are integers, and

    |w·x − θ_i| ≥ 1    for every x.

The powers of q always serve. j = 0 is a constant, and j = 1 a threshold function, which linear programming decides;
otherwise slopes along symbols and a local search from the best of them are tried. Whatever was found in floats is
checked in integers.

>>> parity = np.array([1, -1, -1, 1])
>>> find_direction(Alphabet(2), parity)
Direction(weights=(1, 1), thresholds=(-1, 1), lowest=1)

Source: new, P23.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import flint
import numpy as np
from numpy.typing import NDArray

from emt_theory.tasks.finite.alphabet import Alphabet, Code

Integers = NDArray[np.int64]

MOST_POINTS = 2**18
"""Combinations of symbols up to which a function is looked at."""
_MOST_DECIDED = 2**16
"""Numbers in all points up to which linear programming decides whether a function is a threshold function."""
_SLOPES, _MOST_TRIED = 3000, 2**24
"""Slopes that are tried, and values of w·x, at most."""
_WORK = 2**22
"""Numbers that a search sorts, at most."""
_CHAINS, _ROUNDS, _WARMTH, _STEP = 24, 400, 0.5, 6
_MOST_WHOLE, _SECONDS = 8, 1.0
"""Weights, and seconds, up to which the smallest integers are looked for."""
_FEWEST = 3
"""What a function takes that is no threshold function, at least."""
_SCALES = (*range(1, 33), 64, 128, 256, 1024, 2**14)


@dataclass(frozen=True)
class Direction:
    """A function of codewords, along a direction.

    Attributes:
        weights: w, one integer for each number that shows the symbols.
        thresholds: θ_1 < … < θ_j, integers, none nearer than 1 to any w·x.
        lowest: the value of f where w·x is lowest, 1 or −1.
    """

    weights: tuple[int, ...]
    thresholds: tuple[int, ...]
    lowest: int

    @property
    def units(self) -> int:
        """m, the units that it takes: one for each change of sign, and one more if that is an even number."""
        return len(self.thresholds) | 1


def codewords(alphabet: Alphabet, reads: int) -> Integers:
    """All combinations of k symbols as codewords, the last symbol changing fastest, shape (q^k, k·e)."""
    return alphabet.encode(symbols(alphabet, reads))


def symbols(alphabet: Alphabet, reads: int) -> Integers:
    """All combinations of k symbols, in the same order, shape (q^k, k)."""
    return np.indices((alphabet.size,) * reads).reshape(reads, alphabet.size**reads).T


def project(points: Integers, values: Integers, weights: Integers) -> Direction | None:
    """The function along a direction, in integers; None where w·x does not determine it.

    Args:
        points: x, shape (P, n), of ±1.
        values: f, shape (P,), of ±1.
        weights: w, shape (n,).
    """
    along = points @ weights
    order = np.argsort(along, kind="stable")
    along, values = along[order], values[order]
    changes = np.flatnonzero(values[1:] != values[:-1])
    if (along[changes] == along[changes + 1]).any():
        return None
    middles = (along[changes] + along[changes + 1]) // 2
    return Direction(tuple(map(int, weights)), tuple(map(int, middles)), int(values[0]))


def find_direction(alphabet: Alphabet, values: Integers) -> Direction:
    """A direction with few changes of sign.

    Args:
        alphabet: the symbols, with a code of ±1.
        values: f on all combinations of k symbols, the last one changing fastest, shape (q^k,), of ±1.
    """
    return _find(alphabet, np.asarray(values, dtype=np.int8).tobytes())


def direction_on(points: Integers, values: Integers) -> Direction | None:
    """As `find_direction`, for a function on some points; None where no direction that is tried tells them apart.

    Args:
        points: x, shape (P, n), integers that are all odd or all even along each axis.
        values: f, shape (P,), of ±1.
    """
    if (values == values[0]).all():
        return Direction((0,) * points.shape[1], (), int(values[0]))
    best = _best_or_none(points, values, _plain(points, values))
    if best is None:
        return None
    if len(best.thresholds) > 1 and points.size <= _MOST_DECIDED and (found := separated(points, values)) is not None:
        return project(points, values, found)
    return _searched(points, values, best) if len(best.thresholds) > 2 else best


def _plain(points: Integers, values: Integers) -> Integers:
    """The means of f x, small integers, and powers that count the points where they are not too large; random ones where they are."""
    n, rng = points.shape[1], np.random.default_rng(0)
    reach = next((r for r in (4, 3, 2, 1) if (2 * r + 1) ** n <= _SLOPES), 0)
    several = [a for a in itertools.product(range(-reach, reach + 1), repeat=n) if reach and a >= tuple(-v for v in a)]
    made = [np.array(sorted(several, key=lambda a: sum(map(abs, a))))] if several else []
    base = max(len(np.unique(axis)) for axis in points.T)
    if base**n < 2**40:
        powers = np.array([base**k for k in range(n)])
        made.append(np.stack([powers, powers[::-1], *(powers[rng.permutation(n)] for _ in range(8))]))
    return np.concatenate([_means(points, values)[None], *made, rng.integers(-(2**20), 2**20, size=(16, n))])


@lru_cache(maxsize=4096)
def _find(alphabet: Alphabet, table: bytes) -> Direction:
    values = np.frombuffer(table, dtype=np.int8).astype(np.int64)
    reads = _reads(alphabet, len(values))
    points = codewords(alphabet, reads)
    if (values == values[0]).all():
        return Direction((0,) * points.shape[1], (), int(values[0]))
    best = _best(points, values, np.concatenate([_means(points, values)[None], _slopes(alphabet, reads)]))
    if best.units > 1 and (found := threshold_direction(alphabet, values)) is not None:
        return found
    return _searched(points, values, best) if best.units > 3 else best


def _reads(alphabet: Alphabet, size: int) -> int:
    return next(k for k in itertools.count() if alphabet.size**k == size)


def _slopes(alphabet: Alphabet, reads: int) -> Integers:
    """Directions Σ a_i x_i on the symbols themselves, as directions on their codewords, shape (B, k·e); powers of q are the last."""
    unit = {Code.ONEHOT: np.arange(alphabet.size), Code.SIGNS: np.array([1])}.get(
        Code(str(alphabet.code)), np.ones(alphabet.width, dtype=np.int64)
    )
    reach = next((r for r in (4, 3, 2, 1) if (2 * r + 1) ** reads <= _SLOPES), 0)
    several = [a for a in itertools.product(range(-reach, reach + 1), repeat=reads) if a >= tuple(-v for v in a)]
    made = sorted(several, key=lambda a: (sum(map(abs, a)), tuple(-v for v in a))) if reach else []
    # plain and alternating sums, and one that tells all points apart: Σ q^(k−i) x_i counts them
    made += [
        (1,) * reads,
        tuple((-1) ** i for i in range(reads)),
        tuple(alphabet.size ** (reads - 1 - i) for i in range(reads)),
    ]
    made = made[-max(3, _MOST_TRIED // alphabet.size**reads) :]
    # Σ_i a_i x_i on symbols is w·codeword with w_{i,e} = a_i unit_e: the entries of one symbol stand side by side.
    return np.einsum("bk,e->bke", np.array(made, dtype=np.int64), unit).reshape(len(made), -1)


def _means(points: Integers, values: Integers) -> Integers:
    """Σ f(x) x, which is the direction of many threshold functions, shortened to small integers."""
    means = values @ points
    divisor = max(1, int(np.gcd.reduce(means)))
    return means // divisor


def _scores(points: Integers, values: Integers, directions: Integers) -> tuple[Integers, NDArray[np.bool_]]:
    """(changes of sign, values of w·x with both signs counted thrice; whether w·x determines f), one for each direction.

    Each key is 2 w·x, and 1 more where f = 1: sorted keys show the values in order.
    """
    keys = np.sort(2 * (directions @ points.T) + (values > 0), axis=1)
    changes = (keys[:, 1:] ^ keys[:, :-1]) & 1
    mixed = ((keys[:, 1:] >> 1 == keys[:, :-1] >> 1) & (changes == 1)).sum(axis=1)
    return changes.sum(axis=1) + 2 * mixed, mixed == 0


def _best(points: Integers, values: Integers, directions: Integers) -> Direction:
    """The best of some directions, the first of several; one of them must tell the points apart."""
    found = _best_or_none(points, values, directions)
    assert found is not None
    return found


def _best_or_none(points: Integers, values: Integers, directions: Integers) -> Direction | None:
    """The same, or None where none of them tells the points apart."""
    rows = max(1, _WORK // len(points))
    parts = [_scores(points, values, directions[i : i + rows]) for i in range(0, len(directions), rows)]
    changes, valid = (np.concatenate(part) for part in zip(*parts, strict=True))
    changes = np.where(valid, changes, np.iinfo(np.int64).max)
    return project(points, values, directions[int(np.argmin(changes))])


def _searched(points: Integers, values: Integers, best: Direction) -> Direction:
    """Many walks side by side: each changes or exchanges single weights, and takes what is no worse, or at first a little worse."""
    rng, chains, n = np.random.default_rng(0), np.arange(_CHAINS), points.shape[1]
    current, least = _starts(points, values, best, rng), len(best.thresholds)
    scores = _scores(points, values, current)[0]
    rounds = min(_ROUNDS, max(2, _WORK // (len(points) * _CHAINS)))
    for warmth in np.linspace(_WARMTH, 0.01, rounds):
        i, j = rng.integers(n, size=(2, _CHAINS))
        exchanged, proposed = rng.random(_CHAINS) < 0.5, current.copy()
        one, other = proposed[chains, i], proposed[chains, j]
        turned = np.where(rng.random(_CHAINS) < 0.3, -other, other)
        proposed[chains, j] = np.where(exchanged, one, other)
        proposed[chains, i] = np.where(
            exchanged, turned, proposed[chains, i] + rng.integers(-_STEP, _STEP + 1, size=_CHAINS)
        )
        new, valid = _scores(points, values, proposed)
        taken = rng.random(_CHAINS) < np.exp(np.minimum(0, scores - new) / warmth)
        current[taken], scores = proposed[taken], np.where(taken, new, scores)
        for k in np.flatnonzero(valid & (new < least))[:1]:
            found = project(points, values, proposed[k])
            assert found is not None
            best, least = found, len(found.thresholds)
        if best.units <= _FEWEST:
            break
    return best


def _starts(points: Integers, values: Integers, best: Direction, rng: np.random.Generator) -> Integers:
    """The best slopes, the means of f x and directions near them, powers of two in any order, and random ones, shape (chains, n)."""
    n, third = points.shape[1], _CHAINS // 3
    means = values @ points
    means = np.rint(12 * means / max(1, int(np.abs(means).max()))).astype(np.int64)
    starts = rng.integers(-12, 13, size=(_CHAINS, n))
    starts[:third] = means + rng.integers(-4, 5, size=(third, n))
    starts[0], starts[1] = best.weights, means
    for chain in range(third, 2 * third):
        starts[chain] = 2 ** (rng.permutation(n) % 40) * rng.choice((-1, 1), size=n)
    return starts


# ------------------------------------------------------------------------------------------------- threshold functions


def threshold_direction(alphabet: Alphabet, values: Integers) -> Direction | None:
    """A direction with a single change of sign, found by linear programming and made of integers; None if none is found.

    Args:
        alphabet: the symbols, with a code of ±1.
        values: f, as `find_direction` takes it.
    """
    points = codewords(alphabet, _reads(alphabet, len(values)))
    found = separated(points, values) if points.size <= _MOST_DECIDED else None
    if found is None:
        return None
    direction = project(points, values, found)
    return direction if direction is not None and len(direction.thresholds) == 1 else None


def separated(points: Integers, values: Integers) -> Integers | None:
    """Small integers w with `f(x) (w·x − θ) ≥ 1` for some θ, shape (n,); None where floats find none.

    A program in w⁺, w⁻ ≥ 0 and θ whose cost is ‖w‖₁; if the smallest integers take too long, the real solution is scaled until it rounds to one.
    """
    from scipy.optimize import Bounds, LinearConstraint, linprog, milp

    n = points.shape[1]
    left = values[:, None] * np.concatenate([points, -points, -np.ones((len(points), 1))], axis=1)
    cost, low = np.array([1.0] * 2 * n + [0.0]), np.array([0.0] * 2 * n + [-np.inf])
    real = linprog(cost, A_ub=-left, b_ub=-np.ones(len(left)), bounds=list(zip(low, [None] * len(low), strict=True)))
    if real.x is None:
        return None
    tried: list[Any] = [real.x * scale for scale in _SCALES]
    if n <= _MOST_WHOLE:
        rows, whole = LinearConstraint(left, lb=1.0), np.array([1] * 2 * n + [0])
        limit: Any = {"time_limit": _SECONDS}
        small = milp(cost, constraints=rows, bounds=Bounds(low, np.inf), integrality=whole, options=limit)
        tried = [*([] if small.x is None else [small.x]), *tried]
    for solution in tried:
        weights = np.rint(solution[:n] - solution[n : 2 * n]).astype(np.int64)
        found = project(points, values, weights)
        if found is not None and len(found.thresholds) == 1:
            return weights
    return None


def whole_threshold(points: Integers, values: Integers) -> tuple[tuple[int, ...], int] | None:
    """Integers (w, θ) with `f(x) (w·x − θ) ≥ 1` for all integer points and the smallest ‖w‖_1 + |θ|; None where none are found.

    Args:
        points: x, shape (P, n), any integers.
        values: f, shape (P,), of ±1.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp

    signed = values[:, None] * np.concatenate([points, -np.ones((len(points), 1), dtype=np.int64)], axis=1)
    both, size = np.concatenate([signed, -signed], axis=1), 2 * signed.shape[1]
    limit: Any = {"time_limit": _SECONDS}
    rows, bounds = LinearConstraint(both, lb=1.0), Bounds(np.zeros(size), np.inf)
    found = milp(np.ones(size), constraints=rows, bounds=bounds, integrality=np.ones(size), options=limit)
    if found.x is None:
        return None
    whole = np.rint(found.x[: size // 2] - found.x[size // 2 :]).astype(np.int64)
    return (tuple(map(int, whole[:-1])), int(whole[-1])) if (signed @ whole >= 1).all() else None


def balanced_points(alphabet: Alphabet, values: Integers) -> tuple[tuple[int, int], ...] | None:
    """Why f is no threshold function: (point, times) with `Σ times f(x) x = 0` and `Σ times f(x) = 0`; None where none is found.

    If f(x)(w·x − θ) ≥ 1 everywhere, the sum of these would be positive, and it is 0. The points are a vertex of a
    linear program; how often each counts is solved for in integers.

    >>> balanced_points(Alphabet(2), np.array([1, -1, -1, 1]))
    ((0, 1), (1, 1), (2, 1), (3, 1))
    """
    return _balanced(alphabet, np.asarray(values, dtype=np.int8).tobytes())


@lru_cache(maxsize=4096)
def _balanced(alphabet: Alphabet, table: bytes) -> tuple[tuple[int, int], ...] | None:
    from scipy.optimize import linprog

    values = np.frombuffer(table, dtype=np.int8).astype(np.int64)
    points = codewords(alphabet, _reads(alphabet, len(values)))
    if points.size > _MOST_DECIDED:
        return None
    signed = (values[:, None] * np.concatenate([points, np.ones((len(points), 1), dtype=np.int64)], axis=1)).T
    right = np.zeros(len(signed) + 1)
    right[-1] = 1
    found = linprog(np.zeros(len(values)), A_eq=np.concatenate([signed, np.ones((1, len(values)))]), b_eq=right)
    if found.x is None:
        return None
    support = np.flatnonzero(found.x > 1e-9)
    null, size = flint.fmpz_mat(signed[:, support].tolist()).nullspace()
    if size != 1:
        return None
    times = [int(null[i, 0]) for i in range(len(support))]
    if not all(times):
        return None
    divisor = math.gcd(*times) * (1 if times[0] > 0 else -1)
    times = [t // divisor for t in times]
    if min(times) <= 0 or (signed[:, support] @ np.array(times, dtype=object)).any():
        return None
    return tuple((int(point), t) for point, t in zip(support, times, strict=True))
