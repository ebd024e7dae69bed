"""Many random rules, from table to proof: `auto` compiles or refuses with the number, the network runs right, and certificates hold.

    python -m tests.circuits.finite.population FILE --tasks 2000 --structured 200 --saboteurs 500 --seconds 3600

Each case is made from its own seed and is one line of FILE; what is there already is not run again. The last line
printed is the count of each outcome.
"""

import argparse
import json
import re
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np

from emt_theory import derive, tasks
from emt_theory.circuits import certify
from emt_theory.cli.prove import proofs
from emt_theory.errors import SchemeNotAllowed
from emt_theory.tasks import FiniteTask, LocalRule, from_rule

verify = proofs("verify")
CODES = {2: ("signs", "onehot", "numbers"), **dict.fromkeys((3, 4, 5), ("onehot", "thermometer", "numbers"))}


def random_task(seed: int) -> FiniteTask:
    """q ≤ 5, outputs that read k symbols with q^k ≤ 128, uniform tables."""
    rng = np.random.default_rng(seed)
    q, s, d = (int(rng.integers(low, high)) for low, high in ((2, 6), (1, 5), (1, 3)))
    most = next(k for k in range(8, 0, -1) if q**k <= 128)
    alphabet = tasks.Alphabet(q, CODES[q][rng.integers(3)])
    rules = []
    for _ in range(d):
        k = int(rng.integers(0, min(most, s * d) + 1))
        reads = tuple(rng.choice(s * d, size=k, replace=False).tolist())
        rules.append(LocalRule(reads, rng.integers(q, size=(q,) * k)))
    return FiniteTask("random", s, d, alphabet, tuple(rules))


def structured_task(seed: int) -> FiniteTask:
    """Affine rules, maxima, multiplexers and arithmetic modulo q, up to 16 symbols of memory."""
    rng = np.random.default_rng(10**6 + seed)
    q, kind = int(rng.integers(2, 6)), seed % 4
    code = CODES[q][rng.integers(3)]
    d = int(rng.integers(1, 4))
    s = int(rng.integers(2, 16 // d + 1))
    lags = sorted({1 + int(v) for v in rng.integers(s, size=3)})
    a, b = (int(v) for v in rng.integers(1, q, size=2)) if q > 2 else (1, 1)

    def rule(u):
        if kind == 0:
            return [(a * sum(u[lag][(c + lag) % d] for lag in lags) + b) % q for c in range(d)]
        if kind == 1:
            return [tasks.where(u[lags[0]][c] > u[lags[-1]][c], u[lags[0]][c], u[lags[-1]][c]) for c in range(d)]
        if kind == 2:
            return [tasks.where(u[lags[0]][c] == 0, u[lags[-1]][c], u[s][(c + 1) % d]) for c in range(d)]
        return [(u[lags[0]][c] * u[lags[-1]][(c + 1) % d] + a * u[s][c]) % q for c in range(d)]

    return from_rule(rule, s, d, alphabet=q, code=code)


def inputs_of(task: FiniteTask, seed: int, most: int = 500):
    q, n = task.alphabet.size, task.components
    some = np.random.default_rng(seed).integers(q, size=(most, n))
    symbols = np.indices((q,) * n).reshape(n, -1).T if task.states <= most else some
    return symbols.reshape(-1, task.num_variables, task.dim)


def is_right(net, task, seed, steps=300):
    """Whether every scored symbol is right on all inputs, or on 500."""
    symbols = inputs_of(task, seed)
    outputs = net.run(task.alphabet.encode(symbols).astype(float), task.num_variables + steps).outputs
    return bool((task.alphabet.decode(outputs[:, task.num_variables :]) == task.targets(symbols, steps)).all())


def judged(task: FiniteTask, seed: int) -> str:
    """What came of one case: "proved", "refused: N units", or what went wrong."""
    try:
        net = derive(task).compile()
    except SchemeNotAllowed as error:
        found = re.search(r"it takes (\d+) units or more; at most 2000", str(error))
        return f"refused: {found.group(1)} units" if found and int(found.group(1)) > 2000 else f"wrong refusal: {error}"
    found = certify(net, task)
    if not found:
        return f"not proved: {found}"
    if not verify.verify(found.certificate.to_json()).startswith(found.kind):
        return "verify.py disagrees"
    rounded = "up to rounding" in net.metadata["why"]  # numbers whose slopes float64 does not have
    right = is_right(net, task, seed) if not rounded else is_right(net, task, seed, steps=2)
    return "proved" if right else "wrong symbols"


def sabotaged(seed: int) -> str:
    """One other entry in a compiled network: "refuted", "harmless", or "proved and wrong"."""
    rng = np.random.default_rng(2 * 10**6 + seed)
    task = random_task(int(rng.integers(10**6)))
    try:
        net = derive(task).compile()
    except SchemeNotAllowed:
        return "refused"
    names = [name for name in ("W_hh", "W_uh", "W_hy", "b_h") if getattr(net, name) is not None]
    name = names[rng.integers(len(names))]
    array = getattr(net, name).copy()
    place = tuple(int(rng.integers(n)) for n in array.shape)
    array[place] += (
        rng.choice((-4, -2, -1, -0.5, 0.5, 1, 2, 4)) if rng.random() < 0.7 or not array[place] else -array[place]
    )
    changed = replace(net, exact=None, **{name: array})
    found = certify(changed, task)
    if not found:
        return "refuted"
    verify.verify(found.certificate.to_json())
    return "harmless" if is_right(changed, task, seed, steps=60) else "proved and wrong"


CASES = {
    "random": lambda seed: judged(random_task(seed), seed),
    "structured": lambda seed: judged(structured_task(seed), seed),
    "saboteur": sabotaged,
}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("file", type=Path)
    for name, count in (("tasks", 2000), ("structured", 200), ("saboteurs", 500), ("seconds", 3600)):
        parser.add_argument(f"--{name}", type=int, default=count)
    given = parser.parse_args()
    counts = {"random": given.tasks, "structured": given.structured, "saboteur": given.saboteurs}
    lines = given.file.read_text().splitlines() if given.file.exists() else []
    done = {(kind, seed): outcome for kind, seed, outcome in map(json.loads, lines)}
    started, widest = time.monotonic(), max(counts.values())
    with given.file.open("a") as out:
        for seed in range(widest):
            for kind, count in counts.items():
                if seed < count and (kind, seed) not in done and time.monotonic() - started < given.seconds:
                    done[kind, seed] = CASES[kind](seed)
                    out.write(json.dumps([kind, seed, done[kind, seed]]) + "\n")
                    out.flush()
    print(Counter((kind, outcome.partition(":")[0]) for (kind, _), outcome in done.items()))  # noqa: T201


if __name__ == "__main__":
    main()
