"""Protocols by name, and in TOML files.

    steps = 4000
    learning_rate = 6e-3
    decay = "cosine"
    [curriculum]
    horizons = [16, 48]
    starts = [0, 0.5]              # or: threshold = 0.98

The keys are those of `Protocol`; what is left out has its default, and a key that is not one is refused. `base = "paper"` or
`base = "fast"` takes what is left out from there:

>>> from_dict({"base": "fast", "steps": 500}).learning_rate == FastProtocol().learning_rate
True
>>> from_dict({"base": "fast", "step": 500})
Traceback (most recent call last):
...
emt_theory.errors.InvalidOption: unknown field 'step'; did you mean 'steps'? A protocol has base, steps, learning_rate, ...
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from emt_theory.errors import InvalidOption
from emt_theory.ground.arguments import choice
from emt_theory.ground.files import read_toml
from emt_theory.ground.text import shown
from emt_theory.training.curriculum import Adaptive, Curriculum, Scheduled
from emt_theory.training.protocol import FastProtocol, PaperProtocol, Protocol

NAMED: dict[str, type[PaperProtocol] | type[FastProtocol]] = {"paper": PaperProtocol, "fast": FastProtocol}


def parse_protocol(text: str) -> Protocol:
    """The protocol that a text names: "paper", "fast", or a TOML file.

    Raises:
        InvalidOption: if there is no such protocol, or the file has an unknown field or a value that does not fit.
        InvalidFile: if the file cannot be read.

    >>> parse_protocol("fast") == FastProtocol()
    True
    """
    if not isinstance(text, str):
        raise InvalidOption(f"a protocol is named by a text, {', '.join(NAMED)} or a .toml file; got {shown(text)}")
    if text.lower() in NAMED:
        return NAMED[text.lower()]()
    if not text.endswith(".toml"):
        raise InvalidOption(f"unknown protocol {shown(text)}; known are {', '.join(NAMED)}, or a .toml file")
    described = read_toml(text)
    try:
        return from_dict(described)
    except InvalidOption as error:
        raise InvalidOption(f"{text}: {error}") from None


def from_dict(described: Mapping[str, Any]) -> Protocol:
    """The protocol that a dictionary with a file's keys describes.

    Raises:
        InvalidOption: if a field is unknown or missing, or its value does not fit.
    """
    known = ("base", *(f.name for f in fields(Protocol)))
    for key in described:
        if key not in known:
            near = difflib.get_close_matches(str(key), known, n=1)
            hint = f" did you mean {near[0]!r}?" if near else ""
            raise InvalidOption(f"unknown field {shown(key)};{hint} A protocol has {', '.join(known)}")
    given = {key: value for key, value in described.items() if key != "base"}
    if "curriculum" in given:
        given["curriculum"] = _curriculum(given["curriculum"])
    if "base" in described:
        return replace(NAMED[choice("base", described["base"], NAMED)](), **given)
    missing = [key for key in ("steps", "learning_rate", "curriculum") if key not in given]
    if missing:
        raise InvalidOption(
            f'the field {missing[0]!r} is missing; give it, or base = "fast" to take what is left out from there'
        )
    return Protocol(**given)


def _curriculum(described: Any) -> Curriculum:
    if isinstance(described, Mapping):
        keys = set(described)
        if keys == {"horizons", "threshold"}:
            return Adaptive(**described)
        if keys == {"horizons", "starts"}:
            return Scheduled(**described)
    raise InvalidOption(f"curriculum must hold horizons, and either starts or threshold; got {shown(described)}")
