r"""A second look at use: a variable in company with its products, and by itself.

A network may hold two variables and their product with equal weight, at the corners of a simplex. A change of one variable alone leaves the product
behind, in a contradiction that the network resolves in its own way; so edits that are linear fail, though each variable is as much a cause as
anything else in the state. But where a change of everything at once does what it should, nothing is learned of the variables: a register that
shows one, and is pulled back by a code that is not linear, is changed with its code. So three changes of the same variable at the same time
of the same sequence are made. With the states of time t regressed on all products χ_S of the memory, up to a degree, g(m) = Σ_S Ψ_S χ_S(m),

    together    z + g(m') − g(m)               everything that has to do with the variable
    alone       z + Ψ_j (m'_j − m_j)           the variable, and no product
    pushed      z + 2 Ψ_j (m'_j − m_j)         the variable, and no product, twice as far

*Together* it has to be right, as it is in any network that keeps one state for one memory. *Pushed*, the variable has to turn for good, whatever else
turns with it: in the last s of the steps that are watched, in which every variable is shown, all its predicted flips are seen. *Alone*, it may lose
against products that say otherwise, but not each time: it is *undone* where in the last s steps none of its predicted flips is seen. So are several
variables that are changed alone at once, for a code may follow each and not all combinations (`emt_theory.evidence.alone`).

At the corners of the simplex two parts of three still speak for the old state, and a change alone loses in about a third. A register that
decides nothing loses each time: z(m) + (together) − (alone), its code changed and the register left, is the state that a change alone leads to
from m', and it goes where the code goes. Where products are ρ times as large as the variable, (1 + ρ)/2 times its own change is where the new
corner is as near as the old one; twice is beyond that up to ρ = 3, which are the eight corners of three variables.

Source: new.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import comb

import numpy as np
from numpy.typing import NDArray

from emt_theory.evidence.alone import change_alone
from emt_theory.evidence.exchanges import Code, Exchanges
from emt_theory.evidence.lasting import Lasting
from emt_theory.evidence.monomials import Masks, monomials, values
from emt_theory.evidence.recording import Recording
from emt_theory.evidence.resampling import clopper_pearson
from emt_theory.ground.absent import Absent
from emt_theory.ground.arrays import Array
from emt_theory.ground.json import Record
from emt_theory.networks import StateSpace
from emt_theory.tasks.digits import write_fractions
from emt_theory.tasks.linear import SIGNS

EACH = 16
"""How often each variable is changed, at least: of 16 changes that are undone, the interval begins at 0.79."""

_PUSH = 2.0
"""How far a variable is pushed, in units of its own change."""

_MOST_PRODUCTS = 512
_PER_PRODUCT = 8
_CHUNK = 64
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Share(Record):
    """A share of sequences, or of changes, with its 95 % interval."""

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, count: int, total: int) -> Share:
        """So many of so many."""
        return cls(count / total, *clopper_pearson(count, total))

    def __str__(self) -> str:
        value, low, high = write_fractions(self.value, self.low, self.high)
        return f"{value} [{low}, {high}]"


@dataclass(frozen=True)
class Company(Record):
    """What changes of variables together with their products did, and what those of variables alone.

    Attributes:
        edits: how many changes of each kind were made.
        sequences: in how many sequences; each counts once.
        together: in which share of them all that was predicted happened, and nothing else, when the products went with the variable.
        pushed: in which share a variable turned its outputs for good when it was pushed alone.
        undone: the share of changes alone that were undone, of the variable, or of the combination of several, where it is largest.
        name: which that is.
        most: of how many variables at most combinations were tried.
        degree: of the largest products.
        never: the variables that were wrong together with their products each time, or turned in no push, or were undone each time.
    """

    edits: int
    sequences: int
    together: Share
    pushed: Share
    undone: Share
    name: str
    most: int
    degree: int
    never: tuple[str, ...]

    def __str__(self) -> str:
        return (
            f"right in {self.together} of the sequences together with its products; it turns in {self.pushed} when pushed alone; "
            f"alone, {self.undone} of the changes of {self.name} are undone"
        )


def company_of(
    space: StateSpace,
    lasting: Lasting,
    fit: Recording,
    fresh: Recording,
    times: list[int],
    steps: int,
    rng: np.random.Generator,
) -> Company | Absent:
    """Change variables with their products, alone, and pushed.

    Args:
        space: the network.
        lasting: the variables, of a selection task.
        fit: the recording whose states are regressed on them.
        fresh: the sequences in which they are changed.
        times: at which, in the settled window.
        steps: for how many steps outputs are watched, 2s at least.
        rng: of variables and times.
    """
    m, s, batch = lasting.size, lasting.task.num_variables, len(fresh.states)
    if lasting.slots is None or lasting.task.inputs != SIGNS:
        return Absent("products are those of stored signs")
    if m == 1:
        return Absent("a single variable has no products")
    window = min(lasting.order or 1, fit.states.shape[1] - times[0] + 1)
    degree = _degree(m, min(_MOST_PRODUCTS, len(fit.states) * window // _PER_PRODUCT))
    if degree < 2:
        return Absent(f"{m} variables have too many products: {comb(m, 2)} of two")
    masks = monomials(m, range(1, degree + 1))
    edits = [
        [Exchanges(space, lasting, code, fresh, t, steps) for code in _codes(lasting, fit, t, times[0], masks)]
        for t in times
    ]
    right, counted = _tally(edits, m, s, batch, rng)
    worst = change_alone([alone for _, alone, _ in edits], rng)
    return Company(
        edits=int(counted[:, 0].sum()),
        sequences=batch,
        together=Share.of(int(right[0].sum()), batch),
        pushed=Share.of(int(right[1].sum()), batch),
        undone=Share.of(worst.undone, worst.made),
        name=worst.name(lasting),
        most=worst.most,
        degree=degree,
        never=tuple(
            lasting.name(int(j))
            for j in np.flatnonzero((counted[:, 1:3] == 0).any(axis=1) | (counted[:, 3] == counted[:, 0]))
        ),
    )


def _tally(
    edits: list[list[Exchanges]], m: int, s: int, batch: int, rng: np.random.Generator
) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Every variable changed `EACH` times or more, in sequences and at times at random.

    Returns:
        Which sequences are right, changed together and pushed, shape (2, batch); and for each variable how often it was changed, with how many of the
        changes together right, pushed turned, alone undone, shape (m, 4).
    """
    rounds = -(-EACH * m // batch)
    wheel = np.concatenate([rng.permutation(m) for _ in range(-(-rounds * batch // m))])[: rounds * batch]
    right, counted = np.ones((2, batch), dtype=bool), np.zeros((m, 4), dtype=np.int64)
    for variables in wheel.reshape(rounds, batch):
        places = rng.integers(len(edits), size=batch)
        for k, three in enumerate(edits):
            rows = np.flatnonzero(places == k)
            for some in np.split(rows, range(_CHUNK, len(rows), _CHUNK)):
                together, alone, pushed = (one.make(some, variables[some], rng) for one in three)
                good, turned, undone = together.right, pushed.last(s).turned, alone.last(s).unturned
                right[:, some] &= np.stack([good, turned])
                found = np.stack([np.ones_like(good), good, turned, undone], axis=1)
                np.add.at(counted, variables[some], found.astype(np.int64))
    return right, counted


def _degree(m: int, most: int) -> int:
    """The highest degree up to which there are no more products than this, variables among them."""
    total, degree = m, 1
    while degree < m and (total := total + comb(m, degree + 1)) <= most:
        degree += 1
    return degree


def _codes(lasting: Lasting, fit: Recording, t: int, first: int, masks: Masks) -> tuple[Code, Code, Code]:
    """Together, alone and pushed: states at t and as few steps around as it takes, regressed on products.

    States of gated cells drift as time goes on, so those of other times would not do.
    """
    count, until, m = -(-_PER_PRODUCT * len(masks) // len(fit.states)), fit.states.shape[1], lasting.size
    start = int(np.clip(t - 1 - count // 2, first - 1, max(first - 1, until - count)))
    chosen: NDArray[np.intp] = np.arange(start, min(start + count, until))
    memories = lasting.truth(fit, chosen).reshape(-1, m)
    states = fit.states[:, chosen].reshape(len(memories), -1)
    features = values(masks, memories)
    psi = np.linalg.lstsq(features - features.mean(axis=0), states - states.mean(axis=0), rcond=_ROUNDING)[0]

    def variables_of(memory: Array) -> Array:
        return memory @ lasting.reader.T

    return (
        lambda memory: values(masks, variables_of(memory)) @ psi,
        lambda memory: variables_of(memory) @ psi[:m],
        lambda memory: variables_of(memory) @ (_PUSH * psi[:m]),
    )
