"""Laws on what `compile` returns, and `certify` held against running."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings

from emt_theory import derive
from emt_theory.circuits import Certification, FirstError, certify, compile_cell
from emt_theory.circuits.cells import GATED
from emt_theory.circuits.schemes import SCHEMES
from emt_theory.errors import SchemeNotAllowed
from emt_theory.ground.rationals import RationalMatrix
from emt_theory.networks import ExactRNN
from emt_theory.tasks import compose_copy, fibonacci, from_matrix, repeat_copy, selection
from emt_theory.testing import laws, networks, strategies
from emt_theory.testing.laws import compiling
from emt_theory.testing.laws.compiling import misjudged
from emt_theory.testing.laws.networks import NETWORK_LAWS

TASKS = [
    repeat_copy(2, 1),
    compose_copy(2),
    fibonacci(2, 1),
    from_matrix([["1/2", "1/3"]], dim=1),
    from_matrix([["1/3"]], dim=1),
]
MEANT = {
    "linear": {"P08", "P15"},
    "damped": {"P07b", "P08", "P15"},
    "saturating": {"P13"},
    "tanh": {"P14"},
    "gated": {"P16"},
}
"""By scheme: the laws about networks whose form its networks have. A linear circuit is damped by 1, where no chain reads on."""
COMPILED = [(name, basis) for name, scheme in SCHEMES.items() for basis in scheme.bases]


def allowed(scheme: str) -> list[Any]:
    return [task for task in TASKS if SCHEMES[scheme]().verdict(task).allowed]


@pytest.mark.parametrize(("scheme", "basis"), COMPILED)
def test_the_laws_hold_for_what_compile_returns(scheme: str, basis: str) -> None:
    for task in allowed(scheme):
        net = derive(task).compile(scheme=scheme, basis=basis, seed=1)
        applied = set[str]()
        for law in NETWORK_LAWS:
            for carrier in law.carriers:
                found = laws.check_law(law, (net, task), carrier)
                assert found, str(found)
                applied |= {law.id} if found.status == "holds" else set()
                assert found.status == "holds" or found.evidence
        undamped = {"P07b"} if scheme == "linear" and task == TASKS[0] else set()
        assert applied == MEANT[scheme] | undamped


def test_every_scheme_has_its_laws() -> None:
    assert set(MEANT) == set(SCHEMES)
    for law in NETWORK_LAWS:
        assert any(law.id in meant for meant in MEANT.values())
        assert "compile" in law.carriers
    certified = {"P07", "P07b", "P08", "P13", "P14", "P16", "P23", "P24", "P25", "P26"}
    assert {law.id for law in laws.all() if "certify" in law.carriers} == certified
    assert all(allowed(scheme) for scheme in SCHEMES)


def test_a_network_damped_too_little_or_otherwise_is_none_of_p07bs_business() -> None:
    task = selection("newest", 3, [(3, 0, 1)])
    net = networks.linear(task, damping=Fraction(3, 4))
    weak = laws.check_law("P07b", (net, task))
    assert weak.evidence == "γ + … + γ^m = 21/16 with γ = 3/4, m = 2; it must be below 1"
    other = replace(net, W_uh=net.W_uh * 2)
    assert laws.check_law("P07b", (other, task)).evidence == "not the damped circuit in any basis"


@settings(max_examples=25)
@given(strategies.flawed_networks(strategies.rational_tasks(max_num_variables=2, max_dim=2)))
def test_certify_is_right_about_flawed_networks(flawed: Any) -> None:
    assert misjudged(flawed.network, flawed.task) == ""
    assert not certify(flawed.network, flawed.task)


@pytest.mark.parametrize("cell", GATED)
def test_certify_is_right_about_gated_cells(cell: str) -> None:
    task, other = compose_copy(2), repeat_copy(2, 2)
    net = compile_cell(task, cell)
    assert misjudged(net, task, "signs") == ""
    assert misjudged(net, other) == ""
    assert misjudged(net, other, "signs").startswith("certify says nothing, and signs are promised")


@pytest.mark.parametrize("scheme", SCHEMES)
def test_certify_is_right_about_a_circuit_of_another_task(scheme: str) -> None:
    task, other = compose_copy(2), repeat_copy(2, 2)
    net = derive(task).compile(scheme=scheme)
    assert certify(net, other).first_error is not None
    assert misjudged(net, other) == ""
    assert misjudged(replace(net, exact=None), other) == ""


def lying(claims: Certification) -> Any:
    return lambda net, task: claims


def test_saboteur_a_certify_that_lies_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    task, other = repeat_copy(2, 1), from_matrix([[0, 1]], dim=1)
    right = derive(task).compile(scheme="saturating")
    wrong, tanh = derive(other).compile(scheme="saturating"), derive(other).compile(scheme="tanh")
    values, signs = certify(right, task), certify(derive(task).compile(scheme="tanh"), task)
    for net, claims, seen in (
        (wrong, values, "certify says values, but y"),
        (tanh, signs, "certify says signs, but y"),
        (right, Certification(None, "", FirstError(3, 0, (("1",), ("-1",)), "-1", "1", "value")), "where 1 is right"),
        (right, Certification(None, "", FirstError(3, 0, (("1",), ("-1",)), "1", "-1", "value")), "the target is -1"),
        (right, Certification(None, "", FirstError(2, 0, (("1",), ("-1",)), "1", "-1", "value")), "not scored"),
    ):
        monkeypatch.setattr(compiling, "certify", lying(claims))
        assert seen in misjudged(net, task)


def test_what_compile_refuses_breaks_the_law(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> ExactRNN:
        raise SchemeNotAllowed("no")

    monkeypatch.setattr("emt_theory.testing.laws.networks.compiled", refuse)
    found = laws.check_law("P13", compose_copy(2), "compile")
    assert (found.status, found.evidence) == ("broken", "compile refuses: no")


def test_the_phase_gates_two_forms_and_near_misses() -> None:
    task = compose_copy(2)
    shifted, pairs = networks.gated_with_biases(task, 1), networks.gated(task)
    for net in (shifted, pairs):
        assert laws.check_law("P16", (net, task)).status == "holds"
        assert laws.check_law("P16", (net, task), "certify").status == "holds"
    small = networks.gated_with_biases(task, Fraction(1, 2))
    grown = networks.gated_with_biases(fibonacci(2, 1), 1)
    moved = replace(shifted, W_hy=shifted.W_hy * 2)
    assert laws.check_law("P16", (small, task)).evidence.startswith("biases hold values up to 1/2")
    assert laws.check_law("P16", (grown, fibonacci(2, 1))).evidence.startswith("biases hold values up to 1")
    assert laws.check_law("P16", (moved, task)).evidence == "not the units with biases of P16"
    one = ExactRNN(
        RationalMatrix.identity(1),
        RationalMatrix.from_rows([[1, 0]]),
        RationalMatrix.identity(1),
        activation="relu",
        phase_input=True,
    )
    assert laws.check_law("P16", (one, repeat_copy(2, 1))).evidence == "not the pairs of P16"
