"""Experiments with the memory model: each makes a claim, measures, and says whether it holds.

| name | claim |
|---|---|
| `dense-recall` | DSEM recalls the cued cycle in order, and where r < 1 it stays exactly where the overlaps say so |
| `linear-transition` | LISEM stays in a memory up to the ratio at which the state at rest loses its stability |
| `linear-dwell` | how long LISEM's three-cycle dwells, and the ratio beyond which it loses the order |
| `slow-delay` | the energy falls except for a term of order 1/T_d (P01) |
| `fast-layers` | the model follows its reduced flow with an error of order T_h + T_d (P02) |
| `task-circuit` | the discrete limit of the model with a task's Φ does the task exactly |

>>> print(EXPERIMENTS["fast-layers"](scales=[0.02, 0.01]).to_dict()["holds"])
True
"""

from collections.abc import Callable

from emt_theory.gsemm.experiments.dense_recall import DenseRecall, DenseSetting, dense_recall
from emt_theory.gsemm.experiments.fast_layers import FastLayers, fast_layers
from emt_theory.gsemm.experiments.linear_dwell import LinearDwell, linear_dwell
from emt_theory.gsemm.experiments.linear_transition import LinearTransition, linear_transition
from emt_theory.gsemm.experiments.result import ExperimentResult
from emt_theory.gsemm.experiments.slow_delay import SlowDelay, slow_delay
from emt_theory.gsemm.experiments.task_circuit import TaskCircuit, task_circuit

EXPERIMENTS: dict[str, Callable[..., ExperimentResult]] = {
    DenseRecall.name: dense_recall,
    LinearTransition.name: linear_transition,
    LinearDwell.name: linear_dwell,
    SlowDelay.name: slow_delay,
    FastLayers.name: fast_layers,
    TaskCircuit.name: task_circuit,
}
"""All experiments by name; each is called with keywords only, and `say=` is told what is being done."""

__all__ = [
    "EXPERIMENTS",
    "DenseRecall",
    "FastLayers",
    "ExperimentResult",
    "LinearDwell",
    "LinearTransition",
    "DenseSetting",
    "SlowDelay",
    "TaskCircuit",
    "dense_recall",
    "fast_layers",
    "linear_dwell",
    "linear_transition",
    "slow_delay",
    "task_circuit",
]
