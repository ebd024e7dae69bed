"""What a certificate may look like, and how much work it may ask for; nothing but Python's standard library.

A certificate comes from a stranger. So before anything is computed its form is held to a table, one for each kind and each claim: these keys and no
others, whole numbers that are whole numbers, fractions in lowest terms as `str(Fraction)` writes them, all of bounded size. What is then computed is
counted in steps, about a microsecond each, and stopped when there are more than a reader allows: a certificate can be refused as too large, but not
hang. A text of a stranger is shown cut, and with nothing in it that a terminal would obey.

`registry` reads the theorems out of the source of `emt_theory/theorems.py`, as text: a proof of P05 must state what P05 states.
"""

import ast
import re
from collections.abc import Callable, Iterable
from fractions import Fraction
from math import lcm
from pathlib import Path
from typing import Any

MOST_STEPS, MOST_OF_ORBITS = 3_000_000, 30_000_000
MOST_DIGITS, MOST_TEXT, MOST_BITS, LONGEST_WORD = 4300, 20_000, 50_000, 2000
LARGEST = 10**9

_allowed = _left = MOST_STEPS


class TooLargeError(ValueError):
    """More work, or larger numbers, than is done here."""


def start(steps: int) -> None:
    """Begin to count, up to so many."""
    global _allowed, _left
    _allowed = _left = steps


def spend(steps: int) -> None:
    """Count this much work.

    Raises:
        TooLargeError: if it is more than is left.
    """
    global _left
    _left -= steps
    if _left < 0:
        raise TooLargeError(f"too large to be checked in {_allowed} steps; `verify.py --steps N FILE` takes more")


def bits(value: Fraction) -> int:
    """The length of a fraction.

    Raises:
        TooLargeError: if it is too long to go on with.
    """
    length = value.numerator.bit_length() + value.denominator.bit_length()
    if length > MOST_BITS:
        raise TooLargeError(f"too large to be checked here: a number of more than {MOST_BITS} bits")
    return length


def cost(length: int) -> int:
    """The steps that fractions of so many bits take: the time of a greatest common divisor grows with the square."""
    return 1 + (length * length >> 20)


def total(values: Iterable[Fraction]) -> Fraction:
    """The sum, counted."""
    found = Fraction(0)
    for value in values:
        found += value
        spend(1 + cost(bits(found)))
    return found


def common_denominator(values: Iterable[Fraction]) -> int:
    """The least whole number that makes all of them whole, counted."""
    found = 1
    for denominator in {value.denominator for value in values}:
        found = lcm(found, denominator)
        spend(cost(bits(Fraction(found))))
    return found


def shown(value: object, width: int = 200) -> str:
    """A stranger's text for a message: one line, cut, with escapes for what is not printable."""
    if isinstance(value, Fraction):
        value = str(value) if bits(value) <= 4 * width else "a fraction of many digits"
    text = value if isinstance(value, str) else repr(value)
    cut = "…" if len(text) > width else ""
    return (
        "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in text[:width])
        + cut
    )


# ------------------------------------------------------------------ forms


def _text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= MOST_TEXT


def _whole(value: Any) -> bool:
    return type(value) is int and abs(value) <= LARGEST


def _centre(value: Any) -> bool:
    return type(value) is int and abs(value) <= 2**50


def _flag(value: Any) -> bool:
    return type(value) is bool


def _fraction(value: Any) -> bool:
    """As `str(Fraction)` writes it: ASCII digits, lowest terms."""
    if not isinstance(value, str) or len(value) > MOST_DIGITS or not re.fullmatch(r"-?[0-9]+(/[0-9]+)?", value):
        return False
    spend(1 + len(value) // 16)
    return not value.endswith("/0") and str(Fraction(value)) == value


def _number(value: Any) -> bool:
    return _whole(value) or _fraction(value)


def _rules(value: Any) -> bool:
    return isinstance(value, dict) and all(_text(k) and _text(v) for k, v in value.items())


def _term(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and _fraction(value[0]) and misfit(value[1], [_whole]) is None


def _corners(value: Any) -> bool:
    return value == "corners"


def _one_of(*words: str) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and value in words


def _row(*forms: Any) -> Callable[[Any], bool]:
    """A list of exactly these."""

    def fits(value: Any) -> bool:
        pairs = zip(value, forms, strict=True) if isinstance(value, list) and len(value) == len(forms) else ()
        return bool(pairs) and all(misfit(one, form) is None for one, form in pairs)

    return fits


_TASKS = (
    {"num_variables": _whole, "dim": _whole, "inputs": [_fraction], "reads": [[_whole]]},
    {"num_variables": _whole, "dim": _whole, "inputs": [_fraction], "matrix": [[_fraction]]},
)
_FACTORS = ({"cyclotomic": _whole, "multiplicity": _whole}, {"coefficients": [_fraction], "multiplicity": _whole})
_OBSTRUCTION = dict.fromkeys(("i", "j", "row", "column", "through"), _whole) | {"value": _fraction, "text": _text}
_CIRCUIT: dict[str, Any] = {
    "task": _TASKS,
    "linearly_solvable": _flag,
    "obstruction": (None, _OBSTRUCTION),
    "factors": [_FACTORS],
    "minimal_dimension": [_whole],
}
_MATRIX = {"shape": [_whole], "entries": [[_number]]}
_NETWORK: dict[str, Any] = {
    "W_hh": _MATRIX,
    "W_uh": _MATRIX,
    "W_hy": _MATRIX,
    "b_h": (None, [_number]),
    "b_y": (None, [_number]),
    "activation": _text,
    "phase_input": _flag,
}
_TABLE = [[_whole]]
_REGISTER: dict[str, Any] = {**dict.fromkeys(("p", "dim", "classes"), _whole), "matrix": _TABLE, "cycles": _TABLE}
_CENSUS: dict[str, Any] = dict.fromkeys(("num_variables", "dim", "solvable"), _whole)
FORMS: dict[str, dict[str, Any]] = {
    "identity": {"left": [[[_text]]], "right": [[[_text]]], "given": _rules, "scalars": [_text]},
    "nonnegative": {"target": _text, "given": [_text], "sum": [_term], "positive": _flag, "strict": [_whole]},
    "determinant": {"matrix": [[_text]], "equals": _text},
    "exponential": {"x": _fraction, "exceeds": _fraction},
    "circuit": _CIRCUIT,
    "census": _CENSUS,
    "modular census": {**_CENSUS, "p": _whole},
    "register": {**_REGISTER, "constant": [_whole], "images": [_whole]},
    "sign accuracy": {"task": _TASKS, "horizon": _whole, "right": _fraction, "zero": _fraction},
    "run": {
        "task": _TASKS,
        "network": _NETWORK,
        "horizon": _whole,
        "inputs": (_corners, [[_number]]),
        "agree": _one_of("values", "signs"),
        "margin": _fraction,
    },
}
"""The form of each claim: its keys, and of each what may stand there. A tuple has alternatives, a list any number of one form."""


def _claim(value: Any) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get("check"), str) or value["check"] not in FORMS:
        return False
    return misfit({k: v for k, v in value.items() if k != "check"}, FORMS[value["check"]]) is None


_WORDS = {"sentence": _text, "basis": _text, "example": _flag}
_PROOF = {
    **dict.fromkeys(("id", "title", "statement", "scope"), _text),
    "conditions": [_text],
    "steps": [({**_WORDS, "claim": _claim}, _WORDS)],
    "saboteur": {"sentence": _text, "claim": _claim},
}
_WEIGHTS = {"shape": _row(_whole, _whole), "entries": [_row(_whole, _whole, _fraction)]}
_BIAS = (None, [_fraction])
_ELMAN: dict[str, Any] = {
    "cell": _one_of("elman"),
    **dict.fromkeys(("W_hh", "W_uh", "W_hy"), _WEIGHTS),
    **dict.fromkeys(("b_h", "b_y"), _BIAS),
    "activation": _one_of("identity", "hard_tanh", "relu", "tanh"),
    "phase_input": _flag,
}
_CELL: dict[str, Any] = {
    "cell": _one_of("gru", "lstm"),
    **dict.fromkeys(("weight_hh_l0", "weight_ih_l0", "W_hy"), _WEIGHTS),
    **dict.fromkeys(("bias_ih_l0", "bias_hh_l0", "b_y"), _BIAS),
}
_COMMON: dict[str, Any] = {"weights": _one_of("rational twin", "float64"), "margin": (None, _fraction)}
_LINEAR: dict[str, Any] = {
    **_COMMON,
    "task": _TASKS,
    "network": (_ELMAN, _CELL),
    "exact_for": _one_of("values", "signs"),
}
_FINITE: dict[str, Any] = {
    **_COMMON,
    "task": {
        **dict.fromkeys(("num_variables", "dim", "alphabet"), _whole),
        "code": _one_of("signs", "onehot", "thermometer", "numbers"),
        "tables": [{"reads": [_row(_whole, _whole)], "table": [_whole]}],
    },
    "network": _ELMAN,
    "exact_for": _one_of("values", "symbols"),
}
_PLACES = [_row(_whole, _fraction)]
_THRESHOLDS: dict[str, Any] = {
    **_FINITE,
    "features": [_row(_whole, _whole, _whole, _whole, _PLACES)],
    "copies": [_row(_whole, _whole, _whole, _fraction)],
    "carried": [_row(_whole, _whole, _whole)],
    **dict.fromkeys(("floors", "needs"), _row(_fraction, _fraction)),
    **dict.fromkeys(("rounding", "room"), _fraction),
    "kicks": (None, _fraction),
}
_INTERPOLATING: dict[str, Any] = {
    **_FINITE,
    "inputs": [_whole],
    "features": [_row(_whole, _PLACES)],
    "copies": [_row(_whole, _whole)],
}
_ORBITS: dict[str, Any] = {
    **_COMMON,
    "task": (_FINITE["task"], *_TASKS),
    "network": {**_ELMAN, "activation": _one_of("tanh", "sigmoid")},
    "exact_for": _one_of("signs", "symbols"),
    **dict.fromkeys(("radius", "tolerance"), _fraction),
    **dict.fromkeys(("steps", "bits"), _whole),
    "centres": [[_centre]],
    "entered": [_whole],
    "rounding": (None, _fraction),
}
_ALPHABET = _row(_whole, _one_of("signs", "onehot", "thermometer", "numbers", "indicator", "pulses"), _whole)
_FILTER: dict[str, Any] = {
    **_COMMON,
    "task": {"A": [[_fraction]], "B": [[_fraction]], "C": [[_fraction]], "inputs": [_fraction]},
    "network": _ELMAN,
    "exact_for": _one_of("values"),
    "terms": _whole,
}
_MACHINE: dict[str, Any] = {
    **_COMMON,
    "task": {
        "transitions": _TABLE,
        "shown": _TABLE,
        "start": _whole,
        **dict.fromkeys(("reads", "shows"), _ALPHABET),
    },
    "network": _ELMAN,
    "exact_for": _one_of("values", "symbols"),
    "states": [_PLACES],
    "labels": [_whole],
    "moves": [[_whole]],
}
_STEPS: dict[str, Any] = {**_LINEAR, "terms": _whole, "intertwined": _flag}
KIND_FORMS: dict[str, dict[str, Any]] = {
    "proof": _PROOF,
    "circuit": _CIRCUIT,
    "linear-values": _STEPS,
    "damped-signs": {**_STEPS, "gamma": _fraction, "longest_chain": _whole},
    "saturating-values": {**_LINEAR, "labels": [_row(_whole, _whole, _whole, _whole)]},
    "gated-values": {
        **_LINEAR,
        "form": _one_of("pairs", "shifted"),
        "bound": _fraction,
        "labels": [_row(_whole, _whole, _whole, _whole, _flag, _flag, _fraction, _fraction)],
    },
    "robust-signs": {
        **_LINEAR,
        "units": [_row(_whole, _whole, _whole, _whole)],
        **dict.fromkeys(("floor", "ceiling", "rounding"), _fraction),
        "gates": [_row(_whole, _fraction, _fraction, _fraction, _fraction)],
    },
    "threshold-rows": _THRESHOLDS,
    "threshold-tanh": _THRESHOLDS,
    "interpolating-rows": _INTERPOLATING,
    "orbits": _ORBITS,
    "filter-values": _FILTER,
    "machine-states": _MACHINE,
}
"""The form of the claims of each kind of certificate."""


def misfit(value: Any, form: Any, where: str = "claims") -> str | None:
    """Where a value leaves its form, in words; None if it keeps to it."""
    spend(1)
    if isinstance(form, tuple):
        found = [misfit(value, one, where) for one in form]
        return None if None in found else found[0]
    if isinstance(form, dict):
        if not isinstance(value, dict) or set(value) != set(form):
            return f"{where} needs the keys {', '.join(form)}, and no others"
        return next((told for key in form if (told := misfit(value[key], form[key], f"{where}.{key}"))), None)
    if isinstance(form, list):
        if not isinstance(value, list):
            return f"{where} must be a list"
        return next((told for k, one in enumerate(value) if (told := misfit(one, form[0], f"{where}[{k}]"))), None)
    fits = value is None if form is None else form(value)
    return None if fits else f"{where} is {shown(value, 60)}, which cannot stand there"


# ------------------------------------------------------------------ the registry


def registry() -> dict[str, tuple[str, str, list[str]]]:
    """Title, statement and conditions of each theorem, read from the source beside this folder; empty where that is missing."""
    folder = Path(__file__).resolve().parents[1]
    source = next((f for f in (folder / "emt_theory" / "theorems.py", folder / "theorems.py") if f.is_file()), None)
    if source is None:
        return {}
    tree = ast.parse(source.read_text(encoding="utf-8"))
    names: dict[str, Any] = {}
    found: dict[str, tuple[str, str, list[str]]] = {}
    for node in tree.body:
        if (
            isinstance(node, ast.Assign)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.targets[0], ast.Name)
        ):
            names[node.targets[0].id] = node.value.value
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "Theorem":
            id, title, statement, conditions = (_literal(argument, names) for argument in call.args[:4])
            found[id] = (title, statement, list(conditions))
    return found


def _literal(node: ast.expr, names: dict[str, Any]) -> Any:
    if isinstance(node, ast.Name):
        return names[node.id]
    return [_literal(one, names) for one in node.elts] if isinstance(node, ast.Tuple) else ast.literal_eval(node)
