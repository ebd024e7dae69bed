"""Protocols are values: the paper's numbers, rates, files, refusals."""

import math
from dataclasses import FrozenInstanceError, fields, replace

import pytest

from emt_theory.errors import EMTError, InvalidFile, InvalidOption
from emt_theory.training import Adaptive, Decay, FastProtocol, PaperProtocol, Protocol, Scheduled, parse_protocol
from emt_theory.training.protocol_files import from_dict


def test_the_papers_numbers():
    p = PaperProtocol()
    assert (p.steps, p.learning_rate, p.batch, p.clip) == (20_000, 1e-3, 64, 1.0)
    assert (p.beta1, p.beta2, p.epsilon) == (0.9, 0.999, 1e-8)
    assert p.curriculum == Adaptive((10, 20, 40, 60, 100), 0.98)
    assert (p.decay, p.start, p.warmup) == ("constant", "uniform", 0)
    assert (p.test_horizon, p.test_sequences) == (200, 640)
    assert {p.rate(step) for step in (0, 10_000, 19_999)} == {1e-3}
    assert (p.name, FastProtocol().name, replace(p, steps=3).name) == ("paper", "fast", "paper")
    assert replace(p, l2=1e-3, curriculum=Adaptive((10, 20, 40, 60, 100), 0.9)).name == "paper"
    for change in ({"clip": 2.0}, {"biases": True}, {"curriculum": Adaptive((10, 20), 0.98)}):
        assert replace(p, **change).name == "custom"


def test_rates():
    p = Protocol(steps=100, learning_rate=2.0, curriculum=Scheduled((3,), (0,)), decay=Decay.COSINE)
    assert p.name == "custom"
    assert p.rate(0) == 2
    assert p.rate(50) == pytest.approx(1)
    assert p.rate(99) < 0.001
    warm = replace(p, decay="constant", warmup=0.1)
    assert [warm.rate(k) for k in (0, 4, 9, 10, 99)] == [0.2, 1.0, 2.0, 2.0, 2.0]


def test_protocols_are_frozen():
    with pytest.raises(FrozenInstanceError):
        PaperProtocol().steps = 3
    assert len({PaperProtocol(), PaperProtocol(), FastProtocol()}) == 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"steps": 0}, "steps must be a positive integer; got 0"),
        ({"steps": 2.5}, "steps must be a positive integer"),
        ({"batch": True}, "batch must be a positive integer"),
        ({"learning_rate": 0}, "learning_rate and clip must be above 0"),
        ({"learning_rate": math.nan}, "learning_rate must be a number"),
        ({"l2": -1}, "l2 must be a finite number, at least 0; got -1"),
        ({"l2": math.nan}, "l2 must be a finite number"),
        ({"l2": math.inf}, "l2 must be a finite number"),
        ({"clip": 0}, "learning_rate and clip must be above 0"),
        ({"beta1": 1}, "beta1 must be a number from 0 to below 1"),
        ({"decay": "linear"}, "unknown decay 'linear'; known are constant, cosine"),
        ({"start": "zero"}, "unknown start 'zero'; known are uniform, orthogonal"),
        ({"curriculum": (1, 2)}, "curriculum must be Scheduled or Adaptive"),
    ],
)
def test_bad_numbers_are_refused(change, message):
    with pytest.raises(InvalidOption, match=message):
        replace(FastProtocol(), **change)
    assert replace(FastProtocol(), clip=None).clip is None


@pytest.mark.parametrize(
    "make",
    [
        lambda: Scheduled((), ()),
        lambda: Scheduled((3, 0), (0, 0.5)),
        lambda: Scheduled((3, 4), (0,)),
        lambda: Scheduled((3, 4), (0.1, 0.5)),
        lambda: Scheduled((3, 4), (0, 1)),
        lambda: Scheduled((3, 4, 5), (0, 0.5, 0.5)),
        lambda: Adaptive((3,), 1),
        lambda: Adaptive((3.5,), 0.9),
        lambda: Adaptive(3, 0.9),
    ],
)
def test_bad_curricula_are_refused(make):
    with pytest.raises(InvalidOption):
        make()


def test_files(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text("steps = 50\nlearning_rate = 1e-2\n[curriculum]\nhorizons = [4, 8]\nthreshold = 0.9\n")
    assert parse_protocol(str(path)) == Protocol(50, 1e-2, Adaptive((4, 8), 0.9))
    path.write_text('base = "fast"\nclip = 0.5\ndecay = "constant"\n')
    mine, fast = parse_protocol(str(path)), FastProtocol()
    assert (mine.clip, mine.decay) == (0.5, "constant")
    kept = [f.name for f in fields(Protocol) if f.name not in ("clip", "decay")]
    assert all(getattr(mine, name) == getattr(fast, name) for name in kept)
    assert parse_protocol("Paper") == PaperProtocol()


@pytest.mark.parametrize("protocol", [PaperProtocol(), FastProtocol()])
def test_a_protocol_is_what_it_describes(protocol):
    described = {key: value for key, value in protocol.to_dict().items() if key != "name"}
    read = from_dict(described)
    assert {**read.to_dict(), "name": protocol.name} == protocol.to_dict()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("stepz = 3", r"unknown field 'stepz'; did you mean 'steps'\?"),
        ("steps = 3", "the field 'learning_rate' is missing"),
        ('base = "slow"', "unknown base 'slow'; known are paper, fast"),
        ('base = "fast"\nsteps = "many"', "steps must be a positive integer; got 'many'"),
        (
            'base = "fast"\n[curriculum]\nhorizons = [1]',
            "curriculum must hold horizons, and either starts or threshold",
        ),
        ('base = "fast"\n[curriculum]\nhorizons = [1]\nthreshold = 0.5\nx = 1', "curriculum must hold"),
        ("steps = = 3", "is not a TOML file"),
    ],
)
def test_bad_files_are_refused(text, message, tmp_path):
    path = tmp_path / "bad.toml"
    path.write_text(text)
    with pytest.raises(EMTError, match=message) as caught:
        parse_protocol(str(path))
    assert "bad.toml" in str(caught.value)


def test_no_such_protocol(tmp_path):
    with pytest.raises(InvalidOption, match=r"unknown protocol 'quick'; known are paper, fast, or a \.toml file"):
        parse_protocol("quick")
    with pytest.raises(InvalidFile, match="no such file"):
        parse_protocol(str(tmp_path / "none.toml"))
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(InvalidFile, match="cannot be read"):
        parse_protocol(str(tmp_path / "folder.toml"))
