"""The privileged basis on planted circuits, which are known to be right, and of impostors, which solve the task in another way.

python -m tests.collections.bases                # every fifth of the planted circuits, two minutes on one core
python -m tests.collections.bases --every 1
python -m tests.collections.bases --impostors    # those with at most 14 memory components
"""

from __future__ import annotations

import argparse

from emt_theory.analysis import examine
from emt_theory.evidence.basis import Interchange, PrivilegedBasis, basis_of
from emt_theory.ground.absent import Absent
from emt_theory.ground.blas import one_blas_thread
from tests.collections.entry import Entry
from tests.collections.planted import PLANTED

_SMALL, _ENOUGH = 14, 0.99


@one_blas_thread()
def measured(entry: Entry) -> tuple[float, float, float | None]:
    """The flips by own units and by all others, and the accuracy from re-quantized coordinates; None where these have no values."""
    basis = basis_of(examine(entry.network(), entry.task, 200, 100))
    assert isinstance(basis, PrivilegedBasis), (entry.name, basis)
    tried, quantized = basis.instrumental_units(sequences=24), basis.sufficient(24, 100).quantized
    assert isinstance(tried, Interchange), (entry.name, tried)
    assert tried.noop.unpredicted == 0.0, entry.name
    assert tried.own.flips is not None, entry.name
    assert tried.others.flips is not None, entry.name
    return tried.own.flips, tried.others.flips, None if isinstance(quantized, Absent) else quantized.accuracy


@one_blas_thread()
def sufficient(entry: Entry) -> tuple[float, float]:
    """The accuracies from the coordinates alone, re-quantized and linear."""
    basis = basis_of(examine(entry.network(), entry.task, 128, 60))
    assert isinstance(basis, PrivilegedBasis), (entry.name, basis)
    found = basis.sufficient(64, 60)
    assert not isinstance(found.quantized, Absent), entry.name
    assert not isinstance(found.linear, Absent), entry.name
    return found.quantized.accuracy, found.linear.accuracy


def impostors() -> None:
    """How many of each family look sufficient: at least 0.99 of the signs."""
    from tests.collections.impostors import IMPOSTORS

    found: dict[str, list[tuple[float, float]]] = {}
    for entry in IMPOSTORS:
        if entry.task.components <= _SMALL:
            found.setdefault(entry.family, []).append(sufficient(entry))
    for family, values in found.items():
        quantized, linear = (sum(one[k] >= _ENOUGH for one in values) for k in (0, 1))
        print(f"  {family}: {quantized} of {len(values)} re-quantized, {linear} linear")


def main() -> None:
    parser = argparse.ArgumentParser(description="The privileged basis on planted circuits, and of impostors.")
    parser.add_argument("--every", type=int, default=5)
    parser.add_argument("--impostors", action="store_true")
    given = parser.parse_args()
    if given.impostors:
        impostors()
        return
    chosen = PLANTED[:: given.every]
    found = [measured(entry) for entry in chosen]
    for entry, (own, others, _) in zip(chosen, found, strict=True):
        if own < 0.97:
            print(f"  {entry.name}: own {own:.3f}, others {others:.3f}")
    quantized = [value for _, _, value in found if value is not None]
    print(
        f"{len(found)} circuits: own units make at least {min(own for own, _, _ in found):.3f} of the predicted flips,"
    )
    print(
        f"all others at most {max(others for _, others, _ in found):.3f}; accuracy re-quantized at least {min(quantized):.4f}"
    )


if __name__ == "__main__":
    main()
