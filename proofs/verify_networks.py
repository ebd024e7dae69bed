r"""Check again that a network does a task for all t > s: the certificates of `certify`, in fractions, with the standard library only.

Part of `proofs/verify.py`, which reads the file and checks form and hash. u_c(t) is what component c should be at time t; before it comes, a
memory is empty. Block k of the memory at time t is u(t−s+k); place (k−1)d + c of it is component c. Each kind is an induction over t:

    linear-values, damped-signs   the rows whose products with the states give the difference of two systems' outputs span a space that is
                                  closed under the step; it vanishes on the loaded states, so the outputs agree for ever. The other system is
                                  the task, or the circuit damped by γ: there y_c(t) = γ^j(± u + what follows), |what follows| ≤ γ + … + γ^m < 1
    saturating-values             what a unit is said to hold is what the units that it reads hold, unclipped; newest units, see `_saturating`
    gated-values                  the same with relu(±v) or v + β, apart for values that came in and values that were fed back; see `_gated`
    robust-signs                  if all memories hold their sign with |h| ≥ m, they do so after the next step: forward, with bounds of tanh and
                                  of the gates from the exponential series; see `_robust`

Not rechecked, and said so in the answer: of which network these are the weights (where they are called float64, that each is a float64 number is
checked), and, for tanh, that what every row gives away covers what float64 loses by rounding and underflow (that it is given away is checked, and
that nothing overflows).
"""

import math
from collections.abc import Callable, Iterable, Iterator
from decimal import ROUND_FLOOR, Context, Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

if __package__:
    from .verify_form import bits, cost, shown, spend, total
else:  # run as a script
    from verify_form import bits, cost, shown, spend, total

_Row = dict[int, Fraction]
ZERO, ONE = Fraction(0), Fraction(1)
_SIGNS = [-ONE, ONE]
FLOATS = "that 2^-50 of every row, and 2^-1074, cover what float64 loses in it"
_MOST_UNITS = 2**17
_BEYOND_FLOATS = 2**1024 - 2**970


class FalseClaimError(Exception):
    """A certificate in order whose content is wrong."""


class LinearTask(Protocol):
    """The task as `verify` reads it: s, d, n = sd, the values that inputs take, the rows of F."""

    s: int
    d: int
    n: int
    inputs: list[Fraction]
    rows: list[_Row]


class NetworkRead(NamedTuple):
    """h ← σ(recurrent h + driven x + bias), y = read h + read_bias; for a gated cell the weights of its squashed candidate, and its gates."""

    cell: str
    recurrent: list[_Row]
    driven: list[_Row]
    bias: list[Fraction]
    read: list[_Row]
    read_bias: list[Fraction]
    phase_input: bool
    gates: "dict[str, _Gate]"


class _Gate(NamedTuple):
    """A gate: σ(recurrent h + driven x + bias)."""

    recurrent: list[_Row]
    driven: list[_Row]
    bias: list[Fraction]


def verify_network(kind: str, claims: dict[str, Any], task: LinearTask) -> str:
    """Check the claims of one of `KINDS`; returns in one line what was checked, and what was not.

    Args:
        kind: the kind of the certificate.
        claims: its claims, of the form that `verify_form` has for the kind.
        task: the task in the claims.

    Raises:
        FalseClaimError: if a claim is false, or does not follow by the argument of its kind.
        ValueError: if the claims do not fit each other, or are too large to be checked.
    """
    check, exact = KINDS[kind]
    spend(task.n)
    demand(claims["exact_for"] in exact, f"{kind} shows {' or '.join(exact)}, not {claims['exact_for']}")
    net = read_network(claims["network"], task.d, float64=claims["weights"] == "float64")
    unseen = check(claims, task, net)
    origin = "whose float64 weights these are" if claims["weights"] == "float64" else "whose rational twin this is"
    bound = "" if claims["margin"] is None else f", |y| ≥ {rounded_down(number(claims['margin']))}"
    where = "exact and float64 arithmetic" if unseen else "exact arithmetic"
    shows = f"{claims['exact_for']} exact for all t > s{bound}, in {where}"
    return f"{kind}: {shows}; not rechecked: {'; '.join((*unseen, origin))}"


def demand(condition: bool, otherwise: str) -> None:
    """Raise `FalseClaimError` unless the condition holds."""
    if not condition:
        raise FalseClaimError(otherwise)


# ------------------------------------------------------------------ reading


@lru_cache(maxsize=2**14)
def number(text: str) -> Fraction:
    """A fraction from "p" or "p/q"."""
    return Fraction(text)


def read_network(described: dict[str, Any], d: int, float64: bool, d_in: int | None = None) -> NetworkRead:
    """A network from its description, of as many inputs as outputs unless they are counted; where said so, every weight must be a float64 number."""
    parts = {"gru": 3, "lstm": 4, "elman": 1}[described["cell"]]
    elman = parts == 1
    names = ("W_hh", "W_uh", "b_h") if elman else ("weight_hh_l0", "weight_ih_l0", "bias_ih_l0", "bias_hh_l0")
    n, phase = described["W_hy"]["shape"][1], elman and described["phase_input"]
    if not 1 <= n <= _MOST_UNITS:
        raise ValueError(f"a network has units, at most {_MOST_UNITS}")
    read, recurrent = _matrix(described["W_hy"], d, n), _matrix(described[names[0]], parts * n, n)
    driven = _matrix(described[names[1]], parts * n, (d if d_in is None else d_in) + phase)
    biases = [_vector(described[name], parts * n) for name in names[2:]]
    read_bias = _vector(described["b_y"], d)
    if float64:
        weights = [v for row in (*read, *recurrent, *driven) for v in row.values()]
        everything = (*weights, *read_bias, *(v for bias in biases for v in bias))
        spend(len(everything))
        demand(all(map(_is_float64, everything)), "a weight is not a float64 number")
    if elman:
        return NetworkRead(described["activation"], recurrent, driven, biases[0], read, read_bias, phase, {})
    letters = "rzn" if parts == 3 else "ifgo"
    own = {letter: slice(k * n, (k + 1) * n) for k, letter in enumerate(letters)}
    both = [a + b for a, b in zip(*biases, strict=True)]
    gates = {letter: _Gate(recurrent[rows], driven[rows], both[rows]) for letter, rows in own.items()}
    rows = own["n" if parts == 3 else "g"]
    size = [abs(a) + abs(b) for a, b in zip(*(bias[rows] for bias in biases), strict=True)]
    return NetworkRead(described["cell"], recurrent[rows], driven[rows], size, read, read_bias, False, gates)


def _is_float64(value: Fraction) -> bool:
    return abs(value) < _BEYOND_FLOATS and Fraction(float(value)) == value


def rounded_down(bound: Fraction) -> str:
    """A lower bound in four digits, still a lower bound."""
    return str(Context(prec=4, rounding=ROUND_FLOOR).divide(Decimal(bound.numerator), Decimal(bound.denominator)))


def _matrix(value: dict[str, Any], height: int, width: int) -> list[_Row]:
    if value["shape"] != [height, width]:
        raise ValueError(f"a matrix has shape {value['shape']}, not {[height, width]}")
    spend(height + len(value["entries"]))
    rows: list[_Row] = [{} for _ in range(height)]
    last = (-1, -1)
    for i, j, v in value["entries"]:
        if not (0 <= i < height and 0 <= j < width) or (i, j) <= last or v == "0":
            raise ValueError(f"entry ({i}, {j}) lies outside, is 0, or does not come after the one before")
        rows[i][j], last = number(v), (i, j)
    return rows


def _vector(value: list[str] | None, length: int) -> list[Fraction]:
    found = [ZERO] * length if value is None else [number(v) for v in value]
    if len(found) != length:
        raise ValueError("a bias has the wrong length")
    return found


def _unit(value: int, net: NetworkRead) -> int:
    if not 0 <= value < len(net.recurrent):
        raise ValueError(f"no unit {value}")
    return value


def _place(block: int, component: int, task: LinearTask) -> int:
    if not (1 <= block <= task.s and 0 <= component < task.d):
        raise ValueError(f"no component {component} of block {block}")
    return (block - 1) * task.d + component


def _norm(row: _Row) -> Fraction:
    """The sum of the magnitudes."""
    return total(map(abs, row.values()))


def _dot(row: _Row, column: _Row) -> Fraction:
    """Their product."""
    few, many = (row, column) if len(row) <= len(column) else (column, row)
    spend(1 + len(few) // 8)
    return total(v * many[j] for j, v in few.items() if j in many)


def _combination(terms: Iterable[tuple[Fraction, _Row]]) -> _Row:
    """The sum of multiples of rows, without zeros."""
    found: _Row = {}
    for factor, row in terms:
        for j, v in row.items():
            found[j] = found.get(j, ZERO) + factor * v
            spend(1 + cost(bits(found[j])))
    return {j: v for j, v in found.items() if v}


# ------------------------------------------------------------------ linear networks


class _System(NamedTuple):
    """Outputs `read step^τ start`: the step by rows and by columns, the rows of the read-out, the columns of the start.

    The start has a column for each place and one for the constant.
    """

    step: list[_Row]
    columns: list[_Row]
    read: list[_Row]
    start: list[_Row]

    def after(self, column: _Row) -> _Row:
        """The step times a column."""
        return _combination((v, self.columns[j]) for j, v in column.items())


def _loaded(step: list[_Row], read: list[_Row], inputs: list[_Row], constant: _Row, phase: _Row, s: int) -> _System:
    """The system with what it loads in s steps: input k arrives at step k and is carried on s − k times."""
    columns = _columns(step, len(step))
    system, blocks = _System(step, columns, read, []), [inputs]
    for _ in range(s - 1):
        blocks.append([system.after(column) for column in blocks[-1]])
    for _ in range(s):
        constant = _combination([(ONE, system.after(constant)), (ONE, phase)])
    return _System(step, columns, read, [*(column for block in reversed(blocks) for column in block), constant])


def _columns(rows: list[_Row], width: int) -> list[_Row]:
    found: list[_Row] = [{} for _ in range(width)]
    for i, row in enumerate(rows):
        for j, v in row.items():
            found[j][i] = v
    return found


def _of_network(net: NetworkRead, task: LinearTask) -> _System:
    """One more state, always 1, carries the biases."""
    size = len(net.recurrent)
    step: list[_Row] = [
        _combination([(ONE, row), (b, {size: ONE})]) for row, b in zip(net.recurrent, net.bias, strict=True)
    ]
    read = [_combination([(ONE, row), (b, {size: ONE})]) for row, b in zip(net.read, net.read_bias, strict=True)]
    columns = [*_columns(net.driven, task.d + net.phase_input), {}]
    return _loaded([*step, {size: ONE}], read, columns[: task.d], {size: ONE}, columns[task.d], task.s)


def _agree(one: _System, step: list[_Row], start: list[_Row], task: LinearTask) -> bool:
    """Whether the outputs agree with those of (step, E_sᵀ, start) for ever: no row that is ever asked for sees a difference."""
    size, n = len(one.step), task.n
    both = [*one.step, *({size + j: v for j, v in row.items()} for row in step)]
    states = [
        _combination([(ONE, a), (ONE, {size + j: v for j, v in b.items()})])
        for a, b in zip(one.start, start, strict=True)
    ]
    basis: dict[int, _Row] = {}
    waiting = [_combination([(ONE, row), (-ONE, {size + n - task.d + c: ONE})]) for c, row in enumerate(one.read)]
    while waiting:
        row = _combination((v, both[i]) for i, v in waiting.pop().items())
        spend(len(basis))
        for pivot in sorted(basis):
            if pivot in row:
                row = _combination([(ONE, row), (-row[pivot], basis[pivot])])
        if row:
            if any(_dot(row, state) for state in states):
                return False
            pivot = min(row)
            basis[pivot] = _combination([(1 / row[pivot], row)])
            waiting.append(basis[pivot])
    return True


def _intertwined(one: _System, written: list[list[tuple[int, Fraction]]], carry: list[_Row], task: LinearTask) -> bool:
    """Whether A X = X Φ and C X = E_sᵀ, and the constant stays and is not seen.

    `written[j]` lists column j of the last block row of Φ, and `carry` the columns of X.
    """
    n, d, constant = task.n, task.d, one.start[task.n]
    newest = n - d
    return (
        one.after(constant) == constant
        and not any(_dot(row, constant) for row in one.read)
        and all(_dot(row, x) == (j == newest + c) for c, row in enumerate(one.read) for j, x in enumerate(carry))
        and all(
            one.after(x)
            == _combination([*((v, carry[newest + c]) for c, v in written[j]), (ONE, carry[j - d] if j >= d else {})])
            for j, x in enumerate(carry)
        )
    )


def _values(claims: dict[str, Any], task: LinearTask, net: NetworkRead) -> tuple[str, ...]:
    mine = _of_network(net, task)
    start: list[_Row] = [*({j: ONE} for j in range(task.n)), {}]
    _check_linear(claims, task, net, ONE, mine, mine.start[: task.n], start)
    return ()


def _damped(claims: dict[str, Any], task: LinearTask, net: NetworkRead) -> tuple[str, ...]:
    gamma, reads = number(claims["gamma"]), _reads(task)
    demand(task.inputs == _SIGNS, "inputs must be -1 and 1")
    longest = 0
    # A read component, wanted from time s at the latest; each read goes back s + 1 − block steps.
    for wanted, _ in reads:
        time, count, c = task.s, -1, wanted % task.d
        while time >= 1:
            spend(1)
            block, c = divmod(reads[c][0], task.d)
            time, count = time - task.s + block, count + 1
        longest = max(longest, count)
    demand(claims["longest_chain"] == longest, f"the longest chain has {longest} reads")
    demand(0 < gamma <= 1, "gamma lies above 0, and at most at 1")
    reached = ZERO  # γ + … + γ^k = γ (1 + γ + … + γ^(k−1)); below 1 for all k where γ ≤ 1/2
    for _ in range(longest if 2 * gamma > 1 else 0):
        reached = total([gamma, gamma * reached])
        demand(reached < 1, "gamma + … + gamma^m is not below 1")
    n, d, mine = task.n, task.d, _of_network(net, task)
    step = _companion(task, gamma)
    newest: list[_Row] = [{n - d + c: ONE} for c in range(d)]
    start = [*_loaded(step, newest, newest, {}, {}, task.s).start]
    carry = [*mine.start[:n]]  # its newest block is what the network writes; A X = X Φ then gives the older ones
    for j in range(n - 1, d - 1, -1):
        fed = [(-gamma * row[j], carry[n - d + c]) for c, row in enumerate(task.rows) if j in row]
        carry[j - d] = _combination([(ONE, mine.after(carry[j])), *fed])
    _check_linear(claims, task, net, gamma, mine, carry, start)
    return ()


def _check_linear(
    claims: dict[str, Any],
    task: LinearTask,
    net: NetworkRead,
    gamma: Fraction,
    mine: _System,
    carry: list[_Row],
    start: list[_Row],
) -> None:
    demand(net.cell == "identity", "the network is not linear")
    demand(claims["margin"] is None, "this argument gives no margin for all t")
    needed = len(net.recurrent) + 1 + task.n
    demand(claims["terms"] == needed, f"the terms that decide are N + 1 + n = {needed}")
    written = [[(c, gamma * row[j]) for c, row in enumerate(task.rows) if j in row] for j in range(task.n)]
    found = _intertwined(mine, written, carry, task)
    demand(claims["intertwined"] is found, f"intertwined is {found}")
    demand(found or _agree(mine, _companion(task, gamma), start, task), "some output is wrong at some step")


def _companion(task: LinearTask, gamma: Fraction) -> list[_Row]:
    shift: list[_Row] = [{j: ONE} for j in range(task.d, task.n)]
    return [*shift, *({j: gamma * v for j, v in row.items()} for row in task.rows)]


def _reads(task: LinearTask) -> list[tuple[int, Fraction]]:
    """For each component the place that it reads, and the sign."""
    demand(all(len(row) == 1 and _norm(row) == 1 for row in task.rows), "the task is not a selection")
    return [next(iter(row.items())) for row in task.rows]


# ------------------------------------------------------------------ hard-tanh units that hold values


def _saturating(claims: dict[str, Any], task: LinearTask, net: NetworkRead) -> tuple[str, ...]:
    """A labelled unit holds sign · (its place of the memory), 0 while that is empty.

    Read through the labels, its row is a row on the memory. For an older block that must be sign · (the place one block on), with no input: at most
    1 in magnitude, so not clipped. For the newest block it must be sign · F_c: at most ‖F_c‖ ≤ 1 after the input phase; during it block 1 is empty,
    and the input must win by so much that the sum is clipped to sign · u_c.
    """
    demand(net.cell == "hard_tanh" and not net.phase_input, "not a hard-tanh network without a phase input")
    demand(task.inputs == _SIGNS and claims["margin"] is None, "inputs must be -1 and 1; this argument gives no margin")
    held: dict[int, _Row] = {}
    for unit, block, component, sign in claims["labels"]:
        if unit in held or sign not in (-1, 0, 1):
            raise ValueError(f"unit {unit} has two labels, or one with sign {sign}")
        held[_unit(unit, net)] = {_place(block, component, task): Fraction(sign)} if sign else {}

    def through(row: _Row) -> _Row:
        demand(row.keys() <= held.keys(), "a unit is read that has no label")
        return _combination((v, held[unit]) for unit, v in row.items())

    for c, row in enumerate(task.rows):
        demand(_norm(row) <= 1, f"row {c} of F has a 1-norm above 1")
        newest: _Row = {task.n - task.d + c: ONE}
        demand(through(net.read[c]) == newest and not net.read_bias[c], f"output {c} is not its component")
    for unit, label in held.items():
        demand(not net.bias[unit], f"unit {unit} has a bias")
        seen = through(net.recurrent[unit])
        place, sign = next(iter(label.items()), (0, ZERO))
        if sign and place >= task.n - task.d:
            c = place - task.n + task.d
            demand(seen == _combination([(sign, task.rows[c])]), f"unit {unit} does not feed back F of component {c}")
            late = total(abs(v) for j, v in task.rows[c].items() if j >= task.d)
            own = net.driven[unit].get(c, ZERO)
            demand(sign * own - (_norm(net.driven[unit]) - abs(own)) >= 1 + late, f"unit {unit} does not override")
        else:
            demand(not net.driven[unit], f"unit {unit} takes an input")
            demand(seen == ({place + task.d: sign} if sign else {}), f"unit {unit} does not hold what its label says")
    return ()


# ------------------------------------------------------------------ relu units with a phase input


class _Held(NamedTuple):
    """scale · relu(sign · v), or scale · (v + offset) with sign 0; for values that came in, that were fed back, or both; else 0."""

    place: int
    sign: int
    came: bool
    fed: bool
    scale: Fraction
    offset: Fraction


_Seen = dict[tuple[int, int], tuple[Fraction, Fraction]]


def _gated(claims: dict[str, Any], task: LinearTask, net: NetworkRead) -> tuple[str, ...]:
    """Blocks fill from the newest on: at any time the oldest are empty (all units 0), then come values that came in, then values fed back.

    Hence a row that gives the same map for values of either source gives it for every mixture of them.
    """
    demand(net.cell == "relu" and net.phase_input, "not a ReLU network with a phase input")
    demand(claims["margin"] is None, "this argument gives no margin")
    bound = max(map(abs, task.inputs))
    demand(number(claims["bound"]) == bound, f"the largest input is {shown(bound)}")
    shifted = claims["form"] == "shifted"
    if shifted:  # then |v| ≤ bound for ever
        demand(all(_norm(row) <= 1 for row in task.rows), "a row of F has a 1-norm above 1")
    held = dict(_holdings(claims["labels"], task, net, shifted, bound))
    silent = {
        unit
        for unit, row in enumerate(net.recurrent)
        if not row and net.bias[unit] <= 0 and all(j == task.d and v <= 0 for j, v in net.driven[unit].items())
    }

    def through(row: _Row, side: str) -> _Seen:
        found: _Seen = {}
        for unit, v in row.items():
            if unit not in held:
                demand(unit in silent, f"unit {unit} is read and has no label")
            elif getattr(held[unit], side):
                mine = held[unit]
                a, b = found.get((mine.place, mine.sign), (ZERO, ZERO))
                found[mine.place, mine.sign] = (a + v * mine.scale, b + v * mine.scale * mine.offset)
                spend(sum(cost(bits(one)) for one in found[mine.place, mine.sign]))
        return {key: pair for key, pair in found.items() if any(pair)}

    for unit, label in held.items():
        inputs, (c, newest) = dict(net.driven[unit]), (label.place % task.d, label.place >= task.n - task.d)
        phase, bias = inputs.pop(task.d, ZERO), net.bias[unit]
        where = f"unit {unit} does not hold what its label says"
        if newest and label.came:
            demand(inputs == {c: label.scale * (label.sign or 1)} and phase == label.scale * label.offset, where)
            demand(not net.recurrent[unit] and not bias, where)
            continue
        demand(not inputs, f"unit {unit} takes an input")
        came, fed = through(net.recurrent[unit], "came"), through(net.recurrent[unit], "fed")
        if not newest:
            key = (label.place + task.d, label.sign)
            demand(came == fed == {key: (label.scale, label.scale * label.offset)} and not phase and not bias, where)
            continue
        wanted = _combination([(label.scale * (label.sign or 1), task.rows[c])])
        demand(_linear_map(came, task) == _linear_map(fed, task), f"unit {unit} takes what came for what was fed back")
        weights, constants = _linear_map(came, task)
        demand(weights == wanted, f"unit {unit} does not feed back F of component {c}")
        demand(total([bias, *constants.values()]) == label.scale * label.offset, f"unit {unit} has another constant")
        largest = bias  # during the input phase, when the blocks from 2 on may hold values that came
        if shifted:
            for source, v in net.recurrent[unit].items():
                mine = held.get(source)
                if v > 0 and mine and mine.came and mine.place >= task.d:
                    largest = total([largest, v * mine.scale * (bound + mine.offset)])
        else:
            largest += bound * total(abs(v) for j, v in wanted.items() if j >= task.d)
        demand(largest + phase <= 0, f"the gate of unit {unit} does not close")
    for c, row in enumerate(net.read):
        weights, constants = _linear_map(through(row, "fed"), task)
        right = weights == {task.n - task.d + c: ONE} and not total([net.read_bias[c], *constants.values()])
        demand(right, f"output {c} is not its component")
    return ()


def _holdings(
    labels: Any, task: LinearTask, net: NetworkRead, shifted: bool, bound: Fraction
) -> Iterator[tuple[int, _Held]]:
    units: set[int] = set()
    for unit, block, component, sign, came, fed, scale, offset in labels:
        mine = _Held(_place(block, component, task), sign, came, fed, number(scale), number(offset))
        if unit in units or sign not in ((0,) if shifted else (-1, 1)):
            raise ValueError(f"unit {unit} has two labels, or one of the wrong form")
        sources = came != fed if block == task.s else came and fed
        right = sources and mine.scale > 0 and (mine.offset >= bound if shifted else not mine.offset)
        demand(right, f"the label of unit {unit} cannot be")
        units.add(_unit(unit, net))
        yield unit, mine


def _linear_map(seen: _Seen, task: LinearTask) -> tuple[_Row, _Row]:
    """(weights on places, constants by block): a relu(v) − a relu(−v) = a v, a(v + β) = a v + aβ."""
    weights: _Row = {}
    constants: _Row = {}
    for (place, sign), (a, b) in seen.items():
        demand(not sign or seen.get((place, -sign), (ZERO, ZERO))[0] == -a, f"place {place} is not read as a pair")
        weights[place] = a * (sign or 1)
        constants[place // task.d] = total([constants.get(place // task.d, ZERO), b])
    return {j: v for j, v in weights.items() if v}, {k: v for k, v in constants.items() if v}


# ------------------------------------------------------------------ signs with a margin


def logistic(p: Fraction) -> tuple[Fraction, Fraction]:
    """Rational numbers below and above 1/(1 + e^−p), from the exponential series.

    With |p| = 2^k x, x < 1/2: the series of e^x in integers, in units of 2⁻²⁵⁶, down and up; 64 terms, whose tail is below twice the next term;
    then k squarings.

    >>> low, high = logistic(Fraction(-3))
    >>> round(float(low), 10), 0 < high - low < Fraction(1, 2**240)
    (0.0474258732, True)
    """
    spend(100)
    size, places = abs(p), 256
    if size > 2000:
        below, above = ZERO, Fraction(1, 2**2000)  # e^−2000 < 2^−2000
    else:
        k = max(0, size.numerator.bit_length() - size.denominator.bit_length() + 2)
        x = size * (1 << places) / 2**k
        low_x, high_x = math.floor(x), math.ceil(x)
        low = high = low_term = high_term = 1 << places
        for i in range(1, 65):
            low_term = (low_term * low_x >> places) // i
            high_term = -((-high_term * high_x >> places) // i)
            low, high = low + low_term, high + high_term
        high += 2 * high_term + 1
        for _ in range(k):
            low, high = low * low >> places, -(-high * high >> places)
        below, above = (1 / (1 + Fraction(e, 1 << places)) for e in (high, low))
    return (below, above) if p < 0 else (1 - above, 1 - below)


def tanh_bounds(x: Fraction) -> tuple[Fraction, Fraction]:
    """Rational numbers below and above tanh x = 2/(1 + e^−2x) − 1."""
    low, high = logistic(2 * x)
    return 2 * low - 1, 2 * high - 1


_ROUNDING, _UNDERFLOW, _OVERFLOW = Fraction(1, 2**50), Fraction(1, 2**1074), 2**1000


def given_away(terms: int, recurrent: Fraction, driven: Fraction, bias: Fraction, bound: Fraction) -> Fraction:
    """What a row of k weights must have to spare, so that float64 may round it, and that nothing overflows.

    (k + 8) (2⁻⁵⁰ (‖w‖ + B‖u‖ + |b|) + 2⁻¹⁰⁷⁴ (1 + B + ‖w‖ + ‖u‖)): relative errors of weights, products, sums and of what is read; underflow.
    """
    demand(recurrent + (1 + bound) * (1 + driven) + bias <= _OVERFLOW, "a row may overflow in float64")
    relative = _ROUNDING * (recurrent + bound * driven + bias)
    return (terms + 8) * (relative + _UNDERFLOW * (1 + bound + recurrent + driven))


def _robust(claims: dict[str, Any], task: LinearTask, net: NetworkRead) -> tuple[str, ...]:
    """The induction: a pre-activation of at least p in the right sense gives |h| ≥ m again.

    p counts the main weight at its least, everything else at its most against it: recurrent inputs and biases at their magnitude, inputs at B. What
    p gives is `_shown`. Newest units are written by inputs of magnitude at least a, and then copy.
    """
    kind, reads = net.cell, _reads(task)
    demand(kind in ("tanh", "hard_tanh", "gru", "lstm") and not net.phase_input, "units with |h| ≤ 1, no phase input")
    m, least, most = number(claims["floor"]), min(map(abs, task.inputs)), max(map(abs, task.inputs))
    demand(0 < m <= 1, "the floor lies above 0, and at most at 1")
    demand(least > 0, "an input may be 0, which has no sign")
    lost = _ROUNDING if kind == "tanh" else ZERO
    demand(number(claims["rounding"]) == lost, f"the share given away is {lost}")
    units: dict[int, tuple[int, int]] = {}
    for block, component, unit, sign in claims["units"]:
        place = _place(block, component, task)
        if place in units or sign not in (-1, 1):
            raise ValueError(f"place {place} has two units, or the sign {sign}")
        units[place] = (_unit(unit, net), sign)
    gates = _bounded_gates(claims["gates"], net, most, {unit for unit, _ in units.values()})
    newest = task.n - task.d
    demand(all(newest + c in units for c in range(task.d)), "an output has no unit")
    for place, (unit, sign) in units.items():
        c = place - newest
        copied, turn = reads[c] if c >= 0 else (place + task.d, ONE)
        demand(copied in units, f"unit {unit} copies what no unit holds")
        row, inputs = net.recurrent[unit], net.driven[unit]
        source, its = units[copied]
        main = row.get(source, ZERO) * sign * its * turn
        norm, driven, bias = _norm(row), _norm(inputs), abs(net.bias[unit])
        leaks, rest = driven * most, norm - abs(main) + bias
        rest += given_away(len(net.recurrent) + task.d, norm, driven, bias, most) if lost else ZERO
        kept, taken, shown, passed = gates.get(unit, (ZERO, ONE, ONE, ONE))
        copies = passed * main * m - rest - (leaks if c < 0 else 0)
        demand(main > 0 and _shown(kind, copies, kept, taken, shown) >= m, f"unit {unit} does not hold the floor")
        if c >= 0:
            own = inputs.get(c, ZERO)
            writes = own * sign * least - (leaks - abs(own) * most) - rest - main
            demand(_shown(kind, writes, kept, taken, shown) >= m, f"unit {unit} is not written to the floor")
    faithful = _check_read_out(claims, task, net, units, gates, lost)
    if claims["exact_for"] == "values":
        demand(m == 1 and kind == "hard_tanh" and faithful and task.inputs == _SIGNS, "only signs follow, not values")
    return (FLOATS,) if lost else ()


def _shown(kind: str, p: Fraction, kept: Fraction, taken: Fraction, shown: Fraction) -> Fraction:
    """A lower bound of ± h after a pre-activation of at least p in that sense, whatever the unit held before."""
    if p <= 0:
        return -ONE
    if kind == "hard_tanh":
        return min(p, ONE)
    new = tanh_bounds(p)[0]
    if kind == "gru":  # (1 − z) n + z h ≥ (1 − z) new − z, z ≤ kept
        return (1 - kept) * new - kept
    if kind == "lstm":  # c ≥ i new − f C with C = 1/(1 − f), then o tanh c
        inside = taken * new - kept / (1 - kept)
        return shown * tanh_bounds(inside)[0] if inside > 0 else -ONE
    return new


def _bounded_gates(
    listed: Any, net: NetworkRead, most: Fraction, needed: set[int]
) -> dict[int, tuple[Fraction, Fraction, Fraction, Fraction]]:
    """(kept, taken, shown, passed) by unit, each checked against the gate over all |h| ≤ 1 and all inputs."""
    found: dict[int, tuple[Fraction, Fraction, Fraction, Fraction]] = {}
    for unit, kept, taken, opened, passed in listed:
        if unit in found:
            raise ValueError(f"unit {unit} has its gates twice")
        found[_unit(unit, net)] = (number(kept), number(taken), number(opened), number(passed))
        demand(0 <= number(kept) < 1, f"unit {unit} may keep all of its past")
        names = {"gru": ("z", None, None, "r"), "lstm": ("f", "i", "o", None)}.get(net.cell, (None,) * 4)
        for letter, value, is_upper in zip(names, found[unit], (True, False, False, False), strict=True):
            if letter is None:
                demand(value == (not is_upper), f"unit {unit} has no such gate")
                continue
            gate = net.gates[letter]
            swing = _norm(gate.recurrent[unit]) + most * _norm(gate.driven[unit])
            low, high = (logistic(gate.bias[unit] + turn)[k] for k, turn in enumerate((-swing, swing)))
            right = value >= high if is_upper else 0 <= value <= low
            demand(right, f"{shown(value)} is no bound of gate {letter} of unit {unit}")
    if found.keys() != (needed if net.gates else set()):
        raise ValueError("the gates of the units in use are wanted, and no others")
    return found


def _check_read_out(
    claims: dict[str, Any],
    task: LinearTask,
    net: NetworkRead,
    units: dict[int, tuple[int, int]],
    gates: dict[int, tuple[Fraction, Fraction, Fraction, Fraction]],
    lost: Fraction,
) -> bool:
    """Checks margin and ceiling; whether every output is its unit, up to the sign."""
    margin, ceiling, faithful = number(claims["margin"]), number(claims["ceiling"]), True
    demand(margin > 0, "a margin is positive")
    for c, row in enumerate(net.read):
        unit, sign = units[task.n - task.d + c]
        main = row.get(unit, ZERO) * sign
        norm, bias = _norm(row), abs(net.read_bias[c])
        rest = norm - abs(main) + bias
        faithful = faithful and main == 1 and not rest
        rest += given_away(len(row), norm, ZERO, bias, ONE) if lost else ZERO
        top = tanh_bounds(1 / (1 - gates[unit][0]))[1] if net.cell == "lstm" else ONE
        demand(main > 0 and main * number(claims["floor"]) - rest >= margin, f"output {c} may fall below the margin")
        demand(main * top + rest <= ceiling, f"output {c} may exceed the ceiling")
    return faithful


KINDS: dict[str, tuple[Callable[[dict[str, Any], LinearTask, NetworkRead], tuple[str, ...]], tuple[str, ...]]] = {
    "linear-values": (_values, ("values",)),
    "damped-signs": (_damped, ("signs",)),
    "saturating-values": (_saturating, ("values",)),
    "gated-values": (_gated, ("values",)),
    "robust-signs": (_robust, ("values", "signs")),
}
"""By kind: the check, and what it can show."""
