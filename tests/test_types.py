"""The type checker has nothing to say: a test among the others, since it has only one thread and they have all cores."""

import subprocess
import sys
from pathlib import Path

import pytest


def test_the_type_checker_has_nothing_to_say():
    pytest.importorskip("basedpyright", reason="it comes with the tools of a checkout: make ready-dev")
    checked = subprocess.run(
        [sys.executable, "-m", "basedpyright"],
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
