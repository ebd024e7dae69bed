"""What moves on a page: eigenvalues that say what they are, and variables that travel through their slots.

Each is a piece of HTML that needs nothing from elsewhere: the same piece stands in a report, on a page of its own, and in a notebook.

>>> from emt_theory import derive, privileged_basis
>>> from emt_theory.tasks import compose_copy
>>> circuit = derive(compose_copy(2))
>>> piece = show_spectrum(circuit.spectrum())
>>> piece.count('class="found"'), "λ = 1, 2 times" in piece
(3, True)
>>> film = privileged_basis(circuit.compile(scheme="tanh"), circuit.task, sequences=64, horizon=40).view.film
>>> "<script>" in show_film(film), "<script>" in show_film(film, alone=False), film_page(film, "It")[:15]
(True, False, '<!doctype html>')
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import jinja2
import numpy as np

from emt_theory.circuits import Spectrum
from emt_theory.evidence.basis import Film
from emt_theory.evidence.recording import require
from emt_theory.evidence.spectra import SpectralComparison
from emt_theory.ground.text import polar, shows

TEMPLATES = jinja2.Environment(
    loader=jinja2.PackageLoader("emt_theory.report"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
)
"""The pages, from the folder `templates`."""

_MILLISECONDS = 450


@shows
class Mark(NamedTuple):
    """An eigenvalue in the plane.

    Attributes:
        kind: "theory", "found" or "missing".
        x, y: where; y points down, as on a screen.
        says: what it is, in words.
    """

    kind: str
    x: float
    y: float
    says: str


def show_spectrum(found: SpectralComparison | Spectrum) -> str:
    """Eigenvalues as HTML: pointed at, each says what it is.

    Args:
        found: a network's beside the circuit's, or a circuit's alone.
    """
    if isinstance(found, Spectrum):
        marks = [_mark("found", z, f"λ = {polar(z)}{_times(k)}") for z, k in found.multiplicities]
        return _plane(marks, ["● the circuit's"], "eigenvalues of a circuit")
    require(SpectralComparison, found=found)
    own = [_mark("found", z, _say_found(z, found)) for z in found.eigenvalues.tolist()]
    key = ["○ the circuit's", "● the network's", f"┄ modulus {found.modulus:g}"]
    missing = Counter(z for family in found.missing for z in family.eigenvalues)
    theory = [_mark("theory", z, f"the circuit's λ = {polar(z)}{_times(k)}") for z, k in _counted(found.theory)]
    lost = [_mark("missing", z, f"missing: λ = {polar(z)}{_times(k)}") for z, k in missing.items()]
    return _plane([*theory, *own, *lost], [*key, *(["✕ missing"] if lost else [])], "eigenvalues", found.modulus)


def _counted(values: Iterable[complex]) -> list[tuple[complex, int]]:
    """The distinct values of a list in which equal ones are equal to the last digits but few, with how often they are there."""
    counts = Counter(complex(round(z.real, 9) + 0.0, round(z.imag, 9) + 0.0) for z in values)
    first = {complex(round(z.real, 9) + 0.0, round(z.imag, 9) + 0.0): complex(z) for z in values}
    return [(first[place], count) for place, count in counts.items()]


def _mark(kind: str, value: complex, says: str) -> Mark:
    return Mark(kind, round(value.real, 5), round(-value.imag, 5), says)


def _times(count: int) -> str:
    return f", {count} times" if count > 1 else ""


def _say_found(value: complex, found: SpectralComparison) -> str:
    """One of a network's eigenvalues, and how far the circuit's nearest is."""
    said = f"λ = {polar(value)}, |λ| = {abs(value):.3g}"
    if not len(found.theory) or abs(value) <= found.modulus:
        return said
    nearest = complex(found.theory[np.abs(found.theory - value).argmin()])
    return f"{said}; the circuit's nearest is {polar(nearest)}, {abs(value - nearest):.2g} away"


def _plane(marks: Sequence[Mark], key: Sequence[str], label: str, cut: float | None = None) -> str:
    reach = round(1.15 * max(1.0, *(abs(m.x) for m in marks), *(abs(m.y) for m in marks)), 4) if marks else 1.15
    return TEMPLATES.get_template("plane.html").render(
        marks=marks, key=key, label=label, cut=cut, reach=reach, size=0.017 * reach
    )


def show_film(film: Film, alone: bool = True) -> str:
    """Variables on their way through their slots, as HTML with play, pause and a slider over time.

    Args:
        film: `view.film` of a privileged basis.
        alone: whether style and script are part of the piece, as a notebook needs them.
    """
    require(Film, film=film)
    start = film.settled
    frames = [frame.to_dict() for frame in film.frames]
    piece = TEMPLATES.get_template("film.html").render(
        columns=film.columns,
        rows=film.rows,
        places=film.places,
        names=film.names,
        frames=frames,
        first=film.frames[start],
        start=start,
        label=f"{len(film.places)} variables in their slots over {len(frames)} steps",
        across="block (1 is the oldest)",
    )
    if not alone:
        return piece
    style, script = (TEMPLATES.get_template(f"live.{kind}").render() for kind in ("css", "js"))
    return f"<style>\n{style}</style>\n{piece}\n<script>\n{script}</script>\n"


def film_page(film: Film, title: str) -> str:
    """A film as a page of its own, which needs no network."""
    caption = (
        "What is read off the state for every slot: blue is −, red is +, a dashed frame is a wrong sign. "
        "The thick frame follows one value on its way: each step moves it one block to the left, until an output writes it in again."
    )
    return TEMPLATES.get_template("alone.html").render(title=title, caption=caption, live=show_film(film, alone=False))


def film_gif(film: Film, dpi: int = 80) -> bytes:
    """A film as an animated GIF.

    Args:
        film: `view.film` of a privileged basis.
        dpi: how large it is.
    """
    import matplotlib.pyplot as plt
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image

    require(Film, film=film)
    ax = film.plot(time=film.frames[0].time)
    figure = ax.get_figure(root=True)
    assert figure is not None
    figure.set_dpi(dpi)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    figure.set_layout_engine("none")  # axes stay where the first frame has them
    images: list[Image.Image] = []
    for frame in film.frames:
        ax.clear()
        film.plot(ax, frame.time)
        canvas.draw()
        drawn = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
        images.append(drawn.convert("P", palette=Image.Palette.ADAPTIVE, colors=64))
    plt.close(figure)
    written = io.BytesIO()
    images[0].save(written, "GIF", save_all=True, append_images=images[1:], duration=_MILLISECONDS, loop=0)
    return written.getvalue()
