r"""Check again that a network has a task with an input at every step, for all words of all lengths, with the standard library only.

Part of `proofs/verify.py`. Two kinds:

    filter-values     of a linear network and a realization (A, B, C) of order r: W_hy W_hh^k W_uh = C A^k B for k = 0, …, N + r − 1.
                      Both sequences obey the product of the two characteristic polynomials, so they agree for ever. And
                      b_y + Σ_{k<t} W_hy W_hh^k b_h is 0 for t = 1, …, N + 1, so W_hy W_hh^k b_h is 0 for k = 1, …, N, hence for all k ≥ 1.
    machine-states    of a network of hard-tanh, ReLU or linear units and a machine (δ, λ): a list of pairs (h, q), the first (0, the start);
                      for each pair and letter the network's next state and δ(q, x) are again a pair of the list, and what is shown is
                      the codeword of λ(q, x), or nearer to it than to any other. By induction that holds for words of all lengths.

The list must be in the order in which words find its pairs, shorter words first, then by their letters, so that it holds no pair that no
word leads to.
"""

from fractions import Fraction
from itertools import product
from typing import Any

if __package__:
    from .verify_form import bits, cost, shown, spend, total
    from .verify_networks import NetworkRead, demand, number, read_network
else:  # run as a script, perhaps with -I, which leaves its folder out
    from verify_form import bits, cost, shown, spend, total
    from verify_networks import NetworkRead, demand, number, read_network

_Row = dict[int, Fraction]
_MOST_LETTERS, _MOST_DIMENSIONS = 4096, 512
_CELLS = {"filter-values": ("identity",), "machine-states": ("identity", "hard_tanh", "relu")}
STREAM_KINDS = tuple(_CELLS)


def verify_stream(kind: str, claims: dict[str, Any]) -> str:
    """Check the claims of one of `STREAM_KINDS`; returns in one line what was checked, and what was not.

    Raises:
        FalseClaimError: if a claim is false, or does not follow.
        ValueError: if the claims do not fit each other, or are too large to be checked.
    """
    task: _Filter | _Machine = (_Filter if kind == "filter-values" else _Machine)(claims["task"])
    net = read_network(claims["network"], task.d_out, claims["weights"] == "float64", task.d_in)
    demand(net.cell in _CELLS[kind] and not net.phase_input, f"not a network as {kind} has them")
    demand(claims["margin"] is None, f"{kind} has no margin")
    if isinstance(task, _Filter):
        _check_filter(claims, task, net)
    else:
        _check_machine(claims, task, net)
    origin = "whose float64 weights these are" if claims["weights"] == "float64" else "whose rational twin this is"
    return f"{kind}: {claims['exact_for']} exact for all words, in exact arithmetic; not rechecked: {origin}"


# ------------------------------------------------------------------------------------------------------------- filters


class _Filter:
    """A realization, by rows."""

    def __init__(self, described: dict[str, Any]) -> None:
        inputs = [Fraction(v) for v in described["inputs"]]
        if len(inputs) < 2 or sorted(set(inputs)) != inputs:
            raise ValueError("a task has two or more inputs, ascending")
        self.A, self.B, self.C = ([[number(v) for v in row] for row in described[name]] for name in "ABC")
        order = len(self.A)
        if not 1 <= order <= _MOST_DIMENSIONS or not self.C or not self.B[0]:
            raise ValueError("the sizes of the task are out of range")
        self.d_in, self.d_out = len(self.B[0]), len(self.C)
        widths = {len(row) for row in self.A} | {len(row) for row in self.C} | {len(self.B)}
        if widths != {order} or {len(row) for row in self.B} != {self.d_in}:
            raise ValueError("A, B, C do not fit together")

    def rows(self) -> list[_Row]:
        """A, sparse."""
        return [{j: v for j, v in enumerate(row) if v} for row in self.A]


def _check_filter(claims: dict[str, Any], task: _Filter, net: NetworkRead) -> None:
    units, order = len(net.recurrent), len(task.A)
    demand(claims["exact_for"] == "values", "Markov parameters make values")
    demand(claims["terms"] == units + order, f"{units + order} terms decide")
    mine: list[_Row] = [dict(row) for row in net.read]
    its: list[_Row] = [{j: v for j, v in enumerate(row) if v} for row in task.C]
    step = task.rows()
    inputs = [{j: v for j, v in enumerate(row) if v} for row in task.B]
    seen = list(net.read_bias)
    for k in range(units + order):
        for one, other in zip(mine, its, strict=True):
            demand(_times(one, net.driven) == _times(other, inputs), f"the weight of x(t−{k}) differs")
        if k <= units:
            seen = [total([b, *(v * net.bias[j] for j, v in row.items())]) for b, row in zip(seen, mine, strict=True)]
            demand(not any(seen), f"a bias shows at t = {k + 1}")
        mine, its = [_times(row, net.recurrent) for row in mine], [_times(row, step) for row in its]


def _times(row: _Row, matrix: list[_Row]) -> _Row:
    """A row times a matrix."""
    found: _Row = {}
    for i, v in row.items():
        for j, w in matrix[i].items():
            found[j] = found.get(j, Fraction(0)) + v * w
            spend(1 + cost(bits(found[j])))
    return {j: v for j, v in found.items() if v}


# ------------------------------------------------------------------------------------------------------------ machines


class _Machine:
    """Tables, and the codewords of letters and of what is shown."""

    def __init__(self, described: dict[str, Any]) -> None:
        self.following, self.shown_at, self.start = (described[key] for key in ("transitions", "shown", "start"))
        letters = _codes(*described["reads"])
        self.letters, self.d_in = [word for word, _ in letters], len(letters[0][0])
        self.answers = _codes(*described["shows"])
        self.words = _codewords(*described["shows"][:2])
        self.d_out = len(self.answers[0][0])
        states, width = len(self.following), len(self.letters)
        spend(states * width // 4)
        if not states or len(self.shown_at) != states or not 0 <= self.start < states:
            raise ValueError("a machine has states, one of which is the start")
        if any(len(row) != width for row in (*self.following, *self.shown_at)):
            raise ValueError("a machine has a transition for each letter")
        if any(not 0 <= q < states for row in self.following for q in row):
            raise ValueError("a transition leads to a state")
        if any(not 0 <= y < len(self.answers) for row in self.shown_at for y in row):
            raise ValueError("what is shown is a number of symbols")


def _codes(size: int, code: str, count: int) -> list[tuple[list[int], tuple[int, ...]]]:
    """(numbers, symbols) of all combinations of so many symbols, the first one leading."""
    if not (1 <= count <= 64 and 2 <= size <= 1024) or size**count > _MOST_LETTERS:
        raise ValueError("the alphabets are out of range")
    words = _codewords(size, code)
    spend(size**count * count * len(words[0]) // 4)
    return [([v for s in symbols for v in words[s]], symbols) for symbols in product(range(size), repeat=count)]


def _codewords(size: int, code: str) -> list[list[int]]:
    spend(size * size // 8)
    if code == "signs" and size == 2:
        return [[1], [-1]]
    if code == "pulses" and size == 3:
        return [[0], [1], [-1]]
    made = {
        "onehot": lambda a: [1 if a == b else -1 for b in range(size)],
        "indicator": lambda a: [1 if a == b else 0 for b in range(size)],
        "thermometer": lambda a: [1 if b < a else -1 for b in range(size - 1)],
        "numbers": lambda a: [a],
    }
    if code not in made:
        raise ValueError("that code is not one of so many symbols")
    return [made[code](a) for a in range(size)]


def _check_machine(claims: dict[str, Any], task: _Machine, net: NetworkRead) -> None:
    units, labels, moves = len(net.recurrent), claims["labels"], claims["moves"]
    states = [_state(given, units) for given in claims["states"]]
    if not len(states) == len(labels) == len(moves) or any(len(row) != len(task.letters) for row in moves):
        raise ValueError("each state has a label, and a move for each letter")
    demand(not states[0] and labels[0] == task.start, "the first pair is (0, the start)")
    pairs = [(tuple(state.items()), label) for state, label in zip(states, labels, strict=True)]
    demand(len(set(pairs)) == len(pairs), "a pair stands in the list twice")
    _check_order(moves)
    fed = [_fed(net, letter) for letter in task.letters]
    exact = True
    for state, q, row in zip(states, labels, moves, strict=True):
        if not 0 <= q < len(task.following):
            raise ValueError(f"no state {shown(q)} of the machine")
        pulled = [_dot(weights, state) for weights in net.recurrent]
        for a, into in enumerate(row):
            sums = (total((u, v)) for u, v in zip(pulled, fed[a], strict=True))
            moved = {i: v for i, z in enumerate(sums) if (v := _squashed(net.cell, z))}
            demand(moved == states[into], f"a letter {a} leads to another state of the network")
            demand(labels[into] == task.following[q][a], f"a letter {a} leads to another state of the machine")
            numbers, symbols = task.answers[task.shown_at[q][a]]
            seen = [total((b, _dot(weights, moved))) for weights, b in zip(net.read, net.read_bias, strict=True)]
            if seen != numbers:
                exact = False
                demand(_is_nearest(task, seen, symbols), f"what is shown after letter {a} is another symbol")
    follows = "values" if exact else "symbols"
    demand(claims["exact_for"] == follows, f"{follows} follow, not {claims['exact_for']}")


def _check_order(moves: list[list[int]]) -> None:
    """New pairs are met in the order of the list, and all of them are."""
    met = 1
    for here, row in enumerate(moves):
        demand(here < met, "no word leads to some pair")
        for into in row:
            demand(0 <= into <= met, "pairs are not in the order in which words find them")
            met += into == met
    demand(met == len(moves), "no word leads to some pair, or a move leads to none")


def _state(given: list[list[Any]], units: int) -> _Row:
    """A state of the network, its units ascending."""
    found: _Row = {}
    last = -1
    for i, v in given:
        if not last < i < units or v == "0":
            raise ValueError("the units of a state ascend, and none is 0")
        found[i], last = number(v), i
    return found


def _fed(net: NetworkRead, letter: list[int]) -> list[Fraction]:
    """What a letter and the biases add to each unit."""
    return [
        total([bias, *(v * letter[j] for j, v in row.items())]) for row, bias in zip(net.driven, net.bias, strict=True)
    ]


def _dot(row: _Row, column: _Row) -> Fraction:
    few, many = (row, column) if len(row) <= len(column) else (column, row)
    spend(1 + len(few) // 8)
    return total(v * many[j] for j, v in few.items() if j in many)


def _squashed(cell: str, z: Fraction) -> Fraction:
    if cell == "hard_tanh":
        return max(Fraction(-1), min(Fraction(1), z))
    return max(Fraction(0), z) if cell == "relu" else z


def _is_nearest(task: _Machine, seen: list[Fraction], symbols: tuple[int, ...]) -> bool:
    """Whether each symbol's codeword is nearer than all others: |y − w|² = |y|² − (2 y·w − |w|²)."""
    width = len(task.words[0])
    for c, symbol in enumerate(symbols):
        own = seen[c * width : (c + 1) * width]
        near = [total(2 * y * w - w * w for y, w in zip(own, word, strict=True)) for word in task.words]
        if any(other >= near[symbol] for s, other in enumerate(near) if s != symbol):
            return False
    return True
