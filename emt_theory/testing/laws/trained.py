"""The carrier "trained": what theorems about circuits say of networks that gradient descent has made.

A subject is a pair (network, task), such as `trained_networks` has. Theorems about any weights (P01 to P04, P12) are asked
of the trained ones. Theorems about a task's circuit are asked of what the network does; what they suppose of it is looked
at first:

    P05   what a linear reader has of the state at one time gives all later signs, by the powers of Φ
    P10   the step moves what is held with the roots of the cycles                    both suppose that it can be read
    P11   the ranks of the signs that are shown are the minimal dimensions
    P18   another value of a newest input turns the signs that E_sᵀ Φ^j names         both suppose that all are right

Which laws do not have this carrier, and why, is `UNTRAINED`.

>>> list(trained_networks())
['T1', 'T2', 'T3', 'T4']
"""

from __future__ import annotations

from importlib.resources import as_file, files
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from emt_theory.evidence import Recording, linearize_secant, record
from emt_theory.exact import companion, injection
from emt_theory.ground.absent import Absent
from emt_theory.ground.arrays import Array
from emt_theory.ground.rationals import RationalMatrix
from emt_theory.networks import ElmanRNN, ExactRNN, load
from emt_theory.tasks import LinearTask, parse
from emt_theory.testing.laws.comparing import difference

if TYPE_CHECKING:
    from emt_theory.testing.laws.law import Subject

UNTRAINED = {
    "P06": "about what a linear network loads in the input phase",
    "P07": "about which tasks linear networks can do",
    "P07b": "about the weights of the damped circuit",
    "P08": "about linear systems",
    "P09": "about the matrix Φ alone",
    "P13": "about the weights of the saturating circuit",
    "P14": "about the weights of the tanh circuit",
    "P15": "about linear networks",
    "P16": "about the weights of the gated circuit",
    "P17": "about the task alone, over a finite field",
    "P19": "about the task alone, and finite",
    "P20": "about the task alone, and finite",
    "P21": "about the task alone, over a finite field",
    "P22": "about what no network can do",
    "P23": "about the weights of the threshold circuit",
    "P24": "about the weights of the threshold circuit with tanh units",
    "P25": "about codes, and the weights of circuits for them",
    "P26": "about the weights of the circuits of machines",
    "P27": "about tasks of few states, which those of the shipped networks are not",
    "P28": "about tasks of few states, which those of the shipped networks are not",
    "P29": "about an attention layer",
}
"""The laws that are not asked of trained networks, and what they are about instead."""

_SEQUENCES, _AFTER, _FITTED = 384, 24, 4
"""Sequences of a recording; the first step behind the input phase at which states are read, and how many are."""
_SIGNS, _FLIPPED = 96, 16
"""Sequences whose signs are ranked, more than a task of the paper has components; and of which an input is turned."""
_POWERS = 12
"""Of W, whose traces are compared."""
_READABLE = 0.5
"""The least share of a component's variance that a linear reader has to have."""
_WRONG, _APART = 0.02, 0.05
"""The share of later signs that may come out otherwise, since reading is noisy; how far an eigenvalue may be from its root."""


def trained_networks() -> dict[str, tuple[ElmanRNN, LinearTask]]:
    """The shipped networks, by their task, each with it; T2's has not learned it, T3's reads as others but for five dimensions."""
    folder, found = files("emt_theory") / "examples" / "weights", dict[str, tuple[ElmanRNN, LinearTask]]()
    for path in sorted(folder.iterdir(), key=lambda path: path.name):
        if path.name.endswith(".safetensors"):
            with as_file(path) as file:
                net = load(file)
            task = parse(str(net.metadata["task"]))
            assert isinstance(net, ElmanRNN)
            assert isinstance(task, LinearTask)
            found[task.name] = net, task
    return found


class HasNetwork(Protocol):
    """A subject of a law."""

    @property
    def network(self) -> ExactRNN | None:
        """The network that was given, if one was."""
        ...


def network_of(subject: HasNetwork) -> ElmanRNN:
    """The subject's network in float64."""
    assert subject.network is not None
    return subject.network.to_float()


class Reading(NamedTuple):
    """What a linear reader has of the state at one time, on fresh sequences.

    Attributes:
        components: those of the task's n that later outputs show: no other has to be held.
        read: their values as they are read, shape (batch, k).
        share: the least share of a component's variance that is read.
        later: the outputs that the network shows after that time, shape (batch, 2s, d).
        recording: the one that the reader was fitted on.
    """

    components: list[int]
    read: Array
    share: float
    later: Array
    recording: Recording


def read_state(subject: Subject) -> Reading:
    """Fit a reader of the stored components on recorded states, and read fresh ones with it."""
    task, net = subject.task, network_of(subject)
    s, d = task.num_variables, task.dim
    fit, fresh = (record(net, task, _SEQUENCES, _AFTER + _FITTED + 2 * s, seed) for seed in (1, 0))
    components = sorted({j for row in _read_outs(companion(task.F, d), s, d, 2 * s) for _, j, _ in row})
    times = range(s + _AFTER, s + _AFTER + _FITTED)

    def at(one: Recording) -> tuple[Array, Array]:
        # Row t − 1 of a recording is time t; the state then holds u(t−s+1), …, u(t), which are rows t − s … t − 1.
        held = [one.series[:, t - s : t].reshape(_SEQUENCES, s * d)[:, components] for t in times]
        return np.concatenate([one.states[:, t - 1] for t in times]), np.concatenate(held)

    (states, held), (new, right) = at(fit), at(fresh)
    reader = np.linalg.lstsq(states, held, rcond=None)[0]
    error = ((new @ reader - right) ** 2).mean(axis=0) / (right**2).mean(axis=0)
    first = times[0]
    later = fresh.outputs[:, first : first + 2 * s]
    return Reading(components, fresh.states[:, first - 1] @ reader, float(1 - error.max()), later, fit)


def _read_outs(phi: RationalMatrix, s: int, d: int, count: int) -> list[RationalMatrix]:
    """E_sᵀΦ, …, E_sᵀΦ^count."""
    row, found = injection(s, s, d).T, list[RationalMatrix]()
    for _ in range(count):
        row = row @ phi
        found.append(row)
    return found


def can_be_read(subject: Subject) -> str:
    """The premise of P05 and P10."""
    share = read_state(subject).share
    return "" if share >= _READABLE else f"a linear reader has {share:.2f} of a variable that is to be held"


def is_right(subject: Subject) -> str:
    """The premise of P11 and P18: every sign up to t = s + n + 1 is right on a sample."""
    task, net = subject.task, network_of(subject)
    episodes = task.sample(_SIGNS, task.components + 1, 0)
    outputs = net.run(episodes.inputs[:, : task.num_variables], episodes.inputs.shape[1]).outputs
    found = task.accuracy(outputs, episodes)
    if isinstance(found, Absent):
        return found.reason
    return "" if found.accuracy == 1 else f"{1 - found.accuracy:.2g} of the signs are wrong"


def ideal_load(subject: Subject) -> str:
    """P05: the powers of the claimed Φ on what is read, against the signs that the network shows."""
    s, d = subject.task.num_variables, subject.task.dim
    reading = read_state(subject)
    foretold = [reading.read @ row.to_array()[:, reading.components].T for row in _read_outs(subject.phi, s, d, 2 * s)]
    wrong = float((np.sign(np.stack(foretold, axis=1)) != np.sign(reading.later)).mean())
    return "" if wrong <= _WRONG else f"{wrong:.3f} of the later signs are not what the powers of Φ foretell"


def cycle_spectrum(subject: Subject) -> str:
    """P10: every root of the claimed cycles is an eigenvalue of the secant map, within `_APART`, with its multiplicity."""
    from scipy.optimize import linear_sum_assignment

    secant = linearize_secant(read_state(subject).recording)
    if isinstance(secant, Absent):
        return f"there is no secant map: {secant}"
    roots = np.concatenate([
        np.exp(1j * np.pi * (2 * np.arange(c.length) + (c.sign < 0)) / c.length) for c in subject.cycles or ()
    ])  # fmt: skip
    if len(roots) > len(secant.eigenvalues):
        return f"{len(roots)} roots claimed, and the map has {len(secant.eigenvalues)} eigenvalues"
    distances = abs(roots[:, None] - secant.eigenvalues)
    worst = float(distances[linear_sum_assignment(distances)].max())
    return (
        ""
        if worst <= _APART
        else f"a root of the cycles has no eigenvalue within {_APART}; the nearest is {worst:.2f} away"
    )


def minimal_dimensions(subject: Subject) -> str:
    """P11: ranks over Q of the signs that the network shows, from t = s+1 and from t = s+2."""
    task = subject.task
    n, s = task.components, task.num_variables
    inputs = task.sequences(_SIGNS, 1, 0).inputs
    shown = np.sign(network_of(subject).run(np.asarray(inputs, dtype=float), s + n + 1).outputs[:, s:]).astype(np.int64)
    scored, propagated = (_rank(part.reshape(_SIGNS, -1)) for part in (shown[:, :n], shown[:, 1:]))
    right = (scored, 2 * scored - propagated)
    return "" if tuple(subject.dimension) == right else f"minimal dimensions {tuple(subject.dimension)}, not {right}"


def _rank(signs: NDArray[np.int64]) -> int:
    """Over Q: that of M Mᵀ, which is small."""
    return int(RationalMatrix.from_rows((signs @ signs.T).tolist()).to_flint().rank())


def responses(subject: Subject) -> str:
    """P18: which signs turn j steps after another value of one newest input, against the rows of E_sᵀ Φ^j."""
    task, net = subject.task, network_of(subject)
    s, d, n = task.num_variables, task.dim, task.components
    inputs = np.asarray(task.sequences(_FLIPPED, 1, 0).inputs, dtype=float)
    before = np.sign(net.run(inputs, s + n).outputs[:, s:])
    turned = np.zeros((n, d, d), dtype=bool)  # step, output, input
    for c in range(d):
        other = inputs.copy()
        other[:, -1, c] *= -1
        moved = np.sign(net.run(other, s + n).outputs[:, s:]) != before
        if (mixed := moved.any(axis=0) & ~moved.all(axis=0)).any():
            return f"another value of input {c} turns a sign {int(np.argwhere(mixed)[0][0]) + 1} steps later in some sequences only"
        turned[:, :, c] = moved[0]
    for j, row in enumerate(_read_outs(subject.phi, s, d, n)):
        named = row.to_array()[:, -d:] != 0
        if not np.array_equal(named, turned[j]):
            return f"{int(turned[j].sum())} signs turn {j + 1} steps later, and E_sᵀΦ^{j + 1} names {int(named.sum())}"
    return ""


def similarity(subject: Subject) -> str:
    """P12: traces of the powers of ΨWΨ† against those of the trained W."""
    W = network_of(subject).W_hh
    if subject.basis is None:
        psi = np.random.default_rng(0).normal(size=(len(W) + 2, len(W)))
        # A left inverse at a slant: the pseudo-inverse, and rows that vanish on the memories.
        dual = np.linalg.pinv(psi)
        dual = dual + np.random.default_rng(1).normal(size=dual.shape) @ (np.eye(len(psi)) - psi @ dual)
    else:
        psi, dual = (one.to_array() for one in subject.basis)
    moved = psi @ W @ dual
    found, right = ([np.trace(np.linalg.matrix_power(one, k)) for k in range(1, _POWERS + 1)] for one in (moved, W))
    return difference(found, right, "numpy", "trace of power ")
