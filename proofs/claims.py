"""Claims: the machine-checkable part of a proof's step.

A claim is JSON, so that it can be stored, and it is checked twice by code that shares nothing: here by SymPy, FLINT and the package, and in
`proofs/verify.py` by the standard library. The kinds are

    identity        a product of block matrices of polynomials equals another; symbols do not commute unless listed as scalars, and what is
                    assumed (`Dual*Psi = 1`) is a rule that replaces a word. A block has any size that fits: the identity holds for all sizes.
    nonnegative     a polynomial is Σ c Π (what is assumed ≥ 0) with c ≥ 0, hence ≥ 0; positive if a term of strict factors is among them
    determinant     of a matrix of commuting polynomials, of the size shown
    exponential     exp(x) > a rational bound
    circuit, census, sign accuracy, run            finite exact computations on given tasks and networks
    register, modular census                       the same on states of residues modulo a prime

>>> holds(identity("Psi*Phi*Dual*Psi", "Psi*Phi", given={"Dual*Psi": "1"}))
True
>>> holds(identity("Phi*Psi", "Psi*Phi"))
False
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from itertools import product
from typing import Any

import flint
import numpy as np
import sympy
from sympy.parsing.sympy_parser import parse_expr

from emt_theory.circuits import Circuit, derive, field_theory, find_obstruction
from emt_theory.circuits.linear.obstruction import products_of_blocks
from emt_theory.exact import GF
from emt_theory.ground.absent import Absent
from emt_theory.networks import ExactRNN, twin_from_json, twin_to_json
from emt_theory.tasks import LinearTask, from_dict, from_matrix, from_table, linear_task

Claim = dict[str, Any]
Blocks = str | Sequence[Sequence[str]]


def identity(
    left: Blocks | list[Any],
    right: Blocks | list[Any],
    given: dict[str, str] | None = None,
    scalars: Sequence[str] = (),
) -> Claim:
    """left = right, each an expression, a block matrix, or a list of block matrices to be multiplied."""
    sides = {"left": _factors(left), "right": _factors(right)}
    return {"check": "identity", **sides, "given": given or {}, "scalars": list(scalars)}


def nonnegative(
    target: str, given: Sequence[str], sum: Sequence[tuple[str, Sequence[int]]], strict: Sequence[int] = ()
) -> Claim:
    """target = Σ c Π given[k]; the given are ≥ 0, those in `strict` > 0; then target ≥ 0, and > 0 if `strict` is not empty."""
    terms = [[c, list(factors)] for c, factors in sum]
    claim = {"check": "nonnegative", "target": target, "given": list(given), "sum": terms}
    return {**claim, "strict": list(strict), "positive": bool(strict)}


def determinant(matrix: Sequence[Sequence[str]], equals: str) -> Claim:
    """det matrix = equals, in commuting symbols."""
    return {"check": "determinant", "matrix": [list(row) for row in matrix], "equals": equals}


def exponential(x: Fraction, exceeds: Fraction) -> Claim:
    """exp(x) > exceeds."""
    return {"check": "exponential", "x": str(x), "exceeds": str(exceeds)}


def circuit_of(task: LinearTask) -> Claim:
    """All that `derive` says about a task."""
    return {"check": "circuit", **derive(task).certificate.claims}


def census(num_variables: int, dim: int, solvable: int) -> Claim:
    """So many tasks with entries in {−1, 0, 1} are linearly solvable, by the products and by the responses."""
    return {"check": "census", "num_variables": num_variables, "dim": dim, "solvable": solvable}


def register(
    p: int,
    dim: int,
    matrix: Sequence[Sequence[int]],
    constant: Sequence[int],
    cycles: Sequence[Sequence[int]],
    images: Sequence[int],
    classes: int,
) -> Claim:
    """u(t) = F u(past) + c modulo p has these (length, number) of cycles, images of these sizes, and so many classes of states that show the same."""
    rule = {"p": p, "dim": dim, "matrix": [list(row) for row in matrix], "constant": list(constant)}
    counted = {"cycles": [list(pair) for pair in cycles], "images": list(images), "classes": classes}
    return {"check": "register", **rule, **counted}


def modular_census(num_variables: int, dim: int, p: int, solvable: int) -> Claim:
    """So many recurrences over GF(p) are linearly solvable there, by the products and by the responses."""
    sizes = {"num_variables": num_variables, "dim": dim, "p": p}
    return {"check": "modular census", **sizes, "solvable": solvable}


def sign_accuracy(task: LinearTask, horizon: int, right: str, zero: str) -> Claim:
    """Over all inputs ±1 the linear circuit has this fraction of signs right, and this fraction of zeros."""
    return {"check": "sign accuracy", "task": _described(task), "horizon": horizon, "right": right, "zero": zero}


def runs(
    task: LinearTask,
    net: ExactRNN,
    horizon: int,
    inputs: Sequence[Sequence[int]] | str = "corners",
    agree: str = "values",
    margin: str = "0",
) -> Claim:
    """The network has the task's values, or its signs with |y| ≥ margin, on these inputs (or all ±1) for `horizon` scored steps."""
    given = inputs if isinstance(inputs, str) else [list(row) for row in inputs]
    network = {"task": _described(task), "network": twin_to_json(net), "horizon": horizon, "inputs": given}
    return {"check": "run", **network, "agree": agree, "margin": margin}


def holds(claim: Claim) -> bool:
    """Whether the claim is true, by SymPy, FLINT and the package."""
    return _CHECKS[claim["check"]](claim)


def _factors(side: Any) -> list[list[list[str]]]:
    if isinstance(side, str):
        return [[[side]]]
    rows: list[Any] = list(side)
    return [[list(row) for row in m] for m in rows] if isinstance(rows[0][0], list) else [[list(row) for row in rows]]


def _described(task: LinearTask) -> dict[str, Any]:
    described = task.to_dict()
    del described["name"]
    return described


def _parse(text: str, scalars: set[str] | None = None) -> sympy.Expr:
    names = set(re.findall(r"[A-Za-z_]\w*", text))
    symbols = {name: sympy.Symbol(name, commutative=scalars is None or name in scalars) for name in names}
    return sympy.expand(parse_expr(text, local_dict=symbols))


def _identity(claim: Claim) -> bool:
    scalars = set(claim["scalars"])
    rules = {tuple(_letters(_parse(word, scalars))): _parse(into, scalars) for word, into in claim["given"].items()}
    if () in rules:
        raise ValueError("what is given must begin with a product of symbols that are no scalars")
    sides: list[list[list[sympy.Expr]]] = []
    for side in ("left", "right"):
        matrices = [[[_parse(e, scalars) for e in row] for row in m] for m in claim[side]]
        total = matrices[0]
        for m in matrices[1:]:
            total = [[sympy.Add(*(a * m[k][j] for k, a in enumerate(row))) for j in range(len(m[0]))] for row in total]
        sides.append(total)
    left, right = sides
    if [len(row) for row in left] != [len(row) for row in right]:
        return False
    pairs = zip(sympy.flatten(left), sympy.flatten(right), strict=True)
    return all(_reduce(sympy.expand(a - b), rules) == 0 for a, b in pairs)


def _letters(term: sympy.Expr) -> list[sympy.Expr]:
    return [base for factor in term.args_cnc()[1] for base, power in [factor.as_base_exp()] for _ in range(int(power))]


def _reduce(value: sympy.Expr, rules: dict[tuple[sympy.Expr, ...], sympy.Expr]) -> sympy.Expr:
    while True:
        terms = [_replace(term, rules) for term in sympy.Add.make_args(value)]
        reduced = sympy.expand(sympy.Add(*terms))
        if reduced == value:
            return value
        value = reduced


def _replace(term: sympy.Expr, rules: dict[tuple[sympy.Expr, ...], sympy.Expr]) -> sympy.Expr:
    word = _letters(term)
    for left, into in rules.items():
        for k in range(len(word) - len(left) + 1):
            if tuple(word[k : k + len(left)]) == left:
                return sympy.Mul(*term.args_cnc()[0], *word[:k]) * into * sympy.Mul(*word[k + len(left) :])
    return term


def _nonnegative(claim: Claim) -> bool:
    given = [_parse(text) for text in claim["given"]]
    terms = [(sympy.Rational(c), factors) for c, factors in claim["sum"]]
    total = sympy.Add(*(c * sympy.Mul(*(given[k] for k in factors)) for c, factors in terms))
    is_strict = any(c > 0 and set(factors) <= set(claim["strict"]) for c, factors in terms)
    same = sympy.expand(total - _parse(claim["target"])) == 0
    return same and all(c >= 0 for c, _ in terms) and (is_strict or not claim["positive"])


def _determinant(claim: Claim) -> bool:
    matrix = sympy.Matrix([[_parse(e) for e in row] for row in claim["matrix"]])
    return sympy.expand(matrix.det(method="berkowitz") - _parse(claim["equals"])) == 0


def _exponential(claim: Claim) -> bool:
    x, bound = (
        flint.arb(flint.fmpq(v.numerator, v.denominator)) for v in (Fraction(claim[k]) for k in ("x", "exceeds"))
    )
    return bool(x > 0 and x.exp() > bound)


def _circuit(claim: Claim) -> bool:
    """Against the characteristic polynomial of Φ itself, powers of Φ, and dense ranks."""
    task = linear_task(from_dict(claim["task"]))
    circuit = derive(task)
    return {**circuit.certificate.claims, "check": "circuit"} == claim and _recomputed(circuit)


def _recomputed(circuit: Circuit) -> bool:
    phi = circuit.exact_phi.to_flint()
    whole = flint.fmpq_poly([1])
    for f in circuit.spectrum().factors:
        whole *= flint.fmpq_poly([flint.fmpq(c, f.coefficients[-1]) for c in f.coefficients]) ** f.multiplicity
    n, d = circuit.task.components, circuit.task.dim
    rows, power = [], phi
    for _ in range(n):
        rows.extend(power.tolist()[n - d :])
        power = power * phi
    table = flint.fmpq_mat([list(row) for row in rows])
    scored, propagated = table.rank(), (table * phi).rank()
    return phi.charpoly() == whole and list(circuit.dimension) == [scored, 2 * scored - propagated]


def _census(claim: Claim) -> bool:
    s, d = claim["num_variables"], claim["dim"]
    tables = product((-1, 0, 1), repeat=d * d * s)
    tasks = (from_matrix([entries[i * d * s : (i + 1) * d * s] for i in range(d)], dim=d) for entries in tables)
    return sum(find_obstruction(task) is None for task in tasks) == claim["solvable"]


def _register(claim: Claim) -> bool:
    """By the elementary divisors of the rule as a task."""
    p, d, rows = claim["p"], claim["dim"], claim["matrix"]
    grid = np.indices((p,) * len(rows[0]))
    tables = [
        (sum(a * x for a, x in zip(row, grid, strict=True)) + c) % p
        for row, c in zip(rows, claim["constant"], strict=True)
    ]
    found = field_theory(from_table(np.array(tables), len(rows[0]) // d, d, p))
    if isinstance(found, Absent) or isinstance(found.cycles, Absent):
        return False
    told = (claim["cycles"], claim["images"], claim["classes"])
    return told == ([list(pair) for pair in found.cycles], list(found.images), found.nerode)


def _modular_census(claim: Claim) -> bool:
    s, d, p = claim["num_variables"], claim["dim"], claim["p"]
    tables = product(range(p), repeat=d * d * s)
    found = (GF(p).matrix(np.array(entries).reshape(d, d * s)) for entries in tables)
    return sum(next(products_of_blocks(F, d), None) is None for F in found) == claim["solvable"]


def _sign_accuracy(claim: Claim) -> bool:
    """By the characteristic function's opposite: the distribution of each output as a product of polynomials x^c + x^−c."""
    task, horizon = linear_task(from_dict(claim["task"])), claim["horizon"]
    n, basis = task.components, np.eye(task.components, dtype=int)
    shape = (n, task.num_variables, task.dim)
    seen = derive(task).run(basis.reshape(shape), task.num_variables + horizon).outputs[:, task.num_variables :]
    wanted = task.targets(basis.reshape(shape), horizon)
    right = zero = Fraction(0)
    for t, c in np.ndindex(horizon, task.dim):
        j = int(np.flatnonzero(wanted[:, t, c])[0])
        middle = int(wanted[j, t, c]) * int(seen[j, t, c])
        others = [abs(int(v)) for i, v in enumerate(seen[:, t, c]) if i != j and v]
        spread = flint.fmpz_poly([1])
        for v in others:
            spread *= flint.fmpz_poly([1] + [0] * (2 * v - 1) + [1])
        values = {int(k) - sum(others) + middle: int(p) for k, p in enumerate(spread.coeffs())}
        right += Fraction(sum(p for value, p in values.items() if value > 0), 2 ** len(others))
        zero += Fraction(values.get(0, 0), 2 ** len(others))
    cases = horizon * task.dim
    return (str(right / cases), str(zero / cases)) == (claim["right"], claim["zero"])


def _run(claim: Claim) -> bool:
    task, net = linear_task(from_dict(claim["task"])), twin_from_json(claim["network"])
    listed = product((-1, 1), repeat=task.components) if claim["inputs"] == "corners" else claim["inputs"]
    inputs = np.array(list(listed), dtype=object).reshape(-1, task.num_variables, task.dim)
    outputs = net.run(inputs, task.num_variables + claim["horizon"]).outputs[:, task.num_variables :]
    targets = task.targets(inputs, claim["horizon"])
    if claim["agree"] == "values":
        return bool((outputs == targets).all())
    pairs = zip(outputs.flat, targets.flat, strict=True)
    return all(not b or (a * b > 0 and abs(a) >= Fraction(claim["margin"])) for a, b in pairs)


_CHECKS = {
    "identity": _identity,
    "nonnegative": _nonnegative,
    "determinant": _determinant,
    "exponential": _exponential,
    "circuit": _circuit,
    "census": _census,
    "register": _register,
    "modular census": _modular_census,
    "sign accuracy": _sign_accuracy,
    "run": _run,
}
