r"""Formulas of the memory model in one line of text, and in LaTeX.

Names are those of these pages (`Phi'.T` is Φ'ᵀ, `dV_f` is V̇_f), scalars stand before matrices, and a term with a minus comes last.

>>> Xi, V = sympy.MatrixSymbol("Xi", 3, 2), sympy.MatrixSymbol("V_f", 3, 1)
>>> to_text(sympy.Symbol("beta") * Xi * Xi.T * V - V)
'β Ξ Ξᵀ V_f − V_f'
>>> print(to_latex(Xi.T * V))
\Xi^\top V_f
"""

from __future__ import annotations

from typing import Any

import sympy
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction

from emt_theory.gsemm.equations import STEP, Formula

_TEXT = {
    "Xi": "Ξ",
    "Phi": "Φ",
    "Phi'": "Φ'",
    "V_next": "V_f(t+1)",
    "x_next": "x(t+1)",
    "h_next": "h(t+1)",
    "Dual": "Ξ†",
    "alpha_s": "α_s",
    "alpha_c": "α_c",
    "beta": "β",
    "gamma": "γ",
    "Delta_t": "Δt",
    "sigma_f": "σ_f",
    "sigma_h": "σ_h",
    "dV_f": "V̇_f",
    "dV_h": "V̇_h",
    "dV_d": "V̇_d",
}
_LATEX = {"Phi'": r"{\Phi'}", "Dual": r"\Xi^\dagger", "V_next": "V_f(t+1)", "x_next": "x(t+1)", "h_next": "h(t+1)"} | {
    f"dV_{k}": rf"\dot V_{k}" for k in "fhd"
}
_SUM, _PRODUCT, _ATOM = 0, 1, 2


def to_text(formula: Formula) -> str:
    """A formula in one line, with Greek letters."""
    return _text(formula, _SUM)


def to_latex(formula: Formula) -> str:
    """A formula in LaTeX."""
    if isinstance(formula, sympy.Equality):
        return f"{to_latex(formula.lhs)} = {to_latex(formula.rhs)}"
    if isinstance(formula, ElementwiseApplyFunction):
        return rf"\sigma\left({to_latex(formula.expr)}\right)"
    names = {a: _LATEX.get(a.name, _plain(a.name)) for a in formula.atoms(sympy.MatrixSymbol)}
    names |= {STEP: r"\Delta t"}
    written = sympy.latex(formula, symbol_names=names, mat_symbol_style="plain")
    return written.replace(r"\mathbb{I}", "I").replace("^{T}", r"^\top")


def _plain(name: str) -> str:
    r"""V_f stays V_f; Xi and sigma_f become \Xi and \sigma_f."""
    stem = name.split("_")[0]
    return "\\" + name if stem in ("Xi", "Phi", "sigma") else name


def _text(formula: Formula, within: int) -> str:
    """The formula, in brackets if it binds less than what it stands in."""
    if isinstance(formula, sympy.Equality):
        return f"{_text(formula.lhs, _SUM)} = {_text(formula.rhs, _SUM)}"
    if isinstance(formula, (sympy.Add, sympy.MatAdd)):
        return _brackets(_sum(formula), within > _SUM)
    if isinstance(formula, (sympy.Mul, sympy.MatMul)):
        return _brackets(_product(formula), within > _PRODUCT)
    if isinstance(formula, sympy.Transpose):
        return _text(formula.arg, _ATOM) + "ᵀ"
    if isinstance(formula, sympy.Pow) and formula.exp == sympy.Rational(1, 2):
        return "√" + _text(formula.base, _ATOM)
    if isinstance(formula, ElementwiseApplyFunction):
        return f"σ({_text(formula.expr, _SUM)})"
    if isinstance(formula, sympy.Identity):
        return "I"
    if isinstance(formula, (sympy.Symbol, sympy.MatrixSymbol)):
        return _TEXT.get(str(formula), str(formula))
    return str(formula)


def _brackets(text: str, wanted: bool) -> str:
    return f"({text})" if wanted else text


def _sum(formula: Formula) -> str:
    terms = sorted((_text(term, _PRODUCT) for term in formula.args), key=lambda text: text[0] == "−")
    return terms[0] + "".join(f" − {term[1:]}" if term[0] == "−" else f" + {term}" for term in terms[1:])


def _product(formula: Formula) -> str:
    matrices = [factor for factor in formula.args if getattr(factor, "is_Matrix", False)]
    coefficient, rest = sympy.Mul(*(f for f in formula.args if f not in matrices)).as_coeff_Mul()
    above, below = ([f for f in sympy.Mul.make_args(part) if f != 1] for part in sympy.fraction(rest))
    above.sort(key=lambda f: str(f.as_base_exp()[0]) != "alpha_s")
    number: list[Any] = [] if abs(coefficient) == 1 else [abs(coefficient)]
    scalars = " ".join(_text(f, _ATOM) for f in [*number, *above]) or ("1" if below else "")
    scalars += "".join("/" + _text(f, _ATOM) for f in below)
    parts = [*([scalars] if scalars else []), *(_text(f, _ATOM) for f in matrices)]
    return ("−" if coefficient < 0 else "") + " ".join(parts)
