"""The grid of docs/sweeps.md is one."""

import re
from pathlib import Path

from emt_theory.studies import read_grid

PAGE = (Path(__file__).parents[2] / "docs" / "sweeps.md").read_text(encoding="utf-8")


def test_the_grid_of_the_page(tmp_path):
    (block,) = re.findall(r"```toml\n(.*?)```", PAGE, flags=re.DOTALL)
    (tmp_path / "grid.toml").write_text(block)
    assert len(read_grid(tmp_path / "grid.toml")) == 160
