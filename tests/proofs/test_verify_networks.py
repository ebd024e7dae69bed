"""Certificates of networks: checked by other code than made them, and what is false behind a right hash is found."""

import ast
import itertools
import json
import random
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import flint
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emt_theory import derive
from emt_theory._proofs import verify, verify_finite, verify_form, verify_networks, verify_orbits, verify_streams
from emt_theory.circuits import SCHEMES, make_basis
from emt_theory.circuits.cells import compile_cell
from emt_theory.circuits.certify import certify
from emt_theory.circuits.schemes import Damped, Gated, Linear, Saturating
from emt_theory.cli.main import main
from emt_theory.errors import SchemeNotAllowed
from emt_theory.networks import ElmanRNN
from emt_theory.networks.reading.twins import twin_from_json
from emt_theory.tasks import fibonacci, from_dict, from_matrix, parse, repeat_copy, selection
from emt_theory.testing import strategies
from tests.proofs.sealing import resealed

FILES = [
    Path(module.__file__)
    for module in (verify, verify_form, verify_networks, verify_finite, verify_orbits, verify_streams)
]
PAPER = ["T1", "T2", "T3", "T4"]
HALVES = from_matrix([["1/2", "-1/2"]], dim=1)
NEGATED = selection("negated", 2, [(1, 0, -1)])
TWISTED = selection("twisted", 2, [(2, 1, -1), (1, 0, 1)])
UNREAD = selection("unread", 2, [(1, 0, 1), (2, 0, 1)])


def compiled(task, scheme):
    if scheme in ("gru", "lstm"):
        return compile_cell(task, scheme)
    if isinstance(scheme, str):
        return derive(task).compile(scheme=scheme)
    return scheme.weights(task, make_basis("identity", scheme.units(task), task.components))


def certified(net, task):
    judged = certify(net, task)
    assert judged, judged
    return judged.certificate


def biased_sign():
    """A hard-tanh network that has signs, not values: its read-out has a small bias."""
    twin = compiled(NEGATED, Saturating())
    return replace(twin, W_uh=twin.W_uh * 3, b_y=(Fraction(1, 8),))


SMALL = {
    "linear": certified(compiled(repeat_copy(2, 1), "linear"), repeat_copy(2, 1)),
    "not intertwined": certified(compiled(UNREAD, "linear"), UNREAD),
    "damped": certified(compiled(TWISTED, Damped(Fraction(1, 2))), TWISTED),
    "saturating": certified(compiled(HALVES, Saturating()), HALVES),
    "pairs": certified(compiled(fibonacci(2, 1), Gated(form="pairs")), fibonacci(2, 1)),
    "shifted": certified(compiled(HALVES, Gated(form="shifted")), HALVES),
    "tanh": certified(compiled(NEGATED, "tanh"), NEGATED),
    "hard tanh": certified(biased_sign(), NEGATED),
    "gru": certified(compiled(NEGATED, "gru"), NEGATED),
    "lstm": certified(compiled(NEGATED, "lstm"), NEGATED),
}


def contradicted(claims, horizon=8):
    """Whether a simulation in exact arithmetic, or of tanh in floats, contradicts what is claimed of all outputs."""
    task, twin = from_dict(claims["task"]), twin_from_json(claims["network"])
    table = np.array(list(itertools.product(task.inputs, repeat=task.components)), dtype=object)
    inputs = table.reshape(len(table), task.num_variables, task.dim)
    targets = task.targets(inputs, horizon)
    if twin.activation == "tanh":
        outputs = twin.to_float().run(inputs.astype(float), task.num_variables + horizon).outputs
    else:
        outputs = twin.run(inputs, task.num_variables + horizon).outputs
    outputs = outputs[:, task.num_variables :]
    if claims["exact_for"] == "values":
        return bool((outputs != targets).any())
    floor = Fraction(claims["margin"] or 0)
    return bool(((outputs * targets <= 0) | (abs(outputs) < floor)).any())


# ------------------------------------------------------------------------------------------------------- it is accepted


def test_every_kind_is_here():
    assert {certificate.kind for certificate in SMALL.values()} == set(verify_networks.KINDS)
    assert [SMALL[name].claims["intertwined"] for name in ("linear", "not intertwined")] == [True, False]
    assert {SMALL[name].claims["form"] for name in ("pairs", "shifted")} == {"pairs", "shifted"}


@pytest.mark.parametrize("name", SMALL)
def test_small_networks(name):
    certificate = SMALL[name]
    found = verify.verify(certificate.to_json())
    assert found.startswith(f"{certificate.kind}: {certificate.claims['exact_for']} exact for all t > s")
    assert ("2^-50" in found) == (name == "tanh")
    assert ("whose float64 weights" in found) == (name in ("gru", "lstm")) == ("whose rational twin" not in found)


@pytest.mark.parametrize(
    "scheme", ["damped", "saturating", "tanh", "gated", Gated(form="shifted"), "gru", "lstm"], ids=str
)
@pytest.mark.parametrize("name", PAPER)
def test_paper_tasks(name, scheme):
    task = parse(name)
    certificate = certified(compiled(task, scheme), task)
    assert verify.verify(certificate.to_json()).startswith(certificate.kind)


def test_the_linear_circuit_in_an_oblique_basis():
    task = parse("T1")
    certificate = certified(Linear().weights(task, make_basis("oblique", 66, task.components, seed=0)), task)
    assert verify.verify(certificate.to_json()).startswith("linear-values")


@pytest.mark.parametrize("name", [*(pytest.param(name, marks=pytest.mark.slow) for name in PAPER[:2]), *PAPER[2:]])
def test_quantized_and_noisy_weights(name):
    task = parse(name)
    net = derive(task).compile(scheme="tanh")
    rng = np.random.default_rng(1)
    for alter in (lambda w: w.astype(np.float16).astype(float), lambda w: w + rng.uniform(-0.002, 0.002, w.shape)):
        arrays = {key: alter(getattr(net, key)) for key in ("W_hh", "W_uh", "W_hy")}
        certificate = certified(ElmanRNN(**arrays, activation="tanh"), task)
        assert "whose float64 weights" in verify.verify(certificate.to_json())


@settings(max_examples=40, deadline=None)
@given(strategies.tasks().filter(lambda task: task.components <= 8), st.sampled_from([*SCHEMES, "gru", "lstm"]))
def test_what_is_certified_is_verified(task, scheme):
    try:
        judged = certify(compiled(task, scheme), task)
    except SchemeNotAllowed:
        return
    if judged:
        assert verify.verify(judged.certificate.to_json()).startswith(judged.certificate.kind)


@settings(max_examples=30, deadline=None)
@given(strategies.selection_tasks(3, 2), st.sampled_from(["identity", "orthogonal", "oblique"]), st.integers(0, 2))
def test_linear_networks_in_any_basis(task, kind, spare):
    basis = make_basis(kind, task.components + spare, task.components, seed=0)
    certificate = certified(Damped().weights(task, basis), task)
    assert verify.verify(certificate.to_json()).startswith(certificate.kind)


# ------------------------------------------------------------------------------- what is false, or altered, is not


@pytest.mark.parametrize("name", [name for name in SMALL if name not in ("gru", "lstm")])
def test_an_altered_weight_is_false_or_does_no_harm(name):
    """Every weight in turn, altered under a right hash: what still verifies is confirmed by simulation."""
    certificate, refused = SMALL[name], 0
    places = [
        (matrix, k)
        for matrix in ("W_hh", "W_uh", "W_hy")
        for k in range(len(certificate.claims["network"][matrix]["entries"]))
    ]
    for matrix, k in places:
        for factor in (-1, 0, Fraction(1, 2), 3):

            def alter(claims, matrix=matrix, k=k, factor=factor):
                entries = claims["network"][matrix]["entries"]
                entries[k][2] = str(Fraction(entries[k][2]) * factor)
                if not factor:
                    del entries[k]

            text = resealed(certificate, alter)
            try:
                verify.verify(text)
            except verify.FalseClaimError:
                refused += 1
            else:
                assert not contradicted(json.loads(text)["claims"])
    assert refused >= len(places)


@pytest.mark.parametrize("name", [name for name in SMALL if name not in ("gru", "lstm")])
def test_an_added_weight_or_bias_is_false_or_does_no_harm(name):
    certificate, chance = SMALL[name], random.Random(name)
    refused = 0
    for _ in range(60):

        def alter(claims):
            net = claims["network"]
            where = chance.choice(["W_hh", "W_uh", "W_hy", "b_h", "b_y"])
            value = chance.choice(["1", "-1", "1/8", "-1/2", "4", "-9"])
            if where.startswith("b"):
                size = net["W_hy"]["shape"][where == "b_h"]
                net[where] = net[where] or ["0"] * size
                net[where][chance.randrange(size)] = value
                return
            rows, columns = net[where]["shape"]
            i, j = chance.randrange(rows), chance.randrange(columns)
            kept = [entry for entry in net[where]["entries"] if entry[:2] != [i, j]]
            net[where]["entries"] = sorted([*kept, [i, j, value]])

        text = resealed(certificate, alter)
        try:
            verify.verify(text)
        except verify.FalseClaimError:
            refused += 1
        else:
            assert not contradicted(json.loads(text)["claims"])
    assert refused >= 20


def put(**changes):
    return lambda claims: claims.update(changes)


def scaled(name, factor):
    def change(claims):
        claims[name] = str(Fraction(claims[name]) * factor)

    return change


def replaced(name, row, place, value):
    def change(claims):
        claims[name][row][place] = value

    return change


def weakened(name, factor):
    def change(claims):
        for entry in claims["network"][name]["entries"]:
            entry[2] = str(Fraction(entry[2]) * factor)

    return change


@pytest.mark.parametrize(
    ("name", "change"),
    [
        *((name, put(margin="2")) for name in SMALL),
        *((name, put(exact_for="values")) for name in ("damped", "tanh", "hard tanh", "gru", "lstm")),
        *((name, put(exact_for="signs")) for name in ("linear", "saturating", "pairs")),
        *((name, scaled("margin", Fraction(11, 10))) for name in ("tanh", "hard tanh", "gru", "lstm")),
        *((name, scaled("margin", 0)) for name in ("tanh", "gru")),
        *((name, scaled("ceiling", Fraction(1, 2))) for name in ("tanh", "hard tanh", "gru", "lstm")),
        *((name, put(floor="2047/2048")) for name in ("tanh",)),
        *((name, put(floor=floor)) for name in ("gru", "lstm") for floor in ("1", "1/1000000000000")),
        *((name, weakened("weight_hh_l0", Fraction(1, 16))) for name in ("gru", "lstm")),
        *((name, weakened("weight_ih_l0", Fraction(1, 16))) for name in ("gru", "lstm")),
        *((name, replaced("gates", 0, 1, "1/1000000000")) for name in ("gru", "lstm")),
        *((name, replaced("gates", 0, 1, "1")) for name in ("gru", "lstm")),
        ("gru", replaced("gates", 0, 4, "1")),
        ("gru", replaced("gates", 0, 2, "1/2")),
        *(("lstm", replaced("gates", 0, k, "1")) for k in (2, 3)),
        *((name, replaced("units", 0, 3, -1)) for name in ("tanh", "gru")),
        ("tanh", put(rounding="0")),
        ("hard tanh", put(rounding="1/1125899906842624")),
        ("linear", put(terms=1)),
        ("linear", put(intertwined=False)),
        ("not intertwined", put(intertwined=True)),
        ("damped", put(gamma="1/4")),
        ("damped", put(gamma="-1/2")),
        ("damped", put(longest_chain=0)),
        ("saturating", replaced("labels", 0, 3, 0)),
        ("saturating", replaced("labels", 0, 3, -1)),
        ("pairs", put(bound="2")),
        ("pairs", replaced("labels", 0, 6, "2")),
        ("pairs", replaced("labels", 0, 4, False)),
        ("shifted", replaced("labels", 0, 7, "1/2")),
        ("saturating", lambda claims: claims["labels"].pop()),
        ("shifted", lambda claims: claims["labels"].pop()),
        *(
            (name, lambda claims: claims["task"].update(inputs=["-2", "2"]))
            for name in ("saturating", "shifted", "damped")
        ),
        ("tanh", lambda claims: claims["task"].update(inputs=["-1", "0", "1"])),
        ("tanh", lambda claims: claims["task"].update(reads=[[1, 0, 1]])),
        ("linear", lambda claims: claims["task"].update(reads=[[2, 0, 1]])),
        *(
            (name, lambda claims: claims["network"].update(activation="identity"))
            for name in ("saturating", "pairs", "tanh")
        ),
        ("tanh", lambda claims: (claims.update(weights="float64"), weakened("W_hy", Fraction(10, 9))(claims))),
    ],
)
def test_a_false_claim_with_a_right_hash_is_found(name, change):
    text = resealed(SMALL[name], change)
    assert text != SMALL[name].to_json()
    with pytest.raises(verify.FalseClaimError):
        verify.verify(text)


def test_a_smaller_margin_is_true():
    assert verify.verify(resealed(SMALL["tanh"], scaled("margin", Fraction(1, 2))))


@pytest.mark.parametrize("name", ["linear", "damped", "saturating", "pairs", "tanh", "lstm"])
@pytest.mark.parametrize(
    "change",
    [
        put(remark="and much more"),
        put(weights="gold"),
        lambda claims: claims.pop("weights"),
        lambda claims: claims.pop("network"),
        lambda claims: claims["network"].update(cell="abacus"),
        lambda claims: claims["network"].update(also="1"),
        lambda claims: claims["network"].update(b_y=["1e3"]),
        lambda claims: claims["network"].update(b_y=["1", "2", "3"]),
        lambda claims: claims["network"]["W_hy"].update(shape=[7, 7]),
        lambda claims: claims["network"]["W_hy"]["entries"].append([0, -1, "1"]),
        lambda claims: claims["network"]["W_hy"]["entries"].append(claims["network"]["W_hy"]["entries"][0]),
        lambda claims: claims["task"].update(num_variables=True),
        lambda claims: claims["task"].update(inputs=["1"]),
        lambda claims: claims["task"].update(horizon=3),
    ],
)
def test_malformed_claims_are_refused(name, change):
    with pytest.raises(verify.BadCertificateError):
        verify.verify(resealed(SMALL[name], change))


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("saturating", replaced("labels", 0, 0, -1)),
        ("saturating", lambda claims: claims["labels"].append(claims["labels"][0])),
        ("pairs", replaced("labels", 0, 0, -1)),
        ("pairs", replaced("labels", 0, 4, 1)),
        ("pairs", lambda claims: claims["labels"].append(claims["labels"][0])),
        ("pairs", put(form="triples")),
        ("tanh", replaced("units", 0, 2, 99)),
        ("tanh", replaced("units", 0, 0, 7)),
        ("tanh", put(gates=[[0, "0", "1", "1", "1"]])),
        ("gru", put(gates=[])),
        ("damped", put(gamma="0.5")),
    ],
)
def test_malformed_labels_are_refused(name, change):
    with pytest.raises(verify.BadCertificateError):
        verify.verify(resealed(SMALL[name], change))


@pytest.mark.parametrize("name", SMALL)
def test_one_changed_character_is_refused(name):
    text = SMALL[name].to_json()
    chance = random.Random(name)
    for _ in range(150):
        place = chance.randrange(len(text))
        new = chance.choice([c for c in '0123456789abcxyz"{}[],:.- \n\\eE+/' if c != text[place]])
        for altered in (
            text[:place] + new + text[place + 1 :],
            text[:place] + text[place + 1 :],
            text[:place] + new + text[place:],
        ):
            with pytest.raises(verify.BadCertificateError):
                verify.verify(altered)


# ------------------------------------------------------------------------------------------------ it stands on its own


@given(st.fractions(-40, 40, max_denominator=10**6))
def test_the_logistic_function_lies_between_its_bounds(p):
    with flint.ctx.workprec(600):
        right = 1 / (1 + (-flint.arb(flint.fmpq(p.numerator, p.denominator))).exp())
        low, high = (flint.arb(flint.fmpq(v.numerator, v.denominator)) for v in verify_networks.logistic(p))
        assert low <= right <= high
        assert (high - low) * 2**180 < right


@pytest.mark.parametrize("p", [-5000, -2001, -1999, 1999, 5000])
def test_the_logistic_function_far_out(p):
    low, high = verify_networks.logistic(Fraction(p))
    assert 0 <= low < high <= 1
    assert (high < Fraction(1, 2**1900)) if p < 0 else (low > 1 - Fraction(1, 2**1900))


def test_only_the_standard_library_is_imported():
    imported = {
        name.split(".")[0]
        for file in FILES
        for node in ast.walk(ast.parse(file.read_text()))
        for name in (
            [a.name for a in node.names]
            if isinstance(node, ast.Import)
            else [node.module]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert imported - set(sys.stdlib_module_names) == {
        "verify_form",
        "verify_networks",
        "verify_finite",
        "verify_orbits",
        "verify_streams",
    }


def test_it_runs_alone(tmp_path):
    """Copied away from the package, in another folder, without any installed package."""
    for file in FILES:
        (tmp_path / file.name).write_text(file.read_text())
    good, altered, false = (tmp_path / name for name in ("good.json", "altered.json", "false.json"))
    text = SMALL["lstm"].to_json()
    good.write_text(text)
    altered.write_text(text.replace("lstm", "gru", 1))
    false.write_text(resealed(SMALL["lstm"], put(margin="2")))
    for script in (FILES[0], tmp_path / "verify.py"):
        codes = []
        for file in (good, false, altered):
            command = [sys.executable, "-I", "-S", str(script), str(file)]
            done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")
            assert "Traceback" not in done.stderr
            codes.append(done.returncode)
        assert codes == [0, 1, 2]
    code = "import sys, runpy; sys.argv = sys.argv[1:]\ntry: runpy.run_path(sys.argv[0], run_name='__main__')\nfinally: print(*sys.modules)"
    command = [sys.executable, "-I", "-S", "-c", code, str(tmp_path / "verify.py"), str(good)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    loaded = {name.split(".")[0] for name in done.stdout.splitlines()[-1].split()}
    assert loaded - set(sys.stdlib_module_names) <= {
        "__main__",
        "verify_form",
        "verify_networks",
        "verify_finite",
        "verify_orbits",
        "verify_streams",
    }


def test_emt_prove_says_what_it_found(tmp_path, capsys):
    file = tmp_path / "certificate.json"
    codes = []
    for text in (SMALL["tanh"].to_json(), resealed(SMALL["tanh"], put(margin="2")), SMALL["tanh"].to_json()[:-9]):
        file.write_text(text)
        codes.append(main(["prove", "--certificate", str(file)]))
    assert codes == [0, 1, 2]
    assert "not rechecked: that 2^-50" in " ".join(capsys.readouterr().out.split())
