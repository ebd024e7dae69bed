"""`emt doctor`: what it says of an installation, and of a broken one."""

import json
import sys
from importlib import metadata

import pytest

from emt_theory.cli.main import main
from emt_theory.ground import environment
from emt_theory.ground.environment import Requirement, examine, parse


def test_an_installation_that_works(capsys):
    assert main(["doctor", "--json"]) == 0
    described = json.loads(capsys.readouterr().out)
    assert described["works"] is True
    assert {package["name"] for package in described["core"]} >= {"numpy", "scipy", "python-flint", "typer"}
    assert described["backends"]["numpy"] == metadata.version("numpy")
    assert (described["backends"]["jax"]["devices"] is None) == (described["backends"]["jax"]["reason"] is not None)
    parts = {part["name"]: part for part in described["parts"]}
    assert {"jax", "cuda", "torch", "cluster", "testing", "docs"} <= set(parts)
    assert parts["torch"]["install"] == "pip install 'emt_theory[torch]'"
    assert all(part["installed"] == all(p["version"] for p in part["packages"]) for part in parts.values())
    assert main(["doctor"]) == 0
    out = capsys.readouterr().out
    assert "everything needed is there" in out
    assert "kernel" in out


@pytest.fixture
def broken(monkeypatch):
    """An installation in which SciPy is missing, FLINT too old, and NumPy cannot be imported."""
    version, load = environment._version, environment.import_module
    monkeypatch.setattr(
        environment, "_version", lambda name: {"scipy": None, "python-flint": "0.1"}.get(name, version(name))
    )

    def import_module(name):
        if name == "numpy":
            raise ImportError("libopenblas.so: cannot open\nshared object file")
        return load(name)

    monkeypatch.setattr(environment, "import_module", import_module)


@pytest.mark.usefixtures("broken")
def test_a_broken_one_is_named_with_the_command_that_mends_it(capsys):
    assert main(["doctor"]) == 1
    out = capsys.readouterr().out
    assert "scipy –   ← missing (needs ≥ 1.14)" in out
    assert "python-flint 0.1   ← too old (needs ≥ 0.7)" in out
    assert "← cannot be imported: libopenblas.so: cannot open (" in out
    last = out.splitlines()[-1]
    assert (
        last
        == "broken: numpy, python-flint, scipy; pip install --upgrade 'numpy>=2.0' 'python-flint>=0.7' 'scipy>=1.14'"
    )
    assert main(["doctor", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["works"] is False


def test_it_answers_where_even_the_command_line_cannot_be_made(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "typer", None)
    monkeypatch.delitem(sys.modules, "emt_theory.cli.app")
    assert main(["derive", "T1"]) == 1
    assert "'emt doctor' says what else is" in capsys.readouterr().err
    assert main(["doctor"]) == 1
    assert "typer" in capsys.readouterr().out.splitlines()[-1]
    assert main(["doctor", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["works"] is False


def test_the_devices_of_a_broken_jax(monkeypatch):
    monkeypatch.setitem(sys.modules, "jax", None)
    assert str(examine().to_dict()["backends"]["jax"]["reason"]).startswith(("broken: ", "not installed"))


def test_dependencies_as_they_are_written():
    assert parse("numpy>=2.0") == Requirement("numpy", "2.0", None)
    assert parse("jax[cuda13]>=0.8 ; extra == 'cuda'") == Requirement("jax[cuda13]", "0.8", "cuda")
    assert parse('ruff<0.18,>=0.17; python_version > "3" and extra == "dev"') == Requirement("ruff", "0.17", "dev")
    assert parse("emt_theory[testing]; extra == 'docs'") is None


def test_a_checkout_that_is_not_installed_reads_its_own_list(monkeypatch):
    installed = environment._requirements()

    def nothing(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(environment.metadata, "requires", nothing)
    read = environment._requirements()
    assert [need for need in read if need.part is None] == [need for need in installed if need.part is None]
