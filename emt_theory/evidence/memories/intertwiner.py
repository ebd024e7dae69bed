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

Where the coupling falls apart too, nothing is left to LSQR. With E_λ the orthogonal projection on the eigenvectors of λ the normal equations are

    Z_λ K_λ = E_λ Cᵀ R,      R = G − C Z,      Z = Σ_λ Z_λ,

so that R (I + Σ_λ p_λ K_λ⁻¹) = G if C E_λ Cᵀ = p_λ I for each λ: one system of size r, the same for each output. So it is with tasks whose blocks
all move alike, as in repeating: there C E_λ Cᵀ = I/s. Where B has the eigenvalue λ, K_λ is singular; it is solved a little beside it, and the
gradient that is left is solved for again, in about three rounds.

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
from scipy.linalg import lapack, schur, solve
from scipy.sparse import csr_array
from scipy.sparse.linalg import LinearOperator, lsqr

from emt_theory.ground.arrays import Array, ComplexArray

_PRECISION = 1e-7
_ITERATIONS = 1000
_NORMAL = 1e-12
_MEMORY = 400e6
_AWAY, _LEAST_READ, _ROUNDS = 1e-8, 1e-3, 10


class Intertwiner(NamedTuple):
    """The minimizer of ‖Z B − Φ Z‖² + ‖C Z − G‖².

    Attributes:
        matrix: Z, shape (m, r).
        residual: ‖Z B − Φ Z‖ / ‖Z‖.
        converged: whether the precision was reached.
        iterations: how many it took, of LSQR, or rounds where the outputs decouple.
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
        precision: relative.
        iterations: how many LSQR may take.
    """
    m, r = len(phi), len(step)
    largest = float(np.abs(wanted).max(initial=0.0))
    if largest == 0 or not m:
        return Intertwiner(np.zeros((m, r)), 0.0, True, 0)
    wanted, spectrum = wanted / largest, _spectrum(phi)
    found = None if spectrum is None else _decoupled(step, phi, spectrum, read, wanted, precision)
    z, rounds, converged = found or _iterated(step, spectrum, phi, read, wanted, precision, iterations)
    length = float(np.linalg.norm(z))
    residual = float(np.linalg.norm(z @ step - phi @ z)) / length if length > 0 else 0.0
    return Intertwiner(z * largest, residual, converged, rounds)


def _iterated(
    step: Array,
    spectrum: _Spectrum | None,
    phi: Array,
    read: Array,
    wanted: Array,
    precision: float,
    iterations: int,
) -> tuple[Array, int, bool]:
    """Z by LSQR, how many iterations it took, and whether it reached the precision."""
    m, r, d = len(phi), len(step), len(wanted)
    target = np.concatenate([np.zeros(m * r), wanted.ravel()])
    size = float(np.linalg.norm(target))
    rows = _rows(step, phi, read, spectrum)
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
    return rows.basis @ y * size, int(answer[2]), int(answer[1]) != 7


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


class _Spectrum(NamedTuple):
    """A normal Φ, block diagonal in an orthonormal basis.

    Attributes:
        basis: Q, shape (m, m).
        blocks: QᵀΦQ, shape (m, m).
        first: of each eigenvalue, those that are not real once a pair, the column of Q that is an eigenvector, or √2 its real part.
        second: the column that is −√2 times the imaginary part; −1 where the eigenvalue is real.
        values: the eigenvalues.
    """

    basis: Array
    blocks: Array
    first: NDArray[np.intp]
    second: NDArray[np.intp]
    values: ComplexArray

    def vectors(self, group: NDArray[np.intp]) -> ComplexArray:
        """Q_λ, orthonormal eigenvectors of the eigenvalues of a group, shape (m, number)."""
        first, second = self.basis[:, self.first[group]], self.basis[:, self.second[group]]
        return np.where(self.second[group] < 0, first, (first - 1j * second) / np.sqrt(2))


def _spectrum(phi: Array) -> _Spectrum | None:
    """The spectrum of a normal Φ, from its real Schur form; None of another Φ."""
    triangle, basis = schur(phi)
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
    return _Spectrum(basis, blocks, np.array(first), np.array(second), np.array(values))


def _decoupled(
    step: Array, phi: Array, spectrum: _Spectrum, read: Array, wanted: Array, precision: float
) -> tuple[Array, int, bool] | None:
    """Z where C E_λ Cᵀ is a multiple of I for each λ, as of `_iterated`; None where it is not, or rounding is in the way."""
    z: Array = np.zeros((len(phi), len(step)))
    system: Array = np.eye(len(step))
    parts = list[tuple[int, ComplexArray, ComplexArray, NDArray[Any]]]()
    for group in _groups(spectrum.values, len(spectrum.values)):
        vectors = spectrum.vectors(group)
        seen = read @ vectors
        share = seen @ seen.conj().T
        weight = float(share[0, 0].real)
        if np.abs(share - weight * np.eye(len(read))).max() > _NORMAL:
            return None
        factor = _factor(step, spectrum.values[group], np.full(1, _AWAY * max(weight, _LEAST_READ)))
        # Of λ and its conjugate the sum is twice the real part.
        both = 1 if spectrum.second[group[0]] < 0 else 2
        inverse = factor.conj().T @ factor
        system += both * weight * np.real(inverse)
        parts.append((both, vectors, seen, inverse))
    for count in range(1, _ROUNDS + 1):
        moved: Array = z @ step - phi @ z
        gradient: Array = moved @ step.T - phi.T @ moved + read.T @ (read @ z - wanted)
        # Z_λ K_λ + E_λ Cᵀ Y = E_λ D, D the gradient with its sign turned: Y (I + Σ p_λ K_λ⁻¹) = Σ C E_λ D K_λ⁻¹ for Y = C Z.
        given = [vectors.conj().T @ -gradient @ inverse for _, vectors, _, inverse in parts]
        summed: Array = np.zeros_like(wanted)
        for (both, _, seen, _), own in zip(parts, given, strict=True):
            summed += both * np.real(seen @ own)
        y: Array = solve(system, summed.T, assume_a="pos").T
        change: Array = np.zeros_like(z)
        for (both, vectors, seen, inverse), own in zip(parts, given, strict=True):
            change += both * np.real(vectors @ (own - seen.conj().T @ y @ inverse))
        z += change
        if np.linalg.norm(change) <= precision * np.linalg.norm(z):
            return z, count, True
    return None


def _rows(step: Array, phi: Array, read: Array, spectrum: _Spectrum | None) -> _Rows:
    """The rows w with a factor for each group of eigenvalues; all of Z as it is where Φ is not normal."""
    if spectrum is None:
        return _Rows(np.eye(len(phi)), phi, [])
    first, second, values = spectrum.first, spectrum.second, spectrum.values
    weights = ((read @ spectrum.basis) ** 2).sum(axis=0)
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
    return _Rows(spectrum.basis[:, order], spectrum.blocks[np.ix_(order, order)], parts)


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
