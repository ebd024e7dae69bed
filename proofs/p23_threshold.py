"""P23, the threshold circuit: steps along a direction, alternating, and a write that overrides them.

With codewords of ±1 and an integer direction w, the sums w·x are 2 apart, so that each change of sign has a threshold
with room 1 on both sides. The newest block of the register is the read-out: no unit stands between a rule's output
and what reads it next.
"""

from .claims import identity, nonnegative
from .proof import GENERAL, Proof, Saboteur, argued, checked

PROOF = Proof(
    "P23",
    GENERAL,
    (
        checked(
            "Room: x = 1 − 2b for bits b, so w·x = Σ w − 2 w·b.",
            identity("w*x", "w - 2*w*b", given={"x": "1 - 2*b"}),
        ),
        argued(
            "All w·x have the same parity; two different ones are 2 apart at least, the midpoints θ_i of "
            "neighbours with different f are integers, and |w·x − θ_i| ≥ 1. Powers of two tell all x apart, so "
            "a direction exists."
        ),
        argued(
            "Claim, by induction over t ≥ 1: places of the register whose time has come hold ±1 as they should, "
            "the newest being y(t) = u(t); all other copies lie in [−1, 1]; and at t ≤ s the features are s_i x_c."
        ),
        checked(
            "Write, t ≤ s: the feedback e has |e| ≤ E = γ(‖w‖ + |θ|), as all places lie in [−1, 1] and the "
            "newest is y(t−1) = ±1 or 0. With an input of that sign the sum is at least 1: g + e − 1 = (g − 1 − "
            "E) + (E + e).",
            nonnegative("g + e - 1", ["g - 1 - E", "E + e"], [("1", [0]), ("1", [1])]),
        ),
        argued("So clip gives φ_i = s_i x_c, whatever is fed back."),
        checked(
            "Read-out at t ≤ s, with Σ σ_i s_i = 1: y = x_c. Written for one term and the rest r of that sum.",
            identity("(sigma*s + r)*x", "x", given={"r": "1 - sigma*s"}),
        ),
        argued(
            "Such signs exist: the number m of features is odd; take s_i = σ_i for (m+1)/2 of them and −σ_i for "
            "the others: (m+1)/2 − (m−1)/2 = 1."
        ),
        checked(
            "Free step, t > s: |γ(w·r − θ)| ≥ 1, since γ ≥ 1 and, on the upper side, v = w·r − θ ≥ 1: γ v − 1 = "
            "(γ − 1) v + (v − 1).",
            nonnegative("g*v - 1", ["g - 1", "v", "v - 1"], [("1", [0, 1]), ("1", [2])]),
        ),
        argued("So clip makes φ_i a step: −1 below θ_i and 1 above; the constant unit is clip(γ) = 1."),
        checked(
            "Telescoping: above one more threshold the sum S becomes S + 2σ; as σ = −S there, it becomes −S,",
            identity("S + 2*sigma", "-S", given={"sigma": "-S"}),
        ),
        argued(
            "and so does f. Below all thresholds: j odd, S = −Σ σ_i = −σ_1 = f(lowest), as σ alternates; j "
            "even, the σ of the steps add up to 0, and the constant unit gives f(lowest). The next σ is −S each "
            "time, because σ alternates as S does. So y = f(x) = u(t)."
        ),
        argued("Copies: clip(γ · ±1) = ±1, and clip maps into [−1, 1]. That is the claim at t + 1."),
        argued("m = 1 iff f is constant or changes its sign once along some w: iff it is a threshold function."),
        checked(
            "m = 2 never helps: let y = a φ_1 + b φ_2 be ±1 always. If φ_1 φ_2 takes both signs, (a + b)² = (a "
            "− b)² = 1, whose difference is 4 a b = 0.",
            identity("(a + b)**2 - (a - b)**2", "4*a*b", scalars=("a", "b")),
        ),
        argued("Otherwise φ_2 = ±φ_1 throughout, and one of the two will do."),
    ),
    Saboteur(
        "A write with g ≥ γ(‖w‖ + |θ|) overrides the feedback.",
        nonnegative("g + e - 1", ["g - E", "E + e"], [("1", [0]), ("1", [1])]),
    ),
)
