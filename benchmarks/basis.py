"""The privileged basis of the shipped networks: the table of docs/basis.md.

    python benchmarks/basis.py                  # a table, a minute
    python benchmarks/basis.py --json           # one JSON value
    python benchmarks/basis.py --only T1,T4

Protocol: the basis is estimated on 256 sequences of seed 1 (1,024 where R² is poor), at up to 64 settled times to t = s + 200; units are interchanged
at t = 6s in 64 sequences of seed 0, every persistent variable, and 2s further outputs are watched; one random set of units is drawn for each
interchange; shares are means over variables. States are replaced in 128 sequences of seed 0, from the settled step to t = s + 200. Nothing is timed.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np

import emt_theory
from emt_theory import load, privileged_basis
from emt_theory.evidence.basis import Interchange
from emt_theory.ground.absent import Absent
from emt_theory.tasks import parse

SHIPPED = ("T1", "T2", "T3", "T4")


def row(name: str) -> dict[str, Any]:
    """One network."""
    (path,) = (Path(emt_theory.__file__).parent / "examples" / "weights").glob(f"emt-ref-{name}-*.safetensors")
    basis = privileged_basis(load(path), parse(name))
    s, sizes = basis.lasting.task.num_variables, basis.instrumental().sum(axis=1)
    tried = basis.instrumental_units(times=(6 * s,))
    assert isinstance(tried, Interchange), tried
    with_it, without = basis.replace_states()
    accuracies = {
        "as it is": with_it.plain,
        "re-quantized": with_it.quantized,
        "linear": with_it.linear,
        "without": without.without,
        "random": without.random,
    }
    constructions = basis.constructions()
    return {
        "network": name,
        "units": basis.neurons.count,
        "variables": basis.lasting.size,
        "energy": basis.energy,
        "participation": basis.participation.median,
        "rotated": basis.participation.rotated,
        "median_units": int(np.median(sizes)),
        "most_units": int(sizes.max()),
        "own": tried.own.flips,
        "others": tried.others.flips,
        "random": tried.random.flips,
        "unpredicted": tried.own.unpredicted,
        "accuracies": {key: None if isinstance(found, Absent) else found.accuracy for key, found in accuracies.items()},
        "maps": {key: found.largest for key, found in basis.weights.items()},
        "composition": {"largest": basis.composition.largest, "exact": basis.composition.exact},
        "composed": None if isinstance(basis.composed, Absent) else basis.composed.to_dict(),
        "composed_units": int(np.median([size for size in basis.composed.sizes if size])) if basis.composed else None,
        "faultless": str(basis.interchange).split("; ")[-1],
        "constructions": None if isinstance(constructions, Absent) else constructions.to_dict()["rows"],
    }


def show(found: dict[str, Any]) -> str:
    """A row as text."""
    f, c = found, found["composed"]
    accuracies = " / ".join("–" if value is None else f"{value:.4f}" for value in f["accuracies"].values())
    maps = ", ".join(f"{name} {value:.2g}" for name, value in f["maps"].items())
    return "\n".join(
        [
            f"{f['network']}: m = {f['variables']} of N = {f['units']}, energy {f['energy']:.4f}, "
            f"participation {f['participation']:.1f} ({f['rotated']:.1f} rotated), units {f['median_units']}, {f['most_units']}",
            f"  flips: own {f['own']:.4f}, others {f['others']:.4f}, random {f['random']:.2f}; unpredicted {f['unpredicted']:.4f}",
            f"  accuracy {' / '.join(f['accuracies'])}: {accuracies}",
            "  composed: "
            + (
                "–"
                if c is None
                else f"own {c['own']['flips']:.4f}, random {c['random']['flips']:.3f}, units {f['composed_units']}"
            ),
            f"  without a fault at three times: {f['faultless']}",
            f"  within of Φ: {maps}; F̂ within {f['composition']['largest']:.2g} of F, exact: {f['composition']['exact']}",
            *(
                f"  {c['description']}: {c['reason']}"
                if c["reason"]
                else f"  {c['description']}: decodes {c['decoded']:.4f}, own {c['own']:.3f}, others {c['others']:.3f}, "
                f"condition {'–' if c['condition'] is None else format(c['condition'], '.3g')}"
                for c in f["constructions"] or ()
            ),
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="The privileged basis of the shipped networks.")
    parser.add_argument("--json", action="store_true", help="print one JSON value")
    parser.add_argument("--only", default=",".join(SHIPPED), help="networks, separated by commas")
    chosen = parser.parse_args()
    rows = []
    for name in chosen.only.split(","):
        rows.append(row(name))
        if not chosen.json:
            print(show(rows[-1]), flush=True)
    if chosen.json:
        print(json.dumps(rows))


if __name__ == "__main__":
    main()
