"""Ten claims about networks that are trained on the paper's tasks, each decided by what twenty seeds say.

    emt hypothesis plan docs/results/hypotheses.py
    emt hypothesis run docs/results/hypotheses.py --store emt-runs -o hypotheses.json     # goes on where it was interrupted

What is claimed, of whom, and by how much, stands in this file, which was committed before the first run. The runs with
N = 64 and 128 by the fast protocol are those of `fast.toml`. All ten claims are looked at together: each interval has a
confidence of 99.5 %, so that all hold together with 95 %, and 20 of 20 networks support a share of at least 0.7.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import emt_theory as emt
from emt_theory.evidence import Lifetime, measure_lifetime
from emt_theory.studies import Hypothesis, Population, StoredRun

MOST = 0.7
"""Of the networks: a claim about networks of a kind is about at least so many."""
LATE = 10_000
CHECK = {"sequences": 640, "horizon": 200}
VALUES, SIGNS = 0.1, 0.99
"""How far outputs may be from values, in parts of their size, to count as the values; how many signs have to be right."""


def trained(tasks: Any, hidden: int = 128, **more: Any) -> Population:
    """Twenty networks of each task; the claim is about these tasks, so that seeds are what was drawn."""
    return Population(tasks, hidden=hidden, **{"l2": 0, "seeds": 20, "check": CHECK, "drawn": "seeds", **more})


def has_36_modes(run: StoredRun) -> bool:
    """Whether the secant map has nearer to 36 eigenvalues on the circle, the circuit's, than to 64, one for each stored number."""
    assert run.check is not None
    return bool(run.check["spectrum"]["trajectory"]["count"] < 50)


def _outputs(run: StoredRun) -> tuple[Any, Any]:
    """Outputs and targets at 40 scored steps of 128 fresh sequences."""
    task: Any = run.task()
    s, episodes = task.num_variables, task.sample(128, 40, 7)
    found = run.network().run(episodes.inputs[:, :s], episodes.inputs.shape[1]).outputs[:, s:]
    return found, np.asarray(task.targets(episodes.inputs[:, :s].astype(int).astype(object), 40), dtype=float)


def has_the_values(run: StoredRun) -> bool:
    """Whether outputs are the values, at some size: the least-squares scale is taken out."""
    found, right = _outputs(run)
    scaled = found * ((found * right).sum() / (found**2).sum())
    return bool(np.sqrt(((scaled - right) ** 2).mean()) <= VALUES)


def has_the_signs(run: StoredRun) -> bool:
    """Whether 99 % of the signs are right."""
    found, right = _outputs(run)
    return bool((np.sign(found) == right).mean() >= SIGNS)


def writes_what_is_seen(run: StoredRun) -> bool:
    """Whether the signs stay when W_uh keeps only its part in as many directions as there are variables, those that outputs see most."""
    net, task = run.network(), run.task()
    assert isinstance(net, emt.networks.ElmanRNN)
    row, seen = net.W_hy, list[Any]()
    for _ in range(2 * task.num_variables):
        row = row @ net.W_hh
        seen.append(row)
    directions = np.linalg.svd(np.concatenate(seen))[2][: task.components]
    cut = emt.networks.ElmanRNN(net.W_hh, directions.T @ directions @ net.W_uh, net.W_hy, activation=net.activation)
    return bool(emt.analysis.measure_behaviour(cut, task, 128, 40).accuracy >= SIGNS)


def has_lost_variables(run: StoredRun) -> bool:
    """Whether a combination of variables cannot be read linearly from what outputs will see."""
    assert run.check is not None
    return bool(run.check["variables"]["high"] < 0.5)


def _lifetime(run: StoredRun) -> Lifetime:
    found = measure_lifetime(run.network(), run.task(), LATE)
    assert isinstance(found, Lifetime)
    return found


def holds_for_ever(run: StoredRun) -> bool:
    """Whether no window of 50 steps falls below 99 % up to step 10,000."""
    return _lifetime(run).fades_by is None


def fades(run: StoredRun) -> bool:
    """Whether one does."""
    return _lifetime(run).fades_by is not None


def alignment(run: StoredRun) -> float:
    """How many variables a unit carries, in parts of what it would if neuron space were rotated."""
    assert run.check is not None
    basis = run.check["basis"]
    return float(basis["participation"] / basis["rotated"])


SATURATED, NEUTRAL = ["T2", "T3", "T4"], "T1"

CLAIMS = [
    Hypothesis(
        "Networks that solve T2, T3 or T4 have 36 modes, and not one for each of the 64 numbers that they are shown.",
        trained(SATURATED), has_36_modes, at_least=MOST, solved_only=True,
    ),
    Hypothesis(
        "Linear networks do not come to T2's values: none can have them (P07).",
        trained("T2", activations="identity", check=False), has_the_values, at_most=1 - MOST,
    ),
    Hypothesis(
        "Linear networks come to T2's signs, which they can have (P07b).",
        trained("T2", activations="identity", check=False), has_the_signs, at_least=MOST,
    ),
    Hypothesis(
        "What T1's networks write where outputs hardly see it does not matter, as in a linear network (P15).",
        trained("T1"), writes_what_is_seen, at_least=MOST, solved_only=True,
    ),
    Hypothesis(
        "With L2 = 10⁻³ and 64 units the fast protocol does not lead T3's networks into codes of a lower rank.",
        trained("T3", hidden=64, l2=1e-3), has_lost_variables, at_most=1 - MOST, solved_only=True,
    ),
    Hypothesis(
        "The paper's protocol does, in at least one network of five that solve T3.",
        trained("T3", hidden=64, l2=1e-3, protocols="paper", seeds=40), has_lost_variables, at_least=0.2, solved_only=True,
    ),
    Hypothesis(
        "Networks that solve T2, T3 or T4 still do at step 10,000, fifty times as far as they are checked.",
        trained(SATURATED), holds_for_ever, at_least=MOST, solved_only=True,
    ),
    Hypothesis(
        "T1's networks fade before.",
        trained(NEUTRAL), fades, at_least=MOST, solved_only=True,
    ),
    Hypothesis(
        "Where units saturate, on T2, T3 and T4, neurons are aligned with variables: a unit carries at most 0.6 of what rotated ones do.",
        trained(SATURATED), statistic=alignment, at_most=0.6, solved_only=True,
    ),
    Hypothesis(
        "Where they do not, on T1, neurons are no basis: a unit carries at least 0.8 of what rotated ones do.",
        trained(NEUTRAL), statistic=alignment, at_least=0.8, solved_only=True,
    ),
]  # fmt: skip
