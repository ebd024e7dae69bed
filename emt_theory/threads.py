"""One thread for NumPy's products while a network is trained or checked.

Both are many small products, one after another. A second BLAS thread makes them hardly faster on an idle machine and, where another
process wants the core, many times slower: threads that wait for each other at every product wait for the scheduler. Set OPENBLAS_NUM_THREADS
before Python starts and nothing is left to do here; otherwise `one_blas_thread` asks the OpenBLAS that NumPy brought along. With any other BLAS it
does nothing.

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
    """Inside, NumPy's OpenBLAS uses one thread; afterwards, as many as before."""
    get, put = _openblas()
    before = get()
    put(1)
    try:
        yield
    finally:
        put(before)


@cache
def _openblas() -> tuple[Any, Any]:
    """The two functions of the OpenBLAS in NumPy's wheel, or two that do nothing."""
    package = Path(np.__file__).parent
    folders = (package.parent / "numpy.libs", package / ".dylibs")
    for path in (file for folder in folders if folder.is_dir() for file in sorted(folder.glob("*openblas*"))):
        try:
            library = ctypes.CDLL(str(path))
        except OSError:
            continue
        for name in _NAMES:
            if hasattr(library, name.format("set")):
                return getattr(library, name.format("get")), getattr(library, name.format("set"))
    return lambda: 1, lambda _count: None
