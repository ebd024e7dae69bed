"""The balls of P27 around the orbits of a network: centres, Jacobian products, and which radius is led into itself; see `orbits`."""

from __future__ import annotations

from typing import Any, NamedTuple

import flint
import numpy as np

from emt_theory.circuits.certifying.enclosed import EPS, SLACK, Indices, System, above
from emt_theory.circuits.certifying.result import NotProved
from emt_theory.ground.arrays import Array

GRID = 2**50
"""Centres are multiples of 1/GRID."""
ROUND = 2.0**-50
KEPT = 0.999
"""Of a bound that is claimed: so that a checker with bounds of its own comes to it, too."""
_SETTLING, _MOST_STEPS = 4000, 400
_STILL = 1e-13
_RADII = tuple(2.0**-e for e in range(2, 45))


class Balls(NamedTuple):
    """Centres, and how much of a displacement is left after so many steps.

    Attributes:
        system: what they are of.
        centres: p_k, multiples of 1/GRID, shape (|R|, N).
        columns: the same as columns of balls, shape (N, |R|).
        rho: at least |σ(W p_k + b) − p_{Gk}|_∞.
        norms: n(k, l), shape (|R|, m + 1).
        orbit: where in R G^j k stands, shape (|R|, m + 1).
    """

    system: System
    centres: Array
    columns: Any
    rho: float
    norms: Array
    orbit: Indices

    @classmethod
    def of(cls, system: System) -> Balls:
        """Around where the network goes.

        Raises:
            NotProved: if orbits do not attract.
        """
        centres = np.rint(_centres(system) * GRID) / GRID
        columns = flint.arb_mat(centres.shape[1], len(centres), [flint.arb(v) for v in centres.T.reshape(-1).tolist()])
        images = system.step(columns)
        size, N = len(centres), system.runner.hidden
        h = np.array(images.entries(), dtype=object).reshape(N, size)
        rho = max(
            above(abs(h[i, k] - flint.arb(centres[to, i]))) for k, to in enumerate(system.after) for i in range(N)
        )
        slope = system.sigma.require("slope", "balls")
        slopes = np.array([float(v) for v in slope(h).reshape(-1)]).reshape(N, size)
        norms, orbit = _norms(system, slopes.T[:, :, None] * system.runner.W_hh)
        return cls(system, centres, columns, rho, norms, orbit)

    @property
    def steps(self) -> int:
        """m."""
        return self.norms.shape[1] - 1

    def radii(self, radius: float, lost: float = 0.0) -> Array | None:
        """r_j(k), shape (|R|, m + 1); None where r_m is above r.

        Args:
            radius: r.
            lost: what a step adds to ρ.
        """
        found, curvature = np.full(self.norms.shape, radius), self.system.sigma.curvature or 0.0
        added = np.empty_like(self.norms)
        for j in range(1, self.steps + 1):
            bent = (curvature * (1 + 4 * EPS) / 2) * (self.system.size * found[:, j - 1]) ** 2
            added[:, j - 1] = bent + self.rho + lost
            left = sum(self.norms[self.orbit[:, t + 1], j - t - 1] * added[:, t] for t in range(j))
            found[:, j] = (self.norms[:, j] * radius + left) * SLACK
            if found[:, j].max() > 1:
                return None
        return found if found[:, -1].max() <= radius * KEPT else None

    def widest(self) -> tuple[float, Array]:
        """The largest r = 2^−e for which all balls are led into balls and all symbols are right there, and how far each column is off meanwhile.

        Raises:
            NotProved: if there is none.
        """
        reason = "no radius is led into itself"
        for radius in _RADII:
            off = self.reach(radius)
            if off is None:
                continue
            left = self.system.reader.least(self.columns, self.shown, off)
            if left.min() > 0:
                return radius, off
            reason = f"the read-out is within {radius:.2g} of another symbol at state {self.system.symbols_of(int(left.argmin()))}"
        raise NotProved(f"{reason} (P27)")

    def reach(self, radius: float, lost: float = 0.0) -> Array | None:
        """How far from p_k a state that began in any ball may be when its task state is k, shape (|R|,); None as `radii`."""
        found = self.radii(radius, lost)
        if found is None:
            return None
        off = np.full(len(found), radius)
        np.maximum.at(off, self.orbit, found)
        return off

    @property
    def shown(self) -> Indices:
        """The symbols of the newest variable at each state of R, shape (|R|, d)."""
        return self.system.inputs[self.system.recurrent, -1]


def _centres(system: System) -> Array:
    """Where the network is, in floats, long after it was shown the states of R: those of G^t k after the state k, shape (|R|, N).

    Raises:
        NotProved: if that still moves after 4,000 steps.
    """
    runner, task, after = system.runner, system.task, system.after
    at, bias = np.arange(len(system.recurrent)), 0 if runner.b_h is None else runner.b_h
    h = runner.run(task.alphabet.encode(system.inputs[system.recurrent]).astype(float)).states[:, -1]
    found, change = np.zeros(h.shape), np.full(len(h), np.inf)
    for _ in range(_SETTLING):
        h, at = system.sigma.function(h @ runner.W_hh.T + bias), after[at]
        moved = np.empty_like(h)
        moved[at] = h
        found, change = moved, abs(moved - found).max(axis=1)
        if change.max() <= _STILL:
            return found
    k = int(change.argmax())
    raise NotProved(
        f"orbits do not attract: after {_SETTLING} steps the state that stands for {system.symbols_of(k)} still moves by "
        f"{change[k]:.2g} from one round to the next (P27)"
    )


def _norms(system: System, jacobians: Array) -> tuple[Array, Indices]:
    """n(k, l) for l ≤ m, the first with n ≤ ½, and where G^l k stands in R, both of shape (|R|, m + 1).

    Raises:
        NotProved: if there is none up to m = 400.
    """
    (size, N), after = jacobians.shape[:2], system.after
    # α = 2⁻⁵⁰ ‖W‖: slopes, which are at most 1, and their products with weights are off by a few units in the last place
    share = (ROUND + (N + 2) * EPS) * system.size
    products = np.broadcast_to(np.eye(N), jacobians.shape)
    orbit, norms, lost = [np.arange(size)], [np.ones(size)], list[Array]()
    sizes = np.ones(size)
    for l in range(1, _MOST_STEPS + 1):
        lost.append(share * sizes + 2.0**-1000)
        products = jacobians[orbit[-1]] @ products
        orbit.append(after[orbit[-1]])
        sizes = abs(products).sum(axis=2).max(axis=1) * SLACK
        more = sum(norms[l - t - 1][orbit[t + 1]] * lost[t] for t in range(l))
        norms.append((sizes + more) * SLACK)
        if norms[-1].max() <= 0.5:
            return np.array(norms).T, np.array(orbit).T
    k = int(norms[-1].argmax())
    raise NotProved(
        f"orbits do not attract: what moves the state that stands for {system.symbols_of(k)} may be {norms[-1][k]:.2g} times as "
        f"large {_MOST_STEPS} steps later (P27)"
    )
