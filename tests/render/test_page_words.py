from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokencli.domain.money import plain, usd
from tokencli.domain.period import Period, period_of
from tokencli.domain.report import Totals
from tokencli.render import page_words as words


@pytest.mark.parametrize(
    ("number", "shown"),
    [(0, "0"), (999, "999"), (1000, "1.00k"), (12_349, "12.3k"), (999_999, "999k"), (4_567_890, "4.56M")],
)
def test_short_counts_never_show_more_than_there_is(number: int, shown: str) -> None:
    assert words.short_count(number) == shown


@given(st.decimals(0, 10**7, places=12))
def test_exact_money_keeps_every_digit(amount: Decimal) -> None:
    assert Decimal(words.exact_money(amount).replace("$", "").replace(",", "")) == amount


@pytest.mark.parametrize(
    ("amount", "shown"),
    [("0", "$0.00"), ("0.0105", "$0.0105"), ("-3", "-$3.00"), ("1234.5", "$1,234.50"), ("1E-12", "$0.000000000001")],
)
def test_exact_money_has_a_sign_thousands_and_cents(amount: str, shown: str) -> None:
    assert words.exact_money(usd(amount)) == shown


@pytest.mark.parametrize(
    ("amount", "shown"),
    [("0", "$0.00"), ("12.345", "$12.34"), ("12.355", "$12.36"), ("0.012345", "$0.0123"), ("0.000004", "$0.000004")],
)
def test_short_money_is_rounded_where_nobody_looks(amount: str, shown: str) -> None:
    assert words.short_money(usd(amount)) == shown


@given(st.decimals("0.000000000001", 10**6, places=12))
def test_a_lower_bound_is_never_rounded_up(amount: Decimal) -> None:
    shown = words.short_money(amount, is_lower_bound=True)
    assert shown.startswith("≥ $")
    assert Decimal(shown[3:].replace(",", "")) <= amount


def test_money_in_a_cell_is_exact_for_programs_and_for_eyes() -> None:
    cell = words.money_html(usd("12.345678"), is_lower_bound=True)
    assert cell == '<data value="12.345678">≥ $12.34<span class="fine">5678</span></data>'
    assert words.money_html(usd("2"), sign=True).startswith('<data value="2">+$2.00')
    assert "-$2.00" in words.money_html(usd("-2"), sign=True)
    assert words.money_html(None) == '<span class="none">\N{EN DASH}</span>'


@given(st.decimals(-(10**6), 10**6, places=12))
def test_the_value_of_a_cell_is_the_plain_string(amount: Decimal) -> None:
    assert f'value="{plain(amount)}"' in words.money_html(amount)


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [(1, 3, "33.3 %"), (0, 3, "0.0 %"), (1, 10_000, "< 0.1 %"), (5, 0, words.DASH), (3, 3, "100.0 %")],
)
def test_a_share_of_nothing_is_a_dash(part: int, whole: int, shown: str) -> None:
    assert words.share(part, whole) == shown


def test_costs_say_when_they_are_not_the_whole_truth() -> None:
    assert words.cost_words(Totals(requests=1, list_cost=None, unpriced_requests=1)) == "unpriced"
    assert words.cost_words(Totals(requests=2, list_cost=usd(1), unpriced_requests=1)) == "≥ $1.00"
    assert words.cost_words(Totals(requests=1, list_cost=usd(1))) == "$1.00"


def test_names_are_one_visible_line() -> None:
    assert words.name_of("a\nb\u202e") == "a\\x0ab\\u202e"
    assert words.name_of(None) == "(unknown)"
    assert words.name_of("") == "(empty)"


def test_chart_labels_hold_no_tags() -> None:
    assert words.chart_label("<b>x</b>&lt;") == "&lt;b&gt;x&lt;/b&gt;&amp;lt;"


@pytest.mark.parametrize(
    ("label", "grain", "name", "tick"),
    [
        ("2026-11-20", "day", "Fri 20 Nov 2026", "20 Nov"),
        ("2026-11-20T14:00+01:00", "hour", "Fri 20 Nov 2026, 14:00 +01:00", "14:00"),
        ("2026-W47", "week", "week 2026-W47", "W47"),
        ("2026-11-15", "week", "week from 2026-11-15", "15 Nov"),
        ("2026-11", "month", "November 2026", "Nov 2026"),
        ("strange\x1b", "day", "strange\\x1b", "strange\\x1b"),
    ],
)
def test_buckets_have_a_long_and_a_short_name(label: str, grain: str, name: str, tick: str) -> None:
    assert words.bucket_name(label, grain) == name
    assert words.bucket_tick(label, grain) == tick


def test_a_moment_is_shown_in_the_zone_with_its_offset() -> None:
    shown = words.moment_html(datetime(2026, 7, 1, 12, tzinfo=UTC), "Europe/Paris")
    assert shown == '<time datetime="2026-07-01T14:00:00+02:00">Wed 1 Jul 2026, 14:00 (UTC+02:00)</time>'


@pytest.mark.parametrize(
    ("first", "last", "shown"),
    [
        (date(2026, 11, 20), date(2026, 11, 20), "20 Nov 2026"),
        (date(2026, 11, 1), date(2026, 11, 30), "1 to 30 Nov 2026"),
        (date(2026, 11, 30), date(2026, 12, 6), "30 Nov to 6 Dec 2026"),
        (date(2025, 12, 29), date(2026, 1, 4), "29 Dec 2025 to 4 Jan 2026"),
    ],
)
def test_days_are_named_once(first: date, last: date, shown: str) -> None:
    assert words.days_between(first, last) == shown


def test_the_day_after_a_period_is_not_in_it() -> None:
    period = period_of("month", now=datetime(2026, 11, 28, tzinfo=UTC), zone="Europe/Paris")
    assert words.days_of(period) == "1 to 30 Nov 2026"


@pytest.mark.parametrize(
    ("name", "heading"), [("last-month", "Last month"), ("2026-W47", "2026-W47"), ("7d", "7d"), ("", "")]
)
def test_a_period_s_name_is_a_heading(name: str, heading: str) -> None:
    period = Period(name=name, start=datetime(2026, 1, 1, tzinfo=UTC), end=datetime(2026, 1, 2, tzinfo=UTC), zone="UTC")
    assert words.period_name(period) == heading


def test_a_stretch_without_a_name_is_a_period() -> None:
    named = period_of("week", now=datetime(2026, 11, 20, tzinfo=UTC), zone="UTC")
    assert words.period_name(named) == "Week"
    assert words.period_name(replace(named, name="custom")) == "Period"
