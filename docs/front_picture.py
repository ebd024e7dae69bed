"""The picture of the README, docs/_static/t3.png: a circuit and its spectrum. Run it again when either looks different."""

from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt

import emt_theory as emt

circuit = emt.derive(emt.tasks.parse("T3"))
figure, (left, right) = plt.subplots(
    1, 2, figsize=(15, 6.6), width_ratios=(1.6, 1), layout="constrained", gridspec_kw={"wspace": 0.04}
)
circuit.plot(left)
circuit.spectrum().plot(right)
right.set_title("T3: the 64 eigenvalues of Φ\n", fontsize=12, loc="left", color="#2b2f36")
right.text(0, 1.015, "36 on the unit circle, 28 at 0; × is a multiplicity", transform=right.transAxes, fontsize=8.5)
figure.savefig(Path(__file__).parent / "_static" / "t3.png", dpi=80)
