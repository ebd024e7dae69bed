r"""A rule that is affine over a field: u(t) = F u(past) + c modulo a prime, in algebra, so that 2⁶⁴ states cost what 16 do (P17, P21).

XOR is addition modulo 2, and a minus sign on signs is 1 ⊕ b: XOR tasks, selections on signs and sums modulo a prime are all of this kind. With Φ the
companion matrix of F over GF(p), x ↦ Φx + c is the step of all p^n states, and everything is read off the elementary divisors of Φ.

>>> from emt_theory.tasks import parse
>>> field = field_theory(parse("lfsr:taps=60 61 63 64"))
>>> field.order, field.cycles
(18446744073709551615, ((1, 1), (18446744073709551615, 1)))
>>> print(field_theory(parse("parity")))
x^3 + x^2 + x + 1 = (x + 1)^3 over GF(2), period 4
8 states, all of them recurrent: 2 cycles of length 1, 1 of length 2, 1 of length 4
>>> print(field_theory(parse("majority")))
output 0 is affine over no field: it is not c + Σ a·u modulo 2

With a constant the cycles are counted on one variable more, w(t) = w(t−1), that c is multiplied with: its states with w = 0 are Φ's, and each of the
p − 1 others has as many cycles, so

    cycles of x ↦ Φx + c = (cycles with w − cycles of Φ)/(p − 1).

Source: P17, P21, proved in `proofs/`; Elspas 1959.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from emt_theory.circuits.dimension import MinimalDimension
from emt_theory.circuits.finite.graph import cycle_counts_text
from emt_theory.circuits.finite.images import Images
from emt_theory.circuits.linear.obstruction import Obstruction, products_of_blocks
from emt_theory.circuits.spectrum import Spectrum
from emt_theory.exact import (
    GF,
    ElementaryDivisor,
    ModularMatrix,
    characteristic_polynomial,
    companion,
    cycle_counts,
    elementary_divisors,
    factors_of_lengths,
    invariant_factors,
    matrix_order,
    observability_rank,
    polynomial_text,
    recurrent_dimensions,
)
from emt_theory.ground.absent import Absent
from emt_theory.ground.json import Record, to_json
from emt_theory.tasks.finite.task import FiniteTask, finite_task

MOST_COMPONENTS = 1024
"""So many symbols of memory; a matrix of that size takes seconds."""
_LONGEST_CYCLE = 10**10
_WRITTEN = 10**7
"""A larger power is written as a power."""


@dataclass(frozen=True, repr=False)
class FieldTheory(Images, Record):
    """The theory of an affine task over GF(p). What is not known, for lack of the factors of a large number, is `Absent`.

    Attributes:
        task: the task.
        F: [F_1 … F_s] over GF(p), shape (d, s·d), block 1 the oldest.
        constant: c, d residues.
    """

    JSON = (
        "p", "constant", "polynomial=polynomial_text", "divisors", "order", "period", "cycles", "tail", "images",
        "recurrent", "reversible", "nerode", "minimal_dimension", "obstruction", "lift",
    )  # fmt: skip

    task: FiniteTask
    F: ModularMatrix
    constant: tuple[int, ...]

    @property
    def p(self) -> int:
        """The prime."""
        return self.F.p

    @cached_property
    def phi(self) -> ModularMatrix:
        """Φ, the companion matrix of F, shape (n, n)."""
        return companion(self.F, self.task.dim)

    @cached_property
    def polynomial(self) -> tuple[int, ...]:
        """det(λ − Φ), ascending residues (P09)."""
        return tuple(map(int, characteristic_polynomial(self.F, self.task.dim).coeffs()))

    @property
    def polynomial_text(self) -> str:
        """The same, as people write it."""
        return polynomial_text(self.polynomial)

    @cached_property
    def divisors(self) -> tuple[ElementaryDivisor, ...]:
        """The elementary divisors of Φ."""
        return elementary_divisors(self.F, self.task.dim)

    @property
    def invariant_factors(self) -> tuple[tuple[int, ...], ...]:
        """The invariant factors of Φ, largest first, as ascending residues."""
        return invariant_factors(self.divisors, self.p)

    @property
    def order(self) -> int | Absent:
        """The least k with Φ^{t+k} = Φ^t for large t: the order of Φ, if it is invertible."""
        return matrix_order(self.divisors, self.p)

    @cached_property
    def _with_constant(self) -> tuple[ElementaryDivisor, ...]:
        """Of the task with one variable more, w(t) = w(t−1): what is not a power of x in them is what [[Φ, c], [0, 1]] has."""
        if not any(self.constant):
            return self.divisors
        s, d = self.task.slots
        # Block k of the wider memory begins at k(d + 1); c stands in the newest block, before w(t−1).
        newest = (s - 1) * (d + 1) + d
        moved = [(i, j // d * (d + 1) + j % d, v) for i, j, v in self.F]
        constant = [(i, newest, v) for i, v in enumerate(self.constant) if v]
        wide = self.F.like((d + 1, s * (d + 1)), [*sorted(moved + constant), (d, newest, 1)])
        return elementary_divisors(wide, d + 1)

    @property
    def period(self) -> int | Absent:
        """The least common multiple of the lengths of all cycles, which some cycle attains (P17)."""
        return matrix_order(self._with_constant, self.p)

    @cached_property
    def cycles(self) -> tuple[tuple[int, int], ...] | Absent:
        """(length, how many) of the cycles of the states, by length."""
        still = cycle_counts(self.divisors, self.p)
        if not any(self.constant) or isinstance(still, Absent):
            return still
        all_of_them = cycle_counts(self._with_constant, self.p)
        if isinstance(all_of_them, Absent):
            return all_of_them
        moved = Counter(dict(all_of_them))
        moved.subtract(dict(still))
        return tuple((length, count // (self.p - 1)) for length, count in sorted(moved.items()) if count)

    @cached_property
    def dimensions(self) -> tuple[int, ...]:
        """rank Φ⁰, rank Φ, rank Φ², … down to the dimension of what lasts."""
        return recurrent_dimensions(self.divisors, self.task.components)

    @cached_property
    def images(self) -> tuple[int, ...]:  # type: ignore[override]
        """|X|, |GX|, … down to |R|: p to these ranks."""
        return tuple(self.p**k for k in self.dimensions)

    @cached_property
    def minimal_dimension(self) -> MinimalDimension:
        """The fewest dimensions of a linear system over GF(p) with the scored values: rank O, and with a load 2 rank O − rank OΦ (P11)."""
        scored, propagated = observability_rank(self.F, self.task.dim)
        return MinimalDimension(scored, 2 * scored - propagated)

    @property
    def nerode(self) -> int:
        """The fewest states that show the same: p^{rank O}."""
        return self.p**self.minimal_dimension.running

    def obstructions(self) -> Iterator[Obstruction]:
        """The non-zero entries of the products F_i F_j with j ≥ 2: while there is one, no linear network *over this field* has the values (P07)."""
        return products_of_blocks(self.F, self.task.dim)

    @property
    def obstruction(self) -> Obstruction | None:
        """The first of them, or None: then W_hh = Φ, W_uh = E_s, W_hy = E_sᵀ is right over GF(p) for all t > s."""
        return next(self.obstructions(), None)

    @property
    def lift(self) -> int | Absent:
        """dim V of the lift over Q for one bit: how many rows E_sᵀΦ^t, t ≥ 1, there are, each the character of one function (P20)."""
        if self.p != 2 or self.task.dim > 1:
            return Absent("the lift is counted by algebra for one bit only")
        # The first row vector is cyclic for Φ: e_1Φ^j is x^j modulo det(λ − Φ), and E_sᵀΦ^t is x^{n−1+t}, past every power that fades.
        return self.order

    def spectrum(self) -> Spectrum | Absent:
        """The eigenvalues of K φ = φ∘G on all functions of states, from the cycles (P19)."""
        if isinstance(self.cycles, Absent):
            return self.cycles
        if self.cycles[-1][0] > _LONGEST_CYCLE:
            return Absent(f"a cycle of length {self.cycles[-1][0]} has more roots of unity than are told apart")
        states = self.images[0]
        return Spectrum(states, factors_of_lengths({(length, 1): count for length, count in self.cycles}, states), None)

    def counted(self) -> dict[str, Any]:
        """What `emt derive --json` has under `states`, JSON-ready."""
        keys = ("cycles", "tail", "images", "recurrent", "reversible")
        found = to_json({key: getattr(self, key) for key in keys})
        return found | {"jordan": to_json(self.zero_blocks), "nerode": self.nerode}

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return super().to_dict() | {"minimal_dimension": list(self.minimal_dimension)}

    def __repr__(self) -> str:
        return f"FieldTheory({self.task.name!r}, GF({self.p}), {self.p}^{self.task.components} states)"

    def algebra(self) -> str:
        """The characteristic polynomial, the elementary divisors and the period, in one line."""
        powers = [
            f"{d}" if d.exponent > 1 or d.is_nilpotent else f"({d})"
            for d in self.divisors
            for _ in range(min(d.count, 4))
        ]
        shown = [*powers[:12], *(["…"] if len(powers) > 12 or any(d.count > 4 for d in self.divisors) else [])]
        factored = f" = {' '.join(shown)}" if len(shown) > 1 or self.divisors[0].exponent > 1 else ""
        period = f"period {self.period}" if self.period else str(self.period)
        return f"{self.polynomial_text}{factored} over GF({self.p}), {period}"

    def states(self) -> str:
        """The states and their cycles, in words."""
        n = self.task.components
        lasting = "all" if self.reversible else power_text(self.p, self.dimensions[-1])
        cycles = cycle_counts_text(self.cycles) if not isinstance(self.cycles, Absent) else str(self.cycles)
        tail = "" if self.reversible else f"\nthe longest tail is {self.tail}"
        return f"{power_text(self.p, n)} states, {lasting} of them recurrent: {cycles}{tail}"

    def __str__(self) -> str:
        return f"{self.algebra()}\n{self.states()}"


def field_theory(task: FiniteTask) -> FieldTheory | Absent:
    """The theory of a task whose rule is affine over GF(q), decided exactly; else why there is none.

    Raises:
        InvalidTask: if it is no finite task.
    """
    q = finite_task(task).alphabet.size
    if task.components > MOST_COMPONENTS:
        return Absent(
            f"matrices over GF({q}) are made for at most {MOST_COMPONENTS} symbols of memory; {task.name} has {task.components}"
        )
    affine = affine_map(task)
    return affine if isinstance(affine, Absent) else FieldTheory(task, *affine)


def affine_map(task: FiniteTask) -> tuple[ModularMatrix, tuple[int, ...]] | Absent:
    """(F, c) over GF(q) with the task's rule u(t) = F u(past) + c; or why there are none."""
    q, (_, d) = task.alphabet.size, task.slots
    if any(q % r == 0 for r in range(2, q)):
        return Absent(f"{q} symbols are no field: {q} is no prime")
    entries, constants = list[tuple[int, int, int]](), list[int]()
    for c, rule in enumerate(task.rules):
        found = rule.affine(q)
        if found is None:
            return Absent(f"output {c} is affine over no field: it is not c + Σ a·u modulo {q}")
        constants.append(found[0])
        entries += [(c, j, a) for j, a in zip(rule.reads, found[1], strict=True) if a]
    return GF(q).zeros().like((d, task.components), entries), tuple(constants)


def power_text(base: int, exponent: int) -> str:
    """A power, written out if it is small.

    >>> power_text(2, 6), power_text(2, 64)
    ('64', '2^64')
    """
    return str(base**exponent) if base**exponent < _WRITTEN else f"{base}^{exponent}"
