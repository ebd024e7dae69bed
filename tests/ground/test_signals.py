"""Signals that ask for an end, at once or between two steps."""

import contextlib
import os
import signal

import pytest

from emt_theory.cli import main
from emt_theory.ground import signals


def send(number):
    os.kill(os.getpid(), number)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_raised(number):
    before = signal.getsignal(number)
    with pytest.raises(signals.Interrupted) as caught, signals.raised():
        send(number)
    assert caught.value.code == 128 + number
    assert signal.getsignal(number) == before


def test_deferred():
    with signals.deferred() as came:
        assert came() == 0
        send(signal.SIGTERM)
        send(signal.SIGTERM)  # asked twice, it stops where it can go on later all the same
        assert came() == signal.SIGTERM
        with pytest.raises(KeyboardInterrupt):
            send(signal.SIGINT)


def test_noted():
    with signals.noted() as came:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGINT):
            send(number)
        assert came == [signal.SIGINT, signal.SIGTERM, signal.SIGINT]


def test_what_is_ignored_stays_ignored():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with signals.deferred() as came, signals.raised():
            send(signal.SIGHUP)
            assert came() == 0
    finally:
        signal.signal(signal.SIGHUP, before)


def test_an_interrupt_that_a_library_takes_for_ctrl_c_keeps_its_exit_code(monkeypatch):
    def swallowed(arguments):
        with contextlib.suppress(KeyboardInterrupt):
            send(signal.SIGTERM)
        return 130

    monkeypatch.setattr(main, "_run", swallowed)
    assert main.main([]) == 143
    monkeypatch.setattr(main, "_run", lambda arguments: 130)
    assert main.main([]) == 130
