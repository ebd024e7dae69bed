"""A certificate that was altered is refused, wherever it was altered."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emt_theory.errors import InvalidCertificate
from emt_theory.exact import Certificate

KEPT = Certificate(
    "circuit", {"factors": [["x", 28], ["x - 1", 8]], "linear": False, "ranks": {"O": 36}, "value": "-2/3"}
)


def test_round_trip():
    assert Certificate.from_json(KEPT.to_json()) == KEPT
    assert Certificate.from_dict(json.loads(KEPT.to_json())).claims == KEPT.claims


@given(st.data())
def test_any_change_of_one_character_is_refused(data):
    text = json.dumps(KEPT.to_dict(), separators=(",", ":"))
    place = data.draw(st.integers(0, len(text) - 1))
    new = data.draw(st.sampled_from('0123456789abcdefxyz"{}[],:- '))
    altered = text[:place] + new + text[place + 1 :]
    if altered != text:
        with pytest.raises(InvalidCertificate):
            Certificate.from_json(altered)


def test_the_hash_does_not_depend_on_the_order_of_keys():
    assert Certificate("k", {"a": 1, "b": 2}).digest == Certificate("k", {"b": 2, "a": 1}).digest


@pytest.mark.parametrize("claims", [{"x": 0.5}, {"x": [1, {"y": 1.0}]}, {"x": {1, 2}}])
def test_floats_cannot_be_certified(claims):
    with pytest.raises(InvalidCertificate, match="cannot be certified"):
        Certificate("k", claims)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 9, "kind": "k", "claims": {}, "sha256": ""}'])
def test_foreign_text_is_refused(text):
    with pytest.raises(InvalidCertificate):
        Certificate.from_json(text)
