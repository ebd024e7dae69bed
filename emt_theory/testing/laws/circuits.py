"""Laws about a task's circuit: what `derive` claims against a second computation that does not use it."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from typing import Any

import flint
import numpy as np

from emt_theory.circuits import certify, make_basis
from emt_theory.circuits.schemes import Linear
from emt_theory.exact import injection
from emt_theory.ground.rationals import RationalMatrix
from emt_theory.testing import networks
from emt_theory.testing.laws import trained
from emt_theory.testing.laws.comparing import basis_inputs, difference, outputs
from emt_theory.testing.laws.compiling import compiled, misjudged
from emt_theory.testing.laws.law import BOTH, CERTIFIED, COMPILED, EXACT, Carrier, Law, Subject


def no_premise(subject: Subject) -> str:
    """Every subject is meant."""
    return ""


def is_selection(subject: Subject) -> str:
    """Only selection tasks are meant."""
    return "" if subject.task.is_selection else "not a selection task"


def _ideal_load(subject: Subject, carrier: Carrier) -> str:
    """P05: powers of Φ on the stacked inputs, in an oblique basis, against the task's own recurrence."""
    if carrier == "trained":
        return trained.ideal_load(subject)
    task = subject.task
    basis = make_basis("oblique", task.components + 1, task.components, seed=1)
    W, read = basis.psi @ subject.phi @ basis.dual, _newest(subject).T @ basis.dual
    horizon = task.components + 2
    right = np.asarray(task.targets(basis_inputs(task), horizon))
    if carrier == "numpy":
        h, W_float, read_float = basis.psi.to_array(), W.to_array(), read.to_array()
        found: list[Any] = []
        for _ in range(horizon):
            h = W_float @ h
            found.append((read_float @ h).T)
        return difference(np.stack(found, axis=1), right, carrier, "y")
    row, exact = read, list[list[list[Any]]]()
    for _ in range(horizon):
        row = row @ W
        exact.append(_dense((row @ basis.psi).T))
    return difference(np.array(exact, dtype=object).swapaxes(0, 1), right, carrier, "y")


def _contamination(subject: Subject, carrier: Carrier) -> str:
    """P06: the state that the network reaches at t = s against E_k + Σ_{j>k} Φ^{j−1−k} E_s F_j."""
    task = subject.task
    s, d = task.num_variables, task.dim
    closed: list[RationalMatrix] = []
    for k in range(1, s + 1):
        terms = list(injection(k, s, d))
        power = _newest(subject)
        for j in range(k + 1, s + 1):
            terms += list(power @ task.F.columns((j - 1) * d, j * d))
            power = subject.phi @ power
        closed.append(RationalMatrix.from_entries((task.components, d), terms))
    net, inputs = networks.linear(task), basis_inputs(task)
    if carrier == "compile":  # in the basis Ψ that `compiled` asks for
        net, psi = compiled(task, Linear()), make_basis("oblique", task.components, task.components, seed=1).psi
        closed = [psi @ matrix for matrix in closed]
    run = net.to_float().run(inputs.astype(np.float64)) if carrier == "numpy" else net.run(inputs)
    right = [row for matrix in closed for row in _dense(matrix.T)]
    return difference(run.states[:, -1], right, carrier, "h(s)")


def _solvability(subject: Subject, carrier: Carrier) -> str:
    """P07: the claim against running the linear circuit on a basis, s scored steps show a failure, 2n + 1 an agreement; or against `certify`."""
    task = subject.task
    net = compiled(task, Linear()) if carrier == "compile" else networks.linear(task)
    if carrier == "certify":
        says = certify(net, task).exact_for == "values"
        claimed = f"claimed {'' if subject.linear else 'not '}to be linearly solvable"
        return misjudged(net, task) if says == subject.linear else f"{claimed}, and certify says {certify(net, task)}"
    horizon = task.num_variables if carrier == "numpy" else 2 * task.components + 1
    inputs = basis_inputs(task)
    found = outputs(net, inputs, task.num_variables + horizon, carrier)[:, task.num_variables :]
    failure = difference(found, task.targets(inputs, horizon), carrier, "y")
    if subject.linear:
        return failure and f"claimed to be linearly solvable, but {failure}"
    return "" if failure else "claimed not to be linearly solvable, but the linear circuit is exact"


def _polynomial(subject: Subject, carrier: Carrier) -> str:
    """P09: the product of the factors against det(xI − Φ), the n×n one."""
    n = subject.task.components
    if carrier == "exact":
        whole = flint.fmpq_poly([1])
        for f in subject.factors:
            whole *= flint.fmpq_poly([flint.fmpq(c, f.coefficients[-1]) for c in f.coefficients]) ** f.multiplicity
        right = subject.phi.to_flint().charpoly()
        return "" if whole == right else f"the factors multiply to {whole}, the characteristic polynomial is {right}"
    phi, places = subject.phi.to_array(), np.exp(2j * np.pi * np.arange(5) / 7 + 0.1j) * 1.5
    found = np.ones(5, dtype=np.complex128)
    for f in subject.factors:
        found *= (
            np.polyval(np.array(f.coefficients[::-1], dtype=float), places) / f.coefficients[-1]
        ) ** f.multiplicity
    right = np.array([np.linalg.det(x * np.eye(n) - phi) for x in places])
    found, right = (np.stack([np.real(z), np.imag(z)]) for z in (found, right))
    return difference(found, right, carrier, "det")


def _cycle_spectrum(subject: Subject, carrier: Carrier) -> str:
    """P10: the claimed cycles against a walk over the rows of Φ, and the rank of Φⁿ; in floats against the eigenvalues."""
    if carrier == "trained":
        return trained.cycle_spectrum(subject)
    claimed = Counter((c.length, c.sign) for c in subject.cycles or ())
    on_cycles = sum(length * times for (length, _), times in claimed.items())
    if carrier == "numpy":
        values = np.linalg.eigvals(subject.phi.to_array())
        roots = [
            np.exp(1j * np.pi * (2 * k + (sign < 0)) / length)
            for (length, sign), times in claimed.items()
            for k in range(length)
            for _ in range(times)
        ]
        ordered = (
            sorted(z, key=lambda v: (round(v.real, 5), round(v.imag, 5))) for z in (values[abs(values) > 0.5], roots)
        )
        found, right = (np.array([(v.real, v.imag) for v in z]).reshape(-1, 2) for z in ordered)
        off = found.shape != right.shape or (found.size and np.abs(found - right).max() > 1e-5)
        return (
            f"{len(found)} eigenvalues on the circle do not match the {len(right)} roots of the cycles" if off else ""
        )
    walked = _walk(subject.phi)
    if walked != claimed:
        return f"cycles are {dict(walked)} by walking over Φ, {dict(claimed)} claimed"
    rank = int((subject.phi.to_flint() ** subject.task.components).rank())
    return "" if rank == on_cycles else f"rank Φⁿ = {rank}, and {on_cycles} components lie on cycles"


def _minimal_dimensions(subject: Subject, carrier: Carrier) -> str:
    """P11: the claim against ranks over Q of the scored outputs on a basis, from t = s+1 and from t = s+2."""
    if carrier == "trained":
        return trained.minimal_dimensions(subject)
    task = subject.task
    n = task.components
    shown = np.asarray(task.targets(basis_inputs(task), n + 1))
    first, second = (RationalMatrix.from_rows(part.reshape(n, -1)) for part in (shown[:, :n], shown[:, 1:]))
    scored, propagated = (int(part.to_flint().rank()) for part in (first, second))
    right = (scored, 2 * scored - propagated)
    return "" if tuple(subject.dimension) == right else f"minimal dimensions {tuple(subject.dimension)}, not {right}"


def _similarity(subject: Subject, carrier: Carrier) -> str:
    """P12: rank and trace of the powers of ΨΦΨ† against those of Φ."""
    if carrier == "trained":
        return trained.similarity(subject)
    n = subject.task.components
    basis = subject.basis or make_basis("oblique", n + 2, n, seed=2)
    W = basis.psi @ subject.phi @ basis.dual
    if carrier == "numpy":
        a, b = W.to_array(), subject.phi.to_array()
        found, right = ([np.trace(np.linalg.matrix_power(m, k)) for k in range(1, n + 1)] for m in (a, b))
        return difference(found, right, carrier, "trace of power ")
    big, small = W.to_flint(), subject.phi.to_flint()
    padded = small.charpoly() * flint.fmpq_poly([0, 1]) ** (W.shape[0] - n)
    if big.charpoly() != padded:
        return f"the characteristic polynomial of ΨΦΨ† is not λ^{W.shape[0] - n} times that of Φ"
    found, right = ([int((m**k).rank()) for k in range(1, n + 1)] for m in (big, small))
    return difference(found, right, carrier, "rank of power ")


def _responses(subject: Subject, carrier: Carrier) -> str:
    """P18: how much an input moves an output j steps later, in a run, against E_sᵀ Φ^j E_s; rows of ±1 for a selection."""
    if carrier == "trained":
        return trained.responses(subject)
    task = subject.task
    d, steps = task.dim, task.components + 2
    inputs = basis_inputs(task)[:d]
    net = compiled(task, Linear()) if carrier == "compile" else networks.linear(task)
    seen = outputs(net, inputs, max(steps, task.num_variables), carrier)
    row = _newest(subject).T
    for j in range(steps):
        broken = difference(seen[:, j].T, _dense(row @ _newest(subject)), carrier, f"R_{j}")
        if broken:
            return broken
        if task.is_selection and [(i, abs(v)) for i, _, v in row] != [(c, 1) for c in range(d)]:
            return f"E_sᵀ Φ^{j} does not hold a single ±1 in each row"
        row = row @ subject.phi
    return ""


def _newest(subject: Subject) -> RationalMatrix:
    return injection(subject.task.num_variables, subject.task.num_variables, subject.task.dim)


def _dense(matrix: RationalMatrix) -> list[list[Any]]:
    rows: list[list[Any]] = [[Fraction(0)] * matrix.shape[1] for _ in range(matrix.shape[0])]
    for i, j, value in matrix:
        rows[i][j] = value
    return rows


def _walk(phi: RationalMatrix) -> Counter[tuple[int, int]]:
    """Lengths and signs of the cycles of a matrix with one ±1 in each row."""
    step = {i: (j, int(v)) for i, j, v in phi}
    found: Counter[tuple[int, int]] = Counter()
    for start in step:
        here, sign, length, smallest = start, 1, 0, start
        while length < len(step):
            here, by = step[here]
            sign, length, smallest = sign * by, length + 1, min(smallest, here)
            if here == start:
                break
        if here == start and smallest == start:
            found[length, sign] += 1
    return found


CIRCUIT_LAWS = (
    Law("P05", no_premise, _ideal_load, (*BOTH, "trained"), learned=trained.can_be_read),
    Law("P06", no_premise, _contamination, COMPILED),
    Law("P07", no_premise, _solvability, CERTIFIED),
    Law("P09", no_premise, _polynomial),
    Law("P10", is_selection, _cycle_spectrum, (*BOTH, "trained"), learned=trained.can_be_read),
    Law("P11", no_premise, _minimal_dimensions, (*EXACT, "trained"), learned=trained.is_right),
    Law("P12", no_premise, _similarity, (*BOTH, "trained")),
    Law("P18", no_premise, _responses, (*COMPILED, "trained"), learned=trained.is_right),
)
