from __future__ import annotations

from datetime import UTC, datetime

from tests.overviews import crowded_overview, month_overview
from tokencli.domain.money import usd
from tokencli.domain.period import Period
from tokencli.domain.report import Report, ReportRow, Totals
from tokencli.render.page_tones import OTHER, SERIES, short_name, tones_of

PERIOD = Period(name="x", start=datetime(2026, 1, 1, tzinfo=UTC), end=datetime(2026, 1, 2, tzinfo=UTC), zone="UTC")


def by_model(costs: dict[str | None, str | None]) -> Report:
    rows = tuple(
        ReportRow(key={"model": model}, totals=Totals(requests=1, list_cost=None if cost is None else usd(cost)))
        for model, cost in costs.items()
    )
    return Report(period=PERIOD, group_by=("model",), totals=Totals(), rows=rows)


def test_the_dearest_models_have_a_colour_of_their_own() -> None:
    tones = tones_of(crowded_overview().by_model)
    assert tones.named == tuple(f"model-{10 - place:02}" for place in range(SERIES))
    assert tones.of("model-10") == "series-1"
    assert tones.of("model-02") == OTHER


def test_no_two_named_models_share_a_colour() -> None:
    tones = tones_of(month_overview().by_model)
    assert len({tones.of(model) for model in tones.named}) == len(tones.named) == 6


def test_unpriced_and_unknown_models_come_last() -> None:
    tones = tones_of(by_model({"unpriced": None, None: "1", "dear": "2"}))
    assert tones.named == ("dear", None, "unpriced")


def test_a_chart_names_only_what_it_shows_in_the_order_of_the_page() -> None:
    tones = tones_of(by_model({"a": "3", "b": "2", "c": "1"}))
    assert tones.groups({"c", "a"}) == (("series-1", "a"), ("series-3", "c"))


def test_models_without_a_colour_are_one_group() -> None:
    tones = tones_of(crowded_overview().by_model)
    assert tones.groups(["model-00", "model-01", "never seen"]) == ((OTHER, "3 other models"),)
    assert tones.groups(["model-00"]) == ((OTHER, "model-00"),)


def test_short_names_are_visible_and_short() -> None:
    assert len(short_name("a" * 300)) == 45
    assert short_name("\x1b[31m") == "\\x1b[31m"
    assert short_name(None) == "(unknown)"
