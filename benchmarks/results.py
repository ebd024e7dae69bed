"""The measurements of docs/results.md: every network of benchmarks/populations.py checked, edited and decompiled.

    python benchmarks/results.py runs results.json              networks below runs/, and the four that are shipped
    python benchmarks/results.py runs results.json --groups fast128,paper128

Writes one JSON object for each network, as soon as it is done; networks that are in the file already are left out, so an interrupted run goes on.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import emt_theory as emt
from emt_theory.analysis.decompile import decompile
from emt_theory.errors import NotDecompilable
from emt_theory.ground import files

SHIPPED = Path(emt.__file__).parent / "examples" / "weights"


def networks(store: Path, groups: set[str] | None) -> Iterator[tuple[str, str, str | None, Path]]:
    """(group, name, task, file) of every network; the task is None where it is not one of T1 to T4."""
    if groups is None or "shipped" in groups:
        for path in sorted(SHIPPED.glob("*.safetensors")):
            yield "shipped", path.stem, path.stem.split("-")[2], path
    for record in sorted(store.glob("*/*/run.json")):
        group, name = record.parent.parent.name, record.parent.name
        if groups is None or group in groups:
            task = next((part for part in name.split("-") if part in ("T1", "T2", "T3", "T4")), None)
            yield group, name, task, record.parent / "weights.safetensors"


def examine(task: str | None, path: Path) -> dict[str, Any]:
    """What check and decompile say of a network."""
    net = emt.load(path)
    found: dict[str, Any] = {}
    if task is not None:
        result = emt.check(net, emt.tasks.parse(task))
        trajectory, memories, edits = result.spectrum.trajectory, result.memories, result.interventions
        found |= {
            "verdict": str(result.verdict),
            "accuracy": result.behaviour.measured.accuracy if result.behaviour.measured else None,
            "modes": trajectory.count,
            "theory": result.spectrum.theory_count,
            "complex_error": trajectory.complex_error,
            "origin_error": result.spectrum.origin.complex_error,
            "missing": [str(family) for family in trajectory.missing],
            "decoded": {method: memories[method].decode_accuracy for method in ("intertwining", "regression")},
            "decoded_by_slot": {
                method: (d := memories[method].decoded) and d.by_slot() for method in ("intertwining", "regression")
            },
            "slots": memories.slots,
            "edits": {
                k: edits.to_dict()[k] for k in ("edits", "predicted_flips_seen", "unpredicted_flips", "noop_changes")
            },
            "edited_slots": [(slot, flips.predicted_flips_seen) for slot, flips in edits.by_slot.items()],
            "code": result.code.to_dict(),
            "evidence": result.evidence,
        }
    try:
        program = decompile(net)
        exact = task is not None and program.task.matrix == emt.tasks.parse(task).matrix
        found |= {"decompiled": True, "exact": exact, "program_accuracy": program.accuracy}
    except NotDecompilable as refused:
        found |= {"decompiled": False, "reason": str(refused)}
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description="Check, edit and decompile a population of networks.")
    parser.add_argument("store", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--groups", help="separated by commas; all if left out")
    chosen = parser.parse_args()
    done: dict[str, Any] = json.loads(chosen.out.read_text()) if chosen.out.exists() else {}
    for group, name, task, path in networks(chosen.store, set(chosen.groups.split(",")) if chosen.groups else None):
        key = f"{group}/{name}"
        if key in done:
            continue
        done[key] = {"task": task, **examine(task, path)}
        files.write(chosen.out, json.dumps(done, indent=1).encode())
        brief = {k: done[key].get(k) for k in ("verdict", "accuracy", "complex_error", "exact", "decompiled")}
        print(key, brief, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
