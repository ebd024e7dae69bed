r"""The steps from the memory model to the discrete network (P02), each computed by SymPy.

A step replaces symbols in one equation and claims another. It is checked twice:

    size-free      in matrices of any size, whose products do not commute: the expansions of both sides agree
    in entries     for given sizes, with a commuting symbol for each entry; a layer that is slaved is *solved* for, entry by entry

>>> for step in network_steps():
...     print(to_text(step.after))
T_f V̇_f = √α_s Ξ V_h − V_f
T_f V̇_f = α_s Ξ Ξᵀ σ_f + √α_s α_c Ξ Φ'ᵀ Ξᵀ V_d − V_f
T_f V̇_f = Ξ (α_s I + √α_s α_c β Φ'ᵀ) Ξᵀ σ_f − V_f
V_f(t+1) = (1 − Δt/T_f) V_f + Δt/T_f Ξ (α_s I + √α_s α_c β Φ'ᵀ) Ξᵀ σ_f
V_f(t+1) = Ξ (α_s I + √α_s α_c β Φ'ᵀ) Ξᵀ σ_f
V_f(t+1) = Ξ Φ Ξᵀ σ_f
V_f(t+1) = Ξ Φ Ξ† σ_f
h(t+1) = σ(Ξ Φ Ξ† h)
>>> network_steps()[2].checks
(Check(form='size-free', holds=True), Check(form='N=2, n=3', holds=True), Check(form='N=3, n=2', holds=True))

The replacement of Ξᵀ by Ξ† = (ΞᵀΞ)⁻¹Ξᵀ is a step like the others: it is the replacement of Φ by Φ(ΞᵀΞ)⁻¹, that is, other interactions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

import sympy

from emt_theory.ground.json import Record
from emt_theory.gsemm.equations import (
    ALPHA_C,
    ALPHA_S,
    ANY_COMPONENTS,
    ANY_FEATURES,
    BETA,
    GAMMA,
    STEP,
    T_F,
    Formula,
    SymbolicModel,
    apply_sigma,
    are_equal,
    entries,
    equation,
    written_out,
)
from emt_theory.gsemm.printing import to_latex, to_text

_SIZES = ((2, 3), (3, 2))
"""(N, n) of the checks in entries: more memories than features, and fewer."""

_SIZES_OF_INDEPENDENT_MEMORIES = ((2, 1), (3, 2))
"""ΞᵀΞ has an inverse only if n ≤ N."""


@dataclass(frozen=True)
class Check(Record):
    """What was computed for a step.

    Attributes:
        form: "size-free", or the sizes.
        holds: what came out.
    """

    form: str
    holds: bool


@dataclass(frozen=True)
class Step(Record):
    """One step: `scale` times the equation before, with symbols replaced, is the equation after.

    Attributes:
        title: what is done.
        assumption: what is assumed, the name of a line of the ledger.
        before, after: equations in matrices of any size.
        replaced: what is put for symbols of the equation before.
        solves: the equation of a layer: where its right-hand side is 0, the one symbol that is replaced is its replacement.
        scale: what the equation before is multiplied by.
        meaning: what symbols of the equation after stand for.
        applies_sigma: σ is applied to the right-hand side, and the left-hand side gets a new name.
        sizes: (N, n) of the checks in entries.
    """

    title: str
    assumption: str
    before: Formula
    after: Formula
    replaced: Mapping[Formula, Formula]
    solves: Formula | None = None
    scale: Formula = sympy.S.One
    meaning: Mapping[Formula, Formula] = field(default_factory=dict[Formula, Formula])
    applies_sigma: bool = False
    sizes: tuple[tuple[int, int], ...] = _SIZES

    @cached_property
    def checks(self) -> tuple[Check, ...]:
        """Size-free, then in entries; computed when they are asked for."""
        in_entries = (Check(f"N={N}, n={n}", self._follows_in_entries(N, n)) for N, n in self.sizes)
        return Check("size-free", self._follows()), *in_entries

    @property
    def holds(self) -> bool:
        """Whether every check holds."""
        return all(check.holds for check in self.checks)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready: equations as text and in LaTeX."""
        sides = {
            name: {"text": to_text(side), "latex": to_latex(side)}
            for name, side in (("before", self.before), ("after", self.after))
        }
        checks = [check.to_dict() for check in self.checks]
        return {"title": self.title, "assumption": self.assumption, **sides, "checks": checks}

    def _follows(self) -> bool:
        left, right = (side.subs(self.replaced) for side in (self.before.lhs, self.before.rhs))
        claimed = self.after.rhs.subs(self.meaning)
        if self.applies_sigma:
            return claimed == apply_sigma(right)
        if self.solves is not None and not are_equal(self.solves.rhs.subs(self.replaced), 0 * self.solves.rhs):
            return False
        return are_equal(self.scale * (left - right), self.after.lhs - claimed)

    def _follows_in_entries(self, features: int, components: int) -> bool:
        def at(formula: Formula) -> Formula:
            return formula.subs({ANY_FEATURES: features, ANY_COMPONENTS: components})

        known = {at(symbol): at(by) for symbol, by in self.replaced.items()}
        if self.solves is not None:
            ((unknown, claimed_rest),) = known.items()
            known = {unknown: _rest(at(self.solves.rhs), unknown)}
            if entries(claimed_rest) != entries(known[unknown]):
                return False
        left, right = (at(side).subs(known) for side in (self.before.lhs, self.before.rhs))
        meaning = {at(symbol): at(by) for symbol, by in self.meaning.items()}
        claimed = at(self.after.rhs).subs(meaning)
        if self.applies_sigma:
            return entries(claimed) == entries(apply_sigma(right))
        difference = (written_out(left) - written_out(right)) * self.scale - written_out(at(self.after.lhs) - claimed)
        return all(entry == 0 for entry in entries(difference))


@cache
def network_steps(
    leaky: bool = False, all_ones: bool = False, inverse: bool = True, gain: bool = False
) -> tuple[Step, ...]:
    """The steps, in order.

    Args:
        leaky: Δt < T_f; then the derivation ends in V-form.
        all_ones: α_s = α_c = β = 1, as EMT has them.
        inverse: Ξ† in place of Ξᵀ.
        gain: σ_f = σ(γ·) with γ ≠ 1, which moves into the weights.
    """
    steps = _to_the_flow()
    steps += _to_the_map(leaky)
    if all_ones:
        steps += (_equal_strengths(steps[-1]),)
    steps += (_name_the_bracket(steps[-1], all_ones),)
    if inverse:
        steps += (_independent_memories(steps[-1]),)
    if leaky:
        return steps
    if gain:
        steps += (_move_the_gain(steps[-1]),)
    return (*steps, _to_h_form(steps[-1]))


@cache
def _to_the_flow() -> tuple[Step, ...]:
    """The two fast layers are eliminated."""
    m = SymbolicModel()
    Xi, V, V_h, V_d = m.memories, m.feature("V_f"), m.hidden("V_h"), m.feature("V_d")
    features, hidden, delay = m.equations
    linear = equation(features.lhs, sympy.sqrt(ALPHA_S) * Xi * V_h - V)
    lateral = sympy.sqrt(ALPHA_S) * ALPHA_C * Xi * m.interactions.T * Xi.T * V_d
    no_hidden = equation(features.lhs, ALPHA_S * Xi * Xi.T * m.feature("sigma_f") + lateral - V)
    no_delay = equation(features.lhs, Xi * m.bracket * Xi.T * m.feature("sigma_f") - V)
    return (
        Step("the hidden units answer linearly", "σ_h = id", features, linear, {m.hidden("sigma_h"): V_h}),
        Step("the hidden units follow at once", "T_h → 0", linear, no_hidden, {V_h: m.hidden_drive}, solves=hidden),
        Step("the delay follows at once", "T_d → 0", no_hidden, no_delay, {V_d: m.delay_drive}, solves=delay),
    )


@cache
def _to_the_map(leaky: bool) -> tuple[Step, ...]:
    """The flow becomes a map."""
    m = SymbolicModel()
    flow, V, V_next = _to_the_flow()[-1].after, m.feature("V_f"), m.feature("V_next")
    r, drive = STEP / T_F, m.memories * m.bracket * m.memories.T * m.feature("sigma_f")
    difference = {m.feature("dV_f"): (V_next - V) / STEP}
    euler = equation(V_next, (1 - r) * V + r * drive)
    one = Step("one step of the Euler method", "forward Euler", flow, euler, difference, scale=r)
    if leaky:
        return (one,)
    return one, Step("as long as the features' timescale", "Δt = T_f", euler, equation(V_next, drive), {STEP: T_F})


def _equal_strengths(last: Step) -> Step:
    m = SymbolicModel()
    ones = {ALPHA_S: sympy.S.One, ALPHA_C: sympy.S.One, BETA: sympy.S.One}
    plain = {m.bracket: sympy.Identity(m.components) + m.interactions.T}
    after = equation(last.after.lhs, last.after.rhs.subs(plain))
    return Step("equal strengths", "α_s = α_c = β = 1", last.after, after, ones)


def _name_the_bracket(last: Step, all_ones: bool) -> Step:
    """Any Φ is the bracket of some interactions: `Φ' = ((Φ − α_s I)/(√α_s α_c β))ᵀ`."""
    m = SymbolicModel()
    identity = sympy.Identity(m.components)
    strength, lateral = (1, 1) if all_ones else (ALPHA_S, sympy.sqrt(ALPHA_S) * ALPHA_C * BETA)
    bracket = identity + m.interactions.T if all_ones else m.bracket
    interactions = ((m.phi - strength * identity) / lateral).T
    after = equation(last.after.lhs, last.after.rhs.subs(bracket, m.phi))
    return Step("a name for the bracket", "Φ is the bracket", last.after, after, {m.interactions: interactions})


def _independent_memories(last: Step) -> Step:
    """Ξ Φ (ΞᵀΞ)⁻¹ Ξᵀ = Ξ Φ Ξ†."""
    m = SymbolicModel()
    Xi, gram = m.memories, sympy.Inverse(m.memories.T * m.memories)
    after = equation(last.after.lhs, last.after.rhs.subs(Xi * m.phi * Xi.T, Xi * m.phi * m.dual))
    replaced, meaning = {m.phi: m.phi * gram}, {m.dual: gram * Xi.T}
    sizes = _SIZES_OF_INDEPENDENT_MEMORIES
    return Step("independent memories", "Ξ† for Ξᵀ", last.after, after, replaced, meaning=meaning, sizes=sizes)


def _move_the_gain(last: Step) -> Step:
    """σ_f(V_f) = σ(γV_f) = σ(x): the recurrence in x has σ without a gain."""
    x_next = SymbolicModel().feature("x_next")
    after = equation(x_next, GAMMA * last.after.rhs)
    replaced = {last.after.lhs: x_next / GAMMA}
    return Step("the gain moves into the weights", "x = γ V_f", last.after, after, replaced, scale=GAMMA)


def _to_h_form(last: Step) -> Step:
    m = SymbolicModel()
    sent = {m.feature("sigma_f"): m.feature("h")}
    after = equation(m.feature("h_next"), apply_sigma(last.after.rhs.subs(sent)))
    title = "from what a unit receives to what it sends"
    return Step(title, "h = σ_f(V_f)", last.after, after, sent, applies_sigma=True)


def _rest(drive: Formula, unknown: Formula) -> Formula:
    """The state of a layer at which its right-hand side is 0, solved for entry by entry."""
    names = written_out(unknown).flat()
    solution = sympy.solve(entries(drive), names, dict=True)[0]
    return sympy.ImmutableMatrix([solution[name] for name in names])
