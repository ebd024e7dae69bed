r"""`load`: from a file to a network, by the format of the file and the names in it.

A file that `save` wrote gives back the network that it was made from. Others are state dictionaries of PyTorch in any of the known formats,
checkpoints of Lightning, arrays under the names of Flax or Equinox. `emt_theory.networks.reading.formats` lists the formats,
`emt_theory.networks.reading.namings` the names, and ``net.metadata["layout"]`` says what was taken for what. No code in a file is ever executed.
Every refusal is one line that begins with the file.

>>> import tempfile
>>> import numpy as np
>>> with tempfile.TemporaryDirectory() as folder:
...     np.savez(Path(folder) / "x.npz", W_hh=np.eye(2), W_uh=np.ones((2, 1)), W_hy=np.ones((1, 2)), loss=3.0)
...     net = load(Path(folder) / "x.npz")
>>> net.provenance
Provenance(assumed=('activation',), ignored=('loss',), remarks=())
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from numpy.typing import ArrayLike

from emt_theory.errors import EMTError, InvalidFile
from emt_theory.ground.files import irregular, named_path
from emt_theory.ground.text import printable
from emt_theory.networks.network import Network
from emt_theory.networks.reading import formats
from emt_theory.networks.reading.building import build
from emt_theory.networks.reading.said import Names, Said


def load(
    path: str | os.PathLike[str],
    activation: str | Sequence[str | None] | None = None,
    *,
    names: Names | None = None,
    phase_input: bool | str | None = None,
    alpha: ArrayLike | None = None,
    leak: str | None = None,
) -> Network:
    """Read a network from a `.safetensors`, `.npz` or PyTorch file (`.pt`, `.pth`, `.bin`, `.ckpt`). No code in it is ever executed.

    An Elman network's σ is what the metadata, the settings in a checkpoint or the attributes of a whole module state under a name such as
    ``nonlinearity`` or ``activation``, and tanh, the default of `torch.nn.RNN`, where nothing does: a state dictionary does not say it, and
    `is_assumed` tells. What was taken for what is kept as JSON in ``metadata["layout"]``, and the name of the file in ``metadata["source"]``.

    Args:
        path: the file.
        activation: σ of units without gates, for a file that names none: one name, or one for each layer of a stack, None for gates.
        names: where weights come from, for a file whose names are not known or leave something open: expressions in its keys, such as
            ``{"W_hh": "Whh.T", "W_uh": "rnn.1[:, :3]", "b_h": "b_ih + b_hh"}``, by the name that the network has for them. See
            `emt_theory.networks.reading.expressions`.
        phase_input: whether the last input channel tells the input phase, and how: ``"while-inputs"`` or True, ``"after-inputs"``, ``"eos"``,
            ``"eos+1"``; see `emt_theory.networks.PHASES`.
        alpha: α = dt/τ of leaky units, one number or N.
        leak: where the leak is, ``"state"`` or ``"preactivation"``; see `emt_theory.networks.LeakyRNN`.

    Returns:
        The network in float64, an Elman network with its rational twin if the file has one.

    Raises:
        InvalidFile: if there is no such file; if it is empty, truncated, damaged, of another format, or declares more than
            a file of weights needs; or if code would be needed to read it.
        InvalidNetwork: if a weight is missing or ambiguous, has the wrong shape or type, or is NaN or infinite; if an array that is not used would
            change the network; if the network has directions or gates that are not supported; if the twin is malformed or contradicts the arrays; if
            a stated σ is unknown, or two disagree; or if an option contradicts the file, or is given for gates.
        InvalidOption: if an option is unknown, or `names` is no expression in the keys of the file.
    """
    source = named_path(path)
    try:
        _check_source(source)
        content = formats.read(source)
        content = replace(content, metadata={**content.metadata, "source": printable(source.name)})
        return build(content, Said(None, names, activation, phase_input, alpha, leak))
    except EMTError as error:
        raise type(error)(f"{printable(str(source))}: {error}") from None
    except OSError as error:
        raise InvalidFile(f"{source}: cannot be read ({error.strerror or error})") from None
    except MemoryError:
        raise InvalidFile(f"{source}: needs more memory than there is") from None


def _check_source(path: Path) -> None:
    if path.is_dir():
        formats.read_folder(path)
    if (reason := irregular(path)) is not None:
        raise InvalidFile(reason)
    if path.stat().st_size == 0:
        raise InvalidFile("the file is empty")
