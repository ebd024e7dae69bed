"""What can go wrong, by name.

Every error that the library raises on purpose is an `EMTError`; the command line turns one into a single line and exit code 2.
A message says what was wrong, where, and what would be right.
"""

from typing import Any


class EMTError(Exception):
    """Anything that `emt_theory` refuses; catch this to catch them all."""


class InvalidTask(EMTError, ValueError):
    """A task that cannot be read: unknown name, wrong shape, an entry that is not exact, a rule that is not linear."""


class InvalidNetwork(EMTError, ValueError):
    """Weights or inputs that do not fit together: missing, wrong or transposed shapes, NaN or infinity."""


class InvalidFile(EMTError, ValueError):
    """A file that is missing, truncated, foreign, or in the way."""


class InUse(InvalidFile):
    """A folder in which another process is at work."""


class InvalidOption(EMTError, ValueError):
    """An argument outside its range or its list of choices."""


class SchemeNotAllowed(EMTError, ValueError):
    """A compilation scheme whose conditions the task does not meet; names the number that breaks the condition."""


class InvalidCertificate(EMTError, ValueError):
    """A certificate whose content does not have the hash that it carries."""


class WorkLost(EMTError):
    """Work that was given to processes which died, again and again; `kept` is what came of the rest, by its place."""

    def __init__(self, message: str, kept: dict[int, Any] | None = None) -> None:
        super().__init__(message)
        self.kept = kept or {}


class NotDecompilable(EMTError):
    """A network from which no task could be recovered; `reason` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
