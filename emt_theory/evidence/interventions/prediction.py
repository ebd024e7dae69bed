r"""What theory says about an edit: which outputs change their sign.

After an edit at t the circuit holds e(m) in place of m(t), and runs on. With Φ_p and C_p the dynamics of the persistent components,

    u'(t+τ) = u(t+τ) + C_p Φ_p^τ (e(m) − m),        τ = 1, 2, …

Components that are not persistent add nothing of their own: behind the input phase they are functions of the persistent ones, and go along. An output
component is predicted to *flip* where u' and u have opposite signs, and to *stay* where they have the same; where one of them is 0 there is no sign
to speak of, and nothing is predicted.

>>> from emt_theory import derive
>>> from emt_theory.evidence.memories import persistent_dynamics
>>> from emt_theory.tasks import repeat_copy
>>> persistent = persistent_dynamics(derive(repeat_copy(num_variables=3, dim=1)))
>>> effect = responses(persistent, steps=6)
>>> change, series = np.array([[0.0, -2.0, 0.0]]), np.ones((1, 6, 1))
>>> predict(change, series, effect).flips[0, :, 0].tolist()
[False, True, False, False, True, False]

For selection tasks all of this is done in whole numbers.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from emt_theory.errors import InvalidOption
from emt_theory.evidence.memories import Persistent
from emt_theory.evidence.recording import require, require_sizes
from emt_theory.ground.arguments import empty_array, numeric_array
from emt_theory.ground.arrays import Array

_ROUNDING = 1e-9


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


def responses(persistent: Persistent, steps: int) -> Array:
    """C_p Φ_p^τ for τ = 1, …, steps, shape (steps, d, m).

    Raises:
        InvalidOption: if there are fewer steps than 1 or more than 1,000,000, or they do not fit into memory.
    """
    require(Persistent, persistent=persistent)
    require_sizes(steps=steps)
    phi = csr_array(persistent.phi.T)
    found = empty_array(f"{steps} responses", steps, *persistent.read.shape)
    row = persistent.read.T
    for k in range(steps):
        row = np.asarray(phi @ row)
        found[k] = row.T
    return found


def predict(change: Array, series: Array, effect: Array) -> Prediction:
    """The flips that follow from a change of the memory.

    Args:
        change: e(m) − m, shape (batch, m).
        series: u(t+1), u(t+2), … without the edit, shape (batch, steps, d).
        effect: what `responses` returns for as many steps.

    Raises:
        InvalidOption: if something is no array of numbers, or shapes do not fit.
    """
    named = {"change": change, "series": series, "effect": effect}
    change, series, effect = (numeric_array(name, given, InvalidOption) for name, given in named.items())
    shapes = change.shape, series.shape, effect.shape
    if shapes != (change.shape[:1] + effect.shape[2:], change.shape[:1] + effect.shape[:2], effect.shape[:3]):
        raise InvalidOption(f"shapes must be (batch, m), (batch, steps, d) and (steps, d, m); got {shapes}")
    added = np.einsum("kdm,bm->bkd", effect, change, optimize=True)
    after = series + added
    before, signs = np.sign(series), np.sign(after)
    signs[np.abs(after) <= _ROUNDING * (np.abs(series) + np.abs(added))] = 0
    return Prediction(before * signs < 0, before * signs > 0, signs)
