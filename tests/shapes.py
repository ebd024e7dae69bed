"""The shapes that docstrings promise, checked while the tests run; the package itself carries no checker.

A promise is a line of `PROMISES`:

    function or method      argument: shape, …  ->  shape, or attribute of the result: shape, …
    class                   attribute: shape, …, looked at when a value has been made

A shape is jaxtyping's: `batch s d` are lengths that agree wherever the name stands again in the line, `*lead` any number of axes, `*#lead` axes that
broadcast, `2*N` is computed from a name that stands before it; `{self.dim}` is taken from the arguments. What is None is not looked at. Arguments are
looked at after the call: what a function refuses, it refuses in its own words, and what it does not refuse has to have the shape.

Every call is looked at, but of what a loop calls ten thousand times, such as a step, only each 32nd of a process once 500 have been.
"""

import inspect
import itertools
import sys
from functools import cache, wraps
from importlib import import_module

import numpy as np
from jaxtyping import Shaped, jaxtyped

GATES = "W_hy: d N, weight_ih_l0: {0}*N k, weight_hh_l0: {0}*N N, bias_ih_l0: {0}*N, bias_hh_l0: {0}*N, b_y: d"
RUN = "outputs: batch t {self.d_out}, states: batch t {self.hidden}"
DRIVE = "V_f: *#lead {self.features}, V_h: *#lead {self.components}, V_d: *#lead {self.features}"
ENERGY = "V_f: *#lead {model.features}, V_h: *#lead {model.components}, V_d: *#lead {model.features}"
LAYERS = "feature: *lead {self.features}, hidden: *lead {self.components}, delay: *lead {self.features}"
EPISODES = "inputs: batch T {self.d_in}, targets: batch T {self.d_out}, scored: batch T, lengths: batch"
PARTS = "inputs: {size} fed {self.d_in}, targets: {size} left {self.d_out}, scored: {size} left"

ALL, THEN = 500, 32

PROMISES = {
    # networks
    "networks.ElmanRNN": "W_hh: N N, W_uh: N x, W_hy: d N, b_h: N, b_y: d",
    "networks.GRU": GATES.format(3),
    "networks.LSTM": GATES.format(4),
    "networks.Network.run": f"x: batch s {{self.d_in}}, lengths: batch -> {RUN}",
    "networks.Network.read": "h: *lead {self.hidden} -> *lead {self.d_out}",
    "networks.ElmanRNN.step": "h: *#lead {self.hidden}, x: *#lead {self.W_uh.shape[1]} -> *lead {self.hidden}",
    "networks.GRU.step": "h: *#lead {self.hidden}, x: *#lead {self.d_in} -> *lead {self.hidden}",
    "networks.GRU.jacobian": "h: *#lead {self.hidden}, x: *#lead {self.d_in} -> *lead {self.hidden} {self.hidden}",
    "networks.LSTM.trajectory": f"x: batch s {{self.d_in}} -> {RUN}, cells: batch t {{self.hidden}}",
    "networks.LSTM.step": "h: *#lead N, c: *#lead N, x: *#lead {self.d_in} -> 0: *lead N, 1: *lead N",
    "networks.LSTM.jacobian": "h: *#lead N, c: *#lead N, x: *#lead {self.d_in} -> *lead 2*N 2*N",
    "networks.StepNetwork.step": "h: *#lead {self.hidden}, x: *#lead {self.dim} -> *lead {self.hidden}",
    "networks.StepNetwork.read": "h: *lead {self.hidden} -> *lead {self.dim}",
    "networks.StateSpace.step": "z: *#lead {self.size}, x: *#lead {self.d_in} -> *lead {self.size}",
    "networks.StateSpace.read": "z: *lead {self.size} -> *lead {self.d_out}",
    "networks.StateSpace.jacobian": "z: *#lead {self.size}, x: *#lead {self.d_in} -> *lead {self.size} {self.size}",
    "networks.StateSpace.drive": "-> {self.size} {self.d_in}",
    "networks.StateSpace.free": "z: batch {self.size} -> batch {steps} {self.size}",
    "networks.StateSpace.run": "x: batch s {self.d_in}, lengths: batch -> outputs: batch t {self.d_out}, states: batch t {self.size}",
    "networks.ExactRNN.step": "h: N, x: k -> N",
    "networks.ExactRNN.read": "h: N -> {self.dim}",
    "networks.ExactRNN.run": "x: *batch s {self.dim} -> outputs: *batch t {self.dim}, states: *batch t {self.hidden}",
    "networks.RationalMatrix.apply": "vector: {self.shape[1]} -> {self.shape[0]}",
    "networks.RationalMatrix.to_array": "-> {self.shape[0]} {self.shape[1]}",
    # tasks
    "tasks.accuracy": "outputs: batch horizon d, targets: batch horizon d ->",
    "tasks.sampling.targets": "inputs: batch {task.num_variables} {task.dim} -> batch {horizon} {task.dim}",
    "tasks.LinearTask.sequences": "-> inputs: {batch} {self.num_variables} {self.dim}, targets: {batch} {horizon} {self.dim}",
    "tasks.LinearTask.targets": "inputs: batch {self.num_variables} {self.dim} -> batch {horizon} {self.dim}",
    "tasks.Alphabet.encode": "symbols: *lead d -> *lead d*{self.width}",
    "tasks.Alphabet.decode": "numbers: *lead k -> *lead k//{self.width}",
    "tasks.FiniteTask.targets": "symbols: batch {self.num_variables} {self.dim} -> batch {horizon} {self.dim}",
    "tasks.FiniteTask.variable": "past: *lead {self.num_variables} {self.dim} -> *lead {self.dim}",
    "tasks.LinearTask.sample": f"-> {EPISODES}",
    "tasks.LinearTask.batch": f"-> {EPISODES}",
    "tasks.LinearTask.parts": f"-> {PARTS}",
    "tasks.Task.parts": f"-> {PARTS}",
    # circuits
    "circuits.Spectrum.eigenvalues": "-> n",
    "circuits.MinimalCircuit.outputs": "inputs: batch s d -> batch {horizon} d",
    "circuits.interpret": "inputs: batch s d -> outputs: batch {steps} d, memory: batch {steps} s d",
    # gsemm
    "gsemm.Model": "memories: N n, interactions: n n",
    "gsemm.Model.hidden_drive": "V_f: *#lead {self.features}, V_d: *#lead {self.features} -> *lead {self.components}",
    "gsemm.Model.delay_drive": "V_f: *lead {self.features} -> *lead {self.features}",
    "gsemm.Model.derivatives": f"{DRIVE} -> {LAYERS}",
    "gsemm.Model.complete": f"{DRIVE} ->",
    "gsemm.Model.pack": f"{DRIVE} -> *lead {{self.state_size}}",
    "gsemm.Model.unpack": f"state: *lead {{self.state_size}} -> {LAYERS}",
    "gsemm.Model.rhs": "state: *lead {self.state_size} -> *lead {self.state_size}",
    "gsemm.Simulation": "times: t, V_f: b t N, V_h: b t n, V_d: b t N, overlaps: b t n",
    "gsemm.simulate": "cue: *batch {model.features}, delay: *#batch {model.features} ->",
    "gsemm.overlaps": "V_f: *lead {model.features} -> *lead {model.components}",
    "gsemm.energy": f"{ENERGY} -> *lead",
    "gsemm.energy_rate": f"{ENERGY} -> feature: *lead, hidden: *lead, delay: *lead",
    "gsemm.energy_trace": "times: t, V_f: t {model.features}, V_h: t {model.components}, V_d: t {model.features} ->",
    "gsemm.EnergyTrace": "times: t, energy: t, rate: 3 t",
    "gsemm.VForm": "W: N N",
    "gsemm.VForm.step": "V: *lead N -> *lead N",
    "gsemm.VForm.run": "V: *lead N -> *lead {steps}+1 N",
    "gsemm.VForm.jacobian": "V: *lead N -> *lead N N",
    "gsemm.VForm.flow": "V: *lead N -> *lead N",
    "gsemm.h_jacobian": "V: *lead N -> *lead N N",
    "gsemm.Lagrangian.value": "V: *lead N -> *lead",
    "gsemm.Lagrangian.activation": "V: *lead N -> *lead N",
    "gsemm.Lagrangian.hessian": "V: *lead N -> *lead N N",
    "gsemm.Lagrangian.hessian_product": "V: *#lead N, direction: *#lead N -> *lead N",
    "gsemm.Lagrangian.legendre": "V: *lead N -> *lead",
    "gsemm.cycles": "-> n n",
    "gsemm.find_recall": "times: T, overlaps: T n ->",
    "gsemm.first_disorder": "order: k, interactions: n n ->",
    "gsemm.from_network": "memories: {net.hidden} n, dual: n {net.hidden} ->",
    "gsemm.Representation": "memories: N n, phi: n n, dual: n N",
    "gsemm.interactions_from_phi": "phi: n n -> n n",
    "gsemm.model_for_task": "memories: N {task.components} ->",
    "gsemm.model_from_phi": "memories: N n, phi: n n ->",
    "gsemm.orthogonal_memories": "-> {features} {count}",
    "gsemm.random_memories": "-> {features} {count}",
    "gsemm.partial_cue": "memory: N -> N",
    "gsemm.rest_weights": "-> {model.components}",
    # analysis
    "analysis.Recording": "outputs: b T {self.task.d_out}, states: b T N",
    "analysis.Recording.memory": "-> b {self.task.components}",
    "analysis.Recording.center": "values: *lead k -> k",
    "analysis.Recording.transitions": "-> 0: pairs N, 1: pairs N",
    "analysis.Transitions.restricted": "-> {rank} {rank}",
    "analysis.Transitions.secant": "-> N N",
    "analysis.Assignment": "found: k, theory: k, distances: k",
    "analysis.assign_arguments": "found: p, theory: q ->",
    "analysis.assign_values": "found: p, theory: q ->",
    "analysis.chance_level": "theory: n ->",
    "analysis.chance_levels": "theory: n ->",
    "analysis.name_missing": "missing: k, among: n ->",
    "analysis.find_fixed_points": "starts: K S -> ends: k S",
    "analysis.find_periodic_orbits": "starts: K S -> ends: k S",
    "analysis.Code": "slots: m 2, center: N, offset: m, encoder: N m, decoder: m N, whitener: N N",
    "analysis.Code.read": "states: k N -> k m",
    "analysis.Code.nearest": "states: k N -> k m",
    "analysis.fit_code": "states: k N, words: k m, slots: m 2 ->",
    **{
        f"analysis.{edit}.change": "memory: batch m -> batch m"
        for edit in ("Ablate", "Flip", "NoOp", "Set", "Swap", "Transplant")
    },
}


def _parts(promise):
    """(name, shape) of each part of a promise, in order; `->` is the end of a part as `,` is."""
    split = (part.rpartition(":") for part in promise.replace("->", ",").split(",") if part.strip())
    return [(name.strip(), shape.strip()) for name, _, shape in split]


@cache
def _broken(promise, found):
    """What is wrong with these shapes taken together, or None; an orbit asks a million times about the same ones."""
    measured = [(*part, shape) for part, shape in zip(_parts(promise), found, strict=True) if shape is not None]
    with jaxtyped("context"):
        for name, promised, shape in measured:
            if not isinstance(np.broadcast_to(0, shape), Shaped[np.ndarray, promised]):
                return f"{name or 'the result'} has shape {shape}, promised is ({promised}), among {measured}"
    return None


def _demand(promise, known, values):
    if "{" in promise:
        promise = promise.format_map(known)
    wrong = _broken(promise, tuple([None if value is None else np.shape(value) for value in values]))
    if wrong is not None:
        raise AssertionError(wrong)


def watched(function, promise):
    """The function, held to its promise."""
    before, after = ([name for name, _ in _parts(side)] for side in promise.split("->"))
    parameters = inspect.signature(function).parameters
    defaults = {name: parameter.default for name, parameter in parameters.items()}

    calls = itertools.count()

    @wraps(function)
    def watching(*given, **named):
        result = function(*given, **named)
        if (count := next(calls)) > ALL and count % THEN:
            return result
        call = {**defaults, **dict(zip(parameters, given, strict=False)), **named}  # it was taken, so it binds
        known = {name: "_" if value is None else value for name, value in call.items()}
        _demand(promise, known, [call[name] for name in before] + [_part(result, name) for name in after])
        return result

    return watching


def _part(result, name):
    return result if not name else result[int(name)] if name.isdigit() else getattr(result, name)


def watched_values(cls, promise):
    """The class's `__init__`, held to its promise."""
    made, names = cls.__init__, [name for name, _ in _parts(promise)]

    @wraps(made)
    def watching(self, *given, **named):
        made(self, *given, **named)
        _demand(promise, {"self": self}, [getattr(self, name) for name in names])

    return watching


def find(name):
    """(what holds it, its name there): the class or module with this entry of `PROMISES`."""
    module, *inner, last = ["emt_theory", *name.split(".")]
    holder = import_module(module)
    for part in inner:
        holder = getattr(holder, part)
    if inspect.isclass(holder):
        return next(base for base in holder.__mro__ if last in vars(base)), last
    return holder, last


def watch():
    """Hold everything to its promise from here on, under each name that it has in a module that is loaded."""
    instead = {}
    for name, promise in PROMISES.items():
        holder, last = find(name)
        subject = getattr(holder, last)
        if inspect.isclass(subject):
            subject.__init__ = watched_values(subject, promise)
        elif inspect.isclass(holder):
            setattr(holder, last, watched(subject, promise))
        else:
            instead[subject] = watched(subject, promise)
    for module in [module for name, module in sys.modules.items() if name.startswith(("emt_theory", "tests"))]:
        for key, value in list(vars(module).items()):
            if inspect.isfunction(value) and value in instead:
                setattr(module, key, instead[value])
