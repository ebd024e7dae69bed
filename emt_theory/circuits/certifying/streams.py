r"""Networks that have a task with an input at every step, for all words of all lengths: filters by Markov parameters, machines by closed states.

A linear network shows y(t) = Σ_k W_hy W_hh^k W_uh x(t−k), and what its biases add, Σ_{k<t} W_hy W_hh^k b_h + b_y. Two such sums agree for
all inputs and all t iff their Markov parameters agree, and these obey the characteristic polynomials of both systems: N + r of them decide
(P08), N + 1 for the biases.

A network over Q whose σ maps Q into Q is itself a machine, with its state vectors for states. Start with (h = 0, the task's start); a
letter takes a pair (h, q) to (σ(W_hh h + W_uh x + b), δ(q, x)). If finitely many pairs are met, and in each what the network shows is right
on every letter, it is right for all words: that is an induction over their length, and each pair and letter is one row of the proof. The
circuits of P26 are closed with at most |Q||Σ| + 1 pairs.

Source: Cayley–Hamilton; bisimulation (Park, 1981), which for deterministic machines is equality of behaviour.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from emt_theory.circuits.certifying.balls import outputs_in_balls
from emt_theory.circuits.certifying.result import FirstError, NotProved, Proof
from emt_theory.exact.realization import Realization
from emt_theory.ground.rationals import RationalMatrix
from emt_theory.ground.text import shown
from emt_theory.networks import ExactRNN, Network
from emt_theory.networks.activations import activation
from emt_theory.tasks.streams.described import StreamTask
from emt_theory.tasks.streams.filters import LinearFilter
from emt_theory.tasks.streams.machine import MachineTask

MOST_PAIRS = 2**12
"""States of a network that are met before it is given up that they are finitely many."""
_MOST_BITS = 256
_LETTERS, _WORDS, _TRIES = 64, 64, 4
Vector = tuple[Fraction | int, ...]

# ------------------------------------------------------------------------------------------------------------- filters


def prove_filter(twin: ExactRNN, task: LinearFilter) -> Proof:
    """Values right for all inputs and all t.

    Raises:
        NotProved: if they are not; then they are wrong at the step that it names.
    """
    terms = twin.hidden + task.minimal.order
    wrong = _first_parameter(twin, task, terms)
    if wrong is not None:
        k, i, j = wrong
        raise NotProved(f"the weight of x(t−{k})[{j}] in output {i} differs from the task's (P08)")
    if (t := _first_constant(twin)) is not None:
        raise NotProved(f"its biases show at t = {t}")
    reason = f"{terms} Markov parameters agree, and no bias shows (P08)"
    return Proof("filter-values", "values", {"terms": terms}, reason)


def _first_parameter(twin: ExactRNN, task: LinearFilter, terms: int) -> tuple[int, int, int] | None:
    """(k, i, j) of the first entry of a Markov parameter that differs."""
    if twin.phase_input:
        raise NotProved("a filter has an input at every step, and no phase input")
    network = Realization(twin.W_hh, twin.W_uh, twin.W_hy)
    mine, its = network.B, task.minimal.B
    for k in range(terms):
        one, other = network.C @ mine, task.minimal.C @ its
        if one != other:
            i, j, _ = one.summed(one.shape, (*one, *((i, j, -v) for i, j, v in other))).entries[0]
            return k, i, j
        mine, its = network.A @ mine, task.minimal.A @ its
    return None


def _first_constant(twin: ExactRNN) -> int | None:
    """The first t at which biases alone show something: b_y + Σ_{k<t} W_hy W_hh^k b_h, which is 0 for all t if it is for t = 1, …, N + 1."""
    bias = RationalMatrix.from_entries((twin.hidden, 1), ((i, 0, v) for i, v in enumerate(twin.b_h or ())))
    total = RationalMatrix.from_entries((twin.dim, 1), ((i, 0, v) for i, v in enumerate(twin.b_y or ())))
    for t in range(1, twin.hidden + 2):
        total = RationalMatrix.from_entries(total.shape, (*total, *(twin.W_hy @ bias)))
        if total.entries:
            return t
        bias = twin.W_hh @ bias
    return None


# ------------------------------------------------------------------------------------------------------------ machines


class Closed(NamedTuple):
    """The pairs (network state, machine state) that words lead to, closed under letters.

    Attributes:
        states: h of each, the first 0.
        labels: q of each.
        moves: which pair each letter leads to.
        symbols: whether what is shown is right as symbols only, and not as values.
    """

    states: list[Vector]
    labels: list[int]
    moves: list[list[int]]
    symbols: bool


def prove_machine(twin: ExactRNN, task: MachineTask) -> Proof:
    """What is shown is right for all words: values where the read-out is the codeword itself, else symbols.

    Raises:
        NotProved: if something is wrong, or the states met are too many.
    """
    found = close_states(twin, task)
    if isinstance(found, FirstError):
        raise NotProved(
            f"a word of {found.step} letter{'s' if found.step > 1 else ''} is answered wrongly (P26)", found
        )
    claims = {
        "states": [[[i, str(v)] for i, v in enumerate(state) if v] for state in found.states],
        "labels": found.labels,
        "moves": found.moves,
    }
    count = len(found.states)
    reason = f"{count} states of the network are closed under {task.machine.letters} letters, and all show what the machine shows (P26)"
    return Proof("machine-states", "symbols" if found.symbols else "values", claims, reason)


def close_states(twin: ExactRNN, task: MachineTask) -> Closed | FirstError:
    """The pairs that words lead to, breadth first; or the first error that a shortest word shows.

    Raises:
        NotProved: if there are more than are looked at, or σ does not map Q into Q.
    """
    if not twin.is_piecewise_affine:
        raise NotProved(f"the states of a {twin.activation} network are no fractions: they cannot be listed")
    if twin.phase_input:
        raise NotProved("a machine has an input at every step, and no phase input")
    machine, step = task.machine, _stepper(twin, task)
    shown_as = task.shows.encode(task.symbols(np.arange(int(machine.shown.max()) + 1))).tolist()
    first: tuple[Vector, int] = ((0,) * twin.hidden, machine.start)
    number: dict[tuple[Vector, int], int] = {first: 0}
    pairs: list[tuple[Vector, int]] = [first]
    words: list[tuple[int, ...]] = [()]
    moves, symbols = list[list[int]](), False
    for here, (state, q) in enumerate(pairs):
        row = list[int]()
        for a, (moved, seen) in enumerate(step(state)):
            target, word = int(machine.shown[q, a]), (*words[here], a)
            if list(seen) != shown_as[target]:
                symbols = True
                if (error := _wrong_symbol(task, seen, target, word)) is not None:
                    return error
            pair = (moved, int(machine.following[q, a]))
            if pair not in number:
                _check_size(len(pairs), moved)
                number[pair] = len(pairs)
                pairs.append(pair)
                words.append(word)
            row.append(number[pair])
        moves.append(row)
    return Closed([state for state, _ in pairs], [q for _, q in pairs], moves, symbols)


def _stepper(twin: ExactRNN, task: MachineTask) -> Callable[[Vector], list[tuple[Vector, Vector]]]:
    """From a state to (next state, what is shown) for each letter. Whole numbers are Python's: twenty times faster, and equal."""
    sigma = activation(twin.activation).require("exact", "running in fractions")
    letters = task.encode_letters(np.arange(task.machine.letters)).tolist()
    bias, constant = twin.b_h or (0,) * twin.hidden, twin.b_y or (0,) * twin.dim
    fed = [[_whole(v + b) for v, b in zip(twin.W_uh.apply(letter), bias, strict=True)] for letter in letters]
    recurrent, read = _rows(twin.W_hh), _rows(twin.W_hy)

    def step(state: Vector) -> list[tuple[Vector, Vector]]:
        pulled = [sum(v * state[j] for j, v in row) for row in recurrent]
        moved = [tuple(_whole(sigma(a + b)) for a, b in zip(pulled, drive, strict=True)) for drive in fed]
        return [
            (
                h,
                tuple(
                    _whole(sum((v * h[j] for j, v in row), start)) for row, start in zip(read, constant, strict=True)
                ),
            )
            for h in moved
        ]

    return step


def _rows(matrix: RationalMatrix) -> list[list[tuple[int, Any]]]:
    return [[(j, _whole(v)) for j, v in matrix.row(i)] for i in range(matrix.shape[0])]


def _whole(value: Any) -> Any:
    return int(value) if value.denominator == 1 else value


def _check_size(count: int, state: Vector) -> None:
    if count >= MOST_PAIRS:
        raise NotProved(f"words lead to more than {MOST_PAIRS} states of the network: they are not listed")
    if max(v.denominator.bit_length() + v.numerator.bit_length() for v in state) > _MOST_BITS:
        raise NotProved(
            f"the states of the network have fractions of more than {_MOST_BITS} bits: they are not finitely many, or not listed"
        )


def _wrong_symbol(task: MachineTask, seen: Any, target: int, word: tuple[int, ...]) -> FirstError | None:
    """The error, where a symbol is wrong for sure: another codeword is at least as near as its own, |y − w|² = |y|² − (2 y·w − |w|²)."""
    width = task.shows.width
    for c, symbol in enumerate(task.symbols(target).tolist()):
        own = seen[c * width : (c + 1) * width]
        near = [
            sum((2 * y * int(w) for y, w in zip(own, code, strict=True)), 0 * own[0]) - int(code @ code)
            for code in task.shows.codewords
        ]
        if any(bool(near[symbol] <= other) for s, other in enumerate(near) if s != symbol):
            rows = tuple(tuple(map(str, row)) for row in task.read_letters(word).tolist())
            told = ", ".join(shown(v) if isinstance(v, int | Fraction) else v.str(8, radius=False) for v in own)
            return FirstError(len(word), c, rows, told, str(symbol), "symbol")
    return None


# ---------------------------------------------------------------------------------------------------- a wrong output


def find_stream_error(net: ExactRNN | Network, task: StreamTask) -> FirstError | None:
    """A wrong output and the inputs that lead to it, confirmed; None if none is found, and of a rule on integers none is looked for."""
    if isinstance(task, LinearFilter):
        return _filter_error(net, task)
    return _random_error(net, task) if isinstance(task, MachineTask) else None


def _random_error(net: ExactRNN | Network, task: MachineTask) -> FirstError | None:
    """Random words in floats; where a symbol is wrong the word is run again in fractions or balls."""
    runner = net.to_float() if isinstance(net, ExactRNN) else net
    letters = np.random.default_rng(0).integers(task.machine.letters, size=(_WORDS, _LETTERS))
    wrong = task.read(runner.run(task.encode_letters(letters).astype(float)).outputs) != task.machine.run(letters)
    for t, k in np.argwhere(wrong.T)[:_TRIES].tolist():
        word = letters[k, : t + 1]
        inputs: Any = task.encode_letters(word).astype(object)
        try:
            exact = isinstance(net, ExactRNN) and net.is_piecewise_affine
            seen = net.run(inputs).outputs if exact else outputs_in_balls(net, inputs, len(word))  # type: ignore[union-attr]
        except NotProved:
            continue
        target = int(task.machine.run(word[None])[0, -1])
        if (error := _wrong_symbol(task, list(seen[-1]), target, tuple(word.tolist()))) is not None:
            return error
    return None


def _filter_error(net: ExactRNN | Network, task: LinearFilter) -> FirstError | None:
    """Of a linear network the first step at which some inputs show a wrong value: there an affine function that is not 0 is made not to vanish."""
    if not isinstance(net, ExactRNN) or net.activation != "identity" or net.phase_input:
        return None
    wrong = _first_parameter(net, task, net.hidden + task.minimal.order)
    constant = _first_constant(net)
    steps = min(wrong[0] + 1 if wrong else constant or 0, constant or 10**9)
    if not steps:
        return None
    low, high = task.inputs[0], task.inputs[-1]
    word = [[low] * task.d_in for _ in range(steps)]
    for tried in (None, 0) if wrong and wrong[0] + 1 == steps else (None,):
        if tried is not None:
            word[tried][wrong[2]] = high  # type: ignore[index]
        seen, wanted = net.run(np.array(word, dtype=object)).outputs[-1], task.targets([word])[0, -1]
        for c, (y, u) in enumerate(zip(seen, wanted, strict=True)):
            if y != u:
                rows = tuple(tuple(str(v) for v in row) for row in word)
                return FirstError(steps, c, rows, shown(y), shown(Fraction(u)), "value")
    return None
