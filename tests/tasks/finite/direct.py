"""Finite tasks by definition: the rule called on lists of integers, state by state; shares no code with the package."""

from itertools import product


class Lags:
    """u[lag][component] on a state, a flat tuple with the oldest block first."""

    def __init__(self, state, s, d):
        self.blocks = [state[k * d : (k + 1) * d] for k in range(s)]

    def __getitem__(self, lag):
        assert 1 <= lag <= len(self.blocks)
        return self.blocks[-lag]


def successors(rule, s, d, q):
    """{state: next state} for all q^(s·d) states."""
    return {x: (*x[d:], *(int(v) for v in rule(Lags(x, s, d)))) for x in product(range(q), repeat=s * d)}


def choose(condition, this, that):
    return this if condition else that


def branching(u):
    """`if`, a look-up, a dictionary, max and arithmetic in one rule (s = 3, d = 2, q = 4)."""
    if u[1][0] > u[3][1]:
        return [(u[2][1] * u[1][0] + 3) % 4, [3, 1, 0, 2][u[2][0]]]
    if u[1][0] in (0, 2) and u[2][0] != 1:
        return [max(u[1][1], u[3][0]), {0: 1, 1: 0, 2: 3, 3: 2}[u[3][1]]]
    return [u[3][0], abs(u[1][1] - u[2][1])]


RULES = {
    "xor": (lambda u: [u[1][0] ^ u[2][0]], 2, 1, 2),
    "mseq4": (lambda u: [u[3][0] ^ u[4][0]], 4, 1, 2),
    "parity": (lambda u: [u[1][0] ^ u[2][0] ^ u[3][0]], 3, 1, 2),
    "and": (lambda u: [u[1][0] & u[2][0]], 2, 1, 2),
    "majority": (lambda u: [u[1][0] + u[2][0] + u[3][0] >= 2], 3, 1, 2),
    "mux": (lambda u: [u[2][0] if u[1][0] else u[3][0]], 3, 1, 2),
    "nonlinear": (lambda u: [u[3][0] ^ (u[1][0] & u[2][0])], 3, 1, 2),
    "xorpair": (lambda u: [u[3][0] ^ u[1][1], u[3][1] ^ u[2][0]], 3, 2, 2),
    "quad": (lambda u: [u[3][1] ^ (u[1][0] & u[2][1]), u[3][0]], 3, 2, 2),
    "mixed": (lambda u: [u[3][0] ^ u[1][1], u[2][0] & u[1][1]], 3, 2, 2),
    "sum3": (lambda u: [(u[1][0] + u[2][0]) % 3], 2, 1, 3),
    "sum5": (lambda u: [(u[1][0] + u[2][0]) % 5], 2, 1, 5),
    "sum7": (lambda u: [(u[1][0] + u[2][0]) % 7], 2, 1, 7),
    "product": (lambda u: [(u[1][0] * u[3][0] + u[2][0]) % 3], 3, 1, 3),
    "times": (lambda u: [u[1][0] * u[2][0] % 5], 2, 1, 5),
    "maximum": (lambda u: [u[1][0] * (u[1][0] > u[2][0]) + u[2][0] * (u[1][0] <= u[2][0])], 2, 1, 5),
    "power": (lambda u: [u[1][0] ** 40 * u[2][0] % 5], 2, 1, 5),
    "counter": (lambda u: [(u[1][0] + 1) % 7], 1, 1, 7),
    "constant": (lambda u: [2, u[1][0]], 2, 2, 3),
    "median": (lambda u: [sorted([u[1][0], u[2][0], u[3][0]])[1]], 3, 1, 3),
    "branching": (branching, 3, 2, 4),
}
"""By name: rule, s, d, q."""
