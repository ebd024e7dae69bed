"""What a bare import loads, and that the promised names are there."""

import subprocess
import sys

import pytest

import emt_theory as emt

HEAVY = ("sympy", "scipy", "networkx", "matplotlib", "jax", "torch", "hypothesis", "flint")


def loaded_after(statement):
    code = f"import sys\n{statement}\nprint([m for m in {HEAVY!r} if m in sys.modules])"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def test_a_bare_import_loads_nothing_heavy():
    assert loaded_after("import emt_theory") == "[]"


def test_networks_and_tasks_are_light():
    assert loaded_after("import emt_theory.networks, emt_theory.tasks") == "[]"


@pytest.mark.parametrize("name", emt.__all__)
def test_every_public_name_resolves(name):
    assert getattr(emt, name) is not None


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = emt.no_such_name
