"""What this package stands on: the oldest versions that `pyproject.toml` allows, and the licences of what is installed.

python tests/dependencies.py floors         constraints for pip, one a line; `make floors` tests with them
python tests/dependencies.py licences       name, version and licence of everything that the package needs here; exit code 1 if one is GPL
"""

import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

PROJECT = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
TESTED = ("jax", "testing")
"""The extras that the fast suite uses, beside what it is run with."""
RUN_WITH = ("pytest-xdist", "jaxtyping")


def floors() -> dict[str, str]:
    """The oldest version of each requirement that the suite uses."""
    extras = PROJECT["optional-dependencies"]
    wanted = [*PROJECT["dependencies"], *(line for extra in TESTED for line in extras[extra])]
    wanted += [line for line in extras["dev"] if line.startswith(RUN_WITH)]
    found = dict[str, str]()
    for line in wanted:
        name, oldest = re.fullmatch(r"([A-Za-z0-9_-]+)>=([0-9.]+)", line).groups()
        found[name] = oldest
    return found


def needed(name: str, seen: set[str]) -> Iterator[str]:
    """A package and what it needs, as far as that is installed."""
    if name in seen:
        return
    seen.add(name)
    try:
        requirements = distribution(name).requires or []
    except PackageNotFoundError:
        return
    yield name
    for line in requirements:
        if "extra ==" not in line:
            yield from needed(re.match(r"[A-Za-z0-9._-]+", line).group().lower().replace("_", "-"), seen)


def licence(name: str) -> str:
    """What a package says of its licence, in one line."""
    about = distribution(name).metadata
    classified = [
        line.rpartition(" :: ")[2] for line in about.get_all("Classifier") or () if line.startswith("License ::")
    ]
    return (
        about.get("License-Expression") or ", ".join(classified) or (about.get("License") or "unknown").split("\n")[0]
    )


def main(arguments: list[str]) -> int:
    """Print one of the two lists."""
    if arguments == ["floors"]:
        print("\n".join(f"{name}=={oldest}" for name, oldest in floors().items()))
        return 0
    if arguments != ["licences"]:
        print(__doc__, file=sys.stderr)
        return 2
    seen = set[str]()
    names = sorted(one for name in floors() for one in needed(name.lower(), seen))
    forbidden = False
    for name in names:
        told = licence(name)
        forbidden = forbidden or bool(re.search(r"(?<!L)GPL|(?<!Lesser )General Public", told))
        print(f"{name} {distribution(name).version}: {told}")
    return int(forbidden)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
