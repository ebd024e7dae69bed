"""The circuit of a task: what `derive` returns.

It is a value. What is small is computed when it is derived (exactness, spectrum, dimensions), what is large (matrices, graph, weights) on demand.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from emt_theory.circuits import programs, response_form, signs
from emt_theory.circuits.bases import BasisKind
from emt_theory.circuits.cells import compile_cell
from emt_theory.circuits.compiling import compile_task
from emt_theory.circuits.dimension import MinimalDimension
from emt_theory.circuits.interpretation import Interpretation, Load, interpret
from emt_theory.circuits.linear import Obstruction
from emt_theory.circuits.minimal import MinimalCircuit, Variant, minimal_circuit
from emt_theory.circuits.schemes import SCHEMES, Allowance, Scheme
from emt_theory.circuits.spectrum import Spectrum
from emt_theory.exact import Certificate, companion, injection
from emt_theory.ground.json import Record
from emt_theory.ground.rationals import RationalMatrix
from emt_theory.tasks import Accuracy, LinearTask

if TYPE_CHECKING:
    from fractions import Fraction

    import networkx as nx
    import sympy
    from matplotlib.axes import Axes

    from emt_theory.networks import ElmanRNN, Network


@dataclass(frozen=True)
class Exactness(Record):
    """What is exact about a task's circuit, and which schemes make it so. Values unless a name says signs.

    Attributes:
        linear: whether the linear circuit has the task's values for all t > s; if not, no linear network has (P07).
        witness: a non-zero product F_i F_j, j ≥ 2, when it is not.
        task: the task.
    """

    JSON = ("linear", "witness", "schemes")

    linear: bool
    witness: Obstruction | None
    task: LinearTask

    @cached_property
    def schemes(self) -> dict[str, Allowance]:
        """What each scheme of `compile` promises for this task: its values, its signs, or neither."""
        return {name: scheme().verdict(self.task) for name, scheme in SCHEMES.items()}

    @property
    def value_horizon(self) -> int | None:
        """For how many scored steps some linear network has the task's values; None: for ever (P07)."""
        return response_form.value_horizon(self.task)

    @property
    def circuit_value_horizon(self) -> int | None:
        """For how many scored steps the linear circuit itself has the task's values; None: for ever."""
        return response_form.circuit_value_horizon(self.task)

    @cached_property
    def contamination(self) -> RationalMatrix:
        """What the linear circuit loads minus what it should load, a matrix on (u(1); …; u(s)), shape (n, n) (P06)."""
        return response_form.contamination(self.task)

    def sign_accuracy(
        self, horizon: int = 50, sequences: int = 500, seed: int = 0, damping: Fraction | int | str = 1
    ) -> Accuracy:
        """The fraction of right signs of the linear circuit, measured on random inputs; see `signs.sign_accuracy`."""
        return signs.sign_accuracy(self.task, horizon, sequences, seed, damping)

    def best_damping(self, horizon: int = 50, sequences: int = 500, seed: int = 0) -> signs.BestDamping:
        """The damping γ ∈ {1/8, …, 1} with the most right signs, measured (P07b); see `signs.best_damping`."""
        return signs.best_damping(self.task, horizon, sequences, seed)


@dataclass(frozen=True, repr=False)
class Circuit(Record):
    """The exact circuit of a task: shift every block by one, write F of the memory into the newest.

    Attributes:
        task: the task.
        exactness: P07's verdict with its witness, and the schemes that are allowed.
        resolved: the spectrum; `spectrum()` returns it.
        dimension: the fewest linear dimensions (P11).
    """

    JSON = (
        "task=task.name", "kind", "num_variables=task.num_variables", "dim=task.dim", "components=task.components",
        "exactness", "spectrum=resolved", "minimal_dimension", "certificate",
    )  # fmt: skip

    task: LinearTask
    exactness: Exactness
    resolved: Spectrum
    dimension: MinimalDimension

    @property
    def kind(self) -> str:
        """The smallest kind that fits: "selection" where every output copies ± one component, else "linear"."""
        return "selection" if self.task.is_selection else "linear"

    @property
    def minimal_dimension(self) -> int:
        """rank O: the fewest hidden dimensions that carry the scored behaviour linearly (P11)."""
        return self.dimension.running

    @cached_property
    def exact_phi(self) -> RationalMatrix:
        """Φ, shape (n, n), sparse and exact."""
        return companion(self.task.F, self.task.dim)

    @property
    def phi(self) -> sympy.ImmutableDenseMatrix:
        """Φ, the block companion matrix, shape (n, n), in SymPy."""
        return self.exact_phi.to_sympy()

    @property
    def write(self) -> sympy.ImmutableDenseMatrix:
        """E_s, shape (n, d): where the input is written, the newest block."""
        return self._newest.to_sympy()

    @property
    def read(self) -> sympy.ImmutableDenseMatrix:
        """E_sᵀ, shape (d, n): what the output reads, the newest block."""
        return self._newest.T.to_sympy()

    @property
    def _newest(self) -> RationalMatrix:
        return injection(self.task.num_variables, self.task.num_variables, self.task.dim)

    def spectrum(self) -> Spectrum:
        """The eigenvalues of Φ, exactly, with multiplicities."""
        return self.resolved

    @property
    def persistent(self) -> tuple[int, ...]:
        """Flat indices j of the persistent components: column j of Φⁿ is not zero, so what j holds can still reach an output."""
        return self.task.persistent

    def run(self, inputs: Any, steps: int, load: Load | str = Load.NETWORK) -> Interpretation:
        """Run the linear circuit on exact numbers; see `interpretation.interpret`."""
        return interpret(self.task, inputs, steps, load)

    def minimal(self, variant: Variant | str = "running") -> MinimalCircuit:
        """The scored behaviour in the fewest linear dimensions, with the change of basis; see `minimal.minimal_circuit`.

        Args:
            variant: "running", for the states from t = s+1 on, or "with_load", with a state at t = s as well.
        """
        return minimal_circuit(self.task, variant)

    def pseudocode(self) -> str:
        """The circuit as a readable program of about ten lines."""
        return programs.pseudocode(self.task)

    def to_latex(self) -> str:
        """The circuit in LaTeX: Φ, its non-zero blocks, and the network."""
        return programs.to_latex(self.task)

    def graph(self) -> nx.DiGraph[tuple[int, int]]:
        """The circuit as a graph over memory components; see `graphs.circuit_graph`."""
        from emt_theory.circuits.graphs import circuit_graph

        return circuit_graph(self)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the circuit: memory as a grid of components, its reads as arrows, its cycles in colours."""
        from emt_theory.circuits.drawing import draw_circuit

        return draw_circuit(self, ax)

    def compile(
        self,
        hidden: int | None = None,
        scheme: str | Scheme = "auto",
        basis: str | BasisKind = "identity",
        seed: int = 0,
    ) -> ElmanRNN:
        """The weights of a network that runs the circuit.

        Args:
            hidden: N; the fewest units that the scheme needs if left out.
            scheme: "linear", "damped", "saturating", "tanh", "gated", "auto" (the simplest with the values), or a scheme with parameters.
            basis: "identity", "orthogonal" or "oblique".
            seed: of a random basis.

        Returns:
            A network whose float64 weights carry their rational twin, `net.exact`.

        Raises:
            SchemeNotAllowed: if the task does not meet the scheme's conditions, or the scheme does not allow the basis.
            InvalidOption: if N is too small, or a name is unknown.

        >>> from emt_theory import derive
        >>> from emt_theory.tasks import parse
        >>> derive(parse("T2")).compile().metadata["scheme"]
        'saturating'
        """
        return compile_task(self.task, hidden, scheme, basis, seed)

    def compile_cell(self, cell: str, hidden: int | None = None) -> Network:
        """The weights of a "gru" or "lstm" that runs the circuit: signs for all t, on selection tasks; see `cells.compile_cell`."""
        return compile_cell(self.task, cell, hidden)

    @cached_property
    def certificate(self) -> Certificate:
        """What was derived, as claims that can be checked again."""
        described = self.task.to_dict()
        del described["name"]
        return Certificate(
            "circuit",
            {
                "task": described,
                "linearly_solvable": self.exactness.linear,
                "obstruction": self.exactness.witness.to_dict() if self.exactness.witness else None,
                "factors": [
                    {"cyclotomic": f.order, "multiplicity": f.multiplicity}
                    if f.order
                    else {"coefficients": [str(c) for c in f.coefficients], "multiplicity": f.multiplicity}
                    for f in self.resolved.factors
                ],
                "minimal_dimension": list(self.dimension),
            },
        )

    def __repr__(self) -> str:
        linear = "exact" if self.exactness.linear else "not exact"
        return f"Circuit({self.task.name!r}, n={self.task.components}, linear circuit {linear})"

    def __str__(self) -> str:
        verdict = "is exact for all t > s" if self.exactness.linear else f"is not exact: {self.exactness.witness}"
        return "\n".join(
            [
                str(self.task),
                f"the linear circuit {verdict}",
                str(self.resolved),
                f"minimal linear dimension: {self.minimal_dimension}",
                *(
                    f"scheme {name}: {v.exact or 'not exact'} ({v.reason})"
                    for name, v in self.exactness.schemes.items()
                ),
            ]
        )
