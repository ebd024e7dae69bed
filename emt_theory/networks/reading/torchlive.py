r"""What a live module of PyTorch is made of: a copy to work with, its arrays, and what its attributes state of σ.

A copy is in double precision, on the CPU and in evaluation mode. In a *folded* copy reparametrizations (weight_norm, spectral_norm, orthogonal, masks
of pruning) are gone and the weights are what they make of them, which PyTorch does itself. σ is what an attribute such as ``nonlinearity`` holds; a
function is tried on numbers, so that a lambda counts as what it computes.

Nothing here imports PyTorch: its module is in `sys.modules` where there is a module of it.
"""

from __future__ import annotations

import copy
import sys
from collections.abc import Iterator
from typing import Any

from emt_theory.errors import InvalidNetwork
from emt_theory.ground.text import first_line, plain
from emt_theory.networks.reading.modules import refuse_layer
from emt_theory.networks.reading.stated import Node, Statement, names_sigma, spelled
from emt_theory.networks.reading.walking import sigma_of


def is_torch(value: Any) -> bool:
    """Whether it is a module of PyTorch, without importing it."""
    torch: Any = sys.modules.get("torch")
    kind = getattr(getattr(torch, "nn", None), "Module", None)
    return isinstance(kind, type) and isinstance(value, kind)


def copied(module: Any, fold: bool = False) -> Any:
    """A copy in double precision, in evaluation mode, on the CPU.

    Raises:
        InvalidNetwork: if it cannot be copied.
    """
    try:
        other = copy.deepcopy(module, _computed_tensors(module)).cpu().double().eval()
        if fold:
            _fold(other)
    except Exception as error:  # noqa: BLE001 — the module is the user's, and can raise anything
        raise InvalidNetwork(
            f"the module cannot be copied ({plain(first_line(error))}); pass module.state_dict() to from_arrays"
        ) from None
    return other


def _computed_tensors(module: Any) -> dict[int, Any]:
    """Copies of the tensors in it that are results of others, such as masked weights, which PyTorch does not copy by itself."""
    torch: Any = sys.modules["torch"]
    held = [value for part in module.modules() for value in vars(part).values()]
    tensors = [one for value in held for one in (value if isinstance(value, list) else [value])]
    return {id(one): one.detach().clone() for one in tensors if isinstance(one, torch.Tensor) and not one.is_leaf}


def _fold(module: Any) -> None:
    """Leave the weights that reparametrizations make, and nothing of these."""
    torch: Any = sys.modules["torch"]
    parametrize = torch.nn.utils.parametrize
    for part in list(module.modules()):
        if parametrize.is_parametrized(part):
            # A copy shares its class, which has the weights as properties, with the original: PyTorch's own removal would take them from both.
            made = {name: getattr(part, name).detach().clone() for name in part.parametrizations}
            part.__class__ = type(part).__bases__[0]
            del part.parametrizations
            for name, weight in made.items():
                setattr(part, name, torch.nn.Parameter(weight))
        # The older weight_norm and spectral_norm, and prune, are hooks that can remove themselves.
        for key, hook in list(part._forward_pre_hooks.items()):
            if callable(getattr(hook, "remove", None)):
                with torch.no_grad():
                    hook.remove(part)
                del part._forward_pre_hooks[key]


def state(module: Any) -> dict[str, Any]:
    """Its arrays by keys with dots: those of its state dictionary, and attributes that are tensors."""
    torch: Any = sys.modules["torch"]
    found = {key: value.detach() for key, value in module.state_dict().items() if isinstance(value, torch.Tensor)}
    for place, part in module.named_modules():
        for name, value in vars(part).items():
            if isinstance(value, torch.Tensor) and not name.startswith("_"):
                found.setdefault(f"{place}.{name}" if place else name, value.detach())
    return {key: value.numpy() for key, value in found.items()}


def statements(module: Any, key: str = "") -> Iterator[Statement]:
    """Every σ that an attribute of it, or of a module in it, states; `key` is where it stands."""
    torch: Any = sys.modules["torch"]
    layers = (torch.nn.modules.rnn.RNNBase, torch.nn.modules.rnn.RNNCellBase)
    for place, part in _placed(module, key):
        scope = f"{place}." if place else ""
        if isinstance(part, layers):
            mode = getattr(part, "mode", getattr(part, "nonlinearity", None))
            if isinstance(mode, str) and mode not in ("GRU", "LSTM"):
                yield Statement(mode.removeprefix("RNN_").lower(), f"{scope}nonlinearity", scope, True)
            continue
        own = {**vars(part), **dict(part.named_children())}
        for name, value in own.items():
            if names_sigma(name) and (said := _spelled(value)):
                yield Statement(said, f"{scope}{name}", scope)


def _placed(module: Any, key: str) -> Iterator[tuple[str, Any]]:
    """The modules in one, itself among them, and where they stand if it stands there."""
    for place, part in module.named_modules():
        yield ".".join(filter(None, (key, place))), part


def nodes(module: Any, key: str = "") -> list[Node]:
    """Its modules with weights, as settings in a pickle are heard: their attributes may state a leak and a phase input."""
    parts = [(place, part) for place, part in _placed(module, key) if next(part.parameters(), None) is not None]
    return [Node(place, f"{place}." if place else "", vars(part), None) for place, part in parts]


def _spelled(value: Any) -> str | None:
    if not callable(value):
        return spelled(value)
    return sigma_of(value, str(getattr(value, "__name__", type(value).__name__)))


def refuse_layers(module: Any) -> None:
    """Refuse layers of PyTorch's that are no layer of ours.

    Raises:
        InvalidNetwork: if one is bidirectional, or projects its outputs.
    """
    torch: Any = sys.modules["torch"]
    for place, part in module.named_modules():
        if isinstance(part, torch.nn.modules.rnn.RNNBase):
            refuse_layer(place, part.bidirectional, getattr(part, "proj_size", 0))
