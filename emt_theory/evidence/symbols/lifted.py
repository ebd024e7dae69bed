r"""Is the state the lift of the task (P20): the smallest linear system that shows what the task shows?

V = span{K^t y_c} on the memories that are visited, y_c the codewords of the newest variable. Two things are measured. *Share*: how much of the
variance of the states is in V, beside what a random subspace of functions of as many memories would have. *Spectrum*: the states are cut to their
rank(1, V|_R) largest directions (an odd network holds no constant: rank V|_R), and one linear map is fitted that carries each state to the next. If
these directions are functions in V, and all of V, its eigenvalues are those of K on V|_R and 1 (P28).

Neither proves anything by itself: a shift register has all of its variance in V, and moves by other eigenvalues; and where V is all functions of
the memories that are visited (`full`), any network has both.

>>> from emt_theory import derive
>>> from emt_theory.evidence.symbols.visits import visit
>>> from emt_theory.networks import state_space
>>> from emt_theory.tasks import parse
>>> task = parse("lfsr:taps=1 2")
>>> net = derive(task).compile()
>>> found = read_lift(visit(state_space(net), task, horizon=40, seed=0, ahead=8))
>>> found.rank, found.full, round(found.share, 6)
(4, True, 1.0)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emt_theory.circuits import Lift, lift
from emt_theory.evidence.assignment import assign_values
from emt_theory.evidence.conventions import CONVENTIONS
from emt_theory.evidence.symbols.visits import Visits
from emt_theory.ground.absent import Absent
from emt_theory.ground.arrays import Array, ComplexArray
from emt_theory.ground.json import Record

_INDEPENDENT = 1e-9


@dataclass(frozen=True)
class LiftReading(Record):
    """The states beside the lift.

    Attributes:
        dimension: dim V, as functions of all memories.
        lasting: dim V|_R.
        rank: r, rank(1, V|_R); of an odd network dim V|_R.
        share: of the variance of the states that is in V.
        random_share: what a random subspace of functions of the visited memories has.
        count: eigenvalues above 0.9 in modulus of the fitted map in r directions.
        complex_error: the largest |λ − λ'| to the lift's eigenvalues and 1, by optimal assignment; None where there are not r of them.
        gap: singular value r of the states over number r + 1; None where there is no such direction.
        functions: so many dimensions have the functions of the memories that are visited, those of an odd network the odd ones.
    """

    JSON = (
        "dimension", "lasting", "rank", "share", "random_share", "count", "complex_error", "gap", "full",
    )  # fmt: skip

    dimension: int
    lasting: int
    rank: int
    share: float
    random_share: float
    count: int
    complex_error: float | None
    gap: float | None
    functions: int

    @property
    def full(self) -> bool:
        """Whether V and 1 are all functions of the memories that are visited: then share and eigenvalues prove nothing."""
        return self.rank >= self.functions

    def __str__(self) -> str:
        worst = (
            "their number is another" if self.complex_error is None else f"the worst is {self.complex_error:.2g} off"
        )
        shown = (
            f"{self.share:.4f} of the variance is in the lift (random: {self.random_share:.2f}); {self.count} of "
            f"{self.rank} eigenvalues, {worst}"
        )
        return f"{shown}; at full rank this proves nothing" if self.full else shown


def read_lift(visits: Visits, theory: Lift | Absent | None = None) -> LiftReading | Absent:
    """The states beside the lift of their task.

    Args:
        visits: the states, with symbols known as many steps ahead as the lift has dimensions.
        theory: the lift, if it is there already.
    """
    found = lift(visits.task) if theory is None else theory
    if isinstance(found, Absent):
        return found
    r, size = found.lasting if visits.odd else found.with_constant, visits.states.shape[2]
    if r > size:
        return Absent(f"the lift has {r} dimensions, the states {size}")
    basis = lift_functions(visits, found.with_constant)
    if basis.shape[1] != found.with_constant:
        return Absent(f"on the memories that are visited the lift has {basis.shape[1]} dimensions of {r}")
    z = visits.rows
    moved = z - z.mean(axis=0)
    share = float(((basis.T @ moved) ** 2).sum() / max((moved**2).sum(), np.finfo(float).tiny))
    now, then = (visits.states[:, part].reshape(-1, size) for part in (slice(None, -1), slice(1, None)))
    sizes = np.linalg.svd(now, compute_uv=False)
    values = secant_values(now, then, r)
    values = values[abs(values) > CONVENTIONS.modulus]
    wanted = _eigenvalues(found, constant=not visits.odd)
    error = float(assign_values(values, wanted).distances.max()) if len(values) == len(wanted) else None
    gap = float(sizes[r - 1] / sizes[r]) if r < len(sizes) and sizes[r] > 0 else None
    # An odd function has opposite values at opposite memories: they have half as many dimensions, and no constant among them.
    functions, constant = (-(-visits.visited // 2), 0) if visits.odd else (visits.visited, 1)
    random = (r - constant) / max(1, functions - constant)
    return LiftReading(found.dimension, found.lasting, r, share, min(1.0, random), len(values), error, gap, functions)


def secant_values(now: Array, then: Array, rank: int) -> ComplexArray:
    """The eigenvalues of the map that best carries the largest directions of states to what they are a step later (P28).

    Args:
        now: states, one a row.
        then: the states a step later.
        rank: how many directions.
    """
    low = np.linalg.svd(now, full_matrices=False)[2][:rank].T
    return np.linalg.eigvals(np.linalg.lstsq(now @ low, then @ low, rcond=None)[0]).astype(complex)


def lift_functions(visits: Visits, most: int) -> Array:
    """An orthonormal basis of 1 and V on the rows of visits: codewords of u(t), u(t+1), … until the next adds none; at most so many."""
    basis = np.full((len(visits.rows), 1), 1 / np.sqrt(len(visits.rows)))
    for k in range(most):
        code = visits.code(k)
        new = code - basis @ (basis.T @ code)
        new -= basis @ (basis.T @ new)
        left, sizes, _ = np.linalg.svd(new, full_matrices=False)
        fresh = left[:, sizes > _INDEPENDENT * np.sqrt(len(code))]
        if not fresh.shape[1]:
            break
        basis = np.concatenate([basis, fresh], axis=1)
    return basis


def _eigenvalues(found: Lift, constant: bool) -> ComplexArray:
    """Of K on V|_R: for each (m, times) every primitive m-th root of unity, so often; with 1, unless V holds it, where that is asked for."""
    values = [1.0 + 0j] if constant and found.with_constant > found.lasting else []
    for m, times in found.modes:
        turns = [j for j in range(m) if np.gcd(j, m) == 1]
        values += [np.exp(2j * np.pi * j / m) for j in turns] * times
    return np.array(values, dtype=complex)
