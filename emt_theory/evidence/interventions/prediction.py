r"""What theory says about an edit: which outputs change their sign.

After an edit at t the circuit holds e(m) in place of m(t), and runs on: the task itself is continued from the edited memory, step by step, by
`task.next`. Components that are not persistent are functions of the persistent ones by then, and go along,

    m'(t) = m(t) + B (e(m_p) − m_p),        u'(t+τ) from m'(t) by the task,        τ = 1, 2, …

An output component is predicted to *flip* where u' and u have opposite signs, and to *stay* where they have the same; where one of them is 0 there
is no sign to speak of, and nothing is predicted.

>>> from emt_theory import derive
>>> from emt_theory.evidence.memories import persistent_dynamics
>>> from emt_theory.tasks import repeat_copy
>>> persistent = persistent_dynamics(derive(repeat_copy(num_variables=3, dim=1)))
>>> change, memory, series = np.array([[0.0, -2.0, 0.0]]), np.ones((1, 3)), np.ones((1, 6, 1))
>>> predict(persistent, memory, change, series).flips[0, :, 0].tolist()
[False, True, False, False, True, False]

For selection tasks all of this is done in whole numbers.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from emt_theory.errors import InvalidOption
from emt_theory.evidence.memories import Persistent
from emt_theory.evidence.recording import require
from emt_theory.ground.arguments import numeric_array
from emt_theory.ground.arrays import Array
from emt_theory.ground.text import shows

_ROUNDING = 1e-9


@shows
class Prediction(NamedTuple):
    """What theory says about the outputs after an edit, for each sequence, step and component.

    Attributes:
        flips: where the sign changes, shape (batch, steps, d).
        stays: where it does not.
        signs: the sign after the edit; 0 where there is none.
    """

    flips: NDArray[np.bool_]
    stays: NDArray[np.bool_]
    signs: Array

    def pick(self, where: Any) -> Prediction:
        """The part at some index."""
        return Prediction(self.flips[where], self.stays[where], self.signs[where])

    def grouped(self, count: int) -> Prediction:
        """The batch split into `count` groups of one size, shape (count, batch / count, steps, d)."""
        shape = (count, -1, *self.flips.shape[1:])
        return Prediction(self.flips.reshape(shape), self.stays.reshape(shape), self.signs.reshape(shape))


def predict(persistent: Persistent, memory: Array, change: Array, series: Array) -> Prediction:
    """The flips that follow from a change of the memory.

    Args:
        persistent: the persistent components, and how all others follow from them.
        memory: m(t), flat, shape (batch, n): `recording.memory(t)`.
        change: e(m_p) − m_p, shape (batch, m).
        series: u(t+1), u(t+2), … without the edit, shape (batch, steps, d).

    Raises:
        InvalidOption: if something is no array of numbers, or shapes do not fit.
    """
    require(Persistent, persistent=persistent)
    named = {"memory": memory, "change": change, "series": series}
    memory, change, series = (numeric_array(name, given, InvalidOption) for name, given in named.items())
    task, (n, m) = persistent.task, persistent.extension.shape
    batch, steps = (*series.shape, 0, 0)[:2]
    if (memory.shape, change.shape, series.shape) != ((batch, n), (batch, m), (batch, steps, task.dim)):
        shapes = f"(batch, {n}), (batch, {m}) and (batch, steps, {task.dim})"
        raise InvalidOption(f"shapes must be {shapes}; got {memory.shape}, {change.shape} and {series.shape}")
    state = (memory + change @ persistent.extension.T).reshape(batch, *task.slots)
    after = np.empty_like(series)
    with np.errstate(all="ignore"):
        for k in range(steps):
            state, after[:, k] = task.next(state, None)
        before, signs = np.sign(series), np.sign(after)
        signs[np.abs(after) <= _ROUNDING * (np.abs(series) + np.abs(after - series))] = 0
    return Prediction(before * signs < 0, before * signs > 0, signs)
