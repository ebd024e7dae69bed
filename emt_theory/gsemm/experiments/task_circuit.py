r"""From the memory model to circuits that do a task: what the discrete limit of a model with the task's Φ can and cannot do.

With Ξ = I, α_s = α_c = β = 1 and interactions Φ' = (Φ − I)ᵀ the bracket of the model is the companion matrix Φ of a task, and its Euler step with
Δt = T_f is a network with W_hh = Φ. Four ways to use it, on the same random inputs:

    linear      σ_f = id, the inputs written by E_s: exact iff P07 allows any linear network
    loaded      σ_f = id, started in its ideal state V(s) = (u(1); …; u(s)): exact for every task (P05)
    hard tanh   σ_f = clip, the inputs written with a gain 1 + ρ' that overrides what is fed back: exact wherever row sums allow it (P13)
    tanh        σ_f = tanh(3V/2), a write of gain 3: every sign right for selection tasks (P14)

and one that is not the network: the reduced *flow* itself, from the ideal state, read at the same times. It is exp((Φ − I) t/T_f) V(s): in one T_f a
mode of Φ is multiplied by exp(λ − 1) instead of λ, so on the unit circle every mode but λ = 1 fades. The circuits are those of the Euler step, not of
the continuous model.

>>> from emt_theory.tasks import compose_copy, repeat_copy
>>> found = task_circuit([repeat_copy(num_variables=2, dim=2), compose_copy(num_variables=2)], sequences=20, horizon=12)
>>> found.holds, [(row.linear.exact_for, row.hard_tanh.exact_for, row.tanh.exact_for) for row in found.rows]
(True, [('values', 'values', 'signs'), (None, 'values', 'signs')])

Source: P02, P05, P07, P13, P14; the flow is new.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any

import numpy as np

from emt_theory.circuits import certify, derive
from emt_theory.errors import InvalidOption
from emt_theory.ground.arguments import callback, sequence
from emt_theory.ground.json import Record
from emt_theory.gsemm.derivation import derive_network
from emt_theory.gsemm.experiments.result import ExperimentResult, Say
from emt_theory.gsemm.from_phi import model_for_task
from emt_theory.gsemm.lagrangian import Lagrangian
from emt_theory.gsemm.lagrangians import hard_tanh, identity, tanh
from emt_theory.gsemm.simulate import simulate
from emt_theory.networks import ElmanRNN
from emt_theory.tasks import LinearTask, accuracy, parse
from emt_theory.tasks.linear import linear_task
from emt_theory.tasks.sampling import Sequences

_GAIN, _WRITE = 1.5, 3.0
"""β and g of P14: all |y| ≥ .858."""

_FLOWS = 16
"""Sequences that the flow is integrated for."""

_DEFECT = 1e-4
"""The flow is integrated to a relative 1e-6 a step."""


@dataclass(frozen=True)
class Use:
    """One way to use the model.

    Attributes:
        accuracy: right signs.
        largest_error: of the values.
        exact_for: "values" or "signs", where that is proved for all t > s; None where it is not, or not asked.
    """

    accuracy: float
    largest_error: float
    exact_for: str | None = None


@dataclass(frozen=True)
class _Row(Record):
    """A task, and what each way gets right.

    Attributes:
        task: its name.
        linear_solvable: whether P07 allows a linear network.
        linear, loaded, hard_tanh, tanh, flow: see the module.
        flow_defect: the largest difference of the simulated flow from exp((Φ − I) t/T_f) V(s).
    """

    JSON = ("task", "linear_solvable", "linear", "loaded", "hard_tanh", "tanh", "flow", "flow_defect", "as_predicted")

    task: str
    linear_solvable: bool
    linear: Use
    loaded: Use
    hard_tanh: Use
    tanh: Use
    flow: Use
    flow_defect: float

    @property
    def as_predicted(self) -> bool:
        """Whether each way is exact where theory says so, and the flow is the exponential."""
        return (
            (self.linear.exact_for == "values") == self.linear_solvable == (self.linear.largest_error == 0)
            and self.loaded.largest_error == 0
            and (self.hard_tanh.exact_for, self.hard_tanh.largest_error) == ("values", 0)
            and (self.tanh.exact_for, self.tanh.accuracy) == ("signs", 1)
            and self.flow_defect < _DEFECT
        )


@dataclass(frozen=True, eq=False)
class TaskCircuit(ExperimentResult):
    """What `task_circuit` found, task by task."""

    rows: tuple[_Row, ...]
    horizon: int
    JSON = ("horizon", "tasks=rows")
    name = "task-circuit"
    claim = (
        "The discrete limit of the model with a task's Φ does the task exactly: linear from its ideal state, and from the inputs iff P07 allows it; "
        "with clipped features and an overriding write always; with tanh in every sign. The flow is exp((Φ − I) t/T_f), and forgets"
    )

    @property
    def holds(self) -> bool:
        """Whether every way did on every task what theory says."""
        return all(row.as_predicted for row in self.rows)

    def lines(self) -> list[str]:
        """One for each task."""
        return [
            f"{row.task}: right signs: linear {row.linear.accuracy:.3f}, loaded {row.loaded.accuracy:.3f}, "
            f"hard tanh {row.hard_tanh.accuracy:.3f}, tanh {row.tanh.accuracy:.3f}, flow {row.flow.accuracy:.3f}"
            for row in self.rows
        ]


def task_circuit(
    tasks: Sequence[LinearTask] | None = None,
    sequences: int = 64,
    horizon: int = 50,
    seed: int = 1,
    say: Say | None = None,
) -> TaskCircuit:
    """Run every way on every task.

    Args:
        tasks: selection tasks; None means the paper's T1 to T4.
        sequences: random inputs of each.
        horizon: scored steps.
        seed: of the inputs.
        say: told what is being done.

    Raises:
        InvalidOption: if there is no task, or one is no selection task: for those there is no tanh circuit.
    """
    tell = callback("say", say)
    given = [parse(name) for name in ("T1", "T2", "T3", "T4")] if tasks is None else sequence("tasks", tasks)
    chosen = [linear_task(task) for task in given]
    others = [task.name for task in chosen if not task.is_selection]
    if not chosen or others:
        raise InvalidOption(f"selection tasks are needed; got {', '.join(others) or 'none'}")
    rows: list[_Row] = []
    for task in chosen:
        tell(task.name)
        episodes = task.sequences(sequences, horizon, seed=seed)
        overriding = 1 + float(task.F.columns(task.dim, task.components).row_norm)
        rows.append(
            _Row(
                task.name,
                derive(task).exactness.linear,
                _network(task, identity(), 1.0, episodes),
                _loaded(task, episodes),
                _network(task, hard_tanh(), overriding, episodes),
                _network(task, tanh(_GAIN), _WRITE, episodes),
                *_flow(task, episodes),
            )
        )
    return TaskCircuit(tuple(rows), horizon)


def limit_network(task: LinearTask, feature: Lagrangian, write: float) -> ElmanRNN:
    """The network of the model with the task's Φ and the given σ_f; its inputs are written with a gain."""
    net = derive_network(model_for_task(task, feature=feature), dim=task.dim).network
    return replace(net, W_uh=write * net.W_uh)


def _network(task: LinearTask, feature: Lagrangian, write: float, episodes: Sequences) -> Use:
    net, s = limit_network(task, feature, write), task.num_variables
    outputs = net.run(_floats(episodes.inputs), steps=s + episodes.targets.shape[1]).outputs[:, s:]
    return _judge(outputs, episodes.targets, certify(net, task).exact_for)


def _loaded(task: LinearTask, episodes: Sequences) -> Use:
    rule = derive_network(model_for_task(task, feature=identity()), dim=task.dim).rule
    orbit = rule.run(_stacked(episodes), episodes.targets.shape[1])
    return _judge(orbit[:, 1:, -task.dim :], episodes.targets)


def _flow(task: LinearTask, episodes: Sequences) -> tuple[Use, float]:
    from scipy.linalg import expm

    flow = replace(model_for_task(task, feature=identity()), T_d=0.0)
    horizon, loaded = episodes.targets.shape[1], _stacked(episodes)[:_FLOWS]
    orbit = simulate(flow, loaded, horizon * flow.T_f, samples=horizon + 1)
    once = expm(flow.bracket - np.eye(flow.components))
    expected = np.stack(list(accumulate([once.T] * horizon, np.matmul, initial=loaded)), axis=1)
    defect = float(np.abs(orbit.V_f - expected).max())
    return _judge(orbit.V_f[:, 1:, -task.dim :], episodes.targets[:_FLOWS]), defect


def _judge(outputs: Any, targets: Any, exact_for: str | None = None) -> Use:
    return Use(accuracy(outputs, targets).accuracy, float(np.abs(outputs - _floats(targets)).max()), exact_for)


def _stacked(episodes: Sequences) -> Any:
    """(u(1); …; u(s)) of each sequence."""
    return _floats(episodes.inputs).reshape(len(episodes.inputs), -1)


def _floats(values: Any) -> Any:
    return np.asarray(values, dtype=np.float64)
