"""One thread for the products of NumPy and SciPy while a network is trained or checked, or a model simulated.

All are many small products, one after another. A second BLAS thread makes them hardly faster on an idle machine and, where another
process wants the core, many times slower: threads that wait for each other at every product wait for the scheduler. Set OPENBLAS_NUM_THREADS
before Python starts and nothing is left to do here; otherwise `one_blas_thread` asks the OpenBLAS that NumPy and SciPy brought along. With any other
BLAS it does nothing.

>>> with one_blas_thread():
...     int(np.eye(2) @ np.ones(2) @ np.ones(2))
2
"""

from __future__ import annotations

import ctypes
from collections.abc import Generator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

_NAMES = (
    "scipy_openblas_{}_num_threads64_",
    "scipy_openblas_{}_num_threads",
    "openblas_{}_num_threads64_",
    "openblas_{}_num_threads",
)


@contextmanager
def one_blas_thread() -> Generator[None]:
    """Inside, the OpenBLAS of NumPy and that of SciPy use one thread; afterwards, as many as before."""
    libraries = _openblas()
    before = [get() for get, _ in libraries]
    for _, put in libraries:
        put(1)
    try:
        yield
    finally:
        for (_, put), count in zip(libraries, before, strict=True):
            put(count)


@cache
def _openblas() -> tuple[tuple[Any, Any], ...]:
    """The two functions of each OpenBLAS that came in a wheel: how many threads, and so many."""
    package = Path(np.__file__).parent
    site = package.parent
    folders = (site / "numpy.libs", package / ".dylibs", site / "scipy.libs", site / "scipy" / ".dylibs")
    found: list[tuple[Any, Any]] = []
    for path in (file for folder in folders if folder.is_dir() for file in sorted(folder.glob("*openblas*"))):
        try:
            library = ctypes.CDLL(str(path))
        except OSError:
            continue
        name = next((name for name in _NAMES if hasattr(library, name.format("set"))), None)
        if name is not None:
            found.append((getattr(library, name.format("get")), getattr(library, name.format("set"))))
    return tuple(found)
