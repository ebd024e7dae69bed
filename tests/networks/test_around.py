"""What stands around the recurrent layers: taken in exactly, refused by name, or without a part; and never passed over in silence."""

import shlex
import subprocess
from dataclasses import replace

import numpy as np
import pytest

from emt_theory import check, derive
from emt_theory.analysis import Verdict
from emt_theory.errors import EMTError, InvalidNetwork
from emt_theory.networks import from_arrays, load
from emt_theory.networks.reading import around
from emt_theory.tasks import repeat_copy

N, D_IN, D_OUT, V = 4, 3, 2, 7
RNG = np.random.default_rng(5)


def some(*shape):
    return RNG.normal(size=shape)


BASE = {
    "rnn.weight_hh_l0": some(N, N), "rnn.weight_ih_l0": some(N, D_IN), "rnn.bias_hh_l0": some(N), "fc.weight": some(D_OUT, N), "fc.bias": some(D_OUT)
}  # fmt: skip
PLAIN = from_arrays(BASE)
LSTM = {"rnn.weight_hh_l0": some(4 * N, N), "rnn.weight_ih_l0": some(4 * N, D_IN), "fc.weight": some(D_OUT, N)}


def norm(size):
    return {
        "bn.weight": some(size),
        "bn.bias": some(size),
        "bn.running_mean": some(size),
        "bn.running_var": some(size) ** 2,
        "bn.num_batches_tracked": np.array(3),
    }


def normalized(x, arrays):
    gain = arrays["bn.weight"] / np.sqrt(arrays["bn.running_var"] + 1e-5)
    return (x - arrays["bn.running_mean"]) * gain + arrays["bn.bias"]


PSYCH = {
    "W_rec": some(N, N), "W_in": some(N, D_IN), "W_out": some(D_OUT, N), "rec_connectivity": np.ones((N, N)),
    "input_connectivity": np.ones((N, D_IN)), "output_connectivity": np.ones((D_OUT, N)), "alpha": np.full(N, 0.2)
}  # fmt: skip
TAKEN = {
    "initial state": (BASE, {"rnn.h0": some(1, 1, N)}),
    "embedding": (BASE, {"embed.weight": some(V, D_IN)}),
    "batch normalization": (BASE, norm(N)),
    "alpha": (PSYCH, {"alpha": np.full(N, 0.7)}),
    "Dale's law": (
        PSYCH,
        {"Dale_rec": np.diag([1.0, 1, 1, -1]), "Dale_out": np.diag([1.0, 1, 1, 0]), "dale_ratio": np.array(0.75)},
    ),
}


def test_a_learned_initial_state_is_used():
    for shape in ((N,), (1, N), (1, 1, N)):
        for name in ("h0", "rnn.h0", "init_state", "h_0", "initial_state", "learned_h0", "hidden_init"):
            start = some(*shape)
            net = from_arrays(BASE | {name: start})
            assert net == replace(PLAIN, initial=start.ravel())
            assert net.provenance.remarks == (f"{name!r} is its initial state",)
    assert from_arrays(BASE | {"h0": np.zeros((1, N))}) == PLAIN
    h, c = some(1, N), some(1, N)
    net = from_arrays(LSTM | {"h0": h, "c0": c})
    assert np.array_equal(net.start(), np.concatenate([h[0], c[0]]))
    assert np.array_equal(from_arrays(LSTM | {"h0": h}).start(), np.concatenate([h[0], np.zeros(N)]))
    for wrong in (some(1, 8, N), some(N + 1), some(N, N)):
        with pytest.raises(InvalidNetwork, match=r"'h0' of shape .* is not used, and would change the network"):
            from_arrays(BASE | {"h0": wrong})


def test_the_false_consistent_of_a_dropped_initial_state(tmp_path):
    """faults.md: h0 = (2, 2) beside a compiled circuit; from there half of all outputs are wrong."""
    net = derive(repeat_copy(2, 1)).compile(scheme="linear")
    np.savez(tmp_path / "x.npz", W_hh=net.W_hh, W_uh=net.W_uh, W_hy=net.W_hy, h0=[[[2.0, 2.0]]], activation="identity")
    result = check(load(tmp_path / "x.npz"), repeat_copy(2, 1), sequences=640, horizon=200, lifetime=False)
    assert result.verdict is Verdict.NOT_SOLVED
    assert 0.45 < result.behaviour.accuracy < 0.55


def test_an_embedding_is_folded():
    table = some(V, D_IN)
    net = from_arrays(BASE | {"embed.weight": table})
    assert (net.d_in, net.d_out) == (V, D_OUT)
    words = RNG.integers(V, size=(3, 5))
    np.testing.assert_allclose(net.run(np.eye(V)[words]).outputs, PLAIN.run(table[words]).outputs, atol=1e-12)


def test_a_batch_normalization_is_folded_where_its_size_tells_its_place():
    x = some(3, 5, D_IN)
    before = norm(D_IN)
    np.testing.assert_allclose(
        from_arrays(BASE | before).run(x).outputs, PLAIN.run(normalized(x, before)).outputs, atol=1e-12
    )
    behind = norm(N)
    states = normalized(PLAIN.run(x).states, behind)
    np.testing.assert_allclose(from_arrays(BASE | behind).run(x).outputs, states @ PLAIN.W_hy.T + PLAIN.b_y, atol=1e-12)
    silent = from_arrays(BASE | before).run(x, steps=7).outputs
    zeros = np.concatenate([x, np.zeros((3, 2, D_IN))], axis=1)
    np.testing.assert_allclose(silent, PLAIN.run(normalized(zeros, before)).outputs, atol=1e-12)
    square = {**BASE, "rnn.weight_ih_l0": some(N, N)}
    with pytest.raises(
        InvalidNetwork, match=r"'bn.*' of shape .* batch normalization, whose place its size does not tell"
    ):
        from_arrays(square | norm(N))


@pytest.mark.parametrize("kind", around.AROUND, ids=lambda kind: kind.name)
def test_an_entry_that_is_missing_is_a_refusal_and_never_another_network(kind, monkeypatch):
    base, arrays = TAKEN[kind.name]
    assert from_arrays(base | arrays) != from_arrays(base)
    monkeypatch.setattr(around, "AROUND", [other for other in around.AROUND if other is not kind])
    with pytest.raises(EMTError, match=r"is not used, and would change the network|the file does not say how fast"):
        from_arrays(base | arrays)


def test_every_entry_is_tried():
    assert {kind.name for kind in around.AROUND} == set(TAKEN)


CHANGES = {
    "a linear layer in front": {"lin.weight": some(D_IN, 5), "lin.bias": some(D_IN)},
    "a normalization": {"norm.weight": some(N), "norm.bias": some(N)},
    "a connection from inputs to outputs": {"skip.weight": some(D_OUT, D_IN)},
    "rnn.weight_hh_l0_raw": {"rnn.weight_hh_l0_raw": some(N, N)},
    "gain": {"rnn.gain": some(N)},
    "mask": {"mask": np.ones((N, N), dtype=bool)},
    "second bias": {"rnn.b2": some(N)},
    "tau": {"rnn.tau": np.array(3.0)},
    "peephole": {"rnn.weight_ci": some(N)},
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_would_change_the_network_is_refused_by_name(name, tmp_path):
    with pytest.raises(InvalidNetwork, match="is not used, and would change the network") as refused:
        from_arrays(BASE | CHANGES[name])
    assert "names={" in str(refused.value) or "alpha=" in str(refused.value)
    assert "\n" not in str(refused.value)
    np.savez(tmp_path / "x.npz", **BASE, **CHANGES[name])
    with pytest.raises(InvalidNetwork, match=r"x.npz.* is not used, and would change the network"):
        load(tmp_path / "x.npz")


def test_a_second_read_out_has_to_be_chosen():
    with pytest.raises(InvalidNetwork, match="2 possible read-outs"):
        from_arrays(BASE | {"head2.weight": some(5, N)})
    with pytest.raises(InvalidNetwork, match=r"'value.weight' of shape .* a second read-out"):
        from_arrays(BASE | {"value.weight": some(1, N)})


def test_the_call_in_a_refusal_does_what_it_says():
    """The names= of the message, passed as they stand, load the network of which the message speaks."""
    lin = CHANGES["a linear layer in front"]
    with pytest.raises(InvalidNetwork) as refused:
        from_arrays(BASE | lin)
    names = eval(str(refused.value).split("names=")[1].split(" or --names")[0])
    x = some(2, 4, 5)
    folded = from_arrays(BASE | lin, names=names)
    np.testing.assert_allclose(
        folded.run(x).outputs, PLAIN.run(x @ lin["lin.weight"].T + lin["lin.bias"]).outputs, atol=1e-12
    )
    with pytest.raises(InvalidNetwork) as refused:
        from_arrays(BASE | CHANGES["gain"])
    names = eval(str(refused.value).split("names=")[1].split(" or --names")[0])
    assert from_arrays(BASE | CHANGES["gain"], names=names) == PLAIN


def test_what_changes_nothing_is_listed():
    idle = {
        "epoch": np.array(3), "losses": some(100), "optimizer.state.0.exp_avg": some(N, N), "rnn.weight_hh_l0_raw": BASE["rnn.weight_hh_l0"],
        "x_test": some(10, 5, D_IN), "rnn.sizes": np.array([3, 4]), "train_acc": np.array(1.0)
    }  # fmt: skip
    net = from_arrays(BASE | idle)
    assert net == PLAIN
    assert net.provenance.ignored == tuple(sorted(idle))


def test_a_perceptron_is_no_recurrent_network():
    with pytest.raises(InvalidNetwork, match="no recurrent weights"):
        from_arrays({"fc1.weight": some(8, 3), "fc2.weight": some(8, 8), "fc3.weight": some(3, 8)})


UNKNOWN = {
    "a state": {"r0": some(N)}, "the states of layers": {"initial_states": some(2, N)}, "a bias": {"hidden_bias": some(N)},
    "an offset": {"offset": some(N)}, "a number": {"gain": np.array(-1.0)}, "a rate": {"leak_rate": np.array(0.3)},
    "a time constant": {"tau_m": np.array(9.0)},
    "signs": {"signs": np.array([1, -1, 1, 1])}, "connections": {"C_rec": np.ones((N, N), dtype=int)},
    "a truth table": {"M": np.ones((N, N), dtype=bool)}, "means": {"x_mean": some(D_IN), "x_std": some(D_IN)},
    "statistics": {"bn.moving_mean": some(N), "bn.moving_variance": some(N) ** 2}, "a tensor": {"bilinear": some(N, N, 9)},
    "attention": {"attn.in_proj_weight": some(3 * N, N)}, "low rank": {"lr_m": some(N, 9), "lr_n": some(N, 9)},
    "whole weights": {"ln.weight": np.ones(9, dtype=int)}, "a plan": {"scheduler.weight": some(N, N)}, "a scaler": {"z": some(N) + 1j},
    "a layer's state": {"h0_l0": some(N)}, "a cell": {"cell_init": some(N)},
}  # fmt: skip


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_is_not_known_to_be_idle_is_refused(name):
    """A name that nobody registered, a type that weights do not have, one axis as long as the network's: none is passed over."""
    with pytest.raises(InvalidNetwork, match="is not used, and would change the network") as refused:
        from_arrays(BASE | UNKNOWN[name])
    names = eval(str(refused.value).split("names=")[-1].split(" or --names")[0])
    assert set(names["ignore"].split(", ")) == set(UNKNOWN[name])
    assert from_arrays(BASE | UNKNOWN[name], names=names) == PLAIN


def test_the_call_of_a_refusal_keeps_what_was_taken_in():
    """An initial state, an embedding and a batch normalization stay when something else is said to play no part."""
    for arrays in (TAKEN["initial state"][1], TAKEN["embedding"][1], norm(N)):
        more = arrays | {"ln.gain": some(N)}
        with pytest.raises(InvalidNetwork) as refused:
            from_arrays(BASE | more)
        names = eval(str(refused.value).split("names=")[-1].split(" or --names")[0])
        assert from_arrays(BASE | more, names=names) == from_arrays(BASE | arrays)


def test_a_batch_normalization_whose_place_is_not_told_is_refused():
    two = {key.replace("bn.", "second."): array for key, array in norm(N).items()}
    inside = {key.replace("bn.", "rnn.bn."): array for key, array in norm(N).items()}
    layers = {key.replace("_l0", "_l1"): array for key, array in BASE.items() if "rnn." in key} | {
        "rnn.weight_ih_l1": some(N, N)
    }
    for more in (norm(N) | two, inside, layers | norm(N)):
        with pytest.raises(InvalidNetwork, match="a batch normalization, whose place its size does not tell"):
            from_arrays(BASE | more)


def test_what_is_tied_to_another_module_is_no_copy():
    """As in language models: the read-out's weights are the embedding's."""
    tied = {**BASE, "rnn.weight_ih_l0": some(N, N), "fc.weight": some(V, N), "fc.bias": some(V)}
    net = from_arrays(
        tied | {"encoder.weight": tied["fc.weight"]}, names={"W_uh": "rnn.weight_ih_l0 @ encoder.weight.T"}
    )
    assert net.d_in == V
    with pytest.raises(InvalidNetwork, match=r"'encoder.weight' of shape .* is not used"):
        from_arrays(tied | {"encoder.weight": tied["fc.weight"]})


def test_a_square_embedding_may_be_a_linear_layer():
    for more in ({"embed.weight": some(D_IN, D_IN)}, {"embed.weight": some(V, D_IN), "embed.bias": some(V)}):
        with pytest.raises(InvalidNetwork, match=r"'embed.weight' of shape .* is not used"):
            from_arrays(BASE | more)


def test_a_linear_layer_in_front_is_no_read_out():
    """fc1 → RNN → fc2 with as many inputs as outputs: only fc2 reads N units, and fc1 is refused where fc2 is named, too."""
    model = {"fc1.weight": some(D_IN, D_IN), "fc2.weight": some(D_IN, N), "fc2.bias": some(D_IN)} | {
        k: a for k, a in BASE.items() if "rnn." in k
    }
    for names in (None, {"W_hy": "fc2.weight", "b_y": "fc2.bias"}):
        with pytest.raises(InvalidNetwork, match=r"'fc1.weight' of shape .* a linear layer in front"):
            from_arrays(model, names=names)


def test_calls_are_quoted_for_a_shell():
    """What a file calls its arrays is never run, and a call that is pasted says what was printed."""
    evil = "n$(touch${IFS}INJECTED).gain"
    with pytest.raises(InvalidNetwork) as refused:
        from_arrays(BASE | {evil: some(N), "it's a gain": some(N)})
    words = shlex.split(str(refused.value).split(" or --names ")[-1])
    names = dict(word.split("=", 1) for word in words)
    assert from_arrays(BASE | {evil: some(N), "it's a gain": some(N)}, names=names) == PLAIN
    assert (
        subprocess.run(
            ["bash", "-c", f"printf '%s' {shlex.join(words)}"], capture_output=True, text=True, check=True
        ).stdout
        == words[0]
    )


def test_of_two_initial_states_nobody_can_tell_which_is_meant():
    with pytest.raises(InvalidNetwork, match=r"'h_init' of shape .* it looks like a second initial state"):
        from_arrays(BASE | {"h0": some(N), "h_init": some(N)})
    chosen = some(N)
    net = from_arrays(BASE | {"h0": some(N), "h_init": chosen}, names={"ignore": "h0"})
    assert net == replace(PLAIN, initial=chosen)


INPUTS = [
    "embed.weight", "embedding.weight", "Embed_0.embedding", "model.tok_embeddings.weight", "wordEmbedding.weight", "transformer.wte.weight",
    "embedding/embeddings", "embedding_1/embeddings:0", "input_embedding", "char_emb.weight", "encoder/embedding"
]  # fmt: skip
OTHERS = [
    "task_embedding.weight", "pos_embedding", "time_embed.weight", "type_embeddings.weight", "remember.weight", "member_proj.weight",
    "unembed.weight", "task/embedding", "session_embedding/embeddings", "pos.embed.weight", "speaker_embedding.weight"
]  # fmt: skip


@pytest.mark.parametrize("key", INPUTS)
def test_an_embedding_of_the_inputs_is_known_by_its_name(key):
    table = some(V, D_IN)
    words = RNG.integers(V, size=(3, 5))
    net = from_arrays(BASE | {key: table})
    np.testing.assert_allclose(net.run(np.eye(V)[words]).outputs, PLAIN.run(table[words]).outputs, atol=1e-12)


@pytest.mark.parametrize("key", OTHERS)
def test_what_embeds_something_else_is_refused(key):
    table = some(V, D_IN)
    with pytest.raises(InvalidNetwork, match="is not used, and would change the network") as refused:
        from_arrays(BASE | {key: table})
    if "it looks like an embedding" in str(refused.value):
        names = eval(str(refused.value).split("names=")[1].split(" or --names")[0])
        assert from_arrays(BASE | {key: table}, names=names) == from_arrays(BASE | {"embed.weight": table})


def test_a_batch_normalization_beside_a_cell_that_is_called_step_by_step_is_refused():
    """It may be inside of σ, where the same arrays make another network; in front of the cell its size tells."""
    hand = {"W_in.weight": some(N, D_IN), "W_rec.weight": some(N, N), "fc.weight": some(D_OUT, N)}
    cell = {key.replace("_l0", ""): array for key, array in BASE.items()}
    for arrays in (hand, cell):
        with pytest.raises(InvalidNetwork, match="a batch normalization, whose place its size does not tell"):
            from_arrays(arrays | norm(N))
        before, x = norm(D_IN), some(3, 5, D_IN)
        right = from_arrays(arrays).run(normalized(x, before)).outputs
        np.testing.assert_allclose(from_arrays(arrays | before).run(x).outputs, right, atol=1e-12)
