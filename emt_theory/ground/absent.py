"""What could not be measured, as a value: false, null in JSON, and its text says why.

>>> found = Absent("fewer than 2 sequences are right")
>>> bool(found), str(found)
(False, 'fewer than 2 sequences are right')
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from emt_theory.ground.text import Shown


@dataclass(frozen=True)
class Absent(Shown):
    """Stands where a measurement would, and says why there is none.

    Attributes:
        reason: a sentence without its full stop.
    """

    reason: str

    def __bool__(self) -> Literal[False]:
        return False

    def to_dict(self) -> dict[str, str]:
        """JSON-ready, where it is all that there is; inside a result it is null."""
        return {"reason": self.reason}

    def __str__(self) -> str:
        return self.reason
