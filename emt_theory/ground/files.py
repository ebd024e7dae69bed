"""Files that are written whole or not at all.

The bytes go to a temporary name in the same folder, are forced to the disk, and are then renamed: a reader sees the old file or the new one,
and a failure leaves nothing behind. `locked` keeps a second process out of a folder in which one is at work.

>>> import tempfile
>>> with tempfile.TemporaryDirectory() as folder:
...     written = write(check_target(Path(folder) / "a.txt", suffixes=(".txt",)), b"whole")
...     written.read_bytes(), len(list(Path(folder).iterdir()))
(b'whole', 1)
"""

from __future__ import annotations

import os
import secrets
import tomllib
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from emt_theory.errors import InUse, InvalidFile
from emt_theory.ground.text import first_line, shown


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


def clear_drafts(folder: Path) -> None:
    """Remove what `write` leaves where its process is killed; whoever holds the folder's lock may."""
    for left in folder.glob(".*.part"):
        left.unlink(missing_ok=True)


def read_toml(path: str | os.PathLike[str]) -> dict[str, Any]:
    """What a TOML file says.

    Raises:
        InvalidFile: if there is no such file, it cannot be read, or it is not TOML.
    """
    source = named_path(path)
    named = shown(str(source))[1:-1]
    try:
        if source.exists() and not source.is_file():
            raise InvalidFile(f"{named} is no file")
        return tomllib.loads(source.read_bytes().decode())
    except FileNotFoundError:
        raise InvalidFile(f"{named}: no such file") from None
    except OSError as error:
        raise InvalidFile(f"{named} cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidFile(f"{named} is not a TOML file: {first_line(error)}") from None
    except (RecursionError, ValueError) as error:  # nested too deep, or a name that no file can have
        raise InvalidFile(f"{named} cannot be read: {first_line(error)}") from None


@contextmanager
def locked(folder: Path, what: str) -> Generator[None]:
    """Keep other processes out of a folder; the lock goes with the process, however it ends.

    Args:
        folder: an existing folder; the lock is its file `.lock`.
        what: what is going on in it, for the message to whoever comes second.

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
    lock = FileLock(folder / ".lock", timeout=0)
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
