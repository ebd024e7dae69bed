"""Planted true circuits: networks that are known to be the circuit of their task, and right for ever.

Every scheme of `compile` in every basis that it allows, gated cells, shuffled units, weights with noise within the certified radius, units that do
nothing, and units that look on. An *onlooker* is σ(Σ w h) of memory units (the majority of three, the same with a bias), read by nobody: what it
holds is a function of the variables, so a circuit that has some is still the circuit.

`certify` proves each of them for all t. The tasks are none of those that the trained networks were trained on: seeds start at 100.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from emt_theory import derive
from emt_theory.circuits import compile_cell
from emt_theory.circuits.schemes import Saturating, Scheme, Tanh
from emt_theory.networks import ElmanRNN, Network
from emt_theory.tasks import LinearTask, compose_copy, delayed_copy, parse, random_selection, repeat_copy
from tests.collections.entry import Entry

Change = Callable[[Any], Network]


@dataclass(frozen=True)
class Compiled:
    """What `circuit.compile` returns, with its units changed one after the other."""

    scheme: str | Scheme
    basis: str = "identity"
    spare: int = 0
    seed: int = 0
    changes: tuple[Change, ...] = ()

    def __call__(self, task: LinearTask) -> Network:
        chosen = derive(task)
        net: Network = chosen.compile(scheme=self.scheme, basis=self.basis, seed=self.seed)
        if self.spare:
            net = chosen.compile(hidden=net.hidden + self.spare, scheme=self.scheme, basis=self.basis, seed=self.seed)
        for change in self.changes:
            net = change(net)
        return net


@dataclass(frozen=True)
class Cell:
    """What `compile_cell` returns, with its units changed one after the other."""

    cell: str
    spare: int = 0
    beta: Fraction | int = 8
    changes: tuple[Change, ...] = ()

    def __call__(self, task: LinearTask) -> Network:
        net = compile_cell(task, self.cell, hidden=task.components + self.spare, beta=self.beta)
        for change in self.changes:
            net = change(net)
        return net


@dataclass(frozen=True)
class HardTanh:
    """βΦ, gE_s, E_sᵀ on hard-tanh units: with β > 1 values stay at ±1 whatever small weights are added."""

    beta: float = 2.0
    gain: float = 4.0
    changes: tuple[Change, ...] = ()

    def __call__(self, task: LinearTask) -> Network:
        made = derive(task).compile(scheme=Tanh())
        net: Network = replace(
            made,
            W_hh=np.sign(made.W_hh) * self.beta,
            W_uh=np.sign(made.W_uh) * self.gain,
            activation="hard_tanh",
            exact=None,
        )
        for change in self.changes:
            net = change(net)
        return net


@dataclass(frozen=True)
class Shuffled:
    """The units in another order, and with signs where σ is odd: h ↦ Mh."""

    seed: int

    def __call__(self, net: Network) -> Network:
        rng = np.random.default_rng(self.seed)
        order = rng.permutation(net.hidden)
        odd = not isinstance(net, ElmanRNN) or net.sigma.odd
        signs = rng.choice([-1.0, 1.0], net.hidden) if odd else np.ones(net.hidden)
        if isinstance(net, ElmanRNN):
            b_h = None if net.b_h is None else signs * net.b_h[order]
            return replace(
                net,
                W_hh=np.outer(signs, signs) * net.W_hh[np.ix_(order, order)],
                W_uh=signs[:, None] * net.W_uh[order],
                W_hy=net.W_hy[:, order] * signs,
                b_h=b_h,
                exact=None,
            )
        # Blocks of gates: r, z, n of a GRU and i, f, g, o of an LSTM. Only block 2, which is squashed by tanh, turns its sign with h.
        gates = len(net.weights["weight_hh_l0"]) // net.hidden
        rows = np.concatenate([k * net.hidden + order for k in range(gates)])
        turned = np.concatenate([signs if k == 2 else np.ones(net.hidden) for k in range(gates)])
        return replace(
            net,
            weight_hh_l0=turned[:, None] * net.weights["weight_hh_l0"][rows][:, order] * signs,
            weight_ih_l0=turned[:, None] * net.weights["weight_ih_l0"][rows],
            bias_ih_l0=turned * net.weights["bias_ih_l0"][rows],
            bias_hh_l0=turned * net.weights["bias_hh_l0"][rows],
            W_hy=net.weights["W_hy"][:, order] * signs,
        )


@dataclass(frozen=True)
class Noisy:
    """Noise on every recurrent weight, of the same 1-norm `radius` in every row (P14's δ), and as much on the read-out times 1/10."""

    radius: float
    seed: int

    def __call__(self, net: Network) -> Network:
        rng = np.random.default_rng(self.seed)
        name = "W_hh" if isinstance(net, ElmanRNN) else "weight_hh_l0"
        recurrent, read = (rng.uniform(-1, 1, net.weights[key].shape) for key in (name, "W_hy"))
        arrays: dict[str, Any] = {
            name: net.weights[name] + self.radius * recurrent / np.abs(recurrent).sum(1, keepdims=True),
            "W_hy": net.weights["W_hy"] + self.radius / 10 * read / np.abs(read).sum(1, keepdims=True),
        }
        return replace(net, **arrays, **({"exact": None} if isinstance(net, ElmanRNN) else {}))


@dataclass(frozen=True)
class Onlookers:
    """More units, each σ(w Σ ± h) of three memory units, every second one with a bias; nobody reads them."""

    count: int
    seed: int
    weight: float = 1.2

    def __call__(self, net: ElmanRNN) -> Network:
        rng, old = np.random.default_rng(self.seed), net.hidden
        W_hh = np.pad(net.W_hh, (0, self.count))
        bias = np.concatenate([np.zeros(old) if net.b_h is None else net.b_h, np.zeros(self.count)])
        used = np.flatnonzero(np.abs(net.W_hh).sum(1))
        for i in range(old, old + self.count):
            seen = rng.choice(used, min(3, len(used)), replace=False)
            W_hh[i, seen] = self.weight * rng.choice([-1.0, 1.0], len(seen))
            bias[i] = 0.5 * (i % 2)
        arrays: dict[str, Any] = {"W_uh": np.pad(net.W_uh, ((0, self.count), (0, 0)))}
        return replace(net, W_hh=W_hh, **arrays, W_hy=np.pad(net.W_hy, ((0, 0), (0, self.count))), b_h=bias, exact=None)


SIZES = tuple((s, d) for d in range(2, 8) for s in range(2, 8))
"""s, d from 2 to 7."""

NAMED = (
    compose_copy(3),
    compose_copy(5),
    delayed_copy(4, 2, lag=3),
    delayed_copy(5, 3, lag=2),
    delayed_copy(6, 2, lag=1),
    repeat_copy(7, 1),
    repeat_copy(5, 4),
)
"""Tasks of the library, small enough for every scheme."""


def title(task: LinearTask, seed: int | None = None) -> str:
    """A task as a name: what it is, s, d, and the seed or what it reads."""
    if seed is not None:
        return f"{task.name}({task.num_variables},{task.dim},{seed})"
    lag = f",lag {task.slots.lag(task.reads[0].block)}" if task.name == "delayed_copy" and task.reads else ""
    return f"{task.name}({task.num_variables},{task.dim}{lag})"


def _sizes(first: int, step: int = 1) -> Iterator[tuple[int, str, LinearTask]]:
    """Every `step`-th size with random_selection of a seed of its own, from `first` on."""
    for i in range(0, len(SIZES), step):
        task = random_selection(*SIZES[i], seed=first + i)
        yield first + i, title(task, first + i), task


def _random() -> Iterator[Entry]:
    for seed, name, task in _sizes(100):
        changes = (Onlookers(1 + seed % 4, seed), Shuffled(seed))
        yield Entry(f"tanh {name}", "tanh", task, Compiled("tanh", spare=seed % 5, changes=changes))
    for seed, name, task in _sizes(200):
        changes = (Onlookers(1 + seed % 4, seed), Shuffled(seed))
        yield Entry(f"saturating {name}", "saturating", task, Compiled("saturating", spare=seed % 5, changes=changes))
    for seed, name, task in _sizes(300, 3):
        yield Entry(f"gated {name}", "gated", task, Compiled("gated", spare=seed % 3, changes=(Shuffled(seed),)))
    for seed, name, task in _sizes(401, 2):
        radius = (0.02, 0.1, 0.19)[seed // 2 % 3]
        changes = (Noisy(radius, seed), Shuffled(seed))
        yield Entry(f"tanh noise {radius} {name}", "tanh with noise", task, Compiled("tanh", changes=changes))
    for seed, name, task in _sizes(500, 3):
        changes = (Noisy(0.5, seed), Shuffled(seed))
        yield Entry(f"hard tanh noise 0.5 {name}", "hard tanh with noise", task, HardTanh(changes=changes))
    for seed, name, task in _sizes(600, 4):
        changes = (Noisy(0.05, seed), Shuffled(seed))
        yield Entry(
            f"gru {name}", "gru", task, Cell("gru", seed % 3, (2, 4, 8)[seed // 4 % 3], changes=(Shuffled(seed),))
        )
        yield Entry(
            f"lstm {name}", "lstm", task, Cell("lstm", seed % 3, (3, 4, 8)[seed // 4 % 3], changes=(Shuffled(seed),))
        )
        yield Entry(f"gru noise {name}", "gru", task, Cell("gru", 2, 4, changes=changes))


def _linear() -> Iterator[Entry]:
    """Linearly solvable tasks (P07), in every basis; the damped scheme is undamped there, γ = 1, and so right for ever."""
    solvable = (
        *((random_selection(*size, seed=seed), seed) for size, seed in _SOLVABLE),
        *(
            (task, None)
            for task in (repeat_copy(3, 2), repeat_copy(5, 3), repeat_copy(8, 2), delayed_copy(3, 3, lag=3))
        ),
    )
    for i, (task, seed) in enumerate(solvable):
        name = title(task, seed)
        for basis in ("identity", "orthogonal", "oblique"):
            spare = (0, 2, 5)[i % 3]
            yield Entry(f"linear {basis} {name}", "linear", task, Compiled("linear", basis, spare, seed=i))
        yield Entry(f"damped by 1 {name}", "damped by 1", task, Compiled("damped", seed=i))


_SOLVABLE = (
    ((2, 3), 702),
    ((3, 2), 712),
    ((4, 4), 825),
    ((5, 2), 743),
    ((6, 3), 801),
    ((7, 4), 938),
)


def _named() -> Iterator[Entry]:
    for i, task in enumerate(NAMED):
        name, shuffle = title(task), Shuffled(i)
        yield Entry(
            f"tanh {name}", "tanh", task, Compiled(Tanh(Fraction(2), Fraction(6)), changes=(Onlookers(3, i), shuffle))
        )
        yield Entry(f"saturating {name}", "saturating", task, Compiled(Saturating(Fraction(5)), changes=(shuffle,)))
        yield Entry(f"gated {name}", "gated", task, Compiled("gated", changes=(shuffle,)))
        yield Entry(f"hard tanh {name}", "hard tanh", task, HardTanh(1.5, 3, (Onlookers(2, i), shuffle)))
        yield Entry(f"gru {name}", "gru", task, Cell("gru", changes=(shuffle,)))
    for paper in ("T1", "T2", "T3", "T4"):
        task = parse(paper)
        yield Entry(f"tanh {paper}", "tanh", task, Compiled("tanh"))
        yield Entry(
            f"tanh N=128 {paper}", "tanh", task, Compiled("tanh", spare=44, changes=(Onlookers(20, 1), Shuffled(1)))
        )
        yield Entry(
            f"tanh noise 0.15 {paper}", "tanh with noise", task, Compiled("tanh", spare=8, changes=(Noisy(0.15, 2),))
        )
        yield Entry(
            f"saturating {paper}", "saturating", task, Compiled("saturating", changes=(Onlookers(9, 3), Shuffled(3)))
        )
        yield Entry(f"gated {paper}", "gated", task, Compiled("gated"))
        yield Entry(f"gru {paper}", "gru", task, Cell("gru"))
        yield Entry(f"lstm {paper}", "lstm", task, Cell("lstm"))


def _large() -> Iterator[Entry]:
    """Many outputs, few steps: fits need more than 128 sequences here."""
    for s, d in ((1, 128), (1, 512), (2, 128)):
        task = repeat_copy(s, d)
        yield Entry(f"tanh {title(task)}", "large", task, Compiled("tanh", changes=(Shuffled(d),)))
        yield Entry(f"saturating {title(task)}", "large", task, Compiled("saturating", changes=(Shuffled(d),)))
    yield Entry("tanh N=512 T2", "large", parse("T2"), Compiled("tanh", spare=448, changes=(Shuffled(5),)))


PLANTED: tuple[Entry, ...] = tuple(entry for part in (_random, _linear, _named, _large) for entry in part())
"""All of them."""
