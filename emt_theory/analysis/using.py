"""How changes of variables are judged: by themselves first, and where that does not hold, in company with their products.

>>> from emt_theory.analysis.thresholds import THRESHOLDS
>>> print(judge_use(Absent("the recording is too short"), THRESHOLDS))
Whether it uses its variables cannot be told: the recording is too short.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from emt_theory.analysis.findings import Answer, Finding
from emt_theory.analysis.thresholds import Thresholds
from emt_theory.evidence.company import Company
from emt_theory.evidence.use import VariableUse
from emt_theory.ground.absent import Absent
from emt_theory.tasks.digits import write_fraction, write_fractions


def judge_use(use: VariableUse | Absent, thresholds: Thresholds) -> Finding:
    """Whether a change of a variable has the consequences that theory says, and no others; by itself, or else in company with its products."""
    first = _judge_changes(use, thresholds)
    if isinstance(use, Absent) or use.company is None or use.noop_changes:
        return first
    if first.answer not in (Answer.FAILED, Answer.UNDECIDED):
        return first
    if isinstance(use.company, Absent):
        no = f"A second look, with products, was not possible: {use.company}"
        return replace(first, evidence=f"{first.evidence} {no}.")
    return _judge_company(use.company, first, thresholds)


def _judge_company(company: Company, first: Finding, thresholds: Thresholds) -> Finding:
    """What a second look makes of changes that did not hold.

    What is undone is a variable or a combination of several, whichever is undone most often.

    All three shares on the right side, and they hold; one on the wrong side, and nothing changes.
    """
    needed = thresholds.used
    low = (company.together.low, company.pushed.low, 1 - company.undone.high)
    high = (company.together.high, company.pushed.high, 1 - company.undone.low)
    least = (needed, needed, 1 - needed)
    counted = (
        f"with these, outputs follow in {company.together} of {company.sequences} sequences; by itself, a variable pushed twice as far turns in "
        f"{company.pushed}, and {company.undone} of the changes of {company.name} are undone"
    )
    if not company.never and all(end > bound for end, bound in zip(low, least, strict=True)):
        answer, evidence = Answer.HELD, f"It uses its variables, in company with their products: {counted}."
    elif company.never or any(end < bound for end, bound in zip(high, least, strict=True)):
        answer, evidence = first.answer, f"{first.evidence} In company with their products: {counted}."
    else:
        cannot = "Whether it uses its variables, in company with their products, cannot be told"
        answer, evidence = Answer.UNDECIDED, f"{cannot}: {counted}."
    shares = {"together": company.together, "pushed": company.pushed, "undone": company.undone}
    numbers = dict(first.numbers)
    for name, share in shares.items():
        numbers |= {name: share.value, f"{name}_low": share.low, f"{name}_high": share.high}
    return replace(first, answer=answer, evidence=evidence, numbers=numbers)


def _judge_changes(use: VariableUse | Absent, thresholds: Thresholds) -> Finding:
    """Whether changes of single variables alone have the consequences that theory says, and no others."""
    if isinstance(use, Absent):
        return Finding("use", Answer.UNDECIDED, f"Whether it uses its variables cannot be told: {use}.")
    keys = (
        "edits",
        "sequences",
        "sequences_right",
        "low",
        "high",
        "predicted_flips_seen",
        "unpredicted_flips",
        "noop_changes",
    )
    found = partial(Finding, "use", numbers={key: getattr(use, key) for key in keys})
    seen, others, needed = use.predicted_flips_seen, use.unpredicted_flips, thresholds.used
    if seen is None:
        return found(
            Answer.NOTHING, "Whether its variables are causes has nothing to judge: no change has consequences."
        )
    share, low, high = write_fractions(use.sequences_right / use.sequences, use.low, use.high)
    right = f"in {share} of {use.sequences} sequences outputs follow, 95 % interval [{low}, {high}]"
    counted = (
        f"{write_fraction(seen)} of the predicted flips are seen, and {others:.2g} of the other outputs flip"
        if others
        else (f"{write_fraction(seen)} of the predicted flips are seen, and none of the other outputs flips")
    )
    if use.noop_changes:
        return found(
            Answer.UNDECIDED,
            f"Changes of its variables cannot be trusted: {use.noop_changes} outputs changed after edits that add exactly 0.",
        )
    if never := use.never_right:
        first = ", ".join(never[:3]) + (", …" if len(never) > 3 else "")
        return found(
            Answer.FAILED,
            f"Of {len(never)} of its variables no change does what it should: {first}; {right}, {counted}.",
        )
    if use.low > needed:
        return found(
            Answer.HELD, f"It uses its variables: {right} after {use.edits} changes of single variables; {counted}."
        )
    if use.high < needed:
        return found(
            Answer.FAILED,
            f"Its variables are not the causes that they should be: {right}, below {needed:g}; {counted}.",
        )
    return found(
        Answer.UNDECIDED,
        f"Whether it uses its variables cannot be told: {right}, which straddles {needed:g}; {counted}.",
    )
