r"""Circuits for gated cells: a GRU or an LSTM, in PyTorch's layout, that has every sign of a selection task right for all t.

Neurons are components, as in the tanh circuit (P14). Large biases hold the gates where the cell is nearly a tanh network, and what leaks
through them is bounded, not neglected:

    GRU     r ≈ 1, z ≈ 0:         W_hn = β Φ,      W_in = g E_s,      b_r = K, b_z = −K
    LSTM    i ≈ o ≈ 1, f ≈ 0:     W_hg = κβ Φ,     W_ig = g E_s,      b_i = b_o = K, b_f = −K

with g = 2β + 1, for an LSTM (1 + κ)β + 1, and K = 48. An LSTM shows o tanh(tanh(·)), at most tanh 1 = .7616: its feedback carries κ = 21/16,
about 1/tanh 1, and its read-out 1/tanh 1.

Exact *values* are not reached: every |h| is below 1, and no construction that puts out exactly ±1 for ever is known here (tanh of a rational other
than 0 is never rational). What `certify` proves instead holds for all t: every sign is right, and margin ≤ |y| ≤ ceiling.
The band narrows like e^−2β: at β = 8 outputs are within 10⁻⁶ of ±1 for all t.

>>> from emt_theory.circuits.certify import certify
>>> from emt_theory.tasks import parse
>>> task = parse("T2")
>>> net = compile_cell(task, "gru")
>>> net, certify(net, task).exact_for
(GRU(N=64, d=8, bias_ih_l0=…, bias_hh_l0=…), 'signs')
>>> 1 - certify(net, task).margin < Fraction(1, 10**6)
True

Source: new; P14 with the leakage of the gates, `emt_theory.circuits.certifying.robust`.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emt_theory.circuits.bases import BasisKind
from emt_theory.circuits.compiling import compile_task
from emt_theory.circuits.schemes import Scheme, Tanh
from emt_theory.errors import InvalidOption, SchemeNotAllowed
from emt_theory.exact import companion
from emt_theory.ground.rationals import to_fraction
from emt_theory.networks import GRU, LSTM, ElmanRNN, Network
from emt_theory.networks.kinds import kind
from emt_theory.tasks import LinearTask

_GATE_BIAS = 48.0
"""K: a gate at σ(±48) is within 2·10⁻²¹ of 0 or 1, and in float64 indistinguishable from it."""

_LSTM_SCALE = 21 / 16
"""κ ≈ 1/tanh 1, a short binary fraction."""


def compile_cell(
    task: LinearTask,
    cell: str = "elman",
    hidden: int | None = None,
    scheme: str | Scheme = "auto",
    basis: str | BasisKind = "identity",
    seed: int = 0,
    beta: Fraction | int = 8,
) -> Network:
    """The weights of a network of any cell that runs the task's circuit.

    Args:
        task: the task; a selection task with inputs ±1 for gated cells.
        cell: "elman", "gru" or "lstm".
        hidden: N; the fewest units that are needed if left out.
        scheme: as in `Circuit.compile`; gated cells have one, "tanh", which "auto" takes.
        basis: as in `Circuit.compile`; "identity" for gated cells.
        seed: of a random basis.
        beta: β ≥ 2, the feedback of gated cells.

    Raises:
        SchemeNotAllowed: if the task does not meet the conditions, or a gated cell is asked for another scheme or basis.
        InvalidOption: if N is too small, β is below 2, or a name is unknown.
    """
    name = kind(cell).kind
    if name == ElmanRNN.kind:
        return compile_task(task, hidden, scheme, basis, seed)
    if name not in GATED:
        raise SchemeNotAllowed(f"no circuit is known for the cell {name}; there is one for elman, {', '.join(GATED)}")
    _check(task, name, scheme, basis)
    feedback = to_fraction(beta, "beta", InvalidOption)
    if feedback < 2:
        raise InvalidOption(f"beta must be at least 2, or the signs of a gated cell are not proved; got {feedback}")
    n = task.components if hidden is None else hidden
    if n < task.components:
        raise InvalidOption(f"hidden = {n} is too small: a {name} needs at least n = s·d = {task.components} units")
    return GATED[name](task, n, float(feedback))


def _check(task: LinearTask, kind: str, scheme: str | Scheme, basis: str | BasisKind) -> None:
    name = scheme if isinstance(scheme, str) else scheme.name
    if name not in ("auto", "tanh"):
        raise SchemeNotAllowed(
            f"a {kind} squashes with tanh, so scheme {name} does not exist for it; take auto or tanh"
        )
    if basis != BasisKind.IDENTITY:
        raise SchemeNotAllowed(f"a {kind} does not allow basis {basis}: {Tanh.why_only_these_bases}. Allowed: identity")
    verdict = Tanh().verdict(task)
    if not verdict.allowed:
        raise SchemeNotAllowed(
            f"a {kind} does not allow {task.name}: {verdict.reason}. With cell elman, auto always works"
        )


def _gru(task: LinearTask, n: int, beta: float) -> GRU:
    quiet, silence = np.zeros((n, n)), np.zeros((n, task.dim))
    recurrent, driven, read = _circuit(task, n)
    return GRU(
        weight_ih_l0=np.vstack([silence, silence, (2 * beta + 1) * driven]),
        weight_hh_l0=np.vstack([quiet, quiet, beta * recurrent]),
        W_hy=read,
        bias_ih_l0=np.repeat([_GATE_BIAS, -_GATE_BIAS, 0.0], n),
        bias_hh_l0=np.zeros(3 * n),
        metadata=_described(task, "gru", beta),
    )


def _lstm(task: LinearTask, n: int, beta: float) -> LSTM:
    quiet, silence = np.zeros((n, n)), np.zeros((n, task.dim))
    recurrent, driven, read = _circuit(task, n)
    return LSTM(
        weight_ih_l0=np.vstack([silence, silence, ((1 + _LSTM_SCALE) * beta + 1) * driven, silence]),
        weight_hh_l0=np.vstack([quiet, quiet, _LSTM_SCALE * beta * recurrent, quiet]),
        W_hy=read / np.tanh(1.0),
        bias_ih_l0=np.repeat([_GATE_BIAS, -_GATE_BIAS, 0.0, _GATE_BIAS], n),
        bias_hh_l0=np.zeros(4 * n),
        metadata=_described(task, "lstm", beta),
    )


GATED: dict[str, Callable[[LinearTask, int, float], Network]] = {"gru": _gru, "lstm": _lstm}
"""By cell: its weights for a task, N and β."""


def _circuit(task: LinearTask, n: int) -> tuple[NDArray[np.float64], ...]:
    """Φ, E_s and E_sᵀ with idle units."""
    newest = np.zeros((n, task.dim))
    newest[list(task.slots.newest)] = np.eye(task.dim)
    recurrent = np.zeros((n, n))
    recurrent[: task.components, : task.components] = companion(task.F, task.dim).to_array()
    return recurrent, newest, newest.T


def _described(task: LinearTask, kind: str, beta: float) -> dict[str, Any]:
    return {
        "task": task.name,
        "cell": kind,
        "scheme": "tanh",
        "basis": "identity",
        "exact_for": "signs",
        "why": f"a {kind} with its gates held by biases of {_GATE_BIAS:g} copies signs through tanh, beta = {beta:g} (P14)",
    }
