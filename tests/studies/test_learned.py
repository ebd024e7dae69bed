"""The study of rules read off networks: what it lists, and how it counts."""

from docs.results import learned


def test_the_list_is_what_its_text_says():
    names = [task.name for task in learned.TASKS]
    assert len(set(names)) == len(names) == 24
    assert all(task.components <= 16 for task in learned.TASKS)
    assert len({(task.slots, task.rules) for task in learned.TASKS}) == 24
    assert learned.random_network(3) == learned.random_network(3)
    assert [learned.random_network(k).dim for k in (0, 1)] == [1, 2]


def test_what_is_counted(monkeypatch, tmp_path):
    base = {"task": "xor", "verdict": "consistent", "mechanism": "lifted", "certificate": "orbits"}
    given = [
        {"kind": "learned", "seed": 0, "solved": True, "outcome": "exact", **base},
        {"kind": "learned", "seed": 1, "solved": True, "outcome": "another rule", **base},
        {"kind": "learned", "seed": 2, "solved": False, "outcome": "exact", **base},
        {"kind": "early", "seed": 0, "outcome": "refused", "task": "xor"},
    ]
    told = learned.summary(given)
    assert told.startswith(
        "2 of 3 networks solve their task on every input\n1 of these decompile exactly (95 %: 0.013 to"
    )
    assert "early: {'refused': 1}" in told
    monkeypatch.setattr(learned, "ROWS", tmp_path / "rows.jsonl")
    monkeypatch.setattr(learned, "TASKS", ())
    monkeypatch.setattr(learned, "RANDOM", 1)
    monkeypatch.setattr(learned, "read", lambda net, alphabet: {"outcome": "refused"})
    learned.main()
    assert list(learned.rows()) == []
