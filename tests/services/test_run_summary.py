"""What a run used is what a report says of its session since it began."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.services.session_calls import NOON, call, keep
from tokencli.config.places import BUILTIN
from tokencli.config.settings import load_settings
from tokencli.domain.event import Finish
from tokencli.domain.usage import Basis
from tokencli.services.run_session import session_of_run
from tokencli.services.run_summary import RunEnd, RunSummary, summary_of
from tokencli.store.database import Database, open_ledger

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tokencli.domain.session import Session
    from tokencli.pricing.book import PriceBook

SETTINGS = load_settings(BUILTIN)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with open_ledger(tmp_path / "ledger.db", write=True, create=True) as opened:
        yield opened


@pytest.fixture
def session(database: Database) -> Session:
    with database.transaction() as connection:
        return session_of_run(connection, "claude", "work", now=NOON, zone="UTC").session


def summary(database: Database, session: Session) -> RunSummary:
    end = RunEnd(client="claude", exit_code=0, began_at=NOON, ended_at=NOON + timedelta(minutes=10))
    with database.reading() as connection:
        return summary_of(connection, SETTINGS, session.id, end)


def test_only_calls_of_the_session_and_of_this_run_are_counted(
    database: Database, session: Session, book: PriceBook
) -> None:
    keep(
        database,
        book,
        call(session, -1, (900_000, 9)),
        call(session, 0, (100, 10)),
        call(session, 10, (50_000, 62)),
        call(None, 5, (7, 7)),
    )
    found = summary(database, session)
    assert (found.totals.requests, found.totals.input_tokens, found.totals.output_tokens) == (2, 50_100, 72)
    assert [row.key["model"] for row in found.by_model.rows] == ["mistral-large-2411"]


def test_the_peak_is_the_fullest_context_not_the_largest_call(
    database: Database, session: Session, book: PriceBook
) -> None:
    small = {"request_model": "ministral-8b-2410"}
    keep(database, book, call(session, 1, (40_000, 0)), call(session, 2, (30_000, 768), **small))
    peak = summary(database, session).peak
    assert peak is not None
    assert (peak.used_tokens, peak.limit_tokens, peak.model) == (30_768, 32_768, "ministral-8b-2410")
    assert round(peak.ratio, 2) == 0.94
    assert not peak.is_estimated
    assert peak.is_limit_known


def test_what_was_estimated_or_not_counted_is_told(database: Database, session: Session, book: PriceBook) -> None:
    keep(
        database,
        book,
        call(session, 1, (300, 0), basis=Basis.ESTIMATED, finish=Finish.CANCELLED),
        call(session, 2, None, finish=Finish.ERROR, error_type="timeout"),
    )
    found = summary(database, session)
    assert (found.totals.estimated_requests, found.totals.missing_requests, found.totals.errors) == (1, 1, 1)
    assert found.peak is not None
    assert found.peak.is_estimated


def test_the_limit_of_a_model_that_nobody_lists_is_not_known(
    database: Database, session: Session, book: PriceBook
) -> None:
    keep(database, book, call(session, 0, (100, 10), provider_name="openai", request_model="gpt-99-atelier"))
    peak = summary(database, session).peak
    assert peak is not None
    assert (peak.used_tokens, peak.is_limit_known) == (110, False)


def test_counting_tokens_fills_no_context_and_no_call_has_no_peak(
    database: Database, session: Session, book: PriceBook
) -> None:
    assert summary(database, session).peak is None
    keep(database, book, call(session, 1, (300, 0), operation_name="count_tokens"))
    assert summary(database, session).peak is None
