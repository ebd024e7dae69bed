r"""Check again that a tanh or sigmoid network has a task for all inputs and all t > s, in integers, with the standard library only.

Part of `proofs/verify.py`. The certificate names a radius r, a number of steps m, and a centre p_k for each state k of the task that lies on a
cycle. With

    A_k = D(σ'(W p_k + b)) W,      ρ ≥ |σ(W p_k + b) − p_{Gk}|,      n(k, l) ≥ ‖A_{G^{l−1}k} ⋯ A_k‖,      C = sup |σ''|,

all norms the maximum's, a state that is within r of p_k is after j steps within r_j(k) of p_{G^j k}:

    r_0 = r,      r_j(k) = n(k, j) r + Σ_{t<j} n(G^{t+1} k, j − t − 1) (½ C (‖W‖ r_t(k))² + ρ).

Demanded are r_m(k) ≤ r, and that the read-out tells the right symbol apart from all others, with the claimed room, wherever that leaves the
state; and that each of the q^n inputs, run from h(0) = 0, is in the ball of its task state when the certificate says so, with the claimed room at
every output before.

All numbers are integers, multiples of a power of two: x stands for x / 2^P. Each comes with a bound of how far it is off, in the same unit. A list of
numbers is one large integer, its *packed* form Σ_k v_k 2^{8wk}, so that a number times a list is one product. A product of Jacobians is computed with
entries rounded down: what that adds to n is the same sum over products as above, with one unit for each entry in place of the remainder.

Where the claim is about float64, too, what a step may add to ρ is checked; that the program's own run ends in the balls is not.
"""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import isqrt, lcm
from typing import Any, NamedTuple

if __package__:
    from .verify_finite import FiniteTask
    from .verify_form import spend
    from .verify_networks import LinearTask, NetworkRead, demand, number, read_network, rounded_down
else:  # run as a script, perhaps with -I, which leaves its folder out
    from verify_finite import FiniteTask
    from verify_form import spend
    from verify_networks import LinearTask, NetworkRead, demand, number, read_network, rounded_down

ORBITS = "orbits"
"""The kind of the certificate."""
_MOST_STATES, _MOST_COMPONENTS, _MOST_SYMBOLS = 4096, 12, 64
_MOST_STEPS, _MOST_ENTRY, _MOST_BITS = 400, 2000, 2**14
_GRID = 50
_UNIT = 56
"""P of Jacobians and radii."""
_LARGEST = 2**40
"""Of norms: a product of Jacobians that is larger is refused."""


class _Task(NamedTuple):
    """A task on symbols: codewords, the symbols of all states, oldest first, and the number of the next state of each."""

    s: int
    d: int
    words: list[list[int]]
    states: list[tuple[int, ...]]
    after: list[int]

    def newest(self, state: int) -> tuple[int, ...]:
        """What is shown."""
        return self.states[state][-self.d :]


def verify_orbits(claims: dict[str, Any], linear: LinearTask | None) -> str:
    """Check the claims; returns in one line what was checked, and what was not.

    Args:
        claims: of the certificate.
        linear: its task, where it is a linear one.

    Raises:
        FalseClaimError: if a claim is false, or does not follow.
        ValueError: if the claims do not fit each other, or are too large to be checked.
    """
    task = _read_task(claims["task"], linear)
    width = task.d * len(task.words[0])
    floats = claims["weights"] == "float64" or claims["rounding"] is not None
    net = read_network(claims["network"], width, float64=floats)
    demand(net.cell in _CURVATURE, f"balls are not laid for {net.cell} units")
    exact = "signs" if linear is not None else "symbols"
    demand(claims["exact_for"] == exact, f"{exact} follow, not {str(claims['exact_for'])[:40]!r}")
    room = number(claims["tolerance"])
    demand(room > 0, "the tolerance must be positive")
    on_signs = len(task.words) == 2 and width == task.d and task.words[0] == [1]
    margin = claims["margin"] if claims["margin"] is None else number(claims["margin"])
    demand(
        margin == (room if on_signs else None), "the margin is the tolerance where signs are shown, and none elsewhere"
    )
    balls = _Balls(claims, task, net)
    balls.check(room)
    unseen = ["whose float64 weights these are" if claims["weights"] == "float64" else "whose rational twin this is"]
    if claims["rounding"] is not None:
        balls.check_rounding(number(claims["rounding"]))
        unseen.insert(0, "that the float64 program ends in the balls")
    bound = f", |y| ≥ {rounded_down(room)}" if on_signs else ""
    return f"orbits: {exact} exact for all t > s{bound}; not rechecked: {'; '.join(unseen)}"


def _read_task(described: dict[str, Any], linear: LinearTask | None) -> _Task:
    if linear is None:
        finite = FiniteTask(described)
        s, d, q, words, rules = finite.s, finite.d, finite.q, finite.words, finite.rules
    else:
        demand(sorted(linear.inputs) == [-1, 1], "only selections of signs have two symbols")
        s, d, q, words = linear.s, linear.d, 2, [[1], [-1]]
        demand(all(len(row) == 1 and abs(v) == 1 for row in linear.rows for v in row.values()), "no selection of signs")
        ((*rules,),) = ([([j], [0, 1] if v > 0 else [1, 0]) for row in linear.rows for j, v in row.items()],)
        demand(len(rules) == d, "no selection of signs")
    n = s * d
    if n > _MOST_COMPONENTS or q > _MOST_SYMBOLS or q**n > _MOST_STATES:
        raise ValueError("more states than balls are laid around")
    states = [()]
    for _ in range(n):
        states = [(*state, a) for state in states for a in range(q)]
    after: list[int] = []
    for state in states:
        number_ = 0
        for a in state[d:]:
            number_ = number_ * q + a
        for reads, table in rules:
            place = 0
            for j in reads:
                place = place * q + state[j]
            number_ = number_ * q + table[place]
        after.append(number_)
    return _Task(s, d, words, states, after)


# ------------------------------------------------------------------------------------------------------- fixed point


def _rounded(value: Fraction, bits: int) -> int:
    """⌊value · 2^bits⌋."""
    return (value.numerator << bits) // value.denominator


def _up(value: Fraction, bits: int) -> int:
    return -_rounded(-value, bits)


def fixed_exp(y: int, bits: int) -> int:
    """e^−y for y ≥ 0, both multiples of 2^−bits, off by less than two units.

    In units of 2^−(bits + 64) each of n terms of the series is off by 2, and the rest is less than 1; a square of a number up to 1 makes e of that
    2e + 2. So k squares leave less than 2^k (2n + 3), and that is below 2^45, as k ≤ 32 and n < 2^11: far below one of 2^−bits.
    """
    if y >= bits << bits:  # e^−bits < 2^−bits
        return 0
    precision, halvings = bits + 64, min(32, 8 + isqrt(bits) // 2 + (y >> bits).bit_length())
    x = (y << 64) >> halvings
    term = total = 1 << precision
    n = 1
    while term:
        term = -(term * x >> precision) // n
        total += term
        n += 1
    for _ in range(halvings):
        total = total * total >> precision
    return total >> 64


def fixed_sigma(name: str, z: int, bits: int) -> int:
    """σ(z) in multiples of 2^−bits, off by at most four units."""
    one = 1 << bits
    if name == "sigmoid":
        e = fixed_exp(abs(z), bits)
        return one * one // (one + e) if z >= 0 else one * e // (one + e)
    e = fixed_exp(2 * abs(z), bits)
    value = (one - e) * one // (one + e)
    return value if z >= 0 else -value


_SIGMA_OFF = 4
_CURVATURE = {"tanh": Fraction(77, 100), "sigmoid": Fraction(97, 1000)}
"""Above sup |σ''|: 4/(3√3) = .76980…, and 1/(6√3) = .09622…"""


def _pack(values: Iterable[int], width: int) -> int:
    """Σ_k v_k 2^{8 width k}, for |v_k| < 2^{8 width − 1}."""
    half = 1 << (8 * width - 1)
    joined = [(v + half).to_bytes(width, "little") for v in values]
    return int.from_bytes(b"".join(joined), "little") - _halves(len(joined), width)


def _unpack(packed: int, count: int, width: int) -> list[int]:
    half = 1 << (8 * width - 1)
    data = (packed + _halves(count, width)).to_bytes(count * width, "little")
    return [int.from_bytes(data[k : k + width], "little") - half for k in range(0, count * width, width)]


def _halves(count: int, width: int) -> int:
    """2^{8 width − 1} at each of so many places."""
    return (1 << (8 * width - 1)) * (((1 << (8 * width * count)) - 1) // ((1 << (8 * width)) - 1))


# --------------------------------------------------------------------------------------------------------------- the balls


class _Form(NamedTuple):
    """Positive where codeword `right` of component c is nearer than another one: row · h / scale + constant."""

    component: int
    right: int
    row: dict[int, int]
    scale: int
    constant: Fraction
    norm: Fraction

    def at(self, state: Sequence[int], bits: int) -> Fraction:
        """Its value where h is given in multiples of 2^−bits."""
        return Fraction(sum(v * state[j] for j, v in self.row.items()), self.scale << bits) + self.constant


class _Balls:
    """What a certificate claims, read."""

    def __init__(self, claims: dict[str, Any], task: _Task, net: NetworkRead) -> None:
        self.task, self.net, self.hidden = task, net, len(net.recurrent)
        recurrent = set(range(len(task.states)))
        while len(images := {task.after[k] for k in recurrent}) < len(recurrent):
            recurrent = images
        self.recurrent = sorted(recurrent)
        self.place = {state: k for k, state in enumerate(self.recurrent)}
        self.next = [self.place[task.after[state]] for state in self.recurrent]
        self.radius, self.steps, self.bits = number(claims["radius"]), claims["steps"], claims["bits"]
        self.centres, self.entered = claims["centres"], claims["entered"]
        size, N = len(self.recurrent), self.hidden
        if not (0 < self.radius <= 1 and 1 <= self.steps <= _MOST_STEPS and _UNIT <= self.bits <= _MOST_BITS):
            raise ValueError("radius, steps or bits are out of range")
        if len(self.centres) != size or any(len(row) != N for row in self.centres):
            raise ValueError("there is one centre for each state on a cycle, with a number for each unit")
        if len(self.entered) != len(task.states) or any(not 0 <= t <= _MOST_ENTRY for t in self.entered):
            raise ValueError("each input enters its ball at some time")
        self.size = max(sum(map(abs, row.values()), Fraction(0)) for row in net.recurrent)
        demand(self.size <= 2**20, "weights are larger than is looked at")
        # In microseconds: the Jacobians, their products, the sums over them, and the runs of all inputs.
        spend(size * N * (N // 4 + 16) + 2 * size * self.steps * N * N + size * self.steps**2)
        spend(sum(t + task.s + 1 for t in self.entered) * N * (8 + self.bits // 16 + N // 16))
        self.forms = self._forms()
        self.norms: list[list[int]] = []
        self.rho = 0

    def _forms(self) -> list[_Form]:
        """The linear forms of the state that have to be positive, over ‖w_a − w_b‖₁."""
        words, width, found = self.task.words, len(self.task.words[0]), list[_Form]()
        for c in range(self.task.d):
            for right, w in enumerate(words):
                for other in words:
                    if other != w:
                        apart = [Fraction(a - b) for a, b in zip(w, other, strict=True)]
                        size = sum(map(abs, apart))
                        row: dict[int, Fraction] = {}
                        constant = Fraction(sum(b * b for b in other) - sum(a * a for a in w)) / (2 * size)
                        for i, v in enumerate(apart):
                            constant += v / size * self.net.read_bias[c * width + i]
                            for j, weight in self.net.read[c * width + i].items():
                                row[j] = row.get(j, Fraction(0)) + v / size * weight
                        scale = lcm(*(v.denominator for v in row.values()))
                        whole_row = {j: int(v * scale) for j, v in row.items()}
                        norm = sum(map(abs, row.values()), Fraction(0))
                        found.append(_Form(c, right, whole_row, scale, constant, norm))
        return found

    def check(self, room: Fraction) -> None:
        """Balls are led into balls, symbols are right there, and inputs lead into them."""
        self._measure()
        self._check_radii(room, 0, Fraction(0))
        self._check_entry(room)

    def check_rounding(self, added: Fraction) -> None:
        """The same balls where each step is off by so much, and sums by their share."""
        share = Fraction(self.hidden + 8, 2**50)
        rows = [sum(map(abs, row.values()), abs(b)) for row, b in zip(self.net.recurrent, self.net.bias, strict=True)]
        demand(added >= share * max(1, *rows), "a step of the float64 program may be off by more")
        self._check_radii(Fraction(0), _up(added + Fraction(1, 2**1000), _UNIT), share)

    # ------------------------------------------------------------------------------------------- Jacobians

    def _measure(self) -> None:
        """ρ, and n(k, l) for l ≤ m."""
        bits, N = _UNIT + 64, self.hidden
        weights = [{j: _rounded(v, bits) for j, v in row.items()} for row in self.net.recurrent]
        bias = [_rounded(v, bits) for v in self.net.bias]
        jacobians: list[list[dict[int, int]]] = []
        worst = 0
        for k, centre in enumerate(self.centres):
            rows: list[dict[int, int]] = []
            for i in range(N):
                # weights and bias are rounded by a unit each, |p| ≤ 1, and σ' ≤ 1: z and σ(z) are off by N + 2 and N + 6
                z = (sum(w * centre[j] for j, w in weights[i].items()) >> _GRID) + bias[i]
                h = fixed_sigma(self.net.cell, z, bits)
                target = self.centres[self.next[k]][i] << (bits - _GRID)
                worst = max(worst, abs(h - target) + N + 2 + _SIGMA_OFF)
                slope = (1 << bits) - (h * h >> bits) if self.net.cell == "tanh" else h * ((1 << bits) - h) >> bits
                rows.append({j: slope * w >> (2 * bits - _UNIT) for j, w in weights[i].items()})
            jacobians.append(rows)
        self.rho = (worst >> (bits - _UNIT)) + 1
        # An entry of A is off by less than two units of 2^−P: one from rounding down, far less from the slope, as |w| ≤ 2^20. So A is by 2N in norm.
        self.norms = self._products(jacobians, 2 * N)

    def _products(self, jacobians: list[list[dict[int, int]]], off: int) -> list[list[int]]:
        """n(k, l) in units of 2^−P, by l and then by k.

        Let Q_l be what is computed for a product P_l of l. Q_{l+1} = A Q_l + Δ, where A's own error adds off · ‖Q_l‖, and rounding down N units:
        so ‖P_l − Q_l‖ is at most Σ_t n(G^{t+1} k, l − t − 1) (off ‖Q_t‖ + N).
        """
        N, count = self.hidden, len(jacobians)
        width = (2 * _UNIT + 20 + 41 + N.bit_length()) // 8 + 1
        unit = 1 << _UNIT
        current = [[_pack([unit if i == j else 0 for j in range(N)], width) for i in range(N)] for _ in range(count)]
        at, orbit = list(range(count)), [list(range(count))]
        norms, lost = [[unit] * count], list[list[int]]()
        sizes = [unit] * count
        for l in range(1, self.steps + 1):
            lost.append([(off * size >> _UNIT) + 1 + N for size in sizes])
            fresh: list[list[int]] = []
            sizes = []
            for k in range(count):
                rows, largest = list[int](), 0
                for own in jacobians[at[k]]:
                    values = _unpack(sum(a * current[k][j] for j, a in own.items()), N, width)
                    values = [v >> _UNIT for v in values]
                    largest = max(largest, sum(map(abs, values)))
                    rows.append(_pack(values, width))
                demand(largest <= _LARGEST << _UNIT, "displacements grow beyond what is looked at")
                fresh.append(rows)
                sizes.append(largest)
            current, at = fresh, [self.next[k] for k in at]
            orbit.append(at)
            norms.append(
                [
                    sizes[k] + sum((norms[l - t - 1][orbit[t + 1][k]] * lost[t][k] >> _UNIT) + 1 for t in range(l))
                    for k in range(count)
                ]
            )
        self.orbit = orbit
        return norms

    # ------------------------------------------------------------------------------------------- radii and symbols

    def _check_radii(self, room: Fraction, added: int, share: Fraction) -> None:
        """r_m ≤ r for all k, and the forms positive by `room` on the way; with what rounding adds to a step and takes from a sum."""
        r, half = _up(self.radius, _UNIT), _up(_CURVATURE[self.net.cell] * self.size**2 / 2, _UNIT)
        shift = 2 * _UNIT
        off = [r] * len(self.recurrent)
        for k in range(len(self.recurrent)):
            remainders, here = list[int](), r
            for j in range(1, self.steps + 1):
                remainders.append((half * here * here >> shift) + 1 + self.rho + added)
                left = sum(self.norms[j - t - 1][self.orbit[t + 1][k]] * remainders[t] for t in range(j))
                here = (self.norms[j][k] * r + left >> _UNIT) + 1
                demand(here <= 1 << (_UNIT + 4), "a ball grows beyond all bounds")
                to = self.orbit[j][k]
                off[to] = max(off[to], here)
            demand(
                here <= _rounded(self.radius, _UNIT), f"the ball of state {self.recurrent[k]} is not led into a ball"
            )
        for k, state in enumerate(self.recurrent):
            for form in self.wanted(state):
                lost = form.norm * Fraction(off[k], 1 << _UNIT) + share * (form.norm + abs(form.constant))
                left = form.at(self.centres[k], _GRID) - lost
                demand(left > 0 and left >= room, f"there is less room at state {state} than is claimed")

    def wanted(self, state: int) -> list[_Form]:
        """Those that have to be positive there."""
        shown = self.task.newest(state)
        return [form for form in self.forms if shown[form.component] == form.right]

    # ------------------------------------------------------------------------------------------- the way in

    def _check_entry(self, room: Fraction) -> None:
        """Each input is in its ball when it is said to be, every symbol before is right by `room`."""
        run, task = _Run(self), self.task
        for t in range(task.s):
            codes = [[v for a in state[t * task.d : (t + 1) * task.d] for v in task.words[a]] for state in task.states]
            run.step([[*x, 1] for x in codes] if self.net.phase_input else codes)
        for t in range(max(self.entered) + 1):
            if t:
                run.step(None)
                run.check_symbols(room, t)
            run.leave(t)


class _Run:
    """States of all inputs that are not in their balls yet, each unit in fixed point and off by at most `off` of 2^−bits."""

    def __init__(self, balls: _Balls) -> None:
        self.balls, self.bits = balls, balls.bits
        net, count = balls.net, len(balls.task.states)
        self.inputs, self.states = list(range(count)), list(range(count))
        common = lcm(*(v.denominator for row in net.recurrent for v in row.values()))
        exact = common & (common - 1) == 0 and common.bit_length() <= self.bits  # else weights are rounded, too
        self.scale = common.bit_length() - 1 if exact else self.bits
        self.weights = [{j: _rounded(v, self.scale) for j, v in row.items()} for row in net.recurrent]
        self.driven = [{j: _rounded(v, self.bits) for j, v in row.items()} for row in net.driven]
        self.bias = [_rounded(v, self.bits) for v in net.bias]
        self.width = (self.bits + self.scale + 24 + balls.hidden.bit_length()) // 8 + 1
        self.rows, self.off = [0] * balls.hidden, 0

    def step(self, codes: list[list[int]] | None) -> None:
        """h ← σ(W h + U x + b), x from `codes` for each input; without them nothing is fed, and the task's own step is taken beside."""
        balls, fed = self.balls, codes or [[]] * len(self.inputs)
        rows: list[int] = []
        for i, own in enumerate(self.weights):
            packed = sum(w * self.rows[j] for j, w in own.items())
            sums = _unpack(packed, len(fed), self.width)
            drive = [self.bias[i] + sum(u * x[j] for j, u in self.driven[i].items() if x) for x in fed]
            values = [
                fixed_sigma(balls.net.cell, (z >> self.scale) + b, self.bits) for z, b in zip(sums, drive, strict=True)
            ]
            rows.append(_pack(values, self.width))
        # What it was off by goes through W. Rounded are, by a unit each: N weights, as |h| ≤ 1, those of what is fed, the sum and the bias; and σ.
        grown = self.off * balls.size
        self.off = (
            -(-grown.numerator // grown.denominator)
            + balls.hidden
            + max(sum(map(abs, x)) for x in fed)
            + 2
            + _SIGMA_OFF
        )
        self.rows = rows
        if codes is None:
            self.states = [balls.task.after[state] for state in self.states]

    def check_symbols(self, room: Fraction, t: int) -> None:
        """The forms of what is shown now are positive by `room`."""
        for x, state, h in zip(self.inputs, self.states, self._by_input(), strict=True):
            for form in self.balls.wanted(state):
                left = form.at(h, self.bits) - form.norm * Fraction(self.off, 1 << self.bits)
                demand(left >= room, f"there is less room at t = s + {t} after input {x} than is claimed")

    def leave(self, t: int) -> None:
        """Those that are said to be in their balls now are, and are run no further."""
        balls, limit = self.balls, _rounded(self.balls.radius, self.bits) - self.off
        staying: list[int] = []
        for k, h in enumerate(self._by_input()):
            x, state = self.inputs[k], self.states[k]
            if balls.entered[x] != t:
                staying.append(k)
                continue
            demand(state in balls.place, f"input {x} is on no cycle when it is said to be in a ball")
            centre = balls.centres[balls.place[state]]
            near = all(abs(v - (p << (self.bits - _GRID))) <= limit for v, p in zip(h, centre, strict=True))
            demand(near, f"input {x} is not in its ball at t = s + {t}")
        table = [_unpack(row, len(self.inputs), self.width) for row in self.rows]
        self.inputs, self.states = ([of[k] for k in staying] for of in (self.inputs, self.states))
        self.rows = [_pack([row[k] for k in staying], self.width) for row in table]

    def _by_input(self) -> list[tuple[int, ...]]:
        return list(zip(*(_unpack(row, len(self.inputs), self.width) for row in self.rows), strict=True))
