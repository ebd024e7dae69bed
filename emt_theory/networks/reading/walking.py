r"""The containers of a tree of arrays, one after the other, with what lies in each.

Mappings and sequences count at each place where they stand, so that layers that share their weights are as many as they are; an object that is an
attribute of several others, which is how objects know each other, counts once. What contains itself is passed over inside itself.

>>> cell = {"W": np.eye(2), "alpha": 0.5}
>>> [(piece.key, [key for key, _ in piece.leaves]) for piece in walked({"rnn0": cell, "rnn1": cell})]
[('', []), ('rnn1', ['rnn1.W', 'rnn1.alpha']), ('rnn0', ['rnn0.W', 'rnn0.alpha'])]
"""

from __future__ import annotations

import dataclasses
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from types import FunctionType, ModuleType
from typing import Any, NamedTuple

import numpy as np

from emt_theory.errors import InvalidNetwork
from emt_theory.networks.activations import ACTIVATIONS, activation

_LIBRARIES = ("equinox", "flax", "haiku", "jax", "torch")
_MOST, _MOST_LEAVES, _DEEPEST = 1_000_000, 100_000, 200
_FAR = np.array([10.0, 100.0, 1e4, 1e8])
_GRID = np.concatenate([np.linspace(-3, 3, 61), _FAR, -_FAR])
"""Numbers on which a σ is told from others; the far ones tell one that is clipped."""
_SAME, _SAME_SINGLE = 1e-12, 1e-5


class Piece(NamedTuple):
    """A container.

    Attributes:
        key: where it stands, with dots.
        children: what lies in it, by name.
        leaves: the arrays and numbers among these, by key.
        value: the container.
    """

    key: str
    children: list[tuple[str, Any]]
    leaves: list[tuple[str, Any]]
    value: Any = None

    @property
    def is_of_library(self) -> bool:
        """Whether its class is one of a library's own."""
        return _is_object(self.value) and type(self.value).__module__.partition(".")[0] in _LIBRARIES


class _Place(NamedTuple):
    """Where a container stands: its key, and those that it lies in, the innermost first."""

    key: str
    value: Any
    within: _Place | None = None
    depth: int = 0

    def lies_in(self, value: Any) -> bool:
        place: _Place | None = self
        while place is not None:
            if place.value is value:
                return True
            place = place.within
        return False


def walked(tree: Any) -> Iterator[Piece]:
    """The containers of a tree.

    Raises:
        InvalidNetwork: if there is no end of them.
    """
    if is_array(tree) or is_numbers(tree):
        yield Piece("", [], [("", tree)])
        return
    seen, waiting, pieces, leaves = dict[int, Any](), [_Place("", tree)], 0, 0
    while waiting:
        place = waiting.pop()
        if id(place.value) in seen and place.within is not None and _is_object(place.within.value):
            continue
        seen[id(place.value)] = place.value  # kept, so that its id stays its own
        piece = _opened(place)
        pieces, leaves = pieces + 1, leaves + len(piece.leaves)
        if leaves > _MOST_LEAVES or pieces > _MOST:
            raise InvalidNetwork(
                f"it holds more than {_MOST_LEAVES:,} arrays and numbers; give the arrays of the network alone"
            )
        yield piece
        taken = {key for key, _ in piece.leaves}
        for name, child in piece.children:
            inner = _Place(_join(place.key, name), child, place, place.depth + 1)
            if inner.key not in taken and inner.depth <= _DEEPEST and _holds(child) and not place.lies_in(child):
                waiting.append(inner)


def _opened(place: _Place) -> Piece:
    children = _children(place.value)
    counts = _counts_numbers(place.value)
    leaves = [
        (_join(place.key, name), child)
        for name, child in children
        if is_array(child) or is_numbers(child) or (is_number(child) and counts(child))
    ]
    return Piece(place.key, children, leaves, place.value)


def _join(key: str, name: str) -> str:
    return f"{key}.{name}" if key else name


def is_array(value: Any) -> bool:
    """Whether it has a shape and a dtype."""
    return not isinstance(value, type) and hasattr(value, "shape") and hasattr(value, "dtype")


def is_number(value: Any) -> bool:
    """Whether it is a number of Python's."""
    return isinstance(value, int | float) and not isinstance(value, bool | Enum | np.generic)


def is_numbers(value: Any) -> bool:
    """Whether it is numbers in brackets, as [[0, 1], [1, 0]] is."""
    for _ in range(4):
        if not isinstance(value, list | tuple) or not value:
            return False
        value = value[0]
        if isinstance(value, int | float):
            return True
    return False


def _counts_numbers(value: Any) -> Callable[[Any], bool]:
    """Which numbers in a container play a part: all in mappings and sequences, what is no size in an object, none in one of a library."""
    if not _is_object(value):
        return lambda number: True
    libraries = any(made.__module__.partition(".")[0] in _LIBRARIES for made in type(value).__mro__)
    return lambda number: not libraries and isinstance(number, float)


def _is_object(value: Any) -> bool:
    return not isinstance(value, Mapping | list | tuple)


def _holds(value: Any) -> bool:
    return (
        not isinstance(value, str | bytes | int | float | complex | type | ModuleType | FunctionType)
        and value is not None
    )


def _children(value: Any) -> list[tuple[str, Any]]:
    if not isinstance(value, type) and callable(make := getattr(value, "state_dict", None)):  # a PyTorch module
        held: Any = make()
        value = {**_attributes(value), **held} if isinstance(held, Mapping) else held
    if isinstance(value, Mapping):
        return [(str(name), child) for name, child in value.items()]
    if hasattr(value, "_fields"):
        return [(name, getattr(value, name)) for name in value._fields]
    if isinstance(value, list | tuple):
        return [(str(index), child) for index, child in enumerate(value)]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return [(field.name, getattr(value, field.name, None)) for field in dataclasses.fields(value)]
    return [(name, child) for name, child in getattr(value, "__dict__", {}).items() if not name.startswith("_")]


def _attributes(module: Any) -> dict[str, Any]:
    """Attributes of the modules in one of PyTorch's that are arrays and no parameters: a mask, for example."""
    parts = getattr(module, "named_modules", dict[str, Any]().items)()
    return {
        f"{place}.{name}" if place else name: one
        for place, part in parts
        for name, one in vars(part).items()
        if is_array(one) and not name.startswith("_")
    }


def sigma_of(function: Any, name: str) -> str:
    """The σ that a function or a class of them is: what it makes of numbers, or the name of what cannot be tried.

    A function that has the name of a σ and computes something else, as a `Hardtanh` with limits of its own does, gets a name that is unknown.

    >>> sigma_of(lambda v: np.maximum(v, 0), "f"), sigma_of(lambda v: np.clip(v, 0, 5), "relu")
    ('relu', 'relu with other values')
    """
    found = None if isinstance(function, type) else _tried(function)
    if found is None:
        return name
    close = _SAME_SINGLE if found.dtype.itemsize < 8 else _SAME
    for sigma in ACTIVATIONS:
        right = sigma.function(_GRID)
        if (np.abs(right - found) <= close * np.maximum(1, np.abs(right))).all():
            return sigma.name
    return f"{name} with other values" if _is_known(name) else name


def _is_known(name: str) -> bool:
    try:
        return bool(activation(name))
    except InvalidNetwork:
        return False


def _tried(function: Any) -> Any:
    """What a function makes of numbers, as an array; None where it takes none."""
    torch: Any = sys.modules.get("torch")
    for numbers in [np.copy, *([torch.from_numpy] if hasattr(torch, "from_numpy") else [])]:
        try:
            with np.errstate(all="ignore"), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                made = function(numbers(_GRID.copy()))
                found = np.asarray(made.detach() if hasattr(made, "detach") else made)
        except Exception:  # noqa: BLE001 — the function is the user's
            continue
        if found.shape == _GRID.shape and found.dtype.kind == "f" and found.dtype.itemsize >= 4:
            return found
    return None
