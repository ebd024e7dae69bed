r"""Minimal circuits (P11): the scored behaviour of a task in the fewest linear dimensions, exactly.

The memory m(s) = (u(1); …; u(s)) is loaded once; outputs count from t = s+1 on, `y(s+τ) = C Φ^τ m(s)`. Two questions have two answers:

- `running`: how many dimensions must the state have at t = s+1, s+2, …? `r = rank O`, O = [CΦ; CΦ²; …]. The circuit is
  `z(s+1) = B m(s), z(t+1) = A z(t), y(t) = C z(t)`.
- `with_load`: and if a state at t = s must exist too, from which the same weights make the step to t = s+1? `2 rank O − rank(OΦ)`. The circuit is
  `h(s) = B m(s), h(t+1) = A h(t)`, and what y(s) is does not count.

The change of basis T sends the memory at t to the state at t+1, and the identities

    T Φ = A T,      C_min T = C Φ,      B = T  (running)   or   A B = T  (with_load)

say all: `C_min A^τ T = C Φ^{τ+1}` for every τ. T's rows are the reduced row echelon basis of the row space of O, so they depend on the task alone.
For a selection task they are single components, those that are ever read:

>>> from emt_theory.tasks import delayed_copy
>>> small = minimal_circuit(delayed_copy(num_variables=4, dim=1, lag=2))
>>> small.dimension, small.T                                                              # blocks 3 and 4 of four
(2, RationalMatrix 2×4, 2 non-zero: (0,2)=1 (1,3)=1)
>>> small.identities()
{'T Phi = A T': True, 'C_min T = C Phi': True, 'B = T': True}

Source: new, P11, proved in `proofs/`; Kailath, Linear Systems, 2.4.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from emt_theory.circuits.linear import theory_of
from emt_theory.errors import InvalidOption
from emt_theory.exact import Realization, companion, with_free_load
from emt_theory.ground.arguments import MOST_EXACT, integer, member
from emt_theory.ground.json import Record
from emt_theory.ground.rationals import RationalMatrix, to_fraction
from emt_theory.tasks import LinearTask
from emt_theory.tasks.sampling import exact_inputs

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LARGEST_LOAD = 4096


class Variant(StrEnum):
    """Which states a minimal circuit must have."""

    RUNNING = "running"
    WITH_LOAD = "with_load"


@dataclass(frozen=True, repr=False)
class MinimalCircuit(Record):
    """A task's scored behaviour in the fewest linear dimensions.

    Attributes:
        task: the task.
        variant: "running" or "with_load".
        realization: A, B and C over Q; its k-th Markov parameter, from 1, is C Φ^k.
        T: the change of basis, shape (N, n), from the memory at t to the state at t+1.
    """

    JSON = ("variant", "dimension", "A", "B", "C", "T")

    task: LinearTask
    variant: Variant
    realization: Realization
    T: RationalMatrix

    @property
    def A(self) -> RationalMatrix:  # noqa: N802
        """One step, shape (N, N)."""
        return cast("RationalMatrix", self.realization.A)

    @property
    def B(self) -> RationalMatrix:  # noqa: N802
        """The load, shape (N, n): from (u(1); …; u(s)) to the state at s+1 (running) or at s (with_load)."""
        return cast("RationalMatrix", self.realization.B)

    @property
    def C(self) -> RationalMatrix:  # noqa: N802
        """The read-out, shape (d, N)."""
        return cast("RationalMatrix", self.realization.C)

    @property
    def dimension(self) -> int:
        """N, the fewest dimensions."""
        return self.realization.order

    def identities(self) -> dict[str, bool]:
        """The identities that make the circuit right for all t, each evaluated exactly."""
        phi, load = companion(self.task.F, self.task.dim), self.variant is Variant.WITH_LOAD
        return {
            "T Phi = A T": self.T @ phi == self.A @ self.T,
            "C_min T = C Phi": self.C @ self.T == self.task.F,
            "A B = T" if load else "B = T": (self.A @ self.B if load else self.B) == self.T,
        }

    def outputs(self, inputs: Any, horizon: int) -> NDArray[Any]:
        """y(s+1), …, y(s+horizon) of the circuit, exactly; shape (batch, horizon, d).

        Args:
            inputs: u(1), …, u(s), exact numbers, shape (batch, s, d).
            horizon: number of scored steps, at most 100,000, since all digits of all outputs are kept.

        Raises:
            InvalidTask: if the inputs do not have this shape, or are not exact.
            InvalidOption: if the horizon is below 0 or above 100,000.
        """
        given, horizon = exact_inputs(self.task, inputs), integer("horizon", horizon, least=0, most=MOST_EXACT)
        made = np.empty((len(given), horizon, self.task.dim), dtype=object)
        for b, sequence in enumerate(given):
            state = self.B.apply([to_fraction(v) for v in sequence.ravel()])
            for t in range(horizon):
                state = self.A.apply(state) if t or self.realization.first else state
                made[b, t] = self.C.apply(state)
        return made

    def __repr__(self) -> str:
        return (
            f"MinimalCircuit({self.task.name!r}, {self.variant}, {self.dimension} of {self.task.components} dimensions)"
        )


def minimal_circuit(task: LinearTask, variant: Variant | str = Variant.RUNNING) -> MinimalCircuit:
    """The minimal circuit of a task.

    Args:
        task: any linear task over Q. A selection task takes O(n) steps (running).
        variant: "running" or "with_load".

    Raises:
        InvalidOption: if the variant is unknown, or a load of more than 4096 dimensions is asked for.
    """
    chosen = member(Variant, "variant", variant)
    realization, basis = theory_of(task).minimal()
    if chosen is Variant.WITH_LOAD:
        if realization.order > _LARGEST_LOAD:
            raise InvalidOption(f"a load of {realization.order} dimensions is too large; the most is {_LARGEST_LOAD}")
        realization = with_free_load(realization)
        basis = RationalMatrix((realization.order, task.components), basis.entries)
    return MinimalCircuit(task, chosen, realization, basis)
