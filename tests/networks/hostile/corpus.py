"""Damaged and hostile files: some 550 of them, each of which must be refused in one line, run nothing, and stay small.

`damaged_files` and `bombs` give (name, content). A content is bytes, or, where it would be large, a function that writes to a path.
"""

from itertools import chain

from tests.networks.hostile.npz_files import npz_bombs, npz_damage
from tests.networks.hostile.pytorch_files import torch_bombs, torch_code, torch_damage, torch_windows, torch_zips
from tests.networks.hostile.safetensors_files import safetensors_bombs, safetensors_damage
from tests.networks.hostile.support import Files


def damaged_files() -> Files:
    """Those that are small, by file name."""
    yield from _numbered("damaged", ".pt", chain(torch_damage(), torch_code(), torch_windows(), torch_zips()))
    yield from _numbered("damaged", ".safetensors", safetensors_damage())
    yield from _numbered("damaged", ".npz", npz_damage())


def bombs() -> Files:
    """Those that would like to become large, by file name."""
    yield from _numbered("bomb", ".pt", torch_bombs())
    yield from _numbered("bomb", ".safetensors", safetensors_bombs())
    yield from _numbered("bomb", ".npz", npz_bombs())


def _numbered(kind: str, suffix: str, files: Files) -> Files:
    for number, (what, content) in enumerate(files):
        yield f"{kind}-{number:03d}-{what}{suffix}", content
