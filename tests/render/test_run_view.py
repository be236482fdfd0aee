from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.render.session_views import session
from tokencli.domain.money import Usd
from tokencli.domain.period import Period
from tokencli.domain.report import Report, ReportRow, Totals
from tokencli.render.run_view import other_proxy_words, start_words, summary_json, summary_text
from tokencli.services.run_summary import Peak, RunSummary

BEGAN = datetime(2026, 11, 21, 9, 50, tzinfo=UTC)
PEAK = Peak(used_tokens=68_000, limit_tokens=200_000, model="claude-sonnet-4-5", is_estimated=False)


def summary(length_s: int = 125, models: tuple[str, ...] = ("claude-sonnet-4-5",), **more: Any) -> RunSummary:
    ended = BEGAN + timedelta(seconds=length_s)
    totals = more.pop("totals", Totals(requests=2, input_tokens=48_210, output_tokens=1203, priced_requests=2))
    rows = tuple(ReportRow(key={"model": name}, totals=totals) for name in models)
    period = Period(name="custom", start=BEGAN, end=ended + timedelta(seconds=1), zone="UTC")
    fields: dict[str, Any] = {"open_requests": 0, "peak": PEAK, "exit_code": 0, **more}
    return RunSummary(
        session=session(name="claude-1121-0950"),
        client="claude",
        began_at=BEGAN,
        ended_at=ended,
        by_model=Report(period=period, group_by=("model",), totals=totals, rows=rows),
        **fields,
    )


def test_the_start_names_the_session_and_the_proxy() -> None:
    there = "http://127.0.0.1:8000"
    assert start_words("s", there, is_own=False) == f"session s, through the proxy at {there}."
    assert start_words("s", there, is_own=True) == f"session s, through a proxy of its own at {there}."


def test_a_proxy_that_is_of_no_use_is_told_of() -> None:
    assert "writes another ledger" in other_proxy_words("http://127.0.0.1:1", is_shut=False)
    assert "TOKENCLI_TOKEN" in other_proxy_words("http://127.0.0.1:1", is_shut=True)


def test_a_summary_has_tokens_cost_and_context() -> None:
    totals = Totals(
        requests=12,
        input_tokens=48_210,
        cache_read_tokens=40_000,
        cache_write_tokens=700,
        output_tokens=1203,
        reasoning_tokens=64,
        list_cost=Usd(Decimal("0.12345")),
        priced_requests=12,
    )
    assert summary_text(summary(totals=totals)).split("\n") == [
        "tokencli: 12 calls in 2 min 05 s, session claude-1121-0950",
        "  tokens   48,210 in (40,000 from cache, 700 into it), 1,203 out (64 of reasoning)",
        "  cost     $0.1234",
        "  context  at most 68,000 of 200,000 tokens (34%), claude-sonnet-4-5",
    ]


def test_what_is_not_sure_is_said() -> None:
    totals = Totals(
        requests=4,
        errors=1,
        input_tokens=10,
        list_cost=Usd(Decimal("0.5")),
        priced_requests=2,
        unpriced_requests=2,
        estimated_requests=1,
        partial_requests=1,
        missing_requests=1,
    )
    text = summary_text(summary(totals=totals, open_requests=1, models=("a\x1b[31m", "b")))
    assert "≥ $0.5000, 2 calls unpriced" in text
    assert "counted  1 call estimated by tokencli, 1 call cut off before the end, 1 call without any count" in text
    assert "failed   1 call" in text
    assert "open     1 call still on the way" in text
    assert "\x1b" not in text


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ({"subscription_requests": 1}, "subscription"),
        ({"free_requests": 1}, "free"),
        ({"unpriced_requests": 1, "list_cost": None}, "unpriced"),
    ],
)
def test_calls_without_a_price_per_token_are_no_dollars(counts: dict[str, Any], words: str) -> None:
    text = summary_text(summary(totals=Totals(requests=1, **counts), peak=None))
    assert f"  cost    {words}" in text.split("\n")
    assert "context" not in text


def test_a_call_whose_proxy_is_gone_is_lost_and_one_on_its_way_is_open() -> None:
    nothing: dict[str, Any] = {"totals": Totals(), "models": (), "peak": None, "open_requests": 1}
    gone = summary_text(summary(**nothing, is_proxy_gone=True))
    assert "no call ended in 2 min 05 s" in gone
    assert "\n  lost  1 call: the proxy ended before the answer did" in gone
    assert summary_text(summary(**nothing)).endswith("\n  open  1 call still on the way")


def test_a_limit_that_nobody_knows_is_not_shown_as_one() -> None:
    unknown = replace(PEAK, is_limit_known=False)
    assert "at most 68,000 tokens, claude-sonnet-4-5, whose limit is not known" in summary_text(summary(peak=unknown))
    told = json.loads(summary_json(summary(peak=unknown)))
    assert (told["context_peak_tokens"], told["context_limit_tokens"], told["context_peak_ratio"]) == (
        68_000,
        None,
        None,
    )


def test_a_run_without_calls_is_one_line() -> None:
    text = summary_text(summary(totals=Totals(), models=(), peak=None, length_s=3))
    assert text == "tokencli: no call passed through in 3 s, session claude-1121-0950"


def test_calls_that_nobody_counted_have_no_tokens() -> None:
    assert "nobody counted" in summary_text(summary(totals=Totals(requests=1, missing_requests=1), peak=None))


@pytest.mark.parametrize(("length_s", "words"), [(0, "0 s"), (61, "1 min 01 s"), (3720, "1 h 02 min")])
def test_lengths_are_said_in_two_units(length_s: int, words: str) -> None:
    assert f"in {words}," in summary_text(summary(length_s=length_s))


def test_json_has_the_sums_of_a_report_and_the_peak() -> None:
    told = json.loads(summary_json(summary(exit_code=130)))
    assert (told["session"], told["client"], told["exit_code"]) == ("claude-1121-0950", "claude", 130)
    assert (told["requests"], told["input_tokens"], told["list_cost"]) == (2, 48_210, "0")
    assert (told["context_peak_tokens"], told["context_limit_tokens"], told["context_peak_ratio"]) == (
        68_000,
        200_000,
        0.34,
    )
    assert told["by_model"][0]["model"] == "claude-sonnet-4-5"
    assert told["began_at"] == "2026-11-21T09:50:00+00:00"
