r"""The damped linear circuit (P07b): every sign right for all t, on every selection task, with σ = id.

The last block row of Φ is γF instead of F; everything else is the linear circuit in any basis:

    W_hh = Ψ Φ_γ Ψ†,    W_uh = Ψ E_s,    W_hy = E_sᵀ Ψ†,    0 < γ ≤ 1.

**Why it works.** Write v(t) for the newest block: `v(t) = γ Σ_k F_k v(t−1−s+k) + x(t)`. On a selection task output c at time t is γ times one
older component of v plus what is read in, so following the reads back from t > s gives one chain of components and strictly earlier times. Its
first element at a time ≤ s is the one that the task wants; it arrives with a factor γ^j after j reads. The chain goes on inside the input phase,
and its later elements arrive with γ^(j+1), γ^(j+2), …; all are ±1 and independent of each other. Hence

    |y_c(t)| ≥ γ^j (1 − γ − … − γ^k),    k = the number of reads that the chain makes within the input phase,

with equality for some inputs, and the signs are right for all t and all inputs iff `γ + … + γ^m < 1` for the longest such chain, m. m = 0 exactly
when the task is linearly solvable (P07): γ = 1 is then allowed and gives back the linear circuit. γ ≤ ½ always does.

>>> from emt_theory.tasks import parse
>>> Damped().verdict(parse("T2")).reason
'signs, in exact arithmetic: gamma + ... + gamma^m < 1 with gamma = 1/2, m = 7 (P07b); the margin decays like gamma^reads'

**The margin decays**, so floating point ends it. In the identity basis every step of the free phase is one rounded multiplication, which keeps
the sign until the product leaves the normal range: `float64_until` gives a step up to which that is proved. In any other basis the rounding
errors of slowly damped components (one read every s steps) leak into the fast ones (a component that reads itself loses a factor γ a step), and
float64 is lost much earlier: on T2 in an orthogonal basis signs fail from about step 50 on.

Source: new, P07b, proved in `proofs/`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import ClassVar

from emt_theory.circuits.bases import Basis, BasisKind
from emt_theory.circuits.schemes.linear import Linear
from emt_theory.circuits.schemes.scheme import Allowance, Scheme
from emt_theory.errors import InvalidOption, SchemeNotAllowed
from emt_theory.exact import companion
from emt_theory.ground.arguments import MOST_EXACT, integer
from emt_theory.ground.rationals import RationalMatrix, to_fraction
from emt_theory.ground.slots import Slots
from emt_theory.ground.text import shown
from emt_theory.networks import ExactRNN
from emt_theory.tasks import LinearTask, Read
from emt_theory.tasks.linear import SIGNS, linear_task

_GRID = 16
"""The default γ is the largest k/16 that works: a short binary fraction, so that γF is exact in floating point."""


@dataclass(frozen=True)
class Damped(Scheme):
    """Linear units with damped feedback.

    Attributes:
        gamma: γ, 0 < γ ≤ 1; the largest k/16 that works if left out (1, 15/16, 9/16, or 1/2, for m = 0, 1, 2, and more).
    """

    gamma: Fraction | None = None
    name: ClassVar[str] = "damped"
    bases: ClassVar[tuple[BasisKind, ...]] = tuple(BasisKind)

    def __post_init__(self) -> None:
        if self.gamma is not None:
            gamma = to_fraction(self.gamma, "gamma", InvalidOption)
            if not 0 < gamma <= 1:
                raise InvalidOption(f"gamma must be above 0 and at most 1; got {shown(gamma)}")
            object.__setattr__(self, "gamma", gamma)

    def verdict(self, task: LinearTask) -> Allowance:
        """Allowed on selection tasks with inputs ±1 and γ + … + γ^m < 1; signs are then exact."""
        if not task.is_selection:
            return Allowance.refused(
                "only selection tasks pass single signs on (P07b); this task mixes or scales components"
            )
        if task.inputs != SIGNS:
            return Allowance.refused(f"inputs must be -1 and 1 (P07b); they are {', '.join(map(str, task.inputs))}")
        longest, gamma = longest_chain(task), self.gamma_for(task)
        if not outweighs(gamma, longest):
            total = float(_geometric(gamma, longest))
            sizes = f"with gamma = {gamma}, m = {longest}"
            return Allowance.refused(f"gamma + ... + gamma^m must be below 1 (P07b); it is {total:.4g} {sizes}")
        if gamma == 1:
            return Allowance(True, "values", "no chain reads on within the input phase (m = 0), so gamma = 1: undamped")
        return Allowance(
            True,
            "signs",
            f"signs, in exact arithmetic: gamma + ... + gamma^m < 1 with gamma = {gamma}, m = {longest} (P07b); "
            "the margin decays like gamma^reads",
        )

    def weights(self, task: LinearTask, basis: Basis) -> ExactRNN:
        """Ψ Φ_γ Ψ†, Ψ E_s, E_sᵀ Ψ†."""
        linear = Linear().weights(task, basis)
        recurrent = basis.psi @ damped_companion(task, self.gamma_for(task)) @ basis.dual
        return ExactRNN(W_hh=recurrent, W_uh=linear.W_uh, W_hy=linear.W_hy, activation="identity")

    def gamma_for(self, task: LinearTask) -> Fraction:
        """γ itself, or the default for the task."""
        if self.gamma is not None:
            return self.gamma
        longest = longest_chain(task)
        tried = (Fraction(k, _GRID) for k in range(_GRID, _GRID // 2, -1))
        return next((gamma for gamma in tried if outweighs(gamma, longest)), Fraction(1, 2))


def damped_companion(task: LinearTask, gamma: Fraction) -> RationalMatrix:
    """Φ_γ: the companion matrix with the last block row γF."""
    return companion(task.F * gamma, task.dim)


def outweighs(gamma: Fraction, longest: int) -> bool:
    """Whether γ + … + γ^m < 1, m = longest."""
    if longest == 0 or gamma <= Fraction(1, 2):
        return True
    total, power = Fraction(0), Fraction(1)
    for _ in range(longest):  # for γ > 1/2 the sum passes 1 after finitely many terms
        power *= gamma
        total += power
        if total >= 1:
            return False
    return True


def longest_chain(task: LinearTask) -> int:
    """m: the most reads that a chain makes within the input phase, from an element that a scored output wants.

    Every read component is wanted at time s by some scored output, and later starts give the longest chains, so it is enough to start there. At
    most s − 1, and 0 iff the task is linearly solvable.

    Args:
        task: a selection task. O(n).

    >>> from emt_theory.tasks import parse
    >>> [longest_chain(parse(name)) for name in ("T1", "T2", "T3", "T4")]
    [0, 7, 5, 7]
    """
    reads, slots = _reads(task), task.slots
    return max(_reads_within(reads, slots, read, slots.num_variables) for read in {r.component for r in reads})


def _reads_within(reads: Sequence[Read], slots: Slots, component: int, time: int) -> int:
    """How many reads lead from this component at this time ≤ s to times ≥ 1."""
    count = 0
    while (time := time - slots.lag(reads[component].block)) >= 1:
        component = reads[component].component
        count += 1
    return count


def margins(task: LinearTask, horizon: int, gamma: Fraction | None = None) -> list[Fraction]:
    """The smallest |y_c(t)| over components and ±1 inputs, for t = s+1, …, s+horizon, exactly.

    Args:
        task: a selection task.
        horizon: the number of scored steps, at most 100,000, since all digits of all margins are kept.
        gamma: γ; the default of `Damped` if left out.

    Raises:
        SchemeNotAllowed: if the task is no selection, or γ is too large: then some signs are wrong.

    >>> from emt_theory.tasks import parse
    >>> [str(margin) for margin in margins(parse("T2"), 3)]
    ['1/256', '1/512', '1/1024']
    """
    horizon, scheme = integer("horizon", horizon, least=0, most=MOST_EXACT), Damped(gamma)
    verdict = scheme.verdict(linear_task(task))
    if not verdict.allowed:
        raise SchemeNotAllowed(f"scheme damped does not allow {task.name}: {verdict.reason}")
    damping = scheme.gamma_for(task)
    return list(_smallest(task, horizon, lambda power: power * damping, lambda rest: 1 - _geometric(damping, rest)))


def float64_until(task: LinearTask, gamma: Fraction | None = None, limit: int = 100_000) -> int | None:
    """The last step t up to which float64 is proved to have every sign of the damped network in the identity basis.

    In that basis a step of the free phase multiplies each component by ±γ̂, γ̂ the float64 nearest to γ, and adds zeros. So the sign is right as
    long as the loaded value is right and the product stays in the normal range, |y| ≥ 2⁻¹⁰²². Loading rounds at most 3m times, γ̂ included, at
    magnitudes at most m + 1, so its error is at most (m+1)² 2⁻⁵¹.

    Args:
        task: a selection task.
        gamma: γ; the default of `Damped` if left out.
        limit: where to stop looking.

    Returns:
        t, at least s; None if there is no end below the limit (γ = 1).

    >>> from emt_theory.tasks import parse
    >>> float64_until(parse("T2"))
    1022
    """
    damping, limit = Damped(gamma).gamma_for(linear_task(task)), integer("limit", limit, least=0)
    if damping == 1:
        return None
    longest = longest_chain(task)
    loading_error = Fraction((longest + 1) ** 2, 2**51)
    smallest = Fraction(1, 2**1022)
    # Rounded down to a short fraction at every read: a lower bound, and numbers stay small.
    factor = damping * (1 - Fraction(1, 2**50))
    proved = _smallest(
        task,
        limit,
        lambda power: _round_down(power * factor),
        lambda rest: 1 - _geometric(damping, rest) - loading_error,
    )
    ends = (task.num_variables + tau for tau, margin in enumerate(proved) if margin < smallest)
    return next(ends, None)


def _smallest(
    task: LinearTask, horizon: int, damp: Callable[[Fraction], Fraction], load: Callable[[int], Fraction]
) -> Iterator[Fraction]:
    """The smallest margin of each scored step: what the rest of a chain lets through, `load(rest)`, damped at every read."""
    powers, loaded = [Fraction(1)], cache(load)
    for arrivals in _arrivals(task, horizon):
        while len(powers) <= max(reads for reads, _ in arrivals):
            powers.append(damp(powers[-1]))
        yield min(powers[reads] * loaded(rest) for reads, rest in arrivals)


def _arrivals(task: LinearTask, horizon: int) -> Iterator[list[tuple[int, int]]]:
    """For each scored step and output: (reads until the wanted element, reads that its chain makes within the input phase)."""
    reads, slots = _reads(task), task.slots
    table: list[list[tuple[int, int]]] = []
    for tau in range(1, horizon + 1):
        row: list[tuple[int, int]] = []
        for read in reads:
            earlier = tau - slots.lag(read.block)  # relative to s: at most 0 means within the input phase
            if earlier <= 0:
                row.append((1, _reads_within(reads, slots, read.component, slots.num_variables + earlier)))
            else:
                count, rest = table[earlier - 1][read.component]
                row.append((count + 1, rest))
        table.append(row)
        yield row


def _geometric(gamma: Fraction, terms: int) -> Fraction:
    """γ + … + γ^terms."""
    return Fraction(terms) if gamma == 1 else gamma * (1 - gamma**terms) / (1 - gamma)


def _round_down(value: Fraction) -> Fraction:
    shift = 128 + value.denominator.bit_length() - value.numerator.bit_length()
    return Fraction((value.numerator << shift) // value.denominator, 1 << shift)


def _reads(task: LinearTask) -> tuple[Read, ...]:
    reads = linear_task(task).reads
    if reads is None:
        raise SchemeNotAllowed(f"scheme damped does not allow {task.name}: it is no selection task (P07b)")
    return tuple(reads)
