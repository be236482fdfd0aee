"""A question in words is answered from one state of the ledger."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.priced_calls import add
from tokencli.domain.errors import EmptyPeriodError, UnknownMomentError, UnknownPeriodError, UnknownZoneError
from tokencli.domain.report import EventFilter
from tokencli.domain.session import Session
from tokencli.services.overview import overview
from tokencli.services.report import (
    Question,
    events,
    group_by_asked,
    notices,
    period_asked,
    report,
    unpriced_models,
    with_session_names,
)
from tokencli.store.database import Database, open_ledger
from tokencli.store.sessions import create

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def ask(**changes: object) -> Question:
    return Question(**{"zone": "UTC", **changes})  # type: ignore[arg-type]


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with open_ledger(tmp_path / "ledger.db", write=True, create=True) as opened:
        yield opened


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
