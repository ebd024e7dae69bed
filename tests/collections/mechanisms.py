"""Ways to solve a selection task that are not its circuit.

Notation as in `theory.md`: u(t) is shown at step t, block k holds u(t−s+k), output c copies ± component c′ of block k as it stands at t−1. Units
are hard tanh or tanh with gain `GAIN`, which brings ±1 back to ±1 (tanh: within 10⁻³), so nothing here fades.
"""

from __future__ import annotations

from dataclasses import dataclass

from emt_theory.networks import ElmanRNN
from emt_theory.tasks import LinearTask
from emt_theory.tasks.maps import Read
from tests.collections.wiring import NOTHING, Sum, Wiring, at

GAIN = 4.0
"""Of units that restore a sign."""


# --------------------------------------------------------------------------------------- several variables in one direction


@dataclass(frozen=True)
class Packed:
    """Superposition: blocks 1 … s−1 hold Σ wᵢ uᵢ of `size` components in one unit, w = (1, 1/2, 1/4, …) scaled to Σ wᵢ = 1.

    Each sign is read by a threshold: the first is the sign of the sum v, the second that of v − w₁ · first, and so on. That takes a step for each,
    so earlier signs are decoded one block before they are needed. The newest block is the decoded signs; packing them anew restores the levels.
    Components that are too few for a group, the last d mod size, have units of their own.
    """

    size: int = 2

    def __call__(self, task: LinearTask) -> ElmanRNN:
        net, s, d, size = Wiring(task.dim, "hard_tanh"), task.num_variables, task.dim, self.size
        levels = [2.0 ** (size - 1 - i) / (2**size - 1) for i in range(size)]
        gain = (
            2 / levels[-1]
        )  # what is left of v after its larger terms is at least the last level, w − (all smaller ones) for each w

        def grouped(c: int) -> bool:
            return c < d - d % size

        def held(k: int, c: int) -> Sum:
            """What component c of block k < s lies in: the sum of its group, or a unit of its own."""
            first = c - c % size
            if not grouped(c):
                return net.unit(f"v{c},{k}", at(f"u{c}") if k == s - 1 else held(k + 1, c))
            packed = sum((level * at(f"u{first + i}") for i, level in enumerate(levels)), NOTHING)
            return net.unit(f"v{first},{k}", packed if k == s - 1 else held(k + 1, c))

        def decoded(k: int, c: int) -> Sum:
            """What has the sign of component c of block k, and at least 2/gain in size."""
            if k == s:
                return at(f"u{c}")
            total = held(k, c)
            for i in range(c % size if grouped(c) else 0):
                other = c - c % size + i
                total = total - levels[i] * net.unit(f"e{other},{k}", gain * decoded(k + 1, other))
            return total

        for c, (block, component, sign) in enumerate(reads_of(task)):
            # What is fed back is below 2 gain in size, so that the write overrides it.
            net.unit(f"u{c}", gain * sign * decoded(block, component), {c: 2 * gain + 1})
        return net.network([at(f"u{c}") for c in range(d)])


# ------------------------------------------------------------------------------------------------------------- a product code


@dataclass(frozen=True)
class Product:
    """XOR code: of every pair (a, b) of components, blocks 1 … s−1 hold a and p = ab; b = ap is made when it is shown.

    With q = a + p in {−2, 0, 2} and units φ₁ = σ(K(q + 1)), φ₂ = σ(K(q − 1)) at ±1, the product is φ₂ − φ₁ + 1. A newest variable that is made so
    needs all three as units, so that inputs can override them: φ₁, φ₂ and σ(K + g x), each with + g x, sum up to x − x + x.
    """

    activation: str = "hard_tanh"

    def __call__(self, task: LinearTask) -> ElmanRNN:
        code = ProductCode(Wiring(task.dim, self.activation), task)
        return code.net.network([code.newest(c) for c in range(task.dim)])


class ProductCode:
    """The units of `Product`, made in a network."""

    def __init__(self, net: Wiring, task: LinearTask) -> None:
        self.net, self.task, self.reads = net, task, reads_of(task)
        for c, (block, component, sign) in enumerate(self.reads):
            drive = {c: 4 * GAIN}
            if self._made(c):
                q = self.held(block, component - 1) + sign * self.held(block, component)
                net.unit(f"m{c}", GAIN * (q + 1.0), drive)
                net.unit(f"n{c}", GAIN * (q - 1.0), drive)
                net.unit(f"o{c}", Sum(constant=GAIN), drive)
            else:
                source = self.newest(component) if block == task.num_variables else self.held(block, component)
                net.unit(f"u{c}", GAIN * sign * source, drive)

    def newest(self, c: int) -> Sum:
        """Component c of block s."""
        return at(f"n{c}") - at(f"m{c}") + at(f"o{c}") if self._made(c) else at(f"u{c}")

    def held(self, k: int, c: int) -> Sum:
        """What stands for component c in block k < s: itself, or for every second one its product with the one before."""
        last = k == self.task.num_variables - 1
        if last and c % 2:
            return product(self.net, f"p{c},{k}", self.newest(c - 1) + self.newest(c))
        return self.net.unit(f"h{c},{k}", GAIN * (self.newest(c) if last else self.held(k + 1, c)))

    def _made(self, c: int) -> bool:
        return self.reads[c].block < self.task.num_variables and self.reads[c].component % 2 == 1


def product(net: Wiring, name: str, q: Sum) -> Sum:
    """The product of two signs with the sum q, a step later."""
    return net.unit(f"{name}+", GAIN * (q - 1.0)) - net.unit(f"{name}-", GAIN * (q + 1.0)) + 1.0


@dataclass(frozen=True)
class Slaved:
    """A register r of the variables b that leaks by κ = `keep` a step and is pumped with what a product code elsewhere says.

        r_k(t) = κ r_{k+1}(t−1) + (1 − κ) X_{k+1}(t−1),   r_s the same from block 1,   X_k(t) = (ap)_{k+1}(t−1) · a_{k+1}(t−1)

    The outputs are a and r_s. Whatever r is made to hold of blocks 1 … s−1, a and p pull it back, within about ln 2 / −ln κ steps; block s
    is where p is made from b, and what r holds of it is used. For repeat copy, d = 2.
    """

    keep: float

    def __call__(self, task: LinearTask) -> ElmanRNN:
        code, s = ProductCode(Wiring(2, "hard_tanh"), task), task.num_variables
        net = code.net

        def decoded(k: int) -> Sum:
            if k == s:
                return code.newest(1)
            if k == s - 1:
                return net.unit(f"x{k}", GAIN * code.newest(1))
            return product(net, f"x{k}", code.held(k + 1, 0) + code.held(k + 1, 1))

        for k in range(1, s + 1):
            above = k % s + 1
            pulled = self.keep * at(f"r{above}") + (1 - self.keep) * decoded(above)
            net.unit(f"r{k}", pulled, {1: 4.0} if k == s else {})
        return net.network([code.newest(0), at(f"r{s}")])


# --------------------------------------------------------------------------------------------------- latches read by a clock


@dataclass(frozen=True)
class Clocked:
    """Every input that is needed later is kept still, in a latch; a clock says which latch is shown.

    The clock is a row of units of which one is on: T_τ is on after step τ, and the last leads back into a loop of the targets' own period. A latch
    takes x(k) when T_{k−1} is on. Output c at t is Σ_τ [T_τ and the latch that u_c(τ+1) comes from].

    relu units hold 0 or 1 and a latch is a pair; others hold ±1. A gate of x with T is relu(x + T − 1), or σ(K(2x + 2T − 3)).
    """

    activation: str = "hard_tanh"

    def __call__(self, task: LinearTask) -> ElmanRNN:
        net, s = Wiring(task.dim, self.activation), task.num_variables
        shown, loop = origins(task)
        first = (_ones if self.activation == "relu" else _signs)(net, len(shown) + s - 1, s + loop)
        gate = _gate_ones if self.activation == "relu" else _gate_signs
        outputs: list[Sum] = []
        for c in range(task.dim):
            total = NOTHING
            for tau, (k, component, sign) in ((s + i, row[c]) for i, row in enumerate(shown)):
                clock = first if k == 1 else at(f"T{k - 1}")
                pair = [gate(net, f"G{component},{k}{side}", NOTHING, clock, {component: side}) for side in (1, -1)]
                kept = _latch(net, f"{component},{k}", pair, self.activation)
                for side in (1, -1):
                    total = total + side * gate(net, f"S{c},{tau}{side}", kept[side * sign], at(f"T{tau}"), {})
            outputs.append(total if self.activation == "relu" else 0.5 * total)
        return net.network(outputs)


def origins(task: LinearTask) -> tuple[list[list[Read]], int]:
    """Which input (k, component, sign) every output shows at t = s+1, s+2, … until it repeats, and the index where the repeated part starts."""
    past = [[Read(k, c, 1) for c in range(task.dim)] for k in range(1, task.num_variables + 1)]
    seen: dict[str, int] = {}
    shown: list[list[Read]] = []
    while str(past) not in seen:
        seen[str(past)] = len(shown)
        newest = [past[read.block - 1][read.component] for read in reads_of(task)]
        signed = [
            origin._replace(sign=origin.sign * read.sign) for origin, read in zip(newest, reads_of(task), strict=True)
        ]
        shown.append(signed)
        past = [*past[1:], signed]
    return shown, seen[str(past)]


def _ones(net: Wiring, last: int, loop: int) -> Sum:
    """The clock T_1 … T_last in {0, 1}, back to T_loop; returns what is 1 before the first step only."""
    total = sum((at(f"T{tau}") for tau in range(1, last + 1)), NOTHING)
    first = 1.0 - total
    for tau in range(1, last + 1):
        before = first if tau == 1 else at(f"T{tau - 1}")
        net.unit(f"T{tau}", before + at(f"T{last}") if tau == loop else before)
    return first


def _signs(net: Wiring, last: int, loop: int) -> Sum:
    """The same in ±1; E is 0 before the first step and 1 afterwards, so that nothing starts by itself."""
    started = net.unit("E", GAIN * (at("E") + 1.0))
    first = 1.0 - 2.0 * started
    for tau in range(1, last + 1):
        before = first if tau == 1 else at(f"T{tau - 1}")
        total = before + at(f"T{last}") + started if tau == loop else before  # two of which at most one is on
        net.unit(f"T{tau}", GAIN * (2 * total - 1.0))
    return first


def _gate_ones(net: Wiring, name: str, seen: Sum, clock: Sum, drive: dict[int, int]) -> Sum:
    return net.unit(name, seen + clock - 1.0, {c: float(side) for c, side in drive.items()})


def _gate_signs(net: Wiring, name: str, seen: Sum, clock: Sum, drive: dict[int, int]) -> Sum:
    return net.unit(name, GAIN * (2 * seen + 2 * clock - 3.0), {c: 2 * GAIN * side for c, side in drive.items()})


def _latch(net: Wiring, name: str, pair: list[Sum], activation: str) -> dict[int, Sum]:
    """What a latch says, for its sign and for the opposite one; what is on its way into it counts."""
    plus, minus = pair
    if activation == "relu":
        return {
            side: net.unit(f"L{name}{side}", at(f"L{name}{side}") + came) + came
            for side, came in ((1, plus), (-1, minus))
        }
    value = net.unit(f"L{name}", GAIN * (at(f"L{name}") + plus - minus)) + 0.5 * (plus - minus)
    return {1: value, -1: -1 * value}


def reads_of(task: LinearTask) -> tuple[Read, ...]:
    """What each output reads."""
    reads = task.reads
    if reads is None:
        raise ValueError(f"{task.name} is no selection task")
    return reads
