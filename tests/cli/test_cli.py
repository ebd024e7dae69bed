"""The command line: what it prints, what it writes, how it refuses."""

import json
import os
import shlex
import subprocess
import sys
import tomllib
from importlib.resources import files

import pytest

from emt_theory import tasks
from emt_theory.cli.main import main
from emt_theory.networks import load


def run(capsys, *arguments):
    code = main([str(a) for a in arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_derive_json_has_the_promised_keys(capsys):
    code, out, _ = run(capsys, "derive", "T2", "--json")
    described = json.loads(out)
    assert code == 0
    assert list(described) == [
        "task", "kind", "num_variables", "dim", "components", "exactness", "spectrum", "minimal_dimension", "certificate",
    ]  # fmt: skip
    assert described["exactness"]["linear"] is False
    assert described["exactness"]["witness"]["j"] >= 2
    assert described["spectrum"]["unit_circle"] == 36
    assert described["spectrum"]["zero"] == 28
    assert described["spectrum"]["cycles"] == [[length, 1] for length in range(1, 9)]
    assert described["minimal_dimension"] == 36


def test_derive_for_people(capsys):
    code, out, _ = run(capsys, "derive", "T3")
    assert code == 0
    assert "No linear network, of any width" in out
    assert "2 of length 3 (−), 1 of length 6 (−), 1 of length 24 (−)" in out


def test_derive_draws(capsys, tmp_path):
    path = tmp_path / "t.png"
    assert run(capsys, "derive", "T1", "--plot", path)[0] == 0
    assert path.read_bytes().startswith(b"\x89PNG")
    code, _, err = run(capsys, "derive", "T1", "--plot", path)
    assert code == 2
    assert "exists already" in err


def test_derive_writes_a_page(capsys, tmp_path):
    given = ("derive", "repeat-copy", "--num-variables", "2", "--dim", "1", "-o", tmp_path / "page")
    code, out, _ = run(capsys, *given)
    assert (code, out.splitlines()[-1]) == (0, f"report: {tmp_path / 'page' / 'report.html'}")
    assert run(capsys, *given)[0] == 2
    assert json.loads(run(capsys, *given, "--force", "--json")[1])["task"] == "repeat_copy"


def test_compile_writes_a_network_that_loads(capsys, tmp_path):
    path = tmp_path / "x.safetensors"
    code, out, _ = run(capsys, "compile", "T2", "--scheme", "saturating", "-o", path, "--json")
    assert code == 0
    assert json.loads(out)["exact"] == "values"
    assert load(path).exact is not None
    before = path.read_bytes()
    code, _, err = run(capsys, "compile", "T1", "-o", path)
    assert (code, path.read_bytes()) == (2, before)
    assert "exists already" in err
    assert run(capsys, "compile", "T1", "-o", path, "--force")[0] == 0
    assert path.read_bytes() != before


def test_an_inexact_circuit_says_so(capsys, tmp_path):
    code, out, _ = run(capsys, "compile", "T2", "--scheme", "linear", "-o", tmp_path / "x.npz")
    assert code == 0
    assert "NOT exact" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["derive", "repat-copy"], "did you mean 'repeat-copy'"),
        (["derive", "paper:127,0,0"], "id1 = 127 has 7 set bits; it needs d = 8"),
        (["derive", "missing.toml"], "missing.toml: no such file"),
        (["derive", "."], "is a directory"),
        (["derive"], "Missing argument 'TASK'"),
        (["derive", "T1", "--dim", "x"], "should be a valid integer"),
        (["derive", "T1", "--nonsense"], "--nonsense"),
        (["nonsense"], "nonsense"),
        (["derive", "repeat-copy", "--dim", "0"], "dim must be a positive integer; got 0"),
        (["compile", "T2"], "--output"),
        (["compile", "T2", "-o", "OUT", "--basis", "orthogonal"], "each component needs a neuron of its own"),
        (["compile", "T2", "-o", "OUT", "--hidden", "10"], "hidden = 10 is too small"),
        (["compile", "T2", "-o", "OUT", "--scheme", "magic"], "unknown scheme 'magic'"),
        (["compile", "fibonacci", "-o", "OUT", "--scheme", "saturating"], "is 2; it must be at most 1"),
        (["compile", "T2", "-o", "OUT", "--hidden", "1000000"], "units are too many"),
        (["compile", "T2", "-o", "OUT", "--scheme", "linear", "--basis", "oblique", "--seed", "-1"], "seed must be"),
        (["derive", "random-selection:seed=-1"], "seed must be an integer from 0 to 2^64 - 1; got -1"),
        (["derive", "x" * 5000], "unknown task"),
        (["derive", "paper:" + "9" * 5000 + ",0,0"], "is not a paper id"),
        (["compile", "T2", "-o", "x.pt"], "unknown suffix '.pt'"),
        (["compile", "T2", "-o", "no/such/x.npz"], "does not exist"),
    ],
)
def test_bad_input_is_one_line_and_writes_nothing(capsys, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    code, out, err = run(capsys, *["out.npz" if a == "OUT" else a for a in arguments])
    assert code == 2
    assert out == ""
    assert message in err
    assert err.count("\n") == 1
    assert err.startswith("emt: ")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("words", [["check", "", "--task", "T4"], ["compile", "T1", "-o", " "], ["derive", ""], [""]])
def test_an_empty_argument_is_no_file_task_or_folder(capsys, tmp_path, monkeypatch, words):
    monkeypatch.chdir(tmp_path)
    place = next(k for k, word in enumerate(words) if not word.strip())
    behind = f", behind {words[place - 1]}," if place else ""
    assert run(capsys, *words) == (2, "", f"emt: argument {place + 1}{behind} is empty\n")
    assert not list(tmp_path.iterdir())


def test_a_bad_task_file_names_file_and_key(capsys, tmp_path):
    path = tmp_path / "bad.toml"
    path.write_text('num_variables = 2\ndim = 1\nrule = ["u[1][0]*u[2][0]"]\n')
    code, _, err = run(capsys, "derive", path)
    assert code == 2
    assert "bad.toml: output 0 is not linear in the past: the term u[1][0]*u[2][0]" in err


def test_interruption_is_130(capsys, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("emt_theory.circuits.derive", interrupt)
    code, _, err = run(capsys, "derive", "T1")
    assert (code, err) == (130, "emt: interrupted\n")


def test_version_and_help(capsys):
    assert "emt_theory" in run(capsys, "--version")[1]
    code, out, _ = run(capsys, "--help")
    assert code == 0
    assert "compile" in out


@pytest.mark.parametrize(
    ("group", "commands"),
    [
        ([], ["demo", "derive", "compile", "train", "check", "basis", "decompile", "prove", "gsemm"]),
        (["gsemm"], ["derive", "simulate"]),
    ],
)
def test_a_group_alone_prints_its_help_line_by_line(capsys, group, commands):
    """Friendliness: `emt` alone, and every group alone."""
    code, out, err = run(capsys, *group)
    assert (code, err) == (0, "")
    starts = [line.split()[0] for line in out.splitlines() if line.strip()]
    assert starts.count("--help") == 1
    assert all(starts.count(command) == 1 for command in commands)
    assert out.split() == run(capsys, *group, "--help")[1].split()


def test_the_help_says_what_a_task_is(capsys):
    assert "paper:ID1,ID2,ID3" in run(capsys)[1]


def test_no_control_character_of_an_argument_reaches_the_terminal(capsys):
    code, out, err = run(capsys, "derive", "no\x1b[31msuch.toml")
    assert (code, out) == (2, "")
    assert err.rstrip("\n").isprintable()


def test_markup_in_names_is_shown_as_it_is(capsys, tmp_path):
    path = tmp_path / "odd.toml"
    path.write_text('name = "[/red] [bold] :smile:"\nnum_variables = 2\ndim = 1\nreads = [[1, 0]]\n')
    code, out, _ = run(capsys, "compile", path, "-o", tmp_path / "w[red]x.npz")
    assert code == 0
    assert "[/red] [bold] :smile:" in out
    assert "w[red]x.npz" in out


@pytest.mark.parametrize("arguments", ["derive T1", "derive T1 --json"])
def test_a_pipe_that_closes_early_does_not_change_the_exit_code(arguments):
    script = f"{shlex.quote(sys.executable)} -m emt_theory.cli {arguments} | true; echo ${{PIPESTATUS[0]}}"
    found = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    assert (found.stdout.strip(), found.stderr) == ("0", "")


def test_output_that_cannot_be_written_is_one_line():
    found = subprocess.run(
        ["bash", "-c", f"{shlex.quote(sys.executable)} -m emt_theory.cli derive T1 --json > /dev/full"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 1
    assert found.stderr.startswith("emt: cannot write")
    assert found.stderr.count("\n") == 1


def test_a_shell_completes_commands_and_tasks():
    def offered(*words):
        asked = {"_EMT_COMPLETE": "complete_bash", "COMP_WORDS": " ".join(words), "COMP_CWORD": str(len(words) - 1)}
        command = [sys.executable, "-m", "emt_theory.cli"]
        return subprocess.run(
            command, env={**os.environ, **asked}, capture_output=True, text=True, check=True
        ).stdout.split()

    assert offered("emt", "de") == ["demo", "derive", "decompile"]
    assert offered("emt", "derive", "com") == ["compose-copy"]
    assert offered("emt", "check", "x.npz", "--task", "T") == ["T1", "T2", "T3", "T4"]


def test_a_hint_names_the_subcommand_and_a_task_of_another_size(capsys, tmp_path):
    assert "Did you mean 'check'? Try 'emt --help'." in run(capsys, "chek")[2]
    assert "Possible options: --task). Try 'emt check --help'." in run(capsys, "check", "x", "--tsk", "T2")[2]
    run(capsys, "compile", "compose-copy", "--num-variables", 3, "--dim", 3, "-o", tmp_path / "x.npz")
    code, _, err = run(capsys, "check", tmp_path / "x.npz", "--task", "T2")
    assert (code, "check it against compose-copy with dim=3" in err) == (2, True)
    assert "compose-copy is the same task with dim left open" in run(capsys, "derive", "T2", "--dim", 3)[2]


def test_a_template_is_written_and_runs(capsys, tmp_path):
    """Friendliness: the TOML of a task is documented where one starts."""
    path = tmp_path / "mine.toml"
    assert run(capsys, "derive", "--template", path)[0] == 0
    text = path.read_text()
    assert run(capsys, "derive", "--template")[1] == text
    assert json.loads(run(capsys, "derive", path, "--json")[1])["task"] == "mine"
    path.write_text("# mine")
    for wrong in (path, tmp_path / "mine.txt", tmp_path / "none" / "mine.toml"):
        assert run(capsys, "derive", "--template", wrong)[0] == 2
    assert path.read_text() == "# mine"
    code, _, err = run(capsys, "derive", path)
    assert (code, "'emt derive --template' writes an example" in err) == (2, True)
    assert "'emt derive --template' writes one" in run(capsys, "derive")[2]


def test_every_line_that_the_template_offers_runs():
    lines = (files("emt_theory") / "examples" / "task.toml").read_text(encoding="utf-8").splitlines()
    offered = [line.removeprefix("# ") for line in lines if line.startswith("# ") and " = " in line]
    sizes = [line for line in lines if line.startswith(("num_variables", "dim"))]
    contents = [line for line in [*lines, *offered] if line.startswith(("rule", "reads", "matrix", "paper_id"))]
    assert len(contents) == 6
    for content in contents:
        symbols = [line for line in offered if line.startswith(("alphabet", "code"))] if "%" in content else []
        described = tomllib.loads("\n".join([*sizes, *symbols, content]))
        assert tasks.from_dict(described).num_variables == 3


def test_what_is_not_exact_says_so_and_fails_if_asked(capsys, tmp_path):
    """Friendliness: compile --scheme linear on T2 prints NOT exact."""
    linear = ("compile", "T2", "--scheme", "linear", "-o", tmp_path / "x.npz", "--force")
    assert "NOT exact" in run(capsys, *linear)[1]
    assert [run(capsys, *linear, *more)[0] for more in ((), ("--require-exact",), ("--require-exact", "--json"))] == [
        0,
        1,
        1,
    ]
    assert run(capsys, *linear, "--require-exact", "--scheme", "saturating")[0] == 0
    assert "--require-exact" in run(capsys, "compile", "--help")[1]
