"""Calls, tasks and weights drawn at random: a few here, the thousands by `make fuzz` (docs/reliability)."""

from pathlib import Path

import pytest

from tests.fuzz import calls, tomls


@pytest.mark.slow
def test_a_few_calls_of_the_command_line(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    codes, wrong = calls.run(25, seed=1)
    assert wrong == []
    assert set(codes) == {0, 2}


def test_what_a_call_does_wrong_is_seen():
    """A judge that would see nothing is of no use."""
    files = {"small.npz": "1"}
    bad = [
        (["derive", "T1"], 0, "", "Traceback (most recent call last)", files),
        (["derive", "T1"], 3, "", "", files),
        (["derive", "T1"], 2, "", "emt: one\nemt: two\n", files),
        (["derive", "T1"], 2, "out", "emt: one\n", files),
        (["derive", "T1"], 2, "", "emt: one\n", {**files, "new": "2"}),
        (["derive", "T1", "--json"], 0, "{} {}", "", files),
        (["compile", "T1", "-o", "small.npz"], 0, "", "", {"small.npz": "2"}),
        (["train", "T1", "--force"], 0, "", "", {**files, "run/.x.part": "2"}),
    ]
    for words, code, out, err, after in bad:
        assert calls.complaint(words, code, out, err, files, after) is not None
    assert calls.complaint(["derive", "T1", "--json"], 0, "{}\n", "", files, files) is None
    assert calls.complaint(["compile", "T1", "--force"], 0, "", "", files, {"small.npz": "2"}) is None


def test_every_command_is_called():
    drawn = {tuple(words[: len(words)]) for k in range(400) if (words := calls.call(0, k))}
    assert all(any(words[: len(name)] == name for words in drawn) for name in calls.COMMANDS)


def test_a_few_tasks(tmp_path: Path):
    answers, wrong = tomls.run(150, seed=1, folder=tmp_path)
    assert wrong == []
    assert answers["task"] > 10 < answers["refused"]
