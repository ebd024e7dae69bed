r"""`certify(net, task)`: whether a network does a task for all t, with a certificate that can be checked again.

Which argument applies depends on σ, or on the cell (`ARGUMENTS`):

    identity          values by P08; else signs, if it is the damped circuit (P07b)
    hard_tanh         values by P13; else values or signs by P14's robust form
    tanh, GRU, LSTM   signs by P14's robust form, with a margin
    tanh, sigmoid     signs by balls around orbits (P27), whatever the weights, where there are at most 4096 inputs
    relu              values by P16, with a phase input

A finite task has arguments of its own (`FINITE_ARGUMENTS`), that rows are right on all codewords that they read:
values for hard tanh (P23), symbols for tanh (P24), or balls around orbits again (P27); a selection task on signs is then judged as the linear
task that it is.

With an input at every step (`STREAM_ARGUMENTS`): of linear networks Markov parameters (P08), of machines the states that words lead to
(P26); then it is right for all words of all lengths.

The network that is judged is the rational twin where there is one, and otherwise the dyadic rationals that the floats are. What is proved holds
in exact arithmetic; for tanh units also in float64, whose rounding, underflow and overflow are counted. A network that is not proved right gets the
reason, and the first wrong output if one is found:

>>> from emt_theory import derive
>>> from emt_theory.tasks import parse
>>> task = parse("compose-copy", num_variables=2)
>>> certify(derive(task).compile(), task)
<certified in exact arithmetic: values exact for all t > s (units hold the components, every write overrides (P13))>
>>> judged = certify(derive(task).compile(scheme="linear"), task)
>>> bool(judged), judged.first_error.step, judged.first_error.component
(False, 3, 1)

Only what was proved is claimed: `Certification.exact_for` is read from the certificate, and `recheck` makes the certificate again from the network
and the task in it.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from emt_theory.circuits.certifying.counterexamples import find_first_error
from emt_theory.circuits.certifying.gated import prove_gated
from emt_theory.circuits.certifying.interpolating import prove_interpolating
from emt_theory.circuits.certifying.linear import first_wrong_value, prove_damped, prove_values
from emt_theory.circuits.certifying.orbits import prove_orbits
from emt_theory.circuits.certifying.result import Certification, FirstError, NotProved, Proof
from emt_theory.circuits.certifying.robust import prove_signs
from emt_theory.circuits.certifying.saturating import prove_saturating
from emt_theory.circuits.certifying.streams import find_stream_error, prove_filter, prove_machine
from emt_theory.circuits.certifying.symbols import find_first_symbol
from emt_theory.circuits.certifying.thresholds import prove_thresholds
from emt_theory.errors import EMTError, InvalidNetwork, InvalidOption
from emt_theory.exact import Certificate
from emt_theory.ground.rationals import RationalMatrix
from emt_theory.networks import ElmanRNN, ExactRNN, Network, twin_from_json, twin_to_json
from emt_theory.networks.kinds import build, kind
from emt_theory.tasks import FiniteTask, LinearTask, as_selection, from_dict, linear_task
from emt_theory.tasks.streams.described import StreamTask

Subject = ExactRNN | Network
AnyTask = LinearTask | FiniteTask | StreamTask


def certify(net: Network | ExactRNN, task: AnyTask) -> Certification:
    """Whether a network does a task for all t > s and all inputs of the task; with an input at every step, for all words of all lengths.

    Args:
        net: the network; its rational twin is judged if it has one, else its floats as the fractions that they are.
        task: the task.

    Returns:
        A certification, true where values or signs are proved; see its attributes.

    Raises:
        InvalidNetwork: if it is no network with weights, or the network and the task have different dimensions.
        InvalidTask: if the task is none.
    """
    subject, weights = _subject(net)
    if not isinstance(task, FiniteTask | StreamTask):
        linear_task(task)
    if subject.dim != task.d_out:
        raise InvalidNetwork(f"the network has d = {subject.dim}, the task has d = {task.d_out}")
    if subject.d_in != task.d_in:
        raise InvalidNetwork(f"the network takes {subject.d_in} numbers a step, the task gives {task.d_in}")
    arguments = _arguments(task)
    covered = subject.activation if isinstance(subject, ExactRNN) else subject.kind
    reasons, met = [] if covered in arguments else [f"no argument covers {covered}"], None
    for prove in arguments.get(covered, ()):
        try:
            proof = prove(subject, task)
        except NotProved as failure:
            reasons.append(failure.reason)
            met = met or failure.first_error
            continue
        return Certification(_certificate(proof, subject, task, weights), proof.reason)
    if isinstance(task, FiniteTask) and (selection := as_selection(task)) and (found := certify(net, selection)):
        return found
    return Certification(None, "; ".join(reasons), met or _first_error(subject, task))


def _arguments(task: AnyTask) -> dict[str, tuple[Callable[[Any, Any], Proof], ...]]:
    """What may be argued of networks on such a task."""
    if isinstance(task, StreamTask):
        return STREAM_ARGUMENTS[task.kind]
    return FINITE_ARGUMENTS if isinstance(task, FiniteTask) else ARGUMENTS


def recheck(certificate: Certificate) -> bool:
    """Whether the network and the task in a certificate give exactly this certificate again.

    Args:
        certificate: of `certify`; its hash was checked when it was read.

    Raises:
        InvalidOption: if it is no certificate.

    >>> from emt_theory import derive
    >>> from emt_theory.tasks import compose_copy
    >>> task = compose_copy(2)
    >>> recheck(certify(derive(task).compile(), task).certificate)
    True
    """
    if not isinstance(certificate, Certificate):
        raise InvalidOption(f"expected a Certificate, which certify returns; got {type(certificate).__name__}")
    try:
        claims = certificate.claims
        net, task = _network_from_json(claims["network"]), from_dict(claims["task"])
        again = certify(net, task).certificate
    except (EMTError, KeyError, TypeError, ValueError, IndexError):
        return False
    if again is None:
        return False
    return again.kind == certificate.kind and {**again.claims, "weights": None} == {**claims, "weights": None}


ARGUMENTS: dict[str, tuple[Callable[[Any, LinearTask], Proof], ...]] = {
    "identity": (prove_values, prove_damped),
    "hard_tanh": (prove_saturating, prove_signs),
    "relu": (prove_gated,),
    "tanh": (prove_signs, prove_orbits),
    "sigmoid": (prove_orbits,),
    "gru": (prove_signs,),
    "lstm": (prove_signs,),
}
"""What may be argued, in this order: by the σ of an Elman network, and by the kind of another one."""
FINITE_ARGUMENTS: dict[str, tuple[Callable[[Any, FiniteTask], Proof], ...]] = {
    "hard_tanh": (prove_thresholds,),
    "tanh": (prove_thresholds, prove_orbits),
    "sigmoid": (prove_orbits,),
    "relu": (prove_interpolating,),
}
"""The same of finite tasks."""
STREAM_ARGUMENTS: dict[str, dict[str, tuple[Callable[[Any, Any], Proof], ...]]] = {
    "filter": {"identity": (prove_filter,)},
    "machine": dict.fromkeys(("identity", "hard_tanh", "relu"), (prove_machine,)),
    "rule": {},
}
"""The same of tasks with an input at every step, by the kind of the task."""


def _subject(net: object) -> tuple[Subject, str]:
    """What is judged, and where its weights come from."""
    if isinstance(net, Network) and net.initial is not None:
        raise InvalidNetwork("certify judges networks that start at h(0) = 0; this one has an initial state of its own")
    if isinstance(net, ElmanRNN):
        return net.exact or ExactRNN.from_float(net), "float64" if net.exact is None else "rational twin"
    if isinstance(net, ExactRNN):
        return net, "rational twin"
    if isinstance(net, Network) and net.weights:
        return net, "float64"
    what = "which has no weights" if isinstance(net, Network) else "which is no network"
    raise InvalidNetwork(f"certify reads the weights of a network; got a {type(net).__name__}, {what}")


def _first_error(subject: Subject, task: AnyTask) -> FirstError | None:
    if isinstance(task, StreamTask):
        return find_stream_error(subject, task)
    if isinstance(task, FiniteTask):
        return find_first_symbol(subject, task)
    if not isinstance(subject, ExactRNN) or not subject.is_piecewise_affine:
        return find_first_error(subject, task, "sign")
    if subject.activation == "identity":
        return first_wrong_value(subject, task)
    return find_first_error(subject, task, "value")


def _certificate(proof: Proof, subject: Subject, task: AnyTask, weights: str) -> Certificate:
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
    made: dict[str, Any] = {"cell": net.kind, **dict.fromkeys((*net.WEIGHTS, *net.BIASES))}
    for name, array in net.weights.items():
        exact = RationalMatrix.from_array(array).to_json() if array.ndim == 2 else None
        made[name] = exact or [str(Fraction(v)) for v in array.tolist()]
    return made


def _network_from_json(value: dict[str, Any]) -> Subject:
    if value["cell"] == "elman":
        return twin_from_json(value)
    made, arrays = kind(value["cell"]), dict[str, Any]()
    for name in (*made.WEIGHTS, *made.BIASES):
        held = value[name]
        if isinstance(held, list):
            held = RationalMatrix.from_rows([held]).to_array()[0]
        elif held is not None:
            held = RationalMatrix.from_json(held).to_array()
        arrays[name] = held
    return build(value["cell"], arrays)
