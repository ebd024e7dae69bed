"""Leaky units: the two equations by hand, α = 1, rest states, and what is refused."""

from dataclasses import replace

import numpy as np
import pytest

from emt_theory.analysis import find_fixed_points
from emt_theory.circuits import certify
from emt_theory.errors import EMTError, InvalidNetwork, InvalidOption
from emt_theory.evidence.recording import record
from emt_theory.networks import ACTIVATIONS, ElmanRNN, LeakyRNN, from_arrays, load, save, state_space
from emt_theory.networks.network import difference_jacobian
from emt_theory.tasks import repeat_copy

N, D = 4, 2
RNG = np.random.default_rng(2)
ALPHA = np.array([0.1, 0.5, 0.9, 1.0])
W, U, R, B, C = (RNG.normal(size=shape) for shape in ((N, N), (N, D), (D, N), (N,), (D,)))


def leaky(leak, sigma="tanh", alpha=ALPHA):
    return LeakyRNN(W, U, R, alpha, B, C, leak=leak, activation=sigma)


@pytest.mark.parametrize("sigma", [sigma.name for sigma in ACTIVATIONS])
@pytest.mark.parametrize("leak", ["state", "preactivation"])
def test_it_runs_by_its_equation(leak, sigma):
    net, x, z = leaky(leak, sigma), RNG.normal(size=(1, 5, D)), np.zeros(N)
    f = net.sigma.function
    run = net.run(x, steps=7)
    for t in range(7):
        u = x[0, t] if t < 5 else np.zeros(D)
        if leak == "state":
            z = (1 - ALPHA) * z + ALPHA * f(W @ z + U @ u + B)
            y = R @ z + C
        else:
            z = (1 - ALPHA) * z + ALPHA * (W @ f(z) + U @ u + B)
            y = R @ f(z) + C
        np.testing.assert_allclose(run.states[0, t], z, rtol=1e-12)
        np.testing.assert_allclose(run.outputs[0, t], y, rtol=1e-11)


@pytest.mark.parametrize("leak", ["state", "preactivation"])
def test_its_jacobian_is_that_of_its_step(leak):
    space, z = state_space(leaky(leak)), RNG.normal(size=(3, N))
    np.testing.assert_allclose(space.jacobian(z), difference_jacobian(space.step, z), atol=1e-8)


def test_without_a_leak_it_is_an_elman_network():
    """α = 1: h of the first form, and r = σ(v) of the second."""
    plain, x = ElmanRNN(W, U, R, B, C), RNG.normal(size=(2, 3, D))
    first, second = (leaky(leak, alpha=1.0).run(x, steps=6) for leak in ("state", "preactivation"))
    np.testing.assert_allclose(first.states, plain.run(x, steps=6).states, atol=1e-14)
    np.testing.assert_allclose(np.tanh(second.states), plain.run(x, steps=6).states, atol=1e-14)
    np.testing.assert_allclose(second.outputs, plain.run(x, steps=6).outputs, atol=1e-13)


@pytest.mark.parametrize("leak", ["state", "preactivation"])
def test_slow_units_do_not_hide_where_they_rest(leak):
    """W = 2, α = .01: rests at 0 and ± x with x = tanh 2x, or v = 2 tanh v; all three are found though nothing moves fast."""
    net = LeakyRNN([[2.0]], [[1.0]], [[1.0]], alpha=0.01, leak=leak)
    points = find_fixed_points(net, record(net, repeat_copy(1, 1), sequences=8, horizon=5, seed=0), count=12)
    found = sorted(float(orbit.states[0, 0]) for orbit in points.found)
    rest = 0.957504 if leak == "state" else 1.915008
    np.testing.assert_allclose(found, [-rest, 0, rest], atol=1e-5)


def test_what_is_refused():
    for alpha, message in (
        (0, r"alpha must be in \(0, 1\], dt/τ; got 0.0 at \[0\]"),
        (1.5, "got 1.5"),
        ([1, 2], "alpha must have shape"),
    ):
        with pytest.raises(InvalidNetwork, match=message):
            leaky("state", alpha=alpha)
    with pytest.raises(InvalidOption, match="unknown leak 'stat'; did you mean 'state'"):
        leaky("stat")
    assert certify(leaky("state"), repeat_copy(2, 2)).reason == "no argument covers leaky"


def test_files_and_options(tmp_path):
    for leak in ("state", "preactivation"):
        net = replace(leaky(leak, "relu"), initial=np.arange(N) + 1.0)
        assert load(save(net, tmp_path / f"{leak}.safetensors")) == net
        assert load(save(net, tmp_path / f"{leak}-emt.npz", names="emt")) == net
    arrays = {"W_hh": W, "W_uh": U, "W_hy": R, "b_h": B, "b_y": C}
    assert from_arrays(arrays, alpha=ALPHA, leak="state") == leaky("state")
    for options, message in (
        ({"alpha": 0.5}, "does not say where: pass leak='state'"),
        ({"leak": "state"}, "does not say how fast: pass alpha=dt/τ"),
    ):
        with pytest.raises(InvalidOption, match=message):
            from_arrays(arrays, **options)
    with pytest.raises(
        EMTError, match=r"'alpha' of shape \(4,\) is not used.* if its units leak: then pass alpha=dt/τ and leak="
    ):
        from_arrays(arrays | {"alpha": ALPHA})
    assert from_arrays(arrays | {"alpha": ALPHA}, leak="state") == leaky("state")
    assert from_arrays(arrays | {"alpha": ALPHA}, alpha=ALPHA, leak="state") == leaky("state")
    for options, message in (
        ({"alpha": 0.3}, "the file says alpha=.*leave alpha=0.3 out"),
        ({"leak": "preactivation"}, "the file says leak='state'"),
    ):
        with pytest.raises(InvalidNetwork, match=message):
            load(tmp_path / "state.safetensors", **options)
    gates = {"weight_hh_l0": np.ones((12, 4)), "weight_ih_l0": np.ones((12, 2)), "out.weight": R}
    with pytest.raises(InvalidOption, match="alpha and leak are for units without gates; the file holds a gru"):
        from_arrays(gates, alpha=0.5, leak="state")


def test_what_a_file_says_of_alpha_and_sigma_may_not_contradict_itself(tmp_path):
    arrays = {"W_hh": W, "W_uh": U, "W_hy": R}
    path = tmp_path / "x.npz"
    np.savez(path, **arrays, alpha=np.full(N, 0.5), metadata='{"alpha": ".9", "leak": "state"}')
    with pytest.raises(
        InvalidNetwork, match=r"the file says alpha=0\.9 in its metadata, and \[0\.5, 0\.5, 0\.5, 0\.5\] in"
    ):
        load(path)
    np.savez(path, **arrays, alpha=np.full(N, 0.5), metadata='{"alpha": ".5", "leak": "state"}')
    np.testing.assert_array_equal(load(path).alpha, 0.5)
    np.savez(path, **arrays, alpha=[0.3], leak="state")
    with pytest.raises(InvalidNetwork, match=r"the file says alpha=0\.3; leave alpha=0\.2 out"):
        load(path, alpha=0.2)
    np.savez(path, **arrays, alpha=np.nan, leak="state")
    with pytest.raises(InvalidNetwork, match=r"alpha\[0\] is nan|alpha is nan"):
        load(path)
    with pytest.raises(EMTError, match="alpha is nan; every entry must be finite"):
        LeakyRNN(W, U, R, np.nan)
    for name in ("nonlin", "act", "act_fn", "sigma", "activation"):
        np.savez(path, **arrays, **{name: "ReLU", "nonlinearity": "relu"})
        assert (load(path).activation, load(path).provenance.assumed) == ("relu", ())
        np.savez(path, **arrays, **{name: "ReLU", "nonlinearity": "tanh"})
        with pytest.raises(InvalidNetwork, match="metadata contradict each other"):
            load(path)
    np.savez(path, **arrays, sigma="0.1", act="none")
    assert load(path).provenance.assumed == ("activation",)
    for phase in (True, "true"):
        np.savez(path, **arrays, phase_input=phase)
        assert (load(path).phase_input, load(path).d_in) == (True, D - 1)
    np.savez(path, **arrays, phase_input=False)
    assert load(path).phase_input is False
