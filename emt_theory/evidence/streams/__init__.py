"""What a network with an input at every step holds, and how: its states beside those of the task's own smallest system.

    memory    the smallest machine or realization of the task, and where words lead it
    states    is that memory in the network's state? purity of a machine's states, R² of a filter's
    equal     do states agree where different words lead to one memory?
    edits     another memory put into the state: do the outputs follow the task from there?
    letters   how each letter moves the states, beside how it moves the machine's

Nothing here judges; `emt_theory.analysis.streams.judging` does.
"""

from emt_theory.evidence.streams.edits import StateEdits
from emt_theory.evidence.streams.held import StreamMemory, stream_memory
from emt_theory.evidence.streams.letters import LetterMap, LetterMaps
from emt_theory.evidence.streams.states import FilterReading, StateFunction, state_function

__all__ = [
    "FilterReading",
    "LetterMap",
    "LetterMaps",
    "StateEdits",
    "StateFunction",
    "StreamMemory",
    "state_function",
    "stream_memory",
]
