"""Expressions in arrays: what they say, what they give, and where they are refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emt_theory.errors import InvalidNetwork, InvalidOption
from emt_theory.networks import from_arrays
from emt_theory.networks.reading.expressions import Expression, key, parse

RNG = np.random.default_rng(4)
A, B, C = (RNG.normal(size=shape) for shape in ((2, 3), (2, 3), (3, 3)))
ARRAYS = {"a": A, "rnn.1": B, "x/y:0": C, "b c": A[0], "C.T": C + 1, "0.w": B}

GIVES = {
    "a": A,
    "a.T": A.T,
    "rnn.1[:, :2]": B[:, :2],
    "0.w[1]": B[1],
    "a[-1:, ::2]": A[-1:, ::2],
    "'b c' + a[0]": 2 * A[0],
    "x/y:0.T @ C.T": C.T @ (C + 1),
    "C.T.T": (C + 1).T,
    "a @ x/y:0 * rnn.1 - 1": (A @ C) * B - 1,
    "abs(a - rnn.1) * 2": 2 * abs(A - B),
    "[a; 0; rnn.1 + 1]": np.vstack([A, 0 * A, B + 1]),
    "(a + rnn.1).T": (A + B).T,
    "a - (rnn.1 - a)": A - (B - A),
    "1.5e-3 * a": 1.5e-3 * A,
}


@pytest.mark.parametrize("text", GIVES)
def test_what_they_give(text):
    found = parse(text, ARRAYS)
    np.testing.assert_allclose(found.evaluate(ARRAYS.__getitem__), GIVES[text], atol=1e-15)
    assert parse(str(found), ARRAYS) == found


SOME = st.sampled_from([key("a"), key("rnn.1"), Expression("number", value=2.0)])
TREES = st.recursive(
    SOME,
    lambda part: (
        st.builds(lambda op, x, y: Expression(op, (x, y)), st.sampled_from("+-*"), part, part)
        | st.builds(lambda x: Expression("abs", (x,)), part)
    ),
    max_leaves=12,
)


@given(TREES)
def test_what_is_written_is_what_is_read(tree):
    again = parse(str(tree), ARRAYS)
    np.testing.assert_array_equal(again.evaluate(ARRAYS.__getitem__), tree.evaluate(ARRAYS.__getitem__))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is a text of at most 10000 characters; got ''"),
        ("a +", "an array is expected at 'the end'"),
        ("a[1,]", "slices and integers, such as :, :3 is expected at '1,]'"),
        ("a[x]", "slices and integers"),
        ("a)", r"an operator is expected at '\)'"),
        ("a rnn.1", "an operator is expected at 'rnn.1'"),
        ("b", "no array 'b'"),
        ("rnn.2", "no array 'rnn.2' .*did you mean 'rnn.1'"),
        ("__import__('os')", "no array '__import__'"),
        ("(" * 40 + "a" + ")" * 40, "brackets more than 20 deep"),
        ("a" + " + a" * 200, "more than 100 parts"),
        ("[a; rnn.1", "'\\]' is expected"),
    ],
)
def test_what_is_no_expression(text, message):
    with pytest.raises(InvalidOption, match=message):
        parse(text, ARRAYS)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a @ rnn.1", r"shapes \(2, 3\) and \(2, 3\) have no product"),
        ("a + 'b c'", r"'b c' must have shape \(2, 3\) like a; got \(3,\)"),
        ("[a; x/y:0]", r"x/y:0 must have shape \(2, 3\) like a; got \(3, 3\)"),
        ("a[:, 3:]", r"a\[:, 3:\] is no part of an array of shape \(2, 3\)"),
        ("a[0, 0, 0]", "is no part of an array"),
    ],
)
def test_shapes_that_do_not_fit(text, message):
    with pytest.raises(InvalidNetwork, match=message):
        parse(text, ARRAYS).evaluate(ARRAYS.__getitem__)


def test_a_product_that_would_not_fit_into_memory_is_refused_before_it_is_made():
    tall = np.broadcast_to(1.0, (10**6, 1))
    with pytest.raises(InvalidNetwork, match="have no product"):
        parse("t @ t.T", {"t"}).evaluate({"t": tall}.__getitem__)


def test_names_say_what_the_names_of_a_file_do_not():
    W, U, R, b = (RNG.normal(size=shape) for shape in ((4, 4), (4, 3), (2, 4), (4,)))
    arrays = {"one": np.hstack([W, U]).T, "out": R, "out2": R + 1, "bias": b[:, None]}
    names = {"W_hh": "one[:4].T", "W_uh": "one[4:].T", "W_hy": "out", "b_h": "bias"}
    net = from_arrays(arrays, names=names)
    for name, array in {"W_hh": W, "W_uh": U, "W_hy": R, "b_h": b}.items():
        assert np.array_equal(getattr(net, name), array)
    assert net.provenance.ignored == ("out2",)
    gates = from_arrays(
        {"g": np.ones((12, 4)), "i": np.ones((12, 2)), "o": R}, names={"W_hh": "g", "W_uh": "i", "W_hy": "o"}
    )
    assert gates.kind == "gru"
    for wrong, message in (
        ({"W_hh": "one"}, "names must say W_hh and W_uh of every layer here"),
        ({**names, "W_yh": "out"}, "unknown name 'W_yh'; did you mean 'W_uh'"),
        ({**names, "W_hy": "nope"}, "no array 'nope'"),
        ({"layers.1.W_hh": "one"}, "names must say W_hh and W_uh of every layer here"),
        ({"layers.1.W_hh": "one[:4].T", "layers.1.W_uh": "one[4:].T"}, "names of layers must begin layers.0"),
        ({**names, "ignore": "out2.T"}, "ignore takes keys, separated by commas; got 'out2.T'"),
    ):
        with pytest.raises(InvalidOption, match=message):
            from_arrays(arrays, names=wrong)


def test_names_choose_between_two_read_outs_and_leave_the_rest_found():
    arrays = {
        "rnn.weight_hh_l0": np.eye(4),
        "rnn.weight_ih_l0": np.ones((4, 2)),
        "a.weight": np.ones((2, 4)),
        "b.weight": np.ones((3, 4)),
    }
    with pytest.raises(
        InvalidNetwork,
        match=r"2 possible read-outs, 'a.weight' and 'b.weight'; keep one, or say which, here the first: names=\{'W_hy': ",
    ):
        from_arrays(arrays)
    with pytest.raises(InvalidNetwork, match=r"'a.weight' of shape .* a second read-out"):
        from_arrays(arrays, names={"W_hy": "b.weight"})
    assert from_arrays(arrays, names={"W_hy": "b.weight", "ignore": "a.weight"}).d_out == 3
    with pytest.raises(InvalidNetwork, match=r"'norm.\w+' of shape .* would change the network"):
        from_arrays(arrays | {"norm.weight": np.ones(4), "norm.bias": np.ones(4)}, names={"ignore": "a.weight"})


def test_numbers_are_written_whole():
    for number in (0.123456789, 1e6, 1e16, 1 / 3, 2.0):
        assert parse(f"{number!r} * a", ARRAYS) == parse(str(parse(f"{number!r} * a", ARRAYS)), ARRAYS)


def test_keys_that_are_expressions_in_other_keys_are_refused():
    for beside in ("out.T", "out[0]", "out[:, 1]"):
        with pytest.raises(
            InvalidNetwork, match=r"the key 'out.* is an expression in another key; rename one of the two"
        ):
            from_arrays({"W_hh": np.eye(2), "W_uh": np.ones((2, 1)), "out": np.ones((1, 2)), beside: np.ones((1, 2))})


def test_the_read_out_of_a_lower_layer_may_be_said():
    arrays = {
        "A": np.eye(3),
        "B": np.ones((3, 1)),
        "P": RNG.normal(size=(2, 3)),
        "C": np.eye(2),
        "D": np.ones((2, 2)),
        "R": np.ones((1, 2)),
    }
    names = {
        "layers.0.W_hh": "A",
        "layers.0.W_uh": "B",
        "layers.0.W_hy": "P",
        "layers.1.W_hh": "C",
        "layers.1.W_uh": "D",
        "W_hy": "R",
    }
    assert np.array_equal(from_arrays(arrays, names=names).layers[0].W_hy, arrays["P"])


def test_a_part_of_what_is_found_is_corrected():
    layers = {
        f"rnn.weight_{side}_l{k}": RNG.normal(size=(3, 3 if k or side == "hh" else 2))
        for k in (0, 1)
        for side in ("hh", "ih")
    }
    net = from_arrays(layers | {"fc.weight": np.ones((1, 3))}, names={"layers.0.W_hh": "rnn.weight_hh_l0.T"})
    assert np.array_equal(net.layers[0].W_hh, layers["rnn.weight_hh_l0"].T)
    assert np.array_equal(net.layers[1].W_hh, layers["rnn.weight_hh_l1"])
    with pytest.raises(InvalidOption, match=r"names speak of layers.2, but there are 2 layers"):
        from_arrays(layers | {"fc.weight": np.ones((1, 3))}, names={"layers.2.W_hh": "rnn.weight_hh_l0.T"})
