"""Results as JSON, and as themselves in a notebook.

`to_json` turns what results are made of into what JSON has: a frozen dataclass becomes an object of its fields, an array nested lists, a complex
number [real, imaginary], a fraction "p/q", an enumeration its text; a float that is not finite, and what is absent, becomes null.

>>> to_json({"value": Fraction(2, 4), "roots": np.array([1j, 2]), "error": math.nan, "code": Absent("not a selection task")})
{'value': '1/2', 'roots': [[0.0, 1.0], [2.0, 0.0]], 'error': None, 'code': None}

A `Record` is a result that does this by itself. Its JSON has its fields; a class whose keys are promised lists them as `JSON`, each the name of an
attribute, or `key=attribute` where they differ; an attribute of an attribute is `key=one.other`:

>>> @dataclasses.dataclass(frozen=True)
... class Circle(Record):
...     JSON = ("radius", "size=area", "digits=radius.real")
...     radius: int
...
...     @property
...     def area(self) -> float:
...         return 3.0 * self.radius**2
>>> Circle(2).to_dict(), Circle(2)._repr_html_()
({'radius': 2, 'size': 12.0, 'digits': 2}, '<pre>Circle(radius=2)</pre>')
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping
from enum import Enum
from fractions import Fraction
from operator import attrgetter
from pathlib import PurePath
from typing import Any, ClassVar

import numpy as np

from emt_theory.ground.absent import Absent
from emt_theory.ground.text import Shown


class Record(Shown):
    """A result: it prints, shows itself in a notebook, and has a JSON form."""

    JSON: ClassVar[tuple[str, ...]] = ()
    """What its JSON holds, in order; empty for its fields."""

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        keys = (entry.partition("=")[::2] for entry in self.JSON or (f.name for f in dataclasses.fields(self)))  # type: ignore[arg-type]
        return {key: to_json(attrgetter(attribute or key)(self)) for key, attribute in keys}


def to_json(value: Any) -> Any:
    """The value as what JSON has.

    Raises:
        TypeError: if it holds something of another kind.
    """
    if value is None or (isinstance(value, bool | int | str) and not isinstance(value, Enum)):
        return value
    if isinstance(value, float | np.floating):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, complex | np.complexfloating):
        return [to_json(value.real), to_json(value.imag)]
    if isinstance(value, np.ndarray):
        return to_json(value.tolist())
    if isinstance(value, np.generic):
        return to_json(value.item())
    if isinstance(value, Absent):
        return None
    if isinstance(value, Enum):
        return to_json(value.value)
    if isinstance(value, Fraction | PurePath):
        return str(value)
    return _composed(value)


def canonical(value: Any) -> str:
    """The JSON text that equal values share, whatever process and version of Python writes it: keys sorted, no spaces, 2.0 written as 2.

    >>> canonical({"b": 2.0, "a": Fraction(2, 4), "c": [0.1, -0.0]})
    '{"a":"1/2","b":2,"c":[0.1,0]}'
    """
    return json.dumps(_plain(to_json(value)), sort_keys=True, separators=(",", ":"), allow_nan=False)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_plain(entry) for entry in value]
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 2**53 else value


def _composed(value: Any) -> Any:
    for form in ("to_dict", "to_json"):
        if callable(method := getattr(value, form, None)):
            return method()
    if isinstance(value, Mapping):
        return {str(to_json(key)): to_json(entry) for key, entry in value.items()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: to_json(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, list | tuple | set | frozenset):
        return [to_json(entry) for entry in value]
    raise TypeError(f"a {type(value).__name__} has no JSON form")
