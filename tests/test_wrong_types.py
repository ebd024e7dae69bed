"""A call with a value of the wrong kind ends in one line that says so, never in a traceback of ours or of a library."""

import flint
import numpy as np
import pytest

import emt_theory as emt
from emt_theory import circuits, exact, gsemm, networks, studies, tasks, training
from emt_theory.errors import EMTError
from emt_theory.ground.rationals import RationalMatrix
from emt_theory.gsemm import experiments
from emt_theory.testing.laws import check_law

TASK = tasks.parse("compose-copy", num_variables=2)
MODEL = gsemm.Model.lisem([[1, 0], [0, 1]], [[0, 1], [1, 0]], T_h=1)  # no layer is slaved: each is read
XOR = tasks.parse("xor")
NET = circuits.derive(TASK).compile()
FIBONACCI = {"F": RationalMatrix.from_rows([[1, 1]]), "dim": 1}
SYSTEM = {"realization": exact.Realization(*(RationalMatrix.identity(2),) * 3)}
SALEM = {"coefficients": (1, -1, -1, -1, 1)}
BRIEF = training.Protocol(3, 0.01, training.Scheduled((2,), (0,)), test_horizon=2)
SOME = studies.Population(TASK, hidden=2, seeds=2, protocols=BRIEF, check=False)


def grid(**fields):
    return studies.read_grid(fields)


def table1(**fields):
    return studies.read_grid(studies.table1_grid(**fields))


WRONG = {
    "None": None,
    "text": "\x1b[31mnonsense",
    "negative": -7,
    "enormous": 10**5000,
    "fraction": 0.5,
    "array": np.array([[0.5, np.nan]]),
    "scalar array": np.array(0.5),
    "texts": np.array(["a"]),
    "masked": np.ma.masked_array([[1.0, 2.0]], mask=[[True, False]]),
    "ragged": [[1], [1, 2]],
    "class": dict,
    "set": {1.5},
    "dictionary": {0: [1]},
    "object": object(),
    "mapping": {"a": 1},
    "list": [0.5],
    "matrix": RationalMatrix.from_rows([[1, 2, 3]] * 2),
    "network": NET,
    "task": TASK,
    "model": MODEL,
}

# The arguments of a call that is right. Each in turn is replaced by each wrong value; those in `fine` may be right, too.
TASK_ONLY = (
    circuits.derive, circuits.find_obstruction, circuits.is_linearly_solvable, circuits.resolve_spectrum,
    circuits.spectrum_by_cycles, circuits.spectrum_by_polynomial, circuits.minimal_dimension, circuits.pseudocode,
    circuits.to_latex, circuits.value_horizon, circuits.circuit_value_horizon, circuits.contamination,
    circuits.float64_exact_until, circuits.longest_chain, circuits.choose_scheme, circuits.explain_choice,
    circuits.working_schemes, tasks.to_paper_id, tasks.to_toml,
)  # fmt: skip
OF_RECURRENCE = (
    exact.companion, exact.block_toeplitz, exact.blocks, exact.loaded_memory, exact.characteristic_polynomial, exact.polynomial_matrix,
    exact.polynomial_by_elimination, exact.polynomial_by_matrix, exact.observability_rank,
)  # fmt: skip
OF_SYSTEM = (exact.minimal_order, exact.is_minimal, exact.minimal_realization, exact.with_free_load)
OF_POLYNOMIAL = (
    exact.certified_roots, exact.count_on_unit_circle, exact.count_outside_unit_circle, exact.numeric_roots,
    exact.polynomial_text, exact.trace_polynomial,
)  # fmt: skip
OF_FINITE = (
    circuits.state_graph, circuits.minimal_machine, circuits.lift, circuits.lift_by_characters, circuits.lift_by_states,
    circuits.is_reversible, circuits.smallest_kind, circuits.find_linear_obstruction, circuits.find_odd_obstruction,
    circuits.field_theory, tasks.as_selection,
)  # fmt: skip
CALLS = [
    *((function, {"task": TASK}) for function in TASK_ONLY),
    *((function, FIBONACCI) for function in OF_RECURRENCE),
    *((function, SYSTEM) for function in OF_SYSTEM),
    *((function, SALEM) for function in OF_POLYNOMIAL),
    *((function, {"matrix": FIBONACCI["F"]}) for function in (exact.rank, exact.pivots, exact.row_basis)),
    (exact.Certificate, {"kind": "x", "claims": {}}),
    (exact.Certificate.from_dict, {"value": exact.Certificate("x", {}).to_dict()}),
    (exact.Certificate.from_json, {"text": exact.Certificate("x", {}).to_json()}),
    (exact.certified_roots_of_unity, {"order": 4}),
    (exact.cycles, {"blocks": [1], "components": [0], "signs": [1], "num_variables": 2}),
    (exact.Factor, {"multiplicity": 1, "order": None, "given": (0, 1)}),
    (exact.factorize, {"polynomial": flint.fmpq_poly([1, 1])}),
    (exact.factors_of_cycles, {"found": [exact.Cycle(2, 1, (0,))], "components": 2}),
    (exact.impulse_responses, {**FIBONACCI, "count": 2}),
    (exact.injection, {"block": 1, "num_variables": 2, "dim": 1}),
    (exact.jordan_blocks, {**FIBONACCI, "factor": exact.Factor(1, order=1)}),
    (exact.Realization, {"A": RationalMatrix.identity(2), "B": RationalMatrix.identity(2), "C": RationalMatrix.identity(2), "first": 0}),
    (SYSTEM["realization"].markov, {"count": 2}),
    (exact.same_behaviour, {"one": SYSTEM["realization"], "other": SYSTEM["realization"]}),
    (exact.take_columns, {"matrix": FIBONACCI["F"], "columns": [0]}),
    (tasks.accuracy, {"outputs": [[[1.0]]], "targets": [[[1]]], "seed": 0}),
    (tasks.autoregressive, {"coefficients": [1, 2], "num_variables": 2, "dim": 1}),
    (tasks.compose_copy, {"num_variables": 2, "dim": 2}),
    (tasks.delayed_copy, {"num_variables": 2, "dim": 2, "lag": 1}),
    (tasks.fibonacci, {"num_variables": 2, "dim": 1}),
    (tasks.repeat_copy, {"num_variables": 2, "dim": 1}),
    (tasks.random_selection, {"num_variables": 2, "dim": 1, "seed": 0}),
    (tasks.selection, {"name": "x", "num_variables": 2, "reads": [(1, 0, 1)]}),
    (tasks.from_dict, {"described": TASK.to_dict()}),
    (tasks.from_matrix, {"F": [[1, 0]], "dim": 1, "name": "x", "inputs": (-1, 1)}),
    (tasks.from_paper_id, {"paper_id": (9, 1, 2), "num_variables": 2, "dim": 2}),
    (tasks.from_rule, {"rule": lambda u: [u[1][0]], "num_variables": 2, "dim": 1, "name": "x"}),
    (tasks.from_rule, {"rule": lambda u: [u[1][0]], "num_variables": 2, "dim": 1, "alphabet": 2, "code": "signs"}),
    (tasks.from_table, {"tables": [0, 1, 1, 0], "num_variables": 2, "dim": 1, "alphabet": 2, "code": "signs", "name": "x"}),
    (tasks.Alphabet, {"size": 2, "code": "signs"}),
    (tasks.Alphabet(2).encode, {"symbols": [0, 1]}),
    (tasks.Alphabet(2).decode, {"numbers": [0.5, 1.0]}),
    (tasks.LocalRule, {"reads": (0,), "table": np.array([0, 1])}),
    (tasks.FiniteTask, {"name": "x", "num_variables": 2, "dim": 1, "alphabet": 2, "rules": [tasks.LocalRule((0,), np.array([1, 0]))]}),
    (tasks.linear_filter, {"inputs": [1], "past": [1], "name": "x", "values": (-1, 1)}),
    (tasks.from_state_space, {"A": [[1]], "B": [[1]], "C": [[1]], "D": [[0]], "name": "x", "inputs": (-1, 1)}),
    (tasks.from_step, {"step": lambda state, x: (state, x), "start": 0, "alphabet": 2, "channels": 1, "shows": 2, "name": "x"}),
    (tasks.from_transitions, {"transitions": [[0, 1], [1, 0]], "shown_at": [[0, 1], [1, 0]], "start": 0, "alphabet": 2, "shows": 2}),
    (tasks.affine_machine, {"A": [[1]], "B": [[1]], "C": [[1]], "modulus": 2, "name": "x"}),
    (tasks.Mealy, {"following": [[0, 1], [1, 0]], "shown": [[0, 1], [1, 0]], "start": 0}),
    (tasks.find_difference, {"one": tasks.running_parity().machine, "other": tasks.running_parity().machine}),
    (tasks.MachineTask, {"name": "x", "machine": tasks.running_parity().machine, "reads": 2, "shows": 2, "channels": 1, "outputs": 1}),
    (tasks.RuleTask, {"name": "x", "first": (0,), "moves": ("s[0]",), "show": ("x[0]",), "inputs": (0, 1), "channels": 1}),
    (tasks.mips_task, {"name": "Sum_All"}),
    (tasks.running_parity().targets, {"symbols": [[[0]]]}),
    (tasks.running_sum().targets, {"inputs": [[[1]]]}),
    (tasks.n_back, {"lag": 1, "alphabet": 2, "code": "signs"}),
    (tasks.leaky, {"rate": "1/2"}),
    (tasks.contains, {"word": "01"}),
    (circuits.odd_accuracy, {"task": XOR, "horizon": 3}),
    (circuits.derive(XOR).margin, {"beta": 4, "alpha": 2}),
    (circuits.derive(XOR).compile, {"hidden": 4, "scheme": "threshold", "basis": "identity"}),
    (circuits.Threshold, {"gain": 2}),
    (circuits.ThresholdTanh, {"beta": 4, "alpha": 2}),
    (XOR.targets, {"symbols": [[[0], [1]]], "horizon": 2}),
    (XOR.sample, {"batch": 1, "horizon": 1, "seed": 0}),
    (tasks.as_finite, {"task": TASK}),
    (tasks.finite_task, {"value": XOR}),
    (tasks.xor, {"lags": (1, 2), "num_variables": 2, "dim": 1}),
    (tasks.lfsr, {"taps": (3, 4)}),
    (tasks.parity, {"num_variables": 2, "dim": 1}),
    (tasks.majority, {"num_variables": 3, "dim": 1}),
    (tasks.mux, {"dim": 1}),
    (tasks.modular_sum, {"alphabet": 3, "num_variables": 2, "dim": 1, "code": "onehot"}),
    (tasks.maximum, {"alphabet": 3, "num_variables": 2, "dim": 1, "code": "onehot"}),
    (tasks.random_finite, {"num_variables": 2, "dim": 1, "alphabet": 2, "reads": 1, "seed": 0, "code": "signs"}),
    (tasks.attention, {"M": [[0, 1], [1, 0]], "V": [0, 1], "num_variables": 2}),
    (tasks.Attention([[0, 1], [1, 0]], [0, 1], 2).bound, {"beta": 2.0}),
    (tasks.Attention([[0, 1], [1, 0]], [0, 1], 2).step, {"window": np.eye(2), "beta": 2.0}),
    *((function, {"task": XOR}) for function in OF_FINITE),
    (circuits.lift, {"task": XOR, "graph": None}),
    (circuits.lift_by_states, {"task": XOR, "graph": None}),
    (circuits.state_graph, {"task": XOR, "tell": None}),
    (exact.factors_of_lengths, {"counts": {(3, 1): 2}, "components": 7}),
    (exact.GF, {"p": 5}),
    (exact.GF(5).matrix, {"rows": [[1, 2]]}),
    (exact.elementary_divisors, {"F": exact.GF(5).matrix([[1, 2]]), "dim": 1}),
    (exact.polynomial_order, {"coefficients": (1, 1), "p": 5}),
    (tasks.load, {"path": "missing.toml"}),
    (tasks.parse, {"text": "compose-copy", "num_variables": 2, "dim": 2}),
    (tasks.sample, {"task": TASK, "batch": 1, "horizon": 1, "seed": 0}),
    (TASK.sample, {"batch": 1, "horizon": 1, "seed": 0}),
    (TASK.sequences, {"batch": 1, "horizon": 1, "seed": 0}),
    (TASK.accuracy, {"outputs": np.ones((1, 3, 8)), "episodes": TASK.sample(1, 1, 0), "seed": 0}),
    (tasks.word_count, {"values": 3, "choices": 4}),
    (tasks.choose, {"xp": np, "words": np.zeros(9, np.uint32), "values": 3, "shape": (2, 2)}),
    (NET.run, {"x": np.ones((1, 2, 8)), "steps": 3, "lengths": [2]}),
    (networks.from_module, {"module": {"W_hh": [[1]], "W_uh": [[1]]}, "activation": "relu", "kind": "elman", "readout": [[1]]}),
    (networks.from_module, {"module": lambda h, x: h, "readout": [[1]], "hidden": 1, "dim": 1, "convention": "h, x -> h"}),
    (networks.as_network, {"value": {"W_hh": [[1]], "W_uh": [[1]], "W_hy": [[1]]}}),
    (tasks.targets, {"task": TASK, "inputs": [[[1, 1], [1, 1]]], "horizon": 1}),
    (circuits.best_damping, {"task": TASK, "horizon": 2, "sequences": 2, "seed": 0, "grid": [1]}),
    (circuits.sign_accuracy, {"task": TASK, "horizon": 2, "sequences": 2, "seed": 0, "damping": 1}),
    (circuits.expected_sign_accuracy, {"task": TASK, "horizon": 2, "damping": 1}),
    (circuits.find_elapsed_time_defect, {"task": TASK, "horizon": 2}),
    (circuits.is_linearly_solvable_within, {"task": TASK, "horizon": 2}),
    (circuits.responses, {"task": TASK, "count": 2}),
    (circuits.margins, {"task": TASK, "horizon": 2, "gamma": "1/2"}),
    (circuits.float64_until, {"task": TASK, "gamma": "1/2", "limit": 10}),
    (circuits.interpret, {"task": TASK, "inputs": [[[1, 1], [1, 1]]], "steps": 3, "load": "ideal"}),
    (circuits.recheck, {"certificate": circuits.certify(NET, TASK).certificate}),
    (circuits.make_basis, {"kind": "oblique", "hidden": 5, "components": 3, "seed": 0}),
    (circuits.minimal_circuit, {"task": TASK, "variant": "running"}),
    (circuits.minimal_circuit(TASK).outputs, {"inputs": [[[1, 1], [1, 1]]], "horizon": 2}),
    (circuits.derive(TASK).compile, {"hidden": 5, "scheme": "linear", "basis": "oblique", "seed": 0}),
    (circuits.derive(TASK).minimal, {"variant": "running"}),
    (circuits.Damped, {"gamma": 1}),
    (circuits.Gated, {"form": "pairs", "gate": 9}),
    (circuits.Saturating, {"gain": 9}),
    (circuits.Tanh, {"beta": 2, "gain": 3}),
    (gsemm.derive_network, {"model": MODEL, "step": 1.0, "dual": "inverse", "dim": 1}),
    (gsemm.h_jacobian, {"rule": gsemm.derive_network(MODEL).rule, "V": [0, 0]}),
    (gsemm.VForm, {"W": np.eye(2), "sigma": gsemm.tanh(), "ratio": 1.0}),
    (gsemm.derive_network(MODEL).rule.run, {"V": [0, 0], "steps": 2}),
    (gsemm.dwell_time, {"ratio": 1.5, "gain": 23}),
    (gsemm.critical_ratio, {"gain": 23}),
    (gsemm.exact_critical_ratio, {"gain": 23, "length": 3, "slowness": 1}),
    (gsemm.energy, {"model": MODEL, "V_f": [0, 0], "V_h": [0, 0], "V_d": [0, 0]}),
    (gsemm.energy_rate, {"model": MODEL, "V_f": [0, 0], "V_h": [0, 0], "V_d": [0, 0]}),
    (gsemm.energy_trace, {"model": MODEL, "times": [0, 1], "V_f": np.eye(2), "V_d": np.eye(2)}),
    (gsemm.overlaps, {"model": MODEL, "V_f": [0, 0]}),
    (gsemm.simulate, {"model": MODEL, "cue": [1, 0], "duration": 1, "delay": [0, 0], "samples": 3, "tolerance": 1e-3, "solver": "RK45"}),
    (gsemm.find_recall, {"times": [0, 1], "overlaps": [[1], [1]], "rule": gsemm.Rule()}),
    (gsemm.Rule, {"enter": 0.75, "leave": 0.5, "lead": 0.2, "shortest": 0.0}),
    (gsemm.first_disorder, {"order": [0, 1], "interactions": np.eye(2)}),
    (gsemm.factorize, {"W": circuits.derive(TASK).exact_phi, "size": 4}),
    (gsemm.fewest_memories, {"W": circuits.derive(TASK).exact_phi}),
    (gsemm.fewest_orthonormal_memories, {"W": circuits.derive(TASK).exact_phi}),
    (gsemm.from_network, {"net": NET}),
    (gsemm.from_activation, {"activation": np.tanh, "size": 2, "seed": 0}),
    (gsemm.from_expression, {"expression": __import__("sympy").Symbol("v") ** 2, "variables": [__import__("sympy").Symbol("v")]}),
    (gsemm.interactions_from_phi, {"phi": np.eye(2), "alpha_s": 1, "alpha_c": 1, "delay_gain": 1}),
    (gsemm.model_for_task, {"task": TASK, "memories": np.eye(4), "feature": gsemm.tanh()}),
    (gsemm.model_from_phi, {"memories": np.eye(2), "phi": np.eye(2), "feature": gsemm.tanh()}),
    (gsemm.Model.lisem, {"memories": np.eye(2), "interactions": np.eye(2), "gain": 1, "T_d": 1}),
    (gsemm.tanh, {"gain": 1}),
    (gsemm.softmax, {"gain": 1}),
    (gsemm.tanh().activation, {"V": [0, 0]}),
    (gsemm.orthogonal_memories, {"features": 4, "count": 2}),
    (gsemm.random_memories, {"features": 4, "count": 2, "seed": 0}),
    (gsemm.partial_cue, {"memory": np.ones(4), "kept": 0.75}),
    (gsemm.rest_weights, {"model": gsemm.Model.dsem(np.eye(2), np.eye(2)), "memory": 0}),
    (gsemm.SymbolicModel, {"features": 2, "components": 2}),
    (experiments.dense_recall, {"seeds": 1, "settings": [], "say": None}),
    (experiments.fast_layers, {"scales": [], "say": None}),
    (experiments.slow_delay, {"delays": [], "say": None}),
    (experiments.linear_dwell, {"gain": 1, "ratios": [], "say": None}),
    (experiments.linear_transition, {"gains": [], "lengths": [], "width": 2, "say": None}),
    (lambda tasks: experiments.task_circuit([] if tasks is None else tasks), {"tasks": []}),
    (check_law, {"law": "P05", "subject": TASK, "carrier": "exact"}),
    (training.Protocol, {"steps": 3, "learning_rate": 0.01, "curriculum": training.Scheduled((2,), (0,)), "clip": 1, "l2": 0, "decay": "cosine"}),
    (training.Scheduled, {"horizons": (2,), "starts": (0,)}),
    (training.Adaptive, {"horizons": (2,), "threshold": 0.5}),
    (training.parse_protocol, {"text": "fast"}),
    (training.train, {"task": TASK, "hidden": 2, "backend": "numpy", "seed": 0, "protocol": BRIEF, "cell": "elman"}),
    (training.train, {"task": TASK, "protocol": BRIEF, "hidden": 2, "dtype": "float32", "snapshots": [1], "restarts": 0, "progress": lambda p: None}),
    (studies.Checking, {"sequences": 1, "horizon": 1, "seed": 0, "lifetime": False}),
    (studies.Configuration, {"task": TASK, "hidden": 2, "protocol": BRIEF, "seed": 0, "backend": "numpy", "cell": "elman"}),
    (studies.Configuration, {"task": TASK, "protocol": BRIEF, "activation": "tanh", "dtype": "float32", "check": None}),
    (studies.read_grid, {"config": [studies.Configuration(TASK, 2, BRIEF)]}),
    (grid, {"tasks": TASK, "hidden": 2, "l2": 0, "seeds": 1, "protocols": BRIEF, "cells": "elman", "activations": "tanh"}),
    (grid, {"tasks": TASK, "thresholds": 0.9, "protocols": training.PaperProtocol(), "backend": "numpy", "dtype": "float32", "check": False}),
    (table1, {"protocol": "fast", "seeds": 1, "hidden": 2, "l2": 0, "thresholds": None}),
    (studies.reproduce_table1, {"config": [studies.Configuration(TASK, 2, BRIEF)], "store": "no-such-store", "run": False}),
    (studies.count, {"config": [studies.Configuration(TASK, 2, BRIEF)], "store": "no-such-store"}),
    (studies.Population, {"tasks": TASK, "hidden": 2, "l2": 0, "seeds": 1, "protocols": BRIEF, "drawn": "tasks"}),
    (studies.Population, {"grid": [studies.Configuration(TASK, 2, BRIEF)]}),
    (studies.Hypothesis, {"claim": "x", "population": SOME, "holds": bool, "at_least": 0.5, "confidence": 0.9, "sequential": True}),
    (studies.Hypothesis, {"claim": "x", "population": SOME, "statistic": len, "at_most": 0.5, "average": "mean", "solved_only": False}),
    (studies.answer, {"hypotheses": [], "store": "no-such-store"}),
    (studies.plan, {"hypothesis": studies.Hypothesis("x", SOME, bool, at_least=0.5), "claims": 1}),
    (studies.plan_all, {"hypotheses": []}),
    (studies.read_hypotheses, {"path": "missing.py"}),
    (SOME.compare, {"store": "no-such-store", "most": 2}),
    (training.train_many, {"task": TASK, "seeds": [], "hidden": 2, "spread": "vectorized", "finished": lambda p: None}),
]  # fmt: skip


ENDLESS = ("limit", "steps", "slowness")  # a number of steps is never too large, only long

FINE = {
    ("class", "holds"),
    ("class", "statistic"),
    ("class", "progress"),
    ("class", "finished"),
    ("class", "say"),
    ("class", "tell"),
}  # a class can be called


def name_of(call):
    return getattr(call[0], "__qualname__", str(call[0]))


@pytest.mark.parametrize("call", CALLS, ids=name_of)
def test_a_wrong_value_is_one_line(call):
    function, right = call
    for name in right:
        for wrong, value in WRONG.items():
            if (wrong, name) in FINE or (wrong == "enormous" and name in ENDLESS):
                continue
            try:
                function(**{**right, name: value})
            except EMTError as error:
                said = str(error)
                assert said, (name, wrong)
                assert "\n" not in said, (name, wrong, said)
                assert "\x1b" not in said, (name, wrong, said)
            except Exception as error:  # noqa: BLE001
                pytest.fail(f"{name} = {wrong}: {type(error).__name__}: {error}")


@pytest.mark.parametrize("function", TASK_ONLY)
def test_what_is_no_task_is_named(function):
    with pytest.raises(emt.errors.InvalidTask, match=r"expected a task, such as .* returns; got ElmanRNN"):
        function(NET)


@pytest.mark.parametrize("name", experiments.EXPERIMENTS)
def test_an_experiment_tells_a_function_only(name):
    with pytest.raises(EMTError, match="say must be a function, or None; got 5"):
        experiments.EXPERIMENTS[name](say=5)


def test_what_is_refused_is_named():
    with pytest.raises(EMTError, match="expected a Certificate, which certify returns; got NoneType"):
        circuits.recheck(None)
    with pytest.raises(EMTError, match=r"a task, or a sampler .* is needed; got <class 'dict'>"):
        training.train(dict)
    with pytest.raises(EMTError, match="F must be a list of rows; got <class 'dict'>"):
        tasks.from_matrix(dict, dim=1)
    with pytest.raises(EMTError, match=r"F must be a list of rows; got \{0: 1\}"):
        tasks.from_matrix({0: 1}, dim=1)


def test_more_exact_steps_than_can_be_kept_are_refused():
    for call in (
        lambda: circuits.expected_sign_accuracy(TASK, horizon=100_001),
        lambda: circuits.margins(TASK, horizon=100_001),
        lambda: circuits.responses(TASK, count=100_003),
    ):
        with pytest.raises(EMTError, match=r"must be an integer from . to 10000[02]; got 10000[13]"):
            call()
