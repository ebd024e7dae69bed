"""The oldest versions are those of pyproject.toml, and nothing that is needed is under the GPL."""

from tests import dependencies


def test_every_requirement_has_an_oldest_version():
    floors = dependencies.floors()
    assert all(
        any(line == f"{name}>={oldest}" for name, oldest in floors.items())
        for line in dependencies.PROJECT["dependencies"]
    )
    assert {"jax", "hypothesis", "pytest"} < set(floors)


def test_nothing_is_under_the_gpl(capsys, monkeypatch):
    assert dependencies.main(["licences"]) == 0
    assert "numpy" in capsys.readouterr().out
    monkeypatch.setattr(dependencies, "licence", lambda name: "GPL-3.0-or-later" if name == "numpy" else "MIT")
    assert dependencies.main(["licences"]) == 1
    assert dependencies.main([]) == 2
