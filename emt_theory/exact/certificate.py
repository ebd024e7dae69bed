"""A certificate: what was computed, in a form that can be kept, passed on and checked again.

It is plain JSON (a kind, the claims, the version of the form) with the SHA-256 of its canonical text. A certificate that was altered is refused:

>>> c = Certificate("example", {"rank": 36})
>>> Certificate.from_json(c.to_json()) == c
True
>>> Certificate.from_json(c.to_json().replace("36", "37"))
Traceback (most recent call last):
...
emt_theory.errors.InvalidCertificate: certificate "example" was altered: its content hashes to 82375278a110…, it carries 44f46ad3bbf8…
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from emt_theory.errors import InvalidCertificate
from emt_theory.ground.arguments import is_integer
from emt_theory.ground.brief import spelled
from emt_theory.ground.json import Record
from emt_theory.ground.text import first_line, plain, shown

_FORMAT = 1


@dataclass(frozen=True, eq=False)
class Certificate(Record):
    """Claims with the hash of their content.

    Attributes:
        kind: what is certified, such as "circuit".
        claims: JSON-ready values only: integers, strings, booleans, lists, objects, null. Exact numbers are strings "p/q"; floats are refused.

    Raises:
        InvalidCertificate: if the kind is no text, or the claims hold a float or anything that is not JSON.
    """

    kind: str
    claims: dict[str, Any]

    def __post_init__(self) -> None:
        if not isinstance(self.kind, str) or not isinstance(self.claims, dict):
            got = f"{shown(self.kind)} and {shown(self.claims)}"
            raise InvalidCertificate(f"not a certificate: kind must be a text and claims an object; got {got}")
        try:
            claims = json.loads(json.dumps(self.claims), parse_float=_refuse, parse_constant=_refuse)
        except (TypeError, ValueError, RecursionError) as error:  # ValueError: a longer integer than Python writes
            raise InvalidCertificate(f"cannot be certified: {first_line(error)}") from None
        object.__setattr__(self, "claims", claims)

    @cached_property
    def digest(self) -> str:
        """SHA-256, in hexadecimal, of the canonical JSON of format, kind and claims (sorted keys, no spaces)."""
        content = {"claims": self.claims, "format": _FORMAT, "kind": self.kind}
        return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()

    def to_dict(self) -> dict[str, Any]:
        """The certificate as a JSON-ready dictionary."""
        return {"format": _FORMAT, "kind": self.kind, "claims": self.claims, "sha256": self.digest}

    def to_json(self) -> str:
        """The certificate as text."""
        return json.dumps(self.to_dict(), indent=1)

    @classmethod
    def from_dict(cls, value: Any) -> Certificate:
        """Read a certificate and check its hash.

        Raises:
            InvalidCertificate: if it is not a certificate of this format, or if its content was altered.
        """
        if not isinstance(value, dict) or set(value) != {"format", "kind", "claims", "sha256"}:
            raise InvalidCertificate("not a certificate: expected an object with the keys format, kind, claims, sha256")
        if not is_integer(value["format"]) or value["format"] != _FORMAT:
            raise InvalidCertificate(f"certificate format {shown(value['format'])} is not {_FORMAT}, the one read here")
        certificate = cls(value["kind"], value["claims"])
        carried = value["sha256"] if isinstance(value["sha256"], str) else "nothing"
        if certificate.digest != carried:
            raise InvalidCertificate(
                f'certificate "{plain(value["kind"])}" was altered: its content hashes to {certificate.digest[:12]}…, '
                f"it carries {plain(carried[:12])}…"
            )
        return certificate

    @classmethod
    def from_json(cls, text: str) -> Certificate:
        """Read a certificate from text and check its hash."""
        try:
            value = json.loads(text)
        except (ValueError, TypeError, RecursionError) as error:
            raise InvalidCertificate(f"not a certificate: not JSON ({first_line(error)})") from None
        return cls.from_dict(value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Certificate) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    def __repr__(self) -> str:
        return f"Certificate({self.kind!r}, sha256={self.digest[:12]}…)"

    def __str__(self) -> str:
        return "\n".join([repr(self), *(f"  {name}: {spelled(claim)}" for name, claim in self.claims.items())])


def _refuse(number: str) -> None:
    raise TypeError(f"{number} is a float, which is not exact")
