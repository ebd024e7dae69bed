r"""Linear networks: whether their outputs are the task's for ever, decided by finitely many numbers (P08).

After the input phase an affine network, h ↦ Ah + b and y = Ch + b_y, is an autonomous linear system of N units (and one more for the constant, if
there is one), started in a state S u that is affine in the inputs u; the task is one of n components, started in u. The difference of their
outputs, as a linear map of (u, 1), obeys the characteristic polynomial of both systems together. So if it vanishes for τ = 1, …, N + n (+ 1) it
vanishes for ever, and if not, the first τ at which it does not is the first wrong step s + τ: with two different values for every input
component an affine map that is not zero is not zero on some input.

There is a shortcut that decides most cases with two products: if the loaded states intertwine the two systems, `A S = S Φ` and `C S = E_sᵀ`, the
outputs agree for ever (P05).

With the damped circuit (P07b) in the place of the task, the same finite check shows that a network is a damped circuit, in some basis, for
ever. Then `γ + … + γ^m < 1` gives every sign. γ need not be guessed: the response to u(s) after the lag of the first read is ±γ.

Source: Cayley–Hamilton; P07b and P08, proved in `proofs/`.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from emt_theory.circuits.certifying.result import FirstError, NotProved, Proof
from emt_theory.circuits.schemes.damped import damped_companion, longest_chain, outweighs
from emt_theory.exact import companion, injection
from emt_theory.ground.rationals import RationalMatrix, from_flint
from emt_theory.ground.slots import Slots
from emt_theory.networks import ExactRNN
from emt_theory.tasks import LinearTask, Read
from emt_theory.tasks.linear import SIGNS

_DENSE = 8
"""With more entries to a row than this, FLINT's dense products are the faster ones."""


class _Responses(NamedTuple):
    """An autonomous system with its start: outputs at step s + τ are `read @ step^τ @ start`, a linear map of (u, 1)."""

    step: RationalMatrix
    start: RationalMatrix
    read: RationalMatrix

    def terms(self, count: int) -> Iterator[RationalMatrix]:
        """The maps from (u, 1) to the outputs at τ = 1, …, count."""
        if len(self.step.entries) > _DENSE * self.step.shape[0]:
            step, start, dense = self.step.to_flint(), self.start.to_flint(), self.read.to_flint()
            for _ in range(count):
                dense = dense * step
                yield from_flint(dense * start)
            return
        row = self.read
        for _ in range(count):
            row = row @ self.step
            yield row @ self.start


class _Wrong(NamedTuple):
    """The first step s + τ at which some input gives a wrong value, and a component where it does."""

    tau: int
    component: int


def network_responses(twin: ExactRNN, task: LinearTask) -> _Responses:
    """The network after the input phase; one more state, always 1, carries biases and the phase channel."""
    size, slots = twin.hidden, task.slots
    s, d = slots
    bias = [(i, size, v) for i, v in enumerate(twin.b_h or ())]
    step = RationalMatrix.from_entries((size + 1, size + 1), (*twin.W_hh, *bias, (size, size, Fraction(1))))
    read = RationalMatrix.from_entries(
        (d, size + 1), (*twin.W_hy, *((c, size, v) for c, v in enumerate(twin.b_y or ())))
    )
    inputs = RationalMatrix((size + 1, d), tuple(e for e in twin.W_uh if e[1] < d))
    phase = [(i, 0, v) for i, j, v in twin.W_uh if j == d]
    constant = RationalMatrix.from_entries((size + 1, 1), [(size, 0, Fraction(1))])
    for _ in range(s):
        constant = RationalMatrix.from_entries((size + 1, 1), (*(step @ constant), *phase))
    columns = [*_loaded(step, inputs, s), *((i, slots.size, v) for i, _, v in constant)]
    return _Responses(step, RationalMatrix.from_entries((size + 1, slots.size + 1), columns), read)


def task_responses(task: LinearTask) -> _Responses:
    """The task itself: Φ, started in the inputs."""
    start = RationalMatrix((task.components, task.components + 1), RationalMatrix.identity(task.components).entries)
    return _Responses(companion(task.F, task.dim), start, _newest(task))


def _damped_responses(task: LinearTask, gamma: Fraction) -> _Responses:
    """The damped circuit: Φ_γ, started in what it loads itself."""
    step, n = damped_companion(task, gamma), task.components
    columns = _loaded(step, _newest(task).T, task.num_variables)
    return _Responses(step, RationalMatrix.from_entries((n, n + 1), columns), _newest(task))


def _loaded(step: RationalMatrix, inputs: RationalMatrix, s: int) -> Iterator[tuple[int, int, Fraction]]:
    """The entries of [Aˢ⁻¹B … AB B]: what each of s inputs has become after the last."""
    slots = Slots(s, inputs.shape[1])
    for k in range(s, 0, -1):
        yield from ((i, slots.flat(k, c), v) for i, c, v in inputs)
        inputs = step @ inputs


def is_intertwined(one: _Responses, other: _Responses) -> bool:
    """Whether X = S S'⁻¹ carries the other system's state into this one's: `A X = X A'`, `C X = C'`, and the constant shows nothing.

    S and S' are what is loaded from the inputs. Then outputs agree for ever (P05), and two products decide it. Sufficient, not necessary: a load
    may be contaminated where nothing that is scored ever looks.

    Args:
        one: the network.
        other: a system whose load S' is square and invertible, and does not depend on the constant.
    """
    n = other.step.shape[0]
    constant = one.start.columns(n, n + 1)
    if one.step @ constant != constant or (one.read @ constant).entries:
        return False
    step, read, start = (matrix.to_flint() for matrix in (one.step, one.read, one.start.columns(0, n)))
    step_, read_, start_ = (matrix.to_flint() for matrix in (other.step, other.read, other.start.columns(0, n)))
    is_identity = other.start.columns(0, n) == RationalMatrix.identity(n)
    carry = start if is_identity else start * start_.inv()
    return bool(read * carry == read_ and step * carry == carry * step_)


def prove_values(twin: ExactRNN, task: LinearTask) -> Proof:
    """Values exact for all t > s, by P05 or P08.

    Raises:
        NotProved: if they are not; then they are wrong at the step that it names.
    """
    needed = twin.hidden + 1 + task.components
    mine, its = network_responses(twin, task), task_responses(task)
    intertwined = is_intertwined(mine, its)
    wrong = None if intertwined else first_difference(mine, its, needed)
    if wrong is not None:
        raise NotProved(
            f"the response differs from the task's at t = s + {wrong.tau}, component {wrong.component} (P08)"
        )
    counted = f"{needed} terms of the response agree (P08)"
    reason = "the loaded states intertwine the network and the task (P05)" if intertwined else counted
    return Proof("linear-values", "values", {"terms": needed, "intertwined": intertwined}, reason)


def prove_damped(twin: ExactRNN, task: LinearTask) -> Proof:
    """Signs exact for all t > s, by P08 against the damped circuit and P07b.

    Raises:
        NotProved: if the task is no selection with inputs ±1, or the network is not the damped circuit of any γ that works.
    """
    reads = task.reads
    if reads is None or task.inputs != SIGNS:
        raise NotProved("the damped argument needs a selection task with inputs -1 and 1 (P07b)")
    gamma, longest = _gamma(twin, task, reads[0]), longest_chain(task)
    if not 0 < gamma <= 1:
        raise NotProved(f"the response to the first read is {gamma}; a damping lies above 0 and at most at 1 (P07b)")
    if not outweighs(gamma, longest):
        raise NotProved(f"gamma + ... + gamma^m is not below 1 with gamma = {gamma}, m = {longest} (P07b)")
    needed = twin.hidden + 1 + task.components
    mine, its = network_responses(twin, task), _damped_responses(task, gamma)
    intertwined = is_intertwined(mine, its)
    wrong = None if intertwined else first_difference(mine, its, needed)
    if wrong is not None:
        raise NotProved(
            f"the response is not that of the circuit damped by {gamma}: it differs at t = s + {wrong.tau}, component {wrong.component}"
        )
    claims = {"terms": needed, "intertwined": intertwined, "gamma": str(gamma), "longest_chain": longest}
    return Proof("damped-signs", "signs", claims, f"a circuit damped by gamma = {gamma}, m = {longest} (P07b)")


def first_difference(one: _Responses, other: _Responses, count: int) -> _Wrong | None:
    """The first of `count` terms that differs on some input of the task, or None."""
    for tau, (a, b) in enumerate(zip(one.terms(count), other.terms(count), strict=True), start=1):
        if a.entries != b.entries:
            return _Wrong(tau, _difference(a, b).entries[0][0])
    return None


def first_wrong_value(twin: ExactRNN, task: LinearTask) -> FirstError | None:
    """The earliest wrong value of a linear network over all inputs and all t > s, or None: then there is none."""
    mine, its = network_responses(twin, task), task_responses(task)
    count = twin.hidden + 1 + task.components
    wrong = first_difference(mine, its, count)
    if wrong is None:
        return None
    *_, a = mine.terms(wrong.tau)
    *_, b = its.terms(wrong.tau)
    coefficients = dict(_difference(a, b).row(wrong.component))
    u = [task.inputs[0]] * task.components
    if not coefficients.get(task.components, Fraction(0)) + sum(coefficients.get(j, 0) * v for j, v in enumerate(u)):
        j = next(j for j in coefficients if j < task.components)
        u[j] = task.inputs[1]
    output, target = (term.apply([*u, Fraction(1)])[wrong.component] for term in (a, b))
    rows = tuple(tuple(str(v) for v in u[k : k + task.dim]) for k in range(0, task.components, task.dim))
    return FirstError(task.num_variables + wrong.tau, wrong.component, rows, str(output), str(target), "value")


def _gamma(twin: ExactRNN, task: LinearTask, read: Read) -> Fraction:
    """The response of output 0 to what it reads, as soon as it is read."""
    slots = task.slots
    *_, response = network_responses(twin, task).terms(slots.lag(read.block))
    column = slots.newest[read.component]
    return read.sign * dict(response.row(0)).get(column, Fraction(0))


def _newest(task: LinearTask) -> RationalMatrix:
    return injection(task.num_variables, task.num_variables, task.dim).T


def _difference(a: RationalMatrix, b: RationalMatrix) -> RationalMatrix:
    return RationalMatrix.from_entries(a.shape, (*a, *(b * -1)))
