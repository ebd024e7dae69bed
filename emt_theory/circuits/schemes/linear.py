"""The linear circuit in any basis: `W_hh = Ψ Φ Ψ†`, `W_uh = Ψ E_s`, `W_hy = E_sᵀ Ψ†`, σ = id.

It is the paper's circuit. It is exact for every t > s iff `F_i F_j = 0` for all i and all j ≥ 2 (P07); elsewhere it loads a contaminated state
(P06) and is compiled all the same, so that the difference can be seen.

Source: Karuvally et al., arXiv 2310.02430; P06 and P07, proved in `proofs/`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from emt_theory.circuits.bases import Basis, BasisKind
from emt_theory.circuits.exactness import find_obstruction
from emt_theory.circuits.schemes.scheme import Allowance, Scheme
from emt_theory.exact import companion, injection
from emt_theory.networks import ExactRNN
from emt_theory.tasks import LinearTask


@dataclass(frozen=True)
class Linear(Scheme):
    """The linear circuit of the paper, in any basis.

    >>> from emt_theory.tasks import compose_copy, repeat_copy
    >>> [Linear().verdict(task).exact for task in (repeat_copy(), compose_copy())]
    ['values', None]
    """

    name: ClassVar[str] = "linear"
    bases: ClassVar[tuple[BasisKind, ...]] = tuple(BasisKind)

    def verdict(self, task: LinearTask) -> Allowance:
        """Always allowed; exact values iff the task is linearly solvable (P07)."""
        obstruction = find_obstruction(task)
        if obstruction is None:
            return Allowance(True, "values", "F_i F_j = 0 for all i and all j >= 2 (P07)")
        return Allowance(
            True,
            None,
            f"F_{obstruction.i} F_{obstruction.j} is not 0, so no linear network has the task's values (P07)",
        )

    def weights(self, task: LinearTask, basis: Basis) -> ExactRNN:
        """Ψ Φ Ψ†, Ψ E_s, E_sᵀ Ψ†."""
        newest = injection(task.num_variables, task.num_variables, task.dim)
        return ExactRNN(
            W_hh=basis.psi @ companion(task.F, task.dim) @ basis.dual,
            W_uh=basis.psi @ newest,
            W_hy=newest.T @ basis.dual,
            activation="identity",
        )
