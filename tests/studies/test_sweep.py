"""Sweeps: what is there is not made again, what fails is named, what is interrupted goes on, and nothing is left half-written."""

import csv
import io
import json
import os
import signal
from dataclasses import replace

import pytest

from emt_theory.errors import InvalidFile, InvalidOption
from emt_theory.ground import files
from emt_theory.ground.processes import Failure, compute_here
from emt_theory.networks import load
from emt_theory.studies import Status, Store, count, places, read_grid, sweep, work
from emt_theory.studies.sweeping import _Meter
from emt_theory.studies.table import TIMES
from emt_theory.studies.work import Ended
from emt_theory.training import Spread, train
from emt_theory.training.many import together
from tests.studies.populations import BRIEF, CHECK, GRID, TASK, Fatal, run


def without_times(table):
    return [{name: value for name, value in row.items() if name not in TIMES} for row in table]


def test_a_sweep_is_its_runs(tmp_path):
    said = []
    found = sweep(GRID, tmp_path / "runs", workers=0, progress=said.append)
    assert (found.runs, found.done, found.skipped, found.failed) == (8, 8, 0, 0)
    assert (said[-1].done, said[-1].runs, said[-1].running) == (8, 8, 0)
    assert [row["run"] for row in found.table] == [
        run(hidden=n, l2=l, seed=k).key for n in (4, 5) for l in (0, 0.1) for k in (0, 1)
    ]
    again = sweep(GRID, tmp_path / "runs", workers=0)
    assert (again.runs, again.done, again.skipped, again.failed) == (8, 0, 8, 0)
    assert again.table.rows == found.table.rows
    more = sweep({**GRID, "seeds": 3}, Store(tmp_path / "runs"), workers=0)
    assert (more.runs, more.done, more.skipped) == (12, 4, 8)
    assert not [
        path for path in (tmp_path / "runs").rglob("*") if path.name.endswith(".part") or "checkpoint" in path.name
    ]


def test_the_time_left_is_at_the_speed_since_runs_were_heard_of(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("emt_theory.studies.sweeping.time.monotonic", lambda: now[0])
    one, other = run(), run(seed=1)
    meter = _Meter([one, other])
    meter.note(one, 0.5)  # it goes on from a checkpoint
    assert meter.progress().seconds_left is None
    now[0] += 10
    meter.note(one, 0.75)
    assert meter.progress().seconds_left == pytest.approx(50)  # a quarter took 10 s; five are left
    meter.end(one, Ended.DONE)
    now[0] += 10
    assert meter.progress().seconds_left == pytest.approx(40)
    meter.end(other, Ended.BUSY)
    assert (meter.progress().done, meter.ended.keys()) == (1, {one.key})


def test_a_run_in_a_store_is_the_run_itself(tmp_path):
    one = run(seed=2, l2=1e-3, check=CHECK)
    found = sweep([one], tmp_path / "runs", workers=0)
    alone = train(TASK, hidden=4, protocol=replace(BRIEF, l2=1e-3), seed=2)
    store = Store(tmp_path / "runs")
    (stored,) = store
    assert (len(store), one in store, one.key in store, run() in store) == (1, True, True, False)
    assert sorted(path.name for path in stored.folder.iterdir()) == [".lock", "run.json", "weights.safetensors"]
    assert stored.network() == alone.net == load(stored.folder / "weights.safetensors")
    assert stored.task() == TASK
    assert stored.training["accuracy"] == alone.accuracy
    assert stored.curves["loss"] == alone.history.loss.tolist()
    assert stored.check["behaviour"]["sequences"] == 16
    assert set(stored.versions) == {"emt_theory", "numpy", "scipy", "jax", "python"}
    assert stored.configuration == json.loads(json.dumps(one.to_dict()))
    (row,) = found.table
    assert row["accuracy"] == alone.accuracy
    assert row["verdict"] == stored.check["verdict"]
    assert row["solved"] is (stored.check["findings"][0]["answer"] == "held")
    with pytest.raises(InvalidFile, match="holds no finished run"):
        _ = store[run()]


def test_the_table_as_text(tmp_path):
    found = sweep({**GRID, "seeds": 1}, tmp_path / "runs", workers=0)
    rows = list(csv.DictReader(io.StringIO(found.table.to_csv())))
    assert [row["hidden"] for row in rows] == ["4", "4", "5", "5"]
    assert float(rows[0]["loss"]) == found.table[0]["loss"]
    assert json.loads(found.table.as_file(".json")) == list(found.table)
    summary = found.table.summary()
    assert summary.columns == ("task", "hidden", "l2", "runs", "done", "solved", "consistent", "accuracy")
    assert summary.column("runs") == [1, 1, 1, 1]
    json.dumps(found.to_dict(), allow_nan=False)
    assert Store(tmp_path / "runs").table().columns == found.table.columns


def test_curves_are_thinned(tmp_path):
    sweep([run(protocol=replace(BRIEF, steps=500))], tmp_path / "runs", workers=0)
    (stored,) = Store(tmp_path / "runs")
    assert {len(curve) for curve in stored.curves.values()} == {200}
    assert (stored.curves["step"][0], stored.curves["step"][-1]) == (0, 499)


def test_processes_give_what_this_one_gives_and_a_killed_one_costs_nothing(tmp_path, monkeypatch):
    runs = [run(), run(task=Fatal())]
    whole = sweep(runs, tmp_path / "whole", workers=0)
    monkeypatch.setenv("FATAL", str(tmp_path / "died"))
    found = sweep(runs, tmp_path / "runs", workers=1)
    assert (tmp_path / "died").exists()
    assert without_times(found.table) == without_times(whole.table)


def write_but(lost):
    """`Store.write`, which does nothing for one run."""
    write = Store.write

    def kept(store, configuration, *made):
        if configuration != lost:
            write(store, configuration, *made)

    return kept


def test_what_dies_again_and_again_is_named(tmp_path, monkeypatch):
    """That a process dies so often is told by `tests/ground/test_processes.py`."""
    fatal, reason = run(seed=7), "its process died 3 times, killed by SIGKILL"

    def dying(work, jobs, told):
        for index, outcome in compute_here(work, jobs, told):
            yield index, Failure(reason) if jobs[index].configuration == fatal else outcome

    monkeypatch.setattr("emt_theory.studies.work.Store.write", write_but(fatal))
    monkeypatch.setattr("emt_theory.studies.places.compute_here", dying)
    found = sweep([fatal, run()], tmp_path / "runs", workers=0)
    assert (found.done, found.failed) == (1, 1)
    assert found.failures == ({"run": fatal.key, "what": str(fatal), "reason": reason},)
    assert [(row["status"], row["reason"]) for row in found.table] == [("failed", reason), ("done", None)]
    monkeypatch.undo()
    assert sweep([fatal], tmp_path / "runs", workers=0).failures == found.failures
    assert count([fatal, run()], tmp_path / "runs")[0] == {"done": 1, "running": 0, "failed": 1, "missing": 0}
    assert sweep([fatal], tmp_path / "runs", workers=0, retry=True).done == 1
    assert count([fatal, run()], tmp_path / "runs")[0]["done"] == 2


def test_what_raises_does_not_end_the_others(tmp_path, monkeypatch):
    runs = [run(task=Fatal()), run()]
    monkeypatch.setenv("FATAL", "raise")
    found = sweep(runs, tmp_path / "runs", workers=0)
    assert [row["status"] for row in found.table] == ["failed", "done"]
    assert "not today" in found.failures[0]["reason"]


def test_an_interrupted_sweep_goes_on(tmp_path):
    asked = []

    def stop(progress):
        if progress.done == 3 and not asked:
            asked.append(progress)
            os.kill(os.getpid(), signal.SIGTERM)

    with pytest.raises(KeyboardInterrupt) as caught:
        sweep(GRID, tmp_path / "runs", workers=0, progress=stop)
    assert caught.value.code == 143
    counts, table = count(GRID, tmp_path / "runs")
    assert 3 <= counts["done"] < 8
    assert (len(table), counts["done"] + counts["missing"]) == (8, 8)
    found = sweep(GRID, tmp_path / "runs", workers=0)
    assert (found.done, found.skipped) == (8 - counts["done"], counts["done"])
    assert without_times(found.table) == without_times(sweep(GRID, tmp_path / "whole", workers=0).table)


def test_a_run_that_another_process_makes_is_waited_for(tmp_path, monkeypatch):
    store, one = Store(tmp_path / "runs"), run()
    holding = store.held(one)
    folder = holding.__enter__()
    assert store.status(one) is Status.RUNNING

    def other_ends(_seconds):
        made = train(TASK, hidden=4, protocol=BRIEF)
        store.write(one, made, None)
        holding.__exit__(None, None, None)

    monkeypatch.setattr("emt_theory.studies.sweeping.time.sleep", other_ends)
    found = sweep([one, run(seed=1)], store, workers=0)
    assert (found.done, found.skipped) == (1, 1)
    assert folder.path.name == one.key


def test_a_damaged_checkpoint_is_begun_again(tmp_path):
    one, store = run(), Store(tmp_path / "runs")
    with store.held(one) as folder:
        (folder.path / "checkpoint.npz").write_bytes(b"half of a file")
        (folder.path / ".run.json.0123abcd.part").write_bytes(b"half")
    found = sweep([one], store, workers=0)
    assert (found.done, found.failed) == (1, 0)
    assert sorted(path.name for path in store.folder(one).iterdir()) == [".lock", "run.json", "weights.safetensors"]


def test_what_is_killed_in_a_check_is_not_trained_again(tmp_path, monkeypatch):
    def interrupted(*_arguments, **_named):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("emt_theory.studies.work.check", interrupted)
        with pytest.raises(KeyboardInterrupt):
            sweep([run(check=CHECK)], tmp_path / "runs", workers=0)
    monkeypatch.setattr("emt_theory.training.numpy_engine.NumpyEngine.advance", None)
    assert sweep([run(check=CHECK)], tmp_path / "runs", workers=0).done == 1


def test_a_full_disk_is_named_and_not_held_against_the_run(tmp_path, monkeypatch):
    write = files.write

    def full(path, data):
        if path.name == "run.json" and path.parent.name == run().key:
            raise InvalidFile(f"{path}: cannot be written (No space left on device)")
        return write(path, data)

    with monkeypatch.context() as patch:
        patch.setattr(files, "write", full)
        found = sweep([run(), run(seed=1)], tmp_path / "runs", workers=0)
    assert [row["status"] for row in found.table] == ["missing", "done"]
    assert "No space left" in found.failures[0]["reason"]
    assert sweep([run(), run(seed=1)], tmp_path / "runs", workers=0).done == 1


def test_stores_that_are_none(tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.tex").write_text("")
    (tmp_path / "newer").mkdir()
    (tmp_path / "newer" / "store.json").write_text('{"format": "emt_theory run store", "version": 2}')
    (tmp_path / "odd").mkdir()
    (tmp_path / "odd" / "store.json").write_text("[]")
    for name, message in (
        ("file", "is a file; a store of runs is a folder"),
        ("other", "is no store of runs: it holds other files"),
        ("newer", "is a store of version 2, written by another emt_theory; this one reads version 1"),
        ("odd", "does not say what store this is"),
    ):
        with pytest.raises(InvalidFile, match=message):
            sweep(GRID, tmp_path / name, workers=0)
    with pytest.raises(InvalidOption, match="workers must be an integer from 0 to 1024"):
        sweep(GRID, tmp_path / "new", workers=-1)
    assert not (tmp_path / "new").exists()
    assert count(GRID, tmp_path / "new")[0]["missing"] == 8
    assert not (tmp_path / "new").exists()


def test_a_damaged_record_is_named(tmp_path):
    sweep([run()], tmp_path / "runs", workers=0)
    record = Store(tmp_path / "runs").folder(run()) / "run.json"
    whole = json.loads(record.read_text())
    for content, message in (("{", "is no record of a run"), (json.dumps({**whole, "version": 9}), "is of version 9")):
        record.write_text(content)
        with pytest.raises(InvalidFile, match=message):
            list(Store(tmp_path / "runs"))


@pytest.mark.parametrize(
    "damage",
    [
        lambda record: "{",
        lambda record: json.dumps({**record, "check": {"findings": "x"}}),
        lambda record: json.dumps({**record, "check": {"findings": [{"question": "behaviour"}]}}),
        lambda record: json.dumps({**record, "training": {**record["training"], "accuracy": "abc"}}),
    ],
)
def test_a_damaged_record_is_that_runs_affair(tmp_path, damage):
    """The others are made, and stand in the table; the damaged one is named."""
    first, other = run(seed=0), run(seed=1)
    sweep([first], tmp_path, workers=0)
    path = tmp_path / first.key / "run.json"
    path.write_text(damage(json.loads(path.read_text())))
    found = sweep([first, other], tmp_path, workers=0)
    assert (found.done, found.skipped, found.failed) == (1, 0, 1)
    assert "is no record of a run" in found.failures[0]["reason"]
    assert found.table.column("status") == ["failed", "done"]
    assert count([first, other], tmp_path)[0]["failed"] == 1


def test_a_store_that_does_not_say_what_it_is(tmp_path):
    (tmp_path / "store.json").write_text("[" * 200_000)
    with pytest.raises(InvalidFile, match="does not say what store this is"):
        Store(tmp_path)


VECTORIZED = {**GRID, "backend": "jax", "dtype": "float64"}


@pytest.mark.slow
def test_runs_of_one_shape_are_trained_in_one_program(tmp_path, monkeypatch):
    """Two sizes are two programs; each run then has the row that it has alone, up to rounding, and nothing is trained twice."""
    sizes, whole = [], work.together

    def noted(settings):
        sizes.append(len(settings))
        return whole(settings)

    monkeypatch.setattr(work, "together", noted)
    said = []
    found = sweep(VECTORIZED, tmp_path / "runs", workers=0, spread="vectorized", progress=said.append)
    assert (found.done, found.failed, sizes) == (8, 0, [4, 4])
    assert max(one.running for one in said) == 8  # all are trained before the first is finished
    for row, one in zip(found.table, sweep(VECTORIZED, tmp_path / "alone", workers=0).table, strict=True):
        assert row["run"] == one["run"]
        assert row["loss"] == pytest.approx(one["loss"], rel=1e-9)
    assert sweep(VECTORIZED, tmp_path / "runs", workers=0, spread="vectorized").done == 0


@pytest.mark.slow
def test_vectorized_runs_go_on_where_they_were_interrupted(tmp_path, monkeypatch):
    """What another process holds is left to it."""
    given = {**VECTORIZED, "hidden": 4, "protocols": replace(BRIEF, steps=400)}

    def stop(progress):
        if progress.running:
            signal.raise_signal(signal.SIGTERM)

    with pytest.raises(KeyboardInterrupt):
        sweep(given, tmp_path / "runs", workers=0, spread="vectorized", progress=stop)
    kept = [path.parent for path in (tmp_path / "runs").rglob("checkpoint.npz")]
    assert len(kept) == 4
    taken = []
    monkeypatch.setattr(work, "together", lambda settings: taken.append(len(settings)) or together(settings))
    monkeypatch.setattr(places, "compute_here", lambda *_: iter(()))
    with files.locked(kept[0], "training"):
        list(places._here(Store(tmp_path / "runs"), 0, Spread.VECTORIZED, read_grid(given), lambda *_: None))
    assert taken == [3]
    monkeypatch.undo()
    assert sweep(given, tmp_path / "runs", workers=0).done == 4


def test_what_cannot_be_vectorized_is_refused(tmp_path):
    with pytest.raises(InvalidOption, match="only the jax backend is vectorized; these runs have backend numpy"):
        sweep(GRID, tmp_path / "runs", workers=0, spread="vectorized")
    with pytest.raises(InvalidOption, match="one program of this machine; leave the cluster out"):
        sweep(GRID, tmp_path / "runs", spread="vectorized", cluster="tcp://127.0.0.1:1")
    with pytest.raises(InvalidOption, match="unknown spread 'wide'"):
        sweep(GRID, tmp_path / "runs", spread="wide")
