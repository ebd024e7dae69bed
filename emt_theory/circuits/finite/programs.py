r"""A finite task as a program of a few lines, for reading.

>>> from emt_theory.tasks import parse
>>> print(pseudocode(parse("mux")))
u[1], u[2], u[3]: the last variables, one symbol of 0, 1 each      # u[1] the previous step; given for t = 1, …, 3
for t = 4, 5, 6, …:
    next = where(u[1], u[2], u[3])
    u[3], u[2], u[1] = u[2], u[1], next
    output u[1]                                                    # scored, as signs
"""

from __future__ import annotations

from emt_theory.tasks.finite.task import FiniteTask, finite_task

_SHOWN = 16
_COMMENT = 66


def pseudocode(task: FiniteTask) -> str:
    """The task as a readable program; of many outputs the first ones are shown.

    Raises:
        InvalidTask: if it is no finite task.
    """
    s, d, q = finite_task(task).num_variables, task.dim, task.alphabet.size
    lags = [f"u[{lag}]" for lag in range(1, s + 1)]
    named = ", ".join(lags) if s <= 3 else f"{lags[0]}, …, {lags[-1]}"
    symbols = ", ".join(map(str, range(q))) if q <= 3 else f"0, …, {q - 1}"
    each = f"{d} symbols" if d > 1 else "one symbol"
    memory = f"{named}: the last variable{'s' if s > 1 else ''}, {each} of {symbols}{' each' if s > 1 else ''}"
    given = f"u[1] the previous step; given for t = {'1' if s == 1 else f'1, …, {s}'}"
    rules = [line.replace("u(t)", "next", 1) for line in task.equations()]
    shown = rules if d <= _SHOWN else [*rules[: _SHOWN - 1], f"… ({d} outputs)"]
    older, newer = (
        (lags[::-1], [*lags[::-1][1:], "next"]) if s <= 3 else (["u[s]", "…", "u[1]"], ["u[s-1]", "…", "next"])
    )
    return "\n".join(
        [
            f"{memory:<{_COMMENT}} # {given}",
            f"for t = {s + 1}, {s + 2}, {s + 3}, …:",
            *(f"    {line}" for line in shown),
            f"    {', '.join(older)} = {', '.join(newer)}",
            f"{'    output u[1]':<{_COMMENT}} # scored, as {task.alphabet.code}",
        ]
    )
