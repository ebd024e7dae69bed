r"""PyTorch files, `.pt`, `.pth`, `.bin` and `.ckpt`, read without PyTorch and without running anything.

What `torch.save` writes is a zip of unpacked entries below one folder:

    x/data.pkl      a pickle: the object, with every tensor as a call of torch._utils._rebuild_tensor_v2
    x/data/0, …     the storages, flat runs of numbers, to which the pickle refers by persistent identifiers
    x/byteorder     "little" or "big"

There is one way in: `emt_theory.networks.reading.zips` checks the zip, `emt_theory.networks.reading.pickles` says what the pickle describes without
doing it, and `emt_theory.networks.reading.tensors` proves that a tensor lies inside its storage before it becomes an array.

The state dictionary is what is kept under ``state_dict``, as Lightning does, or ``model_state_dict``. Where there is neither it is everything that
stands in dictionaries, lists and modules, keys joined by dots; what stands beside it is looked at by `emt_theory.networks.reading.checkpoints`:

>>> from emt_theory.networks.reading.pickles import Global
>>> tree = {"epoch": 3, "net": {"weight": Call(Global("torch._utils", "_rebuild_tensor_v2"), ())}}
>>> list(tensors(holder(tree)[1]))
['net.weight']
>>> holder({"epoch": 3})
Traceback (most recent call last):
...
emt_theory.errors.InvalidFile: it holds no state dictionary, no tensor in any dictionary or module; in PyTorch, save
one: torch.save(model.state_dict(), 'weights.pt')

A whole pickled module is read as what it holds, `emt_theory.networks.reading.modules`, and comes with the remark that its code was not.

Source: torch/serialization.py; checked against torch 2.13.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Literal

from emt_theory.errors import InvalidFile
from emt_theory.ground.text import shown
from emt_theory.networks.reading.checkpoints import beside, joined
from emt_theory.networks.reading.content import Content, Entry
from emt_theory.networks.reading.flags import flagged
from emt_theory.networks.reading.modules import tensors, told
from emt_theory.networks.reading.numpypickles import is_ndarray, ndarray
from emt_theory.networks.reading.pickles import MAX_BYTES, Call, interpret
from emt_theory.networks.reading.stated import attributes, heard, is_layer, is_module, never_leaks, nodes
from emt_theory.networks.reading.statements import write_statements
from emt_theory.networks.reading.tensors import CODES, describe, view
from emt_theory.networks.reading.zips import Archive, open_zip

_PICKLE = re.compile(r"([^/]+/)data\.pkl")
_SCRIPT = re.compile(r"[^/]+/(constants\.pkl|code/.*)")
_LEGACY = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."
"""How files of before PyTorch 1.6 begin: a pickle of their magic number."""
_REMEDY = "in PyTorch, save one: torch.save(model.state_dict(), 'weights.pt')"

_STATE = ("state_dict", "model_state_dict")
_WHOLE = ""


def read_torch(path: Path) -> Content:
    """Read the state dictionary in a PyTorch file, or what modules in it hold; as metadata, what settings and modules state of σ and a leak.

    Raises:
        InvalidFile: if it is damaged or something else; if it is of before PyTorch 1.6, or a TorchScript archive; or if it declares what one of the
            modules named above forbids.
        InvalidNetwork: if a layer in it is bidirectional, or projects its outputs.
    """
    _refuse_other_kinds(path)
    with open_zip(path, "a PyTorch file (a zip that torch.save wrote)") as archive:
        folder = _folder(archive)
        archive.refuse_packed()
        order = _byte_order(archive, f"{folder}byteorder")
        if archive.size(f"{folder}data.pkl") > MAX_BYTES:
            raise InvalidFile(f"its pickle has more than {MAX_BYTES} bytes, so it is no state dictionary; {_REMEDY}")
        tree = interpret(archive.read(f"{folder}data.pkl"))
        (name, chosen), storages = holder(tree), dict[str, bytes]()
        groups = {
            place: {key: _entry(key, call, archive, folder, order, storages) for key, call in sorted(found.items())}
            for place, found in {_WHOLE: tensors(chosen), **beside(tree, chosen)}.items()
        }
    entries, remarks = joined(groups.pop(_WHOLE), groups, name)
    said = heard(tree)
    flags = [remark for node in nodes(tree) if not is_layer(node.value) for remark in flagged(node.place, node.items)]
    content = Content(entries, write_statements(said.sigmas), (*told(chosen), *remarks, *dict.fromkeys(flags)))
    return content if never_leaks(content.shapes) else content.saying(said.metadata, said.remarks)


def _refuse_other_kinds(path: Path) -> None:
    with path.open("rb") as file:
        start = file.read(len(_LEGACY))
    if start == _LEGACY:
        raise InvalidFile(
            "a file of before PyTorch 1.6, or of its old format; in PyTorch, save it again: torch.save(torch.load(file), 'weights.pt')"
        )
    if start.startswith(b"\x80"):
        raise InvalidFile(f"a bare pickle, which torch.save does not write; it is no state dictionary; {_REMEDY}")


def _folder(archive: Archive) -> str:
    if script := next(filter(_SCRIPT.fullmatch, archive.names), None):
        raise InvalidFile(
            f"a TorchScript archive (it has {shown(script)}), which is a program; in PyTorch, save its state dictionary: "
            "torch.save(torch.jit.load(file).state_dict(), 'weights.pt')"
        )
    folders = [match[1] for name in archive.names if (match := _PICKLE.fullmatch(name))]
    if len(folders) != 1:
        raise InvalidFile(f"a zip that torch.save did not write: it has {len(folders)} entries FOLDER/data.pkl, not 1")
    return folders[0]


def _byte_order(archive: Archive, name: str) -> Literal["<", ">"]:
    text = archive.read(name) if name in archive else b"little"
    if text not in (b"little", b"big"):
        raise InvalidFile(f"its byteorder must be little or big; got {shown(text[:80].decode('latin-1'))}")
    return "<" if text == b"little" else ">"


def _entry(
    key: str, call: Call, archive: Archive, folder: str, order: Literal["<", ">"], storages: dict[str, bytes]
) -> Entry:
    try:
        if is_ndarray(call):
            return ndarray(call)
        tensor = describe(call)
        if tensor.dtype not in CODES:
            return Entry(tensor.shape, tensor.dtype, None)
        if tensor.key not in storages:
            name = f"{folder}data/{tensor.key}"
            if name not in archive:
                raise InvalidFile(f"lies in a storage that is missing, {shown(name)}")
            storages[tensor.key] = _storage(archive, name)
        return Entry(tensor.shape, tensor.dtype, view(tensor, storages[tensor.key], order))
    except InvalidFile as error:
        raise InvalidFile(f"the tensor {shown(key)} {error}") from None


def _storage(archive: Archive, name: str) -> bytes:
    try:
        return archive.read(name)
    except InvalidFile as error:
        raise InvalidFile(f"lies in a storage that cannot be read: {error}") from None


def holder(tree: Any) -> tuple[str, Any]:
    """The part of a checkpoint whose tensors are the network's, and the name under which it stands: none where it is all of it.

    Args:
        tree: what `emt_theory.networks.reading.pickles.interpret` made of its pickle.

    Raises:
        InvalidFile: if there is none.
    """
    root = {} if is_module(tree) else attributes(tree)
    for name, candidate in (*((name, root.get(name)) for name in _STATE), (_WHOLE, tree)):
        if tensors(candidate):
            return name, candidate
    raise InvalidFile(f"it holds no state dictionary, no tensor in any dictionary or module; {_REMEDY}")
