"""Some 550 damaged and hostile files: each is refused in one line, nothing in it runs, and nothing becomes large."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from emt_theory.errors import InvalidFile, InvalidNetwork
from emt_theory.networks import load
from tests.networks.hostile.corpus import bombs, damaged_files
from tests.networks.hostile.npz_files import npz_bytes
from tests.networks.hostile.pytorch_files import DATA, stored, torch_bytes
from tests.networks.hostile.safetensors_files import good_safetensors, safetensors_bytes
from tests.networks.hostile.support import CANARY, GOOD, Content
from tests.networks.torchwriter import Name, Raw, Reduce

WORKER = """
import json, resource, sys, time, unicodedata  # which Python imports when it parses a header with a letter that is not ASCII
resource.setrlimit(resource.RLIMIT_AS, (4 * 2**30,) * 2)
resource.setrlimit(resource.RLIMIT_CPU, (900,) * 2)
from emt_theory.networks import load

for path in sys.argv[1:]:
    load(path)  # whatever is imported late is imported now

seen = []
FORBIDDEN = ("exec", "import", "pickle.", "os.", "subprocess.", "shutil.", "socket.", "ctypes.", "code.__new__", "webbrowser.", "pty.", "marshal.")

def hook(event, arguments):
    if event.startswith(FORBIDDEN) and event != "os.listdir":
        seen.append(f"import {arguments[0]}" if event == "import" else event)
    if event == "open" and (arguments[2] or 0) & 0o3:  # not for reading alone
        seen.append(f"open for writing {arguments[0]}")

sys.addaudithook(hook)
for line in sys.stdin:
    path, start = line.rstrip("\\n"), time.process_time()
    try:
        answer = ["loaded", repr(load(path))]
    except Exception as error:
        answer = [type(error).__name__, str(error)]
    # Of this program alone: ru_maxrss also has what the process was before it became this program.
    with open("/proc/self/status") as lines:
        status = dict(entry.split(":", 1) for entry in lines if ":" in entry)
    peak = int(status["VmHWM"].split()[0]) / 1024
    print(json.dumps([*answer, round(time.process_time() - start, 3), peak, seen]), flush=True)
    seen.clear()
"""


def write(path: Path, content: Content) -> Path:
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        content(path)
    return path


def good_files(folder: Path) -> list[Path]:
    """One of each format that does load, so that a refusal is for what was done to it."""
    files = {
        "good.pt": torch_bytes(stored()),
        "good.safetensors": safetensors_bytes(*good_safetensors()),
        "good.npz": npz_bytes(GOOD),
        "packed.npz": npz_bytes(GOOD, packed=True),
    }
    return [write(folder / name, content) for name, content in files.items()]


def inert_files() -> Iterator[tuple[str, Content]]:
    """Networks with code beside them that is on no list: they load, and the code does not run."""
    folder = Reduce(Name("pathlib", "Path"), (CANARY,))
    calls: dict[str, Any] = {
        "method": Reduce(Reduce(Name("builtins", "getattr"), (folder, "mkdir")), ()),
        "partial": Reduce(Name("functools", "partial"), (Name("pathlib", "Path"), CANARY)),
        "state": Raw(b"cpathlib\nPath\n)\x81}X\x04\x00\x00\x00nameX\x01\x00\x00\x00xsb"),
        "torch": Reduce(Name("torch.hub", "load"), ("a/b", "c")),
        "jit": Reduce(Name("torch.jit", "load"), (CANARY,)),
        "numpy": Reduce(Name("numpy", "load"), (CANARY,)),
        "nowhere": Reduce(Name("a.module.that.is.not.there", "x"), ()),
    }
    for name, call in calls.items():
        yield f"inert-{name}.ckpt", torch_bytes({"state_dict": stored(), "hyper_parameters": {"a": call}})
        yield f"inert-beside-{name}.pt", torch_bytes(stored(extra=call))


def test_damaged_files_are_refused_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.chdir(empty)
    nets = [load(path) for path in good_files(tmp_path)]
    assert all(net == nets[0] for net in nets)
    count = Counter[str]()
    for name, content in damaged_files():
        path = write(tmp_path / name, content)
        with pytest.raises((InvalidFile, InvalidNetwork)) as caught:
            raise AssertionError(f"{name} is {load(path)}")
        judged(path, str(caught.value))
        path.unlink()
        count[path.suffix] += 1
    assert count[".pt"] >= 250
    assert count[".safetensors"] >= 70
    assert count[".npz"] >= 100
    assert list(empty.iterdir()) == []


def judged(path: Path, message: str) -> None:
    assert message.startswith(f"{path}: ")
    line = message.removeprefix(f"{path}: ")
    assert len(line.splitlines()) == 1
    assert line.isprintable(), line
    assert len(line) < 900, line


def test_code_beside_a_network_does_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.chdir(empty)
    modules = set(sys.modules)
    nets = [load(write(tmp_path / name, content)) for name, content in inert_files()]
    assert len(nets) == 14
    assert all(net == nets[0] for net in nets)
    assert list(empty.iterdir()) == []
    assert set(sys.modules) == modules


def test_the_code_was_armed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unpickled by `pickle`, the simplest of them does make the folder."""
    monkeypatch.chdir(tmp_path)
    code = b"cos\nmkdir\n(X" + len(CANARY).to_bytes(4, "little") + CANARY.encode() + b"tR."
    pickle.loads(code)
    assert [path.name for path in tmp_path.iterdir()] == [CANARY]
    assert any(
        CANARY.encode() in content
        for name, content in damaged_files()
        if "os.mkdir" in name and isinstance(content, bytes)
    )


def environment() -> dict[str, str]:
    """Where the package is found from any folder, and one thread: each would reserve memory of its own."""
    places = [str(DATA.parents[2]), *filter(None, [os.environ.get("PYTHONPATH")])]
    return os.environ | {"OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(places)}


class Worker:
    """A process with limits that loads what it is told to, and says what came of it."""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "-W", "error", "-c", WORKER, *map(str, good_files(folder))]
        (folder / "empty").mkdir()
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=folder / "empty", env=environment()
        )

    def load(self, path: Path) -> tuple[str, str, float, float, list[str]]:
        """The kind of answer, the answer, processor seconds, the highest resident memory so far in MiB, and what was forbidden and happened."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(path, file=self.process.stdin, flush=True)
        line = self.process.stdout.readline()
        assert line, f"{path.name} ended the process ({self.process.wait()})"
        kind, text, seconds, peak, seen = json.loads(line)
        return kind, text, seconds, peak, seen

    def close(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[Worker]:
    made = Worker(tmp_path)
    yield made
    made.close()


LINUX = pytest.mark.skipif(sys.platform != "linux", reason="limits and /proc as Linux has them")


@pytest.mark.slow
@LINUX
def test_hostile_files_run_nothing_and_stay_small(tmp_path: Path, worker: Worker) -> None:
    count, slowest, peak = Counter[str](), (0.0, ""), 0.0
    for group in (damaged_files(), bombs()):
        for name, content in group:
            path = write(tmp_path / name, content)
            kind, text, seconds, peak, seen = worker.load(path)
            path.unlink()
            assert kind in ("InvalidFile", "InvalidNetwork"), (name, kind, text)
            judged(path, text)
            assert seen == [], name
            assert peak < 1024, name
            assert seconds < 30, name
            count[path.suffix] += 1
            slowest = max(slowest, (seconds, name))
    for name, content in inert_files():
        kind, text, _, peak, seen = worker.load(write(tmp_path / name, content))
        assert (kind, seen) == ("loaded", []), (name, text)
    assert list((tmp_path / "empty").iterdir()) == []
    assert sum(count.values()) >= 500
    assert min(count.values()) >= 80
    assert peak < 800, f"{peak:.0f} MiB"  # 602 where it was written
    assert slowest[0] < 20, slowest


@LINUX
def test_the_worker_sees_what_is_forbidden(tmp_path: Path) -> None:
    """The saboteur: a process that does unpickle is caught by the hook."""
    fire = r"import pickle; pickle.loads(b'cos\nmkdir\n(X\x01\x00\x00\x00atR.')"
    code = WORKER.split("for line in sys.stdin:")[0] + f"\n{fire}\nprint(json.dumps(seen))"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path, env=environment())
    assert {"pickle.find_class", "os.mkdir"} <= set(json.loads(done.stdout))
