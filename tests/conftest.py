"""One Hypothesis profile for `make test`: the same examples every time, no deadlines, no database."""

import matplotlib
from hypothesis import HealthCheck, settings

from emt_theory.cli.prove import proofs
from tests import shapes

matplotlib.use("Agg")
settings.register_profile(
    "ci",
    derandomize=True,
    deadline=None,
    database=None,
    print_blob=False,
    report_multiple_bugs=False,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("ci")
proofs("ledger")  # from here on `emt_theory._proofs` is importable: the modules that `emt prove` runs


def pytest_collection_finish():
    """Once all tests and doctests are found, the functions that they call are held to their shapes."""
    shapes.watch()
