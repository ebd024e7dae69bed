"""Mutants of what decides: a seeded sample of small changes, each of which the tests that execute it have to notice.

    make mutants                                          # installs cosmic-ray, which makes the changes, and coverage; goes on where it was
    python -m tests.mutants FILE --sample 400 --seed 0    # a row of FILE for each

A site is drawn uniformly, and of what cosmic-ray can do there one change: another operator or comparison, a number one more or less, `and` for
`or`, a loop that does not run, a decorator less. What each fast test of `TESTED` executes is measured once, and kept beside FILE. A change
in a function is judged by the tests that execute its statement, up to `SECONDS` of them, those first of which the largest share is in its module,
since they are about it; one in what runs on import by those that execute its module (or, if none does, its folder), which is run again for
that. A test that takes five times as long as without the change is counted beside, as neither, and so is what is no Python.

`mutants_explained.toml` says of those that survive why nothing is lost; what is not there is open.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from emt_theory.evidence.resampling import clopper_pearson
from tests.noticing import KILLED, NONE, SLOW, SURVIVED, Forking, exchange

ROOT = Path(__file__).parents[1]
SUBJECTS = ("exact", "circuits", "evidence", "analysis/criteria.py")
"""What is mutated, below emt_theory: exact code, circuits with what certifies them, what measures, what decides."""
TESTED = (
    *(f"emt_theory/{folder}" for folder in ("exact", "circuits", "evidence", "analysis")),
    *(f"tests/{folder}" for folder in ("exact", "circuits", "evidence", "analysis", "laws")),
)
"""Whose fast tests and doctests have to notice."""
NOT_COPIED = shutil.ignore_patterns(
    ".git", ".venv", ".floors", "__pycache__", "_build", ".pytest_cache", ".ruff_cache", "demo"
)
SECONDS = 30
"""Of processor time, that the tests of a mutant take together, as measured."""


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


class Measured(NamedTuple):
    """What a test executes of the subjects, and how long it takes: itself, and what it shares with others of its file."""

    name: str
    seconds: float
    shared: float
    lines: dict[str, set[int]]

    @property
    def file(self) -> str:
        """Where it stands."""
        return self.name.partition("::")[0]


def covered(file: Path) -> list[Measured]:
    """All tests that were measured: first those that execute least, which are about it."""
    rows = (json.loads(line) for line in file.read_text(encoding="utf-8").splitlines())
    tests = [
        Measured(row["test"], row["seconds"], row["shared"], {name: set(lines) for name, lines in row["lines"].items()})
        for row in rows
    ]
    return sorted(tests, key=lambda test: (sum(map(len, test.lines.values())), test.name))


def statement(source: str, line: int) -> set[int]:
    """The lines of the innermost statement at a line, without those of its body."""
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.stmt | ast.ExceptHandler)]
    heads = [(node.lineno, node.body[0].lineno - 1 if hasattr(node, "body") else node.end_lineno) for node in nodes]
    first, last = max(((a, b) for a, b in heads if a <= line <= b), default=(line, line))
    return set(range(first, last + 1))


def chosen(tests: list[Measured], where: str, lines: set[int] | None = None) -> dict[str, float]:
    """The tests that execute one of the lines of a module, or anything of a module or a folder, as many as there is time for; files one by one.

    Those come first that are most about it: of what they execute the largest share lies there.
    """
    inside = [
        (test, [executed for module, executed in test.lines.items() if module.startswith(where)]) for test in tests
    ]
    candidates = [(test, part) for test, part in inside if any(lines is None or lines & one for one in part)]
    shares = {test.name: sum(map(len, part)) / sum(map(len, test.lines.values())) for test, part in candidates}
    found, seconds = dict[str, dict[str, float]](), 0.0
    for test, _ in sorted(candidates, key=lambda one: -shares[one[0].name]):
        takes = test.seconds + test.shared * (test.file not in found)
        if found and seconds + takes > SECONDS:
            continue
        seconds += takes
        found.setdefault(test.file, {})[test.name] = test.seconds + test.shared
    return {name: limit for file in found.values() for name, limit in file.items()}


class Mutant(NamedTuple):
    """One change, and what the module is with and without it."""

    site: Site
    change: str
    before: str
    after: str

    @property
    def difference(self) -> list[str]:
        """The lines that go and the lines that come."""
        lines = difflib.unified_diff(self.before.splitlines(), self.after.splitlines(), lineterm="", n=0)
        return [line for line in lines if line[:1] in "+-" and line[:3] not in ("+++", "---")]


def mutant(site: Site, change: tuple[str, int]) -> Mutant:
    """What cosmic-ray makes of a module."""
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator

    before = (ROOT / site.module).read_text(encoding="utf-8")
    after = mutate_code(before, get_operator(change[0])(), change[1])
    if after is None:
        raise ValueError(f"{change} does nothing to {site}")
    return Mutant(site, change[0], before, after)


def judge(forking: Forking, one: Mutant, tests: list[Measured]) -> dict[str, Any]:
    """What becomes of a mutant, as a row."""
    path, module = ROOT / one.site.module, one.site.module
    row = {"module": module, "line": one.site.line, "change": one.change, "difference": one.difference}
    try:
        before, after = (compile(text, str(path), "exec", dont_inherit=True) for text in (one.before, one.after))
    except SyntaxError:
        return row | {"outcome": NONE, "by": "", "tests": 0}
    if before == after:
        return row | {"outcome": SURVIVED, "by": "", "tests": 0}
    using, found = chosen(tests, module, statement(one.before, one.site.line)), None
    if using and (codes := exchange(before, after)) and (change := forking.exchanging(codes)):
        found = forking.outcome(change, lambda: None, using)
    if found is None:
        using = chosen(tests, module) or chosen(tests, str(Path(module).parent))
        name = module.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        found = forking.outcome(forking.renewing(name, after), forking.renewing(name, before), using)
    outcome, by = found or imported(path, one, list(using))
    return row | {"outcome": outcome, "by": by, "tests": len(using)}


def imported(path: Path, one: Mutant, tests: list[str]) -> tuple[str, str]:
    """What becomes of a mutant that has to be imported: in a Python of its own, in this copy of the checkout."""
    if not tests:
        return SURVIVED, ""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-n", "0", "-p", "no:cacheprovider", *tests]
    path.write_text(one.after, encoding="utf-8")
    os.utime(path, (0, 0))  # what is compiled of it lies beside it, and is of another time
    try:
        done = subprocess.run(
            command,
            env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            check=False,
            timeout=20 * SECONDS,
        )
    except subprocess.TimeoutExpired:
        return SLOW, ""
    finally:
        path.write_text(one.before, encoding="utf-8")
    return SURVIVED if done.returncode == 0 else KILLED, ""


def drawn(sample: int, seed: int) -> Iterator[Mutant]:
    """The sample."""
    rng = np.random.default_rng(seed)
    everything = [site for path in modules() for site in sites(path)]
    picked = [everything[k] for k in rng.permutation(len(everything))[:sample]]
    yield from (mutant(site, site.changes[rng.integers(len(site.changes))]) for site in picked)


def checksum() -> str:
    """Of what is mutated."""
    return hashlib.sha256(b"".join(path.read_bytes() for path in modules())).hexdigest()[:12]


def read(file: Path) -> list[dict[str, Any]]:
    """Rows, as far as they were written."""
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()] if file.exists() else []


EXPLAINED = Path(__file__).with_name("mutants_explained.toml")
KINDS = {
    "same": "the same values come out, by the same way or another",
    "size": "a size or a tolerance without a decision in it is another",
    "text": "what is drawn or printed looks a little otherwise",
    "elsewhere": "a fast test of another folder notices",
}
"""Why a mutant may survive."""


def explained() -> dict[tuple[str, str, str], str]:
    """The kind of each mutant that may survive, by its module, what goes and what comes."""
    rows = tomllib.loads(EXPLAINED.read_text(encoding="utf-8"))["mutant"]
    return {(row["module"], row["before"], row["after"]): row["kind"] for row in rows}


def key(row: dict[str, Any]) -> tuple[str, str, str]:
    """How `explained` names a mutant."""
    before, after = ("\n".join(k[1:].strip() for k in row["difference"] if k[0] == sign) for sign in "-+")
    return row["module"], before, after


def told(rows: list[dict[str, Any]]) -> str:
    """How many of a sample died, with the interval of the share, and what is said of the others."""
    counts = Counter(row["outcome"] for row in rows)
    decided = counts[KILLED] + counts[SURVIVED]
    low, high = clopper_pearson(counts[KILLED], decided)
    kinds = Counter(explained().get(key(row), "open") for row in rows if row["outcome"] == SURVIVED)
    others = ", ".join(f"{kinds[kind]} {kind}" for kind in (*KINDS, "open"))
    return (
        f"{counts[KILLED]} of {decided} mutants are killed [{low:.3f}, {high:.3f}]; {counts[SURVIVED]} survive: {others}; "
        f"{counts[SLOW]} take too long, {counts[NONE]} are no Python"
    )


def cover(file: Path) -> None:
    """Measure what each test executes, unless it is known."""
    if file.exists():
        return
    unfinished = file.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    subjects = ":".join(f"emt_theory/{name}{'' if name.endswith('.py') else '/*'}" for name in SUBJECTS)
    given = os.environ | {"SUBJECTS": subjects, "COVERED": str(unfinished)}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.noticing", "-p", "no:cacheprovider", *TESTED]
    subprocess.run(command, env=given, check=False)  # a test that fails here is not used
    unfinished.rename(file)


def go_on(file: Path, sample: int, seed: int) -> None:
    """Judge what is left of a sample, in a copy of the checkout: a row for each mutant as soon as it is judged."""
    sources, rows = checksum(), read(file)
    if any(row["sources"] != sources for row in rows):
        raise SystemExit(f"{file} has mutants of other sources: move it away, or name another file")
    cover(map_of := file.with_suffix(f".{sources}.jsonl"))
    tests = covered(map_of)

    def act(forking: Forking) -> None:
        for k, one in enumerate(drawn(sample, seed)):
            if k < len(rows):
                continue
            row = judge(forking, one, tests) | {"sources": sources}
            with file.open("a", encoding="utf-8") as out:
                out.write(json.dumps(row, ensure_ascii=False) + "\n")
            print(f"{k + 1} of {sample}: {row['outcome']}, {one.site.module}:{one.site.line}", file=sys.stderr)

    files = sorted({test.file for test in tests})
    quiet = ["-q", "-s", "-n", "0", "-p", "no:cacheprovider"]
    if len(rows) < sample:
        raise SystemExit(pytest.main([*quiet, *files], plugins=[Forking(act)]))


def main() -> None:
    """Judge a sample, and tell what survived."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--sample", type=int, default=400)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--here", action="store_true", help="in this folder, which is a copy")
    options = parser.parse_args()
    if options.here:
        go_on(options.file, options.sample, options.seed)
        return
    with tempfile.TemporaryDirectory() as folder:
        copy = shutil.copytree(ROOT, Path(folder, "copy"), ignore=NOT_COPIED)
        command = [sys.executable, "-m", "tests.mutants", options.file.resolve(), "--here"]
        numbers = ["--sample", str(options.sample), "--seed", str(options.seed)]
        given = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        one_core = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        subprocess.run([*command, *numbers], cwd=copy, env=given | one_core | {"PYTHONPATH": str(copy)}, check=True)
    rows = read(options.file)
    for row in rows:
        if row["outcome"] != KILLED and key(row) not in explained():
            print(f"{row['outcome']}: {row['module']}:{row['line']}", *row["difference"], sep="\n    ")
    print(told(rows))


if __name__ == "__main__":
    main()
