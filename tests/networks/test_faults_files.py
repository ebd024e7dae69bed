"""Every row of the list of faults about files and models is a test; which one, stands here."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

HERE = Path(__file__).parent

ROWS = {
    "h0 beside a compiled circuit": "test_around.test_the_false_consistent_of_a_dropped_initial_state",
    "a linear layer before nn.RNN, LayerNorm, weight_hh_l0_raw": "test_around.test_what_would_change_the_network_is_refused_by_name",
    "what the network is not made of, and is known to be idle": "test_around.test_what_changes_nothing_is_listed",
    "names of hand-written cells": "test_handwritten.test_squares_are_refused_and_one_of_the_calls_is_right",
    "names of Keras, Haiku, BrainPy": "test_frameworks.test_the_forward_pass_is_the_librarys",
    "d_in = d + 1": "test_sizes.test_what_is_wider_without_saying_so_is_loaded_and_check_says_which_channel_it_lacks",
    "phases with a polarity": "test_phase.test_it_runs_as_with_a_channel_that_the_user_appends",
    "two and three layers": "test_stack.test_the_forward_pass_is_pytorchs",
    "a whole module": "test_modules.test_attributes_that_are_tensors_are_seen",
    "weight_norm, spectral_norm, prune, parametrizations": "test_reparametrized.test_the_forward_pass_is_pytorchs",
    "settings in checkpoints": "test_modules.test_a_stated_sigma_that_is_unknown_or_contradicted_is_an_error_that_names_where",
    "leaky units": "test_leaky.test_it_runs_by_its_equation",
    "masks": "test_around.test_what_would_change_the_network_is_refused_by_name",
    "object arrays, Git LFS pointers, wrong suffixes": "test_foreign_files.test_foreign_files_are_told_what_helps",
    "live modules": "test_live.test_a_module_is_its_network_and_stays_as_it_was",
    "an escaped dtype": "test_bad_files.test_types_that_numpy_does_not_have",
    "escape sequences in names, much metadata": "test_foreign_files.test_strange_names_are_shown_escaped_and_cut_everywhere",
}


@pytest.mark.parametrize("row", ROWS)
def test_every_row_has_its_test(row: str) -> None:
    module, name = ROWS[row].split(".")
    tree = ast.parse((HERE / f"{module}.py").read_text())
    assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
