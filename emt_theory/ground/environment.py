"""What is installed: the package, what it needs, its optional parts, its backends and its BLAS.

Standard library only, and everything else is imported inside: this has to say what is missing where much is.

>>> found = examine()
>>> found.works, [package.name for package in found.core if package.problem]
(True, [])
>>> found.to_dict()["backends"]["numpy"] == found.of("numpy").version
True
"""

from __future__ import annotations

import platform
import re
import tomllib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from importlib import import_module, metadata
from pathlib import Path
from typing import Any, NamedTuple

_PACKAGE = "emt_theory"
_IMPORTED_AS = {"python-flint": "flint"}
_BROUGHT_BY = {"jax[cuda13]": "jax-cuda13-plugin"}
"""What an extra of another package brings, by which it is known to be there."""
_NOT_FOR_USERS = ("dev",)


class Requirement(NamedTuple):
    """A line of the package's dependencies: a name, the least version, and the optional part that it belongs to, if any."""

    name: str
    least: str
    part: str | None


@dataclass(frozen=True)
class Package:
    """A package that is needed.

    Attributes:
        name: what the registry calls it.
        needs: the least version.
        version: the one that is there, or None.
        problem: what is wrong with it, or None.
    """

    name: str
    needs: str
    version: str | None
    problem: str | None


@dataclass(frozen=True)
class Part:
    """An optional part.

    Attributes:
        name: the extra.
        packages: what it consists of.
        install: the command that installs it.
    """

    name: str
    packages: tuple[Package, ...]
    install: str

    @property
    def installed(self) -> bool:
        """Whether all of it is there."""
        return not any(package.problem for package in self.packages)


@dataclass(frozen=True)
class Environment:
    """What is installed, and whether it works.

    Attributes:
        version: of this package.
        python, platform: of the interpreter and its machine.
        core: what the package cannot do without.
        parts: what it can.
        devices: of JAX, or why there are none.
        blas: library, kernel and threads of each BLAS that is loaded, or why they are not known.
    """

    version: str
    python: str
    platform: str
    core: tuple[Package, ...]
    parts: tuple[Part, ...]
    devices: tuple[str, ...] | str
    blas: tuple[str, ...] | str

    @property
    def works(self) -> bool:
        """Whether everything of the core is there and can be imported."""
        return not any(package.problem for package in self.core)

    def of(self, name: str) -> Package:
        """A package of the core, by its name."""
        return next(package for package in self.core if package.name == name)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready; what is not there is null, with a reason."""
        there = isinstance(self.devices, tuple)
        jax = {"devices": list(self.devices) if there else None, "reason": None if there else self.devices}
        return {
            "works": self.works,
            "version": self.version,
            "python": self.python,
            "platform": self.platform,
            "core": [asdict(package) for package in self.core],
            "backends": {"numpy": self.of("numpy").version, "jax": jax},
            "blas": list(self.blas) if isinstance(self.blas, tuple) else None,
            "parts": [{**asdict(part), "installed": part.installed} for part in self.parts],
        }

    def __str__(self) -> str:
        lines = [f"{_PACKAGE} {self.version}, Python {self.python}, {self.platform}", ""]
        lines += [f"  {package.name} {package.version or '–'}{_needed(package)}" for package in self.core]
        lines += ["", f"backends: numpy {self.of('numpy').version or 'missing'}; jax: {_joined(self.devices)}"]
        lines += [f"BLAS: {_joined(self.blas)}", ""]
        lines += [f"{part.name}: {_told(part)}" for part in self.parts]
        broken = [package.name for package in self.core if package.problem]
        return "\n".join(
            [*lines, "", f"broken: {', '.join(broken)}; {self.mend}" if broken else "everything needed is there"]
        )

    @cached_property
    def mend(self) -> str:
        """The command that puts the core right."""
        names = " ".join(f"'{package.name}>={package.needs}'" for package in self.core if package.problem)
        return f"pip install --upgrade {names}"


def examine() -> Environment:
    """Look at what is installed; imports the core, and JAX where it is there."""
    required = _requirements()
    core = tuple(_imported(need) for need in required if need.part is None)
    names = dict.fromkeys(need.part for need in required if need.part and need.part not in _NOT_FOR_USERS)
    parts = tuple(
        Part(
            str(name),
            tuple(_found(need) for need in required if need.part == name),
            f"pip install '{_PACKAGE}[{name}]'",
        )
        for name in names
    )
    return Environment(
        version=_version(_PACKAGE) or "(not installed: it runs from a folder)",
        python=platform.python_version(),
        platform=f"{platform.system()} {platform.machine()}",
        core=core,
        parts=parts,
        devices=_devices(),
        blas=_blas(),
    )


def _requirements() -> list[Requirement]:
    try:
        lines = metadata.requires(_PACKAGE) or []
    except metadata.PackageNotFoundError:
        lines = _declared(Path(__file__).parents[2] / "pyproject.toml")
    return sorted(filter(None, map(parse, lines)), key=lambda need: (need.part or "", need.name))


def _declared(project: Path) -> list[str]:
    if not project.is_file():
        return []
    described = tomllib.loads(project.read_text(encoding="utf-8"))["project"]
    extras = described["optional-dependencies"].items()
    return [*described["dependencies"], *(f"{line}; extra == '{part}'" for part, lines in extras for line in lines)]


def parse(line: str) -> Requirement | None:
    """A dependency as metadata writes it; None for an extra of the package itself.

    >>> parse("jax[cuda13]>=0.8; extra == 'cuda'"), parse("ruff<0.18,>=0.17 ; extra == 'dev'").least
    (Requirement(name='jax[cuda13]', least='0.8', part='cuda'), '0.17')
    """
    what, _, condition = line.partition(";")
    name = re.match(r"[\w.-]+(\[[^]]*\])?", what.strip())
    if name is None or name[0].startswith(_PACKAGE):
        return None
    least, part = re.search(r">=\s*([\w.]+)", what), re.search(r"extra\s*==\s*['\"]([\w-]+)", condition)
    return Requirement(name[0], least[1] if least else "0", part[1] if part else None)


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _found(need: Requirement) -> Package:
    version = _version(_BROUGHT_BY.get(need.name, need.name.partition("[")[0]))
    if version is None:
        return Package(need.name, need.least, None, "missing")
    # What an extra of another package brings counts its versions itself.
    old = need.name not in _BROUGHT_BY and _numbers(version) < _numbers(need.least)
    return Package(need.name, need.least, version, "too old" if old else None)


def _imported(need: Requirement) -> Package:
    found = _found(need)
    if found.version is None:
        return found
    try:
        import_module(_IMPORTED_AS.get(need.name, need.name.replace("-", "_")))
    except Exception as error:  # noqa: BLE001 — whatever a broken installation raises is what is wrong with it
        return Package(need.name, need.least, found.version, f"cannot be imported: {_line(error)}")
    return found


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:3])


def _line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def _devices() -> tuple[str, ...] | str:
    if _version("jax") is None:
        return f"not installed; pip install '{_PACKAGE}[jax]', or '{_PACKAGE}[cuda]' for an NVIDIA GPU"
    try:
        jax = import_module("jax")
        return tuple(f"{device.device_kind} ({device.platform} {device.id})" for device in jax.devices())
    except Exception as error:  # noqa: BLE001
        return f"broken: {_line(error)}"


def _blas() -> tuple[str, ...] | str:
    try:
        import_module("scipy.linalg")
        found = import_module("threadpoolctl").threadpool_info()
    except Exception as error:  # noqa: BLE001
        return f"not known: {_line(error)}"
    loaded = [library for library in found if library["user_api"] == "blas"]
    told = (
        f"{b['internal_api']} {b['version']}, kernel {b.get('architecture', '–')}, {b['num_threads']} threads"
        for b in loaded
    )
    return tuple(dict.fromkeys(told)) or "none that threadpoolctl knows"


def _needed(package: Package) -> str:
    return f"   ← {package.problem} (needs ≥ {package.needs})" if package.problem else ""


def _joined(found: Sequence[str] | str) -> str:
    return found if isinstance(found, str) else "; ".join(found)


def _told(part: Part) -> str:
    if part.installed:
        return ", ".join(f"{package.name} {package.version}" for package in part.packages)
    wrong = ", ".join(f"{package.name} {package.problem}" for package in part.packages if package.problem)
    return f"{wrong}; {part.install}"
