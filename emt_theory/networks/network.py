r"""What every network is: a state z, one map, one read-out, as a frozen value.

    z(t) = f(z(t−1), x(t)),    y(t) = g(z(t)),    z(0) given

z(0) is 0 unless it was learned (`initial`). For an Elman network and a GRU z = h; an LSTM's state is the pair z = (h; c), since h alone does not
determine what comes next. A step is taken in two halves, f(z, x) = `advance`(z, `feed`(x)): what inputs contribute is computed for a whole sequence
at once, before any state is known. *Free* steps are those behind the input phase: x = 0, and a phase channel, where there is one, is as
`emt_theory.networks.phase` says; the first of them is the step of `release`.

A kind of network is one final class. It says

    what arrays it has     `WEIGHTS` and `BIASES`, in blocks of N rows, one for each letter of `gates` (a plain network has one block)
    what its state is      `PARTS`
    how it moves           `formula`, the cell itself, written once for NumPy, JAX and ball arithmetic; `differentiate`, where it is known better
                           than by differences

and the rest is here: validation, the run loop, equality, `repr`, copies. What has no weights gives `feed`, `advance` and `observe` instead. The
smallest one, a leaky integrator h(t) = ½ (h(t−1) + W h(t−1) + U x(t)):

>>> from dataclasses import dataclass
>>> @dataclass(frozen=True, eq=False, repr=False)
... class Leaky(Network):
...     W: Array
...     U: Array
...     W_hy: Array
...     kind = "leaky"
...     WEIGHTS = ("W", "U", "W_hy")
...
...     @staticmethod
...     def formula(parts, recurrent, drive, xp=np):
...         return ((parts[0] + recurrent + drive) / 2,)
>>> net = Leaky(W=[[1]], U=[[4]], W_hy=[[1]])
>>> net, net.run(np.ones((1, 1, 1)), steps=3).outputs[0, :, 0].tolist()
(Leaky(N=1, d=1), [2.0, 2.0, 2.0])
>>> net.differentiate(np.zeros(1), net.feed(None)).round(6).tolist()
[[1.0]]
"""

from __future__ import annotations

from abc import ABC
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import partial
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from emt_theory.errors import InvalidNetwork
from emt_theory.ground.arguments import empty_array, real_array
from emt_theory.ground.arrays import Array
from emt_theory.ground.brief import spelled
from emt_theory.ground.text import Shown, shown
from emt_theory.networks.phase import Phase, find_phase, phase_option
from emt_theory.networks.provenance import Provenance
from emt_theory.networks.shapes import (
    Run,
    check_input_shape,
    check_lengths,
    check_steps,
    check_weight_shapes,
    to_weights,
    vectors,
)

_STEP = 1e-6
_NOTES = ("metadata", "provenance")


class Gate(NamedTuple):
    """The rows of one gate, whose pre-activation is `ih x + b_ih + hh h + b_hh`.

    Attributes:
        ih: shape (N, d).
        hh: shape (N, N).
        b_ih: shape (N,).
        b_hh: shape (N,).
    """

    ih: Array
    hh: Array
    b_ih: Array
    b_hh: Array

    def __call__(self, x: Array, h: Array) -> Array:
        """The pre-activation, shape (…, N)."""
        return x @ self.ih.T + self.b_ih + h @ self.hh.T + self.b_hh


class Opened(NamedTuple):
    """A network with the same fixed points as another, and no gate in the way to them; see `emt_theory.networks.opened`.

    Attributes:
        net: the network without the gate.
        enter: states of the first, shape (…, S), to states of this one.
        leave: fixed points of this one to those of the first, shape (…, S).
    """

    net: Network
    enter: Callable[[Array], Array]
    leave: Callable[[Array], Array]


class Network(ABC, Shown):
    """A recurrent network as a frozen value; arrays are read-only, two are equal when all but their notes are, and none has a hash.

    Attributes:
        hidden: N, the number of hidden units.
        dim: d, the number of outputs; and of inputs, unless `d_in` says otherwise.
        metadata: notes that files keep, from strings to strings.
        provenance: what a reader assumed and ignored.
        phase_input: whether there is one more input channel, the last, that tells the input phase: False, True for ``"while-inputs"``, or another
            name of `emt_theory.networks.phase.PHASES`.
        initial: z(0), shape (S,); None where it is 0.
        activation: the name of σ, where there is one to choose.
    """

    kind: ClassVar[str] = "network"
    """What it is called in files, options and messages."""
    WEIGHTS: ClassVar[tuple[str, ...]] = ()
    """The arrays that it must have: recurrent (G·N, N), input (G·N, d_in), read-out (d_out, N)."""
    BIASES: ClassVar[tuple[str, ...]] = ()
    """The arrays that may be None: one or two hidden biases (G·N,), on the side of the input first; then the read-out's (d,)."""
    PARTS: ClassVar[tuple[str, ...]] = ("h",)
    """The pieces of the state, each of length N; the read-out sees the first."""
    gates: ClassVar[str] = ""
    """One letter for each block of rows, in order; "" for a network without gates, which has one block."""

    hidden: int
    dim: int
    metadata: Mapping[str, str] = MappingProxyType({})
    provenance: Provenance = Provenance()
    phase_input: bool | str = False
    initial: Any = None
    activation: Any = None

    def __post_init__(self) -> None:
        for name in self.arrays():
            if (value := getattr(self, name)) is not None:
                self._set(name, to_weights(name, value))
            elif name in self.WEIGHTS:
                raise InvalidNetwork(f"{name} is missing; only the biases {' and '.join(self.BIASES)} may be None")
        self._set("phase_input", phase_option(self.phase_input))
        n, d = self.check_shapes(self.weights, bool(self.phase_input), alike=False)
        self._set("hidden", n)
        self._set("dim", d)
        if self.initial is not None:
            start = to_weights("initial", self.initial, (len(self.PARTS) * n,))
            self._set("initial", start if start.any() else None)
        self._check_notes()

    def _check_notes(self) -> None:
        if not isinstance(self.provenance, Provenance):
            raise InvalidNetwork(f"provenance must be a Provenance; got {shown(self.provenance)}")
        if not isinstance(self.metadata, Mapping):
            raise InvalidNetwork(
                f"metadata must map strings to strings, as files keep them; got {shown(self.metadata)}"
            )
        notes: dict[Any, Any] = dict(self.metadata)
        for key, value in notes.items():
            if not isinstance(key, str) or not isinstance(value, str):
                raise InvalidNetwork(
                    f"metadata must map strings to strings, as files keep them; got {key!r}: {value!r}"
                )
        self._set("metadata", MappingProxyType(notes))

    @classmethod
    def check_shapes(cls, weights: Mapping[str, Array], phase_input: bool, alike: bool) -> tuple[int, int]:
        """(N, d) of the arrays that are there; see `emt_theory.networks.shapes.check_weight_shapes`."""
        names = (*cls.WEIGHTS, *cls.BIASES) if cls.BIASES else (*cls.WEIGHTS, "")
        shapes = {name: array.shape for name, array in weights.items()}
        return check_weight_shapes(shapes, phase_input, names, len(cls.gates) or 1, alike)

    @classmethod
    def arrays(cls) -> tuple[str, ...]:
        """What its arrays are called."""
        return (*cls.WEIGHTS, *cls.BIASES)

    def _set(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)

    # ---------------------------------------------------------------------------------------------- what it is made of

    @property
    def weights(self) -> dict[str, Array]:
        """Its arrays by name, those that are there."""
        found = {name: getattr(self, name) for name in self.arrays()}
        return {name: array for name, array in found.items() if array is not None}

    def gate(self, letter: str) -> Gate:
        """The weights of one gate, by its letter.

        Raises:
            InvalidNetwork: if there is no such gate.
        """
        if not isinstance(letter, str) or len(letter) != 1 or letter not in self.gates:
            raise InvalidNetwork(f"a {self.kind} has the gates {', '.join(self.gates) or '–'}; got {shown(letter)}")
        start = self.gates.index(letter) * self.hidden
        rows = slice(start, start + self.hidden)
        recurrent, driven, _ = (getattr(self, name) for name in self.WEIGHTS)
        nothing = np.zeros(len(recurrent))
        ih, hh = (self.weights.get(name, nothing) for name in self.BIASES[:2])
        return Gate(driven[rows], recurrent[rows], ih[rows], hh[rows])

    # ------------------------------------------------------------------------------------------------- its state space

    @property
    def d_in(self) -> int:
        """The number of input channels, a phase channel not counted."""
        return getattr(self, self.WEIGHTS[1]).shape[1] - bool(self.phase_input) if self.WEIGHTS else self.dim

    @property
    def d_out(self) -> int:
        """The number of outputs."""
        return self.dim

    @property
    def parts(self) -> tuple[tuple[str, int], ...]:
        """The names and lengths of the pieces of z, in order: (("h", N),), or (("h", N), ("c", N))."""
        return tuple((name, self.hidden) for name in self.PARTS)

    def start(self) -> Array:
        """z(0), shape (S,)."""
        return np.zeros(sum(length for _, length in self.parts)) if self.initial is None else self.initial

    @property
    def phase(self) -> Phase | None:
        """The phase channel, where there is one."""
        return find_phase(self.phase_input)

    def affine_readout(self) -> Array | None:
        """G, shape (d, S), where g(z) = G z + const; None where g is not affine."""
        read = getattr(self, self.WEIGHTS[2])
        return read if len(self.PARTS) == 1 else np.concatenate([read, *[0 * read] * (len(self.PARTS) - 1)], axis=1)

    def plain_weights(self) -> tuple[Array, Array] | None:
        """(W_hh, W_uh), without a phase column, where a step is σ(W_hh z + W_uh x + b) and no more; None where it is not."""
        return None

    def is_odd(self) -> bool:
        """Whether f(−z, −x) = −f(z, x), as far as is known: then 0 is the point about which the network is linearized."""
        return False

    def reach(self) -> Array:
        """How far from 0 each entry of z can be where the network rests or comes back without inputs, shape (S,); ∞ where that is not known."""
        return np.full(sum(length for _, length in self.parts), np.inf)

    def opened(self) -> Opened | None:
        """A network with the same fixed points of free steps and no gate in the way to them; None unless a final knows one."""
        return None

    @staticmethod
    def formula(parts: Any, recurrent: Any, drive: Any, xp: Any = np) -> tuple[Any, ...]:
        """The cell: the pieces of the next state, from those before, W h (a bias on that side included) and what `feed` gives.

        Args:
            parts: the pieces of z, each of shape (…, N).
            recurrent: shape (…, G·N).
            drive: shape (…, G·N).
            xp: the array library: NumPy, `jax.numpy`, or balls.
        """
        raise NotImplementedError("this kind of network says by `advance` how it moves")

    def feed(self, x: Array | None) -> Array:
        """What inputs contribute to a step, before any state is known: W x plus the first bias, shape (…, G·N).

        Args:
            x: shape (…, d_in); the phase channel is appended here. None is a free step.
        """
        if x is None:
            return self._fed(np.zeros(self.d_in), self.phase.after if self.phase else 0.0)
        return self._fed(x, self.phase.during if self.phase else 0.0)

    def release(self) -> Array:
        """What the first free step gets in place of inputs, shape (G·N,); as the others, unless a phase channel marks the end of inputs."""
        phase = self.phase
        return self._fed(np.zeros(self.d_in), phase.first) if phase and phase.first != phase.after else self.feed(None)

    def _fed(self, x: Array, phase: float) -> Array:
        if self.phase_input:
            x = np.concatenate([x, np.full((*x.shape[:-1], 1), phase)], axis=-1)
        return self._biased(x @ getattr(self, self.WEIGHTS[1]).T, 0)

    def advance(self, z: Array, drive: Array) -> Array:
        """The next state, shape (…, S), from a state and what `feed` made of the input."""
        n = self.hidden
        parts = [z[..., k * n : (k + 1) * n] for k in range(len(self.PARTS))]
        moved = self.formula(parts, self._recurrent(parts[0]), drive)
        return moved[0] if len(moved) == 1 else np.concatenate(moved, axis=-1)

    def differentiate(self, z: Array, drive: Array) -> Array:
        """∂f/∂z, shape (…, S, S), at a state and what `feed` made of the input; by central differences unless a final knows better."""
        drive = drive[..., None, :]
        return difference_jacobian(lambda states, _: self.advance(states, drive), z)

    def units(self, z: Array) -> Array:
        """h, shape (…, N), of states of shape (…, S): what `run` shows."""
        return z[..., : self.hidden]

    def observe(self, z: Array) -> Array:
        """g(z), shape (…, d)."""
        return self.read(self.units(z))

    def read(self, h: ArrayLike) -> Array:
        """The output y = W_hy h + b_y, shape (…, d), of a state of shape (…, N)."""
        with np.errstate(all="ignore"):
            y = vectors("h", h, self.hidden) @ getattr(self, self.WEIGHTS[2]).T
            return self._biased(y, -1)

    def _supplied(self, x: ArrayLike) -> Array:
        """W x plus the first bias, where the caller supplies the phase channel."""
        driven = getattr(self, self.WEIGHTS[1])
        return self._biased(vectors("x", x, driven.shape[1]) @ driven.T, 0)

    def _recurrent(self, h: Array) -> Array:
        product = h @ getattr(self, self.WEIGHTS[0]).T
        return self._biased(product, 1) if len(self.BIASES) == 3 else product

    def _biased(self, values: Array, place: int) -> Array:
        bias = getattr(self, self.BIASES[place]) if self.BIASES else None
        return values if bias is None else values + bias

    # -------------------------------------------------------------------------------------------------------- runs

    def run(self, x: ArrayLike, steps: int | None = None, lengths: ArrayLike | None = None) -> Run:
        """Run from z(0): through the inputs, then freely.

        Args:
            x: inputs u(1), …, u(s), shape (batch, s, d_in) with s ≥ 1. The phase channel is appended here.
            steps: the total number of time steps, inputs included, at least s; None means s.
            lengths: for each sequence its last step with an input, 1 … s, shape (batch,): behind it the sequence runs freely, whatever x holds there.
                None means s for each.

        Returns:
            (outputs, states) of shapes (batch, steps, d) and (batch, steps, N); index t − 1 holds y(t) and h(t). A
            network that blows up gives infinities and NaN there, without a warning: look before you judge.

        Raises:
            InvalidNetwork: if x has another shape, or an entry that is not a finite real number.
            InvalidOption: if steps is not an integer, less than s, or more than there is memory for; if lengths are not integers from 1 to s.
        """
        outputs, states = self.roll(x, steps, lengths)
        return Run(outputs, self.units(states))

    def roll(self, x: ArrayLike, steps: int | None = None, lengths: ArrayLike | None = None) -> Run:
        """As `run`, with whole states z, shape (batch, steps, S)."""
        inputs, total = self._checked(x, steps)
        states, outputs = (
            empty_array(f"a run of steps = {total}", len(inputs), total, k) for k in (len(self.start()), self.d_out)
        )
        for t, z in enumerate(self.trace(inputs, total, lengths)):
            states[:, t] = z
            with np.errstate(all="ignore"):
                outputs[:, t] = self.observe(z)
        return Run(outputs, states)

    def trace(self, x: ArrayLike, steps: int | None = None, lengths: ArrayLike | None = None) -> Iterator[Array]:
        """z(1), …, z(T), each of shape (batch, S), as `run` has them, and none of them kept."""
        inputs, total = self._checked(x, steps)
        batch, s, _ = inputs.shape
        with np.errstate(all="ignore"):
            loaded, release, free = self.feed(inputs), self.release(), self.feed(None)
            if lengths is not None:
                # 0 at the first free step, which is index `last`
                behind = (np.arange(s + 1) - check_lengths(lengths, batch, s)[:, None])[..., None]
                freed = np.where(behind == 0, release, free)
                loaded, release = np.where(behind[:, :s] < 0, loaded, freed[:, :s]), freed[:, s]
        z = np.tile(self.start(), (batch, 1))
        for t in range(total):
            # Not around the loop: what the caller does between two steps is its own affair.
            with np.errstate(all="ignore"):
                z = self.advance(z, loaded[:, t] if t < s else release if t == s else free)
            yield z

    def _checked(self, x: ArrayLike, steps: int | None) -> tuple[Array, int]:
        """Inputs of shape (batch, s, d_in) and the total number of steps."""
        inputs = real_array("x", x)
        check_input_shape(inputs.shape, self.d_in)
        return inputs, check_steps(steps, inputs.shape[1])

    # -------------------------------------------------------------------------------------------------------- a value

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        names = [f.name for f in fields(self) if f.name not in _NOTES]  # type: ignore[arg-type]
        return all(_same(getattr(self, name), getattr(other, name)) for name in names)

    __hash__ = None  # type: ignore[assignment]  # like the arrays that it holds

    def __reduce__(self) -> tuple[Any, ...]:
        # Pickled arrays come back writeable: a copy in another process is made, and checked, by the constructor.
        values = {f.name: getattr(self, f.name) for f in fields(self) if f.init}  # type: ignore[arg-type]
        notes = {"metadata": dict(self.metadata)} if "metadata" in values else {}
        return partial(type(self), **(values | notes)), ()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(self._described())})"

    def __str__(self) -> str:
        return "\n".join([repr(self), *(f"  {name}: {spelled(array)}" for name, array in self.weights.items())])

    def _described(self) -> list[str]:
        there = [f"{name}=…" for name in self.BIASES if getattr(self, name) is not None]
        sizes = f"d={self.dim}" if self.d_in == self.d_out else f"d_in={self.d_in}, d_out={self.d_out}"
        phase = [f"phase_input={self.phase_input!r}"] if self.phase_input else []
        return [f"N={self.hidden}", sizes, *there, *phase, *([] if self.initial is None else ["initial=…"])]


@dataclass(frozen=True, eq=False, repr=False)
class GatedNetwork(Network):
    """What stacks the weights of its G gates as PyTorch does, with one layer and one direction; the read-out is ours, because PyTorch has none.

    Attributes:
        weight_ih_l0: input weights, shape (G·N, d_in), or (G·N, d_in + 1) with a phase input.
        weight_hh_l0: recurrent weights, shape (G·N, N).
        W_hy: read-out weights, shape (d_out, N).
        bias_ih_l0: bias on the input side, shape (G·N,), or None.
        bias_hh_l0: bias on the recurrent side, shape (G·N,), or None.
        b_y: bias of the read-out, shape (d,), or None.
        metadata: notes, from strings to strings.
        phase_input: whether the last input channel tells the input phase; see `Network`.
        initial: z(0), shape (S,), h first; None where it is 0.
        provenance: what a reader assumed and ignored.

    Raises:
        InvalidNetwork: if shapes do not fit together, or an entry is NaN or infinite.
    """

    weight_ih_l0: Array
    weight_hh_l0: Array
    W_hy: Array
    bias_ih_l0: Array | None = None
    bias_hh_l0: Array | None = None
    b_y: Array | None = None
    metadata: Mapping[str, str] = field(default_factory=dict[str, str])
    phase_input: bool | str = field(default=False, kw_only=True)
    initial: Array | None = field(default=None, kw_only=True)
    provenance: Provenance = field(default=Provenance(), kw_only=True)

    WEIGHTS: ClassVar[tuple[str, ...]] = ("weight_hh_l0", "weight_ih_l0", "W_hy")
    BIASES: ClassVar[tuple[str, ...]] = ("bias_ih_l0", "bias_hh_l0", "b_y")


def difference_jacobian(step: Callable[[Array, None], Array], z: Array) -> Array:
    """∂f/∂z of a free step f(z, None) by central differences, for z of shape (…, S): shape (…, S, S)."""
    h = _STEP * np.maximum(1.0, np.abs(z).max(axis=-1, initial=0.0))[..., None, None]
    ends = h * np.eye(z.shape[-1])
    forward, back = step(z[..., None, :] + ends, None), step(z[..., None, :] - ends, None)
    return np.swapaxes((forward - back) / (2 * h), -1, -2)


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        return isinstance(a, np.ndarray) and isinstance(b, np.ndarray) and np.array_equal(a, b)
    return a is b or bool(a == b)
