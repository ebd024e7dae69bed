r"""Modules of PyTorch, whole in a pickle, as plain data: their arrays under dotted keys, and what can be said of them without their code.

A module is pickled as its class's name and its attributes, among them

    _parameters, _buffers       its arrays
    _modules                    the modules in it, by name

which is all that a state dictionary is made of. The class is somebody's code, is not looked for, and may be gone. What it would do with its pieces,
`forward`, is not in the file, so a network that is read from them comes with a remark; and what the attributes of PyTorch's own layers say is heard
(`emt_theory.networks.reading.stated`), or refused:

>>> from emt_theory.networks.reading.pickles import Global
>>> own = {"_parameters": {}, "_modules": {}, "mode": "GRU", "num_layers": 1, "bidirectional": True, "proj_size": 0}
>>> told(Call(Global("__main__", "Net"), (), {"_parameters": {}, "_modules": {"rnn": Call(Global("x", "GRU"), (), own)}}))
Traceback (most recent call last):
...
emt_theory.errors.InvalidNetwork: 'rnn' is bidirectional: its second direction reads the sequence from its end, so that a state depends on inputs that
are still to come; only one direction is supported
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeGuard

from emt_theory.errors import InvalidFile, InvalidNetwork
from emt_theory.ground.text import cut, listed, plain, shown
from emt_theory.networks.reading.numpypickles import is_ndarray
from emt_theory.networks.reading.pickles import Call, Global
from emt_theory.networks.reading.stated import attributes, is_layer, is_module, names_sigma, nodes
from emt_theory.networks.reading.tensors import is_tensor

LONGEST_KEY = 500
_PARAMETERS = "param_groups"
"""What an optimizer calls the parameters that it changes: they are the network's own, once more."""
IDLE = ("Dropout", "Identity")
"""Modules that do nothing when they are evaluated."""


def is_array(value: Any) -> TypeGuard[Call]:
    """Whether this part of a pickle is a tensor of any kind, or an array of NumPy."""
    return is_tensor(value) or is_ndarray(value)


def tensors(tree: Any) -> dict[str, Call]:
    """The tensors and arrays in nested dictionaries, lists, modules and objects, by keys with dots.

    Each container is visited once, since it may contain itself, and no key is longer than `LONGEST_KEY`. Beside what a state dictionary has, a
    module's attributes that are tensors are there: a mask, for example. One alone in a list has the list's key.

    Raises:
        InvalidFile: if two have the same key.
    """
    found, seen, waiting = dict[str, Call](), set[int](), [("", tree)]
    while waiting:
        prefix, value = waiting.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        for key, child in _pieces(value).items():
            if len(prefix) + len(key) > LONGEST_KEY or key == _PARAMETERS:
                continue
            if isinstance(child, list | tuple) and len(child) == 1 and is_array(child[0]):
                child = child[0]
            if is_array(child):
                if f"{prefix}{key}" in found:
                    raise InvalidFile(f"two tensors are named {shown(prefix + key)}")
                found[f"{prefix}{key}"] = child
            elif isinstance(child, dict | list | tuple | Call):
                waiting.append((f"{prefix}{key}.", child))
    return found


def _pieces(value: Any) -> Mapping[str, Any]:
    """The pieces of a container by name, and what an object was made of, such as a named tuple."""
    made: Any = value.arguments if isinstance(value, Call) and not is_array(value) else ()
    return {**attributes(made), **attributes(value)} if isinstance(made, tuple) and made else attributes(value)


def told(tree: Any) -> tuple[str, ...]:
    """What has to be said of a network that is made of the modules in a pickle: nothing where there are none.

    Raises:
        InvalidNetwork: if a layer of PyTorch's in it is bidirectional, or projects its outputs.
    """
    found = [node for node in nodes(tree) if is_module(node.value)]
    for node in found:
        if is_layer(node.value):
            refuse_layer(node.place, node.value.state.get("bidirectional"), node.value.state.get("proj_size"))
    whole = [
        node for node in found if not any(other is not node and _holds(other.scope, node.scope) for other in found)
    ]
    remarks = [_unread(node.value) for node in whole]
    silent = [node for node in found if _is_mute(node.value) and not names_sigma(node.place.rpartition(".")[2])]
    mute = [f"{node.place} ({_class(node.value)})" for node in silent]
    return (*remarks, *unlooked(mute))


def unlooked(mute: Sequence[str]) -> tuple[str, ...]:
    """The remark on pieces of a module that have no weights; none where there are none."""
    return (f"pieces of the module that have no weights are not looked at: {_some(mute)}",) if mute else ()


def _holds(outer: str | None, inner: str | None) -> bool:
    return outer is not None and inner is not None and inner.startswith(outer)


def _unread(module: Call) -> str:
    layer = "its pieces" if not is_layer(module) else "it and its read-out"
    return (
        f"the file holds a whole module, {plain(str(module.function))}, whose forward was not read: "
        f"that {layer} are connected as input, recurrent layer, read-out is assumed"
    )


def _is_mute(module: Call) -> bool:
    """Whether it has no arrays and no modules in it, and does something."""
    state = module.state
    arrays = [array for name in ("_parameters", "_buffers") for array in attributes(state.get(name)).values()]
    return all(array is None for array in arrays) and not state["_modules"] and not _is_idle(module)


def _is_idle(module: Call) -> bool:
    return isinstance(module.function, Global) and module.function.name.startswith(IDLE)


def _class(module: Call) -> str:
    return plain(module.function.name) if isinstance(module.function, Global) else "of a class that is computed"


def _some(pieces: Sequence[str]) -> str:
    return cut(listed(pieces[:6]), 300) + (f" and {len(pieces) - 6} more" if len(pieces) > 6 else "")


def refuse_layer(place: str, bidirectional: Any, proj_size: Any) -> None:
    """Refuse a layer that is bidirectional, or projects its outputs.

    Raises:
        InvalidNetwork: if it is such a layer.
    """
    place = shown(place) if place else "the layer"
    if bidirectional is True:
        raise InvalidNetwork(
            f"{place} is bidirectional: its second direction reads the sequence from its end, so that a state depends on inputs that are "
            "still to come; only one direction is supported"
        )
    if proj_size:
        raise InvalidNetwork(
            f"{place} projects its outputs (proj_size={shown(proj_size)}); layers with projections are not supported"
        )
