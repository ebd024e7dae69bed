"""The wheel and the sdist as a stranger gets them: each installed into a fresh environment outside the checkout, where the tests then run.

python tests/packages.py DIST [PATH …]     exit code 1 if a test fails; PATHs are tests, all of the fast suite if left out
"""

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

CHECKOUT = ("test_dependencies.py", "test_house.py", "test_imports.py", "test_package.py")
"""What is about the files of a checkout, and not about the package."""
KILLED = ("studies/test_cluster.py", "studies/test_kills.py")
"""What starts processes of its own, which look for the package beside the tests."""


def install(package: Path, folder: Path, constraints: Path) -> Path:
    """A fresh environment with this package and what its tests need; its Python."""
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    python = folder / "bin" / "python"
    needs = [f"emt_theory[jax,testing] @ {package.resolve().as_uri()}", "pytest-xdist", "jaxtyping"]
    pip = [python, "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--constraint", constraints]
    subprocess.run([*pip, *needs], check=True)
    return python


def unpack(sdist: Path, folder: Path) -> Path:
    """The sources without the package: tests, documentation, proofs."""
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    (root,) = folder.iterdir()
    shutil.rmtree(root / "emt_theory")
    return root


def tried(package: Path, sdist: Path, paths: list[str]) -> bool:
    """Whether the tests pass with this package installed."""
    with tempfile.TemporaryDirectory() as place:
        root = unpack(sdist, Path(place) / "sources")
        python = install(package, Path(place) / "environment", root / "constraints.txt")
        where = "import emt_theory, sys; sys.exit('site-packages' not in emt_theory.__file__)"
        subprocess.run([python, "-c", where], check=True, cwd=root)
        left_out = [f"--ignore=tests/{name}" for name in (*CHECKOUT, *KILLED)]
        command = [python, "-m", "pytest", "-q", *left_out, *(paths or ["tests", "--pyargs", "emt_theory"])]
        environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONHOME")}
        return subprocess.run(command, cwd=root, env=environment, check=False).returncode == 0


def main(arguments: list[str]) -> int:
    """Try both."""
    dist = Path(arguments[0])
    (wheel,), (sdist,) = dist.glob("*.whl"), dist.glob("*.tar.gz")
    found = {package.name: tried(package, sdist, arguments[1:]) for package in (wheel, sdist)}
    for name, well in found.items():
        print(f"{name}: {'the tests pass' if well else 'a test fails'}")
    return 0 if all(found.values()) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
