"""Files are written whole or not at all."""

import pytest

from emt_theory.errors import InvalidFile
from emt_theory.ground import files


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "a.txt"
    path.write_text("old")

    def refuse(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", refuse)
    with pytest.raises(InvalidFile, match="No space left"):
        files.write(path, b"new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_targets_are_checked_before_the_work(tmp_path):
    (tmp_path / "there.txt").write_text("old")
    (tmp_path / "folder.txt").mkdir()
    for name, message in [
        ("a.md", "unknown suffix '.md'; it must be .txt"),
        ("no/a.txt", "does not exist"),
        ("folder.txt", "is a directory"),
        ("there.txt", "exists already"),
    ]:
        with pytest.raises(InvalidFile, match=message):
            files.check_target(tmp_path / name, (".txt",))
    assert files.check_target(tmp_path / "there.txt", (".txt",), overwrite=True)
