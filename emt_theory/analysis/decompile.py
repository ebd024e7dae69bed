r"""From weights back to the program: which task does a network compute?

>>> from emt_theory import derive
>>> from emt_theory.tasks import from_matrix
>>> task = from_matrix([[0, 0, 0, -1], [1, 0, 0, 0]])
>>> program = decompile(derive(task).compile(scheme="tanh"))
>>> print(program)
u(t)[0] = −u(t−1)[1]
u(t)[1] = u(t−2)[0]
>>> program.task == task, program.accuracy
(True, 1.0)

Nothing is given but the network. It is run on random inputs of every length s; F is the regression of what comes next on the last s values, made
exact; the program that F is runs on fresh inputs beside the network, over a long horizon; and then the weights are asked (`confirm`).

**What can be known.** With s given, F is determined by the first scored step alone, because inputs are free: n = s·d independent numbers. It is
not determined by later ones: beyond t = 2s the last s values move in the persistent components only. Which s is known up to leading zero blocks
(`choosing`). Signs determine F for programs that copy; for any other program the network has to show the sizes, too. All of it is known on the
inputs that were run: a network may be anything elsewhere, and one that copies a single input may do something else with three.

**Two protocols.** A network may answer to an input phase, in silence, or to an input at every step; nothing but its outputs tells. A
program after an input phase is looked for first, because while inputs last such networks show what they are given. Where there is none the
network is read as one that answers at every step, a linear filter or a machine (`emt_theory.analysis.streams`). A linear network is a
filter whatever it is made for; with s = 1 that is said:

>>> from emt_theory.networks import ElmanRNN
>>> print(decompile(ElmanRNN(W_hh=[[1]], W_uh=[[1]], W_hy=[[1]], activation="identity")))
y(t) = y(t−1) + x(t)

**What is refused** (`NoProgram`, a `NotDecompilable`): a network whose outputs are no linear function of its inputs, constant, or not finite;
one whose coefficients are no small fractions; and one that has less than 99 % of the signs of every program, as the interval over sequences
shows. There the closest program is kept as `best`, with its `doubt`, if it is right at first and over 32 steps in most of the signs: that
is what an unfinished network looks like.

Source: new; MIPS (Michaud et al., arXiv 2402.05110) decompiles small RNNs into Python by other means.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain
from typing import Any, overload

from emt_theory.analysis.decompiling import FiniteProgram, NoProgram, Program
from emt_theory.analysis.decompiling.candidates import Search, read_programs
from emt_theory.analysis.decompiling.choosing import find_rival, order_programs
from emt_theory.analysis.decompiling.confirming import confirm
from emt_theory.analysis.decompiling.constants import constants_of, stays
from emt_theory.analysis.decompiling.evidence import ProgramEvidence
from emt_theory.analysis.decompiling.finite_program import evidence_for
from emt_theory.analysis.decompiling.limits import LARGEST_COMPONENTS, MAX_DENOMINATOR, MAX_VARIABLES, TRIALS
from emt_theory.analysis.decompiling.probing import probe
from emt_theory.analysis.decompiling.refusing import refuse
from emt_theory.analysis.decompiling.symbols import MOST_SYMBOLS, read_rule
from emt_theory.analysis.decompiling.trials import try_program
from emt_theory.analysis.streams.program import StreamProgram
from emt_theory.analysis.streams.reading import Reading, is_echo, read_filter, read_machine, read_stream
from emt_theory.evidence.conventions import HORIZON, SEQUENCES
from emt_theory.evidence.recording import require_sizes
from emt_theory.ground.absent import Absent
from emt_theory.ground.arguments import callback, empty_array
from emt_theory.ground.arguments import seed as checked_seed
from emt_theory.ground.blas import one_blas_thread
from emt_theory.networks import Network, StateSpace, as_network, provenance_of, state_space
from emt_theory.networks.phase import phase_hint
from emt_theory.tasks import Alphabet, Code, LinearTask, Read
from emt_theory.tasks.finite.alphabet import as_alphabet
from emt_theory.tasks.finite.task import MOST_INPUTS
from emt_theory.tasks.linear import SIGNS

__all__ = ["FiniteProgram", "NoProgram", "Program", "StreamProgram", "decompile"]

Says = Callable[[str], None] | bool | None


@overload
def decompile(
    net: Any,
    max_variables: int = ...,
    max_denominator: int = ...,
    sequences: int = ...,
    horizon: int = ...,
    seed: int = ...,
    inputs: Sequence[Any] = ...,
    progress: Says = ...,
    alphabet: None = None,
) -> Program | StreamProgram: ...


@overload
def decompile(
    net: Any,
    max_variables: int = ...,
    max_denominator: int = ...,
    sequences: int = ...,
    horizon: int = ...,
    seed: int = ...,
    inputs: Sequence[Any] = ...,
    progress: Says = ...,
    *,
    alphabet: int | Alphabet,
) -> FiniteProgram | StreamProgram: ...


@one_blas_thread()
def decompile(
    net: Any,
    max_variables: int = MAX_VARIABLES,
    max_denominator: int = MAX_DENOMINATOR,
    sequences: int = SEQUENCES,
    horizon: int = HORIZON,
    seed: int = 0,
    inputs: Sequence[Any] = SIGNS,
    progress: Says = None,
    alphabet: int | Alphabet | None = None,
) -> Program | FiniteProgram | StreamProgram:
    """The program that a network computes: after an input phase, or with an input at every step.

    Args:
        net: any network: Elman, GRU, LSTM, or one that says itself what its state space is; the path of a file; or a live object such as a module of
            PyTorch (see `emt_theory.networks.from_module`).
        max_variables: the largest s that is tried, at most 1,000,000 (512 // d at most is tried).
        max_denominator: the largest denominator of a coefficient, at most 1,000,000; noise may make it smaller.
        sequences: fresh sequences that the program is judged on, at most 1,000,000.
        horizon: scored steps of each, at most 1,000,000.
        seed: of the probes; trials use seed + 1, the judgement seed + 2, the weights seed + 3 and seed + 4.
        inputs: the exact values that an input component takes, of a linear program.
        progress: called with the name of each step as it begins; True writes it to stderr.
        alphabet: q, or an `Alphabet`: look for a rule on these symbols, of any kind (`emt_theory.analysis.decompiling.symbols`), instead of a
            linear one; and where there is none, for a machine that is given them, one or several at every step.

    Returns:
        The program, with exact coefficients and the evidence for it. The interval of its accuracy reaches 0.99 at least; the certificate says
        whether all of it lies above. Of a network that answers while inputs last a `StreamProgram`, and its certificate says first how that was
        measured.

    Raises:
        NoProgram: (a `NotDecompilable`) if there is none; says why, and has the closest program if one comes near.
        InvalidNetwork: if `net` is no network.
        InvalidTask: if an input value is not exact.
        InvalidOption: if a size is out of range or does not fit into memory, the seed is none, or progress is no function.
    """
    net = as_network(net)
    say, space, seed = callback("progress", progress), state_space(net), checked_seed(seed)
    require_sizes(max_variables=max_variables, max_denominator=max_denominator, sequences=sequences, horizon=horizon)
    made = provenance_of(net)
    if alphabet is not None:
        reading = Reading(net, SIGNS, max_denominator, sequences, horizon, seed)
        try:
            return replace(_of_symbols(reading, as_alphabet(alphabet), max_variables, say), provenance=made)
        except NoProgram as refusal:
            raise refusal.of(made) from None
    if space.dim > LARGEST_COMPONENTS:
        raise NoProgram(
            f"the network has d = {space.dim} outputs; programs of at most {LARGEST_COMPONENTS} components are read"
        )
    empty_array(f"outputs of {sequences} sequences of {horizon} steps", sequences, horizon, space.dim)
    given: Any = inputs  # checked by the task, as every list of input values is
    values = LinearTask("inputs", 1, 1, (Read(1, 0),), given).inputs
    reading = Reading(net, values, max_denominator, sequences, horizon, seed)
    try:
        return replace(_of_numbers(reading, max_variables, say), provenance=made)
    except NoProgram as refusal:
        raise refusal.of(made) from None


def _of_numbers(reading: Reading, max_variables: int, say: Callable[[str], object]) -> Program | StreamProgram:
    """The linear program after an input phase; where there is none, the program with an input at every step.

    Where s = 1 a filter is asked for first: a phase of one step is none, and a linear network adds up what it is given.

    Raises:
        NoProgram: if there is neither; says why there is none after an input phase.
    """
    net, space, seed = reading.net, reading.space, reading.seed
    try:
        _require_alike(space)
        say("probe with inputs of every length")
        search = read_programs(
            probe(space, reading.inputs, max_variables, seed), reading.inputs, reading.max_denominator
        )
        program = _decide(net, search, reading.sequences, reading.horizon, seed, say)
    except NoProgram:
        found = not net.phase_input and read_stream(reading, say)
        if not found:
            raise
        return found
    if program.num_variables == 1 and not net.phase_input:
        found = read_filter(reading)
        if found and not is_echo(found.task):
            return found
    return program


def _require_alike(space: StateSpace) -> None:
    """Refuse a network that does not show as many numbers as it takes.

    Raises:
        NoProgram: if it does not.
    """
    if space.d_in != space.d_out:
        text = f"the network takes {space.d_in} inputs and shows {space.d_out}; a program goes on with what it shows, and has as many of both"
        hint = phase_hint(space.d_in, space.d_out, space.net.phase_input)
        raise NoProgram(f"{text}.{hint}" if hint else text)


def _of_symbols(
    reading: Reading, alphabet: Alphabet, max_variables: int, say: Callable[[str], object]
) -> FiniteProgram | StreamProgram:
    """The rule on symbols after an input phase; where there is none, the machine with an input at every step.

    Where s = 1 a machine is asked for, too: what a network repeats in silence may be what a machine has come to.

    Raises:
        NoProgram: if there is neither; says why there is no rule.
    """
    if alphabet.code is Code.PULSES:
        # Nothing is given in most steps: that is no input phase.
        say("follow its states")
        if found := read_machine(reading, alphabet):
            return found
        raise NoProgram(f"no machine that is given pulses: {found}")
    try:
        program = _rule_of_symbols(reading, alphabet, max_variables, say)
    except NoProgram as refusal:
        if reading.net.phase_input:
            raise
        say("follow its states")
        found = read_machine(reading, alphabet)
        if not found:
            raise NoProgram(f"{refusal}. With an input at every step: {found}") from None
        return found
    if program.num_variables == 1 and not reading.net.phase_input:
        found = read_machine(reading, alphabet)
        if found and not is_echo(found.task):
            return found
    return program


def _rule_of_symbols(
    reading: Reading, alphabet: Alphabet, max_variables: int, say: Callable[[str], object]
) -> FiniteProgram:
    """The rule on symbols that a network runs after an input phase.

    Raises:
        NoProgram: if there is none; says what was tried.
    """
    net, space, sequences, horizon = reading.net, reading.space, reading.sequences, reading.horizon
    _require_alike(space)
    if space.d_out % alphabet.width:
        raise NoProgram(f"{alphabet!r} shows a symbol by {alphabet.width} numbers; the network shows {space.d_out}")
    if alphabet.size > MOST_SYMBOLS:
        raise NoProgram(f"rules are read on at most {MOST_SYMBOLS} symbols; got {alphabet!r}")
    most = min(max_variables, LARGEST_COMPONENTS * alphabet.width // space.d_out)
    count = max(sequences, MOST_INPUTS)
    empty_array(f"outputs of {count} sequences of {horizon} steps", count, horizon, space.d_out)
    refusals = list[Absent]()
    for constant, told in chain([(None, net)], constants_of(net, most) if alphabet.width == 1 else ()):
        say("show it symbols" if constant is None else f"take component {constant} for a constant")
        found = read_rule(state_space(told), alphabet, most, sequences, horizon, reading.seed)
        if isinstance(found, Absent):
            refusals.append(found)
        elif constant is None or stays(net, constant, found.task.num_variables):
            say("prove it")
            return FiniteProgram(found.task, evidence_for(told, found), constant)
    raise NoProgram(f"no rule on {alphabet!r}: {refusals[0]}")


def _decide(
    net: Network, search: Search, sequences: int, horizon: int, seed: int, say: Callable[[str], object]
) -> Program:
    """Try what the probes suggest, and take the first that stands."""
    space, held = state_space(net), search.probing.held
    try_once = partial(try_program, space, held=held, sequences=min(TRIALS, sequences), horizon=horizon, seed=seed + 1)
    judge = partial(try_program, space, held=held, sequences=sequences, horizon=horizon, seed=seed + 2)
    say("try what they suggest")
    tried = [try_once(candidate) for candidate in search.candidates if candidate.is_likely]
    choices = order_programs([trial for trial in tried if not trial.doubt], held)
    doubted = [trial for trial in tried if trial.doubt]
    say("judge on fresh inputs")
    for rank, choice in enumerate(choices):
        judged = judge(choice.trial.candidate)
        if judged.doubt:
            doubted.append(judged)
            continue
        if find_rival(choice, doubted, held):
            break
        say("ask the weights")
        confirmation = confirm(net, judged.task, judged.horizon, seed + 3)
        others = tuple(other.trial.task for other in choices[rank + 1 :])
        chosen = choice._replace(trial=judged)
        return Program(judged.task, ProgramEvidence(seed, search, chosen, confirmation, others, tuple(doubted)))
    say("look for what comes closest")
    doubted += [
        try_once(candidate) for candidate in search.candidates if candidate.is_close and not candidate.is_likely
    ]
    raise refuse(search, doubted, seed, judge)
