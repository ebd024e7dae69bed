"""Calls of the command line, drawn from the grammar of its own options, and what is right about the answer to any of them.

    python -m tests.fuzz.calls --calls 9500 --processes 500 --seed 0 --start 0

A command is drawn, for each argument and some of the options a value that fits or one that does not, now and then a word that belongs to nobody. What
a command would do for minutes is cut short by `SHORT`. Every call is a function of the seed and its number: `--start` goes on behind
those that were tried.
"""

import argparse
import contextlib
import hashlib
import io
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any
from unittest import mock

import typer

from emt_theory import derive
from emt_theory.cli.app import app
from emt_theory.cli.main import main
from emt_theory.networks import save
from emt_theory.tasks import fibonacci, repeat_copy

MOST_SECONDS = 10.0
ODD = ["", "x", "-1", "0", "1e9", "nan", "9" * 30, "1.5", "２", "\x1b[2J", "a b", "[1]", "--json", "../none", "é" * 300]
NUMBERS = ["1", "2", "3"]
TASKS = [
    *["T1", "T3", "fibonacci", "xor", "modular-sum", "task.toml", "delayed-copy:lag=2"] * 2,
    *("repeat-copy", "compose-copy", "paper:1,0,0", "none.toml"),
]
FILES = [
    *["small.npz", "small.safetensors"] * 3,
    *("broken.npz", "task.toml", "certificate.json", "notes.txt", "none.npz", "full", "pipe"),
]
TARGETS = ["new", "new.npz", "new.json", "new.toml", "new.png", "small.npz", "full", "notes.txt", "none/new.npz", "run"]
VALUES: dict[str, list[str]] = {
    "task": TASKS,
    "output": TARGETS,
    "plot": TARGETS,
    "latex": TARGETS,
    "save": TARGETS,
    "store": ["runs", "full", "notes.txt"],
    "file": FILES,
    "certificate": FILES,
    "config": ["task.toml", "none.toml", "full", "notes.txt", "pipe"],
    "scheme": ["auto", "linear", "damped", "saturating", "tanh", "gated", "threshold", "interpolating"],
    "basis": ["identity", "orthogonal", "oblique"],
    "protocol": ["paper", "fast", "task.toml"],
    "backend": ["numpy"],
    "activation": ["tanh", "relu", "identity", "hard_tanh", "sigmoid"],
    "cell": ["elman", "gru", "lstm"],
    "names": ["W_hh=W_hh.T", "W_hh=a[:, :2]", "=", "W_hh"],
    "phase_input": ["while-inputs", "after-inputs", "eos"],
    "leak": ["state", "preactivation"],
    "ids": ["P05", "P12", "P99"],
    "experiments": ["no-such-experiment"],
    "name": ["claims.py", "notes.txt", "full", "none/claims.py"],
    "scheduler": ["", "nowhere"],
    "spread": ["threads", "processes", "no"],
}  # fmt: skip
"""What fits, by the name of an argument or option; the others take numbers."""

SHORT: dict[tuple[str, ...], list[str]] = {
    ("train",): ["--steps", "2", "--hidden", "4"],
    ("check",): ["--sequences", "8", "--horizon", "6", "--no-lifetime"],
    ("basis",): ["--sequences", "8", "--horizon", "6"],
    ("decompile",): ["--sequences", "8", "--horizon", "6"],
    ("sweep",): ["--status"],
    ("reproduce", "table1"): ["--status", "--seeds", "1"],
    ("gsemm", "simulate"): ["no-such-experiment"],
    ("hypothesis", "run"): ["--workers", "0"],
    ("demo",): ["--no-such-option"],
    ("prove",): ["P12"],
}
"""What is put behind a command, so that it takes moments."""


TREE = typer.main.get_command(app)


def commands() -> dict[tuple[str, ...], list[Any]]:
    """The parameters of each command, by the words that call it."""
    found: dict[tuple[str, ...], list[Any]] = {}

    def walk(command: Any, words: tuple[str, ...]) -> None:
        for name, below in getattr(command, "commands", {}).items():
            walk(below, (*words, name))
        if not hasattr(command, "commands"):
            found[words] = command.params

    walk(TREE, ())
    return found


COMMANDS = commands()


def call(seed: int, number: int) -> list[str]:
    """The words of one call."""
    chance = random.Random(f"{seed} {number}")
    words = chance.choice(list(COMMANDS))
    said = list(words)
    for parameter in COMMANDS[words]:
        needed = parameter.required or (parameter.param_type_name == "argument" and chance.random() < 0.7)
        if not (chance.random() < 0.95 if needed else chance.random() < 0.15):
            continue
        value = [] if getattr(parameter, "is_flag", False) else [_value(parameter.name, chance)]
        said += value if parameter.param_type_name == "argument" else [chance.choice(parameter.opts), *value]
    if chance.random() < 0.05:
        said.insert(chance.randrange(len(said) + 1), chance.choice([*ODD, "--no-such-option", "--help"]))
    return [*said, *SHORT.get(words, [])]


def _value(name: str, chance: random.Random) -> str:
    return chance.choice(ODD if chance.random() < 0.05 else VALUES.get(name, NUMBERS))


# ------------------------------------------------------------------ what is right


def prepare(folder: Path) -> None:
    """The files that calls name."""
    save(derive(repeat_copy(1, 1)).compile(), folder / "small.npz", overwrite=True)
    save(derive(fibonacci(2, 1)).compile(scheme="linear"), folder / "small.safetensors", overwrite=True)
    (folder / "broken.npz").write_bytes((folder / "small.npz").read_bytes()[:200])
    (folder / "task.toml").write_text('num_variables = 2\ndim = 1\nrule = "u[1] + u[2]"\n')
    (folder / "certificate.json").write_text(derive(fibonacci(2, 1)).certificate.to_json())
    (folder / "notes.txt").write_text("mine\n")
    (folder / "full").mkdir()
    (folder / "full" / "mine.txt").write_text("mine\n")
    os.mkfifo(folder / "pipe")


def snapshot(folder: Path) -> dict[str, str]:
    """What lies in a folder, by path: the hash of each regular file."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        for path in sorted(folder.rglob("*"))
    }


def complaint(
    words: list[str], code: int, out: str, err: str, before: dict[str, str], after: dict[str, str]
) -> str | None:
    """What is wrong with an answer; None if nothing is."""
    if "Traceback" in err or "Traceback" in out:
        return f"a traceback: {err[-600:]}"
    if code not in (0, 1, 2):
        return f"exit code {code}"
    if code == 2 and (len(err.strip().splitlines()) != 1 or not err.startswith("emt: ") or out):
        return f"bad input is one line and nothing else: {out[-200:]!r} {err[-400:]!r}"
    if code == 2 and before != after:
        return f"bad input left {sorted(set(before.items()) ^ set(after.items()))}"
    if code in (0, 1) and "--json" in words and "--help" not in words:
        try:
            json.loads(out)
        except ValueError:
            return f"not one JSON value: {out[:200]!r} {err[-300:]!r}"
    changed = [name for name in before if after.get(name) != before[name]]
    if changed and "--force" not in words and "--resume" not in words:
        return f"changed without --force: {changed}"
    left = [name for name in after if name.endswith(".part")]
    return f"left behind: {left}" if left else None


def answer(words: list[str]) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a call in this process; the commands are not put together anew for each."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    tree = mock.patch.object(typer.main, "get_command", return_value=TREE)
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), tree:
        code = main(words)
    told = []
    for stream in (out, err):
        stream.flush()
        told.append(stream.buffer.getvalue().decode())
    return code, told[0], told[1]


def answer_of_a_process(words: list[str]) -> tuple[int, str, str]:
    """The same of a process of its own."""
    command = [sys.executable, "-m", "emt_theory.cli", *words]
    done = subprocess.run(
        command, capture_output=True, text=True, errors="replace", stdin=subprocess.DEVNULL, check=False
    )
    return done.returncode, done.stdout, done.stderr


def run(number: int, seed: int, ask: Any = answer, start: int = 0) -> tuple[Counter[int], list[str]]:
    """How many calls ended with each exit code, and what is wrong."""
    codes, wrong = Counter[int](), list[str]()
    home = Path.cwd()
    for k in range(start, start + number):
        words = call(seed, k)
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            prepare(folder)
            before, began = snapshot(folder), time.process_time()
            os.chdir(folder)
            try:
                code, out, err = ask(words)
            except Exception as error:  # noqa: BLE001 — whatever comes out is what is looked for
                code, out, err = 99, "", f"Traceback: {error!r}"
            finally:
                os.chdir(home)
            codes[code] += 1
            told = complaint(words, code, out, err, before, snapshot(folder))
            if told is None and time.process_time() - began > MOST_SECONDS:
                told = f"took {time.process_time() - began:.0f} s"
            if told is not None:
                wrong.append(f"call({seed}, {k}): {words}: {told}")
    return codes, wrong


def fuzz(arguments: list[str]) -> int:
    """Try calls; the exit code is 1 if something is wrong."""
    parser = argparse.ArgumentParser(description=fuzz.__doc__)
    parser.add_argument("--calls", type=int, default=9500)
    parser.add_argument("--processes", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--start", type=int, default=0)
    chosen = parser.parse_args(arguments)
    parts = (
        ("in this process", chosen.calls, chosen.seed, answer),
        ("processes", chosen.processes, chosen.seed + 1, answer_of_a_process),
    )
    failed = False
    for name, number, seed, ask in parts:
        codes, wrong = run(number, seed, ask, chosen.start)
        print(f"{name}: {number} calls, exit codes {dict(sorted(codes.items()))}, {len(wrong)} wrong", flush=True)
        print("\n".join(wrong[:40]), flush=True)
        failed = failed or bool(wrong)
    return int(failed)


if __name__ == "__main__":
    sys.exit(fuzz(sys.argv[1:]))
