"""Interventions on whole networks: circuits and trained networks do what theory predicts; wrong theories and wrong directions are caught."""

import json
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest

from emt_theory import derive
from emt_theory.analysis import estimate_memories, record
from emt_theory.circuits import Circuit
from emt_theory.errors import InvalidNetwork, InvalidOption, InvalidTask
from emt_theory.evidence.interventions import (
    Ablate,
    Block,
    Edit,
    Flip,
    Handles,
    InterventionResult,
    NoOp,
    Set,
    Swap,
    Transplant,
    decoder_handles,
    encoder_handles,
    intervene,
)
from emt_theory.evidence.interventions.prediction import Prediction
from emt_theory.evidence.interventions.result import Flips
from emt_theory.evidence.interventions.running import count, observe
from emt_theory.evidence.memories import persistent_dynamics
from emt_theory.ground.absent import Absent
from emt_theory.networks import ElmanRNN
from emt_theory.tasks import (
    LinearTask,
    autoregressive,
    compose_copy,
    fibonacci,
    from_matrix,
    parse,
    random_selection,
    repeat_copy,
)


@dataclass(frozen=True)
class Case:
    net: Any
    circuit: Circuit
    fit: Any
    fresh: Any
    memories: Any

    @property
    def estimate(self):
        return self.memories.intertwining.estimate

    @property
    def handles(self) -> Handles:
        return encoder_handles(persistent_dynamics(self.circuit), self.estimate)

    def intervene(self, edits: list[Edit] | None = None, **options: Any) -> InterventionResult:
        return intervene(self.net, self.circuit, self.estimate, self.fresh, edits, **options)


def case(net: Any, circuit: Circuit, horizon: int = 60, sequences: int = 40) -> Case:
    fit, fresh = (record(net, circuit.task, sequences, horizon, seed=seed) for seed in (1, 0))
    return Case(net, circuit, fit, fresh, estimate_memories(net, circuit, fit, fresh))


@cache
def real_case(network: Any, name: str) -> Case:
    return case(network(name), derive(parse(name)), horizon=160, sequences=128)


@cache
def small_case() -> Case:
    circuit = derive(repeat_copy(3, 2))
    return case(circuit.compile(), circuit)


def assert_is_the_circuit(result: InterventionResult):
    """The law: on a network that is the circuit edits do what theory predicts, and no-ops do nothing."""
    assert result.predicted_flips_seen is not None
    assert result.unpredicted_flips is not None
    assert result.predicted_flips_seen >= 0.99
    assert result.unpredicted_flips <= 0.01
    assert result.flips.precision is not None
    assert result.flips.precision >= 0.97
    assert result.noop_changes == 0


TASKS = [repeat_copy(3, 2), compose_copy(3), random_selection(4, 3, seed=2), from_matrix([[1, 0, 0, 0], [1, 0, 0, 0]])]


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
@pytest.mark.parametrize("build", ["saturating", "tanh", "gated", "gru", "lstm"])
def test_circuits_of_every_kind_do_exactly_what_theory_predicts(task: Any, build: str):
    circuit = derive(task)
    net = circuit.compile_cell(build) if build in ("gru", "lstm") else circuit.compile(scheme=build)
    result = case(net, circuit).intervene()
    assert (result.predicted_flips_seen, result.unpredicted_flips, result.noop_changes) == (1.0, 0.0, 0)
    assert (result.accuracy, result.edited_accuracy) == (1.0, 1.0)
    assert result.noops == 3
    assert result.edits == 3 * 8 * len(circuit.persistent)


@pytest.mark.parametrize("basis", ["identity", "orthogonal", "oblique"])
def test_the_linear_circuit_does_in_every_basis(basis: Any):
    circuit = derive(repeat_copy(3, 2))
    result = case(circuit.compile(scheme="linear", basis=basis), circuit).intervene()
    assert (result.predicted_flips_seen, result.unpredicted_flips, result.noop_changes) == (1.0, 0.0, 0)


def test_a_damped_circuit_has_the_signs_and_not_the_memory():
    """All signs are right (P07b), but a slot holds a mixture in which the newest write outweighs the rest: one slot alone cannot be edited."""
    circuit = derive(compose_copy(3))
    result = case(circuit.compile(scheme="damped"), circuit).intervene()
    assert result.accuracy == 1.0
    assert result.predicted_flips_seen is not None
    assert result.predicted_flips_seen < 0.9
    with pytest.raises(AssertionError):
        assert_is_the_circuit(result)


@pytest.mark.parametrize("name", [pytest.param("T1", marks=pytest.mark.slow), "T4"])
def test_trained_networks_do_what_theory_predicts(network: Any, name: str):
    result = real_case(network, name).intervene()
    assert_is_the_circuit(result)
    for control in (result.wrong_slot, result.random_direction):
        assert control.predicted > 0
        assert control.predicted_flips_seen is not None
        assert control.predicted_flips_seen < 0.05


def test_both_handles_do_on_a_network_that_is_the_circuit(network: Any):
    found = real_case(network, "T4")
    assert_is_the_circuit(
        found.intervene(handles=decoder_handles(persistent_dynamics(found.circuit), found.estimate, found.fit))
    )


def test_the_cycle_that_a_network_has_not_learned_is_named(network: Any):
    """The T2 network that solves 96 %: what it does not hold is one cycle, all of it and nothing else."""
    slots = real_case(network, "T2").intervene().by_slot
    seen = {slot: flips.predicted_flips_seen or 0.0 for slot, flips in slots.items()}
    assert max(fraction for (_, c), fraction in seen.items() if c == 1) < 0.5
    assert min(fraction for (_, c), fraction in seen.items() if c != 1) > 0.9


def test_what_no_linear_decoder_reads_well_is_held_all_the_same(network: Any):
    """The T3 network of 64 units has no eigenvalues for the cycle of length 6, and its slots are decoded badly. Edits along Ψ reach each of them."""
    found = real_case(network, "T3")
    persistent = persistent_dynamics(found.circuit)
    read = np.sign(found.memories.regression.estimate.decode(persistent.states(found.fresh)))
    right = (read == persistent.truth(found.fresh)).mean(axis=(0, 1))
    worst = int(right.argmin())
    assert right[worst] < 0.9
    result = found.intervene()
    assert_is_the_circuit(result)
    slot = divmod(persistent.components[worst], 8)
    assert (result.by_slot[slot[0] + 1, slot[1]].predicted_flips_seen or 0) > 0.95


def sabotaged(found: Case, **wrong: Any) -> Any:
    persistent = replace(persistent_dynamics(found.circuit), **wrong)
    return found.intervene(handles=Handles(persistent, found.estimate.encoder, found.estimate))


def with_a_sign_flipped(task: LinearTask) -> LinearTask:
    """The task whose last output has the other sign."""
    *others, last = task.reads
    return replace(task, rule=(*others, last._replace(sign=-last.sign)))


def test_saboteurs_wrong_theories_are_caught(network: Any):
    found = real_case(network, "T4")
    right = persistent_dynamics(found.circuit)
    assert_is_the_circuit(sabotaged(found))
    for wrong in (
        {"task": with_a_sign_flipped(right.task)},
        {"extension": np.roll(right.extension, 1, axis=1)},
        {"extension": -right.extension},
    ):
        with pytest.raises(AssertionError):
            assert_is_the_circuit(sabotaged(found, **wrong))


def test_a_wrong_sign_is_found_in_the_slot_where_it_is(network: Any):
    """In all flips together one wrong sign of 36 is lost; in its own slot every second flip goes unpredicted."""
    found = real_case(network, "T4")
    slots = sabotaged(found, task=with_a_sign_flipped(found.circuit.task)).by_slot
    precision = {slot: flips.precision or 0.0 for slot, flips in slots.items()}
    assert precision.pop((8, 7)) < 0.6
    assert min(precision.values()) > 0.97


def test_saboteurs_wrong_directions_are_caught(network: Any):
    found = real_case(network, "T4")
    persistent, right = persistent_dynamics(found.circuit), found.estimate.encoder
    pseudo_inverse = np.linalg.pinv(found.memories.regression.decoder)
    for wrong in (np.roll(right, 1, axis=1), found.memories.powers_input.encoder, pseudo_inverse, -right):
        with pytest.raises(AssertionError):
            assert_is_the_circuit(found.intervene(handles=Handles(persistent, wrong, found.estimate)))


@dataclass(frozen=True)
class LeakyNoOp(NoOp):
    def change(self, memory: Any, persistent: Any):
        return memory + 1e-9


def test_saboteur_a_no_op_that_does_something_is_counted():
    found = small_case()
    edits: list[Edit] = [Flip(10, (1, 0)), NoOp(10, (1, 0))]
    assert found.intervene(edits).noop_changes == 0
    assert found.intervene([*edits, LeakyNoOp(10, (1, 0))]).noop_changes > 0


def test_edits_of_every_kind_and_where_they_change_nothing():
    found = small_case()
    t, batch = 12, 8
    held = persistent_dynamics(found.circuit).truth_at(t, found.fresh)[:batch]
    donor = 3
    edits: list[Edit] = [
        Set(t, (2, 1), 1),
        Swap(t, (1, 0), (3, 1)),
        Transplant(t, (2, 0), source=donor),
        Flip(t, Block(2)),
        Ablate(t, (1, 1)),
    ]
    result = found.intervene(edits, sequences=batch)
    changed = [
        int((held[:, 3] != 1).sum()),
        int((held[:, 0] != held[:, 5]).sum()),
        int((held[:, 2] != held[donor, 2]).sum()),
        batch,
        batch,
    ]
    assert [outcome.sequences for outcome in result.outcomes] == changed
    assert [outcome.sequences + outcome.unchanged for outcome in result.outcomes] == [batch] * 5
    assert [outcome.slots for outcome in result.outcomes][:4] == [
        ((2, 1),),
        ((1, 0), (3, 1)),
        ((2, 0),),
        ((2, 0), (2, 1)),
    ]
    assert result.edits == sum(changed)
    assert_is_the_circuit(result)
    ablation = result.outcomes[-1].flips
    assert ablation.predicted == 0
    assert ablation.predicted_flips_seen is None
    assert ablation.unpredicted == 0
    assert set(result.by_slot) == {(2, 1), (2, 0), (1, 1)}


def test_an_edit_is_made_at_its_step():
    """A bit flipped at t = 12 in block 2 of 3 shows at t + 2, t + 5, …, and not before."""
    result = small_case().intervene([Flip(12, (2, 0)), Flip(13, (1, 0))], steps=7)
    assert result.example is not None
    assert np.flatnonzero(result.example.observed[:, 0]).tolist() == [1, 4]
    assert [flips.seen for flips in result.by_step] == [8, 8, 0, 8, 8, 0, 8]
    assert [flips.predicted for flips in result.by_step] == [8, 8, 0, 8, 8, 0, 8]


def test_an_edit_may_come_as_soon_as_the_memory_is_loaded():
    result = small_case().intervene([Flip(3, slot) for slot in range(6)])
    assert_is_the_circuit(result)


def test_edits_of_one_time_may_be_too_many_for_one_batch(monkeypatch: pytest.MonkeyPatch):
    found = small_case()
    whole = found.intervene()
    monkeypatch.setattr(import_module("emt_theory.evidence.interventions.intervene"), "_LARGEST_GROUP", 1)
    split = found.intervene()
    assert split.flips == whole.flips
    assert split.by_step == whole.by_step


def test_the_same_seed_gives_the_same_numbers():
    found = small_case()
    assert found.intervene(seed=3).to_dict() == found.intervene(seed=3).to_dict()
    assert found.intervene(seed=3).flips == found.intervene(seed=4).flips


def test_a_large_network_is_edited_in_fewer_sequences():
    circuit = derive(repeat_copy(2, 1))
    assert case(circuit.compile(hidden=256), circuit, sequences=10).intervene().edits == 3 * 2 * 8
    assert case(circuit.compile(hidden=257), circuit, sequences=10).intervene().edits == 3 * 2 * 2


def test_of_many_slots_64_are_drawn():
    circuit = derive(repeat_copy(5, 15))
    found = case(circuit.compile(), circuit)  # of 10 sequences rounding decides what is estimated
    result = found.intervene(sequences=2)
    assert result.edits == 3 * 64 * 2
    assert len(result.by_slot) == 64
    assert result.notes == ("64 of 75 persistent slots were edited, drawn at random",)
    assert_is_the_circuit(result)


@pytest.mark.parametrize(
    ("edits", "message"),
    [
        ([], "there are no edits"),
        (["flip"], "an edit is a Flip, Set, Swap, Ablate, Transplant or NoOp; got 'flip'"),
        ([Flip(2, 0)], r"flip slot 0 at t = 2: t must be an integer from 3, where the memory is loaded, to 62"),
        ([Flip(63, 0)], r"flip slot 0 at t = 63: t must be an integer from 3"),
        ([Flip(9.0, 0)], r"flip slot 0 at t = 9.0: t must be an integer"),  # pyright: ignore[reportArgumentType]
        ([Swap(9, 0, 6)], "a slot is .* got 6"),
        ([Swap(9, 0, 0)], r"swap slot 0 at t = 9 changes nothing in any of 8 sequences"),
    ],
)
def test_edits_that_cannot_be_made_are_refused(edits: Any, message: str):
    with pytest.raises(InvalidOption, match=message):
        small_case().intervene(edits)


def test_arguments_that_do_not_fit_are_refused():
    found = small_case()
    with pytest.raises(InvalidTask, match="the recording is of repeat_copy, the circuit of T9"):
        intervene(found.net, derive(random_selection(3, 2, seed=0).named("T9")), found.estimate, found.fresh)
    with pytest.raises(
        InvalidNetwork, match="the recording holds states of size 6, the network has S = 7; record this network"
    ):
        intervene(found.circuit.compile(hidden=7), found.circuit, found.estimate, found.fresh)
    other = case(derive(repeat_copy(2, 2)).compile(hidden=6), derive(repeat_copy(2, 2)))
    with pytest.raises(InvalidOption, match="the memories hold 6 components, the circuit has 4 persistent ones"):
        intervene(other.net, other.circuit, found.estimate, other.fresh)
    with pytest.raises(InvalidNetwork, match="expected"):
        intervene(None, found.circuit, found.estimate, found.fresh)  # pyright: ignore[reportArgumentType]
    with pytest.raises(InvalidOption, match="sequences must be a positive integer; got 0"):
        found.intervene(sequences=0)
    with pytest.raises(InvalidOption, match="steps must be a positive integer; got 0"):
        found.intervene(steps=0)


def assert_refused(result: InterventionResult | Absent, reason: str):
    assert isinstance(result, Absent)
    assert result.reason == reason


def test_what_has_no_memory_is_told_so():
    forgetful = derive(from_matrix([[0, 0], [1, 0]]))
    found = case(forgetful.compile(), forgetful)
    assert_refused(found.intervene(), "the task has no persistent components: nothing stays in memory")

    short = case(small_case().net, small_case().circuit, horizon=6)
    reason = "there are no memories to edit: memories are decoded at t = s + 4 = 7, …, horizon: none with a horizon of 6; take at least 7"
    assert_refused(short.intervene(), reason)

    twins = derive(from_matrix([["1/2", "1/2"], ["1/2", "1/2"]]))
    dependent = "the 2 persistent components are not independent (rank 1): one alone cannot be edited"
    assert_refused(case(twins.compile(scheme="linear"), twins).intervene(), dependent)


def test_a_network_that_blows_up_is_edited_before_or_not_at_all():
    circuit = derive(repeat_copy(2, 1))
    found = case(circuit.compile(scheme="linear"), circuit)
    for growth, reason in ((1e6, None), (1e90, "the network blows up at t = 5")):
        net = replace(found.net, W_hh=found.net.W_hh * growth, exact=None)
        broken = replace(found, net=net, fresh=record(net, circuit.task, 8, 200, seed=0))
        assert broken.fresh.blow_up is not None
        result = broken.intervene()
        if reason is None:
            assert max(outcome.edit.t for outcome in result.outcomes) < broken.fresh.blow_up
        else:
            needed = "edits come at t ≥ 4 and are watched for s steps, which needs 6 good steps: "
            assert_refused(result, needed + reason)


def test_values_that_grow_are_edited_through_the_decoder_or_refused():
    """Fibonacci's numbers, in a gated network that has them exactly: to flip is to change a sign."""
    circuit = derive(fibonacci())
    found = case(circuit.compile(scheme="gated"), circuit, horizon=24)
    assert_is_the_circuit(found.intervene())
    grown = case(circuit.compile(scheme="gated"), circuit, horizon=40)
    assert_refused(
        grown.intervene(), "there are no handles: what the decoder reads off the states is linearly dependent"
    )


def test_values_in_between_are_edited_too():
    circuit = derive(autoregressive(["1/2", "1/2"]))
    assert_is_the_circuit(case(circuit.compile(), circuit, horizon=40).intervene())


def test_a_network_without_a_direction_for_a_slot_is_told_so():
    found = small_case()
    none = found.estimate.encoder.copy()
    none[:, 0] = 0
    result = found.intervene(handles=replace(found.handles, directions=none))
    assert result.notes == ("the network has no direction for (1, 0): edits there move no state",)
    assert result.by_slot[1, 0].predicted_flips_seen == 0
    assert result.by_slot[2, 0].predicted_flips_seen == 1
    assert result.to_dict()["unmoved"] == 3 * 8


def test_an_edit_that_makes_the_network_blow_up_is_counted():
    circuit = derive(repeat_copy(1, 1))
    found = case(circuit.compile(), circuit)
    net = ElmanRNN(W_hh=[[1.0]], W_uh=[[1.0]], W_hy=[[1e308]], activation="identity")
    shifted = replace(found.handles, directions=np.array([[1e3]]))
    result = replace(found, net=net).intervene(handles=shifted, sequences=2)
    assert result.blow_ups == result.edits
    json.dumps(result.to_dict(), allow_nan=False)


def test_what_is_printed_and_kept():
    result = small_case().intervene()
    told = result.to_dict()
    promised = {"edits": 144, "predicted_flips_seen": 1.0, "unpredicted_flips": 0.0, "noop_changes": 0, "reason": None}
    assert {key: told[key] for key in promised} == promised
    assert len(told["by_slot"]) == 6
    assert [slot["slot"] for slot in told["by_slot"][:3]] == [[1, 0], [1, 1], [2, 0]]
    assert sum(step["predicted"] for step in told["by_step"]) == told["flips"]["predicted"]
    assert repr(result).startswith("InterventionResult(144 edits: 1.0000 of the predicted flips seen")


def test_where_nothing_is_predicted_it_says_so():
    result = small_case().intervene([Ablate(12, (1, 1))])
    assert str(result).startswith("8 edits: no flip was predicted, 0.0000 of the other outputs flipped; ")
    with_all = replace(result, outcomes=(replace(result.outcomes[0], flips=Flips(4, 4, 0, 0)),))
    assert "1.0000 of the predicted flips seen, no output was predicted to stay; " in str(with_all)


def test_an_output_that_vanishes_is_no_flip():
    """A predicted flip is seen where the sign is the opposite one; an output that is 0 or NaN is only changed."""
    theory = Prediction(np.ones((1, 1, 3, 1), dtype=bool), np.zeros((1, 1, 3, 1), dtype=bool), -np.ones((1, 1, 3, 1)))
    outputs = np.array([-1.0, 0.0, np.nan]).reshape(1, 1, 3, 1)
    observed = observe(outputs, np.ones((1, 1, 3, 1)))
    counts = count(theory, observed, np.ones((1, 1), dtype=bool))
    assert counts[:2].tolist() == [[[1, 1, 1]], [[1, 0, 0]]]
    stays = count(theory._replace(flips=theory.stays, stays=theory.flips), observed, np.ones((1, 1), dtype=bool))
    assert stays[2:].tolist() == [[[1, 1, 1]], [[1, 1, 1]]]


def test_arguments_of_another_kind_are_named():
    one: Any = Flip(12, (1, 0))
    with pytest.raises(InvalidOption, match=r"edits must be a list of edits, or None; got Flip\(t=12"):
        small_case().intervene(one)
    found, nothing = small_case(), None
    estimate: Any = nothing
    with pytest.raises(
        InvalidOption, match="estimate must be an Estimate, which estimate_memories returns; got NoneType"
    ):
        intervene(found.net, found.circuit, estimate, found.fresh)


def test_pictures():
    for result in (
        small_case().intervene(),
        sabotaged(small_case(), task=with_a_sign_flipped(small_case().circuit.task)),
    ):
        assert result.plot().get_xlabel().startswith("time t")
        assert result.plot_slots().get_xlabel() == "block (1 is the oldest)"
    plt.close("all")
    forgetful = derive(from_matrix([[0, 0], [1, 0]]))
    nothing = case(forgetful.compile(), forgetful).intervene()
    assert "nothing stays in memory" in str(nothing)
