"""A privileged basis as a folder: five pictures, a film as GIF and as a page, and the numbers in basis.json.

As of a report, everything is drawn before anything is written, and the file that the pictures belong to is written last.
"""

from __future__ import annotations

import json
from pathlib import Path

from emt_theory.evidence.basis import PrivilegedBasis
from emt_theory.evidence.recording import require
from emt_theory.ground import files
from emt_theory.report.folders import check_folder, make_folder
from emt_theory.report.live import film_gif, film_page
from emt_theory.report.pictures import to_image

BASIS_PICTURES = ("weights", "states", "units", "path", "wave")
"""The pictures of a basis, each drawn by the method `plot_…` of its view."""

BASIS_FILES = ("basis.json", "film.html", "film.gif", *(f"{name}.png" for name in BASIS_PICTURES))
"""What `save_basis` writes."""


def save_basis(basis: PrivilegedBasis, folder: str | Path, overwrite: bool = False) -> Path:
    """Write the pictures and the numbers of a basis.

    Args:
        basis: what `privileged_basis` returned.
        folder: where to; it is made if it is not there. It receives basis.json, weights.png, states.png, units.png, path.png, wave.png, and the
            variables on their way: film.html, with play, pause and a slider over time, and film.gif.
        overwrite: whether earlier ones may be replaced.

    Returns:
        The path of the folder.

    Raises:
        InvalidFile: if something is in the way, or the folder cannot be written.
    """
    require(PrivilegedBasis, basis=basis)
    target = check_folder(folder, overwrite, BASIS_FILES)
    view = basis.view
    drawn = {name: to_image(getattr(view, f"plot_{name}")()) for name in BASIS_PICTURES}
    text = json.dumps(basis.to_dict(), indent=1, allow_nan=False, ensure_ascii=False)
    page, moving = (
        film_page(view.film, f"The variables of {basis.examination.task.name} on their way"),
        film_gif(view.film),
    )
    make_folder(target)
    for name, image in drawn.items():
        files.write(target / f"{name}.png", image)
    files.write(target / "film.gif", moving)
    files.write(target / "film.html", page.encode())
    files.write(target / "basis.json", text.encode())
    return target
