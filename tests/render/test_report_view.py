"""What is said beside the numbers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tokencli.domain.money import Usd, usd
from tokencli.domain.report import EventFilter, NoticeCount, Totals
from tokencli.domain.threshold import Threshold
from tokencli.render.report_view import (
    Remark,
    empty_words,
    factor_words,
    filter_words,
    header_words,
    is_rounded,
    period_words,
    really_differ,
    remarks,
)

if TYPE_CHECKING:
    from tokencli.domain.overview import PriceDifference
    from tokencli.render.report_view import ReportView


def texts(view: ReportView) -> list[str]:
    return [remark.text for remark in remarks(view)]


def with_totals(view: ReportView, totals: Totals) -> ReportView:
    return replace(view, report=replace(view.report, totals=totals), price_differences=(), notices=())


def costing(view: ReportView, model: str, reported: str, listed: str) -> PriceDifference:
    return replace(
        view.price_differences[0], model=model, reported_cost=Usd(Decimal(reported)), list_cost=Usd(Decimal(listed))
    )


def test_a_report_of_the_past_says_as_of_when(by_day: ReportView) -> None:
    assert header_words(by_day.report) == period_words(by_day.report.period)
    past = replace(by_day.report, as_of=datetime(2026, 11, 5, 22, 59, tzinfo=UTC))
    assert header_words(past).endswith(", as of 2026-11-05 23:59")


def test_nothing_is_said_of_sums_that_are_complete(by_day: ReportView) -> None:
    assert remarks(by_day) == []


def test_each_kind_of_doubt_is_said_once_with_its_number(by_day: ReportView) -> None:
    totals = Totals(
        requests=21,
        errors=1,
        unpriced_requests=1,
        missing_requests=2,
        estimated_requests=3,
        partial_requests=4,
        subscription_requests=5,
        free_requests=6,
    )
    assert texts(with_totals(by_day, totals)) == [
        "1 call is unpriced: the total is a lower bound.",
        "2 calls have no token counts: the sums are too low.",
        "3 calls are estimated: no provider confirmed the tokens.",
        "4 calls were cut off on the way: what was measured until then counts.",
        "1 call ended in an error: what was used until then counts.",
        "5 calls are covered by a subscription and counted as $0.",
        "6 calls are free of charge and counted as $0.",
    ]


def test_without_any_price_there_is_no_total_to_bound(by_day: ReportView) -> None:
    totals = Totals(requests=2, unpriced_requests=2, list_cost=None)
    told = replace(with_totals(by_day, totals), unpriced_models=("a", None))
    assert texts(told) == ["2 calls are unpriced (a, (unknown)): there is no total."]


def test_unpriced_models_are_taken_from_the_rows_of_a_report_by_model(by_model: ReportView) -> None:
    assert texts(by_model)[0] == "7 calls are unpriced (cloaked-model): the total is a lower bound."


def test_a_model_whose_calls_all_say_zero_tokens_is_named(by_model: ReportView) -> None:
    row = by_model.report.rows[0]
    none = replace(row, key={"model": "silent"}, totals=Totals(requests=3, priced_requests=3))
    told = replace(by_model, report=replace(by_model.report, rows=(row, none)))
    assert "3 calls say 0 tokens (silent): their source did not count, and their $0 is no price." in texts(told)
    assert not any("0 tokens" in text for text in texts(by_model))


def test_a_stretch_without_a_name_is_told_by_its_ends(by_day: ReportView) -> None:
    period = by_day.report.period
    assert period_words(period).startswith(f"{period.name}: ")
    assert period_words(replace(period, name="custom"))[:2] == "20"


def test_rounding_in_a_log_is_no_difference(by_model: ReportView) -> None:
    assert [one.model for one in really_differ(by_model.price_differences)] == ["gpt-4o"]


def test_a_log_that_says_zero_dollars_differs(by_model: ReportView) -> None:
    told = replace(by_model, price_differences=(costing(by_model, "x", "0", "4.2"),), notices=())
    assert texts(told)[-1].startswith("x: the log says $0.00 where the list says $4.20")


def test_the_largest_differences_come_first_and_the_rest_are_summed(by_model: ReportView) -> None:
    many = tuple(costing(by_model, f"m{number}", str(number + 2), "1") for number in range(8))
    told = texts(replace(by_model, price_differences=many, notices=()))[-7:]
    assert told[0].startswith("m7: the log says $9.00 where the list says $1.00 (9.0x the list")
    assert told[-1] == "2 more prices of logs differ from the list by $3.0000."


def test_factors_name_their_direction() -> None:
    assert factor_words(Decimal(2), Decimal(1)) == "2.0x the list"
    assert factor_words(Decimal(1), Decimal("3.6")) == "1/3.6 of the list"
    assert factor_words(Decimal("1.04"), Decimal(1)) == "1.04x the list"
    assert factor_words(Decimal(1), Decimal(0)) == ""


def test_failures_in_logs_are_summed_by_kind(by_model: ReportView) -> None:
    notices = tuple(
        NoticeCount(code=code, provider_name=provider, model=None, count=number)
        for code, provider, number in (("timeout", "a", 2), ("timeout", "b", 1), ("count_input_failed", "gemini", 1))
    )
    told = texts(replace(by_model, notices=notices))[-1]
    assert told == "The logs also tell of failures: 3 timeouts, 1 failed count of input tokens."


def test_filters_are_said_in_words() -> None:
    assert filter_words(EventFilter()) == ""
    chosen = EventFilter(names={"model": ("gpt-4o*", "o3"), "project": ()}, tags={"team": "web"})
    assert filter_words(chosen) == "only model gpt-4o* or o3, tag team=web"


def test_a_model_that_two_providers_sell_is_named_with_its_provider(by_model: ReportView) -> None:
    here, other = by_model.price_differences
    there = replace(here, provider_name="azure")
    none = replace(here, provider_name=None)
    said = [remark.text for remark in remarks(replace(by_model, price_differences=(here, there, none, other)))]
    assert any(text.startswith("gpt-4o at openai: the log says") for text in said)
    assert any(text.startswith("gpt-4o at azure: the log says") for text in said)
    assert any(text.startswith("gpt-4o at (unknown): the log says") for text in said)
    alone = [remark.text for remark in remarks(replace(by_model, price_differences=(here, other)))]
    assert any(text.startswith("gpt-4o: the log says") for text in alone)


@pytest.mark.parametrize(
    ("reported", "listed", "is_so"),
    [
        ("0.010500", "0.0105003", True),
        ("0.0105", "0.0105005", True),
        ("0.0105", "0.0105006", False),
        ("0.0000002", "0.0000001", False),
    ],
)
def test_a_log_rounds_to_six_decimals(reported: str, listed: str, *, is_so: bool) -> None:
    assert is_rounded(Decimal(reported), Decimal(listed)) is is_so


def test_limits_to_mind_come_last_as_warnings(by_day: ReportView) -> None:
    period = by_day.report.period
    view = replace(by_day, thresholds=(Threshold(name="day", period=period, limit=usd("3"), spent=usd("2.5")),))
    assert remarks(view)[-1] == Remark("This day has cost $2.50 of its limit of $3.00.", is_warning=True)


def test_an_empty_ledger_is_not_told_to_look_further_back(by_day: ReportView) -> None:
    report = replace(by_day.report, period=replace(by_day.report.period, name="all"), totals=Totals(), rows=())
    what, advice = empty_words(replace(by_day, report=report))
    assert what == "No calls yet."
    assert "serve" in advice
    assert "--period" not in advice
