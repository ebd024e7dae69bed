r"""What a pickle states beside its arrays: σ, a leak and a phase input, wherever the author put them.

Settings stand in dictionaries, in an `argparse.Namespace`, in OmegaConf's nodes, in attributes of modules, one in the other. σ is a text, a class, a
function, a module or a member of an enumeration, under a name such as ``nonlinearity`` or ``act_fn``:

>>> from emt_theory.networks.reading.pickles import Global
>>> for said in heard({"hparams": {"model": {"act_fn": Global("torch.nn.functional", "relu")}}, "lr": 0.1}).sigmas:
...     print(said)
relu, stated as 'hparams.model.act_fn'
>>> heard({"args": {"dt": 20, "tau": 100.0}}).options
{'alpha': '0.2'}

A statement is kept with its place, and nothing is decided here: whether there is a σ to choose, only the network knows
(`emt_theory.networks.reading.statements`). A number is no σ, even where it is called sigma, nor is None.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from emt_theory.ground.text import cut, shown
from emt_theory.networks.reading.numpypickles import number
from emt_theory.networks.reading.pickles import Call, Global

_SIGMA = frozenset(
    f"{before}{name}"
    for before in ("", "hidden", "rnn", "cell", "state", "recurrent")
    for name in ("nonlinearity", "nonlin", "act", "activation", "actfn", "activationfn", "activationfunction", "sigma")
) - {"recurrentactivation"}  # Keras' σ of the gates
_GATE = frozenset(
    {"recurrentactivation", *(f"gate{name}" for name in ("fn", "act", "activation", "activationfn", "nonlinearity"))}
)
_ALPHA = frozenset({"alpha", "leakrate", "leakingrate", "leaky", "leak"})
_STEP, _TIME = ("dt", "deltat", "timestep"), ("tau", "timeconstant", "taum")
_MODES = frozenset({"mode", "model", "rnn", "rnntype", "cell", "celltype"})
_LEAKS = ("state", "preactivation")
_NAMED = ("name", "class_name", "_target_")
APART = re.compile(r".*(optim|sched|callback|loops).*", re.IGNORECASE)
_WRITTEN = re.compile(
    r"<(?:class|function|ufunc|built-in function|built-in method) '?([\w.]+)'?(?: [^>]*)?>|([^()<>]+)\((?:inplace=\w+)?\)"
)
"""A name as Python writes a class, a function or a module: <class 'x.ReLU'>, <function relu at 0x7f>, ReLU(inplace=True)."""
_MOST, _DEEPEST = 20_000, 12
_NOTHING = ("", "none", "null", "auto", "default")


CONTRADICTED = "contradicted_"
"""How the metadata keys begin under which readers hand on that an option is stated twice."""


class Statement(NamedTuple):
    """σ as it is stated somewhere.

    Attributes:
        value: its name, as it is spelled there.
        place: where, with dots.
        scope: what the keys of the module begin with that states it; None for settings.
        is_layer: whether it is PyTorch's own recurrent layer that states it: then it is so.
    """

    value: str
    place: str
    scope: str | None = None
    is_layer: bool = False

    def __str__(self) -> str:
        return f"{cut(self.value)}, stated as {shown(self.place)}"


class Node(NamedTuple):
    """A piece of a pickle that has named pieces.

    Attributes:
        place: where it stands, with dots.
        scope: what the keys of its arrays begin with, if it is a module.
        items: its pieces by name.
        value: the piece.
    """

    place: str
    scope: str | None
    items: Mapping[str, Any]
    value: Any


@dataclass(frozen=True)
class Heard:
    """What was stated.

    Attributes:
        sigmas: every σ.
        options: metadata such as alpha, leak and phase_input.
        remarks: where these options were stated.
        against: of those that are stated twice, and not the same, both places, by name.
    """

    sigmas: tuple[Statement, ...]
    options: Mapping[str, str]
    remarks: tuple[str, ...]
    against: Mapping[str, str]

    @property
    def metadata(self) -> dict[str, str]:
        """The options, and the contradictions among them for whoever needs the option."""
        return {**self.options, **{f"{CONTRADICTED}{name}": told for name, told in self.against.items()}}


def is_module(value: Any) -> bool:
    """Whether this part of a pickle is a module of PyTorch, of whatever class."""
    return isinstance(value, Call) and isinstance(value.state, dict) and {"_parameters", "_modules"} <= set(value.state)


def is_layer(value: Any) -> bool:
    """Whether it is one of PyTorch's recurrent layers or cells, or made of one."""
    if not is_module(value):
        return False
    own = isinstance(value.function, Global) and value.function.module.startswith("torch.nn.modules.rnn")
    return own or {"mode", "num_layers", "bidirectional"} <= set(value.state)


def names_sigma(key: str) -> bool:
    """Whether σ is looked for under this name."""
    return plain_name(key) in _SIGMA


def names_gate(key: str) -> bool:
    """Whether σ of gates is looked for under this name."""
    return plain_name(key) in _GATE


def names_rate(key: str) -> bool:
    """Whether α, or dt and τ of which it is made, are looked for under this name."""
    return plain_name(key) in {*_ALPHA, *_STEP, *_TIME}


def names_alpha(key: str) -> bool:
    """Whether α itself is looked for under this name."""
    return plain_name(key) in _ALPHA


def never_leaks(shapes: Mapping[str, tuple[int, ...]]) -> bool:
    """Whether a layer runs through sequences by itself, or has gates: then an α in settings is another one, of an optimizer or a loss."""
    cells = [shape for key, shape in shapes.items() if key.endswith("weight_hh")]
    gated = any(len(shape) == 2 and shape[0] != shape[1] for shape in cells)
    return gated or any(key.endswith("weight_hh_l0") for key in shapes)


def attributes(value: Any) -> Mapping[str, Any]:
    """The named pieces of a part of a pickle: those of a dictionary of any class, or the attributes of an object.

    >>> namespace = Call(Global("argparse", "Namespace"), (), {"lr": 0.1})
    >>> attributes(namespace), attributes({"a": 1}), attributes(3)
    ({'lr': 0.1}, {'a': 1}, {})
    """
    if isinstance(value, list | tuple):
        return {str(index): child for index, child in enumerate(value)}
    if not isinstance(value, Call):
        return value if isinstance(value, dict) else {}
    state: Any = value.state
    if isinstance(state, tuple) and len(state) == 2:  # (attributes, slots)
        state = {key: child for part in state if isinstance(part, dict) for key, child in part.items()}
    if not isinstance(state, dict):
        return value.items
    if isinstance(content := state.get("_content"), dict | list):  # OmegaConf's containers
        return attributes(content)
    if is_module(value):
        pieces = {key: child for name in ("_parameters", "_buffers", "_modules") for key, child in _under(state, name)}
        state = {key: child for key, child in state.items() if not key.startswith("_")} | pieces
    return {**value.items, **state}


def _under(state: Mapping[str, Any], name: str) -> list[tuple[str, Any]]:
    found: Any = state.get(name)
    return list(found.items()) if isinstance(found, dict) else []


def nodes(tree: Any) -> Iterator[Node]:
    """All parts of a pickle that have named pieces, each once. It may contain itself, and a key may be as long as a file."""
    seen, waiting = set[int](), [(tree, "", "" if is_module(tree) else None)]
    while waiting and len(seen) < _MOST:
        value, place, scope = waiting.pop()
        if id(value) in seen or place.count(".") > _DEEPEST:
            continue
        seen.add(id(value))
        items = attributes(value)
        yield Node(place, scope, items, value)
        for key, child in items.items():
            inner = f"{place}.{key}" if place else key
            if isinstance(child, dict | list | tuple | Call) and not APART.fullmatch(key) and len(inner) < 500:
                waiting.append((child, inner, f"{inner}." if is_module(child) else None))


def heard(tree: Any) -> Heard:
    """What the settings and the modules in a pickle state."""
    return heard_in(list(nodes(tree)))


def heard_in(found: Sequence[Node]) -> Heard:
    """What these pieces state."""
    sigmas = [said for node in found for said in _sigmas(node)]
    options, remarks, against, firm = dict[str, str](), list[str](), dict[str, str](), dict[str, bool]()
    # A module's own attributes count before the settings that it may have been made from.
    for node in sorted(found, key=lambda node: node.scope is None):
        for name, value, place in _options(node):
            told = f"{name} = {value}, stated as {shown(place)}"
            if name not in options:
                options[name], firm[name] = value, node.scope is not None
                remarks.append(told)
            elif firm[name] == (node.scope is not None) and not _is_same(options[name], value):
                first = next(remark for remark in remarks if remark.startswith(f"{name} = "))
                against.setdefault(name, f"{first}, and {told}")
    return Heard(tuple(sigmas), options, tuple(remarks), against)


def _is_same(one: str, other: str) -> bool:
    try:
        return math.isclose(float(one), float(other), rel_tol=1e-6)
    except ValueError:
        return one == other


def _sigmas(node: Node) -> Iterator[Statement]:
    if is_layer(node.value):
        mode = node.items.get("mode", node.items.get("nonlinearity"))
        if isinstance(mode, str) and mode not in ("GRU", "LSTM"):
            yield Statement(_bare(mode), _join(node.place, "nonlinearity"), node.scope, True)
        return
    for key, value in node.items.items():
        name = plain_name(key)
        moded = name in _MODES and isinstance(value, str) and re.fullmatch("rnn_(tanh|relu)", value.lower())
        if (names_sigma(key) or names_gate(key) or moded) and (said := spelled(value)):
            yield Statement(said, _join(node.place, key), node.scope)


def _options(node: Node) -> Iterator[tuple[str, str, str]]:
    plain = {plain_name(key): (key, _unwrapped(value)) for key, value in node.items.items()}
    for name in sorted(_ALPHA & set(plain)):
        key, value = plain[name]
        if _is_share(value):
            yield "alpha", repr(float(value)), _join(node.place, key)
        elif name == "leak" and value in _LEAKS:
            yield "leak", value, _join(node.place, key)
    step, time = (next((plain[name] for name in names if name in plain), None) for names in (_STEP, _TIME))
    if step and time and _is_positive(step[1]) and _is_positive(time[1]) and _is_share(share := step[1] / time[1]):
        yield "alpha", repr(share), f"{_join(node.place, step[0])} / {time[0]}"
    if (phase := plain.get("phaseinput")) and _is_option(phase[1]):
        text = phase_text(phase[1])
        yield "phase_input", text, _join(node.place, phase[0])


def phase_text(value: str | int) -> str:
    """A phase input as metadata have it, from True, 1, or a text, which may be one of these."""
    if not isinstance(value, str):
        return str(bool(value)).lower()
    return {"True": "true", "1": "true", "False": "false", "0": "false"}.get(value, value)


def _is_option(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, int) and value in (0, 1))


def _is_positive(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1e100


def _is_share(value: Any) -> bool:
    return _is_positive(value) and value < 1


def spelled(value: Any) -> str | None:
    """The name of the σ that a value is; None if it is no statement.

    >>> spelled("nn.ReLU()"), spelled("RNN_TANH"), spelled(0.1)
    ('ReLU', 'TANH', None)
    >>> getattr_of_torch = Call(Global("builtins", "getattr"), (Global("torch._C", "_VariableFunctions"), "tanh"))
    >>> spelled(getattr_of_torch), spelled({"_target_": "torch.nn.Tanh"})
    ('tanh', 'Tanh')
    """
    value = _unwrapped(value)
    if isinstance(value, str):
        return _bare(value) if plain_name(value) not in _NOTHING else None
    if isinstance(value, Global):
        return _bare(value.name)
    if isinstance(value, dict):
        return next((_bare(text) for key in _NAMED if isinstance(text := value.get(key), str)), None)
    if not isinstance(value, Call) or not isinstance(value.function, Global):
        return None
    arguments: tuple[Any, ...] = value.arguments if isinstance(value.arguments, tuple) else ()
    if is_module(value):
        limits = [value.state.get(name) for name in ("min_val", "max_val")]
        own = value.function.name
        return own if limits in ([None, None], [-1, 1]) else f"{own}({limits[0]}, {limits[1]})"
    if value.function.name == "getattr" and len(arguments) == 2 and isinstance(arguments[1], str):
        return _bare(arguments[1])
    if value.function.name == "partial":
        return f"partial of {arguments[0]}" if arguments else "partial"
    return _bare(arguments[0]) if len(arguments) == 1 and isinstance(arguments[0], str) else None  # an enumeration's


def _unwrapped(value: Any) -> Any:
    """The value in a node of OmegaConf, or a number of NumPy."""
    state = value.state if isinstance(value, Call) else None
    if isinstance(state, dict) and "_val" in state:
        return state["_val"]
    return value if (found := number(value)) is None else found


def _bare(text: str) -> str:
    written = _WRITTEN.fullmatch(text.strip())
    last = (written[1] or written[2] if written else text.strip()).rpartition(".")[2]
    return last[4:] if last.lower().startswith("rnn_") else last


def plain_name(name: str) -> str:
    """A name without case, underscores and hyphens."""
    return name.lower().replace("_", "").replace("-", "") if len(name) < 40 else name


def _join(place: str, key: str) -> str:
    return f"{place}.{key}" if place else key
