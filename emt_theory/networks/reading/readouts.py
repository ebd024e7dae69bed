r"""The read-out of a network whose names say none: the linear layer behind its highest recurrent layer.

It is found by its name, or else by its shape, as the only remaining matrix with N columns; a matrix called ``kernel`` has shape (in, out), so there N
rows are meant. What a name says to be something else, a state, a mask, data, an embedding, is no candidate. Two candidates are refused, and so is a
plain square array where nothing tells from which side it multiplies, each with the calls to choose from.

>>> layer = Layer.of("weight_hh_l0", "elman", 4, hh=key("weight_hh_l0"), ih=key("weight_ih_l0"))
>>> found = with_readout([layer], ["h0", "policy.weight", "policy.bias"], {"h0": (1, 4), "policy.weight": (2, 4), "policy.bias": (2,)})
>>> str(found.weights["W_hy"]), str(found.weights["b_y"])
('policy.weight', 'policy.bias')
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from emt_theory.errors import InvalidNetwork
from emt_theory.ground.text import cut, listed, shown
from emt_theory.networks.kinds import KINDS
from emt_theory.networks.reading.expressions import Expression, key
from emt_theory.networks.reading.layers import Layer, Shapes, call, place
from emt_theory.networks.reading.words import head, is_embedding, is_no_readout, is_optimizers, leaf, word

_READOUT = re.compile(
    r"(?:.*[./])?(?:readout|read_out|fc|linear|out|decoder|head|dense)[^./]*(?:[./]\d+)?[./](?:weight|kernel(?::\d+)?)",
    re.IGNORECASE,
)
_OURS = re.compile(r"(?:.*[./_])?W_hy")
_SPEAKING = re.compile(r"read|out|dec|proj|head|logit|policy|fc|lin|w_?h?[yovqz]|hy")
"""What is in the name of a plain array that is a read-out, in lower case."""


def with_readout(chain: Sequence[Layer], remaining: Sequence[str], shapes: Shapes) -> Layer:
    """The highest layer with its read-out.

    Args:
        chain: the layers, the lowest first.
        remaining: the keys of arrays that no layer uses.
        shapes: the shape of every array.

    Raises:
        InvalidNetwork: if there is none, or several, or one that is square and may multiply from either side.
    """
    top, n = chain[-1], chain[-1].hidden
    if not is_optimizers(top.name):
        remaining = [name for name in remaining if not is_optimizers(name)]
    candidates = _candidates(remaining, shapes, n)
    if not candidates:
        raise InvalidNetwork(
            "no read-out: a key such as 'readout.weight', 'fc.weight', 'Dense_0.kernel' or 'W_hy', or any other matrix with "
            f"N = {n} columns, is missing; {inventory(shapes)}; {_remedy(chain, remaining, shapes)}"
        )
    if len(candidates) > 1:
        one, *others = candidates
        others += [bias for other in others for bias in _biases(other, remaining, shapes)]
        ignored = ", ".join([str(key(other)) for other in others[:6]] + ["…"] * (len(others) > 6))
        said = call({**_spelled(_weights(one, remaining, shapes)), "ignore": ignored})
        raise InvalidNetwork(
            f"{len(candidates)} possible read-outs, {some(candidates)}; keep one, or say which, here the first: {said}"
        )
    w_hy, remarks = candidates[0], top.remarks
    plain = not _is_module(w_hy) and not _OURS.fullmatch(w_hy)
    turned = plain and shapes[w_hy] == (n, n) and n > 1
    if turned and top.side is None:
        left, right = (call(_spelled(_weights(w_hy, remaining, shapes, transposed=side))) for side in (False, True))
        raise InvalidNetwork(
            f"{shown(w_hy)} of shape {shapes[w_hy]} does not tell from which side it reads out; say which; left, as in V h: {left}; right, as in "
            f"h V: {right}"
        )
    if plain and not _SPEAKING.search(word(w_hy)):
        remarks = (*remarks, f"{shown(w_hy)} is taken for the read-out, as the only matrix with N = {n} columns")
    weights = _weights(w_hy, remaining, shapes, transposed=turned and top.side == "right")
    return replace(top, weights={**top.weights, **weights}, remarks=remarks)


def _candidates(remaining: Sequence[str], shapes: Shapes, n: int) -> list[str]:
    remaining = [name for name in remaining if not is_no_readout(name)]
    named = [name for name in remaining if _READOUT.fullmatch(name) or _OURS.fullmatch(name)]
    fitting = [name for name in remaining if len(shapes[name]) == 2 and shapes[name][0 if _is_kernel(name) else 1] == n]
    # What has a read-out's name and no shape of one is taken only where nothing else fits: its shape is refused later, by a better message.
    return (
        [name for name in named if name in fitting]
        or fitting
        or [name for name in named if len(shapes[name]) == 2]
        or named
    )


def _weights(w_hy: str, remaining: Sequence[str], shapes: Shapes, transposed: bool = False) -> dict[str, Expression]:
    turned = transposed or _is_kernel(w_hy)
    biases = _biases(w_hy, remaining, shapes)
    return {"W_hy": key(w_hy, transposed=turned)} | ({"b_y": key(biases[0])} if biases else {})


def _spelled(weights: dict[str, Expression]) -> dict[str, str]:
    return {name: str(source) for name, source in weights.items()}


def _is_kernel(name: str) -> bool:
    return leaf(name).split(":")[0] == "kernel"


def _is_module(name: str) -> bool:
    return leaf(name).split(":")[0] in ("weight", "kernel")


def _biases(w_hy: str, remaining: Sequence[str], shapes: Shapes) -> list[str]:
    """The bias of a read-out, where it is there; of a plain array it is called alike, and has one number for each output."""
    if match := re.fullmatch(r"(.*)(?:weight|kernel)(:\d+)?", w_hy):  # Keras 2 numbers its variables: kernel:0, bias:0
        return [name for name in (f"{match[1]}bias{match[2] or ''}",) if name in remaining]
    if w_hy.endswith("W_hy"):
        return [name for name in (w_hy.removesuffix("W_hy") + "b_y",) if name in remaining]
    stem = re.sub(r"^w(?:eights?)?_?|_?w(?:eights?)?$", "", leaf(w_hy).lower())
    alike = {f"{bias}_{stem}" for bias in ("b", "bias")} | {f"{stem}_{bias}" for bias in ("b", "bias")} | {f"b{stem}"}
    size = shapes[w_hy][0] if shapes[w_hy] and stem else None
    beside = [name for name in remaining if head(name) == head(w_hy) and leaf(name).lower() in alike]
    own = [name for name in beside if _count(shapes[name]) == size]
    return own or [name for name in ("b_y",) if name in remaining]


def _count(shape: tuple[int, ...]) -> int:
    """How many numbers a vector holds, a row or a column; 1 for a number."""
    return max(shape, default=1) if sum(length != 1 for length in shape) <= 1 else -1


def _remedy(chain: Sequence[Layer], remaining: Sequence[str], shapes: Shapes) -> str:
    """What to do where nothing reads out."""
    driven = KINDS[chain[0].kind].WEIGHTS[1]
    text = f"if the state itself is the output, say so: {call({'W_hy': '1'})}"
    tables = [name for name in remaining if is_embedding(name) and shapes[name][1:] == (chain[-1].hidden,)]
    if len(tables) != 1:
        return text
    table = key(tables[0])
    said = {"W_hy": str(table), place(0, driven, len(chain)): f"{chain[0].weights[driven]} @ {table}.T"}
    biases = [name for name in remaining if shapes[name] == shapes[tables[0]][:1] and word(name).startswith("b")]
    said |= {"b_y": str(key(biases[0]))} if len(biases) == 1 else {}
    return f"if the embedding {shown(tables[0])} reads out, too, its weights tied: {call(said)}; {text}"


def inventory(shapes: Shapes) -> str:
    """What is there instead, for a message."""
    if not shapes:
        return "it holds no arrays"
    first = ", ".join(f"{_plain(name)} {shown(shape)}" for name, shape in sorted(shapes.items())[:8])
    return f"it holds {first}{', …' if len(shapes) > 8 else ''}"


def _plain(name: str) -> str:
    return name if name.isprintable() and len(name) <= 80 else shown(name)


def some(names: Sequence[str]) -> str:
    """Keys, for a message."""
    return cut(listed(names), 400)
