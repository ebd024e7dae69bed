"""Write the PyTorch files of this folder, and torch.npz with what PyTorch computes from them. Needs torch and omegaconf; the tests do not.

    python tests/networks/data/make_torch.py [folded | stacked]

For every file NAME that holds a network, torch.npz has NAME/x, inputs of shape (batch, s, d), and NAME/y and NAME/h, outputs and states of shape
(batch, steps, d) and (batch, steps, N): PyTorch's own forward pass on x followed by zeros. Written with torch 2.13.

Reparametrized networks have a folder and a record of their own, folded/ and folded.npz, made alike:

    python tests/networks/data/make_torch.py folded
"""

import argparse
import enum
import sys
import types
import warnings
from pathlib import Path

import numpy as np
import omegaconf
import torch
from torch.nn.utils import parametrizations, prune

HERE = Path(__file__).parent
N, D, S, STEPS = 5, 2, 3, 8
recorded = {}


class Model(torch.nn.Module):
    """A recurrent layer and a linear read-out."""

    def __init__(self, layer, **options):
        super().__init__()
        self.rnn = layer(D, N, batch_first=True, **options)
        self.readout = torch.nn.Linear(N, D)

    def forward(self, x):
        h, _ = self.rnn(x)
        return self.readout(h), h


class Stepped(torch.nn.Module):
    """A cell and a loop around it, as people write them, with a σ that is a module and a piece that has no weights."""

    def __init__(self, **options):
        super().__init__()
        self.cell = torch.nn.RNNCell(D, N, **options)
        self.drop = torch.nn.Dropout(0.5)
        self.loss = torch.nn.MSELoss()
        self.readout = torch.nn.Linear(N, D)

    def forward(self, x):
        h, states = x.new_zeros(len(x), N), []
        for t in range(x.shape[1]):
            h = self.cell(x[:, t], h)
            states.append(h)
        h = torch.stack(states, dim=1)
        return self.readout(self.drop(h)), h


class Mode(enum.Enum):
    """Something that only code can make."""

    FAST = "fast"


def record(name, model, steps):
    """Keep what the model computes, in double precision from the weights that it has."""
    model = model.eval().double()
    x = torch.randn(2, S, D, dtype=torch.float64)
    with torch.no_grad():
        y, h = model(torch.cat([x, torch.zeros(2, steps - S, D, dtype=torch.float64)], dim=1))
    recorded.update({f"{name}/x": x.numpy(), f"{name}/y": y.numpy(), f"{name}/h": h.numpy()})


def write(name, content, model=None, steps=STEPS, **options):
    """Save, and record if it is a network."""
    torch.save(content, HERE / name, **options)
    if model is not None:
        record(name, model, steps)


def trained(model):
    """The optimizer after one step, so that its state is full."""
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    model(torch.randn(2, 4, D))[0].pow(2).mean().backward()
    optimizer.step()
    return optimizer


def attribute_dict(**items):
    """What Lightning makes of hyper-parameters: a dictionary of a class of its own."""
    module = types.ModuleType("lightning.fabric.utilities.data")
    module.AttributeDict = type("AttributeDict", (dict,), {"__module__": module.__name__})
    for depth in range(1, 5):
        sys.modules[".".join(module.__name__.split(".")[:depth])] = module
    return module.AttributeDict(items)


def orthogonal_map(name):
    """An orthogonal parametrization with this map; None is the one that PyTorch chooses."""
    return lambda module, weight: parametrizations.orthogonal(module, weight, name)


def folded(layer, recurrent, readout=None, **options):
    """A model with reparametrized weights after some training, so that the parts say something."""
    model = Model(layer, **options)
    for apply, module, names in (
        (recurrent, model.rnn, ("weight_hh_l0", "weight_ih_l0")),
        (readout, model.readout, ("weight",)),
    ):
        for name in names if apply else ():
            apply(module, name)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        model(torch.randn(4, 6, D))[0].pow(2).mean().backward()
        optimizer.step()
    return model.eval()


def main_folded():
    """Write the reparametrized files: 20 steps."""
    torch.manual_seed(1)
    warnings.simplefilter("ignore")  # the old functions still work
    nn, new, old = torch.nn, parametrizations, torch.nn.utils

    def pruned(module, name):
        prune.random_unstructured(module, name, amount=0.4)

    cases = {
        "weight_norm_old.pt": folded(nn.RNN, old.weight_norm, old.weight_norm),
        "weight_norm_new.pt": folded(nn.GRU, new.weight_norm, new.weight_norm),
        "weight_norm_dim1.pt": folded(
            nn.RNN, lambda m, n: old.weight_norm(m, n, dim=1), lambda m, n: new.weight_norm(m, n, dim=None)
        ),
        "spectral_norm_old.pt": folded(nn.LSTM, old.spectral_norm, old.spectral_norm),
        "spectral_norm_new.pt": folded(nn.RNN, new.spectral_norm, new.spectral_norm, bias=False),
        "spectral_norm_dim1.pt": folded(nn.RNN, None, lambda m, n: new.spectral_norm(m, n, dim=1)),
        "pruned.pt": folded(nn.GRU, pruned, pruned),
    }
    refused = {
        "orthogonal.pt": folded(nn.RNN, lambda m, n: orthogonal_map(None)(m, n) if n == "weight_hh_l0" else None),
        "cayley.pt": folded(nn.RNN, lambda m, n: orthogonal_map("cayley")(m, n) if n == "weight_hh_l0" else None),
        "householder.pt": folded(nn.RNN, orthogonal_map("householder")),
        "spectral_norm_square_dim1.pt": folded(nn.RNN, lambda m, n: new.spectral_norm(m, n, dim=1)),
        "twice.pt": folded(nn.RNN, lambda m, n: (new.spectral_norm(m, n), new.spectral_norm(m, n))),
    }
    (HERE / "folded").mkdir(exist_ok=True)
    for name, model in cases.items():
        write(f"folded/{name}", model.state_dict(), model, steps=20)
    for name, model in refused.items():
        write(f"folded/{name}", model.state_dict())
    np.savez_compressed(HERE / "folded.npz", **recorded)


class Recorded(Model):
    """A model whose states are those of all its layers, from PyTorch's cells one after the other."""

    def forward(self, x):
        layers = []
        for k in range(self.rnn.num_layers):
            one = type(self.rnn)(x.shape[-1], N, batch_first=True, **self.options).to(x.dtype)
            one.load_state_dict({f"{name}_l0": getattr(self.rnn, f"{name}_l{k}") for name in NAMES})
            x, _ = one(x)
            layers.append(x)
        whole, _ = self.rnn(self.given)
        assert torch.equal(x, whole)
        return self.readout(x), torch.cat(layers, dim=-1)

    def __init__(self, layer, num_layers, **options):
        super().__init__(layer, num_layers=num_layers, **options)
        self.options = options

    def __call__(self, x):
        self.given = x
        return super().__call__(x)


NAMES = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


def main_stacked():
    """Write the files of several layers: 20 steps."""
    torch.manual_seed(2)
    nn = torch.nn
    (HERE / "stacked").mkdir(exist_ok=True)
    for name, model in {
        "rnn_two.pt": Recorded(nn.RNN, 2),
        "gru_three.pt": Recorded(nn.GRU, 3),
        "lstm_two.pt": Recorded(nn.LSTM, 2),
    }.items():
        write(f"stacked/{name}", model.state_dict(), model, steps=20)
    np.savez_compressed(HERE / "stacked.npz", **recorded)


def main():
    """Write all files."""
    torch.manual_seed(0)
    nn = torch.nn
    cases = {
        "rnn_tanh.pt": Model(nn.RNN),
        "rnn_tanh_nobias.pth": Model(nn.RNN, bias=False),
        "rnn_relu.pt": Model(nn.RNN, nonlinearity="relu"),
        "gru.pt": Model(nn.GRU),
        "gru_nobias.pt": Model(nn.GRU, bias=False),
        "lstm.bin": Model(nn.LSTM),
        "lstm_nobias.pt": Model(nn.LSTM, bias=False),
    }
    for name, model in cases.items():
        write(name, model.state_dict(), model)
    for protocol in (4, 5):
        write(
            f"protocol{protocol}.pt",
            cases["rnn_tanh.pt"].float().state_dict(),
            cases["rnn_tanh.pt"],
            pickle_protocol=protocol,
        )

    for name, dtype in (("half", torch.float16), ("bfloat16", torch.bfloat16), ("double", torch.float64)):
        model = Model(nn.GRU).to(dtype)
        with torch.no_grad():
            model.readout.weight.div_(3)  # no longer single precision
        write(f"{name}.pt", model.state_dict(), model)

    model = Model(nn.RNN)  # windows on one storage, some transposed, some with gaps
    sheet = torch.randn(9, 12)
    views = {
        "rnn.weight_ih_l0": sheet[1:6, 2:4],
        "rnn.weight_hh_l0": sheet[3:8, 4:9].t(),
        "rnn.bias_ih_l0": sheet[:5, 11],
        "rnn.bias_hh_l0": sheet[8, ::2][:5],
        "readout.weight": sheet[::4, 1:10:2][:2],
        "readout.bias": sheet[7:9, 0],
    }
    model.load_state_dict(views)
    write("shared.pt", views | {"steps": torch.tensor(12)}, model)

    model = Model(nn.LSTM)
    write("parameters.pt", {key: nn.Parameter(value) for key, value in model.state_dict().items()}, model)
    model = Model(nn.GRU)
    write("parts.pth", {"rnn": model.rnn.state_dict(), "readout": model.readout.state_dict()}, model)

    model = Model(nn.RNN, nonlinearity="relu")
    optimizer = trained(model)
    lightning = {
        "epoch": 3,
        "global_step": 40,
        "pytorch-lightning_version": "2.5.0",
        "state_dict": {f"model.{key}": value for key, value in model.state_dict().items()},
        "loops": {"fit_loop": {"state_dict": {}, "epoch_progress": {"total": {"ready": 4}}}},
        "callbacks": {
            "ModelCheckpoint{'monitor': None}": {"best_model_score": torch.tensor(0.5), "dirpath": "/nowhere"}
        },
        "optimizer_states": [optimizer.state_dict()],
        "lr_schedulers": [],
        "hparams_name": "kwargs",
        "hyper_parameters": attribute_dict(
            hidden=N, nonlinearity="relu", mode=Mode.FAST, folder=Path("runs"), layers={8}
        ),
    }
    write("lightning.ckpt", lightning, model)

    model = Model(nn.RNN, nonlinearity="relu", bias=False)
    optimizer = trained(model)
    checkpoint = {
        "epoch": 1,
        "model_state_dict": model.state_dict(),
        "optimizer_state_dict": optimizer.state_dict(),
        "args": argparse.Namespace(nonlinearity="relu", lr=1e-3),
    }
    write("checkpoint.pth", checkpoint, model)

    # What is refused.
    write("legacy.pt", cases["rnn_tanh.pt"].state_dict(), _use_new_zipfile_serialization=False)
    write("mlp.pt", nn.Sequential(nn.Linear(D, N), nn.ReLU(), nn.Linear(N, D)).state_dict())
    write("bidirectional.pt", nn.GRU(D, N, bidirectional=True).state_dict())
    write("projection.pt", nn.LSTM(D, N, proj_size=3).state_dict())
    write("no_tensors.pt", {"epoch": 1, "note": "nothing here"})
    write("sparse.pt", {"rnn.weight_hh_l0": torch.eye(3).to_sparse()})
    write("integers.pt", {key: value.to(torch.int8) for key, value in cases["rnn_tanh.pt"].state_dict().items()})
    write("expanded.pt", {"rnn.weight_hh_l0": torch.ones(1, 1).expand(5, 5)})
    torch.jit.save(torch.jit.script(nn.Linear(1, 1)), HERE / "script.pt")

    # Whole modules, and settings of every kind.
    for name, option in (("module_rnn_relu.pt", "relu"), ("module_rnn_tanh.pt", "tanh")):
        model = Model(nn.RNN, nonlinearity=option, dropout=0.0)
        write(name, model, model)
    model = Model(nn.LSTM)
    write("module_lstm.pt", {"epoch": 1, "net": model, "mean": torch.zeros(3)}, model)
    model = Stepped(nonlinearity="relu")
    write("module_cell.pt", model, model)
    model = Stepped(nonlinearity="relu")
    settings = {
        "hyper_parameters": {"model": {"act_fn": torch.relu}},
        "args": argparse.Namespace(nonlinearity=nn.functional.relu),
        "config": {"activation": nn.ReLU, "cells": [{"act": nn.ReLU()}]},
        "cfg": omegaconf.OmegaConf.create({"model": {"nonlinearity": "relu"}, "lr": 1e-3}),
    }
    write("settings.ckpt", {"state_dict": model.state_dict(), **settings}, model)
    write("module_bidirectional.pt", nn.Sequential(nn.GRU(D, N, bidirectional=True)))
    write("module_projection.pt", nn.LSTM(D, N, proj_size=3))
    np.savez_compressed(HERE / "torch.npz", **recorded)


if __name__ == "__main__":
    {"folded": main_folded, "stacked": main_stacked}.get("".join(sys.argv[1:]), main)()
