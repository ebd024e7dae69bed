"""The report: self-contained, whole or not at all, with its JSON twin and a sentence under every picture."""

import html
import json
import re
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import get_args, get_type_hints

import matplotlib.pyplot as plt
import numpy as np
import pytest

from emt_theory import analysis, derive, report
from emt_theory.errors import InvalidFile, InvalidOption
from emt_theory.networks import ElmanRNN
from emt_theory.studies import Answers, Decision, Hypothesis, HypothesisResult, Look, Population, Sweep
from emt_theory.studies import Table as RunTable
from emt_theory.tasks import RuleTask, contains, fibonacci, from_matrix, leaky, parse, repeat_copy

SMALL = {"sequences": 40, "horizon": 30}


@pytest.fixture(scope="module")
def result():
    task = repeat_copy(num_variables=3, dim=2)
    return analysis.check(derive(task).compile(), task, **SMALL)


@pytest.fixture(scope="module")
def saved(result, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("emt_theory.report.kinds.sections", DRAWN)
        return report.save(result, tmp_path_factory.mktemp("saved") / "r")


@pytest.fixture
def drawn_once(monkeypatch):
    """For what is not about the pictures: those of a result are drawn once."""
    monkeypatch.setattr("emt_theory.report.kinds.sections", DRAWN)


DRAWN = cache(report.sections)


class Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.images, self.sources, self.tags = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.tags.append(tag)
        if tag == "img":
            self.images.append(attributes)
        self.sources += [v for k, v in attributes.items() if k in ("src", "href", "srcset") and v]


def test_the_page_holds_everything_it_shows(saved):
    text = saved.read_text()
    page = Page(text)
    assert len(page.images) == 10
    assert text.count('class="emt-plane"') == 2
    assert text.count('class="emt-film"') == 1
    assert all(source.startswith(("data:image/png;base64,", "#")) for source in page.sources)
    assert "link" not in page.tags
    assert "<script src" not in text
    assert not re.search(r"url\(|@import|https?://", text)
    assert all(image["alt"].endswith(".") for image in page.images)


def test_the_twin_is_the_result(result, saved):
    assert json.loads((saved.parent / "report.json").read_text()) == json.loads(json.dumps(result.to_dict()))
    pictures = sorted(saved.parent.glob("*.png"))
    assert len(pictures) == 13
    assert all(picture.read_bytes().startswith(b"\x89PNG") for picture in pictures)


def test_every_step_has_a_section_with_a_sentence(result, saved):
    parts = DRAWN(result)
    assert len(parts) == len({part.title for part in parts}) == 10
    text = html.unescape(saved.read_text())
    places = [text.index(f">{part.title}</h3>\n<p>{part.sentence}</p>") for part in parts]
    assert places == sorted(places)
    assert all(part.sentence.endswith(".") for part in parts)


def test_the_basis_stands_behind_the_question_on_use_with_its_pictures_and_its_table(result):
    parts = DRAWN(result)
    place = [part.title for part in parts].index("Where are the variables?")
    part, use = parts[place], result.finding("use")
    assert parts[place - 1].title == use.asks
    assert [picture.name for picture in part.pictures] == ["weights", "units", "wave", "film"]
    (cells,) = part.tables[0].rows
    assert len(cells) == len(part.tables[0].columns) == 8
    assert cells[2:4] == ("1.0000", "0.0000")
    assert part.sentence.endswith("Nothing is judged by this.")


def test_several_results_make_one_page(result, tmp_path, drawn_once):
    text = report.save([result, result], tmp_path, title="Two <of> them").read_text()
    assert "Two &lt;of&gt; them" in text
    assert len(Page(text).images) == 20
    assert len(json.loads((tmp_path / "report.json").read_text())) == 2
    assert len(set(re.findall(r'<h2 id="([^"]+)"', text))) == 2


def test_an_earlier_report_is_kept_unless_asked(result, tmp_path, drawn_once):
    page = tmp_path / "report.html"
    page.write_text("mine")
    with pytest.raises(InvalidFile, match="is there already"):
        report.save(result, tmp_path)
    assert page.read_text() == "mine"
    assert report.save(result, tmp_path, overwrite=True).read_text() != "mine"


def test_a_file_in_the_way_is_named(result, tmp_path):
    (tmp_path / "f").write_text("x")
    with pytest.raises(InvalidFile, match="is a file; a report needs a folder"):
        report.save(result, tmp_path / "f")
    with pytest.raises(InvalidFile, match="is a file; a report needs a folder"):
        report.save(result, tmp_path / "f" / "deeper")


def noisy(scale):
    rng = np.random.default_rng(0)
    return ElmanRNN(
        W_hh=scale * rng.normal(size=(9, 9)),
        W_uh=rng.normal(size=(9, 2)),
        W_hy=rng.normal(size=(2, 9)),
        activation="identity",
    )


@pytest.mark.parametrize(
    ("net", "task"),
    [
        (noisy(50), repeat_copy(3, 2)),  # blows up
        pytest.param(noisy(0), repeat_copy(3, 2), marks=pytest.mark.slow),  # holds nothing
        pytest.param(
            noisy(0.3), from_matrix([[1, 1, 0, 0], [0, "1/2", 1, 0]], dim=2), marks=pytest.mark.slow
        ),  # no selection
        pytest.param(derive(fibonacci()).compile(scheme="linear"), fibonacci(), marks=pytest.mark.slow),  # grows
        (derive(from_matrix([[0, 0]])).compile(scheme="linear"), from_matrix([[0, 0]])),  # every target is 0
    ],
)
def test_degenerate_results_are_shown_and_never_nan(net, task, tmp_path):
    result = analysis.check(net, task, **SMALL)
    text = report.save(result, tmp_path).read_text()
    words = re.sub(r"base64,[^\"]+", "", text)
    assert f"Nothing is said of them: {result.basis}." in html.unescape(words)
    assert not re.search(r"\b(nan|NaN|inf|Infinity|None)\b", words)
    json.loads((tmp_path / "report.json").read_text(), parse_constant=pytest.fail)


BRIEF = Population(repeat_copy(2, 1), hidden=4, seeds=2, protocols={"base": "fast", "steps": 2}, check=False)
CLAIM = Hypothesis("It <holds>.", BRIEF, holds=lambda run: True, at_least=0.2)
LOOKS = (
    Look("abc", "repeat_copy, hidden 4", Path("x"), value=True, accuracy=1.0),
    Look("def", "the same", Path("y"), reason="died"),
)


@pytest.fixture(scope="module")
def reported(result):
    """One result of every kind."""
    rows = ({"task": "<T1>", "runs": 1, "status": "done", "accuracy": 0.5, "solved": None, "verdict": None},)
    of = dict.fromkeys(("task_key", "num_variables", "dim", "cell", "activation", "hidden", "protocol", "protocol_key"))
    rows = tuple({**row, **of, **dict.fromkeys(("threshold", "l2", "backend"))} for row in rows)
    answered = HypothesisResult(CLAIM, Decision.UNDECIDED, 0.5, (0.1, 0.9), 0.95, LOOKS, 2, Path("store"))
    pair = analysis.Pair(0, 1, 0.0, 0.0, 1.0, (1.0, 1.0), True)
    return {
        "CheckResult": result,
        "Circuit": derive(repeat_copy(2, 1)),
        "FiniteCircuit": derive(parse("parity")),
        "FilterCircuit": derive(parse("running-sum")),
        "MachineCircuit": derive(parse("running-parity")),
        "RuleCircuit": derive(RuleTask("zeros", (0,), ("s[0] + (x[0] == 0)",), ("s[0]",), (0, 1))),
        "NetworkComparison": analysis.NetworkComparison(("a", "<b>"), (result, result), (pair,)),
        "Sweep": Sweep(1, 0, 0, ({"run": "abc", "what": "it", "reason": "<died>"},), Path("s"), RunTable(rows)),
        "Answers": Answers((answered,), Path("store")),
    }


@pytest.mark.parametrize("kind", [kind.__name__ for kind in report.KINDS])
def test_every_kind_of_result_makes_a_page(kind, reported, tmp_path, drawn_once):
    text = report.save(reported[kind], tmp_path).read_text()
    page = Page(text)
    assert "h2" in page.tags
    assert not re.search(r"<(T1|b|died|holds)>", text)
    assert all(source.startswith(("data:image/png;base64,", "#")) for source in page.sources)
    json.loads((tmp_path / "report.json").read_text(), parse_constant=pytest.fail)


def test_every_circuit_that_is_derived_can_be_reported():
    assert set(get_args(get_type_hints(derive)["return"])) < set(report.KINDS)


def test_the_verdict_and_four_answers_come_first_and_thresholds_once(result, tmp_path, drawn_once):
    text = html.unescape(report.save([result, result], tmp_path).read_text())
    (first, second) = (chapter for one in (result, result) for chapter in report.chapters(one))
    assert [answer.asks for answer in first.answers] == [finding.asks for finding in result.findings]
    places = [text.index(part) for part in (first.meaning, *(x.sentence for x in first.answers), "Contents</h3>")]
    assert places == sorted(places)
    assert first == second
    assert text.count("What was it held to?") == 1


def test_a_bar_shows_interval_and_threshold_where_they_are():
    bar = report.Bar(0.5, 0.25, 1.5, 0.75)
    assert (bar.at_low, bar.at_value, bar.at_needed, bar.at_high) == (30.5, 60.0, 89.5, 119.0)
    assert bar.says == "0.5, 95 % interval [0.25, 1.5]; the threshold is 0.75"


def test_every_eigenvalue_says_what_it_is(result):
    shown = html.unescape(report.show_spectrum(result.spectrum.trajectory))
    assert shown.count('class="found"') == len(result.spectrum.trajectory.eigenvalues)
    assert "the circuit's λ = e^(2πi/3), 2 times" in shown
    lacking = html.unescape(report.show_spectrum(derive(repeat_copy(3, 2)).spectrum()))
    assert "λ = e^(-2πi/3), 2 times" in lacking


def test_a_film_follows_a_value_through_its_slots(result):
    film = result.basis.view.film
    followed = [film.places[frame.followed] for frame in film.frames[film.settled :][:4]]
    assert [column for column, _ in followed] == [2, 1, 0, 2]  # to the left, and in again as the newest
    gif = report.film_gif(replace(film, frames=film.frames[:3]), dpi=30)
    assert gif[:6] == b"GIF89a"
    assert gif.count(b"\x21\xf9\x04") == 3  # one control block a frame


def test_saboteur_a_film_with_a_wrong_sign_shows_it(result):
    view = result.basis.view
    wrong = replace(view, decoded=-view.decoded).film
    assert {off for _, off in view.film.frames[-1].slots} == {0}
    assert {off for _, off in wrong.frames[-1].slots} == {1}


def test_what_is_no_result_is_refused(tmp_path):
    with pytest.raises(InvalidOption, match="a report is made of one of CheckResult, Circuit"):
        report.save(3, tmp_path)
    with pytest.raises(InvalidOption, match="at least one result"):
        report.save([], tmp_path)


def test_every_verdict_has_a_meaning():
    assert set(report.MEANING) == set(analysis.Verdict)


def test_a_circuit_too_large_to_draw_is_left_out(result, tmp_path, monkeypatch):
    monkeypatch.setattr("emt_theory.report.pictures.to_image", lambda ax: plt.close(ax.get_figure()) or b"a picture")
    monkeypatch.setattr("emt_theory.circuits.drawing._LARGEST_GRID", 5)
    assert len(Page(report.save(result, tmp_path).read_text()).images) == 9


@pytest.mark.parametrize(
    ("task", "title", "held_to"),
    [
        (contains("11"), "States of the machine", "state_read"),
        (leaky(), "The filter's coordinates", "variables_read"),
    ],
    ids=["machine", "filter"],
)
def test_with_an_input_at_every_step_what_the_answers_rest_on_is_shown(task, title, held_to):
    found = analysis.check(derive(task).compile(), task, lifetime=False, **SMALL)
    (chapter,) = report.chapters(found)
    parts = {part.title: part for part in chapter.sections}
    variables, use = (parts[found.finding(name).asks].tables[0] for name in ("variables", "use"))
    assert (variables.title, use.title) == (title, "Other memories")
    assert f"{getattr(found.thresholds, held_to):g}" == variables.rows[0][variables.columns.index("threshold")]
    assert use.rows[0][:2] == (str(found.streams.edits.edits), str(found.streams.edits.right))
    assert not {"Where are the variables?", "What would the circuit be?"} & set(parts)

    bars = {answer.asks: answer.bar for answer in chapter.answers}
    bar, measured = bars[found.finding("variables").asks], found.finding("variables").numbers
    assert (bar.value, bar.low, bar.needed) == (measured["value"], measured["low"], getattr(found.thresholds, held_to))

    letters = parts.get("Beside the verdict: how do letters move its state?")
    assert (letters is None) == (held_to == "variables_read")
    if letters:  # states by how much of 11 was seen: 0 leads 0, 1, 2 to 0, 0, 2 and 1 leads them to 1, 2, 2; eigenvalues 1, 1, 0 and 1, 0, 0
        assert [row[:4] for row in letters.tables[0].rows] == [("0", "no", "1", "1"), ("1", "no", "0", "0")]


def test_which_thresholds_decide_is_said_by_name(result):
    names = list(result.thresholds.to_dict())
    *_, held_to = DRAWN(result)
    assert "Those down to “state read” decide" in held_to.sentence
    assert names[names.index("state_read") + 1 :][:2] == ["lift_share", "lift_error"]
