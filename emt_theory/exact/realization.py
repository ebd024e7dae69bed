r"""Linear systems over a field: the same behaviour, the fewest dimensions, and no tolerance.

A realization (A, B, C) of order N sends a load v to the outputs

    y(τ) = G_τ v,      G_τ = C A^τ B,   τ = first, first + 1, …,

its *Markov parameters*. `first` is 0, or 1 where the output at the moment of the load does not count. Two realizations of orders p and q that
agree on p + q Markov parameters agree for ever (Cayley–Hamilton, P08), so the same behaviour is a finite exact question. The fewest dimensions
are, with the Hankel matrices `H_k = [G_{k+i+j}]_{i,j}`,

    rank H_0                     where every output counts (Kalman),
    2 rank H_1 − rank H_2        where G_0 is free: the least rank of H_0 over all G_0 (Woerdeman).

>>> from emt_theory.ground.rationals import RationalMatrix
>>> one = RationalMatrix.from_rows([[1]])
>>> doubled = Realization(A=RationalMatrix.from_rows([[1, 0], [0, 1]]), B=RationalMatrix.from_rows([[1], [1]]), C=RationalMatrix.from_rows([[1, 1]]))
>>> is_minimal(doubled), minimal_realization(doubled).order
(False, 1)
>>> same_behaviour(doubled, minimal_realization(doubled))
True

The field is that of the matrices, Q or GF(p): Fibonacci modulo 3, seen at every second step only, needs both dimensions.

>>> from emt_theory.exact import GF
>>> A = GF(3).matrix([[0, 1], [1, 1]])
>>> minimal_order(Realization(A @ A, GF(3).matrix([[1], [0]]), GF(3).matrix([[0, 1]])))
2

Over Q ranks are first taken modulo a prime, where they can only be too small. What they say to be the whole span is then proved over Q: rows are kept
along chains c, cA, cA², … as long as they are independent, and the first row of each chain that was not kept must depend on those that were.

Source: Kailath, Linear Systems, 2.4 and 6.2; Woerdeman, Integral Equations and Operator Theory 12 (1989), for the free parameter.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, TypeVar

from emt_theory.errors import InvalidOption
from emt_theory.exact.arguments import exact_matrix, instance, integers
from emt_theory.exact.rank import rank
from emt_theory.exact.rings import ring_of
from emt_theory.exact.span import spanning_rows
from emt_theory.ground.arguments import integer, is_integer
from emt_theory.ground.json import Record
from emt_theory.ground.sparse import SparseMatrix
from emt_theory.ground.text import shown

Exact = SparseMatrix[Any]
Matrix = TypeVar("Matrix", bound=SparseMatrix[Any])


@dataclass(frozen=True, repr=False)
class Realization(Record):
    """A linear system over Q or over GF(p), loaded once.

    Attributes:
        A: one step, shape (N, N).
        B: the load, shape (N, m).
        C: the read-out, shape (p, N).
        first: 0 if the output at the moment of the load counts, 1 if outputs count only after it.

    Raises:
        InvalidOption: if A, B or C is no exact matrix, they are over different fields, the shapes do not fit together, or `first` is neither 0 nor 1.
    """

    A: Exact
    B: Exact
    C: Exact
    first: int = 0

    def __post_init__(self) -> None:
        a, b, c = (exact_matrix(name, getattr(self, name)).shape for name in "ABC")
        if len({*map(ring_of, (self.A, self.B, self.C))}) > 1:
            raise InvalidOption(
                f"A, B, C must be over one field; got {', '.join(str(ring_of(m)) for m in (self.A, self.B, self.C))}"
            )
        if {a[0], b[0], c[1]} != {a[1]}:
            raise InvalidOption(f"A, B, C must have shapes (N, N), (N, m), (p, N); got A {a}, B {b}, C {c}")
        if not is_integer(self.first) or self.first not in (0, 1):
            raise InvalidOption(f"first must be 0 or 1; got {shown(self.first)}")

    @property
    def order(self) -> int:
        """N, the number of dimensions."""
        return self.A.shape[0]

    def markov(self, count: int) -> list[Exact]:
        """The Markov parameters C A^τ B for τ = first, …, first + count − 1."""
        A, moved, C = self.A.to_flint(), self.B.to_flint(), self.C.to_flint()
        moved = A * moved if self.first else moved
        found: list[Exact] = []
        for _ in range(integer("count", count, least=0, most=10**7)):
            found.append(self.A.from_dense(C * moved))
            moved = A * moved
        return found

    def __repr__(self) -> str:
        return (
            f"Realization(order={self.order}, loads={self.B.shape[1]}, outputs={self.C.shape[0]}, first={self.first})"
        )


def same_behaviour(one: Realization, other: Realization) -> bool:
    """Whether all Markov parameters that count are equal, for ever: decided on the first N + N' of them (P08).

    Raises:
        InvalidOption: if the outputs count from different moments on.
    """
    if _realization(one).first != _realization(other).first:
        raise InvalidOption(f"the outputs count from {one.first} on in one and from {other.first} on in the other")
    count = one.order + other.order
    return one.markov(count) == other.markov(count)


def minimal_order(realization: Realization) -> int:
    """The fewest dimensions of any realization with the same scored behaviour, exactly.

    With R and O bases of the spans of the columns B, AB, … and of the rows C, CA, …: rank OR, since H_0 has the same rank.
    """
    A, C = _realization(realization).A, realization.C
    reached = spanning_rows(A.T, realization.B.T).T
    if not realization.first:
        seen = spanning_rows(A, C)
        full = A.shape[0] in (seen.shape[0], reached.shape[1])  # an invertible factor changes no rank
        return min(seen.shape[0], reached.shape[1]) if full else _rank(seen @ reached)
    seen = spanning_rows(A, C @ A)
    return 2 * _rank(seen @ reached) - _rank(seen @ A @ reached)


def _rank(matrix: Exact) -> int:
    return rank(matrix)  # type: ignore[arg-type]


def is_minimal(realization: Realization) -> bool:
    """Whether no realization with the same scored behaviour has fewer dimensions."""
    return minimal_order(realization) == realization.order


def minimal_realization(realization: Realization) -> Realization:
    """A realization of the same scored behaviour with the fewest dimensions (Kalman's reduction, exactly).

    What cannot be reached from the load is left out; what cannot be told apart by outputs is identified. With `first` = 1 the system that starts one
    step later is reduced, and a load is put before it (`with_free_load`).
    """
    if _realization(realization).first:
        later = Realization(realization.A, realization.A @ realization.B, realization.C)
        return with_free_load(minimal_realization(later))
    return _quotient(_restriction(realization))


def _restriction(realization: Realization) -> Realization:
    """The same system on its reachable subspace, whose basis V has reduced columns: A V = V A', B = V B', C' = C V."""
    V = _reachable(realization.A, realization.B)
    rows = pivots(V.T)
    return Realization(
        take_columns((realization.A @ V).T, rows).T, take_columns(realization.B.T, rows).T, realization.C @ V
    )


def _quotient(realization: Realization) -> Realization:
    """The same system modulo what no output shows, with coordinates T, reduced rows: T A = A' T, B' = T B, C = C' T."""
    T = _observable(realization.A, realization.C)
    columns = pivots(T)
    return Realization(
        take_columns(T @ realization.A, columns), T @ realization.B, take_columns(realization.C, columns)
    )


def with_free_load(realization: Realization) -> Realization:
    """A load one step before a minimal realization (A, B, C) with `first` = 0, in the fewest further dimensions.

    A step must carry the load into B. What A does not reach is put into as many extra dimensions, r − rank A of them, that live for one step:

        W = ⎡A K⎤ ,   C' = [C 0],   W L = ⎡B⎤ ,        K: the unit vectors that complete the column space of A.
            ⎣0 0⎦                         ⎣0⎦

    Returns:
        (W, L, C') with `first` = 1. Where A is invertible, W = A and L = A⁻¹B.

    >>> from emt_theory.ground.rationals import RationalMatrix
    >>> once = Realization(*(RationalMatrix.from_rows([[x]]) for x in (0, 1, 1)))      # shown once, then gone
    >>> loaded = with_free_load(once)
    >>> loaded.order, [G.entries for G in loaded.markov(2)]
    (2, [((0, 0, Fraction(1, 1)),), ()])
    """
    r = _realization(realization).order
    if not r:
        return replace(realization, first=1)
    A = realization.A
    one = ring_of(A).one
    both = A.summed((r, 2 * r), (*A, *((i, r + i, one) for i in range(r))))
    chosen = pivots(both)
    unit = [j - r for j in chosen if j >= r]
    size = r + len(unit)
    W = A.like((size, size), sorted((*A, *((i, r + k, one) for k, i in enumerate(unit)))))
    square = take_columns(both, chosen).to_flint()
    solved = A.from_dense(square.solve(realization.B.to_flint()))
    places = [j if j < r else r + unit.index(j - r) for j in chosen]
    L = A.summed((size, solved.shape[1]), ((places[i], j, v) for i, j, v in solved))
    return Realization(W, L, A.like((realization.C.shape[0], size), realization.C.entries), first=1)


def _reachable(A: Exact, B: Exact) -> Exact:
    """A basis of the span of the columns of [B AB A²B …], as columns in reduced form."""
    return _observable(A.T, B.T).T


def _observable(A: Exact, C: Exact) -> Exact:
    """The reduced row basis of the span of the rows of [C; CA; CA²; …]."""
    rows = spanning_rows(A, C)
    return ring_of(A).identity(A.shape[0]) if rows.shape[0] == A.shape[0] else row_basis(rows)


def row_basis(matrix: Matrix) -> Matrix:
    """The non-zero rows of the reduced row echelon form: the one basis of the row space that depends on nothing else.

    >>> from emt_theory.ground.rationals import RationalMatrix
    >>> row_basis(RationalMatrix.from_rows([[2, 4], [1, 2]])) == RationalMatrix.from_rows([[1, 2]])
    True
    """
    reduced, found = exact_matrix("matrix", matrix).to_flint().rref()
    kept = reduced.entries()[: int(found) * reduced.ncols()]
    return matrix.from_dense(ring_of(matrix).dense(int(found), reduced.ncols(), kept))


def pivots(matrix: Exact) -> list[int]:
    """The columns of the first non-zero entries of the rows of the reduced row echelon form.

    >>> from emt_theory.ground.rationals import RationalMatrix
    >>> pivots(RationalMatrix.from_rows([[0, 2, 4], [0, 1, 3]]))
    [1, 2]
    """
    firsts = {i: j for i, j, _ in reversed(row_basis(matrix).entries)}  # the last of a row that is written is its first
    return sorted(firsts.values())


def take_columns(matrix: Matrix, columns: list[int]) -> Matrix:
    """The submatrix of these k columns, in this order, shape (rows, k).

    Raises:
        InvalidOption: if there is no such column.

    >>> from emt_theory.ground.rationals import RationalMatrix
    >>> take_columns(RationalMatrix.from_rows([[1, 2, 3]]), [2, 0])
    RationalMatrix 1×2, 2 non-zero: (0,0)=3 (0,1)=1
    """
    place = {j: k for k, j in enumerate(integers("columns", columns, 0, exact_matrix("matrix", matrix).shape[1] - 1))}
    kept = sorted((i, place[j], v) for i, j, v in matrix if j in place)
    return matrix.like((matrix.shape[0], len(columns)), kept)


def _realization(value: object) -> Realization:
    return instance(Realization, "realization", value, "minimal_realization")
