"""The file of docs/hypotheses.md runs as the page shows, and so does the one that `emt hypothesis new` writes."""

import re
import shlex
from pathlib import Path

import pytest

from emt_theory.cli.main import main

PAGE = (Path(__file__).parents[3] / "docs" / "hypotheses.md").read_text(encoding="utf-8")


def block(language):
    return re.findall(rf"```{re.escape(language)}\n(.*?)```", PAGE, flags=re.DOTALL)[0]


def steady(text):
    """Without what another machine may compute otherwise: which network is the worst, and how good it is."""
    return re.sub(r"the worst: .*", "the worst", re.sub(r"[0-9a-f]{16}", "KEY", text)).splitlines()


def test_the_file_has_fifteen_lines():
    assert len(block("{code-cell} ipython3").splitlines()) <= 15


@pytest.mark.slow
def test_the_page_shows_what_comes_out(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "alive.py").write_text(block("{code-cell} ipython3"))
    for shown in block("console").split("$ ")[1:]:
        command, _, expected = shown.partition("\n")
        workers = ["--workers", "0"] if " run " in command else []
        assert main([*shlex.split(command)[1:], *workers]) == 0
        assert steady(capsys.readouterr().out) == steady(expected)


def test_a_new_file_runs_and_overwrites_nothing(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["hypothesis", "new", "mine"]) == 0
    assert capsys.readouterr().out.splitlines()[0] == "mine.py"
    written = (tmp_path / "mine.py").read_text()
    assert written.count("#") >= 4
    assert main(["hypothesis", "new", "mine"]) == main(["hypothesis", "new", "mine.py"]) == 2
    assert "mine.py exists already; choose another name" in capsys.readouterr().err
    assert (tmp_path / "mine.py").read_text() == written
    assert main(["hypothesis", "run", "mine.py", "--workers", "0", "--store", "runs"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("supported: ")
    assert err.startswith("plan: A network")
