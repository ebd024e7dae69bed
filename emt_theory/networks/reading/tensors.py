r"""A PyTorch tensor without PyTorch: from what a pickle says about it to a NumPy view, every number proved first.

A tensor is a window on a storage, a flat run of n numbers. It has an offset o, a shape (n_1, …, n_k) and strides (s_1, …, s_k), and its last entry
lies at o + Σ s_i (n_i − 1). A view is made only when

    o ≥ 0,    n_i ≥ 0,    s_i ≥ 0,    o + Σ s_i (n_i − 1) < n,    n_1 ⋯ n_k ≤ n,

the last so that a stride of 0 does not make a large array of a small file. The first column of a 2 × 2 matrix:

>>> view(Tensor("0", "float32", 4, 0, (2, 1), (2, 1)), np.arange(4, dtype="<f4").tobytes(), "<").tolist()
[[0.0], [2.0]]
>>> view(Tensor("0", "float32", 4, 1, (2, 2), (2, 1)), bytes(16), "<")
Traceback (most recent call last):
...
emt_theory.errors.InvalidFile: reaches beyond its storage: offset 1, shape (2, 2) and strides (2, 1) in 4 numbers

Source: torch/_utils.py; checked against torch 2.13.
"""

from __future__ import annotations

import math
from typing import Any, Literal, NamedTuple, TypeGuard

import numpy as np
from numpy.typing import NDArray

from emt_theory.errors import InvalidFile
from emt_theory.ground.text import plain, shown
from emt_theory.networks.reading.pickles import Call, Global, PersistentId

CODES = {"float16": "f2", "bfloat16": "u2", "float32": "f4", "float64": "f8"}
"""How NumPy writes the types that are read; a bfloat16 is kept as its bit pattern."""
_STORAGES = {
    "HalfStorage": "float16",
    "BFloat16Storage": "bfloat16",
    "FloatStorage": "float32",
    "DoubleStorage": "float64",
    "BoolStorage": "bool",
    "ByteStorage": "uint8",
    "CharStorage": "int8",
    "ShortStorage": "int16",
    "IntStorage": "int32",
    "LongStorage": "int64",
}
_TENSORS = ("_rebuild_tensor", "_rebuild_tensor_v2", "_rebuild_tensor_v3")
_PARAMETERS = ("_rebuild_parameter", "_rebuild_parameter_with_state")
MOST_AXES = 32
"""The most axes that an array in a pickle may have."""


class Tensor(NamedTuple):
    """A tensor that a pickle describes.

    Attributes:
        key: which storage it lies in.
        dtype: of what type its entries are.
        length: how many numbers the storage holds.
        offset: where in the storage it begins.
        shape: its shape.
        strides: how many numbers apart neighbours along each axis are.
    """

    key: str
    dtype: str
    length: int
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def is_tensor(value: Any) -> TypeGuard[Call]:
    """Whether this part of a pickle is a tensor of any kind."""
    function = value.function if isinstance(value, Call) else None
    return (
        isinstance(function, Global)
        and function.module.split(".")[0] == "torch"
        and function.name.startswith("_rebuild")
    )


def describe(call: Call) -> Tensor:
    """The tensor that a call of `torch._utils._rebuild_tensor_v2` makes, or a parameter around one.

    Raises:
        InvalidFile: if it is of another kind (sparse, quantized, …), or an argument is not what it has to be.
    """
    function, arguments = call.function, call.arguments
    if function.name in _PARAMETERS and isinstance(arguments, tuple) and arguments and is_tensor(arguments[0]):
        function, arguments = arguments[0].function, arguments[0].arguments
    if function.name not in _TENSORS:
        raise InvalidFile(
            f"is no plain tensor but one of {plain(str(function))}; save dense tensors of floating-point numbers"
        )
    if not isinstance(arguments, tuple) or len(arguments) < 4:
        raise InvalidFile("is malformed: it needs a storage, an offset, a shape and strides")
    _refuse_views(arguments[7:] if function.name == "_rebuild_tensor_v3" else arguments[6:])
    storage, offset, shape, strides = arguments[:4]
    dtype, key, length = _storage(storage)
    if not (
        are_counts((offset,)) and are_counts(shape) and are_counts(strides) and len(shape) == len(strides) <= MOST_AXES
    ):
        raise InvalidFile(
            "is malformed: offset, shape and strides must be integers of 0 to 2^63 − 1, and strides as many as axes"
        )
    if function.name == "_rebuild_tensor_v3":  # bytes, to be seen as a type that has no storage of its own
        dtype = shown(str(arguments[6])) if len(arguments) > 6 and isinstance(arguments[6], Global) else "bytes"
    return Tensor(key, dtype, length, offset, shape, strides)


def _refuse_views(metadata: tuple[Any, ...]) -> None:
    """Refuse a tensor that stands for the negative or the conjugate of its storage."""
    for bits in metadata:
        if isinstance(bits, dict) and (said := [name for name, bit in bits.items() if bit]):
            raise InvalidFile(
                f"is a view with its bit {shown(said[0])} set; in PyTorch, save it with .resolve_neg().resolve_conj()"
            )


def view(tensor: Tensor, storage: bytes, order: Literal["<", ">"]) -> NDArray[Any]:
    """The tensor as a read-only view of its storage.

    Args:
        tensor: a tensor of float16, bfloat16, float32 or float64.
        storage: the bytes of its storage.
        order: the byte order, little ``"<"`` or big ``">"``.

    Raises:
        InvalidFile: if it does not lie inside the storage, or has more entries.
    """
    dtype = np.dtype(order + CODES[tensor.dtype])
    _, _, length, offset, shape, strides = tensor
    if len(storage) != length * dtype.itemsize:
        raise InvalidFile(
            f"lies in a storage of {len(storage)} bytes, not the {length * dtype.itemsize} of {length} numbers of {tensor.dtype}"
        )
    window = f"offset {offset}, shape {shape} and strides {strides} in {length} numbers"
    if math.prod(shape) > length:
        raise InvalidFile(f"has more entries than its storage: {window}; save it with .clone()")
    if 0 in shape:
        return _empty(shape, dtype)
    if offset + sum(s * (n - 1) for s, n in zip(strides, shape, strict=True)) >= length:
        raise InvalidFile(f"reaches beyond its storage: {window}")
    # An axis of length 1 is never stepped along, so its stride need not fit into a machine word.
    steps = tuple(s * dtype.itemsize if n > 1 else 0 for s, n in zip(strides, shape, strict=True))
    return np.ndarray(shape, dtype, buffer=storage, offset=offset * dtype.itemsize, strides=steps)


def _empty(shape: tuple[int, ...], dtype: np.dtype[Any]) -> NDArray[Any]:
    try:
        return np.empty(shape, dtype)
    except ValueError:
        raise InvalidFile(f"has the shape {shape}, which no array has") from None


def _storage(value: Any) -> tuple[str, str, int]:
    """Type, key and length of a storage, from the persistent identifier ("storage", type, key, device, length)."""
    identifier = value.id if isinstance(value, PersistentId) else None
    if isinstance(identifier, tuple) and len(identifier) == 5:
        word, kind, key, _, length = identifier
        if word == "storage" and isinstance(kind, Global) and isinstance(key, str) and are_counts((length,)):
            return _STORAGES.get(kind.name, shown(str(kind))), key, length
    raise InvalidFile("is malformed: its storage is none")


def are_counts(values: Any) -> TypeGuard[tuple[int, ...]]:
    """Whether they are a tuple of lengths."""
    return isinstance(values, tuple) and all(type(value) is int and 0 <= value < 2**63 for value in values)
