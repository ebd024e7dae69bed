"""`emt demo`: derive the paper's four tasks, check four networks that were really trained on them, read two rules off two more, write the report."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from emt_theory.cli.common import AsJson, Force, screen, show_json, working

if TYPE_CHECKING:
    from emt_theory.analysis import CheckResult, FiniteProgram, StreamProgram
    from emt_theory.circuits import Circuit

_FOLDER = "demo"
"""The one folder whose earlier report may be replaced without being asked."""

NETWORKS = {
    "T1": "emt-ref-T1-h128-l2_0.0-seed1.safetensors",
    "T2": "emt-ref-T2-h128-l2_0.0-seed1.safetensors",
    "T3": "emt-ref-T3-h64-l2_0.001-seed1.safetensors",
    "T4": "emt-ref-T4-h128-l2_0.0-seed1.safetensors",
}
"""The shipped networks, by their task; examples/weights/README.md says where they come from."""

LEARNED = {"xorpair.toml": "xorpair-h16-seed0.safetensors", "lfsr:taps=3 5": "lfsr-h16-seed0.safetensors"}
"""Networks that learned a rule that is not linear, by their task; examples/learned/README.md says where they come from."""


def demo(
    output: Annotated[str, typer.Option("--output", "-o", metavar="DIR", help="Folder for the report.")] = _FOLDER,
    force: Force = False,
    json: AsJson = False,
) -> None:
    """Derive the paper's four tasks, check a trained network on each and two that learned rules on symbols, and write a report."""
    from emt_theory import report
    from emt_theory.circuits import derive
    from emt_theory.tasks import linear_task, parse

    overwrite = force or Path(output) == Path(_FOLDER)
    report.check_folder(output, overwrite)
    circuits = [derive(linear_task(parse(name))) for name in NETWORKS]
    if not json:
        _show_circuits(circuits)
    with working("checking six trained networks") as say:
        results = [_check(circuit, say) for circuit in circuits]
        learned = [_read(task, file, say) for task, file in LEARNED.items()]
        say("draw the report")
        title = "Four trained networks, and the circuits of their tasks"
        page = report.save(results, output, overwrite=overwrite, title=title)
    if json:
        described: dict[str, Any] = {
            circuit.task.name: {"circuit": circuit.to_dict(), "check": result.to_dict()}
            for circuit, result in zip(circuits, results, strict=True)
        }
        rules = {check.task.name: {"check": check.to_dict(), "program": rule.to_dict()} for check, rule in learned}
        show_json({**described, "learned": rules, "report": str(page)})
    else:
        _show_results(results)
        _show_rules(learned)
        screen().print(f"\nPictures and evidence: {page}")


def _check(circuit: Circuit, say: Any) -> CheckResult:
    from emt_theory.analysis import check
    from emt_theory.networks import load

    name = circuit.task.name
    with as_file(files("emt_theory") / "examples" / "weights" / NETWORKS[name]) as path:
        net = load(path)
    return check(net, circuit.task, progress=lambda step: say(f"{name}: {step}"))


def _read(task: str, file: str, say: Any) -> tuple[CheckResult, FiniteProgram | StreamProgram]:
    """A network that learned a rule: checked against it, and read without it."""
    from emt_theory.analysis import check, decompile
    from emt_theory.networks import load
    from emt_theory.tasks import finite_task, parse

    with as_file(files("emt_theory") / "examples" / "learned") as folder:
        net = load(folder / file)
        rule = finite_task(parse(str(folder / task) if task.endswith(".toml") else task))
    say(f"{rule.name}: read its rule")
    return check(net, rule), decompile(net, max_variables=6, alphabet=rule.alphabet)


def _show_rules(learned: list[tuple[CheckResult, FiniteProgram | StreamProgram]]) -> None:
    table = Table("task", "verdict", "mechanism", "the rule, read off its weights", "proof", box=None)
    for check, rule in learned:
        text = "; ".join(rule.text.splitlines())
        table.add_row(check.task.name, str(check.verdict), str(check.mechanism), text, rule.certificate.kind)
    screen().print("\nNetworks that learned a rule that is not linear", style="bold")
    screen().print(table)


def _show_circuits(circuits: list[Circuit]) -> None:
    from emt_theory.circuits.spectrum import cycles_text

    table = Table("task", "eigenvalues on the unit circle", "at 0", "cycles", "linear circuit", box=None)
    for circuit in circuits:
        spectrum = circuit.spectrum()
        cycles = cycles_text(spectrum.cycles or ())
        linear = "exact" if circuit.exactness.linear else f"not exact; {circuit.compile().metadata['scheme']} is"
        table.add_row(circuit.task.name, str(spectrum.unit_circle), str(spectrum.zero), cycles, linear)
    screen().print("\nThe circuits, exactly", style="bold")
    screen().print(table)


def _show_results(results: list[CheckResult]) -> None:
    from emt_theory import report

    table = Table(*report.OVERVIEW, box=None)
    for result in results:
        table.add_row(*report.overview_row(result))
    screen().print("\nTrained networks", style="bold")
    screen().print(table)
    for result in results:
        screen().print(f"\n{result}")
