r"""What a linear task applies to its memory: kept as reads where every output copies one component, as a matrix elsewhere.

A million reads are a million small numbers, their matrix is a million by 64 million; and what is a walk over reads is algebra for a matrix. So both
are kept, behind one face:

>>> from emt_theory.ground.rationals import RationalMatrix
>>> swap = linear_map(RationalMatrix.from_rows([[0, 0, 0, -1], [1, 0, 0, 0]]), Slots(2, 2))
>>> swap.reads, swap.persistent, swap.nilpotency
((Read(block=2, component=1, sign=-1), Read(block=1, component=0, sign=1)), (0, 2, 3), 1)
>>> swap.apply(np.array([[[5, 6], [7, 8]]])).tolist()
[[-8, 5]]
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from emt_theory.errors import InvalidOption
from emt_theory.ground.rationals import RationalMatrix
from emt_theory.ground.slots import Slots
from emt_theory.tasks.reads import Read, Reads
from emt_theory.tasks.series import exact_series


class Picks(NamedTuple):
    """The targets of a horizon where every output copies one input.

    Attributes:
        places: which of the 2n numbers x and −x each is, x the n = s·d inputs, shape (horizon, d).
    """

    places: NDArray[np.int32]

    def apply(self, inputs: Any, xp: Any = np) -> Any:
        """The targets of inputs of shape (batch, s, d): shape (batch, horizon, d)."""
        x = inputs.reshape(len(inputs), -1).T
        # Whole rows are copied, one number for each sequence; the batch becomes the first axis of a view.
        return xp.moveaxis(xp.take(xp.concatenate([x, -x]), self.places, axis=0, mode="clip"), -1, 0)


class Responses(NamedTuple):
    """The targets of a horizon as a linear function of the inputs: u(s+τ) = R_τ (u(1); …; u(s)), R_τ = C Φ^τ.

    Attributes:
        matrix: R, shape (horizon·d, s·d).
    """

    matrix: NDArray[np.float64]

    def apply(self, inputs: Any, xp: Any = np) -> Any:
        """The targets of inputs of shape (batch, s, d): shape (batch, horizon, d)."""
        size, _, d = inputs.shape
        return (inputs.reshape(size, -1) @ xp.asarray(self.matrix, dtype=inputs.dtype).T).reshape(size, -1, d)


TargetTable = Picks | Responses


@dataclass(frozen=True)
class SelectionMap:
    """Every output is ± one component.

    Attributes:
        slots: s and d.
        reads: one for each output.
    """

    slots: Slots
    reads: Reads

    @property
    def arrays(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Blocks, components and signs as arrays of length d."""
        return self.reads.arrays

    @cached_property
    def F(self) -> RationalMatrix:  # noqa: N802
        """F = [F_1 … F_s], sparse and exact, shape (d, s·d)."""
        entries = ((c, self.slots.flat(block, k), Fraction(sign)) for c, (block, k, sign) in enumerate(self.reads))
        return RationalMatrix((self.slots.dim, self.slots.size), tuple(entries))

    def apply(self, past: NDArray[Any]) -> NDArray[Any]:
        """F of the last s variables, shape (batch, s, d): shape (batch, d), in the arithmetic of their dtype."""
        blocks, components, signs = self.arrays
        return past[:, blocks - 1, components] * signs

    def table(self, horizon: int) -> Picks:
        """The targets of a horizon as a function of the inputs."""
        (s, d), n = self.slots, self.slots.size
        blocks, components, signs = self.arrays
        index, sign = np.empty((s + horizon, d), dtype=np.intp), np.ones((s + horizon, d))
        index[:s] = np.arange(s * d).reshape(s, d)
        for t in range(s, s + horizon):
            past = t - s + blocks - 1
            index[t], sign[t] = index[past, components], signs * sign[past, components]
        return Picks(np.where(sign > 0, index, n + index)[s:].astype(np.int32))  # JAX counts with them in any precision

    @cached_property
    def persistent(self) -> tuple[int, ...]:
        """The flat indices j, ascending, for which column j of Φⁿ is not 0: the components on cycles."""
        from emt_theory.exact import cycles

        blocks, components, _ = self.arrays
        on_cycles = cycles(*self.arrays, self.slots.num_variables).order
        first, s = blocks[on_cycles], self.slots.num_variables
        # What an output of a cycle reads, and all newer blocks of that component: block b begins at (b − 1)·d.
        met = np.arange(1, s + 1)[:, None] >= first
        return tuple(np.sort((np.arange(s)[:, None] * self.slots.dim + components[on_cycles])[met]).tolist())

    @cached_property
    def nilpotency(self) -> int:
        """ν, the size of Φ's largest Jordan block at 0: how often what nobody copies can be taken away before only cycles are left."""
        blocks, components, _ = self.arrays
        written = (blocks - 1) * self.slots.dim + components
        source = np.concatenate([np.arange(self.slots.dim, self.slots.size), written])  # one step earlier, j was here
        copies = np.bincount(source, minlength=self.slots.size)
        idle, rounds = np.flatnonzero(copies == 0), 0
        while len(idle):
            rounds += 1
            before = source[idle]
            np.subtract.at(copies, before, 1)
            idle = np.unique(before[copies[before] == 0])
        return rounds

    def to_dict(self) -> dict[str, Any]:
        """Its key in a task's file, JSON-ready."""
        return {"reads": np.stack(self.arrays, axis=1).tolist()}


@dataclass(frozen=True)
class MatrixMap:
    """Any F over Q.

    Attributes:
        slots: s and d.
        matrix: F.
    """

    slots: Slots
    matrix: RationalMatrix
    reads: ClassVar[None] = None

    @property
    def F(self) -> RationalMatrix:  # noqa: N802
        """F = [F_1 … F_s], sparse and exact, shape (d, s·d)."""
        return self.matrix

    @cached_property
    def _terms(self) -> list[tuple[int, int, int, int | Fraction]]:
        placed = ((i, self.slots.place(j), v) for i, j, v in self.matrix)
        return [(i, block - 1, c, int(v) if v.denominator == 1 else v) for i, (block, c), v in placed]

    def apply(self, past: NDArray[Any]) -> NDArray[Any]:
        """F of the last s variables, shape (batch, s, d): shape (batch, d), in the arithmetic of their dtype."""
        made = np.zeros((len(past), self.slots.dim), dtype=past.dtype)
        rounded = past.dtype.kind == "f"
        for i, block, component, value in self._terms:
            made[:, i] += (float(value) if rounded else value) * past[:, block, component]
        return made

    def table(self, horizon: int) -> Responses:
        """The targets of a horizon as a function of the inputs: each basis input's exact targets.

        Raises:
            InvalidOption: if a target leaves the range of floats.
        """
        s, d = self.slots
        basis = np.eye(s * d, dtype=np.int64).reshape(s * d, s, d)
        columns = np.empty((horizon, s * d, d))
        for t, (numerators, scale) in enumerate(exact_series(self.matrix, self.slots, basis, 1, horizon)):
            columns[t] = [[_quotient(v, scale) for v in row] for row in numerators.tolist()]
        if not np.isfinite(columns).all():
            raise InvalidOption(f"targets at horizon {horizon} leave the range of floats; choose shorter horizons")
        return Responses(columns.transpose(0, 2, 1).reshape(horizon * d, s * d))

    @cached_property
    def persistent(self) -> tuple[int, ...]:
        """The flat indices j, ascending, for which column j of Φⁿ is not 0: what j holds can reach an output after any time."""
        from emt_theory.exact import companion

        size = self.slots.size
        power = companion(self.matrix, self.slots.dim).to_flint() ** size
        return tuple(j for j in range(size) if any(power[i, j] for i in range(size)))

    @cached_property
    def nilpotency(self) -> int:
        """ν, the size of Φ's largest Jordan block at 0: after ν steps everything has gone that is ever forgotten."""
        from emt_theory.exact import Factor, characteristic_polynomial, jordan_blocks

        coefficients = characteristic_polynomial(self.matrix, self.slots.dim)
        times = next(k for k, value in enumerate(coefficients) if value)
        return jordan_blocks(self.matrix, self.slots.dim, Factor(times, given=(0, 1)))[0] if times else 0

    def to_dict(self) -> dict[str, Any]:
        """Its key in a task's file, JSON-ready."""
        rows = [["0"] * self.slots.size for _ in range(self.slots.dim)]
        for i, j, value in self.matrix:
            rows[i][j] = str(value)
        return {"matrix": rows}


LinearMap = SelectionMap | MatrixMap
"""F, as whichever is shorter; both say the same things of themselves."""


def linear_map(F: RationalMatrix, slots: Slots) -> LinearMap:
    """F, as reads if each of its rows holds a single ±1."""
    if [i for i, _, _ in F] != list(range(slots.dim)) or any(abs(value) != 1 for _, _, value in F):
        return MatrixMap(slots, F)
    return SelectionMap(slots, Reads.of([Read(*slots.place(j), int(value)) for _, j, value in F]))


def _quotient(numerator: int, scale: int) -> float:
    try:
        return numerator / scale
    except OverflowError:
        return math.inf
