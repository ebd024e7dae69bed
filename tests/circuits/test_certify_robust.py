"""P14's robust form: quantized and noisy weights, gated cells, and the bounds that the proofs stand on."""

import math
import re
from dataclasses import replace
from fractions import Fraction

import flint
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emt_theory import derive
from emt_theory.circuits.certify import certify, recheck
from emt_theory.circuits.certifying.bounds import artanh_bounds, log_bounds, logistic_above, logistic_below
from emt_theory.circuits.certifying.result import rounded_down
from emt_theory.circuits.schemes import Saturating, Tanh
from emt_theory.exact import Certificate
from emt_theory.ground.rationals import RationalMatrix
from emt_theory.networks import ElmanRNN, ExactRNN
from emt_theory.tasks import accuracy, fibonacci, parse, selection
from emt_theory.testing import strategies

PAPER = ["T1", "T2", "T3", "T4"]
ARRAYS = ("W_hh", "W_uh", "W_hy")


def changed(net, change):
    return ElmanRNN(**{name: change(getattr(net, name)) for name in ARRAYS}, activation=net.activation)


def noisy(net, size, seed):
    rng = np.random.default_rng(seed)
    return changed(net, lambda w: w + rng.uniform(-size, size, w.shape))


def to_int8(weights):
    """Symmetric per-tensor quantization: round to one of 255 levels, and back."""
    scale = np.abs(weights).max() / 127
    return (np.rint(weights / scale).astype(np.int8) * scale).astype(np.float64)


def to_float16(weights):
    return weights.astype(np.float16).astype(np.float64)


# ------------------------------------------------------------------------------------------------------------ quantized


@pytest.mark.parametrize("name", PAPER)
@pytest.mark.parametrize("quantize", [to_float16, to_int8])
def test_quantized_networks_are_certified(name, quantize):
    task = parse(name)
    for net in (derive(task).compile(scheme="tanh", hidden=66), noisy(derive(task).compile(scheme="tanh"), 0.002, 1)):
        judged = certify(changed(net, quantize), task)
        assert judged.exact_for == "signs", judged
        assert judged.margin > Fraction(1, 2)
        assert judged.certificate.claims["weights"] == "float64"


@pytest.mark.parametrize("name", [*(pytest.param(name, marks=pytest.mark.slow) for name in PAPER[:2]), *PAPER[2:]])
def test_what_is_certified_holds_in_simulation(name):
    task = parse(name)
    inputs, targets = task.sequences(100, 300, seed=0)
    for size in (0.0, 0.001, 0.003):
        net = noisy(derive(task).compile(scheme="tanh"), size, seed=2)
        judged = certify(net, task)
        outputs = net.run(inputs, 308).outputs[:, 8:]
        assert judged.exact_for == "signs"
        assert (outputs * targets).min() >= float(judged.margin)
        assert np.abs(outputs).max() <= float(Fraction(judged.certificate.claims["ceiling"]))


def test_too_much_noise_is_not_certified_and_a_wrong_sign_is_shown():
    task = parse("T2")
    judged = certify(noisy(derive(task).compile(scheme="tanh"), 0.05, seed=0), task)
    assert not judged
    assert re.search("holds too weakly: main weight 1.* against .* of other weights", judged.reason)
    error = judged.first_error
    assert error.wrong == "sign"
    assert float(error.output) * float(error.target) <= 0


# --------------------------------------------------------------------------------------------------- against P14 itself


@pytest.mark.parametrize("beta", [Fraction(11, 10), Fraction(3, 2), Fraction(3)])
@pytest.mark.parametrize(("share", "certified"), [(Fraction(99, 100), True), (Fraction(101, 100), False)])
def test_the_bound_of_p14_is_the_one_that_decides(beta, share, certified):
    """δ ≤ βm − artanh m at m = √(1 − 1/β), from either side, spread over a row as an idle unit's leak."""
    task = selection("flip", 1, [(1, 0, -1)])
    m = math.sqrt(1 - 1 / beta)
    delta = share * Fraction(float(beta) * m - math.atanh(m))
    twin = ExactRNN(
        W_hh=RationalMatrix.from_rows([[-beta, delta], [0, 0]]),
        W_uh=RationalMatrix.from_rows([[8], [8]]),
        W_hy=RationalMatrix.from_rows([[1, 0]]),
    )
    judged = certify(twin, task)
    assert (judged.kind == "robust-signs") == certified  # what is not may be proved by its orbits (P27)
    if certified:
        assert math.isclose(float(judged.margin), m, rel_tol=0.3)


@pytest.mark.parametrize("gain", [Fraction(2), Fraction(3)])
def test_a_weak_write(gain):
    """β = 3/2: at least β + artanh m with the smallest m that holds itself, about 1.5 + 0, is needed for a bare sign."""
    task = parse("T2")
    twin = Tanh(gain=gain).weights(task, derive_basis(task))
    judged = certify(twin, task)
    assert judged.exact_for == "signs"
    weak = replace(twin, W_uh=twin.W_uh * (Fraction(1) / gain))
    judged = certify(weak, task)
    assert not judged
    assert "writes too weakly" in judged.reason
    assert judged.first_error is not None


def derive_basis(task):
    from emt_theory.circuits import make_basis

    return make_basis("identity", task.components, task.components)


@pytest.mark.slow
@settings(max_examples=30)
@given(strategies.selection_tasks(4, 3), st.floats(0, 0.2), st.integers(0, 99))
def test_soundness_on_random_tasks_and_noise(task, size, seed):
    net = noisy(derive(task).compile(scheme="tanh", hidden=task.components + 1), size, seed)
    judged = certify(net, task)
    inputs, targets = task.sequences(40, 40, seed)
    outputs = net.run(inputs, task.num_variables + 40).outputs[:, task.num_variables :]
    if judged:
        assert (outputs * targets).min() >= float(judged.margin)
        assert recheck(judged.certificate)
    elif judged.first_error is None:
        assert accuracy(outputs, targets).accuracy > 0.5


def test_saboteur_a_margin_that_ignores_the_noise():
    """The undisturbed margin, .858, is not that of a noisy network."""
    task = parse("T2")
    net = noisy(derive(task).compile(scheme="tanh"), 0.01, seed=2)
    inputs, targets = task.sequences(100, 100, seed=0)
    undisturbed = certify(derive(task).compile(scheme="tanh"), task).margin
    assert (net.run(inputs, 108).outputs[:, 8:] * targets).min() < float(undisturbed)


def test_other_inputs_than_signs():
    task = replace(selection("sizes", 2, [(2, 0, -1)]), inputs=(Fraction(-2), Fraction(1, 2)))
    twin = Tanh(gain=Fraction(8)).weights(task, derive_basis(task))
    assert certify(twin, task).exact_for == "signs"
    assert not certify(Tanh(gain=Fraction(3)).weights(task, derive_basis(task)), task)
    judged = certify(twin, replace(task, inputs=(Fraction(0), Fraction(1))))
    assert "whose inputs are not 0" in judged.reason


def test_saturated_units_hold_values_under_noise():
    """Hard tanh with βΦ + Δ, δ ≤ β − 1, g ≥ 1 + β + δ: every |h| is exactly 1, for ever. [new]"""
    task = parse("T2")
    plain = Saturating().weights(task, derive_basis(task)).to_float()
    rng = np.random.default_rng(0)
    net = ElmanRNN(
        W_hh=1.5 * plain.W_hh + rng.uniform(-0.005, 0.005, (64, 64)),
        W_uh=4 * plain.W_uh,
        W_hy=plain.W_hy,
        activation="hard_tanh",
    )
    judged = certify(net, task)
    assert (judged.exact_for, judged.margin) == ("values", 1)
    inputs, targets = task.sequences(50, 200, seed=1)
    assert (net.run(inputs, 208).outputs[:, 8:] == targets).all()
    assert certify(replace(net, W_hy=net.W_hy * 0.75), task).exact_for == "signs"
    assert not certify(replace(net, W_hh=net.W_hh / 1.5), task)


def test_tasks_that_mix_components_have_no_argument():
    net = derive(parse("T1")).compile(scheme="tanh", hidden=64)
    small = ElmanRNN(W_hh=net.W_hh[:2, :2], W_uh=net.W_uh[:2, :1], W_hy=net.W_hy[:1, :2])
    assert "needs a selection task" in certify(small, fibonacci()).reason


def test_spare_components_need_no_unit():
    """Of T2's 64 components 28 are never read; the other 36 units alone are certified."""
    task = parse("T2")
    net = derive(task).compile(scheme="tanh")
    needed = sorted(block * 8 + c for c in range(8) for block in range(c, 8))
    small = ElmanRNN(
        W_hh=net.W_hh[np.ix_(needed, needed)], W_uh=net.W_uh[needed], W_hy=net.W_hy[:, needed], activation="tanh"
    )
    assert (small.hidden, certify(small, task).exact_for) == (36, "signs")


def test_a_read_out_that_drowns():
    task = parse("T1")
    net = derive(task).compile(scheme="tanh")
    judged = certify(replace(net, b_y=np.full(8, 0.9), exact=None), task)
    assert not judged
    assert "the read-out can drown" in judged.reason
    assert judged.first_error is not None


@pytest.mark.parametrize("change", [{"floor": "9/10"}, {"margin": "9/10"}, {"ceiling": "1/2"}, {"rounding": "0"}])
def test_a_robust_certificate_that_claims_too_much(change):
    honest = certify(derive(parse("T2")).compile(scheme="tanh"), parse("T2")).certificate
    assert recheck(honest)
    assert not recheck(Certificate(honest.kind, {**honest.claims, **change}))


def test_the_printed_margin_is_a_lower_bound():
    for margin in (Fraction(2, 3), Fraction(999999, 10**6), Fraction(1, 2**60)):
        assert Fraction(rounded_down(margin)) <= margin < Fraction(rounded_down(margin)) * Fraction(1002, 1000)


# -------------------------------------------------------------------------------------------------------------- bounds


@given(st.fractions(min_value=Fraction(1, 10**9), max_value=10**9, max_denominator=10**9))
def test_logarithms_against_ball_arithmetic(y):
    low, high = log_bounds(y)
    with flint.ctx.workprec(256):
        ball = flint.arb(flint.fmpq(y.numerator, y.denominator)).log()
        assert flint.arb(flint.fmpq(low.numerator, low.denominator)) <= ball or low == high == 0
        assert ball <= flint.arb(flint.fmpq(high.numerator, high.denominator)) or low == high == 0
    assert high - low < Fraction(1, 2**100)


@given(st.fractions(-1, 1, max_denominator=10**6).filter(lambda x: abs(x) < 1))
def test_artanh_against_ball_arithmetic(x):
    low, high = artanh_bounds(x)
    with flint.ctx.workprec(256):
        ball = flint.arb(flint.fmpq(x.numerator, x.denominator)).atanh()
        assert not ball < flint.arb(flint.fmpq(low.numerator, low.denominator))
        assert not ball > flint.arb(flint.fmpq(high.numerator, high.denominator))


@given(st.fractions(-60, 60, max_denominator=1000))
def test_the_logistic_function_against_ball_arithmetic(p):
    low, high = logistic_below(p), logistic_above(p)
    with flint.ctx.workprec(512):
        ball = 1 / (1 + (-flint.arb(flint.fmpq(p.numerator, p.denominator))).exp())
        assert flint.arb(flint.fmpq(low.numerator, low.denominator)) < ball
        assert ball < flint.arb(flint.fmpq(high.numerator, high.denominator))
    assert high - low < Fraction(1, 2**18) * min(high, 1 - low)


def test_bounds_at_extremes():
    assert logistic_below(Fraction(-(10**6))) == 0
    assert 0 < logistic_above(Fraction(-(10**6))) < Fraction(1, 10**300)
    assert log_bounds(Fraction(1))[0] <= 0 <= log_bounds(Fraction(1))[1]
    with pytest.raises(ValueError, match="not a real number"):
        log_bounds(Fraction(0))
