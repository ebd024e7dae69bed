"""All that is measured of a network on a finite task, beside its behaviour."""

from __future__ import annotations

from dataclasses import dataclass, replace

from emt_theory.circuits import lift
from emt_theory.evidence.symbols.exchange import Exchange, exchange, window_functions
from emt_theory.evidence.symbols.lifted import LiftReading, read_lift
from emt_theory.evidence.symbols.spread import Spread, spread_of
from emt_theory.evidence.symbols.visits import Visits, visit
from emt_theory.evidence.symbols.window import WindowReading, read_window, span_of
from emt_theory.ground.absent import Absent
from emt_theory.ground.json import Record
from emt_theory.networks import StateSpace
from emt_theory.tasks import FiniteTask

LATER = 4_000
"""The horizon at which what differs between states of one memory is looked at again: slow transients are gone by then."""
_DIFFERS = 1e-4
_FEW, _WORK = 64, 5e10
_LEAST_R2 = 0.5
"""A lag whose R² is above this belongs to the window through which memories are exchanged: more signal than noise."""


@dataclass(frozen=True, repr=False)
class SymbolEvidence(Record):
    """A network on a finite task.

    Attributes:
        memories: how many were visited late.
        every: whether all inputs were run.
        degree_one: the share of the states' variance that single symbols of the memory explain.
        spread: how far states of one memory lie apart.
        window: which variables are read off the state.
        lift: the states beside the lift of the task.
        through_window, through_lift: what exchanges of the memory did, made through the codewords of the window, and through the lift.
    """

    memories: int
    every: bool
    degree_one: float | None
    spread: Spread | Absent
    window: WindowReading | Absent
    lift: LiftReading | Absent
    through_window: Exchange | Absent
    through_lift: Exchange | Absent


def symbol_evidence(space: StateSpace, task: FiniteTask, horizon: int, seed: int) -> SymbolEvidence | Absent:
    """Measure a network on a finite task.

    Args:
        space: the network, with the task's inputs and outputs.
        task: the task.
        horizon: scored steps.
        seed: of the inputs, where not all are run, and of the exchanges.
    """
    theory = lift(task)
    rank = 0 if isinstance(theory, Absent) or theory.with_constant > space.size else theory.with_constant
    visits = visit(space, task, horizon, seed, max(span_of(task), rank))
    if isinstance(visits, Absent):
        return visits
    window, held = read_window(visits), read_lift(visits, theory)
    own = exchange(space, visits, window_functions((task.num_variables - 1, 0)), seed)
    return SymbolEvidence(
        visits.visited,
        visits.every,
        own.explained if isinstance(own, Exchange) else None,
        _spread(space, visits, horizon, seed),
        window,
        held,
        window if isinstance(window, Absent) else exchange(space, visits, window_functions(_run(window, task)), seed),
        held if isinstance(held, Absent) else exchange(space, visits, window_functions((0, max(1, rank - 1))), seed),
    )


def _run(window: WindowReading, task: FiniteTask) -> tuple[int, int]:
    """The run of lags that are read, or else the memory itself."""
    back, ahead = window.held(_LEAST_R2) or (task.num_variables - 1, 0)
    return back, max(0, ahead)


def _spread(space: StateSpace, visits: Visits, horizon: int, seed: int) -> Spread | Absent:
    """What differs is looked at again, much later, where the network is still right by then."""
    found = spread_of(visits)
    if isinstance(found, Absent) or found.value < _DIFFERS or horizon >= LATER:
        return found
    most = max(_FEW, int(_WORK / (2.0 * LATER * space.size**2)))
    later = visit(space, visits.task, LATER, seed, 0, most)
    again = later if isinstance(later, Absent) else spread_of(later)
    return found if isinstance(again, Absent) else replace(again, first=found)
