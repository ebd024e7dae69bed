"""One check for each kind of argument."""

from enum import StrEnum

import numpy as np
import pytest

from emt_theory.errors import InvalidNetwork, InvalidOption, InvalidTask
from emt_theory.ground.arguments import (
    callback,
    choice,
    empty_array,
    integer,
    is_integer,
    member,
    numeric_array,
    real,
    real_array,
    seed,
    sequence,
    within_memory,
)


class Colour(StrEnum):
    RED = "red"
    GREEN = "green"


class Stubborn:
    def __index__(self):
        raise RuntimeError("not today")

    def __array__(self, dtype=None, copy=None):
        raise RuntimeError("not today")


@pytest.mark.parametrize("value", [3, np.int8(3), np.uint64(3)])
def test_integers_of_python_and_numpy_are_integers(value):
    assert integer("n", value) == 3
    assert type(integer("n", value)) is int
    assert seed(value) == 3


@pytest.mark.parametrize("value", [True, np.True_, 3.0, "3", None, np.array(3), np.array([3]), Stubborn(), 3j])
def test_nothing_else_is(value):
    assert not is_integer(value)
    for check in (lambda: integer("n", value), lambda: seed(value)):
        with pytest.raises(InvalidOption, match="must be an integer"):
            check()


@pytest.mark.parametrize(
    ("bounds", "value", "message"),
    [
        ({}, "x", "n must be an integer; got 'x'"),
        ({"least": 1}, 0, "n must be a positive integer; got 0"),
        ({"least": 2}, 1, "n must be an integer, at least 2; got 1"),
        ({"most": 5}, 6, "n must be an integer, at most 5; got 6"),
        ({"least": 1, "most": 5}, 6, "n must be an integer from 1 to 5; got 6"),
        pytest.param(
            {"least": 1}, -(10**5000), "n must be a positive integer; got an integer of 16610 bits", id="enormous"
        ),
    ],
)
def test_ranges_are_named(bounds, value, message):
    with pytest.raises(InvalidTask) as caught:
        integer("n", value, **bounds, error=InvalidTask)
    assert str(caught.value) == message


@pytest.mark.parametrize("value", [-1, 2**64])
def test_seeds_have_64_bits(value):
    with pytest.raises(InvalidOption, match="from 0 to 2\\^64 - 1"):
        seed(value)


def test_numbers():
    assert real("x", np.float32(0.5)) == 0.5
    assert real("x", 10**300) == 1e300
    for value in (True, "1", 1j, None):
        with pytest.raises(InvalidOption, match="x must be a number"):
            real("x", value)
    with pytest.raises(InvalidOption, match="x is beyond float64"):
        real("x", 10**400)


def test_choices_name_the_nearest():
    assert member(Colour, "colour", "green") is Colour.GREEN
    assert choice("colour", Colour.RED, Colour) == "red"
    for value, message in [
        ("gren", "unknown colour 'gren'; did you mean 'green'? Known are red, green"),
        ("blue", "unknown colour 'blue'; known are red, green"),
        (["red"], "unknown colour ['red']; known are red, green"),
        (None, "unknown colour None; known are red, green"),
    ]:
        with pytest.raises(InvalidOption) as caught:
            member(Colour, "colour", value)
        assert str(caught.value) == message


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (np.ma.masked_array([1.0, 2.0], mask=[True, False]), "x is a masked array"),
        ([[1], [1, 2]], "rows have different lengths"),
        ([1j], "must hold integers or floats of at most 64 bits; got complex128"),
        ([True], "got bool"),
        (["a"], "got <U1"),
        (Stubborn(), "x cannot be made an array of numbers (RuntimeError)"),
        ([[0.0, np.inf]], "x[0, 1] is inf; every entry must be finite"),
    ],
)
def test_arrays_that_are_not_numbers(value, message):
    with pytest.raises(InvalidNetwork) as caught:
        real_array("x", value)
    assert message in str(caught.value)


def test_arrays():
    given = np.array([[1.0, 2.0]])
    assert real_array("x", given) is given
    assert real_array("x", [[1, 2]], shape=(1, 2)).dtype == np.float64
    assert np.isnan(numeric_array("x", [np.nan])[0])
    with pytest.raises(
        InvalidNetwork, match=r"x must have shape \(2, 1\); got \(1, 2\)\. Did you pass its transpose\?"
    ):
        real_array("x", given, shape=(2, 1))


def test_lists_are_whatever_can_be_gone_through_but_texts():
    assert sequence("x", np.array([1, 2])) == sequence("x", (1, 2)) == sequence("x", range(1, 3)) == [1, 2]
    for value in ("12", b"12", None, 3, np.array(3), Stubborn()):
        with pytest.raises(InvalidTask, match="x must be a list; got "):
            sequence("x", value, InvalidTask)


@pytest.mark.parametrize("size", [10**30, 2**62])
def test_what_does_not_fit_into_memory_is_refused(size):
    with pytest.raises(InvalidOption, match="so many numbers do not fit into memory"), within_memory("so many numbers"):
        np.empty(size)


def test_a_callback_is_a_function_or_none():
    told: list[str] = []
    callback("progress", told.append)("step")
    assert told == ["step"]
    assert callback("progress", None)("step") is None
    with pytest.raises(InvalidOption, match="progress must be a function, or None; got 5"):
        callback("progress", 5)
    with pytest.raises(InvalidOption, match="progress must be a function, or None; got array"):
        callback("progress", np.zeros(2))


def test_an_array_beyond_memory_is_refused():
    assert empty_array("six numbers", 3, 2).shape == (3, 2)
    for shape in ((10**30,), (10**9, 10**9), (10**15, 3)):
        with pytest.raises(InvalidOption, match="the states do not fit into memory"):
            empty_array("the states", *shape)
