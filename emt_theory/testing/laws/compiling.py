"""What `compile` returns and what `certify` says, as carriers of laws.

`misjudged` holds `certify` against running: what it proves must be seen, and the wrong output that it shows must be one.

>>> from emt_theory.tasks import compose_copy
>>> from emt_theory.testing import networks
>>> task = compose_copy(2)
>>> misjudged(networks.tanh(task), task)
''
>>> misjudged(networks.tanh(task), task, "values")
'certify says signs, and values are promised: every memory unit holds |h| ≥ 0.8585... (P14)'
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emt_theory.circuits import Certification, FirstError, certify, derive
from emt_theory.circuits.schemes import Scheme
from emt_theory.ground.text import shown
from emt_theory.networks import ElmanRNN, ExactRNN, Network
from emt_theory.tasks import LinearTask
from emt_theory.testing.laws.comparing import SHORT_HORIZON, difference, outputs, random_inputs, wrong_sign

ROOM = 1e-9
"""What rounding may cost a margin that is computed in floats."""


def compiled(task: LinearTask, scheme: Scheme) -> ExactRNN:
    """The fractions of what `compile` returns, in the most general basis that the scheme allows.

    Raises:
        SchemeNotAllowed: if the scheme refuses the task.
    """
    net = derive(task).compile(scheme=scheme, basis=scheme.bases[-1], seed=1)
    assert net.exact is not None
    return net.exact


def misjudged(net: Network | ExactRNN, task: LinearTask, promised: str = "") -> str:
    """Where `certify` is wrong about a network, or says less than is promised; "" if it is right.

    Values and signs are held to a run over `SHORT_HORIZON` scored steps of random inputs: in fractions where σ maps them into fractions, in float64
    for tanh units and gated cells, there with the certified margin.

    Args:
        net: the network.
        task: the task.
        promised: what has to be proved at least: "values", "signs", or nothing.
    """
    found = certify(net, task)
    if promised and found.exact_for not in (promised, "values"):
        return f"certify says {found.exact_for or 'nothing'}, and {promised} are promised: {found.reason}"
    judged = net.exact or ExactRNN.from_float(net) if isinstance(net, ElmanRNN) else net
    if found.first_error is not None:
        return _not_wrong(judged, task, found.first_error)
    return _not_right(judged, task, found) if found else ""


def _not_right(net: Network | ExactRNN, task: LinearTask, found: Certification) -> str:
    """Where a run is not what is certified."""
    inputs, s = random_inputs(task), task.num_variables
    seen, right = _run(net, inputs, s + SHORT_HORIZON)[:, s:], task.targets(inputs, SHORT_HORIZON)
    broken = (
        difference(seen, right, "exact", "y")
        if found.exact_for == "values"
        else wrong_sign(seen, right, "y", 0.0 if found.margin is None else float(found.margin) - ROOM)
    )
    return broken and f"certify says {found.exact_for}, but {broken}"


def _not_wrong(net: Network | ExactRNN, task: LinearTask, error: FirstError) -> str:
    """Why what `certify` shows as a wrong output is none."""
    inputs = np.array([[[Fraction(v) for v in row] for row in error.inputs]], dtype=object)
    scored, c = error.step - task.num_variables, error.component
    if scored < 1:
        return f"certify shows an error at t = {error.step}, which is not scored"
    target, y = task.targets(inputs, scored)[0, -1, c], _run(net, inputs, error.step)[0, -1, c]
    if shown(Fraction(target)) != error.target:
        return f"certify says that the target is {error.target} at t = {error.step}; it is {target}"
    wrong = y != target if error.wrong == "value" else target != 0 and y * target <= 0
    return "" if wrong else f"certify shows a wrong {error.wrong} at t = {error.step}, where {y} is right"


def _run(net: Network | ExactRNN, inputs: NDArray[Any], steps: int) -> NDArray[Any]:
    """The outputs at t = 1, …, steps: fractions where the network has them, else floats."""
    if isinstance(net, ExactRNN):
        return outputs(net, inputs, steps, "exact" if net.is_piecewise_affine else "numpy")
    return net.run(inputs.astype(np.float64), steps).outputs
