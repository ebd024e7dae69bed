"""Arrays that no weight is made of: those that play no part, and those that would change the network.

A counter, the state of an optimizer, a copy of what is used and a curve change nothing. Whatever looks like a parameter, by its name, by its place or
by its shape, is refused by name, with the call that says what is meant, because leaving it out would make another network.

>>> from emt_theory.networks.reading.content import Content, Entry
>>> from emt_theory.networks.reading.layouts import find_layout
>>> from emt_theory.networks.reading.site import assembled
>>> shapes = {"rnn.weight_hh_l0": (4, 4), "rnn.weight_ih_l0": (4, 2), "fc.weight": (3, 4), "skip.weight": (3, 2), "loss": (9,)}
>>> site = assembled(find_layout(shapes), Content({key: Entry(shape, "float64", np.zeros(shape)) for key, shape in shapes.items()}, {}))
>>> [is_idle(site, key) for key in site.left]
[True, False]
>>> print(refusal(site, "skip.weight")[:112])
'skip.weight' of shape (3, 2) is not used, and would change the network: it looks like a connection from inputs
"""

from __future__ import annotations

import re

import numpy as np

from emt_theory.ground.text import shown
from emt_theory.networks.kinds import KINDS
from emt_theory.networks.reading.layers import call
from emt_theory.networks.reading.site import Site, head, leaf

STATE = (
    r"(?:learned_|initial_|init_)?h_?0s?|(?:initial|init)_?(?:state|hidden|h)?|(?:hidden|state|h)_?(?:init|initial|0)"
)
"""What initial states are called, in lower case."""

_IDLE = re.compile(
    r"(?:.*[./])?(?:num_batches_tracked|epoch|steps?|global_step|lr|seed)"
    r"|(?:.*[./])?(?:optim|optimizer|optimizers|opt_state|optimizer_state|scheduler|exp_avg|exp_avg_sq|momentum|adam)[^./]*(?:[./].*)?",
    re.IGNORECASE,
)
_PARAMETER = re.compile(
    r"weight|kernel|bias|scale|gain|gamma|beta|mask|embeddings?|running_\w+|recurrent_kernel"
    r"|(?:weight|bias)_\w+|[wbuvjmzcg]\d*|[wb]_?[a-z]{1,4}|w_\w+|b_\w+|c_?0|" + STATE,
    re.IGNORECASE,
)
_MASK = re.compile(r"\w*(?:mask|connectivity)|dale\w*", re.IGNORECASE)
_RATE = re.compile(r"(?:log_?)?(?:alphas?|taus?|decay|leaks?)", re.IGNORECASE)


def is_idle(site: Site, key: str) -> bool:
    """Whether an array changes nothing, as far as its name, its place, its shape and its entries tell."""
    entry, word = site.content.entries[key], leaf(key).split(":")[0]
    if _IDLE.fullmatch(key) or 0 in entry.shape or _is_copy(site, key):
        return True
    if _RATE.fullmatch(word) or _MASK.fullmatch(word):
        return False
    if (
        entry.array is None
        or "int" in entry.dtype
        or not entry.shape
        or (re.fullmatch(STATE, word.lower()) and not site.content.array(key).any())
    ):
        return True
    sizes = {*site.sizes, *(size for values in site.values for size in values[_recurrent(site)].shape)}
    modules = {head(used) for layer in site.layout.layers for used in layer.keys} - {""}
    fits = len(entry.shape) == 2 and set(entry.shape) <= sizes
    return not (fits or _PARAMETER.fullmatch(word) or head(key) in modules)


def _recurrent(site: Site) -> str:
    return KINDS[site.layout.kind].WEIGHTS[0]


def _is_copy(site: Site, key: str) -> bool:
    """Whether an array that is used holds the same numbers, under a name with which this one begins."""
    arrays = {name: entry.array for name, entry in site.content.entries.items() if entry.array is not None}
    used = [name for layer in site.layout.layers for name in layer.keys if leaf(key).startswith(leaf(name))]
    return key in arrays and any(np.array_equal(arrays[key], arrays[name]) for name in used if name in arrays)


def refusal(site: Site, key: str) -> str:
    """Why an array is refused, and how to say what is meant."""
    shape, layout = site.content.entries[key].shape, site.layout
    text = f"{shown(key)} of shape {shape} is not used, and would change the network"
    if _RATE.fullmatch(leaf(key)):
        return f"{text} if its units leak: then pass alpha=dt/τ and leak='state' or leak='preactivation'"
    if len(shape) == 2 and shape[0] == site.sizes[0] and leaf(key) == "weight" and shape != site.sizes[:0:-1]:
        return f"{text}: it looks like a linear layer in front; if nothing but that stands between, fold it: {call(_folded(site, key))}"
    if _MASK.fullmatch(leaf(key)) and (weight := _masked(site, key)):
        masked = call(layout.names(**{weight: f"{layout.names()[weight]} * {key}"}))
        return f"{text}: it looks like a mask; if weights are multiplied by it: {masked}"
    what = _looks(site, key)
    looks = f": it looks like {what}" if what else ""
    return f"{text}{looks}; if it plays no part, say which arrays do: {call(layout.names())}"


def _folded(site: Site, key: str) -> dict[str, str]:
    """``names=`` with this linear layer, x ↦ A x + a, in front: W_uh A, and W_uh a in the bias."""
    names, below = site.layout.names(), "" if len(site.layout.layers) == 1 else "layers.0."
    driven, bias = below + site.driven, below + site.bias
    changed = {driven: f"{names[driven]} @ {key}"}
    if (shift := f"{head(key)}bias") in site.left:
        moved = f"{names[driven]} @ {shift}"
        changed[bias] = f"{names[bias]} + {moved}" if bias in names else moved
    return names | changed


def _masked(site: Site, key: str) -> str | None:
    """The one weight of the shape of a mask."""
    shape, below = site.content.entries[key].shape, len(site.layout.layers) > 1
    fitting = [
        f"layers.{k}.{name}" if below else name
        for k, (values, layer) in enumerate(zip(site.values, site.layout.layers, strict=True))
        for name in layer.weights
        if values[name].shape == shape
    ]
    return fitting[0] if len(fitting) == 1 else None


def _looks(site: Site, key: str) -> str | None:
    shape, (d_in, n, d_out) = site.content.entries[key].shape, site.sizes
    if f"{head(key)}running_mean" in site.left:
        return "a batch normalization, whose place its size does not tell"
    if len(shape) == 1 and {f"{head(key)}weight", f"{head(key)}bias"} <= set(site.left):
        return "a normalization"
    if shape == (d_out, d_in) and d_in != n:
        return "a connection from inputs to outputs"
    return "a second read-out" if len(shape) == 2 and shape[1] == n != d_in else None
