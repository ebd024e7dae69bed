"""Files that are written whole or not at all.

The bytes go to a temporary name in the same folder, are forced to the disk, and are then renamed: a reader sees the old file or the new one,
and a failure leaves nothing behind. `locked` keeps a second process out of a folder in which one is at work; `is_locked` only looks.

>>> import tempfile
>>> with tempfile.TemporaryDirectory() as folder:
...     written = write(check_target(Path(folder) / "a.txt", suffixes=(".txt",)), b"whole")
...     written.read_bytes(), len(list(Path(folder).iterdir()))
(b'whole', 1)
"""

from __future__ import annotations

import os
import secrets
import stat
import tomllib
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from emt_theory.errors import InUse, InvalidFile
from emt_theory.ground.text import first_line, printable, shown

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

GLANCE = 0.2
"""Seconds that a lock is waited for, so that whoever only looks (`is_locked`) is in nobody's way."""

_LOCK = ".lock"
_MOST_TOML, _MOST_DOTS = 2**22, 200
"""A TOML file's length; and dots in a line, for a key a.b.c takes the reader a time that grows with the square of its parts."""


def named_path(path: object) -> Path:
    """The path that a caller names.

    Raises:
        InvalidFile: if it is neither a text nor a path.
    """
    if not isinstance(path, str | os.PathLike) or isinstance(path, bytes):
        raise InvalidFile(f"a file or folder is named by a text or a path; got {shown(path)}")
    return Path(path)


def check_target(path: str | os.PathLike[str], suffixes: Sequence[str], overwrite: bool = False) -> Path:
    """The path, if a file may be written there; call it before the work, so that nothing is computed in vain.

    Args:
        path: where to.
        suffixes: the endings that choose a format, lower case.
        overwrite: whether a file that is there may be replaced.

    Raises:
        InvalidFile: if the suffix is unknown, the folder is missing, or something is in the way.
    """
    target = named_path(path)
    if target.suffix.lower() not in suffixes:
        raise InvalidFile(f"{target}: unknown suffix {target.suffix!r}; it must be {' or '.join(suffixes)}")
    if not os.path.isdir(target.parent):
        raise InvalidFile(f"{target}: the folder {target.parent} does not exist")
    if os.path.isdir(target):
        raise InvalidFile(f"{target} is a directory; give the name of a file")
    if os.path.lexists(target) and not overwrite:
        raise InvalidFile(f"{target} exists already; choose another name, or ask to overwrite it (--force)")
    return target


def write(path: Path, data: bytes) -> Path:
    """Write the bytes, or leave everything as it was.

    Raises:
        InvalidFile: if the system refuses.
    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        try:
            with draft.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
    except (OSError, ValueError) as error:  # ValueError: a name that has no encoding
        raise InvalidFile(f"{path}: cannot be written ({getattr(error, 'strerror', None) or error})") from None
    return path


def drafts(folder: Path) -> list[Path]:
    """What `write` leaves in a folder where its process is killed; whoever holds the folder's lock may remove it."""
    return list(folder.glob(".*.part"))


def clear_drafts(folder: Path) -> None:
    """Remove the drafts; for whoever holds the folder's lock."""
    for left in drafts(folder):
        left.unlink(missing_ok=True)


def irregular(path: Path) -> str | None:
    """Why a path is no file with an end: missing, a folder, a pipe, a device; None if it is one."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return "no such file"
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        return f"cannot be read ({getattr(error, 'strerror', None) or error})"
    return None if stat.S_ISREG(mode) else "is a directory" if stat.S_ISDIR(mode) else "is not a regular file"


def check_regular(path: Path) -> Path:
    """The path, if it names a file with an end.

    Raises:
        InvalidFile: if it does not, with the reason.
    """
    if (reason := irregular(path)) is not None:
        raise InvalidFile(f"{printable(str(path))}: {reason}")
    return path


def read_bytes(path: Path, most: int) -> bytes:
    """What a file with an end holds.

    Raises:
        InvalidFile: if it is a folder, a pipe or a device, or longer than `most` bytes.
        OSError: if there is none, or the system refuses.
    """
    if path.exists():
        check_regular(path)
    with path.open("rb") as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise InvalidFile(f"{printable(str(path))} is longer than {most} bytes, the most that is read")
    return content


def read_toml(path: str | os.PathLike[str]) -> dict[str, Any]:
    """What a TOML file says.

    Raises:
        InvalidFile: if there is no such file, it cannot be read or is too large, or it is not TOML.
    """
    source = named_path(path)
    named = printable(str(source))
    try:
        text = read_bytes(source, _MOST_TOML).decode()
        if max((line.count(".") for line in text.splitlines()), default=0) > _MOST_DOTS:
            raise InvalidFile(f"{named} cannot be read: a line has more than {_MOST_DOTS} dots")
        return tomllib.loads(text)
    except FileNotFoundError:
        raise InvalidFile(f"{named}: no such file") from None
    except OSError as error:
        raise InvalidFile(f"{named} cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidFile(f"{named} is not a TOML file: {first_line(error)}") from None
    except (RecursionError, ValueError) as error:  # nested too deep, or a name that no file can have
        raise InvalidFile(f"{named} cannot be read: {first_line(error)}") from None


@contextmanager
def locked(folder: Path, what: str, patience: float = GLANCE) -> Generator[None]:
    """Keep other processes out of a folder; the lock goes with the process, however it ends.

    Args:
        folder: an existing folder; the lock is its file `.lock`.
        what: what is going on in it, for the message to whoever comes second.
        patience: seconds to wait for another process.

    Raises:
        InUse: if another process holds the lock.
        InvalidFile: if the system refuses.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as name, locked(Path(name), "training"):
    ...     with locked(Path(name), "training"):
    ...         pass
    Traceback (most recent call last):
    ...
    emt_theory.errors.InUse: ...: training is under way there already, in this process or another; wait for it, or choose another folder
    """
    if not folder.is_dir():
        raise InvalidFile(f"{folder}: there is no such folder")
    lock = FileLock(folder / _LOCK, timeout=patience, poll_interval=0.01)
    try:
        lock.acquire()
    except Timeout:
        raise InUse(
            f"{folder}: {what} is under way there already, in this process or another; wait for it, or choose another folder"
        ) from None
    except OSError as error:
        raise InvalidFile(f"{folder}: cannot be locked ({error.strerror or error})") from None
    try:
        yield
    finally:
        lock.release()  # the file stays: who waits for one that is deleted would hold a lock that nobody else sees


def is_locked(folder: Path) -> bool:
    """Whether a process has the lock of a folder. Looks, and writes nothing: the folder may be another's, or read-only.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as name:
    ...     before = is_locked(Path(name)), list(Path(name).iterdir())
    ...     with locked(Path(name), "training"):
    ...         before, is_locked(Path(name))
    ((False, []), True)
    """
    try:
        handle = os.open(folder / _LOCK, os.O_RDONLY)
    except OSError:  # nobody has locked it yet, or what lies there is no lock
        return False
    try:
        if fcntl is None:  # the first byte of a file that is locked cannot be read there
            os.read(handle, 1)
        else:  # as a reader among readers, for an instant: `locked` waits longer than that
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return True
    except OSError:
        return False
    finally:
        os.close(handle)
    return False
