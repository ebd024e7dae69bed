"""What stands behind a decompiled program: measurements, and what they were held to.

It is empirical: it shows that on the sequences that were run the network had the program's signs (and sizes, where it says so); it
proves nothing about inputs that were not run, nor about longer horizons. `emt_theory.circuits.certify(net, program.task)` proves what can be proved.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from emt_theory.analysis.decompiling.candidates import Candidate, Search
from emt_theory.analysis.decompiling.choosing import Choice
from emt_theory.analysis.decompiling.confirming import Confirmation
from emt_theory.analysis.decompiling.limits import PROBE_STEPS
from emt_theory.analysis.decompiling.recovering import told_apart
from emt_theory.analysis.decompiling.regression import Reading
from emt_theory.analysis.decompiling.trials import Trial
from emt_theory.analysis.thresholds import PROGRAMS, THRESHOLDS
from emt_theory.circuits.dimension import minimal_dimension
from emt_theory.ground.json import Record
from emt_theory.tasks import LinearTask

_STATEMENT = (
    "Empirical: measured on seeded random inputs at a finite horizon; nothing is claimed about other inputs or longer horizons. "
    "Signs alone do not determine the sizes of the outputs."
)


@dataclass(frozen=True, eq=False)
class ProgramEvidence(Record):
    """The evidence for a program.

    Attributes:
        seed: of the probes; the others follow.
        search: what the program was read off, and what else was suggested.
        choice: the program on fresh inputs, which numbers of variables it is consistent with, and why this one.
        confirmation: what the weights say; None for a program that was not accepted.
        others: different programs that the network has as well.
        rejected: the trials of programs that it has not.
    """

    seed: int
    search: Search
    choice: Choice
    confirmation: Confirmation | None
    others: tuple[LinearTask, ...]
    rejected: tuple[Trial, ...]

    @property
    def trial(self) -> Trial:
        """The program on fresh inputs."""
        return self.choice.trial

    @property
    def probes(self) -> int:
        """The number of sequences that the program was read off."""
        return len(self.search.probing.probes[0].inputs)

    @property
    def steps(self) -> int:
        """The number of scored steps that it was read off."""
        return min(self.trial.num_variables, PROBE_STEPS)

    @property
    def solved(self) -> bool | None:
        """Whether the whole interval of the sign accuracy is at or above the threshold; None where it straddles it."""
        found = self.trial.accuracy
        if found is None or found.accuracy_high < THRESHOLDS.solved_accuracy:
            return False
        return True if found.accuracy_low >= THRESHOLDS.solved_accuracy else None

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        confirmation = self.confirmation
        return {
            "kind": "empirical",
            "statement": _STATEMENT,
            "seed": self.seed,
            "inputs": [str(v) for v in self.trial.task.inputs],
            "identification": self._identification(),
            "num_variables": {
                "tried": [p.num_variables for p in self.search.probing.probes],
                "consistent": list(self.choice.consistent),
                "held_by_the_state": self.search.probing.held,
                "why": self.choice.why,
            },
            "behaviour": _describe_trial(self.trial) | {"solved": self.solved, "threshold": THRESHOLDS.solved_accuracy},
            "weights": confirmation.to_dict() if confirmation else None,
            "other_programs": [task.equations() for task in self.others],
        } | describe_search(self.search, self.rejected)

    def _identification(self) -> dict[str, Any]:
        found = self.trial.candidate.regression
        widest = float(found.halfwidths.max())
        largest = told_apart(widest, self.search.max_denominator) if found.reading is Reading.VALUES else 1
        return {
            "reading": found.reading.value,
            "sequences": self.probes,
            "steps": self.steps,
            "rank": found.rank,
            "components": self.trial.task.components,
            "rank_after_2s": minimal_dimension(self.trial.task).running,
            "residual": found.residual,
            "residual_at_first": found.first,
            "largest_uncertainty": widest,
            "max_denominator": largest,
            "unclear_outputs": list(self.trial.candidate.unclear),
        }

    def _sizes(self) -> str:
        off = f"values off by {self.trial.value_error:.2g}"
        return (
            off
            if self.trial.value_error <= PROGRAMS.value_error
            else f"{off}: its signs are the program's, its sizes are not"
        )

    def __str__(self) -> str:
        found, task = self.trial.candidate.regression, self.trial.task
        lines = [
            f"read off the {found.reading} of {self.steps} scored steps, {self.probes} sequences: "
            f"rank {found.rank} of {task.components}, residual {found.residual:.2g}",
            f"s = {task.num_variables}{_among(self.choice.consistent)}: {self.choice.why}",
            f"fresh inputs, horizon {self.trial.horizon}: {self.trial.accuracy}; {self._sizes()}",
        ]
        if self.confirmation:
            lines.append(f"in the weights: {self.confirmation}")
        if self.others:
            lines.append("it also has " + "; ".join(", ".join(other.equations()) for other in self.others))
        return "\n".join(lines)


def describe_search(search: Search, trials: Sequence[Trial]) -> dict[str, Any]:
    """What was suggested and not taken, JSON-ready.

    Args:
        search: what the probes suggested.
        trials: of the programs that were tried and rejected.
    """
    tried = {id(trial.candidate) for trial in trials}
    untried = [c for c in search.candidates if not c.is_likely and id(c) not in tried]
    return {
        "rejected": [_describe_rejected(trial) for trial in trials],
        "not_tried": [_describe_candidate(candidate) for candidate in untried],
        "unread": [other.to_dict() for other in search.unread],
    }


def _describe_trial(trial: Trial) -> dict[str, Any]:
    measured = trial.accuracy
    keys = ("accuracy", "accuracy_low", "accuracy_high", "sequences_right", "zeros")
    return {key: getattr(measured, key) if measured else None for key in keys} | {
        "sequences": trial.sequences,
        "horizon": trial.horizon,
        "seed": trial.seed,
        "value_error": trial.value_error,
        "early_value_error": trial.early_error,
    }


def _describe_rejected(trial: Trial) -> dict[str, Any]:
    return _describe_candidate(trial.candidate) | _describe_trial(trial) | {"reason": trial.doubt}


def _describe_candidate(candidate: Candidate) -> dict[str, Any]:
    return {
        "num_variables": candidate.task.num_variables,
        "reading": candidate.regression.reading.value,
        "residual": candidate.regression.residual,
        "agreement": candidate.agreement,
        "agreement_at_first": candidate.first_agreement,
    }


def _among(consistent: tuple[int, ...]) -> str:
    return f", one of {', '.join(map(str, consistent))}" if len(consistent) > 1 else ""
