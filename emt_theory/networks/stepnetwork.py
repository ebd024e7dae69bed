r"""Any recurrent network, given as a function of one step.

    z(t) = step(z(t−1), x(t)),    y(t) = read(z(t)),    z(0) given

A simulator, a cell of another library, a network whose state has several parts laid end to end: what can take one step for a batch of states can be
analysed. The function is called with float64 arrays, states of shape (batch, S) and inputs of shape (batch, d). It has to be what a step is, which is
tried out on seeded states before anything is believed of it:

    it returns the right shape, finite, and the same when asked again;    each row of a batch goes its own way;    its arguments stay as they are;
    difference quotients at two distances agree.

>>> def step(h, x):
...     return np.tanh(h @ [[0.0, 2.0], [-2.0, 0.0]] + x @ [[1.0, 0.0]])
>>> net = StepNetwork(step, readout=[[1, 0]], hidden=2, dim=1)
>>> net, net.run(np.ones((1, 1, 1)), steps=4).outputs[0, :, 0].round(3).tolist()
(StepNetwork(S=2, d=1, odd), [0.762, 0.0, -0.949, 0.0])
>>> StepNetwork(lambda h, x: h - h.mean(axis=0), readout=[[1, 0]], hidden=2, dim=1)
Traceback (most recent call last):
...
emt_theory.errors.InvalidNetwork: step mixes the rows of a batch: the first changes by 0.42 when only the
others do; every row is a state of its own
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from emt_theory.errors import InvalidNetwork, InvalidOption
from emt_theory.ground.arguments import integer, to_numpy
from emt_theory.ground.arrays import Array
from emt_theory.ground.text import first_line, shown
from emt_theory.networks.network import Network
from emt_theory.networks.probing import probe_jacobian, probe_rows, probe_states, probe_untouched, seems_odd
from emt_theory.networks.shapes import to_weights, vectors

Convention = Literal["h, x -> h", "x, h -> h", "x, h -> y, h", "h, x -> h, y"]
"""What a step takes and gives: h the state, x the input, y an output that is not looked at."""


@dataclass(frozen=True, eq=False, repr=False)
class StepNetwork(Network):
    """A network given as a function of one step; it is tried out when it is made.

    Attributes:
        function: the step, on arrays of shape (batch, S) and (batch, d), in the order that `convention` says. What it returns may be of any kind that
            NumPy can make an array of.
        readout: W_hy of shape (d, S), or a function from states of shape (batch, S) to outputs of shape (batch, d).
        hidden: S, the length of a state.
        dim: d.
        initial: z(0), shape (S,); 0 if left out.
        convention: ``"h, x -> h"``; ``"x, h -> h"``; ``"x, h -> y, h"``, which is `torch.nn.RNN` and ``_, h = f(input, h)``; or ``"h, x -> h, y"``,
            which is Flax and `jax.lax.scan`. The output y is not looked at: it is `readout` that reads.
        jacobian: ∂step/∂h at x = 0, from (batch, S) to (batch, S, S); central differences if left out, which need double precision.
        odd: whether f(−z, −x) = −f(z, x) on seeded states: seen, not proved.

    Raises:
        InvalidNetwork: if a function fails, returns the wrong shape, NaN or infinity, does not return the same twice, mixes the rows of a batch, or
            changes its arguments; or if the Jacobian is not that of the step.
        InvalidOption: if `hidden` or `dim` is not a positive integer, or the convention is unknown.
    """

    function: Callable[..., Any]
    readout: ArrayLike | Callable[[Array], Any]
    hidden: int
    dim: int
    initial: ArrayLike | None = None
    convention: Convention = "h, x -> h"
    jacobian: Callable[[Array], Any] | None = None
    odd: bool = field(init=False)

    kind: ClassVar[str] = "step"

    def __post_init__(self) -> None:
        for name in ("hidden", "dim"):
            self._set(name, integer(name, getattr(self, name), least=1))
        if not isinstance(self.convention, str) or self.convention not in get_args(Convention):
            raise InvalidOption(
                f"convention must be {', '.join(map(repr, get_args(Convention)))}; got {shown(self.convention)}"
            )
        for name in ("function", "jacobian"):
            value = getattr(self, name)
            if not callable(value) and not (name == "jacobian" and value is None):
                raise InvalidNetwork(f"{name} must be a function; got {type(value).__name__}")
        start = np.zeros(self.hidden) if self.initial is None else self.initial
        self._set("initial", to_weights("initial", start, (self.hidden,)))
        if not callable(self.readout):
            self._set("readout", to_weights("readout", self.readout, (self.dim, self.hidden)))
        self._try_out()
        self._set("odd", seems_odd(self._step, self.hidden, self.dim))

    def start(self) -> Array:
        """z(0), shape (S,)."""
        return np.asarray(self.initial)

    def affine_readout(self) -> Array | None:
        """The read-out, where it is a matrix."""
        return None if callable(self.readout) else np.asarray(self.readout)

    def is_odd(self) -> bool:
        """`odd`."""
        return self.odd

    def feed(self, x: Array | None) -> Array:
        """The input itself; 0 at a free step."""
        return np.zeros(self.dim) if x is None else x

    def advance(self, z: Array, drive: Array) -> Array:
        """The step, of states of shape (…, S) and inputs of shape (…, d)."""
        lead = np.broadcast_shapes(z.shape[:-1], drive.shape[:-1])
        flat = np.broadcast_to(z, (*lead, self.hidden)).reshape(-1, self.hidden)
        inputs = np.broadcast_to(drive, (*lead, self.dim)).reshape(-1, self.dim)
        return self._step(flat, inputs).reshape(*lead, self.hidden)

    def differentiate(self, z: Array, drive: Array) -> Array:
        """The given Jacobian at free steps, else central differences."""
        if self.jacobian is None or drive.any():
            return super().differentiate(z, drive)
        flat = z.reshape(-1, self.hidden)
        found = _called("jacobian", self.jacobian, (flat,), (len(flat), self.hidden, self.hidden))
        return found.reshape(*z.shape, self.hidden)

    def step(self, h: ArrayLike, x: ArrayLike | None = None) -> Array:
        """The next states, shape (…, S), of states of shape (…, S) and inputs of shape (…, d); x = 0 if left out.

        Raises:
            InvalidNetwork: if the function fails, or returns another shape.
        """
        inputs = None if x is None else vectors("x", x, self.dim)
        return self.advance(vectors("h", h, self.hidden), self.feed(inputs))

    def read(self, h: ArrayLike) -> Array:
        """The outputs, shape (…, d), of states of shape (…, S)."""
        states = vectors("h", h, self.hidden)
        read = self.readout
        if not callable(read):
            with np.errstate(all="ignore"):
                return states @ np.asarray(read).T
        flat = states.reshape(-1, self.hidden)
        return _called("readout", read, (flat,), (len(flat), self.dim)).reshape(*states.shape[:-1], self.dim)

    def _try_out(self) -> None:
        h, x = probe_states(self.hidden, self.dim)
        probe_rows("step", self._step, self.hidden, self.dim)
        probe_untouched("step", self.function, self._arguments(h, x))
        if callable(self.readout):
            probe_rows("readout", lambda z, _: self.read(z), self.hidden, self.dim)
            probe_untouched("readout", self.readout, (h,))
        silence = self.feed(None)
        probe_jacobian(self.step, lambda z: self.differentiate(z, silence), self.hidden, self.jacobian is not None)

    def _arguments(self, h: Array, x: Array) -> tuple[Array, ...]:
        order, _ = self.convention.split(" -> ")
        return (h, x) if order == "h, x" else (x, h)

    def _step(self, h: Array, x: Array) -> Array:
        returned = self.convention.split(" -> ")[1].split(", ")
        return _called("step", self.function, self._arguments(h, x), h.shape, (returned.index("h"), len(returned)))

    def _described(self) -> list[str]:
        return [f"S={self.hidden}", f"d={self.dim}", *(["odd"] if self.odd else [])]


def _called(
    name: str,
    function: Callable[..., Any],
    arguments: tuple[Array, ...],
    shape: tuple[int, ...],
    part: tuple[int, int] = (0, 1),
) -> Array:
    """What a function of the user's makes of copies of these arguments: entry `part[0]` of `part[1]`, as a new float64 array of this shape."""
    try:
        with np.errstate(all="ignore"):
            value = function(*(np.array(argument) for argument in arguments))
        index, count = part
        if count > 1:
            if not isinstance(value, tuple | list) or len(value) != count:
                raise TypeError(f"it must return {count} values; got {type(value).__name__}")
            value = value[index]
        elif isinstance(value, tuple):
            raise TypeError(f"it must return one array, got a tuple of {len(value)}; choose a convention")
        array = to_numpy(value)
    except Exception as error:  # noqa: BLE001 — the function is the user's, and can raise anything
        given = " and ".join(str(argument.shape) for argument in arguments)
        raise InvalidNetwork(
            f"{name} failed on arrays of shape {given}: {type(error).__name__}: {first_line(error)}"
        ) from None
    if array.dtype.kind not in "iuf" or array.shape != shape:
        raise InvalidNetwork(
            f"{name} must return real numbers of shape {shape}; got {array.dtype} with shape {array.shape}"
        )
    return array.astype(np.float64)
