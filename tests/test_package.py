"""What a bare import loads, that the promised names are there, and what an installed copy consists of."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

import emt_theory as emt
from emt_theory.cli.prove import proofs
from emt_theory.evidence.resampling import clopper_pearson

ROOT = Path(__file__).parent.parent
HEAVY = ("sympy", "scipy", "networkx", "matplotlib", "jax", "torch", "hypothesis", "flint")
LATER = ("scipy.stats", "scipy.optimize")
"""Loaded by the few functions that call them: together they take longer than all else that a check loads."""


def loaded_after(statement, names=HEAVY):
    code = f"import sys\n{statement}\nprint([m for m in {names!r} if m in sys.modules])"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def test_a_bare_import_loads_nothing_heavy():
    assert loaded_after("import emt_theory") == "[]"


def test_networks_and_tasks_are_light():
    assert loaded_after("import emt_theory.networks, emt_theory.tasks") == "[]"


def test_statistics_are_loaded_where_they_are_computed():
    assert loaded_after("import emt_theory.analysis, emt_theory.report, emt_theory.studies", LATER) == "[]"
    assert 0 < clopper_pearson(1, 2)[0] < 1
    assert set(LATER) <= sys.modules.keys()


@pytest.mark.parametrize("name", emt.__all__)
def test_every_public_name_resolves(name):
    assert getattr(emt, name) is not None


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = emt.no_such_name


def beside_another(site):
    """A folder of installed packages, where somebody else's `proofs` is one."""
    (site / "proofs").mkdir(parents=True)
    (site / "proofs" / "__init__.py").write_text("raise RuntimeError('not ours')")
    return site


def emt_in(site, *arguments):
    """The command line of the copy that lies in this folder."""
    code = "import sys; from emt_theory.cli.main import main; sys.exit(main(sys.argv[1:]))"
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        cwd=site,
        env={**os.environ, "PYTHONPATH": str(site)},
    )


def check_proofs(site):
    """The command proves, saves and checks again, and with nothing but what lies in this folder."""
    proved = emt_in(site, "prove", "P12", "P18", "--save", "saved")
    assert (proved.returncode, proved.stderr) == (0, ""), proved.stderr
    assert "computed steps and words" in proved.stdout
    assert "machine-checked for all sizes" in proved.stdout
    checked = emt_in(site, "prove", "--certificate", "saved/P18.json")
    assert (checked.returncode, checked.stdout[:32]) == (0, "saved/P18.json: holds: proof of ")
    shutil.rmtree(site / "emt_theory" / "_proofs")
    missing = emt_in(site, "prove", "P18")
    assert (missing.returncode, missing.stderr.count("\n")) == (2, 1)
    assert missing.stderr.startswith("emt: the proofs are missing")


@pytest.mark.slow
def test_an_installed_copy_runs_its_own_proofs(tmp_path):
    site, ignore = beside_another(tmp_path), shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "emt_theory", site / "emt_theory", ignore=ignore)
    shutil.copytree(ROOT / "proofs", site / "emt_theory" / "_proofs", ignore=ignore)
    check_proofs(site)


@pytest.mark.slow
def test_the_wheel_is_one_package_with_its_proofs(tmp_path):
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(tmp_path), str(ROOT)]
    subprocess.run(command, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    site = beside_another(tmp_path / "site")
    with ZipFile(wheel) as archive:
        names = archive.namelist()
        archive.extractall(site)
    assert {name.partition("/")[0].partition("-")[0] for name in names if ".dist-info/" not in name} == {"emt_theory"}
    assert not [name for name in names if "__pycache__" in name]
    check_proofs(site)


def test_only_emt_prove_looks_for_the_proofs():
    assert proofs("ledger").__name__ == "emt_theory._proofs.ledger"
    found = [path for path in (ROOT / "emt_theory").rglob("*.py") if "_proofs" in path.read_text()]
    assert found == [ROOT / "emt_theory" / "cli" / "prove.py"]


def test_workflows_call_commands_that_the_makefile_has():
    made = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
    files = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
    runs = [line for path in files for line in re.findall(r"^ +- run: (.*)$", path.read_text(), flags=re.MULTILINE)]
    assert {path.stem for path in files} == {"docs", "release", "test"}
    assert sorted(runs) == [f"make {target}" for target in ("docs", "floors", "packages", "test", "types")]
    assert {run.removeprefix("make ") for run in runs} <= set(made)
    oldest = re.search(r'requires-python = ">=([0-9.]+)"', (ROOT / "pyproject.toml").read_text())[1]
    tried = re.search(r"python: \[(.*)\]", (ROOT / ".github" / "workflows" / "test.yml").read_text())[1]
    classified = re.findall(r"Python :: (3\.\d+)", (ROOT / "pyproject.toml").read_text())
    assert tried == ", ".join(f'"{version}"' for version in classified)
    assert classified[0] == oldest


def test_one_version_is_told_everywhere():
    told = {name: (ROOT / name).read_text() for name in ("pyproject.toml", "CITATION.cff", "docs/citing.md")}
    assert f'version = "{emt.__version__}"' in told["pyproject.toml"]
    assert f"\nversion: {emt.__version__}\n" in told["CITATION.cff"]
    assert told["docs/citing.md"].count(emt.__version__) == 2
