r"""The phase gate (P16): ReLU units that are told when the inputs end; exact values for **every** linear task.

One more input channel is c(t) = 1 for t ≤ s and 0 afterwards. The newest variable is held by two groups of units, of which one is always
silent: what is read in, and what is fed back, shut off by −M c during the input phase. Older blocks copy. Two forms:

**pairs**, for any F: every value v is kept as relu(v) and relu(−v), which relu copies unchanged.

    a±(t)   = relu(±x(t))                         2d units      u during the input phase, 0 afterwards
    f±(t)   = relu(±F·memory(t−1) − M c(t))       2d units      0 during the input phase, F·memory afterwards
    b±_k(t) = relu(newer block's ±)               2d(s−1) units blocks 1 … s−1; block s−1 copies a± + f±
    y       = a⁺ − a⁻ + f⁺ − f⁻

2d(s+1) units. During the input phase block 1 is still empty and the others hold inputs or nothing, so M ≥ ρ'B silences f±, where ρ' is the
largest row 1-norm of [F_2 … F_s] and B the largest input.

**shifted**, if no value ever exceeds B, for which ρ ≤ 1 is enough: v is kept as z = v + B ≥ 0.

    a(t)    = relu(x(t) + B c(t))                               d units
    f(t)    = relu(F(z(t−1) − B) + B − M c(t))                  d units, with a bias
    z_k(t)  = relu(z_(k+1)(t−1))                                d(s−1) units
    y       = a + f − B

n + d units. An empty block has z = 0 and so counts as v = −B; |Fv| ≤ ρB all the same, so M ≥ (1+ρ)B silences f.

Units are ordered by block, oldest first; block s is a, then f (in pairs: all +, then all −). The smallest example is Fibonacci, which no
linear network can do:

>>> from emt_theory.tasks import fibonacci
>>> from emt_theory.circuits import make_basis
>>> twin = Gated().weights(fibonacci(), make_basis("identity", 6, 2))
>>> [int(y) for y in twin.run([[1], [1]], steps=8).outputs[:, 0]]
[1, 1, 2, 3, 5, 8, 13, 21]

Source: new, P16, proved in `proofs/`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import ClassVar

from emt_theory.circuits.bases import Basis, BasisKind
from emt_theory.circuits.schemes.scheme import Allowance, Scheme
from emt_theory.errors import InvalidOption
from emt_theory.ground.arguments import member
from emt_theory.ground.rationals import RationalMatrix, to_fraction
from emt_theory.ground.slots import Slots
from emt_theory.networks import ExactRNN
from emt_theory.tasks import LinearTask
from emt_theory.tasks.linear import linear_task

_MANTISSA = 2**53


class Form(StrEnum):
    """How a value that may be negative is kept in units that may not."""

    PAIRS = "pairs"
    SHIFTED = "shifted"


@dataclass(frozen=True)
class Gated(Scheme):
    """ReLU units with a phase input.

    Attributes:
        form: "pairs" or "shifted"; the one with fewer units if left out.
        gate: M; the smallest that the theorem allows if left out.
    """

    form: Form | str | None = None
    gate: Fraction | None = None
    name: ClassVar[str] = "gated"
    bases: ClassVar[tuple[BasisKind, ...]] = (BasisKind.IDENTITY,)
    why_only_these_bases: ClassVar[str] = "relu acts on single neurons, so each component needs neurons of its own"

    def __post_init__(self) -> None:
        if self.form is not None:
            object.__setattr__(self, "form", member(Form, "form", self.form))
        if self.gate is not None:
            object.__setattr__(self, "gate", to_fraction(self.gate, "gate", InvalidOption))

    def verdict(self, task: LinearTask) -> Allowance:
        """Allowed and exact for every task in pairs, for ρ ≤ 1 in shifted form."""
        rho = task.F.row_norm
        if self.form is Form.SHIFTED and rho > 1:
            return Allowance.refused(
                f"the shifted form needs values that stay bounded: the largest row 1-norm of F is {rho}; it must be at most 1 (P16)"
            )
        form, needed = self.form_for(task), _gate_needed(task, self.form_for(task))
        if self.gate is not None and self.gate < needed:
            return Allowance.refused(
                f"the gate M = {self.gate} does not silence the feedback; it must be at least {needed} (P16)"
            )
        where = f"a phase input and M = {self.gate or needed} (P16, {form}, {self.units(task)} units)"
        return Allowance(True, "values", f"{where}{_in_float64(task, rho)}")

    def form_for(self, task: LinearTask) -> Form:
        """The form that is used for the task."""
        if self.form is not None:
            return Form(self.form)
        return Form.SHIFTED if task.F.row_norm <= 1 else Form.PAIRS

    def units(self, task: LinearTask) -> int:
        """2d(s+1) in pairs, n + d in shifted form."""
        shifted = self.form_for(task) is Form.SHIFTED
        return task.components + task.dim if shifted else 2 * (task.components + task.dim)

    def counted(self, task: LinearTask) -> str:
        """The formula that gives `units`."""
        formula = "n + d" if self.form_for(task) is Form.SHIFTED else "2d(s+1)"
        return f"{formula} = {self.units(task)}"

    def weights(self, task: LinearTask, basis: Basis) -> ExactRNN:
        """The network; of the basis only its number of neurons is used, those beyond `units` stay idle."""
        form, hidden = self.form_for(task), basis.psi.shape[0]
        gate = _gate_needed(task, form) if self.gate is None else self.gate
        return (_shifted if form is Form.SHIFTED else _pairs)(task, hidden, gate)


def _gate_needed(task: LinearTask, form: Form) -> Fraction:
    """The smallest M of the theorem: ρ'B in pairs, (1 + ρ)B in shifted form."""
    if form is Form.SHIFTED:
        return (1 + task.F.row_norm) * task.bound
    return task.F.columns(task.dim, task.components).row_norm * task.bound


def float64_exact_until(task: LinearTask) -> int | None:
    """The last step up to which float64 provably holds the values themselves: None for ever, s if it already rounds the first.

    Integers are exact below 2⁵³, and |u(s+τ)| ≤ B max(1, ρ)^τ. In pairs no partial
    sum of F·memory exceeds ρ times the largest value; in shifted form none exceeds 6B.

    >>> from emt_theory.tasks import fibonacci, repeat_copy
    >>> float64_exact_until(fibonacci()), float64_exact_until(repeat_copy())
    (55, None)
    """
    whole = all(v.denominator == 1 for v in (*(v for _, _, v in linear_task(task).F), *task.inputs))
    rho, size = task.F.row_norm, task.bound
    if not whole or 8 * max(Fraction(1), rho) * size > _MANTISSA:
        return task.num_variables
    if rho <= 1:
        return None
    step = task.num_variables
    while (size := size * rho) <= _MANTISSA:
        step += 1
    return step


def _in_float64(task: LinearTask, rho: Fraction) -> str:
    until = float64_exact_until(task)
    if until is None:
        return ""
    if until == task.num_variables:
        return "; exact over Q, in float64 up to rounding"
    return f"; exact over Q for all t, in float64 while values are below 2^53, at least until t = {until} (rho = {rho})"


def _pairs(task: LinearTask, hidden: int, gate: Fraction) -> ExactRNN:
    s, d = task.num_variables, task.dim
    pairs = Slots(s, 2 * d)  # a block is its d values of one sign, then those of the other
    fed_back = pairs.size  # where the second group of the newest block begins

    def held(block: int, component: int, minus: int) -> tuple[int, ...]:
        place = pairs.flat(block, d * minus + component)
        return (place,) if block < s else (place, place + pairs.dim)

    recurrent: list[tuple[int, int, Fraction]] = []
    for minus in (0, 1):
        for block in range(1, s):
            for c in range(d):
                (target,) = held(block, c, minus)
                recurrent += [(target, source, Fraction(1)) for source in held(block + 1, c, minus)]
        for c, j, value in task.F:
            target = fed_back + d * minus + c
            for other in (0, 1):
                sign = 1 if other == minus else -1
                recurrent += [(target, source, sign * value) for source in held(*task.slots.place(j), other)]
    driven = [(pairs.newest[d * minus + c], c, Fraction(1 - 2 * minus)) for minus in (0, 1) for c in range(d)]
    gated = [(fed_back + i, d, -gate) for i in range(pairs.dim)]
    read = [(c, source, Fraction(1 - 2 * minus)) for minus in (0, 1) for c in range(d) for source in held(s, c, minus)]
    return ExactRNN(
        W_hh=RationalMatrix.from_entries((hidden, hidden), recurrent),
        W_uh=RationalMatrix.from_entries((hidden, d + 1), (*driven, *gated)),
        W_hy=RationalMatrix.from_entries((d, hidden), read),
        activation="relu",
        phase_input=True,
    )


def _shifted(task: LinearTask, hidden: int, gate: Fraction) -> ExactRNN:
    d, n, bound = task.dim, task.components, task.bound
    newest = task.slots.newest.start

    def held(j: int) -> tuple[int, ...]:
        return (j,) if j < newest else (j, j + d)

    recurrent = [(i, source, Fraction(1)) for i in range(newest) for source in held(i + d)]
    recurrent += [(n + c, source, value) for c, j, value in task.F for source in held(j)]
    driven = [(newest + c, c, Fraction(1)) for c in range(d)] + [(newest + c, d, bound) for c in range(d)]
    gated = [(n + c, d, -gate) for c in range(d)]
    bias = [Fraction(0)] * hidden
    for c in range(d):
        bias[n + c] = bound * (1 - sum((v for _, v in task.F.row(c)), Fraction(0)))
    return ExactRNN(
        W_hh=RationalMatrix.from_entries((hidden, hidden), recurrent),
        W_uh=RationalMatrix.from_entries((hidden, d + 1), (*driven, *gated)),
        W_hy=RationalMatrix.from_entries(
            (d, hidden), ((c, source, 1) for c in range(d) for source in held(newest + c))
        ),
        b_h=tuple(bias),
        b_y=(-bound,) * d,
        activation="relu",
        phase_input=True,
    )
