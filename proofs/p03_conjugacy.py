"""P03, conjugacy: V-form and h-form are one network seen at two places.

Write maps as words: `W*s` is first s = σ, then W. f = Wσ and g = σW are then like AB and BA, and everything follows from moving the brackets. The
derivatives at a fixed point are AB and BA too, of matrices, and around a periodic orbit again; between them, at other points, there is no relation.
"""

from .claims import identity
from .proof import GENERAL, Proof, Saboteur, argued, checked, example, standard

_UPPER = [["1", "Q"], ["0", "1"]]

PROOF = Proof(
    "P03",
    GENERAL,
    (
        checked("σ∘f = σ∘(W∘σ) = (σ∘W)∘σ = g∘σ.", identity("s*(W*s)", "(s*W)*s")),
        checked("Also W∘g = f∘W: W carries the orbits of g back.", identity("W*(s*W)", "(W*s)*W")),
        argued(
            "So σ maps orbits of f to orbits of g. Let S be the image of σ: g maps everything into S. If σ is a homeomorphism onto S, it is a "
            "conjugacy of f with g on S, where all of g's orbits are after one step. Otherwise it is a semiconjugacy. No bound on W was used."
        ),
        standard(
            "Chain rule, D(x) the derivative of σ: Df(x) = W D(x), and Dg(y) = (Dσ)(Wy) W, which at y = σ(x) is D(f(x)) W."
        ),
        checked(
            "Powers, by induction. Df^k(x_1) = Q_k D_1 with Q_1 = W: one more factor W D_{k+1} gives Q_{k+1} = W D_{k+1} Q_k.",
            identity("(W*Dn)*(Q*D1)", "(W*Dn*Q)*D1"),
        ),
        checked(
            "Dg^k(σ(x_1)) = D_{k+1} Q_k: one more factor D_{k+2} W gives D_{k+2} Q_{k+1}.",
            identity("(Dm*W)*(Dn*Q)", "Dm*(W*Dn*Q)"),
        ),
        argued("On an orbit of period k, fixed points included, D_{k+1} = D_1: the derivatives are Q D_1 and D_1 Q."),
        checked(
            "QB and BQ share their non-zero spectrum: [[QB, 0], [B, 0]] T = T [[0, 0], [B, BQ]] with T = [[1, Q], [0, 1]], B = D_1.",
            identity(
                [[["Q*D1", "0"], ["D1", "0"]], _UPPER],
                [_UPPER, [["0", "0"], ["D1", "D1*Q"]]],
            ),
        ),
        checked("T is invertible.", identity([_UPPER, [["1", "-Q"], ["0", "1"]]], [[["1", "0"], ["0", "1"]]])),
        standard(
            "Similar matrices have one characteristic polynomial; that of a block triangular matrix is the product of those of its blocks, here λ^N "
            "and the other."
        ),
        example(
            "not at other points: N = 1, W = 1, σ(x) = x + x³, x = 1: f(1) = 2, Df = 1 + 3·1² = 4",
            identity("1*(1 + 3*1**2)", "4"),
        ),
        example("and Dg(σ(1)) = 1 + 3·2² = 13", identity("(1 + 3*2**2)*1", "13")),
    ),
    Saboteur(
        "The spectra agree around any stretch of an orbit, D_{k+1} ≠ D_1.",
        identity(
            [[["Q*D1", "0"], ["D1", "0"]], _UPPER],
            [_UPPER, [["0", "0"], ["D1", "Dm*Q"]]],
        ),
    ),
)
