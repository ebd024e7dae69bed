r"""Protocols: how a network is trained, as a value.

One step draws a batch, runs the network over the input phase and the horizon, and follows the gradient of the mean square
error of the scored outputs y(s+1), …, y(s+horizon) with Adam:

    g ← g · min(1, clip / (‖g‖ + 10⁻⁶)),      g ← g + λ w,
    m ← β₁ m + (1−β₁) g,      v ← β₂ v + (1−β₂) g²,      w ← w − η_t m̂ / (√v̂ + ε)

‖g‖ is the norm over all weights together, and the L2 term λ w is added to the gradient (*coupled*: it passes through
m and v, unlike AdamW's), after the clip, as PyTorch's `clip_grad_norm_` and `Adam(weight_decay=λ)` do. All that is chosen here,
λ too, is part of the protocol: task, N, σ, seed and a protocol are a training.

`PaperProtocol` is the paper's. `FastProtocol` reaches the same accuracy in a fraction of its steps; docs/training.md has what was
measured. Your own is a value too:

>>> from dataclasses import replace
>>> replace(FastProtocol(), steps=500, clip=0.5).steps
500
>>> Protocol(steps=100, learning_rate=0.01, curriculum=Adaptive(horizons=(5, 10), threshold=0.9)).rate(99)
0.01

Source: Karuvally et al., arXiv 2310.02430, appendix, and the authors' code; Kingma & Ba, arXiv 1412.6980.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from emt_theory.errors import InvalidOption
from emt_theory.ground.arguments import integer, member, real
from emt_theory.ground.json import Record
from emt_theory.ground.text import shown
from emt_theory.training.curriculum import Adaptive, Curriculum, Scheduled


class Decay(StrEnum):
    """How the learning rate moves from its first value."""

    CONSTANT = "constant"
    COSINE = "cosine"


class Start(StrEnum):
    """What W_hh is before the first step; W_uh and W_hy are always uniform in ±1/√N."""

    UNIFORM = "uniform"
    ORTHOGONAL = "orthogonal"


@dataclass(frozen=True)
class Protocol(Record):
    """How to train.

    Attributes:
        steps: the number of gradient steps; None follows the network and the task, see `emt_theory.training.fitting`.
        learning_rate: η, Adam's step size at the start; None likewise.
        curriculum: the horizon of each step; see `Scheduled` and `Adaptive`.
        batch: sequences in a batch.
        decay: "constant", or "cosine": η_t = η (1 + cos(π t/steps))/2, which ends at 0.
        warmup: fraction of the steps in which η_t rises linearly to its value.
        clip: the largest global norm of the gradient; None for none.
        l2: λ, the coupled L2 term.
        beta1, beta2, epsilon: Adam's.
        biases: whether b_h and b_y are there and trained, from 0 on (Elman); the paper's networks have none. None: where the task has
            them or nothing, see `emt_theory.training.fitting.needs_biases`.
        start: "uniform" (every weight in ±1/√N), or "orthogonal" (W_hh a random orthogonal matrix).
        test_horizon, test_sequences: how the trained network is tested.

    Raises:
        InvalidOption: if a number is outside its range; names it.
    """

    steps: int
    learning_rate: float
    curriculum: Curriculum
    batch: int = 64
    decay: Decay = Decay.CONSTANT
    warmup: float = 0.0
    clip: float | None = 1.0
    l2: float = 0.0
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    start: Start = Start.UNIFORM
    biases: bool | None = None
    test_horizon: int = 200
    test_sequences: int = 640

    def __post_init__(self) -> None:
        for name in ("steps", "batch", "test_horizon", "test_sequences"):
            if name in self.open:
                continue
            object.__setattr__(self, name, integer(name, getattr(self, name), least=1))
            if getattr(self, name) >= 2**32:
                raise InvalidOption(f"{name} must be below 2^32; got {shown(getattr(self, name))}")
        for name, low, high in _RANGES:
            value = getattr(self, name)
            if value is None and (name == "clip" or name in self.open):
                continue
            if not low <= real(name, value) < high:
                raise InvalidOption(f"{name} must be a number from {low:g} to below {high:g}; got {shown(value)}")
        if not 0 <= (decay := real("l2", self.l2)) < math.inf:
            raise InvalidOption(f"l2 must be a finite number, at least 0; got {shown(self.l2)}")
        object.__setattr__(self, "l2", decay)
        if self.learning_rate == 0 or self.clip == 0:
            raise InvalidOption("learning_rate and clip must be above 0")
        if self.biases is not None and not isinstance(self.biases, bool):
            raise InvalidOption(f"biases must be true or false; got {shown(self.biases)}")
        for name, kind in (("decay", Decay), ("start", Start)):
            object.__setattr__(self, name, member(kind, name, getattr(self, name)))
        if not isinstance(self.curriculum, (Scheduled, Adaptive)):
            raise InvalidOption(f"curriculum must be Scheduled or Adaptive; got {shown(self.curriculum)}")

    @property
    def open(self) -> tuple[str, ...]:
        """Which numbers are left to the network and the task."""
        return tuple(name for name in ("steps", "learning_rate") if getattr(self, name) is None)

    @property
    def name(self) -> str:
        """What to call it: "paper" or "fast", with whatever steps, rate, λ, threshold and test, "fast" with biases too, or else "custom"."""
        for name, kind in (("paper", PaperProtocol), ("fast", FastProtocol)):
            if isinstance(self, kind):
                free = {field: getattr(self, field) for field in _UNNAMED}
                if kind is FastProtocol or not self.biases:
                    free["biases"] = self.biases
                alike = replace(kind(), **free) == self and kind().curriculum.horizons == self.curriculum.horizons
                return name if alike else "custom"
        return "custom"

    def rate(self, step: int) -> float:
        """η_t, the learning rate at a step (the first is 0).

        Raises:
            InvalidOption: if steps or learning rate are open.
        """
        if self.open:
            raise InvalidOption(f"{self.open[0]} follows the network and the task; see emt_theory.training.fitting.fit")
        rising = self.warmup * self.steps
        rate = self.learning_rate * min(1.0, (step + 1) / rising if rising else 1.0)
        if self.decay is Decay.COSINE:
            rate *= 0.5 * (1.0 + math.cos(math.pi * step / self.steps))
        return rate

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready: the keys of a protocol file, and `name`."""
        return {"name": self.name, **super().to_dict(), "biases": bool(self.biases)}


_UNNAMED = ("steps", "learning_rate", "l2", "curriculum", "test_horizon", "test_sequences")
_RANGES = (
    ("learning_rate", 0.0, math.inf),
    ("warmup", 0.0, 1.0),
    ("clip", 0.0, math.inf),
    ("beta1", 0.0, 1.0),
    ("beta2", 0.0, 1.0),
    ("epsilon", 0.0, math.inf),
)


OPEN: Any = None
"""What a protocol says where a number is left to the network and the task."""

_PAPER = Adaptive((10, 20, 40, 60, 100), 0.98)
_FAST = Scheduled((16, 48), (0.0, 0.6))


@dataclass(frozen=True)
class PaperProtocol(Protocol):
    """The paper's: Adam 10⁻³, batch 64, clip 1, 20,000 steps, horizons 10, 20, 40, 60, 100 at a batch accuracy above 0.98 (0.90 was run too).

    >>> PaperProtocol().curriculum
    Adaptive(horizons=(10, 20, 40, 60, 100), threshold=0.98)
    """

    steps: int = 20_000
    learning_rate: float = 1e-3
    curriculum: Curriculum = _PAPER


@dataclass(frozen=True)
class FastProtocol(Protocol):
    """Few steps to accuracy ≥ 0.999: an orthogonal start, a large learning rate that decays to 0, a short memory of squared gradients.

    Steps and learning rate follow the network and the task (`emt_theory.training.fitting`), unless they are given.

    >>> FastProtocol().curriculum
    Scheduled(horizons=(16, 48), starts=(0.0, 0.6))
    """

    steps: int = OPEN
    learning_rate: float = OPEN
    curriculum: Curriculum = _FAST
    decay: Decay = Decay.COSINE
    beta2: float = 0.95
    start: Start = Start.ORTHOGONAL
