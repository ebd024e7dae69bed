"""The ledger: who has checked which theorem, how far, and in what time.

Four answers. *Machine-checked*: Coq has checked the whole statement for all sizes (`machine`). *Computed steps and words*: every step that is
computed holds and the saboteur is rejected, and between them stand words, which are counted. *Changed since*: the files are not those that Coq
has checked. *Not proved*: the theorem is stated, and waits.

>>> [outcome.status for outcome in prove(["P05", "P18"])]
['machine-checked for all sizes', 'computed steps and words']
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from importlib import import_module
from time import perf_counter
from typing import Any

from emt_theory.errors import InvalidOption
from emt_theory.theorems import THEOREMS, theorem

from . import machine
from .proof import Proof

MODULES = {
    "P01": "p01_energy",
    "P02": "p02_discretization",
    "P03": "p03_conjugacy",
    "P04": "p04_representability",
    "P05": "p05_ideal_load",
    "P06": "p06_contamination",
    "P07": "p07_linear_solvability",
    "P07b": "p07b_signs",
    "P08": "p08_finite_check",
    "P09": "p09_characteristic_polynomial",
    "P10": "p10_cycles",
    "P11": "p11_minimal_dimension",
    "P12": "p12_basis_invariance",
    "P13": "p13_saturating_write",
    "P14": "p14_tanh",
    "P15": "p15_write_gauge",
    "P16": "p16_phase_gate",
    "P17": "p17_finite_fields",
    "P18": "p18_gradients",
    "P19": "p19_state_graph",
    "P20": "p20_lift",
    "P21": "p21_over_fields",
    "P22": "p22_what_cannot",
    "P23": "p23_threshold",
    "P24": "p24_margins",
    "P25": "p25_alphabets",
    "P26": "p26_automata",
    "P27": "p27_orbits",
    "P28": "p28_secant",
    "P29": "p29_attention",
}
"""The modules with a proof; the other theorems are stated in `emt_theory.theorems` and wait for theirs."""

STEPS, FAILED, STATED = "computed steps and words", "failed", "not proved"


@dataclass(frozen=True)
class ProofRun:
    """One line of the ledger.

    Attributes:
        id: "P05".
        title: of the theorem.
        scope: "general", or up to which sizes; "" without a proof.
        status: one of `machine.MACHINE`, `machine.CHANGED`, `STEPS`, `FAILED`, `STATED`.
        seconds: how long it took, loading included.
        checked, words: how many steps are computed, and how many are words or textbook theorems.
        machine_checked: whether Coq has checked the statement, in the files as they are.
        failures: the sentences that failed.
    """

    id: str
    title: str
    scope: str
    status: str
    seconds: float
    checked: int = 0
    words: int = 0
    machine_checked: bool = False
    failures: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready: the keys that `emt prove --json` promises."""
        promised = ("id", "title", "scope", "status", "words", "machine_checked", "seconds")
        return {key: value for key, value in asdict(self).items() if key in promised}


def load(id: str) -> Proof:
    """The proof of a theorem.

    Raises:
        InvalidOption: if there is no such theorem, or no proof of it yet.
    """
    stated = theorem(id)
    if stated.id not in MODULES:
        raise InvalidOption(f"{stated.id} {stated.title} is stated and not proved yet; proved are {', '.join(MODULES)}")
    return import_module(f".{MODULES[stated.id]}", __package__).PROOF


def prove(ids: Iterable[str] = (), tell: Callable[[str], None] = lambda title: None) -> list[ProofRun]:
    """Run the proofs of these theorems, or of all that have one.

    Args:
        ids: theorem numbers; none means all of `MODULES`.
        tell: is told each theorem before it starts.

    Raises:
        InvalidOption: if a number is unknown. A theorem without a proof has the status "not proved".
    """
    wanted = [theorem(id) for id in ids] or [THEOREMS[id] for id in MODULES]
    outcomes: list[ProofRun] = []
    for stated in wanted:
        tell(str(stated.id + " " + stated.title))
        started = perf_counter()
        if stated.id not in MODULES:
            outcomes.append(ProofRun(stated.id, stated.title, "", STATED, 0.0))
            continue
        proof = load(stated.id)
        failures = tuple(proof.failures())
        checked = sum(step.basis == "checked" for step in proof.steps)
        coq = machine.state(stated.id)
        status, words = FAILED if failures else coq or STEPS, len(proof.steps) - checked
        seconds = round(perf_counter() - started, 3)
        by_coq = coq == machine.MACHINE
        outcomes.append(
            ProofRun(stated.id, stated.title, proof.scope, status, seconds, checked, words, by_coq, failures)
        )
    return outcomes
