"""Work that is given to processes, and outlives them.

    items  →  workers, each a process with one BLAS thread  →  outcomes, in the order in which they come

A process can die: the kernel ends one when memory is short, a person may. Then what it worked on is begun again by a new one, and the others are not
touched. What has cost `TRIES` processes their lives is given up as a `Failure`; so is what raises an error, at once. When the work is interrupted,
workers are asked to end (SIGTERM) and given time to keep what they have; a worker whose parent is gone ends too.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection, wait
from typing import Any

from emt_theory.errors import EMTError, InvalidOption
from emt_theory.ground import signals
from emt_theory.ground.text import first_line, printable

TRIES = 3
"""How many processes an item may cost."""
GRACE = 20.0
"""Seconds that a worker has to keep what it has when it is asked to end."""

_LOOK = 0.05
"""Seconds between two looks at a process that is asked to end."""

Tell = Callable[[Any], None]
Work = Callable[[Any, Tell], Any]
"""What is done with an item: `work(item, tell)` returns its outcome; `tell(something)` says meanwhile how far it is."""

ONE_THREAD = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
}
"""The environment of a process that computes on one thread; BLAS and XLA read it when they are loaded."""


@dataclass(frozen=True)
class Failure:
    """Why an item has no outcome.

    Attributes:
        reason: in words, one line.
        error: what it raised; None if its processes died.
    """

    reason: str
    error: Exception | None = None


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def compute_here(
    work: Work, items: Sequence[Any], told: Callable[[int, Any], None] = lambda _index, _news: None
) -> Generator[tuple[int, Any | Failure]]:
    """As `compute`, in this process, one after another; what `told` raises is the caller's, and goes through.

    >>> list(compute_here(lambda item, tell: 1 / item, [4, 0]))
    [(0, 0.25), (1, Failure(reason='ZeroDivisionError: division by zero', error=ZeroDivisionError('division by zero')))]
    """
    for index, item in enumerate(items):
        try:
            outcome = work(item, _through(told, index))
        except _Through as through:
            raise through.error from None
        except Exception as error:  # noqa: BLE001 — whatever it is, it is this item's
            outcome = failure_of(error)
        yield index, outcome


class _Through(BaseException):
    """Carries an error of the caller's through work whose own errors are its item's."""

    def __init__(self, error: Exception) -> None:
        super().__init__(error)
        self.error = error


def _through(told: Callable[[int, Any], None], index: int) -> Tell:
    def tell(news: Any) -> None:
        try:
            told(index, news)
        except Exception as error:  # noqa: BLE001 — whatever it is, it is the caller's
            raise _Through(error) from None

    return tell


def compute(
    work: Work, items: Sequence[Any], processes: int, told: Callable[[int, Any], None] = lambda _index, _news: None
) -> Generator[tuple[int, Any | Failure]]:
    """Do the work on every item.

    Args:
        work: a function of a module, for it is sent to other processes, as items and outcomes are.
        items: what it is done with.
        processes: how many at once.
        told: called with an item's index and what its work tells.

    Yields:
        The index of an item, and its outcome or a `Failure`, as they come.

    Raises:
        InvalidOption: if a worker cannot start.
        Exception: what pickling raises, if an item cannot be sent; see `require_sendable`.
    """
    waiting, deaths, workers = deque(range(len(items))), Counter[int](), list[_Worker]()
    try:
        while waiting or any(worker.index is not None for worker in workers):
            _hand_out(work, items, waiting, workers, processes)
            heard = wait([worker.connection for worker in workers])
            for worker in [worker for worker in workers if worker.connection in heard]:
                index, message = worker.index, worker.receive()
                if index is None:
                    workers.remove(worker)  # it died with nothing to do
                elif message is None:
                    workers.remove(worker)
                    deaths[index] += 1
                    if deaths[index] < TRIES:
                        waiting.appendleft(index)
                    else:
                        yield index, Failure(f"its process died {TRIES} times, {worker.end()}")
                elif message[0] == "told":
                    told(index, message[1])
                elif message[0] == "ended":
                    worker.index = None
                    yield index, message[1]
    finally:
        _dismiss(workers)


def require_sendable(items: Sequence[Any], what: str) -> None:
    """Refuse what cannot be sent to another process, before anything is done.

    Raises:
        InvalidOption: says what has to stand in a module.
    """
    try:
        pickle.dumps(items)
    except Exception as error:  # noqa: BLE001 — objects can raise anything when they are pickled
        raise InvalidOption(
            f"the work cannot be sent to another process ({first_line(error)}); define {what} in a module"
        ) from None


def failure_of(error: Exception) -> Failure:
    """An error as a reason; what the library refuses on purpose speaks for itself."""
    said = printable(first_line(error))
    if isinstance(error, MemoryError):
        return Failure("not enough memory", error)
    return Failure(said if isinstance(error, EMTError) else f"{type(error).__name__}: {said}", error)


class _Worker:
    """A process, the pipe to it, and which item it works on."""

    def __init__(self, work: Work) -> None:
        context = get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs, work), daemon=True)
        self.index: int | None = None
        self._ready = False
        with _one_thread(), _undisturbed():
            self.process.start()
        theirs.close()  # what is left is the worker's own end: when it dies, the pipe says so

    def give(self, index: int, item: Any) -> None:
        self.index = index
        with suppress(BrokenPipeError):  # it died just now, which the pipe will say
            self.connection.send(item)

    def receive(self) -> tuple[str, Any] | None:
        """What it says; None if it has died."""
        try:
            message = self.connection.recv()
        except (EOFError, OSError):
            self.process.join()
            if not self._ready and (self.process.exitcode or 0) > 0:
                raise InvalidOption(
                    f"a worker process cannot start ({self.end()}); "
                    'a script that starts some does so below a line: if __name__ == "__main__":'
                ) from None
            return None
        self._ready = True
        return message

    def end(self) -> str:
        """How it ended."""
        code = self.process.exitcode or 0
        return f"killed by {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"


def _hand_out(work: Work, items: Sequence[Any], waiting: deque[int], workers: list[_Worker], processes: int) -> None:
    while waiting:
        idle = next((worker for worker in workers if worker.index is None), None)
        if idle is None:
            if len(workers) >= processes:
                return
            workers.append(idle := _Worker(work))
        index = waiting.popleft()
        idle.give(index, items[index])


def _dismiss(workers: Sequence[_Worker]) -> None:
    """Ask workers to end and give them time for it; none, if we are asked to end once more. Whatever comes, no worker is left behind."""
    with signals.noted() as came:
        until = time.monotonic() + GRACE
        for worker in workers:
            worker.connection.close()
            if worker.index is not None:
                worker.process.terminate()
        for worker in workers:
            while worker.process.is_alive() and not came and time.monotonic() < until:
                worker.process.join(_LOOK)
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()
    if came and sys.exception() is None:
        raise signals.Interrupted(came[0])


def _serve(connection: Connection, work: Work) -> None:
    """A worker: work on what comes, until nothing does."""
    threading.Thread(target=_leave_with_parent, daemon=True).start()

    def tell(news: Any) -> None:
        with suppress(OSError):  # nobody is there to hear it
            connection.send(("told", news))

    with suppress(EOFError, OSError):  # nobody is there
        connection.send(("ready", None))
        while True:
            outcome = _outcome(work, connection.recv_bytes(), tell)
            try:
                connection.send(("ended", outcome))
            except OSError:
                return
            except Exception as error:  # noqa: BLE001 — what pickling raises
                connection.send(("ended", Failure(f"its outcome cannot be sent: {first_line(error)}")))


def _outcome(work: Work, sent: bytes, tell: Tell) -> Any | Failure:
    try:
        return work(pickle.loads(sent), tell)
    except KeyboardInterrupt:  # asked to end, and it has kept what it had
        sys.exit(128 + signal.SIGTERM)
    except Exception as error:  # noqa: BLE001 — whatever it is, it is this item's
        return failure_of(error)


def _leave_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


@contextmanager
def _undisturbed() -> Generator[None]:
    """Inside, Ctrl-C and the end of a terminal wait; a process that is started inside never hears of them, and its parent says when to stop."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGHUP})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _one_thread() -> Generator[None]:
    """Inside, a new process computes on one thread."""
    before = {name: os.environ.get(name) for name in ONE_THREAD}
    os.environ.update(ONE_THREAD)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
