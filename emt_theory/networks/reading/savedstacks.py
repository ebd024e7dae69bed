r"""A stack that `save` wrote: the arrays of layer k begin with "layers.k.", and its metadata are a table in "layers".

Every layer is read as a file of its own, a stack in it as well. What no table names would be lost, so it is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from emt_theory.errors import InvalidNetwork, InvalidOption
from emt_theory.ground.text import shown
from emt_theory.networks.network import Network
from emt_theory.networks.provenance import Provenance
from emt_theory.networks.reading.content import Content
from emt_theory.networks.reading.said import Said
from emt_theory.networks.stack import Stack


def saved_stack(content: Content, said: Said, build: Callable[[Content], Network], reserved: tuple[str, ...]) -> Stack:
    """The stack.

    Args:
        content: what the file holds.
        said: what the caller says besides: nothing.
        build: what makes a network of a layer's arrays and metadata.
        reserved: the metadata that are not notes.

    Raises:
        InvalidNetwork: if a table is missing or malformed, or the file holds what no table names.
        InvalidOption: if anything is said.
    """
    if given := [name for name, value in said._asdict().items() if value is not None]:
        raise InvalidOption(f"the file says all of a stack; leave {' and '.join(given)} out")
    tables = _tables(content.metadata.get("layers", ""))
    _refuse_nameless(content, len(tables))
    nets = [_layer(content, k, table, build) for k, table in enumerate(tables)]
    notes = {key: value for key, value in content.metadata.items() if key not in reserved}
    plain = tuple(replace(net, metadata={}) for net in nets)  # type: ignore[type-var]
    stack = Stack(plain, metadata=notes, provenance=_joined(nets, content.remarks))
    _refuse_contradictions(content, stack)
    return stack


def _layer(content: Content, k: int, table: dict[str, str], build: Callable[[Content], Network]) -> Network:
    head = f"layers.{k}."
    entries = {key.removeprefix(head): entry for key, entry in content.entries.items() if key.startswith(head)}
    try:
        return build(Content(entries, {"emt_format": content.metadata["emt_format"], **table}))
    except (InvalidNetwork, InvalidOption) as error:
        raise type(error)(f"layer {k}: {error}") from None


def _refuse_nameless(content: Content, count: int) -> None:
    lost = [
        key
        for key in content.entries
        if not ((found := re.match(r"layers\.(\d{1,9})\.", key)) and int(found[1]) < count)
    ]
    if lost:
        raise InvalidNetwork(
            f"{shown(lost[0])} belongs to none of the {count} layers that metadata 'layers' names; leave it out, or name its layer there"
        )


def _refuse_contradictions(content: Content, stack: Stack) -> None:
    phase = stack.phase_input if isinstance(stack.phase_input, str) else json.dumps(stack.phase_input)
    held = {"phase_input": phase, "d_in": str(stack.d_in)}
    for key in ("phase_input", "d_in", "activation", "nonlinearity", "alpha", "leak", "exact"):
        if (text := content.metadata.get(key)) is not None and text != held.get(key):
            right = (
                f"the layers say {held[key]}"
                if key in held
                else "in a stack every layer says it for itself, in 'layers'"
            )
            raise InvalidNetwork(f"metadata {key} is {shown(text)}, but {right}; leave it out")


def _joined(nets: list[Network], remarks: tuple[str, ...]) -> Provenance:
    """What is to be said of the layers, as said of the stack."""
    assumed = tuple(dict.fromkeys(name for net in nets for name in net.provenance.assumed))
    ignored = tuple(f"layers.{k}.{key}" for k, net in enumerate(nets) for key in net.provenance.ignored)
    told = tuple(f"layer {k}: {text}" for k, net in enumerate(nets) for text in net.provenance.remarks)
    return Provenance(assumed, ignored, (*remarks, *told))


def _tables(text: str) -> list[dict[str, str]]:
    try:
        tables: Any = json.loads(text)
    except (ValueError, RecursionError):
        tables = None
    if isinstance(tables, list) and all(
        isinstance(table, dict) and all(map(_is_text, table.values())) for table in tables
    ):
        return tables
    raise InvalidNetwork("metadata 'layers' must be a JSON list with a table of texts for each layer")


def _is_text(value: object) -> bool:
    return isinstance(value, str)
