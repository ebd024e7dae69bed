"""`train_many`: over processes, vectorized, and over two virtual devices."""

import json
import os
import subprocess
import sys
from dataclasses import replace

import pytest

from emt_theory.errors import InvalidFile, InvalidOption, WorkLost
from emt_theory.ground.processes import Failure
from emt_theory.tasks import repeat_copy
from emt_theory.training import Protocol, Scheduled, many, train, train_many
from tests.training.samplers import fatal, minority

TASK = repeat_copy(num_variables=2, dim=1)
BRIEF = Protocol(steps=60, learning_rate=0.02, curriculum=Scheduled((3, 6), (0, 0.5)), batch=16, test_horizon=8)


@pytest.mark.slow
def test_processes_give_what_one_after_another_gives(tmp_path):
    seen = []
    runs = train_many(
        TASK, seeds=[4, 1], hidden=6, protocol=[BRIEF, replace(BRIEF, l2=0.1)], processes=1, out=tmp_path / "runs",
        finished=lambda run: seen.append(run.seed),
    )  # fmt: skip
    assert [run.seed for run in runs] == [4, 1]
    assert sorted(seen) == [1, 4]
    assert sorted(path.name for path in (tmp_path / "runs").iterdir()) == ["run-0", "run-1"]
    for run, l2 in zip(runs, (0.0, 0.1), strict=True):
        assert run.net == train(TASK, hidden=6, protocol=replace(BRIEF, l2=l2), seed=run.seed).net
    with pytest.raises(InvalidFile, match="holds a finished run already"):
        train_many(TASK, seeds=[4, 1], hidden=6, protocol=BRIEF, processes=1, out=tmp_path / "runs")


@pytest.mark.slow
def test_a_killed_worker_costs_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("FATAL", str(tmp_path / "died"))
    runs = train_many(fatal, seeds=[0, 1], hidden=4, protocol=BRIEF, processes=1, out=tmp_path / "runs")
    assert (tmp_path / "died").exists()
    assert [run.net for run in runs] == [train(fatal, hidden=4, protocol=BRIEF, seed=seed).net for seed in (0, 1)]


@pytest.mark.parametrize("error", [WorkLost, InvalidOption])
def test_what_fails_costs_nothing_but_itself(monkeypatch, error):
    """The others end before it is said; they are in what is raised if a process died."""
    lost = Failure("its process died 3 times", None if error is WorkLost else InvalidOption("not so"))

    def computed(_work, calls, _processes):
        yield 1, lost
        yield from ((k, calls[k]["seed"]) for k in (2, 0))

    seen = []
    monkeypatch.setattr(many, "compute", computed)
    with pytest.raises(error) as caught:
        train_many(TASK, seeds=[5, 6, 7], hidden=4, protocol=BRIEF, finished=seen.append)
    assert seen == [7, 5]
    if error is WorkLost:
        assert str(caught.value) == "run 1 (seed 6): its process died 3 times; the other 2 have ended"
        assert caught.value.kept == {0: 5, 2: 7}


@pytest.mark.slow
def test_a_module_level_sampler_goes_to_processes_and_a_lambda_does_not():
    assert len(train_many(minority, seeds=[0], hidden=4, protocol=BRIEF)) == 1
    with pytest.raises(InvalidOption, match="define the task or the sampler in a module"):
        train_many(lambda *arguments: minority(*arguments), seeds=[0], hidden=4, protocol=BRIEF)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"protocol": [BRIEF]}, "protocol must be one value, or one for each of the 2 seeds; got 1"),
        ({"l2": [0.1]}, "l2 is part of the protocol: train_many"),
        ({"spread": "wide"}, "unknown spread 'wide'; known are auto, processes, vectorized"),
        ({"spread": "vectorized"}, "only the jax backend is vectorized"),
        ({"backend": "tf"}, "unknown backend 'tf'"),
        ({"hidden": 0}, "hidden must be a positive integer"),
    ],
)
def test_bad_arguments(change, message):
    with pytest.raises(InvalidOption, match=message):
        train_many(TASK, **{"seeds": [0, 1], "protocol": BRIEF, **change})
    assert train_many(TASK, seeds=[], protocol=BRIEF) == []


TWO_DEVICES = """
import json, sys
from dataclasses import replace
import jax, numpy as np
from emt_theory.training import Adaptive, train, train_many
from emt_theory.training import jax_engine
from tests.training.test_many import BRIEF, TASK

engines = []
class Noted(jax_engine.JaxEngine):
    def __init__(self, *a, **k):
        super().__init__(*a, **k)
        engines.append(self)
jax_engine.JaxEngine = Noted
adaptive = replace(BRIEF, curriculum=Adaptive((2, 4), 0.7))
protocols = [replace(adaptive, l2=l2) for l2 in (0, 0, 0.1)]
runs = train_many(TASK, [0, 1, 2], 6, "jax", protocols, spread="vectorized", dtype="float64", out=sys.argv[1])
shards = engines[0]._carry.weights["W_hh"].sharding.device_set
alone = [train(TASK, 6, "numpy", k, protocol, dtype="float64") for k, protocol in enumerate(protocols)]
print(json.dumps({
    "devices": len(jax.devices()), "used": len(shards),
    "gap": max(float(np.abs(a.net.W_hh - b.net.W_hh).max()) for a, b in zip(runs, alone)),
    "horizons": all(np.array_equal(a.history.horizon, b.history.horizon) for a, b in zip(runs, alone)),
    "accuracy": [run.accuracy for run in runs],
}))
"""


@pytest.mark.slow
def test_runs_are_sharded_over_two_devices(tmp_path):
    environment = {
        **os.environ,
        "XLA_FLAGS": f"{os.environ['XLA_FLAGS']} --xla_force_host_platform_device_count=2",
        "JAX_PLATFORMS": "cpu",
    }
    command = [sys.executable, "-c", TWO_DEVICES, str(tmp_path / "runs")]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["devices"], found["used"]) == (2, 2)
    assert found["gap"] < 1e-9
    assert found["horizons"]
    assert sorted(path.name for path in (tmp_path / "runs").iterdir()) == ["run-0", "run-1", "run-2"]
