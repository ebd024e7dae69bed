"""What `certify` returns, and how a prover says that its argument does not apply."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_FLOOR, Context, Decimal
from fractions import Fraction
from typing import Any, Literal, NamedTuple

from emt_theory.exact import Certificate
from emt_theory.ground.json import Record
from emt_theory.ground.text import shows

_Exact = Literal["values", "signs", "symbols"]


class NotProved(Exception):
    """An argument that does not apply to a network; `reason` names the condition that failed. Never leaves `certify`.

    Where the argument has met a wrong output on its way, that is the `first_error`.
    """

    def __init__(self, reason: str, first_error: FirstError | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.first_error = first_error


@shows
class Proof(NamedTuple):
    """What a prover found.

    Attributes:
        kind: the kind of the certificate; its claims are described in `emt_theory.circuits.certifying`.
        exact: what is right for all t > s.
        claims: beside the network and the task, what the argument needs in order to be checked again.
        reason: the argument in one line.
        margin: a positive lower bound of |y_c(t)| for all t > s, where the argument gives one.
    """

    kind: str
    exact: _Exact
    claims: dict[str, Any]
    reason: str
    margin: Fraction | None = None


@dataclass(frozen=True)
class FirstError(Record):
    """A wrong output, and the inputs that show it.

    Attributes:
        step: t, the time step of the error; scored steps begin at s + 1.
        component: the component of the output.
        inputs: u(1), …, u(s) as "p/q", s rows of d; of symbols the symbols. With an input at every step x(1), …, x(t).
        output: y there: exact as "p/q", or a decimal number for networks that leave the rational numbers; several for a symbol of several.
        target: u there, as "p/q"; of a finite task the symbol.
        wrong: "value", "sign" or "symbol".
    """

    step: int
    component: int
    inputs: tuple[tuple[str, ...], ...]
    output: str
    target: str
    wrong: Literal["value", "sign", "symbol"]

    def __str__(self) -> str:
        return f"first wrong {self.wrong} at t = {self.step}, component {self.component}: {self.output} instead of {self.target}"


@dataclass(frozen=True, repr=False)
class Certification(Record):
    """The answer of `certify`; true where there is a certificate.

    Attributes:
        certificate: the claims, with everything that is needed to check them again; None if nothing was proved.
        reason: the argument in one line, or why none applies.
        first_error: a wrong output if one was found. For a linear network it is the earliest one of all inputs, for others the earliest one of
            the inputs that were tried. None does not mean that there is none.
    """

    JSON = ("exact_for", "arithmetic", "reason", "first_error", "certificate")

    certificate: Certificate | None
    reason: str
    first_error: FirstError | None = None

    @property
    def exact_for(self) -> _Exact | None:
        """What is certified to be right for all t > s and all inputs of the task: "values", "signs", of a finite task "symbols", or None."""
        return None if self.certificate is None else self.certificate.claims["exact_for"]

    @property
    def kind(self) -> str | None:
        """The kind of the certificate: which argument proves it."""
        return None if self.certificate is None else self.certificate.kind

    @property
    def arithmetic(self) -> str | None:
        """Where that holds: "exact arithmetic", of the fractions that are judged; or "exact and float64 arithmetic", with what floats lose."""
        if self.certificate is None:
            return None
        return "exact and float64 arithmetic" if self._stated("rounding") else "exact arithmetic"

    @property
    def margin(self) -> Fraction | None:
        """A lower bound of |y_c(t)| for all t > s, where one is certified."""
        return self._stated("margin")

    @property
    def room(self) -> Fraction | None:
        """By how much every row of [W U b] may change in 1-norm, and all that is shown stays right; where that is certified (P23, P24)."""
        return self._stated("room")

    @property
    def kicks(self) -> Fraction | None:
        """By how much every unit may be moved between steps after t = s, at every step, and nothing wrong is ever shown (P23, P24)."""
        return self._stated("kicks")

    def _stated(self, claim: str) -> Fraction | None:
        stated = None if self.certificate is None else self.certificate.claims.get(claim)
        return None if stated is None else Fraction(stated)

    def __bool__(self) -> bool:
        return self.certificate is not None

    def __str__(self) -> str:
        if self.certificate is not None:
            bound = f", |y| ≥ {rounded_down(self.margin)}" if self.margin is not None else ""
            extent = "all t > s" if "num_variables" in self.certificate.claims["task"] else "all words"
            return f"certified in {self.arithmetic}: {self.exact_for} exact for {extent}{bound} ({self.reason})"
        found = f"; {self.first_error}" if self.first_error else ""
        return f"not certified: {self.reason}{found}"

    def __repr__(self) -> str:
        return f"<{self}>"


def rounded_down(bound: Fraction) -> str:
    """A lower bound in four digits, still a lower bound.

    >>> rounded_down(Fraction(999_999, 1_000_000)), rounded_down(Fraction(1))
    ('0.9999', '1')
    """
    context = Context(prec=4, rounding=ROUND_FLOOR)
    return str(context.divide(Decimal(bound.numerator), Decimal(bound.denominator)))
