"""What stored variables do in the long run: the five outcomes, against the powers of Φ."""

import numpy as np
import pytest
from hypothesis import Phase, given, settings

from emt_theory.circuits import GrowthKind, Spectrum, resolve_spectrum, spectrum_by_polynomial
from emt_theory.errors import InvalidOption
from emt_theory.exact import Factor, companion
from emt_theory.tasks import autoregressive, fibonacci, from_matrix, parse
from emt_theory.testing import strategies

SALEM = [1, 1, 1, -1]  # x⁴ − x³ − x² − x + 1: one root outside, two on the circle that are no roots of unity


@pytest.mark.parametrize(
    ("task", "kind", "degree"),
    [
        (parse("T2"), GrowthKind.BOUNDED, 0),
        (autoregressive([2, -1]), GrowthKind.POLYNOMIAL, 1),
        (autoregressive([3, -3, 1]), GrowthKind.POLYNOMIAL, 2),
        (autoregressive(["12/5", "-86/25", "12/5", -1]), GrowthKind.POLYNOMIAL, 1),  # (x² − 6/5 x + 1)²
        (autoregressive(["6/5", -1]), GrowthKind.BOUNDED, 0),
        (from_matrix([[1, 0], [0, 1]], dim=2), GrowthKind.BOUNDED, 0),
        (from_matrix([[1, 1], [0, 1]], dim=2), GrowthKind.POLYNOMIAL, 1),
        (from_matrix([[0, 1], [0, 0]], dim=2), GrowthKind.VANISHES, 0),
        (autoregressive(["1/2", "1/3"]), GrowthKind.DECAYS, 0),
        (autoregressive(["1/2", "1/2"]), GrowthKind.BOUNDED, 0),
        (fibonacci(), GrowthKind.EXPONENTIAL, 0),
        (autoregressive(SALEM), GrowthKind.EXPONENTIAL, 0),
        (autoregressive(["1000001/1000000"]), GrowthKind.EXPONENTIAL, 0),
    ],
)
def test_known_growth(task, kind, degree):
    growth = resolve_spectrum(task).growth
    assert (growth.kind, growth.degree) == (kind, degree)
    assert str(growth).startswith(kind)
    assert growth.to_dict()["kind"] == str(kind)


def test_the_largest_of_several_blocks_is_named():
    growth = resolve_spectrum(from_matrix([[1, 1, 0], [0, 1, 0], [0, 0, 1]], dim=3)).growth
    assert "a Jordan block of size 2 on the unit circle" in str(growth)


def law_of_growth(kind_of, phases=tuple(Phase)):
    """Norms of Φ^t in exact arithmetic tell the five apart for small tasks."""

    @settings(max_examples=30, phases=phases)
    @given(strategies.linear_tasks(max_num_variables=2, max_dim=2) | strategies.selection_tasks(3, 2))
    def law(task):
        phi = companion(task.F, task.dim).to_flint()
        kind = kind_of(resolve_spectrum(task))
        early, late = (max(abs(v) for v in (phi**t).entries()) for t in (120, 240))
        if kind is GrowthKind.VANISHES:
            assert not any((phi**task.components).entries())
        elif kind is GrowthKind.DECAYS:
            assert 0 < late < early
        elif kind is GrowthKind.BOUNDED:
            assert early / 50 < late < 50 * early
        elif kind is GrowthKind.POLYNOMIAL:
            assert late > early
        else:
            assert late > 2 * early

    return law


def test_growth_agrees_with_powers_of_phi():
    law_of_growth(lambda spectrum: spectrum.growth.kind)()


def test_saboteur_spectral_radius_alone():
    """Without Jordan blocks u(t) = 2u(t−1) − u(t−2) would be called bounded."""

    def radius_only(spectrum):
        kind = spectrum.growth.kind
        return GrowthKind.BOUNDED if kind is GrowthKind.POLYNOMIAL else kind

    task = autoregressive([2, -1])
    phi = companion(task.F, 1).to_flint()
    assert radius_only(resolve_spectrum(task)) is GrowthKind.BOUNDED
    assert max(abs(v) for v in (phi**800).entries()) > 700


def test_saboteur_everything_decays():
    with pytest.raises(AssertionError):
        law_of_growth(lambda spectrum: GrowthKind.DECAYS, (Phase.generate,))()


@settings(max_examples=30)
@given(strategies.selection_tasks())
def test_selection_tasks_are_bounded_and_semisimple_by_either_route(task):
    by_cycles, by_polynomial = resolve_spectrum(task), spectrum_by_polynomial(task)
    assert by_cycles.growth == by_polynomial.growth
    assert by_cycles.growth.kind is GrowthKind.BOUNDED
    assert by_cycles.jordan == by_polynomial.jordan
    assert by_cycles.semisimple_on_circle


@settings(max_examples=30)
@given(strategies.tasks())
def test_certified_balls_are_in_the_order_of_the_multiplicities(task):
    spectrum = resolve_spectrum(task)
    certified = spectrum.certified()
    assert [m for _, _, m in certified] == [m for _, m in spectrum.multiplicities]
    assert sum(m for _, _, m in certified) == task.components
    for (z, radius, _), (value, _) in zip(certified, spectrum.multiplicities, strict=True):
        assert abs(z - value) <= 1e-14 * max(1, abs(z))
        assert radius <= 1e-14 * max(1, abs(z))


def test_p18_hook_jordan_blocks_grow():
    spectrum = resolve_spectrum(autoregressive([2, -1]))
    assert not spectrum.semisimple_on_circle
    assert [(str(f), blocks) for f, blocks in spectrum.jordan] == [("x - 1", (2,))]


def test_a_spectrum_without_its_recurrence_says_so():
    bare = Spectrum(2, (Factor(2, order=1),), None)
    with pytest.raises(InvalidOption, match="need the recurrence"):
        _ = bare.growth
    assert Spectrum(1, (Factor(1, order=1),), None).growth.kind is GrowthKind.BOUNDED


def test_growth_of_a_large_dense_task_needs_no_eigen_solver():
    F = np.random.default_rng(0).integers(-1, 2, size=(4, 40))
    assert resolve_spectrum(from_matrix(F, dim=4)).growth.kind is GrowthKind.EXPONENTIAL
