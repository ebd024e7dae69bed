"""Fractions written so that they can be told apart, and from 1.

>>> write_fractions(0.999901, 0.99988, 0.99992)
('0.99990', '0.99988', '0.99992')
>>> write_fractions(0.5, 0.48, 0.52), write_fractions(1.0, 0.9943)
(('0.5000', '0.4800', '0.5200'), ('1.0000', '0.9943'))
"""

from __future__ import annotations

_FEWEST = 4
_MOST = 17


def write_fractions(*values: float) -> tuple[str, ...]:
    """Values in [0, 1] with equally many digits: four, or as many as keep different values different and only 1 itself "1.0000"."""
    for digits in range(_FEWEST, _MOST):
        if len({f"{v:.{digits}f}" for v in (*values, 1.0)}) == len({*values, 1.0}):
            return tuple(f"{v:.{digits}f}" for v in values)
    return tuple(map(repr, values))


def write_fraction(value: float | None) -> str:
    """One value as `write_fractions` writes it; None as a dash."""
    return "–" if value is None else write_fractions(value)[0]
