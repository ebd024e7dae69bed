"""Which tests notice a change: what each test executes, and a fork of one pytest for each mutant.

A mutant that differs from its original in the code of functions needs no import: one pytest collects all tests, and for each mutant it forks.
The fork exchanges that code in all functions that have it, and runs the tests it is given until one fails.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from inspect import CO_OPTIMIZED
from pathlib import Path
from tempfile import TemporaryFile
from types import CodeType, FunctionType
from typing import IO, Any

import pytest

MEMORY = 2**33
"""Bytes that the tests of a mutant may ask for."""
KILLED, SURVIVED, SLOW, NONE = "killed", "survived", "slow", "no program"

Lines = set[tuple[str, int]]
"""A module, from the root, and a line of it."""


class Covering:
    """A plugin that writes a row for each test that passes: what it executes of the subjects, and how long it takes.

    What a fixture of a module or of the session executes belongs to every test that uses it; how long that takes is told apart.
    """

    def __init__(self, file: Path, root: Path, subjects: list[str]) -> None:
        self.file, self.root, self.subjects = file, root, subjects
        self.fixtures: dict[Any, tuple[float, Lines]] = {}

    @contextmanager
    def executing(self) -> Iterator[Lines]:
        """A set that holds, afterwards, what was executed meanwhile."""
        from coverage import Coverage

        cover = Coverage(data_file=None, config_file=False, include=self.subjects)
        cover.set_option("run:disable_warnings", ["no-data-collected", "module-not-measured", "already-imported"])
        lines: Lines = set()
        cover.start()
        try:
            yield lines
        finally:
            cover.stop()
            data = cover.get_data()
            for file in data.measured_files():
                name = str(Path(file).relative_to(self.root))
                lines.update((name, line) for line in data.lines(file) or ())

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: Any) -> Iterator[None]:
        """Write down what a test did, if it passed."""
        failed, began = item.session.testsfailed, processor_time()
        self.made = set[Any]()
        with self.executing() as lines:
            result = yield
        seconds, shared = processor_time() - began, 0.0
        for definitions in item._fixtureinfo.name2fixturedefs.values() if hasattr(item, "_fixtureinfo") else ():
            took, executed = self.fixtures.get(definitions[-1], (0.0, set()))
            lines |= executed
            shared += took * (definitions[-1].scope != "function")
            seconds -= took * (definitions[-1].scope != "function" and definitions[-1] in self.made)
        if lines and item.session.testsfailed == failed:
            by_module = {module: sorted(k for name, k in lines if name == module) for module, _ in sorted(lines)}
            times = {"seconds": round(seconds, 3), "shared": round(shared, 3)}
            row = json.dumps({"test": item.nodeid, **times, "lines": by_module}) + "\n"
            with self.file.open("ab", buffering=0) as file:  # in one piece: other processes write, too
                file.write(row.encode())
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any) -> Iterator[None]:
        """Keep what a fixture executes, and how long it takes."""
        began = processor_time()
        with self.executing() as lines:
            result = yield
        self.made.add(fixturedef)
        self.fixtures[fixturedef] = processor_time() - began, lines
        return result


def processor_time() -> float:
    """Seconds, of this process and of those that it has waited for."""
    return sum(os.times()[:4])


def pytest_configure(config: pytest.Config) -> None:
    """As `pytest -p tests.noticing`, with `COVERED` the file to write and `SUBJECTS` what is looked at."""
    root = config.rootpath
    subjects = [str(root / name) for name in os.environ["SUBJECTS"].split(":")]
    config.pluginmanager.register(Covering(Path(os.environ["COVERED"]), root, subjects))


def exchange(before: CodeType, after: CodeType) -> dict[CodeType, CodeType] | None:
    """The code of functions and what it becomes; None where what runs on import changes, or which variables a function closes over."""
    if before == after:
        return {}
    inner, changed = ([c for c in one.co_consts if isinstance(c, CodeType)] for one in (before, after))
    paired = [one.co_qualname for one in inner] == [one.co_qualname for one in changed]
    if before.co_flags & CO_OPTIMIZED:
        if before.co_freevars != after.co_freevars:
            return None
        found = {before: after}
        for one, other in zip(inner, changed, strict=True) if paired else ():
            found |= exchange(one, other) or {}
        return found
    own, other = (
        one.replace(co_consts=tuple(c for c in one.co_consts if c not in codes))
        for one, codes in ((before, inner), (after, changed))
    )
    if not paired or own != other:
        return None
    found = {}
    for one, other in zip(inner, changed, strict=True):
        below = exchange(one, other)
        if below is None or (below and one.co_name in COMPREHENSIONS):
            return None
        found |= below
    return found


COMPREHENSIONS = {"<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>"}
"""Functions that run where they stand."""


Change = Callable[[], None]


class Forking:
    """A plugin that does `act` where the tests would run: `act` is given this, and asks for outcomes."""

    def __init__(self, act: Callable[[Forking], None]) -> None:
        self.act = act

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Look at what was collected, and act."""
        self.session, self.items = session, {item.nodeid: item for item in session.items}
        self.functions: dict[CodeType, list[FunctionType]] = {}
        for one in gc.get_objects():
            if isinstance(one, FunctionType) and str(one.__module__).startswith("emt_theory"):
                self.functions.setdefault(one.__code__, []).append(one)
        gc.freeze()  # what a fork does not look at need not be copied for it
        self.act(self)
        return True

    def exchanging(self, codes: dict[CodeType, CodeType]) -> Change | None:
        """Gives functions another code; None where no function has the code that there was."""

        def change() -> None:
            for before, after in codes.items():
                for function in self.functions.get(before, ()):
                    function.__code__ = after

        return change if any(code in self.functions for code in codes) else None

    def renewing(self, name: str, code: CodeType) -> Change:
        """Runs a module again, and puts what comes of it wherever what there was is known by name."""

        def change() -> None:
            module = vars(sys.modules[name])
            old = dict(module)
            exec(code, module)
            new = {key: (value, module[key]) for key, value in old.items() if module[key] is not value}
            made = {id(one): other for one, other in new.values() if isinstance(one, type | FunctionType)}
            spaces = [vars(one) for key, one in sys.modules.items() if key.startswith(("emt_theory", "tests"))]
            spaces += [item.dtest.globs for item in self.items.values() if hasattr(item, "dtest")]
            for space in spaces:
                for key, value in list(space.items()):
                    if id(value) in made:
                        space[key] = made[id(value)]
                    elif key[0] != "_" and key in new and value is new[key][0]:
                        space[key] = new[key][1]

        return change

    def outcome(self, change: Change, control: Change, tests: dict[str, float]) -> tuple[str, str] | None:
        """What becomes of a mutant, and by which test; None where no test stands the control.

        Args:
            change: makes the mutant, in a fork.
            control: does the same with the original. Of a test that fails then, too, nothing is learned, and those behind it are run.
            tests: the seconds that each takes, in the order in which they are run.
        """
        left = {name: seconds for name, seconds in tests.items() if name in self.items}
        stood, by = 0, ""
        while left:
            found, by = self.forked(change, left)
            if found != KILLED or self.forked(control, {by: left[by]} if by else {})[0] == SURVIVED:
                return found, by
            if not by:
                return None
            before = list(left).index(by)
            stood, left = stood + before, dict(list(left.items())[before + 1 :])
        return (SURVIVED, by) if stood else None

    def forked(self, change: Change, tests: dict[str, float]) -> tuple[str, str]:
        """What becomes of tests in a fork, and the last of them that ran."""
        with TemporaryFile() as last:
            child = os.fork()
            if child == 0:
                try:
                    self.child(change, tests, last)
                finally:
                    os._exit(2)
            code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            last.seek(0)
            ran = last.read().decode()
        return {0: SURVIVED, -signal.SIGPROF: SLOW, -signal.SIGALRM: SLOW}.get(code, KILLED), ran

    def child(self, change: Change, tests: dict[str, float], last: IO[bytes]) -> None:
        """Run tests, each within a limit, and end with the first that fails. Which one runs is written down before it does."""
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        for standard in (1, 2):
            os.dup2(os.open(os.devnull, os.O_WRONLY), standard)
        change()
        for name, following in zip(tests, [*list(tests)[1:], None], strict=True):
            last.seek(0)
            last.truncate()
            last.write(name.encode())
            last.flush()
            signal.setitimer(
                signal.ITIMER_PROF, 5 + 5 * tests[name]
            )  # of processor time: what it takes is what it took
            signal.alarm(round(1800 + 60 * tests[name]))
            item = self.items[name]
            item.ihook.pytest_runtest_protocol(item=item, nextitem=following and self.items[following])
            if self.session.testsfailed:
                os._exit(1)
        os._exit(0)
