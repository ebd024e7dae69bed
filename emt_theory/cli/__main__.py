"""`python -m emt_theory.cli` is `emt`."""

import sys

from emt_theory.cli.main import main

sys.exit(main())
