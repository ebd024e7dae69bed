"""What the names of arrays say by themselves, whatever the network: initial states, counters, optimizers, curves, data, masks, rates, embeddings.

>>> head("model.bn.weight"), leaf("model.bn.weight"), word("net/gru/bias:0")
('model.bn.', 'weight', 'bias')
>>> [is_embedding(key) for key in ("embed.weight", "wordEmbedding", "Embed_0.embedding", "member.weight", "pos_embedding", "task/embeddings")]
[True, True, True, False, False, False]
"""

from __future__ import annotations

import re

STATE = (
    r"(?:learned_|initial_|init_)?h_?0s?|(?:initial|init)_?(?:state|hidden|h)?|(?:hidden|state|h)_?(?:init|initial|0)"
)
"""What initial states are called, in lower case."""

CELL_STATE = r"(?:learned_|initial_|init_)?c_?0s?|(?:initial|init)_?(?:cell|c)|(?:cell|c)_?(?:init|initial|0)"
"""What those of the cells of an LSTM are called."""
_STATES = r"(?:\w*_)?(?:states?|carry|hidden)"
COUNTER = re.compile(
    r"num_batches_tracked|\w*(?:epochs?|steps?|iterations?|iters?|seeds?|version|learning_rate|lr|seconds)|t|eps|epsilon|dropout|momentum"
)
OPTIMIZER = re.compile(
    r"(?:.*[./])?(?:optim|optimizers?|opt_state|optim_state|optimizer_states?|optimizer_state_dict|lr_schedulers?)[./].*"
    r"|(?:.*[./])?(?:max_)?exp_avg(?:_sq)?|(?:.*[./])?momentum_buffer"
)
SIZES = re.compile(
    r"n|(?:n|num|number)_\w+|(?:\w*_)?(?:sizes?|shapes?|dims?|dimensions?|units|layers|counts?|heads|features|hidden|channels)"
)
"""What lists of sizes are called."""
CURVE = re.compile(r"\w*(?:loss|losses|acc|accs|accuracy|accuracies|history|histories|curves?|metrics?)\d*")
SCORE = re.compile(r"\w*(?:errors?|scores?)\d*")
"""Curves, or weights: a score may be one of attention."""
RECORDED = re.compile(
    r"(?:targets?|labels?|data|trials?|activity|trajector(?:y|ies))(?:_?(?:train|test|val))?|(?:x|y|inputs?|outputs?)_?(?:train|test|val)"
)
DATA = re.compile(r"x|y|inputs?|outputs?")
"""Data, or weights."""
PARAMETER = re.compile(r"weight\w*|kernel\w*|bias\w*|scale|gain|gamma|beta|embeddings?|running_\w+|moving_\w+")
MASK = re.compile(r"\w*(?:mask|connectivity)")
DALE = re.compile(r"dale\w*")
RATE = re.compile(r"(?:log_?)?(?:alphas?|taus?|tau_?m|decay|leaks?|leak_rate|dt)(?:_?(?:logits?|raw|log))?")

_EMBEDDED = (
    r"(?:[_\-\d]|w|weights?|in|inputs?|x|tok|tokens?|words?|chars?|characters?|symbols?|items?|vocab|vocabulary|src|source|layer|table|matrix"
    r"|lookup|shared|my|the)*"
)
_EMBEDDING = re.compile(rf"{_EMBEDDED}(?:emb|embeds?|embed(?:der|dings?)|wte){_EMBEDDED}")
_STRANGER = re.compile(
    r"(?:.*_)?(?:pos|position\w*|times?|tasks?|types?|segments?|contexts?|subjects?|sessions?)(?:_.*)?"
)
"""What is embedded beside the inputs."""


def is_embedding(key: str) -> bool:
    """Whether the name is that of an embedding of the inputs; of one that embeds tasks, positions or types it is not."""
    *before, last = re.split(r"[./]", re.sub(r":\d+$", "", key).lower())
    if before and last in ("weight", "embedding", "embeddings"):
        sure = last != "weight"
        last = before.pop()
    else:
        sure = False
    known = sure or _EMBEDDING.fullmatch(last)
    return bool(known) and not any(_STRANGER.fullmatch(name) for name in (last, *before[-1:]))


def sounds_embedding(key: str) -> bool:
    """Whether the name speaks of some embedding, of the inputs or of anything else but the outputs."""
    if "out" in key.lower():
        return False
    return re.search(r"(?:^|[./_])(?:\w*_)?(?:emb|embed(?:d\w*|s)?|wte)(?:[./_\d]|$)", key.lower()) is not None


def is_no_readout(key: str) -> bool:
    """Whether the name says what a read-out is not: a state, a mask, data, an embedding."""
    name = word(key)
    others = (STATE, CELL_STATE, CURVE, RECORDED, MASK, DALE, RATE, r"x|y|inputs?|running_\w+|moving_\w+", _STATES)
    return any(re.fullmatch(other, name) for other in others) or sounds_embedding(key)


def is_optimizers(key: str) -> bool:
    """Whether it is what an optimizer keeps."""
    return OPTIMIZER.fullmatch(key.lower()) is not None


def head(key: str) -> str:
    """A key without its last piece."""
    return key[: len(key) - len(leaf(key))]


def leaf(key: str) -> str:
    """The last piece of a key."""
    return re.split(r"[./]", key)[-1]


def word(key: str) -> str:
    """The last piece of a key in lower case, without the number that Keras 2 gives to variables."""
    return leaf(key).split(":")[0].lower()
