r"""A program on trial: fresh inputs, a long horizon, exact targets.

Signs are counted as everywhere in this project (`emt_theory.tasks.accuracy`). Sizes are compared as well, each step on its own scale:

    e(t) = min(1, rms(y(t) − u(t)) / rms u(t)),      value error = √ mean_t e(t)²

Signs alone cannot tell u(t) = u(t−1) from u(t) = 2 u(t−1). So a program that is no selection has to have the sizes as well. And so has one that
reads at most three components: the sign of a weighted sum of three numbers ±1 often is the sign of one of them, so a network with a single lasting
mode looks like a copy; unless the state holds just the s variables of the program, and these are more than three components. Where outputs grow,
their signs are those of the fastest growing mode, which any program with that mode has; a copy does not grow.

An output that the program has at 0 is never scored. Nor is it learned, it may be: training on squared errors makes an output that a network
cannot do yet nearly 0. So it has to be 0 up to rounding.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emt_theory.analysis.decompiling.candidates import Candidate
from emt_theory.analysis.decompiling.continuation import continue_program
from emt_theory.analysis.decompiling.limits import EARLY
from emt_theory.analysis.decompiling.probing import answers
from emt_theory.analysis.thresholds import PROGRAMS, THRESHOLDS
from emt_theory.evidence.recording import left_at
from emt_theory.ground.arrays import Array
from emt_theory.ground.rationals import RationalMatrix
from emt_theory.networks import StateSpace
from emt_theory.tasks import Accuracy, LinearTask
from emt_theory.tasks.accuracy import measure, sign_marks
from emt_theory.tasks.digits import write_fractions
from emt_theory.tasks.words import generator


@dataclass(frozen=True, eq=False)
class Trial:
    """How a network does on a program.

    Attributes:
        candidate: the program, and what it was read off.
        accuracy: of signs, with its interval over sequences; None if there is no sign to score.
        value_error: the relative error of sizes over the horizon, from 0 to 1.
        early_error: the same over the first 8 scored steps.
        idle: the largest root mean square of an output that the program has at 0 for ever, in units of the inputs; 0 without such an output.
        growth: the size of the outputs at the end of the horizon, in units of their size at its beginning.
        held: whether s is the number of variables that the state holds.
        sequences, horizon, seed: how much was run. The horizon ends where the program's values leave the range of float64.
    """

    candidate: Candidate
    accuracy: Accuracy | None
    value_error: float
    early_error: float
    idle: float
    growth: float
    held: bool
    sequences: int
    horizon: int
    seed: int

    @property
    def task(self) -> LinearTask:
        """The program."""
        return self.candidate.task

    @property
    def num_variables(self) -> int:
        """s."""
        return self.task.num_variables

    @property
    def needs_values(self) -> bool:
        """Whether signs alone say too little about this program."""
        few = len({j for _, j, _ in self.task.F}) <= PROGRAMS.few_components
        held = self.held and self.task.components > PROGRAMS.few_components
        return not self.task.is_selection or (few and not held)

    @property
    def doubt(self) -> str | None:
        """Why the network does not have this program, or None if the trial does not show that."""
        if self.accuracy is None:
            return "there is no sign to score: every value of the program is 0"
        bar = THRESHOLDS.solved_accuracy
        if self.accuracy.accuracy_high < bar:
            share, low, high = write_fractions(
                self.accuracy.accuracy, self.accuracy.accuracy_low, self.accuracy.accuracy_high
            )
            return f"{share} [{low}, {high}] of the signs are right at horizon {self.horizon}, below {bar:g}"
        if self.needs_values and not self.value_error <= PROGRAMS.value_error:
            return f"values are off by {self.value_error:.2g} of their size, above {PROGRAMS.value_error:g}, and signs alone say too little about it"
        if self.task.is_selection and not self.growth <= PROGRAMS.largest_growth:
            return (
                f"outputs grow {self.growth:.2g}-fold, as those of no copy do, and signs alone say too little about it"
            )
        if self.idle > PROGRAMS.idle:
            outputs = ", ".join(map(str, zero_outputs(self.task)))
            return f"outputs {outputs} are near 0, but not 0 ({self.idle:.1g}): they may be unlearned"
        return None


def try_program(
    space: StateSpace, candidate: Candidate, held: int | None, sequences: int, horizon: int, seed: int
) -> Trial:
    """Run a network on fresh inputs of a program.

    Args:
        space: the network.
        candidate: the program.
        held: the number of variables that the state holds, or None.
        sequences: how many.
        horizon: number of scored steps.
        seed: of the inputs.
    """
    task = candidate.task
    inputs = draw_inputs(task, sequences, seed)
    wanted = continue_program(task, inputs, horizon)
    left = left_at(np.concatenate([inputs, wanted], axis=1))
    kept = horizon if left is None else max(1, left - task.num_variables - 1)
    outputs, wanted = answers(space, inputs, kept), wanted[:, :kept]
    errors = _errors(outputs, wanted, inputs)
    measured = measure(sign_marks(outputs, wanted), outputs == 0, kept, seed) or None
    whole, early = (float(np.sqrt((part**2).mean())) for part in (errors, errors[:EARLY]))
    idle = _rms(outputs[:, :, list(zero_outputs(task))]) / float(np.abs(inputs).max())
    growth = _rms(outputs[:, -1:]) / max(_rms(outputs[:, :1]), np.finfo(float).tiny)
    return Trial(candidate, measured, whole, early, idle, growth, held == task.num_variables, sequences, kept, seed)


def draw_inputs(task: LinearTask, sequences: int, seed: int) -> Array:
    """Random u(1), …, u(s), shape (sequences, s, d)."""
    values = np.array([float(v) for v in task.inputs])
    return generator(seed).choice(values, size=(sequences, task.num_variables, task.dim))


def zero_outputs(task: LinearTask) -> tuple[int, ...]:
    """The outputs that a program has at 0 for ever."""
    written = {i for i, _, _ in task.F}
    return tuple(i for i in range(task.dim) if i not in written)


def used_blocks(task: LinearTask) -> int:
    """The number of variables that a program uses: s without the oldest ones that it never reads."""
    return task.slots.lag(task.slots.place(min((j for _, j, _ in task.F), default=0)).block)


def core(task: LinearTask) -> RationalMatrix:
    """F without the oldest blocks that are 0: what two programs of different s share when they compute the same."""
    return task.F.columns(task.components - used_blocks(task) * task.dim, task.components)


def _rms(outputs: Array) -> float:
    """The largest root mean square of any output; 0 for none, infinite where it is not finite."""
    with np.errstate(all="ignore"):
        size = float(np.sqrt((outputs**2).mean(axis=(0, 1))).max()) if outputs.size else 0.0
    return size if np.isfinite(size) else float("inf")


def _errors(outputs: Array, wanted: Array, inputs: Array) -> Array:
    """e(t), shape (horizon,)."""
    with np.errstate(all="ignore"):
        size = np.abs(wanted).max(axis=(0, 2))
        size = np.where(size > 0, size, np.abs(inputs).max())[:, None]
        # (batch, t, d) → (t, batch·d): one row for each time, over the largest target there, so that squares of what
        # grows stay finite.
        shown, off = (np.moveaxis(v, 1, 0).reshape(len(size), -1) / size for v in (wanted, outputs - wanted))
        scale = np.sqrt((shown**2).mean(axis=1))
        errors = np.sqrt((off**2).mean(axis=1)) / np.where(scale > 0, scale, 1.0)
    return np.minimum(np.where(np.isfinite(errors), errors, 1.0), 1.0)
