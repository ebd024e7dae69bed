r"""The rational twin as JSON, which is how a file of weights carries it.

Matrices are sparse, [row, column, "p/q"]; a bias is a list of "p/q"; nothing is ever a JSON number with a point:

>>> from emt_theory.ground.rationals import RationalMatrix
>>> half = RationalMatrix.from_rows([["1/2"]])
>>> value = twin_to_json(ExactRNN(W_hh=half, W_uh=half, W_hy=half, activation="identity"))
>>> value["W_hh"], value["b_h"]
({'shape': [1, 1], 'entries': [[0, 0, '1/2']]}, None)
>>> twin_from_json(value).W_hh == half
True

What is read back may come from anywhere, so every part is looked at before it is used.
"""

from __future__ import annotations

from typing import Any

from emt_theory.errors import EMTError, InvalidNetwork
from emt_theory.ground.rationals import RationalMatrix
from emt_theory.ground.text import plain
from emt_theory.networks.exact import BIASES, MATRICES, ExactRNN


def twin_to_json(twin: ExactRNN) -> dict[str, Any]:
    """The twin as a JSON-ready dictionary.

    Raises:
        InvalidNetwork: if a fraction has more digits than Python writes (4300 by default).
    """
    if not isinstance(twin, ExactRNN):
        raise InvalidNetwork(f"expected an ExactRNN; got {type(twin).__name__}")
    try:
        matrices = {name: getattr(twin, name).to_json() for name in MATRICES}
        biases = {name: None if (b := getattr(twin, name)) is None else [str(v) for v in b] for name in BIASES}
    except ValueError as error:
        raise InvalidNetwork(f"the exact twin cannot be written: {error}") from None
    return matrices | biases | {"activation": twin.activation, "phase_input": twin.phase_input}


def twin_from_json(value: Any) -> ExactRNN:
    """The inverse of `twin_to_json`.

    Raises:
        InvalidNetwork: if a part is missing, is not of the right kind, or does not fit the others.
    """
    if not isinstance(value, dict):
        raise InvalidNetwork("the exact twin is malformed: it is not a JSON object")
    table: dict[str, Any] = value
    try:
        arrays: dict[str, Any] = {name: _matrix(table[name]) for name in MATRICES}
        arrays |= {name: _bias(table[name]) for name in BIASES}
        activation, phase_input = table["activation"], table["phase_input"]
        if not isinstance(phase_input, bool | str):
            raise TypeError("phase_input must be true or false, or the name of a polarity")
        return ExactRNN(**arrays, activation=activation, phase_input=phase_input)
    except KeyError as error:
        raise InvalidNetwork(f"the exact twin is malformed: {error.args[0]} is missing") from None
    except (TypeError, ValueError, EMTError) as error:
        raise InvalidNetwork(f"the exact twin is malformed: {plain(str(error))}") from None


def _matrix(value: Any) -> RationalMatrix:
    shape, entries = value["shape"], value["entries"]
    places = [index for row, column, _ in entries for index in (row, column)]
    if len(shape) != 2 or not all(type(index) is int for index in (*shape, *places)):
        raise TypeError("a matrix needs a shape [rows, columns] and entries [row, column, value] with integer places")
    return RationalMatrix.from_entries((shape[0], shape[1]), entries)


def _bias(value: Any) -> tuple[Any, ...] | None:
    if value is not None and not isinstance(value, list):
        raise TypeError("a bias must be a list of fractions, or null")
    return None if value is None else tuple(value)
