"""The picture of the README, docs/_static/t3.png: a circuit and a trained network. Run it again when either looks different."""

from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt

import emt_theory as emt

WEIGHTS = Path(emt.__file__).parent / "examples" / "weights" / "emt-ref-T3-h64-l2_0.001-seed1.safetensors"

result = emt.check(emt.load(WEIGHTS), emt.tasks.parse("T3"))
figure, (left, right) = plt.subplots(
    1, 2, figsize=(15, 6.8), width_ratios=(1.6, 1), layout="constrained", gridspec_kw={"wspace": 0.04}
)
result.circuit.plot(left)
result.spectrum.trajectory.plot(right)
right.set_title(
    "a network trained on T3: 99.9 % of signs right, one cycle missing\n\n", fontsize=12, loc="left", color="#2b2f36"
)
figure.savefig(Path(__file__).parent / "_static" / "t3.png", dpi=80)
