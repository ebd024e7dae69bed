"""Which pairs are compared, in which groups, and what trained networks show beside the nulls."""

import matplotlib.pyplot as plt
import pytest

from emt_theory.errors import InvalidOption
from emt_theory.studies import Checking, Population
from emt_theory.studies.hypotheses.universality import OTHER_TASK, RANDOM, Likeness, Universality, compare
from emt_theory.tasks import delayed_copy, repeat_copy
from tests.studies.hypotheses.claims import population

FOUND = Universality(
    (
        Likeness(RANDOM, "T", "a", "a", 0.1, None, None, None, same=False),
        Likeness("seed", "T", "a", "b", 1.0, 0.01, 0.0, 1.0, same=True),
        Likeness("seed", "T", "a", "c", 0.5, 0.03, None, 0.9, same=False),
        Likeness(OTHER_TASK, "T", "a", "d", None, None, None, 0.5, same=False),
        Likeness("size", "T", "b", "c", -0.2, 0.02, 0.1, 0.8, same=False),
    ),
    networks=3,
    unsolved=2,
)


def test_the_table_has_a_row_for_each_group_nulls_last():
    assert FOUND.groups == ("seed", "size", OTHER_TASK, RANDOM)
    assert FOUND.table[0] == {
        "pairs differ in": "seed", "pairs": 2, "same": 1, "states": 0.75, "spectrum": 0.02, "memories": 0.0, "alike": 0.95,
    }  # fmt: skip
    assert FOUND.table[2]["states"] is None
    assert [row["pairs"] for row in FOUND.to_dict()["groups"]] == [2, 1, 1, 1]
    assert str(FOUND).splitlines()[:2] == [
        "3 networks in pairs; 2 that do not solve their task are left out",
        "  seed: 1 of 2 pairs the same up to a change of basis; states shared 0.750 (median)",
    ]


def test_the_figure_has_a_dot_for_each_pair():
    ax = FOUND.plot()
    dots = [line for line in ax.lines if line.get_marker() == "o"]
    assert sum(len(line.get_ydata()) for line in dots) == 4  # one pair has no share
    assert [tick.get_text().splitlines()[0] for tick in ax.get_xticklabels()] == ["another seed", "another size", *FOUND.groups[2:]]  # fmt: skip
    assert min(min(line.get_ydata()) for line in dots if len(line.get_ydata())) == 0
    plt.close(ax.figure)
    assert FOUND.plot(ax) is ax


def test_what_cannot_be_compared(tmp_path):
    with pytest.raises(InvalidOption, match="networks without a check do not say"):
        population().compare(tmp_path / "runs")
    with pytest.raises(InvalidOption, match="of 2 networks none does"):
        population(seeds=2, check=Checking(4, 4)).compare(tmp_path / "runs", workers=0)
    with pytest.raises(InvalidOption, match="most must be an integer, at least 2"):
        population().compare(tmp_path / "runs", most=1)


@pytest.mark.slow
def test_trained_networks_are_alike_and_the_nulls_are_not(tmp_path):
    given = {"protocols": {"base": "fast", "steps": 600}, "check": Checking(400, 40), "seeds": 2}
    some = Population(repeat_copy(3, 1), hidden=[10, 16], **given)
    other = Population(delayed_copy(3, 1, lag=2), hidden=10, **given)
    found = compare(some, tmp_path / "runs", workers=0, most=3, others=other)
    assert (found.networks, found.groups) == (3, ("seed", "size", OTHER_TASK, RANDOM))
    rows = {row["pairs differ in"]: row for row in found.table}
    assert [rows[group]["pairs"] for group in found.groups] == [1, 2, 6, 9]
    assert min(rows["size"]["states"], rows["seed"]["states"]) > 0.9
    assert max(rows[OTHER_TASK]["states"], rows[RANDOM]["states"]) < 0.7
    assert rows[OTHER_TASK]["same"] == rows[RANDOM]["same"] == 0
    alone = compare(some, tmp_path / "runs", workers=0, most=2)
    assert OTHER_TASK not in alone.groups
