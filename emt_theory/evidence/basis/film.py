"""The variables of one sequence as they travel through their slots: a frame for each time.

A slot is a place in the memory, block k and component c; contents move from block k to block k − 1 at every step, and the newest block is written
anew. A frame holds what is read off the state for every slot, whether its sign is wrong, and which slot one chosen value is in.

>>> from emt_theory import derive, privileged_basis
>>> from emt_theory.tasks import compose_copy
>>> circuit = derive(compose_copy(3))
>>> film = film_of(privileged_basis(circuit.compile(scheme="tanh"), circuit.task, sequences=64, horizon=40).view)
>>> film.columns, film.rows, film.places[0], [frame.followed for frame in film.frames[film.settled : film.settled + 4]]
(3, 3, (0, 0), [3, 1, 0, 3])

Source: new.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from emt_theory.evidence.basis.views import path_of
from emt_theory.ground.absent import Absent
from emt_theory.ground.json import Record

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from emt_theory.evidence.basis.summary import BasisView

MOST_CELLS = 20_000
"""A film has as many frames as are not more than this many slots in all."""


@dataclass(frozen=True)
class Frame(Record):
    """The slots at one time.

    Attributes:
        time: t.
        phase: what the network does then, in words.
        slots: of each slot what is read off the state, in units of the largest variable and at most 1 in size, and 1 where its sign is wrong.
        followed: which slot the followed value is in; None where none is followed.
    """

    time: int
    phase: str
    slots: tuple[tuple[float, int], ...]
    followed: int | None


@dataclass(frozen=True, repr=False)
class Film(Record):
    """Variables on their way.

    Attributes:
        columns, rows: how many blocks and components there are, the oldest block on the left.
        places: column and row of each slot, from 0.
        names: what each slot is.
        frames: one for each time, from t = 1.
        settled: how many frames lie before the settled window.
    """

    columns: int
    rows: int
    places: tuple[tuple[int, int], ...]
    names: tuple[str, ...]
    frames: tuple[Frame, ...]
    settled: int

    def plot(self, ax: Axes | None = None, time: int | None = None) -> Axes:
        """The slots at one time, the first settled one if left out: blue is −, red +, the followed value is framed."""
        from emt_theory.evidence.basis.drawing import draw_frame

        return draw_frame(self, ax, time)

    def __repr__(self) -> str:
        return f"Film({len(self.frames)} frames of {len(self.places)} slots)"


def film_of(view: BasisView) -> Film:
    """The film of the sequence that a view shows; without slots of their own, variables stand in one row."""
    count = len(view.names)
    # Slot (block, component) stands in column block − 1 and row component; what has no slot, side by side.
    places = tuple((j, 0) if view.slots is None else (view.slots[j][0] - 1, view.slots[j][1]) for j in range(count))
    columns = max((column for column, _ in places), default=0) + 1
    rows = max((row for _, row in places), default=0) + 1
    most = max(view.settled + 1, MOST_CELLS // max(1, count))
    limit = float(np.nanmax(np.abs(view.truth[:most]), initial=0.0)) or 1.0
    read = np.clip(np.nan_to_num(view.decoded[:most]) / limit, -1, 1).round(2)
    truth = view.truth[:most]
    wrong = (np.sign(read) != np.sign(truth)) & np.isfinite(truth) & (truth != 0)
    followed = _followed(view)
    frames = tuple(
        Frame(
            k + 1,
            _phase(k + 1, view),
            tuple((float(value), int(off)) for value, off in zip(read[k], wrong[k], strict=True)),
            followed.get(k + 1),
        )
        for k in range(len(read))
    )
    return Film(columns, rows, places, view.names, frames, min(view.settled, len(frames) - 1))


def _followed(view: BasisView) -> dict[int, int]:
    """Where one value is at each time; what comes back to where it began goes round again."""
    path = path_of(view)
    if isinstance(path, Absent) or not path:
        return {}
    first, last = path[0], path[-1]
    if last.time == first.time or last.variable != first.variable:
        return {visit.time: visit.variable for visit in path}
    # It is back at `last`, so at time t it is where it was (t − first) modulo the length of the circle.
    circle = [visit.variable for visit in path[:-1]]
    return {t: circle[(t - first.time) % len(circle)] for t in range(first.time, len(view.truth) + 1)}


def _phase(time: int, view: BasisView) -> str:
    if time <= view.num_variables:
        return f"input {time} of {view.num_variables} comes in"
    return "settling" if time <= view.settled else "on its own: no input comes in"
