"""Hypothesis strategies for tasks, circuits, bases, inputs and networks.

They are drawn so that the hard cases come up often: s = 1, d = 1, outputs that read the same component (nilpotent parts), repeated cycles
(repeated eigenvalues, with and without Jordan blocks), entries that are no integers, F_1 = 0 (a singular Φ), and zero rows. They shrink to few
variables, small sizes and small entries.

>>> from hypothesis import find
>>> find(selection_tasks(), lambda task: task.dim > 1 and task.num_variables > 1).components
4
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from hypothesis import strategies as st

from emt_theory.circuits import Circuit, derive, find_obstruction, make_basis
from emt_theory.ground.rationals import RationalMatrix
from emt_theory.networks import ExactRNN
from emt_theory.tasks import Alphabet, FiniteTask, LinearTask, LocalRule, Read
from emt_theory.testing import networks as build

_POLYNOMIALS = ((-1, 1), (1, 1), (0, 1), (-1, 0, 1), (1, 1, 1), (1, -2, 1), (-1, -1, 1), (-1, 0, 0, 1), (1, 0, 0, 0, 1))
"""Ascending coefficients of small monic polynomials: 1, −1 and 0, roots of unity, (x − 1)², Fibonacci's."""


class FlawedNetwork(NamedTuple):
    """A network that misses its task.

    Attributes:
        network: it runs without error.
        task: what it is to have, and has not.
        flaw: what is wrong with it.
    """

    network: ExactRNN
    task: LinearTask
    flaw: str


def selection_tasks(max_num_variables: int = 5, max_dim: int = 5) -> st.SearchStrategy[LinearTask]:
    """Selection tasks: each output reads any stored component with any sign.

    Args:
        max_num_variables: the largest s.
        max_dim: the largest d.
    """

    def of_size(size: tuple[int, int]) -> st.SearchStrategy[LinearTask]:
        s, d = size
        read = st.builds(Read, st.integers(1, s), st.integers(0, d - 1), st.sampled_from((1, -1)))
        return st.tuples(*[read] * d).map(lambda reads: LinearTask("selection", s, d, reads))

    return _sizes(max_num_variables, max_dim).flatmap(of_size)


def finite_tasks(max_size: int = 3, max_components: int = 5) -> st.SearchStrategy[FiniteTask]:
    """Finite tasks: each output reads up to three components by any table, constants, copies and sums mod q among them.

    Args:
        max_size: the largest q.
        max_components: the largest s·d.

    >>> from hypothesis import given, settings
    >>> @settings(max_examples=5, deadline=None)
    ... @given(finite_tasks())
    ... def law(task): assert task.alphabet.size <= 3 and task.components <= 5
    >>> law()
    """

    def of_size(size: tuple[int, int, int]) -> st.SearchStrategy[FiniteTask]:
        q, s, d = size
        return st.tuples(*[_local_rules(q, s * d)] * d).map(
            lambda rules: FiniteTask("finite", s, d, Alphabet(q), rules)
        )

    sizes = st.tuples(st.integers(2, max_size), st.integers(1, max_components), st.integers(1, max_components))
    return sizes.filter(lambda size: size[1] * size[2] <= max_components).flatmap(of_size)


def affine_tasks(primes: Sequence[int] = (2, 3, 5), max_states: int = 300) -> st.SearchStrategy[FiniteTask]:
    """Tasks u(t) = F u(past) + c modulo a prime: any F, so often a singular one, and any constants.

    Args:
        primes: the sizes of the alphabets.
        max_states: the most states, p^n.

    >>> from hypothesis import given, settings
    >>> from emt_theory.circuits import smallest_kind
    >>> @settings(max_examples=5, deadline=None)
    ... @given(affine_tasks())
    ... def law(task): assert smallest_kind(task) != "finite"
    >>> law()
    """

    def of_size(size: tuple[int, int, int]) -> st.SearchStrategy[FiniteTask]:
        p, s, d = size
        residues = st.lists(st.integers(0, p - 1), min_size=d * s + 1, max_size=d * s + 1)
        grid = np.indices((p,) * (d * s))

        def rule(numbers: list[int]) -> LocalRule:
            table = sum((a * x for a, x in zip(numbers, grid, strict=False)), np.array(numbers[-1]))
            return LocalRule(tuple(range(d * s)), table % p)

        return st.tuples(*[residues.map(rule)] * d).map(lambda rules: FiniteTask("affine", s, d, Alphabet(p), rules))

    few = max_states.bit_length()
    sizes = [(p, s, d) for p in primes for d in range(1, few) for s in range(1, few) if p ** (s * d) <= max_states]
    return st.sampled_from(sizes).flatmap(of_size)


def _local_rules(q: int, components: int) -> st.SearchStrategy[LocalRule]:
    reads = st.lists(st.integers(0, components - 1), unique=True, max_size=min(3, components))

    def tabulated(chosen: list[int]) -> st.SearchStrategy[LocalRule]:
        shape = (q,) * len(chosen)
        free = st.lists(st.integers(0, q - 1), min_size=q ** len(chosen), max_size=q ** len(chosen)).map(
            lambda values: np.array(values).reshape(shape)
        )
        total = st.integers(0, q - 1).map(lambda c: (np.indices(shape).sum(axis=0) + c) % q if shape else np.array(c))
        return (free | total).map(lambda table: LocalRule(tuple(chosen), table))

    return reads.flatmap(tabulated)


def linear_tasks(
    max_num_variables: int = 4, max_dim: int = 3, max_denominator: int = 4
) -> st.SearchStrategy[LinearTask]:
    """Tasks with any rational F, often sparse, small integers and fractions p/q.

    Args:
        max_num_variables: the largest s.
        max_dim: the largest d.
        max_denominator: the largest q; 1 for integer entries.

    >>> from hypothesis import given, settings
    >>> @settings(max_examples=5, deadline=None)
    ... @given(linear_tasks(max_denominator=2))
    ... def law(task): assert all(value.denominator <= 2 for _, _, value in task.F)
    >>> law()
    """
    entry = _entries(max_denominator)

    def of_size(size: tuple[int, int]) -> st.SearchStrategy[LinearTask]:
        s, d = size
        rows = st.lists(st.lists(entry, min_size=s * d, max_size=s * d), min_size=d, max_size=d)
        return rows.map(lambda table: LinearTask("linear", s, d, RationalMatrix.from_rows(table)))

    return _sizes(max_num_variables, max_dim).flatmap(of_size)


def integer_tasks(max_num_variables: int = 4, max_dim: int = 3) -> st.SearchStrategy[LinearTask]:
    """Tasks with small integer entries.

    >>> from hypothesis import given, settings
    >>> @settings(max_examples=5, deadline=None)
    ... @given(integer_tasks())
    ... def law(task): assert all(value.denominator == 1 for _, _, value in task.F)
    >>> law()
    """
    return linear_tasks(max_num_variables, max_dim, max_denominator=1)


def rational_tasks(
    max_num_variables: int = 3, max_dim: int = 3, max_denominator: int = 4
) -> st.SearchStrategy[LinearTask]:
    """Tasks with at least one entry that is no integer.

    >>> from hypothesis import given, settings
    >>> @settings(max_examples=5, deadline=None)
    ... @given(rational_tasks())
    ... def law(task): assert any(value.denominator > 1 for _, _, value in task.F)
    >>> law()
    """
    made = linear_tasks(max_num_variables, max_dim, max_denominator)
    return made.filter(lambda task: any(v.denominator > 1 for _, _, v in task.F))


def nilpotent_tasks(max_num_variables: int = 4, max_dim: int = 4) -> st.SearchStrategy[LinearTask]:
    """Tasks that forget everything: every F_k is strictly upper triangular, so Φ^n = 0.

    Args:
        max_num_variables: the largest s.
        max_dim: the largest d; d = 1 gives F = 0.

    >>> from hypothesis import given, settings
    >>> @settings(max_examples=5, deadline=None)
    ... @given(nilpotent_tasks())
    ... def law(task): assert derive(task).spectrum().unit_circle == 0
    >>> law()
    """

    def of_size(size: tuple[int, int]) -> st.SearchStrategy[LinearTask]:
        return _with_upper_triangles("nilpotent", *size, [])

    return _sizes(max_num_variables, max_dim).flatmap(of_size)


def tasks_with_spectrum(*polynomials: Sequence[int]) -> st.SearchStrategy[LinearTask]:
    """Tasks whose Φ has the product of these polynomials as its characteristic polynomial; d is their number, s their common degree.

    Output c follows the recurrence of polynomial c, and may also take anything from later outputs: equal polynomials with such a coupling make
    Jordan blocks, without one they do not.

    Args:
        polynomials: ascending integer coefficients, monic, all of one degree ≥ 1.

    Raises:
        ValueError: if they are not.

    >>> from hypothesis import find
    >>> find(tasks_with_spectrum((-1, -1, 1)), lambda task: True).equations()
    ['u(t) = u(t-2) + u(t-1)']
    """
    d, s = len(polynomials), len(polynomials[0]) - 1 if polynomials else 0
    if s < 1 or any(len(p) != s + 1 or p[-1] != 1 for p in polynomials):
        raise ValueError(f"polynomials must be monic, of one degree ≥ 1, ascending; got {polynomials}")
    fixed = [(c, k * d + c, -p[k]) for c, p in enumerate(polynomials) for k in range(s)]
    return _with_upper_triangles("by spectrum", s, d, fixed)


def repeated_eigenvalue_tasks(max_dim: int = 3) -> st.SearchStrategy[LinearTask]:
    """Tasks whose every eigenvalue is repeated, semisimple or in Jordan blocks.

    >>> from hypothesis import given, settings
    >>> @settings(max_examples=5, deadline=None)
    ... @given(repeated_eigenvalue_tasks())
    ... def law(task): assert all(factor.multiplicity > 1 for factor in derive(task).spectrum().factors)
    >>> law()
    """
    return st.tuples(st.sampled_from(_POLYNOMIALS), st.integers(2, max_dim)).flatmap(
        lambda drawn: tasks_with_spectrum(*[drawn[0]] * drawn[1])
    )


def tasks() -> st.SearchStrategy[LinearTask]:
    """Linear tasks over Q of every kind.

    >>> from hypothesis import given, settings
    >>> @settings(max_examples=5, deadline=None)
    ... @given(tasks())
    ... def law(task): assert derive(task).spectrum().eigenvalues().size == task.components
    >>> law()
    """
    return st.one_of(selection_tasks(), linear_tasks(), repeated_eigenvalue_tasks(), nilpotent_tasks())


def circuits(of: st.SearchStrategy[LinearTask] | None = None) -> st.SearchStrategy[Circuit]:
    """Derived circuits of these tasks, or of any.

    >>> from hypothesis import given, settings
    >>> @settings(max_examples=5, deadline=None)
    ... @given(circuits(selection_tasks()))
    ... def law(circuit): assert circuit.spectrum().cycles is not None
    >>> law()
    """
    return (tasks() if of is None else of).map(derive)


def bases(components: int, spare: int = 3, max_condition: float = 1e4) -> st.SearchStrategy[build.PsiAndDual]:
    """Ψ, Ψ† for n components in up to n + spare neurons: identity, orthogonal and oblique, with bounded condition.

    Args:
        components: n.
        spare: how many neurons more there may be.
        max_condition: the largest condition number of Ψ.

    >>> from hypothesis import given, settings
    >>> @settings(max_examples=5, deadline=None)
    ... @given(bases(2))
    ... def law(memories): assert memories.dual @ memories.psi == RationalMatrix.identity(2)
    >>> law()
    """

    def made(kind: str, hidden: int, seed: int) -> build.PsiAndDual:
        basis = make_basis(kind, hidden, components, seed)
        return build.PsiAndDual(basis.psi, basis.dual)

    kinds = st.sampled_from(("identity", "orthogonal", "oblique"))
    every = st.builds(made, kinds, st.integers(components, components + spare), st.integers(0, 9))
    return every.filter(lambda memories: float(np.linalg.cond(memories.psi.to_array())) <= max_condition)


def inputs(task: LinearTask) -> st.SearchStrategy[list[list[Fraction]]]:
    """One input sequence u(1), …, u(s) of the task: s rows of d of its input values.

    >>> from hypothesis import find
    >>> from emt_theory.tasks import repeat_copy
    >>> find(inputs(repeat_copy(num_variables=2, dim=1)), lambda u: u[0] != u[1])
    [[Fraction(-1, 1)], [Fraction(1, 1)]]
    """
    row = st.lists(st.sampled_from(task.inputs), min_size=task.dim, max_size=task.dim)
    return st.lists(row, min_size=task.num_variables, max_size=task.num_variables)


def exact_networks(of: st.SearchStrategy[LinearTask] | None = None) -> st.SearchStrategy[tuple[ExactRNN, LinearTask]]:
    """Pairs (network, task) where the network has the task's values for all t > s: gated, and where the theorems allow, linear or saturating.

    Args:
        of: the tasks; any if left out.

    >>> from hypothesis import given, settings
    >>> from emt_theory.circuits import certify
    >>> @settings(max_examples=5, deadline=None)
    ... @given(exact_networks(selection_tasks(2, 2)))
    ... def law(pair): assert certify(pair[0].to_float(), pair[1])
    >>> law()
    """

    def for_task(task: LinearTask) -> st.SearchStrategy[tuple[ExactRNN, LinearTask]]:
        choices: list[st.SearchStrategy[ExactRNN]] = [st.just(build.gated(task))]
        if find_obstruction(task) is None:
            choices.append(bases(task.components).map(lambda memories: build.linear(task, memories)))
        if build.row_norm(task.F) <= 1 and task.inputs == (-1, 1):
            choices.append(st.just(build.saturating(task)))
        return st.tuples(st.one_of(choices), st.just(task))

    return (tasks() if of is None else of).flatmap(for_task)


def flawed_networks(of: st.SearchStrategy[LinearTask] | None = None) -> st.SearchStrategy[FlawedNetwork]:
    """Networks with a planted flaw: gated ones, exact for a task whose F differs in one entry, hence wrong at t = s + 1 on some input.

    Args:
        of: the tasks; any if left out.

    >>> from hypothesis import given, settings
    >>> from emt_theory.circuits import certify
    >>> @settings(max_examples=5, deadline=None)
    ... @given(flawed_networks(selection_tasks(2, 2)))
    ... def law(flawed): assert not certify(flawed.network.to_float(), flawed.task)
    >>> law()
    """

    def for_task(task: LinearTask) -> st.SearchStrategy[FlawedNetwork]:
        s, d = task.num_variables, task.dim

        def flawed(row: int, column: int, by: Fraction) -> FlawedNetwork:
            other = LinearTask(
                "flawed", s, d, RationalMatrix.from_entries((d, s * d), [*task.F, (row, column, by)]), task.inputs
            )
            return FlawedNetwork(build.gated(other), task, f"F[{row}][{column}] is off by {by}")

        by = st.sampled_from((Fraction(1), Fraction(-1), Fraction(1, 2)))
        return st.builds(flawed, st.integers(0, d - 1), st.integers(0, s * d - 1), by)

    return (tasks() if of is None else of).flatmap(for_task)


def _sizes(max_num_variables: int, max_dim: int) -> st.SearchStrategy[tuple[int, int]]:
    return st.tuples(st.integers(1, max_num_variables), st.integers(1, max_dim))


def _entries(max_denominator: int) -> st.SearchStrategy[Fraction]:
    return st.one_of(
        st.just(Fraction(0)),
        st.sampled_from((Fraction(1), Fraction(-1))),
        st.fractions(-3, 3, max_denominator=max_denominator),
    )


def _with_upper_triangles(
    name: str, s: int, d: int, fixed: list[tuple[int, int, int]]
) -> st.SearchStrategy[LinearTask]:
    """Tasks with these entries and any others strictly above the diagonal of each F_k."""
    free = [(i, k * d + j) for k in range(s) for i in range(d) for j in range(i + 1, d)]

    def of_values(values: tuple[Fraction, ...]) -> LinearTask:
        entries = [*fixed, *((i, j, v) for (i, j), v in zip(free, values, strict=True))]
        return LinearTask(name, s, d, RationalMatrix.from_entries((d, s * d), entries))

    return st.tuples(*[_entries(2)] * len(free)).map(of_values)
