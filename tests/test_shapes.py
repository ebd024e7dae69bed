"""Every promise of `tests.shapes` is watched while the tests run, and a wrong shape turns a test red."""

import inspect

import numpy as np
import pytest

import emt_theory as emt
from emt_theory.errors import InvalidNetwork
from emt_theory.networks import GRU, ElmanRNN, Run, StateSpace, state_space
from emt_theory.tasks import accuracy
from tests import shapes

NET = ElmanRNN(W_hh=np.eye(3), W_uh=np.ones((3, 2)), W_hy=np.ones((2, 3)))


@pytest.mark.parametrize("name", shapes.PROMISES)
def test_a_promise_is_watched(name):
    holder, last = shapes.find(name)
    subject = getattr(holder, last)
    assert hasattr(subject.__init__ if inspect.isclass(subject) else subject, "__wrapped__")


def test_names_that_were_imported_before_are_watched():
    assert accuracy is emt.tasks.accuracy
    assert hasattr(accuracy, "__wrapped__")


@pytest.mark.parametrize(
    ("name", "broken"),
    [
        ("networks.Network.read", lambda self, h: (h @ self.W_hy.T).T),
        ("networks.Network.read", lambda self, h: h),
        ("networks.ElmanRNN.step", lambda self, h, x: np.zeros((1, 3))),
        (
            "networks.Network.run",
            lambda self, x, steps=None, lengths=None: Run(np.zeros((4, 5, 2)), np.zeros((4, 6, 3))),
        ),
        (
            "networks.Network.run",
            lambda self, x, steps=None, lengths=None: Run(np.zeros((5, 4, 2)), np.zeros((5, 4, 3))),
        ),
    ],
)
def test_a_wrong_result_is_noticed(name, broken):
    (holder, method), promise = shapes.find(name), shapes.PROMISES[name]
    arguments = {"read": [(5, 3)], "step": [(5, 3), (5, 2)], "run": [(4, 5, 2)]}[method]
    arguments = [np.zeros(shape) for shape in arguments]
    right = inspect.unwrap(getattr(holder, method))
    shapes.watched(right, promise)(NET, *arguments)
    with pytest.raises(AssertionError, match="promised is"):
        shapes.watched(broken, promise)(NET, *arguments)


def test_an_argument_that_is_wrong_and_not_refused_is_noticed():
    careless = shapes.watched(lambda outputs, targets: 1.0, shapes.PROMISES["tasks.accuracy"])
    assert careless(np.zeros((2, 3, 4)), np.zeros((2, 3, 4))) == 1.0
    with pytest.raises(AssertionError, match=r"targets has shape \(2, 3, 1\)"):
        careless(np.zeros((2, 3, 4)), np.zeros((2, 3, 1)))
    with pytest.raises(InvalidNetwork):  # what is refused is refused in the function's own words
        NET.read(np.zeros((5, 2)))


def test_a_value_of_a_wrong_shape_is_noticed():
    times, rate = np.zeros(4), emt.gsemm.EnergyRate(*np.zeros((3, 4)))
    emt.gsemm.EnergyTrace(times, np.zeros(4), rate)
    with pytest.raises(AssertionError, match=r"energy has shape \(5,\)"):
        emt.gsemm.EnergyTrace(times, np.zeros(5), rate)


def test_a_jacobian_that_loses_the_batch_is_noticed(monkeypatch):
    space = state_space(GRU(np.zeros((9, 2)), np.zeros((9, 3)), W_hy=np.ones((2, 3))))
    fresh = shapes.watched(inspect.unwrap(StateSpace.jacobian), shapes.PROMISES["networks.StateSpace.jacobian"])
    monkeypatch.setattr(StateSpace, "jacobian", fresh)  # each call is looked at, however many other tests have made
    assert space.jacobian(np.zeros((5, 3))).shape == (5, 3, 3)
    monkeypatch.setattr(GRU, "differentiate", lambda self, z, drive: np.eye(3))
    with pytest.raises(AssertionError, match="promised is"):
        space.jacobian(np.zeros((5, 3)))
