r"""Arrays and numbers of NumPy in a pickle, without unpickling: every length proved before bytes become numbers.

    multiarray._reconstruct, with the state (1, shape, type, column-major, bytes)        an array, up to protocol 4
    numeric._frombuffer(bytes, type, shape, order)                                       an array, protocol 5
    multiarray.scalar(type, bytes)                                                       a number

A type is ``dtype("f8", …)`` with the state (3, "<", …). Of what is no weight, whole numbers or pickled objects, only shape and type are kept:

>>> import pickle
>>> from emt_theory.networks.reading.pickles import interpret
>>> call = interpret(pickle.dumps(np.arange(6.0).reshape(2, 3).T))
>>> is_ndarray(call), ndarray(call).array.tolist()
(True, [[0.0, 3.0], [1.0, 4.0], [2.0, 5.0]])
>>> number(interpret(pickle.dumps(np.float64(0.2))))
0.2

Source: numpy/_core/src/multiarray/methods.c (array_reduce); checked against NumPy 1.26 and 2.4.
"""

from __future__ import annotations

import math
import re
from typing import Any, TypeGuard

import numpy as np
from numpy.typing import NDArray

from emt_theory.errors import InvalidFile
from emt_theory.ground.text import shown
from emt_theory.networks.reading.content import Entry
from emt_theory.networks.reading.pickles import Call, Global
from emt_theory.networks.reading.tensors import MOST_AXES, are_counts

_MODULES = re.compile(r"numpy\._?core\.(?:multiarray|numeric)")
_WEIGHTS = {"f2": "float16", "f4": "float32", "f8": "float64"}
_WHOLE = {"i": "int", "u": "uint", "b": "bool"}


def is_ndarray(value: Any) -> TypeGuard[Call]:
    """Whether this part of a pickle is an array of NumPy."""
    return _made_by(value) in ("_reconstruct", "_frombuffer")


def _made_by(value: Any) -> str:
    function = value.function if isinstance(value, Call) else None
    return function.name if isinstance(function, Global) and _MODULES.fullmatch(function.module) else ""


def ndarray(call: Call) -> Entry:
    """The array that a call makes.

    Raises:
        InvalidFile: if it is malformed, or its bytes are more or fewer than its shape needs.
    """
    if _made_by(call) == "_frombuffer":
        parts: Any = call.arguments if isinstance(call.arguments, tuple) and len(call.arguments) == 4 else (None,) * 4
        data, kind, shape, column_major = *parts[:3], parts[3] == "F"
    else:
        state: Any = call.state
        _, shape, kind, column_major, data = state if isinstance(state, tuple) and len(state) == 5 else (None,) * 5
    code, order = _type(kind)
    if not code or not are_counts(shape) or len(shape) > MOST_AXES:
        raise InvalidFile("is malformed: an array of NumPy needs a shape and a type")
    if code not in _WEIGHTS:
        return Entry(shape, _named(code), None)
    flat = _numbers(_bytes(data), code, order, math.prod(shape))
    try:
        return Entry(shape, _WEIGHTS[code], flat.reshape(shape, order="F" if column_major is True else "C"))
    except ValueError:  # empty, and longer along another axis than NumPy can count
        raise InvalidFile(f"has the shape {shape}, which no array has") from None


def number(value: Any) -> float | None:
    """The number of NumPy that a part of a pickle is; None where it is none."""
    arguments = value.arguments if _made_by(value) == "scalar" else None
    if not isinstance(arguments, tuple) or len(arguments) != 2:
        return None
    code, order = _type(arguments[0])
    if code not in _WEIGHTS and code[:1] not in ("i", "u"):
        return None
    try:
        return float(_numbers(_bytes(arguments[1]), code, order, 1)[0])
    except (InvalidFile, TypeError):
        return None


def _numbers(data: bytes, code: str, order: str, count: int) -> NDArray[Any]:
    dtype = np.dtype(order + code)
    if len(data) != count * dtype.itemsize:
        raise InvalidFile(f"has {len(data)} bytes, not the {count * dtype.itemsize} of {count} numbers of {code}")
    return np.frombuffer(data, dtype)


def _type(value: Any) -> tuple[str, str]:
    """The code of a type, such as f8, and its byte order; nothing where it is none."""
    if not isinstance(value, Call) or value.function != Global("numpy", "dtype"):
        return "", "<"
    code = value.arguments[0] if isinstance(value.arguments, tuple) and value.arguments else None
    order = value.state[1] if isinstance(value.state, tuple) and len(value.state) > 1 else "<"
    return (code if isinstance(code, str) else ""), (order if order in ("<", ">") else "<")


def _named(code: str) -> str:
    if code[0] == "O":
        return "a pickled object, which is not read, since that could run code"
    if code == "b1":
        return "bool"
    if code[0] in _WHOLE and code[1:].isdecimal() and len(code) < 4:
        return f"{_WHOLE[code[0]]}{8 * int(code[1:])}"
    return shown(code)


def _bytes(value: Any) -> bytes:
    """Bytes as they stand in a pickle; up to protocol 2 as a text that is encoded again."""
    if isinstance(value, Call) and value.function == Global("_codecs", "encode") and isinstance(value.arguments, tuple):
        text = value.arguments[0] if len(value.arguments) == 2 and value.arguments[1] == "latin1" else None
        if isinstance(text, str) and all(character <= "\xff" for character in text):
            return text.encode("latin-1")
    if isinstance(value, Call) and value.function == Global("__builtin__", "bytes") and value.arguments == ():
        return b""
    if isinstance(value, bytes | bytearray):
        return bytes(value)
    raise InvalidFile("is malformed: an array of NumPy without its bytes")
