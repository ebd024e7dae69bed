"""One saboteur for each law: a broken subject, or a false variant of the law, that must turn it red."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from emt_theory.circuits import Interpolating, MinimalDimension, Pairs, Threshold, state_graph
from emt_theory.exact import Cycle
from emt_theory.ground.rationals import RationalMatrix
from emt_theory.networks import ExactRNN
from emt_theory.tasks import compose_copy, fibonacci, modular_sum, parity, running_parity, selection, xor
from emt_theory.testing import networks
from emt_theory.testing.laws.attention import ATTENTION_LAWS, AttentionSubject
from emt_theory.testing.laws.circuits import CIRCUIT_LAWS, no_premise, similarity
from emt_theory.testing.laws.fields import FIELD_LAWS, FieldSubject
from emt_theory.testing.laws.finite import FINITE_LAWS, FiniteSubject
from emt_theory.testing.laws.gsemm import (
    GSEMM_LAWS,
    ModelSubject,
    conjugacy,
    discretization,
    energy_identity,
    representability,
    without_root,
)
from emt_theory.testing.laws.law import Law, Subject
from emt_theory.testing.laws.machines import MACHINE_LAWS, MachineSubject
from emt_theory.testing.laws.networks import NETWORK_LAWS, damped_signs, finite_check, invisible_writes
from emt_theory.testing.laws.orbits import ORBIT_LAWS, OrbitSubject
from emt_theory.testing.laws.rules import RULE_LAWS, RuleSubject
from emt_theory.testing.laws.secants import SECANT_LAWS, SecantSubject
from emt_theory.testing.laws.trained import trained_networks

_HOLD = selection("hold", 2, [(2, 0, 1)])
_NEWEST = selection("newest", 3, [(3, 0, 1)])
_XOR = xor()
_FADING = selection("fading", 1, [(1, 1, 1), (1, 2, 1), (1, 2, 1)])

_TO_INPUT = RationalMatrix.from_rows([[1, 0]])
"""Keeps the inputs of a network and drops its phase input."""
_FORGETS = ExactRNN(
    W_hh=RationalMatrix.from_rows([[0, 1, 0], [0, 0, 1], [0, 0, 0]]),
    W_uh=RationalMatrix.from_rows([[1], [1], [1]]),
    W_hy=RationalMatrix.from_rows([[1, 0, 0]]),
    activation="identity",
)
"""Repeats one number for two scored steps, then forgets it."""


Broken = (
    Subject
    | ModelSubject
    | FiniteSubject
    | FieldSubject
    | RuleSubject
    | MachineSubject
    | OrbitSubject
    | SecantSubject
    | AttentionSubject
)
"""What may break a law."""


def saboteurs() -> dict[str, tuple[Law, Broken]]:
    """By id: a law, or a false variant of it, and a subject that breaks it.

    >>> from emt_theory.testing.laws import check_law
    >>> law, subject = saboteurs()["P10"]
    >>> print(check_law(law, subject))
    P10 (exact) broken: cycles are {(2, -1): 1} by walking over Φ, {(2, 1): 1} claimed
    """
    about_rules = (*FINITE_LAWS, *FIELD_LAWS, *RULE_LAWS, *MACHINE_LAWS, *ORBIT_LAWS, *SECANT_LAWS, *ATTENTION_LAWS)
    law = {one.id: one for one in (*GSEMM_LAWS, *CIRCUIT_LAWS, *NETWORK_LAWS, *about_rules)}
    compose, flipped = Subject.of(compose_copy(2)), Subject.of(selection("flip", 2, [(1, 0, -1)]))
    fib, hold, newest, fading = (Subject.of(task) for task in (fibonacci(2, 1), _HOLD, _NEWEST, _FADING))
    repeat = Subject.of(selection("repeat", 1, [(1, 0, 1)]))
    reversed_memory = RationalMatrix.from_rows([[1, 1], [1, 0]])
    remembered = ModelSubject.of(compose_copy(2))
    bits, asks = FiniteSubject.of(_XOR), AttentionSubject.of(compose_copy(2))
    assert bits.lift is not None
    rule, numbers = RuleSubject.of(_XOR), modular_sum(3, code="numbers")
    assert rule.margin is not None
    weak, open_gate = Threshold().weights(_XOR, 4), Interpolating().weights(numbers, 5)
    balls, pairs = OrbitSubject.of(_XOR), SecantSubject.of(_XOR)
    stopped = Pairs().weights(running_parity(), 4)
    assert balls.claims is not None
    anywhere = {id: replace(law[id], premises=no_premise) for id in ("P13", "P14", "P16")}
    return {
        "P01": (replace(law["P01"], conclusion=energy_identity(with_delay=False)), remembered),
        "P02": (replace(law["P02"], conclusion=discretization(without_root)), remembered),
        "P03": (replace(law["P03"], conclusion=conjugacy(sends=False)), remembered),
        "P04": (replace(law["P04"], conclusion=representability(dual_is_inverse=False)), remembered),
        "P05": (law["P05"], replace(fib, phi=reversed_memory)),
        "P06": (law["P06"], replace(newest, phi=newest.phi.T)),
        "P07": (law["P07"], replace(compose, linear=True)),
        "P07b": (replace(law["P07b"], conclusion=damped_signs(Fraction(3, 4))), newest),
        "P08": (replace(law["P08"], conclusion=finite_check(terms=2)), replace(repeat, network=_FORGETS)),
        "P09": (law["P09"], replace(fib, factors=flipped.factors)),
        "P10": (law["P10"], replace(flipped, cycles=(Cycle(2, 1, (0,)),))),
        "P11": (law["P11"], replace(fading, dimension=MinimalDimension(2, 2))),
        "P12": (replace(law["P12"], conclusion=similarity(dual_is_inverse=False)), fib),
        "P13": (anywhere["P13"], replace(hold, network=networks.saturating(_HOLD, Fraction(3, 2)))),
        "P14": (anywhere["P14"], replace(hold, network=networks.tanh(_HOLD, Fraction(3, 2), Fraction(3, 4)))),
        "P15": (replace(law["P15"], conclusion=invisible_writes(start=0)), fib),
        "P16": (anywhere["P16"], replace(fib, network=networks.gated(fib.task, Fraction(1, 2)))),
        "P17": (law["P17"], replace(FieldSubject.of(_XOR), period=2)),
        "P18": (law["P18"], replace(fib, phi=reversed_memory)),
        "P19": (law["P19"], replace(bits, graph=replace(state_graph(_XOR), cycles=((1, 2), (2, 1))))),
        "P20": (law["P20"], replace(bits, lift=replace(bits.lift, dimension=2))),
        "P21": (law["P21"], replace(FieldSubject.of(parity()), cycles=((1, 8),))),
        "P22": (law["P22"], replace(rule, linear=None)),
        "P23": (law["P23"], replace(rule, network=replace(weak, W_uh=weak.W_uh * Fraction(1, 4)))),
        "P24": (law["P24"], replace(rule, margin=replace(rule.margin, delta=4 * rule.margin.delta))),
        "P25": (
            law["P25"],
            replace(RuleSubject.of(numbers), network=replace(open_gate, W_uh=open_gate.W_uh.columns(0, 1) @ _TO_INPUT)),
        ),
        "P26": (law["P26"], replace(MachineSubject.of(running_parity()), network=replace(stopped, b_h=(-1,) * 4))),
        "P27": (law["P27"], replace(balls, claims={**balls.claims, "radius": "1"})),
        "P28": (law["P28"], replace(pairs, after=pairs.after.argsort())),
        "P29": (law["P29"], replace(asks, gap=2 * asks.gap)),
    }


def trained_saboteurs() -> dict[str, tuple[Law, Subject | ModelSubject]]:
    """By id, for the laws with the carrier "trained": as `saboteurs`, with a network that was really trained, on T4.

    >>> from emt_theory.testing.laws import check_law
    >>> law, subject = trained_saboteurs()["P11"]
    >>> print(check_law(law, subject, "trained"))
    P11 (trained) broken: minimal dimensions (2, 2), not (36, 36)
    """
    pair = trained_networks()["T4"]
    true, remembered = Subject.of(pair), ModelSubject.of(pair)
    claims: dict[str, Subject] = {
        "P05": replace(true, phi=true.phi.T),
        "P10": replace(true, cycles=(*(true.cycles or ()), *(true.cycles or ()))),
        "P11": replace(true, dimension=MinimalDimension(2, 2)),
        "P12": true,
        "P18": replace(true, phi=true.phi.T),
    }
    return {id: (law, claims.get(id, remembered)) for id, (law, _) in saboteurs().items() if "trained" in law.carriers}
