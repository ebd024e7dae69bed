"""Claims that a proof may make: what cannot be decided is refused, and does not run for ever."""

import pytest

from emt_theory._proofs.claims import holds, identity


def test_what_is_given_of_scalars_is_refused():
    """A scalar has no place in a product of matrices: as a word to be replaced it is empty, and stands everywhere."""
    assert holds(identity("1 - S", "L", given={"S": "1 - L"}))
    assert not holds(identity("1 - S", "L", given={"S": "1 + L"}))
    with pytest.raises(ValueError, match="symbols that are no scalars"):
        holds(identity("1 - S", "L", given={"S": "1 - L"}, scalars=("L", "S")))
