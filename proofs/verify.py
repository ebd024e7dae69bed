"""Check a stored certificate again, with nothing but Python's standard library.

    python proofs/verify.py [--steps N] FILE …      exit code 0: all that is checked holds; 1: a claim is false; 2: not a certificate, or altered

Nothing of the code that made the certificate is imported: words in non-commuting symbols, polynomials, ranks, determinants, recurrences and
networks are computed here once more, in fractions. The text must be, character by character, what `json.dumps(certificate, indent=1)` writes, and
carry the SHA-256 of its content; someone who alters a claim *and* its hash is caught where the claim is false.

Its form is held to a table first, its work is bounded, and its texts are shown with escapes (`verify_form.py`).

What it can judge in a proof are the checked steps: each is an identity, an inequality or a finite computation. The sentences between them
are for a reader, and are counted as such. A proof must state what the registry states, where that lies beside this folder; that its steps
are those of this version's proof is for `emt prove --certificate` to say. In a circuit the factors are multiplied out and compared with the
characteristic polynomial; that those which are not cyclotomic cannot be factored further is not looked at. Networks that were certified are
judged by `verify_networks.py`, those of rules on symbols by `verify_finite.py`, trained ones by `verify_orbits.py`, those with an input at
every step by `verify_streams.py`, which lie beside this file and say what they leave out.
"""

import ast
import hashlib
import json
import re
import stat
import sys
from fractions import Fraction
from itertools import product
from math import gcd, prod
from pathlib import Path
from typing import Any

if __package__:
    from .verify_finite import FINITE_KINDS, verify_finite
    from .verify_form import (
        KIND_FORMS,
        LONGEST_WORD,
        MOST_BITS,
        MOST_OF_ORBITS,
        MOST_STEPS,
        TooLargeError,
        bits,
        cost,
        misfit,
        registry,
        shown,
        spend,
        start,
        total,
    )
    from .verify_networks import KINDS, FalseClaimError, read_network, verify_network
    from .verify_orbits import ORBITS, verify_orbits
    from .verify_streams import STREAM_KINDS, verify_stream
else:  # run as a script, perhaps with -I, which leaves its folder out
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    from verify_finite import FINITE_KINDS, verify_finite
    from verify_form import (
        KIND_FORMS,
        LONGEST_WORD,
        MOST_BITS,
        MOST_OF_ORBITS,
        MOST_STEPS,
        TooLargeError,
        bits,
        cost,
        misfit,
        registry,
        shown,
        spend,
        start,
        total,
    )
    from verify_networks import KINDS, FalseClaimError, read_network, verify_network
    from verify_orbits import ORBITS, verify_orbits
    from verify_streams import STREAM_KINDS, verify_stream

_FORMAT = 1
LARGEST_FILE = 2**25
_Poly = dict[
    tuple[tuple[str, ...], tuple[str, ...]], Fraction
]  # (sorted commuting names, word of the others) -> coefficient
_Rows = list[list[Fraction]]


class BadCertificateError(Exception):
    """Not a certificate, or one that was altered."""


def _read(text: str) -> dict[str, Any]:
    """The certificate that the text holds, its form and its hash checked."""
    try:
        value = json.loads(text)
        written = json.dumps(value, indent=1)
    except (ValueError, RecursionError) as error:
        raise BadCertificateError(f"not a certificate: not JSON ({error})") from None
    if not isinstance(value, dict) or set(value) != {"format", "kind", "claims", "sha256"}:
        raise BadCertificateError("not a certificate: expected an object with the keys format, kind, claims, sha256")
    if type(value["format"]) is not int or value["format"] != _FORMAT:
        raise BadCertificateError(
            f"certificate format {shown(value['format'], 40)} is not {_FORMAT}, the one read here"
        )
    content = {key: value[key] for key in ("claims", "format", "kind")}
    digest = hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
    if value["sha256"] != digest:
        raise BadCertificateError(
            f"altered: its content hashes to {digest[:12]}…, it carries {shown(value['sha256'], 12)}"
        )
    if text != written:
        raise BadCertificateError("altered: the text is not what json.dumps(certificate, indent=1) writes")
    return value


def verify(text: str, steps: int | None = None) -> str:
    """Check a certificate, with so much work at most; returns in one line what was checked.

    Raises:
        BadCertificateError: if it is not a certificate, or was altered.
        FalseClaimError: if a claim is false.
    """
    value = _read(text)
    start((MOST_OF_ORBITS if value["kind"] == ORBITS else MOST_STEPS) if steps is None else steps)
    try:
        form = KIND_FORMS.get(value["kind"]) if isinstance(value["kind"], str) else None
        wrong = None if form is None else misfit(value["claims"], form)
        if wrong is not None:
            raise BadCertificateError(f"malformed claims: {wrong}")
        if value["kind"] == "proof":
            return _verify_proof(value["claims"])
        if value["kind"] == "circuit":
            wrong = _circuit_errors(value["claims"])
            if wrong:
                raise FalseClaimError("; ".join(wrong))
            return "circuit: task, solvability, factors and minimal dimensions hold"
        if value["kind"] in KINDS:
            return verify_network(value["kind"], value["claims"], Task(value["claims"]["task"]))
        if value["kind"] in FINITE_KINDS:
            return verify_finite(value["kind"], value["claims"])
        if value["kind"] in STREAM_KINDS:
            return verify_stream(value["kind"], value["claims"])
        if value["kind"] == ORBITS:
            described = value["claims"]["task"]
            return verify_orbits(value["claims"], None if "tables" in described else Task(described))
    except TooLargeError as error:
        raise BadCertificateError(str(error)) from None
    except (RecursionError, MemoryError):
        raise BadCertificateError("too large to be checked here: nested too deeply, or out of memory") from None
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, SyntaxError, ArithmeticError) as error:
        raise BadCertificateError(f"malformed claims: {type(error).__name__} {shown(str(error))}") from None
    known = ", ".join(("proof", "circuit", *KINDS, *FINITE_KINDS, *STREAM_KINDS, ORBITS))
    raise BadCertificateError(f"kind {shown(value['kind'], 40)} is not known here; known are {known}")


def _verify_proof(claims: dict[str, Any]) -> str:
    checked = [step for step in claims["steps"] if step["basis"] == "checked"]
    if not checked or any(step["basis"] not in ("checked", "argued", "standard") for step in claims["steps"]):
        raise BadCertificateError("a proof needs checked steps; each step is checked, argued or standard")
    if any(("claim" in step) is not (step["basis"] == "checked") for step in claims["steps"]):
        raise BadCertificateError("a step has a claim exactly if it is checked")
    id, stated = shown(claims["id"], 40), registry()
    told = (claims["title"], claims["statement"], claims["conditions"])
    if stated and stated.get(claims["id"]) != told:
        raise FalseClaimError(f"{id}: its statement is not that of a theorem in the registry")
    for step in checked:
        if not holds(step["claim"]):
            raise FalseClaimError(f"{id}: the check of this step fails: {shown(step['sentence'])}")
    if holds(claims["saboteur"]["claim"]):
        raise FalseClaimError(f"{id}: its saboteur passes the check: {shown(claims['saboteur']['sentence'])}")
    rest = len(claims["steps"]) - len(checked)
    unread = "" if stated else "; no registry lies beside this folder to compare its statement with"
    return f"proof of {id}: {len(checked)} checked steps hold, the saboteur fails; {rest} steps are words{unread}"


def holds(claim: dict[str, Any]) -> bool:
    """Whether one claim of a proof is true."""
    return bool(_CHECKS[claim["check"]](claim))


# ------------------------------------------------------------------ expressions in commuting and other symbols


def _expression(text: str, scalars: set[str]) -> _Poly:
    """A polynomial from its text: names, integers, + − * / ** and parentheses; only the scalars commute."""

    def value(node: Any) -> _Poly:
        if isinstance(node, ast.Name):
            return {((node.id,), ()): Fraction(1)} if node.id in scalars else {((), (node.id,)): Fraction(1)}
        if isinstance(node, ast.Constant) and type(node.value) is int:
            return {((), ()): Fraction(node.value)} if node.value else {}
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return _scale(value(node.operand), -1)
        if isinstance(node, ast.BinOp):
            left, right = value(node.left), value(node.right)
            if isinstance(node.op, (ast.Add, ast.Sub)):
                return _add(left, _scale(right, 1 if isinstance(node.op, ast.Add) else -1))
            if isinstance(node.op, ast.Mult):
                return _times(left, right)
            number = _constant(right)
            if isinstance(node.op, ast.Div):
                return _scale(left, 1 / number)
            if isinstance(node.op, ast.Pow) and number.denominator == 1 and 0 <= number <= 64:
                power: _Poly = {((), ()): Fraction(1)}
                for _ in range(int(number)):
                    power = _times(power, left)
                return power
        raise ValueError(f"cannot read {shown(text, 60)}")

    return value(ast.parse(text, mode="eval").body)


def _constant(poly: _Poly) -> Fraction:
    """The number that a polynomial without symbols is."""
    if set(poly) - {((), ())}:
        raise ValueError("a number was expected")
    return poly.get(((), ()), Fraction(0))


def _add(a: _Poly, b: _Poly) -> _Poly:
    """a + b."""
    spend(1 + (len(a) + len(b)) // 4)
    found = dict(a)
    for term, c in b.items():
        found[term] = found.get(term, Fraction(0)) + c
        spend(cost(bits(found[term])))
    return {term: c for term, c in found.items() if c}


def _scale(a: _Poly, factor: Fraction | int) -> _Poly:
    """The number times a."""
    return {term: c * factor for term, c in a.items() if factor}


def _times(a: _Poly, b: _Poly) -> _Poly:
    """a b, in this order."""
    found: _Poly = {}
    longest, most = (max((f(term, e) for term, e in b.items()), default=0) for f in (_length, lambda _, e: bits(e)))
    for (s, w), c in a.items():
        if len(s) + len(w) + longest > LONGEST_WORD:
            raise TooLargeError(f"too large to be checked here: a product of more than {LONGEST_WORD} symbols")
        spend(len(b) * (2 + (len(s) + len(w) + longest) // 4 + cost(bits(c) + most)))
        for (r, v), e in b.items():
            term = (tuple(sorted(s + r)), w + v)
            found[term] = found.get(term, Fraction(0)) + c * e
    return {term: c for term, c in found.items() if c}


def _length(term: tuple[tuple[str, ...], tuple[str, ...]], _: Fraction) -> int:
    return len(term[0]) + len(term[1])


def _reduce(poly: _Poly, rules: list[tuple[tuple[str, ...], _Poly]]) -> _Poly:
    """Replace each word on the left of a rule by its right side until none is left."""
    for _ in range(1000):
        for (s, w), c in poly.items():
            spend((1 + len(w)) * (1 + len(rules)))
            hit = next(((k, l, r) for l, r in rules for k in range(len(w)) if w[k : k + len(l)] == l), None)
            if hit:
                k, l, r = hit
                rest = {term: e for term, e in poly.items() if term != (s, w)}
                middle = _times(_times({(s, w[:k]): c}, r), {((), w[k + len(l) :]): Fraction(1)})
                poly = _add(rest, middle)
                break
        else:
            return poly
    raise ValueError("the rules do not come to an end")


def _identity(claim: dict[str, Any]) -> bool:
    scalars = set(claim["scalars"])
    rules: list[tuple[tuple[str, ...], _Poly]] = []
    for left, right in claim["given"].items():
        ((((free, word)), c),) = _expression(left, scalars).items()
        if free or not word or c != 1:
            raise ValueError(f"a rule replaces a word, not {shown(left, 60)}")
        rules.append((word, _expression(right, scalars)))
    left, right = (_product(claim[side], scalars) for side in ("left", "right"))
    if [len(row) for row in left] != [len(row) for row in right]:
        return False
    pairs = [(a, b) for ra, rb in zip(left, right, strict=True) for a, b in zip(ra, rb, strict=True)]
    return all(not _reduce(_add(a, _scale(b, -1)), rules) for a, b in pairs)


def _product(factors: list[list[list[str]]], scalars: set[str]) -> list[list[_Poly]]:
    found = [[_expression(e, scalars) for e in row] for row in factors[0]]
    for factor in factors[1:]:
        right = [[_expression(e, scalars) for e in row] for row in factor]
        if any(len(row) != len(right) for row in found):
            raise ValueError("block shapes do not fit")
        found = [
            [_sum(_times(a, r[j]) for a, r in zip(row, right, strict=True)) for j in range(len(right[0]))]
            for row in found
        ]
    return found


def _sum(terms: Any) -> _Poly:
    found: _Poly = {}
    for term in terms:
        found = _add(found, term)
    return found


def _commuting(text: str) -> _Poly:
    return _expression(text, set(re.findall(r"[A-Za-z_]\w*", text)))


def _nonnegative(claim: dict[str, Any]) -> bool:
    """target = Σ c Π given, c ≥ 0; where strict, one term with c > 0 has only factors that are assumed > 0."""
    given = [_commuting(text) for text in claim["given"]]
    found: _Poly = {}
    strict = False
    for coefficient, factors in claim["sum"]:
        c = Fraction(coefficient)
        term: _Poly = {((), ()): c} if c else {}
        for k in factors:
            term = _times(term, given[k])
        found = _add(found, term)
        strict = strict or (c > 0 and all(k in claim["strict"] for k in factors))
        if c < 0:
            return False
    return found == _commuting(claim["target"]) and (strict or not claim["positive"])


def _determinant(claim: dict[str, Any]) -> bool:
    m = [[_commuting(e) for e in row] for row in claim["matrix"]]
    if any(len(row) != len(m) for row in m):
        raise ValueError("a determinant is of a square matrix")
    if len(m) > 8:
        raise TooLargeError("too large to be checked here: a determinant of symbols with more than 8 rows")

    def minor(row: int, columns: tuple[int, ...]) -> _Poly:
        spend(1 + len(columns))
        if not columns:
            return {((), ()): Fraction(1)}
        parts = (
            _scale(_times(m[row][c], minor(row + 1, columns[:k] + columns[k + 1 :])), (-1) ** k)
            for k, c in enumerate(columns)
            if m[row][c]
        )
        return _sum(parts)

    return minor(0, tuple(range(len(m)))) == _commuting(claim["equals"])


def _exponential(claim: dict[str, Any]) -> bool:
    """exp(x) > bound for a rational x > 0, by a partial sum of the series."""
    x, term, reached = Fraction(claim["x"]), Fraction(1), Fraction(1)
    for k in range(1, 60):
        term = term * x / k
        reached = total([reached, term])
        spend(cost(bits(term)))
    return x > 0 and reached >= Fraction(claim["exceeds"])


# ------------------------------------------------------------------ tasks, ranks, spectra


class Task:
    """The rows of F = [F_1 … F_s], sparse."""

    def __init__(self, described: dict[str, Any]) -> None:
        self.s, self.d = described["num_variables"], described["dim"]
        self.inputs = [Fraction(v) for v in described["inputs"]]
        if self.s < 1 or self.d < 1 or sorted(set(self.inputs)) != self.inputs or len(self.inputs) < 2:
            raise ValueError("a task needs positive sizes, and two or more inputs, ascending")
        self.n = self.s * self.d
        self.rows: list[dict[int, Fraction]] = []
        if "reads" in described:
            for block, component, sign in described["reads"]:
                if not (1 <= block <= self.s and 0 <= component < self.d and sign in (-1, 1)):
                    raise ValueError(f"no such read: {[block, component, sign]}")
                self.rows.append({(block - 1) * self.d + component: Fraction(sign)})
        else:
            for row in described["matrix"]:
                if len(row) != self.n:
                    raise ValueError("a row of F has the wrong length")
                self.rows.append({j: Fraction(v) for j, v in enumerate(row) if Fraction(v)})
        if len(self.rows) != self.d:
            raise ValueError("F has the wrong number of rows")

    def write(self, memory: list[Fraction]) -> list[Fraction]:
        """F times the memory."""
        return [sum((v * memory[j] for j, v in row.items()), Fraction(0)) for row in self.rows]

    def pull(self, row: dict[int, Fraction]) -> dict[int, Fraction]:
        """A row vector times Φ."""
        spend(8)
        found: dict[int, Fraction] = {}
        for i, c in row.items():
            spend(1)
            for j, v in ({i + self.d: Fraction(1)} if i < self.n - self.d else self.rows[i - self.n + self.d]).items():
                found[j] = found.get(j, Fraction(0)) + c * v
                spend(cost(bits(found[j])))
        return {j: v for j, v in found.items() if v}

    def products(self) -> dict[tuple[int, int, int, int], Fraction]:
        """The non-zero entries (i, j, row, column) of the F_i F_j with j ≥ 2."""
        found: dict[tuple[int, int, int, int], Fraction] = {}
        for row, entries in enumerate(self.rows):
            for left, a in entries.items():
                for right, b in self.rows[left % self.d].items():
                    if right >= self.d:
                        key = (left // self.d + 1, right // self.d + 1, row, right % self.d)
                        found[key] = found.get(key, Fraction(0)) + a * b
                        spend(cost(bits(found[key])))
        return {key: value for key, value in found.items() if value}

    def targets(self, memory: list[Fraction], horizon: int) -> _Rows:
        """u(s+1), …, u(s+horizon) from u(1), …, u(s)."""
        out: _Rows = []
        for _ in range(horizon):
            spend((8 + self.n + sum(len(row) for row in self.rows)) * cost(max(map(bits, memory))))
            out.append(self.write(memory))
            memory = memory[self.d :] + out[-1]
        return out

    def ranks(self) -> tuple[int, int]:
        """rank O and rank(OΦ): the row space of F, closed under Φ."""
        basis: dict[int, dict[int, Fraction]] = {}
        waiting = [dict(row) for row in self.rows]
        while waiting:
            row = _remainder(waiting.pop(), basis)
            if row:
                basis[min(row)] = row
                waiting.append(self.pull(row))
        images: dict[int, dict[int, Fraction]] = {}
        for row in basis.values():
            image = _remainder(self.pull(row), images)
            if image:
                images[min(image)] = image
        return len(basis), len(images)


def _remainder(row: dict[int, Fraction], basis: dict[int, dict[int, Fraction]]) -> dict[int, Fraction]:
    row = dict(row)
    done: dict[int, Fraction] = {}
    while row:
        j = min(row)
        if j not in basis:
            done[j] = row.pop(j)
            continue
        factor = row[j] / basis[j][j]
        for k, v in basis[j].items():
            row[k] = row.get(k, Fraction(0)) - factor * v
            spend(cost(bits(row[k])))
            if not row[k]:
                del row[k]
    return done


def _rational_determinant(rows: _Rows) -> Fraction:
    """By elimination."""
    m, value = [list(row) for row in rows], Fraction(1)
    for k in range(len(m)):
        pivot = next((i for i in range(k, len(m)) if m[i][k]), None)
        if pivot is None:
            return Fraction(0)
        if pivot != k:
            m[k], m[pivot], value = m[pivot], m[k], -value
        value *= m[k][k]
        for i in range(k + 1, len(m)):
            spend(len(m) * cost(max(map(bits, m[k]))))
            factor = m[i][k] / m[k][k]
            if factor:
                m[i] = [a - factor * b for a, b in zip(m[i], m[k], strict=True)]
    return value


def characteristic_value(task: Task, x: int) -> Fraction:
    """det(x^s I − Σ x^{k−1} F_k) = det(xI − Φ): two polynomials of degree n that agree at n + 1 places are equal."""
    spend(task.d**2 + task.s * task.d // 8)
    rows = [[Fraction(x) ** task.s if i == j else Fraction(0) for j in range(task.d)] for i in range(task.d)]
    for i, row in enumerate(task.rows):
        for j, v in row.items():
            rows[i][j % task.d] -= v * x ** (j // task.d)
    return _rational_determinant(rows)


def cyclotomic_value(order: int, x: int) -> int:
    """Φ_order(x) for an integer x ≥ 2: the product of (x^(order/k) − 1)^μ(k) over the k that divide the order."""
    over, under = [order], list[int]()
    for p in _primes(order):
        over, under = [*over, *(m // p for m in under)], [*under, *(m // p for m in over)]
    length = sum(over) * x.bit_length()
    spend(1 + length * length // 2**22)
    return prod(x**m - 1 for m in over) // prod(x**m - 1 for m in under)


def _primes(number: int) -> list[int]:
    """The primes that divide it."""
    found, p = list[int](), 2
    while number > 1:
        spend(1)
        p = p if p * p <= number else number
        if number % p == 0:
            found.append(p)
            while number % p == 0:
                number //= p
        p += 1
    return found


def _circuit_errors(claims: dict[str, Any]) -> list[str]:
    """What is false in the claims of a circuit."""
    task = Task(claims["task"])
    wrong: list[str] = []
    spend(task.n + task.n**2 // 64)
    found = task.products()
    if claims["linearly_solvable"] is not (not found):
        wrong.append("linearly_solvable is false: F_i F_j ≠ 0 for " + str(next(iter(found), "no i and j ≥ 2")))
    found_one = claims["obstruction"]
    if (found_one is None) is not (not found):
        wrong.append("there must be an obstruction exactly if some F_i F_j, j ≥ 2, is not 0")
    elif found_one is not None:
        i, j, row, column, through = (found_one[key] for key in ("i", "j", "row", "column", "through"))
        if found.get((i, j, row, column)) != Fraction(found_one["value"]):
            wrong.append(f"the obstruction: (F_{i} F_{j})[{row}, {column}] is not {shown(found_one['value'], 60)}")
        elif not task.rows[row].get((i - 1) * task.d + through) or not task.rows[through].get(
            (j - 1) * task.d + column
        ):
            wrong.append(f"the obstruction does not go through component {through}")
    if found_one is not None and found_one["text"] != _obstruction_text(found_one):
        wrong.append("the text of the obstruction is not what its numbers say")
    for f in claims["factors"]:
        if not (1 <= f["cyclotomic"] <= 2 * task.n**2 + 2 if "cyclotomic" in f else _is_monic_up_to(f["coefficients"])):
            return [*wrong, f"no factor of a polynomial of degree {task.n}: {shown(f, 80)}"]
    if len({str(f.get("cyclotomic") or f["coefficients"]) for f in claims["factors"]}) < len(claims["factors"]):
        wrong.append("a factor stands there twice")
    degree = sum(_degree(f) * f["multiplicity"] for f in claims["factors"])
    if degree != task.n or any(f["multiplicity"] < 1 for f in claims["factors"]):
        wrong.append(f"the factors have degree {degree}, not n = {task.n}")
    elif any(_factors_value(claims["factors"], x) != characteristic_value(task, x) for x in range(2, task.n + 3)):
        wrong.append("the product of the factors is not the characteristic polynomial")
    scored, propagated = task.ranks()
    if claims["minimal_dimension"] != [scored, 2 * scored - propagated]:
        wrong.append(f"minimal_dimension is {[scored, 2 * scored - propagated]}, not {claims['minimal_dimension']}")
    return wrong


def _obstruction_text(told: dict[str, Any]) -> str:
    return (
        f"F_{told['i']} F_{told['j']} ≠ 0: output {told['row']} reads component {told['through']} of block {told['i']}, and output "
        f"{told['through']} in turn reads component {told['column']} of block {told['j']}: "
        f"the product's entry [{told['row']}, {told['column']}] is {told['value']}"
    )


def _is_monic_up_to(coefficients: list[str]) -> bool:
    """Whether these are the coefficients, without a common divisor, of a polynomial that is no constant."""
    found = [int(v) for v in coefficients if "/" not in v]
    return len(found) == len(coefficients) > 1 and found[-1] > 0 and gcd(*found) == 1


def _degree(factor: dict[str, Any]) -> int:
    if "coefficients" in factor:
        return len(factor["coefficients"]) - 1
    totient = factor["cyclotomic"]
    for p in _primes(totient):
        totient -= totient // p
    return totient


def _factors_value(factors: list[dict[str, Any]], x: int) -> Fraction:
    """The product at x, made monic."""
    value = Fraction(1)
    for f in factors:
        if "coefficients" in f:
            at_x = Fraction(0)
            for v in reversed(f["coefficients"]):
                at_x = at_x * x + int(v)
                spend(1 + bits(at_x) // 1024)
            at_x /= int(f["coefficients"][-1])
        else:
            at_x = Fraction(cyclotomic_value(f["cyclotomic"], x))
        if bits(at_x) * f["multiplicity"] > MOST_BITS:
            raise TooLargeError(f"too large to be checked here: a number of more than {MOST_BITS} bits")
        value *= at_x ** f["multiplicity"]
        spend(cost(bits(value)))
    return value


def _census(claim: dict[str, Any]) -> bool:
    """How many F over {−1, 0, 1} have F_i F_j = 0 for j ≥ 2; for each, R_1 F_j = … = R_s F_j = 0 must say the same."""
    s, d = claim["num_variables"], claim["dim"]
    if not (1 <= s <= 12 and 1 <= d <= 3):
        raise TooLargeError("too large to be checked here: too many tasks")
    spend(3 ** (d * d * s) * 20 * s)
    solvable = 0
    for entries in product((-1, 0, 1), repeat=d * d * s):
        table: list[list[int]] = [list(entries[i * d * s : (i + 1) * d * s]) for i in range(d)]
        blocks = [[row[k * d : (k + 1) * d] for row in table] for k in range(s)]
        by_products = not any(_dot(f, g) for f in blocks for g in blocks[1:])
        responses = [[[int(i == j) for j in range(d)] for i in range(d)]]
        for m in range(1, s + 1):
            lags = [(blocks[s - lag], responses[m - lag]) for lag in range(1, min(m, s) + 1)]
            sums = [[sum(f[i][k] * r[k][j] for f, r in lags for k in range(d)) for j in range(d)] for i in range(d)]
            responses.append(sums)
        if by_products is any(_dot(r, g) for r in responses[1:] for g in blocks[1:]):
            return False
        solvable += by_products
    return solvable == claim["solvable"]


def _modular_census(claim: dict[str, Any]) -> bool:
    """How many F over the residues modulo p have F_i F_j = 0 for j ≥ 2; for each, R_1 F_j = … = R_s F_j = 0 must say the same."""
    s, d, p = claim["num_variables"], claim["dim"], claim["p"]
    if not (1 <= s <= 12 and 1 <= d <= 3 and 2 <= p <= 1024):
        raise TooLargeError("too large to be checked here: too many tasks")
    spend(p ** (d * d * s) * 20 * s)
    solvable, one = 0, [[int(i == j) for j in range(d)] for i in range(d)]
    for entries in product(range(p), repeat=d * d * s):
        rows = [entries[i * d * s : (i + 1) * d * s] for i in range(d)]
        blocks = [[list(row[k * d : (k + 1) * d]) for row in rows] for k in range(s)]
        by_products = not any(_residues(f, g, p) for f in blocks for g in blocks[1:])
        responses = [one]
        for m in range(1, s + 1):
            parts = [_modular_product(blocks[s - lag], responses[m - lag], p) for lag in range(1, min(m, s) + 1)]
            responses.append([[sum(part[i][j] for part in parts) % p for j in range(d)] for i in range(d)])
        if by_products is any(_residues(r, g, p) for r in responses[1:] for g in blocks[1:]):
            return False
        solvable += by_products
    return solvable == claim["solvable"]


def _modular_product(a: list[list[int]], b: list[list[int]], p: int) -> list[list[int]]:
    return [[sum(x * y for x, y in zip(row, column, strict=True)) % p for column in zip(*b, strict=True)] for row in a]


def _residues(a: list[list[int]], b: list[list[int]], p: int) -> bool:
    return any(any(row) for row in _modular_product(a, b, p))


def _register(claim: dict[str, Any]) -> bool:
    """Every state modulo p is stepped and walked; classes are counted by what n + 1 steps show."""
    p, d, rows, constant = claim["p"], claim["dim"], claim["matrix"], claim["constant"]
    n = len(rows[0])
    if (
        not (2 <= p <= 2**16 and 1 <= n <= 16 and p**n <= 2**16)
        or len(rows) != d
        or len(constant) != d
        or any(len(row) != n for row in rows)
    ):
        raise ValueError("too many states, or a rule of another shape")
    after = {
        x: (
            *x[d:],
            *((sum(a * b for a, b in zip(row, x, strict=True)) + c) % p for row, c in zip(rows, constant, strict=True)),
        )
        for x in product(range(p), repeat=n)
    }
    images = [set(after)]
    while len(smaller := {after[x] for x in images[-1]}) < len(images[-1]):
        images.append(smaller)
    left, lengths = set(images[-1]), dict[int, int]()
    while left:
        x, length = next(iter(left)), 0
        while x in left:
            left.remove(x)
            x, length = after[x], length + 1
        lengths[length] = lengths.get(length, 0) + 1
    futures = set[tuple[int, ...]]()
    for x in after:
        future: tuple[int, ...] = ()
        for _ in range(n + 1):
            x = after[x]
            future += x[-d:]
        futures.add(future)
    told = (claim["cycles"], claim["images"], claim["classes"])
    return told == ([list(pair) for pair in sorted(lengths.items())], [len(image) for image in images], len(futures))


def _dot(a: list[list[int]], b: list[list[int]]) -> bool:
    return any(sum(x * b[k][j] for k, x in enumerate(row)) for row in a for j in range(len(b[0])))


def _sign_accuracy(claim: dict[str, Any]) -> bool:
    """The exact probabilities that the linear circuit has a sign right, and that it outputs 0, over inputs ±1."""
    task, horizon = Task(claim["task"]), claim["horizon"]
    read = [{task.n - task.d + c: Fraction(1)} for c in range(task.d)]
    ideal, right, zero, cases = [dict(row) for row in read], Fraction(0), Fraction(0), 0
    delayed = [[dict(row) for row in read]]  # E_sᵀ Φ^m, by m
    for _ in range(task.s + horizon):
        delayed.append([task.pull(row) for row in delayed[-1]])
    for tau in range(1, horizon + 1):
        ideal = [task.pull(row) for row in ideal]
        for c in range(task.d):
            seen = {
                (k - 1) * task.d + j: delayed[task.s + tau - k][c].get(task.n - task.d + j, Fraction(0))
                for k in range(1, task.s + 1)
                for j in range(task.d)
            }
            ((wanted, sign),) = ideal[c].items()
            spread = {
                sign * seen.pop(wanted): Fraction(1)
            }  # the output times the target, given the input that it should be
            for v in (v for v in seen.values() if v):
                spend(len(spread) * (2 + cost(bits(v))))
                spread = {
                    key: spread.get(key - v, Fraction(0)) / 2 + spread.get(key + v, Fraction(0)) / 2
                    for key in {old + e for old in spread for e in (v, -v)}
                }
            right += sum((p for value, p in spread.items() if value > 0), Fraction(0))
            zero += spread.get(Fraction(0), Fraction(0))
            cases += 1
    return (str(right / cases), str(zero / cases)) == (claim["right"], claim["zero"])


_SIGMA = {
    "identity": lambda z: z,
    "hard_tanh": lambda z: max(Fraction(-1), min(Fraction(1), z)),
    "relu": lambda z: max(Fraction(0), z),
}


def _run(claim: dict[str, Any]) -> bool:
    """Whether a network has the task's values, or signs with a margin, on all given inputs at the scored steps."""
    task = Task(claim["task"])
    net = read_network({"cell": "elman", **claim["network"]}, task.d, float64=False)
    if not 0 <= claim["horizon"] <= 1000:
        raise TooLargeError("too large to be checked here: more than 1000 scored steps")
    hh, uh, hy = ([list(row.items()) for row in rows] for rows in (net.recurrent, net.driven, net.read))
    weights = sum(len(row) for matrix in (hh, uh, hy) for row in matrix) + len(hh)
    sigma, margin = _SIGMA[net.cell], Fraction(claim["margin"])
    if claim["inputs"] == "corners" and task.n > 16:
        raise TooLargeError("too large to be checked here: more than 2^16 inputs")
    if claim["inputs"] == "corners":
        given: list[tuple[Fraction, ...]] = list(product((Fraction(-1), Fraction(1)), repeat=task.n))
    else:
        given = [tuple(Fraction(v) for v in row) for row in claim["inputs"]]
    if any(len(inputs) != task.n for inputs in given):
        raise ValueError(f"inputs have not {task.n} values")
    for inputs in given:
        h = [Fraction(0)] * len(hh)
        targets = task.targets(list(inputs), claim["horizon"])
        for t in range(task.s + claim["horizon"]):
            x = list(inputs[t * task.d : (t + 1) * task.d]) if t < task.s else [Fraction(0)] * task.d
            x += [Fraction(int(t < task.s))] if net.phase_input else []
            spend(weights * cost(max(map(bits, h), default=0)))
            h = [sigma(_at(a, h) + _at(b, x) + c) for a, b, c in zip(hh, uh, net.bias, strict=True)]
            if t >= task.s:
                y = [_at(row, h) + c for row, c in zip(hy, net.read_bias, strict=True)]
                pairs = zip(y, targets[t - task.s], strict=True)
                if claim["agree"] == "values" and any(a != b for a, b in pairs):
                    return False
                if claim["agree"] == "signs" and any(b and (a * b <= 0 or abs(a) < margin) for a, b in pairs):
                    return False
    return True


def _at(pairs: list[tuple[int, Fraction]], vector: list[Fraction]) -> Fraction:
    return sum((v * vector[j] for j, v in pairs), Fraction(0))


_CHECKS: dict[str, Any] = {
    "identity": _identity,
    "nonnegative": _nonnegative,
    "determinant": _determinant,
    "exponential": _exponential,
    "circuit": lambda claim: not _circuit_errors(claim),
    "census": _census,
    "register": _register,
    "modular census": _modular_census,
    "sign accuracy": _sign_accuracy,
    "run": _run,
}


def verify_file(path: str | Path, steps: int | None = None) -> str:
    """`verify` on the text of a file.

    Raises:
        BadCertificateError: if it cannot be read, is not a certificate, or was altered.
        FalseClaimError: if a claim is false.
    """
    try:
        found = Path(path).stat()
        if not stat.S_ISREG(found.st_mode) or found.st_size > LARGEST_FILE:
            raise BadCertificateError(f"cannot be read (no file of at most {LARGEST_FILE} bytes)")
        text = Path(path).read_bytes().decode()
    except (OSError, ValueError) as error:
        raise BadCertificateError(f"cannot be read ({getattr(error, 'strerror', None) or error})") from None
    return verify(text, steps)


def main(paths: list[str]) -> int:
    """Check the files; returns the exit code."""
    steps, code = None, 0
    if paths[:1] == ["--steps"] and re.fullmatch(r"[0-9]{1,15}", "".join(paths[1:2])):
        steps, paths = int(paths[1]), paths[2:]
    if not paths or paths[0].startswith("--"):
        print(
            f"usage: verify.py [--steps N] FILE …      N: how much work at most, {MOST_STEPS} if not said, {MOST_OF_ORBITS} for orbits",
            file=sys.stderr,
        )
        return 2
    for path in paths:
        try:
            print(f"{shown(path)}: {verify_file(path, steps)}")
        except FalseClaimError as error:
            print(f"{shown(path)}: FALSE: {error}", file=sys.stderr)
            code = max(code, 1)
        except BadCertificateError as error:
            print(f"{shown(path)}: refused: {error}", file=sys.stderr)
            code = 2
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
