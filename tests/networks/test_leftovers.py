"""What is left over: numbers alone, whole and complex arrays, curves and data, all of which may act on one channel or on one unit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from emt_theory.errors import InvalidNetwork
from emt_theory.networks import from_arrays, load

N, D, OUT = 4, 2, 3
RNG = np.random.default_rng(13)


def some(*shape: int) -> Any:
    return RNG.normal(size=shape)


BASE = {"rnn.weight_hh_l0": some(N, N), "rnn.weight_ih_l0": some(N, D), "fc.weight": some(OUT, N)}
ONE = {"rnn.weight_hh_l0": some(N, N), "rnn.weight_ih_l0": some(N, 1), "fc.weight": some(1, N)}
ACTING: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "a gain of one number": (BASE, {"g": np.array([3.0])}),
    "a gain as a matrix": (BASE, {"g": np.array([[3.0]])}),
    "a rate": (BASE, {"alpha_logit": np.array([3.0])}),
    "a skip connection of one channel": (ONE, {"W_skip": np.array([[3.0]])}),
    "a whole one of one channel": (ONE, {"W_skip": np.array([[3]])}),
    "a sign of one channel": (ONE, {"in_sign": np.array([-1])}),
    "a whole skip connection": (BASE, {"D": np.ones((OUT, D), dtype=int)}),
    "a complex skip connection": (BASE, {"D": np.ones((OUT, D), dtype=complex)}),
    "a complex number": (BASE, {"D": np.array(2j)}),
    "signs of channels": (BASE, {"in_sign": np.array([1, -1])}),
    "a mask of channels": (BASE, {"chosen": np.array([True, False])}),
    "a permutation of channels": (BASE, {"perm": np.array([1, 0])}),
    "a permutation of outputs, from 1": (BASE, {"perm": np.array([2, 3, 1])}),
    "signs of units": (BASE, {"hidden_signs": np.array([1, -1, 1, 1])}),
    "a score of attention": (BASE, {"attn.v_score": some(N)}),
    "a matrix called input": (BASE, {"input": some(D, 5)}),
    "a matrix called y": (BASE, {"y": some(OUT, D)}),
    "a matrix of a curve's name": (BASE, {"w_acc": some(N, N)}),
    "a matrix of data's name": (BASE, {"data": some(N, D)}),
}


@pytest.mark.parametrize("name", ACTING)
def test_what_may_act_is_refused(name: str, tmp_path: Any) -> None:
    base, arrays = ACTING[name]
    with pytest.raises(InvalidNetwork, match="is not used, and would change the network") as refusal:
        from_arrays(base | arrays)
    names = eval(str(refusal.value).split("names=")[-1].split(" or --names")[0])
    assert from_arrays(base | arrays, names=names) == from_arrays(base)
    np.savez(tmp_path / "x.npz", **base, **arrays)
    with pytest.raises(InvalidNetwork, match="is not used, and would change the network"):
        load(tmp_path / "x.npz")


IDLE: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "counters": (BASE, {"epoch": np.array([3]), "lr": np.array([[0.1]]), "step": np.array(7.0), "seed": np.array(1)}),
    "sizes": (BASE, {"hidden_size": np.array(N), "layer_sizes": np.array([4, 5]), "n_units": np.array([1, 0])}),
    "a size of one": (ONE, {"num_layers": np.array([1]), "batch_size": np.array([32]), "N": np.array([[4]])}),
    "whole numbers by themselves": (BASE, {"thing": np.array(3), "other": np.array([3])}),
    "curves as long as the units": (BASE, {"losses": some(N), "train_acc": some(OUT)}),
    "recordings": (BASE, {"activity": some(9, 20, N), "trajectory": some(20, N), "x_test": some(10, D)}),
    "data": (BASE, {"x": some(9, 5, D), "outputs": some(9, 5, OUT)}),
    "names of channels": (BASE, {"channels_in": np.array(["go", "stop"])}),
    "what has no such axis": (BASE, {"thing": some(9), "whole": np.arange(9), "complex": some(9) + 1j}),
}


@pytest.mark.parametrize("name", IDLE)
def test_what_cannot_act_is_listed(name: str) -> None:
    base, arrays = IDLE[name]
    net = from_arrays(base | arrays)
    assert net == from_arrays(base)
    assert net.provenance.ignored == tuple(sorted(arrays))
