"""A basis as JSON."""

import json

from emt_theory import derive, privileged_basis
from emt_theory.tasks import compose_copy


def test_a_basis_has_a_json_form():
    task = compose_copy(3)
    basis = privileged_basis(derive(task).compile(scheme="tanh", basis="identity"), task, sequences=64, horizon=40)
    found = json.loads(json.dumps(basis.to_dict(), allow_nan=False))
    promised = {
        "task",
        "accuracy",
        "participation",
        "table",
        "composition",
        "weights",
        "interchange",
        "sufficiency",
        "necessity",
    }
    assert promised <= set(found)
    assert (found["task"], found["claims"], len(found["table"])) == (task.name, True, 6)
    assert found["table"][0]["units"] == 1
    assert found["interchange"]["own"]["flips"] == 1
    assert set(found["weights"]) == {"weights", "step", "secant"}
