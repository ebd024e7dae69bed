"""Files of hypotheses: all that they make, in order, and one line for what is wrong with them."""

import pytest

from emt_theory.errors import EMTError, InvalidFile
from emt_theory.studies import read_hypotheses, write_template

HEAD = """
from emt_theory.studies import Hypothesis, Population
from emt_theory.tasks import repeat_copy
some = Population(repeat_copy(2, 1), hidden=4, seeds=8, check=False)
def claim(words):
    return Hypothesis(words, some, lambda run: True, at_least=0.6)
"""


def test_all_claims_of_a_file_in_order(tmp_path):
    path = tmp_path / "claims.py"
    path.write_text(HEAD + 'first = claim("1")\nlist_of_them = [claim("2"), claim("3")]\nagain = first\n')
    assert [one.claim for one in read_hypotheses(path)] == ["1", "2", "3"]
    path.write_text(HEAD + 'a = claim("1")\nif __name__ == "__main__":\n    b = claim("2")\n')
    assert len(read_hypotheses(str(path))) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = (", r"claims.py, line 1: this is not Python"),
        ("\nx = 1 / 0", r"claims.py, line 2: ZeroDivisionError: division by zero"),
        ("raise SystemExit(3)", r"claims.py, line 1: SystemExit: 3"),
        (HEAD + "claim(3)", r"claims.py, line 6: claim must say in words what is claimed; got 3"),
        (HEAD + "Population('T9')", r"claims.py, line 7: unknown task 'T9'"),
        (HEAD, r"claims.py makes no Hypothesis; `emt hypothesis new NAME` writes a file that does"),
        ("import no_such_module", r"claims.py, line 1: ModuleNotFoundError: No module named 'no_such_module'"),
        ("x = '\\x00'.encode('\udcff')", r"claims.py"),
    ],
)
def test_what_is_wrong_is_one_line(tmp_path, text, message):
    path = tmp_path / "claims.py"
    path.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(EMTError, match=message) as caught:
        read_hypotheses(path)
    assert len(str(caught.value).splitlines()) == 1


def test_what_is_no_file(tmp_path):
    for path, message in ((tmp_path, "is a directory"), (tmp_path / "none.py", "no such file"), (3, "named by a text")):
        with pytest.raises(InvalidFile, match=message):
            read_hypotheses(path)
    for path, message in ((tmp_path / "a.txt", "unknown suffix"), (tmp_path / "no" / "a", "does not exist")):
        with pytest.raises(InvalidFile, match=message):
            write_template(path)
    (tmp_path / "b.py").mkdir()
    with pytest.raises(InvalidFile, match="exists already"):
        write_template(tmp_path / "b")
