r"""Files that are met and not read: what each is, and the line to copy that makes of it a file that is.

A network that somebody has lies in the format of a library that would be needed to read it, or is no network yet: a pointer of Git, a page, a packed
file. Each is an entry of `FOREIGN`. How its files begin decides, where they begin in a way of their own; else the suffix does:

>>> foreign_start(Path("model.pt"), b"version https://git-lfs.github.com/spec/v1\noid sha256:")
'this is a Git LFS pointer: run git lfs pull'
>>> foreign_suffix(Path("params.msgpack")).split(";")[0]
'a Flax file, which only Flax reads'

Sources: the specification of Git LFS; the documentation of Keras 3, Flax, Equinox, Orbax, SciPy and TensorFlow.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from emt_theory.ground.text import shown

_FLATTENED = 'np.savez("w.npz", **flax.traverse_util.flatten_dict(params, sep="."))'


@dataclass(frozen=True)
class Foreign:
    """A format that is not read.

    Attributes:
        said: what it is, and the remedy: the whole message.
        suffixes: the endings of its files, lower case.
        begins: a regular expression for the first bytes of its files, in which a point stands for any byte; None where they begin in no special way.
        only: whether a file that begins like this is one only under its own suffixes.
    """

    said: str
    suffixes: tuple[str, ...] = ()
    begins: bytes | None = None
    only: bool = False

    def is_begun(self, start: bytes) -> bool:
        """Whether a file that begins like this is one, by its bytes."""
        return self.begins is not None and re.match(self.begins, start, re.DOTALL | re.IGNORECASE) is not None

    def is_named(self, path: Path) -> bool:
        """Whether a file is called like one."""
        return path.name.lower().endswith(self.suffixes) if self.suffixes else False


def _packed(how: str, begins: bytes, unpack: str, *suffixes: str) -> Foreign:
    return Foreign(f"it is packed with {how}; unpack it: {unpack} FILE", suffixes, begins)


FOREIGN: list[Foreign] = [
    Foreign("this is a Git LFS pointer: run git lfs pull", (), rb"version https://git-lfs\."),
    Foreign("this is a git-annex pointer: run git annex get FILE", (), rb"/annex/objects/"),
    Foreign(
        "this is an HTML page, not the file that it shows; download the file itself (on GitHub: Raw; on Hugging Face: /resolve/ for /blob/)",
        (),
        rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype\s+html|html)",
    ),
    Foreign(
        "an Equinox file, whose arrays have no names; in Python: model = eqx.tree_deserialise_leaves(FILE, model); "
        'emt.networks.save(emt.networks.from_arrays(model), "w.npz")',
        (".eqx",),
        rb"\x93NUMPY|\{",
        only=True,
    ),
    Foreign(
        "an .npy file holds one array without a name, and a network needs several; "
        'in Python: np.savez("w.npz", W_hh=W_hh, W_uh=W_uh, W_hy=W_hy, b_h=b_h)',
        (".npy",),
        rb"\x93NUMPY",
    ),
    Foreign(
        "a Keras or another HDF5 file, which only HDF5 reads; "
        'in Keras: np.savez("w.npz", **{v.path: v.numpy() for v in model.weights})',
        (".h5", ".hdf5", ".keras"),
        rb"\x89HDF\r\n\x1a\n|PK\x03\x04.{26}(?:metadata|config)\.json",
    ),
    Foreign(
        "a MATLAB file; in Python: "
        'np.savez("w.npz", **{k: v for k, v in scipy.io.loadmat(FILE).items() if not k.startswith("__")})',
        (".mat",),
        rb"MATLAB \d",
    ),
    _packed("gzip", rb"\x1f\x8b", "gunzip", ".gz", ".tgz"),
    _packed("xz", rb"\xfd7zXZ\x00", "unxz", ".xz"),
    _packed("bzip2", rb"BZh[1-9]1AY&SY", "bunzip2", ".bz2"),
    _packed("Zstandard", rb"\x28\xb5\x2f\xfd", "unzstd", ".zst"),
    _packed("7-Zip", rb"7z\xbc\xaf\x27\x1c", "7z x", ".7z"),
    _packed("tar", rb".{257}ustar", "tar xf"),
    Foreign("a zip of other files; unpack it, and give the file in it that holds the weights: unzip FILE", (".zip",)),
    Foreign(
        "a pickle, which would have to be run to be read; in Python, for a dictionary of arrays: "
        'np.savez("w.npz", **pickle.load(open(FILE, "rb"))); for one of dictionaries: '
        'emt.networks.save(emt.networks.from_arrays(pickle.load(open(FILE, "rb"))), "w.npz")',
        (".pkl", ".pickle", ".p", ".joblib"),
        rb"(?!\x80\x02\x8a\x0a)\x80[\x02-\x05]",  # not the magic number of an old PyTorch file
        only=True,
    ),
    Foreign(
        "a Flax file, which only Flax reads; in Python: "
        f'params = flax.serialization.msgpack_restore(open(FILE, "rb").read()); {_FLATTENED}',
        (".msgpack",),
    ),
    Foreign(
        "an ONNX file, a graph without the names of its layers; save the weights where it was made, "
        "in PyTorch: torch.save(model.state_dict(), 'weights.pt')",
        (".onnx",),
    ),
    Foreign(
        "a part of a TensorFlow checkpoint; in Python, with PREFIX for what stands before .index: "
        'r = tf.train.load_checkpoint(PREFIX); np.savez("w.npz", **{k: r.get_tensor(k) for k in r.get_variable_to_shape_map()})',
        (".index", ".meta", ".data-00000-of-00001"),
    ),
]

_ORBAX = ("_CHECKPOINT_METADATA", "_METADATA", "manifest.ocdbt", "default", "checkpoint")
_MOST_NAMES = 1000


def foreign_start(path: Path, start: bytes) -> str | None:
    """What to say of a file that begins as one of `FOREIGN` does, its suffix first where two begin alike; None if none does."""
    begun = [known for known in FOREIGN if known.is_begun(start) and (known.is_named(path) or not known.only)]
    return next((known.said for known in sorted(begun, key=lambda known: not known.is_named(path))), None)


def foreign_suffix(path: Path) -> str | None:
    """What to say of a file by its suffix alone; None if that is not one of `FOREIGN`."""
    return next((known.said for known in FOREIGN if known.is_named(path)), None)


def foreign_folder(path: Path, suffixes: tuple[str, ...]) -> str:
    """What to say of a folder: what it is, or which file in it to give.

    Args:
        path: the folder.
        suffixes: the endings of the files that are read.
    """
    names = sorted(entry.name for entry in islice(path.iterdir(), _MOST_NAMES))
    if "saved_model.pb" in names:
        return (
            'is a SavedModel of TensorFlow; in Keras: np.savez("w.npz", **{v.path: v.numpy() for v in model.weights})'
        )
    if any(name in names for name in _ORBAX):
        return (
            "is a folder of Orbax; in Python: "
            f"params = orbax.checkpoint.PyTreeCheckpointer().restore(os.path.abspath(FOLDER)); {_FLATTENED}"
        )
    fitting = [name for name in names if name.lower().endswith(suffixes)]
    return "is a directory; give one of the files in it" + (f", such as {shown(fitting[0])}" if fitting else "")
