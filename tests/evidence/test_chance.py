"""Chance levels: three null models, the values that theory knows, and none where there is nothing to match."""

import json
from typing import Any

import numpy as np
import pytest

from emt_theory import derive
from emt_theory.errors import InvalidOption
from emt_theory.evidence.chance import ChanceLevels, chance_level, chance_levels
from emt_theory.tasks import from_matrix, parse


def levels(name: str, hidden: int = 128) -> ChanceLevels:
    return chance_levels(derive(parse(name)).spectrum().eigenvalues(), hidden)


def test_equal_spacing_is_known_on_t1():
    """64 corners at 2π/64 from each other, eight to each of the eight places, 0 to 4 corners away: 2 on average, wherever the corners begin."""
    assert levels("T1").spacing.argument_error == pytest.approx(2 * 2 * np.pi / 64)


@pytest.mark.parametrize("name", ["T1", "T2", "T3", "T4"])
def test_levels_are_in_the_ranges_that_are_documented(name: str):
    found = levels(name)
    errors = [level.argument_error for level in (found.angles, found.initialization, found.spacing)]
    assert all(error is not None for error in errors)
    angles, initialization, spacing = (error or 0.0 for error in errors)
    assert 0.24 <= angles <= 0.35
    assert 0.12 <= initialization <= 0.24
    assert initialization < angles
    assert found.closest == min(angles, initialization, spacing)
    assert found.angles == chance_level(derive(parse(name)).spectrum().eigenvalues())
    assert found == levels(name)


def test_on_t4_equal_spacing_is_hard_to_beat():
    assert levels("T4").spacing.argument_error == pytest.approx(0.042, abs=0.001)


def test_the_polygon_is_matched_as_well_as_any_other_assignment():
    """On a cycle of length 7 the polygon is the spectrum itself; with sign −, the one with no corner at 1 is."""
    for sign in ("1", "-1"):
        task = from_matrix([[sign, *["0"] * 6]], dim=1)
        spacing = chance_levels(derive(task).spectrum().eigenvalues(), 20).spacing
        assert spacing.argument_error == pytest.approx(0, abs=1e-12)
        assert (spacing.draws, spacing.low) == (1, spacing.argument_error)


def test_a_network_with_fewer_units_has_no_such_null():
    found = levels("T1", hidden=32)
    assert found.initialization.argument_error is None
    assert found.initialization.null.endswith("of N = 32: it has fewer than the theory's 64")
    assert found.closest == found.spacing.argument_error
    assert "     —      —  the largest eigenvalues" in str(found)


def test_nothing_to_match():
    found = chance_levels(derive(from_matrix([["1/2"]], dim=1)).spectrum().eigenvalues(), 10)
    assert found.closest is None
    assert json.loads(json.dumps(found.to_dict(), allow_nan=False))["spacing"]["argument_error"] is None


def test_levels_print_as_a_table():
    lines = str(levels("T4")).splitlines()
    assert lines[0] == "  mean     5 %  null model"
    assert lines[3] == "0.0424 0.0424  equally spaced angles"
    assert len(lines) == 4


@pytest.mark.parametrize("hidden", [0, -3, 2.0])
def test_bad_sizes_are_refused(hidden: Any):
    with pytest.raises(InvalidOption, match="hidden must be a positive integer; got"):
        chance_levels(np.ones(3, dtype=complex), hidden)
