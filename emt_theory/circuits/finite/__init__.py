"""Theory of a finite task: its states and where they go, the machine that it is, and the linear system that it is on functions of states.

A task on symbols moves states, G(x_1 … x_s) = (x_2 … x_s, f(x)). It is linear one floor up: `K φ = φ∘G` acts on functions φ of states. `graph` has G
and the spectrum of K (P19), `machine` the fewest states that show the same, `lift` the smallest space of functions that K keeps and that holds the
outputs (P20), in `characters` or by `modes` and ranks.
"""
