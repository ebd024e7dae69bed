"""The pictures of a basis: what they are drawn from, and that each is drawn, of small planted circuits."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.patches import Rectangle

from emt_theory import derive, privileged_basis
from emt_theory.evidence.basis.drawing import draw_map, outlined_blocks
from emt_theory.evidence.basis.views import along_components, order_of_neurons, path_of, residuals_of
from emt_theory.ground.absent import Absent
from emt_theory.tasks import autoregressive, compose_copy, from_matrix, repeat_copy

PICTURES = ("plot", "plot_weights", "plot_states", "plot_units", "plot_path", "plot_wave")


def view_of(task, **how):
    return privileged_basis(derive(task).compile(**how), task, sequences=64, horizon=40).view


@pytest.fixture(scope="module")
def view():
    return view_of(compose_copy(3), scheme="tanh", basis="identity")


@pytest.fixture(scope="module")
def mixing():
    return view_of(from_matrix([[-1, -1, -1]]), scheme="linear")


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def texts(ax):
    return [text.get_text() for text in ax.texts]


def test_the_residuals_of_a_planted_circuit_are_next_to_nothing_and_those_of_a_permuted_decoder_are_not(view):
    reading, step = residuals_of(view)
    assert reading.shape == step.shape == (6,)
    assert max(reading.max(), step.max()) < 0.01
    turned = np.roll(np.arange(6), 1)
    wrong, moved = residuals_of(replace(view, decoded=view.decoded[:, turned]))
    assert wrong.max() > 0.5
    assert moved.max() > 0.5


def test_values_that_grow_have_a_step_error_of_their_own_rate():
    view = view_of(autoregressive([2]), scheme="linear")
    assert view.phi.tolist() == [[2.0]]
    assert max(map(np.max, residuals_of(view))) < 1e-6


def test_neurons_of_one_variable_stand_together(view):
    mixed = view.shares[:, np.random.default_rng(0).permutation(9)]
    order, variable = order_of_neurons(mixed)
    assert sorted(order.tolist()) == list(range(9))
    assert variable.tolist() == [0, 1, 2, 3, 4, 5, -1, -1, -1]
    assert np.abs(mixed[:, order[:6]]).argmax(axis=0).tolist() == [0, 1, 2, 3, 4, 5]


def test_variables_of_one_component_stand_together_the_oldest_first(view):
    slots = [view.slots[j] for j in along_components(view.slots, 6)]
    assert slots == [(1, 0), (2, 0), (3, 0), (2, 1), (3, 1), (3, 2)]


def test_a_path_goes_from_block_to_block_and_is_composed_where_it_is_written_again(view):
    path = path_of(view)
    assert [view.slots[visit.variable] for visit in path] == [(3, 0), (2, 0), (1, 0), (3, 0)]
    assert [visit.composed for visit in path] == [False, False, False, True]
    assert len({visit.value for visit in path}) == 1
    assert [visit.time for visit in path] == list(range(view.settled + 1, view.settled + 5))
    assert [visit.composed for visit in path_of(view, 2)] == [False, True]


def test_what_is_on_a_path_is_named(view):
    labels = [label.get_text() for label in view.plot_path().get_yticklabels()]
    assert labels == [f"t = {view.settled + k}:  block {b}, component 0" for k, b in ((1, 3), (2, 2), (3, 1), (4, 3))]


def test_blocks_are_counted_from_1(view):
    assert view.film.plot().xaxis.get_major_formatter()(0, None) == "1"


def test_no_path_of_values_that_are_mixed_or_not_there(view, mixing):
    assert "mixes its variables" in str(path_of(mixing))
    assert isinstance(path_of(view, 3), Absent)


@pytest.mark.parametrize(("task", "shifts", "compositions"), [(compose_copy(3), 2, 3), (repeat_copy(4, 2), 3, 1)])
def test_shifts_and_compositions_are_outlined_and_named(task, shifts, compositions):
    view = view_of(task, scheme="tanh")
    kinds = [block.kind for block in outlined_blocks(view)]
    assert (kinds.count("shift"), kinds.count("composition")) == (shifts, compositions)
    ax = draw_map(view)
    frames = [patch for patch in ax.patches if isinstance(patch, Rectangle)]
    assert len(frames) == shifts + compositions
    around = {(frame.get_x() + 0.5, frame.get_y() + 0.5) for frame in frames}
    assert around == {
        (block.columns[0], block.rows[0]) for block in outlined_blocks(view) if block.kind in ("shift", "composition")
    }
    assert sum(text.startswith("shift: block") for text in texts(ax)) == shifts
    assert sum(text.startswith("composition:") for text in texts(ax)) == 1


@pytest.mark.parametrize("name", PICTURES)
def test_every_picture_is_drawn_of_every_kind(view, mixing, name):
    large = replace(view, maps={}, weights=None, step=None)
    gated = replace(view, weights=None)
    for given in (mixing, gated, large):
        getattr(given, name)()
    getattr(view, name)().figure.canvas.draw()


def test_where_there_is_nothing_to_draw_it_says_why(view, mixing):
    assert texts(replace(view, maps={}).plot()) == ["weights of a state of more than 256 numbers are not drawn"]
    assert "mixes its variables" in texts(mixing.plot_path())[0]


def test_a_picture_fits_into_given_axes(view):
    ax = plt.subplots()[1]
    assert view.plot(ax) is ax
    ax = plt.subplots()[1]
    assert view.plot_units(ax) is ax
