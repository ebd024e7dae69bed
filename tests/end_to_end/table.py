"""The table: which network on which task, and what `check`, `certify` and `decompile` are expected to say of it.

`why` says why a network is not consistent. `note` marks the circuits that `certify` proves right for all t and that `check` does not call consistent
all the same: there the verdict falls short, and whoever mends it changes the row.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from emt_theory.analysis import Verdict
from emt_theory.tasks import LinearTask, from_matrix, from_paper_id, parse
from tests.end_to_end.networks import Another, Cell, Maker, Planted, Scheme, Trained, cut, flipped, hoarding, shuffled

CONSISTENT, OTHERWISE, NOT_SOLVED, INCONCLUSIVE = Verdict
SAME, REFUSED = "the task", "refused"

TASKS: dict[str, LinearTask] = {
    "repeat-copy": parse("repeat-copy", num_variables=2, dim=2),
    "compose-copy": parse("compose-copy", num_variables=2),
    "fibonacci": parse("fibonacci"),
    "delayed-copy": parse("delayed-copy:lag=2", num_variables=3, dim=1),
    "autoregressive": parse("autoregressive", num_variables=2),
    "random-selection": parse("random-selection", num_variables=3, dim=2),
    "from a matrix": from_matrix([[0, 0, 0, -1], [1, 0, 0, 0]], dim=2),
    "paper id": from_paper_id((0b1001, 1, 2), num_variables=2, dim=2),
    "nilpotent": from_matrix([[0, 0, 0, 1], [0, 0, 0, 0]], dim=2),
    "fractional": from_matrix([["1/2", "1/3"]], dim=1),
    "shrinking": from_matrix([["1/3"]], dim=1),
    "doubling": from_matrix([[2]], dim=1),
    "ramp": from_matrix([[-1, 2]], dim=1),
    "Salem": from_matrix([[-1, 1, 1, 1]], dim=1),
    "half lasts": from_matrix([[1, 0, 0, 0], [0, 0, 0, "1/2"]], dim=2),
    **{name: parse(name) for name in ("T1", "T2", "T3", "T4")},
}


class Row(NamedTuple):
    """One line.

    Attributes:
        task: its name in `TASKS`.
        network: what makes the network.
        verdict: of `check`.
        certified: what `certify` proves: "values", "signs" or None.
        program: of `decompile`: the task (with as many or fewer steps of memory), "refused", or the equations of another.
        why: why it is not consistent.
        note: why a circuit that is proved right is not.
    """

    task: str
    network: Maker
    verdict: Verdict
    certified: Literal["values", "signs"] | None
    program: str = SAME
    why: str = ""
    note: str = ""

    def __str__(self) -> str:
        return f"{self.task}, {self.network}"


def circuits(task: str, certified: dict[Maker, Literal["values", "signs"]]) -> tuple[Row, ...]:
    """Rows of circuits that are consistent and give their task back."""
    return tuple(Row(task, network, CONSISTENT, proved) for network, proved in certified.items())


LINEAR, DAMPED, SATURATING, TANH, GATED, AUTO = map(Scheme, ("linear", "damped", "saturating", "tanh", "gated", "auto"))
GRU, LSTM = Cell("gru"), Cell("lstm")
WRITES = {SATURATING: "values", TANH: "signs", GATED: "values", GRU: "signs", LSTM: "signs"}
"""What is exact on every selection task."""

CONTAMINATED = "F_i F_j is not 0 for some j ≥ 2, so no linear network has the values (P07)"
FADES = "its modes are γΦ's, which fade"
SIGNS_ALONE = "the signs are right for ever, with values that fade"
CUT, FLIPPED, OTHER = "a weight is missing", "output 0 has the wrong sign", "it was made for another task"

SELECTIONS = (
    *circuits("repeat-copy", {LINEAR: "values", DAMPED: "values", **WRITES, AUTO: "values"}),
    *circuits(
        "repeat-copy",
        {Scheme(name, basis, 2): "values" for name in ("linear", "damped") for basis in ("orthogonal", "oblique")},
    ),
    Row("compose-copy", LINEAR, NOT_SOLVED, None, REFUSED, CONTAMINATED),
    Row("compose-copy", Scheme("linear", "oblique", 2), NOT_SOLVED, None, REFUSED, CONTAMINATED),
    Row("compose-copy", DAMPED, OTHERWISE, "signs", SAME, FADES, SIGNS_ALONE),
    Row("compose-copy", Scheme("damped", "orthogonal", 2), OTHERWISE, "signs", SAME, FADES, SIGNS_ALONE),
    *circuits("compose-copy", {**WRITES, AUTO: "values"}),
    Row("delayed-copy", LINEAR, NOT_SOLVED, None, SAME, CONTAMINATED),
    Row("delayed-copy", DAMPED, OTHERWISE, "signs", REFUSED, FADES, SIGNS_ALONE),
    *circuits("delayed-copy", WRITES),
    Row("random-selection", LINEAR, NOT_SOLVED, None, SAME, CONTAMINATED),
    Row("random-selection", DAMPED, OTHERWISE, "signs", SAME, FADES, SIGNS_ALONE),
    *circuits("random-selection", WRITES),
    Row("from a matrix", LINEAR, NOT_SOLVED, None, REFUSED, CONTAMINATED),
    Row("from a matrix", DAMPED, OTHERWISE, "signs", SAME, FADES, SIGNS_ALONE),
    *circuits("from a matrix", WRITES),
    Row("paper id", LINEAR, NOT_SOLVED, None, REFUSED, CONTAMINATED),
    Row("paper id", DAMPED, OTHERWISE, "signs", SAME, FADES, SIGNS_ALONE),
    *circuits("paper id", WRITES),
    *circuits("T2", {AUTO: "values"}),
)
"""Tasks that copy."""

OTHERS = (
    Row("fibonacci", LINEAR, NOT_SOLVED, None, REFUSED, CONTAMINATED),
    *circuits("fibonacci", {GATED: "values", AUTO: "values"}),
    Row("autoregressive", LINEAR, NOT_SOLVED, None, REFUSED, CONTAMINATED),
    *circuits("autoregressive", {SATURATING: "values", GATED: "values"}),
    *circuits("nilpotent", {LINEAR: "values", SATURATING: "values", GATED: "values"}),
    Row(
        "fractional",
        LINEAR,
        INCONCLUSIVE,
        None,
        REFUSED,
        "0.99 of its signs are right, and 400 sequences do not tell more",
    ),
    *circuits("fractional", {SATURATING: "values", GATED: "values"}),
    *circuits("shrinking", {SATURATING: "values"}),
    Row("shrinking", LINEAR, CONSISTENT, "values", "y(t) = 1/3 y(t-1) + x(t)"),
    Row("shrinking", GATED, CONSISTENT, "values", REFUSED),
    *circuits("doubling", {GATED: "values"}),
    Row("doubling", LINEAR, CONSISTENT, "values", "y(t) = 2 y(t-1) + x(t)"),
    Row("ramp", LINEAR, NOT_SOLVED, None, REFUSED, CONTAMINATED),
    *circuits("ramp", {GATED: "values"}),
    Row("Salem", LINEAR, NOT_SOLVED, None, REFUSED, CONTAMINATED),
    *circuits("Salem", {GATED: "values"}),
    Row("half lasts", LINEAR, CONSISTENT, None, "u(t)[0] = u(t-2)[0]; u(t)[1] = u(t-1)[1]"),
    *circuits("half lasts", {SATURATING: "values", GATED: "values"}),
)
"""Tasks that mix, scale or forget."""

PLANTED = (
    *(
        Row("repeat-copy", Planted(cut, base), NOT_SOLVED, None, program, CUT)
        for base, program in {
            LINEAR: "u(t)[0] = 0; u(t)[1] = u(t-2)[1]",
            TANH: REFUSED,
            GATED: REFUSED,
            GRU: "u(t)[0] = 0; u(t)[1] = u(t-2)[1]",
            LSTM: "u(t)[0] = 0; u(t)[1] = u(t-2)[1]",
        }.items()
    ),
    *(
        Row("repeat-copy", Planted(flipped, base), NOT_SOLVED, None, REFUSED, FLIPPED)
        for base in (SATURATING, TANH, GRU, LSTM)
    ),
    *(
        Row(
            "repeat-copy",
            Another(TASKS["compose-copy"], base),
            NOT_SOLVED,
            None,
            "u(t)[0] = u(t-2)[0]; u(t)[1] = u(t-1)[1]",
            OTHER,
        )
        for base in (SATURATING, GRU, LSTM)
    ),
    Row(
        "delayed-copy",
        Planted(hoarding, SATURATING),
        OTHERWISE,
        "values",
        SAME,
        "it keeps what the task forgets",
    ),
    *circuits("compose-copy", {Planted(shuffled, SATURATING): "values", Planted(shuffled, TANH): "signs"}),
)
"""Flaws and an impostor that must be seen, and a disguise that must not count."""

TRAINED = (
    Row("T1", Trained("T1"), CONSISTENT, None),
    Row("T2", Trained("T2"), NOT_SOLVED, None, REFUSED, "0.96 of its signs are right"),
    Row("T3", Trained("T3"), OTHERWISE, None, SAME, "30 of 36 modes: variables share directions"),
    Row("T4", Trained("T4"), CONSISTENT, None),
)
"""The networks that are shipped."""

ROWS = (*SELECTIONS, *OTHERS, *PLANTED, *TRAINED)
