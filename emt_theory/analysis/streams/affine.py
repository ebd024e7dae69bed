r"""A network that is a filter but for a constant: what it shows in silence from the start on follows the filter's own recurrence.

    y(t) = Σ_k c_k x(t−k) + Σ_k a_k y(t−k) + κ

Coefficients are those of its Markov parameters (`emt_theory.analysis.streams.filters`). With r(t) for the outputs when all inputs are 0 and 0 before
t = 1, κ is what r(t) − Σ_k a_k r(t−k) is at all t; where it is not the same at all, there is none. The program is a rule on integers, so only
integers are taken. A mass that falls:

>>> from emt_theory.networks import ElmanRNN, state_space
>>> falling = ElmanRNN([[1, 0], [1, 1]], [[1], [1]], [[0, 1]], [-1, -1], activation="identity")
>>> find_affine(state_space(falling), (-1, 1), 12, seed=0).equations()
['q(t)[0] = 2*q(t-1)[0] - q(t-1)[1] + x(t) - 1', 'q(t)[1] = q(t-1)[0]', 'y(t) = q(t)[0]']
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from emt_theory.analysis.streams.filters import find_rows, measure_markov
from emt_theory.ground.absent import Absent
from emt_theory.ground.arrays import Array
from emt_theory.networks import StateSpace
from emt_theory.tasks import Recurrence, RuleTask


def find_affine(space: StateSpace, values: Sequence[Fraction], max_denominator: int, seed: int) -> RuleTask | Absent:
    """The filter with a constant that a network is on random words, in integers; or why there is none.

    Args:
        space: the network.
        values: what an input component may be; integers.
        max_denominator: of a coefficient, before it is found to be an integer.
        seed: of the words.
    """
    markov = measure_markov(space, values, seed)
    if isinstance(markov, Absent):
        return markov
    found = find_rows(markov, max_denominator)
    if isinstance(found, Absent):
        return found
    silent = space.run(np.zeros((1, markov.steps, space.d_in))).outputs[0]
    recurrences = [row.recurrences[0] for row in found]
    constants = list[int]()
    for i, recurrence in enumerate(recurrences):
        kappa = _constant(recurrence, silent[:, i], markov.spread)
        if kappa is None or any(v.denominator != 1 for v in (*recurrence.past, *sum(recurrence.inputs, ()), *values)):
            return Absent(f"output {i} is no filter with an integer constant")
        constants.append(kappa)
    return _as_rule(recurrences, constants, [int(v) for v in values], space.d_in)


def _constant(found: Recurrence, silent: Array, spread: float) -> int | None:
    """κ, if it is the same integer at all steps, up to what each of its terms may be off."""
    a = [float(v) for v in found.past]
    before = np.concatenate([np.zeros(len(a)), silent])
    left = [r - sum(a[k] * before[len(a) + t - 1 - k] for k in range(len(a))) for t, r in enumerate(silent)]
    kappa = round(float(np.median(left)))
    allowed = spread * (1 + np.abs(before).max() * (1 + sum(map(abs, a))))
    return kappa if (np.abs(np.array(left) - kappa) <= allowed).all() else None


def _as_rule(recurrences: list[Recurrence], constants: list[int], values: list[int], channels: int) -> RuleTask:
    """The state holds the last outputs, and the inputs before this one, as far as the recurrences look back."""
    moves, show = list[str](), list[str]()
    lags = max(len(found.inputs) for found in recurrences) - 1
    depths = [max(1, len(found.past)) for found in recurrences]
    # x(t−k)[j] stands behind the outputs, in place (k − 1) channels + j
    behind = sum(depths)
    for i, (found, constant) in enumerate(zip(recurrences, constants, strict=True)):
        start = sum(depths[:i])
        terms = [(int(v), f"s[{start + k}]") for k, v in enumerate(found.past)]
        for k, row in enumerate(found.inputs):
            places = [f"s[{behind + (k - 1) * channels + j}]" if k else f"x[{j}]" for j in range(channels)]
            terms += [(int(v), place) for v, place in zip(row, places, strict=True)]
        moves += [write_sum(terms, constant), *(f"s[{start + k}]" for k in range(depths[i] - 1))]
        show.append(f"s[{start}]")
    for k in range(lags):
        moves += [f"s[{behind + (k - 1) * channels + j}]" if k else f"x[{j}]" for j in range(channels)]
    return RuleTask("decompiled", (0,) * len(moves), tuple(moves), tuple(show), tuple(values), channels)


def write_sum(terms: list[tuple[int, str]], constant: int) -> str:
    """A sum of weighted names and a constant, as a text of a rule."""
    text = ""
    for value, name in [*terms, (constant, "")]:
        if value:
            size = "" if abs(value) == 1 and name else f"{abs(value)}{'*' if name else ''}"
            text += (" - " if value < 0 else " + ") + size + name if text else ("-" if value < 0 else "") + size + name
    return text or "0"
