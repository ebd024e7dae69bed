r"""DSEM recalls a cycle in order from a partial cue, or stays where it is.

Seven random memories of 100 signs, three in one cycle and four in another: 0 → 1 → 2 → 0 and 3 → 4 → 5 → 6 → 3. The cue is memory 0 or 3 with its
last quarter set to 0. With r = α_c β / √α_s well above 1 the cued cycle is recalled in order; below 1 the model stays in the cued memory unless
crosstalk moves it, which `rest_weights` predicts from the memories alone.

>>> found = dense_recall(seeds=1, settings=[DenseSetting(4.9, 1, 20, 120), DenseSetting(0.7, 1, 20, 120)])
>>> found.holds, [run.order[:5] for run in found.runs]
(True, [(0, 1, 2, 0, 1), (3, 4, 5, 6, 3), (0,), (3,)])

Source: the parameters of Karuvally, Sejnowski, Siegelmann, ICML 2023, arXiv 2212.05563.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from emt_theory.errors import InvalidOption
from emt_theory.ground.arguments import callback, integer, sequence
from emt_theory.ground.json import Record
from emt_theory.ground.text import shown
from emt_theory.gsemm.dense import rest_weights
from emt_theory.gsemm.experiments.result import ExperimentResult, Say
from emt_theory.gsemm.model import Model
from emt_theory.gsemm.patterns import cycles, partial_cue, random_memories
from emt_theory.gsemm.recall import Recall, RecallKind, first_disorder
from emt_theory.gsemm.simulate import Simulation, simulate

FEATURES = 100
_LENGTHS = (3, 4)
_CUED = {0: 3, 3: 4}
"""The memories that are cued, and the lengths of their cycles."""


@dataclass(frozen=True)
class DenseSetting(Record):
    """Strengths and timescale of one series of runs; T_f = α_s = γ = 1.

    Attributes:
        alpha_c: α_c.
        beta: β.
        T_d: the delay's timescale.
        duration: of a run; enough for two rounds where there is recall.
    """

    alpha_c: float
    beta: float
    T_d: float
    duration: float

    @property
    def ratio(self) -> float:
        """r = α_c β; above 1 orthogonal memories give way."""
        return self.alpha_c * self.beta


_SETTINGS = (
    DenseSetting(4.9, 1, 20, 140),
    DenseSetting(4.9, 7, 20, 80),
    DenseSetting(0.7, 7, 100, 650),
    DenseSetting(0.7, 1, 100, 650),
)
"""Three that recall, and one that does not."""


@dataclass(frozen=True)
class _Run:
    """One run.

    Attributes:
        setting: its strengths.
        seed: of the memories.
        cue: the memory that was cued.
        order: the memories recalled.
        outcome: what the run came to.
        in_order: whether it began with the cued memory and went twice around its cycle, never out of order.
        rests: whether the cued memory is at rest by `rest_weights`; None where r > 1, which makes it give way.
    """

    setting: DenseSetting
    seed: int
    cue: int
    order: tuple[int, ...]
    outcome: RecallKind
    in_order: bool
    rests: bool | None

    @property
    def stays(self) -> bool:
        """Whether the cued memory was the only one."""
        return self.outcome is RecallKind.STAYS and self.order[0] == self.cue

    @property
    def as_predicted(self) -> bool:
        """With r > 1: in order. Else: it stays iff the cued memory is at rest."""
        return self.in_order if self.setting.ratio > 1 else self.stays == self.rests


@dataclass(frozen=True, eq=False)
class DenseRecall(ExperimentResult):
    """What `dense_recall` found.

    Attributes:
        runs: all of them, setting by setting.
        shown: the first run's orbit, for the picture.
    """

    runs: tuple[_Run, ...]
    shown: Simulation
    JSON = ("settings=by_setting", "runs")
    name = "dense-recall"
    claim = (
        "DSEM recalls the cued cycle in order from three quarters of a memory if r = α_c β / √α_s is well above 1; "
        "below 1 it stays in the cued memory wherever the overlaps of the memories leave that one at rest, and only there"
    )

    @property
    def holds(self) -> bool:
        """Whether every run went as predicted."""
        return all(run.as_predicted for run in self.runs)

    @property
    def settings(self) -> tuple[DenseSetting, ...]:
        """In the order of the runs."""
        return tuple(dict.fromkeys(run.setting for run in self.runs))

    def fractions(self, setting: DenseSetting) -> dict[str, float]:
        """Of a setting's runs: in order, staying, and as predicted."""
        mine = [run for run in self.runs if run.setting == setting]
        return {
            name: float(np.mean([getattr(run, name) for run in mine])) for name in ("in_order", "stays", "as_predicted")
        }

    @property
    def by_setting(self) -> list[dict[str, Any]]:
        """Every setting with its ratio and fractions."""
        return [{**s.to_dict(), "ratio": s.ratio, **self.fractions(s)} for s in self.settings]

    def lines(self) -> list[str]:
        """One for each setting."""
        count = len(self.runs) // len(self.settings)
        return [
            f"α_c={s.alpha_c:g} β={s.beta:g} T_d={s.T_d:g} (r={s.ratio:.3g}): in order {f['in_order']:.0%}, "
            f"stay {f['stays']:.0%}, as predicted {f['as_predicted']:.0%} of {count} runs"
            for s in self.settings
            for f in [self.fractions(s)]
        ]


def dense_recall(
    seeds: int = 20, settings: Sequence[DenseSetting] = _SETTINGS, T_h: float = 0.0, say: Say | None = None
) -> DenseRecall:
    """Cue both cycles of random memories, for every seed and setting.

    Args:
        seeds: how many sets of memories.
        settings: strengths and timescales.
        T_h: of the hidden units; the paper's experiments leave it open.
        say: told what is being done.

    Raises:
        InvalidOption: if there is no seed or no setting.
    """
    tell = callback("say", say)
    seeds, chosen = integer("seeds", seeds, least=1), sequence("settings", settings)
    if not chosen or not all(isinstance(setting, DenseSetting) for setting in chosen):
        raise InvalidOption(f"settings must be DenseSettings, at least one; got {shown(settings)}")
    runs: list[_Run] = []
    first: Simulation | None = None
    for setting in chosen:
        for seed in range(seeds):
            tell(f"α_c={setting.alpha_c:g} β={setting.beta:g} T_d={setting.T_d:g}: memories {seed + 1} of {seeds}")
            model = dense_model(setting, seed, T_h)
            cues = [partial_cue(model.memories[:, cue]) for cue in _CUED]
            orbit = simulate(model, cues, setting.duration, samples=int(4 * setting.duration) + 1)
            first = first or orbit
            for item, cue in enumerate(_CUED):
                found = orbit.recall(item)
                right = is_in_order(found, cue, model.interactions)
                rests = None if setting.ratio > 1 else int(rest_weights(model, cue).argmax()) == cue
                runs.append(_Run(setting, seed, cue, found.order, found.outcome, right, rests))
    assert first is not None
    return DenseRecall(tuple(runs), first)


def dense_model(setting: DenseSetting, seed: int, T_h: float = 0.0) -> Model:
    """Seven random memories in two cycles."""
    memories = random_memories(FEATURES, sum(_LENGTHS), seed)
    return Model.dsem(
        memories, cycles(*_LENGTHS), T_h=T_h, T_d=setting.T_d, alpha_c=setting.alpha_c, delay_gain=setting.beta
    )


def is_in_order(found: Recall, cue: int, interactions: Any) -> bool:
    """Whether a recall begins with the cue and goes twice around its cycle, never out of order."""
    order = found.order
    enough = len(order) > 2 * _CUED[cue] and order[0] == cue
    return enough and first_disorder(order, interactions) is None
