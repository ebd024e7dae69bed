r"""Are the variables in the state, where the outputs will see them?

The lasting coordinates c (`emt_theory.evidence.lasting`) are read off z = O h, the effects of the state on the 2s outputs to come
(`emt_theory.evidence.effects`), by a reader that allows for 10 % noise in them:

    X = argmin E‖c − c̄ − X(z − z̄)‖² + λ‖X‖²,      λ = (1/10)² · the mean variance of z's coordinates

X is fitted on one recording. On fresh sequences e = X(z − z̄) + c̄ − c is its error, and

    R²_k = the eigenvalues of I − S_c^{−1/2} E[e eᵀ] S_c^{−1/2},      S_c = E[(c − c̄)(c − c̄)ᵀ].

R²_min is 1 minus the error of the *worst combination* of variables: two variables that stand in one direction, a product that stands for one of them,
or one that decays, have a combination that cannot be read, however well each single one is. The interval is a bootstrap over sequences. Beside it
stands R²_min of the whole state (least squares of c on h): where that is higher, something is shown and not used.

>>> from emt_theory import derive
>>> from emt_theory.evidence.recording import record
>>> from emt_theory.networks import ElmanRNN
>>> from emt_theory.tasks import repeat_copy
>>> circuit = derive(repeat_copy(num_variables=2, dim=1))
>>> net = circuit.compile(scheme="tanh")
>>> fit, fresh = (record(net, circuit.task, sequences=128, horizon=40, seed=seed) for seed in (1, 0))
>>> print(read_variables(net, circuit, fit, fresh))
R²_min 1.000 [1.000, 1.000] of 2 variables; 1.000 of the whole state
>>> fading = ElmanRNN(W_hh=[[0, 0.9], [0.9, 0]], W_uh=[[0], [1]], W_hy=[[0, 1]], activation="identity")
>>> print(read_variables(fading, circuit, *(record(fading, circuit.task, 128, 200, seed) for seed in (1, 0))))
R²_min 0.1... of 2 variables; 0.1... of the whole state

Source: new.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from emt_theory.circuits import Circuit
from emt_theory.evidence.combinations import (
    WELL,
    Combinations,
    Whitened,
    Window,
    first_settled,
    judge_readers,
    moments,
    window_of,
)
from emt_theory.evidence.effects import effects_of, step_along
from emt_theory.evidence.lasting import Lasting, lasting_part
from emt_theory.evidence.linearize import Linearization
from emt_theory.evidence.recording import STEPS, Recording, require_recorded, require_task
from emt_theory.ground.absent import Absent
from emt_theory.ground.arrays import Array
from emt_theory.networks import Network, StateSpace, state_space

_NOISE = 0.1
"""Of the reader, relative to the size of what it reads: a convention of measuring."""


@dataclass(frozen=True, eq=False, repr=False)
class VariableReading(Combinations):
    """How well the lasting coordinates can be read off the effects of the state.

    Attributes:
        lasting: the k coordinates.
        r2: R² of k combinations of them, the worst first, shape (k,).
        combinations: the combinations, of coordinates brought to spread 1, one a column of length 1, shape (k, k).
        low, high: the 95 % interval of R²_min, over sequences.
        whole_state: R²_min of the best linear reader of the whole state.
        settled: states at t > this were read.
        reader: X O, which reads a state, shape (k, S).
        encoder: Ψ, the states regressed on the coordinates, shape (S, k).
        decoder: X, the best linear reader of the whole state, the coordinates regressed on it, shape (k, S).
        effects: O, shape (2 s d, S); see `emt_theory.evidence.effects`.
        center: μ, the mean state, shape (S,).
        offset: c̄, shape (k,).
        sequences: how many were judged.
    """

    JSON = ("r2_min", "low", "high", "whole_state", "settled", "sequences")

    lasting: Lasting
    r2: Array
    combinations: Array
    low: float
    high: float
    whole_state: float
    settled: int
    reader: Array
    encoder: Array
    decoder: Array
    effects: Array
    center: Array
    offset: Array
    sequences: int

    def __str__(self) -> str:
        interval = f"{self.r2_min:.3f} [{self.low:.3f}, {self.high:.3f}]"
        return f"R²_min {interval} of {self.lasting.size} variables; {self.whole_state:.3f} of the whole state"

    def __repr__(self) -> str:
        return f"VariableReading({self})"


def read_variables(net: Network, circuit: Circuit, fit: Recording, fresh: Recording) -> VariableReading | Absent:
    """Read the lasting coordinates of a task off the effects of a network's states.

    Args:
        net: the network.
        circuit: the circuit of the task that it was recorded on.
        fit: the recording on which the reader is fitted.
        fresh: the recording on which it is judged; of another seed.

    Raises:
        InvalidNetwork: if a recording is of another network.
        InvalidTask: if a recording is of another task.
    """
    space = state_space(net)
    lasting = lasting_part(circuit)
    require_recorded(space.size, fit=fit, fresh=fresh)
    require_task(circuit, fit, fresh)
    return lasting if isinstance(lasting, Absent) else reading_of(space, lasting, fit, fresh)


def reading_of(
    space: StateSpace,
    lasting: Lasting,
    fit: Recording,
    fresh: Recording,
    gain: Linearization | Absent | None = None,
    more: Callable[[], Recording] | None = None,
) -> VariableReading | Absent:
    """As `read_variables`, from the first step from which the network has settled; see `first_settled`.

    Args:
        space: the network.
        lasting: the coordinates.
        fit: the recording on which the reader is fitted.
        fresh: the one on which it is judged.
        gain: the statistical gain in the settled window, where it has been made.
        more: makes a longer recording to fit on, for states that cannot be read well: they hold other things too, and a reader would fit these.
    """
    if isinstance(window := window_of(lasting, fit, fresh), Absent):
        return window
    first, until = window

    def read(start: int) -> VariableReading | Absent:
        return _read_from(space, lasting, fit, fresh, start, until, gain if start == first else None)

    found = first_settled(lasting, first, until, read)
    if more is None or isinstance(found, Absent) or found.r2_min >= WELL:
        return found
    return reading_of(space, lasting, more(), fresh)


def _read_from(
    space: StateSpace,
    lasting: Lasting,
    fit: Recording,
    fresh: Recording,
    after: int,
    until: int,
    gain: Linearization | Absent | None = None,
) -> VariableReading | Absent:
    window = Window.of(lasting, (fit, fresh), after, until, STEPS)
    if isinstance(window, Absent):
        return window
    step = step_along(space, fit, after, known=gain)
    if isinstance(step, Absent):
        return step
    effects = effects_of(step, lasting.task.num_variables, lasting.rate)
    if isinstance(effects, Absent):
        return effects
    found = moments(window, fit)
    white = Whitened.of(found, after)
    if isinstance(white, Absent):  # a state that does not vary holds nothing
        nothing = np.zeros((lasting.size, len(found.center)))
        white = Whitened(nothing[:1], nothing[:1].T)
    # B = E[c ξᵀ] of the whitened states ξ.
    seen = found.mixed.T @ white.whiten.T
    shown = effects * (window.size / window.size.max()) @ white.back
    shown /= np.abs(shown).max(initial=0.0) or 1.0  # squares of small effects underflow
    gram = shown.T @ shown
    noise = _NOISE**2 * float(np.trace(gram)) / len(effects)
    # X O = B Kᵀ (K Kᵀ + λ)⁻¹ O with K = O · back, and Kᵀ (K Kᵀ + λ)⁻¹ K = (KᵀK + λ)⁻¹ KᵀK.
    weighed = seen @ np.linalg.solve(gram + noise * np.eye(len(gram)), gram) if noise > 0 else 0 * seen
    reader = weighed @ white.whiten
    encoder = found.mixed @ np.linalg.pinv(found.truth, hermitian=True)
    whole = seen @ white.whiten
    judged = judge_readers(window, fresh, np.stack([reader, whole]), found)
    values, combinations = judged.r2(0)
    ratio = window.unit / window.size
    made = (
        reader * ratio,
        encoder / ratio[:, None],
        whole * ratio,
        effects,
        found.center * window.size,
        found.offset * window.unit,
    )
    told = (*judged.interval(0), float(judged.r2(1)[0][0]), after)
    return VariableReading(lasting, values, combinations, *told, *made, len(fresh.states))
