"""The pictures of rules.md, docs/_static/rules-*.png. Run it again when they look different."""

from pathlib import Path

import matplotlib as mpl
import numpy as np

mpl.use("Agg")

from matplotlib import pyplot as plt

from emt_theory import derive
from emt_theory.circuits import Threshold, certify
from emt_theory.circuits.schemes.directions import codewords
from emt_theory.circuits.schemes.threshold import plan
from emt_theory.tasks import parse

STATIC = Path(__file__).parent / "_static"
STEPS = 300


def draw_direction() -> None:
    """Parity of three along w = (1, 1, 1): where it changes its sign, the units' steps, and their alternating sum."""
    task = parse("parity")
    made = plan(task)
    direction, features = made.directions[0], made.features[0]
    points = codewords(task.alphabet, 3)
    v, f = points @ np.array(direction.weights), 1 - 2 * task.rules[0].table.reshape(-1)
    fine = np.linspace(v.min() - 1, v.max() + 1, 801)
    steps = [
        one.coefficient * np.clip(4 * (fine - one.threshold if one.weights else 0 * fine + 1), -1, 1)
        for one in features
    ]
    figure, (above, below) = plt.subplots(2, 1, figsize=(6.4, 4.6), sharex=True)
    for i, step in enumerate(steps):
        above.plot(fine, step + 3 * i, label=f"$\\sigma_{i + 1}\\varphi_{i + 1}$")
        above.axhline(3 * i, color="0.85", lw=0.8, zorder=0)
    above.set_yticks([])
    above.legend(loc="upper right", ncols=len(steps), frameon=False)
    above.set_ylim(-1.6, 3 * len(steps) + 0.4)
    above.set_title("parity of three bits along w = (1, 1, 1): three steps, and their sum", fontsize=10)
    below.plot(fine, sum(steps), color="0.4", lw=1.2, label="their sum")
    below.scatter(v, f, c=np.where(f > 0, "#0072b2", "#d55e00"), zorder=3, label="f on the eight states")
    for theta in direction.thresholds:
        below.axvline(theta, color="0.8", ls=":", zorder=0)
    below.set_xlabel("w·x")
    below.set_yticks([-1, 1])
    below.legend(loc="center left", frameon=False, fontsize=8)
    figure.tight_layout()
    figure.savefig(STATIC / "rules-direction.png", dpi=80)


def draw_kicks() -> None:
    """Share of right symbols of XOR when every unit is moved at every step, by size, for two gains; the certified radius as a line."""
    task, rng = parse("xor"), np.random.default_rng(0)
    symbols = np.indices((2, 2)).reshape(2, -1).T[:, :, None].repeat(32, axis=0)
    x, wanted = task.alphabet.encode(symbols).astype(float), task.targets(symbols, STEPS)
    figure, ax = plt.subplots(figsize=(6.4, 3.2))
    for gain, colour in ((2, "#009e73"), (4, "#0072b2"), (16, "#d55e00")):
        net = derive(task).compile(scheme=Threshold(gain=gain))
        radius, sizes, right = float(certify(net, task).kicks), np.linspace(0, 0.4, 33), []
        for size in sizes:
            h, shown = np.zeros((len(x), net.hidden)), []
            for t in range(2 + STEPS):
                h = net.step(h, x[:, t] if t < 2 else np.zeros_like(x[:, 0]))
                shown.append(h @ net.W_hy.T)
                h = h + (t >= 1) * rng.choice((-size, size), size=h.shape)
            right.append((task.alphabet.decode(np.stack(shown[2:], axis=1)) == wanted).mean())
        ax.plot(sizes, right, color=colour, label=f"gain {gain}")
        ax.axvline(radius, color=colour, ls=":")
    ax.set_xlabel("every unit is moved by ± this, at every step")
    ax.set_ylabel(f"right symbols in {STEPS} steps")
    ax.set_ylim(0.4, 1.03)
    ax.legend(frameon=False, title="certified up to the dots", title_fontsize=8)
    figure.tight_layout()
    figure.savefig(STATIC / "rules-kicks.png", dpi=80)


if __name__ == "__main__":
    draw_direction()
    draw_kicks()
