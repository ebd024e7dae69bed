r"""Exactness by responses: the second form of P07, and what it says about finite horizons. Values, not signs.

`M_{τ,k} = E_sᵀ Φ^τ E_k` is the effect that the variable in block k at t = s has on the output τ steps later. A time-invariant network met that
variable at time k, so all that it can tell is how long ago that was, τ + s − k. Therefore some linear network, of any width, has the *values* for the
first H scored steps iff

    M_{τ,k} = M_{τ+1,k+1}      for 1 ≤ τ < H and 1 ≤ k < s,

and for ever iff it holds for all τ. Since `M_{τ,k} − M_{τ+1,k+1} = −E_sᵀΦ^τE_s F_{k+1}`, Cayley–Hamilton says that τ ≤ n is enough; but τ ≤ s is:
for τ = 1 the right side is −F_s F_{k+1}, and where all before vanish it is −F_{s+1−τ} F_{k+1}. So the largest such H is
s + 1 − max {i : F_i F_j ≠ 0 for some j ≥ 2}.

>>> from emt_theory.tasks import compose_copy, repeat_copy, selection
>>> task = selection("late", 3, [(1, 1, 1), (2, 0, 1)])             # F_2 F_1 and F_1 F_2 are not 0, F_3 is
>>> find_elapsed_time_defect(task), value_horizon(task)
(ElapsedTimeDefect(tau=3, block=1), 3)
>>> value_horizon(compose_copy(8)), value_horizon(repeat_copy())
(1, None)

At a finite horizon the circuit itself can be wrong where some other linear network is right: `circuit_value_horizon` says how long it is right.

Source: new, P06 and P07, proved in `proofs/`.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from emt_theory.circuits.linear import theory_of
from emt_theory.exact import blocks, injection, loaded_memory
from emt_theory.ground.arguments import MOST_EXACT, integer
from emt_theory.ground.rationals import RationalMatrix
from emt_theory.ground.text import shows
from emt_theory.tasks import LinearTask
from emt_theory.tasks.linear import linear_task


@shows
class ElapsedTimeDefect(NamedTuple):
    """A response that does not depend on elapsed time alone: M_{tau,block} ≠ M_{tau+1,block+1}.

    Attributes:
        tau: τ ≥ 1.
        block: k, 1 ≤ k < s.
    """

    tau: int
    block: int


def responses(task: LinearTask, count: int) -> list[RationalMatrix]:
    """`E_sᵀ Φ^τ` for τ = 0, …, count − 1, each of shape (d, n); block k of it is M_{τ,k}.

    >>> from emt_theory.tasks import fibonacci
    >>> responses(fibonacci(), 3)[2]
    RationalMatrix 1×2, 2 non-zero: (0,0)=1 (0,1)=2

    Args:
        task: any linear task.
        count: how many, at most 100,000 + s, since all digits of all of them are kept.

    Raises:
        InvalidOption: if there are fewer than 0, or more.
    """
    most = MOST_EXACT + linear_task(task).num_variables
    return list(islice(_responses(task.F, task.dim), integer("count", count, least=0, most=most)))


def _responses(F: RationalMatrix, dim: int) -> Iterator[RationalMatrix]:
    """A row times Φ is the row shifted by one block, plus its newest block times F."""
    size = F.shape[1]
    # With R = [R_1 … R_s]: (R Φ)_b = R_{b−1} + R_s F_b, since Φ has I above its diagonal and F in its last row of
    # blocks.
    now = injection(size // dim, size // dim, dim).T
    while True:
        yield now
        shifted = ((i, j + dim, v) for i, j, v in now if j + dim < size)
        fed_back = now.columns(size - dim, size) @ F
        now = RationalMatrix.from_entries((dim, size), (*shifted, *fed_back))


def find_elapsed_time_defect(task: LinearTask, horizon: int | None = None) -> ElapsedTimeDefect | None:
    """The first (τ, k) with M_{τ,k} ≠ M_{τ+1,k+1}, or None: then some linear network has the values.

    Args:
        task: any linear task.
        horizon: H, the number of scored steps that matter; None means all.

    Raises:
        InvalidOption: if the horizon is not positive.
    """
    s = linear_task(task).num_variables
    last = s if horizon is None else min(s, integer("horizon", horizon, least=1) - 1)
    found = responses(task, last + 2)
    for tau in range(1, last + 1):
        now, later = (blocks(response, task.dim) for response in found[tau : tau + 2])
        for block in range(1, s):
            if now[block - 1] != later[block]:
                return ElapsedTimeDefect(tau, block)
    return None


def is_linearly_solvable_within(task: LinearTask, horizon: int | None = None) -> bool:
    """Whether some linear time-invariant network, of any width, has the task's values for the first `horizon` scored steps, or for ever.

    Decided by responses; `is_linearly_solvable` decides the unlimited case by products of blocks.

    >>> from emt_theory.tasks import compose_copy
    >>> is_linearly_solvable_within(compose_copy(2), horizon=1), is_linearly_solvable_within(compose_copy(2))
    (True, False)
    """
    return find_elapsed_time_defect(task, horizon) is None


def value_horizon(task: LinearTask) -> int | None:
    """For how many scored steps some linear network has the task's values; None: for ever. In closed form, s + 1 − max i of P07's products."""
    latest = theory_of(task).latest_obstruction()
    return task.num_variables + 1 - latest if latest else None


def contamination(task: LinearTask) -> RationalMatrix:
    """What the linear circuit loads, minus what it should have loaded, as a matrix on (u(1); …; u(s)), shape (n, n) (P06).

    `Σ_k Φ^{s−k} E_s u(k) − Σ_k E_k u(k)`: block (b, k) is the impulse response `E_sᵀ Φ^{b−k} E_s` for b > k, and 0 otherwise.

    >>> from emt_theory.tasks import compose_copy
    >>> contamination(compose_copy(2))                              # output 1 adds its older input to the newer
    RationalMatrix 4×4, 1 non-zero: (3,1)=1
    """
    loaded = loaded_memory(linear_task(task).F, task.dim)
    return RationalMatrix(loaded.shape, tuple((i, j, v) for i, j, v in loaded if i != j))


def circuit_value_horizon(task: LinearTask) -> int | None:
    """For how many scored steps the linear circuit itself has the task's values; None: for ever.

    The first τ with `E_sᵀ Φ^τ K ≠ 0`, K the contamination, less one. Looking at τ ≤ s is enough: what s outputs do not show is never shown.

    >>> from emt_theory.tasks import compose_copy, repeat_copy, selection
    >>> circuit_value_horizon(compose_copy(2)), circuit_value_horizon(repeat_copy(num_variables=2, dim=1))
    (0, None)
    >>> late = selection("late", 3, [(1, 1, 1), (2, 0, 1)])
    >>> circuit_value_horizon(late), value_horizon(late)
    (2, 3)
    """
    K = contamination(task)
    for tau, response in enumerate(responses(task, task.num_variables + 1)):
        if tau and (response @ K).entries:
            return tau - 1
    return None
