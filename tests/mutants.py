"""Mutants of what decides: a seeded sample of small changes, each of which the module's own tests have to notice.

    make mutants                                          # installs cosmic-ray, which makes the changes; hours; goes on where it was interrupted
    python -m tests.mutants FILE --sample 400 --seed 0    # a line of FILE for each

A site is drawn uniformly, and of what cosmic-ray can do there one change: another operator or comparison, a number one more or less, `and` for
`or`, a loop that does not run, a decorator less. A mutant is run in a copy of the checkout by the doctests of its module and the tests that name
it, then by the tests of its folder, until one fails. What takes more than ten minutes of processor time is counted beside, as neither.
"""

from __future__ import annotations

import argparse
import difflib
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from emt_theory.evidence.resampling import clopper_pearson

ROOT = Path(__file__).parents[1]
SUBJECTS = ("exact", "circuits", "evidence", "analysis/criteria.py")
"""What is mutated, below emt_theory: exact code, circuits with what certifies them, what measures, what decides."""
NOT_COPIED = shutil.ignore_patterns(
    ".git", ".venv", ".floors", "__pycache__", "_build", ".pytest_cache", ".ruff_cache", "demo"
)
SECONDS = 600
"""Of processor time, for all tests of a mutant."""
KILLED, SURVIVED, SLOW = "killed", "survived", "slow"


class Site(NamedTuple):
    """A place where something can be changed.

    Attributes:
        module: its file, from the root.
        line: where it begins.
        column: where it begins.
        changes: what can be done there: names of operators of cosmic-ray, with the number of the occurrence.
    """

    module: str
    line: int
    column: int
    changes: tuple[tuple[str, int], ...]


def modules() -> list[Path]:
    """All files of the subjects."""
    found = (ROOT / "emt_theory" / name for name in SUBJECTS)
    return sorted(path for one in found for path in ([one] if one.is_file() else one.rglob("*.py")))


def sites(path: Path) -> list[Site]:
    """All places of a module, annotations left out: nothing evaluates them."""
    from cosmic_ray.ast import ast_nodes, get_ast
    from cosmic_ray.plugins import get_operator, operator_names

    nodes, found = (
        list(ast_nodes(get_ast(path.read_text(encoding="utf-8")))),
        dict[tuple[int, int], list[tuple[str, int]]](),
    )
    for name in operator_names():
        kind = get_operator(name)
        if kind.arguments():
            continue
        places = ((node, start) for node in nodes for start, _ in kind().mutation_positions(node))
        for occurrence, (node, start) in enumerate(places):
            if not is_annotation(node):
                found.setdefault(start, []).append((name, occurrence))
    module = str(path.relative_to(ROOT))
    return [Site(module, *start, tuple(changes)) for start, changes in sorted(found.items())]


def is_annotation(node: Any) -> bool:
    """Whether a node lies in the annotation of a variable, an argument or a result."""
    while (above := node.parent) is not None:
        if above.type == "tfpdef" or (above.type == "annassign" and node is above.children[1]):
            return True
        if above.type == "funcdef" and node is above.annotation:
            return True
        node = above
    return False


@cache
def tests() -> dict[Path, str]:
    """All files of tests, with their text."""
    return {path: path.read_text(encoding="utf-8") for path in sorted((ROOT / "tests").rglob("test_*.py"))}


def own_tests(module: str) -> Iterator[list[str]]:
    """The tests of a module: its doctests and the files that name it, then those of its folder."""
    dotted = module.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    folder = Path("tests", *Path(module).parts[1:-1])
    while not (ROOT / folder).is_dir():
        folder = folder.parent
    named = [str(f.relative_to(ROOT)) for f, text in tests().items() if dotted in text]
    alike = [
        str(f.relative_to(ROOT))
        for f in tests()
        if Path(module).stem.strip("_") in f.stem and f.is_relative_to(ROOT / folder)
    ]
    yield [module, *dict.fromkeys([*alike, *named])]
    yield [str(folder)]


def judge(copy: Path, site: Site, change: tuple[str, int]) -> dict[str, Any]:
    """What becomes of one mutant."""
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator

    path = copy / site.module
    original = path.read_text(encoding="utf-8")
    mutated = mutate_code(original, get_operator(change[0])(), change[1])
    if mutated is None:
        raise ValueError(f"{change} does nothing to {site}")
    before, after = original.splitlines(), mutated.splitlines()
    difference = [
        line
        for line in difflib.unified_diff(before, after, lineterm="", n=0)
        if line[:1] in "+-" and line[:3] not in ("+++", "---")
    ]
    path.write_text(mutated, encoding="utf-8")
    try:
        outcome = next((found for tests in own_tests(site.module) if (found := run(copy, tests)) != SURVIVED), SURVIVED)
    finally:
        path.write_text(original, encoding="utf-8")
    return {"module": site.module, "line": site.line, "change": change[0], "difference": difference, "outcome": outcome}


def run(copy: Path, tests: list[str]) -> str:
    """Whether tests notice: a failure, or an end by anything but the limit, kills."""
    limit = {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))}
    given = os.environ | {
        "PYTHONPATH": str(copy),
        "PYTHONDONTWRITEBYTECODE": "1",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-n", "0", "-p", "no:cacheprovider", *tests]
    done = subprocess.run(command, cwd=copy, env=given, capture_output=True, check=False, **limit)
    if done.returncode == 0 or done.returncode == 5:  # 5: there is no test
        return SURVIVED
    return SLOW if done.returncode < 0 else KILLED


def told(rows: list[dict[str, Any]]) -> str:
    """How many of a sample died, with the interval of the share."""
    counts = Counter(row["outcome"] for row in rows)
    decided = counts[KILLED] + counts[SURVIVED]
    low, high = clopper_pearson(counts[KILLED], decided) if decided else (0.0, 1.0)
    return f"{counts[KILLED]} of {decided} mutants are killed [{low:.3f}, {high:.3f}]; {counts[SLOW]} take too long"


def main() -> None:
    """Judge a sample, a line for each mutant as soon as it is judged."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--sample", type=int, default=400)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    everything = [site for path in modules() for site in sites(path)]
    drawn = [everything[k] for k in rng.permutation(len(everything))[: options.sample]]
    changes = [site.changes[rng.integers(len(site.changes))] for site in drawn]
    rows = (
        [json.loads(line) for line in options.file.read_text(encoding="utf-8").splitlines()]
        if options.file.exists()
        else []
    )
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(shutil.copytree(ROOT, Path(folder, "copy"), ignore=NOT_COPIED))
        for site, change in list(zip(drawn, changes, strict=True))[len(rows) :]:
            rows.append(judge(copy, site, change))
            with options.file.open("a", encoding="utf-8") as file:
                file.write(json.dumps(rows[-1], ensure_ascii=False) + "\n")
            print(f"{len(rows)} of {options.sample}: {rows[-1]['outcome']}, {site.module}:{site.line}", file=sys.stderr)
    for row in rows:
        if row["outcome"] != KILLED:
            print(f"{row['outcome']}: {row['module']}:{row['line']}", *row["difference"], sep="\n    ")
    print(told(rows))


if __name__ == "__main__":
    main()
