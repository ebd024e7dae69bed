"""Spectra compared: hand-made ones exactly, planted losses found, and broken comparisons caught."""

from collections.abc import Callable
from itertools import permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emt_theory import derive
from emt_theory.analysis import (
    SpectralComparison,
    assign_arguments,
    assign_values,
    chance_level,
    compare_spectra,
    name_missing,
)
from emt_theory.circuits import Spectrum
from emt_theory.tasks import from_matrix, parse, repeat_copy
from emt_theory.testing.strategies import selection_tasks

FEW = settings(deadline=None, max_examples=25)
SMALL = selection_tasks(max_num_variables=4, max_dim=4)


def brute_force(found: np.ndarray, theory: np.ndarray) -> float:
    return min(float(np.abs(found[list(p)] - theory).mean()) for p in permutations(range(len(theory))))


def greedy(found: np.ndarray, theory: np.ndarray) -> float:
    left, total = list(range(len(theory))), 0.0
    for value in found:
        nearest = min(left, key=lambda j: abs(value - theory[j]))
        left.remove(nearest)
        total += abs(value - theory[nearest])
    return total / len(theory)


@FEW
@given(st.lists(st.complex_numbers(max_magnitude=2), min_size=1, max_size=5), st.integers(0, 10**6))
def test_the_assignment_is_the_best_one(values: list[complex], seed: int):
    found = np.array(values)
    theory = np.random.default_rng(seed).normal(size=(len(found), 2)) @ np.array([1, 1j])
    assert assign_values(found, theory).mean == pytest.approx(brute_force(found, theory), abs=1e-12)


def test_saboteur_greedy_matching_is_not_the_best():
    found, theory = np.array([0.9 + 0j, 1.0 + 0j]), np.array([1.0 + 0j, 1.3 + 0j])
    assert assign_values(found, theory).mean == pytest.approx(0.2)
    found, theory = np.array([0.0 + 0j, 1.0 + 0j]), np.array([0.9 + 0j, -1.2 + 0j])
    assert assign_values(found, theory).mean < greedy(found, theory)


def test_arguments_are_circular():
    found, theory = np.array([np.exp(1j * 3.14)]), np.array([np.exp(-1j * 3.14)])
    assert assign_arguments(found, theory).mean == pytest.approx(2 * (np.pi - 3.14))


def test_a_hand_made_spectrum():
    theory = derive(repeat_copy(2, 2)).spectrum()
    exact = compare_spectra([1, 1, -1, -1, 0.5, 0.2j], theory)
    assert exact.count == 4
    assert exact.argument_error == 0
    assert exact.complex_error == pytest.approx(0, abs=1e-15)
    assert exact.gap == (0.5, 1.0)
    shrunk = compare_spectra([0.96, 1, -1, -0.92], theory)
    assert shrunk.argument_error == 0
    assert shrunk.complex_error == pytest.approx(0.03)
    assert shrunk.largest_error == pytest.approx(0.08)


def test_an_eigenvalue_two_tenths_of_a_radian_away_is_another():
    theory = derive(repeat_copy(2, 2)).spectrum()
    turned = {angle: compare_spectra([1, 1, -1, -np.exp(1j * angle)], theory) for angle in (0.09, 0.2)}
    assert [found.missing_count for found in turned.values()] == [0, 1]


def test_one_mode_in_the_wrong_place_is_missing_although_counts_agree():
    theory = derive(repeat_copy(2, 2)).spectrum()
    found = compare_spectra([1, 1, -1, 1j], theory)
    assert found.count == 4
    assert found.complex_error == pytest.approx(np.sqrt(2) / 4)
    assert [str(family) for family in found.missing] == ["Φ_2: 1 of 2 found"]
    assert found.extra == (1j,)


def test_a_count_without_a_gap_is_ambiguous():
    theory = derive(repeat_copy(2, 2)).spectrum()
    found = compare_spectra([1, 1, -1, -0.895, 0.905], theory)
    assert not compare_spectra([1, 1, -1, -1, 0.5], theory).ambiguous
    assert found.ambiguous
    assert found.doubt == "moduli 0.895 and 0.905 leave no gap"
    assert compare_spectra([1, 1, -1, -1, 0.5], theory).doubt is None
    fewer = compare_spectra([1, -0.905, -0.895], theory)
    assert fewer.reason == (
        "2 eigenvalues above 0.9 in modulus, theory has 4; the count is ambiguous, moduli 0.895 and 0.905 leave no gap"
    )


def test_no_eigenvalues_at_all():
    theory = derive(from_matrix([["1/2"]], dim=1)).spectrum()
    nothing = compare_spectra([0.5], theory)
    assert nothing.complex_error is None
    assert nothing.reason == "theory has no eigenvalue above 0.9 in modulus, and neither has the network"
    assert chance_level(theory.eigenvalues()).argument_error is None


@FEW
@given(SMALL, st.floats(1e-9, 1e-4), st.integers(0, 10**6))
def test_noise_comes_back_at_its_size(task, size: float, seed: int):
    theory = derive(task).spectrum()
    exact = theory.eigenvalues()
    exact = exact[np.abs(exact) > 0.9]
    rng = np.random.default_rng(seed)
    noisy = exact + size * np.exp(2j * np.pi * rng.random(len(exact)))
    found = compare_spectra(rng.permutation(noisy), theory)
    assert found.complex_error is not None
    assert found.complex_error <= size * (1 + 1e-6)
    assert found.missing == ()


@FEW
@given(SMALL, st.data())
def test_planted_losses_are_exactly_what_is_missing(task, data: st.DataObject):
    theory = derive(task).spectrum()
    exact = theory.eigenvalues()
    exact = exact[np.abs(exact) > 0.9]
    lost = data.draw(st.lists(st.integers(0, len(exact) - 1), unique=True, max_size=len(exact)))
    assert_losses_are_missing(compare_spectra, theory, lost)


def assert_losses_are_missing(compare: Callable[..., SpectralComparison], theory: Spectrum, lost: list[int]):
    """The law: exactly the eigenvalues that were taken away are missing, and there is an error only if none was."""
    exact = theory.eigenvalues()
    exact = exact[np.abs(exact) > 0.9]
    kept = np.delete(exact, lost)
    found = compare(kept + 1e-5 * np.exp(2j * np.pi * np.random.default_rng(len(lost)).random(len(kept))), theory)
    named = [z for family in found.missing for z in family.eigenvalues]
    assert found.extra == ()
    assert len(named) == len(lost)
    assert np.allclose(np.sort_complex(np.round(named, 6)), np.sort_complex(np.round(exact[lost], 6)))
    assert (found.complex_error is None) == bool(lost)


def ignoring_multiplicity(values: Any, theory: Spectrum) -> SpectralComparison:
    """Compares sets of eigenvalues: each theory eigenvalue is found as soon as something is near it."""
    near = [z for z in theory.eigenvalues() if np.abs(values - z).min(initial=np.inf) < 0.1]
    return compare_spectra(near, theory)


def trusting_the_count(values: Any, theory: Spectrum) -> SpectralComparison:
    """Makes the counts agree by doubling what is left."""
    count = int((np.abs(theory.eigenvalues()) > 0.9).sum())
    return compare_spectra(np.resize(values, count), theory)


@pytest.mark.parametrize("sabotaged", [ignoring_multiplicity, trusting_the_count])
def test_saboteurs_of_the_comparison_are_caught(sabotaged: Callable[..., SpectralComparison]):
    theory = derive(parse("T1")).spectrum()
    assert_losses_are_missing(compare_spectra, theory, [0])
    with pytest.raises(AssertionError):
        assert_losses_are_missing(sabotaged, theory, [0])


@FEW
@given(SMALL, st.data())
def test_lost_cycles_are_named_as_cycles(task, data: st.DataObject):
    spectrum = derive(task).spectrum()
    assert spectrum.cycles is not None
    lost = data.draw(st.lists(st.sampled_from(spectrum.cycles), unique_by=id, min_size=1))
    roots = [np.exp(1j * np.pi * (2 * k + (c.sign < 0)) / c.length) for c in lost for k in range(c.length)]
    families = name_missing(np.array(roots), spectrum)
    assert all(family.cycle is not None for family in families)
    assert sum(family.cycles * family.cycle[0] for family in families if family.cycle) == len(roots)


def test_a_cycle_that_shares_its_roots_is_named_with_doubt():
    spectrum = derive(parse("T2")).spectrum()
    (family,) = name_missing(np.array([1.0 + 0j]), spectrum)
    assert family.cycle == (1, 1)
    assert not family.certain
    assert "or single modes of other cycles" in str(family)
    everything = name_missing(spectrum.eigenvalues()[np.abs(spectrum.eigenvalues()) > 0.5], spectrum)
    assert all(f.certain for f in everything)


def test_part_of_a_cycle_is_named_by_its_factor():
    spectrum = derive(parse("T4")).spectrum()
    (family,) = name_missing(np.exp(2j * np.pi * np.array([1, -1]) / 5), spectrum)
    assert (family.factor, family.found, family.total) == ("Φ_5", 2, 4)
    assert str(family) == "Φ_5: 2 of 4 found"


@pytest.mark.parametrize(
    ("name", "low", "high"), [("T1", 0.24, 0.35), ("T2", 0.24, 0.35), ("T3", 0.24, 0.35), ("T4", 0.24, 0.35)]
)
def test_chance_levels_are_those_of_random_conjugate_angles(name: str, low: float, high: float):
    level = chance_level(derive(parse(name)).spectrum().eigenvalues())
    assert level.argument_error is not None
    assert level.low is not None
    assert low <= level.argument_error <= high
    assert level.low < level.argument_error
    assert level == chance_level(derive(parse(name)).spectrum().eigenvalues())
