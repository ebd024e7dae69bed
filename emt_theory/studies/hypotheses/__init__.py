"""Hypotheses about networks, tested on populations of them.

    claim, population, predicate or statistic, bound, confidence  →  plan  →  sweep  →  supported, refuted, undecided

docs/hypotheses.md is a tutorial.
"""

from emt_theory.studies.hypotheses.answering import Answers, HypothesisResult, Look, answer
from emt_theory.studies.hypotheses.files import read_hypotheses, write_template
from emt_theory.studies.hypotheses.hypothesis import Average, Decision, Hypothesis
from emt_theory.studies.hypotheses.planning import Plan, plan, plan_all
from emt_theory.studies.hypotheses.population import Drawn, Population

__all__ = [
    "Answers",
    "Average",
    "Decision",
    "Drawn",
    "Hypothesis",
    "HypothesisResult",
    "Look",
    "Plan",
    "Population",
    "answer",
    "plan",
    "plan_all",
    "read_hypotheses",
    "write_template",
]
