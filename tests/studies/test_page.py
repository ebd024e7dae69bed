"""The grids of docs/sweeps.md and docs/cluster.md are some."""

import re
from pathlib import Path

import pytest

from emt_theory.studies import read_grid
from emt_theory.studies.slurm import slurm_of

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize(("page", "runs", "jobs"), [("sweeps.md", 160, 1), ("cluster.md", 80, 16)])
def test_the_grid_of_a_page(tmp_path, page, runs, jobs):
    (block,) = re.findall(r"```toml\n(.*?)```", (DOCS / page).read_text(encoding="utf-8"), flags=re.DOTALL)
    (tmp_path / "grid.toml").write_text(block)
    assert len(read_grid(tmp_path / "grid.toml")) == runs
    assert slurm_of(tmp_path / "grid.toml").jobs == jobs
