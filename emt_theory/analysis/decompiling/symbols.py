r"""The rule on symbols that a network runs: which components it reads, and a table of what comes next on them.

For each s the network is shown random symbols u(1), …, u(s) and let go on. A rule with this s stands if

    symbols         outputs lie near codewords: half of the first ones nearer than FIRM of the least distance of two
    window          the last s symbols determine the next one, over 60 steps and all probes
    reads           a component is read where a change of it changes the first symbol behind the inputs, over 64 inputs
    table           on all values of the reads, with the others random, three times: the same each time
    trial           the program that this is goes on as the network does, in 99 % of the inputs entirely: of all inputs where there are at most
                    4096, else of fresh ones, over the whole horizon

Several may stand, and all are true: a majority of three copies the one symbol that it is shown. Of those that read their oldest variable (of all,
where none does), and whose symbols are at least half as firm as the firmest, the one with the largest s is told; the others are kept beside it.

>>> from emt_theory import derive
>>> from emt_theory.networks import state_space
>>> from emt_theory.tasks import Alphabet, parse
>>> found = read_rule(state_space(derive(parse("mux")).compile()), Alphabet(2), 8, 640, 50, seed=0)
>>> found.task.equations(), found.right, found.inputs
(['u(t) = where(u[1], u[2], u[3])'], 8, 8)

Source: new; tables of neural networks' automata are old (Giles et al., Neural Computation 4, 1992).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from emt_theory.analysis.decompiling.probing import answers
from emt_theory.analysis.thresholds import SYMBOLS
from emt_theory.ground.absent import Absent
from emt_theory.ground.json import Record
from emt_theory.networks import StateSpace
from emt_theory.tasks import Alphabet, FiniteTask
from emt_theory.tasks.finite.local_rule import LocalRule
from emt_theory.tasks.finite.task import MOST_INPUTS
from emt_theory.tasks.words import generator

Symbols = NDArray[np.int64]

PROBED, STEPS, FLIPPED, AGAIN = 200, 60, 64, 3
"""Probes of each s, their scored steps, inputs whose components are changed, and how often a table is read."""
_GLANCE = 4
MOST_SYMBOLS, LARGEST_TABLE = 64, 2**16
"""The largest alphabet, and the most values of one output, that are read."""
_NAME = "decompiled"


class Shown(NamedTuple):
    """What a network shows.

    Attributes:
        symbols: the nearest ones, −1 for none, shape (batch, steps, d).
        margins: how much nearer than the second, over the least distance of two codewords; 1 on a codeword.
    """

    symbols: Symbols
    margins: NDArray[np.float64]


@dataclass(frozen=True)
class RuleFound(Record):
    """A rule, and how it did.

    Attributes:
        task: the rule as a task.
        inputs: how many inputs it was tried on.
        every: whether they are all that there are.
        right: on how many of them the network is right in every symbol.
        symbols: the share of right symbols.
        horizon: over so many steps.
        margin: the least margin of the symbols shown.
        others: the rules that it has with other numbers of variables.
        tried: why there is none with the numbers that are left.
    """

    JSON = ("inputs", "every", "right", "symbols", "horizon", "margin", "others", "tried")

    task: FiniteTask
    inputs: int
    every: bool
    right: int
    symbols: float
    horizon: int
    margin: float
    others: tuple[str, ...]
    tried: tuple[str, ...]


class Reader(NamedTuple):
    """A network that shows symbols.

    Attributes:
        space: the network.
        alphabet: the symbols.
        dim: d.
    """

    space: StateSpace
    alphabet: Alphabet
    dim: int

    def show(self, symbols: Symbols, steps: int) -> Shown:
        """What follows given symbols, shape (batch, s, d)."""
        y = answers(self.space, self.alphabet.encode(symbols).astype(float), steps)
        finite = np.nan_to_num(y, nan=0.0, posinf=0.0, neginf=0.0)
        words = self.alphabet.codewords.astype(float)
        split = finite.reshape((*finite.shape[:-1], self.dim, self.alphabet.width))
        squares = (split**2).sum(axis=-1, keepdims=True) - 2 * split @ words.T + (words**2).sum(axis=1)
        near = np.sqrt(np.maximum(0, np.partition(squares, 1, axis=-1)[..., :2]))
        least = np.linalg.norm(np.diff(words, axis=0), axis=1).min()  # of every code neighbours are nearest
        return Shown(self.alphabet.decode(finite), (near[..., 1] - near[..., 0]) / least)

    def draw(self, count: int, s: int, rng: np.random.Generator) -> Symbols:
        """Random symbols."""
        return rng.integers(self.alphabet.size, size=(count, s, self.dim))


def read_rule(
    space: StateSpace, alphabet: Alphabet, max_variables: int, sequences: int, horizon: int, seed: int
) -> RuleFound | Absent:
    """The rule, among all numbers of variables.

    Args:
        space: the network, with d·e inputs and outputs.
        alphabet: the symbols, e numbers each.
        max_variables: the largest s that is tried.
        sequences: fresh inputs of the trial, where there are too many to run all.
        horizon: scored steps of it.
        seed: of all that is drawn.
    """
    reader, rng = Reader(space, alphabet, space.d_out // alphabet.width), generator(seed)
    stand, tried = list[_Tried](), list[str]()
    for s in range(1, max_variables + 1):
        found = _try(reader, s, sequences, horizon, rng)
        if isinstance(found, Absent):
            tried.append(f"s = {s}: {found}")
        else:
            stand.append(found)
    if not stand:
        return Absent("; ".join(_merged(tried)))
    task, inputs, right, symbols, margin = _choose(stand)
    others = _others([one.task for one in stand], task)
    every = task.states <= MOST_INPUTS
    return RuleFound(task, inputs, every, right, symbols, horizon, margin, others, tuple(_merged(tried)))


def _others(stand: list[FiniteTask], told: FiniteTask) -> tuple[str, ...]:
    """The rules that are not the one that is told, with the s that each stands for."""
    found: dict[str, list[int]] = {}
    for one in stand:
        found.setdefault(", ".join(one.equations()), []).append(one.num_variables)
    found.pop(", ".join(told.equations()))
    return tuple(f"s = {', '.join(map(str, sizes))}: {text}" for text, sizes in found.items())


class _Tried(NamedTuple):
    task: FiniteTask
    inputs: int
    right: int
    symbols: float
    margin: float


def _choose(stand: list[_Tried]) -> _Tried:
    """The one that is told, of all that stand; see above."""
    whole = [one for one in stand if any(j < one.task.dim for rule in one.task.rules for j in rule.reads)] or stand
    firmest = max(one.margin for one in whole)
    return max((one for one in whole if one.margin >= firmest / 2), key=lambda one: one.task.num_variables)


def _try(reader: Reader, s: int, sequences: int, horizon: int, rng: np.random.Generator) -> _Tried | Absent:
    """One number of variables, step by step."""
    probes = reader.draw(PROBED, s, rng)
    shown = reader.show(probes, STEPS)
    if (firm := float(np.median(shown.margins[:, 0]))) < SYMBOLS.firm:
        return Absent(f"outputs are no symbols (half of them have a margin below {firm:.2f})")
    if (shown.symbols < 0).any():
        return Absent("outputs are as near to one symbol as to another")
    if not _determined(np.concatenate([probes, shown.symbols], axis=1), s):
        return Absent("the last symbols do not determine the next")
    rules = _tables(reader, s, rng)
    if isinstance(rules, Absent):
        return rules
    task = FiniteTask(_NAME, s, reader.dim, reader.alphabet, rules)
    return _trial(reader, task, sequences, horizon, rng)


def _determined(series: Symbols, s: int) -> bool:
    """Whether equal windows of s symbols are always followed by the same."""
    for steps in (_GLANCE, series.shape[1] - s):  # most networks that have no rule fail at the first glance
        rows = np.stack([series[:, t : t + s + 1] for t in range(steps)], axis=1).reshape(len(series) * steps, -1)
        if len(np.unique(rows, axis=0)) > len(np.unique(rows[:, : -series.shape[2]], axis=0)):
            return False
    return True


def _tables(reader: Reader, s: int, rng: np.random.Generator) -> tuple[LocalRule, ...] | Absent:
    """The table of each output on what it reads."""
    q, n = reader.alphabet.size, s * reader.dim
    base = reader.draw(FLIPPED, s, rng)
    first, influence = reader.show(base, 1).symbols[:, 0], np.zeros((reader.dim, n), dtype=bool)
    for j in range(n):
        for change in range(1, q):
            other = base.reshape(FLIPPED, n).copy()
            other[:, j] = (other[:, j] + change) % q
            influence[:, j] |= (reader.show(other.reshape(base.shape), 1).symbols[:, 0] != first).any(axis=0)
    if not influence.any():
        return Absent("the outputs do not depend on the inputs")
    rules = list[LocalRule]()
    for c, read in enumerate(influence):
        reads = tuple(int(j) for j in np.flatnonzero(read))
        if q ** len(reads) > LARGEST_TABLE:
            return Absent(f"output {c} reads {len(reads)} components, {q}^{len(reads)} values")
        points = np.indices((q,) * len(reads)).reshape(len(reads), q ** len(reads)).T
        several = np.stack([_values(reader, s, c, reads, points, rng) for _ in range(AGAIN)])
        if (several != several[0]).any() or (several < 0).any():
            return Absent(f"output {c} depends on more than the {len(reads)} components whose changes it shows")
        rules.append(LocalRule(reads, several[0].reshape((q,) * len(reads))))
    return tuple(rules)


def _values(
    reader: Reader, s: int, c: int, reads: tuple[int, ...], points: Symbols, rng: np.random.Generator
) -> Symbols:
    """What output c is first, on points of its reads, the other components random."""
    drawn = reader.draw(len(points), s, rng).reshape(len(points), -1)
    drawn[:, list(reads)] = points
    return reader.show(drawn.reshape(len(points), s, reader.dim), 1).symbols[:, 0, c]


def _trial(reader: Reader, task: FiniteTask, sequences: int, horizon: int, rng: np.random.Generator) -> _Tried | Absent:
    """The network beside the program."""
    s, q, n = task.num_variables, task.alphabet.size, task.components
    every = task.states <= MOST_INPUTS
    inputs = np.indices((q,) * n).reshape(n, -1).T.reshape(-1, s, task.dim) if every else reader.draw(sequences, s, rng)
    shown = reader.show(inputs, horizon)
    same = shown.symbols == task.targets(inputs, horizon)
    right, share = int(same.all(axis=(1, 2)).sum()), float(same.mean())
    if right < SYMBOLS.right * len(inputs):
        whole = f"{right} of {len(inputs)} inputs entirely"
        return Absent(f"the program read off has {share:.3f} of the network's symbols over {horizon} steps, {whole}")
    return _Tried(task, len(inputs), right, share, float(shown.margins.min()))


def _merged(tried: list[str]) -> list[str]:
    """Reasons, those of neighbours that are the same said once."""
    told = list[str]()
    for text in tried:
        number, _, reason = text.partition(": ")
        if told and told[-1].partition(": ")[2] == reason:
            first = told.pop().partition(": ")[0].partition(" to ")[0]
            told.append(f"{first} to {number.removeprefix('s = ')}: {reason}")
        else:
            told.append(text)
    return told
