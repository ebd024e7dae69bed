"""Work that is given to a cluster: what `processes.compute` does with processes here, done by the workers of a Dask scheduler.

    items  →  scheduler  →  workers on any machine, each item on one BLAS thread  →  outcomes, in the order in which they come

A worker that dies costs its item a new beginning on another one; Dask counts, and gives up what has cost four of them (`allowed-failures`). A worker
whose item is not wanted any more, for the sweep was interrupted or killed, is told so at the next thing that it tells, as by SIGTERM.

Dask is an extra: `pip install 'emt_theory[cluster]'`.
"""

from __future__ import annotations

import asyncio
import logging
import pickle
import signal
import time
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from importlib import import_module
from queue import Empty, SimpleQueue
from secrets import token_hex
from typing import Any

from emt_theory.errors import InvalidOption, WorkLost
from emt_theory.ground import signals
from emt_theory.ground.blas import one_blas_thread
from emt_theory.ground.processes import Failure, Work, failure_of
from emt_theory.ground.text import first_line, shown

PATIENCE = 5.0
"""Seconds in which a scheduler has to answer."""
_EVERY = 1.0
"""Seconds between two things that a worker tells of one item."""
_LOOK = 2.0
"""Seconds after which we look whether the scheduler is still there, and tend the cluster."""


def import_cluster(name: str) -> Any:
    """A module of the extra.

    Raises:
        InvalidOption: if it is not installed; names the command.
    """
    try:
        with signals.kept():  # dask_jobqueue has Ctrl-C end the process without a word
            return import_module(name)
    except ImportError:
        raise InvalidOption(
            f"{name} is not installed, which clusters need; install it with: pip install 'emt_theory[cluster]'"
        ) from None


@contextmanager
def connected(cluster: Any) -> Generator[Any]:
    """The client of a cluster.

    Args:
        cluster: the address of a scheduler such as tcp://host:8786, a `dask.distributed.Client`, or one of Dask's cluster objects.

    Raises:
        InvalidOption: if it is something else, the scheduler does not answer, or Dask is not installed.
    """
    distributed = import_cluster("distributed")
    if isinstance(cluster, distributed.Client):
        if cluster.asynchronous:
            raise InvalidOption("the client of the cluster is asynchronous; give one that is not")
        yield cluster
        return
    if not isinstance(cluster, str | distributed.deploy.Cluster):
        raise InvalidOption(
            f"cluster must be an address such as tcp://host:8786, a Dask client or a Dask cluster; got {shown(cluster)}"
        )
    with _quiet():
        try:
            if isinstance(cluster, str):
                with ThreadPoolExecutor(1) as aside:  # a notebook has a loop of its own in this thread
                    aside.submit(asyncio.run, _greet(distributed, cluster)).result()
            client = distributed.Client(cluster, timeout=PATIENCE, set_as_default=False)
        except Exception as error:  # noqa: BLE001 — who answers need not be a scheduler, and then anything may be raised
            raise InvalidOption(
                f"no Dask scheduler answers at {shown(cluster)} ({first_line(error)}); start one with: dask scheduler"
            ) from None
        with client:
            yield client


async def _greet(distributed: Any, address: str) -> None:
    """Ask who is there. A client would wait for ever for an answer of what is no scheduler, and long for none."""
    connection = distributed.Security().get_connection_args("client")
    try:
        async with asyncio.timeout(PATIENCE), distributed.core.rpc(address, connection_args=connection) as there:
            found = await there.identity()
    except TimeoutError:
        raise InvalidOption(f"nothing came within {PATIENCE:.0f} s") from None
    if found.get("type") != "Scheduler":
        raise InvalidOption(f"this is a {found.get('type')}")


@contextmanager
def _quiet() -> Generator[None]:
    """Inside, a client says by its status, not by tracebacks, that its scheduler is gone."""
    loggers = [logging.getLogger(name) for name in ("distributed.client", "distributed.comm")]
    before = [logger.disabled for logger in loggers]
    try:
        for logger in loggers:
            logger.disabled = True
        yield
    finally:
        for logger, disabled in zip(loggers, before, strict=True):
            logger.disabled = disabled


def compute_on(
    client: Any,
    work: Work,
    items: Sequence[Any],
    told: Callable[[int, Any], None] = lambda _index, _news: None,
    tend: Callable[[], object] = lambda: None,
) -> Generator[tuple[int, Any | Failure]]:
    """Do the work on every item, the first ones first.

    Args:
        client: of the cluster.
        work: a function of a module that workers can import.
        items: what it is done with.
        told: called with an item's index and what its work tells.
        tend: called now and then.

    Yields:
        The index of an item, and its outcome or a `Failure`, as they come.

    Raises:
        InvalidOption: if workers cannot load the work.
        WorkLost: if the scheduler is gone.
    """
    topic, heard = f"emt-{token_hex(8)}", SimpleQueue[tuple[bool, int, Any]]()
    client.subscribe_topic(topic, lambda event: heard.put((False, *event[1])))
    futures = dict[int, Any]()
    try:
        for index, item in enumerate(items):
            futures[index] = client.submit(
                _remotely, work, item, index, topic, key=f"{topic}-{index}", pure=False, priority=-index
            )
            futures[index].add_done_callback(lambda _future, index=index: heard.put((True, index, None)))
        looked = time.monotonic()
        while futures:
            if time.monotonic() - looked > _LOOK:
                looked = time.monotonic()
                _require_scheduler(client)
                tend()
            try:
                ended, index, news = heard.get(timeout=_LOOK)
            except Empty:
                continue
            if ended:
                yield index, _result(client, futures.pop(index))
            elif index in futures:
                told(index, news)
    finally:
        with suppress(Exception):  # the scheduler may be gone, and then there is nothing to be said to it
            client.cancel(list(futures.values()))
            client.unsubscribe_topic(topic)


def _require_scheduler(client: Any) -> None:
    if client.status != "running":
        raise WorkLost(
            "the scheduler of the cluster is gone; what has ended is kept, and the same call goes on with the rest"
        )


def _result(client: Any, future: Any) -> Any | Failure:
    error = future.exception() if future.status == "error" else None
    if error is None and future.status == "finished":
        return future.result()
    if error is None:
        _require_scheduler(client)
        raise WorkLost("the cluster has dropped work that it was given; the same call goes on with the rest")
    if isinstance(error, import_cluster("distributed").scheduler.KilledWorker):
        return Failure(f"its worker died {error.allowed_failures + 1} times, at last {error.last_worker.address}")
    raise InvalidOption(
        f"workers of the cluster cannot load the work ({type(error).__name__}: {first_line(error)}); "
        "they need the same emt_theory, and the modules of your own tasks"
    )


def _remotely(work: Work, item: Any, index: int, topic: str) -> Any | Failure:
    """On a worker: the outcome of an item, or a `Failure`."""
    worker = import_module("distributed").get_worker()
    key, last = worker.get_current_task(), 0.0

    def tell(news: Any) -> None:
        nonlocal last
        task = worker.state.tasks.get(key)
        if task is None or task.state == "cancelled":
            raise signals.Interrupted(signal.SIGTERM)
        if time.monotonic() - last > _EVERY:
            last = time.monotonic()
            worker.log_event(topic, (index, news))

    try:
        with one_blas_thread():
            outcome = work(item, tell)
        pickle.dumps(outcome)
    except signals.Interrupted:
        return Failure("nobody waits for it any more")
    except Exception as error:  # noqa: BLE001 — whatever it is, it is this item's
        outcome = failure_of(error)
    return outcome
