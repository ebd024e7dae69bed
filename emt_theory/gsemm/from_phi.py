r"""Memory models made to order: with a given Φ, or for a task.

Φ = α_s I + √α_s α_c β Φ'ᵀ can be any matrix: the interactions

    Φ' = ((Φ − α_s I) / (√α_s α_c β))ᵀ

have it as their bracket. With Φ the companion matrix of a task, the discrete network (P02) of the model is the task's linear circuit:

>>> from emt_theory.gsemm.derivation import derive_network
>>> from emt_theory.tasks import repeat_copy
>>> task = repeat_copy(num_variables=3, dim=1)
>>> net = derive_network(model_for_task(task, feature=identity()), dim=task.dim).network
>>> net.run([[[5.0], [7.0], [9.0]]], steps=8).outputs[0, 3:, 0].tolist()
[5.0, 7.0, 9.0, 5.0, 7.0]

Φ' then has −α_s/(√α_s α_c β) on its diagonal wherever Φ has 0: it has to undo the recall by which a memory would hold itself.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from emt_theory.circuits import derive
from emt_theory.errors import InvalidNetwork, InvalidOption
from emt_theory.ground.arguments import real
from emt_theory.gsemm.lagrangian import Lagrangian
from emt_theory.gsemm.lagrangians import identity, tanh
from emt_theory.gsemm.model import Model
from emt_theory.networks.shapes import to_weights
from emt_theory.tasks import LinearTask


def model_from_phi(
    memories: ArrayLike,
    phi: ArrayLike,
    feature: Lagrangian | None = None,
    *,
    T_f: float = 1.0,
    T_h: float = 0.0,
    T_d: float = 1.0,
    alpha_s: float = 1.0,
    alpha_c: float = 1.0,
    delay_gain: float = 1.0,
) -> Model:
    """The memory model with σ_h = id whose bracket is Φ.

    Args:
        memories: Ξ, shape (N, n).
        phi: Φ, shape (n, n).
        feature: L_f; None means tanh.
        T_f: as for `Model`, and so are the others.
        T_h: 0 slaves the hidden units.
        T_d: 0 slaves the delay.
        alpha_s: α_s.
        alpha_c: α_c.
        delay_gain: β.

    Raises:
        InvalidNetwork: if shapes do not fit.
        InvalidOption: if α_s, α_c or β is not positive.

    >>> model_from_phi(np.eye(2), [[0, 1], [1, 0]], alpha_s=4).bracket.tolist()
    [[0.0, 1.0], [1.0, 0.0]]
    """
    interactions = interactions_from_phi(phi, alpha_s, alpha_c, delay_gain)
    chosen = tanh() if feature is None else feature
    scales = (T_f, T_h, T_d, alpha_s, alpha_c, delay_gain)
    return Model(to_weights("memories", memories), interactions, chosen, identity(), *scales)


def interactions_from_phi(
    phi: ArrayLike, alpha_s: float = 1.0, alpha_c: float = 1.0, delay_gain: float = 1.0
) -> NDArray[np.float64]:
    """Φ' = ((Φ − α_s I)/(√α_s α_c β))ᵀ, shape (n, n): the interactions whose bracket is Φ.

    Raises:
        InvalidNetwork: if Φ is not square.
        InvalidOption: if √α_s α_c β is not positive: then the interactions have no effect.

    >>> interactions_from_phi([[0, 1], [1, 0]]).tolist()
    [[-1.0, 1.0], [1.0, -1.0]]
    """
    strengths = {"alpha_s": alpha_s, "alpha_c": alpha_c, "delay_gain": delay_gain}
    for name, value in strengths.items():
        if not 0 < real(name, value) < math.inf:
            raise InvalidOption(f"{name} must be positive and finite, or no interactions have this Φ; got {value:g}")
    wanted = to_weights("phi", phi)
    if wanted.ndim != 2 or wanted.shape[0] != wanted.shape[1]:
        raise InvalidNetwork(f"phi must be square, shape (n, n); got {wanted.shape}")
    lateral = math.sqrt(alpha_s) * alpha_c * delay_gain
    return ((wanted - alpha_s * np.eye(len(wanted))) / lateral).T


def model_for_task(task: LinearTask, memories: ArrayLike | None = None, feature: Lagrangian | None = None) -> Model:
    """The memory model whose bracket is the companion matrix of a task, with α_s = α_c = β = 1.

    Args:
        task: the task; n = s·d memories.
        memories: Ξ, shape (N, n); None means the identity.
        feature: L_f; None means tanh.

    Raises:
        InvalidNetwork: if the memories have another shape.
    """
    phi = derive(task).exact_phi.to_array()
    return model_from_phi(np.eye(len(phi)) if memories is None else memories, phi, feature)
