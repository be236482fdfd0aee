from __future__ import annotations

import base64
import hashlib
import json
import re
import time
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from tests.overviews import HOSTILE_NAMES, crowded_overview, empty_overview, hostile_overview, month_overview
from tokencli.domain.money import plain
from tokencli.domain.report import EventFilter
from tokencli.domain.text import visible
from tokencli.render.page import page, write_page

if TYPE_CHECKING:
    from pathlib import Path

CHARTS = ["cost", "tokens", "bins", "sizes", "heat"]
LOADING = {
    "src",
    "href",
    "action",
    "formaction",
    "data",
    "poster",
    "srcset",
    "background",
    "cite",
    "ping",
    "xlink:href",
}


class Document(HTMLParser):
    """A page as a parser sees it: elements, text, inline scripts, embedded data."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.scripts: list[str] = []
        self.styles: list[str] = []
        self.data: dict[str, object] = {}
        self.text = ""
        self.open = ""
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        self.open = tag

    def handle_endtag(self, tag: str) -> None:
        del tag
        self.open = ""

    def handle_data(self, data: str) -> None:
        if self.open == "style":
            self.styles.append(data)
        elif self.open == "script":
            attributes = self.elements[-1][1]
            if attributes.get("type") == "application/json":
                self.data[attributes["id"]] = json.loads(data)
            else:
                self.scripts.append(data)
        else:
            self.text += data

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="module")
def month() -> Document:
    return Document(page(month_overview()))


@pytest.fixture(scope="module")
def hostile() -> Document:
    return Document(page(hostile_overview()))


def test_the_head_says_which_period_from_when_to_when_in_which_zone(month: Document) -> None:
    assert "Month1 to 30 Nov 2026" in month.text
    assert "Sun 1 Nov 2026, 00:00 (UTC+01:00) to Tue 1 Dec 2026, 00:00 (UTC+01:00) (not included)" in month.text
    assert "Time zone Europe/Paris, weeks start on Monday" in month.text
    assert "Made Sat 28 Nov 2026, 16:42 (UTC+01:00) by tokencli" in month.text


def test_a_page_of_the_past_says_as_of_when(month: Document) -> None:
    overview = month_overview()
    past = replace(overview, report=replace(overview.report, as_of=datetime(2026, 11, 5, 12, tzinfo=UTC)))
    assert "As of Thu 5 Nov 2026" in Document(page(past)).text
    assert "As of" not in month.text


def test_every_part_has_its_heading(month: Document) -> None:
    for heading in (
        "Good to know", "List cost per day", "By model", "By provider", "Prices in the logs", "Tokens per day",
        "Cost of a call", "Input against output", "Hours of the week", "Failures in the logs", "All rows",
    ):  # fmt: skip
        assert heading in month.text


def test_all_charts_are_there_and_each_has_its_place(month: Document) -> None:
    charts = month.data["charts"]
    assert isinstance(charts, list)
    assert [chart["key"] for chart in charts] == CHARTS
    assert [figure["id"] for figure in month.all("figure")] == [f"chart-{key}" for key in CHARTS]


def test_totals_are_on_the_page_to_the_last_digit(month: Document) -> None:
    totals = month_overview().report.totals
    assert totals.list_cost is not None
    assert plain(totals.list_cost) in {data["value"] for data in month.all("data")}
    assert f"{totals.requests:,}" in month.text


def test_nothing_is_loaded_from_anywhere(month: Document, hostile: Document) -> None:
    for document in (month, hostile):
        for tag, attributes in document.elements:
            loading = {name: value for name, value in attributes.items() if name in LOADING}
            assert all(value.startswith("#") for value in loading.values()), (tag, loading)
            assert tag not in {"link", "img", "iframe", "object", "embed", "base", "form", "a"} or loading == {
                "href": "#rows"
            }
        assert not re.search(r"url\(|@import", "".join(document.styles))


def test_the_policy_forbids_the_network_and_names_the_only_scripts(month: Document) -> None:
    policy = next(meta["content"] for meta in month.all("meta") if meta.get("http-equiv"))
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert "connect-src" not in rules
    assert rules["img-src"] == "data:"
    hashes = [base64.b64encode(hashlib.sha256(source.encode()).digest()).decode() for source in month.scripts]
    assert rules["script-src"] == " ".join(f"'sha256-{digest}'" for digest in hashes)
    assert len(month.scripts) == 2


def test_no_element_carries_a_handler_or_a_style(month: Document, hostile: Document) -> None:
    for document in (month, hostile):
        names = {name for _, attributes in document.elements for name in attributes}
        assert not [name for name in names if name.startswith("on") or name == "style"]


def test_hostile_names_add_no_element(month: Document, hostile: Document) -> None:
    assert {tag for tag, _ in hostile.elements} <= {tag for tag, _ in month.elements}
    assert hostile.scripts == month.scripts


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_hostile_names_are_shown_visibly(hostile: Document, name: str) -> None:
    assert visible(name) in hostile.text


def test_no_hidden_character_is_in_the_file() -> None:
    text = page(hostile_overview()).partition("plotly.js v")[0]
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]", text)


def test_labels_of_charts_hold_no_pseudo_html(hostile: Document) -> None:
    embedded = json.dumps(hostile.data["charts"]).replace("<br>", "").replace("<extra></extra>", "")
    assert "<" not in embedded


def test_names_reach_no_template_of_plotly(hostile: Document) -> None:
    charts = hostile.data["charts"]
    assert isinstance(charts, list)
    templates = {trace["hovertemplate"] for chart in charts for trace in chart["figure"]["data"]}
    assert templates == {"%{customdata}<extra></extra>"}


def test_an_empty_period_says_so_and_carries_no_chart_library() -> None:
    text = page(empty_overview())
    document = Document(text)
    assert "No calls in this period." in document.text
    assert "tokencli ingest LOG" in document.text
    assert len(text) < 50_000
    assert document.all("figure") == []


def test_a_filter_is_named_and_blamed_for_an_empty_page() -> None:
    from dataclasses import replace

    chosen = EventFilter(names={"model": ("gpt-4o*", "o3")}, tags={"team": "x"})
    text = Document(page(replace(empty_overview(), filter=chosen))).text
    assert "Only calls with model gpt-4o* or o3, tag team = x" in text
    assert "No call matches the filter in this period." in text


def test_failures_are_shown_when_nothing_else_is_there() -> None:
    from dataclasses import replace

    text = Document(page(replace(empty_overview(), notices=month_overview().notices))).text
    assert "The answer came without token counts" in text


def test_headings_go_down_one_step_at_a_time_and_ids_are_unique(month: Document) -> None:
    levels = [tag for tag, _ in month.elements if re.fullmatch(r"h\d", tag)]
    assert levels[0] == "h1"
    assert set(levels[1:]) == {"h2"}
    ids = [attributes["id"] for _, attributes in month.elements if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_those_who_do_not_see_get_words_for_charts_and_tables(month: Document) -> None:
    plots = [attributes for attributes in month.all("div") if attributes.get("role") == "img"]
    assert len(plots) == len(CHARTS)
    assert all(len(plot["aria-label"]) > 30 for plot in plots)
    assert len(month.all("caption")) == len(month.all("table"))
    ids = {attributes["id"] for _, attributes in month.elements if "id" in attributes}
    assert {attributes["aria-labelledby"] for attributes in month.all("div") if "aria-labelledby" in attributes} <= ids


def test_every_heading_of_the_large_table_is_a_button_with_a_direction(month: Document) -> None:
    sortable = [attributes for attributes in month.all("th") if "data-column" in attributes]
    assert {attributes["aria-sort"] for attributes in sortable} == {"none"}
    assert {attributes["data-first"] for attributes in sortable} == {"ascending", "descending"}


def test_the_same_overview_is_the_same_page() -> None:
    assert page(crowded_overview()) == page(crowded_overview())


def test_a_month_is_a_page_in_well_under_a_second_and_a_half() -> None:
    overview = month_overview()
    start = time.process_time()
    page(overview)
    assert time.process_time() - start < 1.5


def test_the_file_is_the_page(tmp_path: Path) -> None:
    path = tmp_path / "reports" / "month.html"
    write_page(month_overview(), path)
    assert path.read_text(encoding="utf-8") == page(month_overview())
