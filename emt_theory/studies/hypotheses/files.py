"""Files of hypotheses: Python that makes them.

Every `Hypothesis` among a file's names, alone or in a list, is one of its claims; all of a file are looked at together.
"""

from __future__ import annotations

import os
import runpy
import traceback
from pathlib import Path
from typing import Any

from emt_theory.errors import EMTError, InvalidFile, InvalidOption
from emt_theory.ground.files import check_regular, check_target, named_path, write
from emt_theory.ground.text import cut, first_line, printable
from emt_theory.studies.hypotheses.hypothesis import Hypothesis

_TEMPLATE = Path(__file__).parents[2] / "examples" / "hypothesis.py"


def read_hypotheses(path: str | os.PathLike[str]) -> tuple[Hypothesis, ...]:
    """The claims of a Python file, in its order; the file is run.

    Args:
        path: the file. It is not run as a script: what stands below `if __name__ == "__main__":` is not.

    Raises:
        InvalidFile: if there is no such file, it is not Python, or it ends in an error; names the line.
        InvalidOption: if it holds no hypothesis.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     claims = read_hypotheses(write_template(Path(folder) / "mine.py"))
    >>> print(claims[0].claim)
    A network that repeats two numbers keeps two directions alive.
    """
    source = check_regular(named_path(path))
    named = printable(str(source))
    try:
        names = runpy.run_path(str(source), run_name="hypotheses")
    except SyntaxError as error:
        where = "" if error.lineno is None else f", line {error.lineno}"
        raise InvalidFile(f"{named}{where}: this is not Python ({error.msg})") from None
    except (Exception, SystemExit) as error:  # noqa: BLE001 — what a user's file raises is told in one line
        raise InvalidFile(f"{named}{_line(error, source)}: {_said(error)}") from None
    found = list[Hypothesis]()
    for value in names.values():
        found += [one for one in _entries(value) if isinstance(one, Hypothesis) and one not in found]
    if not found:
        raise InvalidOption(f"{named} makes no Hypothesis; `emt hypothesis new NAME` writes a file that does")
    return tuple(found)


def _entries(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _line(error: BaseException, source: Path) -> str:
    """The last line of the file that the error came through."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename) == source]
    return f", line {lines[-1]}" if lines else ""


def _said(error: BaseException) -> str:
    text = cut(printable(first_line(error)), 400)
    return text if isinstance(error, EMTError) else f"{type(error).__name__}: {text}"


def write_template(name: str | os.PathLike[str]) -> Path:
    """Write a small commented file of one hypothesis, which runs as it is.

    Args:
        name: where; .py is added if it has no ending.

    Raises:
        InvalidFile: if something is there already, or the system refuses.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = write_template(Path(folder) / "mine")
    ...     path.name, len(read_hypotheses(path))
    ('mine.py', 1)
    """
    path = named_path(name)
    target = path if path.suffix else path.with_name(f"{path.name}.py")
    if os.path.lexists(target):
        raise InvalidFile(f"{printable(str(target))} exists already; choose another name")
    return write(check_target(target, (".py",)), _TEMPLATE.read_bytes())
