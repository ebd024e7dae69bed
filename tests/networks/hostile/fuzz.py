"""Mutants of right files, without end: random bytes, and files that are well-formed to the last checksum and lie in one field.

A byte that is flipped somewhere in a zip is found by its CRC-32, so most of what random bytes do ends at the door. The mutants that come further are
put together again after their change, in `tests.networks.hostile.fields`: a zip with right checksums around a pickle of which an opcode was replaced,
a header of safetensors with another dtype. Every mutant is a function of the seed and its number alone: `mutant(seed, number)` makes it again.
"""

from __future__ import annotations

import functools
import tempfile
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from emt_theory.networks import ElmanRNN, ExactRNN, load, save
from tests.networks.hostile.fields import change_bytes, change_safetensors, change_zip
from tests.networks.hostile.npz_files import npz_bytes

DATA = Path(__file__).parents[1] / "data"
SUFFIXES = (".pt", ".pth", ".bin", ".ckpt", ".npz", ".safetensors", ".pkl", ".h5", ".tar", ".txt", "")


@functools.cache
def samples() -> tuple[tuple[str, bytes], ...]:
    """Right files of every format, by suffix: what PyTorch wrote, and what `save` and NumPy write."""
    found = [(path.suffix, path.read_bytes()) for path in sorted(DATA.rglob("*")) if path.suffix in SUFFIXES[:4]]
    small = ElmanRNN(W_hh=np.eye(2) / 2, W_uh=np.ones((2, 1)), W_hy=np.ones((1, 2)), activation="relu")
    nets = [
        replace(small, exact=ExactRNN.from_float(small)),
        *(load(DATA / name) for name in ("rnn_tanh.pt", "gru.pt", "lstm.bin")),
    ]
    with tempfile.TemporaryDirectory() as folder:
        for net in nets:
            paths = [save(net, Path(folder) / f"x{suffix}", overwrite=True) for suffix in (".npz", ".safetensors")]
            found += [(path.suffix, path.read_bytes()) for path in paths]
            weights: dict[str, Any] = dict(net.weights)
            found.append((".npz", npz_bytes(weights | {"activation": "relu", "steps": 3}, packed=True)))
    return tuple(found)


def mutant(seed: int, number: int) -> tuple[str, bytes]:
    """The suffix and the bytes of a mutant."""
    rng = Random(f"{seed} {number}")
    suffix, whole = rng.choice(samples())
    if rng.random() < 0.65:
        whole = (change_safetensors if suffix == ".safetensors" else change_zip)(rng, whole)
    if rng.random() < 0.4:
        for _ in range(rng.randint(1, 3)):
            whole = change_bytes(rng, whole)
    if rng.random() < 0.05:
        whole = whole[: rng.randrange(len(whole) + 1)] + rng.choice(samples())[1][rng.randrange(200) :]
    return (suffix if rng.random() < 0.8 else rng.choice(SUFFIXES)), whole
