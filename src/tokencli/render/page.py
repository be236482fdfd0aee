"""The report as one offline HTML file: charts, tables and words about one period.

The file asks no host for anything: plotly.js is inside, and a Content-Security-Policy forbids the network
and every script but those it names by hash. Text from outside is dead everywhere (see page_html).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokencli import __version__
from tokencli.domain.period import WEEKDAYS
from tokencli.render.page_cells import name_html
from tokencli.render.page_charts import cost_over_time, tokens_over_time
from tokencli.render.page_file import asset, write_whole
from tokencli.render.page_findings import difference_table, notice_table, sentences
from tokencli.render.page_headline import headline
from tokencli.render.page_html import Html, data_block, element, hash_source, join, script
from tokencli.render.page_plotly import library
from tokencli.render.page_shapes import cost_per_call, hours_of_the_week, input_against_output
from tokencli.render.page_shares import share_table
from tokencli.render.page_table import rows_table, rows_words
from tokencli.render.page_tones import PLAIN, tones_of
from tokencli.render.page_words import days_of, moment_html, name_of, period_name

if TYPE_CHECKING:
    from pathlib import Path

    from tokencli.domain.overview import Overview
    from tokencli.domain.report import EventFilter
    from tokencli.render.page_charts import Chart
    from tokencli.render.page_tones import Tones

_SAME_CALLS = "The same calls on both sides. Prices are dollars per million tokens."
_FAILURES = "Lines of failure in the logs of this period: they explain calls without counts."
_SOURCES = (
    "List cost: tokens times the list price at the time of the call. "
    "Sources said: what logs and providers themselves gave as cost."
)

Charts = dict[str, "Chart"]


def page(overview: Overview) -> str:
    """Return the whole HTML document; it is the same text for the same overview."""
    tones = tones_of(overview.by_model)
    charts = _charts(overview, tones)
    behaviour, drawing = asset("page.js"), library() if charts else None
    sources = [source for source in (behaviour, drawing) if source is not None]
    body = element(
        "body",
        element("a", "Skip to the table of all rows", href="#rows", class_="skip"),
        _header(overview),
        _main(overview, charts, tones) if overview.report.totals.requests else _empty(overview),
        _footer(overview),
        data_block("charts", [{"key": key, "figure": chart.figure} for key, chart in charts.items()])
        if charts
        else None,
        script(drawing) if drawing is not None else None,
    )
    return f"<!doctype html>\n{element('html', _head(overview, sources), body, lang='en')}\n"


def write_page(overview: Overview, path: Path) -> None:
    """Write the page to a file, whole or not at all; missing folders are made, an old page is replaced.

    Raises:
        UnwritableFileError: the file cannot be written there.
    """
    write_whole(path, page(overview))


def _charts(overview: Overview, tones: Tones) -> Charts:
    """Return the charts that have something to show, by their keys."""
    if not overview.report.totals.requests:
        return {}
    charts = (
        cost_over_time(overview.by_day, overview.by_day_model, tones),
        tokens_over_time(overview.by_day),
        cost_per_call(overview.cost_bins),
        input_against_output(overview.size_cells, tones),
        hours_of_the_week(overview.heat_cells, overview.report.period.week_start),
    )
    return {chart.key: chart for chart in charts if chart is not None}


def _head(overview: Overview, sources: list[str]) -> Html:
    # Plotly sets style attributes and a sheet of its own, so inline style is let in: without a host to fetch
    # from it can do no harm.
    period = overview.report.period
    policy = (
        f"default-src 'none'; script-src {' '.join(hash_source(source) for source in sources)}; "
        "style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
    )
    return element(
        "head",
        element("meta", charset="utf-8"),
        Html(f'<meta http-equiv="Content-Security-Policy" content="{policy}">'),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="referrer", content="no-referrer"),
        element("meta", name="generator", content=f"tokencli {__version__}"),
        element("title", f"{period_name(period)}, {days_of(period)}: tokens and cost"),
        element("style", Html(asset("page.css"))),
        script(sources[0]),
    )


def _header(overview: Overview) -> Html:
    period = overview.report.period
    when = join(
        element("span", moment_html(period.start, period.zone)),
        " ",
        element("span", "to ", moment_html(period.end, period.zone), " (not included)"),
        element("br"),
        element("span", f"Time zone {period.zone}, weeks start on {WEEKDAYS[period.week_start]}"),
    )
    as_of = overview.report.as_of
    names = element(
        "div",
        element("p", "Tokens and cost", class_="brand"),
        element("h1", period_name(period), element("span", days_of(period))),
        element("p", when, class_="when"),
        element("p", "As of ", moment_html(as_of, period.zone), class_="when") if as_of else None,
        _filter(overview.filter),
    )
    return element("header", names, element("button", "Dark colours", type="button", id="theme", hidden="hidden"))


def _filter(chosen: EventFilter) -> Html | None:
    parts = [f"{name} {' or '.join(name_of(value) for value in values)}" for name, values in chosen.names.items()]
    parts += [f"tag {name_of(key)} = {name_of(value)}" for key, value in chosen.tags.items()]
    return element("p", f"Only calls with {', '.join(parts)}", class_="when") if parts else None


def _main(overview: Overview, charts: Charts, tones: Tones) -> Html:
    zone = overview.report.period.zone
    differences, notices = overview.price_differences, overview.notices
    shares = "Share of the list cost." if overview.report.totals.list_cost else "Share of the tokens."
    return element(
        "main",
        headline(overview),
        _know(overview),
        _figure(charts.get("cost")) or _no_cost(),
        _pair(
            _card("By model", shares, share_table(overview.by_model, tones.of)),
            _card("By provider", shares, share_table(overview.by_provider, lambda _: PLAIN)),
        ),
        _card("Prices in the logs", _SAME_CALLS, difference_table(differences, zone)) if differences else None,
        _figure(charts.get("tokens")),
        _pair(_figure(charts.get("bins")), _figure(charts.get("sizes"))),
        _figure(charts.get("heat")),
        _card("Failures in the logs", _FAILURES, notice_table(notices)) if notices else None,
        _card("All rows", rows_words(overview.report), rows_table(overview.report), place="rows"),
        element("p", role="status", id="sorted", class_="unseen"),
    )


def _know(overview: Overview) -> Html | None:
    found = sentences(overview)
    if not found:
        return None
    items = element("ul", *(element("li", sentence) for sentence in found))
    return element("section", element("h2", "Good to know", id="know"), items, class_="know", aria_labelledby="know")


def _figure(chart: Chart | None) -> Html | None:
    if chart is None:
        return None
    words = element("figcaption", element("h2", chart.title), element("p", chart.summary))
    buttons = (
        element(
            "button",
            element("svg", element("rect", width=10, height=10, rx=2, class_=f"tone-{tone}"), aria_hidden="true"),
            element("bdi", name),
            type="button",
            aria_pressed="false" if chart.is_choice and place else "true",
        )
        for place, (tone, name) in enumerate(chart.legend)
    )
    what = f"{chart.title}: what is shown"
    legend = element("div", *buttons, class_="legend", role="group", aria_label=what) if chart.legend else None
    return element(
        "figure",
        words,
        legend,
        element("div", class_="plot", role="img", aria_label=chart.alt),
        element("noscript", element("p", "The chart needs JavaScript; the table of all rows has the figures.")),
        class_="card",
        id=f"chart-{chart.key}",
        data_choice="true" if chart.is_choice else None,
    )


def _no_cost() -> Html:
    return element(
        "section",
        element("h2", "No cost to draw"),
        element("p", "No call of this period has a list price above $0: the shares below are shares of tokens."),
        class_="card",
    )


def _card(title: str, words: str, table: Html, *, place: str | None = None) -> Html:
    name = f"title-{title.lower().replace(' ', '-')}"
    scroll = element("div", table, class_="scroll", tabindex=0, role="region", aria_labelledby=name)
    css = "card long" if place else "card"
    return element("section", element("h2", title, id=name), element("p", words), scroll, class_=css, id=place)


def _pair(first: Html | None, second: Html | None) -> Html | None:
    if first is None or second is None:
        return first or second
    return element("div", first, second, class_="pair-of-cards")


def _empty(overview: Overview) -> Html:
    way = join(
        "Take in a log with ", element("code", "tokencli ingest LOG"), ", or look at everything there is with ",
        element("code", "tokencli report --period all"), ".",
    )  # fmt: skip
    words = "No call matches the filter in this period." if _filter(overview.filter) else "No calls in this period."
    notices = overview.notices
    return element(
        "main",
        element("section", element("h2", words), element("p", way), class_="card empty", id="rows"),
        _card("Failures in the logs", _FAILURES, notice_table(notices)) if notices else None,
    )


def _footer(overview: Overview) -> Html:
    made = join("Made ", moment_html(overview.generated_at, overview.report.period.zone), " by tokencli ", __version__)
    return element(
        "footer",
        element("p", _SOURCES),
        element("p", made, " from ", name_html(overview.ledger), "."),
    )
