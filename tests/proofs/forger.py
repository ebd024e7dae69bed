"""A forger of certificates: it takes a true one, alters a field so that it still looks right, and seals it with a right hash.

What the verifier then accepts must be true after all. That is judged by code that shares nothing with it: claims of proofs and circuits by SymPy,
FLINT and `derive` (`proofs/claims.py`); networks by running them on all inputs, in exact arithmetic where σ allows it.

    python -m tests.proofs.forger --tries 10000 --seed 0
"""

import argparse
import copy
import itertools
import json
import random
import sys
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from emt_theory import derive
from emt_theory.circuits import Threshold, certify
from emt_theory.circuits.cells import compile_cell
from emt_theory.circuits.certify import _certificate, _network_from_json
from emt_theory.circuits.certifying.orbits import prove_orbits
from emt_theory.circuits.schemes import Damped, Gated, Saturating
from emt_theory.cli.prove import proofs
from emt_theory.errors import EMTError
from emt_theory.exact import Certificate
from emt_theory.networks import ElmanRNN, ExactRNN
from emt_theory.tasks import (
    LinearFilter,
    MachineTask,
    contains,
    fibonacci,
    from_dict,
    from_matrix,
    linear_filter,
    modular_sum,
    parse,
    repeat_copy,
    running_parity,
    selection,
)
from emt_theory.theorems import THEOREMS

ours, ledger, verify = map(proofs, ("claims", "ledger", "verify"))
NEGATED = selection("negated", 2, [(1, 0, -1)])
TWISTED = selection("twisted", 2, [(2, 1, -1), (1, 0, 1)])
HALVES = from_matrix([["1/2", "-1/2"]], dim=1)
NETWORKS = [
    (repeat_copy(2, 1), "linear"),
    (selection("unread", 2, [(1, 0, 1), (2, 0, 1)]), "linear"),
    (TWISTED, Damped(Fraction(1, 2))),
    (HALVES, Saturating()),
    (fibonacci(2, 1), Gated(form="pairs")),
    (HALVES, Gated(form="shifted")),
    (NEGATED, "tanh"),
    (TWISTED, "tanh"),
    (NEGATED, "gru"),
    (NEGATED, "lstm"),
    (parse("xor"), Threshold(gain=2)),
    (parse("xor"), "threshold-tanh"),
    (parse("xor"), "threshold-carry"),
    (modular_sum(3), "threshold"),
    (modular_sum(3, code="numbers"), "interpolating"),
    (linear_filter([1, "1/2"], ["-1/3"]), None),
    (running_parity(), "pairs"),
    (contains("010"), "code"),
]
LATCH = ElmanRNN([[8]], [[8]], [[1]], b_h=[-4], b_y=[-0.5], activation="sigmoid")
CIRCUITS = [fibonacci(2, 1), parse("T3"), HALVES, from_matrix([[1, 0, 2, 1], [0, 1, 0, 3]], dim=2)]
PROOFS = ["P05", "P07", "P07b", "P09", "P12", "P13", "P14", "P16", "P17", "P21"]
Path = tuple[Any, ...]


class Tally(NamedTuple):
    """How many forgeries of each kind were tried, and how many of those that were accepted are true; the false ones."""

    tried: Counter[str]
    harmless: Counter[str]
    false: list[tuple[str, Any]]


def genuine() -> list[Certificate]:
    """True certificates, of every kind and every claim."""
    made: list[Any] = [derive(task).certificate for task in CIRCUITS] + [ledger.load(id).certificate() for id in PROOFS]
    for task, scheme in NETWORKS:
        if scheme in ("gru", "lstm"):
            net = compile_cell(task, scheme)
        else:
            net = derive(task).compile() if scheme is None else derive(task).compile(scheme=scheme)
        made.append(certify(net, task).certificate)
    for net, task in (
        (LATCH, repeat_copy(1, 1)),
        (derive(parse("xor")).compile(scheme="threshold-tanh"), parse("xor")),
    ):
        twin = net.exact or ExactRNN.from_float(net)
        made.append(_certificate(prove_orbits(twin, task), twin, task, "rational twin" if net.exact else "float64"))
    return made


def run(number: int, seed: int = 0) -> Tally:
    """Forge so many certificates, and judge what is accepted."""
    chance, pool = random.Random(seed), genuine()
    tally = Tally(Counter(), Counter(), [])
    for k in range(number):
        certificate = pool[k % len(pool)]
        claims = forged(certificate, pool, chance)
        tally.tried[certificate.kind] += 1
        try:
            verify.verify(Certificate(certificate.kind, claims).to_json())
        except (verify.FalseClaimError, verify.BadCertificateError):
            continue
        if is_true(certificate.kind, claims):
            tally.harmless[certificate.kind] += 1
        else:
            tally.false.append((certificate.kind, claims))
    return tally


# ------------------------------------------------------------------ what a forger does


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    """The paths to everything in a JSON value."""
    if path:
        yield path
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield from places(value[key], (*path, key))


def at(value: Any, path: Path) -> Any:
    for key in path:
        value = value[key]
    return value


def forged(certificate: Certificate, pool: list[Certificate], chance: random.Random) -> dict[str, Any]:
    """The claims, one or two fields altered to something that could stand there."""
    claims = copy.deepcopy(certificate.claims)
    while claims == certificate.claims:
        for _ in range(chance.choice((1, 1, 1, 2))):
            path = field(claims, chance)
            holder, key = at(claims, path[:-1]), path[-1]
            kin = [c.claims for c in pool if c.kind == certificate.kind]
            holder[key] = other(holder[key], path, kin, chance)
            if isinstance(holder, list) and chance.random() < 0.1:
                holder.append(copy.deepcopy(chance.choice(holder))) if chance.random() < 0.5 else holder.pop(key)
    return claims


def field(claims: dict[str, Any], chance: random.Random) -> Path:
    """A field: first which claim, so that a long network does not get all the attention."""
    top = chance.choice(list(claims))
    return chance.choice([path for path in places(claims) if path[0] == top])


def other(value: Any, path: Path, kin: list[dict[str, Any]], chance: random.Random) -> Any:
    """Something else of the same type, from elsewhere in the same field or in a certificate of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + chance.choice((-2, -1, 1, 2, 5)) if chance.random() < 0.8 else -value
    if isinstance(value, str) and value.lstrip("-").replace("/", "", 1).isdigit():
        v = Fraction(value)
        return str(chance.choice((v + 1, v - 1, -v, v * 2, v / 2, v * Fraction(9, 8), v * Fraction(999, 1000))))
    found = [at(claims, path) for claims in kin if path in set(places(claims))]
    same = [one for one in found if type(one) is type(value) and one != value]
    if same and chance.random() < 0.6:
        return copy.deepcopy(chance.choice(same))
    if isinstance(value, str):
        words = ["x", "1", "0", "values", "signs", "symbols", "float64", "rational twin", "identity", "tanh", "relu"]
        return chance.choice([f"{value} + 1", f"-({value})", f"{value}*{value}", *words])
    if isinstance(value, list) and value:
        return copy.deepcopy(chance.sample(value, len(value)) if chance.random() < 0.5 else value[1:])
    return None if isinstance(value, dict) else value


# ------------------------------------------------------------------ what is true


def is_true(kind: str, claims: dict[str, Any]) -> bool:
    """Whether claims that were accepted are true, by other code."""
    try:
        if kind == "proof":
            return _is_true_proof(claims)
        if kind == "circuit":
            circuit = derive(from_dict(claims["task"])).certificate.claims
            return {**circuit, "factors": _set(circuit["factors"])} == {**claims, "factors": _set(claims["factors"])}
    except EMTError:
        return False
    return not contradicted(claims)


def _set(factors: list[Any]) -> list[str]:
    return sorted(map(str, factors))


def _is_true_proof(claims: dict[str, Any]) -> bool:
    theorem = THEOREMS[claims["id"]]
    stated = (theorem.title, theorem.statement, list(theorem.conditions))
    checked = [step["claim"] for step in claims["steps"] if "claim" in step]
    return (
        (claims["title"], claims["statement"], claims["conditions"]) == stated
        and all(map(ours.holds, checked))
        and not ours.holds(claims["saboteur"]["claim"])
    )


def contradicted(claims: dict[str, Any], horizon: int = 10) -> bool:
    """Whether a run on all inputs shows another output than is claimed, or a smaller one than the margin."""
    task, net = from_dict(claims["task"]), _network_from_json(claims["network"])
    if isinstance(task, LinearFilter | MachineTask):
        return _contradicted_at_every_step(task, net, claims["exact_for"])
    exact = not hasattr(net, "to_float")
    finite = "alphabet" in claims["task"]
    alphabet = range(task.alphabet.size) if finite else task.inputs
    given = np.array(list(itertools.product(alphabet, repeat=task.components)), dtype=int if finite else object)
    given = given.reshape(len(given), task.num_variables, task.dim)
    targets = task.targets(given, horizon)
    shown = task.alphabet.encode(given) if finite else given
    if not exact and net.is_piecewise_affine:
        outputs = net.run(shown.astype(object), task.num_variables + horizon).outputs
    else:
        outputs = (net if exact else net.to_float()).run(shown.astype(float), task.num_variables + horizon).outputs
    outputs = outputs[:, task.num_variables :]
    wanted = task.alphabet.encode(targets) if finite else targets
    if claims["exact_for"] == "values":
        return bool((outputs != wanted).any())
    margin = Fraction(claims["margin"] or 0)
    wrong = (outputs * wanted <= 0) | (
        abs(outputs) < (float(margin) * (1 - 1e-12) if outputs.dtype == float else margin)
    )
    return bool(wrong.any())


def _contradicted_at_every_step(task: LinearFilter | MachineTask, net: ExactRNN, exact_for: str) -> bool:
    """The same of a task with an input at every step, on words drawn at random."""
    episodes = task.sample(64, 24, 0)
    outputs = net.to_float().run(episodes.inputs).outputs
    if exact_for == "values":
        return bool((abs(outputs - episodes.targets) > 1e-9 * (1 + abs(episodes.targets))).any())
    return bool(task.accuracy(outputs, episodes).accuracy < 1)


def main(arguments: list[str]) -> int:
    """Forge `--tries` certificates from `--seed`; the exit code is 1 if something false is accepted."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--tries", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args(arguments)
    tally = run(chosen.tries, chosen.seed)
    for kind, tried in sorted(tally.tried.items()):
        print(f"{kind}: {tried} forged, {tally.harmless[kind]} of them accepted and true")
    print(f"false and accepted: {len(tally.false)}")
    for kind, claims in tally.false[:5]:
        print(kind, json.dumps(claims)[:2000])
    return 1 if tally.false else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
