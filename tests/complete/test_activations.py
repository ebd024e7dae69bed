"""Every σ × everything that asks for one of its faces: it is taken, or refused by its name. A new σ is one entry."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emt_theory import check, derive, load, train
from emt_theory._proofs.verify import BadCertificateError, FalseClaimError, verify
from emt_theory.analysis import linearize_origin
from emt_theory.circuits import certify
from emt_theory.errors import EMTError, InvalidNetwork
from emt_theory.networks import ElmanRNN, ExactRNN, RationalMatrix, activations, save, state_space
from emt_theory.networks.activations import ACTIVATIONS, Activation, activation
from emt_theory.tasks import repeat_copy, selection
from emt_theory.training import Protocol, Scheduled

TASK = repeat_copy(num_variables=2, dim=1)
TURN = selection("turn", 2, [(1, 0, -1)])
"""No output that stays as it is has it on any input, so what is random is soon wrong on all."""
Z = np.linspace(-3, 3, 50)  # misses the kinks at 0 and ±1
BRIEF = Protocol(
    steps=2, learning_rate=0.01, batch=4, curriculum=Scheduled((2,), (0,)), test_horizon=4, test_sequences=8
)


def network(sigma: Activation, seed: int = 0) -> ElmanRNN:
    rng = np.random.default_rng(seed)
    W, U, R = rng.normal(size=(4, 4)) / 2, rng.normal(size=(4, 1)), rng.normal(size=(1, 4))
    return ElmanRNN(W, U, R, activation=sigma.name)


def runs_and_is_kept(sigma: Activation, folder: Path) -> None:
    net, x = network(sigma), np.random.default_rng(1).normal(size=(3, 2, 1))
    states = net.run(x, steps=4).states
    h = np.zeros((3, 4))
    for t in range(4):
        h = sigma.function(h @ net.W_hh.T + (x[:, t] @ net.W_uh.T if t < 2 else 0))
        np.testing.assert_allclose(states[:, t], h, atol=1e-14)
    assert load(save(net, folder / "x.safetensors")) == net
    assert np.isnan(sigma.function(np.array([np.nan]))).all()


def answers_to_its_names(sigma: Activation, folder: Path) -> None:
    for spelling in (sigma.name.upper(), *(name for name in (sigma.torch, sigma.jax, sigma.keras) if name)):
        assert activation(spelling.rpartition(".")[2]) is sigma


def has_the_slopes_of_its_function(sigma: Activation, folder: Path) -> None:
    quotient = (sigma.function(Z + 1e-6) - sigma.function(Z - 1e-6)) / 2e-6
    np.testing.assert_allclose(sigma.derivative(Z), quotient, atol=1e-8)
    if sigma.slope is not None:
        np.testing.assert_allclose(sigma.slope(sigma.function(Z)), sigma.derivative(Z), atol=1e-12)
    for at, left, right in sigma.kinks:
        ends = np.array([at - 1e-7, at, at + 1e-7])
        below, _, above = np.diff(sigma.function(ends), prepend=np.nan, append=np.nan)[[1, 1, 2]] / 1e-7
        np.testing.assert_allclose([left, right], [below, above], atol=1e-6)
        assert [slope.tolist() for slope in sigma.one_sided(np.array([at]))] == [[left], [right]]
    left, right = sigma.one_sided(Z)
    assert np.array_equal(left, right)


def is_the_same_on_jax(sigma: Activation, folder: Path) -> None:
    import jax.numpy as jnp

    h = sigma.function(Z)
    np.testing.assert_allclose(sigma.function(jnp.asarray(Z), jnp), h, atol=1e-6)
    if sigma.slope is not None:
        np.testing.assert_allclose(sigma.slope(jnp.asarray(h), jnp), sigma.slope(h), atol=1e-6)


def keeps_its_bounds(sigma: Activation, folder: Path) -> None:
    z = np.linspace(-6, 6, 2001)
    assert np.abs(sigma.function(z)).max() <= sigma.bound
    slopes = sigma.derivative(z)
    assert np.abs(slopes).max() <= sigma.lipschitz
    smooth = np.all([np.abs(z[:-1] - kink.at) > 0.02 for kink in sigma.kinks], axis=0) if sigma.kinks else np.True_
    bends = np.abs(np.diff(slopes)) / np.diff(z) * smooth
    assert sigma.curvature is None or bends.max() <= sigma.curvature * (1 + 1e-6)
    if sigma.curvature:
        assert bends.max() >= 0.9 * sigma.curvature  # the bounds are attained, nearly
    if np.isfinite(sigma.bound):
        assert np.abs(sigma.function(np.array([-1e6, 1e6]))).max() >= 0.99 * sigma.bound


def is_exact_or_refused(sigma: Activation, folder: Path) -> None:
    one = RationalMatrix.identity(1)
    twin = ExactRNN(W_hh=one, W_uh=one * Fraction(3, 4), W_hy=one, activation=sigma.name)
    if sigma.exact is None:
        with pytest.raises(InvalidNetwork, match=sigma.name):
            twin.run([[1]], steps=3)
        return
    y, _ = twin.run([[1]], steps=3)
    assert np.allclose([float(v) for v in y[:, 0]], twin.to_float().run(np.ones((1, 1, 1)), steps=3).outputs[0, :, 0])
    for z in (Fraction(-7, 3), Fraction(0), Fraction(1, 4), Fraction(1), Fraction(9, 2)):
        assert isinstance(sigma.exact(z), Fraction)
        assert float(sigma.exact(z)) == pytest.approx(float(sigma.function(np.array([float(z)]))[0]), abs=1e-15)


def is_odd_as_it_says(sigma: Activation, folder: Path) -> None:
    assert np.allclose(sigma.function(-Z), -sigma.function(Z), atol=1e-15) == sigma.odd
    assert state_space(network(sigma)).odd == sigma.odd


def trains_on_numpy_or_is_refused(sigma: Activation, folder: Path) -> None:
    trains_or_is_refused(sigma, "numpy")


def trains_on_jax_or_is_refused(sigma: Activation, folder: Path) -> None:
    trains_or_is_refused(sigma, "jax")


def trains_or_is_refused(sigma: Activation, backend: str) -> None:
    def made() -> Any:
        return train(TASK, hidden=3, backend=backend, activation=sigma.name, protocol=BRIEF, dtype="float64").net

    if sigma.slope is None:
        with pytest.raises(EMTError, match=f"{sigma.name}.*slope"):
            made()
        return
    net = made()
    assert net.activation == sigma.name
    start = train(TASK, hidden=3, activation=sigma.name, protocol=replace(BRIEF, learning_rate=1e-300)).net
    assert not np.allclose(net.W_hh, start.W_hh, atol=1e-6)
    if backend == "jax":
        here = train(TASK, hidden=3, activation=sigma.name, protocol=BRIEF, dtype="float64").net
        np.testing.assert_allclose(net.W_hh, here.W_hh, atol=1e-9)


def proved() -> dict[str, ElmanRNN]:
    """A network for each σ that an argument covers: the one that is compiled, and for the sigmoid two latches that hand on what they hold."""
    schemes = ("linear", "saturating", "tanh", "gated")
    latches = ElmanRNN([[0, 8], [8, 0]], [[16], [0]], [[1, 0]], b_h=[-4, -4], b_y=[-0.5], activation="sigmoid")
    return {net.activation: net for net in (*(derive(TASK).compile(scheme=scheme) for scheme in schemes), latches)}


def is_certified_and_verified_or_refused_by_name(sigma: Activation, folder: Path) -> None:
    found = certify(proved().get(sigma.name, network(sigma)), TASK)
    assert bool(found) == (sigma.name in proved())
    if found.certificate is None:
        assert found.reason == f"no argument covers {sigma.name}"
        return
    assert found.certificate.claims["network"]["activation"] == sigma.name
    verify(found.certificate.to_json())


def is_seen_where_it_is_forged(sigma: Activation, folder: Path) -> None:
    certificate = certify(proved()["tanh"], TASK).certificate
    assert certificate is not None
    claims = {**certificate.claims, "network": {**certificate.claims["network"], "activation": sigma.name}}
    text = replace(certificate, claims=claims).to_json()
    if sigma.name == "tanh":
        verify(text)
        return
    with pytest.raises((FalseClaimError, BadCertificateError)) as refusal:
        verify(text)
    assert sigma.name in proved() or sigma.name in str(refusal.value)


def is_analysed(sigma: Activation, folder: Path) -> None:
    net = network(sigma)
    origin = linearize_origin(net)
    expected = sigma.derivative(np.zeros(4))[:, None] * net.W_hh
    assert np.allclose(origin.matrix, expected)
    result = check(net, TURN, sequences=8, horizon=10, lifetime=False)
    assert json.loads(json.dumps(result.to_dict(), allow_nan=False))["activation"] == sigma.name


CHECKS = (
    runs_and_is_kept,
    answers_to_its_names,
    has_the_slopes_of_its_function,
    is_the_same_on_jax,
    keeps_its_bounds,
    is_exact_or_refused,
    is_odd_as_it_says,
    trains_on_numpy_or_is_refused,
    trains_on_jax_or_is_refused,
    is_certified_and_verified_or_refused_by_name,
    is_seen_where_it_is_forged,
    is_analysed,
)


LONG = [(sigma, trains_on_jax_or_is_refused) for sigma in ACTIVATIONS if sigma.name != "tanh"]
"""What JAX compiles for seconds: one σ of the table stays, and a new one."""


@pytest.mark.parametrize(
    ("sigma", "known"),
    [
        pytest.param(
            sigma, known, id=f"{sigma.name}-{known.__name__}", marks=[pytest.mark.slow] * ((sigma, known) in LONG)
        )
        for sigma in ACTIVATIONS
        for known in CHECKS
    ],
)
def test_every_activation(sigma: Activation, known: Any, tmp_path: Path) -> None:
    known(sigma, tmp_path)


SOFTSIGN = Activation(
    "softsign",
    lambda z, xp=np: z / (1 + xp.abs(z)),
    lambda z: 1 / (1 + np.abs(z)) ** 2,
    lambda h, xp=np: (1 - xp.abs(h)) ** 2,
    lambda z: z / (1 + abs(z)),
    odd=True,
    bound=1.0,
    lipschitz=1.0,
    curvature=2.0,
    torch="nn.Softsign",
    jax="nn.soft_sign",
    keras="softsign",
)
BARE = Activation("bump", lambda z, xp=np: xp.tanh(z) ** 2, lambda z: 2 * np.tanh(z) * (1 - np.tanh(z) ** 2))
"""Nothing but a function and its derivative; h does not determine σ'."""


@pytest.mark.parametrize("known", CHECKS, ids=lambda known: known.__name__)
@pytest.mark.parametrize("sigma", [SOFTSIGN, BARE], ids=lambda sigma: sigma.name)
def test_a_new_activation_is_one_entry(
    sigma: Activation, known: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InvalidNetwork, match=f"unknown activation '{sigma.name}'"):
        network(sigma)
    monkeypatch.setattr(activations, "ACTIVATIONS", [*ACTIVATIONS, sigma])
    known(sigma, tmp_path)


@pytest.mark.parametrize(
    ("change", "known"),
    [
        ({"derivative": lambda z: np.tanh(z)}, has_the_slopes_of_its_function),
        ({"slope": lambda h, xp=np: h}, has_the_slopes_of_its_function),
        ({"bound": 0.5}, keeps_its_bounds),
        ({"lipschitz": 0.5}, keeps_its_bounds),
        ({"curvature": 0.5}, keeps_its_bounds),
        ({"exact": lambda z: z}, is_exact_or_refused),
        ({"odd": False}, is_odd_as_it_says),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else value.__name__,
)
def test_an_entry_that_is_only_half_there_goes_red(
    change: dict[str, Any], known: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sigma = replace(activation("tanh"), name="half", **change)
    monkeypatch.setattr(activations, "ACTIVATIONS", [*ACTIVATIONS, sigma])
    with pytest.raises(AssertionError):
        known(sigma, tmp_path)


def test_an_exact_activation_whose_fractions_explode_does_not_hold_up_a_certificate(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(activations, "ACTIVATIONS", [*ACTIVATIONS, SOFTSIGN])
    rng = np.random.default_rng(0)
    W, U, R = rng.normal(size=(8, 8)) / 2, rng.normal(size=(8, 1)), rng.normal(size=(1, 8))
    judged = certify(ElmanRNN(W, U, R, activation="softsign"), repeat_copy(num_variables=8, dim=1))
    assert not judged
    assert len(str(judged)) < 500


@pytest.mark.parametrize("value", [np.ones(2), np.eye(2), ["tanh"], None, pytest.param(10**5000, id="enormous")])
def test_what_is_no_name_is_one_line(value: Any) -> None:
    with pytest.raises(InvalidNetwork, match="unknown activation") as refusal:
        activation(value)
    assert len(str(refusal.value).splitlines()) == 1
    assert activation(activation("tanh")).name == "tanh"
