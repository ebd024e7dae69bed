r"""The continuous memory model (GSEMM), its energy, and its discrete limit.

Features V_f, hidden units V_h and a delayed copy V_d of the features, with memories Ξ, interactions Φ' and σ = ∇L:

    T_f V̇_f = √α_s Ξ σ_h − V_f
    T_h V̇_h = √α_s Ξᵀ σ_f + α_c Φ'ᵀ Ξᵀ V_d − V_h
    T_d V̇_d = β σ_f − V_d

`energy` falls along its orbits, except for what the delay does (P01). `derive_network` makes a recurrent network of it (P02), step by step, each step
computed, with a ledger of what was assumed; `from_network` goes back from weights to memories and interactions (P04). `simulate` follows the model in
time, `find_recall` says what it recalled and in which order, and `emt_theory.gsemm.experiments` has what it is known for.

>>> derivation = derive_network(Model.lisem([[1, 0], [0, 1]], [[0, 1], [1, 0]]))
>>> derivation.network.W_hh.tolist()
[[1.0, 1.0], [1.0, 1.0]]
>>> print(derivation.tensions[0])
T_d → 0 (P02) against T_d → ∞ (P01): the network is the limit of a delay that is gone, the energy decreases in the adiabatic limit of one that stands
still: what is known of energy and metastable states does not carry over to the network by itself
>>> from_network(derivation.network).is_exact
True

Source: Karuvally, Sejnowski, Siegelmann, ICML 2023, arXiv 2212.05563; the discrete limit: arXiv 2310.02430.
"""

from emt_theory.gsemm.custom import from_activation, from_expression
from emt_theory.gsemm.dense import rest_weights
from emt_theory.gsemm.derivation import Derivation, derive_network
from emt_theory.gsemm.discrete import VForm, h_jacobian
from emt_theory.gsemm.dwell import ORDER_LIMIT, dwell_time
from emt_theory.gsemm.energy import EnergyRate, EnergyTrace, energy, energy_rate, energy_trace
from emt_theory.gsemm.equations import SymbolicModel
from emt_theory.gsemm.factorization import Factors, factorize, fewest_memories, fewest_orthonormal_memories
from emt_theory.gsemm.from_phi import interactions_from_phi, model_for_task, model_from_phi
from emt_theory.gsemm.lagrangian import Lagrangian
from emt_theory.gsemm.lagrangians import hard_tanh, identity, relu, softmax, tanh
from emt_theory.gsemm.ledger import Assumption, Tension
from emt_theory.gsemm.model import Layers, Model
from emt_theory.gsemm.patterns import cycles, orthogonal_memories, partial_cue, random_memories
from emt_theory.gsemm.recall import Episode, Recall, RecallKind, Rule, find_recall, first_disorder
from emt_theory.gsemm.representation import Representation, from_network
from emt_theory.gsemm.simulate import Diverged, Simulation, Solver, overlaps, simulate
from emt_theory.gsemm.steps import Check, Step
from emt_theory.gsemm.symbolic_energy import SymbolicEnergy, energy_identity_holds
from emt_theory.gsemm.transition import critical_ratio, exact_critical_ratio

__all__ = [
    "Assumption",
    "Check",
    "Derivation",
    "Diverged",
    "EnergyRate",
    "EnergyTrace",
    "Episode",
    "Factors",
    "Lagrangian",
    "Layers",
    "Model",
    "ORDER_LIMIT",
    "RecallKind",
    "Recall",
    "Representation",
    "Rule",
    "Simulation",
    "Solver",
    "Step",
    "SymbolicEnergy",
    "SymbolicModel",
    "Tension",
    "VForm",
    "critical_ratio",
    "cycles",
    "derive_network",
    "dwell_time",
    "energy",
    "energy_identity_holds",
    "energy_rate",
    "energy_trace",
    "exact_critical_ratio",
    "factorize",
    "fewest_memories",
    "fewest_orthonormal_memories",
    "find_recall",
    "first_disorder",
    "from_activation",
    "from_expression",
    "from_network",
    "h_jacobian",
    "hard_tanh",
    "identity",
    "interactions_from_phi",
    "model_for_task",
    "model_from_phi",
    "orthogonal_memories",
    "overlaps",
    "partial_cue",
    "random_memories",
    "relu",
    "rest_weights",
    "simulate",
    "softmax",
    "tanh",
]
