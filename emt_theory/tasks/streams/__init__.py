"""Transducers: tasks with an input at every step, y(t) = g(x(1), …, x(t)), scored at every t.

`mealy` has machines with finitely many states, `machine` the tasks that they are, `filters` the linear ones; `making` makes machines of
rules, tables and residues, and `library` holds those with names.
"""
