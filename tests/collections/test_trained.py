"""The collection is the one that its rule says, and each half has every size once."""

from tests.collections.trained import listed, rows


def test_the_list_follows_its_rule():
    assert listed() == rows()
    assert len(listed()) == 432
    assert min(row.hidden for row in listed()) > 0


def test_each_half_has_every_size_once():
    sizes = {(s, d) for s in range(2, 8) for d in range(2, 8)}
    for half in (False, True):
        tasks = {row.k: (row.num_variables, row.dim) for row in listed() if row.reported is half}
        assert sorted(tasks.values()) == sorted(sizes)
