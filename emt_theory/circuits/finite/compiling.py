"""From a rule on symbols to the weights of a network.

`auto` takes the first scheme, in the order threshold, interpolating, that has the task's *values* for all t > s; a
selection task on signs is compiled as the linear task that it is. Where a scheme cannot be had, the reason names the
theorem.

>>> from emt_theory.tasks import parse
>>> print(explain_finite(parse("xor")))
linear: output 0 depends on 2 symbols, and a linear network shows sums: no linear network has its values; ... so none has its signs (P22)
an odd network: output 0 is 0 on u[1][0] = 0, u[2][0] = 0 and on its opposite:
no odd network, of tanh units without biases or a constant input, has it (P22)
threshold has the values: N = 4: 3 units compose, the fewest of this form, and 1 copy (P23)
"""

from __future__ import annotations

from dataclasses import replace

from emt_theory.circuits.bases import BasisKind
from emt_theory.circuits.finite.obstructions import find_linear_obstruction, find_odd_obstruction
from emt_theory.circuits.schemes import FINITE_SCHEMES, SCHEMES, Allowance, FiniteScheme
from emt_theory.errors import InvalidOption, SchemeNotAllowed
from emt_theory.ground.arguments import choice, integer, member
from emt_theory.networks import ElmanRNN
from emt_theory.tasks.finite.task import FiniteTask

_LINEAR_ONLY = "it lays out linear tasks on numbers; this is a rule on symbols, and no selection on signs"


def compile_finite(
    task: FiniteTask, hidden: int | None, scheme: str | FiniteScheme, basis: str | BasisKind
) -> ElmanRNN:
    """See `FiniteCircuit.compile`; the task is no selection on signs, or the scheme is one for rules."""
    chosen = _choose(task, scheme)
    verdict = chosen.verdict(task)
    if not verdict.allowed:
        others = [name for name, other in FINITE_SCHEMES.items() if other().verdict(task).allowed]
        advice = f". Schemes that would work: {', '.join(others)}" if others else ""
        raise SchemeNotAllowed(f"scheme {chosen.name} does not allow {task.name}: {verdict.reason}{advice}")
    if member(BasisKind, "basis", basis) is not BasisKind.IDENTITY:
        raise SchemeNotAllowed(
            f"scheme {chosen.name} does not allow basis {basis}: σ acts on single neurons, so each number needs its own. Allowed: identity"
        )
    needed = chosen.units(task)
    units = needed if hidden is None else integer("hidden", hidden, 1, chosen.MOST_UNITS)
    if units < needed:
        raise InvalidOption(f"hidden = {units} is too small: scheme {chosen.name} needs at least {needed} units")
    described = {
        "task": task.name,
        "scheme": chosen.name,
        "basis": str(BasisKind.IDENTITY),
        "exact_for": verdict.exact or "nothing",
        "why": explain_finite(task) if scheme == "auto" else verdict.reason,
    }
    return replace(chosen.weights(task, units).to_float(), metadata=described)


def explain_finite(task: FiniteTask) -> str:
    """Why `auto` takes the scheme that it takes: what no linear and no odd network can do, the schemes passed over, then the one taken."""
    linear, odd = find_linear_obstruction(task), find_odd_obstruction(task)
    lines = [f"linear: {linear} (P22)"] if linear else []
    lines += [f"an odd network: {odd} (P22)"] if odd else []
    for name, scheme in FINITE_SCHEMES.items():
        verdict = scheme().verdict(task)
        if verdict.exact == "values":
            return "\n".join([*lines, f"{name} has the values: {verdict.reason}"])
        lines.append(f"{name}: {verdict.reason}")
    return "\n".join(lines)


def linear_schemes(task: FiniteTask) -> dict[str, Allowance]:
    """Why the schemes of linear tasks do not lay out a rule that is no selection on signs, each by its theorem."""
    linear, odd = find_linear_obstruction(task), find_odd_obstruction(task)
    sums = f"{linear} (P22)" if linear else _LINEAR_ONLY
    opposite = f"{odd} (P22)" if odd else _LINEAR_ONLY
    reasons = {"linear": sums, "damped": sums, "saturating": opposite, "tanh": opposite}
    return {name: Allowance.refused(reasons.get(name, _LINEAR_ONLY)) for name in SCHEMES}


def _choose(task: FiniteTask, scheme: str | FiniteScheme) -> FiniteScheme:
    if isinstance(scheme, FiniteScheme):
        return scheme
    name = choice("scheme", scheme, ("auto", *SCHEMES, *FINITE_SCHEMES))
    if name in SCHEMES:
        raise SchemeNotAllowed(f"scheme {name} does not allow {task.name}: {linear_schemes(task)[name].reason}")
    if name != "auto":
        return FINITE_SCHEMES[name]()
    for one in FINITE_SCHEMES.values():
        if one().verdict(task).exact == "values":
            return one()
    raise SchemeNotAllowed(f"no scheme has the values of {task.name}. {explain_finite(task)}")
