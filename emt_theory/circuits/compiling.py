"""From a circuit to the weights of a network.

`auto` takes the first scheme, in the order linear, saturating, gated, that has the task's *values* exactly for all t > s. The gated one has
them for every linear task, so there always is one. Every compiled network carries its rational twin, `net.exact`, and says in `net.metadata` what
it is, and under `why` why it is that.
"""

from __future__ import annotations

from dataclasses import replace

from emt_theory.circuits.bases import LARGEST_NETWORK, BasisKind, make_basis
from emt_theory.circuits.schemes import SCHEMES, Scheme
from emt_theory.errors import InvalidOption, SchemeNotAllowed
from emt_theory.ground.arguments import choice, integer, member
from emt_theory.ground.text import shown
from emt_theory.networks import ElmanRNN
from emt_theory.tasks import LinearTask
from emt_theory.tasks.linear import linear_task


def compile_task(
    task: LinearTask, hidden: int | None, scheme: str | Scheme, basis: str | BasisKind, seed: int
) -> ElmanRNN:
    """See `Circuit.compile`."""
    task = linear_task(task)
    chosen = _choose(task, scheme)
    verdict = chosen.verdict(task)
    if not verdict.allowed:
        raise SchemeNotAllowed(
            f"scheme {chosen.name} does not allow {task.name}: {verdict.reason}. "
            f"Schemes that would work: {', '.join(working_schemes(task))}"
        )
    kind = member(BasisKind, "basis", basis)
    if kind not in chosen.bases:
        others = [name for name in working_schemes(task) if kind in SCHEMES[name].bases]
        raise SchemeNotAllowed(
            f"scheme {chosen.name} does not allow basis {kind}: {chosen.why_only_these_bases}. "
            f"Allowed: {', '.join(chosen.bases)}"
            + (f"; schemes that allow basis {kind} and are exact: {', '.join(others)}" if others else "")
        )
    needed = chosen.units(task)
    units = needed if hidden is None else integer("hidden", hidden, least=1)
    if units > LARGEST_NETWORK:
        raise InvalidOption(
            f"{shown(units)} units are too many for dense float64 weights; the most is {LARGEST_NETWORK}"
        )
    if units < needed:
        raise InvalidOption(
            f"hidden = {units} is too small: scheme {chosen.name} needs at least {chosen.counted(task)} units"
        )
    exact = chosen.weights(task, make_basis(kind, units, task.components, seed))
    described = {
        "task": task.name,
        "scheme": chosen.name,
        "basis": str(kind),
        "exact_for": verdict.exact or "nothing",
        "why": explain_choice(task) if scheme == "auto" else verdict.reason,
    }
    return replace(exact.to_float(), metadata=described)


def choose_scheme(task: LinearTask) -> Scheme:
    """The simplest scheme that has the task's values exactly.

    Raises:
        SchemeNotAllowed: if there is none; says why, scheme by scheme.

    >>> from emt_theory.tasks import fibonacci, parse
    >>> [choose_scheme(task).name for task in (parse("T1"), parse("T2"), fibonacci())]
    ['linear', 'saturating', 'gated']
    """
    for scheme in SCHEMES.values():
        if scheme().verdict(task).exact == "values":
            return scheme()
    reasons = "; ".join(f"{name}: {scheme().verdict(task).reason}" for name, scheme in SCHEMES.items())
    raise SchemeNotAllowed(f"no scheme is exact for {task.name} ({reasons})")


def explain_choice(task: LinearTask) -> str:
    """Why `auto` takes the scheme that it takes: the simpler ones, each with the number that rules it out, then the one taken.

    >>> from emt_theory.tasks import parse
    >>> print(explain_choice(parse("T2")))
    linear: F_2 F_2 is not 0, so no linear network has the task's values (P07)
    damped: signs, in exact arithmetic: gamma + ... + gamma^m < 1 with gamma = 1/2, m = 7 (P07b); the margin decays like gamma^reads
    saturating has the values: inputs are -1 and 1 and the largest row 1-norm of F is 1, at most 1 (P13)
    """
    lines: list[str] = []
    for name, scheme in SCHEMES.items():
        verdict = scheme().verdict(task)
        if verdict.exact == "values":
            return "\n".join([*lines, f"{name} has the values: {verdict.reason}"])
        lines.append(f"{name}: {verdict.reason}")
    return "\n".join(lines)


def working_schemes(task: LinearTask) -> tuple[str, ...]:
    """The schemes that are exact for the task, in values or at least in signs, simplest first.

    >>> from emt_theory.tasks import fibonacci, parse
    >>> working_schemes(parse("T2")), working_schemes(fibonacci())
    (('damped', 'saturating', 'tanh', 'gated'), ('gated',))
    """
    return tuple(name for name, scheme in SCHEMES.items() if scheme().verdict(task).exact)


def _choose(task: LinearTask, scheme: str | Scheme) -> Scheme:
    if isinstance(scheme, Scheme):
        return scheme
    name = choice("scheme", scheme, ("auto", *SCHEMES))
    return choose_scheme(task) if name == "auto" else SCHEMES[name]()
