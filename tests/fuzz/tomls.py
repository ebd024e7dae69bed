"""TOML files of tasks, altered: each is a task, or is refused in one line, soon.

python -m tests.fuzz.tomls --files 10000 --seed 0
"""

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from emt_theory.errors import EMTError
from emt_theory.tasks import fibonacci, load, modular_sum, parse, repeat_copy
from emt_theory.tasks.files import to_toml

MOST_SECONDS = 10.0
WRITTEN = [
    'num_variables = 3\ndim = 2\nrule = ["u[3][0] - u[1][1]/2", "2*u[2][0] + u[1][1]"]\ninputs = "-1..1"\n',
    'num_variables = 2\ndim = 1\nalphabet = 3\ncode = "thermometer"\nrule = "(u[1][0]**2 + u[2][0]) % 3"\n',
    'num_variables = 2\ndim = 1\nmatrix = [["1/2", -1]]\n',
    "num_variables = 8\ndim = 8\npaper_id = [255, 0, 0]\n",
    "num_variables = 2\ndim = 2\nreads = [[1, 0, 1], [2, 1, -1]]\n",
]
WORDS = [
    *(
        "-",
        "999999999999999999",
        "0",
        "0.5",
        "nan",
        "inf",
        '"x"',
        "[]",
        "[[]]",
        "{}",
        "u[9][9]",
        "**8",
        "(",
        ")",
        "]",
        '"',
        "'''",
    ),
    *("\n", "#", "true", "1979-05-27", "0xff", "a.b.c = 1\n", "[table]\n", "[[x]]\n", "\x00", "\u202e", "\x1b[2J"),
    *("num_variables = 3\n", "/0", "% 0", "if", "lambda"),
]


def mutant(seed: int, number: int, pool: list[str]) -> str:
    """A file, altered in one to three places."""
    chance = random.Random(f"{seed} {number}")
    text = chance.choice(pool)
    for _ in range(chance.choice((1, 1, 2, 3))):
        i = chance.randrange(len(text) + 1)
        match chance.randrange(5):
            case 0:
                text = text[:i] + chance.choice(WORDS) + text[i:]
            case 1:
                text = text[:i] + text[i + chance.randint(1, 12) :]
            case 2:
                text = (
                    text[:i] + chr(chance.choice((chance.randrange(32, 127), chance.randrange(0xD7FF)))) + text[i + 1 :]
                )
            case 3:
                lines = text.split("\n")
                text = "\n".join(chance.sample(lines, len(lines)))
            case _:
                numbers = [k for k, c in enumerate(text) if c.isdigit()]
                k = chance.choice(numbers or [0])
                text = text[:k] + chance.choice(("7", "0", "12", "-3", "1/2", "99999999")) + text[k + 1 :]
    return text


def run(number: int, seed: int, folder: Path) -> tuple[Counter[str], list[str]]:
    """How many were tasks and how many refused, and what is wrong."""
    pool = [*WRITTEN, *(to_toml(task) for task in (repeat_copy(2, 2), fibonacci(), modular_sum(3), parse("xor")))]
    answers, wrong = Counter[str](), list[str]()
    path = folder / "task.toml"
    for k in range(number):
        path.write_text(mutant(seed, k, pool), encoding="utf-8", errors="surrogatepass")
        start = time.process_time()
        try:
            load(path)
            answers["task"] += 1
        except EMTError as error:
            answers["refused"] += 1
            if "\n" in str(error) or len(str(error)) > 1000:
                wrong.append(f"mutant({seed}, {k}): not one line: {error}")
        except Exception as error:  # noqa: BLE001 — whatever comes out is what is looked for
            wrong.append(f"mutant({seed}, {k}): {error!r}")
        if time.process_time() - start > MOST_SECONDS:
            wrong.append(f"mutant({seed}, {k}): took {time.process_time() - start:.0f} s")
    return answers, wrong


def main(arguments: list[str]) -> int:
    """Try files; the exit code is 1 if something is wrong."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        answers, wrong = run(chosen.files, chosen.seed, Path(name))
    print(f"{chosen.files} files: {dict(answers)}, {len(wrong)} wrong")
    print("\n".join(wrong[:40]))
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
