"""A checkpoint is read whole or refused, by name; signals leave one."""

import json
import os
import signal

import numpy as np
import pytest

from emt_theory.errors import InvalidFile, InvalidOption
from emt_theory.ground.signals import Interrupted
from emt_theory.training import checkpoint, train
from tests.training.test_train import SMALL, TASK, names


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kept") / "run"
    with pytest.raises(Interrupted):
        train(TASK, out=folder, progress=asking_at(20, signal.SIGTERM), **SMALL)
    with np.load(folder / "checkpoint.npz") as content:
        return {key: content[key] for key in content.files}


def asking_at(step, number):
    asked = []

    def ask(progress):
        if progress.step >= step and not asked:
            asked.append(number)
            os.kill(os.getpid(), number)

    return ask


def resume(tmp_path, arrays):
    (tmp_path / "run").mkdir(exist_ok=True)
    (tmp_path / "run" / "checkpoint.npz").write_bytes(checkpoint.archive(arrays))
    return train(TASK, out=tmp_path / "run", resume=True, **SMALL)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_that_asks_for_an_end_leaves_a_checkpoint(number, tmp_path):
    with pytest.raises(Interrupted) as caught:
        train(TASK, out=tmp_path / "run", progress=asking_at(20, number), **SMALL)
    assert caught.value.code == 128 + number
    assert names(tmp_path / "run") == ["checkpoint.npz"]
    assert train(TASK, out=tmp_path / "run", resume=True, **SMALL).net == train(TASK, **SMALL).net


def test_a_checkpoint_that_is_whole_is_gone_on_with(kept, tmp_path):
    assert resume(tmp_path, kept).net == train(TASK, **SMALL).net


HISTORY = ("step", "loss", "accuracy", "horizon", "steps_per_second")


def with_about(arrays, **changes):
    return {**arrays, "about": np.array(json.dumps({**json.loads(str(arrays["about"])), **changes}))}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda a: {**a, "history.loss": a["history.loss"][:3]}, r"history.loss has the shape \(3,\), not"),
        (lambda a: {**a, **{f"history.{k}": a[f"history.{k}"][:3] for k in HISTORY}}, r"history.step has the shape \(3,\)"),
        (lambda a: {**a, **{f"history.{k}": np.tile(a[f"history.{k}"], 9) for k in HISTORY}}, "history.step has the shape"),
        (lambda a: {**a, "history.step": a["history.step"].astype(float)}, "history.step holds float64, not int64"),
        (lambda a: {k: v for k, v in a.items() if k != "state.first.W_hh"}, "state.first.W_hh is missing"),
        (lambda a: {**a, "state.weights.W_hh": a["state.weights.W_hh"][:4]}, r"state.weights.W_hh has the shape \(4, 8\)"),
        (lambda a: {**a, "state.weights.b_h": a["state.weights.W_hh"]}, "'state.weights.b_h' does not belong there"),
        (lambda a: {**a, "state.weights.W_hh": 2 * a["state.weights.W_hh"]}, "another hash than it carries"),
        (lambda a: with_about(a, stage=99), "its stage is 99, not an integer from 0 to 1"),
        (lambda a: with_about(a, stage=1), "another hash than it carries"),
        (lambda a: with_about(a, seconds=float("nan")), "its seconds is nan, not a number of seconds"),
        (lambda a: with_about(a, computing="1"), "its computing is '1', not a number of seconds"),
        (lambda a: with_about(a, step=10**6), "its step is 1000000, not an integer from 0 to 150"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_by_name(kept, change, message, tmp_path):
    with pytest.raises(InvalidFile, match=message):
        resume(tmp_path, change(kept))


def test_one_of_another_version_is_refused(kept, tmp_path):
    with pytest.raises(InvalidOption, match="its version is 1, not 3"):
        resume(tmp_path, with_about(kept, version=1))
