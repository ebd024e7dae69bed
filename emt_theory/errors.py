"""What can go wrong, by name.

Every error that the library raises on purpose is an `EMTError`; the command line turns one into a single line and exit code 2.
A message says what was wrong, where, and what would be right.

A value of the wrong kind is refused by every public function alike, and no docstring says so again: what is no task by `InvalidTask`, what is no
network by `InvalidNetwork`, most others by `InvalidOption`.
"""

from typing import Any


class EMTError(Exception):
    """Anything that `emt_theory` refuses; catch this to catch them all.

    >>> from emt_theory.tasks import parse
    >>> try:
    ...     parse("T9")
    ... except EMTError as error:
    ...     print(type(error).__name__)
    InvalidTask
    """


class InvalidTask(EMTError, ValueError):
    """A task that cannot be read: unknown name, wrong shape, an entry that is not exact, a rule that is not linear.

    >>> from emt_theory.tasks import from_matrix
    >>> from_matrix([[0.5]], dim=1)
    Traceback (most recent call last):
    ...
    emt_theory.errors.InvalidTask: F[0][0] = 0.5 is a float, which is not exact; write an integer or a fraction such as "1/2"
    """


class InvalidNetwork(EMTError, ValueError):
    """Weights or inputs that do not fit together: missing, wrong or transposed shapes, NaN or infinity.

    >>> from emt_theory.networks import ElmanRNN
    >>> ElmanRNN(W_hh=[[0, 1], [1, 0]], W_uh=[[1], [0]], W_hy=[[1], [0]])
    Traceback (most recent call last):
    ...
    emt_theory.errors.InvalidNetwork: W_hy must have shape (d, N) = (1, 2); got (2, 1). Did you pass its transpose?
    """


class InvalidFile(EMTError, ValueError):
    """A file that is missing, truncated, foreign, or in the way.

    >>> from emt_theory.networks import load
    >>> load("nowhere.safetensors")
    Traceback (most recent call last):
    ...
    emt_theory.errors.InvalidFile: nowhere.safetensors: no such file
    """


class InUse(InvalidFile):
    """A folder in which another process is at work.

    >>> issubclass(InUse, InvalidFile)
    True
    """


class InvalidOption(EMTError, ValueError):
    """An argument outside its range or its list of choices.

    >>> from emt_theory import derive
    >>> from emt_theory.tasks import fibonacci
    >>> derive(fibonacci()).compile(hidden=1)
    Traceback (most recent call last):
    ...
    emt_theory.errors.InvalidOption: hidden = 1 is too small: scheme gated needs at least 2d(s+1) = 6 units
    """


class SchemeNotAllowed(EMTError, ValueError):
    """A compilation scheme whose conditions the task does not meet; names the number that breaks the condition.

    >>> from emt_theory import derive
    >>> from emt_theory.tasks import fibonacci
    >>> derive(fibonacci()).compile(scheme="saturating")
    Traceback (most recent call last):
    ...
    emt_theory.errors.SchemeNotAllowed: scheme saturating does not allow fibonacci: the largest row 1-norm of F is 2; it must be ...
    """


class InvalidCertificate(EMTError, ValueError):
    """A certificate whose content does not have the hash that it carries.

    >>> from emt_theory.exact import Certificate
    >>> Certificate.from_json("{}")
    Traceback (most recent call last):
    ...
    emt_theory.errors.InvalidCertificate: not a certificate: expected an object with the keys format, kind, claims, sha256
    """


class WorkLost(EMTError):
    """Work that was given to processes which died, again and again; `kept` is what came of the rest, by its place.

    >>> WorkLost("the process died", kept={0: "the first run"}).kept
    {0: 'the first run'}
    """

    def __init__(self, message: str, kept: dict[int, Any] | None = None) -> None:
        super().__init__(message)
        self.kept = kept or {}


class NotDecompilable(EMTError):
    """A network from which no task could be recovered; `reason` says why.

    >>> from emt_theory.analysis.decompile import decompile
    >>> from emt_theory.networks import ElmanRNN
    >>> decompile(ElmanRNN(W_hh=[[0]], W_uh=[[0]], W_hy=[[1]]))
    Traceback (most recent call last):
    ...
    emt_theory.analysis.decompiling.program.NoProgram: the outputs do not depend on the inputs, for any number s ≤ 16 of inputs
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
