"""One thread for the products of NumPy and SciPy while a network is trained or checked, or a model simulated.

All are many small products, one after another. A second BLAS thread makes them hardly faster on an idle machine and, where another
process wants the core, many times slower: threads that wait for each other at every product wait for the scheduler.

The number of threads belongs to the process. Overlapping uses, nested or in several threads of Python, are counted: the first sets it, the
last puts it back.

>>> from threadpoolctl import threadpool_info
>>> with one_blas_thread():
...     {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"} <= {1}
True
"""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from threadpoolctl import OpenBLASController, ThreadpoolController


class _Inside:
    """How many uses there are at this moment, and what puts the number of threads back after the last."""

    lock = threading.Lock()
    count = 0
    limit: Any = None


@contextmanager
def one_blas_thread() -> Generator[None]:
    """Inside, every BLAS that is loaded uses one thread; after the last of overlapping uses, as many as before the first."""
    with _Inside.lock:
        if _Inside.count == 0:
            _Inside.limit = ThreadpoolController().limit(limits=1, user_api="blas")
            _let_go()
        _Inside.count += 1
    try:
        yield
    finally:
        with _Inside.lock:
            _Inside.count -= 1
            if _Inside.count == 0:
                _Inside.limit.restore_original_limits()
                _let_go()


def _let_go() -> None:
    # From threadpoolctl 3.8 on, only the thread that set the number of OpenBLAS may put it back. Ours may be the other that leaves last.
    if clear := getattr(OpenBLASController, "clear_controlling_thread", None):
        clear(force=True)
