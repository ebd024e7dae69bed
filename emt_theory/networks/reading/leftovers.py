"""Arrays that no weight is made of: those that are known to play no part, and those that might change the network.

Few things are known to change nothing: a counter, the state of an optimizer, a copy of what is used, a curve or data by the name, an initial state of
0, and what has no axis as long as any that the network has. Everything else is refused by name, with the call that says what is meant, because
leaving it out could make another network.

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
from emt_theory.networks.reading.expressions import key as array_of
from emt_theory.networks.reading.layers import call
from emt_theory.networks.reading.site import Site, head, leaf

STATE = (
    r"(?:learned_|initial_|init_)?h_?0s?|(?:initial|init)_?(?:state|hidden|h)?|(?:hidden|state|h)_?(?:init|initial|0)"
)
"""What initial states are called, in lower case."""

_SHOWN = 12
"""How many keys a message lists."""
_COUNTER = re.compile(
    r"num_batches_tracked|\w*(?:epochs?|steps?|iterations?|iters?|seeds?|version|learning_rate|lr|seconds)|t|eps|epsilon|dropout|momentum"
)
_OPTIMIZER = re.compile(
    r"(?:.*[./])?(?:optim|optimizers?|opt_state|optim_state|optimizer_states?|optimizer_state_dict|lr_schedulers?)[./].*"
    r"|(?:.*[./])?(?:max_)?exp_avg(?:_sq)?|(?:.*[./])?momentum_buffer"
)
_CURVE = re.compile(
    r"\w*(?:loss|losses|acc|accs|accuracy|accuracies|errors?|history|histories|curves?|metrics?|scores?)\d*"
)
_DATA = re.compile(
    r"(?:x|y|inputs?|outputs?|targets?|labels?|data|trials?|activity|trajector(?:y|ies))(?:_?(?:train|test|val))?"
)
_LISTED = re.compile(r"(?:[./]\d+)+$")
"""How keys of arrays in a list end: what they are called is the list's name."""
_PARAMETER = re.compile(r"weight\w*|kernel\w*|bias\w*|scale|gain|gamma|beta|embeddings?|running_\w+|moving_\w+")
_MASK = re.compile(r"\w*(?:mask|connectivity)")
_DALE = re.compile(r"dale\w*")
_RATE = re.compile(r"(?:log_?)?(?:alphas?|taus?|tau_?m|decay|leaks?|leak_rate|dt)")


def is_idle(site: Site, key: str) -> bool:
    """Whether an array is known to change nothing, by its name, its shape and its entries."""
    entry, word = site.content.entries[key], leaf(_LISTED.sub("", key)).split(":")[0].lower()
    axes = len(entry.shape)
    if 0 in entry.shape or _OPTIMIZER.fullmatch(key.lower()) or (axes <= 1 and _COUNTER.fullmatch(word)):
        return True
    if _CURVE.fullmatch(word) or (axes >= 2 and _DATA.fullmatch(word)) or _is_copy(site, key):
        return True
    whole = entry.array is None or "int" in entry.dtype
    if re.fullmatch(STATE, word) and not whole:
        return not site.content.array(key).any()
    if any(known.fullmatch(word) for known in (_PARAMETER, _MASK, _DALE, _RATE)):
        return False
    if not axes:
        return whole  # sizes and options of a module; a number like .5 may be a gain
    units = {layer.hidden for layer in site.layout.layers}
    modules = {head(used) for layer in site.layout.layers for used in layer.keys} - {""}
    # Whole numbers and truth values may be signs or masks of units; lists of sizes are as short as inputs or outputs are.
    return not (set(entry.shape) & units if whole else set(entry.shape) & _lengths(site) or head(key) in modules)


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
    word = leaf(key).split(":")[0].lower()
    text = f"{shown(key)} of shape {site.content.shapes[key]} is not used, and would change the network"
    some = [str(array_of(key)) for key in keys[:_SHOWN]] + ["…"] * (len(keys) > _SHOWN)
    idle = f"if it plays no part, say so: {call({'ignore': ', '.join(some)})}"
    if _RATE.fullmatch(word):
        return f"{text} if its units leak: then pass alpha=dt/τ and leak='state' or leak='preactivation'; {idle}"
    what, meant = _looks(site, key, word)
    looks = f": it looks like {what}" if what else ""
    return f"{text}{looks}; {meant}{idle}"


def _looks(site: Site, key: str, word: str) -> tuple[str, str]:
    """What an array looks like, and the call that takes it in, where one does."""
    shape, (d_in, n, d_out) = site.content.shapes[key], site.sizes
    if f"{head(key)}running_mean" in site.left:
        return "a batch normalization, whose place its size does not tell", ""
    if _DALE.fullmatch(word):
        signed = {weight: f"abs({source}) @ {array_of(key)}" for weight, source in _weights(site, shape).items()}
        return "the signs of units", f"if columns have them: {call(signed)}; " if signed and len(shape) == 2 else ""
    if _MASK.fullmatch(word):
        masked = {weight: f"{source} * {array_of(key)}" for weight, source in _weights(site, shape).items()}
        return "a mask", f"if weights are multiplied by it: {call(masked)}; " if len(masked) == 1 else ""
    if len(shape) == 1 and {f"{head(key)}weight", f"{head(key)}bias"} <= set(site.left):
        return "a normalization", ""
    if len(shape) == 2 and shape[1] == n != d_in:
        return "a second read-out", ""
    skip = "a connection from inputs to outputs" if shape == (d_out, d_in) and d_in != n else ""
    if len(shape) == 2 and shape[0] == d_in != n and word == "weight":
        told = f"a linear layer in front{', or ' * bool(skip)}{skip}"
        return told, f"if it is in front and nothing else stands between, fold it: {call(_folded(site, key))}; "
    if skip:
        return skip, ""
    if word.startswith("b") and shape == (n,) and (bias := site.layout.layers[-1].weights.get(site.bias)):
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
