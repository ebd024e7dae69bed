"""The README runs: its Python blocks in order, its `emt` lines in a fresh folder, and its links lead somewhere."""

import re
import shlex
from pathlib import Path

from emt_theory.cli.main import main

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


def test_the_python_blocks_run(capsys):
    names = {}
    for block in blocks("python"):
        exec(compile(block, "README.md", "exec"), names)
    assert "36 of 64 eigenvalues" in capsys.readouterr().out


def test_the_first_example_has_ten_lines_at_most():
    assert len([line for line in blocks("python")[0].splitlines() if line.strip()]) <= 10


def test_the_commands_run_in_order(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    lines = [line[2:] for block in blocks("console") for line in block.splitlines() if line.startswith("$ emt")]
    assert len(lines) >= 4
    for line in lines:
        assert main(shlex.split(line.partition("#")[0])[1:]) == 0, line
        assert capsys.readouterr().out


def test_links_lead_to_files():
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", README):
        assert (ROOT / target).exists(), target
