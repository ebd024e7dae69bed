r"""When the dense model stays in a memory.

In DSEM (σ_f = id, σ_h = softmax(γ·)) at rest the features are a mixture of memories, V_f = √α_s Ξ p with p = σ_h(V_h), and V_d = β V_f. So p obeys

    p = softmax(γ α_s N (ρ + r Φ'ᵀ ρ) p),        ρ = ΞᵀΞ / N,      r = α_c β / √α_s,

n equations that hold all there is to know of states at rest, though not whether they are stable. For sharp softmax p is a single memory μ, and that
is at rest iff

    ρ_{μμ} + r Σ_j Φ'_{jμ} ρ_{jμ}  >  ρ_{kμ} + r Σ_j Φ'_{jk} ρ_{jμ}        for all k ≠ μ:

for orthogonal memories in a cycle, r < 1. Random memories overlap by about 1/√N, so some leave below r = 1, and others stay above. Where the margin
is small, a little of p is elsewhere and draws more after it; hence the equations, which are iterated from p = e_μ:

>>> from emt_theory.gsemm.patterns import cycles, orthogonal_memories
>>> memories = orthogonal_memories(16, 3)
>>> [rest_weights(Model.dsem(memories, cycles(3), alpha_c=r), 0).round(2).tolist() for r in (0.7, 1.3)]
[[0.99, 0.01, 0.0], [0.01, 0.99, 0.0]]

Source: new. The model is that of arXiv 2212.05563.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from emt_theory.errors import InvalidOption
from emt_theory.ground.arguments import integer
from emt_theory.gsemm.model import Model, checked_model

_ROUNDS = 10_000
"""Enough for all but the very edge of a fold, where the iteration takes 1/√distance rounds."""


def rest_weights(model: Model, memory: int) -> NDArray[np.float64]:
    """p, shape (n,): the hidden weights at rest in memory μ; or, if μ is not at rest, the first that another memory leads.

    At rest, that is, under this iteration: whether the flow stays there, too, depends on its timescales.

    Args:
        model: a dense model, `Model.dsem`.
        memory: μ.

    Raises:
        InvalidOption: if the model is not dense, has no such memory, or the iteration neither comes to rest nor leaves.
    """
    if (checked_model(model).feature.name, model.hidden.name) != ("identity", "softmax"):
        raise InvalidOption(
            f"rest weights are those of dense models (identity, softmax); got ({model.feature}, {model.hidden})"
        )
    memory = integer("memory", memory, least=0, most=model.components - 1)
    coupling = model.bracket @ (model.memories.T @ model.memories)
    p = np.eye(model.components)[memory]
    for _ in range(_ROUNDS):
        following = model.hidden.activation(coupling @ p)
        settled = np.abs(following - p).max() < 1e-12
        p = following
        if settled or p.argmax() != memory:
            return p
    raise InvalidOption(
        f"memory {memory} neither comes to rest nor is left in {_ROUNDS} rounds: the model is near the edge of a fold, or the iteration cycles"
    )
