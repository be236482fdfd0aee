"""The page in a real browser: it draws, sorts, changes colours, asks no host, and runs nobody else's script."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.overviews import HOSTILE_NAMES, empty_overview, hostile_overview, month_overview
from tokencli.domain.text import visible
from tokencli.render.page import write_page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page

    from tokencli.domain.overview import Overview

CHROMIUM = Path("/usr/bin/chromium")
CHARTS = ("cost", "tokens", "bins", "sizes", "heat")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Debian's chromium is not installed at /usr/bin/chromium"),
]


@dataclass
class Visit:
    """An open page, and what it asked for and complained about."""

    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    api = pytest.importorskip("playwright.sync_api", reason="playwright for Python is not installed")
    with api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def visit(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Visit]]:
    pages: list[Page] = []

    def visited(overview: Overview, *, width: int = 1280, dark: bool = False) -> Visit:
        path = tmp_path / "page.html"
        write_page(overview, path)
        page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light")
        pages.append(page)
        found = Visit(page)
        page.on("request", lambda request: found.requests.append(request.url))
        page.on("console", lambda message: found.complaints.append(message.text))
        page.on("pageerror", lambda error: found.complaints.append(str(error)))
        page.goto(path.as_uri())
        page.wait_for_selector("html[data-ready]")
        return found

    yield visited
    for page in pages:
        page.close()


def column(page: Page, name: str) -> list[str]:
    """Return the texts of one column of the large table from top to bottom."""
    place = page.locator("table.sortable thead th").all_inner_texts().index(name)
    return page.locator(f"table.sortable tbody td:nth-child({place + 1})").all_inner_texts()


def fill(page: Page, key: str) -> str:
    """Return the colour of the first bar of a chart."""
    colour: str = page.locator(f"#chart-{key} .points path").first.evaluate("bar => getComputedStyle(bar).fill")
    return colour


def test_everything_is_drawn_and_no_host_is_asked(visit: Callable[..., Visit]) -> None:
    found = visit(month_overview())
    for key in CHARTS:
        box = found.page.locator(f"#chart-{key} .plot svg.main-svg").first.bounding_box()
        assert box is not None
        assert box["width"] > 400
        assert box["height"] > 200
    assert found.page.locator("#chart-cost .points path").count() > 100
    assert found.requests == [found.page.url]
    assert found.complaints == []


def test_hostile_names_run_nothing_and_are_shown(visit: Callable[..., Visit]) -> None:
    found = visit(hostile_overview())
    for key in CHARTS[:2]:
        found.page.locator(f"#chart-{key} .plot").hover()
    assert found.page.evaluate("window.pwned") is None
    assert found.page.locator("img, iframe, a:not(.skip)").count() == 0
    assert found.page.locator("svg a").count() == 0
    shown = found.page.locator("main").inner_text()
    for name in HOSTILE_NAMES:
        assert " ".join(visible(name).split()) in " ".join(shown.split())
    assert found.requests == [found.page.url]
    assert found.complaints == []


def test_a_hover_shows_hostile_names_as_they_are(visit: Callable[..., Visit]) -> None:
    page = visit(hostile_overview()).page
    page.locator("#chart-cost .plot").hover()
    words = page.locator("#chart-cost .hoverlayer").text_content() or ""
    assert '<a href="javascript:window.pwned=4">go</a><b' in words
    assert "%{customdata} ${alert(1)} {{7*7}} $\\alpha$" in words
    assert "&lt;script&gt;window.pwned=5" in words
    assert page.locator("#chart-cost .hoverlayer a").count() == 0


def test_a_hover_says_the_day_its_sum_and_the_exact_cost_of_each_model(visit: Callable[..., Visit]) -> None:
    page = visit(month_overview()).page
    page.locator("#chart-cost .plot").hover()
    words = page.locator("#chart-cost .hoverlayer").text_content() or ""
    assert words.startswith("Sun 15 Nov 2026: ≥ $0.4057675")
    assert "claude-sonnet-4-5: $" in words


@pytest.mark.parametrize("name", ["Calls", "List cost"])
def test_a_click_sorts_and_another_turns_the_order(visit: Callable[..., Visit], name: str) -> None:
    page = visit(month_overview()).page
    heading = page.locator("table.sortable thead th", has_text=name)
    for direction in ("descending", "ascending", "descending"):
        heading.locator("button").click()
        assert heading.get_attribute("aria-sort") == direction
        numbers = [float(text.strip("≥ $").replace(",", "")) for text in column(page, name)]
        assert numbers == sorted(numbers, reverse=direction == "descending")
    assert page.locator("th[aria-sort=descending]").count() == 1
    assert page.locator("#sorted").inner_text() == f"Sorted by {name}, descending."


def test_the_keyboard_sorts_and_the_sums_stay_below(visit: Callable[..., Visit]) -> None:
    page = visit(month_overview()).page
    page.locator("table.sortable thead th", has_text="Day").locator("button").focus()
    page.keyboard.press("Enter")
    assert column(page, "Day")[0] == "2026-11-01"
    page.keyboard.press("Space")
    assert column(page, "Day")[0] == "2026-11-30"
    assert page.locator("table.sortable tfoot").inner_text().startswith("All")


def test_what_is_not_known_is_last_in_both_directions(visit: Callable[..., Visit]) -> None:
    page = visit(month_overview()).page
    button = page.locator("table.sortable thead th", has_text="Sources said").locator("button")
    for _ in range(2):
        button.click()
        assert column(page, "Sources said")[-1] == "\N{EN DASH}"


def test_the_system_s_colours_are_taken_and_the_button_changes_all_charts(visit: Callable[..., Visit]) -> None:
    page = visit(month_overview(), dark=True).page
    button = page.locator("#theme")
    assert button.inner_text() == "Light colours"
    before = [fill(page, "cost"), fill(page, "bins"), page.evaluate("getComputedStyle(document.body).backgroundColor")]
    button.click()
    after = [fill(page, "cost"), fill(page, "bins"), page.evaluate("getComputedStyle(document.body).backgroundColor")]
    assert all(one != other for one, other in zip(before, after, strict=True))
    assert button.inner_text() == "Dark colours"
    page.reload()
    page.wait_for_selector("html[data-ready]")
    assert fill(page, "cost") == after[0]


def test_a_model_has_one_colour_in_all_charts_and_tables(visit: Callable[..., Visit]) -> None:
    page = visit(month_overview()).page
    colours = {
        page.locator(f"#chart-{key} .legend button", has_text="gpt-4o-mini")
        .locator("rect")
        .evaluate("mark => getComputedStyle(mark).fill")
        for key in ("cost", "sizes")
    }
    row = page.locator(".shares tr", has_text="gpt-4o-mini").locator("rect")
    colours.add(row.evaluate("bar => getComputedStyle(bar).fill"))
    drawn = page.evaluate(
        "[...document.querySelectorAll('#chart-cost .trace')].map(t => getComputedStyle(t.querySelector('path')).fill)"
    )
    assert len(colours) == 1
    assert colours <= set(drawn)


def test_the_legend_hides_a_model_and_keeps_it_hidden_in_other_colours(visit: Callable[..., Visit]) -> None:
    page = visit(month_overview()).page
    stacks = page.locator("#chart-cost .barlayer .trace")
    button = page.locator("#chart-cost .legend button").first
    all_of_them = stacks.count()
    button.click()
    assert button.get_attribute("aria-pressed") == "false"
    assert stacks.count() == all_of_them - 1
    page.locator("#theme").click()
    assert stacks.count() == all_of_them - 1
    button.click()
    assert stacks.count() == all_of_them


def test_the_heat_map_shows_cost_or_calls(visit: Callable[..., Visit]) -> None:
    page = visit(month_overview()).page
    buttons = page.locator("#chart-heat .legend button")
    buttons.nth(1).click()
    assert [buttons.nth(place).get_attribute("aria-pressed") for place in (0, 1)] == ["false", "true"]
    visible_traces = page.evaluate("document.querySelector('#chart-heat .plot').data.map(trace => trace.visible)")
    assert visible_traces == [False, True]


@pytest.mark.parametrize("make", [month_overview, hostile_overview, empty_overview])
def test_a_phone_never_scrolls_sideways(visit: Callable[..., Visit], make: Callable[[], Overview]) -> None:
    page = visit(make(), width=375).page
    assert page.evaluate("document.documentElement.scrollWidth") == 375


def test_charts_follow_the_width_of_the_window(visit: Callable[..., Visit]) -> None:
    page = visit(month_overview()).page
    page.set_viewport_size({"width": 600, "height": 900})
    width = page.evaluate(
        """async () => {
            const width = () => document.querySelector("#chart-cost .main-svg").getBoundingClientRect().width;
            while (width() > 560) await new Promise(requestAnimationFrame);
            return width();
        }"""
    )
    assert 400 < width <= 560


def test_paper_is_light_and_takes_the_whole_width(visit: Callable[..., Visit]) -> None:
    page = visit(month_overview(), dark=True).page
    screen = fill(page, "cost")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert fill(page, "cost") != screen
    assert page.evaluate("document.querySelector('#chart-cost .main-svg').getBoundingClientRect().width") == 640
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 703, "height": 1000})
    assert page.evaluate("document.documentElement.scrollWidth") == 703
    page.emulate_media(media="screen")
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert fill(page, "cost") == screen


def test_an_empty_page_is_quiet(visit: Callable[..., Visit]) -> None:
    found = visit(empty_overview())
    assert found.page.locator("h2").all_inner_texts() == ["No calls in this period."]
    assert found.requests == [found.page.url]
    assert found.complaints == []
