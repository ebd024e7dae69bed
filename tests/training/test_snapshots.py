"""Networks on their way: they are those of shorter sittings, outlive an interruption, and lie below the run's folder."""

import json
import os
import signal
from dataclasses import replace

import numpy as np
import pytest

from emt_theory.errors import InvalidFile, InvalidOption
from emt_theory.networks import load
from emt_theory.tasks import repeat_copy
from emt_theory.training import Adaptive, Protocol, Scheduled, checkpoint, train

TASK = repeat_copy(num_variables=2, dim=1)
PLAIN = Protocol(
    steps=60, learning_rate=0.02, curriculum=Scheduled((3, 6), (0, 0.5)), batch=16, test_horizon=8, test_sequences=20
)
LADDER = replace(PLAIN, curriculum=Adaptive((2, 4), 0.8))


def same(first, second):
    return all(np.array_equal(getattr(first, name), getattr(second, name)) for name in ("W_hh", "W_uh", "W_hy"))


@pytest.mark.parametrize(
    ("backend", "protocol"), [("numpy", PLAIN), ("numpy", LADDER), pytest.param("jax", PLAIN, marks=pytest.mark.slow)]
)
def test_a_snapshot_is_where_a_shorter_run_ends(backend, protocol):
    run = train(TASK, 6, backend, protocol=protocol, snapshots=[60, 0, 20])
    assert [snapshot.step for snapshot in run.snapshots] == [0, 20, 60]
    assert run.net == run.snapshots[-1].net == train(TASK, 6, backend, protocol=protocol).net
    start = run.setting.initial_weights()
    assert np.array_equal(run.snapshots[0].net.W_hh, start["W_hh"].astype(np.float32))
    first = (
        replace(protocol, steps=20, curriculum=Scheduled((3,), (0,)))
        if protocol is PLAIN
        else replace(protocol, steps=20)
    )
    assert same(run.snapshots[1].net, train(TASK, 6, backend, protocol=first).net)
    assert run.snapshots[1].net.metadata["steps"] == "20"


def interrupt(progress):
    if progress.step >= 30:
        os.kill(os.getpid(), signal.SIGINT)


def interrupted(folder, snapshots=(10, 30, 50)):
    with pytest.raises(KeyboardInterrupt):
        train(TASK, 6, protocol=PLAIN, out=folder, progress=interrupt, snapshots=snapshots)


def test_they_outlive_an_interruption_and_lie_below_the_run(tmp_path):
    whole = train(TASK, 6, protocol=PLAIN, out=tmp_path / "whole", snapshots=(10, 30, 50))
    interrupted(tmp_path / "cut")
    resumed = train(TASK, 6, protocol=PLAIN, out=tmp_path / "cut", resume=True, snapshots=(10, 30, 50))
    assert resumed.snapshots == whole.snapshots
    for name in ("whole", "cut"):
        files = sorted((tmp_path / name / "snapshots").iterdir())
        assert [path.name for path in files] == [f"step-{step}.safetensors" for step in (10, 30, 50)]
        assert [load(path) for path in files] == [snapshot.net for snapshot in whole.snapshots]
        assert json.loads((tmp_path / name / "run.json").read_text())["snapshots"] == [10, 30, 50]
    train(TASK, 6, protocol=PLAIN, out=tmp_path / "cut", overwrite=True, snapshots=1)
    assert [path.name for path in (tmp_path / "cut" / "snapshots").iterdir()] == ["step-60.safetensors"]


def test_a_resume_that_asks_for_others_is_refused(tmp_path):
    interrupted(tmp_path / "cut")
    with pytest.raises(InvalidOption, match=r"its snapshots is \[10, 30, 50\], not \[\]"):
        train(TASK, 6, protocol=PLAIN, out=tmp_path / "cut", resume=True)
    setting = train(TASK, 6, protocol=replace(PLAIN, steps=1)).setting
    setting = replace(setting, protocol=PLAIN)
    track, state = checkpoint.read(tmp_path / "cut" / "checkpoint.npz", setting, "numpy", (10, 30, 50))
    del track.snapshots[10]["W_hy"]
    (tmp_path / "cut" / "checkpoint.npz").write_bytes(checkpoint.to_bytes(track, state, "numpy", 0.0))
    with pytest.raises(InvalidFile, match=r"snapshot\.10\.W_hy is missing"):
        train(TASK, 6, protocol=PLAIN, out=tmp_path / "cut", resume=True, snapshots=(10, 30, 50))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (-1, "snapshots must be an integer from 0 to 60"),
        (61, "snapshots must be an integer from 0 to 60"),
        ([5, 61], r"snapshots\[1\] must be an integer from 0 to 60; got 61"),
        ("all", "snapshots must be a list"),
        (2.5, "snapshots must be a list"),
    ],
)
def test_what_is_no_step_is_refused(given, message, tmp_path):
    with pytest.raises(InvalidOption, match=message):
        train(TASK, 6, protocol=PLAIN, out=tmp_path / "run", snapshots=given)
    assert not (tmp_path / "run").exists()
