"""P28 on functions of states, on the states of compiled networks, and what breaks it."""

import re
from dataclasses import replace

import numpy as np
import pytest

from emt_theory.circuits import derive
from emt_theory.evidence.symbols.visits import visit
from emt_theory.networks import state_space
from emt_theory.tasks import from_rule, modular_sum, parity, parse, xor
from emt_theory.testing import laws
from emt_theory.testing.laws.secants import SecantSubject, compressed, sampled_values

XORPAIR = from_rule(lambda u: [u[3][0] ^ u[1][1], u[3][1] ^ u[2][0]], 3, 2, "xorpair", alphabet=2)
TASKS = [xor(), parity(), modular_sum(3), XORPAIR, parse("mux"), parse("lfsr")]


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_it_holds_on_random_functions(task):
    assert laws.check_law("P28", task, "numpy").status == "holds"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda s: {"after": s.after.argsort()}, "from those of PK on S$"),
        (lambda s: {"values": 1.01 * s.values}, "from those of PK on S$"),
        (lambda s: {"weights": s.weights[::-1]}, "from those of PK on S$"),
    ],
)
def test_other_claims_break_it(change, reason):
    subject = SecantSubject.of(XORPAIR)
    found = laws.check_law("P28", replace(subject, **change(subject)), "numpy")
    assert found.status == "broken"
    assert re.search(reason, found.evidence)


def test_uneven_weights_can_leave_the_circle():
    """Two states that are exchanged, one function with values 2 and 1, the second state sampled four times: the slope is 10/8."""
    C, w, after = np.array([[2.0], [1.0]]), np.array([1, 4]), np.array([1, 0])
    assert compressed(C, w, after)[0] == pytest.approx(1.25)
    assert sampled_values(C, w, after)[0] == pytest.approx(1.25)
    assert abs(sampled_values(C, np.array([1, 1]), after)[0]) < 1


def test_the_states_of_a_network_are_such_functions():
    """h of a compiled circuit late, and its secant map at full rank."""
    visits = visit(state_space(derive(XORPAIR).compile()), XORPAIR, 40, seed=0, ahead=0)
    first = np.array([np.flatnonzero(visits.memories == k)[0] for k in range(visits.visited)])
    H = visits.rows[first]
    step = visits.memories.reshape(visits.states.shape[:2])
    after = np.empty(visits.visited, dtype=int)
    after[step[:, 0]] = step[:, 1]
    rank = int(np.linalg.matrix_rank(H))
    low = np.linalg.svd(H)[2][:rank].T
    even = np.ones(len(after), dtype=int)
    found, wanted = (np.sort(abs(of(H @ low, even, after))) for of in (sampled_values, compressed))
    lasting = wanted > 0.5  # 0 is the end of Jordan chains, which rounding moves by its root
    assert lasting.any()
    assert found[lasting] == pytest.approx(wanted[lasting], abs=1e-6)


def test_it_says_what_it_does_not_apply_to():
    assert laws.check_law("P28", parse("T2"), "numpy").status == "does not apply"
