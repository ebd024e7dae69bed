r"""The rational twin: the same network over Q, where = means equal.

No float64 matrix has the eigenvalue 1/3, so a network that was compiled from exact numbers keeps them beside its
arrays. The twin runs the same recurrence,

    h(t) = σ(W_hh h(t−1) + W_uh x(t) + b_h),    y(t) = W_hy h(t) + b_y,    h(0) = 0,

in fractions. It runs for σ = identity, hard_tanh and relu, which map Q into Q; a tanh network may carry a twin too,
whose weights can be inspected but which does not run: tanh of a rational is not rational.

>>> one = RationalMatrix.identity(1)
>>> third = ExactRNN(W_hh=one * Fraction(1, 3), W_uh=one, W_hy=one, activation="identity")
>>> y, _ = third.run([[1]], steps=4)
>>> [str(value) for value in y[:, 0]]
['1', '1/3', '1/9', '1/27']
>>> third.to_float().W_hh.tolist(), third.to_float().exact == third
([[0.3333333333333333]], True)

A float is itself a fraction with a power of two below, so every network has one twin that nobody needs to supply,
`ExactRNN.from_float(net)`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emt_theory.errors import InvalidNetwork
from emt_theory.ground.rationals import RationalMatrix, to_fraction
from emt_theory.ground.text import Shown
from emt_theory.networks.activations import activation as find_activation
from emt_theory.networks.elman import ElmanRNN
from emt_theory.networks.phase import find_phase, phase_option
from emt_theory.networks.shapes import ELMAN, Run, check_input_shape, check_steps, check_weight_shapes

MATRICES, BIASES = ELMAN[:3], ELMAN[3:]


@dataclass(frozen=True, repr=False)
class ExactRNN(Shown):
    """An Elman network over the rational numbers: hashable, compared exactly.

    Attributes:
        W_hh: recurrent weights, shape (N, N).
        W_uh: input weights, shape (N, d_in), or (N, d_in + 1) with a phase input.
        W_hy: read-out weights, shape (d, N).
        b_h: bias of the hidden units, N fractions, or None.
        b_y: bias of the read-out, d fractions, or None.
        activation: the name of σ.
        phase_input: whether the last input channel is 1 during the input phase and 0 afterwards.

    Raises:
        InvalidNetwork: if shapes do not fit together, an entry is not exact, or the activation is unknown.
    """

    W_hh: RationalMatrix
    W_uh: RationalMatrix
    W_hy: RationalMatrix
    b_h: tuple[Fraction, ...] | None = None
    b_y: tuple[Fraction, ...] | None = None
    activation: str = "tanh"
    phase_input: bool | str = False

    def __post_init__(self) -> None:
        for name in MATRICES:
            value: Any = getattr(self, name)
            if not isinstance(value, RationalMatrix):
                raise InvalidNetwork(
                    f"{name} must be a RationalMatrix; got {type(value).__name__}. Use RationalMatrix.from_rows"
                )
        for name in BIASES:
            bias: Any = getattr(self, name)
            if bias is not None:
                exact = tuple(to_fraction(v, f"{name}[{i}]", InvalidNetwork) for i, v in enumerate(bias))
                object.__setattr__(self, name, exact)
        object.__setattr__(self, "activation", find_activation(self.activation).name)
        object.__setattr__(self, "phase_input", phase_option(self.phase_input))
        check_weight_shapes(self.shapes, bool(self.phase_input), alike=False)

    @property
    def hidden(self) -> int:
        """N, the number of hidden units."""
        return self.W_hh.shape[0]

    @property
    def dim(self) -> int:
        """d, the dimension of one variable."""
        return self.W_hy.shape[0]

    @property
    def d_in(self) -> int:
        """The number of input channels, a phase channel not counted."""
        return self.W_uh.shape[1] - bool(self.phase_input)

    @property
    def is_piecewise_affine(self) -> bool:
        """Whether it runs, and fractions grow by a few digits a step only, not by a factor."""
        sigma = find_activation(self.activation)
        return sigma.exact is not None and sigma.curvature == 0

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of every array that is there, by name."""
        biases = {name: (len(bias),) for name in BIASES if (bias := getattr(self, name)) is not None}
        return {name: getattr(self, name).shape for name in MATRICES} | biases

    def step(self, h: Sequence[Fraction | int], x: Sequence[Fraction | int]) -> tuple[Fraction, ...]:
        """One step, σ(W_hh h + W_uh x + b_h), of one state.

        Args:
            h: the state before, N exact numbers.
            x: the input, d exact numbers, or d + 1 with a phase input: here the caller supplies the phase channel.

        Raises:
            InvalidNetwork: if σ is tanh, h or x has another length, or an entry is not exact.
        """
        state, inputs = _exact_vector("h", h, self.hidden), _exact_vector("x", x, self.W_uh.shape[1])
        return self._step(self._sigma(), state, inputs)

    def read(self, h: Sequence[Fraction | int]) -> tuple[Fraction, ...]:
        """The output y = W_hy h + b_y, d fractions, of one state of N exact numbers."""
        return self._read(_exact_vector("h", h, self.hidden))

    def _step(
        self, sigma: Callable[[Fraction], Fraction], h: Sequence[Fraction], x: Sequence[Fraction]
    ) -> tuple[Fraction, ...]:
        bias = self.b_h or (0,) * self.hidden
        fed, driven = self.W_hh.apply(h), self.W_uh.apply(x)
        return tuple(sigma(Fraction(a + b + c)) for a, b, c in zip(fed, driven, bias, strict=True))

    def _read(self, h: Sequence[Fraction]) -> tuple[Fraction, ...]:
        bias = self.b_y or (0,) * self.dim
        return tuple(Fraction(a + b) for a, b in zip(self.W_hy.apply(h), bias, strict=True))

    def run(self, x: Any, steps: int | None = None) -> Run:
        """Run from h(0) = 0 in exact arithmetic: through the inputs, then freely.

        Args:
            x: exact inputs, nested lists or an array of integers or objects: one sequence of shape (s, d), or a batch
                of shape (batch, s, d).
            steps: the total number of time steps, inputs included, at least s; None means s.

        Returns:
            (outputs, states) as object arrays of `Fraction`, of shapes (steps, d) and (steps, N), with a batch axis in
            front if x has one.

        Raises:
            InvalidNetwork: if σ is tanh, x has another shape, or an entry of x is a float or otherwise not exact.
            InvalidOption: if steps is not an integer, or less than s.
        """
        sigma = self._sigma()
        inputs = _exact_array(x)
        single = inputs.ndim == 2
        batch = inputs[None] if single else inputs
        check_input_shape(batch.shape, self.d_in)
        s = batch.shape[1]
        total = check_steps(steps, s)
        outputs = np.empty((len(batch), total, self.dim), dtype=object)
        states = np.empty((len(batch), total, self.hidden), dtype=object)
        phase, nothing = find_phase(self.phase_input), (Fraction(0),) * self.d_in
        during, first, after = ((Fraction(int(value)),) if phase else () for value in (phase or (None, 0, 0, 0))[1:])
        for k, sequence in enumerate(batch):
            h: tuple[Fraction, ...] = (Fraction(0),) * self.hidden
            for t in range(total):
                fed = (*sequence[t], *during) if t < s else (*nothing, *(first if t == s else after))
                h = self._step(sigma, h, fed)
                states[k, t], outputs[k, t] = h, self._read(h)
        return Run(outputs[0], states[0]) if single else Run(outputs, states)

    def rounded(self, name: str) -> NDArray[np.float64]:
        """The array of this name in float64, each fraction rounded to the nearest.

        Raises:
            InvalidNetwork: if a fraction is beyond the range of float64.
        """
        value: Any = getattr(self, name)
        try:
            if isinstance(value, RationalMatrix):
                return value.to_array()
            return np.array([float(entry) for entry in value])
        except OverflowError:
            raise InvalidNetwork(f"the exact {name} has an entry beyond the range of float64") from None

    def to_float(self) -> ElmanRNN:
        """The float64 network nearest to this one, which carries it as `exact`."""
        arrays: dict[str, Any] = {name: self.rounded(name) for name in self.shapes}
        return ElmanRNN(**arrays, activation=self.activation, phase_input=self.phase_input, exact=self)

    @classmethod
    def from_float(cls, net: ElmanRNN) -> ExactRNN:
        """The dyadic rationals that the arrays of `net` hold; nothing is rounded. Its own twin is not looked at.

        Raises:
            InvalidNetwork: if the network has an h(0) of its own: an exact one starts at 0.
        """
        if net.initial is not None:
            raise InvalidNetwork("an exact network starts at h(0) = 0; this one has an initial state of its own")
        matrices = {name: RationalMatrix.from_array(getattr(net, name)) for name in MATRICES}
        b_h, b_y = (None if bias is None else tuple(Fraction(float(v)) for v in bias) for bias in (net.b_h, net.b_y))
        return cls(**matrices, b_h=b_h, b_y=b_y, activation=net.activation, phase_input=net.phase_input)

    def _sigma(self) -> Callable[[Fraction], Fraction]:
        sigma = find_activation(self.activation)
        if sigma.exact is None:
            raise InvalidNetwork(
                f"a {sigma.name} network does not run exactly: {sigma.name} of a rational is not rational; "
                "run its float form, to_float()"
            )
        return sigma.exact

    def __repr__(self) -> str:
        sizes = f"N={self.hidden}, d={self.dim}, activation={self.activation!r}"
        biases = "".join(f", {name}=…" for name in BIASES if getattr(self, name) is not None)
        return f"ExactRNN({sizes}{biases}{f', phase_input={self.phase_input!r}' if self.phase_input else ''})"


def _exact_vector(name: str, vector: Sequence[Fraction | int], length: int) -> tuple[Fraction, ...]:
    if len(vector) != length:
        raise InvalidNetwork(f"{name} must have {length} entries; got {len(vector)}")
    return tuple(to_fraction(value, f"{name}[{i}]", InvalidNetwork) for i, value in enumerate(vector))


def _exact_array(x: Any) -> NDArray[np.object_]:
    try:
        raw = np.asarray(x) if isinstance(x, np.ndarray) else np.array(x, dtype=object)
    except ValueError:  # rows of different length
        raise InvalidNetwork("x is not an array: its rows have different lengths") from None
    if raw.ndim not in (2, 3):
        raise InvalidNetwork(f"x must have shape (s, d) or (batch, s, d), rows all of one length; got {raw.shape}")
    exact = np.empty(raw.shape, dtype=object)
    for place in np.ndindex(raw.shape):
        exact[place] = to_fraction(raw[place], f"x{list(place)}", InvalidNetwork)
    return exact
