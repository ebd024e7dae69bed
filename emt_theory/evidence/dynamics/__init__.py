r"""Dynamics: fixed points, periodic orbits, and Jacobians along trajectories.

Three questions about the free map z ↦ f(z, 0) of any network, each answered with where the answer holds:

* `find_fixed_points`: where does it stand still, or nearly so?
* `find_periodic_orbits`: where does it come back after n steps, and do those orbits attract? `compare_multipliers` holds them against the circuit.
* `local_maps`: what becomes of a small deviation along recorded trajectories?

None of them is the secant map, in which the circuit is found. That one says how the states of *different* sequences are related; a Jacobian
says what happens next to *one* state. In a linear network both are the same. In a saturated one they need not have anything in common: a
network that solves its task can keep every stored pattern on an attracting orbit of its own. Its secant map has the circuit's eigenvalues, and
its Jacobians have none of them:

>>> from emt_theory import derive
>>> from emt_theory.evidence import compare_spectra, linearize_secant, record
>>> from emt_theory.tasks import repeat_copy
>>> circuit = derive(repeat_copy(num_variables=3, dim=2))
>>> net = circuit.compile(scheme="tanh")
>>> recording = record(net, circuit.task, sequences=30, horizon=100, seed=0)
>>> print(compare_spectra(linearize_secant(recording).eigenvalues, circuit.spectrum()))
6 of 6 eigenvalues, argument error ...e-06, complex error ...e-05
>>> orbit = find_periodic_orbits(net, 3, recording).found[0]
>>> print(orbit.stability, compare_multipliers(orbit, circuit.spectrum()))
stable 0 of 6 multipliers above 0.9 in modulus a step, the largest 0.3943; |μ − λ^p| is 0.94 on average

Source: Sussillo & Barak, Neural Computation 25 (2013), for fixed points; the comparison with the circuit is new.
"""

from emt_theory.evidence.dynamics.domain import Validity
from emt_theory.evidence.dynamics.fixed_points import find_fixed_points
from emt_theory.evidence.dynamics.local_maps import LocalMaps, local_maps
from emt_theory.evidence.dynamics.orbits import Ending, Orbit, Orbits
from emt_theory.evidence.dynamics.periodic_orbits import MultiplierComparison, compare_multipliers, find_periodic_orbits
from emt_theory.evidence.dynamics.shooting import Convergence

__all__ = [
    "Ending",
    "LocalMaps",
    "MultiplierComparison",
    "Orbit",
    "Orbits",
    "Convergence",
    "Validity",
    "compare_multipliers",
    "find_fixed_points",
    "find_periodic_orbits",
    "local_maps",
]
