"""`emt prove [ID …]`: the theorems, their proofs run; `--certificate FILE`: a stored certificate checked again."""

from __future__ import annotations

import json as json_module
import sys
from importlib import import_module
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from emt_theory.cli.common import AsJson, Force, make_folder, screen, show_json, working
from emt_theory.errors import EMTError, InvalidCertificate, InvalidOption
from emt_theory.ground.files import check_target, write

if TYPE_CHECKING:
    from proofs.ledger import ProofRun

_PROOFS = "emt_theory._proofs"


def proofs(module: str) -> ModuleType:
    """A module of the proofs: out of `emt_theory._proofs`, or of the folder `proofs/` beside the package of a checkout.

    The folder is loaded under the same name, so that a package called `proofs` which is somebody else's is never imported.

    Raises:
        EMTError: if there is neither.
    """
    if find_spec(_PROOFS) is None:
        folder = Path(__file__).parents[2] / "proofs"
        if not folder.is_dir() or not (folder.parent / "pyproject.toml").is_file():  # somebody else's, in site-packages
            raise EMTError("the proofs are missing: there is neither emt_theory/_proofs nor proofs/ in a checkout")
        spec = spec_from_file_location(_PROOFS, folder / "__init__.py", submodule_search_locations=[str(folder)])
        assert spec is not None
        assert spec.loader is not None
        sys.modules[_PROOFS] = package = module_from_spec(spec)
        spec.loader.exec_module(package)
    return import_module(f"{_PROOFS}.{module}")


def prove(
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="[ID …]", help="P05, P07b, …; all that have a proof if left out.")
    ] = None,
    json: AsJson = False,
    certificate: Annotated[str | None, typer.Option(metavar="FILE", help="Check a stored certificate instead.")] = None,
    save: Annotated[str | None, typer.Option(metavar="DIR", help="Write one certificate for each proof.")] = None,
    force: Force = False,
) -> None:
    """Run the proofs and print who has checked what, or check a stored certificate again."""
    if certificate is not None:
        if ids or save is not None:
            raise InvalidOption("--certificate FILE stands alone: it checks that file and proves nothing")
        raise typer.Exit(_check(certificate, json))
    ledger = proofs("ledger")
    targets = {} if save is None else _targets(save, ids or [], force)
    with working("proving") as say:
        outcomes: list[ProofRun] = ledger.prove(ids or [], tell=say)
    holding = {outcome.id for outcome in outcomes if outcome.status not in (ledger.FAILED, ledger.STATED)}
    for id, target in targets.items():
        if id in holding:
            write(target, ledger.load(id).certificate().to_json().encode())
    if json:
        show_json([outcome.to_dict() for outcome in outcomes])
    else:
        _show(outcomes)
    if any(outcome.status == ledger.FAILED for outcome in outcomes) or not holding:
        raise typer.Exit(1)


def _check(path: str, json: bool) -> int:
    verify = proofs("verify")
    try:
        detail, holds = verify.verify_file(path), True
        other = _other_proof(path)
        if other is not None:
            detail, holds = f"its steps hold, and are not those of the proof of {other} here", False
    except verify.FalseClaimError as error:
        detail, holds = str(error), False
    except verify.BadCertificateError as error:
        raise InvalidCertificate(f"{path}: {error}") from None
    if json:
        show_json({"file": path, "holds": holds, "detail": detail})
    else:
        screen().print(f"{path}: {'holds' if holds else 'FALSE'}: {detail}")
    return 0 if holds else 1


def _other_proof(path: str) -> str | None:
    """The theorem, if the file holds a proof of it that is not this version's."""
    text = Path(path).read_text(encoding="utf-8")
    stored = json_module.loads(text)
    if stored["kind"] != "proof":
        return None
    id: str = stored["claims"]["id"]
    return None if proofs("ledger").load(id).certificate().to_json() == text else id


def _targets(folder: str, ids: list[str], force: bool) -> dict[str, Path]:
    """Where each certificate goes; everything that can be refused is refused before the work."""
    ledger = proofs("ledger")
    wanted = [ledger.load(id).id for id in ids] or list(ledger.MODULES)
    made = make_folder(folder)
    return {id: check_target(made / f"{id}.json", (".json",), overwrite=force) for id in wanted}


def _show(outcomes: list[ProofRun]) -> None:
    from emt_theory.theorems import THEOREMS

    out = screen()
    table = Table("", "theorem", "scope", "status", "seconds", "checked", "words", box=None, pad_edge=False)
    for o in outcomes:
        counts = (f"{o.seconds:.2f}", str(o.checked), str(o.words)) if o.scope else ("", "", "")
        table.add_row(o.id, o.title, o.scope, o.status, *counts)
    out.print(table)
    for o in outcomes:
        for sentence in o.failures:
            out.print(f"{o.id}: {sentence}")
    out.print()
    waiting = [id for id in THEOREMS if id not in proofs("ledger").MODULES]
    out.print(
        "machine-checked: the whole statement, by Coq, without axioms; docs, Machine-checked theorems, has it sentence by sentence.\n"
        "checked: steps that are computed, saboteurs rejected; words: definitions, frames of inductions, named textbook theorems."
    )
    if waiting:
        out.print(f"Stated and not proved yet: {', '.join(waiting)}.")
