"""Where runs are made, as far as no cluster is needed: what is refused, and what SLURM is asked for."""

import signal

import pytest

from emt_theory.cli.main import main
from emt_theory.errors import InvalidFile, InvalidOption
from emt_theory.ground import cluster
from emt_theory.studies import read_grid, sweep
from emt_theory.studies.slurm import Slurm, slurm_of
from emt_theory.studies.store import Store
from emt_theory.studies.work import Job, make
from tests.studies.populations import GRID, run


@pytest.mark.parametrize(("where", "package"), [("tcp://host:8786", "distributed"), ("slurm", "dask_jobqueue")])
def test_a_missing_package_is_one_line(tmp_path, monkeypatch, capsys, where, package):
    def missing(name):
        raise ImportError(name)

    monkeypatch.setattr(cluster, "import_module", missing)
    with pytest.raises(InvalidOption, match=r"install it with: pip install 'emt_theory\[cluster\]'"):
        sweep(GRID, tmp_path / "runs", cluster=where)
    (tmp_path / "grid.toml").write_text('tasks = "T1"')
    options = ["--slurm"] if where == "slurm" else ["--scheduler", where]
    assert main(["sweep", str(tmp_path / "grid.toml"), "--store", str(tmp_path / "runs"), *options]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert f"{package} is not installed" in err
    assert not (tmp_path / "runs").exists()


def test_what_is_imported_leaves_ctrl_c_as_it_was(monkeypatch):
    """The package for SLURM sets a handler of its own."""
    before = signal.getsignal(signal.SIGINT)
    monkeypatch.setattr(cluster, "import_module", lambda _: signal.signal(signal.SIGINT, signal.SIG_IGN))
    cluster.import_cluster("dask_jobqueue")
    assert signal.getsignal(signal.SIGINT) is before


def test_one_place_at_a_time(tmp_path, capsys):
    with pytest.raises(InvalidOption, match="a cluster has its own; leave one of the two out"):
        sweep(GRID, tmp_path / "runs", workers=2, cluster="tcp://host:8786")
    assert main(["sweep", "grid.toml", "--slurm", "--scheduler", "tcp://host:8786"]) == 2
    assert "--slurm starts a scheduler of its own" in capsys.readouterr().err


def test_a_store_is_known_by_what_it_alone_carries(tmp_path):
    """A worker whose machine has another folder of that name makes nothing in it."""
    store = Store(tmp_path / "runs")
    assert store.carried() is None
    identity = store.identity()
    assert identity == store.identity() == Store(tmp_path / "runs").carried()
    assert Store(tmp_path / "other").identity() != identity
    for where in ("other", "none"):
        with pytest.raises(InvalidFile, match="does not see the store"):
            make(Job(tmp_path / where, run(), identity), lambda _: None)
    assert not (tmp_path / "none").exists()
    assert make(Job(store.path, run(), identity), lambda _: None) == "done"


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"job": 3}, "unknown field of slurm 'job'; did you mean 'jobs'"),
        ({"jobs": 0}, "jobs must be an integer from 1 to 10000; got 0"),
        ({"walltime": 4}, "walltime of slurm must be a text; got 4"),
        ({"memory": None}, "memory of slurm must be a text"),
        ({"queue": "a\nb"}, "queue of slurm must be a text"),
        ({"directives": "--x"}, "directives must be a list"),
        ({"prologue": ["a", 3]}, "prologue of slurm must be a list of lines"),
        (3, "slurm must be a table; got 3"),
    ],
)
def test_what_slurm_cannot_be_asked_for(table, message):
    with pytest.raises(InvalidOption, match=message):
        read_grid({**GRID, "slurm": table})


def test_the_table_of_a_grid(tmp_path):
    (tmp_path / "grid.toml").write_text(
        'tasks = "T1"\n[slurm]\njobs = 16\nqueue = "short"\ndirectives = ["--exclude=x"]'
    )
    assert len(read_grid(tmp_path / "grid.toml")) == 1
    assert slurm_of(tmp_path / "grid.toml") == Slurm(16, queue="short", directives=("--exclude=x",))
    assert slurm_of([run()]) == slurm_of({"tasks": "T1"}) == Slurm()
