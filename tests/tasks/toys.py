"""Three small tasks of other kinds than linear, written as a user would."""

import numpy as np

from emt_theory.tasks import Given, Task, Window, choose, word_count


class Xor(Task):
    """u(t) = u(t−1) u(t−2) in signs, as a truth table: 0 is +1, 1 is −1, and the product is the exclusive or."""

    kind, name, d_in, d_out = "finite", "xor", 1, 1
    TABLE = ((0, 1), (1, 0))  # TABLE[a][b] after the symbols a, b

    def window(self, horizon):
        return Window(2 + horizon, fed=2, quiet=2)

    def words(self, size, horizon):
        return word_count(2, 2 * size)

    def draw(self, words, size, horizon, xp=np):
        return Given(1.0 - 2 * choose(xp, words, 2, (size, 2, 1)))

    def start(self, lengths, xp=np):
        return xp.zeros((len(lengths), 2), dtype=int)

    def next(self, state, x, xp=np):
        table = xp.asarray(self.TABLE)
        newest = table[state[:, 0], state[:, 1]] if x is None else (x[:, 0] < 0).astype(int)
        return xp.stack([state[:, 1], newest], axis=1), 1.0 - 2 * newest[:, None]


class RunningParity(Task):
    """y(t) = x(1) … x(t) in signs: a transducer, scored at every step."""

    kind, name, d_in, d_out = "transducer", "running parity", 1, 1

    def window(self, horizon):
        return Window(horizon, fed=horizon, quiet=0)

    def words(self, size, horizon):
        return word_count(2, size * horizon)

    def draw(self, words, size, horizon, xp=np):
        return Given(1.0 - 2 * choose(xp, words, 2, (size, horizon, 1)))

    def start(self, lengths, xp=np):
        return xp.ones((len(lengths), 1))

    def next(self, state, x, xp=np):
        return state * x, state * x


class EosCopy(Task):
    """A sequence of `shortest` … `longest` variables, a channel that is 1 with the last of them, and then the sequence over and over."""

    kind, name = "copy of unknown length", "eos copy"

    def __init__(self, d_out=2, shortest=3, longest=7):
        self.d_out, self.shortest, self.longest = d_out, shortest, longest

    d_out = 0
    d_in = property(lambda self: self.d_out + 1)

    def window(self, horizon):
        return Window(self.longest + horizon, fed=self.longest, quiet=self.shortest, every=False)

    def words(self, size, horizon):
        return size + word_count(2, size * self.longest * self.d_out)

    def draw(self, words, size, horizon, xp=np):
        lengths = self.shortest + choose(xp, words[:size], self.longest - self.shortest + 1, (size,)).astype(int)
        values = 1.0 - 2 * choose(xp, words[size:], 2, (size, self.longest, self.d_out))
        t, last = xp.arange(1, self.longest + horizon + 1), lengths[:, None]
        steps = t[: self.longest]
        inputs = xp.concatenate([values * (steps <= last)[..., None], 1.0 * (steps == last)[..., None]], axis=2)
        return Given(inputs, (t > last) & (t <= last + horizon), lengths)

    def start(self, lengths, xp=np):
        """The sequence so far, newest last, with its length and the number of steps to come in front of each."""
        memory = xp.zeros((len(lengths), self.longest, self.d_out))
        return xp.asarray(lengths), xp.zeros(len(lengths), dtype=int), memory

    def next(self, state, x, xp=np):
        lengths, t, memory = state
        back = xp.take_along_axis(memory, (self.longest - lengths)[:, None, None], axis=1)[:, 0]
        given = back if x is None else x[:, :-1]
        newest = xp.where((t < lengths)[:, None], given, back)
        return (lengths, t + 1, xp.concatenate([memory[:, 1:], newest[:, None]], axis=1)), newest


TOYS = (Xor(), RunningParity(), EosCopy())
