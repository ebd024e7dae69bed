r"""Which array in a file is which weight: a pure function from names and shapes.

Two families of names are understood, each after any prefix (``model.rnn.weight_hh_l0``):

    weight     PyTorch's                               ours
    W_hh       weight_hh_l0                            W_hh
    W_uh       weight_ih_l0                            W_uh
    b_h        bias_ih_l0 + bias_hh_l0                 b_h
    W_hy       readout.weight, fc.weight, …            W_hy
    b_y        readout.bias, fc.bias, …                b_y

PyTorch names the recurrent weights but not the read-out, which is whatever linear layer the author put behind. It is
found by its name, or else by its shape: the only remaining matrix with N columns. Two candidates are refused, not
guessed at; so are networks of another kind.

>>> layout = find_layout({"rnn.weight_hh_l0": (4, 4), "rnn.weight_ih_l0": (4, 2), "fc.weight": (2, 4), "fc.bias": (2,)})
>>> layout.W_hy, layout.b_y, layout.b_h
('fc.weight', 'fc.bias', ())
>>> find_layout({"weight_hh_l0": (12, 4), "weight_ih_l0": (12, 2)})
Traceback (most recent call last):
...
emt_theory.errors.InvalidNetwork: 'weight_hh_l0' has shape (3N, N) = (12, 4), which looks like a GRU; those are not
supported yet
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from emt_theory.errors import InvalidNetwork

Naming = Literal["torch", "emt"]

WRITTEN: dict[Naming, dict[str, str]] = {
    "torch": {
        "W_hh": "rnn.weight_hh_l0",
        "W_uh": "rnn.weight_ih_l0",
        "W_hy": "readout.weight",
        "b_h": "rnn.bias_hh_l0",
        "b_y": "readout.bias",
    },
    "emt": {name: name for name in ("W_hh", "W_uh", "W_hy", "b_h", "b_y")},
}

_TORCH = re.compile(
    r"(?P<prefix>(?:.*[./_])?)(?P<kind>weight|bias)_(?P<side>hh|ih|hr)(?P<layer>_l\d+)?(?P<back>_reverse)?"
)
_OURS = re.compile(r"(?P<prefix>(?:.*[./_])?)(?P<name>W_hh|W_uh|W_hy|b_h|b_y)")
_READOUT = re.compile(
    r"(?:.*[./])?(?:readout|read_out|fc|linear|out|decoder|head)[^./]*(?:[./]\d+)?[./]weight", re.IGNORECASE
)
_GATED = {3: "a GRU", 4: "an LSTM"}


@dataclass(frozen=True)
class Layout:
    """What was taken for what.

    Attributes:
        W_hh: the key of the recurrent weights.
        W_uh: the key of the input weights.
        W_hy: the key of the read-out weights.
        b_h: the keys whose sum is the bias of the hidden units; none, one, or PyTorch's two.
        b_y: the key of the bias of the read-out, or None.
        ignored: the keys that play no part.
    """

    W_hh: str
    W_uh: str
    W_hy: str
    b_h: tuple[str, ...]
    b_y: str | None
    ignored: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready form."""
        return {
            "W_hh": self.W_hh,
            "W_uh": self.W_uh,
            "W_hy": self.W_hy,
            "b_h": list(self.b_h),
            "b_y": self.b_y,
            "ignored": list(self.ignored),
        }


def find_layout(shapes: Mapping[str, tuple[int, ...]]) -> Layout:
    """Find the weights of one Elman layer and its read-out.

    Args:
        shapes: the shape of every array in the file, by key.

    Raises:
        InvalidNetwork: if a weight is missing or there are two of it, or the network has several layers, two
            directions, or gates.
    """
    _refuse_other_torch_networks(shapes)
    w_hh, w_uh, biases = _find_recurrent(shapes)
    _refuse_gates(w_hh, shapes[w_hh])
    b_h = tuple(key for key in biases if key in shapes)
    remaining = [key for key in shapes if key not in {w_hh, w_uh, *b_h}]
    w_hy = _find_readout(remaining, shapes, columns=shapes[w_hh][-1])
    b_y = next((key for key in _readout_biases(w_hy) if key in remaining), None)
    ignored = tuple(sorted(key for key in remaining if key not in (w_hy, b_y)))
    return Layout(w_hh, w_uh, w_hy, b_h, b_y, ignored)


def _find_recurrent(shapes: Mapping[str, tuple[int, ...]]) -> tuple[str, str, tuple[str, ...]]:
    found: list[tuple[str, str, tuple[str, ...]]] = []
    for key in shapes:
        if (torch := _TORCH.fullmatch(key)) and torch["kind"] == "weight" and torch["side"] == "hh":
            head, layer = torch["prefix"], torch["layer"] or ""
            biases = (f"{head}bias_ih{layer}", f"{head}bias_hh{layer}")
            found.append((key, f"{head}weight_ih{layer}", biases))
        elif (ours := _OURS.fullmatch(key)) and ours["name"] == "W_hh":
            found.append((key, f"{ours['prefix']}W_uh", (f"{ours['prefix']}b_h",)))
    if not found:
        raise InvalidNetwork(
            f"no recurrent weights: a key that ends in weight_hh_l0 (PyTorch) or W_hh is missing; {_inventory(shapes)}"
        )
    if len(found) > 1:
        raise InvalidNetwork(f"two recurrent layers, {_listed([f[0] for f in found])}; only one is supported")
    if found[0][1] not in shapes:
        raise InvalidNetwork(f"no input weights: {found[0][1]!r} is missing; {_inventory(shapes)}")
    return found[0]


def _find_readout(remaining: Sequence[str], shapes: Mapping[str, tuple[int, ...]], columns: int) -> str:
    named = [
        key for key in remaining if _READOUT.fullmatch(key) or ((m := _OURS.fullmatch(key)) and m["name"] == "W_hy")
    ]
    matrices = [key for key in named if len(shapes[key]) == 2]
    candidates = matrices or named or [key for key in remaining if len(shapes[key]) == 2 and shapes[key][1] == columns]
    if not candidates:
        raise InvalidNetwork(
            "no read-out: a key such as 'readout.weight', 'fc.weight' or 'W_hy', or any other matrix with "
            f"N = {columns} columns, is missing; {_inventory(shapes)}"
        )
    if len(candidates) > 1:
        raise InvalidNetwork(f"{len(candidates)} possible read-outs, {_listed(candidates)}; keep one")
    return candidates[0]


def _readout_biases(w_hy: str) -> list[str]:
    if w_hy.endswith("weight"):
        return [w_hy.removesuffix("weight") + "bias"]
    return [w_hy.removesuffix("W_hy") + "b_y"] if w_hy.endswith("W_hy") else ["b_y"]


def _refuse_other_torch_networks(shapes: Mapping[str, tuple[int, ...]]) -> None:
    for key in sorted(shapes):
        if not (match := _TORCH.fullmatch(key)):
            continue
        if match["back"]:
            raise InvalidNetwork(f"{key!r} belongs to a bidirectional network; only one direction is supported")
        if match["layer"] not in (None, "_l0"):
            raise InvalidNetwork(f"{key!r} belongs to a network of several layers; only one layer is supported")
        if match["side"] == "hr":
            raise InvalidNetwork(f"{key!r} belongs to an LSTM with projections; those are not supported yet")


def _refuse_gates(key: str, shape: tuple[int, ...]) -> None:
    for gates, kind in _GATED.items():
        if len(shape) == 2 and shape[1] > 0 and shape[0] == gates * shape[1]:
            raise InvalidNetwork(
                f"{key!r} has shape ({gates}N, N) = {shape}, which looks like {kind}; those are not supported yet"
            )
    if len(shape) != 2:
        raise InvalidNetwork(f"{key!r} must have shape (N, N); got {shape}")


def _inventory(shapes: Mapping[str, tuple[int, ...]]) -> str:
    if not shapes:
        return "the file holds no arrays"
    shown = ", ".join(f"{key} {shape}" for key, shape in sorted(shapes.items())[:8])
    return f"the file holds {shown}{', …' if len(shapes) > 8 else ''}"


def _listed(keys: Sequence[str]) -> str:
    return " and ".join(repr(key) for key in sorted(keys))
