r"""A rule as people write it: the shortest form of those that are known here, and each can be read back as a rule.

The shortest that fits, in this order where two are as short: a constant, a copy or an affine form mod q (`^` for two symbols), a threshold of a sum
with weights up to 2, a choice `where(a, b, c)`, the largest or the smallest of the reads, `^` of products (q = 2), a polynomial over GF(q) (q
prime); a table where none fits.

>>> slots = Slots(3, 1)
>>> spell(LocalRule((0, 1, 2), np.array([[[0, 0], [0, 1]], [[0, 1], [1, 1]]])), 2, slots)
'u[3] + u[2] + u[1] >= 2'
>>> spell(LocalRule((1, 2), np.array([[0, 1, 2], [1, 1, 2], [2, 2, 2]])), 3, slots)
'max(u[2], u[1])'
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import permutations, product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emt_theory.ground.slots import Slots
from emt_theory.tasks.finite.local_rule import LocalRule

_LONGEST = 16
_MOST_WEIGHED, _MOST_FACTORS, _MOST_TERMS, _FAR = 5, 3, 6, 2**20
"""The most entries or products that are written; longer rules end in an ellipsis."""


def spell(rule: LocalRule, size: int, slots: Slots) -> str:
    """The right-hand side of one output, in u[lag][component], or u[lag] for d = 1.

    Args:
        rule: the output.
        size: q.
        slots: s and d.
    """
    return spell_named(rule, size, [_name(j, slots) for j in rule.reads])


def spell_named(rule: LocalRule, size: int, names: list[str]) -> str:
    """The same with names for its reads."""
    forms = (_affine, _threshold, _choice, _extreme, _products, _polynomial)
    texts = [text for form in (forms if names else forms[:1]) if (text := form(rule, size, names))]
    return min(texts, key=len, default="") or _table(rule, size, names)


def _name(j: int, slots: Slots) -> str:
    block, component = slots.place(j)
    return f"u[{slots.lag(block)}]" + (f"[{component}]" if slots.dim > 1 else "")


def _affine(rule: LocalRule, size: int, names: list[str]) -> str:
    found = rule.affine(size)
    if found is None:
        return ""
    constant, slopes = found
    if size == 2:
        return " ^ ".join([*names, *(["1"] if constant or not names else [])]) if constant or names else "0"
    terms = [name if slope == 1 else f"{slope}*{name}" for slope, name in zip(slopes, names, strict=True)]
    terms += [str(constant)] if constant or not terms else []
    return terms[0] if terms in ([str(constant)], [names[0]] if names else []) else f"({' + '.join(terms)}) % {size}"


def _threshold(rule: LocalRule, size: int, names: list[str]) -> str:
    """`&`, `|` and weighted sums against a threshold, for two symbols: the smallest weights of up to 2 that do."""
    if size > 2 or len(names) > _MOST_WEIGHED:
        return _count(rule, size, names)
    points, ones = np.indices(rule.table.shape).reshape(len(names), -1), rule.table.reshape(-1) == 1
    weights = _weights(len(names))
    totals = weights @ points
    least = np.where(ones, totals, _FAR).min(axis=1)
    fits = np.flatnonzero(least > np.where(ones, -_FAR, totals).max(axis=1))
    if not len(fits):
        return ""
    return _compared(weights[fits[0]].tolist(), int(least[fits[0]]), names)


def _count(rule: LocalRule, size: int, names: list[str]) -> str:
    """The same of many reads, which all weigh 1."""
    if size > 2:
        return ""
    totals = np.indices(rule.table.shape).sum(axis=0)
    ones = totals[rule.table == 1]
    least = int(ones.min()) if len(ones) else 0
    return _compared([1] * len(names), least, names) if np.array_equal(rule.table, totals >= least) else ""


def _compared(weights: list[int], least: int, names: list[str]) -> str:
    """Σ w x ≥ least."""
    if set(weights) == {1} and least in (1, len(names)):
        return (" | " if least == 1 else " & ").join(names)
    terms = [
        ("- " if w < 0 else "+ ") + (f"{abs(w)}*" if abs(w) > 1 else "") + n
        for w, n in zip(weights, names, strict=True)
    ]
    text = " ".join(terms)
    return f"{text.removeprefix('+ ') if text[0] == '+' else '-' + text[2:]} >= {least}"


@cache
def _weights(count: int) -> NDArray[np.int64]:
    """All weights of ±1, ±2, the smallest sums first, and among them the fewest that turn a symbol round."""
    ordered = sorted(product((1, -1, 2, -2), repeat=count), key=lambda w: (sum(map(abs, w)), sum(v < 0 for v in w)))
    return np.array(ordered)


def _choice(rule: LocalRule, size: int, names: list[str]) -> str:
    """where(a, b, c) of three different reads."""
    if len(names) != 3:
        return ""
    grid = np.indices(rule.table.shape)
    for a, b, c in permutations(range(3)):
        if np.array_equal(rule.table, np.where(grid[a] != 0, grid[b], grid[c])):
            return f"where({names[a]}, {names[b]}, {names[c]})"
    return ""


def _extreme(rule: LocalRule, size: int, names: list[str]) -> str:
    grid = np.indices(rule.table.shape)
    extremes: tuple[tuple[str, Callable[..., Any]], ...] = (("max", np.max), ("min", np.min))
    named = (name for name, of in extremes if np.array_equal(rule.table, of(grid, axis=0)))
    return next((f"{name}({', '.join(names)})" for name in named), "")


def _products(rule: LocalRule, size: int, names: list[str]) -> str:
    """The algebraic normal form over GF(2): the Möbius transform of the table says which products stand in it."""
    if size > 2:
        return ""
    form = rule.table.copy()
    for axis in range(form.ndim):
        low, high = (form.take(v, axis=axis) for v in (0, 1))
        form = np.stack([low, low ^ high], axis=axis)
    taken = sorted((p for p in product((0, 1), repeat=form.ndim) if form[p]), key=lambda p: (sum(p), [-v for v in p]))
    if len(taken) > _LONGEST:
        return ""
    terms = [" & ".join(n for n, v in zip(names, p, strict=True) if v) or "1" for p in taken if any(p)]
    terms = [f"({term})" if "&" in term else term for term in terms] + (["1"] if not any(taken[0]) else [])
    return " ^ ".join(terms)


def _polynomial(rule: LocalRule, size: int, names: list[str]) -> str:
    """The polynomial over GF(q) of degree below q in each read: f = Σ_a f(a) (1 − (x − a)^{q−1}), so that c_0 = f(0), c_e = −Σ_a f(a) a^{q−1−e}."""
    if size == 2 or len(names) > _MOST_FACTORS or any(size % p == 0 for p in range(2, size)):
        return ""
    powers = [[pow(a, size - 1 - e, size) for a in range(size)] for e in range(1, size)]
    transform = np.array([[int(a == 0) for a in range(size)], *(-np.array(powers))])
    form = rule.table
    for axis in range(form.ndim):
        form = np.moveaxis(np.tensordot(transform, form, axes=(1, axis)), 0, axis) % size
    taken = sorted((tuple(p) for p in np.argwhere(form).tolist()), key=lambda p: (not any(p), sum(p), [-v for v in p]))
    if len(taken) > _MOST_TERMS:
        return ""
    terms = [_term(int(form[p]), p, names) for p in taken]
    return f"({' + '.join(terms)}) % {size}"


def _term(coefficient: int, exponents: tuple[int, ...], names: list[str]) -> str:
    factors = [name + (f"**{e}" if e > 1 else "") for name, e in zip(names, exponents, strict=True) if e]
    return "*".join([*([str(coefficient)] if coefficient > 1 or not factors else []), *factors])


def _table(rule: LocalRule, size: int, names: list[str]) -> str:
    """A look-up by the number that the reads write in base q."""
    powers = [size**k for k in range(len(names) - 1, -1, -1)]
    index = " + ".join(name if p == 1 else f"{p}*{name}" for p, name in zip(powers, names, strict=True))
    entries = [str(v) for v in rule.table.reshape(-1)[: 4 * _LONGEST].tolist()]
    return f"({', '.join(entries)}{', …' if rule.table.size > len(entries) else ''})[{index}]"
