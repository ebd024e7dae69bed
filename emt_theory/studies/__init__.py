"""Populations of networks: configurations, a store of runs that survives anything, sweeps, tidy tables, hypotheses.

    Configuration × seeds  →  Store  →  Table

>>> from emt_theory.tasks import repeat_copy
>>> Configuration(repeat_copy(num_variables=2, dim=1), hidden=8, seed=3).labels()["seed"]
3

docs/sweeps.md and docs/hypotheses.md have how to use them.
"""

from emt_theory.studies.configuration import Checking, Configuration
from emt_theory.studies.grid import read_grid
from emt_theory.studies.hypotheses import (
    Answers,
    Average,
    Decision,
    Drawn,
    Hypothesis,
    HypothesisResult,
    Look,
    Plan,
    Population,
    answer,
    plan,
    plan_all,
    read_hypotheses,
    write_template,
)
from emt_theory.studies.store import Status, Store
from emt_theory.studies.stored import StoredRun
from emt_theory.studies.sweeping import Sweep, SweepProgress, count, sweep
from emt_theory.studies.table import Table
from emt_theory.studies.table1 import Table1, reproduce_table1, table1_grid

__all__ = [
    "Answers",
    "Average",
    "Checking",
    "Configuration",
    "Decision",
    "Drawn",
    "Hypothesis",
    "HypothesisResult",
    "Look",
    "Plan",
    "Population",
    "Status",
    "Store",
    "StoredRun",
    "Sweep",
    "SweepProgress",
    "Table",
    "Table1",
    "answer",
    "count",
    "plan",
    "plan_all",
    "read_grid",
    "read_hypotheses",
    "reproduce_table1",
    "sweep",
    "table1_grid",
    "write_template",
]
