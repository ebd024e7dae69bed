"""Finite tasks: u(t) = f(u(t−1), …, u(t−s)) on the symbols 0, …, q − 1, where f is any function.

An `Alphabet` says which symbols there are and how a network sees them; a `LocalRule` is the table of one output on what it reads; a `FiniteTask` is
d of them. `from_rule` makes the tables from a rule in Python, `expressions` from text, `library` has the named ones.
"""
