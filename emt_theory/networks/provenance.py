"""How weights came to be a network: what a reader had to assume, and what it did not use.

A state dictionary does not say which σ its network has, and a checkpoint holds arrays that play no part. A reader keeps both beside the network, so
that whoever judges it can say so; a network made from arrays has neither.

>>> Provenance(assumed=("activation",), ignored=("scale",))
Provenance(assumed=('activation',), ignored=('scale',), remarks=())
"""

from __future__ import annotations

from dataclasses import dataclass

from emt_theory.ground.text import Shown


@dataclass(frozen=True)
class Provenance(Shown):
    """What a reader assumed and ignored.

    Attributes:
        assumed: the attributes of the network that no file and no caller named, such as "activation".
        ignored: the keys of arrays that were not used.
        remarks: what else was done to make a network of them, a sentence each: "weight_norm of rnn.weight_hh_l0 is folded".
    """

    assumed: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def is_assumed(net: object) -> bool:
    """Whether a network's σ is tanh because the file that it came from names none."""
    provenance = getattr(net, "provenance", Provenance())
    return "activation" in provenance.assumed and getattr(net, "activation", "") == "tanh"
