"""What is said alike of every task with an input at every step: its program, what its schemes promise, and the keys of `emt derive --json`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emt_theory.circuits.schemes.scheme import Allowance
from emt_theory.tasks.streams.described import StreamTask

LINEAR_KEYS = ("num_variables", "dim", "components", "spectrum", "minimal_dimension", "certificate")
"""What tasks after an input phase have, and others may lack."""


def pseudocode(task: StreamTask) -> str:
    """The task as a readable program."""
    return "\n".join(["at every step t:", *(f"    {line}" for line in task.equations())])


def protocol(task: StreamTask) -> str:
    """When inputs come, and which steps are scored."""
    scored = "every step is scored" if not task.quiet else f"every step from t = {task.quiet + 1} on is scored"
    return f"input at every step; {scored}"


def promises(schemes: Mapping[str, Allowance]) -> list[str]:
    """What each scheme promises, or why it is not for the task, a line each."""
    return [
        f"scheme {name}: {verdict.exact} ({verdict.reason})" if verdict.allowed else f"not {name}: {verdict.reason}"
        for name, verdict in schemes.items()
    ]


def described(
    task: StreamTask, linear: bool | None, witness: object, schemes: Mapping[str, Allowance], why: str, **known: Any
) -> dict[str, Any]:
    """JSON-ready: the keys that `emt derive --json` promises; what is not known is null, and `reason` says why.

    Args:
        task: the task.
        linear: whether a linear network has its values; None where that is not said.
        witness: what shows that none has, or None.
        schemes: what each scheme promises.
        why: why the keys of linear tasks that are not known are null.
        known: all else, by key.
    """
    absent = dict.fromkeys(key for key in LINEAR_KEYS if key not in known)
    promised = {name: verdict.to_dict() for name, verdict in schemes.items()}
    return {
        "task": task.name,
        "kind": task.kind,
        **absent,
        "protocol": "every-step",
        "d_in": task.d_in,
        "d_out": task.d_out,
        "program": task.equations(),
        "exactness": {"linear": linear, "witness": witness, "schemes": promised},
        **known,
        "reason": dict.fromkeys(absent, why),
    }
