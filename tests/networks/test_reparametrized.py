"""Reparametrized weights are folded to what PyTorch computes from them, or refused with the remedy; what only looks like parts is left alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emt_theory.errors import InvalidNetwork
from emt_theory.networks import from_arrays, load
from emt_theory.networks.reading import reparametrized
from emt_theory.networks.reading.reparametrized import FOLDS, Fold
from emt_theory.networks.reading.torchfiles import read_torch

DATA = Path(__file__).parent / "data"
RECORDED = dict(np.load(DATA / "folded.npz").items())
NETWORKS = sorted({key.split("/")[1] for key in RECORDED})
REMEDY = "in PyTorch, before saving: torch.nn.utils.parametrize.remove_parametrizations(model.get_submodule('rnn'), 'weight_hh_l0')"


def error(name: str) -> float:
    """How far a network is from what PyTorch computed: the largest difference of an output or a state in 20 steps."""
    x, y, h = (RECORDED[f"folded/{name}/{key}"] for key in "xyh")
    assert y.shape[1] == 20
    run = load(DATA / "folded" / name).run(x, steps=20)
    return float(max(np.abs(run.outputs - y).max(), np.abs(run.states - h).max()))


@pytest.mark.parametrize("name", NETWORKS)
def test_the_forward_pass_is_pytorchs(name: str) -> None:
    assert error(name) < 1e-12
    net = load(DATA / "folded" / name)
    what = {"pruned.pt": "pruning"}.get(name, name[: name.index("_norm") + 5] if "_norm" in name else "")
    assert f"{what} of readout.weight is folded" in net.provenance.remarks
    assert net.provenance.ignored == ()


def test_every_fold_is_recorded() -> None:
    used = {known.ends for name in NETWORKS for known in FOLDS if known.matches(keys(DATA / "folded" / name))}
    assert used == {known.ends for known in FOLDS}


def keys(path: Path) -> Any:
    return read_torch(path).entries


SABOTEURS: dict[str, tuple[str, Any]] = {
    "weight_norm_old.pt": ("weight_norm", lambda g, v: g * v),
    "weight_norm_new.pt": ("weight_norm", lambda g, v: g * v / np.linalg.norm(v)),
    "weight_norm_dim1.pt": ("weight_norm", lambda g, v: g * v / np.linalg.norm(v, axis=1, keepdims=True)),
    "spectral_norm_old.pt": ("spectral_norm", lambda w, u, v: w / np.linalg.norm(w, 2)),
    "spectral_norm_new.pt": ("spectral_norm", lambda w, u, v: w),
    "pruned.pt": ("pruning", lambda w, mask: w),
}


@pytest.mark.parametrize("name", SABOTEURS)
def test_saboteurs_are_seen(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    broken, weight = SABOTEURS[name]
    monkeypatch.setattr(
        reparametrized, "FOLDS", [replace(known, weight=weight) if known.name == broken else known for known in FOLDS]
    )
    assert error(name) > 1e-4


ORTHOGONAL = f"'rnn.parametrizations.weight_hh_l0.0.base' belongs to an orthogonal parametrization, whose map the file does not say; {REMEDY}"
REFUSED = {
    "orthogonal.pt": ORTHOGONAL,
    "cayley.pt": ORTHOGONAL,
    "householder.pt": ORTHOGONAL,
    "spectral_norm_square_dim1.pt": f"spectral_norm of 'rnn.weight_hh_l0': u and v are those of the transpose (dim=1); {REMEDY}",
    "twice.pt": f"'rnn.parametrizations.weight_hh_l0.1._u' belongs to a second parametrization, whose map the file does not say; {REMEDY}",
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_the_file_does_not_determine_is_refused_with_the_remedy(name: str) -> None:
    with pytest.raises(InvalidNetwork) as caught:
        load(DATA / "folded" / name)
    assert str(caught.value).endswith(f"{name}: {REFUSED[name]}")


def test_every_file_is_used() -> None:
    assert {path.name for path in (DATA / "folded").iterdir()} == {*NETWORKS, *REFUSED}


# ------------------------------------------------------------------------------------------------ parts by hand

RNG = np.random.default_rng(0)
W, V, G = RNG.normal(size=(3, 3)), RNG.normal(size=(3, 3)), RNG.normal(size=(3, 1))
REST = {"weight_ih_l0": RNG.normal(size=(3, 1)), "readout.weight": RNG.normal(size=(1, 3))}
NORMED = G * V / np.sqrt((V**2).sum(axis=1, keepdims=True))
PARTS = {"weight_hh_l0_g": G, "weight_hh_l0_v": V}


def refusal(arrays: dict[str, Any]) -> str:
    with pytest.raises(InvalidNetwork) as caught:
        from_arrays(arrays)
    assert len(str(caught.value).splitlines()) == 1
    return str(caught.value)


def test_a_copy_that_agrees_is_said_and_one_that_does_not_is_refused() -> None:
    single = from_arrays(REST | PARTS | {"weight_hh_l0": NORMED.astype("<f4")})
    assert np.allclose(single.weights["W_hh"], NORMED, rtol=1e-15, atol=0)  # the parts, not their rounded copy
    assert single.provenance.remarks == (
        "weight_norm of weight_hh_l0 is folded, and the copy of it in the file is the same",
    )
    stale = NORMED + 2e-6 * np.abs(NORMED).max() * np.eye(3)
    told = "'weight_hh_l0' is there twice, plain and as the parts of its weight_norm, and they differ"
    assert refusal(REST | PARTS | {"weight_hh_l0": stale}) == f"{told} by 2e-06 of the largest entry; keep one"
    assert refusal(REST | PARTS | {"weight_hh_l0": V[:2]}) == f"{told}; keep one"
    assert refusal(REST | PARTS | {"weight_hh_l0": np.full((3, 3), np.nan)}) == f"{told}; keep one"


def test_pruned_parts_of_weight_norm_are_folded_in_their_order() -> None:
    mask = np.array([[1.0, 0, 1], [1, 1, 0], [0, 1, 1]])
    net = from_arrays(REST | {"weight_hh_l0_g": G, "weight_hh_l0_v_orig": V, "weight_hh_l0_v_mask": mask})
    left = V * mask
    assert np.allclose(
        net.weights["W_hh"], G * left / np.sqrt((left**2).sum(axis=1, keepdims=True)), rtol=1e-15, atol=0
    )
    assert net.provenance.remarks == ("pruning of weight_hh_l0_v is folded", "weight_norm of weight_hh_l0 is folded")


def test_two_at_once_are_refused() -> None:
    u = np.linalg.svd(W)[0][:, 0]
    both = {"weight_hh_l0_orig": W, "weight_hh_l0_u": u, "weight_hh_l0_v": u, "weight_hh_l0_mask": np.ones((3, 3))}
    assert refusal(REST | both) == (
        "'weight_hh_l0' is reparametrized twice, in an order that the file does not say; "
        "in PyTorch, before saving: torch.nn.utils.parametrize.remove_parametrizations(model, 'weight_hh_l0')"
    )


@pytest.mark.parametrize("part", ["original", "original0", "0.scale", "1._u"])
def test_any_other_parametrization_is_refused(part: str) -> None:
    key = f"rnn.parametrizations.weight_hh_l0.{part}"
    what = "a second" if part[0] == "1" else "a"
    told = f"{key!r} belongs to {what} parametrization, whose map the file does not say; {REMEDY}"
    assert refusal(REST | {"weight_hh_l0": W, key: W}) == told


def test_what_only_looks_like_parts_is_left_alone() -> None:
    others = {
        "W_g": G,
        "W_v": V,  # two weights of somebody's own
        "h_mask": np.ones(3),
        "weight_hh_l0_g": np.ones(3),  # no norm of the shape
        "weight_hh_l0_v": V,
        "readout.weight_orig": np.ones((1, 3)),  # nothing else of it
        "bias_orig": np.ones(3),
        "bias_u": np.ones(3),
        "bias_v": np.ones(3),
    }
    with pytest.raises(InvalidNetwork, match="is not used, and would change the network"):
        from_arrays(REST | {"weight_hh_l0": W} | others)
    names = {"W_hh": "weight_hh_l0", "W_uh": "weight_ih_l0", "W_hy": "readout.weight"}
    net = from_arrays(REST | {"weight_hh_l0": W} | others, names=names)
    assert np.array_equal(net.weights["W_hh"], W)
    assert net.provenance.remarks == ()
    assert set(net.provenance.ignored) == set(others)


def test_zero_rows_are_refused_as_pytorch_makes_them() -> None:
    """0/0, there as here."""
    assert "W_hh[1, 0] is nan" in refusal(REST | {"weight_hh_l0_g": G, "weight_hh_l0_v": V * [[1], [0], [1]]})


def test_a_new_fold_is_one_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    def product(a: Any, b: Any) -> Any:
        return a @ b

    low_rank = Fold("low rank", ("{}_left", "{}_right"), lambda a, b: a[1:] == b[:1], product)
    monkeypatch.setattr(reparametrized, "FOLDS", [*FOLDS, low_rank])
    net = from_arrays(REST | {"weight_hh_l0_left": V[:, :2], "weight_hh_l0_right": V[:2]})
    assert np.allclose(net.weights["W_hh"], V[:, :2] @ V[:2])
    assert net.provenance.remarks == ("low rank of weight_hh_l0 is folded",)
