r"""From a network's weights back to memories and interactions: W_hh = Ξ Φ Ξ† (P04).

Every W_hh is some ΞΦΞ†, in many ways. What all of them share is the Jordan form: W_hh is similar to Φ ⊕ 0 with N − n zeros, so Φ has the eigenvalues
of W_hh, zeros apart. What they do not share is the basis: Ξ may be replaced by ΞT, Φ by T⁻¹ΦT and Ξ† by T⁻¹Ξ†; and what Ξ† forgets may be another
part of the kernel.

    from_network(net)                              as few memories as the weights show
    from_network(net, size=n)                      n memories
    from_network(net, orthonormal=True)            Ξ† = Ξᵀ: more memories, and the network is the limit of a memory model (P02)
    from_network(net, memories=Ξ, dual=Ξ†)         the variable memories that an analysis found, `found.encoder` and `found.decoder`

>>> from emt_theory.gsemm.derivation import derive_network
>>> from emt_theory.gsemm.model import Model
>>> net = derive_network(Model.lisem([[1, 0], [1, 1], [0, 1]], [[0, 1], [1, 0]])).network
>>> found = from_network(net)
>>> found.is_exact, found.phi.round(9).tolist()
(True, [[2.0]])
>>> from_network(net, memories=[[1, 0], [1, 1], [0, 1]]).phi.round(9).tolist()
[[1.0, 1.0], [1.0, 1.0]]

The first finds one memory: Φ = I + Φ'ᵀ has the eigenvalues 2 and 0 here, and an eigenvalue 0 needs no memory.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import null_space

from emt_theory.errors import InvalidNetwork, InvalidOption
from emt_theory.ground.arguments import is_integer
from emt_theory.ground.arrays import Array
from emt_theory.ground.json import Record
from emt_theory.ground.text import shown
from emt_theory.networks import ElmanRNN
from emt_theory.networks.shapes import to_weights

_EXACT_RESIDUAL = 1e-9
"""Up to here a relative residual is rounding, which grows with the square of the condition; that is at most about 1 / `SMALLEST_ANGLE`."""

_RANK_TOLERANCE = 1e-12
"""Singular values of W_hh below this times the largest count as 0."""

SMALLEST_ANGLE = 1e-3
"""Where the image of W_hh and its kernel meet at a smaller angle they are not told apart: more memories, and none that is badly conditioned."""


@dataclass(frozen=True, eq=False, repr=False)
class Representation(Record):
    """W_hh as Ξ Φ Ξ†, or as near to it as the given memories allow.

    Attributes:
        memories: Ξ, shape (N, n).
        phi: Φ = Ξ† W_hh Ξ, shape (n, n).
        dual: Ξ†, shape (n, N).
        residual: ‖W_hh − ΞΦΞ†‖ / ‖W_hh‖, Frobenius norms; what the memories leave out.
        leakage: ‖(I − ΞΞ†) W_hh Ξ‖ / ‖W_hh Ξ‖: 0 if the span of the memories is invariant.
        duality_error: ‖Ξ†Ξ − I‖, the largest entry.
        condition: ‖Ξ‖ ‖Ξ†‖, spectral norms; large where Ξ† is very oblique.
        activation: the network's σ by name.
    """

    JSON = (
        "features", "components", "is_exact", "residual", "leakage", "duality_error", "condition",
        "eigenvalues", "memories", "phi", "dual",
    )  # fmt: skip

    memories: Array
    phi: Array
    dual: Array
    residual: float
    leakage: float
    duality_error: float
    condition: float
    activation: str

    @property
    def features(self) -> int:
        """N."""
        return len(self.memories)

    @property
    def components(self) -> int:
        """n."""
        return len(self.phi)

    @property
    def is_exact(self) -> bool:
        """Whether W_hh = ΞΦΞ† and Ξ†Ξ = I, each up to `_EXACT_RESIDUAL`."""
        return self.residual <= _EXACT_RESIDUAL and self.duality_error <= _EXACT_RESIDUAL

    @property
    def eigenvalues(self) -> NDArray[np.complex128]:
        """Of Φ, largest first. If the representation is exact they are those of W_hh, apart from zeros, whatever the memories."""
        values = np.linalg.eigvals(self.phi)
        return values[np.argsort(-np.abs(values), kind="stable")].astype(np.complex128)

    @property
    def W_hh(self) -> Array:  # noqa: N802 - the weight's name
        """Ξ Φ Ξ†, shape (N, N)."""
        return self.memories @ self.phi @ self.dual

    def __str__(self) -> str:
        if self.is_exact:
            what = "W_hh = Ξ Φ Ξ†"
            unique = "Unique is the Jordan form, W_hh ~ Φ ⊕ 0; Ξ is one basis of many, and so is what Ξ† forgets."
        elif self.duality_error > _EXACT_RESIDUAL:
            what = f"Ξ† is no left inverse of these memories: Ξ†Ξ is off I by {self.duality_error:.3g}"
            unique = "So Φ need not share the eigenvalues of W_hh, however small the residual."
        else:
            what = f"W_hh is no Ξ Φ Ξ† of these memories: {self.residual:.3g} of it, in norm, is left out"
            unique = f"Their span is invariant up to {self.leakage:.3g}, so the eigenvalues of Φ are those of W_hh only as far as that allows."
        sizes = f"{self.features} units, {self.components} memories (condition {self.condition:.3g})"
        return f"{what}\n{sizes}; residual {self.residual:.3g}, leakage {self.leakage:.3g}\n{unique}"

    def __repr__(self) -> str:
        sizes = f"N={self.features}, n={self.components}, residual {self.residual:.0e}"
        left = f"leakage {self.leakage:.3g}" if self.duality_error <= _EXACT_RESIDUAL else "Ξ† no left inverse"
        return f"Representation({sizes}, {'exact' if self.is_exact else left})"


def from_network(
    net: ElmanRNN,
    memories: ArrayLike | None = None,
    dual: ArrayLike | None = None,
    *,
    size: int | None = None,
    orthonormal: bool = False,
) -> Representation:
    """W_hh as Ξ Φ Ξ†.

    Args:
        net: the network; only W_hh is looked at, in h-form.
        memories: Ξ, shape (N, n); None means that they are chosen here, so that nothing is left out.
        dual: Ξ†, shape (n, N); None means the pseudo-inverse of the memories. Only with memories.
        size: n, where the memories are chosen here; None means as few as the weights show.
        orthonormal: choose orthonormal memories and Ξ† = Ξᵀ.

    Raises:
        InvalidNetwork: if a shape does not fit, or the memories are dependent and no dual is given; names their rank.
        InvalidOption: if n is out of its range, or options exclude each other.
    """
    if not isinstance(net, ElmanRNN):
        raise InvalidNetwork(f"net must be an ElmanRNN, whose W_hh is square; got a {type(net).__name__}")
    W = np.asarray(net.W_hh)
    if memories is None:
        if dual is not None:
            raise InvalidOption("dual is the left inverse of memories: pass them, too")
        Xi, left = _orthonormal(W, size) if orthonormal else _oblique(W, size)
    elif size is not None or orthonormal:
        raise InvalidOption("size and orthonormal say how memories are chosen; leave them out where memories are given")
    else:
        Xi, left = _given(W, memories, dual)
    return _measure(W, Xi, left, net.activation)


def _measure(W: Array, Xi: Array, dual: Array, activation: str) -> Representation:
    phi, pushed = dual @ W @ Xi, W @ Xi
    missing = np.linalg.norm(W - Xi @ phi @ dual)
    outside = np.linalg.norm(pushed - Xi @ (dual @ pushed))
    return Representation(
        Xi,
        phi,
        dual,
        float(missing / (np.linalg.norm(W) or 1.0)),
        float(outside / (np.linalg.norm(pushed) or 1.0)),
        float(np.abs(dual @ Xi - np.eye(len(phi))).max()),
        float(np.linalg.norm(Xi, 2) * np.linalg.norm(dual, 2)),
        activation,
    )


def _given(W: Array, memories: ArrayLike, dual: ArrayLike | None) -> tuple[Array, Array]:
    Xi = to_weights("memories", memories)
    if Xi.ndim != 2 or Xi.shape[0] != len(W) or not 1 <= Xi.shape[1] <= len(W):
        raise InvalidNetwork(f"memories must have shape (N, n) with N = {len(W)} and 1 ≤ n ≤ N; got {Xi.shape}")
    if dual is not None:
        left = to_weights("dual", dual)
        if left.shape != Xi.shape[::-1]:
            raise InvalidNetwork(f"dual must have shape (n, N) = {Xi.shape[::-1]}; got {left.shape}")
        return Xi, left
    rank = int(np.linalg.matrix_rank(Xi))
    if rank < Xi.shape[1]:
        raise InvalidNetwork(
            f"Ξ† needs independent memories; the {Xi.shape[1]} given have rank {rank}. Drop those that depend on others, or pass dual"
        )
    return Xi, np.asarray(np.linalg.pinv(Xi), dtype=np.float64)


def _oblique(W: Array, size: int | None) -> tuple[Array, Array]:
    """A part K of the kernel of W that meets the image of W in 0, and a complement of K that holds the image (`factorization`)."""
    total = len(W)
    U, singular, Vt = np.linalg.svd(W)
    rank = int((singular > _RANK_TOLERANCE * singular[0]).sum()) if singular[0] else 0
    image, kernel = U[:, :rank], Vt[rank:].T
    nilpotent = image @ _shortened(Vt[:rank] @ image)
    free = kernel @ _shortened(nilpotent.T @ kernel)
    fewest = max(1, total - free.shape[1])
    n = _checked_size(size, fewest, total)
    free = free[:, : total - n]
    rest = null_space(np.hstack([image, free]).T) if rank + free.shape[1] else np.eye(total)
    Xi = np.hstack([image, rest])
    return Xi, np.asarray(np.linalg.inv(np.hstack([Xi, free]))[:n], dtype=np.float64)


def _shortened(cosines: Array) -> Array:
    """The directions that a product of orthonormal bases shortens to `SMALLEST_ANGLE` or less: a bound on cosines, so it is absolute."""
    _, lengths, Vt = np.linalg.svd(cosines)
    return np.asarray(Vt[int((lengths > SMALLEST_ANGLE).sum()) :].T, dtype=np.float64)


def _orthonormal(W: Array, size: int | None) -> tuple[Array, Array]:
    """An orthonormal basis of a space that holds the images of W and Wᵀ."""
    U, singular, _ = np.linalg.svd(np.hstack([W, W.T]))
    rank = int((singular > _RANK_TOLERANCE * singular[0]).sum()) if singular[0] else 0
    Xi = U[:, : _checked_size(size, max(1, rank), len(W))]
    return Xi, Xi.T


def _checked_size(size: int | None, fewest: int, total: int) -> int:
    n = fewest if size is None else size
    if not is_integer(n) or not fewest <= n <= total:
        raise InvalidOption(f"this W_hh takes from {fewest} to N = {total} memories (P04); got {shown(size)}")
    return int(n)
