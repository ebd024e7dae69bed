"""Hypothesis strategies for memory models and their states.

They are drawn so that the hard cases come up often: one memory, one feature, slaved layers, dependent and orthonormal memories, a singular Φ, softmax
in either layer, α_s ≠ 1. They shrink to few features and small entries.

    from hypothesis import given
    from emt_theory.testing.gsemm import models

    @given(models())
    def test_my_law(model): ...
"""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from emt_theory.gsemm import Lagrangian, Layers, Model, hard_tanh, identity, relu, softmax, tanh

_SMOOTH = (identity(), tanh(), tanh(2.0), softmax(), softmax(3.0))
_ELEMENTWISE = (tanh(), tanh(0.5), tanh(2.0), identity(), relu(), hard_tanh())


def smooth_lagrangians() -> st.SearchStrategy[Lagrangian]:
    """Identity, tanh and softmax, with several gains.

    >>> from hypothesis import find
    >>> find(smooth_lagrangians(), lambda one: one.activation(np.array([2.0]))[0] < 1)
    tanh
    """
    return st.sampled_from(_SMOOTH)


def models(
    max_features: int = 5,
    max_components: int = 4,
    feature: st.SearchStrategy[Lagrangian] | None = None,
    hidden: st.SearchStrategy[Lagrangian] | None = None,
) -> st.SearchStrategy[Model]:
    """Memory models of every kind.

    Args:
        max_features: the largest N.
        max_components: the largest n.
        feature: for L_f; smooth ones if left out.
        hidden: for L_h; likewise.

    >>> from hypothesis import HealthCheck, given, settings
    >>> @settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    ... @given(models(max_features=3))
    ... def law(model): assert model.memories.shape == (model.features, model.components)
    >>> law()
    """

    def of_size(size: tuple[int, int]) -> st.SearchStrategy[Model]:
        N, n = size
        return st.builds(
            Model,
            _matrices(N, n),
            _matrices(n, n),
            smooth_lagrangians() if feature is None else feature,
            smooth_lagrangians() if hidden is None else hidden,
            T_f=st.sampled_from((1.0, 0.5, 3.0)),
            T_h=st.sampled_from((0.0, 1.0, 0.25)),
            T_d=st.sampled_from((0.0, 1.0, 20.0)),
            alpha_s=st.sampled_from((1.0, 2.0, 0.25)),
            alpha_c=st.sampled_from((1.0, 0.0, 3.0)),
            delay_gain=st.sampled_from((1.0, 2.0)),
        )

    return st.tuples(st.integers(1, max_features), st.integers(1, max_components)).flatmap(of_size)


def network_models(max_features: int = 6, max_components: int = 4) -> st.SearchStrategy[Model]:
    """Memory models with σ_h = id, independent memories and a σ_f that networks have: those that `derive_network` takes whole.

    Args:
        max_features: the largest N.
        max_components: the largest n.

    >>> from hypothesis import HealthCheck, given, settings
    >>> @settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    ... @given(network_models())
    ... def law(model): assert has_independent_memories(model)
    >>> law()
    """
    made = models(max_features, max_components, st.sampled_from(_ELEMENTWISE), st.just(identity()))
    return made.filter(has_independent_memories)


def states(model: Model) -> st.SearchStrategy[Layers]:
    """States (V_f, V_h, V_d) of a model; what is slaved is put at what it follows.

    >>> from hypothesis import given, settings
    >>> @settings(max_examples=5, deadline=None)
    ... @given(states(Model.lisem([[1]], [[0]], T_d=10)))
    ... def law(at): assert at.feature.shape == (1,)
    >>> law()
    """
    columns = [_vectors(size) for size in (model.features, model.components, model.features)]
    return st.tuples(*columns).map(lambda drawn: model.complete(*drawn))


def has_independent_memories(model: Model) -> bool:
    """Whether the memories are independent, and not nearly dependent.

    >>> has_independent_memories(Model.lisem([[1, 1], [1, 1]], [[0, 0], [0, 0]]))
    False
    """
    singular = np.linalg.svd(model.memories, compute_uv=False)
    return model.components <= model.features and bool(singular[-1] > 1e-3 * singular[0])


def _vectors(size: int) -> st.SearchStrategy[np.ndarray]:
    return st.lists(st.integers(-16, 16), min_size=size, max_size=size).map(lambda drawn: np.array(drawn) / 8)


def _matrices(rows: int, columns: int) -> st.SearchStrategy[np.ndarray]:
    entry = st.sampled_from((0.0, 1.0, -1.0, 0.5, -0.25, 2.0))
    sparse = st.lists(entry, min_size=rows * columns, max_size=rows * columns).map(
        lambda drawn: np.array(drawn).reshape(rows, columns)
    )
    return st.one_of(sparse, st.integers(0, 999).map(lambda seed: _dense(rows, columns, seed)))


def _dense(rows: int, columns: int, seed: int) -> np.ndarray:
    """Gaussian, and for an odd seed with orthonormal columns or rows."""
    drawn = np.random.default_rng(seed).normal(size=(rows, columns))
    if seed % 2 == 0:
        return drawn
    U, _, Vt = np.linalg.svd(drawn, full_matrices=False)
    return U @ Vt
