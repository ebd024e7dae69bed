"""The pictures of basis.md, docs/_static/basis-*.png, of T4's shipped network. Run it again when they look different."""

from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")

import emt_theory as emt

WEIGHTS = Path(emt.__file__).parent / "examples" / "weights" / "emt-ref-T4-h128-l2_0.0-seed1.safetensors"

view = emt.privileged_basis(WEIGHTS, emt.tasks.parse("T4")).view
for name in ("weights", "units", "path", "wave"):
    figure = getattr(view, f"plot_{name}")().get_figure(root=True)
    figure.savefig(Path(__file__).parent / "_static" / f"basis-{name}.png", dpi=80)
