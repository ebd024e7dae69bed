"""The circuit as a program that can be run, and as LaTeX."""

import re
from fractions import Fraction

import pytest
from hypothesis import given, settings

from emt_theory import derive
from emt_theory.circuits import pseudocode, to_latex
from emt_theory.tasks import autoregressive, fibonacci, parse, random_selection, repeat_copy
from emt_theory.testing import strategies


def run(text, task, inputs, steps):
    """Execute the lines that compute f, as Python, inside the loop that the program describes."""
    s, d = task.num_variables, task.dim
    writes = re.findall(r"^    (f(?:\[\d+\])?) = (.*)$", text, flags=re.MULTILINE)
    memory = {k: [Fraction(0)] * d for k in range(1, s + 1)}
    outputs = []
    for t in range(1, steps + 1):
        made = [Fraction(0)] * d
        for target, expression in writes:
            code = re.sub(r"(\d+(?:/\d+)?) m", r'Fraction("\1") * m', expression.replace("−", "-"))
            for c in range(d) if target == "f" else [int(target[2:-1])]:
                whole = target == "f" or d == 1  # blocks are named without a component
                places = re.sub(r"m\[(\d+)\]", rf"m[\1][{c}]", code) if whole else code
                made[c] = eval(places, {"m": memory, "Fraction": Fraction})
        memory = {k: memory[k + 1] for k in range(1, s)} | {s: made}
        if t <= s:
            memory[s] = [a + b for a, b in zip(made, inputs[t - 1], strict=True)]
        outputs.append(memory[s])
    return outputs


@settings(max_examples=30)
@given(strategies.tasks())
def test_the_program_is_the_circuit(task):
    if any(len(task.F.row(c)) > 8 for c in range(task.dim)):
        return
    inputs = [[(3 * t + 2 * c) % 5 - 2 for c in range(task.dim)] for t in range(task.num_variables)]
    steps = 2 * task.num_variables + 2
    expected = derive(task).run([inputs], steps).outputs[0]
    assert run(pseudocode(task), task, inputs, steps) == expected.tolist()


@pytest.mark.parametrize("task", [parse("T3"), fibonacci(3, 2), repeat_copy(1, 1), random_selection(20, 50)])
def test_it_is_short(task):
    assert len(pseudocode(task).splitlines()) <= 16
    assert max(map(len, pseudocode(task).splitlines())) <= 120


def test_long_sums_and_many_components_are_cut():
    assert "(12 terms)" in derive(autoregressive([1] * 12)).pseudocode()
    assert "(50 components)" in pseudocode(random_selection(20, 50))


@settings(max_examples=30)
@given(strategies.tasks())
def test_latex_is_balanced(task):
    text = to_latex(task)
    assert text.count("{") == text.count("}")
    assert re.findall(r"\\begin{(\w+\*?)}", text).count("pmatrix") == text.count(r"\end{pmatrix}")
    assert text.startswith(r"\begin{align*}")


def test_latex_names_what_is_not_zero():
    text = derive(parse("T4")).to_latex()
    assert r"F_{8} = -e_{7} e_{7}^{\top}" in text
    assert r"F_k = 0" not in text  # every block of T4 is read
    assert r"F_{1} &= I_{8}, \quad F_k = 0 \text{ otherwise}" in to_latex(repeat_copy())
    assert r"-\tfrac{2}{3}" in to_latex(autoregressive(["-2/3"]))
