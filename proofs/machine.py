"""What Coq has checked: the theorems of `proofs/coq/`, for all sizes, and the record of the last time that they were compiled.

`make coq` compiles every file, asks Coq what each theorem rests on, and writes `proofs/coq/record.json`: Coq's version, the hash of every file
and, for each theorem, Coq's answer. Nothing else needs Coq: `emt prove` compares the files with the record.

A file p05_….v belongs to the theorem P05; what its keyword `Theorem` states is claimed, lemmas are on the way. The other files hold definitions.

>>> [path.stem for path in needed(theorem_file("P05"))]
['linear_tasks', 'p05_ideal_load']
>>> state("P05"), state("P02")
('machine-checked for all sizes', '')
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from emt_theory.errors import EMTError
from emt_theory.ground.files import write
from emt_theory.theorems import THEOREMS

FOLDER = Path(__file__).parent / "coq"
RECORD = "record.json"
CLOSED = "Closed under the global context"
MACHINE, CHANGED = "machine-checked for all sizes", "changed since it was machine-checked"

MISSING = (
    "coqc was not found: Coq 8.16 with MathComp 1.15 is needed, "
    "on Debian and Ubuntu: apt-get install --no-install-recommends coq libcoq-mathcomp-algebra"
)


def theorem_file(id: str) -> Path | None:
    """The file of a theorem, or None."""
    return next(iter(FOLDER.glob(f"{id.lower()}_*.v")), None)


def stated(path: Path) -> list[str]:
    """The names of the theorems that a file states, in order."""
    return re.findall(r"^Theorem (\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)


def needed(path: Path | None) -> list[Path]:
    """A file and all that it requires of this folder, each after what it needs itself."""
    if path is None:
        return []
    files: list[Path] = []
    for line in re.findall(r"^Require Import ([\w ]+)\.", path.read_text(encoding="utf-8"), re.MULTILINE):
        for name in line.split():
            files += [file for file in needed(path.with_name(f"{name}.v")) if file not in files]
    return [*files, path]


def digest(path: Path) -> str:
    """The SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def record() -> dict[str, Any]:
    """What `make coq` wrote; empty where it never ran."""
    path = FOLDER / RECORD
    return json.loads(path.read_bytes()) if path.is_file() else {"coq": "", "files": {}, "theorems": {}}


def state(id: str) -> str:
    """`MACHINE`, or `CHANGED` if the files are not those that Coq has checked, or "" if the theorem has none."""
    path = theorem_file(id)
    if path is None:
        return ""
    kept = record()
    same = all(kept["files"].get(file.name) == digest(file) for file in needed(path))
    answers = kept["theorems"].get(id, {})
    return MACHINE if same and answers == dict.fromkeys(stated(path), CLOSED) else CHANGED


def compile_files() -> dict[str, Any]:
    """Compile every file in a folder of its own, and ask Coq what each theorem rests on.

    Raises:
        EMTError: if Coq is missing, or refuses a file.
    """
    coqc = shutil.which("coqc")
    if coqc is None:
        raise EMTError(MISSING)
    files: list[Path] = []
    for path in sorted(FOLDER.glob("*.v")):
        files += [file for file in needed(path) if file not in files]
    with tempfile.TemporaryDirectory() as place:
        for path in files:
            shutil.copy(path, place)
            _coq(coqc, path.name, place)
        answers = {id: _assumptions(coqc, path, place) for id in THEOREMS if (path := theorem_file(id)) in files}
    version = subprocess.run([coqc, "--print-version"], capture_output=True, text=True, check=True).stdout.split()[0]
    return {"coq": version, "files": {path.name: digest(path) for path in sorted(files)}, "theorems": answers}


def _assumptions(coqc: str, path: Path, place: str) -> dict[str, str]:
    """Coq's answer to `Print Assumptions` for each theorem of a compiled file."""
    names = stated(path)
    questions = [f'Goal True. idtac "{name}:". Abort. Print Assumptions {path.stem}.{name}.' for name in names]
    (Path(place) / "assumptions.v").write_text("\n".join([f"Require {path.stem}.", *questions]), encoding="utf-8")
    told = _coq(coqc, "assumptions.v", place)
    parts = re.split(rf"^({'|'.join(names)}):$", told, flags=re.MULTILINE)
    return {name: " ".join(answer.split()) for name, answer in zip(parts[1::2], parts[2::2], strict=True)}


def _coq(coqc: str, name: str, place: str) -> str:
    command = [coqc, "-w", "none", "-Q", ".", "", name]
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)
    if done.returncode:
        raise EMTError(f"{name}: Coq refuses it: {' '.join((done.stderr or done.stdout).split())[-400:]}")
    return done.stdout


def main() -> int:
    """Compile, print what each theorem rests on, write the record; 1 if one rests on an axiom, 2 if there is no Coq."""
    try:
        made = compile_files()
        write(FOLDER / RECORD, (json.dumps(made, indent=1, sort_keys=True) + "\n").encode())
    except EMTError as error:
        print(f"emt_theory: {error}", file=sys.stderr)
        return 2
    for id, answers in made["theorems"].items():
        for name, answer in answers.items():
            print(f"{id} {name}: {answer}")
    return 0 if all(answer == CLOSED for told in made["theorems"].values() for answer in told.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
