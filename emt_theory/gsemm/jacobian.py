r"""The Jacobian of the memory model, for implicit solvers and for the stability of states at rest.

With J_f, J_h the Hessians of the Lagrangians, the three layers have

    T_f ∂V̇_f = √α_s Ξ J_h ∂V_h − ∂V_f
    T_h ∂V̇_h = √α_s Ξᵀ J_f ∂V_f + α_c Φ'ᵀ Ξᵀ ∂V_d − ∂V_h
    T_d ∂V̇_d = β J_f ∂V_f − ∂V_d,

and a slaved layer is eliminated by its own row, at T = 0. For a model whose cells pass nothing on, around 0:

>>> model = Model.lisem(np.eye(2), np.zeros((2, 2)), gain=3, T_d=10)
>>> jacobian(model, np.zeros(4)).diagonal().round(3).tolist()
[2.0, 2.0, -0.1, -0.1]

Source: differentiation of arXiv 2212.05563, equations 1 to 3.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from emt_theory.gsemm.model import Model


def jacobian(model: Model, state: ArrayLike) -> NDArray[np.float64]:
    """∂(rhs)/∂(state) at a packed state.

    Args:
        model: the memory model.
        state: as `Model.pack` makes it, shape (state_size,).

    Returns:
        Shape (state_size, state_size).

    Raises:
        InvalidNetwork: if the state has another length.
    """
    at = model.unpack(state)
    J_f, J_h = model.feature.hessian(at.feature), model.hidden.hessian(at.hidden)
    eye_f, eye_h = np.eye(model.features), np.eye(model.components)
    f_from_h = math.sqrt(model.alpha_s) * model.memories @ J_h / model.T_f
    h_from_f = math.sqrt(model.alpha_s) * model.memories.T @ J_f
    h_from_d = model.alpha_c * model.interactions.T @ model.memories.T
    d_from_f = model.delay_gain * J_f
    if not model.T_d:
        h_from_f = h_from_f + h_from_d @ d_from_f
    rows: dict[str, dict[str, NDArray[np.float64]]] = {"f": {"f": -eye_f / model.T_f}}
    if model.T_h:
        rows["f"]["h"] = f_from_h
        rows["h"] = {"f": h_from_f / model.T_h, "h": -eye_h / model.T_h}
    else:
        rows["f"]["f"] = rows["f"]["f"] + f_from_h @ h_from_f
    if model.T_d:
        hears = "h" if model.T_h else "f"
        rows[hears]["d"] = h_from_d / model.T_h if model.T_h else f_from_h @ h_from_d
        rows["d"] = {"f": d_from_f / model.T_d, "d": -eye_f / model.T_d}
    sizes = {"f": model.features, "h": model.components, "d": model.features}
    return np.block([[rows[to].get(source, np.zeros((sizes[to], sizes[source]))) for source in rows] for to in rows])
