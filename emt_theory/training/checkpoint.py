"""A run between two steps, as a file: plain arrays and one JSON text, read without unpickling.

    about      version, backend, setting, stage, step, seconds, and the SHA-256 of all the rest
    state.X    a part of the engine's state          history.X    a column of the history
    snapshot.K.X    a weight after K steps

It is read whole or refused: what it holds has to have the hash that it carries, be of this training, and fit it in shapes, lengths and numbers. A
resumed run would otherwise end, in silence, in other weights.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
from numpy.typing import NDArray

from emt_theory.errors import InvalidFile, InvalidOption
from emt_theory.ground.arguments import is_integer
from emt_theory.ground.files import read_bytes
from emt_theory.ground.text import first_line, shown
from emt_theory.training.engine import Setting, State, fresh_state, weights_of
from emt_theory.training.history import History
from emt_theory.training.loop import Track

_VERSION = 3
_MOST_BYTES = 2**34
_ABOUT = ("version", "backend", "setting", "stage", "step", "computing", "seconds", "sha256")
Arrays = dict[str, NDArray[Any]]


def to_bytes(track: Track, state: State, backend: str, seconds: float) -> bytes:
    """A run as the content of its checkpoint.

    Args:
        track: where it is.
        state: what its engine holds.
        backend: "numpy" or "jax".
        seconds: how long it has taken.
    """
    arrays: Arrays = {f"state.{key}": np.asarray(array) for key, array in state.items()}
    arrays |= {f"history.{key}": array for key, array in track.history.to_arrays().items()}
    arrays |= {f"snapshot.{step}.{key}": a for step, kept in track.snapshots.items() for key, a in kept.items()}
    about: dict[str, Any] = {
        "version": _VERSION,
        "backend": backend,
        "setting": track.setting.identity(),
        "snapshots": list(track.wanted),
        "stage": track.stage,
        "step": track.step,
        "computing": track.computing,
        "seconds": seconds,
    }
    text = json.dumps({**about, "sha256": _digest(about, arrays)})
    return archive({**arrays, "about": np.array(text)})


def archive(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Arrays as the content of an .npz file."""
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)  # type: ignore[arg-type]
    return buffer.getvalue()


def read(path: Path, setting: Setting, backend: str, wanted: tuple[int, ...] = ()) -> tuple[Track, State]:
    """Where a run left off.

    Raises:
        InvalidFile: if the checkpoint is damaged, or says what does not fit together; names the first such thing.
        InvalidOption: if it is of another training; names the first difference.
    """
    try:
        kept_bytes = read_bytes(path, _MOST_BYTES)
        with ZipFile(io.BytesIO(kept_bytes)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > len(kept_bytes):
                raise ValueError("its arrays are compressed, as those of a checkpoint are not")
        with np.load(io.BytesIO(kept_bytes), allow_pickle=False) as content:
            arrays: Arrays = {key: content[key] for key in content.files}
        about = json.loads(str(arrays.pop("about")))
        kept = {
            **about["setting"],
            "snapshots": about["snapshots"],
            "backend": about["backend"],
            "version": about["version"],
        }
    except Exception as error:  # noqa: BLE001 — damaged archives make zipfile, zlib and NumPy's parser raise anything
        raise _damaged(path, first_line(error)) from None
    asked = {**setting.identity(), "snapshots": wanted, "backend": backend, "version": _VERSION}
    asked = json.loads(json.dumps(asked))
    for key in ("version", *asked):
        if kept.get(key) != asked[key]:
            raise InvalidOption(
                f"{path} is of another training: {_difference(key, kept.get(key), asked[key])}; resume it as it was begun"
            )
    for problem in (_about_problem(about, setting), *_array_problems(arrays, about, setting, wanted)):
        if problem:
            raise _damaged(path, problem)
    if _digest({key: value for key, value in about.items() if key != "sha256"}, arrays) != about["sha256"]:
        raise _damaged(path, "its content has another hash than it carries")
    state, history = _named(arrays, "state."), History(**_named(arrays, "history."))
    snapshots = {step: _named(arrays, f"snapshot.{step}.") for step in wanted if step <= about["step"]}
    track = Track(
        setting, about["stage"], history, about["computing"], about["seconds"], wanted=wanted, snapshots=snapshots
    )
    return track, state


def _named(arrays: Arrays, prefix: str) -> Arrays:
    return {key.removeprefix(prefix): array for key, array in arrays.items() if key.startswith(prefix)}


def _damaged(path: Path, reason: str) -> InvalidFile:
    return InvalidFile(f"{path} is damaged, so the run cannot be resumed ({reason})")


def _digest(about: dict[str, Any], arrays: Arrays) -> str:
    found = hashlib.sha256(json.dumps(about, sort_keys=True).encode())
    for key in sorted(arrays):
        array = np.ascontiguousarray(arrays[key])
        found.update(f"{key} {array.dtype.str} {array.shape}".encode())
        found.update(array.tobytes())
    return found.hexdigest()


def _about_problem(about: dict[str, Any], setting: Setting) -> str | None:
    if missing := [key for key in _ABOUT if key not in about]:
        return f"{missing[0]} is missing"
    for name, most in (
        ("stage", len(setting.protocol.curriculum.horizons) - 1),
        ("step", setting.protocol.steps),
    ):
        if not is_integer(about[name]) or not 0 <= about[name] <= most:
            return f"its {name} is {shown(about[name])}, not an integer from 0 to {most}"
    for name in ("computing", "seconds"):
        value = about[name]
        if not isinstance(value, float | int) or not 0 <= value < math.inf:
            return f"its {name} is {shown(value)}, not a number of seconds"
    return None


def _array_problems(arrays: Arrays, about: dict[str, Any], setting: Setting, wanted: tuple[int, ...]) -> list[str]:
    """What is wrong with its arrays, where `about` is in order."""
    fresh = fresh_state(setting)
    state = {f"state.{key}": array for key, array in fresh.items()}
    for step in wanted:
        if step <= about["step"]:
            state |= {f"snapshot.{step}.{key}": array for key, array in weights_of(fresh).items()}
    columns = {f"history.{key}": array for key, array in History.empty().to_arrays().items()}
    shapes = {key: array.shape for key, array in state.items()} | dict.fromkeys(columns, (about["step"],))
    found = [f"{key} is missing" for key in shapes if key not in arrays]
    found += [f"{shown(key)} does not belong there" for key in arrays if key not in shapes]
    for key, right in shapes.items():
        if (array := arrays.get(key)) is None:
            continue
        if array.shape != right:
            found.append(f"{key} has the shape {array.shape}, not {right}")
        if array.dtype != (dtype := (state | columns)[key].dtype):
            found.append(f"{key} holds {array.dtype}, not {dtype}")
    return found


def _difference(key: str, kept: Any, wanted: Any) -> str:
    if isinstance(kept, dict) and isinstance(wanted, dict):
        inner = next(k for k in [*wanted, *kept] if kept.get(k) != wanted.get(k))
        return _difference(f"{key} {inner}", kept.get(inner), wanted.get(inner))
    return f"its {key} is {shown(kept)}, not {shown(wanted)}"
