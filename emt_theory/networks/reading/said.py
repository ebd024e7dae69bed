"""What a caller says about a file or a tree that its arrays do not.

>>> Said(alpha=0.1).leaky, Said().leaky
(True, False)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeAlias

from numpy.typing import ArrayLike

Names: TypeAlias = Mapping[str, str]


class Said(NamedTuple):
    """What a caller says; None where nothing is said.

    Attributes:
        kind: a name of `emt_theory.networks.KINDS`.
        names: expressions for weights, by the name that the network has for them.
        activation: σ of units without gates; one name, or one for each layer.
        phase_input: a name of `emt_theory.networks.PHASES`, or True for ``"while-inputs"``.
        alpha: α of leaky units, one number or N.
        leak: where the leak is, ``"state"`` or ``"preactivation"``.
    """

    kind: str | None = None
    names: Names | None = None
    activation: str | Sequence[str | None] | None = None
    phase_input: bool | str | None = None
    alpha: ArrayLike | None = None
    leak: str | None = None

    @property
    def leaky(self) -> bool:
        """Whether units leak, as far as the caller says."""
        return self.alpha is not None or self.leak is not None


NOTHING = Said()
"""Nothing is said."""
