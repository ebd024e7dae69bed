r"""Training real networks: protocols, a NumPy and a JAX backend, one `train`.

    batch of step k = f(seed, k)  →  loss and gradient by backpropagation through time  →  clip, L2, Adam  →  next step

A network, a protocol and a seed determine the run: batches come from a counter-based generator, so they are the same on both backends and after an
interruption, and the weights of a resumed run are those of an uninterrupted one, bit for bit. What is trained is compared with theory by
`emt_theory.analysis`.

>>> from emt_theory.tasks import repeat_copy
>>> brief = Protocol(steps=20, learning_rate=0.01, curriculum=Scheduled((4, 8), (0, 0.5)), test_horizon=8)
>>> run = train(repeat_copy(num_variables=2, dim=1), hidden=8, protocol=brief, seed=1)
>>> run.net
ElmanRNN(N=8, d=1, activation='tanh')
>>> run.history.horizon.tolist() == [4] * 10 + [8] * 10
True

docs/training.md has how to use it and what was measured.
"""

from emt_theory.training.curriculum import Adaptive, Curriculum, Scheduled
from emt_theory.training.history import History
from emt_theory.training.loop import Ending
from emt_theory.training.many import Spread, train_many
from emt_theory.training.progress import Progress
from emt_theory.training.protocol import Decay, FastProtocol, PaperProtocol, Protocol, Start
from emt_theory.training.protocol_files import parse_protocol
from emt_theory.training.run import Snapshot, TrainingRun
from emt_theory.training.single import BACKENDS, train
from emt_theory.training.sources import Sampler

__all__ = [
    "BACKENDS",
    "Adaptive",
    "Curriculum",
    "Decay",
    "FastProtocol",
    "History",
    "Ending",
    "PaperProtocol",
    "Progress",
    "Protocol",
    "Sampler",
    "Scheduled",
    "Snapshot",
    "Spread",
    "Start",
    "TrainingRun",
    "parse_protocol",
    "train",
    "train_many",
]
