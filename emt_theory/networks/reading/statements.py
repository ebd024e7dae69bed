r"""Which σ an Elman network has, by what its file states, and where.

    PyTorch's own layer states it           then it is that one
    a module above the weights does         the nearest one, as far as it agrees with the settings
    settings do, or metadata                they have to agree; those nested under a name of something else, head, say, are passed over
    nothing does                            the default of the library with these names, else tanh, that of `torch.nn.RNN`: it is assumed

A σ that is stated and unknown, or stated twice and not the same, is an error that says where:

>>> says = write_statements([Statement("ReLU", "args.act"), Statement("swish", "head.act", "head.")])
>>> choose_sigma(says, ("cell.weight_hh",))
Sigma(name='relu', said="relu, stated as 'args.act'", assumed=(), remarks=())
>>> choose_sigma(says, ("head.weight_hh",))
Traceback (most recent call last):
...
emt_theory.errors.InvalidNetwork: unknown activation 'swish', stated as 'head.act'; known are tanh, identity, hard_tanh, relu, sigmoid
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from emt_theory.errors import InvalidNetwork
from emt_theory.ground.text import shown
from emt_theory.networks.activations import ACTIVATIONS, activation
from emt_theory.networks.reading.stated import Statement, names_gate, names_sigma, spelled

STATED = "stated_activation"
"""The metadata key under which readers of pickles hand statements on."""
ASSUMED = "assumed"
"""The metadata key under which a file of our own says that σ was assumed, and not said, before it was saved."""
KEYS = ("activation", "nonlinearity")
"""The metadata keys that name σ in files of weights."""
USUAL = "usual_activation"
"""The setting with which a naming says what σ its library takes by default."""
_USUAL_PLACES = re.compile(
    r"(?:[_\-\d]|[hk]?w?args?|argv|cfg|conf|config|configuration|hyper|h?params?|parameters?|settings?|options?|opts?|flags|init|state|meta"
    r"|data|dict|run|exp|experiment|train|training|trainer|wandb|model|models|module|net|network|nn|rnn|rnns|recurrent|core|cell|cells|unit|units|layer"
    r"|layers|hidden|elman|vanilla|simple|my|the|self)+",
    re.IGNORECASE,
)
"""Names under which settings of the recurrent layer stand: pieces of a name such as hyper_parameters, rnn_config, layers.0."""
_LONGEST = 40
_ASSUMED = ("tanh", "tanh, the default of torch.nn.RNN; none is named")


class Sigma(NamedTuple):
    """A σ.

    Attributes:
        name: its name.
        said: what the layout says of it.
        assumed: the names of the attributes that had to be assumed.
        remarks: which settings were passed over, a sentence each.
    """

    name: str
    said: str
    assumed: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def write_statements(said: Iterable[Statement]) -> dict[str, str]:
    """Statements as metadata; none where there are none."""
    listed = list(said)
    return {STATED: json.dumps(listed)} if listed else {}


def choose_sigma(metadata: Mapping[str, str], keys: Sequence[str], said: str | None = None) -> Sigma:
    """σ of a layer.

    Args:
        metadata: what the file states.
        keys: the keys of its recurrent weights.
        said: what the caller says, where the file states nothing.

    Raises:
        InvalidNetwork: if a σ is unknown, or two disagree, or the caller disagrees; says where they were stated.
    """
    stated, wanted = _stated(metadata, keys), None if said is None else activation(said).name
    if stated and "emt_format" in metadata and metadata.get(ASSUMED) == "activation":
        told = f"{stated.name}, which was assumed before it was saved"
        return Sigma(wanted, f"{wanted}, as the caller says") if wanted else Sigma(stated.name, told, ("activation",))
    if stated is None:
        usual = metadata.get(USUAL)
        told = (usual, f"{usual}, the default of the library with these names; none is named") if usual else _ASSUMED
        if wanted:
            return Sigma(wanted, f"{wanted}, as the caller says")
        return Sigma(*told, ("activation",), _passed_over(metadata, keys))
    if wanted not in (None, activation(stated.name).name):
        raise InvalidNetwork(f"the file holds σ = {stated.said}; leave activation={said!r} out")
    return stated


def check_gates(metadata: Mapping[str, str], keys: Sequence[str], beside: Iterable[str]) -> tuple[str, ...]:
    """What is said of σ where a layer has gates, whose functions are fixed: a remark for each statement of another.

    Args:
        metadata: what the file states.
        keys: the keys of the layer's weights, its read-out not among them.
        beside: the keys of the other arrays.

    Raises:
        InvalidNetwork: if it is the cell itself that states another.
    """
    said = [Statement(text, key) for key, text in _named(metadata).items()] if "emt_format" not in metadata else []
    said += _read_statements(metadata.get(STATED, "[]"), gates=True)
    remarks = dict[str, None]()
    for one in said:
        fixed = "sigmoid" if names_gate(one.place.rpartition(".")[2]) else "tanh"
        above = one.scope is not None and all(key.startswith(one.scope) for key in keys)
        if _standard(one.value) == fixed or (not above and (one.scope is not None or _stranger(one, keys))):
            continue
        if above and not any(key.startswith(one.scope or "") for key in beside):
            raise InvalidNetwork(f"σ is {one}, where a cell with gates has {fixed} and nothing else is supported")
        remarks[f"σ = {one}, is not taken: a cell with gates has {fixed} there"] = None
    return tuple(remarks)


def _stated(metadata: Mapping[str, str], keys: Sequence[str]) -> Sigma | None:
    """What the file states; None where it states nothing."""
    named = _named(metadata)
    if len(set(map(_standard, named.values()))) > 1:
        told = " and ".join(f"{key}={shown(value)}" for key, value in named.items())
        raise InvalidNetwork(f"metadata contradict each other: {told}")
    for key, value in named.items():
        return Sigma(value, f"{value}, from metadata {key!r}")
    counting = _counting(_read_statements(metadata.get(STATED, "[]")), keys)
    if not counting:
        return None
    found = {_known(said): said for said in reversed(counting)}
    if len(found) > 1:
        one, other = list(found.values())[:2]
        raise InvalidNetwork(
            f"σ is {one}, and {other}; save the state dictionary alone, and name σ: activation={next(iter(found))!r}"
        )
    ((name, said),) = found.items()
    return Sigma(name, f"{name}, stated as {shown(said.place)}")


def _named(metadata: Mapping[str, str]) -> dict[str, str]:
    """σ in texts beside arrays; in a file of our own other names are notes."""
    texts = {key: metadata[key] for key in KEYS if key in metadata}
    if "emt_format" not in metadata:
        more = {key: text for key, text in metadata.items() if names_sigma(key) and not _is_number(text)}
        texts |= {key: said for key, text in more.items() if (said := spelled(text))}
    return texts


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _standard(name: str) -> str:
    """Our name for a σ, or what is written where we have none."""
    try:
        return activation(name).name
    except InvalidNetwork:
        return name


def _read_statements(text: str, gates: bool = False) -> list[Statement]:
    """The statements, those about gates only where they are asked for; a file can hold anything under their key."""
    try:
        said = [Statement(*one) for one in json.loads(text)]
        if all(isinstance(text, str) for one in said for text in (one.value, one.place, one.scope or "")):
            return [one for one in said if gates or not names_gate(one.place.rpartition(".")[2])]
    except (TypeError, ValueError, RecursionError):
        pass
    raise InvalidNetwork(f"metadata {STATED} is malformed; leave it out")


def _counting(said: list[Statement], keys: Sequence[str]) -> list[Statement]:
    """The statements that are about the layer with these weights."""
    above = [one for one in said if one.scope is not None and all(key.startswith(one.scope) for key in keys)]
    if layers := [one for one in above if one.is_layer]:
        return layers
    nearest = max((len(one.scope or "") for one in above), default=0)
    settings = [one for one in said if one.scope is None and _stranger(one, keys) is None]
    return settings + [one for one in above if len(one.scope or "") == nearest]


def _stranger(said: Statement, keys: Sequence[str]) -> str | None:
    """The name under which a setting stands that is neither usual for settings nor a part of the layer's keys: then it is about something else."""
    parts = {part for key in keys for part in re.split("[./]", key)[:-1]}
    names = said.place.split(".")[:-1]
    return next((name for name in names if name not in parts and not _is_usual(name)), None)


def _is_usual(name: str) -> bool:
    return len(name) < _LONGEST and _USUAL_PLACES.fullmatch(name) is not None


def _passed_over(metadata: Mapping[str, str], keys: Sequence[str]) -> tuple[str, ...]:
    settings = [one for one in _read_statements(metadata.get(STATED, "[]")) if one.scope is None]
    strange = {one: name for one in settings if (name := _stranger(one, keys)) is not None}
    return tuple(
        f"σ = {one}, is not taken: {shown(name)} is no part of the recurrent layer" for one, name in strange.items()
    )


def _known(said: Statement) -> str:
    try:
        return activation(said.value).name
    except InvalidNetwork:
        names = ", ".join(known.name for known in ACTIVATIONS)
        raise InvalidNetwork(
            f"unknown activation {shown(said.value)}, stated as {shown(said.place)}; known are {names}"
        ) from None
