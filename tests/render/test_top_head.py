"""The head of the live view: costs against limits, and how busy the last hours were."""

from __future__ import annotations

import pytest

from tests.boards import DAY, made, totals
from tokencli.domain.money import usd
from tokencli.domain.threshold import Threshold
from tokencli.render.top_head import head
from tokencli.render.top_table import Paper


def plain(paper: Paper, **told: object) -> list[str]:
    return [line.plain for line in head(made(**told), paper)]


def test_the_costs_stand_against_their_limits() -> None:
    title, day, week, _, sparks = plain(Paper(width=80))
    assert title == "tokencli top  1 under way, 7 this minute                    2026-11-20 12:30 UTC"
    assert " ".join(day.split()) == "today $1.23 of $3.00 ████▏░░░░░ 41% 142 calls 1.23M in 34.1k out"
    assert "no limit" in week
    assert sparks.startswith("calls, 60 min ▁")
    assert "cost, 24 h " in sparks


@pytest.mark.parametrize(("spent", "words"), [("2.4", "80% (!)"), ("3.01", "100% (!!)"), ("9", "300% (!!)")])
def test_a_limit_that_is_near_or_passed_is_marked_without_color(spent: str, words: str) -> None:
    limit = Threshold(name="day", period=DAY, limit=usd("3"), spent=usd(spent))
    assert f" {words} " in plain(Paper(width=80), thresholds=(limit,))[1]


def test_a_limit_of_nothing_is_used_up() -> None:
    limit = Threshold(name="day", period=DAY, limit=usd("0"), spent=usd("1"))
    assert "██████████  (!!)" in plain(Paper(width=80), thresholds=(limit,))[1]


def test_a_sum_without_some_prices_is_a_lower_bound() -> None:
    sums = {name: totals("1.239", unpriced_requests=1, priced_requests=141) for name in ("day", "week", "month")}
    assert "≥ $1.23 " in plain(Paper(width=80), totals=sums)[1]
    assert ">= $1.23 " in plain(Paper(width=80, is_ascii=True), totals=sums)[1]


@pytest.mark.parametrize("width", [20, 40, 60, 80, 100, 123, 124, 200])
@pytest.mark.parametrize("is_ascii", [False, True], ids=["unicode", "ascii"])
def test_no_line_is_wider_than_the_paper(width: int, is_ascii: bool) -> None:  # noqa: FBT001 - a case
    lines = head(made(), Paper(width=width, is_ascii=is_ascii), state="PAUSED")
    assert all(line.cell_len <= width for line in lines)
    assert all(line.plain.isascii() for line in lines) is is_ascii
    assert len(lines) == (4 if width >= 124 else 5)


def test_the_sparklines_stand_beside_on_wide_paper() -> None:
    lines = plain(Paper(width=160))
    assert "  calls, 60 min " in lines[1]
    assert "  cost, 24 h " in lines[2]
    assert "busiest minute 58" in lines[3]


def test_an_hour_without_calls_has_no_sparkline_and_a_state_is_said() -> None:
    lines = plain(Paper(width=80), minutes=(0,) * 60)
    assert "calls, 60 min none 0" in lines[4]
    assert head(made(), Paper(width=80), state="PAUSED")[0].plain.startswith("tokencli top  PAUSED  ")


def test_what_does_not_fit_is_left_out_and_never_cut() -> None:
    sums = {
        name: totals("123456.78", requests=1_234_567, priced_requests=1_234_567) for name in ("day", "week", "month")
    }
    limit = Threshold(name="day", period=DAY, limit=usd("3000"), spent=usd("123456.78"))
    line = plain(Paper(width=80), totals=sums, thresholds=(limit,))[1]
    assert "$123,456.78 of $3,000.00 ██████████ 4115% (!!) 1,234,567 calls" in line
    assert line.rstrip().endswith(("calls", " in", " out"))
