r"""What the modes of a trained network are: variables, products of variables, a constant, or something else.

The state of a network is a function of the stored signs x ∈ {±1}^m, and seldom a linear one. Every function of x moves linearly, φ ↦ φ(Φ_p x), and
products of variables move as variables do, from one product to the next (see `monomials`). So the secant map along trajectories has modes that no
circuit of the variables has, exact ones, however small: an odd network of three variables can have four, of four eight. No count of modes alone tells
such a network from one that holds something else. What its modes are functions *of* does.

The modes with |λ| above the modulus have an invariant subspace of left eigenvectors, and k coordinates z = L (h − μ) that move by themselves. They
are looked at on *all* 2^m values of the memory, each in two runs: at t_a, and, with all that the task forgets drawn anew, at a few later times. In
coordinates with E[z zᵀ] = I, what two runs with the same memory x have in common is a function of x, and of nothing else:

    R = E[z(x) z'(x)ᵀ]           its eigenvalues are the shares of z's variance that x determines;
    R_g = Σ_{S ∈ g} c_S c'_Sᵀ,   c_S = E[z χ_S(x)]: those that products from g explain, orthonormal functions as they are.

Both are meant symmetrized, and both are judged on fresh states, for z' never saw the words of z but in the memory. Φ_p does not mix degrees, so these
are invariant subspaces:

    variables     shares of R_1, single variables, above ½, one for each;
    constant      in what is left, shares of the empty product of at least .9; only where states were not centred about their mean;
    products      in what is left, shares of R of at least .9; named by the orbits that they lie in;
    unexplained   the rest: an extra memory, a clock, a slow transient.

Beyond 2^m = 4096 values words are random, and products of at most three variables are named, where those are at most 4096. A unit that only looks
on, the majority of three bits:

>>> from emt_theory import derive
>>> from emt_theory.evidence.memories import persistent_dynamics
>>> from emt_theory.evidence.recording import record
>>> from emt_theory.evidence.linearize import transitions
>>> from emt_theory.networks import ElmanRNN
>>> from emt_theory.tasks import repeat_copy
>>> W, eye = np.diag([2.0, 2.0, 2.0, 0.0]), np.eye(4, 3)
>>> W[3, :3] = 1.2
>>> net, task = ElmanRNN(W, 2 * eye, eye.T), repeat_copy(num_variables=1, dim=3)
>>> fit = record(net, task, sequences=40, horizon=40, seed=1)
>>> print(name_modes(net, persistent_dynamics(derive(task)), fit, transitions(fit)))
4 modes: 3 of variables, 1 of products (abc, of period 1)

Source: new. Functions of the state as modes are Koopman's; the expansion in products is Fourier analysis of Boolean functions.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import comb

import numpy as np
from scipy.linalg import schur

from emt_theory.evidence.chosen import LARGEST_TABLE, Chosen, Look
from emt_theory.evidence.conventions import CONVENTIONS, Conventions
from emt_theory.evidence.linearize import Transitions
from emt_theory.evidence.memories.persistent import Persistent
from emt_theory.evidence.monomials import Masks, Orbit, monomials, orbits
from emt_theory.evidence.recording import Recording, require, require_recorded
from emt_theory.ground.absent import Absent
from emt_theory.ground.arguments import seed as checked_seed
from emt_theory.ground.arrays import Array
from emt_theory.ground.blas import one_blas_thread
from emt_theory.ground.json import Record
from emt_theory.networks import Network, state_space
from emt_theory.tasks.linear import SIGNS

EXPLAINED = 0.9
"""A mode is a product's, or constant, where it explains this share of the mode's variance on fresh states."""

_MOSTLY = 0.5
_LARGEST_PRODUCTS = 4096
_SHOWN = 4
_NAMED = 0.02


@dataclass(frozen=True)
class ProductFamily(Record):
    """The products of one orbit, and how many of the network's modes they are.

    Attributes:
        name: one of the products in letters; letter i is the i-th of `Modes.slots`.
        slots: its variables, (block, component) each.
        period: after how many steps it is back.
        modes: how many modes the orbit makes up; less than a whole number where a mode is a mixture of several.
    """

    name: str
    slots: tuple[tuple[int, int], ...]
    period: int
    modes: float

    def __str__(self) -> str:
        return f"{self.name}, of period {self.period}"


@dataclass(frozen=True)
class Modes(Record):
    """What the modes above the modulus are functions of.

    Attributes:
        count: how many there are.
        variables: how many are functions of single variables.
        products: how many are functions of several, sums of products.
        constant: how many are constant.
        unexplained: how many are none of these.
        families: the products by orbit, those with most modes first; absent where there are too many to name.
        eigenvalues: of the unexplained modes.
        slots: (block, component) of the variables a, b, c, …
    """

    JSON = (
        "count", "variables", "products", "constant", "unexplained", "families", "eigenvalues", "slots", "reason",
    )  # fmt: skip

    count: int
    variables: int
    products: int
    constant: int
    unexplained: int
    families: tuple[ProductFamily, ...] | Absent
    eigenvalues: tuple[complex, ...]
    slots: tuple[tuple[int, int], ...]

    @property
    def reason(self) -> str | None:
        """Why products have no names, or None."""
        return self.families.reason if isinstance(self.families, Absent) else None

    def __str__(self) -> str:
        named = {"of variables": self.variables, f"of products ({self._named()})": self.products}
        named |= {"constant": self.constant, "unexplained": self.unexplained}
        parts = [f"{number} {what}" for what, number in named.items() if number] or ["none"]
        return f"{self.count} mode{'s' if self.count != 1 else ''}: {', '.join(parts)}"

    def _named(self) -> str:
        if isinstance(self.families, Absent):
            return self.families.reason
        shown, more = list(map(str, self.families[:_SHOWN])), len(self.families) - _SHOWN
        share = sum(family.modes for family in self.families) / max(1, self.products)
        rest = [f"{more} more"] if more > 0 else []
        return "; ".join([*shown, *rest, *([f"{share:.0%} of them named"] if share < EXPLAINED else [])])


@one_blas_thread()
def name_modes(
    net: Network,
    persistent: Persistent,
    fit: Recording,
    pairs: Transitions | Absent,
    seed: int = 0,
    conventions: Conventions = CONVENTIONS,
) -> Modes | Absent:
    """Name what the modes of a network along trajectories are functions of.

    Args:
        net: the network.
        persistent: the true dynamics of the task's variables.
        fit: the recording that the secant map is of.
        pairs: its transitions, or why there are none.
        seed: of the words.
        conventions: modulus and rank_tolerance are used.

    Returns:
        The split, or why there is none: no selection task with persistent variables, inputs other than ±1, no secant map.

    Raises:
        InvalidNetwork: if the recording is of a network with another state.
        InvalidOption: if an argument is of the wrong kind.
    """
    space = state_space(net)
    require(Persistent, persistent=persistent)
    require(Conventions, conventions=conventions)
    require_recorded(space.size, fit=fit)
    if isinstance(pairs, Absent):
        return pairs
    require(Transitions, pairs=pairs)
    if (why := _no_signs(persistent)) is not None:
        return why
    reader, step = _invariant(pairs, pairs.rank(conventions.rank_tolerance), conventions.modulus)
    if not len(reader):
        return Modes(0, 0, 0, 0, 0, (), (), persistent.slots)
    # Where the network is odd from its first state on, so are all functions of its inputs.
    every = 2 if fit.odd and not space.initial.any() else 1
    masks = _nameable(len(persistent.components), every)
    runs = Chosen(space, persistent, fit, pairs.center, reader, np.random.default_rng(checked_seed(seed)))
    looked = runs.look(masks)
    return looked if isinstance(looked, Absent) else _split(looked, step, masks, persistent)


def _no_signs(persistent: Persistent) -> Absent | None:
    """Why there are no stored signs to multiply."""
    task = persistent.task
    if not persistent.components:
        return Absent(f"{task.name} has no persistent variable")
    if not task.is_selection:
        return Absent(f"products of variables are named for selection tasks; {task.name} mixes its variables")
    if task.inputs != SIGNS:
        return Absent(f"products of variables are named where inputs are ±1; those of {task.name} are not")
    return None


def _invariant(pairs: Transitions, rank: int, modulus: float) -> tuple[Array, Array]:
    """(L, M): coordinates z = L (h − μ), shape (k, N), that move by z' = M z alone, with all eigenvalues above the modulus."""
    sizes = pairs.deviations[:rank]
    white = pairs.restricted(rank) * sizes / sizes[:, None]
    # Leading columns of an ordered Schur form of Aᵀ span a left invariant subspace of A.
    triangular, vectors, kept = schur(white.T, output="real", sort=lambda re, im: np.hypot(re, im) > modulus)
    return (vectors[:, :kept].T / sizes) @ pairs.right[:rank], triangular[:kept, :kept].T


def _nameable(count: int, every: int) -> Masks | Absent:
    """The products that are looked for: all where all words are run, those of two and three variables elsewhere; odd ones alone if `every` is 2."""
    top = count if 2**count <= LARGEST_TABLE else 3
    degrees = [degree for degree in range(2, top + 1) if degree % every or every == 1]
    if 2**count > LARGEST_TABLE and (many := sum(comb(count, degree) for degree in degrees)) > _LARGEST_PRODUCTS:
        return Absent(f"{count} variables have too many products to name: {many} of up to three")
    return monomials(count, degrees)


def _split(looked: Look, step: Array, masks: Masks | Absent, persistent: Persistent) -> Modes:
    """The modes by what they are functions of; `step` is M."""
    single = slice(1, 1 + len(persistent.components))
    whole = np.eye(len(looked.white))
    variables, rest = _parted(looked.shares(single, whole), whole, _MOSTLY)
    constant, rest = _parted(looked.shares(slice(0, 1), rest), rest, EXPLAINED)
    products, rest = _parted(rest.T @ looked.common @ rest, rest, EXPLAINED)
    inner = rest.T @ looked.white @ step @ np.linalg.pinv(looked.white) @ rest
    kinds = (variables.shape[1], products.shape[1], constant.shape[1])
    return Modes(
        len(step),
        *kinds,
        unexplained=len(step) - sum(kinds),
        families=masks if isinstance(masks, Absent) else _families(looked, products, masks, persistent),
        eigenvalues=tuple(complex(value) for value in np.linalg.eigvals(inner)),
        slots=persistent.slots,
    )


def _parted(shares: Array, within: Array, least: float) -> tuple[Array, Array]:
    """Bases of the part of a subspace in which shares are above the least, and of the rest."""
    found, vectors = np.linalg.eigh(shares)
    return within @ vectors[:, found >= least], within @ vectors[:, found < least]


def _families(looked: Look, products: Array, masks: Masks, persistent: Persistent) -> tuple[ProductFamily, ...]:
    """The orbits of products that make up a subspace, those of most modes first."""
    if not products.shape[1]:
        return ()
    first, slots = 1 + len(persistent.components), persistent.slots
    found: list[tuple[float, Orbit]] = []
    for orbit in orbits(persistent.phi, masks):
        modes = float(np.trace(looked.shares([first + row for row in orbit.members], products)))
        if modes >= _NAMED:
            found.append((modes, orbit))
    found.sort(key=lambda pair: -pair[0])
    return tuple(ProductFamily(o.name, tuple(slots[i] for i in o.variables), o.period, modes) for modes, o in found)
