"""Impostors: networks that solve a selection task another way than its circuit, and some that do not quite solve it.

Each names the questions of which at least one has to fail, `caught_by`. By family:

    junk                  a forgotten input is kept for ever, beside the circuit or mixed into it        extra
    still copy            the first input is kept still, though the circuit moves it                     extra
    packed                several variables in one direction, told apart by thresholds                   variables
    product               blocks hold a and ab; b is made when it is shown                               variables, use
    clocked               inputs lie still in latches; a clock says which one is shown                   variables, extra, use
    leak, damped          every step, or every read, shrinks what is held: signs stay right              variables
    dead modes            a leaking register beside a code that is not linear: gone when it has settled  variables, use
    idle echo             a code that is not linear, and beside it the whole circuit, which nobody reads as its kind
    paired echo           the same with two such circuits, read with +1 and −1                           as its kind
    faint echo            such a circuit read with 1/100 or 3/100: too faint to turn a sign              as its kind
    slaved                a register that a product code elsewhere pulls back                            use
    slowly slaved         the same, pulled back more slowly than within 2s steps                         use, watched for long enough
    overruled             a register that a product code listens to only beyond ±2, or in one block      use, at a second look
    swapped               registers of b and c, which a holds swapped or not: no single variable tells   use, at a second look
    differences           registers of a, b and c, and a code of a − b, b − c and abc                     use, at a second look
    wrong output          one output of many is never right                                              behaviour
    wrong sign            the circuit of the task with one sign changed                                  behaviour

What looks like one and is none, and is left out: a register whose blocks shrink and are restored once a round, a leak that saturation makes up for
(the circuit with Ψ of other lengths); latches read by a clock where every cycle of the task has length 1 and sign + (then still *is* the circuit);
packed or product codes of variables that are not both kept, or are decoded before they are packed again. Leaks of .97 a step and more fade too slowly
to be told from a circuit that fades.

`certify` proves what is put out, not how: signs for all t of most junk, of still copies, and of leaks and damped feedback on linear units.
They are right for ever, and are not the circuit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

import numpy as np
from scipy.linalg import block_diag

from emt_theory.circuits.schemes import Damped
from emt_theory.networks import GRU, LSTM, ElmanRNN, Network
from emt_theory.tasks import LinearTask, compose_copy, delayed_copy, parse, random_selection, repeat_copy
from tests.collections.company import Differences, Registers, Rule, Swapped
from tests.collections.entry import Entry, Question
from tests.collections.mechanisms import Clocked, Packed, Product, Slaved
from tests.collections.planted import Cell, Compiled, title

Maker = Callable[[LinearTask], Network]


def _asks(*questions: Question) -> frozenset[Question]:
    return frozenset(questions)


# ------------------------------------------------------------------------------------------------------------ extra memories


@dataclass(frozen=True)
class Junk:
    """A circuit, and units that keep something of one input component for ever.

    first     q(t) = σ(3q(t−1) + x(t)) keeps the sign of the first input: later ones are too small to turn it; its size is that of a unit
    sum       q(t) = σ(q(t−1) + a x(t)) adds up all inputs, a times; with one among them that the task forgets, no memory of the task has the sum
    turning   the same with −q(t−1)
    ring      the same through three units
    """

    base: Maker
    keeps: Literal["first", "sum", "turning", "ring"]
    amplitude: float = 1.0
    read: float = 0.0
    leak: float = 0.0
    rotation: int | None = None

    def __call__(self, task: LinearTask) -> Network:
        net = self.base(task)
        assert isinstance(net, ElmanRNN)
        size, c, n = 3 if self.keeps == "ring" else 1, forgotten(task), net.hidden
        own = {"first": 3 * np.eye(1), "sum": np.eye(1), "turning": -np.eye(1), "ring": np.eye(3)[[2, 0, 1]]}[
            self.keeps
        ]
        W_hh, W_uh, W_hy = (
            block_diag(net.W_hh, own),
            np.pad(net.W_uh, ((0, size), (0, 0))),
            np.pad(net.W_hy, ((0, 0), (0, size))),
        )
        W_uh[n, c] = self.amplitude
        W_hy[0, n] = self.read
        W_hh[:n, n] = self.leak
        turn = np.eye(n + size)
        if self.rotation is not None:
            turn = np.linalg.qr(np.random.default_rng(self.rotation).normal(size=turn.shape))[0]
        return replace(net, W_hh=turn @ W_hh @ turn.T, W_uh=turn @ W_uh, W_hy=W_hy @ turn.T, exact=None)


def junk_in_a_gru(task: LinearTask) -> Network:
    """One unit more of a GRU circuit (β = 4) keeps the first input: tanh(8h + 2x) with its gates held as the others' are."""
    net = Cell("gru", spare=1, beta=4)(task)
    assert isinstance(net, GRU)
    hh, ih = net.weight_hh_l0.copy(), net.weight_ih_l0.copy()
    hh[-1, -1], ih[-1, forgotten(task)] = 8, 2
    return replace(net, weight_hh_l0=hh, weight_ih_l0=ih)


def forgotten(task: LinearTask) -> int:
    """A component whose first value is lost; 0 if the task keeps all of them."""
    return next((c for c in range(task.dim) if c not in task.persistent), 0)


_FORGETFUL = (delayed_copy(4, 2, lag=2), delayed_copy(5, 3, lag=3), compose_copy(4), random_selection(3, 3, seed=111))
_SOLVABLE = (delayed_copy(4, 2, lag=4), random_selection(5, 2, seed=743), random_selection(6, 3, seed=801))


def _junk() -> Iterator[Entry]:
    asks = _asks("extra")
    for i, task in enumerate(_FORGETFUL):
        name = _title(task)
        for scheme in ("tanh", "saturating"):
            base = Compiled(scheme)
            yield Entry(
                f"junk first {scheme} {name}", "junk", task, Junk(base, "first", read=(0, 0.01, 0.1, 0.001)[i]), asks
            )
            for amplitude in (0.1, 0.01, 0.001):
                keeps = ("sum", "turning", "ring", "sum")[(i + int(1000 * amplitude)) % 4]
                made = Junk(base, keeps, amplitude, read=(0.0, 0.001)[scheme == "tanh"])
                yield Entry(f"junk {keeps} {amplitude} {scheme} {name}", "junk", task, made, asks)
        yield Entry(f"junk leaking {name}", "junk", task, Junk(Compiled("tanh"), "first", leak=0.02), asks)
        yield Entry(f"junk in a gru {name}", "junk", task, junk_in_a_gru, asks)
    for i, task in enumerate(_SOLVABLE[1:]):
        for amplitude in (1, 0.1, 0.01, 0.001):
            made = Junk(Compiled("linear"), "sum", amplitude, read=0.001, rotation=i)
            yield Entry(f"junk mixed in {amplitude} {_title(task)}", "junk", task, made, asks)
    for task in (repeat_copy(3, 2), repeat_copy(5, 1), repeat_copy(4, 4)):
        for scheme in ("tanh", "saturating"):
            yield Entry(
                f"still copy {scheme} {_title(task)}", "still copy", task, Junk(Compiled(scheme), "first"), asks
            )


# ------------------------------------------------------------------------------------------------ codes that are not linear

_RANDOM = ((3, 3, 111), (4, 3, 110), (3, 4, 114), (4, 4, 111), (5, 4, 112), (5, 5, 111))
_PACKED = {
    2: (repeat_copy(3, 2), repeat_copy(4, 3), repeat_copy(6, 2), repeat_copy(4, 4), delayed_copy(4, 2, lag=3),
        delayed_copy(6, 4, lag=5), delayed_copy(7, 2, lag=4), compose_copy(4), compose_copy(5), random_selection(4, 4, seed=102)),
    3: (repeat_copy(3, 3), repeat_copy(3, 6), repeat_copy(5, 3), delayed_copy(5, 3, lag=4), compose_copy(5)),
}  # fmt: skip
_PRODUCTS = (
    *(repeat_copy(2, 2), repeat_copy(3, 2), repeat_copy(5, 2), repeat_copy(3, 4)),
    *(delayed_copy(4, 2, lag=3), delayed_copy(7, 2, lag=4), compose_copy(3), compose_copy(5)),
    *(random_selection(s, d, seed=seed) for s, d, seed in _RANDOM),
)
_CLOCKED = (
    *(repeat_copy(2, 2), repeat_copy(3, 2), repeat_copy(5, 1), repeat_copy(7, 1), repeat_copy(4, 3)),
    *(delayed_copy(4, 2, lag=3), delayed_copy(5, 3, lag=2), compose_copy(3)),
    *(random_selection(3, 3, seed=111), random_selection(3, 3, seed=101), random_selection(3, 5, seed=104)),
)


@dataclass(frozen=True)
class InACell:
    """A tanh network as a GRU or an LSTM whose gates are held open or shut by biases of ±48.

    An LSTM shows tanh(tanh(·)), at most tanh 1: what is read from it, by itself or by the outputs, is scaled up by 1/tanh 1.
    """

    cell: Literal["gru", "lstm"]
    make: Maker

    def __call__(self, task: LinearTask) -> Network:
        net = self.make(task)
        assert isinstance(net, ElmanRNN)
        assert net.activation == "tanh"
        held = {"gru": (48, -48, None), "lstm": (48, -48, None, 48)}[self.cell]
        scale = 1 / np.tanh(1) if self.cell == "lstm" else 1.0
        bias = np.zeros(net.hidden) if net.b_h is None else net.b_h

        def stacked(block: np.ndarray) -> np.ndarray:
            return np.concatenate([block if gate is None else np.zeros_like(block) for gate in held])

        return {"gru": GRU, "lstm": LSTM}[self.cell](
            weight_ih_l0=stacked(net.W_uh),
            weight_hh_l0=stacked(scale * net.W_hh),
            W_hy=scale * net.W_hy,
            bias_ih_l0=np.concatenate([bias if gate is None else np.full(net.hidden, float(gate)) for gate in held]),
            bias_hh_l0=np.zeros(len(held) * net.hidden),
            b_y=net.b_y,
        )


def _cells() -> Iterator[Entry]:
    """Codes in gated cells, where the regression of the step is not that of an Elman network."""
    echoed = Beside(Product("tanh"), ((Compiled("tanh"), 0.0),))
    kinds: tuple[tuple[str, Maker, frozenset[Question], Iterable[LinearTask]], ...] = (
        ("product", Product("tanh"), _asks("variables", "use"), (repeat_copy(3, 2), compose_copy(5), _RANDOM_TASKS[3])),
        ("clocked", Clocked("tanh"), _CLOCK, (repeat_copy(3, 2), delayed_copy(4, 2, lag=3))),
        ("idle echo product", echoed, _asks("variables", "use"), (repeat_copy(3, 2), delayed_copy(4, 2, lag=3))),
    )
    for kind, make, asks, tasks in kinds:
        for task in tasks:
            for cell in ("gru", "lstm"):
                yield Entry(
                    f"{kind} {cell} {_title(task)}", kind.removesuffix(" product"), task, InACell(cell, make), asks
                )


def _codes() -> Iterator[Entry]:
    for size, tasks in _PACKED.items():
        for task in tasks:
            yield Entry(f"packed by {size} {_title(task)}", "packed", task, Packed(size), _asks("variables"))
    for i, task in enumerate(_PRODUCTS):
        for sigma in ("hard_tanh", "tanh")[: 1 + (i % 2 == 0)]:
            yield Entry(f"product {sigma} {_title(task)}", "product", task, Product(sigma), _asks("variables", "use"))
    for i, task in enumerate(_CLOCKED):
        for sigma in ("relu", ("hard_tanh", "tanh")[i % 2]):
            # With two steps to a loop, an edit of a latch does what an edit of the memory does: only pairs at two times differ.
            yield Entry(f"clocked {sigma} {_title(task)}", "clocked", task, Clocked(sigma), _CLOCK)


_CLOCK = _asks("variables", "extra", "use")


# -------------------------------------------------------------------------------------------------- what shrinks, step by step


@dataclass(frozen=True)
class Leaky:
    """A circuit with σ(γ Φ h + g E_s x): what is held shrinks by γ a step, and signs are right as long as floats last."""

    base: Maker
    keep: float

    def __call__(self, task: LinearTask) -> Network:
        net = self.base(task)
        if isinstance(net, ElmanRNN):
            return replace(net, W_hh=self.keep * np.sign(net.W_hh), exact=None)
        return replace(net, weight_hh_l0=self.keep * np.sign(net.weights["weight_hh_l0"]))


def _leaks() -> Iterator[Entry]:
    asks = _asks("variables")
    for i, keep in enumerate((0.5, 0.8, 0.9, 0.95)):
        for task in (repeat_copy(3, 2), _SOLVABLE[i % 3]):
            yield Entry(f"leak {keep} linear {_title(task)}", "leak", task, Leaky(Compiled("linear"), keep), asks)
        for scheme, task in (
            ("tanh", compose_copy(3)),
            ("saturating", delayed_copy(4, 2, lag=3)),
            ("tanh", parse("T3")),
        ):
            yield Entry(f"leak {keep} {scheme} {_title(task)}", "leak", task, Leaky(Compiled(scheme), keep), asks)
    for task in (repeat_copy(4, 3), random_selection(4, 3, seed=110)):
        yield Entry(f"leak 0.9 gru {_title(task)}", "leak", task, Leaky(Cell("gru"), 0.9), asks)
    for task in (
        parse("T2"),
        parse("T3"),
        parse("T4"),
        compose_copy(4),
        repeat_copy(2, 3),
        repeat_copy(4, 2),
        *_RANDOM_TASKS[:2],
    ):
        yield Entry(f"damped 1/2 {_title(task)}", "damped", task, Compiled(Damped(Fraction(1, 2))), asks)
    for keep, task in ((Fraction(9, 10), repeat_copy(2, 4)), (Fraction(7, 10), repeat_copy(3, 3))):
        yield Entry(f"damped {keep} {_title(task)}", "damped", task, Compiled(Damped(keep)), asks)


_RANDOM_TASKS = tuple(random_selection(s, d, seed=seed) for s, d, seed in _RANDOM)


# --------------------------------------------------------------------------------------------------- what is shown, and not used


@dataclass(frozen=True)
class Beside:
    """A network, and beside it others that are read with these weights."""

    works: Maker
    others: tuple[tuple[Maker, float], ...]

    def __call__(self, task: LinearTask) -> Network:
        nets, reads = [self.works(task)], [1.0]
        for make, read in self.others:
            nets.append(make(task))
            reads.append(read)
        elman = [net for net in nets if isinstance(net, ElmanRNN)]
        assert len(elman) == len(nets)
        assert len({net.activation for net in elman}) == 1
        biases = [np.zeros(net.hidden) if net.b_h is None else net.b_h for net in elman]
        return ElmanRNN(
            block_diag(*(net.W_hh for net in elman)),
            np.vstack([net.W_uh for net in elman]),
            np.hstack([read * net.W_hy for net, read in zip(elman, reads, strict=True)]),
            np.concatenate(biases),
            elman[0].b_y,
            elman[0].activation,
        )


def _shown() -> Iterator[Entry]:
    small = (repeat_copy(3, 2), repeat_copy(4, 4), delayed_copy(4, 2, lag=3), compose_copy(5))
    kinds: tuple[tuple[str, Maker, str, frozenset[Question], Iterable[LinearTask]], ...] = (
        ("packed", Packed(2), "saturating", _asks("variables"), small),
        ("product", Product(), "saturating", _asks("variables", "use"), (*small, *_RANDOM_TASKS[:2])),
        ("product tanh", Product("tanh"), "tanh", _asks("variables", "use"), small[:2]),
        ("clocked", Clocked(), "saturating", _CLOCK, (small[0], small[2])),
        ("leak 0.9", Leaky(Compiled("linear"), 0.9), "linear", _asks("variables"), (repeat_copy(4, 2), _SOLVABLE[1])),
    )
    for kind, works, scheme, asks, tasks in kinds:
        for task in tasks:
            echo, name = Compiled(scheme), _title(task)
            yield Entry(f"idle echo {kind} {name}", "idle echo", task, Beside(works, ((echo, 0.0),)), asks)
            yield Entry(
                f"paired echo {kind} {name}", "paired echo", task, Beside(works, ((echo, 1.0), (echo, -1.0))), asks
            )
    for read in (0.01, 0.03):
        for task in small[:2]:
            echo, name = Compiled("saturating"), _title(task)
            yield Entry(
                f"faint echo {read} packed {name}",
                "faint echo",
                task,
                Beside(Packed(2), ((echo, read),)),
                _asks("variables"),
            )
            made = Beside(Product(), ((echo, read),))
            yield Entry(f"faint echo {read} product {name}", "faint echo", task, made, _asks("variables", "use"))
    for keep in (0.5, 0.9):
        for i, task in enumerate((*small, *_RANDOM_TASKS[:1])):
            fading = ((Leaky(Compiled("saturating"), keep), (1.0, 0.3)[i % 2]),)
            asks = _asks("variables", "use")
            yield Entry(
                f"dead modes {keep} product {_title(task)}", "dead modes", task, Beside(Product(), fading), asks
            )
        for task in small[:3]:
            made = Beside(Packed(2), ((Leaky(Compiled("saturating"), keep), 0.5),))
            yield Entry(f"dead modes {keep} packed {_title(task)}", "dead modes", task, made, _asks("variables"))
    for s in (2, 3, 4, 5):
        for keep in (0.5, 0.7, 0.9):
            # Of an edit κ^(2s) is left, 2s steps later: down to about a third its sign still shows, because copies were edited with it.
            family = "slowly slaved" if keep ** (2 * s) > 1 / 3 else "slaved"
            task = repeat_copy(s, 2)
            yield Entry(f"slaved {keep} {_title(task)}", family, task, Slaved(keep), _asks("use"))
    rules: tuple[tuple[Rule, float], ...] = (("never", 0.7), ("never", 0.9), ("far", 0.7), ("far", 0.9), ("last", 0.4))
    for rule, keep in rules:
        for s in (2, 3, 4):
            if rule != "last" or s > 2:  # of two blocks, the other is the last one a step later
                task = repeat_copy(s, 2)
                yield Entry(
                    f"overruled {rule} {keep} {_title(task)}", "overruled", task, Registers(keep, rule), _asks("use")
                )
    for s in (2, 3):
        for keep in (0.3, 0.7, 0.9, 0.95):
            for tie in (0.0, 0.3):
                task = repeat_copy(s, 3)
                name = f"swapped {keep} {tie} {_title(task)}"
                yield Entry(name, "swapped", task, Swapped(keep, tie), _asks("use"))
    for s in (1, 2):
        for keep in (0.7, 0.9):
            task = repeat_copy(s, 3)
            yield Entry(f"differences {keep} {_title(task)}", "differences", task, Differences(keep), _asks("use"))


# --------------------------------------------------------------------------------------------------------------- what is wrong


@dataclass(frozen=True)
class Misread:
    """A circuit with one row of its read-out replaced: minus itself, 0, or the row of another output."""

    base: Maker
    output: int
    how: Literal["negated", "silent", "another"]

    def __call__(self, task: LinearTask) -> Network:
        net = self.base(task)
        read = net.weights["W_hy"].copy()
        row = {"negated": -read[self.output], "silent": 0 * read[0], "another": read[self.output - 1]}[self.how]
        read[self.output] = row
        return replace(net, W_hy=read, **({"exact": None} if isinstance(net, ElmanRNN) else {}))


@dataclass(frozen=True)
class OtherSign:
    """The circuit of the task in which one output has the other sign."""

    base: Maker
    output: int

    def __call__(self, task: LinearTask) -> Network:
        assert task.reads is not None
        reads = tuple(
            read._replace(sign=read.sign * (-1 if c == self.output else 1)) for c, read in enumerate(task.reads)
        )
        return self.base(replace(task, rule=reads))


def _wrong() -> Iterator[Entry]:
    asks = _asks("behaviour")
    hows: tuple[Literal["negated", "silent", "another"], ...] = ("negated", "silent", "another")
    for i, (s, d) in enumerate(((1, 128), (2, 128), (1, 64), (2, 64), (3, 64))):
        task = repeat_copy(s, d)
        for how in hows[: 2 + i % 2]:
            made = Misread(Compiled(("tanh", "saturating")[i % 2]), d // 3, how)
            yield Entry(f"wrong output {how} {_title(task)}", "wrong output", task, made, asks)
    tasks = (
        repeat_copy(3, 2),
        delayed_copy(4, 2, lag=3),
        compose_copy(4),
        parse("T1"),
        parse("T3"),
        parse("T4"),
        *_RANDOM_TASKS[:3],
    )
    for i, task in enumerate(tasks):
        made = OtherSign((Compiled("tanh"), Compiled("saturating"), Cell("gru"))[i % 3], task.dim - 1)
        yield Entry(f"wrong sign {_title(task)}", "wrong sign", task, made, asks)


def _title(task: LinearTask) -> str:
    seeds = {known: seed for known, seed in _SEEDS if known == task}
    return title(task, seeds.get(task)) if task.name not in ("T1", "T2", "T3", "T4") else task.name


_SEEDS = tuple(
    (random_selection(s, d, seed=seed), seed)
    for s, d, seed in (*_RANDOM, (4, 4, 102), (3, 3, 101), (3, 5, 104), (5, 2, 743), (6, 3, 801))
)

IMPOSTORS: tuple[Entry, ...] = tuple(
    entry for part in (_junk, _codes, _cells, _leaks, _shown, _wrong) for entry in part()
)
"""All of them."""
