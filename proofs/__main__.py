"""`python -m proofs [ID …]`: the ledger; the same as `emt prove`."""

import sys

from emt_theory.cli.main import main

sys.exit(main(["prove", *sys.argv[1:]]))
