r"""What lasts of a memory, and how it moves: the coordinates that a network is asked for.

For a selection task these are the persistent components themselves; Φ moves them by a signed permutation. For any other task they come from Φ,
exactly. Let q be the product of the irreducible factors over ℚ of Φ's characteristic polynomial whose roots all have |λ| ≥ 1. The rows ℓ with ℓ q(Φ)
= 0 see nothing of what belongs to the other factors, and Φ maps them to each other,

    L q(Φ) = 0,      c(t) = L m(t) = Φ_L c(t−1),      L Φ = Φ_L L,

so the *lasting coordinates* c have dynamics of their own, whatever decays or is forgotten beside them. Φ_L is read off at the pivots of L.

>>> from emt_theory import derive
>>> from emt_theory.tasks import autoregressive, fibonacci, from_matrix
>>> mixed = lasting_part(derive(from_matrix([[1, 0, 0, 0], [0, 0, 0, "1/2"]])))
>>> mixed.reader.tolist(), mixed.phi.tolist(), mixed.rate
([[1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]], [[0.0, 1.0], [1.0, 0.0]], 1.0)
>>> lasting_part(derive(autoregressive([2]))).rate
2.0

Values may grow, as long as all of them grow at one rate ρ, c(t) ~ ρ^t: then c(t)/ρ^{t−s} and z(t)/ρ^{t−s} are compared. Where they grow at several,
what grows fastest hides the rest, and nothing can be said:

>>> for task in (fibonacci(), autoregressive([2, -1]), from_matrix([[0, 0, 0, 1], [0, 0, 0, 0]]), autoregressive(["1/2"])):
...     print(lasting_part(derive(task)))
nothing is compared: values grow at several rates, that of x^2 - x - 1 among them
nothing is compared: a Jordan block of size 2 on the unit circle, at the roots of x - 1: values grow like t
nothing lasts: every eigenvalue is 0: Φ^4 = 0
nothing lasts: every eigenvalue is inside the unit circle

Source: new; the primary decomposition is in Horn & Johnson, Matrix Analysis, 3.1.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, reduce
from math import ceil, lcm
from typing import Any

import flint
import numpy as np
from numpy.typing import NDArray

from emt_theory.circuits import Circuit
from emt_theory.circuits.growth import GrowthKind
from emt_theory.evidence.conventions import FIT_SEQUENCES
from emt_theory.evidence.memories.persistent import persistent_dynamics
from emt_theory.evidence.recording import Recording, require
from emt_theory.exact import Factor, count_on_unit_circle, count_outside_unit_circle, jordan_blocks, numeric_roots
from emt_theory.ground.absent import Absent
from emt_theory.ground.arrays import Array
from emt_theory.ground.json import Record
from emt_theory.tasks import LinearTask
from emt_theory.tasks import pairs as paired
from emt_theory.tasks.linear import linear_task

_LARGEST = 128
"""The most memory components of a task that is no selection for which the coordinates are computed; exact algebra takes minutes beyond."""


@dataclass(frozen=True, eq=False, repr=False)
class Lasting(Record):
    """The lasting coordinates c = L m of a linear task.

    Attributes:
        task: the task.
        reader: L, shape (k, n).
        phi: Φ_L, shape (k, k).
        extension: B, shape (n, k): the memory that has these coordinates and nothing that decays, L B = I and Φ B = B Φ_L; at settled times of a
            selection task that is all of it.
        rate: ρ, the modulus of its eigenvalues.
    """

    task: LinearTask
    reader: Array
    phi: Array
    extension: Array
    rate: float = 1.0

    @property
    def size(self) -> int:
        """k, how many there are."""
        return len(self.phi)

    @cached_property
    def slots(self) -> tuple[tuple[int, int], ...] | None:
        """(block, component) of each, for a selection task; None where they are no single components."""
        return tuple(map(self.task.slots.place, self.task.persistent)) if self.task.is_selection else None

    @property
    def settled(self) -> int:
        """The last step before the settled window; see `Task.settled`."""
        return self.task.settled

    @cached_property
    def horizon(self) -> int:
        """The fewest scored steps with which every question can be asked: edits are watched for 2s settled steps, equal memories lie apart."""
        apart = 0 if paired.unpaired(self.task) else paired.least_horizon(self.task)
        return max(self.settled + self.task.num_variables, apart)

    @cached_property
    def cycles(self) -> tuple[tuple[int, ...], ...] | None:
        """The coordinates on each cycle of Φ_L, where it is a signed permutation; None where it is not."""
        if not self.task.is_selection:
            return None
        source = np.abs(self.phi).argmax(axis=1)
        left, found = set(range(self.size)), list[tuple[int, ...]]()
        while left:
            here = min(left)
            cycle: list[int] = []
            while here in left:
                left.remove(here)
                cycle.append(here)
                here = int(source[here])
            found.append(tuple(cycle))
        return tuple(found)

    @cached_property
    def order(self) -> int | None:
        """The least p with Φ_L^p = I, for a selection task; None elsewhere."""
        if self.cycles is None:
            return None
        signs = self.phi.sum(axis=1)
        # A row of Φ_L has one entry ±1, its sum. Once round a cycle of length p gives the product of its signs; where
        # that is −1, twice round.
        return lcm(*(len(cycle) * (1 if np.prod(signs[list(cycle)]) > 0 else 2) for cycle in self.cycles))

    def truth(self, recording: Recording, steps: NDArray[np.intp]) -> Array:
        """c(t)/ρ^{t−s} at the steps with the indices t − 1, shape (batch, steps, k)."""
        s, d = self.task.slots
        rows, columns = np.nonzero(self.reader)
        block, component = np.divmod(columns, d)
        # Block b of the memory at t is u(t − s + b), b = 1 … s: index t − 1 − s + b of the series, and here b counts from 0.
        entries = recording.series[:, steps[:, None] - s + 1 + block, component]
        if not np.array_equal(rows, np.arange(self.size)):
            weights = np.zeros((len(rows), self.size))
            weights[np.arange(len(rows)), rows] = self.reader[rows, columns]
            entries = entries @ weights
        return entries * self.scale(steps)[:, None] if self.rate != 1 else entries

    def scale(self, steps: NDArray[np.intp]) -> Array:
        """ρ^{s−t} at these steps."""
        return np.asarray(self.rate ** (self.task.num_variables - 1.0 - steps), dtype=np.float64)

    def moved(self, steps: int) -> Array:
        """Φ_L^steps."""
        return np.linalg.matrix_power(self.phi, steps)

    def sequences(self, size: int, horizon: int) -> int:
        """How many sequences a fit needs with so many state variables and scored steps.

        States repeat with the order of Φ_L, so further steps are no further states: 2·max(k, S) / min(order, steps), S bounded by what outputs can
        show, 2n; never under 128.
        """
        steps = max(1, self.task.num_variables + horizon - self.settled)
        directions = max(self.size, min(size, 2 * self.task.components))
        different = min(self.order or steps, steps)
        return max(FIT_SEQUENCES, ceil(2 * directions / different))

    def name(self, j: int) -> str:
        """Coordinate j in words."""
        if self.slots is None:
            return f"lasting coordinate {j}"
        block, component = self.slots[j]
        return f"component {component} of block {block}"

    def __repr__(self) -> str:
        return f"Lasting({self.size} of {self.task.components} coordinates of {self.task.name})"


def lasting_part(circuit: Circuit) -> Lasting | Absent:
    """The lasting coordinates of a task, or why nothing lasts or nothing can be compared."""
    require(Circuit, circuit=circuit)
    task = linear_task(circuit.task)
    if task.is_selection:
        chosen = list(task.persistent)
        if not chosen:
            return Absent(f"nothing lasts: {circuit.spectrum().growth.reason}")
        reader = np.zeros((len(chosen), task.components))
        reader[np.arange(len(chosen)), chosen] = 1
        moves = persistent_dynamics(circuit)
        return Lasting(task, reader, moves.phi, moves.extension)
    growth, spectrum = circuit.spectrum().growth, circuit.spectrum()
    if growth.kind in (GrowthKind.VANISHES, GrowthKind.DECAYS):
        return Absent(f"nothing lasts: {growth.reason}")
    if growth.kind is GrowthKind.POLYNOMIAL:
        return Absent(f"nothing is compared: {growth.reason}")
    kept = [f for f in spectrum.factors if not f.is_zero_eigenvalue and _lasts(f)]
    rates = {_rate(f) for f in kept}
    if len(rates) > 1 or None in rates:
        worst = next(f for f in kept if (rate := _rate(f)) is None or rate != min(r for r in rates if r is not None))
        return Absent(f"nothing is compared: values grow at several rates, that of {worst} among them")
    if any(f.multiplicity > 1 and max(jordan_blocks(task.F, task.dim, f)) > 1 for f in kept):
        return Absent("nothing is compared: values grow like t ρ^t")
    if task.components > _LARGEST:
        return Absent(f"nothing is compared: lasting coordinates are for tasks of at most {_LARGEST} components")
    return Lasting(task, *_coordinates(circuit, kept), rate=rates.pop() or 1.0)


def _lasts(factor: Factor) -> bool:
    """Whether one of its roots has |λ| ≥ 1."""
    given = factor.coefficients
    return bool(factor.order or count_outside_unit_circle(given) or count_on_unit_circle(given))


def _rate(factor: Factor) -> float | None:
    """The modulus of all its roots, where they share one to twelve digits."""
    if factor.order or count_on_unit_circle(factor.coefficients) == factor.degree:
        return 1.0
    sizes = np.abs(numeric_roots(factor.coefficients))
    return float(f"{sizes.mean():.12g}") if np.ptp(sizes) <= 1e-12 * sizes.max() else None


def _coordinates(circuit: Circuit, kept: list[Factor]) -> tuple[Array, Array, Array]:
    """(L, Φ_L, B): the rows that q(Φ) takes to 0, what Φ does to them, and B = V (L V)⁻¹ with the columns V that it takes to 0.

    Each factor is semisimple, so q has it once.
    """
    phi = circuit.exact_phi.to_flint()
    size = phi.nrows()
    one = flint.fmpq_mat(size, size, [int(i == j) for i in range(size) for j in range(size)])
    # q(Φ)V = 0 and L q(Φ) = 0, the latter as q(Φ)ᵀLᵀ = 0. Lᵀ has unit vectors in the rows `free`, so LΦ = Φ_L L reads
    # Φ_L off the columns `free` of LΦ.
    product = reduce(lambda made, f: made * _evaluated(f, phi, one), kept, one)
    columns, _ = _null_space(product)
    transposed, free = _null_space(product.transpose())
    reader = transposed.transpose()
    moved = reader * phi
    found = flint.fmpq_mat(len(free), len(free), [moved[k, j] for k in range(len(free)) for j in free])
    return _floats(reader), _floats(found), _floats(columns * (reader * columns).inv())


def _null_space(matrix: flint.fmpq_mat) -> tuple[flint.fmpq_mat, list[int]]:
    """A basis of the null space as columns, which has unit vectors in the rows that are listed."""
    reduced, rank = matrix.rref()
    pivots = [next(j for j in range(reduced.ncols()) if reduced[i, j]) for i in range(rank)]
    free = [j for j in range(matrix.ncols()) if j not in pivots]
    entries = [_null_entry(reduced, pivots, j, i) for i in range(matrix.ncols()) for j in free]
    return flint.fmpq_mat(matrix.ncols(), len(free), entries), free


def _evaluated(factor: Factor, phi: flint.fmpq_mat, one: flint.fmpq_mat) -> flint.fmpq_mat:
    made = one * 0
    for coefficient in reversed(factor.coefficients):
        made = made * phi + one * coefficient
    return made


def _null_entry(reduced: flint.fmpq_mat, pivots: list[int], free: int, i: int) -> Any:
    if i == free:
        return flint.fmpq(1)
    return -reduced[pivots.index(i), free] if i in pivots else flint.fmpq(0)


def _floats(matrix: flint.fmpq_mat) -> NDArray[np.float64]:
    values = [
        [float(matrix[i, j].p) / float(matrix[i, j].q) for j in range(matrix.ncols())] for i in range(matrix.nrows())
    ]
    return np.array(values).reshape(matrix.nrows(), matrix.ncols())
