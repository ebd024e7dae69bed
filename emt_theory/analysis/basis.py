r"""The privileged basis of a network: which units store which variable, which compose, and the weights read in it.

The third claim of the Episodic Memory Theory is that an algorithm defines a privileged basis, in which a network's weights can be read and its
neurons told apart. `privileged_basis` makes it, from a network and its task:

>>> from emt_theory import derive
>>> from emt_theory.tasks import compose_copy
>>> circuit = derive(compose_copy(3))
>>> basis = privileged_basis(circuit.compile(scheme="tanh", basis="identity"), circuit.task, sequences=200, horizon=60)
>>> basis.slots
((1, 0), (2, 0), (2, 1), (3, 0), (3, 1), (3, 2))
>>> basis.units((2, 1)), basis.variables(4)
((4,), ((2, 1),))
>>> round(basis.participation.median, 2), basis.participation.aligned
(1.0, True)
>>> basis.interchange.own.flips, basis.interchange.others.flips
(1.0, 0.0)
>>> basis.sufficient().quantized.accuracy, round(basis.necessary().without.accuracy, 1)
(1.0, 0.5)
>>> print(basis.composition)
output 0 reads 1·(component 0 of block 1)
output 1 reads 1·(component 1 of block 2)
output 2 reads 1·(component 2 of block 3)
>>> print(basis.weights["step"].blocks[0])
nothing: block 1 → block 1: within ...

Source: arXiv 2310.02430, section 5; made precise here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from emt_theory.analysis.decompile import decompile
from emt_theory.errors import InvalidNetwork, InvalidTask
from emt_theory.evidence.basis.privileged import PrivilegedBasis, basis_of, require_size
from emt_theory.evidence.conventions import HORIZON, SEQUENCES
from emt_theory.evidence.examination import examine
from emt_theory.evidence.lasting import Lasting
from emt_theory.ground.absent import Absent
from emt_theory.ground.blas import one_blas_thread
from emt_theory.networks import as_network
from emt_theory.tasks import Task

_FITTED = 256
"""On how many sequences the basis is estimated, at least."""


@one_blas_thread()
def privileged_basis(
    net: Any,
    task: Task | None = None,
    sequences: int = SEQUENCES,
    horizon: int = HORIZON,
    seed: int = 0,
    progress: Callable[[str], None] | bool | None = None,
) -> PrivilegedBasis:
    """The privileged basis of a network.

    Args:
        net: any network; the path of a file; or a live object such as a module of PyTorch (see `emt_theory.networks.from_module`).
        task: the task that it solves; the one that it is decompiled to, if left out.
        sequences: fresh sequences on which behaviour and the basis are judged, at most 1,000,000.
        horizon: scored steps of each, at most 1,000,000.
        seed: of the fresh sequences; the basis is estimated on those of seed + 1.
        progress: called with the name of each step as it begins; True writes it to stderr.

    Returns:
        The basis. Of a network that does not solve the task it is estimated all the same, says how little it explains, and claims nothing.

    Raises:
        InvalidNetwork: if `net` is no network, has fewer state variables than the task has variables that last, or its states blow up.
        InvalidTask: if `task` is no task, or none whose variables last; says why.
        NotDecompilable: if no task is given and the network computes none that can be read.
        InvalidOption: if a number is out of range, or the horizon is too short for the settled window.
    """
    net = as_network(net)
    if task is None:
        task = decompile(net, seed=seed, progress=progress).task
    x = replace(examine(net, task, sequences, horizon, seed, progress=progress), least=_FITTED)
    if not isinstance(x.lasting, Lasting):
        raise InvalidTask(f"{task.name} has no privileged basis: {x.lasting}")
    require_size(x)
    x.say("estimate the basis")
    found = basis_of(x)
    if isinstance(found, Absent):
        raise InvalidNetwork(f"the network has no privileged basis: {found}")
    return found
