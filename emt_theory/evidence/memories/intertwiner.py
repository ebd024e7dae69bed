r"""The least-squares intertwiner of two linear maps.

Given B (r × r), Φ (m × m), C (d × m) and G (d × r), find the Z (m × r) that minimizes

    ‖Z B − Φ Z‖² + ‖C Z − G‖².

As one system this has m·r unknowns, 5·10⁵ at m = 512 and r = 1024. It is never formed: LSQR needs products with Z only. What slows LSQR down is that
B − λ is nearly singular for the eigenvalues λ of Φ, which is the very point. So it is preconditioned *per eigenvalue*. In an orthonormal basis in
which a normal Φ is diagonal the first term falls apart into rows w, each with its own λ,

    ‖w (B − λ)‖² = w K w*,      K = (B − λ)(B − λ)*,

and the second term adds, on average over the rows, p = ‖C q‖² with q the row's eigenvector. With the Cholesky factor K + p I = L L* the unknown
is w L: then the blocks of the normal equations have size 1, and only the coupling through C is left to the iteration. Eigenvalues that are
close to each other share a factor, so that there are never more factors than fit into memory. A Φ that is not normal is solved without.

>>> rng = np.random.default_rng(0)
>>> phi, step = np.array([[0.0, 1.0], [-1.0, 0.0]]), rng.normal(size=(3, 3))
>>> read, wanted = np.array([[1.0, 0.0]]), rng.normal(size=(1, 3))
>>> found = intertwiner(step, phi, read, wanted)
>>> eye2, eye3 = np.eye(2), np.eye(3)
>>> system = np.vstack([np.kron(eye2, step.T) - np.kron(phi, eye3), np.kron(read, eye3)])
>>> exact = np.linalg.lstsq(system, np.concatenate([np.zeros(6), wanted[0]]), rcond=None)[0]
>>> bool(np.allclose(found.matrix.ravel(), exact)), found.converged
(True, True)

Source: new; LSQR is Paige & Saunders, ACM TOMS 8 (1982).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lapack, schur
from scipy.sparse import csr_array
from scipy.sparse.linalg import LinearOperator, lsqr

from emt_theory.ground.arrays import Array, ComplexArray

_PRECISION = 1e-7
_ITERATIONS = 1000
_NORMAL = 1e-9
_MEMORY = 400e6


class Intertwiner(NamedTuple):
    """The minimizer of ‖Z B − Φ Z‖² + ‖C Z − G‖².

    Attributes:
        matrix: Z, shape (m, r).
        residual: ‖Z B − Φ Z‖ / ‖Z‖.
        converged: whether LSQR reached its precision.
        iterations: how many it took.
    """

    matrix: Array
    residual: float
    converged: bool
    iterations: int


def intertwiner(
    step: Array,
    phi: Array,
    read: Array,
    wanted: Array,
    precision: float = _PRECISION,
    iterations: int = _ITERATIONS,
) -> Intertwiner:
    """Minimize ‖Z B − Φ Z‖² + ‖C Z − G‖² over Z.

    Z is proportional to G, so G is brought to norm 1 for the iteration: what is found does not depend on the units of the outputs.

    Args:
        step: B, shape (r, r).
        phi: Φ, shape (m, m).
        read: C, shape (d, m).
        wanted: G, shape (d, r).
        precision: LSQR's, relative.
        iterations: how many it may take.
    """
    m, r, d = len(phi), len(step), len(wanted)
    largest = float(np.abs(wanted).max(initial=0.0))
    if largest == 0 or not m:
        return Intertwiner(np.zeros((m, r)), 0.0, True, 0)
    target = np.concatenate([np.zeros(m * r), (wanted / largest).ravel()])
    size = float(np.linalg.norm(target))
    sparse_phi: Any = csr_array(phi)
    sparse_read: Any = csr_array(read)
    precondition, transposed = _preconditioner(step, phi, read)

    def apply(flat: Array) -> Array:
        z = precondition(flat.reshape(m, r))
        return np.concatenate([(z @ step - sparse_phi @ z).ravel(), (sparse_read @ z).ravel()])

    def apply_transposed(flat: Array) -> Array:
        moved, seen = flat[: m * r].reshape(m, r), flat[m * r :].reshape(d, r)
        return transposed(moved @ step.T - sparse_phi.T @ moved + sparse_read.T @ seen).ravel()

    operator = LinearOperator(((m + d) * r, m * r), matvec=apply, rmatvec=apply_transposed, dtype=np.float64)
    answer = lsqr(operator, target / size, atol=precision, btol=precision, conlim=0, iter_lim=iterations)
    z = precondition(np.asarray(answer[0]).reshape(m, r))
    length = float(np.linalg.norm(z))
    residual = float(np.linalg.norm(z @ step - sparse_phi @ z)) / length if length > 0 else 0.0
    return Intertwiner(z * size * largest, residual, int(answer[1]) != 7, int(answer[2]))


_Map = Callable[[Array], Array]


def _preconditioner(step: Array, phi: Array, read: Array) -> tuple[_Map, _Map]:
    """V ↦ Z and its adjoint. Rows of QᵀZ in pairs are the real and imaginary parts of the rows w."""
    triangle, basis = schur(phi)
    rows = _rows(triangle)
    if rows is None:
        return _same, _same
    first, second, values = rows
    weights = ((read @ basis) ** 2).sum(axis=0)
    load = (weights[first] + np.where(second < 0, weights[first], weights[second])) / 2
    groups = _groups(values, max(4, int(_MEMORY / (32 * len(step) ** 2))))
    inverses = [_factor(step, values[group], load[group]) for group in groups]
    factors = [(group, (inverse, inverse.conj().T.copy())) for group, inverse in zip(groups, inverses, strict=True)]
    pairs = second >= 0

    def through(v: Array, adjoint: bool) -> Array:
        """V L⁻¹ row by row, or V L⁻*."""
        turned = basis.T @ v
        w = turned[first].astype(np.complex128)
        w[pairs] += 1j * turned[second[pairs]]
        for group, factor in factors:
            w[group] = w[group] @ factor[adjoint]
        turned[first] = w.real
        turned[second[pairs]] = w.imag[pairs]
        return basis @ turned

    return (lambda v: through(v, False)), (lambda v: through(v, True))


def _same(v: Array) -> Array:
    return v


def _rows(triangle: Array) -> tuple[NDArray[np.intp], NDArray[np.intp], ComplexArray] | None:
    """The rows w of a real Schur form that is block diagonal: their real part, their imaginary part (−1 if λ is real), their λ."""
    size = len(triangle)
    couples = np.abs(np.diag(triangle, -1)) > _NORMAL
    first = [i for i in range(size) if not (i and couples[i - 1])]
    second = [i + 1 if i + 1 < size and couples[i] else -1 for i in first]
    values = [complex(triangle[i, i], -triangle[i, j] if j >= 0 else 0.0) for i, j in zip(first, second, strict=True)]
    blocks = np.zeros_like(triangle)
    for i, j, value in zip(first, second, values, strict=True):
        blocks[i, i] = value.real
        if j >= 0:
            blocks[j, j], blocks[i, j], blocks[j, i] = value.real, -value.imag, value.imag
    if np.abs(blocks - triangle).max(initial=0.0) > _NORMAL * max(1.0, np.abs(triangle).max(initial=0.0)):
        return None
    return np.array(first), np.array(second), np.array(values)


def _groups(values: ComplexArray, most: int) -> list[NDArray[np.intp]]:
    """Equal eigenvalues together; neighbours in angle together where there are more than `most` different ones."""
    order = np.argsort(np.angle(values), kind="stable")
    new = np.abs(np.diff(values[order], prepend=np.inf)) > _NORMAL
    label = np.cumsum(new) - 1
    count = int(label[-1]) + 1
    if count > most:
        label = label * most // count
    return [order[label == k] for k in range(int(label[-1]) + 1)]


def _factor(step: Array, values: ComplexArray, load: Array) -> NDArray[Any]:
    """L⁻¹ with L L* = (B − λ)(B − λ)* + p I, at the mean λ of a group; p also covers how far the group reaches."""
    center = complex(values.mean())
    spread = float(load.mean()) + float(np.abs(values - center).max()) ** 2
    gram = step @ step.T - np.conj(center) * step - center * step.T
    # Rounding in B Bᵀ must not make it indefinite; and a row that nothing reads has p = 0.
    floor = 4 * len(step) * np.finfo(float).eps * float(np.linalg.norm(step)) ** 2
    gram[np.diag_indices(len(step))] += abs(center) ** 2 + max(spread, floor)
    return np.tril(lapack.ztrtri(np.linalg.cholesky(gram), lower=1)[0])
