r"""Whether units leak, how fast and where, and what the phase input is: by what a file states and a caller says, which may not contradict each other.

>>> leak_options(None, {"alpha": "0.5", "leak": "state"}, Said())
{'alpha': 0.5, 'leak': 'state'}
>>> leak_options(np.array([0.5]), {"leak": "state"}, Said(alpha=0.2))
Traceback (most recent call last):
...
emt_theory.errors.InvalidNetwork: the file says alpha=0.5; leave alpha=0.2 out
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from emt_theory.errors import InvalidNetwork, InvalidOption
from emt_theory.ground.arguments import choice
from emt_theory.ground.text import shown
from emt_theory.networks.leaky import LEAKS
from emt_theory.networks.phase import PHASES, phase_option
from emt_theory.networks.reading.said import Said
from emt_theory.networks.reading.stated import CONTRADICTED


def leaks(kind: str, values: Mapping[str, Any], metadata: Mapping[str, str], said: Said) -> str:
    """The kind: an Elman layer that has an α, or a leak, is one of leaky units."""
    if not (said.leaky or "alpha" in values or {"alpha", "leak"} & set(metadata) or kind == "leaky"):
        return kind
    if kind not in ("elman", "leaky"):
        raise InvalidOption(f"alpha and leak are for units without gates; the file holds a {kind}")
    return "leaky"


def leak_options(held: Any, metadata: Mapping[str, str], said: Said) -> dict[str, Any]:
    """α and where the leak is."""
    if said.leak is not None:
        choice("leak", said.leak, LEAKS, InvalidOption)
    number, placed = _number(_settled(metadata, "alpha", said.alpha)), _settled(metadata, "leak", said.leak)
    if number is not None and held is not None and not _agree(held, number):
        raise InvalidNetwork(
            f"the file says alpha={number:g} in its metadata, and {_told(held)} in its arrays; leave one out"
        )
    stated = number if held is None else held
    alpha, leak = stated if said.alpha is None else said.alpha, said.leak or placed
    if None not in (said.leak, placed) and said.leak != placed:
        raise InvalidNetwork(f"the file says leak={placed!r}; leave leak={said.leak!r} out")
    if said.alpha is not None and stated is not None and not _agree(said.alpha, stated):
        raise InvalidNetwork(f"the file says alpha={_told(stated)}; leave alpha={_told(said.alpha)} out")
    if alpha is None:
        raise InvalidOption("these units leak, and the file does not say how fast: pass alpha=dt/τ, or --alpha")
    if leak is None:
        raise InvalidOption(
            "these units leak, and the file does not say where: pass leak='state' for h ← (1−α)h + ασ(…), or leak='preactivation' for "
            "v ← (1−α)v + α(Wσ(v) + …)"
        )
    return {"alpha": alpha, "leak": leak}


def _settled(metadata: Mapping[str, str], name: str, given: Any) -> str | None:
    """What the file says of an option; nothing where it says two things and the caller says which."""
    told = metadata.get(f"{CONTRADICTED}{name}")
    if told and given is None:
        raise InvalidNetwork(f"the settings contradict each other: {told}; say which is meant: {name}=…")
    return None if told else metadata.get(name)


def _told(alpha: ArrayLike) -> str:
    """α as plain numbers."""
    array = np.asarray(alpha)
    return shown(array.item() if array.size == 1 else array.tolist())


def _agree(one: ArrayLike, other: ArrayLike) -> bool:
    try:
        return bool(np.allclose(one, other, rtol=1e-6, atol=0))
    except (TypeError, ValueError):
        return False


def _number(text: str | None) -> float | None:
    try:
        return None if text is None else float(text)
    except ValueError:
        raise InvalidNetwork(f"metadata alpha must be a number; got {shown(text)}") from None


def phase_of(metadata: Mapping[str, str], said: Said) -> bool | str:
    """Whether there is a phase input, and how it tells the phase."""
    given, stated = phase_option(said.phase_input), _settled(metadata, "phase_input", said.phase_input)
    text = "false" if stated is None else stated
    known: dict[str, bool | str] = {
        "true": True,
        "false": False,
        **{name: phase_option(name) for name in PHASES},
    }
    if (held := known.get(text)) is None:
        raise InvalidNetwork(f"metadata phase_input must be {' or '.join(known)}; got {shown(text)}")
    if said.phase_input is not None and stated is not None and given != held:
        raise InvalidNetwork(f"the file says phase_input={text!r}; leave phase_input={said.phase_input!r} out")
    return held if said.phase_input is None else given
