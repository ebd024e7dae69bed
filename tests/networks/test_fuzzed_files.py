"""100,000 mutants of right files, with fresh seeds each run: no traceback, no code run, at most 200 MB, at most one second each.

    EMT_FUZZ=20000 EMT_FUZZ_SEED=7 EMT_FUZZ_START=0 python -m pytest -m slow tests/networks/test_fuzzed_files.py

tries that many of that seed, from that number on. What failed is named by seed and number, and `mutant(seed, number)` of
`tests/networks/hostile/fuzz.py` makes it again.
"""

from __future__ import annotations

import os
import secrets
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy

from emt_theory import errors
from emt_theory.networks import load
from tests.networks.hostile.fuzz import SUFFIXES, mutant, samples
from tests.networks.hostile.support import GOOD
from tests.networks.test_hostile_files import LINUX, Worker, judged, worker

__all__ = ["worker"]  # the fixture

COUNT = int(os.environ.get("EMT_FUZZ", "100000"))
SEED = int(os.environ.get("EMT_FUZZ_SEED", "0")) or secrets.randbelow(2**32)
START = int(os.environ.get("EMT_FUZZ_START", "0"))
REFUSALS = ("InvalidFile", "InvalidNetwork")
MOST_MEMORY = 200.0
MOST_SECONDS = 1.0


def complaint(path: Path, answer: tuple[str, str, float, float, list[str]]) -> str | None:
    """What is wrong with an answer of the worker."""
    kind, text, seconds, peak, seen = answer
    if kind != "loaded":
        if kind not in REFUSALS:
            return f"{kind}: {text}"
        try:
            judged(path, text)
        except AssertionError:
            return f"not one short line: {text!r}"
    if seen:
        return f"it did {seen}"
    if seconds > MOST_SECONDS or peak > MOST_MEMORY:
        return f"{seconds} s, {peak} MiB"
    return None


@pytest.mark.slow
@LINUX
def test_mutants_are_refused_in_one_line_or_are_networks(tmp_path: Path, worker: Worker) -> None:
    answers, complaints = Counter[str](), list[str]()
    paths = {suffix: tmp_path / f"mutant{suffix}" for suffix in SUFFIXES}
    for number in range(START, START + COUNT):
        suffix, content = mutant(SEED, number)
        paths[suffix].write_bytes(content)
        answer = worker.load(paths[suffix])
        answers[answer[0]] += 1
        if said := complaint(paths[suffix], answer):
            complaints.append(f"mutant({SEED}, {number}){suffix}: {said}")
            assert len(complaints) < 20, "\n".join(complaints)
    assert not complaints, "\n".join(complaints)
    assert list((tmp_path / "empty").iterdir()) == []
    assert min(answers.values()) > COUNT / 50, answers  # some come through, some are refused late, most early


@pytest.mark.slow
@LINUX
@pytest.mark.parametrize("suffix", [".safetensors", ".npz"])
def test_fifty_megabytes_of_metadata_are_refused_and_stay_small(tmp_path: Path, worker: Worker, suffix: str) -> None:
    path = tmp_path / f"x{suffix}"
    for text in ("n" * 50_000_000, "[],[]," * 8_000_000, '\\"' * 10_000_000):
        if suffix == ".npz":
            np.savez_compressed(path, **GOOD, exact=text)
        else:
            safetensors.numpy.save_file(GOOD, path, metadata={"exact": text})
        answer = worker.load(path)
        assert complaint(path, answer) is None
        assert "its metadata have" in answer[1]
        assert len(answer[1]) < 300


def test_mutants_are_made_again_and_some_come_through(tmp_path: Path) -> None:
    """The first 150 of one seed, in this process: nothing but refusals and networks."""
    assert {suffix for suffix, _ in samples()} == set(SUFFIXES[:6])
    assert mutant(7, 3) == mutant(7, 3) != mutant(8, 3)
    loaded, messages = 0, set[str]()
    for number in range(150):
        suffix, content = mutant(1, number)
        path = tmp_path / f"m{suffix}"
        path.write_bytes(content)
        try:
            load(path)
            loaded += 1
        except (errors.InvalidFile, errors.InvalidNetwork) as error:
            judged(path, str(error))
            messages.add(str(error).split(": ", 1)[1][:25])
    assert loaded > 10
    assert len(messages) > 20


def test_complaints_are_made(tmp_path: Path) -> None:
    """The saboteurs: what a worker must not answer."""
    path = tmp_path / "x.pt"
    assert complaint(path, ("InvalidFile", f"{path}: truncated", 0.1, 90.0, [])) is None
    assert complaint(path, ("loaded", "GRU()", 0.1, 90.0, [])) is None
    for answer in (
        ("KeyError", f"{path}: 'BF16'", 0.1, 90.0, []),
        ("InvalidFile", f"{path}: two\nlines", 0.1, 90.0, []),
        ("InvalidFile", f"{path}: \x1b[31mred", 0.1, 90.0, []),
        ("InvalidFile", f"{path}: {'long ' * 300}", 0.1, 90.0, []),
        ("loaded", "GRU()", 1.1, 90.0, []),
        ("loaded", "GRU()", 0.1, 201.0, []),
        ("loaded", "GRU()", 0.1, 90.0, ["os.mkdir"]),
    ):
        assert complaint(path, answer), answer
