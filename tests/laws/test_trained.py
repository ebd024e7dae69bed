"""The laws on networks that gradient descent has made; each with a saboteur that turns it red there, too."""

from functools import cache

import pytest

from emt_theory.tasks import compose_copy, parse
from emt_theory.testing import laws
from emt_theory.testing.laws import trained

LAWS = [law for law in laws.all() if "trained" in law.carriers]
ANY = {"P01", "P02", "P03", "P04", "P12"}
"""About any weights."""
CIRCUITS = {"P05", "P10", "P11", "P18"}
"""About what a network does that has learned its circuit."""
MEANT = {"T1": ANY | CIRCUITS, "T2": ANY, "T3": ANY, "T4": ANY | CIRCUITS}
"""T2's network has not learned its task. T3's has lost some variables, and is wrong once in a thousand signs."""


@cache
def networks():
    return laws.trained_networks()


def test_the_matrix_is_complete():
    """Every law is asked of trained networks, or says what it is about instead."""
    assert {law.id for law in LAWS} | set(laws.UNTRAINED) == {law.id for law in laws.all()}
    assert {law.id for law in LAWS} & set(laws.UNTRAINED) == set()
    assert set(saboteurs()) == {law.id for law in LAWS} == ANY | CIRCUITS
    assert set(MEANT) == set(networks())


@cache
def saboteurs():
    return laws.trained_saboteurs()


@cache
def subject(read, name):
    """What a law makes of a network: many laws make the same of it."""
    return read(networks()[name])


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] * (name in ("T1", "T2"))) for name in MEANT]
)
@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.id)
def test_a_law_holds_for_what_was_trained(law, name):
    found = laws.check_law(law, subject(law.read, name), "trained")
    assert found, str(found)
    assert (found.status == "holds") == (law.id in MEANT[name]), str(found)
    assert found.status == "holds" or found.evidence


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.id)
def test_a_saboteur_turns_its_law_red(law):
    found = laws.check_law(law, saboteurs()[law.id], "trained")
    assert (found.status, bool(found)) == ("broken", False)
    assert found.evidence


def test_networks_that_have_not_learned_it_break_what_the_premises_keep_from_them():
    """Without its premise P10, P11 and P18 are broken by T2's network: they see what was not learned."""
    subject = laws.Subject.of(networks()["T2"])
    assert "no eigenvalue within" in trained.cycle_spectrum(subject)
    assert trained.minimal_dimensions(subject).startswith("minimal dimensions (36, 36), not")
    assert "in some sequences only" in trained.responses(subject)


def test_a_subject_without_a_network_is_not_meant():
    found = laws.check_law("P10", compose_copy(2), "trained")
    assert (found.status, found.evidence) == ("does not apply", "a pair (network, task) is needed")
    assert laws.check_law("P01", parse("T1"), "trained").status == "does not apply"
    other = laws.check_law("P05", (networks()["T1"][0], parse("T4")), "trained")
    assert other.status == "does not apply"  # nothing of T4 is in it
