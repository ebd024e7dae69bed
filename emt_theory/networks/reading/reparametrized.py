r"""Weights that a file holds in parts, because PyTorch trained the parts: folded to what the forward pass computes, or refused with the remedy.

    kind             the file holds                                    the weight
    weight_norm      g = X_g, V = X_v                                  g V / ‖V‖, the norm over the axes where g has length 1
                     g, V = parametrizations.X.original0, …original1
    spectral_norm    W = X_orig, u = X_u, v = X_v                      W / (uᵀ W v), as at evaluation
                     W = parametrizations.X.original, …X.0._u, …X.0._v
    pruning          W = X_orig, M = X_mask                            W ∘ M

Each is one entry of `FOLDS`. What is folded bears PyTorch's plain name, X, and from there on is read as any other weight:

>>> entry = lambda rows: Entry((2, len(rows[0])), "float64", np.array(rows, dtype=float))
>>> parts = {"rnn.weight_hh_l0_g": entry([[5], [2]]), "rnn.weight_hh_l0_v": entry([[3, 4], [0, 5]])}
>>> folded = fold(Content(parts, {}))
>>> folded.array("rnn.weight_hh_l0").tolist(), folded.remarks
([[3.0, 4.0], [0.0, 2.0]], ('weight_norm of rnn.weight_hh_l0 is folded',))

Of an orthogonal parametrization a file does not say the map: the matrix exponential, the Cayley map and a product of Householder reflections leave
the same two arrays, original and 0.base. It is refused, as any other and as two of them on one weight are. What leaves no array at all, a second
parametrization without buffers on top of the first, no reader can see.

Source: torch/nn/utils/weight_norm.py, spectral_norm.py, prune.py, parametrize.py and parametrizations.py; checked against torch 2.13.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from emt_theory.errors import InvalidNetwork
from emt_theory.ground.text import shown
from emt_theory.networks.reading.content import Content, Entry

_TOLERANCE = 1e-6
"""How far a stale copy of a weight may be from what the parts give, in units of its largest entry: the rounding of single precision, and no more."""
_ALIGNED = 0.9
"""The cosine of u and W v above which they belong together: power iteration makes it 1."""
_PARAMETRIZED = re.compile(
    r"(?P<head>(?:.*\.)?)parametrizations\.(?P<name>[^.]+)\.(?:(?P<second>[1-9]\d*\.).*|.+)", re.DOTALL
)
_REMEDY = "in PyTorch, before saving: torch.nn.utils.parametrize.remove_parametrizations"


class _NotDetermined(InvalidNetwork):
    """Parts that do not say what the weight is."""


@dataclass(frozen=True)
class Fold:
    """One way to hold a weight in parts.

    Attributes:
        name: what PyTorch calls it.
        ends: how the keys of the parts end, behind the module's prefix; {} stands for the name of the weight.
        fits: whether arrays of these shapes are such parts, in this order.
        weight: from the parts to the weight.
        shortest: the fewest characters that the name of a weight has: W_g and W_v are more likely two weights than parts of one.
    """

    name: str
    ends: tuple[str, ...]
    fits: Callable[..., bool]
    weight: Callable[..., NDArray[np.float64]]
    shortest: int = 1

    def matches(self, entries: Mapping[str, Entry]) -> dict[str, tuple[str, ...]]:
        """The keys of the parts of each weight whose parts are all there and fit, by the key that it gets."""
        before, behind = map(re.escape, self.ends[0].split("{}"))
        pattern = re.compile(rf"((?:.*[./])?){before}([^./]{{{self.shortest},}}){behind}", re.DOTALL)
        found = dict[str, tuple[str, ...]]()
        for match in filter(None, map(pattern.fullmatch, entries)):
            parts = tuple(match[1] + end.format(match[2]) for end in self.ends)
            if all(part in entries for part in parts) and self.fits(*(entries[part].shape for part in parts)):
                found[match[1] + match[2]] = parts
        return found


def _is_normed(g: tuple[int, ...], v: tuple[int, ...]) -> bool:
    """Whether g has the axes of V, all but one of them of length 1, or none at all."""
    alike = len(g) == len(v) and all(a in (1, b) for a, b in zip(g, v, strict=True))
    return len(v) >= 2 and (g == () or (alike and sum(a > 1 for a in g) <= 1))


def _normed(g: NDArray[np.float64], v: NDArray[np.float64]) -> NDArray[np.float64]:
    axes = tuple(axis for axis in range(v.ndim) if g.ndim == 0 or g.shape[axis] == 1)
    return v * (g / np.sqrt(np.sum(v * v, axis=axes, keepdims=True)))


def _is_spectral(w: tuple[int, ...], u: tuple[int, ...], v: tuple[int, ...]) -> bool:
    """Whether u and v are vectors on either side of W, seen as a matrix by its first axis, or by its second (dim=1)."""
    return len(w) >= 2 and (u + v in ((w[0], math.prod(w[1:])), w[::-1])) and len(u) == 1


def _spectral(w: NDArray[np.float64], u: NDArray[np.float64], v: NDArray[np.float64]) -> NDArray[np.float64]:
    rows = w.reshape(len(w), -1) if len(u) == len(w) else w.T
    if len(u) == len(v) and _cosine(u, rows @ v) < _ALIGNED < _cosine(u, rows.T @ v):
        raise _NotDetermined("u and v are those of the transpose (dim=1)")
    return w / (u @ (rows @ v))


def _cosine(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))


def _is_masked(w: tuple[int, ...], mask: tuple[int, ...]) -> bool:
    return w == mask


FOLDS: list[Fold] = [  # pruning first: what it was applied to may be a part of something else
    Fold("pruning", ("{}_orig", "{}_mask"), _is_masked, np.multiply),
    Fold("weight_norm", ("{}_g", "{}_v"), _is_normed, _normed, shortest=2),
    Fold("weight_norm", ("parametrizations.{}.original0", "parametrizations.{}.original1"), _is_normed, _normed),
    Fold("spectral_norm", ("{}_orig", "{}_u", "{}_v"), _is_spectral, _spectral),
    Fold(
        "spectral_norm",
        ("parametrizations.{}.original", "parametrizations.{}.0._u", "parametrizations.{}.0._v"),
        _is_spectral,
        _spectral,
    ),
]


def fold(content: Content) -> Content:
    """The content with every weight that is there in parts as one array, in float64, under PyTorch's plain name.

    Raises:
        InvalidNetwork: if a weight is parametrized in a way that the file does not determine, or in two; if a plain copy of it says something else.
    """
    claims = Counter(key for known in FOLDS for key in known.matches(content.entries))
    for key, count in claims.items():
        if count > 1:
            raise InvalidNetwork(
                f"{shown(key)} is reparametrized twice, in an order that the file does not say; {_remedy(key)}"
            )
    for known in FOLDS:
        for key, parts in known.matches(content.entries).items():
            content = _folded(content, known, key, parts)
    for key in content.entries:
        if match := _PARAMETRIZED.fullmatch(key):
            orthogonal = f"{match['head']}parametrizations.{match['name']}.0.base" in content.entries
            what = "a second" if match["second"] else "an orthogonal" if orthogonal else "a"
            told = f"{shown(key)} belongs to {what} parametrization, whose map the file does not say"
            raise InvalidNetwork(f"{told}; {_remedy(match['head'] + match['name'])}")
    return content


def _folded(content: Content, known: Fold, key: str, parts: tuple[str, ...]) -> Content:
    try:
        with np.errstate(all="ignore"):  # what is not finite is refused with the network
            weight = known.weight(*(content.array(part).astype(np.float64) for part in parts))
    except _NotDetermined as error:
        raise InvalidNetwork(f"{known.name} of {shown(key)}: {error}; {_remedy(key)}") from None
    remark = f"{known.name} of {key} is folded"
    if key in content.entries:
        _check_copy(content, key, weight, known.name)
        remark += ", and the copy of it in the file is the same"
    left = {other: entry for other, entry in content.entries.items() if other not in parts}
    left[key] = Entry(weight.shape, "float64", weight)
    return replace(content, entries=dict(sorted(left.items())), remarks=(*content.remarks, remark))


def _check_copy(content: Content, key: str, weight: NDArray[np.float64], name: str) -> None:
    copy = content.array(key)
    scale = max(float(np.abs(weight).max(initial=0)), np.finfo(float).tiny)
    with np.errstate(all="ignore"):
        error = float(np.abs(copy - weight).max(initial=0)) / scale if copy.shape == weight.shape else np.inf
    if not error <= _TOLERANCE:
        how = f"differ by {error:.2g} of the largest entry" if np.isfinite(error) else "differ"
        raise InvalidNetwork(
            f"{shown(key)} is there twice, plain and as the parts of its {name}, and they {how}; keep one"
        )


def _remedy(key: str) -> str:
    """The call that makes one array of a weight, in PyTorch."""
    head, _, name = key.rpartition(".")
    module = f"model.get_submodule({shown(head)})" if head else "model"
    return f"{_REMEDY}({module}, {shown(name)})"
