"""Arrays that no weight is made of: those that are known to play no part, and those that might change the network.

Few things are known to change nothing: a counter, the state of an optimizer, a copy of what is used, a curve or data by the name, an initial state of
0, whole numbers that are sizes, and what has no axis as long as any that the network has, and more than one number. Everything else is refused by
name, with the call that says what is meant, because leaving it out could make another network.

>>> from emt_theory.networks.reading.content import Content, Entry
>>> from emt_theory.networks.reading.layouts import find_layout
>>> from emt_theory.networks.reading.site import assembled
>>> shapes = {"rnn.weight_hh_l0": (4, 4), "rnn.weight_ih_l0": (4, 2), "fc.weight": (3, 4), "skip.weight": (3, 2), "loss": (9,)}
>>> site = assembled(find_layout(shapes), Content({key: Entry(shape, "float64", np.zeros(shape)) for key, shape in shapes.items()}, {}))
>>> [is_idle(site, key) for key in site.left]
[True, False]
>>> print(refusal(site, ["skip.weight"])[:112])
'skip.weight' of shape (3, 2) is not used, and would change the network: it looks like a connection from inputs
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from emt_theory.ground.text import shown
from emt_theory.networks.reading.content import Entry
from emt_theory.networks.reading.expressions import key as array_of
from emt_theory.networks.reading.layers import call
from emt_theory.networks.reading.site import Site
from emt_theory.networks.reading.words import (
    COUNTER,
    CURVE,
    DALE,
    DATA,
    MASK,
    PARAMETER,
    RATE,
    RECORDED,
    SCORE,
    SIZES,
    STATE,
    head,
    is_optimizers,
    leaf,
    sounds_embedding,
    word,
)

_SHOWN = 12
"""How many keys a message lists."""
_WHOLE = ("int", "uint", "bool", "object", "a pickled object")
_TEXT = re.compile(r"[<>|=]?[US]\d|str|bytes")
_LISTED = re.compile(r"(?:[./]\d+)+$")
"""How keys of arrays in a list end: what they are called is the list's name."""


def is_idle(site: Site, key: str) -> bool:
    """Whether an array is known to change nothing, by its name, its shape and its entries."""
    entry, name = site.content.entries[key], word(_LISTED.sub("", key))
    single = len(entry.shape) <= 1 or set(entry.shape) == {1}
    if 0 in entry.shape or is_optimizers(key) or (single and COUNTER.fullmatch(name)):
        return True
    if _is_copy(site, key) or _TEXT.match(entry.dtype) or _is_recorded(site, name, entry.shape):
        return True
    whole = entry.dtype.startswith(_WHOLE)
    if re.fullmatch(STATE, name) and entry.array is not None and not whole:
        return not site.content.array(key).any()
    if any(known.fullmatch(name) for known in (PARAMETER, MASK, DALE, RATE)):
        return False
    return not _fits(site, key, entry, whole)


def _fits(site: Site, key: str, entry: Entry, whole: bool) -> bool:
    """Whether it has the shape of something that acts: a number, or an array with an axis as long as one of the network's."""
    shape, lengths = entry.shape, _lengths(site)
    if whole:
        ones = set() if "object" in entry.dtype else {1} & {site.sizes[0], site.sizes[2]}
        units = {layer.hidden for layer in site.layout.layers}
        return not _are_sizes(word(key), entry, units) and bool(set(shape) & (lengths | ones))
    modules = {head(used) for layer in site.layout.layers for used in layer.keys} - {""}
    return set(shape) <= {1} or bool(set(shape) & lengths) or head(key) in modules


def _are_sizes(name: str, entry: Entry, units: set[int]) -> bool:
    """Whether whole numbers are sizes or options of a module, one or a list; others may be signs, a mask or a permutation."""
    shape = entry.shape
    if not shape or (SIZES.fullmatch(name) and (len(shape) == 1 or set(shape) == {1})):
        return True
    if len(shape) > 1 or set(shape) & units or entry.array is None:
        return False
    values = sorted(entry.array.tolist())
    in_a_row = values[-1] - values[0] == len(set(values)) - 1 == len(values) - 1
    return not in_a_row and not set(values) <= {-1, 0, 1}


def _is_recorded(site: Site, name: str, shape: tuple[int, ...]) -> bool:
    """Whether it is a curve or data by its name; a name that weights may have too does not excuse a shape that they may have."""
    axes, lengths = set(shape), _lengths(site)
    if CURVE.fullmatch(name):
        return len(shape) <= 1 or not axes & lengths
    if RECORDED.fullmatch(name):
        return len(shape) >= 2 and not axes <= lengths
    if SCORE.fullmatch(name) or (len(shape) >= 2 and DATA.fullmatch(name)):
        return not axes & lengths or (len(shape) >= 3 and not axes & {layer.hidden for layer in site.layout.layers})
    return False


def _lengths(site: Site) -> set[int]:
    """How long the axes of the network's arrays are, 1 left out."""
    arrays = [array for values in site.values for array in values.values() if array is not None]
    return {size for array in arrays for size in np.shape(array)} - {1}


def _is_copy(site: Site, key: str) -> bool:
    """Whether an array of the same module that is used holds the same numbers, under a name with which this one begins."""
    arrays = {name: entry.array for name, entry in site.content.entries.items() if entry.array is not None}
    used = [name for layer in site.layout.layers for name in layer.keys if key != name and key.startswith(name)]
    return key in arrays and any(np.array_equal(arrays[key], arrays[name]) for name in used if name in arrays)


def refusal(site: Site, keys: Sequence[str]) -> str:
    """Why arrays are refused, the most telling one by name, and how to say what is meant.

    Args:
        site: the network in the making.
        keys: those of its arrays that might change it.
    """
    key = max(keys, key=lambda key: (len(site.content.shapes[key]), leaf(key).startswith("running_")))
    name = word(key)
    text = f"{shown(key)} of shape {site.content.shapes[key]} is not used, and would change the network"
    some = [str(array_of(key)) for key in keys[:_SHOWN]] + ["…"] * (len(keys) > _SHOWN)
    idle = f"if it plays no part, say so: {call({'ignore': ', '.join(some)})}"
    if RATE.fullmatch(name):
        return f"{text} if its units leak: then pass alpha=dt/τ and leak='state' or leak='preactivation'; {idle}"
    what, meant = _looks(site, key, name)
    looks = f": it looks like {what}" if what else ""
    return f"{text}{looks}; {meant}{idle}"


def _looks(site: Site, key: str, name: str) -> tuple[str, str]:
    """What an array looks like, and the call that takes it in, where one does."""
    shape, (d_in, n, d_out) = site.content.shapes[key], site.sizes
    if f"{head(key)}running_mean" in site.left:
        return "a batch normalization, whose place its size does not tell", ""
    if re.fullmatch(STATE, name) and "initial" in site.values[0]:
        return "a second initial state", ""
    if sounds_embedding(key) and len(shape) == 2 and shape[1] == d_in:
        driven = site.layout.name(0, site.driven)
        folded = {driven: f"{site.layout.layers[0].weights[site.driven]} @ {array_of(key)}.T"}
        return "an embedding", f"if inputs are one-hot and go through it: {call(folded)}; "
    if DALE.fullmatch(name):
        signed = {weight: f"abs({source}) @ {array_of(key)}" for weight, source in _weights(site, shape).items()}
        return "the signs of units", f"if columns have them: {call(signed)}; " if signed and len(shape) == 2 else ""
    if MASK.fullmatch(name):
        masked = {weight: f"{source} * {array_of(key)}" for weight, source in _weights(site, shape).items()}
        return "a mask", f"if weights are multiplied by it: {call(masked)}; " if len(masked) == 1 else ""
    if len(shape) == 1 and {f"{head(key)}weight", f"{head(key)}bias"} <= set(site.left):
        return "a normalization", ""
    if len(shape) == 2 and shape[1] == n != d_in:
        return "a second read-out", ""
    skip = "a connection from inputs to outputs" if shape == (d_out, d_in) and d_in != n else ""
    if len(shape) == 2 and shape[0] == d_in != n and name == "weight":
        told = f"a linear layer in front{', or ' * bool(skip)}{skip}"
        return told, f"if it is in front and nothing else stands between, fold it: {call(_folded(site, key))}; "
    if skip:
        return skip, ""
    if name.startswith("b") and shape == (n,) and (bias := site.layout.layers[-1].weights.get(site.bias)):
        return (
            "one more bias",
            f"if it is added: {call({site.layout.name(len(site.values) - 1, site.bias): f'{bias} + {array_of(key)}'})}; ",
        )
    return "", ""


def _weights(site: Site, shape: tuple[int, ...]) -> dict[str, str]:
    """The matrices of this shape, by what ``names=`` calls them, and where they come from."""
    return {
        site.layout.name(k, weight): str(source)
        for k, (values, layer) in enumerate(zip(site.values, site.layout.layers, strict=True))
        for weight, source in layer.weights.items()
        if len(shape) == 2 and np.shape(values[weight]) == shape
    }


def _folded(site: Site, key: str) -> dict[str, str]:
    """``names=`` with this linear layer, x ↦ A x + a, in front: W_uh A, and W_uh a in the bias."""
    weights, name = site.layout.layers[0].weights, site.layout.name
    driven, changed = weights[site.driven], dict[str, str]()
    changed[name(0, site.driven)] = f"{driven} @ {array_of(key)}"
    if (shift := f"{head(key)}bias") in site.left:
        moved = f"{driven} @ {array_of(shift)}"
        changed[name(0, site.bias)] = f"{weights[site.bias]} + {moved}" if site.bias in weights else moved
    return changed
