"""Work outlives the processes that it is given to."""

import multiprocessing.context
import os
import signal
import subprocess
import sys
import time
from contextlib import closing

import pytest

from emt_theory.errors import InvalidOption
from emt_theory.ground import processes, signals
from emt_theory.ground.processes import Failure, compute, compute_here


def act(item, tell):
    """What the tests have done with an item."""
    what, argument = item
    tell(what)
    if what == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if what == "die once" and not os.path.exists(argument):
        open(argument, "x").close()
        os.kill(os.getpid(), signal.SIGKILL)
    if what == "raise":
        raise InvalidOption(argument)
    if what == "wait":
        with signals.deferred() as came:
            open(argument, "x").close()
            while not came():
                time.sleep(0.01)
            open(f"{argument} kept", "x").close()
            raise signals.Interrupted(came())
    return argument


def test_a_dead_process_costs_nothing_but_its_item(tmp_path):
    told = []
    items = [("return", 1), ("die once", str(tmp_path / "died")), ("die", 0), ("raise", "not so"), ("return", 2)]
    found = dict(compute(act, items, 1, lambda index, news: told.append((index, news))))
    assert (found[0], found[1], found[4]) == (1, str(tmp_path / "died"), 2)
    assert found[2] == Failure("its process died 3 times, killed by SIGKILL")
    assert (found[3].reason, type(found[3].error)) == ("not so", InvalidOption)
    assert told.count((1, "die once")) == 2
    assert told.count((2, "die")) == 3


def test_workers_keep_what_they_have_when_the_work_is_interrupted(tmp_path):
    file = tmp_path / "waits"

    def stop(_index, _news):
        while not file.exists():
            time.sleep(0.01)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), closing(compute(act, [("wait", str(file))], 1, stop)) as outcomes:
        list(outcomes)
    assert (tmp_path / "waits kept").exists()


def test_a_worker_ends_with_its_parent(tmp_path):
    file = tmp_path / "waits"
    script = (
        "from tests.ground.test_processes import *\n"
        f"if __name__ == '__main__': list(compute(act, [('wait', {str(file)!r})], 1, lambda i, n: print(n, flush=True)))"
    )
    (tmp_path / "script.py").write_text(script)
    command = [sys.executable, str(tmp_path / "script.py")]
    environment = {**os.environ, "PYTHONPATH": os.getcwd()}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as parent:
        assert parent.stdout.readline() == "wait\n"
        parent.kill()
        assert parent.stdout.read() == ""  # the worker holds the other end of the pipe until it ends
    assert not (tmp_path / "waits kept").exists()


def test_a_script_without_a_guard_is_told(tmp_path):
    (tmp_path / "script.py").write_text(
        "from tests.ground.test_processes import *\nlist(compute(act, [('return', 1)], 1))"
    )
    environment = {**os.environ, "PYTHONPATH": os.getcwd()}
    done = subprocess.run(
        [sys.executable, str(tmp_path / "script.py")], capture_output=True, text=True, env=environment
    )
    assert done.returncode == 1
    assert 'a line: if __name__ == "__main__":' in done.stderr.splitlines()[-1]


def test_who_is_asked_to_end_again_and_again_leaves_no_worker_behind(tmp_path, monkeypatch):
    """Even one that does not end by itself."""
    monkeypatch.setattr(processes, "GRACE", 60.0)
    asked = []

    def stop(_index, _news):
        raise KeyboardInterrupt

    def impatient(process):
        asked.append(process)
        for _ in range(3):
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(multiprocessing.context.SpawnProcess, "terminate", impatient)
    with (
        pytest.raises(KeyboardInterrupt),
        closing(compute(act, [("wait", str(tmp_path / "waits"))], 1, stop)) as outcomes,
    ):
        list(outcomes)
    (worker,) = asked
    assert worker.exitcode == -signal.SIGKILL


def test_here_is_as_there():
    assert list(compute_here(act, [("return", 1)])) == [(0, 1)]
    ((_, failure),) = compute_here(act, [("raise", "not so")])
    assert failure.reason == "not so"
