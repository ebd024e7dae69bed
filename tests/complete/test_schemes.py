"""Every scheme × what all schemes promise: on a task that it allows, `certify` finds what it says; what it refuses it refuses by a number."""

from __future__ import annotations

import json

import numpy as np
import pytest

from emt_theory import derive
from emt_theory.circuits import certify
from emt_theory.circuits.schemes import FINITE_SCHEMES, SCHEMES, Scheme
from emt_theory.cli.main import main
from emt_theory.errors import InvalidOption, SchemeNotAllowed
from emt_theory.tasks import LinearTask, compose_copy, fibonacci, from_matrix, modular_sum, parse, repeat_copy

TASKS = [repeat_copy(2, 1), compose_copy(2), fibonacci(2, 1), from_matrix([[0, "1/2"]], dim=1)]


RULES = [parse("xor"), parse("mux"), modular_sum(3), modular_sum(3, code="numbers")]


def allowed(scheme: type[Scheme]) -> list[LinearTask]:
    return [task for task in TASKS if scheme().verdict(task).allowed]


@pytest.mark.parametrize("name", SCHEMES)
def test_every_scheme_keeps_its_promise(name: str) -> None:
    scheme = SCHEMES[name]
    assert scheme.name == name
    assert allowed(scheme)
    for task in allowed(scheme):
        net = derive(task).compile(scheme=name)
        promise = scheme().verdict(task).exact
        found = certify(net, task)
        assert found.exact_for == promise
        assert net.metadata["scheme"] == name
        assert net.exact is not None
        inputs, targets = task.sequences(8, 6, seed=0)
        outputs = net.run(inputs, steps=task.num_variables + 6).outputs[:, task.num_variables :]
        if promise == "values":
            np.testing.assert_allclose(outputs, targets.astype(float), atol=1e-12)
        elif promise == "signs":
            assert (np.sign(outputs) == np.sign(targets.astype(float))).all()


@pytest.mark.parametrize("name", SCHEMES)
def test_what_a_scheme_does_not_allow_is_refused_with_a_reason(name: str) -> None:
    for task in TASKS:
        judged = SCHEMES[name]().verdict(task)
        if not judged.allowed:
            with pytest.raises(SchemeNotAllowed, match=name) as refusal:
                derive(task).compile(scheme=name)
            assert judged.reason in str(refusal.value)


@pytest.mark.parametrize("name", SCHEMES)
def test_every_scheme_is_shown(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["derive", "T1", "--json"]) == 0
    assert name in json.loads(capsys.readouterr().out)["exactness"]["schemes"]
    assert main(["derive", "T1"]) == 0
    assert name in capsys.readouterr().out
    with pytest.raises(InvalidOption, match=rf"known are auto, .*{name}"):
        derive(TASKS[0]).compile(scheme="none of them")


@pytest.mark.parametrize("name", FINITE_SCHEMES)
def test_every_scheme_of_rules_keeps_its_promise(name: str) -> None:
    scheme = FINITE_SCHEMES[name]
    allowing = [task for task in RULES if scheme().verdict(task).allowed]
    assert scheme.name == name
    assert 0 < len(allowing) <= len(RULES)
    for task in allowing:
        promise, net = scheme().verdict(task).exact, derive(task).compile(scheme=name)
        assert net.exact is not None
        assert (net.metadata["scheme"], net.metadata["exact_for"]) == (name, promise)
        assert certify(net, task).exact_for == promise
        assert net.hidden == scheme().units(task)
        episodes = task.sample(batch=8, horizon=20, seed=0)
        outputs = net.run(episodes.inputs[:, : task.num_variables], steps=task.num_variables + 20).outputs
        wanted = task.alphabet.decode(episodes.targets[:, task.num_variables :])
        assert (task.alphabet.decode(outputs[:, task.num_variables :]) == wanted).all()
        assert derive(task).exactness.schemes[name].allowed


@pytest.mark.parametrize("name", FINITE_SCHEMES)
def test_what_a_scheme_of_rules_does_not_allow_is_refused_with_a_reason(name: str) -> None:
    for task in RULES:
        judged = FINITE_SCHEMES[name]().verdict(task)
        if not judged.allowed:
            with pytest.raises(SchemeNotAllowed, match=name) as refusal:
                derive(task).compile(scheme=name)
            assert judged.reason in str(refusal.value)


def test_no_scheme_is_of_both_kinds() -> None:
    assert not SCHEMES.keys() & FINITE_SCHEMES.keys()
    assert set(derive(parse("xor")).exactness.schemes) == {*SCHEMES, *FINITE_SCHEMES}
