r"""Table 1 of the paper, beside ours.

    tasks T1 … T4  ×  N  ×  L2  ×  thresholds  ×  seeds   →   sweep   →   one row for each task, N and L2

**Their metric.** The eigenvalues of W_hh with |λ| > 0.9 against those of Φ: the mean absolute difference of arguments,
radians. Their code pairs greedily and gives no number where the counts differ. Ours is the optimal pairing, which is
never larger; where the counts differ there is no number either, and how many runs have one is said beside each mean.
What rows hold besides:

* the share that solved the task, by the first question of `check`, of all runs, with its interval;
* the same error along trajectories, where a network lives, and not at the origin (`emt_theory.evidence.linearize`);
* the level of chance: the smallest mean error of three null models that know nothing of the task
  (`emt_theory.evidence.chance`);
* whether N is below the fewest dimensions in which the task's circuit runs (P11).

**Their rule** takes, for each seed, the better of two thresholds of the curriculum: a selection on the outcome. It
stands beside theirs, for comparison, and every threshold stands alone with nothing selected.

>>> from emt_theory.studies.grid import read_grid
>>> len(read_grid(table1_grid("paper", seeds=3, l2=[0, 1e-3]))), len(read_grid(table1_grid()))
(96, 480)

Source: Karuvally et al., arXiv 2310.02430, table 1; docs/table1.md.
"""

from emt_theory.studies.table1.cells import BestOf, Cell, Mean, Share, best_of
from emt_theory.studies.table1.printed import PRINTED, Printed
from emt_theory.studies.table1.reproduce import reproduce_table1, table1_grid, tabulate
from emt_theory.studies.table1.result import Row, Table1

__all__ = [
    "PRINTED",
    "BestOf",
    "Cell",
    "Mean",
    "Printed",
    "Row",
    "Share",
    "Table1",
    "best_of",
    "reproduce_table1",
    "table1_grid",
    "tabulate",
]
