"""The type checker has nothing to say: two to three minutes on its one thread, so that it is among the long tests."""

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.slow
def test_the_type_checker_has_nothing_to_say():
    pytest.importorskip("basedpyright", reason="it comes with the tools of a checkout: make types")
    checked = subprocess.run(
        [sys.executable, "-m", "basedpyright"],
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
