r"""The memory model as numbers: memories, interactions, two Lagrangians, and three timescales.

The state is V_f ∈ R^N (features), V_h ∈ R^n (hidden: one unit for each memory) and V_d ∈ R^N (a delayed copy of the features). With memories Ξ,
interactions Φ' (indexed [from, to]) and σ = ∇L,

    T_f dV_f/dt = √α_s Ξ σ_h(V_h) − V_f
    T_h dV_h/dt = √α_s Ξᵀ σ_f(V_f) + α_c Φ'ᵀ Ξᵀ V_d − V_h
    T_d dV_d/dt = β σ_f(V_f) − V_d

Ξ pulls the features to a memory; Φ' then passes on from that memory to the next, late, because it listens to V_d. Where T_h or T_d is 0 that layer is
*slaved*: its right-hand side is 0 at all times, so V_h = √α_s Ξᵀσ_f + α_c Φ'ᵀΞᵀV_d, and V_d = β σ_f. It is then no part of the state.

>>> model = Model.lisem(np.eye(2), [[0, 1], [1, 0]], T_d=10)
>>> model
Model(N=2, n=2, feature=tanh, hidden=identity, T_f=1, T_h=0, T_d=10)
>>> model.state_size, model.rhs(0.0, model.pack([1, 0], V_d=[0, 0])).round(3).tolist()
(4, [-0.238, 0.0, 0.076, 0.0])

In the limit T_h, T_d → 0 with σ_h = id the features feel `W = Ξ (α_s I + c β Φ'ᵀ) Ξᵀ` with c = √α_s α_c (P02). The authors' code has c = α_c; the two
agree at α_s = 1.

Source: Karuvally, Sejnowski, Siegelmann, ICML 2023, arXiv 2212.05563; the gain β is that of their simulations.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from emt_theory.errors import InvalidNetwork, InvalidOption
from emt_theory.ground.arguments import numeric_array, real
from emt_theory.ground.arrays import Array
from emt_theory.ground.json import Record
from emt_theory.ground.text import shown, shows
from emt_theory.gsemm.lagrangian import Lagrangian
from emt_theory.gsemm.lagrangians import identity, softmax, tanh
from emt_theory.networks.shapes import to_weights


@shows
class Layers(NamedTuple):
    """One array for each layer: the states V, or their derivatives.

    Attributes:
        feature: V_f, shape (…, N).
        hidden: V_h, shape (…, n).
        delay: V_d, shape (…, N).
    """

    feature: Array
    hidden: Array
    delay: Array


@dataclass(frozen=True, eq=False, repr=False)
class Model(Record):
    """A memory model: arrays are copied to read-only float64; `dataclasses.replace` makes a changed one.

    Attributes:
        memories: Ξ, shape (N, n); its columns are the memories.
        interactions: Φ', shape (n, n), indexed [from, to].
        feature: L_f; σ_f is its gradient.
        hidden: L_h; σ_h is its gradient.
        T_f: the features' timescale, positive.
        T_h: the hidden units' timescale; 0 makes them slaved.
        T_d: the delay's timescale; 0 makes it slaved.
        alpha_s: α_s, the strength of the symmetric part, positive.
        alpha_c: α_c, the strength of the interactions, at least 0.
        delay_gain: β, at least 0.

    Raises:
        InvalidNetwork: if shapes do not fit together, or an entry is not a finite real number.
        InvalidOption: if a timescale or strength is out of its range, or a Lagrangian is for another size.

    >>> Model(np.eye(3), np.zeros((2, 2)), feature=tanh(), hidden=identity())
    Traceback (most recent call last):
    ...
    emt_theory.errors.InvalidNetwork: interactions must have shape (n, n) = (3, 3) for memories of shape (3, 3); got (2, 2)
    """

    JSON = (
        "features", "components", "feature", "hidden", "T_f", "T_h", "T_d", "alpha_s", "alpha_c", "delay_gain",
        "memories", "interactions",
    )  # fmt: skip

    memories: Array
    interactions: Array
    feature: Lagrangian
    hidden: Lagrangian
    T_f: float = 1.0
    T_h: float = 0.0
    T_d: float = 1.0
    alpha_s: float = 1.0
    alpha_c: float = 1.0
    delay_gain: float = 1.0

    def __post_init__(self) -> None:
        memories, interactions = to_weights("memories", self.memories), to_weights("interactions", self.interactions)
        _check_shapes(memories, interactions)
        object.__setattr__(self, "memories", memories)
        object.__setattr__(self, "interactions", interactions)
        for name in ("T_f", "alpha_s"):
            object.__setattr__(self, name, _number(name, getattr(self, name), positive=True))
        for name in ("T_h", "T_d", "alpha_c", "delay_gain"):
            object.__setattr__(self, name, _number(name, getattr(self, name), positive=False))
        for name, size in (("feature", self.features), ("hidden", self.components)):
            _check_lagrangian(name, getattr(self, name), size)

    @classmethod
    def lisem(
        cls,
        memories: ArrayLike,
        interactions: ArrayLike,
        gain: float = 1.0,
        *,
        T_f: float = 1.0,
        T_h: float = 0.0,
        T_d: float = 20.0,
        alpha_s: float = 1.0,
        alpha_c: float = 1.0,
        delay_gain: float = 1.0,
    ) -> Model:
        """The linear-interaction model: σ_f = tanh(γ·), σ_h = id. Arguments as for `Model`; `gain` is γ."""
        scales = (T_f, T_h, T_d, alpha_s, alpha_c, delay_gain)
        return cls(
            to_weights("memories", memories), to_weights("interactions", interactions), tanh(gain), identity(), *scales
        )

    @classmethod
    def dsem(
        cls,
        memories: ArrayLike,
        interactions: ArrayLike,
        gain: float = 1.0,
        *,
        T_f: float = 1.0,
        T_h: float = 0.0,
        T_d: float = 20.0,
        alpha_s: float = 1.0,
        alpha_c: float = 1.0,
        delay_gain: float = 1.0,
    ) -> Model:
        """The dense model: σ_f = id, σ_h = softmax(γ·). Arguments as for `Model`; `gain` is γ."""
        scales = (T_f, T_h, T_d, alpha_s, alpha_c, delay_gain)
        return cls(
            to_weights("memories", memories),
            to_weights("interactions", interactions),
            identity(),
            softmax(gain),
            *scales,
        )

    @property
    def features(self) -> int:
        """N, the number of features."""
        return self.memories.shape[0]

    @property
    def components(self) -> int:
        """n, the number of memories."""
        return self.memories.shape[1]

    @property
    def lateral(self) -> float:
        """√α_s α_c β, the strength of the lateral coupling ΞΦ'ᵀΞᵀ when both fast layers are slaved and σ_h = id."""
        return math.sqrt(self.alpha_s) * self.alpha_c * self.delay_gain

    @property
    def bracket(self) -> Array:
        """α_s I + √α_s α_c β Φ'ᵀ, shape (n, n): what EMT calls Φ."""
        return self.alpha_s * np.eye(self.components) + self.lateral * self.interactions.T

    @property
    def state_size(self) -> int:
        """The length of a packed state: N, and n more if T_h > 0, and N more if T_d > 0."""
        return self.features + (self.components if self.T_h else 0) + (self.features if self.T_d else 0)

    def hidden_drive(self, V_f: ArrayLike, V_d: ArrayLike) -> Array:
        """√α_s Ξᵀσ_f(V_f) + α_c Φ'ᵀΞᵀV_d, shape (…, n): what V_h follows."""
        recalled = self.feature.activation(V_f) @ self.memories
        passed_on = np.asarray(V_d, dtype=np.float64) @ self.memories @ self.interactions
        return math.sqrt(self.alpha_s) * recalled + self.alpha_c * passed_on

    def delay_drive(self, V_f: ArrayLike) -> Array:
        """β σ_f(V_f), shape (…, N): what V_d follows."""
        return self.delay_gain * self.feature.activation(V_f)

    def derivatives(self, V_f: ArrayLike, V_h: ArrayLike, V_d: ArrayLike) -> Layers:
        """dV/dt of each layer.

        Args:
            V_f: features, shape (…, N).
            V_h: hidden units, shape (…, n); not read where they are slaved.
            V_d: delay, shape (…, N); not read where it is slaved.

        Returns:
            The derivatives; those of a slaved layer are the derivatives of what it follows.

        Raises:
            InvalidNetwork: if a last axis has another length.
        """
        state = self.complete(V_f, V_h, V_d)
        feature = self._feature_rate(state)
        response = self.feature.hessian_product(state.feature, feature)
        delay = self._delay_rate(state) if self.T_d else self.delay_gain * response
        if self.T_h:
            return Layers(feature, self._hidden_rate(state), delay)
        recalled = math.sqrt(self.alpha_s) * response @ self.memories
        return Layers(feature, recalled + self.alpha_c * delay @ self.memories @ self.interactions, delay)

    def _feature_rate(self, state: Layers) -> Array:
        pull = math.sqrt(self.alpha_s) * self.hidden.activation(state.hidden) @ self.memories.T
        return (pull - state.feature) / self.T_f

    def _hidden_rate(self, state: Layers) -> Array:
        return (self.hidden_drive(state.feature, state.delay) - state.hidden) / self.T_h

    def _delay_rate(self, state: Layers) -> Array:
        return (self.delay_drive(state.feature) - state.delay) / self.T_d

    def complete(self, V_f: ArrayLike, V_h: ArrayLike | None = None, V_d: ArrayLike | None = None) -> Layers:
        """The state of all three layers: what is slaved, or left out, is put at what it follows.

        Raises:
            InvalidNetwork: if a last axis has another length.
        """
        feature = _layer("V_f", V_f, self.features)
        follows = V_d is None or not self.T_d
        delay = self.delay_drive(feature) if follows else _layer("V_d", V_d, self.features)
        follows = V_h is None or not self.T_h
        _check_batches(feature, delay)
        hidden = self.hidden_drive(feature, delay) if follows else _layer("V_h", V_h, self.components)
        _check_batches(feature, delay, hidden)
        return Layers(feature, hidden, delay)

    def pack(self, V_f: ArrayLike, V_h: ArrayLike | None = None, V_d: ArrayLike | None = None) -> Array:
        """One array of shape (…, state_size): V_f, then V_h if T_h > 0, then V_d if T_d > 0. What is left out is put at what it follows."""
        full = self.complete(V_f, V_h, V_d)
        parts = [full.feature, *([full.hidden] if self.T_h else []), *([full.delay] if self.T_d else [])]
        batch = np.broadcast_shapes(*(part.shape[:-1] for part in parts))
        return np.concatenate([np.broadcast_to(part, (*batch, part.shape[-1])) for part in parts], axis=-1)

    def unpack(self, state: ArrayLike) -> Layers:
        """The three layers of a packed state of shape (…, state_size); what is slaved is computed.

        Raises:
            InvalidNetwork: if the last axis has another length.
        """
        packed = _layer("state", state, self.state_size)
        after_h = self.features + (self.components if self.T_h else 0)
        return self.complete(
            packed[..., : self.features],
            packed[..., self.features : after_h] if self.T_h else None,
            packed[..., after_h:] if self.T_d else None,
        )

    def rhs(self, t: float, state: ArrayLike) -> Array:
        """d(state)/dt of a packed state, shape (…, state_size): the form that ODE solvers take. The model does not depend on t."""
        full = self.unpack(state)
        parts = [self._feature_rate(full)]
        parts += [self._hidden_rate(full)] if self.T_h else []
        parts += [self._delay_rate(full)] if self.T_d else []
        return np.concatenate(parts, axis=-1)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Model):
            return NotImplemented
        plain = ("feature", "hidden", "T_f", "T_h", "T_d", "alpha_s", "alpha_c", "delay_gain")
        return all(getattr(self, name) == getattr(other, name) for name in plain) and all(
            np.array_equal(getattr(self, name), getattr(other, name)) for name in ("memories", "interactions")
        )

    def __reduce__(self) -> tuple[Any, ...]:
        # Pickled arrays come back writeable: a copy in another process is made, and checked, by the constructor.
        scales = (self.T_f, self.T_h, self.T_d, self.alpha_s, self.alpha_c, self.delay_gain)
        return Model, (self.memories, self.interactions, self.feature, self.hidden, *scales)

    def __repr__(self) -> str:
        shown = [f"N={self.features}", f"n={self.components}", f"feature={self.feature}", f"hidden={self.hidden}"]
        shown += [f"{name}={getattr(self, name):g}" for name in ("T_f", "T_h", "T_d")]
        others = (("alpha_s", self.alpha_s), ("alpha_c", self.alpha_c), ("delay_gain", self.delay_gain))
        return f"Model({', '.join(shown + [f'{name}={value:g}' for name, value in others if value != 1])})"


def checked_model(value: object) -> Model:
    """The value, if it is a memory model.

    Raises:
        InvalidOption: if it is something else.
    """
    if isinstance(value, Model):
        return value
    raise InvalidOption(f"expected a memory model, such as Model.lisem returns; got {type(value).__name__}")


def _check_shapes(memories: Array, interactions: Array) -> None:
    if memories.ndim != 2 or 0 in memories.shape:
        raise InvalidNetwork(f"memories must have shape (N, n), N and n at least 1; got {memories.shape}")
    n = memories.shape[1]
    if interactions.shape != (n, n):
        hint = ". Are the memories transposed?" if interactions.shape == (memories.shape[0],) * 2 else ""
        raise InvalidNetwork(
            f"interactions must have shape (n, n) = ({n}, {n}) for memories of shape {memories.shape}; got {interactions.shape}{hint}"
        )


def _check_lagrangian(name: str, lagrangian: object, size: int) -> None:
    if not isinstance(lagrangian, Lagrangian):
        raise InvalidOption(
            f"{name} must be a Lagrangian, such as tanh() or identity() of emt_theory.gsemm; got {shown(lagrangian)}"
        )
    if lagrangian.size not in (None, size):
        raise InvalidOption(f"{name} is a Lagrangian of {lagrangian.size} variables; the layer has {size}")


def _number(name: str, value: object, positive: bool) -> float:
    number = real(name, value)
    if not math.isfinite(number) or number < 0 or (positive and number == 0):
        wanted = "positive" if positive else "at least 0" + (", which slaves the layer" if name[0] == "T" else "")
        raise InvalidOption(f"{name} must be finite and {wanted}; got {number:g}")
    return number


def _layer(name: str, value: ArrayLike | None, length: int) -> Array:
    array = numeric_array(name, value)
    if array.shape[-1:] != (length,):
        raise InvalidNetwork(f"{name} must have shape (…, {length}); got {array.shape}")
    return array


def _check_batches(*layers: Array) -> None:
    if len({layer.shape[:-1] for layer in layers}) == 1:
        return
    try:
        np.broadcast_shapes(*(layer.shape[:-1] for layer in layers))
    except ValueError:
        shapes = ", ".join(str(layer.shape) for layer in layers)
        raise InvalidNetwork(f"the layers' batches do not fit together; got shapes {shapes}") from None
