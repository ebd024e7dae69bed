"""The entry point: exit codes, and errors as one clear line.

Exit codes: 0 done, or consistent with theory; 1 checked and not so, or a run failed; 2 bad input; 130 interrupted, 143 by SIGTERM, 129 by SIGHUP.
"""

from __future__ import annotations

import contextlib
import io
import os
import signal
import sys
from collections.abc import Sequence

from emt_theory.ground import signals

_FAILED = 1
_BAD_INPUT = 2
_INTERRUPTED = (129, 130, 143)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code, and shows no traceback for what a user or the machine did."""
    try:
        return _guarded(arguments)
    except KeyboardInterrupt as interrupt:  # once more, while the first was answered
        return signals.exit_code(interrupt)
    finally:
        if arguments is None:  # the process ends, and an impatient Ctrl-C finds nothing to stop
            signals.ignore()


def _guarded(arguments: Sequence[str] | None) -> int:
    try:
        with signals.raised() as came:
            code = _run(arguments)
        # Typer takes any interrupt for Ctrl-C.
        return 128 + came[-1] if came and code == 128 + signal.SIGINT else code
    except KeyboardInterrupt as interrupt:
        return _say("interrupted", signals.exit_code(interrupt))
    except MemoryError:
        return _say("not enough memory for sizes as large as these", _BAD_INPUT)
    except OSError as error:
        return _say(f"cannot write: {error.strerror or error}", _FAILED)
    except ImportError as error:
        return _missing(error, sys.argv[1:] if arguments is None else arguments)


def _run(arguments: Sequence[str] | None) -> int:
    import typer
    from typer.exceptions import TyperException

    from emt_theory.cli.app import app
    from emt_theory.cli.common import spread_names
    from emt_theory.errors import EMTError

    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by whoever started us
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 — for as long as we run
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal that cannot show λ gets an escape, not a traceback
            stream.reconfigure(errors="backslashreplace")
    try:
        words = spread_names(sys.argv[1:] if arguments is None else arguments)
        code = app(args=words, prog_name="emt", standalone_mode=False)
    except TyperException as error:
        where = getattr(getattr(error, "ctx", None), "command_path", "emt")
        message = error.format_message().rstrip(".")
        return _say(f"{message}{'' if message.endswith('?') else '.'} Try '{where} --help'.", _BAD_INPUT)
    except EMTError as error:
        return _say(str(error), _BAD_INPUT)
    except typer.Abort as abort:
        return _say("interrupted", signals.exit_code(abort.__cause__))
    if code in _INTERRUPTED:
        return _say("interrupted", code)
    sys.stdout.flush()
    return code if isinstance(code, int) else 0


def _missing(error: ImportError, words: Sequence[str]) -> int:
    """A package that is needed is not there: `emt doctor` has to answer all the same."""
    if (error.name or "").startswith("emt_theory"):
        raise error
    if list(words[:1]) != ["doctor"]:
        return _say(f"{error}; 'emt doctor' says what else is, and how to install it", _FAILED)
    import json

    from emt_theory.ground.environment import examine

    found = examine()
    print(json.dumps(found.to_dict(), indent=1) if "--json" in words else found)  # noqa: T201
    return _FAILED


def _say(message: str, code: int) -> int:
    line = "".join(c if c.isprintable() else repr(c)[1:-1] for c in " ".join(message.split()))
    with contextlib.suppress(OSError, ValueError):
        print(f"emt: {line}", file=sys.stderr)  # noqa: T201
    return code
