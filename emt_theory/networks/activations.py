r"""The non-linearities σ of a network, each one frozen value with all its faces.

One step of a network ends in σ, applied entry by entry:

    tanh        σ(z) = tanh z                 what `torch.nn.RNN` does
    identity    σ(z) = z                      the linear circuit (P05)
    hard_tanh   σ(z) = min(1, max(−1, z))     the saturating write (P13)
    relu        σ(z) = max(0, z)              the phase gate (P16)
    sigmoid     σ(z) = 1/(1 + e^−z)           rate networks

A linearization asks for its derivative, training for its slope as a function of its output, a certificate for its exact form (which maps a rational
number to a rational number; tanh has none, since tanh of a non-zero rational is never rational), an estimate for its bounds. A face that a σ lacks is
refused by its name where it is asked for. A new σ is one more entry of `ACTIVATIONS`, and nothing else has to know it.

>>> sigma = activation("hard-tanh")
>>> sigma.function(np.array([-3.0, 0.5, 2.0])).tolist()
[-1.0, 0.5, 1.0]
>>> sigma.exact(Fraction(4, 3)), activation("tanh").exact
(Fraction(1, 1), None)
>>> [slopes.tolist() for slopes in sigma.one_sided(np.array([-1.0, 0.0, 1.0]))]
[[0.0, 1.0, 1.0], [1.0, 1.0, 0.0]]
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from emt_theory.errors import InvalidNetwork
from emt_theory.ground.arguments import choice
from emt_theory.ground.text import Shown

Array = NDArray[Any]


class Kink(NamedTuple):
    """A place where σ has two slopes.

    Attributes:
        at: z.
        left: the slope below it.
        right: the slope above it.
    """

    at: float
    left: float
    right: float


@dataclass(frozen=True)
class Activation(Shown):
    """A non-linearity σ, applied entry by entry.

    Attributes:
        name: its one spelling in files and messages.
        function: σ(z, xp=numpy) on an array of any shape of the library xp, which may be `jax.numpy` as well; NaN stays NaN.
        derivative: σ' on a float array of any shape. At a kink it is 0, which is PyTorch's choice.
        slope: (h, xp=numpy) ↦ σ'(z) as a function of h = σ(z), which is all that backpropagation keeps; None where h does not determine it.
        exact: σ on a `Fraction`, or None where σ leaves the rational numbers.
        odd: whether σ(−z) = −σ(z).
        bound: sup |σ|.
        lipschitz: sup |σ'|.
        curvature: sup |σ''| off the kinks, or None where it is not known.
        kinks: where σ has two slopes, in order.
        in_place: for training, z ← σ(z) and (g, h, scratch) ↦ g ← g ∘ σ' without a new array, or None: made from the others.
        torch, jax, keras: what these libraries call it, with the module where it lies; None where they have none.
    """

    name: str
    function: Callable[..., Any] = field(repr=False)
    derivative: Callable[[Array], Array] = field(repr=False)
    slope: Callable[..., Any] | None = field(default=None, repr=False)
    exact: Callable[[Fraction], Fraction] | None = field(default=None, repr=False)
    odd: bool = field(default=False, repr=False)
    bound: float = field(default=math.inf, repr=False)
    lipschitz: float = field(default=math.inf, repr=False)
    curvature: float | None = field(default=None, repr=False)
    kinks: tuple[Kink, ...] = field(default=(), repr=False)
    in_place: tuple[Callable[[Array], None], Callable[[Array, Array, Array], None]] | None = field(
        default=None, repr=False
    )
    torch: str | None = field(default=None, repr=False)
    jax: str | None = field(default=None, repr=False)
    keras: str | None = field(default=None, repr=False)

    @property
    def spellings(self) -> set[str]:
        """Every name that it answers to, without case and underscores."""
        others = (name.rpartition(".")[2] for name in (self.torch, self.jax, self.keras) if name)
        return {_plain(name) for name in (self.name, *others)}

    def require(self, face: str, purpose: str) -> Any:
        """A face that may be missing.

        Args:
            face: the name of an attribute.
            purpose: what needs it, for the message.

        Raises:
            InvalidNetwork: if σ lacks it.

        >>> TANH.require("exact", "running in fractions")
        Traceback (most recent call last):
        ...
        emt_theory.errors.InvalidNetwork: activation 'tanh' has no exact, which running in fractions needs
        """
        found = getattr(self, face)
        if found is None:
            raise InvalidNetwork(f"activation {self.name!r} has no {face}, which {purpose} needs")
        return found

    def one_sided(self, z: Array) -> tuple[Array, Array]:
        """The slopes of σ just below and just above z; they differ at kinks only."""
        left = np.array(self.derivative(z))
        right = left.copy()
        for kink in self.kinks:
            left[z == kink.at], right[z == kink.at] = kink.left, kink.right
        return left, right

    def training_pair(self) -> tuple[Callable[[Array], None], Callable[[Array, Array, Array], None]]:
        """z ← σ(z), and (g, h, scratch) ↦ g ← g ∘ σ' with σ' as a function of h = σ(z), both in place.

        Raises:
            InvalidNetwork: if σ' is no function of h.
        """
        slope = self.require("slope", "training")

        def apply(z: Array) -> None:
            z[...] = self.function(z)

        def chain(g: Array, h: Array, scratch: Array) -> None:
            np.multiply(g, slope(h), out=g)

        return self.in_place or (apply, chain)


def activation(name: object) -> Activation:
    """Look a non-linearity up by name.

    Args:
        name: a name of `ACTIVATIONS`, one of its values, or what PyTorch, JAX or Keras call it; case, ``-`` and ``_`` do not matter.

    Raises:
        InvalidNetwork: if there is none of this name.

    >>> activation("HardTanh"), activation("linear")
    (Activation(name='hard_tanh'), Activation(name='identity'))
    >>> activation("swish")
    Traceback (most recent call last):
    ...
    emt_theory.errors.InvalidNetwork: unknown activation 'swish'; known are tanh, identity, hard_tanh, relu, sigmoid
    """
    if isinstance(name, Activation):
        name = name.name
    if isinstance(name, str) and (answers := [known for known in ACTIVATIONS if known.name == name]):
        return answers[0]
    if isinstance(name, str) and (answers := [known for known in ACTIVATIONS if _plain(name) in known.spellings]):
        return answers[0]
    choice("activation", name, (known.name for known in ACTIVATIONS), InvalidNetwork)
    raise AssertionError  # what `choice` takes was found above


def _plain(name: str) -> str:
    return name.strip().lower().replace("-", "").replace("_", "")


def _tanh(z: Any, xp: Any = np) -> Any:
    return xp.tanh(z)


def _tanh_derivative(z: Array) -> Array:
    return 1.0 - np.tanh(z) ** 2


def _tanh_slope(h: Any, xp: Any = np) -> Any:
    return 1 - h * h


def _tanh_apply(z: Array) -> None:
    np.tanh(z, out=z)


def _tanh_chain(g: Array, h: Array, scratch: Array) -> None:
    np.multiply(h, h, out=scratch)
    np.subtract(1, scratch, out=scratch)
    np.multiply(g, scratch, out=g)


def _identity(z: Any, xp: Any = np) -> Any:
    return z


def _identity_derivative(z: Any, xp: Any = np) -> Any:
    return xp.ones_like(z)


def _identity_exact(z: Fraction) -> Fraction:
    return z


def _nothing(*_: Array) -> None:
    pass


def _hard_tanh(z: Any, xp: Any = np) -> Any:
    return xp.clip(z, -1, 1)


def _inside(z: Any, xp: Any = np) -> Any:
    return (xp.abs(z) < 1).astype(z.dtype)


def _hard_tanh_exact(z: Fraction) -> Fraction:
    return min(Fraction(1), max(Fraction(-1), z))


def _hard_tanh_apply(z: Array) -> None:
    np.clip(z, -1, 1, out=z)


def _hard_tanh_chain(g: Array, h: Array, scratch: Array) -> None:
    np.abs(h, out=scratch)
    np.less(scratch, 1, out=scratch)
    np.multiply(g, scratch, out=g)


def _relu(z: Any, xp: Any = np) -> Any:
    return xp.maximum(z, 0)


def _positive(z: Any, xp: Any = np) -> Any:
    return (z > 0).astype(z.dtype)


def _relu_exact(z: Fraction) -> Fraction:
    return max(Fraction(0), z)


def _relu_apply(z: Array) -> None:
    np.maximum(z, 0, out=z)


def _relu_chain(g: Array, h: Array, scratch: Array) -> None:
    np.greater(h, 0, out=scratch)
    np.multiply(g, scratch, out=g)


def _sigmoid(z: Any, xp: Any = np) -> Any:
    return 0.5 * (1 + xp.tanh(0.5 * z))  # 1/(1 + e^−z), without overflow


def _sigmoid_slope(h: Any, xp: Any = np) -> Any:
    return h * (1 - h)


TANH = Activation(
    "tanh", _tanh, _tanh_derivative, _tanh_slope, odd=True, bound=1.0, lipschitz=1.0,
    curvature=4 / (3 * math.sqrt(3)),  # at tanh z = ±1/√3, where z ↦ 2 tanh z (1 − tanh² z) is largest
    in_place=(_tanh_apply, _tanh_chain), torch="nn.Tanh", jax="numpy.tanh", keras="tanh",
)  # fmt: skip
IDENTITY = Activation(
    "identity", _identity, _identity_derivative, _identity_derivative, _identity_exact, odd=True, lipschitz=1.0,
    curvature=0.0, in_place=(_nothing, _nothing), torch="nn.Identity", jax="nn.identity", keras="linear",
)  # fmt: skip
HARD_TANH = Activation(
    "hard_tanh", _hard_tanh, _inside, _inside, _hard_tanh_exact, odd=True, bound=1.0, lipschitz=1.0, curvature=0.0,
    kinks=(Kink(-1.0, 0.0, 1.0), Kink(1.0, 1.0, 0.0)), in_place=(_hard_tanh_apply, _hard_tanh_chain),
    torch="nn.Hardtanh", jax="nn.hard_tanh", keras="hard_tanh",
)  # fmt: skip
RELU = Activation(
    "relu", _relu, _positive, _positive, _relu_exact, lipschitz=1.0, curvature=0.0, kinks=(Kink(0.0, 0.0, 1.0),),
    in_place=(_relu_apply, _relu_chain), torch="nn.ReLU", jax="nn.relu", keras="relu",
)  # fmt: skip
SIGMOID = Activation(
    "sigmoid", _sigmoid, lambda z: _sigmoid_slope(_sigmoid(z)), _sigmoid_slope, bound=1.0, lipschitz=0.25,
    curvature=1 / (6 * math.sqrt(3)),  # σ'' = σ'(1 − 2σ), largest at σ = ½ ± 1/(2√3)
    torch="nn.Sigmoid", jax="nn.sigmoid", keras="sigmoid",
)  # fmt: skip

ACTIVATIONS: list[Activation] = [TANH, IDENTITY, HARD_TANH, RELU, SIGMOID]
"""Every σ there is."""
