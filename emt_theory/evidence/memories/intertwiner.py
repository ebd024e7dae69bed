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

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lapack, schur
from scipy.sparse import csr_array
from scipy.sparse.linalg import LinearOperator, lsqr

from emt_theory.ground.arrays import Array, ComplexArray

_PRECISION = 1e-7
_ITERATIONS = 1000
_NORMAL = 1e-12
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
    rows = _rows(step, phi, read)
    turned: Any = csr_array(rows.turned)
    back: Any = csr_array(rows.turned.T)
    seen_by = read @ rows.basis

    def apply(flat: Array) -> Array:
        y = rows.through(flat.reshape(m, r), adjoint=False)
        return np.concatenate([(y @ step - turned @ y).ravel(), (seen_by @ y).ravel()])

    def apply_transposed(flat: Array) -> Array:
        moved, seen = flat[: m * r].reshape(m, r), flat[m * r :].reshape(d, r)
        return rows.through(moved @ step.T - back @ moved + seen_by.T @ seen, adjoint=True).ravel()

    operator = LinearOperator(((m + d) * r, m * r), matvec=apply, rmatvec=apply_transposed, dtype=np.float64)
    answer = lsqr(operator, target / size, atol=precision, btol=precision, conlim=0, iter_lim=iterations)
    y = rows.through(np.asarray(answer[0]).reshape(m, r), adjoint=False)
    length = float(np.linalg.norm(y))
    residual = float(np.linalg.norm(y @ step - turned @ y)) / length if length > 0 else 0.0
    return Intertwiner(rows.basis @ y * size * largest, residual, int(answer[1]) != 7, int(answer[2]))


class _Rows(NamedTuple):
    """Y = QᵀZ, whose rows are the rows w: one of Y where λ is real, two where it is not, the real and the imaginary part.

    Attributes:
        basis: Q, shape (m, m), orthogonal.
        turned: QᵀΦQ, shape (m, m).
        parts: from which row of Y to which, whether its second half is imaginary parts, and L⁻¹ and L⁻* for V ↦ V L⁻¹; none where Φ is not normal.
    """

    basis: Array
    turned: Array
    parts: list[tuple[slice, bool, tuple[NDArray[Any], NDArray[Any]]]]

    def through(self, v: Array, adjoint: bool) -> Array:
        """V L⁻¹ row by row, or V L⁻*; V where there are no parts."""
        if not self.parts:
            return v
        y = np.empty_like(v)
        for rows, paired, factor in self.parts:
            part = v[rows]
            if paired:
                half = len(part) // 2
                w = (part[:half] + 1j * part[half:]) @ factor[adjoint]
                y[rows] = np.concatenate([w.real, w.imag])
            else:
                y[rows] = part @ factor[adjoint]
        return y


def _rows(step: Array, phi: Array, read: Array) -> _Rows:
    """The rows w with a factor for each group of eigenvalues; all of Z as it is where Φ is not normal."""
    triangle, basis = schur(phi)
    split = _split(triangle)
    if split is None:
        return _Rows(np.eye(len(phi)), phi, [])
    first, second, values, blocks = split
    weights = ((read @ basis) ** 2).sum(axis=0)
    load = (weights[first] + np.where(second < 0, weights[first], weights[second])) / 2
    order, parts = list[int](), list[tuple[slice, bool, tuple[NDArray[Any], NDArray[Any]]]]()
    for group in _groups(values, max(4, int(_MEMORY / (32 * len(step) ** 2)))):
        inverse = _factor(step, values[group], load[group])
        # Of a row with a real λ that shares a factor with others only the real part is kept.
        single, pair = group[second[group] < 0], group[second[group] >= 0]
        for rows, paired, factor in (
            (first[single], False, np.real(inverse)),
            (np.concatenate([first[pair], second[pair]]), True, inverse),
        ):
            if len(rows):
                parts.append(
                    (slice(len(order), len(order) + len(rows)), paired, (factor.copy(), factor.conj().T.copy()))
                )
                order += rows.tolist()
    return _Rows(basis[:, order], blocks[np.ix_(order, order)], parts)


def _split(triangle: Array) -> tuple[NDArray[np.intp], NDArray[np.intp], ComplexArray, Array] | None:
    """The rows w of a block diagonal real Schur form: their real part, their imaginary part (−1 if λ is real), λ; and the form itself."""
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
    return np.array(first), np.array(second), np.array(values), blocks


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
