"""A question in words is answered from one state of the ledger; the parts of an overview agree with each other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tokencli.domain.charge import CostStatus
from tokencli.domain.errors import EmptyPeriodError, UnknownMomentError, UnknownPeriodError, UnknownZoneError
from tokencli.domain.money import usd
from tokencli.domain.period import Grain, Period
from tokencli.domain.report import EventFilter
from tokencli.domain.session import Session
from tokencli.pricing.card import PriceCard, Rate, Unit
from tokencli.services.report import (
    Question,
    chart_grain,
    events,
    group_by_asked,
    notices,
    overview,
    period_asked,
    price_differences,
    report,
    unpriced_models,
    with_session_names,
)
from tokencli.store.database import Database, open_ledger
from tokencli.store.dictionary import Facet
from tokencli.store.ledger import EventRow, Ledger
from tokencli.store.sessions import create

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CARD = PriceCard(
    provider="openai",
    model="gpt-4o",
    source="a list",
    rates=(
        Rate(unit=Unit.INPUT, price=Decimal("2.5")),
        Rate(unit=Unit.OUTPUT, price=Decimal(10), tiers=((200_000, Decimal(20)),)),
    ),
)


def ask(**changes: object) -> Question:
    return Question(**{"zone": "UTC", **changes})  # type: ignore[arg-type]


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with open_ledger(tmp_path / "ledger.db", write=True, create=True) as opened:
        yield opened


def add(
    db: Database,
    at: datetime,
    *,
    body: str | None = CARD.to_json(),
    logged: tuple[int, int] | None = (5_000_000, 15_000_000),
    model: str = "gpt-4o",
    status: str = "priced",
) -> None:
    with db.transaction() as connection:
        ledger = Ledger(connection)
        origin = ledger.dictionary.origin("0123456789ab", "log", "backend.log")
        (count,) = connection.execute("SELECT count(*) FROM event").fetchone()
        facet = Facet(
            source="cost-line",
            provider_name="openai",
            request_model=model,
            cost_status=status,
            price_id=None if body is None else ledger.dictionary.price(body),
            logged_price_id=None if logged is None else ledger.dictionary.logged_price(*logged),
        )
        row = EventRow(
            (origin << 40) + count,
            (at - EPOCH) // timedelta(microseconds=1),
            ledger.dictionary.facet(facet),
            1000,
            0,
            0,
            100,
            0,
            3_500_000_000,
            6_500_000_000,
        )
        ledger.insert(row)


def test_all_reaches_from_the_first_call_to_the_last_one_even_if_it_is_to_come(db: Database) -> None:
    add(db, NOW - timedelta(days=400))
    add(db, NOW + timedelta(days=40))
    found = report(db, ask(group_by=("month",)), now=NOW)
    assert found.totals.requests == 2
    assert found.period.name == "all"
    assert found.period.start == datetime(2025, 10, 16, tzinfo=UTC)
    assert found.period.end == datetime(2026, 12, 31, tzinfo=UTC)


def test_all_of_an_empty_ledger_is_today(db: Database) -> None:
    period = report(db, ask(), now=NOW).period
    assert (period.start, period.end) == (datetime(2026, 11, 20, tzinfo=UTC), datetime(2026, 11, 21, tzinfo=UTC))


def test_since_and_until_are_read_in_the_zone_and_until_is_left_out() -> None:
    period = period_asked(ask(zone="Europe/Paris", since="2026-11-01", until="2026-11-03 18:30"), now=NOW, span=None)
    assert (period.name, period.start, period.end) == (
        "custom",
        datetime(2026, 10, 31, 23, tzinfo=UTC),
        datetime(2026, 11, 3, 17, 30, tzinfo=UTC),
    )


def test_one_open_end_reaches_as_far_as_the_calls_do() -> None:
    span = (NOW - timedelta(days=3), NOW)
    since = period_asked(ask(since="2026-11-19"), now=NOW, span=span)
    assert since.end == datetime(2026, 11, 21, tzinfo=UTC)
    until = period_asked(ask(until="2026-11-19"), now=NOW, span=span)
    assert until.start == datetime(2026, 11, 17, tzinfo=UTC)


@pytest.mark.parametrize(
    ("question", "error"),
    [
        (ask(period="someday"), UnknownPeriodError),
        (ask(since="yesterday"), UnknownMomentError),
        (ask(zone="Mars/Olympus"), UnknownZoneError),
        (ask(since="2026-11-20", until="2026-11-19"), EmptyPeriodError),
    ],
)
def test_a_question_that_cannot_be_understood_is_refused(db: Database, question: Question, error: type) -> None:
    with pytest.raises(error):
        report(db, question, now=NOW)


def test_rows_are_days_unless_told_and_hours_of_today() -> None:
    assert group_by_asked(ask(period="week")) == ("day",)
    assert group_by_asked(ask(period="today")) == ("hour",)
    assert group_by_asked(ask(period="today", since="2026-01-01")) == ("day",)
    assert group_by_asked(ask(period="today", group_by=("model",))) == ("model",)


@pytest.mark.parametrize(
    ("days", "grain"),
    [(1, Grain.HOUR), (2, Grain.HOUR), (3, Grain.DAY), (366, Grain.DAY), (800, Grain.WEEK), (4000, Grain.MONTH)],
)
def test_charts_have_neither_one_bar_nor_thousands(days: int, grain: Grain) -> None:
    period = Period(name="x", start=NOW, end=NOW + timedelta(days=days), zone="UTC")
    assert chart_grain(period) is grain


def test_the_parts_of_an_overview_have_one_total(db: Database) -> None:
    for hour in range(9):
        add(db, NOW - timedelta(hours=hour), model=f"m{hour % 3}")
    add(db, NOW - timedelta(days=30), model="old")
    found = overview(db, ask(period="7d", group_by=("model", "day")), now=NOW)
    reports = (found.report, found.by_day, found.by_day_model, found.by_model, found.by_provider)
    assert {one.totals for one in reports} == {report(db, ask(period="7d"), now=NOW).totals}
    assert found.report.totals.requests == 9
    for one in reports:
        assert sum(row.totals.requests for row in one.rows) == 9
    for cells in (found.cost_bins, found.size_cells, found.heat_cells, found.price_differences):
        assert sum(cell.requests for cell in cells) == 9
    assert found.report.group_by == ("model", "day")
    assert (found.generated_at, found.ledger) == (NOW, db.place)


def test_an_overview_counts_only_what_its_filter_lets_in(db: Database) -> None:
    add(db, NOW, model="a")
    add(db, NOW, model="b")
    where = EventFilter(names={"model": ("b",)})
    found = overview(db, ask(period="today", where=where), now=NOW)
    assert found.filter is where
    assert (found.report.totals.requests, found.cost_bins[0].requests, found.price_differences[0].model) == (1, 1, "b")


def differences(db: Database) -> list[tuple[object, ...]]:
    period = period_asked(ask(period="month"), now=NOW, span=None)
    return [
        (one.logged_input_price, one.list_input_price, one.logged_output_price, one.list_output_price)
        for one in price_differences(db, period, EventFilter())
    ]


def test_prices_on_both_sides_are_dollars_per_million_tokens(db: Database) -> None:
    add(db, NOW)
    assert differences(db) == [(usd(5), usd("2.5"), usd(15), usd(10))]


def test_of_several_prices_those_of_most_calls_are_shown(db: Database) -> None:
    other = PriceCard(
        provider="openai", model="gpt-4o", source="a list", rates=(Rate(unit=Unit.INPUT, price=Decimal(3)),)
    )
    add(db, NOW)
    add(db, NOW, body=other.to_json(), logged=(5_000_000, 1))
    assert differences(db) == [(usd(5), usd("2.5"), usd(15), usd(10))]
    add(db, NOW, body=other.to_json(), logged=(5_000_000, 1))
    assert differences(db) == [(usd(5), usd(3), usd("0.000001"), None)]


@pytest.mark.parametrize("body", ['{"from": "a newer version"}', "no JSON", None])
def test_a_price_card_that_cannot_be_read_leaves_its_price_open(db: Database, body: str | None) -> None:
    add(db, NOW, body=body, logged=None)
    assert differences(db) == [(None, None, None, None)]


def test_a_free_model_has_a_list_price_of_zero(db: Database) -> None:
    add(db, NOW, body=PriceCard(provider="x", model="y", source="a list", status=CostStatus.FREE).to_json())
    assert differences(db)[0][1] == 0


def test_events_come_one_by_one_in_the_order_of_time(db: Database) -> None:
    add(db, NOW)
    add(db, NOW - timedelta(hours=1))
    assert [row.event_id for row in events(db, ask(period="today"), now=NOW)] == ["0123456789ab.1", "0123456789ab.0"]


def test_models_without_a_price_are_named_the_most_used_first(db: Database) -> None:
    for model in ("rare", "often", "often"):
        add(db, NOW, model=model, status="unpriced")
    add(db, NOW, model="priced")
    period = period_asked(ask(period="today"), now=NOW, span=None)
    assert unpriced_models(db, period, EventFilter()) == ("often", "rare")


def test_notices_are_those_of_the_period(db: Database) -> None:
    with db.transaction() as connection:
        connection.execute("INSERT INTO notice (id, occurred_at, code) VALUES (1, 0, 'timeout'), (2, NULL, 'no_usage')")
    period = period_asked(ask(period="today"), now=NOW, span=None)
    assert [(one.code, one.count) for one in notices(db, period)] == [("no_usage", 1)]


def test_people_see_the_names_of_sessions_and_programs_their_ids(db: Database) -> None:
    with db.transaction() as connection:
        create(connection, Session(id="4f1c09ab23de", name="search", created_at=NOW))
    for session_id in ("4f1c09ab23de", "of-another-program"):
        add(db, NOW, model=session_id)
    with db.transaction() as connection:
        connection.execute("UPDATE facet SET session_id = request_model")
    add(db, NOW)
    question = ask(period="today", group_by=("session",), where=EventFilter(names={"session": ("SEA*", "of*")}))
    found = report(db, question, now=NOW)
    assert {row.key["session"] for row in found.rows} == {"4f1c09ab23de", "of-another-program"}
    for named in (with_session_names(db, found), overview(db, question, now=NOW).report):
        assert {row.key["session"] for row in named.rows} == {"search", "of-another-program"}
        assert named.totals == found.totals
    by_model = report(db, ask(period="today", group_by=("model",)), now=NOW)
    assert with_session_names(db, by_model) is by_model
