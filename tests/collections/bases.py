"""The privileged basis on planted circuits, which are known to be right: what own units, all others and re-quantized coordinates do.

python -m tests.collections.bases            # every fifth of the collection, two minutes on one core
python -m tests.collections.bases --every 1
"""

from __future__ import annotations

import argparse

from emt_theory.analysis import examine
from emt_theory.evidence.basis import Interchange, PrivilegedBasis, basis_of
from emt_theory.ground.absent import Absent
from emt_theory.ground.blas import one_blas_thread
from tests.collections.entry import Entry
from tests.collections.planted import PLANTED


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


def main() -> None:
    parser = argparse.ArgumentParser(description="The privileged basis on planted circuits.")
    parser.add_argument("--every", type=int, default=5)
    chosen = PLANTED[:: parser.parse_args().every]
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
