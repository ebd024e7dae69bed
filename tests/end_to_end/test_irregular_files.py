"""What has no end is not read: pipes and devices, wherever a file is named; and sizes are bounded before the work."""

import io
import json
import os
import time
import zipfile

import numpy as np
import pytest

import emt_theory as emt
from emt_theory._proofs import verify
from emt_theory.errors import EMTError, InvalidFile
from emt_theory.ground.files import read_bytes, read_toml
from emt_theory.studies.hypotheses.files import read_hypotheses
from emt_theory.studies.store import Store
from emt_theory.studies.stored import file_hash, read_run
from emt_theory.training import checkpoint


def store_at(path):
    """A store whose description is this path."""
    path.parent.joinpath("store").mkdir()
    path.rename(path.parent / "store" / "store.json")
    return Store(path.parent / "store").runs()


def run_at(path):
    """A run whose record is this path."""
    path.rename(path.parent / "record.json")
    return read_run(path.parent)


READERS = {
    "a TOML file": read_toml,
    "a task": emt.tasks.load,
    "a task on the command line": lambda path: emt.tasks.parse(str(path)),
    "weights": emt.load,
    "hypotheses": read_hypotheses,
    "a sweep": lambda path: emt.sweep(path, store=path.parent / "runs"),
    "a certificate": verify.verify_file,
    "a checkpoint": lambda path: checkpoint.read(path, None, "numpy"),
    "a hash": file_hash,
    "a record": run_at,
    "a store": store_at,
}


@pytest.mark.parametrize("kind", ["pipe", "folder"])
@pytest.mark.parametrize("name", READERS)
def test_only_files_with_an_end_are_read(name, kind, tmp_path):
    path = tmp_path / ("x.py" if name == "hypotheses" else "x.toml")
    os.mkfifo(path) if kind == "pipe" else path.mkdir()
    with pytest.raises((EMTError, verify.BadCertificateError), match=r"regular file|directory|no file|no recurrent"):
        READERS[name](path)


@pytest.mark.parametrize("name", ["a TOML file", "a task", "weights", "a sweep", "a certificate", "hypotheses"])
def test_devices_are_not_read(name, tmp_path):
    (tmp_path / "zero.toml").symlink_to("/dev/zero")
    with pytest.raises((EMTError, verify.BadCertificateError), match=r"regular file|no file"):
        READERS[name](tmp_path / "zero.toml")


def test_files_are_bounded(tmp_path):
    path = tmp_path / "long"
    path.write_bytes(b"x" * 11)
    assert read_bytes(path, 11) == b"x" * 11
    with pytest.raises(InvalidFile, match="longer than 10 bytes"):
        read_bytes(path, 10)


LONG = {
    "one key of many parts": ".".join(["a"] * 20_000) + " = 1",
    "a table of many parts": f"[{'.'.join(['a'] * 20_000)}]",
    "many nested lists": "a = " + "[" * 50_000 + "]" * 50_000,
    "blocks": 'num_variables = 1000000000000\ndim = 1\nrule = "u[1]"',
    "components": 'num_variables = 1\ndim = 1000000000000\nrule = "u[1]"',
    "a number of many digits": f'num_variables = 0x{"f" * 20_000}\ndim = 1\nrule = "u[1]"',
    "powers": 'num_variables = 3\ndim = 1\nrule = "((u[1] + u[2] + u[3] + 1)**8)**8"',
    "a long text": f'num_variables = 2\ndim = 1\nrule = "{"+".join(["u[1]"] * 200_000)}"',
    "a long file": "#" * 2**23,
}


@pytest.mark.parametrize("name", LONG)
def test_a_task_that_asks_for_too_much_is_refused_soon(name, tmp_path):
    path = tmp_path / "task.toml"
    path.write_text(LONG[name])
    start = time.process_time()
    with pytest.raises(EMTError) as refusal:
        emt.tasks.load(path)
    assert len(str(refusal.value)) < 600
    assert "\n" not in str(refusal.value)
    assert time.process_time() - start < 10


def test_a_checkpoint_does_not_unpack_into_more_than_it_is(tmp_path):
    held = io.BytesIO()
    np.save(held, np.zeros(2**20))
    with zipfile.ZipFile(tmp_path / "bomb.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("state.W_hh.npy", held.getvalue())
        archive.writestr("about.npy", json.dumps({}))
    with pytest.raises(InvalidFile, match="its arrays are compressed"):
        checkpoint.read(tmp_path / "bomb.npz", None, "numpy")
