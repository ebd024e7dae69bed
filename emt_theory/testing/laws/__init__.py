"""The theorems as laws, for your own tests: `check_law(law, subject)` computes both sides of a theorem in different ways.

>>> from emt_theory.tasks import compose_copy
>>> [str(check_law(law, compose_copy(2), carrier)) for law in all()[5:7] for carrier in law.carriers]
['P06 (exact) holds', 'P06 (numpy) holds', 'P06 (compile) holds',
 'P07 (exact) holds', 'P07 (numpy) holds', 'P07 (compile) holds', 'P07 (certify) holds']

A carrier is an arithmetic, what `compile` returns, what `certify` says, or a network that was really trained (`law.Carrier`). A subject is
a task, a circuit or a pair (network, task); for P01 to P04 also a memory model, for P17 and P19 to P28 also a finite task, for P26 also one
with an input at every step, for P29 an attention loop. Laws about circuits look at the task of a pair, laws about networks at both. A law
whose premises the subject does not meet does not apply, and says why. `saboteurs()` holds, for each law, a subject that turns it red.
"""

from __future__ import annotations

from emt_theory.errors import InvalidOption
from emt_theory.testing.laws.attention import ATTENTION_LAWS
from emt_theory.testing.laws.circuits import CIRCUIT_LAWS
from emt_theory.testing.laws.fields import FIELD_LAWS
from emt_theory.testing.laws.finite import FINITE_LAWS
from emt_theory.testing.laws.gsemm import GSEMM_LAWS
from emt_theory.testing.laws.law import Carrier, Law, LawCheck, Subject, check_law
from emt_theory.testing.laws.machines import MACHINE_LAWS
from emt_theory.testing.laws.networks import NETWORK_LAWS
from emt_theory.testing.laws.orbits import ORBIT_LAWS
from emt_theory.testing.laws.rules import RULE_LAWS
from emt_theory.testing.laws.saboteurs import saboteurs, trained_saboteurs
from emt_theory.testing.laws.secants import SECANT_LAWS
from emt_theory.testing.laws.trained import UNTRAINED, trained_networks
from emt_theory.theorems import THEOREMS, theorem

__all__ = [
    "Carrier",
    "Law",
    "LawCheck",
    "Subject",
    "UNTRAINED",
    "all",
    "check_law",
    "get",
    "saboteurs",
    "trained_networks",
    "trained_saboteurs",
]

_RULES = (*FINITE_LAWS, *FIELD_LAWS, *RULE_LAWS, *MACHINE_LAWS, *ORBIT_LAWS, *SECANT_LAWS, *ATTENTION_LAWS)
_LAWS = {law.id: law for law in (*GSEMM_LAWS, *CIRCUIT_LAWS, *NETWORK_LAWS, *_RULES)}


def all() -> tuple[Law, ...]:
    """Every law, in the order of the theorems."""
    return tuple(_LAWS[id] for id in THEOREMS if id in _LAWS)


def get(id: str) -> Law:
    """The law of a theorem.

    Raises:
        InvalidOption: if there is no such theorem, or no law for it.

    >>> get("P07").id
    'P07'
    """
    found = _LAWS.get(theorem(id).id)
    if found is None:
        raise InvalidOption(f"there is no law {id}; laws are {', '.join(_LAWS)}")
    return found
