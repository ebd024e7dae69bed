"""The steps of `emt_theory.analysis.decompile`: probe, regress, recover exact numbers, try, choose, confirm in the weights."""

from emt_theory.analysis.decompiling.evidence import ProgramEvidence
from emt_theory.analysis.decompiling.finite_program import FiniteProgram
from emt_theory.analysis.decompiling.program import NoProgram, Program

__all__ = ["FiniteProgram", "NoProgram", "Program", "ProgramEvidence"]
