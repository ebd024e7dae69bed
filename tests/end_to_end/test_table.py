"""Every row through the public path: task → derive → compile → a file → load → check → decompile → certify."""

from __future__ import annotations

from pathlib import Path

import pytest

from emt_theory import check, decompile, load
from emt_theory.analysis import Verdict
from emt_theory.circuits import certify
from emt_theory.circuits.bases import BasisKind
from emt_theory.circuits.cells import GATED
from emt_theory.circuits.schemes import SCHEMES
from emt_theory.errors import NotDecompilable, SchemeNotAllowed
from emt_theory.networks import ElmanRNN, Network, save
from emt_theory.tasks import LinearTask, same_program
from emt_theory.tasks.parse import NAMED
from tests.end_to_end.networks import Another, Cell, Planted, Scheme, Trained, cut, flipped
from tests.end_to_end.table import REFUSED, ROWS, SAME, TASKS, Row
from tests.real import WEIGHTS

SEQUENCES, HORIZON, SPARE = 400, 50, 2
READ = 128  # sequences that a program is read from
WHOLE = [name for name, task in TASKS.items() if task.components <= 8]
"""The tasks that meet every scheme and every cell."""


def program_of(net: Network, task: LinearTask) -> str:
    try:
        found = decompile(net, max_variables=task.num_variables + SPARE, sequences=READ, horizon=HORIZON).task
    except NotDecompilable:
        return REFUSED
    if not isinstance(found, LinearTask):
        # A program of another protocol: every linear network is a filter, and one with s = 1 is told as that.
        return "; ".join(found.equations()) if task.num_variables == 1 else REFUSED
    return SAME if same_program(found, task) else "; ".join(found.equations())


def covering(rows: tuple[Row, ...]) -> set[Row]:
    """The rows with a network, a verdict, a proof or a reason that none before has; trained networks have tests of their own."""
    seen, kept = set[object](), set[Row]()
    for row in rows:
        traits = {str(row.network), (row.verdict, row.certified), row.why, row.note}
        if not isinstance(row.network, Trained) and not traits <= seen:
            kept.add(row)
            seen |= traits
    return kept


REGULAR = covering(ROWS)


@pytest.mark.parametrize(
    "row", [pytest.param(row, marks=[] if row in REGULAR else [pytest.mark.slow]) for row in ROWS], ids=str
)
def test_a_row_is_what_it_says(row: Row, tmp_path: Path) -> None:
    task = TASKS[row.task]
    made = row.network(task)
    net = load(save(made, tmp_path / "weights.safetensors"))
    assert net == made
    found = row._replace(
        verdict=check(net, task, sequences=SEQUENCES, horizon=HORIZON, lifetime=False).verdict,
        certified=certify(net, task).exact_for,
        program=program_of(net, task),
    )
    assert found == row


def test_rows_are_explained() -> None:
    assert len({(row.task, row.network) for row in ROWS}) == len(ROWS)
    for row in ROWS:
        assert bool(row.why) == (row.verdict is not Verdict.CONSISTENT), row
        is_circuit = isinstance(row.network, Scheme | Cell) and row.certified is not None
        assert bool(row.note) == (is_circuit and row.verdict is not Verdict.CONSISTENT), row


@pytest.mark.parametrize("base", [*map(Scheme, SCHEMES), *map(Cell, GATED)], ids=str)
@pytest.mark.parametrize("name", WHOLE)
def test_every_task_meets_every_scheme_and_cell(name: str, base: Scheme | Cell) -> None:
    if (name, base) not in {(row.task, row.network) for row in ROWS}:
        with pytest.raises(SchemeNotAllowed):
            base(TASKS[name])


def test_the_table_is_complete() -> None:
    networks = [row.network for row in ROWS]
    assert {row.verdict for row in ROWS} == set(Verdict)
    assert {row.task for row in ROWS} == set(TASKS) >= set(NAMED)
    assert {row.certified for row in ROWS} == {"values", "signs", None}
    compiled = [network for network in networks if isinstance(network, Scheme)]
    assert {network.name for network in compiled} == {"auto", *SCHEMES}
    allowed = {(name, basis) for name, scheme in SCHEMES.items() for basis in scheme.bases}
    assert {(n.name, BasisKind(n.basis)) for n in compiled if n.name != "auto"} == allowed
    assert {f"emt-ref-{network.name}" for network in networks if isinstance(network, Trained)} == {
        "-".join(path.name.split("-")[:3]) for path in WEIGHTS.glob("*.safetensors")
    }


def test_every_kind_has_every_flaw() -> None:
    assert {kind_of(row.network) for row in ROWS} == {ElmanRNN.kind, *GATED}
    flawed = {(kind_of(n.base), n.change) for n in (row.network for row in ROWS) if isinstance(n, Planted)}
    assert flawed >= {(kind, flaw) for kind in (ElmanRNN.kind, *GATED) for flaw in (cut, flipped)}
    assert {kind_of(row.network.base) for row in ROWS if isinstance(row.network, Another)} == {ElmanRNN.kind, *GATED}


def kind_of(network: object) -> str:
    return network.name if isinstance(network, Cell) else ElmanRNN.kind


@pytest.mark.parametrize(
    "row",
    [
        ROWS[0]._replace(verdict=Verdict.NOT_SOLVED),
        ROWS[0]._replace(certified="signs"),
        ROWS[0]._replace(program=REFUSED),
    ],
)
def test_a_wrong_row_is_seen(row: Row, tmp_path: Path) -> None:
    with pytest.raises(AssertionError):
        test_a_row_is_what_it_says(row, tmp_path)
