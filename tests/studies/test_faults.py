"""What lies in a store that should not, who only looks, and what a caller's own errors do to a sweep."""

import importlib.util
import json
import os
import shutil
import signal
import sys
import threading
from dataclasses import replace

import pytest

from emt_theory.errors import InvalidOption, InvalidTask
from emt_theory.ground import files
from emt_theory.studies import Status, Store, count, sweep
from emt_theory.tasks import from_matrix
from tests.studies.populations import BRIEF, GRID, run
from tests.tasks.toys import Xor

FEWER = replace(BRIEF, steps=29)


def test_what_shares_a_name_is_told_apart(tmp_path):
    one = {"num_variables": 2, "dim": 1, "rule": ["u[2][0]"]}
    grid = {**GRID, "hidden": 4, "l2": 0, "tasks": [one, {**one, "rule": ["-u[2][0]"]}], "protocols": [BRIEF, FEWER]}
    found = sweep(grid, tmp_path / "runs", workers=0)
    summary = found.table.summary()
    assert summary.column("runs") == [2, 2, 2, 2]
    assert summary.columns[:4] == ("task", "task_key", "hidden", "protocol_key")
    assert len(set(summary.column("task_key"))) == len(set(summary.column("protocol_key"))) == 2
    for run_, row in zip(
        sorted(found.table, key=lambda row: row["run"]), Store(tmp_path / "runs").table(), strict=True
    ):
        assert (row["task_key"], row["protocol_key"]) == (run_["task_key"], run_["protocol_key"])
    assert run(l2=0.1).labels()["protocol_key"] == run().labels()["protocol_key"]
    assert run(task=from_matrix([[1, 0]], name="x")).labels()["task_key"] == run().labels()["task_key"]


@pytest.mark.parametrize("workers", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_what_a_callback_raises_is_the_callers(tmp_path, workers):
    """The run is not failed for it, and the same call goes on with it."""

    def raising(_progress):
        raise ValueError("the caller's own")

    with pytest.raises(ValueError, match="the caller's own"):
        sweep([run()], tmp_path / "runs", workers, raising)
    assert count([run()], tmp_path / "runs")[0]["failed"] == 0
    assert sweep([run()], tmp_path / "runs", workers=0).failed == 0


def test_a_status_only_looks(tmp_path, monkeypatch):
    store = Store(tmp_path / "runs")
    with store.held(run(seed=1)):
        store.folder(run()).mkdir()  # never locked so far
        seen = sorted((path, path.stat().st_mtime_ns) for path in store.path.rglob("*"))
        with monkeypatch.context() as patch:
            patch.setattr(files, "locked", None)  # would take a lock
            assert count([run(), run(seed=1), run(seed=2)], store)[0] == {
                "done": 0, "running": 1, "failed": 0, "missing": 2
            }  # fmt: skip
        assert sorted((path, path.stat().st_mtime_ns) for path in store.path.rglob("*")) == seen


def test_who_looks_is_in_nobodys_way(tmp_path):
    fcntl = pytest.importorskip("fcntl")
    store = Store(tmp_path / "runs")
    with store.held(run()):
        pass
    with (store.folder(run()) / ".lock").open("rb") as looking:
        fcntl.flock(looking, fcntl.LOCK_SH)
        threading.Timer(0.05, fcntl.flock, (looking.fileno(), fcntl.LOCK_UN)).start()
        store.give_up(run(), "a reason")
    assert store.status(run()) is Status.FAILED


def test_a_signal_while_another_process_is_waited_for(tmp_path, monkeypatch):
    store = Store(tmp_path / "runs")
    monkeypatch.setattr("emt_theory.studies.sweeping.time.sleep", lambda _: os.kill(os.getpid(), signal.SIGTERM))
    with store.held(run()), pytest.raises(KeyboardInterrupt) as caught:
        sweep([run()], store, workers=0)
    assert caught.value.code == 143


def test_a_class_of_your_own_is_known_by_what_it_says(tmp_path, monkeypatch):
    """Two files may have classes of one name."""

    def key(folder, d_in):
        path = tmp_path / folder / "mine.py"
        path.parent.mkdir()
        path.write_text(f"from tests.tasks.toys import Xor\n\n\nclass Mine(Xor):\n    gain = {d_in}\n")
        spec = importlib.util.spec_from_file_location("mine", path)
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, "mine", module)
        spec.loader.exec_module(module)
        return run(task=module.Mine()).key

    keys = [key("one", 1), key("same", 1), key("other", 2), run(task=Xor()).key]
    assert keys[0] == keys[1]
    assert len(set(keys)) == 3
    hidden = type("Xor", (Xor,), {})
    hidden.__module__ = "nowhere"
    with pytest.raises(InvalidTask, match="the text of the class Xor is not to be found"):
        _ = run(task=hidden()).key


def test_a_class_that_cannot_be_sent_is_refused_in_words(tmp_path):
    class Inside(Xor):
        pass

    with pytest.raises(InvalidOption, match="define the class of the task in a module"):
        sweep([run(task=Inside())], tmp_path / "runs", workers=1)


def test_leftovers_are_swept(tmp_path):
    """A process was killed after the record was written, another while a store was begun."""
    store = Store(tmp_path / "runs")
    sweep([run()], store, workers=0)
    whole = {path.name for path in store.folder(run()).iterdir()}
    for name in ("checkpoint.npz", "failed.json", ".run.json.0123abcd.part"):
        (store.folder(run()) / name).write_text("half")
    (store.path / ".store.json.0123abcd.part").write_text("half")
    with files.locked(store.folder(run()), "a run"):
        count([run()], store)
        sweep([run()], store, workers=0)
        assert (store.folder(run()) / "failed.json").exists()  # whoever holds it is at it
    sweep([run(), run(seed=1)], store, workers=0)
    assert {path.name for path in store.folder(run()).iterdir()} == whole
    assert not list(store.path.glob(".*.part"))


def swap_records(store):
    first, second = (store.folder(run(seed=k)) / "run.json" for k in (0, 1))
    texts = first.read_bytes(), second.read_bytes()
    first.write_bytes(texts[1])
    second.write_bytes(texts[0])


def swap_weights(store):
    shutil.copy(store.folder(run(seed=0)) / "weights.safetensors", store.folder(run(seed=1)))
    (store.folder(run(seed=0)) / "weights.safetensors").unlink()


def cut_weights(store):
    for k in (0, 1):
        path = store.folder(run(seed=k)) / "weights.safetensors"
        path.write_bytes(path.read_bytes()[:-1])


@pytest.mark.parametrize("damage", [swap_records, swap_weights, cut_weights])
def test_what_is_damaged_is_not_done(tmp_path, damage):
    runs, store = [run(seed=k) for k in range(3)], Store(tmp_path / "runs")
    sweep(runs, store, workers=0)
    damage(store)
    found = sweep(runs, store, workers=0)
    assert (found.done, found.skipped, found.failed) == (0, 1, 2)
    assert all("remove the folder, and the run is made again" in failure["reason"] for failure in found.failures)
    assert count(runs, store)[0] == {"done": 1, "running": 0, "failed": 2, "missing": 0}


def test_a_record_without_a_hash_is_read(tmp_path):
    """As those are that were written before records had one."""
    sweep([run()], tmp_path / "runs", workers=0)
    path = Store(tmp_path / "runs").folder(run()) / "run.json"
    record = json.loads(path.read_text())
    del record["sha256"], record["labels"]["task_key"], record["labels"]["protocol_key"]
    path.write_text(json.dumps(record))
    (stored,) = Store(tmp_path / "runs")
    assert stored.sha256 is None
    assert stored.labels == run().labels()


def test_what_cannot_be_locked_is_that_runs_affair(tmp_path):
    store = Store(tmp_path / "runs")
    (store.folder(run()) / ".lock").mkdir(parents=True)
    (store.path / "store.json").write_text('{"format": "emt_theory run store", "version": 1}')
    found = sweep([run(), run(seed=1)], store, workers=0)
    assert (found.done, found.failed) == (1, 1)
    assert "cannot be locked" in found.failures[0]["reason"]
