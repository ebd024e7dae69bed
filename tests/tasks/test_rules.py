"""Rules in Python and in TOML: what is linear is read off, what is not is refused by its term."""

import pytest
import sympy
from hypothesis import given

from emt_theory.errors import InvalidFile, InvalidTask
from emt_theory.tasks import from_dict, from_rule, load, parse, to_toml
from emt_theory.testing import strategies


def test_a_rule_is_traced():
    task = from_rule(lambda u: [-u[3][1] + u[1][0] * sympy.Rational(1, 2), (u[1][0] + u[2][1]) * 2 - u[2][1]], 3, 2)
    assert task.matrix.tolist() == sympy.Matrix([[0, -1, 0, 0, "1/2", 0], [0, 0, 0, 1, 2, 0]]).tolist()


def test_terms_that_cancel_are_no_terms():
    assert from_rule(lambda u: [u[1][0] * u[2][0] + u[2][0] - u[2][0] * u[1][0]], 2, 1).reads[0] == (1, 0, 1)


def test_the_name_is_the_functions():
    def echo(u):
        return [u[2][0]]

    assert from_rule(echo, 2, 1).name == "echo"


def branches(u):
    return [u[1][0] if u[1][0] > 0 else u[2][0]]


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (lambda u: [u[1][0] * u[2][0]], r"the term u\[1\]\[0\]\*u\[2\]\[0\] is not"),
        (lambda u: [u[1][0] + u[2][0] ** 3], r"the term u\[2\]\[0\]\*\*3"),
        (lambda u: [sympy.tanh(u[1][0])], "tanh"),
        (lambda u: [abs(u[1][0])], "Abs"),
        (lambda u: [u[1][0] + 3], "constant term 3"),
        (lambda u: [u[1][0] * 0.5], "0.5 is a float"),
        (lambda u: [u[1][0] * sympy.sqrt(2)], r"sqrt\(2\)"),
        (lambda u: [u[1][0] * sympy.Symbol("a")], "not a rational number times"),
        (branches, "cannot be traced on symbols"),
        (lambda u: [u[1][0] if u[1][0] in (1, -1) else u[2][0]], "output 0 branches on values"),
        (lambda u: [u[1][0] and u[2][0]], "output 0 branches on values"),
        (lambda u: [u[1][0] if u[1][0] else u[2][0]], "output 0 branches on values"),
        (lambda u: [True], "must be an expression|not linear"),
        (lambda u: [u[0][0]], r"u\[0\]: lags run from 1"),
        (lambda u: [u[3][0]], r"u\[3\]: lags run from 1 .* = 2"),
        (lambda u: [u[1][1]], r"u\[1\]\[1\]: components run from 0"),
        (lambda u: [u[1][-1]], r"u\[1\]\[-1\]: components run from 0"),
        (lambda u: [u[1][0], u[2][0]], "a list of dim = 1 expressions; got 2"),
        (lambda u: u[1][0], "a list of dim = 1 expressions"),
        (lambda u: ["u"], "must be an expression"),
        (lambda u: [sum(v[0] for v in u)], "cannot be iterated"),
    ],
)
def test_rules_that_are_refused(rule, message):
    with pytest.raises(InvalidTask, match=message):
        from_rule(rule, num_variables=2, dim=1)


RULE = {"num_variables": 2, "dim": 1}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("u[1][0]*u[2][0]", r"the term u\[1\]\[0\]\*u\[2\]\[0\]"),
        ("u[1][0]**2", r"u\[1\]\[0\]\*\*2"),
        ("u[1][0]**99999999", "a rule is made of integers"),
        ("__import__('os').system('true')", "a rule is made of integers"),
        ("u[1][0].__class__", "a rule is made of integers"),
        ("u", "a rule is made of integers"),
        ("0.5*u[1][0]", "0.5, which is not exact"),
        ("u[1][0]/0", "divides by zero"),
        ("u[1][0]/u[2][0]", "not a rational number times"),
        ("u[1][0] +", "is not an arithmetic expression"),
        ("u[1-0][0]", "must be a plain non-negative integer"),
        ("u[7][0]", "lags run from 1"),
        ("((((99**8)**8)**8)**8)**8*u[1][0]", "a power of a number of more than 1000 bits"),
        ("(" * 300 + "u[1][0]" + ")" * 300, "is not an arithmetic expression"),
        ("True*u[1][0]", "a rule is made of integers"),
    ],
)
def test_lines_that_are_refused(line, message):
    with pytest.raises(InvalidTask, match=message):
        from_dict({**RULE, "rule": [line]})


@pytest.mark.parametrize(
    ("described", "message"),
    [
        ({"dim": 1, "reads": [[1, 0]]}, "num_variables is missing"),
        ({**RULE}, "exactly one of rule, reads, matrix, paper_id; got none"),
        ({**RULE, "reads": [[1, 0]], "matrix": [[1, 0]]}, "got reads, matrix"),
        ({**RULE, "reads": [[1, 0]], "colour": 3}, "unknown key 'colour'"),
        ({**RULE, "reads": [[1]]}, r"the read of output 0 must be"),
        ({**RULE, "reads": [[1.0, 0]]}, r"the read of output 0 must be"),
        ({**RULE, "reads": 3}, "reads must be a list"),
        ({**RULE, "matrix": [[1, 0.5]]}, r"matrix\[0\]\[1\] = 0.5 is a float"),
        ({**RULE, "matrix": [[1, 0, 0]]}, r"F must have shape \(d, s·d\) = \(1, 2\); got \(1, 3\)"),
        ({**RULE, "matrix": [[1, 10**4000]]}, "more than 10000 bits"),
        ({**RULE, "rule": [3]}, "list of 1 strings"),
        ({**RULE, "reads": [[1, 0]], "inputs": [0.5]}, r"inputs\[0\] = 0.5 is a float"),
        ({**RULE, "reads": [[1, 0]], "inputs": 3}, "inputs must be a list"),
        ({"num_variables": "2", "dim": 1, "reads": [[1, 0]]}, "num_variables must be a positive integer"),
    ],
)
def test_descriptions_that_are_refused(described, message):
    with pytest.raises(InvalidTask, match=message):
        from_dict(described)


@given(strategies.tasks())
def test_toml_round_trip(task):
    import tomllib

    assert from_dict(tomllib.loads(to_toml(task))) == task
    assert from_dict(task.to_dict()) == task


def test_files(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('num_variables = 2\ndim = 2\ninputs = [-1, 0, 1]\nrule = ["-u[2][1]", "u[1][0] + 1/2*u[1][1]"]\n')
    task = load(path)
    assert task.name == "mine"
    assert [str(value) for value in task.inputs] == ["-1", "0", "1"]
    assert parse(str(path)) == task


def test_files_that_are_refused(tmp_path):
    (tmp_path / "broken.toml").write_text("num_variables = ")
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "short.toml").write_text("dim = 2\nreads = [[1,0]]")
    for name, message in [
        ("none.toml", "no such file"),
        ("", "is a directory"),
        ("broken.toml", "is not a TOML file"),
        ("binary.toml", "is not a TOML file"),
    ]:
        with pytest.raises(InvalidFile, match=message):
            load(tmp_path / name)
    with pytest.raises(InvalidTask, match=r"short.toml: num_variables is missing"):
        load(tmp_path / "short.toml")


@pytest.mark.parametrize(
    ("rule", "written", "wanted"),
    [
        (lambda u: -u[3], "-u[3]", [[-1, 0, 0, 0, 0, 0], [0, -1, 0, 0, 0, 0]]),
        (lambda u: u[3] + u[1], "u[3] + u[1]", [[1, 0, 0, 0, 1, 0], [0, 1, 0, 0, 0, 1]]),
        (lambda u: 2 * u[2] - u[1] / 3, "2*u[2] - u[1]/3", [[0, 0, 2, 0, "-1/3", 0], [0, 0, 0, 2, 0, "-1/3"]]),
        (lambda u: u[1] - u[3][0], "u[1] - u[3][0]", [[-1, 0, 0, 0, 1, 0], [-1, 0, 0, 0, 0, 1]]),
    ],
)
def test_whole_variables_in_python_and_in_a_file(rule, written, wanted):
    """Friendliness: −u[3], u[3] + u[1] in a rule."""
    task = from_rule(rule, 3, 2)
    assert task.matrix.tolist() == sympy.Matrix(wanted).tolist()
    assert from_dict({"num_variables": 3, "dim": 2, "rule": written}) == task


def test_whole_variables_of_symbols_in_a_file():
    described = {"num_variables": 3, "dim": 2, "alphabet": 2, "rule": "u[3] ^ u[1]"}
    assert from_dict(described) == from_rule(lambda u: u[3] ^ u[1], 3, 2, alphabet=2)


@pytest.mark.parametrize(
    ("rule", "dim", "message"),
    [
        (
            ["u[3]", "u[1]"],
            2,
            r"output 0 must be one expression, and is u\[3\], a whole variable of 2 components: write u\[3\]\[component\]",
        ),
        ("u[3][0]", 2, "a list of dim = 2 expressions; got 1"),
        ("u[3]*u[1]", 2, r"the term u\[1\]\[0\]\*u\[3\]\[0\] is not"),
        ("u[3]**2", 1, r"the term u\[3\]\[0\]\*\*2"),
        ("1/u[3]", 1, "is not a rational number times"),
        ("u", 1, "holds 'u'"),
        ("u[4]", 1, "lags run from 1"),
        (5, 1, "rule must be a list"),
    ],
)
def test_whole_variables_that_are_refused(rule, dim, message):
    with pytest.raises(InvalidTask, match=message):
        from_dict({"num_variables": 3, "dim": dim, "rule": rule})
