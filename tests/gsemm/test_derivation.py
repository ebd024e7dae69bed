"""The derivation: every step computed, every saboteur noticed, the weights those of the theory, the ledger honest."""

import json
import re
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import expm

from emt_theory import derive
from emt_theory.circuits import make_basis
from emt_theory.errors import InvalidNetwork, InvalidOption
from emt_theory.gsemm import (
    Model,
    VForm,
    derive_network,
    from_activation,
    from_expression,
    h_jacobian,
    identity,
    model_for_task,
    relu,
    softmax,
    tanh,
)
from emt_theory.gsemm.equations import ALPHA_C, ALPHA_S, BETA, STEP, T_F, SymbolicModel, apply_sigma, equation
from emt_theory.gsemm.printing import to_latex, to_text
from emt_theory.gsemm.steps import network_steps
from emt_theory.tasks import compose_copy, parse, repeat_copy
from emt_theory.testing import laws
from emt_theory.testing.gsemm import models, network_models

RNG = np.random.default_rng(0)
LISEM = Model.lisem(RNG.normal(size=(5, 3)), RNG.normal(size=(3, 3)), gain=2, T_d=20, alpha_s=2, alpha_c=3)
FLAGS = [(False, False, True, False), (False, True, True, True), (True, False, True, True), (True, True, False, False)]


@pytest.mark.parametrize("flags", FLAGS)
def test_every_step_holds_in_both_forms(flags):
    steps = network_steps(*flags)
    for step in steps:
        assert step.holds, (step.title, step.checks)
        assert step.checks[0].form == "size-free"
        assert len(step.checks) == 3
    for one, two in pairwise(steps):
        assert one.after == two.before


def altered(name, **changes):
    (step,) = (s for s in network_steps(gain=True, all_ones=False) if s.assumption == name)
    return replace(step, **changes)


M = SymbolicModel()
SIGMA, XI = M.feature("sigma_f"), M.memories
SMALL = ((2, 1), (2, 2))
FLOW = T_F * M.feature("dV_f")


def reduced(lateral):
    """The flow with this beside α_s I."""
    return XI * (ALPHA_S * sympy.Identity(M.components) + lateral) * XI.T * SIGMA - M.feature("V_f")


SABOTEURS = [
    altered("σ_h = id", after=equation(FLOW, XI * M.hidden("V_h") - M.feature("V_f"))),
    altered("T_h → 0", after=network_steps()[2].after),
    altered("T_h → 0", replaced={M.hidden("V_h"): M.hidden_drive - M.hidden("V_h")}),
    altered("T_d → 0", after=equation(FLOW, reduced(ALPHA_C * BETA * M.interactions.T))),
    altered("T_d → 0", after=equation(FLOW, reduced(sympy.sqrt(ALPHA_S) * ALPHA_C * BETA * M.interactions))),
    altered("forward Euler", scale=T_F / STEP),
    altered("Δt = T_f", replaced={STEP: T_F / 2}),
    altered("Φ is the bracket", replaced={M.interactions: M.phi}),
    altered("Ξ† for Ξᵀ", replaced={}, sizes=SMALL),
    altered("Ξ† for Ξᵀ", meaning={M.dual: M.memories.T}, sizes=SMALL),
    altered("x = γ V_f", scale=sympy.S.One),
    altered("h = σ_f(V_f)", after=equation(M.feature("h_next"), apply_sigma(M.phi * M.hidden("V_h")))),
]  # fmt: skip


@pytest.mark.parametrize("step", SABOTEURS, ids=lambda step: step.assumption)
def test_a_false_step_is_noticed_in_each_form(step):
    assert not any(check.holds for check in step.checks)


@settings(max_examples=25)
@given(models(), st.sampled_from(["transpose", "inverse"]), st.sampled_from([None, 0.25]))
def test_the_network_is_an_euler_step_of_its_limit_model(model, dual, part):
    try:
        derivation = derive_network(model, None if part is None else part * model.T_f, dual)
    except InvalidNetwork:
        assert np.linalg.matrix_rank(model.memories) < model.components
        return
    condition = np.linalg.cond(model.memories) if dual == "inverse" else 1.0
    assert derivation.residual < 1e-13 * condition**2 + 1e-12
    assert derivation.rule.ratio == (1 if part is None else part)


@settings(max_examples=25)
@given(models())
def test_p02_by_the_law(model):
    assert laws.check_law("P02", model, "numpy")


@settings(max_examples=25)
@given(network_models())
def test_p03_by_the_law(model):
    for carrier in ("numpy", "exact"):
        found = laws.check_law("P03", model, carrier)
        assert found.status == "holds", str(found)


@pytest.mark.parametrize("task", [repeat_copy(3, 2), compose_copy(3), parse("fibonacci", num_variables=2, dim=2)])
@pytest.mark.parametrize("basis", ["identity", "orthogonal", "oblique"])
def test_the_network_of_a_tasks_model_is_the_tasks_linear_circuit(task, basis):
    n = task.components
    memories = make_basis(basis, n + (basis != "identity"), n, seed=2)
    net = derive_network(model_for_task(task, memories.psi.to_array(), identity()), dim=task.dim).network
    psi, dual = memories.psi.to_array(), np.linalg.pinv(memories.psi.to_array())
    phi = derive(task).exact_phi.to_array()
    np.testing.assert_allclose(net.W_hh, psi @ phi @ dual, atol=1e-12)
    if basis != "oblique":
        right = derive(task).compile(scheme="linear", basis=basis, hidden=len(psi), seed=2)
        for name in ("W_hh", "W_uh", "W_hy"):
            np.testing.assert_allclose(getattr(net, name), getattr(right, name), atol=1e-12)
    x = np.ones((1, task.num_variables, task.dim))
    linear = derive(task).compile(scheme="linear").run(x, steps=9).outputs
    np.testing.assert_allclose(net.run(x, steps=9).outputs, linear, atol=1e-9)


def test_the_gain_moves_into_the_weights():
    derivation = derive_network(LISEM)
    np.testing.assert_allclose(
        derivation.network.W_hh, 2 * LISEM.memories @ LISEM.bracket @ np.linalg.pinv(LISEM.memories)
    )
    V = derivation.rule.run(RNG.normal(size=5), 4)
    h = np.tanh(2 * V)
    np.testing.assert_allclose(h[3], derivation.network.step(h[2], np.zeros(3)), atol=1e-12)


def test_a_short_step_leaks_in_v_and_not_in_h():
    derivation = derive_network(LISEM, step=0.3)
    assert derivation.state_form == "V"
    assert "It is not leaky in h" in str(derivation)
    V = RNG.normal(size=5)
    W, sigma = derivation.rule.W, LISEM.feature.activation
    np.testing.assert_allclose(derivation.rule.step(V), 0.7 * V + 0.3 * W @ sigma(V), atol=1e-12)
    in_h = 0.7 * sigma(V) + 0.3 * sigma(W @ sigma(V))
    assert np.abs(sigma(derivation.rule.step(V)) - in_h).max() > 0.01
    with pytest.raises(InvalidOption, match=r"Δt = 0.3 T_f the network is leaky in V, not in h"):
        _ = derivation.network
    with pytest.raises(InvalidOption, match="has no h-form"):
        h_jacobian(derivation.rule, V)
    linear = derive_network(replace(LISEM, feature=identity()), step=0.3)
    np.testing.assert_allclose(linear.network.W_hh, 0.7 * np.eye(5) + 0.3 * linear.rule.W)


def test_what_lasts_in_the_network_decays_in_the_flow():
    """The tension of Δt = T_f: exp(iθ) stays on the circle in the map, and becomes exp(−(1 − cos θ)t) in the flow."""
    angle = 2.0
    W = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    rule = VForm(W, identity())
    assert np.linalg.norm(rule.run([1.0, 0.0], 50)[-1]) == pytest.approx(1)
    assert rule.flow([1.0, 0.0]).tolist() == pytest.approx((W - np.eye(2))[:, 0].tolist())
    assert np.linalg.norm(expm(3 * (W - np.eye(2))) @ [1.0, 0.0]) == pytest.approx(np.exp(-3 * (1 - np.cos(angle))))
    leaky = abs(1 - 0.5 + 0.5 * np.exp(1j * angle))
    assert np.linalg.norm(VForm(W, identity(), 0.5).run([1.0, 0.0], 4)[-1]) == pytest.approx(leaky**4)


def planted_orbit(size, period, seed):
    """W with a given periodic orbit of V ↦ W tanh V."""
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(period, size))
    sent, following = np.tanh(points), np.roll(points, -1, axis=0)
    free = rng.normal(size=(size, size)) @ (np.eye(size) - np.linalg.pinv(sent.T).T @ sent).T
    W = following.T @ np.linalg.pinv(sent.T) + free * 0.1
    return VForm(W, tanh()), points


@pytest.mark.parametrize("period", [1, 2, 3])
@pytest.mark.parametrize("seed", range(5))
def test_derivatives_share_their_spectrum_around_a_periodic_orbit(period, seed):
    rule, points = planted_orbit(4, period, seed)
    np.testing.assert_allclose(rule.run(points[0], period)[-1], points[0], atol=1e-9)
    in_v, in_h = np.eye(4), np.eye(4)
    for x in points:
        in_v, in_h = rule.jacobian(x) @ in_v, h_jacobian(rule, x) @ in_h
    powers = range(1, 5)
    traces = [[np.trace(np.linalg.matrix_power(J, k)) for k in powers] for J in (in_v, in_h)]
    np.testing.assert_allclose(traces[0], traces[1], rtol=1e-7, atol=1e-8)


def test_counterexample_elsewhere_they_do_not():
    rule, points = planted_orbit(4, 3, seed=0)
    traces = [np.trace(rule.jacobian(points[0])), np.trace(h_jacobian(rule, points[0]))]
    assert abs(traces[0] - traces[1]) > 0.01


# ------------------------------------------------------------------------------------------------- the ledger


def ledger(model, **how):
    derivation = derive_network(model, **how)
    return {line.name: line.basis for line in derivation.assumptions}, derivation


@settings(max_examples=30)
@given(network_models())
def test_every_derivation_names_the_conflict_of_t_d(model):
    names, derivation = ledger(model)
    assert (derivation.tensions[0].one, derivation.tensions[0].other) == ("T_d → 0 (P02)", "T_d → ∞ (P01)")
    assert "does not carry over" in derivation.tensions[0].meaning
    assert {step.assumption for step in derivation.steps} <= set(names)
    assert names["T_d → 0"] == ("met" if model.T_d == 0 else "limit")


def test_the_bases_of_the_assumptions():
    names, derivation = ledger(LISEM)
    assert (names["σ_h = id"], names["T_h → 0"], names["T_d → 0"], names["Ξ† for Ξᵀ"]) == (
        "met",
        "met",
        "limit",
        "replaced",
    )
    assert names["strengths"] == "chosen"
    assert any("ΞᵀΞ − I" in tension.meaning for tension in derivation.tensions)
    dense, derivation = ledger(Model.dsem(np.eye(3), np.zeros((3, 3)), 2))
    assert (dense["σ_h = id"], dense["Ξ† for Ξᵀ"], dense["α_s = α_c = β = 1"]) == ("replaced", "met", "met")
    assert any(tension.one == "σ_h = id" for tension in derivation.tensions)
    assert not any("Ξ†" in tension.one for tension in derivation.tensions)
    plain, _ = ledger(LISEM, dual="transpose", step=0.5)
    assert not {"Ξ† for Ξᵀ", "h = σ_f(V_f)", "Δt = T_f"} & set(plain)
    kinked, derivation = ledger(replace(LISEM, feature=relu()))
    assert kinked["h = σ_f(V_f)"] == "chosen"
    assert "semiconjugacy" in str(derivation)


def test_own_lagrangians_are_not_said_to_be_more_than_is_known():
    v = sympy.Symbol("v", real=True)
    text = str(derive_network(replace(LISEM, feature=from_activation([v**3], [v]))))
    assert "own is not known to be injective" in text
    assert "σ_f = own is not known to be bounded" in text
    assert "relu is not injective" in str(derive_network(replace(LISEM, feature=relu())))
    dense = str(derive_network(Model.dsem(np.eye(3), np.zeros((3, 3)))))
    assert "σ_f = identity is unbounded, too" in dense
    assert "the model's own σ_h = softmax is bounded" in dense


def test_an_interaction_off_the_diagonal_inhibits_too():
    _, derivation = ledger(Model.lisem(np.eye(2), [[0, -1], [1, 0]]))
    tension = next(t for t in derivation.tensions if "excite" in t.other)
    assert tension.meaning == "Φ' has -1 from memory 0 to 1: that memory inhibits the other"


def test_nearly_dependent_memories_have_a_limit_model():
    derivation = derive_network(Model.lisem([[1, 1], [1, 1 + 1e-9]], [[0, 1], [1, 0]]))
    assert 0 < derivation.residual < 1e-3
    assert derivation.to_dict()["residual"] == derivation.residual


def test_names_and_signs_in_latex():
    v = sympy.Symbol("v", real=True)
    own = from_expression(v**2, [v], name="my_50%_law")
    text = derive_network(replace(LISEM, feature=own, alpha_s=2.0)).to_latex()
    assert r"my\_50\%\_law" in text
    assert r"\surd" not in text
    assert r"$\sqrt{\alpha_{s}} \alpha " not in text.split(r"\end{align*}")[0]
    assert r"\sqrt{\alpha_{s}}" in text.split(r"\end{align*}")[1]
    outside = re.sub(r"\\begin{align\*}.*\\end{align\*}|\$[^$]*\$", "", text, flags=re.DOTALL)
    assert not re.search(r"(?<!\\)[_^%<>]", outside)


def test_a_tasks_interactions_inhibit():
    """A companion matrix has no diagonal: Φ' must undo the recall of each memory."""
    _, derivation = ledger(model_for_task(repeat_copy(3, 1)))
    assert derivation.model.interactions.diagonal().tolist() == [-1, -1, -1]
    assert any(tension.other == "Φ' ≥ 0: memories excite" for tension in derivation.tensions)
    _, excited = ledger(Model.lisem(np.eye(2), [[0, 1], [1, 0]]))
    assert not any("excite" in tension.other for tension in excited.tensions)


# ----------------------------------------------------------------------------------------------------- its looks


@pytest.mark.parametrize("step", [None, 0.5])
def test_latex_is_ascii_and_balanced(step):
    text = derive_network(LISEM, step=step).to_latex()
    assert text.isascii()
    assert text.count("{") == text.count("}")
    assert text.count("$") % 2 == 0
    assert (
        re.findall(r"\\begin{(\w+\*?)}", text)
        == re.findall(r"\\end{(\w+\*?)}", text)
        == ["align*", "itemize", "itemize"]
    )
    outside = re.sub(r"\\begin{align\*}.*\\end{align\*}|\$[^$]*\$", "", text, flags=re.DOTALL)
    assert not re.search(r"[_^]", outside)


def test_it_prints_for_a_terminal_and_a_notebook():
    derivation = derive_network(LISEM)
    assert "T_f V̇_f = Ξ (α_s I + √α_s α_c β Φ'ᵀ) Ξᵀ σ_f − V_f\n     holds size-free; N=2, n=3; N=3, n=2" in str(
        derivation
    )
    assert "FAILS" not in str(derivation)
    assert derivation._repr_markdown_().count("$$") == 2 * (1 + len(derivation.steps))
    described = json.loads(json.dumps(derivation.to_dict(), allow_nan=False))
    assert described["holds"] is True
    assert described["state_form"] == "h"
    assert {check["form"] for step in described["steps"] for check in step["checks"]} >= {"size-free", "N=3, n=2"}


def test_a_failing_step_is_shown():
    derivation = replace(derive_network(LISEM), steps=(SABOTEURS[0],))
    assert "FAILS size-free; N=2, n=3" in str(derivation)
    assert not derivation.holds


def test_formulas_as_text():
    a, X = sympy.Symbol("alpha_s", positive=True), sympy.MatrixSymbol("Xi", 2, 2)
    assert to_text(-a / 2 * X.T * (X + 3 * X.T)) == "−1/2 α_s Ξᵀ (3 Ξᵀ + Ξ)"
    assert to_latex(M.equations[2]) == r"T_{d} \dot V_d = \beta \sigma_f - V_d"


# ----------------------------------------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: derive_network(Model.lisem(np.ones((4, 2)), np.eye(2))), InvalidNetwork, "the 2 given have rank 1"),
        (lambda: derive_network(Model.lisem(np.eye(2)[:1], np.eye(2))), InvalidNetwork, 'or take dual="transpose"'),
        (lambda: derive_network(LISEM, step=2.0), InvalidOption, "step must be above 0 and at most T_f = 1; got 2.0"),
        (lambda: derive_network(LISEM, step=0), InvalidOption, "step must be above 0"),
        (lambda: derive_network(LISEM, dual="pinv"), InvalidOption, "unknown dual 'pinv'; known are inverse, transpose"),
        (lambda: derive_network(LISEM, dim=2), InvalidOption, "dim must divide the 3 memories; got 2"),
        (lambda: derive_network(replace(LISEM, feature=softmax())).network, InvalidOption, "no Elman network has σ_f = soft"),
        (lambda: VForm(np.ones((2, 3)), tanh()), InvalidNetwork, "W must be square"),
        (lambda: VForm(np.eye(2), tanh(), 1.5), InvalidOption, "above 0 and at most 1; got 1.5"),
        (lambda: VForm(np.eye(2), tanh()).run([0, 0], -1), InvalidOption, "steps must be an integer, at least 0"),
        (lambda: VForm(np.eye(2), tanh()).run([0, 0], 2.5), InvalidOption, "steps must be an integer, at least 0; got 2.5"),
        (lambda: VForm(np.eye(2), tanh()).run([0, 0, 0], 2), InvalidNetwork, r"V must have shape \(…, N\) = \(…, 2\); got \(3,\)"),
        (lambda: VForm(np.eye(2), tanh()).step(["a", "b"]), InvalidNetwork, "V must hold integers or floats"),
        (lambda: VForm(1e200 * np.eye(2), identity()).run([1, 1], 5), InvalidOption, "the orbit overflows at step 2"),
    ],
)  # fmt: skip
def test_bad_input(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_numpy_scalars_are_numbers():
    derivation = derive_network(LISEM, step=np.float32(0.5), dim=np.int64(3))
    assert (derivation.rule.ratio, derivation.dim) == (0.5, 3)
    assert isinstance(derivation.to_dict()["dim"], int)


def test_dependent_memories_do_with_their_transpose():
    model = Model.lisem(np.ones((4, 2)), np.eye(2))
    derivation = derive_network(model, dual="transpose")
    assert derivation.network.W_hh.tolist() == (4 * np.ones((4, 4))).tolist()
    assert derivation.residual < 1e-14
