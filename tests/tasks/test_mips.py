"""The 62 tasks of MIPS: all are there, their worked words are right, and each task is its truth function."""

import json
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from emt_theory import derive, tasks
from emt_theory.cli.common import complete_task
from emt_theory.errors import InvalidTask
from emt_theory.tasks import MIPS, LinearFilter, MachineTask, RuleTask, mips_task
from emt_theory.tasks.mips.forms import FORMS
from emt_theory.tasks.mips.truths import TRUTHS

MOST = 400
KINDS = {LinearFilter: 17, MachineTask: 35, RuleTask: 10}


def agree(task, known, words):
    """Whether a task shows what the truth function does, after words of one length."""
    given = np.array(words).reshape(len(words), -1, known.channels)
    shown = task.targets(given).tolist()
    wanted = [[list(y) if isinstance(y, tuple) else [y] for y in known.truth(word)] for word in words]
    return shown == wanted


def short_words(known):
    """All words of one length, few hundreds at most, over a few of the task's letters; and a longer random one."""
    values = list(known.inputs) if len(known.inputs) <= 16 else [known.inputs[0], known.inputs[-1], 0, 1, 7]
    letters = [x if known.channels > 1 else x[0] for x in product(values, repeat=known.channels)]
    length = next(n for n in range(7, 0, -1) if n == 1 or len(letters) ** n <= MOST)
    yield [list(word) for word in product(letters, repeat=length)]
    rng = np.random.default_rng(0)
    drawn = rng.choice(known.inputs, size=(3, 40, known.channels)).tolist()
    yield [[tuple(x) if known.channels > 1 else x[0] for x in word] for word in drawn]


def test_all_of_them_are_there():
    assert len(MIPS) == 62
    assert set(TRUTHS) == set(FORMS) == set(MIPS) == {mips_task(name).name for name in MIPS}
    assert sum(mips_task(name).solved for name in MIPS) == 32
    assert len({mips_task(name).source for name in MIPS}) == 62


@pytest.mark.parametrize("name", MIPS)
def test_a_task_is_what_its_definition_says(name):
    known = mips_task(name)
    task = tasks.parse(f"mips:{name}")
    assert task.name == name
    assert len(known.words) == 5
    for word, shown in known.words:
        assert len(word) == len(shown)
        assert all(v in known.inputs for x in word for v in (x if isinstance(x, tuple) else (x,)))
        assert known.truth(word) == shown
        assert agree(task, known, [word])
    assert all(agree(task, known, words) for words in short_words(known))
    assert tasks.from_dict(task.to_dict()) == task


def test_which_theory_applies():
    found = [type(tasks.parse(f"mips:{name}")) for name in MIPS]
    assert {kind: found.count(kind) for kind in KINDS} == KINDS
    dimensions = {"Sum_All": 1, "Prev5": 6, "Sum_Last7": 7, "Newton_Spring": 2, "Newton_Magnetic": 4}
    assert {name: derive(tasks.parse(f"mips:{name}")).minimal_dimension for name in dimensions} == dimensions
    states = {"Div_7": 7, "Add_Mod_8": 8, "Dithering": 15, "Base_7_Addition": 2, "Parity_Last4": 8, "Evens_Detector": 1}
    assert {name: derive(tasks.parse(f"mips:{name}")).machine.states for name in states} == states


def test_a_wrong_truth_is_seen():
    known = mips_task("Div_3")
    assert not all(agree(tasks.parse("mips:Div_5"), known, words) for words in short_words(known))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("mips:Add_Mod_9", "did you mean 'Add_Mod_8' or 'Add_Mod_7'"),
        ("mips:sum-all-", "did you mean 'Sum_All'"),
        ("mips:qq", "known are Binary_Addition, Base_3_Addition"),
        ("mips:", "known are Binary_Addition"),
    ],
)
def test_other_names_are_refused_with_the_nearest(text, message):
    with pytest.raises(InvalidTask, match=message):
        tasks.parse(text)
    with pytest.raises(InvalidTask, match="input at every step, and no dim"):
        tasks.parse("mips:sum-all", dim=2)


def test_names_are_completed_and_may_be_written_otherwise():
    assert "mips:Bit_Palindrome" in complete_task("mips:B")
    assert tasks.parse("MIPS: bit-palindrome") == tasks.parse("mips:Bit_Palindrome")


def test_what_the_results_say_is_what_their_rows_say():
    results = Path(__file__).parents[2] / "docs" / "results"
    rows = [json.loads(line) for line in (results / "mips.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {row["task"] for row in rows} == set(MIPS)
    reached = {row["task"] for row in rows if row["agrees"] and row["solved"]}
    assert f"**{len(reached)} of the 62 tasks are trained, solved and decompiled" in (results / "index.md").read_text(
        encoding="utf-8"
    )
