"""The laws of the memory model take models as they take tasks, and say when they do not apply."""

import numpy as np
import pytest

from emt_theory.errors import InvalidOption
from emt_theory.gsemm import Model, identity, relu, softmax
from emt_theory.tasks import compose_copy
from emt_theory.testing import laws

MODEL = Model.lisem(np.eye(3)[:, :2], [[0, 1], [1, 0]], T_d=5, alpha_s=2)


@pytest.mark.parametrize("id", ["P01", "P02", "P03", "P04"])
def test_models_and_tasks_are_subjects(id):
    law = laws.get(id)
    for subject in (MODEL, compose_copy(2)):
        found = {carrier: laws.check_law(law, subject, carrier).status for carrier in law.carriers}
        assert found.pop("trained") == "does not apply"
        assert set(found.values()) == {"holds"}


@pytest.mark.parametrize(
    ("id", "model", "reason"),
    [
        ("P01", Model(np.eye(2), np.eye(2), relu(), identity()), "the Hessian of relu jumps"),
        ("P02", Model.dsem(np.eye(2), np.eye(2)), "σ_h is softmax, not the identity"),
        ("P03", Model(np.eye(2), np.eye(2), softmax(), identity()), "no network has σ_f = softmax"),
        ("P04", Model.lisem(np.ones((3, 2)), np.eye(2)), "the memories are dependent"),
    ],
)
def test_premises(id, model, reason):
    found = laws.check_law(id, model, "numpy")
    assert found.status == "does not apply"
    assert reason in found.evidence


def test_a_law_about_tasks_does_not_take_a_model():
    with pytest.raises(InvalidOption, match="got a Model"):
        laws.check_law("P09", MODEL)
    with pytest.raises(InvalidOption, match="got a str"):
        laws.check_law("P01", "model", "numpy")


@pytest.mark.parametrize("T_h", [0.0, 1.0])
def test_p01_notices_a_wrong_velocity_of_a_slaved_delay(monkeypatch, T_h):
    """A slaved delay that moves with σ_f and not with βσ_f."""
    model = Model.lisem([[1, 0.5], [0, 1]], [[0, 1], [1, 0]], T_h=T_h, T_d=0.0, delay_gain=2.0)
    assert laws.check_law("P01", model, "numpy").status == "holds"
    honest = Model.derivatives

    def without_gain(self, *state):
        moved = honest(self, *state)
        return moved._replace(delay=moved.delay / self.delay_gain)

    monkeypatch.setattr(Model, "derivatives", without_gain)
    assert laws.check_law("P01", model, "numpy").status == "broken"
