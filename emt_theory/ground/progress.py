"""Progress for a person, on stderr: what `progress=True` means.

A notebook gets one line that is rewritten, everything else plain lines, no more than one every few seconds.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

from emt_theory.ground.text import printable

LINE_SECONDS = 5.0
"""How long a plain line keeps the next one waiting."""


def lines(what: str = "") -> Callable[[Any], None]:
    """A function that writes what it is told as a plain line, now and then, the first after a while; `what` stands before each."""
    said, before = time.monotonic(), f"{what}: " if what else ""

    def say(progress: Any) -> None:
        nonlocal said
        if time.monotonic() - said >= LINE_SECONDS:
            said = time.monotonic()
            print(before + _text(progress), file=sys.stderr, flush=True)  # noqa: T201

    return say


def shown_progress() -> Callable[[Any], None]:
    """`lines`, or in a notebook one line that is rewritten."""
    if not type(sys.stderr).__module__.startswith("ipykernel"):
        return lines()
    width = 0

    def say(progress: Any) -> None:
        nonlocal width
        text = _text(progress)
        print(f"\r{text.ljust(width)}", end="", file=sys.stderr, flush=True)  # noqa: T201
        width = len(text)

    return say


def _text(progress: Any) -> str:
    return f"{progress:.0%}" if isinstance(progress, float) else printable(str(progress))
