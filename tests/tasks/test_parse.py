"""What the command line takes for a task."""

import pytest

from emt_theory import tasks
from emt_theory.errors import InvalidFile, InvalidOption, InvalidTask
from emt_theory.tasks import parse


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("T1", tasks.repeat_copy(8, 8)),
        ("t2", tasks.compose_copy(8)),
        ("paper:255,0,0", tasks.repeat_copy(8, 8)),
        ("Repeat_Copy", tasks.repeat_copy()),
        ("delayed-copy:lag=3", tasks.delayed_copy(lag=3)),
        ("autoregressive:coefficients=2 -1/3", tasks.autoregressive([2, "-1/3"])),
        ("random-selection:seed=4,distinct=1", tasks.random_selection(seed=4, distinct=True)),
    ],
)
def test_names(text, expected):
    assert parse(text) == expected


def test_sizes_where_a_name_leaves_them_open():
    assert parse("repeat-copy", num_variables=3, dim=2) == tasks.repeat_copy(3, 2)
    assert parse("paper:9,1,2", num_variables=2, dim=2).num_variables == 2
    assert parse("T1", num_variables=8).name == "T1"


@pytest.mark.parametrize(
    ("text", "sizes", "message"),
    [
        ("T5", {}, "unknown task 'T5'; did you mean"),
        ("repat-copy", {}, "did you mean 'repeat-copy'"),
        ("Running_Parity,quiet=3", {}, "options follow a colon, 'running-parity:quiet=3'"),
        ("t1,inputs=0", {}, "options follow a colon, 'T1:inputs=0'"),
        ("qqqq", {}, "known are T1, T2, T3, T4, repeat-copy"),
        ("", {}, "unknown task ''"),
        ("paper:255,0", {}, "is not a paper id"),
        ("paper:a,b,c", {}, "is not a paper id"),
        ("paper:127,0,0", {}, "id1 = 127 has 7 set bits"),
        ("T1", {"dim": 4}, "T1 has dim = 8; got 4; repeat-copy is the same task with dim left open"),
        ("repeat-copy:lag=3", {}, "unknown option 'lag=3'; it takes inputs="),
        ("delayed-copy:leg=3", {}, "unknown option 'leg=3'; it takes lag="),
        ("delayed-copy:lag=x", {}, "lag must be an integer; got 'x'"),
        ("delayed-copy:lag=--3", {}, "lag must be an integer; got '--3'"),
        ("delayed-copy:lag=" + "9" * 5000, {}, "lag must be an integer"),
        ("random-selection:distinct=5", {}, "distinct must be 0 or 1"),
        ("random-selection:seed=-1", {}, "seed must be an integer from 0 to"),
        ("paper:" + "9" * 5000 + ",0,0", {}, "is not a paper id"),
        ("paper:255,0,0", {"dim": 0}, "dim must be a positive integer; got 0"),
        ("x" * 5000, {}, "unknown task"),
        ("a\0b.toml", {}, "cannot be read"),
        (None, {}, "a task is named by a text"),
        ("delayed-copy:lag=0", {}, "lag must be an integer from 1 to 8"),
        ("autoregressive:coefficients=0.5", {}, "is not a fraction"),
    ],
)
def test_texts_that_are_refused(text, sizes, message):
    with pytest.raises((InvalidTask, InvalidFile, InvalidOption), match=message):
        parse(text, **sizes)
