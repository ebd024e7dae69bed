"""What a network on a finite task holds, and how: late states beside the memories that the task has there.

    visits    late states, on all inputs or on random ones, and what the memory is at each
    spread    do states of one memory agree?
    window    which variables u(t + k) are linear in the state at t?
    lift      is the state the lift of the task (P20): its variance, and how it moves
    exchange  another memory put into the state: do the outputs follow `task.next` from there?

Nothing here judges; `emt_theory.analysis.symbols` does.
"""

from emt_theory.evidence.symbols.evidence import SymbolEvidence, symbol_evidence
from emt_theory.evidence.symbols.exchange import Exchange
from emt_theory.evidence.symbols.lifted import LiftReading
from emt_theory.evidence.symbols.spread import Spread
from emt_theory.evidence.symbols.window import WindowReading

__all__ = ["Exchange", "LiftReading", "Spread", "SymbolEvidence", "WindowReading", "symbol_evidence"]
