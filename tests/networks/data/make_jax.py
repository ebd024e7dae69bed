"""Write jax.npz: parameters of Flax and Equinox, and what these libraries compute from them. Needs both; the tests do not.

    python tests/networks/data/make_jax.py

For every case NAME the file has NAME/params/KEY, the arrays of a tree under their keys joined by dots, NAME/x, inputs of shape (batch, s, d), and
NAME/y, outputs of shape (batch, steps, d): the library's own forward pass on x followed by zeros. Written with flax 0.12.8 and equinox 0.13.8.
"""

from pathlib import Path

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from flax import linen, nnx

HERE = Path(__file__).parent
N, D, S, STEPS = 5, 2, 3, 8


class Linen(linen.Module):
    """A recurrent cell and a dense read-out."""

    cell: str

    @linen.compact
    def __call__(self, x):
        cell = getattr(linen, self.cell)(N, bias_init=linen.initializers.normal(1.0))
        return linen.Dense(D, bias_init=linen.initializers.normal(1.0))(linen.RNN(cell)(x))


class Nnx(nnx.Module):
    """A recurrent cell and a linear read-out."""

    def __init__(self, cell, rngs):
        bias = nnx.initializers.normal(1.0)
        self.rnn = nnx.RNN(getattr(nnx, cell)(D, N, rngs=rngs, bias_init=bias))
        self.readout = nnx.Linear(N, D, rngs=rngs, bias_init=bias)

    def __call__(self, x):
        return self.readout(self.rnn(x))


class Equinox(eqx.Module):
    """A recurrent cell and a linear read-out."""

    cell: eqx.Module
    readout: eqx.nn.Linear

    def __init__(self, cell, use_bias, key):
        first, second = jax.random.split(key)
        self.cell = getattr(eqx.nn, cell)(D, N, use_bias=use_bias, key=first)
        self.readout = eqx.nn.Linear(N, D, key=second)

    def __call__(self, xs):
        def step(state, x):
            state = self.cell(x, state)
            return state, self.readout(state[0] if isinstance(state, tuple) else state)

        zero = jnp.zeros(N)
        return jax.lax.scan(step, (zero, zero) if isinstance(self.cell, eqx.nn.LSTMCell) else zero, xs)[1]


def flat(tree):
    """The arrays of a tree by key."""
    return {
        jax.tree_util.keystr(path, simple=True, separator="."): leaf
        for path, leaf in jax.tree_util.tree_leaves_with_path(tree)
    }


def main():
    """Write the file."""
    rng = np.random.default_rng(0)
    recorded = {}

    def record(name, params, forward):
        x = rng.normal(size=(2, S, D)).astype(np.float32)
        y = forward(np.concatenate([x, np.zeros((2, STEPS - S, D), np.float32)], axis=1))
        recorded.update(
            {f"{name}/x": x, f"{name}/y": y} | {f"{name}/params/{key}": leaf for key, leaf in flat(params).items()}
        )

    for seed, cell in enumerate(("SimpleCell", "GRUCell", "LSTMCell", "OptimizedLSTMCell")):
        model = Linen(cell)
        params = model.init(jax.random.key(seed), jnp.zeros((1, 1, D)))
        record(f"linen-{cell}", params, lambda x, model=model, params=params: model.apply(params, x))
        module = Nnx(cell, nnx.Rngs(seed))
        record(f"nnx-{cell}", nnx.to_pure_dict(nnx.state(module, nnx.Param)), module)
    for cell in ("GRUCell", "LSTMCell"):
        for use_bias in (True, False):
            module = Equinox(cell, use_bias, jax.random.key(7))
            record(f"equinox-{cell}{'' if use_bias else '-nobias'}", module, jax.vmap(module))
    np.savez_compressed(HERE / "jax.npz", **{key: np.asarray(value) for key, value in recorded.items()})


if __name__ == "__main__":
    main()
