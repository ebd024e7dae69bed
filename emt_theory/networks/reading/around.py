r"""What stands around the recurrent layers in a file, and can be taken in exactly: every such kind of arrays is one entry of `AROUND`.

    initial state           z(0)
    alpha                   α of leaky units
    Dale's law              |W| in place of W, with the sign of a unit on a diagonal
    embedding               inputs are one-hot, so W_uh E^T in place of W_uh
    batch normalization     at evaluation the affine map x ↦ g ∘ x + c,  g = γ/√(v + ε),  c = β − g ∘ m: folded into the weights behind it

What is left afterwards plays no part, or is refused by `emt_theory.networks.reading.leftovers`; so an entry that is missing here is a refusal, and
never a wrong network.

>>> from emt_theory.networks.reading.content import Content, Entry
>>> from emt_theory.networks.reading.layouts import find_layout
>>> arrays = {"weight_hh": np.eye(2), "weight_ih": np.ones((2, 1)), "fc.weight": np.ones((1, 2)), "h0": np.ones((1, 2)), "loss": np.ones(9)}
>>> content = Content({name: Entry(a.shape, "float64", a) for name, a in arrays.items()}, {})
>>> found = surround(find_layout(content.shapes), content)
>>> found.values[0]["initial"].tolist(), found.left, found.remarks
([1.0, 1.0], ['loss'], ["'h0' is its initial state"])
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from emt_theory.errors import InvalidNetwork
from emt_theory.ground.arrays import Array
from emt_theory.ground.text import shown
from emt_theory.networks.kinds import KINDS
from emt_theory.networks.reading.content import Content
from emt_theory.networks.reading.layouts import Layout
from emt_theory.networks.reading.leftovers import is_idle, refusal
from emt_theory.networks.reading.psychnames import dales_law
from emt_theory.networks.reading.site import Site, assembled
from emt_theory.networks.reading.words import STATE, head, is_embedding, leaf

_EPSILON = 1e-5
"""ε of a batch normalization, which no file says: the default of PyTorch."""


class Around(NamedTuple):
    """A kind of arrays that stand around recurrent layers.

    Attributes:
        name: what they are.
        pattern: a regular expression for the last pieces of their keys, in lower case.
        take: given a site and a key, takes the array in, and says which keys are accounted for by that; none where it is not of this kind after all.
    """

    name: str
    pattern: str
    take: Callable[[Site, str], tuple[str, ...]]


def surround(layout: Layout, content: Content, leaky: bool = False) -> Site:
    """The weights of every layer, with what stands around taken in, and what is left: it plays no part.

    Args:
        layout: what was taken for what.
        content: what the file holds.
        leaky: whether units leak, as far as the caller or the file says.

    Raises:
        InvalidNetwork: if a weight is none of floating-point numbers, or shapes do not fit where arrays are joined; if an array that is not used
            would change the network.
    """
    site = assembled(layout, content)
    site.leaky = leaky or layout.kind == "leaky"
    for kind in AROUND:
        for key in list(site.left):
            if (
                key in site.left
                and key not in layout.waived
                and re.fullmatch(rf"(?:.*[./])?(?:{kind.pattern})", key.lower())
            ):
                taken = kind.take(site, key)
                site.left = [other for other in site.left if other not in taken]
    if changing := [key for key in site.left if key not in layout.waived and not is_idle(site, key)]:
        raise InvalidNetwork(refusal(site, changing))
    return site


def _initial(site: Site, key: str) -> tuple[str, ...]:
    """h(0), or h(0) and c(0) of an LSTM, of one layer or of all."""
    keys = [key]
    if site.layout.kind == "lstm" and (cell := head(key) + leaf(key).replace("h", "c", 1)) in set(site.left) - {key}:
        keys.append(cell)
    rows = [_by_layer(site, name) for name in keys]
    taken = any("initial" in values for values in site.values)  # of two nobody can tell which is meant
    if taken or not site.content.array(key).any() or any(row is None for row in rows):
        return ()
    for k, (values, layer) in enumerate(zip(site.values, site.layout.layers, strict=True)):
        start = np.concatenate([row[k] for row in rows if row is not None])
        values["initial"] = np.pad(start, (0, max(0, len(KINDS[layer.kind].PARTS) * layer.hidden - len(start))))
    site.remarks.append(f"{' and '.join(map(shown, keys))} {'are' if len(keys) > 1 else 'is'} its initial state")
    return tuple(keys)


def _by_layer(site: Site, key: str) -> Sequence[Array] | None:
    """An initial state cut into layers, from shape (N,), (1, N), (1, 1, N), or (L, N), (L, 1, N) in a stack; None where it is of another shape."""
    array, layers = site.content.array(key).astype(np.float64), site.layout.layers
    if len(layers) == 1:
        fits = array.size == max(array.shape, default=1) and array.size in (
            layers[0].hidden,
            len(KINDS[layers[0].kind].PARTS) * layers[0].hidden,
        )
        return [array.ravel()] if fits else None
    n = layers[-1].hidden
    fits = {layer.hidden for layer in layers} == {n} and array.shape[-1:] == (n,) and array.size == len(layers) * n
    return list(array.reshape(len(layers), -1)) if fits and array.shape[0] == len(layers) else None


def _alpha(site: Site, key: str) -> tuple[str, ...]:
    if not site.leaky or len(site.layout.layers) > 1 or "alpha" in site.values[0]:
        return ()
    site.values[0]["alpha"] = site.content.array(key).ravel()
    return (key,)


def _embedding(site: Site, key: str) -> tuple[str, ...]:
    shape, size, beside = site.content.shapes[key], site.sizes[0], f"{head(key)}bias"
    # A square one may be a linear layer, (out, in), as well; one with a bias is.
    if not is_embedding(key) or len(shape) != 2 or shape[1] != size or shape[0] == size or beside in site.left:
        return ()
    site.before(site.content.array(key).T.astype(np.float64), 0.0)
    site.remarks.append(f"the embedding {shown(key)} is folded into the input weights: inputs are one-hot")
    return (key,)


def _batch_normalization(site: Site, key: str) -> tuple[str, ...]:
    module = head(key)
    cells = {head(used) for layer in site.layout.layers for used in layer.keys} - {""}
    others = [name for name in site.left if leaf(name) == leaf(key) and name != key]
    # Of two, and inside a cell or a stack, the place is not told by the size.
    if others or len(site.layout.layers) > 1 or any(module.startswith(cell) for cell in cells):
        return ()
    names = ("running_mean", "running_var", "weight", "bias")
    found = {name: site.content.array(module + name).astype(np.float64) for name in names if module + name in site.left}
    mean, variance = found["running_mean"], found.get("running_var")
    channels = len(mean) if mean.ndim == 1 else 0
    if (
        variance is None
        or any(array.shape != (channels,) for array in found.values())
        or site.sizes.count(channels) != 1
    ):
        return ()
    gain = found.get("weight", np.ones(channels)) / np.sqrt(variance + _EPSILON)
    shift = found.get("bias", np.zeros(channels)) - gain * mean
    place = site.sizes.index(channels)
    # A cell that somebody calls step by step may be normalized inside of σ, or hand on what is normalized.
    if place == 2 or (place == 1 and not all(re.search(r"_l\d+$", layer.name) for layer in site.layout.layers)):
        return ()
    site.before(np.diag(gain), shift) if place == 0 else site.behind(gain, shift)
    where = ("in front of the recurrent layer", "in front of the read-out")[place]
    site.remarks.append(
        f"the batch normalization {shown(module.rstrip('./'))} {where} is folded, with its running statistics, ε = {_EPSILON:g}, and nothing between"
    )
    return (*(module + name for name in found), f"{module}num_batches_tracked")


AROUND: list[Around] = [
    Around("initial state", STATE, _initial),
    Around("alpha", "alpha", _alpha),
    Around("Dale's law", "dale_rec(?::0)?", dales_law),
    Around("batch normalization", "running_mean", _batch_normalization),
    Around("embedding", r"[^./]*[./](?:weight|embeddings?(?::\d+)?)|[^./]*", _embedding),
]
"""What is taken in, what is nearest to the cell first."""
