r"""What stands in a checkpoint beside the state dictionary that is read: it may be a part of the network, another network, or nothing.

    a copy                          the same numbers once more: nothing
    another network                 it has recurrent layers of its own, an average over training, say: it is not read, and that is said
    settings of the training        the state of optimizers, schedulers, callbacks and loops: nothing
    anything else                   an h(0), a mask, a gain: an array as every other, which is used or refused

>>> one, other = (Entry((1, 1), "float64", np.full((1, 1), number)) for number in (1.0, 2.0))
>>> found, remarks = joined({"W_hh": one, "W_uh": one}, {"ema": {"ema.W_hh": other, "ema.W_uh": one}, "g": {"g": other}}, "state_dict")
>>> list(found), remarks
(['W_hh', 'W_uh', 'g'], ("'ema' holds a network as well, of other numbers; what stands under 'state_dict' is read: save the other alone to have it",))
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from emt_theory.errors import InvalidFile, InvalidNetwork
from emt_theory.ground.text import shown
from emt_theory.networks.reading.content import Entry
from emt_theory.networks.reading.modules import is_array, tensors
from emt_theory.networks.reading.namings import layers
from emt_theory.networks.reading.pickles import Call
from emt_theory.networks.reading.stated import APART, attributes
from emt_theory.networks.reading.words import leaf


def beside(tree: Any, chosen: Any) -> dict[str, dict[str, Call]]:
    """The arrays outside the chosen part of a checkpoint, by the name under which they stand.

    Args:
        tree: what its pickle describes.
        chosen: the state dictionary in it that is read.
    """
    if chosen is tree:
        return {}
    others = {
        key: value
        for key, value in attributes(tree).items()
        if value is not chosen and (is_array(value) or not APART.fullmatch(key))
    }
    return {key: found for key, value in others.items() if (found := tensors({key: value}))}


def joined(
    entries: Mapping[str, Entry], groups: Mapping[str, Mapping[str, Entry]], name: str
) -> tuple[dict[str, Entry], tuple[str, ...]]:
    """The arrays of a state dictionary, with those beside it that may be of the same network; and what is said of the others.

    Args:
        entries: what the state dictionary holds.
        groups: what stands beside it, by name.
        name: where the state dictionary stands.

    Raises:
        InvalidFile: if two arrays have the same key.
    """
    found, remarks = dict(entries), list[str]()
    for group, others in groups.items():
        if all(_is_copy(key, other, entries) for key, other in others.items()):
            continue
        if _is_network(others):
            remarks.append(
                f"{shown(group)} holds a network as well, of other numbers; what stands under {shown(name)} is read: save the other alone to have it"
            )
            continue
        if twice := next((key for key in others if key in found), None):
            raise InvalidFile(f"two tensors are named {shown(twice)}, in {shown(name)} and beside it")
        found |= others
    return dict(sorted(found.items())), tuple(remarks)


def _is_copy(key: str, entry: Entry, entries: Mapping[str, Entry]) -> bool:
    """Whether an array of the same name, but for what stands in front, holds the same."""
    return any(leaf(name) == leaf(key) and _is_same(one, entry) for name, one in entries.items())


def _is_same(one: Entry, other: Entry) -> bool:
    if one.array is None or other.array is None:  # whole numbers, which are not read
        return one == other
    return one.dtype == other.dtype and np.array_equal(one.array, other.array)


def _is_network(entries: Mapping[str, Entry]) -> bool:
    try:
        return bool(layers({key: entry.shape for key, entry in entries.items()}))
    except InvalidNetwork:  # of layers that cannot be told from each other
        return True
