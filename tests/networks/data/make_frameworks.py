"""Write frameworks.npz: parameters of Keras, Haiku, BrainPy, Flax and Equinox in double precision, and what these libraries compute from them.

    python tests/networks/data/make_frameworks.py

Needs all five, with JAX; the tests do not. For every case NAME the file has NAME|params|KEY, the arrays under the keys that the library has for them
(of Keras both the paths of version 3 and the names of version 2), NAME|x, inputs of shape (batch, s, 2), and NAME|y, outputs of shape (batch, 20, 3):
the library's own forward pass on x followed by silence. Weights are drawn, so that no bias is 0. Written with keras 3.15.1, dm-haiku 0.0.17,
brainpy 2.8.2, flax 0.12.8 and equinox 0.13.8; cases that end in "single" in single precision. On JAX Keras rounds σ to single precision by a table,
which is changed here.
"""

import os
from pathlib import Path

os.environ["KERAS_BACKEND"] = "jax"

import brainpy as bp
import brainpy.math as bm
import equinox as eqx
import haiku as hk
import jax
import jax.numpy as jnp
import keras
import numpy as np
from flax import linen
from keras.src.backend.common import dtypes

HERE = Path(__file__).parent
N, D, OUT, S, STEPS = 5, 2, 3, 6, 20
RNG = np.random.default_rng(15)


def drawn(tree):
    """A tree of the same shapes with drawn entries."""
    return jax.tree.map(lambda leaf: jnp.asarray(RNG.normal(size=leaf.shape) / 2, leaf.dtype), tree)


def keras_case(*layers, names=3):
    """A Sequential model of these layers and a read-out."""
    model = keras.Sequential([keras.layers.Input((None, D)), *layers, keras.layers.Dense(OUT)])
    model.set_weights([np.asarray(RNG.normal(size=w.shape) / 2, w.dtype) for w in model.get_weights()])
    keys = [w.path if names == 3 else w.path.removeprefix(f"{model.name}/") + ":0" for w in model.weights]
    return dict(zip(keys, model.get_weights(), strict=True)), model


def haiku_case(*cores, deep=False):
    """A core of Haiku and a linear read-out."""

    def forward(x):
        core = hk.DeepRNN([make(N) for make in cores]) if deep else cores[0](N)
        states, _ = hk.dynamic_unroll(core, jnp.swapaxes(x, 0, 1), core.initial_state(len(x)))
        return jnp.swapaxes(hk.Linear(OUT)(states), 0, 1)

    net = hk.without_apply_rng(hk.transform(forward))
    params = drawn(net.init(jax.random.key(0), jnp.zeros((1, 1, D))))
    flat = {f"{module}.{name}": leaf for module, leaves in params.items() for name, leaf in leaves.items()}
    return flat, lambda x: net.apply(params, x)


class BrainPy(bp.DynamicalSystem):
    """A cell of BrainPy and a Dense read-out."""

    def __init__(self, cell, **options):
        super().__init__()
        self.rnn, self.out = cell(D, N, **options), bp.dnn.Dense(N, OUT)

    def update(self, x):
        return self.out(self.rnn(x))


def brainpy_case(cell, **options):
    """Its variables that are trained, and its run."""
    with bm.training_environment():
        net = BrainPy(cell, **options)
        found = net.train_vars().unique()
        for variable in found.values():
            variable.value = bm.asarray(RNG.normal(size=variable.shape) / 2)

    def forward(x):
        net.rnn.reset_state(len(x))
        return np.stack([np.asarray(bm.as_jax(net(bm.asarray(x[:, t])))) for t in range(x.shape[1])], axis=1)

    return {key: np.asarray(bm.as_jax(variable.value)) for key, variable in found.items()}, forward


class Linen(linen.Module):
    """A cell of Flax and a Dense read-out."""

    cell: str

    @linen.compact
    def __call__(self, x):
        return linen.Dense(OUT, param_dtype=jnp.float64)(
            linen.RNN(getattr(linen, self.cell)(N, param_dtype=jnp.float64))(x)
        )


def flax_case(cell):
    """Its parameters and its run."""
    model = Linen(cell)
    params = drawn(model.init(jax.random.key(0), jnp.zeros((1, 1, D))))
    return flat(params), lambda x: model.apply(params, x)


def equinox_case(cell):
    """A cell of Equinox and a linear read-out, and its run."""
    tree = {
        "cell": getattr(eqx.nn, cell)(D, N, key=jax.random.key(0)),
        "out": eqx.nn.Linear(N, OUT, key=jax.random.key(1)),
    }
    arrays, rest = eqx.partition(tree, eqx.is_array)
    arrays = drawn(arrays)
    net = eqx.combine(arrays, rest)

    def run(xs):
        def step(state, x):
            state = net["cell"](x, state)
            return state, net["out"](state[0] if isinstance(state, tuple) else state)

        zero = jnp.zeros(N)
        return jax.lax.scan(step, (zero, zero) if cell == "LSTMCell" else zero, xs)[1]

    return flat(arrays), jax.vmap(run)


def flat(tree):
    """The arrays of a tree by key."""
    return {
        jax.tree_util.keystr(path, simple=True, separator="."): leaf
        for path, leaf in jax.tree_util.tree_leaves_with_path(tree)
    }


def cases():
    """Every case, by name: its parameters and its forward pass."""
    layers, cells = keras.layers, bp.dyn
    again = {"return_sequences": True}
    yield "keras-SimpleRNN", keras_case(layers.SimpleRNN(N, **again))
    yield "keras-SimpleRNN-relu-2", keras_case(layers.SimpleRNN(N, activation="relu", **again), names=2)
    yield "keras-RNN-of-cell", keras_case(layers.RNN(layers.SimpleRNNCell(N), **again))
    yield "keras-GRU", keras_case(layers.GRU(N, **again))
    yield "keras-GRU-2", keras_case(layers.GRU(N, **again), names=2)
    yield "keras-LSTM", keras_case(layers.LSTM(N, **again))
    yield "keras-LSTM-nobias", keras_case(layers.LSTM(N, use_bias=False, **again))
    keras.backend.clear_session()
    yield "keras-SimpleRNN-two", keras_case(layers.SimpleRNN(N, **again), layers.SimpleRNN(N, **again))
    yield "keras-RNN-of-two", keras_case(layers.RNN([layers.LSTMCell(N), layers.LSTMCell(N)], **again))
    yield "keras-GRU-before", keras_case(layers.GRU(N, reset_after=False, **again))
    yield "haiku-VanillaRNN", haiku_case(hk.VanillaRNN)
    yield "haiku-VanillaRNN-two", haiku_case(hk.VanillaRNN, hk.VanillaRNN, deep=True)
    yield "haiku-LSTM", haiku_case(hk.LSTM)
    yield "haiku-GRU", haiku_case(hk.GRU)
    yield "brainpy-RNNCell", brainpy_case(cells.RNNCell)
    yield "brainpy-RNNCell-tanh", brainpy_case(cells.RNNCell, activation="tanh")
    yield "brainpy-LSTMCell", brainpy_case(cells.LSTMCell)
    yield "brainpy-LSTMCell-nobias", brainpy_case(cells.LSTMCell, b_initializer=None)
    yield "brainpy-GRUCell", brainpy_case(cells.GRUCell)
    for cell in ("SimpleCell", "GRUCell", "LSTMCell", "OptimizedLSTMCell"):
        yield f"flax-{cell}", flax_case(cell)
    for cell in ("GRUCell", "LSTMCell"):
        yield f"equinox-{cell}", equinox_case(cell)
    keras.config.set_dtype_policy("float32")
    yield "keras-GRU-single", keras_case(layers.GRU(N, **again))


def main():
    """Write the file."""
    jax.config.update("jax_enable_x64", True)
    bm.enable_x64()
    dtypes.BIT64_TO_BIT32_DTYPE["float64"] = "float64"
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    recorded = {}
    for name, (params, forward) in cases():
        x = RNG.normal(size=(2, S, D))
        y = forward(np.concatenate([x, np.zeros((2, STEPS - S, D))], axis=1))
        recorded |= {f"{name}|x": x, f"{name}|y": y} | {f"{name}|params|{key}": leaf for key, leaf in params.items()}
    np.savez_compressed(HERE / "frameworks.npz", **{key: np.asarray(value) for key, value in recorded.items()})


if __name__ == "__main__":
    main()
