"""Pages as a browser shows them: what is there, the slider that moves, nothing asked of the network, no error, no overflow.

Debian's Chromium, driven by Playwright (`pip install playwright`; `apt install chromium`); without them these tests are skipped, and say so.
"""

import io
import shutil
from pathlib import Path

import numpy as np
import pytest

from emt_theory import analysis, derive, report
from emt_theory.tasks import compose_copy

CHROMIUM = shutil.which("chromium")
sync_api = pytest.importorskip("playwright.sync_api", reason="these need Playwright: pip install playwright")
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="these need Chromium: apt install chromium"),
    pytest.mark.slow,
]
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture(scope="module")
def result():
    circuit = derive(compose_copy(3))
    return analysis.check(circuit.compile(scheme="tanh"), circuit.task, sequences=64, horizon=40)


@pytest.fixture(scope="module")
def browser():
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield started
        started.close()


@pytest.fixture(params=[(1280, "light"), (1280, "dark"), (400, "light"), (400, "dark")], ids=str)
def opened(request, browser):
    """Opens a file of this machine; whatever else it asks for, and whatever goes wrong, fails the test."""
    width, scheme = request.param
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page, wrong = context.new_page(), []
    page.on("console", lambda message: message.type in ("error", "warning") and wrong.append(message.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda asked: asked.url.startswith(("file:", "data:")) or wrong.append(asked.url))

    def show(path: Path):
        page.goto(path.as_uri())
        return page

    yield show
    assert wrong == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert page.evaluate("[...document.images].every(image => image.complete && image.naturalWidth > 0)")
    context.close()


def shades(page) -> int:
    """How many colours a screenshot has: a blank one has one."""
    from matplotlib.image import imread

    return len(np.unique(imread(io.BytesIO(page.screenshot())).reshape(-1, 4), axis=0))


def moves(page):
    """The slider tells another time and shows other slots; Play goes on by itself, Pause stops it."""
    film = page.locator(".emt-film")
    first = film.locator("svg").inner_html()
    slider, told = film.locator("input"), film.locator("output")
    slider.fill("2")
    assert told.inner_text() == "t = 3"
    assert film.locator("svg").inner_html() != first
    film.get_by_role("button").click()
    page.wait_for_function("document.querySelector('.emt-film output').textContent !== 't = 3'")
    film.get_by_role("button").click()
    assert film.get_by_role("button").inner_text() == "Play"


def test_the_report_of_a_check(result, opened, tmp_path):
    page = opened(report.save(result, tmp_path))
    assert page.locator("h2 .badge").inner_text() == str(result.verdict)
    assert page.locator(".answers dt").count() == len(result.findings)
    assert page.locator(".answers .bar").count() >= 3
    links = page.locator(".contents a")
    assert links.count() == page.locator(".step").count() - 1  # the thresholds stand behind, once for all
    assert page.evaluate("[...document.querySelectorAll('.contents a')].every(a => document.querySelector(a.hash))")
    mark = page.locator(".emt-plane .found").first
    mark.scroll_into_view_if_needed()
    mark.dispatch_event("pointerover")
    assert "λ = " in page.locator(".emt-plane .say").first.inner_text()
    moves(page)
    assert shades(page) > 20


def test_the_film_alone(result, opened, tmp_path):
    path = tmp_path / "film.html"
    path.write_text(report.film_page(result.basis.view.film, "On <its> way"), encoding="utf-8")
    page = opened(path)
    assert page.locator("h1").inner_text() == "On <its> way"
    moves(page)


def test_the_report_of_a_circuit(opened, tmp_path):
    page = opened(report.save(derive(compose_copy(3)), tmp_path))
    assert page.locator("pre").count() == 1
    assert page.locator(".emt-plane .found").count() == 5  # 1, −1, two of order 3, and 0
    assert shades(page) > 20
