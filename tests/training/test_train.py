"""`train`: what it returns and writes, resuming bit for bit, interruption, divergence, bad arguments."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest

import emt_theory.training.folder as folder_module
import emt_theory.training.single as train_module
from emt_theory.errors import InvalidFile, InvalidNetwork, InvalidOption
from emt_theory.networks import load
from emt_theory.tasks import parse, repeat_copy
from emt_theory.training import Adaptive, Ending, PaperProtocol, Protocol, Scheduled, checkpoint, train
from emt_theory.training.loop import Track

TASK = repeat_copy(num_variables=2, dim=1)
BRIEF = Protocol(
    steps=150, learning_rate=0.02, curriculum=Scheduled((3, 6), (0, 0.5)), batch=16, decay="cosine",
    test_horizon=8, test_sequences=50,
)  # fmt: skip
SMALL = {"hidden": 8, "protocol": BRIEF}
FILES = ["history.npz", "run.json", "training.png", "weights.safetensors"]


def names(folder):
    return sorted(path.name for path in folder.iterdir() if path.name != ".lock")


@pytest.mark.parametrize("backend", ["numpy", pytest.param("jax", marks=pytest.mark.slow)])
def test_a_run_is_what_it_says(backend, tmp_path):
    seen = []
    run = train(TASK, backend=backend, out=tmp_path / "run", progress=seen.append, seed=3, **SMALL)
    assert (run.accuracy, run.steps, run.outcome, run.backend, run.seed) == (1, 150, Ending.FINISHED, backend, 3)
    assert run.loss == run.history.loss[-1] < 0.05
    assert run.history.step.tolist() == list(range(150))
    assert run.history.horizon.tolist() == [3] * 75 + [6] * 75
    assert run.seconds >= run.computing > 0
    assert seen[-1].step == 150
    assert "horizon 6" in str(seen[-1])
    assert names(tmp_path / "run") == FILES
    assert load(tmp_path / "run" / "weights.safetensors") == run.net
    described = json.loads((tmp_path / "run" / "run.json").read_text(), parse_constant=pytest.fail)
    assert described == json.loads(json.dumps(run.to_dict()))
    promised = {"run", "steps", "seconds", "steps_per_second", "loss", "accuracy", "backend", "seed"}
    assert promised <= set(described)
    with np.load(tmp_path / "run" / "history.npz") as history:
        assert np.array_equal(history["loss"], run.history.loss)
    assert (tmp_path / "run" / "training.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(FrozenInstanceError):
        run.seconds = 0


def test_the_picture_shows_loss_accuracy_and_horizons():
    run = train(TASK, **SMALL)
    ax = run.plot()
    right = next(other for other in ax.figure.axes if other is not ax)
    assert ax.get_yscale() == "log"
    assert [text.get_text() for text in ax.texts] == ["horizon 3", "6"]
    assert right.lines[-1].get_ydata()[-1] > 0.95


def test_the_same_seed_gives_the_same_weights_and_another_does_not():
    first, again, other = (train(TASK, seed=seed, **SMALL).net for seed in (1, 1, 2))
    assert first == again != other


class Interrupted(Exception):
    pass


def interrupt_at(step):
    def stop(progress):
        if progress.step >= step:
            os.kill(os.getpid(), signal.SIGINT)

    return stop


LADDER = replace(BRIEF, curriculum=Adaptive((2, 4, 6), 0.8))


@pytest.mark.parametrize(
    ("backend", "protocol"),
    [("numpy", BRIEF), ("numpy", LADDER), ("jax", BRIEF), pytest.param("jax", LADDER, marks=pytest.mark.slow)],
)
def test_a_resumed_run_ends_in_the_same_weights_bit_for_bit(backend, protocol, tmp_path):
    arguments = {"hidden": 8, "backend": backend, "protocol": replace(protocol, l2=1e-4)}
    whole = train(TASK, out=tmp_path / "whole", **arguments)
    for step in (20, 90):
        with pytest.raises(KeyboardInterrupt):
            train(TASK, out=tmp_path / "cut", resume=True, progress=interrupt_at(step), **arguments)
        assert names(tmp_path / "cut") == ["checkpoint.npz"]
    resumed = train(TASK, out=tmp_path / "cut", resume=True, **arguments)
    assert resumed.net == whole.net
    assert np.array_equal(resumed.history.loss, whole.history.loss)
    assert np.array_equal(resumed.history.horizon, whole.history.horizon)
    assert names(tmp_path / "cut") == FILES
    files = [(tmp_path / name / "weights.safetensors").read_bytes() for name in ("whole", "cut")]
    assert files[0] == files[1]


def test_a_second_interrupt_leaves_the_checkpoint_before_it(tmp_path, monkeypatch):
    """It comes in the middle of a chunk, where the state belongs to no step."""
    from emt_theory.training.numpy_engine import NumpyEngine

    advance = NumpyEngine.advance

    def twice(self, starts, *rest):
        chunks = advance(self, starts, *rest)
        if starts[0] > 10:
            os.kill(os.getpid(), signal.SIGINT)
            os.kill(os.getpid(), signal.SIGINT)
        return chunks

    with monkeypatch.context() as patch:
        patch.setattr(NumpyEngine, "advance", twice)
        with pytest.raises(KeyboardInterrupt):
            train(TASK, out=tmp_path / "cut", **SMALL)
    assert names(tmp_path / "cut") == ["checkpoint.npz"]
    assert train(TASK, out=tmp_path / "cut", resume=True, **SMALL).net == train(TASK, **SMALL).net


def test_a_resume_that_forgets_the_moments_is_caught(tmp_path, monkeypatch):
    whole = train(TASK, **SMALL)
    with pytest.raises(KeyboardInterrupt):
        train(TASK, out=tmp_path / "cut", progress=interrupt_at(40), **SMALL)
    read = checkpoint.read

    def forget(*arguments):
        track, state = read(*arguments)
        return track, {key: 0 * array if key.startswith("first.") else array for key, array in state.items()}

    monkeypatch.setattr(checkpoint, "read", forget)
    assert train(TASK, out=tmp_path / "cut", resume=True, **SMALL).net != whole.net


def test_where_chunks_end_does_not_matter(monkeypatch):
    whole = train(TASK, **SMALL)
    monkeypatch.setattr("emt_theory.training.loop.CHUNK_SECONDS", 1e-9)
    assert train(TASK, **SMALL).net == whole.net


@pytest.mark.slow
def test_a_killed_run_is_resumed(tmp_path):
    script = (
        "from tests.training.test_train import *; folder_module.CHECKPOINT_SECONDS = train_module.CHECKPOINT_SECONDS = 0;"
        f"train(TASK, hidden=8, protocol=replace(BRIEF, steps=20000), out={str(tmp_path / 'run')!r}, progress=print)"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as child:
        for _ in range(20):
            assert child.stdout.readline().startswith("step ")
        child.kill()
    arguments = {"hidden": 8, "protocol": replace(BRIEF, steps=20000)}
    (tmp_path / "run" / ".checkpoint.npz.0123abcd.part").write_bytes(b"half")  # as a kill while it is written leaves it
    assert {name for name in names(tmp_path / "run") if not name.endswith(".part")} == {"checkpoint.npz"}
    assert train(TASK, out=tmp_path / "run", resume=True, **arguments).net == train(TASK, **arguments).net
    assert names(tmp_path / "run") == FILES


def test_divergence_is_an_outcome(tmp_path):
    wild = replace(BRIEF, learning_rate=1e9, decay="constant")
    run = train(TASK, hidden=8, protocol=wild, activation="identity", out=tmp_path / "run")
    assert run.outcome is Ending.DIVERGED
    assert "at step 1 (horizon 3)" in run.reason
    assert np.isfinite(run.net.W_hh).all()
    assert names(tmp_path / "run") == FILES
    assert "diverged" in str(run)


def test_the_papers_curriculum_advances_on_accuracy():
    protocol = replace(
        PaperProtocol(), steps=400, curriculum=Adaptive((2, 4, 8), 0.9), learning_rate=0.02, test_horizon=8
    )
    history = train(TASK, hidden=8, protocol=protocol).history
    moves = np.flatnonzero(np.diff(history.horizon))
    assert history.horizon[0] == 2
    assert history.horizon[-1] == 8
    assert (history.accuracy[moves] > 0.9).all()
    stayed = np.setdiff1d(np.flatnonzero(history.horizon < 8), moves)
    assert (history.accuracy[stayed] <= 0.9).all()


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_very_short_schedules(steps):
    run = train(TASK, hidden=3, protocol=replace(BRIEF, steps=steps))
    assert run.steps == steps
    assert run.history.horizon[-1] in (3, 6)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"hidden": 0}, InvalidOption, "hidden must be a positive integer; got 0"),
        ({"hidden": 2.5}, InvalidOption, "hidden must be a positive integer"),
        ({"backend": "tf"}, InvalidOption, "unknown backend 'tf'; known are numpy, jax"),
        ({"seed": -1}, InvalidOption, "seed must be an integer"),
        ({"activation": "swish"}, InvalidNetwork, "unknown activation"),
        ({"cell": "gru"}, InvalidOption, "for gru choose backend 'jax'"),
        ({"cell": "rnn"}, InvalidOption, "unknown cell 'rnn'; known are elman, gru, lstm"),
        ({"l2": 1e-3}, InvalidOption, r"l2 is part of the protocol: train\(..., protocol=FastProtocol\(l2=0.001\)\)"),
        ({"steps": 9}, InvalidOption, r"steps is part of the protocol: train\(..., protocol=FastProtocol\(steps=9\)\)"),
        ({"hiden": 9}, InvalidOption, "train has no argument 'hiden'"),
        ({"dtype": "float16"}, InvalidOption, "unknown dtype 'float16'"),
        ({"protocol": "fast"}, InvalidOption, "protocol must be a Protocol"),
        ({"task": "T1"}, InvalidOption, "a task, or a sampler"),
    ],
)
def test_bad_arguments_write_nothing(change, error, message, tmp_path):
    arguments = {"task": TASK, "out": tmp_path / "run", **SMALL, **change}
    with pytest.raises(error, match=message):
        train(**arguments)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_backend_names_the_command(monkeypatch):
    monkeypatch.setitem(sys.modules, "optax", None)
    with pytest.raises(InvalidOption, match=r"optax is missing.*pip install 'emt_theory\[jax\]'"):
        train(TASK, backend="jax", **SMALL)


def test_a_folder_in_use_is_refused(tmp_path):
    train(TASK, out=tmp_path / "run", **SMALL)
    before = {name: (tmp_path / "run" / name).read_bytes() for name in FILES}
    for change, message in (({}, "holds a finished run already"), ({"resume": True}, "nothing to resume")):
        with pytest.raises(InvalidFile, match=message):
            train(TASK, out=tmp_path / "run", seed=1, **SMALL, **change)
    assert before == {name: (tmp_path / "run" / name).read_bytes() for name in FILES}
    train(TASK, out=tmp_path / "run", seed=1, overwrite=True, **SMALL)
    assert (tmp_path / "run" / "weights.safetensors").read_bytes() != before["weights.safetensors"]
    with pytest.raises(InvalidFile, match="is a file; a run needs a folder"):
        train(TASK, out=tmp_path / "run" / "run.json", **SMALL)
    with pytest.raises(InvalidOption, match="pass out"):
        train(TASK, resume=True, **SMALL)


def test_a_checkpoint_of_another_training_is_refused(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        train(TASK, out=tmp_path / "run", progress=interrupt_at(10), **SMALL)
    with pytest.raises(InvalidFile, match="go on with it"):
        train(TASK, out=tmp_path / "run", **SMALL)
    for change, message in (
        ({"seed": 1}, "its seed is 0, not 1"),
        ({"task": parse("T1")}, "its task name is 'repeat_copy', not 'T1'"),
        ({"protocol": replace(BRIEF, clip=2.0)}, "its protocol clip is 1.0, not 2.0"),
        ({"backend": "jax"}, "its backend is 'numpy', not 'jax'"),
    ):
        with pytest.raises(InvalidOption, match=message):
            train(**{"task": TASK, "out": tmp_path / "run", "resume": True, **SMALL, **change})
    checkpoint = tmp_path / "run" / "checkpoint.npz"
    checkpoint.write_bytes(checkpoint.read_bytes()[:500])
    with pytest.raises(InvalidFile, match="is damaged, so the run cannot be resumed"):
        train(TASK, out=tmp_path / "run", resume=True, **SMALL)


def test_a_full_disk_is_one_line_and_leaves_nothing_half_written(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("emt_theory.ground.files.os.fsync", full)
    with pytest.raises(InvalidFile, match="No space left on device"):
        train(TASK, out=tmp_path / "run", **SMALL)
    assert names(tmp_path / "run") == []


def test_a_track_knows_its_room():
    track = Track(train_module.make_setting(TASK, 8, 0, BRIEF, "tanh", "elman", "float32"))
    assert (track.horizon, track.room, track.is_last_stage) == (3, 75, False)


@pytest.mark.parametrize("cell", ["gru", pytest.param("lstm", marks=pytest.mark.slow)])
def test_gated_cells_learn(cell, tmp_path):
    protocol = replace(BRIEF, steps=600, curriculum=Scheduled((6,), (0,)), test_horizon=6)
    run = train(TASK, hidden=8, backend="jax", cell=cell, protocol=protocol, out=tmp_path / "run")
    assert run.accuracy > 0.95
    assert type(run.net).__name__ == cell.upper()
    assert names(tmp_path / "run") == FILES


@pytest.mark.slow
@pytest.mark.parametrize("name", ["T1", "T2", "T3", "T4"])
def test_the_default_settings_learn_the_papers_tasks(name):
    from emt_theory.analysis import Verdict, check

    task = parse(name)
    run = train(task)
    assert run.accuracy >= 0.999
    assert check(run.net, task).verdict is Verdict.CONSISTENT


def test_two_processes_do_not_train_in_one_folder(tmp_path):
    first = folder_module.RunFolder(tmp_path / "run")
    command = ["train", "repeat-copy", "--num-variables", "2", "--dim", "1", "--hidden", "4", "--steps", "2", "-o"]
    with first.held():
        second = subprocess.run(
            [sys.executable, "-m", "emt_theory.cli", *command, str(tmp_path / "run")], capture_output=True, text=True
        )
        assert second.returncode == 2
        assert "training is under way there already" in second.stderr.splitlines()[-1]
        assert names(tmp_path / "run") == []
    late = folder_module.RunFolder(tmp_path / "run")
    train(TASK, out=tmp_path / "run", **SMALL)
    with pytest.raises(InvalidFile, match="holds a finished run already"), late.held():
        pass  # it was looked at before the other had ended, and is looked at again
