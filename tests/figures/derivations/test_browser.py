"""Pages in a browser: laboratories move, lines are judged, slides turn. Skipped where there is no browser."""

import importlib.util
import shutil

import pytest

from gateflow.figures.derivations import html, slides
from gateflow.figures.laboratories import LABORATORIES

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.skipif(importlib.util.find_spec("playwright") is None,
                       reason="not installed (extra browser): playwright"),
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")]
# With points, with a picture, with several curves, with whole numbers.
PAGES = ("turning-time", "separatrix", "noiseless-limit", "clock")
FRAME_MS = 16


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture
def opened(browser, sheet_of, tmp_path):
    """Open a page in a window of some width and scheme; nothing may fail in its script, nor leave the machine."""
    faults = []

    def open_page(text, width=1200, scheme="light"):
        (tmp_path / "page.html").write_text(text, encoding="utf-8")
        page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        page.on("request", lambda request: None if request.url.startswith("file:") or request.url.startswith("data:")
                else faults.append(request.url))
        page.goto(f"file://{tmp_path / 'page.html'}")
        return page

    yield open_page
    assert faults == []


def moved(page):
    """Move each slider by a key; what each reading was before and after."""
    readings = []
    for slider in page.locator(".laboratory input[type=range]").all():
        before = page.locator(".plot path").first.get_attribute("d") + page.locator(".readout").inner_text()
        slider.focus()
        for _ in range(12):
            page.keyboard.press("ArrowRight")
        page.wait_for_function("requestAnimationFrame(() => 0) || true")
        page.wait_for_timeout(60)
        readings.append((before, page.locator(".plot path").first.get_attribute("d")
                         + page.locator(".readout").inner_text()))
    return readings


@pytest.mark.parametrize(("width", "scheme"), [(1200, "light"), (1200, "dark"), (400, "light"), (400, "dark")])
@pytest.mark.parametrize("name", PAGES)
def test_sliders_move_the_curve(name, width, scheme, opened, sheet_of):
    page = opened(html.page(sheet_of(name), None, None, LABORATORIES.get(name)), width, scheme)
    pictured = page.locator(".picture").count()
    before = page.locator(".picture").inner_html() if pictured else ""
    readings = moved(page)
    assert any(old != new for old, new in readings)
    if pictured:
        assert page.locator(".picture").inner_html() != before
    assert not page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    # The best of some frames: the machine may be busy.
    frames = []
    for _ in range(8):
        page.keyboard.press("ArrowLeft")
        page.wait_for_timeout(40)
        frames.append(float(page.locator(".laboratory").get_attribute("data-frame")))
    assert min(frames) < FRAME_MS


def test_another_variable_comes_on_the_axis_and_points_are_found_again(opened, sheet_of):
    page = opened(html.page(sheet_of("turning-time"), None, None, LABORATORIES["turning-time"]))
    assert page.locator(".points").count() == 1
    page.locator("select.axis").select_option("1")
    page.wait_for_timeout(60)
    assert page.locator(".points").count() == 0
    page.locator(".series button").click()
    assert page.locator(".points").count() == 1
    assert page.locator(".points.elsewhere").count() == 0
    assert page.locator("select.axis").input_value() == "0"


def test_a_line_is_judged_where_it_is_typed(opened, sheet_of):
    page = opened(html.page(sheet_of("turning-time")))
    form = page.locator("#step-2 form")
    form.locator("input").fill("2 (sqrt(1 + x^2) - x)")
    form.locator("button").click()
    assert "2 times" in form.locator("output").inner_text()
    form.locator("input").fill("sqrt(1 + x^2) - x")
    form.locator("input").press("Enter")
    assert "Equal" in form.locator("output").inner_text()


def test_without_a_script_the_page_is_complete_but_for_what_answers_back(browser, sheet_of, tmp_path):
    (tmp_path / "page.html").write_text(html.page(sheet_of("turning-time")), encoding="utf-8")
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(f"file://{tmp_path / 'page.html'}")
    assert page.locator("form:visible").count() == 0
    assert page.locator(".plot:visible").count() == 0
    assert page.locator(".laboratory details").count() == 1


def test_slides_turn_by_keys(opened, sheet_of):
    sheet = sheet_of("turning-time")
    page = opened(slides.page(sheet))
    number = len(sheet.lines) + len(sheet.exercises) + 3
    assert page.locator(".place").inner_text() == f"1 of {number}"
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    assert page.locator(".place").inner_text() == f"3 of {number}"
    assert page.locator(".slide:visible details[open]").count() == 1
    page.keyboard.press("End")
    assert page.locator(".place").inner_text() == f"{number} of {number}"
    page.keyboard.press("Home")
    assert page.locator(".slide:visible h1").inner_text() == sheet.title
