r"""A derivation for the terminal, for LaTeX and for a notebook.

>>> from emt_theory.gsemm import Model, derive_network
>>> print("\n".join(str(derive_network(Model.lisem([[1]], [[0]]))).splitlines()[8:11]))
1  the hidden units answer linearly (σ_h = id)
     T_f V̇_f = √α_s Ξ V_h − V_f
     holds size-free; N=2, n=3; N=3, n=2
"""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING

from emt_theory.gsemm.equations import SymbolicModel
from emt_theory.gsemm.printing import to_latex, to_text

if TYPE_CHECKING:
    from emt_theory.gsemm.derivation import Derivation
    from emt_theory.gsemm.steps import Step

ASSUMED, TENSE = "What is assumed", "What does not hold together"


def as_text(derivation: Derivation) -> str:
    """For the terminal: the steps with their checks, then the ledger."""
    lines = [_subject(derivation), "", *(f"     {to_text(e)}" for e in SymbolicModel().equations), ""]
    lines += ["How it becomes a network (P02)", ""]
    for k, step in enumerate(derivation.steps, 1):
        lines += [f"{k}  {step.title} ({step.assumption})", f"     {to_text(step.after)}", f"     {_checked(step)}"]
    lines += ["", _outcome(derivation), "", ASSUMED, *(f"  {line}" for line in derivation.assumptions)]
    return "\n".join([*lines, "", TENSE, *(f"  {tension}" for tension in derivation.tensions)])


def as_markdown(derivation: Derivation) -> str:
    """For a notebook."""
    body = r" \\ ".join(_aligned(to_latex(e)) for e in SymbolicModel().equations)
    lines = [_subject(derivation), "", rf"$$\begin{{aligned}} {body} \end{{aligned}}$$", ""]
    for k, step in enumerate(derivation.steps, 1):
        lines += [
            f"{k}. {step.title} (*{step.assumption}*): {_checked(step)}",
            "",
            f"   $${to_latex(step.after)}$$",
            "",
        ]
    lines += [_outcome(derivation), "", f"**{ASSUMED}**", ""]
    lines += [f"- **{line.name}** ({line.basis}): {line.meaning}" for line in derivation.assumptions]
    lines += ["", f"**{TENSE}**", ""]
    return "\n".join(lines + [f"- **{t.one}** against **{t.other}**: {t.meaning}" for t in derivation.tensions])


def as_latex(derivation: Derivation) -> str:
    r"""An `align*` of the equations, then the ledger as lists; plain ASCII, needs amsmath."""
    first = [_aligned(to_latex(e)) for e in SymbolicModel().equations]
    rest = [rf"{_aligned(to_latex(s.after))} && \text{{{_sentence(s.assumption)}}}" for s in derivation.steps]
    lines = [r"\begin{align*}", " \\\\\n".join(first) + r" \\", r"\intertext{become, step by step,}"]
    lines += [" \\\\\n".join(rest), r"\end{align*}", _sentence(_outcome(derivation))]
    for title, entries in ((ASSUMED, derivation.assumptions), (TENSE, derivation.tensions)):
        items = [rf"\item {_sentence(str(entry))}" for entry in entries]
        lines += [rf"\paragraph{{{title}}}", r"\begin{itemize}", *items, r"\end{itemize}"]
    return "\n".join(lines) + "\n"


def _subject(derivation: Derivation) -> str:
    m = derivation.model
    shown = [f"σ_f = {m.feature}", f"σ_h = {m.hidden}", f"T_f = {m.T_f:g}", f"T_h = {m.T_h:g}", f"T_d = {m.T_d:g}"]
    shown += [f"α_s = {m.alpha_s:g}", f"α_c = {m.alpha_c:g}", f"β = {m.delay_gain:g}"]
    return f"A memory model with N = {m.features} features and n = {m.components} memories, {', '.join(shown)}"


def _checked(step: Step) -> str:
    forms = [check.form for check in step.checks if check.holds]
    wrong = [check.form for check in step.checks if not check.holds]
    return "; ".join(["holds " + "; ".join(forms)] * bool(forms) + ["FAILS " + "; ".join(wrong)] * bool(wrong))


def _outcome(derivation: Derivation) -> str:
    rule, dual = derivation.rule, "Ξ†" if derivation.inverse else "Ξᵀ"
    if derivation.state_form == "V":
        shown = f"V(t+1) = (1 − r) V(t) + r W σ_f(V(t)), r = {rule.ratio:g}, W = Ξ Φ {dual}"
        return f"The network is leaky, in V-form: {shown}. It is not leaky in h."
    gain = "" if derivation.model.feature.gain == 1 else f"{derivation.model.feature.gain:g} "
    leak = f"{1 - rule.ratio:g} I + {rule.ratio:g} " if rule.is_leaky else ""
    return f"The network is in h-form, h(t+1) = σ(W_hh h(t)), h = σ_f(V_f): W_hh = {leak}{gain}Ξ Φ {dual}."


def _aligned(equation: str) -> str:
    left, right = equation.split(" = ", 1)
    return f"{left} &= {right}"


_SIGNS = {
    "√α_s": r"\sqrt{\alpha_{s}}",
    "Φ'": r"\Phi'",
    "σ": r"\sigma ",
    "α": r"\alpha ",
    "β": r"\beta ",
    "γ": r"\gamma ",
    "θ": r"\theta ",
    "Δ": r"\Delta ",
    "Ξ": r"\Xi ",
    "Φ": r"\Phi ",
    "‖": r"\|",
    "†": r"^\dagger ",
    "ᵀ": r"^\top ",
    "⁻": "^{-",
    "¹": "1}",
    "−": "-",
    "→": r"\to ",
    "≥": r"\ge ",
    "<": "<",
    ">": ">",
    "∞": r"\infty ",
}
_ESCAPED = {sign: rf"\{sign}" for sign in "_%&#${}"} | {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}
_PIECE = re.compile(r"√α_s|Φ'|(?:(?<![A-Za-z0-9_])[A-Za-z]|(?<=[σα]))_[A-Za-z]+(?![A-Za-z0-9_])|.", re.DOTALL)
"""A sign of two letters or more, an index with the letter that it belongs to, or one character; `my_sigma` is a name and holds no index."""


def _sentence(text: str) -> str:
    """A sentence in LaTeX: signs and indices are set as mathematics, what stands side by side in one piece; in names nothing is a command."""
    pieces = [_piece(found) for found in _PIECE.findall(text)]
    runs = (("".join(piece for _, piece in run), math) for math, run in groupby(pieces, key=lambda piece: piece[0]))
    return "".join(f"${run}$" if math else run for run, math in runs)


def _piece(found: str) -> tuple[bool, str]:
    """Whether it is mathematics, and its LaTeX."""
    if found in _SIGNS:
        return True, _SIGNS[found]
    base, bar, index = found.partition("_")
    if bar and index:
        return True, f"{base}_{{{index}}}"
    return False, _ESCAPED.get(found, found)
