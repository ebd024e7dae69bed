r"""Check again that a network of threshold units has a rule on symbols for all t > s, in fractions, with the standard library only.

Part of `proofs/verify.py`; of ReLU networks that hold symbols as numbers see `_check_interpolating`. The numbers that
show a variable are D = d·e of ±1, and place (k−1)D + j is number j of block k, block 1 the oldest. A *copy* holds one
place of an older block, up to a sign; place (s−1)D + c, of the newest block, is the sum of its *features* with
coefficients σ and of *carried* copies. The certificate writes the row of every unit that matters as one on places, W_i
= Σ A_p · held(p) + Δ_i; only ‖Δ_i‖_1 counts. Let copies lie in ±[1−ε, 1], features in ±[1−η, 1] (for hard tanh ε = η =
0), and for each number κ = Σ σ s ≥ 1, S = Σ |σ|, C = Σ |carried|, dev = η (S + max(κ, 1 + C))/2 + ε C.

Claim, by induction over t: for t ≤ s features are s_i x_c and every copy whose time has come holds its place; for t > s the sums that make the newest
block are within dev of the rule's next number. What carries each step:

    writes    the input outweighs all that is fed back, whatever the empty places hold: |copies| ≤ 1, |newest| ≤ κ + C + η (S − κ)/2
    copies    the source is at least 1 − ε, or min(1, κ − C) − dev for the newest block, against all other weights
    steps     on all codewords that the row reads, sums are far enough from 0, and their signs and the carried copies add up to the rule's number
    load      at t = s the newest block holds κ x_c + Σ carried instead of x_c: the same signs with as much room

The room is the least slack of all of them; the kicks the least slack over ‖W_i‖_1, for all conditions that hold after t = s. Tanh units give away
of each row what float64 may lose (`given_away`). All numbers that are claimed must be exactly those found here.
"""

from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple

if __package__:
    from .verify_form import TooLargeError, bits, common_denominator, cost, shown, spend, total
    from .verify_networks import (
        FLOATS,
        NetworkRead,
        demand,
        given_away,
        number,
        read_network,
        rounded_down,
        tanh_bounds,
    )
else:  # run as a script, perhaps with -I, which leaves its folder out
    from verify_form import TooLargeError, bits, common_denominator, cost, shown, spend, total
    from verify_networks import FLOATS, NetworkRead, demand, given_away, number, read_network, rounded_down, tanh_bounds

ZERO, ONE = Fraction(0), Fraction(1)
_MOST_COMPONENTS, _MOST_NUMBERS, _MOST_POINTS = 2**16, 2**17, 2**18


class FiniteTask:
    """A rule on symbols: for each output the components that it reads, and its table, the last read changing fastest."""

    def __init__(self, described: dict[str, Any]) -> None:
        self.s, self.d, self.q = (described[key] for key in ("num_variables", "dim", "alphabet"))
        if min(self.s, self.d) < 1 or self.s * self.d > _MOST_COMPONENTS or not 2 <= self.q <= 1024:
            raise ValueError("the sizes of the task are out of range")
        self.code = described["code"]
        self.words = _codewords(self.q, self.code)
        self.width = len(self.words[0])
        self.D = self.d * self.width
        if self.D > _MOST_NUMBERS or len(described["tables"]) != self.d:
            raise ValueError("a task has one table for each of its outputs, and not too many")
        self.rules: list[tuple[list[int], list[int]]] = []
        for table in described["tables"]:
            reads, values = [self._component(*read) for read in table["reads"]], table["table"]
            if sorted(set(reads)) != reads or len(reads) > 20 or len(values) != self.q ** len(reads):
                raise ValueError("reads ascend, and a table has one value for each of their combinations")
            if not all(0 <= v < self.q for v in values):
                raise ValueError("a table holds symbols")
            self.rules.append((reads, values))

    def _component(self, block: int, component: int) -> int:
        if not (1 <= block <= self.s and 0 <= component < self.d):
            raise ValueError(f"no component {component} of block {block}")
        return (block - 1) * self.d + component


def _codewords(q: int, code: str) -> list[list[int]]:
    spend(q * q // 8)
    if code == "signs" and q == 2:
        return [[1], [-1]]
    if code == "onehot":
        return [[1 if a == b else -1 for b in range(q)] for a in range(q)]
    if code == "thermometer":
        return [[1 if b < a else -1 for b in range(q - 1)] for a in range(q)]
    if code == "numbers":
        return [[a] for a in range(q)]
    raise ValueError("signs are the code of two symbols")


class _Feature(NamedTuple):
    unit: int
    sigma: int
    write: int
    row: dict[int, Fraction]


class _Number(NamedTuple):
    """A number of the newest block: its features and its carried (place, coefficient)."""

    features: list[_Feature]
    carried: list[tuple[int, int]]

    @property
    def written(self) -> int:
        spend(1 + len(self.features))
        return sum(one.sigma * one.write for one in self.features)

    @property
    def size(self) -> int:
        spend(1 + len(self.features))
        return sum(abs(one.sigma) for one in self.features)

    @property
    def extra(self) -> int:
        spend(1 + len(self.carried))
        return sum(abs(a) for _, a in self.carried)


class _Claimed(NamedTuple):
    """The certificate, read: the task, the network, numbers, copies by place, (ε, η) with what they need, and the share of rounding."""

    task: FiniteTask
    net: NetworkRead
    numbers: list[_Number]
    copies: dict[int, tuple[int, int, Fraction]]
    eps: Fraction
    eta: Fraction
    copied_need: Fraction
    composed_need: Fraction
    lost: Fraction

    @property
    def older(self) -> int:
        return (self.task.s - 1) * self.task.D

    def held(self, place: int) -> dict[int, int]:
        """The units whose sum a place is."""
        if place < self.older:
            unit, sign, _ = self.copies[place]
            return {unit: sign}
        its = self.numbers[place - self.older]
        found = {one.unit: one.sigma for one in its.features}
        for p, a in its.carried:
            unit, sign, _ = self.copies[p]
            found[unit] = found.get(unit, 0) + a * sign
        return found

    def deviation(self, its: _Number) -> Fraction:
        return self.eta * Fraction(its.size + max(its.written, 1 + its.extra), 2) + self.eps * its.extra

    def rest(self, unit: int, row: dict[int, Fraction]) -> Fraction:
        """‖W_i − Σ A_p held(p)‖_1, and the share that is given away; in integers, multiples of 1/scale."""
        own = self.net.recurrent[unit]
        scale = common_denominator((*own.values(), *row.values()))
        step = cost(bits(Fraction(scale)))
        spend(step * len(own))
        left = {j: v.numerator * (scale // v.denominator) for j, v in own.items()}
        for place, a in row.items():
            whole_a, held = a.numerator * (scale // a.denominator), self.held(place)
            spend(step * len(held))
            for j, v in held.items():
                left[j] = left.get(j, 0) - whole_a * v
        found = Fraction(sum(map(abs, left.values())), scale)
        if not self.lost:
            return found
        driven, bias = total(map(abs, self.net.driven[unit].values())), abs(self.net.bias[unit])
        return found + given_away(len(self.net.recurrent) + self.task.D, self.norm(unit), driven, bias, ONE)

    def norm(self, unit: int) -> Fraction:
        """‖W_i‖_1."""
        row = self.net.recurrent[unit].values()
        scale = common_denominator(row)
        spend(len(row) * cost(bits(Fraction(scale))))
        return Fraction(sum(abs(v.numerator) * (scale // v.denominator) for v in row), scale)


def verify_finite(kind: str, claims: dict[str, Any]) -> str:
    """Check the claims of one of `FINITE_KINDS`; returns in one line what was checked, and what was not.

    Raises:
        FalseClaimError: if a claim is false, or does not follow.
        ValueError: if the claims do not fit each other, or are too large to be checked.
    """
    cell = FINITE_KINDS[kind]
    task = FiniteTask(claims["task"])
    net = read_network(claims["network"], task.D, float64=claims["weights"] == "float64")
    demand(
        net.cell == cell and net.phase_input is (cell == "relu"), f"not a network of {cell} units as {kind} has them"
    )
    origin = "whose float64 weights these are" if claims["weights"] == "float64" else "whose rational twin this is"
    if cell == "relu":
        _check_interpolating(claims, task, net)
        return f"{kind}: values exact for all t > s, in exact arithmetic; not rechecked: {origin}"
    bound, unseen = _check_thresholds(claims, task, net)
    told = "; ".join((*unseen, origin))
    where = "exact and float64 arithmetic" if unseen else "exact arithmetic"
    shows = f"{claims['exact_for']} exact for all t > s, |y| ≥ {rounded_down(bound)}, in {where}"
    return f"{kind}: {shows}; not rechecked: {told}"


def _check_thresholds(claims: dict[str, Any], task: FiniteTask, net: NetworkRead) -> tuple[Fraction, tuple[str, ...]]:
    """The margin, and what is not looked at."""
    demand(task.code != "numbers", "threshold units show ±1, not numbers")
    read = _read(claims, task, net)
    slacks = [*_copy_slacks(read)]
    for c, its in enumerate(read.numbers):
        slacks += _step_slacks(read, c, its)
    room = min(slack for slack, _ in slacks)
    demand(room >= 0, "a condition fails")
    demand(number(claims["room"]) == room, f"the room is {shown(room)}")
    kicks = min((slack / norm for slack, norm in slacks if norm), default=None)
    claimed = claims["kicks"] if claims["kicks"] is None else number(claims["kicks"])
    demand(claimed == kicks, f"the kicks are {shown(kicks)}")
    margin, faithful = _read_out(read)
    demand(margin > 0 and number(claims["margin"]) == margin, f"the margin is {shown(margin)}, and must be positive")
    exact = "values" if faithful and not read.lost else "symbols"
    demand(claims["exact_for"] == exact, f"{exact} follow, not {claims['exact_for']}")
    return margin, (FLOATS,) if read.lost else ()


def _read(claims: dict[str, Any], task: FiniteTask, net: NetworkRead) -> _Claimed:
    units, older = len(net.recurrent), (task.s - 1) * task.D
    numbers = [_Number([], []) for _ in range(task.D)]
    used: set[int] = set()
    for c, unit, sigma, write, row in claims["features"]:
        if not (0 <= c < task.D and 0 <= unit < units and unit not in used and sigma):
            raise ValueError(f"no such feature: {[c, unit, sigma]}")
        if write not in (-1, 1):
            raise ValueError("a feature is written with the sign 1 or -1")
        places = [p for p, _ in row]
        if places != sorted(set(places)) or not all(0 <= p < task.s * task.D for p in places):
            raise ValueError("places ascend")
        used.add(unit)
        numbers[c].features.append(_Feature(unit, sigma, write, {p: number(a) for p, a in row}))
    copies: dict[int, tuple[int, int, Fraction]] = {}
    for place, unit, sign, weight in claims["copies"]:
        if not (0 <= place < older and 0 <= unit < units) or place in copies or unit in used:
            raise ValueError(f"no such copy: {[place, unit]}")
        if sign not in (-1, 1):
            raise ValueError("a copy has the sign 1 or -1")
        used.add(unit)
        copies[place] = (unit, sign, number(weight))
    for c, place, a in claims["carried"]:
        if not (0 <= c < task.D and place in copies and a):
            raise ValueError(f"nothing such is carried: {[c, place, a]}")
        numbers[c].carried.append((place, a))
    _check_needed(task, copies, numbers)
    demand(all(its.features and its.written >= 1 for its in numbers), "a number is not written by units of its own")
    copied, composed = (number(v) for v in claims["floors"])
    lost = Fraction(1, 2**50) if net.cell == "tanh" else ZERO
    demand(number(claims["rounding"]) == lost, f"the share given away is {lost}")
    needs = [number(v) for v in claims["needs"]]
    if net.cell == "hard_tanh":
        demand([copied, composed, *needs] == [1] * 4, "hard-tanh units reach 1, and need 1 for it")
    else:
        demand(0 < copied < 1 and 0 < composed < 1, "tanh units reach less than 1")
        for need, floor in zip(needs, (copied, composed), strict=True):
            demand(tanh_bounds(need)[0] >= floor, f"tanh {rounded_down(need)} may be below what units are to reach")
    return _Claimed(task, net, numbers, copies, 1 - copied, 1 - composed, needs[0], needs[1], lost)


def _check_needed(task: FiniteTask, copies: dict[int, Any], numbers: list[_Number]) -> None:
    """The copies are those of places that are read or carried, and of all places between them and the newest block; no others."""
    older, wanted = (task.s - 1) * task.D, set[int]()
    starts = {j * task.width + b for reads, _ in task.rules for j in reads for b in range(task.width)}
    starts |= {place for its in numbers for place, _ in its.carried}
    for start in sorted(starts):
        for place in range(start, older, task.D):
            if place in wanted:
                break  # and so are those after it
            demand(place in copies, f"no unit copies place {place}")
            wanted.add(place)
    if wanted != set(copies):
        raise ValueError("a copy is listed that nothing needs")


def _copy_slacks(read: _Claimed) -> list[tuple[Fraction, Fraction]]:
    """(slack, ‖W_i‖) of each copy."""
    slacks: list[tuple[Fraction, Fraction]] = []
    for place, (unit, sign, weight) in read.copies.items():
        source = place + read.task.D
        if source < read.older:
            least = 1 - read.eps
        else:
            its = read.numbers[source - read.older]
            least = min(1, its.written - its.extra) - read.deviation(its)
        inputs = map(abs, read.net.driven[unit].values())
        against = total([read.rest(unit, {source: sign * weight}), abs(read.net.bias[unit]), *inputs])
        demand(weight > 0, f"unit {unit} does not copy")
        slacks.append((weight * least - against - read.copied_need, read.norm(unit)))
    return slacks


def _step_slacks(read: _Claimed, c: int, its: _Number) -> list[tuple[Fraction, Fraction]]:
    """(slack, ‖W_i‖) of the steps of a number and (slack, 0) of its writes."""
    task, older = read.task, read.older
    table_reads, table = task.rules[c // task.width]
    reads = sorted(
        {*table_reads}
        | {(place + task.D) // task.width for place, _ in its.carried}
        | {
            p // task.width
            for one in its.features
            for q in one.row
            if q >= older
            for p, _ in read.numbers[q - older].carried
        }
    )
    points = task.q ** len(reads) if len(reads) <= 20 else _MOST_POINTS + 1
    if points > _MOST_POINTS:
        raise TooLargeError(f"too large to be checked here: more than {_MOST_POINTS} codewords")
    spend(points)
    axis = {j: i for i, j in enumerate(reads)}
    strides = {j: task.q ** (len(table_reads) - 1 - i) for i, j in enumerate(table_reads)}
    wanted = [
        task.words[table[i]][c % task.width]
        for i in _sums([[strides.get(j, 0) * x for x in range(task.q)] for j in reads], 0)
    ]
    reached = _sums(_by_symbol([(place + task.D, a) for place, a in its.carried], axis, task), 0)
    slacks: list[tuple[Fraction, Fraction]] = []
    for one in its.features:
        demand(all(p // task.width in axis for p in one.row), f"unit {one.unit} reads what the rule does not")
        free, loaded = _terms(read, one)
        lists: list[list[int]] = []
        scale = common_denominator((read.net.bias[one.unit], *one.row.values()))
        longest = max((bits(a * scale) for _, a in (*free, *loaded)), default=0)
        spend((points + task.q * len(loaded)) * (1 + longest // 256))
        for terms in (free, loaded) if loaded != free else (free,):
            whole_terms = [(p, int(a * scale)) for p, a in terms]
            lists.append(_sums(_by_symbol(whole_terms, axis, task), int(read.net.bias[one.unit] * scale)))
        demand(all(all(values) for values in lists), f"unit {one.unit} is no step")
        demand(
            all((a > 0) == (b > 0) for a, b in zip(lists[0], lists[-1], strict=True)),
            f"unit {one.unit} steps otherwise after the load",
        )
        reached = [t + (one.sigma if v > 0 else -one.sigma) for t, v in zip(reached, lists[0], strict=True)]
        least = Fraction(min(abs(v) for values in lists for v in values), scale)
        rest, moved = read.rest(one.unit, one.row), ZERO
        for place, a in one.row.items():
            off = read.eps if place < older else read.deviation(read.numbers[place - older])
            moved = total([moved, abs(a) * off])
        slacks.append((least - moved - rest - read.composed_need, read.norm(one.unit)))
        slacks.append((_write(read, c, one) - rest, ZERO))
    demand(reached == wanted, f"number {c} is not the rule's on some codewords")
    return slacks


def _terms(read: _Claimed, one: _Feature) -> tuple[list[tuple[int, Fraction]], list[tuple[int, Fraction]]]:
    """The row of a feature on places after a free step, and after the load: the newest block then holds κ x + Σ carried."""
    free, loaded = list(one.row.items()), list[tuple[int, Fraction]]()
    for place, a in free:
        if place < read.older:
            loaded.append((place, a))
            continue
        its = read.numbers[place - read.older]
        loaded.append((place, a * its.written))
        loaded += [(p, a * b) for p, b in its.carried]
    return free, loaded


def _write(read: _Claimed, c: int, one: _Feature) -> Fraction:
    """What an input leaves of a write, before the rest of the row."""
    driven = read.net.driven[one.unit]
    own = driven.get(c, ZERO)
    others = total(map(abs, driven.values())) - abs(own)
    fed = abs(read.net.bias[one.unit])
    for place, a in one.row.items():
        most = ONE
        if place >= read.older:
            its = read.numbers[place - read.older]
            most = its.written + its.extra + read.eta * Fraction(its.size - its.written, 2)
        fed = total([fed, abs(a) * most])
    return own * one.write - others - fed - read.composed_need


def _by_symbol(terms: list[tuple[int, int]], axis: dict[int, int], task: FiniteTask) -> list[list[int]]:
    """For each symbol that is read, what it adds for each of its values: places are numbers of its codeword."""
    added = [[0] * task.q for _ in axis]
    for place, a in terms:
        own, bit = added[axis[place // task.width]], place % task.width
        for x in range(task.q):
            own[x] += a * task.words[x][bit]
    return added


def _sums(added: list[list[int]], constant: int) -> list[int]:
    """The sums on all combinations of symbols, the last one changing fastest."""
    found = [constant]
    for own in added:
        found = [v + a for v in found for a in own]
    return found


def _read_out(read: _Claimed) -> tuple[Fraction, bool]:
    """A lower bound of |y|, and whether the read-out is exactly the newest block."""
    margins: list[Fraction] = []
    faithful = True
    for c, its in enumerate(read.numbers):
        row, ideal = read.net.read[c], read.held(read.older + c)
        off = (abs(row.get(j, ZERO) - ideal.get(j, 0)) for j in row.keys() | ideal.keys())
        rest = total([abs(read.net.read_bias[c]), *off])
        faithful = faithful and not rest
        size = total(map(abs, row.values()))
        rounding = given_away(len(row), size, ZERO, rest, ONE) if read.lost else ZERO
        margins.append(1 - read.deviation(its) - rest - rounding)
    return min(margins), faithful


def _check_interpolating(claims: dict[str, Any], task: FiniteTask, net: NetworkRead) -> None:
    """Symbols as numbers in ReLU units: the newest block is an input unit, features and their coefficients in the read-out; rows are exact.

    Every place holds a symbol, or 0 before it is filled. A feature is silent while inputs come, so that the newest
    block is then the input; afterwards the input unit is 0, and the features add up to the rule's symbol on all that
    it reads.
    """
    demand(task.code == "numbers", "relu units show numbers")
    demand(claims["exact_for"] == "values" and claims["margin"] is None, "values follow, without a margin")
    demand(not any(net.read_bias), "the read-out has a bias")
    units, older = len(net.recurrent), (task.s - 1) * task.d
    inputs: list[int] = claims["inputs"]
    if len(inputs) != task.d or not all(0 <= unit < units for unit in inputs) or len(set(inputs)) < task.d:
        raise ValueError("each component has an input unit of its own")
    for c, unit in enumerate(inputs):
        right = (
            net.driven[unit] == {c: 1} and not net.recurrent[unit] and not net.bias[unit] and net.read[c].get(unit) == 1
        )
        demand(right, f"unit {unit} does not take input {c} alone, or output {c} does not show it")
        demand(all(k == c or unit not in row for k, row in enumerate(net.read)), f"unit {unit} is in another output")
    copies: dict[int, int] = {}
    for place, unit in claims["copies"]:
        if not (0 <= place < older and 0 <= unit < units) or place in copies:
            raise ValueError(f"no such copy: {[place, unit]}")
        copies[place] = unit

    def held(place: int) -> dict[int, Fraction]:
        return {copies[place]: ONE} if place < older else net.read[place - older]

    wanted = {p for reads, _ in task.rules for j in reads for p in range(j, older, task.d)}
    if wanted != set(copies):
        raise ValueError("copies are listed for the places that are read and those after them, and no others")
    for place, unit in copies.items():
        own = net.recurrent[unit] == held(place + task.d) and not net.driven[unit] and not net.bias[unit]
        demand(own, f"unit {unit} does not copy place {place + task.d}")
    features = _interpolating_features(claims, task, net, held)
    for c in range(task.d):
        own = {unit: v for unit, v in net.read[c].items() if unit != inputs[c]}
        demand(own.keys() <= features.keys(), f"output {c} shows a unit that is no feature")
        _check_polygon(task, net, c, own, features)
    if set(features) != {unit for row in net.read for unit in row} - {*inputs}:
        raise ValueError("a feature is listed that no output shows")


def _interpolating_features(
    claims: dict[str, Any], task: FiniteTask, net: NetworkRead, held: Callable[[int], dict[int, Fraction]]
) -> dict[int, dict[int, Fraction]]:
    """The rows of features on places, each checked against its weights, and silent while inputs come."""
    features: dict[int, dict[int, Fraction]] = {}
    for unit, row in claims["features"]:
        if not 0 <= unit < len(net.recurrent) or unit in features:
            raise ValueError(f"no such feature: {unit}")
        places = [p for p, _ in row]
        if places != sorted(set(places)) or not all(0 <= p < task.s * task.d for p in places):
            raise ValueError("places ascend")
        features[unit] = {p: number(a) for p, a in row}
        left = dict(net.recurrent[unit])
        for p, a in features[unit].items():
            for j, v in held(p).items():
                left[j] = left.get(j, ZERO) - a * v
                spend(1 + cost(bits(left[j])))
        demand(not any(left.values()), f"the row of unit {unit} is another one")
        demand(net.driven[unit].keys() <= {task.d}, f"unit {unit} takes an input")
        highest = total(max(a, ZERO) for a in features[unit].values()) * (task.q - 1)
        closed = highest + net.bias[unit] + net.driven[unit].get(task.d, ZERO)
        demand(closed <= 0, f"unit {unit} is not silent while inputs come")
    return features


def _check_polygon(
    task: FiniteTask, net: NetworkRead, c: int, own: dict[int, Fraction], features: dict[int, dict[int, Fraction]]
) -> None:
    """Σ Δ relu(A·x + b) is the rule's symbol on all combinations of what it reads."""
    reads, table = task.rules[c]
    points = task.q ** len(reads)
    inner = common_denominator(v for unit in own for v in (net.bias[unit], *features[unit].values()))
    outer = common_denominator(own.values())
    longest = max((bits(v * inner) for unit in own for v in features[unit].values()), default=0)
    spend(points * (len(own) + 1) * (1 + (longest + outer.bit_length()) // 256) // 2)
    reached = [0] * points
    for unit, change in own.items():
        demand(features[unit].keys() <= {*reads}, f"unit {unit} reads what the rule does not")
        steps = [[int(features[unit].get(j, ZERO) * inner) * x for x in range(task.q)] for j in reads]
        factor = int(change * outer)
        reached = [
            t + (factor * v if v > 0 else 0)
            for t, v in zip(reached, _sums(steps, int(net.bias[unit] * inner)), strict=True)
        ]
    demand(reached == [v * inner * outer for v in table], f"output {c} is not the rule's on some symbols")


FINITE_KINDS = {"threshold-rows": "hard_tanh", "threshold-tanh": "tanh", "interpolating-rows": "relu"}
"""By kind: the units that it is about."""
