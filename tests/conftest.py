"""Hypothesis profiles for `make test`: the same examples every time, no deadlines, no database, and a saboteur's failure is not made smaller."""

import gc
import os
import signal

import matplotlib
import pytest
from hypothesis import HealthCheck, Phase, settings

from emt_theory.cli.prove import proofs
from emt_theory.training import folder
from tests import shapes

matplotlib.use("Agg")
# A program that runs for a moment is compiled in a moment: without this, compiling takes most of what tests of JAX take.
os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true")
settings.register_profile(
    "ci",
    max_examples=30,
    derandomize=True,
    deadline=None,
    database=None,
    print_blob=False,
    report_multiple_bugs=False,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.register_profile("saboteur", settings.get_profile("ci"), phases=(Phase.explicit, Phase.generate))
settings.load_profile("ci")
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as a job that a shell runs in the background inherits it
    signal.signal(signal.SIGINT, signal.default_int_handler)
proofs("ledger")  # from here on `emt_theory._proofs` is importable: the modules that `emt prove` runs


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """What is loaded while tests are searched for stays: nobody looks for garbage in it, neither then nor later."""
    gc.disable()
    try:
        found = yield
    finally:
        gc.enable()
    gc.collect()
    gc.freeze()
    return found


def pytest_collection_modifyitems(items):
    """What takes a minute begins first: in the end nobody waits for it alone."""
    items.sort(key=lambda item: item.path.name != "test_types.py")


def pytest_collection_finish():
    """Once all tests and doctests are found, the functions that they call are held to their shapes."""
    shapes.watch()


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory, worker_id):
    """A folder that all workers of this run share."""
    own = tmp_path_factory.getbasetemp()
    return own if worker_id == "master" else own.parent


@pytest.fixture(scope="session", autouse=True)
def _one_picture_of_a_training():
    """Each run in a folder leaves a picture, and tests ask whether it is there: this process draws the first."""
    draw, drawn = folder._picture, []

    def first(run):
        if not drawn:
            drawn.append(draw(run))
        return drawn[0]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(folder, "_picture", first)
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """A saboteur fails on purpose, and nobody reads how."""
    settings.load_profile("saboteur" if "saboteur" in item.name else "ci")
    try:
        return (yield)
    finally:
        settings.load_profile("ci")
