"""How weights came to be a network: what a reader had to assume, and what it did not use.

A state dictionary does not say which σ its network has, and a checkpoint holds arrays that play no part. A reader keeps both beside the network, so
that whoever judges it can say so; a network made from arrays has neither.

>>> Provenance(assumed=("activation",), ignored=("scale",))
Provenance(assumed=('activation',), ignored=('scale',), remarks=())
>>> print(*Provenance(ignored=("scale", "fc2.weight"), remarks=("a mask is folded",)).then())
Not used: 'fc2.weight' and 'scale'. A mask is folded.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from emt_theory.ground.text import Shown, cut, listed, printable

_TOLD, _LONGEST = 6, 400
_ASSUMED = {"activation": "Its units are taken to be tanh, PyTorch's default: the file does not say."}


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

    def first(self) -> tuple[str, ...]:
        """What is to be said before anything that is found of the network: a sentence for each attribute that was assumed."""
        return tuple(_ASSUMED.get(name, f"Its {name} is assumed: the file does not say.") for name in self.assumed)

    def then(self) -> tuple[str, ...]:
        """What is to be said with it: which arrays were not used, and the remarks, as sentences."""
        more = len(self.ignored) - _TOLD
        unused = (
            f"Not used: {cut(listed(sorted(self.ignored)[:_TOLD]), _LONGEST)}{f' and {more} more' if more > 0 else ''}."
        )
        return (*((unused,) if self.ignored else ()), *(_sentence(remark) for remark in self.remarks))

    def to_dict(self) -> dict[str, list[str]]:
        """JSON-ready; names of a stranger are escaped."""
        names = ("assumed", "ignored", "remarks")
        return {name: [printable(text) for text in getattr(self, name)] for name in names}


NOTHING = Provenance()
"""That of a network of which there is nothing to say."""


def provenance_of(net: object) -> Provenance:
    """The provenance of a network as it is now: a σ that was named since is not assumed any more.

    >>> from emt_theory.networks import ElmanRNN
    >>> provenance_of(ElmanRNN(W_hh=[[1]], W_uh=[[1]], W_hy=[[1]]))
    Provenance(assumed=(), ignored=(), remarks=())
    """
    provenance = getattr(net, "provenance", Provenance())
    if is_assumed(net):
        return provenance
    return replace(provenance, assumed=tuple(name for name in provenance.assumed if name != "activation"))


def _sentence(text: str) -> str:
    text = printable(cut(text, _LONGEST))
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith('.') else '.'}"


def is_assumed(net: object) -> bool:
    """Whether a network's σ, or that of a layer of it, is tanh because the file that it came from names none.

    >>> from emt_theory.networks import ElmanRNN, as_network
    >>> arrays = {"W_hh": [[0]], "W_uh": [[1]], "W_hy": [[1]]}
    >>> is_assumed(as_network(arrays)), is_assumed(ElmanRNN(**arrays))      # arrays do not say which σ
    (True, False)
    """
    if layers := getattr(net, "layers", ()):
        return any(map(is_assumed, layers))
    provenance = getattr(net, "provenance", Provenance())
    return "activation" in provenance.assumed and getattr(net, "activation", "") == "tanh"
