r"""How long the linear-interaction model dwells in each memory of a cycle, and how fast it may go.

The setting and the symbols d, m, A, r are those of `emt_theory.gsemm.transition`. Let T_d ≫ T_f, and the cycle of K memories have the period K τ;
write ε = exp(−τ/T_d). While memory k leads, m_k = 1 and the others are 0; at its end d_{k−j} = ε^j (1−ε)/(1−ε^K).

**Two memories.** In a long cycle the features with ξ_k ≠ ξ_{k+1} turn when r (d_k − d_{k−1}) = 1. That is r (1−ε)² = 1, so

    τ = −T_d ln(1 − √(1/r)).

**Three.** With K = 3 the features in which both other memories differ from ξ_k feel them add up, and turn first: when
r (d_k + d_{k+1} − d_{k−1}) = s. As d_{k+1} = d_{k−2}, this is r (1 − ε + ε²) = s (1 + ε + ε²), or ε + 1/ε = (r+s)/(r−s):

    τ = T_d arcosh((r + s) / (2 (r − s))),        s(A) = max_x [(1 + 3 tanh x)/4 − x/A] → 1 as A → ∞.

(These features are a quarter of all. When they stand at tanh x, memories pull them with m_k − m_{k+1} − m_{k−1} = (1 + 3 tanh x)/4.)

**The limit of order.** Turning them leaves m = (½, ½, ½). Memory k+1 wins only if those follow in which it alone differs from ξ_k:
½ + r (d_{k−1} + d_{k+1} − d_k) < 0. With the above that is r d_{k+1} < ¼, or ε < 1/(2(r−1)), which for A → ∞ holds up to

    r = (5 + √13)/4 = 2.151…

Beyond it the three-cycle gets stuck in the mixture of its memories.

>>> round(dwell_time(1.5), 3), round(dwell_time(1.5, gain=23), 3), round(two_memory_dwell_time(1.5), 3)
(1.567, 1.285, 1.696)

Source: new, this project's; the two-memory estimate is older than the rest. The model is that of arXiv 2212.05563.
"""

from __future__ import annotations

import math

from emt_theory.errors import InvalidOption
from emt_theory.ground.arguments import real

ORDER_LIMIT = (5 + math.sqrt(13)) / 4
"""The ratio up to which LISEM's three-cycle keeps its order, for A → ∞ and T_d/T_f → ∞."""


def dwell_time(ratio: float, gain: float = math.inf) -> float:
    """τ/T_d = arcosh((r + s) / (2 (r − s))): how long LISEM's three-cycle stays in each memory, for T_d ≫ T_f.

    Args:
        ratio: r, above s(A), and below 3 s(A) and `ORDER_LIMIT`. At finite A and T_d order ends
            at a lower ratio, so near the limit this may be the time of a cycle that is lost.
        gain: A, above 4/3; infinity is the sharp limit, s = 1.

    Raises:
        InvalidOption: if an argument is out of its range; beyond the limit of order there is no cycle, and no dwell time.
    """
    s = turning_point(gain)
    if not s < real("ratio", ratio) < 3 * s:
        raise InvalidOption(f"the ratio must be above s = {s:.4g} and below 3s = {3 * s:.4g}; got {ratio:g}")
    if ratio >= ORDER_LIMIT:
        raise InvalidOption(
            f"the ratio must be below (5 + √13)/4 = {ORDER_LIMIT:.4g}, beyond which the three-cycle gets stuck in a mixture; got {ratio:g}"
        )
    return math.acosh((ratio + s) / (2 * (ratio - s)))


def two_memory_dwell_time(ratio: float) -> float:
    """τ/T_d = −ln(1 − √(1/r)): the estimate for long cycles that takes only two memories into account.

    Raises:
        InvalidOption: if the ratio is not above 1.
    """
    if not 1 < real("ratio", ratio) < math.inf:
        raise InvalidOption(f"the ratio must be finite and above 1; got {ratio:g}")
    return -math.log(1 - math.sqrt(1 / ratio))


def turning_point(gain: float) -> float:
    """s(A) = max_x [(1 + 3 tanh x)/4 − x/A]: the pull, over A, at which a quarter of the features lets go of a memory.

    The maximum is where sech²x = 4/(3A).

    Raises:
        InvalidOption: if A is not above 4/3.
    """
    if not real("gain", gain) > 4 / 3:
        raise InvalidOption(f"the gain A must be above 4/3; got {gain:g}")
    if math.isinf(gain):
        return 1.0
    t = math.sqrt(1 - 4 / (3 * gain))
    return (1 + 3 * t) / 4 - math.atanh(t) / gain
