"""The bootstrap: its draws are new fits, its spread is that of new samples, and what would lose accuracy is caught."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from emt_theory import derive
from emt_theory.analysis import Recording, Transitions, linearize_secant, record, transitions
from emt_theory.errors import InvalidOption
from emt_theory.evidence.assignment import assign_values
from emt_theory.evidence.bootstrap import Interval, bootstrap_spectrum, draw_spectra
from emt_theory.ground.absent import Absent
from emt_theory.networks import GRU
from emt_theory.tasks import Episodes, from_matrix, parse, repeat_copy


def resampled(recording: Recording, weights: np.ndarray) -> Recording:
    rows = np.repeat(np.arange(len(weights)), weights.astype(int))
    arrays: Any = {name: getattr(recording, name)[rows] for name in ("outputs", "states")}
    arrays["episodes"] = Episodes(*(part if part is None else part[rows] for part in recording.episodes))
    return replace(recording, **arrays)


def synthetic(
    matrix: np.ndarray, sequences: int, steps: int, seed: int, noise: float = 0.1, scale: Any = 1.0
) -> Recording:
    """A recording whose states are those of z(t+1) = A z(t) + noise, in units of `scale`."""
    rng, n = np.random.default_rng(seed), len(matrix)
    task = repeat_copy(2, 1)
    states = np.empty((sequences, steps, n))
    z = rng.normal(size=(sequences, n))
    for t in range(steps):
        states[:, t] = z = z @ matrix.T + noise * rng.normal(size=(sequences, n))
    inputs, targets = np.ones((sequences, 2, 1)), np.ones((sequences, steps - 2, 1))
    episodes = task.episodes(inputs, targets)
    return Recording(task, episodes, np.ones((sequences, steps, 1)), states * scale, odd=True)


Draw = Callable[[Recording, Transitions, int, np.ndarray], list[Any]]


def assert_draws_are_fits(draw: Draw, recording: Recording, within: float):
    """The law: the eigenvalues of a draw are those of the secant map of the sequences drawn."""
    pairs = transitions(recording)
    assert not isinstance(pairs, Absent)
    count = len(recording.states)
    weights = np.random.default_rng(1).multinomial(count, np.full(count, 1 / count), size=3).astype(float)
    for values, row in zip(draw(recording, pairs, pairs.rank(1e-6), weights), weights, strict=True):
        honest = linearize_secant(resampled(recording, row)).eigenvalues
        assert len(values) == len(honest)
        assert assign_values(values, honest).distances.max() < within


def gru() -> GRU:
    rng = np.random.default_rng(0)
    return GRU(rng.normal(size=(18, 1)), rng.normal(size=(18, 6)), rng.normal(size=(1, 6)), rng.normal(size=18))


@pytest.mark.parametrize("name", ["T1", "T3"])
def test_a_draw_is_a_new_fit_of_a_trained_network(network: Any, name: str):
    assert_draws_are_fits(draw_spectra, record(network(name), parse(name), 20, 100, seed=1), 1e-9)


def test_a_draw_is_a_new_fit_about_the_means():
    recording = record(gru(), repeat_copy(2, 1), 30, 30, seed=0)
    assert not recording.odd
    assert_draws_are_fits(draw_spectra, recording, 1e-4)


def forgetting_the_means(recording: Recording, pairs: Transitions, rank: int, weights: np.ndarray) -> list[Any]:
    return draw_spectra(replace(recording, odd=True), pairs, rank, weights)


def test_saboteur_a_draw_about_the_means_of_all_sequences_is_caught():
    moving = synthetic(np.diag([0.99, 0.5]), 12, 40, seed=0)
    moving = replace(moving, states=moving.states + np.arange(12)[:, None, None], odd=False)
    assert_draws_are_fits(draw_spectra, moving, 1e-9)
    with pytest.raises(AssertionError):
        assert_draws_are_fits(forgetting_the_means, moving, 1e-9)


def squaring_what_is_small(recording: Recording, pairs: Transitions, rank: int, weights: np.ndarray) -> list[Any]:
    """Second moments in the neurons' own coordinates."""
    states = recording.states[:, 2 * recording.task.num_variables :]
    before, after = states[:, :-1], states[:, 1:]
    second, cross = (np.einsum("kti,ktj->kij", before, x) for x in (before, after))
    return [
        np.linalg.eigvals(np.linalg.pinv(np.tensordot(w, second, 1), rcond=1e-15) @ np.tensordot(w, cross, 1))
        for w in weights
    ]


def test_saboteur_second_moments_lose_what_is_small():
    """Two modes of size 1 and two of size 1e-5, mixed: 1e-10 of the variance, and as sure as the others."""
    rng = np.random.default_rng(0)
    basis = np.linalg.qr(rng.normal(size=(4, 4)))[0]
    A = np.diag([0.99, -0.98, 0.97, 0.5])
    plain = synthetic(A, 20, 60, seed=1, scale=np.array([1, 1, 1e-5, 1e-5]))
    mixed = replace(plain, states=plain.states @ basis.T)
    assert_draws_are_fits(draw_spectra, mixed, 1e-8)
    with pytest.raises(AssertionError):
        assert_draws_are_fits(squaring_what_is_small, mixed, 1e-8)


def test_the_spread_is_that_of_new_samples():
    """z(t+1) = A z(t) + noise with the eigenvalues 1, −1: the standard error from one sample against the deviation over forty."""
    theory = derive(repeat_copy(2, 1)).spectrum()
    A = np.array([[0.0, 1], [1, 0]]) * 0.999
    fresh: list[float] = []
    for seed in range(40):
        found = bootstrap_spectrum(synthetic(A, 30, 60, seed + 1), theory, draws=2).complex_error
        assert found is not None
        fresh.append(found.estimate)
    one = bootstrap_spectrum(synthetic(A, 30, 60, seed=0), theory, draws=200, near=(0.01, 0.05))
    assert one.complex_error is not None
    assert 0.5 < one.complex_error.deviation / float(np.std(fresh, ddof=1)) < 2
    assert one.complex_error.low < np.median(fresh) < one.complex_error.high
    assert one.counts == {2: 200}
    assert one.matching == 1.0


def coverage(shrink: float, noise: float, samples: int = 40) -> tuple[float, float]:
    """How often the true error 1 − shrink is at most the bound, and how often it is between the ends of the draws."""
    theory, turn = derive(repeat_copy(2, 1)).spectrum(), np.array([[0.0, 1], [1, 0]])
    below, between = 0, 0
    for seed in range(samples):
        found = bootstrap_spectrum(synthetic(shrink * turn, 20, 40, seed, noise), theory, draws=60).complex_error
        assert found is not None
        below += 1 - shrink <= found.bound
        between += found.low <= 1 - shrink <= found.high
    return below / samples, between / samples


@pytest.mark.parametrize("shrink", [1.0, *(pytest.param(k, marks=pytest.mark.slow) for k in (0.999, 0.99)), 0.97])
@pytest.mark.parametrize("noise", [pytest.param(0.1, marks=pytest.mark.slow), 0.3])
def test_the_bound_holds_in_new_samples(shrink: float, noise: float):
    assert coverage(shrink, noise)[0] >= 0.95


def test_saboteur_the_ends_of_the_draws_are_no_interval():
    assert coverage(1.0, 0.1)[1] < 0.1
    assert coverage(0.999, 0.3)[1] < 0.5


def test_radii_shrink_with_more_sequences_and_come_in_pairs():
    theory = derive(from_matrix([["-1", "0"]], dim=1)).spectrum()
    turn = 0.99 * np.array([[0.0, -1], [1, 0]])
    few, many = (bootstrap_spectrum(synthetic(turn, count, 60, seed=2), theory) for count in (8, 128))
    assert many.radii.max() < 0.6 * few.radii.min()
    assert few.radii[0] == few.radii[1]


def test_a_trained_network_in_little_time(network: Any):
    found = bootstrap_spectrum(
        record(network("T4"), parse("T4"), 40, 100, seed=1), derive(parse("T4")).spectrum(), draws=30
    )
    assert found.counts == {36: 30}
    assert found.complex_error is not None
    assert found.complex_error.low < found.complex_error.high < 0.001
    assert found.radii.max() < 0.01
    assert found.degenerate == 0


def test_a_count_that_is_not_the_theorys_has_a_reason(network: Any):
    found = bootstrap_spectrum(
        record(network("T3"), parse("T3"), 40, 100, seed=1), derive(parse("T3")).spectrum(), draws=20, near=(0.01, 0.05)
    )
    assert found.counts == {30: 20}
    assert found.complex_error is None
    assert found.matching == 0
    assert found.reason == "30 eigenvalues above the modulus, theory has 36: there are no errors"
    assert str(found).startswith("eigenvalues in 20 draws: 30 in 20 (theory has 36); 30 eigenvalues")
    json.dumps(found.to_dict(), allow_nan=False)


def test_a_count_at_the_edge_is_told_by_its_draws():
    """A mode at 0.9 itself is above the modulus in some draws and below it in others."""
    theory = derive(repeat_copy(2, 1)).spectrum()
    tried = (
        bootstrap_spectrum(synthetic(np.diag([0.99, -0.9]), 20, 60, seed), theory, near=(0.01, 0.05))
        for seed in range(50)
    )
    found = next(one for one in tried if len(one.eigenvalues) == 2 and one.counts.get(1, 0) > 5)
    assert set(found.counts) == {1, 2}
    assert found.complex_error is None
    assert (
        found.reason == f"counts differ from the theory's 2 in {found.counts[1]} of 100 draws: there are no intervals"
    )


def test_draws_without_a_map_are_counted():
    """Two sequences, each alive in its own direction: a draw with one of them twice says nothing about the other direction."""
    both = synthetic(np.diag([0.99, -0.99]), 2, 60, seed=0)
    states = both.states.copy()
    states[0, :, 0] = states[1, :, 1] = 0
    theory = derive(repeat_copy(2, 1)).spectrum()
    found = bootstrap_spectrum(replace(both, states=states), theory, draws=100)
    assert 30 < found.degenerate < 70
    assert sum(found.counts.values()) == 100 - found.degenerate
    assert "draws without a map" in str(found)
    weights = np.array([[2.0, 0.0], [0.0, 2.0], [1.0, 1.0]])
    pairs = transitions(replace(both, states=states))
    assert not isinstance(pairs, Absent)
    assert [values is None for values in draw_spectra(replace(both, states=states), pairs, 2, weights)] == [
        True,
        True,
        False,
    ]
    alone = bootstrap_spectrum(replace(both, states=states), theory, draws=2, seed=next_degenerate_seed())
    assert alone.reason == "none of 2 draws has a secant map: their states leave directions out; record more sequences"


def next_degenerate_seed() -> int:
    return next(s for s in range(99) if (np.random.default_rng(s).multinomial(2, [0.5, 0.5], size=2) != 1).all())


def test_nothing_to_draw_from_has_a_reason():
    theory = derive(repeat_copy(2, 1)).spectrum()
    A = np.diag([0.99, -0.99])
    assert (
        bootstrap_spectrum(synthetic(A, 1, 60, 0), theory).reason
        == "one sequence cannot be drawn from: record at least two"
    )
    short = bootstrap_spectrum(synthetic(A, 3, 5, 0), theory)
    assert short.reason is not None
    assert short.reason.startswith("0 transitions at t > 4 are too few")
    assert isinstance(short, Absent)
    json.dumps(short.to_dict(), allow_nan=False)
    decaying = derive(from_matrix([["1/2"]], dim=1)).spectrum()
    assert bootstrap_spectrum(synthetic(0.5 * np.eye(1), 5, 40, 0), decaying).reason == (
        "theory has no eigenvalue above the modulus: there are no errors"
    )
    with pytest.raises(InvalidOption, match="draws must be an integer, at least 2; got 0"):
        bootstrap_spectrum(synthetic(A, 3, 30, 0), theory, draws=0)
    with pytest.raises(InvalidOption, match="draws must be an integer, at least 2; got 1"):
        bootstrap_spectrum(synthetic(A, 3, 30, 0), theory, draws=1)


def test_the_same_seed_draws_the_same():
    theory, recording = derive(repeat_copy(2, 1)).spectrum(), synthetic(np.diag([0.99, -0.99]), 10, 40, 0)
    one, same, other = (bootstrap_spectrum(recording, theory, seed=seed).complex_error for seed in (0, 0, 1))
    assert one == same
    assert one != other


def test_results_print_and_draw():
    pyplot = pytest.importorskip("matplotlib.pyplot")
    assert str(Interval(0.01, 0.008, 0.02, 0.001, 0.004)) == "0.01, at most 0.02"
    assert Interval(0.01, 0.008, 0.009, 0.001, 0.004).bound == 0.01
    assert list(Interval(0.01, 0.008, 0.02, 0.001, 0.004).to_dict()) == [
        "estimate", "bound", "low", "high", "bias", "deviation",
    ]  # fmt: skip
    theory, recording = derive(repeat_copy(2, 1)).spectrum(), synthetic(np.diag([0.99, -0.99]), 10, 40, 0)
    found = bootstrap_spectrum(recording, theory, draws=20)
    assert json.loads(json.dumps(found.to_dict(), allow_nan=False))["counts"] == {"2": 20}
    assert found.plot().get_ylabel() == "95 % radius over draws"
    pyplot.close("all")
