"""`python tests/studies/sweeping.py STORE`: a small sweep on two processes, for tests that kill it. Checkpoints are written at every chance."""

import json
import sys

import emt_theory.training.single as single
from emt_theory.studies import sweep
from tests.studies.populations import LONGER

single.CHECKPOINT_SECONDS = 0.0  # in the workers too, which load this file

if __name__ == "__main__":
    json.dump(sweep(LONGER, sys.argv[1], workers=2).to_dict(), sys.stdout)
