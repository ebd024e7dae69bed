r"""`certify(net, task)`: whether a network does a task for all t, with a certificate that can be checked again.

Which argument applies depends on σ:

    identity          values by P08; else signs, if it is the damped circuit (P07b)
    hard_tanh         values by P13; else values or signs by P14's robust form
    tanh, GRU, LSTM   signs by P14's robust form, with a margin
    relu              values by P16, with a phase input

The network that is judged is the rational twin where there is one, and otherwise the dyadic rationals that the floats are. A network that
is not proved right gets the reason, and the first wrong output if one is found:

>>> from emt_theory import derive
>>> from emt_theory.tasks import parse
>>> task = parse("compose-copy", num_variables=2)
>>> certify(derive(task).compile(), task)
<certified: values exact for all t > s (units hold the components, every write overrides (P13))>
>>> judged = certify(derive(task).compile(scheme="linear"), task)
>>> bool(judged), judged.first_error.step, judged.first_error.component
(False, 3, 1)

Only what was proved is claimed: `Certification.exact_for` is read from the certificate, and `recheck` makes the certificate again from the network
and the task in it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emt_theory.circuits.certifying.counterexamples import find_first_error
from emt_theory.circuits.certifying.gated import prove_gated
from emt_theory.circuits.certifying.linear import first_wrong_value, prove_damped, prove_values
from emt_theory.circuits.certifying.result import Certification, FirstError, NotProved, Proof
from emt_theory.circuits.certifying.robust import elman_cell, gated_cell, prove_signs
from emt_theory.circuits.certifying.saturating import prove_saturating
from emt_theory.errors import EMTError, InvalidNetwork
from emt_theory.exact import Certificate
from emt_theory.ground.rationals import RationalMatrix
from emt_theory.networks import GRU, LSTM, ElmanRNN, ExactRNN, twin_from_json, twin_to_json
from emt_theory.networks.gates import ARRAYS
from emt_theory.tasks import Task, from_dict

Subject = ExactRNN | GRU | LSTM


def certify(net: ElmanRNN | ExactRNN | GRU | LSTM, task: Task) -> Certification:
    """Whether a network does a task for all t > s and all inputs of the task.

    Args:
        net: the network; its rational twin is judged if it has one, else its floats as the fractions that they are.
        task: the task.

    Returns:
        A certification, true where values or signs are proved; see its attributes.

    Raises:
        InvalidNetwork: if the network and the task have different dimensions.
    """
    if net.dim != task.dim:
        raise InvalidNetwork(f"the network has d = {net.dim}, the task has d = {task.dim}")
    if isinstance(net, ElmanRNN):
        subject: Subject = net.exact or ExactRNN.from_float(net)
        weights = "float64" if net.exact is None else "rational twin"
    else:
        subject, weights = net, "rational twin" if isinstance(net, ExactRNN) else "float64"
    reasons: list[str] = []
    for prove in _arguments(subject):
        try:
            proof = prove(subject, task)
        except NotProved as failure:
            reasons.append(failure.reason)
            continue
        return Certification(_certificate(proof, subject, task, weights), proof.reason)
    return Certification(None, "; ".join(reasons), _first_error(subject, task))


def recheck(certificate: Certificate) -> bool:
    """Whether the network and the task in a certificate give exactly this certificate again.

    Args:
        certificate: of `certify`; its hash was checked when it was read.
    """
    try:
        claims = certificate.claims
        net, task = _network_from_json(claims["network"]), from_dict(claims["task"])
        again = certify(net, task).certificate
    except (EMTError, KeyError, TypeError, ValueError, IndexError):
        return False
    if again is None:
        return False
    return again.kind == certificate.kind and {**again.claims, "weights": None} == {**claims, "weights": None}


def _arguments(subject: Subject) -> tuple[Callable[[Any, Task], Proof], ...]:
    if not isinstance(subject, ExactRNN):
        return (_prove_cell,)
    return {
        "identity": (prove_values, prove_damped),
        "hard_tanh": (prove_saturating, _prove_units),
        "tanh": (_prove_units,),
        "relu": (prove_gated,),
    }[subject.activation]


def _prove_units(twin: ExactRNN, task: Task) -> Proof:
    return prove_signs(elman_cell(twin), task)


def _prove_cell(net: GRU | LSTM, task: Task) -> Proof:
    return prove_signs(gated_cell(net, task.bound), task)


def _first_error(subject: Subject, task: Task) -> FirstError | None:
    if not isinstance(subject, ExactRNN) or subject.activation == "tanh":
        return find_first_error(subject, task, "sign")
    if subject.activation == "identity":
        return first_wrong_value(subject, task)
    return find_first_error(subject, task, "value")


def _certificate(proof: Proof, subject: Subject, task: Task, weights: str) -> Certificate:
    described = task.to_dict()
    del described["name"]
    common = {
        "task": described,
        "network": _network_to_json(subject),
        "exact_for": proof.exact,
        "weights": weights,
        "margin": None if proof.margin is None else str(proof.margin),
    }
    return Certificate(proof.kind, {**proof.claims, **common})


def _network_to_json(net: Subject) -> dict[str, Any]:
    if isinstance(net, ExactRNN):
        return {"cell": "elman", **twin_to_json(net)}
    made: dict[str, Any] = {"cell": "gru" if isinstance(net, GRU) else "lstm"}
    for name in ARRAYS:
        array: NDArray[np.float64] | None = getattr(net, name)
        if array is None:
            made[name] = None
        else:
            exact = RationalMatrix.from_array(np.atleast_2d(array)).to_json()
            made[name] = exact if array.ndim == 2 else _listed(array)
    return made


def _listed(array: NDArray[np.float64]) -> list[str]:
    row = dict(RationalMatrix.from_array(np.atleast_2d(array)).row(0))
    return [str(row.get(j, 0)) for j in range(array.size)]


def _network_from_json(value: dict[str, Any]) -> Subject:
    if value["cell"] == "elman":
        return twin_from_json(value)
    arrays: dict[str, Any] = {}
    for name in ARRAYS:
        held = value[name]
        if isinstance(held, list):
            held = RationalMatrix.from_rows([held]).to_array()[0]
        elif held is not None:
            held = RationalMatrix.from_json(held).to_array()
        arrays[name] = held
    return {"gru": GRU, "lstm": LSTM}[value["cell"]](**arrays)
