"""Ctrl-C, and the signals that ask a process to end, as one thing.

SIGINT (Ctrl-C), SIGTERM (`kill`, a batch system whose time is up) and SIGHUP (a terminal that is closed) all mean: stop soon, and lose nothing. What
they raise is a `KeyboardInterrupt` that knows its signal, and the exit code that a shell expects of it:

>>> Interrupted(signal.SIGTERM).code, Interrupted(signal.SIGHUP).code
(143, 129)

A signal that was ignored before, as `nohup` has it, stays ignored. In another
thread than the main one Python delivers no signals, and nothing is changed.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from typing import Any

_ASKING = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))


class Interrupted(KeyboardInterrupt):
    """A signal asked for an end.

    Attributes:
        number: of the signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = int(number)

    @property
    def code(self) -> int:
        """The exit code of a process that it ends: 128 + number."""
        return 128 + self.number


def exit_code(interrupt: BaseException | None) -> int:
    """The exit code of a process that an interrupt ends: 130 for Ctrl-C.

    >>> exit_code(KeyboardInterrupt()), exit_code(Interrupted(15))
    (130, 143)
    """
    return interrupt.code if isinstance(interrupt, Interrupted) else 128 + signal.SIGINT


@contextmanager
def raised() -> Generator[list[int]]:
    """Inside, SIGTERM and SIGHUP raise `Interrupted`, as Ctrl-C raises `KeyboardInterrupt`. Gives the list of those that came, as they come."""
    came: list[int] = []

    def leave(number: int, _frame: Any) -> None:
        came.append(number)
        raise Interrupted(number)

    with _handled(_ASKING, leave):
        yield came


@contextmanager
def deferred() -> Generator[Callable[[], int]]:
    """Inside, a signal that asks for an end only sets a flag, so that work stops where it can go on later; a second Ctrl-C interrupts at once.

    Gives the function that says which came, 0 for none.
    """
    came: list[int] = []

    def note(number: int, _frame: Any) -> None:
        if came and number == signal.SIGINT:
            raise Interrupted(number)
        came.append(number)

    with _handled((signal.SIGINT, *_ASKING), note):
        yield lambda: came[0] if came else 0


@contextmanager
def noted() -> Generator[list[int]]:
    """Inside, signals that ask for an end are only noted, however many come; gives their list. For what has to be done at the end."""
    came: list[int] = []
    with _handled((signal.SIGINT, *_ASKING), lambda number, _frame: came.append(number)):
        yield came


@contextmanager
def kept() -> Generator[None]:
    """What a signal does is afterwards what it was, whatever is set inside."""
    here = threading.current_thread() is threading.main_thread()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, *_ASKING)} if here else {}
    try:
        yield
    finally:
        for number, handler in before.items():
            if handler is not None:  # one that was not set by Python stays
                signal.signal(number, handler)


def ignore() -> None:
    """From here on nothing interrupts: for a process that has nothing left to do but to end."""
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, *_ASKING):
            signal.signal(number, signal.SIG_IGN)


@contextmanager
def _handled(numbers: Iterable[int], handler: Callable[[int, Any], None]) -> Generator[None]:
    before: dict[int, Any] = {}
    try:
        if threading.current_thread() is threading.main_thread():
            for number in numbers:
                if signal.getsignal(number) not in (signal.SIG_IGN, None):
                    before[number] = signal.signal(number, handler)
        yield
    finally:
        for number, one in before.items():
            signal.signal(number, one)
