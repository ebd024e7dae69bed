"""Episodic Memory Theory: exact circuits of recurrent networks, and honest checks of trained ones.

The public surface resolves lazily (PEP 562): `import emt_theory` loads none of the heavy libraries, a name loads what it needs.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from emt_theory import analysis, circuits, errors, exact, gsemm, networks, report, studies, tasks, testing, training
    from emt_theory.analysis import check, check_recordings, decompile, privileged_basis
    from emt_theory.circuits import derive
    from emt_theory.networks import from_module, load
    from emt_theory.studies import sweep
    from emt_theory.training import FastProtocol, PaperProtocol, train

__version__ = "0.3.0"

_NAMES = {
    "FastProtocol": "emt_theory.training",
    "PaperProtocol": "emt_theory.training",
    "check": "emt_theory.analysis",
    "check_recordings": "emt_theory.analysis",
    "decompile": "emt_theory.analysis",
    "derive": "emt_theory.circuits",
    "from_module": "emt_theory.networks",
    "load": "emt_theory.networks",
    "privileged_basis": "emt_theory.analysis",
    "sweep": "emt_theory.studies",
    "train": "emt_theory.training",
}
_MODULES = (
    "analysis",
    "circuits",
    "errors",
    "exact",
    "gsemm",
    "networks",
    "report",
    "studies",
    "tasks",
    "testing",
    "training",
)

__all__ = [
    "FastProtocol",
    "PaperProtocol",
    "analysis",
    "check",
    "check_recordings",
    "circuits",
    "decompile",
    "derive",
    "errors",
    "exact",
    "from_module",
    "gsemm",
    "load",
    "networks",
    "privileged_basis",
    "report",
    "studies",
    "sweep",
    "tasks",
    "testing",
    "train",
    "training",
]


def __getattr__(name: str) -> Any:
    if name in _NAMES:
        return getattr(import_module(_NAMES[name]), name)
    if name in _MODULES:
        return import_module(f"emt_theory.{name}")
    raise AttributeError(f"module 'emt_theory' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
