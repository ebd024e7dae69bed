r"""A task that a Mealy machine computes: a letter at every step, and at every step something is shown.

A letter is c symbols of an alphabet, the first one leading; a network sees their codewords side by side, and is to show those of what the
machine shows. Every step is scored, each symbol by its nearest codeword. Two bits low digit first, and their sum:

>>> from emt_theory.tasks import addition
>>> task = addition()
>>> task
Task('addition', machine, 2 states, letters of 2 × Alphabet(2, 'signs'), shows 1 × Alphabet(2, 'signs'))
>>> task.targets([[[1, 1], [1, 0], [0, 0]]]).tolist()                   # 3 + 1, low bits first
[[[0], [0], [1]]]
>>> task.sample(batch=2, horizon=3, seed=0).inputs.shape                # as a network sees them
(2, 3, 2)
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from emt_theory.errors import InvalidTask
from emt_theory.ground.arguments import integer, numeric_array
from emt_theory.ground.text import shown
from emt_theory.tasks.accuracy import Marks
from emt_theory.tasks.finite.alphabet import Alphabet, as_alphabet
from emt_theory.tasks.streams.mealy import MOST_ENTRIES, Mealy, letters_of, symbols_of
from emt_theory.tasks.task import MOST_QUIET, Episodes, Given, Task, Window
from emt_theory.tasks.words import choose, word_count

MOST_LETTERS = 4096
"""Different letters that a table is made for."""
MOST_STATES = 4096
"""States that a rule may lead to."""


@dataclass(frozen=True, repr=False, eq=False)
class MachineTask(Task):
    """A task with an input at every step that finitely many states suffice for; make one with `from_step`, `from_transitions` or a name.

    Attributes:
        name: what to call it. Two tasks are equal when their machines show the same after all words, in the same codes.
        machine: its k = q^c letters are c symbols of the first alphabet, what it shows are d symbols of the second.
        reads: the alphabet of what comes in.
        shows: the alphabet of what is shown.
        channels: c, symbols in a letter.
        outputs: d, symbols that are shown.
        quiet: so many first steps are not scored: a network may show anything there.

    Raises:
        InvalidTask: if the machine has another number of letters, shows what is no symbol, has states that no word leads to, or there are more than
            4096 letters.
    """

    kind: ClassVar[str] = "machine"
    scored_as: ClassVar[str] = "symbols"

    name: str
    machine: Mealy
    reads: Alphabet
    shows: Alphabet
    channels: int = 1
    outputs: int = 1
    quiet: int = 0

    def __post_init__(self) -> None:
        if not isinstance(self.name, str):
            raise InvalidTask(f"a task's name must be a text; got {shown(self.name)}")
        if not isinstance(self.machine, Mealy):
            raise InvalidTask(f"machine must be a Mealy machine; got {shown(self.machine)}")
        for name, counted in (("reads", "channels"), ("shows", "outputs")):
            object.__setattr__(self, name, as_alphabet(getattr(self, name)))
            object.__setattr__(self, counted, integer(counted, getattr(self, counted), 1, 64, InvalidTask))
        object.__setattr__(self, "quiet", integer("quiet", self.quiet, 0, MOST_QUIET, InvalidTask))
        letters = checked_letters(self.reads, self.channels)
        if self.machine.letters != letters:
            raise InvalidTask(
                f"a letter of {self.channels} symbols of {self.reads.size} is one of {letters}; the machine has {self.machine.letters}"
            )
        most, values = int(self.machine.shown.max()), self.shows.size**self.outputs
        if most >= values:
            raise InvalidTask(
                f"the machine shows {most}; {self.outputs} symbols of {self.shows.size} write numbers from 0 to {values - 1}"
            )
        if idle := self.machine.unreached():
            named = f"state {idle[0]} is" if len(idle) == 1 else f"{len(idle)} states, the first of them {idle[0]}, are"
            raise InvalidTask(f"{named} reached by no word: leave them out, or pass machine.minimal()")

    # ----------------------------------------------------------------------------------------- sequences, and a machine

    @property
    def d_in(self) -> int:
        """c·e, e numbers for each symbol that comes in."""
        return self.channels * self.reads.width

    @property
    def d_out(self) -> int:
        """d·e', e' numbers for each symbol that is shown."""
        return self.outputs * self.shows.width

    def window(self, horizon: int) -> Window:
        """Fed at every step, and scored behind the quiet ones."""
        return Window(steps=self.quiet + horizon, fed=self.quiet + horizon, quiet=self.quiet)

    def words(self, size: int, horizon: int) -> int:
        """One for each letter, or one bit where there are two."""
        return word_count(self.machine.letters, size * (self.quiet + horizon))

    def draw(self, words: Any, size: int, horizon: int, xp: Any = np) -> Given:
        """Codewords of letters that are all equally likely, shape (batch, T, c·e)."""
        letters = choose(xp, words, self.machine.letters, (size, self.quiet + horizon)).astype(int)
        return Given(_coded(self.reads, symbols_of(letters, self.reads.size, self.channels, xp), xp))

    def batch(self, words: Any, size: int, horizon: int, xp: Any = np) -> Episodes:
        """As any task's, in less time: letters are known as they are drawn, and need not be read from their codewords."""
        k, steps = self.machine.letters, self.quiet + horizon
        letters = choose(xp, words, k, (size, steps)).astype(int)
        following, given = (xp.asarray(t.reshape(-1), dtype=int) for t in (self.machine.following, self.machine.shown))
        state, places = self.start(letters, xp), list[Any]()
        for t in range(steps):
            places.append(state * k + letters[:, t])
            state = following[places[-1]]
        inputs = _coded(self.reads, symbols_of(letters, self.reads.size, self.channels, xp), xp)
        shown_at = symbols_of(given[xp.stack(places, axis=1)], self.shows.size, self.outputs, xp)
        scored = xp.broadcast_to(xp.arange(steps) >= self.quiet, (size, steps))
        targets = _coded(self.shows, shown_at, xp)
        targets = xp.where(scored[..., None], targets, 0) if self.quiet else targets
        return Episodes(inputs, targets, scored, xp.full((size,), steps))

    def start(self, lengths: Any, xp: Any = np) -> Any:
        """The machine's start, shape (batch,)."""
        return xp.full((len(lengths),), self.machine.start)

    def next(self, state: Any, x: Any, xp: Any = np) -> tuple[Any, Any]:
        """δ and λ; the letter is that of the nearest codewords.

        Raises:
            InvalidTask: in silence, which is no letter.
        """
        if x is None:
            raise InvalidTask(f"{self.name} has an input at every step; what it does in silence is not said")
        letters = letters_of(self.reads.closeness(x, xp).argmax(axis=-1), self.reads.size, xp)
        place = state * self.machine.letters + letters
        following, given = (xp.asarray(t.reshape(-1), dtype=int) for t in (self.machine.following, self.machine.shown))
        symbols = symbols_of(given[place], self.shows.size, self.outputs, xp)
        return following[place], _coded(self.shows, symbols, xp)

    def score(self, outputs: Any, targets: Any, xp: Any = np) -> Marks:
        """A symbol is right when no codeword is as near as its own; all of its numbers are marked alike."""
        return self.shows.marks(outputs, targets, xp)

    def targets(self, symbols: Any) -> NDArray[np.int64]:
        """What is to be shown after symbols, exactly: shape (batch, T, c) to (batch, T, d).

        Raises:
            InvalidTask: if these are no symbols of that shape.
        """
        return self.symbols(self.machine.run(self.letters(symbols)))

    def letters(self, symbols: Any) -> NDArray[np.int64]:
        """The letters that symbols make, shape (batch, T, c) to (batch, T)."""
        given = self.reads.checked("symbols", symbols)
        if given.ndim != 3 or given.shape[2] != self.channels:
            raise InvalidTask(f"symbols must have shape (batch, T, c) with c = {self.channels}; got {given.shape}")
        return letters_of(given, self.reads.size)

    def encode_letters(self, letters: Any) -> NDArray[np.int64]:
        """What a network is shown for letters, shape (…) to (…, c·e)."""
        return self.reads.encode(self.read_letters(letters))

    def read_letters(self, letters: Any) -> NDArray[np.int64]:
        """The symbols of letters, shape (…) to (…, c)."""
        return symbols_of(np.asarray(letters), self.reads.size, self.channels)

    def symbols(self, numbers: Any) -> NDArray[np.int64]:
        """The symbols of what the machine shows, shape (…) to (…, d)."""
        return symbols_of(np.asarray(numbers), self.shows.size, self.outputs)

    def read(self, numbers: Any) -> NDArray[np.int64]:
        """What a network shows, as numbers that the machine shows, shape (…, d·e') to (…); −1 where some symbol is none."""
        symbols = self.shows.decode(numeric_array("numbers", numbers, InvalidTask))
        return np.where((symbols < 0).any(axis=-1), -1, letters_of(symbols, self.shows.size))

    # ------------------------------------------------------------------------------------------------------- as a value

    def named(self, name: str) -> MachineTask:
        """The same task under another name."""
        return replace(self, name=name)

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready description; `emt_theory.tasks.from_dict` reads it back."""
        return {
            "name": self.name,
            "transitions": self.machine.following.tolist(),
            "shown": self.machine.shown.tolist(),
            "start": self.machine.start,
            "reads": [self.reads.size, str(self.reads.code), self.channels],
            "shows": [self.shows.size, str(self.shows.code), self.outputs],
            **({"quiet": self.quiet} if self.quiet else {}),
        }

    def equations(self) -> list[str]:
        """The machine as a program, in the shortest form that is known for it; see `spelling.spell_machine`.

        >>> from emt_theory.tasks import parse
        >>> parse("running-parity").equations()
        ['y(t) = y(t-1) ^ x(t)']
        """
        from emt_theory.tasks.streams.spelling import spell_machine

        return spell_machine(self)

    def _key(self) -> tuple[Any, ...]:
        return self.machine.minimal(), self.reads, self.shows, self.channels, self.outputs, self.quiet

    def __eq__(self, other: object) -> bool:
        return isinstance(other, MachineTask) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def __repr__(self) -> str:
        states = f"{self.machine.states} state{'s' if self.machine.states > 1 else ''}"
        return (
            f"Task({self.name!r}, machine, {states}, letters of {self.channels} × {self.reads!r}, "
            f"shows {self.outputs} × {self.shows!r})"
        )

    def __str__(self) -> str:
        lines = self.equations()
        return "\n".join([repr(self), *(f"  {line}" for line in (lines if len(lines) <= 32 else [*lines[:31], "…"]))])


def checked_letters(alphabet: Alphabet, channels: int) -> int:
    """q^c, how many letters there are.

    Raises:
        InvalidTask: if a table of so many is not made.
    """
    letters = alphabet.size**channels
    if letters > MOST_LETTERS:
        raise InvalidTask(
            f"{channels} symbols of {alphabet.size} make {shown(letters)} letters; tables are made of at most {MOST_LETTERS}"
        )
    return letters


def checked_states(states: int, letters: int, example: object) -> None:
    """Refuse a rule whose table would be too large.

    Args:
        states: how many there are so far.
        letters: how many letters.
        example: the last of the states.

    Raises:
        InvalidTask: says how many states are too many.
    """
    most = min(MOST_STATES, MOST_ENTRIES // letters)
    if states > most:
        raise InvalidTask(
            f"the rule has more than {most} states, such as {shown(example)}: it is no finite machine, or too large for a table"
        )


def _coded(alphabet: Alphabet, symbols: Any, xp: Any) -> Any:
    """Codewords side by side, floats, shape (…, c) to (…, c·e)."""
    words = xp.asarray(alphabet.codewords, dtype=float)[symbols]
    return words.reshape((*symbols.shape[:-1], symbols.shape[-1] * alphabet.width))
