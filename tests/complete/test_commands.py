"""Every command × what all commands promise: help, `--json`, one line and exit code 2 for bad input, no traceback."""

from __future__ import annotations

import json
import shlex
from functools import cache
from pathlib import Path

import pytest
from typer.main import get_command

from emt_theory.cli.app import app
from emt_theory.cli.examples import EXAMPLES
from emt_theory.cli.main import main

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


@cache
def commands() -> dict[tuple[str, ...], object]:
    """All commands with their words, those of groups included."""
    found: dict[tuple[str, ...], object] = {}
    waiting: list[tuple[tuple[str, ...], object]] = [((), get_command(app))]
    while waiting:
        words, command = waiting.pop()
        inner = getattr(command, "commands", {})
        waiting += [((*words, name), child) for name, child in inner.items()]
        if not inner:
            found[words] = command
    return dict(sorted(found.items()))


WORKS = {
    ("basis",): "{net} --task repeat-copy --num-variables 2 --dim 1 --sequences 32 --horizon 30",
    ("check",): "{net} --task repeat-copy --num-variables 2 --dim 1 --sequences 4 --horizon 4",
    ("compare",): "{net} {net} --task repeat-copy --num-variables 2 --dim 1 --sequences 4 --horizon 4",
    ("compile",): "repeat-copy --num-variables 2 --dim 1 -o {new}.npz",
    ("decompile",): "{net}",
    ("demo",): None,  # a minute; `make demo` runs it
    ("doctor",): "",
    ("derive",): "repeat-copy --num-variables 2 --dim 1",
    ("gsemm", "derive"): "--features 4 --memories 2",
    ("gsemm", "from"): "{net}",
    ("gsemm", "simulate"): None,  # a minute; its own tests run it with small sizes
    ("hypothesis", "new"): "{new}",
    ("hypothesis", "plan"): "{claim}",
    ("hypothesis", "run"): "{claim} --workers 0 --store {new}",
    ("prove",): "P12",
    ("reproduce", "table1"): "--status --seeds 1 --hidden 64 --l2 0 --store {new}",
    ("sweep",): "{grid} --workers 0 --store {new}",
    ("train",): "repeat-copy --num-variables 2 --dim 1 --hidden 4 --steps 2 -o {new}",
}


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("nets") / "x.npz"
    assert main(["compile", "repeat-copy", "--num-variables", "2", "--dim", "1", "-o", str(path)]) == 0
    return path


def test_the_table_is_complete() -> None:
    assert set(WORKS) == set(commands())


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_help_says_what_it_is(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*words, "--help"]) == 0
    out = capsys.readouterr().out
    assert f"Usage: emt {' '.join(words)}" in out
    assert "--json" in out
    assert out.rstrip().endswith(f"Example:\n    {EXAMPLES[' '.join(words)]}")
    assert f"emt {words[0]}" in README or words == ("demo",)


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_its_example_is_one_that_it_takes(words: tuple[str, ...]) -> None:
    given = shlex.split(EXAMPLES[" ".join(words)])
    assert given[: len(words) + 1] == ["emt", *words]
    assert commands()[words].make_context(" ".join(words), given[len(words) + 1 :])  # type: ignore[attr-defined]


@pytest.mark.parametrize(("words", "arguments"), [pair for pair in WORKS.items() if pair[1] is not None], ids=str)
def test_json_is_one_value_and_nothing_else(
    words: tuple[str, ...], arguments: str, net: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "grid.toml").write_text(
        'tasks = "fibonacci"\nhidden = 2\ncheck = false\nprotocols = {base = "fast", steps = 2}'
    )
    (tmp_path / "claim.py").write_text(
        f"from emt_theory.studies import *\nsome = Population(grid={str(tmp_path / 'grid.toml')!r})\n"
        "claim = Hypothesis('It is quick.', some, holds=lambda run: True, at_least=0.02)"
    )
    places = {name: tmp_path / name for name in ("new", "grid.toml", "claim.py")}
    filled = arguments.format(net=net, **{name.partition(".")[0]: path for name, path in places.items()}).split()
    code = main([*words, *filled, "--json"])
    out, err = capsys.readouterr()
    assert code in (0, 1)
    json.loads(out, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    assert "Traceback" not in err


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_bad_input_is_one_line(words: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for bad in (["--no-such-option"], ["no\x1b[31msuch", "a", "b", "c"]):
        assert main([*words, *bad]) == 2
        out, err = capsys.readouterr()
        assert (out, len(err.splitlines())) == ("", 1)
        assert err.startswith("emt: ")
        assert "--no-such-option" not in bad or f"Try 'emt {' '.join(words)} --help'." in err
        assert err.strip().isprintable()
