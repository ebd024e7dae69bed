"""The picture of results.md, docs/_static/levels.png: two variables in one direction. Run it again when it looks different."""

from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")

import emt_theory as emt
from emt_theory.analysis import persistent_dynamics, read_code, record

WEIGHTS = Path(emt.__file__).parent / "examples" / "weights" / "emt-ref-T3-h64-l2_0.001-seed1.safetensors"

task = emt.tasks.parse("T3")
net = emt.load(WEIGHTS)
fit, fresh = (record(net, task, sequences=128, horizon=200, seed=seed) for seed in (1, 0))
reading = read_code(persistent_dynamics(emt.derive(task)), fit, fresh)
figure = reading.plot().get_figure(root=True)
assert figure is not None
figure.savefig(Path(__file__).parent / "_static" / "levels.png", dpi=110)
