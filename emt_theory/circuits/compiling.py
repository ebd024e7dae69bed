"""From a circuit to the weights of a network.

`auto` takes the first scheme, in the order linear, saturating, tanh, that has the task's *values* exactly for all t > s; if none has, the first
that has its *signs*. Every compiled network carries its rational twin, `net.exact`, and says in `net.metadata` what it is.
"""

from __future__ import annotations

from dataclasses import replace

from emt_theory.circuits.bases import BasisKind, make_basis
from emt_theory.circuits.schemes import SCHEMES, Scheme
from emt_theory.errors import InvalidOption, SchemeNotAllowed
from emt_theory.networks import ElmanRNN
from emt_theory.tasks import Task


def compile_task(task: Task, hidden: int | None, scheme: str | Scheme, basis: str | BasisKind, seed: int) -> ElmanRNN:
    """See `Circuit.compile`."""
    chosen = _choose(task, scheme)
    verdict = chosen.verdict(task)
    if not verdict.allowed:
        others = [name for name, other in SCHEMES.items() if other().verdict(task).allowed]
        raise SchemeNotAllowed(
            f"scheme {chosen.name} does not allow {task.name}: {verdict.reason}. Allowed: {', '.join(others)}"
        )
    kind = _kind(basis)
    if kind not in chosen.bases:
        raise SchemeNotAllowed(
            f"scheme {chosen.name} does not allow basis {kind}: {chosen.why_only_these_bases}. "
            f"Allowed: {', '.join(chosen.bases)}"
        )
    units = task.components if hidden is None else hidden
    if units < task.components:
        raise InvalidOption(
            f"hidden = {units} is too small: scheme {chosen.name} needs at least n = s·d = {task.components} units"
        )
    exact = chosen.weights(task, make_basis(kind, units, task.components, seed))
    described = {"task": task.name, "scheme": chosen.name, "basis": str(kind), "exact_for": verdict.exact or "nothing"}
    return replace(exact.to_float(), metadata=described)


def choose_scheme(task: Task) -> Scheme:
    """The simplest scheme that is exact for the task: in values if possible, else in signs.

    Raises:
        SchemeNotAllowed: if no scheme is exact; says why, scheme by scheme.
    """
    verdicts = {name: scheme().verdict(task) for name, scheme in SCHEMES.items()}
    for wanted in ("values", "signs"):
        for name, verdict in verdicts.items():
            if verdict.exact == wanted:
                return SCHEMES[name]()
    reasons = "; ".join(f"{name}: {verdict.reason}" for name, verdict in verdicts.items())
    raise SchemeNotAllowed(
        f"no scheme is exact for {task.name} ({reasons}); choose --scheme linear to compile it inexactly"
    )


def _choose(task: Task, scheme: str | Scheme) -> Scheme:
    if isinstance(scheme, Scheme):
        return scheme
    if scheme == "auto":
        return choose_scheme(task)
    if scheme not in SCHEMES:
        raise InvalidOption(f"unknown scheme {scheme!r}; known are auto, {', '.join(SCHEMES)}")
    return SCHEMES[scheme]()


def _kind(basis: str | BasisKind) -> BasisKind:
    try:
        return BasisKind(basis)
    except ValueError:
        raise InvalidOption(f"unknown basis {basis!r}; known are {', '.join(BasisKind)}") from None
