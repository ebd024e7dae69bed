r"""A live module beside the network that its weights are: the same inputs, and where outputs begin to differ.

    x(1), …, x(8) random, x(9), …, x(20) = 0,    two sequences,    double precision

Inputs are of −1 to 1, and, where all agree, of −100 to 100 in a second run: there a σ that is clipped shows.

Modules are called in many ways, so several are tried: a batch of sequences with the batch or the time first, one step after the other with a state
that is handed on. What comes back is looked through for something of the shape of outputs, or of states: over all steps, or of the last, where
prefixes are run. Whatever has the shape of outputs has to agree; where nothing has, states are compared, and outputs are not. One way to call it in
which all agree is enough; where none does, the nearest is told.
"""

from __future__ import annotations

import inspect
import sys
import warnings
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from emt_theory.ground.arrays import Array
from emt_theory.ground.text import first_line, plain
from emt_theory.networks.network import Network
from emt_theory.networks.reading.torchlive import copied

STEPS, FED, BATCH = 20, 8, 2
_SIZES = (1, 100)
"""How large inputs are at most, in each run."""
_CLOSE, _CLOSE_SINGLE = 1e-9, 1e-4

Way = Callable[[Any, Any], Any]


class Compared(NamedTuple):
    """Outputs of the module and of the network.

    Attributes:
        agrees: whether they are the same.
        step: the first step at which they are not.
        apart: by how much they differ at most.
        scale: the largest of the network's.
        what: what was compared.
        size: how large inputs were at most.
    """

    agrees: bool
    step: int = 0
    apart: float = 0.0
    scale: float = 0.0
    what: str = "outputs"
    size: float = 1

    @property
    def is_of_outputs(self) -> bool:
        """Whether outputs were compared, and not states."""
        return self.what.endswith("outputs")

    def __str__(self) -> str:
        return (
            f"its own {self.what} differ from step {self.step} on, by up to {self.apart:.2g} where ours are at most {self.scale:.2g}, "
            f"on random inputs{f' of up to {self.size:g}' if self.size > 1 else ''} until step {FED} and zeros until step {STEPS}"
        )


def compare(module: Any, net: Network) -> Compared | str:
    """Run a module of PyTorch beside a network; why it could not be run, if it could not."""
    first = _compared(module, net, _SIZES[0])
    for size in _SIZES[1:]:
        if isinstance(first, Compared) and first.agrees:
            more = _compared(module, net, size)
            if isinstance(more, Compared) and not more.agrees and np.isfinite(more.scale):
                return more._replace(size=size)
    return first


def _compared(module: Any, net: Network, size: float) -> Compared | str:
    """The same on inputs of this size."""
    x = np.zeros((BATCH, STEPS, net.d_in + bool(net.phase_input)))
    x[:, :FED, : net.d_in] = np.random.default_rng(0).uniform(-size, size, size=(BATCH, FED, net.d_in))
    if net.phase:
        x[:, :FED, -1], x[:, FED, -1], x[:, FED + 1 :, -1] = net.phase.during, net.phase.first, net.phase.after
    run = net.run(x[:, :FED, : net.d_in], steps=STEPS)
    ours = {"outputs": run.outputs, "states": run.states}
    with _undisturbed() as torch:
        inputs = torch.from_numpy(x)
        found, why = _runs(copied(module), inputs, ours, _CLOSE)
        # A forward may ask for single precision, and reparametrized weights may not survive being copied.
        if not found:
            found, _ = _runs(copied(module, fold=True), inputs, ours, _CLOSE)
        if not found:
            found, _ = _runs(copied(module, fold=True).float(), inputs.float(), ours, _CLOSE_SINGLE)
    return max(found, key=lambda one: (one.agrees, one.step, -one.apart)) if found else why


@contextmanager
def _undisturbed() -> Generator[Any]:
    """Double precision as the default, no gradients, the user's random numbers left as they are."""
    torch: Any = sys.modules["torch"]
    default = torch.get_default_dtype()
    with torch.random.fork_rng(devices=[]), torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            torch.set_default_dtype(torch.float64)
            yield torch
        finally:
            torch.set_default_dtype(default)


def _runs(module: Any, x: Any, ours: dict[str, Array], close: float) -> tuple[list[Compared], str]:
    """What comes of every way to call it, and why the first way failed if all did."""
    found, reasons = list[Compared](), list[str]()
    for way in _ways(module):
        try:
            first, again = (_candidates(way(module, x)) for _ in range(2))
            if any(not np.array_equal(a, b, equal_nan=True) for a, b in zip(first, again, strict=False)):
                return [], "it does not return the same twice, so it is random, or keeps a state of its own"
            results = _judged(module, way, x, first, ours, close)
        except Exception as error:  # noqa: BLE001 — forward is the user's, and can raise anything
            reasons.append(f"forward fails on an input of shape {tuple(x.shape)} ({plain(first_line(error))})")
            continue
        if any(one.agrees for one in results):
            return results, ""
        found += results
    return found, (reasons or ["nothing that forward returns has the shape of outputs or states"])[0]


def _ways(module: Any) -> list[Way]:
    needed = _required(module)
    batches: list[Way] = [lambda f, x: f(x), lambda f, x: _turned(f(x.transpose(0, 1)))]
    layer = next((part for part in module.modules() if hasattr(part, "batch_first")), None)
    if layer is not None and not layer.batch_first:
        batches.reverse()
    stepped: list[Way] = [_stepping]
    return batches if needed == 1 else stepped if needed == 2 else [*batches, *stepped]


def _required(module: Any) -> int:
    """How many arguments forward needs."""
    try:
        kinds = inspect.signature(module.forward).parameters.values()
    except (TypeError, ValueError):
        return 0
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(one.kind in positional and one.default is inspect.Parameter.empty for one in kinds)


def _stepping(module: Any, x: Any) -> Any:
    """One step after the other, with the state that is given back."""
    torch: Any = sys.modules["torch"]
    size = next((int(part.hidden_size) for part in module.modules() if hasattr(part, "hidden_size")), None)
    h = None if size is None else torch.zeros(len(x), size, dtype=x.dtype)
    steps = list[tuple[Any, ...]]()
    for t in range(x.shape[1]):
        made = module(x[:, t], h)
        made = made if isinstance(made, tuple) else (made,)
        h = made[-1]
        steps.append(made)
    return tuple(torch.stack(parts, dim=1) for parts in zip(*steps, strict=True))


def _turned(value: Any) -> Any:
    """Time and batch exchanged, wherever there are both."""
    if isinstance(value, tuple | list):
        return tuple(_turned(part) for part in value)
    return value.transpose(0, 1) if hasattr(value, "ndim") and value.ndim >= 3 else value


def _candidates(value: Any) -> list[Array]:
    """The tensors in what forward returns, as arrays."""
    if isinstance(value, dict):
        value = tuple(value.values())
    if isinstance(value, tuple | list):
        return [array for part in value for array in _candidates(part)]
    return [value.detach().numpy().astype(np.float64)] if hasattr(value, "detach") else []


def _judged(module: Any, way: Way, x: Any, theirs: list[Array], ours: dict[str, Array], close: float) -> list[Compared]:
    """What all that came back amounts to: whatever has the shape of outputs has to agree, and where nothing has, one that has the shape of states."""
    found = [list(_against(module, way, x, theirs, k, ours, close)) for k in range(len(theirs))]
    shown = [tried for tried in found if any(one.is_of_outputs for one in tried)]
    best = [max(tried, key=_rank) for tried in shown or found if tried]
    wrong = [one for one in best if not one.agrees]
    if not wrong or not shown:
        return sorted(best, key=lambda one: (one.agrees, one.is_of_outputs), reverse=True)[:1]
    return wrong


def _rank(one: Compared) -> tuple[Any, ...]:
    return (one.agrees, one.is_of_outputs, one.step, -one.apart)


def _against(
    module: Any, way: Way, x: Any, theirs: list[Array], k: int, ours: dict[str, Array], close: float
) -> Iterator[Compared]:
    """The k-th array that came back, beside outputs and beside states; where N = d it can be either."""
    for what, right in ours.items():
        if theirs[k].shape == right.shape:
            yield _difference(theirs[k], right, what, close)
        elif theirs[k].shape == (BATCH, right.shape[-1]):
            ends = [_candidates(way(module, x[:, :n]))[k] for n in range(1, x.shape[1] + 1)]
            yield _difference(np.stack(ends, axis=1), right, f"last {what}", close)


def _difference(theirs: Array, right: Array, what: str, close: float) -> Compared:
    scale = float(np.abs(right).max(initial=0.0))
    apart = np.abs(theirs - right).max(axis=(0, 2))
    wrong = np.flatnonzero(~(apart <= close * max(1.0, scale)))  # NaN is wrong, too
    if not len(wrong):
        return Compared(True, what=what)
    return Compared(False, int(wrong[0]) + 1, float(np.nanmax(apart)), scale, what)
