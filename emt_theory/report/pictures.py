"""The pictures of a report: each with a title and one sentence in plain words."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from emt_theory.errors import InvalidOption
from emt_theory.tasks.digits import write_fraction

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from emt_theory.analysis import CheckResult, SpectralComparison

_DPI = 130

PICTURES = ("spectrum-trajectory", "spectrum-origin", "phi", "outputs", "decoded", "circuit")
"""The names of a report's pictures."""


@dataclass(frozen=True)
class Picture:
    """A PNG with what it shows.

    Attributes:
        name: part of its file's name.
        title: what it is.
        caption: one sentence in plain words.
        png: the file's bytes.
        wide: whether it needs the whole width of a page.
    """

    name: str
    title: str
    caption: str
    png: bytes
    wide: bool = False

    @cached_property
    def base64(self) -> str:
        """The bytes as text, for a page that holds its own pictures."""
        return base64.b64encode(self.png).decode()


def draw_pictures(result: CheckResult) -> tuple[Picture, ...]:
    """All pictures of one check, in the order of the page."""
    spectrum = result.spectrum
    pictures = [
        Picture(
            "spectrum-trajectory",
            "Spectrum along trajectories",
            _say_spectrum(spectrum.trajectory, "the map that best carries one state to the next"),
            to_png(spectrum.trajectory.plot()),
        ),
        Picture(
            "spectrum-origin",
            "Spectrum at the origin",
            _say_spectrum(spectrum.origin, "the weights linearized at h = 0, which says little once units saturate"),
            to_png(spectrum.origin.plot()),
        ),
        Picture("phi", "Φ and the recovered Φ", _say_phi(result), to_png(result.memories.plot()), wide=True),
        Picture("outputs", "Outputs against targets", _say_outputs(result), to_png(result.examples.plot()), wide=True),
        Picture(
            "decoded", "Decoded variables", _say_decoded(result), to_png(result.examples.plot_decoded()), wide=True
        ),
    ]
    try:
        circuit = to_png(result.circuit.plot())
    except InvalidOption:  # too large to be legible
        return tuple(pictures)
    return (*pictures, Picture("circuit", "The circuit", _say_circuit(result), circuit, wide=True))


def to_png(ax: Axes) -> bytes:
    """The figure of these axes as a PNG; closes it."""
    import matplotlib.pyplot as plt

    figure = ax.get_figure(root=True)
    assert figure is not None
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", dpi=_DPI)
    plt.close(figure)
    return drawn.getvalue()


def _say_spectrum(comparison: SpectralComparison, which: str) -> str:
    if comparison.count is None:
        return f"Blue would be {which}, but there is none: {comparison.reason}."
    if comparison.complex_error is None:
        return f"Rings are the circuit's eigenvalues, dots those of {which}; they do not match in number: {comparison.reason}."
    return (
        f"Rings are the circuit's eigenvalues, dots those of {which}; "
        f"matched one to one they lie {comparison.complex_error:.2g} apart on average."
    )


def _say_phi(result: CheckResult) -> str:
    found = result.memories.intertwining
    if found.phi is None or found.phi_error is None:
        return (
            f"The circuit's map on what has to be remembered; none could be recovered from the network: {found.reason}."
        )
    return (
        "The circuit's map on what has to be remembered, and the one found in the network without being told the variables: "
        f"they differ by {found.phi_error:.2g} of their size."
    )


def _say_outputs(result: CheckResult) -> str:
    measured = result.behaviour.measured
    if measured is None:
        return f"The first steps of one fresh sequence; nothing could be scored: {result.behaviour.reason}."
    return (
        f"The first steps of one fresh sequence, wrong signs in red; over all {measured.sequences} sequences and "
        f"{measured.horizon} steps {write_fraction(measured.accuracy)} of the signs are right."
    )


def _say_decoded(result: CheckResult) -> str:
    found = result.memories.intertwining
    if found.decode_accuracy is None:
        return f"The variables that the task must remember; none could be decoded: {found.reason}."
    return (
        "The variables that the task must remember, above as they are and below as read off the network's state, wrong signs crossed; "
        f"over all steps {write_fraction(found.decode_accuracy)} of the signs are read right."
    )


def _say_circuit(result: CheckResult) -> str:
    if result.circuit.task.reads is None:
        return "The exact map of the task: what each output takes from each stored component."
    return "What the task asks of a memory: content moves to the left by one block each step, and each output copies the component shown."
