r"""The named non-linearities σ of a network, as values.

One step of a network ends in σ, applied entry by entry:

    tanh        σ(z) = tanh z                 what `torch.nn.RNN` does
    identity    σ(z) = z                      the linear circuit (P05)
    hard_tanh   σ(z) = min(1, max(−1, z))     the saturating write (P13)
    relu        σ(z) = max(0, z)              the phase gate (P16)

Each has its derivative, which a linearization needs, and its exact form, which maps a rational number to a rational
number. tanh has none: the hyperbolic tangent of a non-zero rational is never rational.

>>> sigma = activation("hard-tanh")
>>> sigma.function(np.array([-3.0, 0.5, 2.0])).tolist()
[-1.0, 0.5, 1.0]
>>> sigma.exact(Fraction(4, 3)), activation("tanh").exact
(Fraction(1, 1), None)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emt_theory.errors import InvalidNetwork


@dataclass(frozen=True)
class Activation:
    """A non-linearity σ, applied entry by entry.

    Attributes:
        name: its one spelling in files and messages.
        function: σ on a float array of any shape; NaN stays NaN.
        derivative: σ' on a float array of any shape. At a kink it is 0, which is PyTorch's choice.
        exact: σ on a `Fraction`, or None where σ leaves the rational numbers.
    """

    name: str
    function: Callable[[NDArray[np.float64]], NDArray[np.float64]] = field(repr=False)
    derivative: Callable[[NDArray[np.float64]], NDArray[np.float64]] = field(repr=False)
    exact: Callable[[Fraction], Fraction] | None = field(repr=False)

    @property
    def is_exact(self) -> bool:
        """Whether σ maps rational numbers to rational numbers."""
        return self.exact is not None


def activation(name: str) -> Activation:
    """Look a non-linearity up by name.

    Args:
        name: ``"tanh"``, ``"identity"``, ``"hard_tanh"`` or ``"relu"``; case, ``-`` for ``_``, and ``"hardtanh"`` do
            not matter.

    Raises:
        InvalidNetwork: if there is none of this name.

    >>> activation("HardTanh")
    Activation(name='hard_tanh')
    >>> activation("sigmoid")
    Traceback (most recent call last):
    ...
    emt_theory.errors.InvalidNetwork: unknown activation 'sigmoid'; known are tanh, identity, hard_tanh, relu
    """
    key: Any = name  # checked here, because files and users without a type checker reach this line
    found = _BY_SPELLING.get(key.strip().lower().replace("-", "").replace("_", "")) if isinstance(key, str) else None
    if found is None:
        raise InvalidNetwork(f"unknown activation {name!r}; known are {', '.join(a.name for a in ACTIVATIONS)}")
    return found


def _tanh(z: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.tanh(z)


def _tanh_slope(z: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1.0 - np.tanh(z) ** 2


def _identity(z: NDArray[np.float64]) -> NDArray[np.float64]:
    return z


def _identity_slope(z: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.ones_like(z)


def _identity_exact(z: Fraction) -> Fraction:
    return z


def _hard_tanh(z: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.clip(z, -1.0, 1.0)


def _hard_tanh_slope(z: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(np.abs(z) < 1.0, 1.0, 0.0)


def _hard_tanh_exact(z: Fraction) -> Fraction:
    return min(Fraction(1), max(Fraction(-1), z))


def _relu(z: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.maximum(z, 0.0)


def _relu_slope(z: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(z > 0.0, 1.0, 0.0)


def _relu_exact(z: Fraction) -> Fraction:
    return max(Fraction(0), z)


TANH = Activation("tanh", _tanh, _tanh_slope, None)
IDENTITY = Activation("identity", _identity, _identity_slope, _identity_exact)
HARD_TANH = Activation("hard_tanh", _hard_tanh, _hard_tanh_slope, _hard_tanh_exact)
RELU = Activation("relu", _relu, _relu_slope, _relu_exact)

ACTIVATIONS: tuple[Activation, ...] = (TANH, IDENTITY, HARD_TANH, RELU)
_BY_SPELLING = {known.name.replace("_", ""): known for known in ACTIVATIONS}
