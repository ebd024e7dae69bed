r"""May a network's weights be rounded? Copies with fewer bits, each certified or not.

Rounded weights are exact arithmetic on other weights, so that `certify` judges them like any. A number format rounds every weight and bias by
itself, an integer format of K bits each array to multiples of its own step:

    float16     the nearest number of IEEE's half precision
    int K       Δ · round(w / Δ),  Δ = max |w| / (2^{K−1} − 1)        symmetric, one Δ for an array

>>> from emt_theory import derive
>>> from emt_theory.tasks import parse
>>> xor = parse("xor")
>>> print(certify_quantized(derive(xor).compile(scheme="threshold-tanh"), xor, ["float16", "int8"]))
as it is  certified: symbols, numbers may be off by 0.9289
float16   certified: symbols, numbers may be off by 0.9289
int8      certified: symbols, numbers may be off by 0.9274

Source: new; the proofs are those of `certify`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from emt_theory.circuits.certify import certify
from emt_theory.circuits.certifying.result import Certification, rounded_down
from emt_theory.errors import InvalidNetwork, InvalidOption
from emt_theory.ground.arguments import sequence
from emt_theory.ground.arrays import Array
from emt_theory.ground.json import Record
from emt_theory.ground.text import shown
from emt_theory.networks import ElmanRNN
from emt_theory.tasks import FiniteTask, LinearTask

FORMATS = ("float16", "int8", "int6")
_MOST_BITS = 16


@dataclass(frozen=True)
class QuantizedCopy(Record):
    """One copy.

    Attributes:
        format: of its weights; None for the network as it is.
        network: the copy.
        certification: what `certify` says of it.
    """

    JSON = ("format", "certified", "exact_for=certification.exact_for", "tolerance", "reason=certification.reason")

    format: str | None
    network: ElmanRNN
    certification: Certification

    @property
    def certified(self) -> bool:
        """Whether it is proved right for all t."""
        return bool(self.certification)

    @property
    def tolerance(self) -> Fraction | None:
        """By how much the numbers that it shows may be off, where that is certified."""
        found = self.certification
        return (
            found.margin
            if found.certificate is None or found.kind != "orbits"
            else Fraction(found.certificate.claims["tolerance"])
        )

    def __str__(self) -> str:
        if not self.certified:
            return f"not certified: {self.certification.reason}"
        off = "" if self.tolerance is None else f", numbers may be off by {rounded_down(self.tolerance)}"
        return f"certified: {self.certification.exact_for}{off}"


@dataclass(frozen=True, repr=False)
class Quantized(Record):
    """A network and its copies.

    Attributes:
        copies: the network as it is, then one for each format.
    """

    JSON = ("copies",)

    copies: tuple[QuantizedCopy, ...]

    def __getitem__(self, format: str | None) -> QuantizedCopy:
        """The copy of a format.

        Raises:
            InvalidOption: if it was not asked for.
        """
        for copy in self.copies:
            if copy.format == format:
                return copy
        raise InvalidOption(
            f"no copy in {shown(format)} was made; there are {', '.join(str(c.format) for c in self.copies[1:])}"
        )

    def __repr__(self) -> str:
        return f"Quantized({', '.join(f'{copy.format}: {copy.certified}' for copy in self.copies[1:])})"

    def __str__(self) -> str:
        names = ["as it is" if copy.format is None else copy.format for copy in self.copies]
        width = max(map(len, names))
        return "\n".join(f"{name:{width}}  {copy}" for name, copy in zip(names, self.copies, strict=True))


def quantize(net: ElmanRNN, format: str) -> ElmanRNN:
    """The copy of a network in a format, "float16" or "int2" to "int16"; in float64, without an exact twin.

    Raises:
        InvalidNetwork: if it is no Elman network, or its weights are too large for the format.
        InvalidOption: if there is no such format.

    >>> net = ElmanRNN(W_hh=[[1]], W_uh=[[0.1]], W_hy=[[1]])
    >>> quantize(net, "float16").W_uh.item(), quantize(net, "int8").W_hh.item()
    (0.0999755859375, 1.0)
    """
    if not isinstance(net, ElmanRNN):
        raise InvalidNetwork(f"Elman networks are quantized; got a {type(net).__name__}")
    rounded = _rounding(format)
    biases = {name: None if (b := getattr(net, name)) is None else rounded(b) for name in ("b_h", "b_y")}
    made = {name: rounded(getattr(net, name)) for name in ("W_hh", "W_uh", "W_hy")}
    if not all(np.isfinite(array).all() for array in made.values()):
        raise InvalidNetwork(f"a weight is too large for {format}")
    return replace(net, **made, **biases, exact=None)


def certify_quantized(net: ElmanRNN, task: LinearTask | FiniteTask, formats: Sequence[str] = FORMATS) -> Quantized:
    """Whether a network and its copies with fewer bits do a task for all t.

    Args:
        net: an Elman network.
        task: the task.
        formats: of the copies, see `quantize`.

    Raises:
        InvalidNetwork, InvalidTask, InvalidOption: as `quantize` and `certify`.
    """
    asked = sequence("formats", formats)
    copies = [(None, net), *((format, quantize(net, format)) for format in asked)]
    return Quantized(tuple(QuantizedCopy(format, copy, certify(copy, task)) for format, copy in copies))


def _rounding(format: object) -> Callable[[Array], Array]:
    if format == "float16":
        return _half
    found = re.fullmatch(r"int([0-9]{1,2})", format) if isinstance(format, str) else None
    if found is None or not 2 <= int(found[1]) <= _MOST_BITS:
        raise InvalidOption(f"unknown format {shown(format)}; known are float16, and int2 to int{_MOST_BITS}")
    largest = 2 ** (int(found[1]) - 1) - 1

    def nearest(array: Array) -> Array:
        step = float(abs(array).max(initial=0.0)) / largest
        return np.rint(array / step) * step if step else array

    return nearest


def _half(array: Array) -> Array:
    with np.errstate(over="ignore"):
        return array.astype(np.float16).astype(float)
