from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tests.overviews import empty_overview, month_overview
from tokencli.domain.money import usd
from tokencli.domain.overview import PriceDifference
from tokencli.domain.report import NoticeCount
from tokencli.render.page_findings import difference_table, notice_table, sentences, verdict


def text_of(markup: str) -> str:
    return re.sub(r"<[^>]*>", "", markup)


def test_every_doubt_is_said_with_the_models_it_concerns() -> None:
    said = [text_of(sentence) for sentence in sentences(month_overview())]
    assert said[0].startswith(
        "117 calls without a known price (codestral-2501-internal: 117). The list cost is a lower"
    )
    assert any("with estimated tokens (gpt-4o-mini: 475)" in sentence for sentence in said)
    assert any("cut off on the way" in sentence for sentence in said)
    assert any("18 calls ended with an error" in sentence and ", 2 more)" in sentence for sentence in said)


def test_one_call_is_not_calls() -> None:
    overview = month_overview()
    totals = replace(overview.report.totals, missing_requests=1)
    said = sentences(replace(overview, report=replace(overview.report, totals=totals)))
    assert any("1 call without token counts. They" in text_of(sentence) for sentence in said)


def test_where_nothing_is_in_doubt_nothing_is_said() -> None:
    assert sentences(empty_overview()) == []


@pytest.mark.parametrize(
    ("reported", "listed", "words"),
    [
        ("2", "1", "2.00 times too high"),
        ("0.3125", "1", "3.20 times too low"),
        ("1", "1", "as the list"),
        ("1.004", "1", "as the list, rounded"),
        ("0.996", "1", "as the list, rounded"),
        ("1", "0", "list says $0"),
        ("0", "1", "logged as $0"),
    ],
)
def test_the_verdict_says_how_far_off_a_source_is(reported: str, listed: str, words: str) -> None:
    assert verdict(Decimal(reported), Decimal(listed)) == words


def test_differences_show_both_prices_the_factor_and_the_exact_dollars() -> None:
    one = PriceDifference(
        provider_name="openai",
        model="gpt-4o",
        requests=1336,
        list_cost=usd("12.4916"),
        reported_cost=usd("24.9832"),
        first_seen=datetime(2026, 11, 2, 23, 30, tzinfo=UTC),
        last_seen=datetime(2026, 11, 28, tzinfo=UTC),
        logged_input_price=usd("5"),
        list_input_price=usd("2.5"),
    )
    table = difference_table([one], "Europe/Paris")
    shown = text_of(table)
    for part in ("openai, 3 to 28 Nov 2026", "2.00 times too high", "+$12.4916", "$24.9832", "$5.00", "$2.50", "1,336"):
        assert part in shown
    assert "None" not in shown
    assert "<tfoot>" not in table


def test_sources_that_agree_wear_no_warning_colour() -> None:
    one = month_overview().price_differences[0]
    agreeing = replace(one, reported_cost=one.list_cost)
    assert 'class="agrees">as the list<' in difference_table([agreeing], "UTC")
    assert 'class="over">2.00 times too high<' in difference_table([one], "UTC")


def test_the_largest_disagreement_in_dollars_comes_first_and_the_sum_last() -> None:
    table = difference_table(month_overview().price_differences, "UTC")
    models = re.findall(r'<th scope="row"><bdi>(.*?)</bdi>', table)
    assert models == ["gpt-4o", "gemini-2.5-flash", "claude-3-5-haiku-20241022"]
    assert "1.30 times too high" in table.partition("<tfoot>")[2]


def test_failures_are_said_in_words_and_unknown_codes_shown_as_they_are() -> None:
    notices = [
        NoticeCount(code="timeout", provider_name="gemini", model=None, count=2),
        NoticeCount(code="<new>", provider_name=None, model="m", count=5),
    ]
    rows = re.findall(r"<tr>(.*?)</tr>", notice_table(notices).partition("<tbody>")[2])
    assert "&lt;new&gt;" in rows[0]
    assert "The request ran into a timeout" in rows[1]
    assert "(unknown)" in rows[1]
