r"""Which program, and which number of variables.

Several s can be right. A network that computes u(t) = u(t−3) may do so after 3 inputs, after 4, and after 8: the same program up to leading
blocks that are 0. Behaviour alone cannot tell these apart, so the choice is by what else there is to see:

1. the s that the state holds, where that shows (`probing`);
2. the s at which early values are clearly the most accurate: a trained network is best at what it was trained on;
3. the smallest.

Programs that differ in more than leading zeros are different claims, all true of the network. Those that use what the state holds come first,
then those whose early values are the most accurate, then the smallest. A program that stood its trial is still not the one to report when a
*rival* that did not, an unfinished one, has much more accurate values: a network that averages two variables, and drifts, also keeps the sign of
a single one.

A copy whose values fade, such as the damped circuit's, can be read in two ways where values are nearly c times the copied ones, c < 1: as
a copy of signs, or as u(t) = c u(t−k). The second is taken only if the values are right up to rounding.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from emt_theory.analysis.decompiling.limits import EXACT
from emt_theory.analysis.decompiling.trials import Trial, core
from emt_theory.analysis.thresholds import PROGRAMS
from emt_theory.ground.rationals import RationalMatrix


class Choice(NamedTuple):
    """A program and why it is that one.

    Attributes:
        trial: the program on trial.
        consistent: every s at which the network has it, up to leading zero blocks.
        why: why this s.
    """

    trial: Trial
    consistent: tuple[int, ...]
    why: str


def order_programs(trials: Sequence[Trial], held: int | None) -> list[Choice]:
    """The different programs that stood their trials, best first, each with its number of variables.

    Args:
        trials: those without a doubt.
        held: the number of variables that the state holds, or None.
    """
    trials = [trial for trial in trials if not any(_is_faded(trial, other) for other in trials)]
    families: dict[RationalMatrix, list[Trial]] = {}
    for trial in trials:
        families.setdefault(core(trial.task), []).append(trial)
    choices = [_choose_within(family, held) for family in families.values()]
    return sorted(choices, key=lambda c: (held not in c.consistent, _early(c.trial), c.trial.num_variables))


def find_rival(choice: Choice, doubted: Sequence[Trial], held: int | None) -> Trial | None:
    """The rejected program that comes closest in its early values, if it is far closer than the chosen one; None otherwise.

    Args:
        choice: the chosen program.
        doubted: the rejected ones.
        held: the number of variables that the state holds: then there is no doubt what the network is about.
    """
    close = [trial for trial in doubted if trial.candidate.is_close]
    if not close or held == choice.trial.num_variables:
        return None
    nearest = min(close, key=_early)
    return nearest if _early(nearest) < PROGRAMS.rival * _early(choice.trial) else None


def _choose_within(family: list[Trial], held: int | None) -> Choice:
    by_size = {trial.num_variables: trial for trial in family}
    consistent = tuple(sorted(by_size))
    if len(consistent) == 1:
        return Choice(family[0], consistent, "at no other has the network this program")
    if held in by_size:
        return Choice(by_size[held], consistent, f"its state holds {held} variables at once")
    errors = {s: _early(by_size[s]) for s in consistent}
    best = min(consistent, key=lambda s: errors[s])
    if all(errors[best] < PROGRAMS.stand_out * errors[s] for s in consistent if s != best):
        why = f"its first values are most accurate there: off by {by_size[best].early_error:.2g}"
        return Choice(by_size[best], consistent, why)
    return Choice(by_size[consistent[0]], consistent, "the smallest: its behaviour does not tell them apart")


def _early(trial: Trial) -> float:
    """The early value error, where all that is rounding is equal."""
    return max(trial.early_error, EXACT)


def _is_faded(trial: Trial, copy: Trial) -> bool:
    """Whether a program is the other with fading values, and not right up to rounding."""
    if trial.num_variables != copy.num_variables or not copy.task.is_selection or trial.early_error <= EXACT:
        return False
    faded, whole = trial.task.F.entries, copy.task.F.entries
    return len(faded) == len(whole) and all(
        (i, j) == (k, m) and 0 < value / sign < 1 for (i, j, value), (k, m, sign) in zip(faded, whole, strict=True)
    )
