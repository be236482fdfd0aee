"""Sessions from their beginning to their end, and the figures that the second of the two old systems got wrong."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.services.session_calls import NOON, call, keep
from tokencli.config.places import BUILTIN
from tokencli.config.settings import load_settings
from tokencli.domain.errors import NoLedgerError, TokencliError
from tokencli.domain.intent import Intent
from tokencli.domain.session import Gauge
from tokencli.domain.usage import Basis, Estimate
from tokencli.services import sessions as service
from tokencli.services.record import micros
from tokencli.services.saved import intent_text
from tokencli.services.session_choice import BadSessionNameError
from tokencli.services.session_errors import (
    NoActiveSessionError,
    NoSuchSessionError,
    SessionEndedError,
    SessionNameTakenError,
)
from tokencli.services.sessions import SessionBook, SessionView, Wish, session_values
from tokencli.services.writer import Glance
from tokencli.store import intents
from tokencli.store.database import Database, open_ledger

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tokencli.config.values import Settings
    from tokencli.domain.session import Session
    from tokencli.pricing.book import PriceBook

LARGE = "mistral/mistral-large-2411"
KEYS = [
    "id",
    "name",
    "provider_name",
    "model",
    "context_limit_tokens",
    "created_at",
    "ended_at",
    "is_active",
    "input_tokens",
    "output_tokens",
    "total_tokens",
    "context_used_tokens",
    "context_used_ratio",
    "list_cost",
    "requests",
]


@pytest.fixture(scope="module")
def settings() -> Settings:
    """Return the settings of a user who has none."""
    return load_settings(BUILTIN)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Database]:
    """Return an empty ledger, open for writing."""
    with open_ledger(tmp_path / "ledger.db", write=True, create=True) as database:
        yield database


def begin(ledger: Database, settings: Settings, minute: float = -60, **wish: Any) -> Session:
    with ledger.transaction() as connection:
        return service.begin(connection, settings, Wish(**wish), now=NOON + timedelta(minutes=minute))


def view(ledger: Database, settings: Settings, name: str | None = None) -> SessionView:
    with ledger.reading() as connection:
        return service.view_of(connection, settings, name)


def test_a_new_session_is_active_and_has_used_nothing(ledger: Database, settings: Settings) -> None:
    session = begin(ledger, settings, model=LARGE)
    values = session_values(view(ledger, settings), zone="Europe/Paris")
    assert list(values) == KEYS
    assert values == {
        "id": session.id,
        "name": "mistral-large-2411",
        "provider_name": "mistral",
        "model": LARGE,
        "context_limit_tokens": 131_072,
        "created_at": "2026-11-20T12:00:00+01:00",
        "ended_at": None,
        "is_active": True,
        "input_tokens": 0,
        "output_tokens": 0,
        "total_tokens": 0,
        "context_used_tokens": 0,
        "context_used_ratio": 0.0,
        "list_cost": "0",
        "requests": 0,
    }


@pytest.mark.parametrize(
    ("wish", "limit"),
    [
        ({"model": LARGE}, 131_072),
        ({"model": "mistral-large-2411"}, 131_072),
        ({"provider": "mistral"}, 32_768),
        ({"provider": "cerebras"}, 64_000),
        ({}, 262_144),
        ({"model": "gpt-4o"}, 128_000),
        ({"provider": "openai"}, 262_144),
    ],
)
def test_the_limit_is_the_models_else_the_smallest_of_the_providers_else_the_default(
    ledger: Database, settings: Settings, wish: dict[str, Any], limit: int
) -> None:
    begin(ledger, settings, **wish)
    assert view(ledger, settings).context_limit_tokens == limit


def test_the_limit_follows_the_model_of_the_newest_call(ledger: Database, settings: Settings, book: PriceBook) -> None:
    session = begin(ledger, settings, model=LARGE)
    keep(ledger, book, call(session, 1, (100, 10), request_model="ministral-8b-2410"))
    assert (view(ledger, settings).context_limit_tokens, view(ledger, settings).model_in_use) == (
        32_768,
        "mistral/ministral-8b-2410",
    )
    keep(ledger, book, call(session, 2, (100, 10), provider_name="openai", request_model="gpt-4o"))
    assert (view(ledger, settings).context_limit_tokens, view(ledger, settings).model_in_use) == (128_000, "gpt-4o")
    keep(ledger, book, call(session, 3, (100, 10)))
    assert view(ledger, settings).context_limit_tokens == 131_072
    assert view(ledger, settings).session.model == LARGE


def test_a_call_of_a_model_that_nobody_knows_gets_its_providers_smallest_limit(
    ledger: Database, settings: Settings, book: PriceBook
) -> None:
    session = begin(ledger, settings, model=LARGE)
    keep(ledger, book, call(session, 1, (100, 10), request_model="mistral-atelier"))
    assert view(ledger, settings).context_limit_tokens == 32_768


def test_a_call_that_names_no_model_keeps_the_sessions_limit(
    ledger: Database, settings: Settings, book: PriceBook
) -> None:
    session = begin(ledger, settings, model=LARGE)
    keep(ledger, book, call(session, 1, (100, 10), request_model=None))
    assert view(ledger, settings).context_limit_tokens == 131_072


def test_67062_tokens_used_are_shown_as_67062(ledger: Database, settings: Settings, book: PriceBook) -> None:
    session = begin(ledger, settings, model=LARGE)
    estimate = Estimate(input_tokens=79_155)
    keep(ledger, book, call(session, 1, (67_000, 62), estimate=estimate))
    ensure_estimate(ledger, 79_155)
    shown = view(ledger, settings)
    assert (shown.input_tokens, shown.output_tokens, shown.total_tokens) == (67_000, 62, 67_062)
    assert (shown.context_used_tokens, shown.is_context_estimated, shown.estimated_requests) == (67_062, False, 0)
    assert shown.context_used_ratio == 0.511642


def test_two_clients_at_once_are_not_mixed(ledger: Database, settings: Settings, book: PriceBook) -> None:
    left, right = begin(ledger, settings, name="left", model=LARGE), begin(ledger, settings, name="right")
    for minute in range(10):
        keep(
            ledger, book, call(left, minute, (100, 1)), call(right, minute + 0.5, (5000, 2)), call(None, minute, (7, 7))
        )
    assert [view(ledger, settings, name).input_tokens for name in ("left", "right")] == [1000, 50_000]
    assert [view(ledger, settings, name).requests for name in ("left", "right")] == [10, 10]


def test_an_estimate_counts_until_a_real_figure_is_there(ledger: Database, settings: Settings, book: PriceBook) -> None:
    session = begin(ledger, settings, model=LARGE)
    keep(ledger, book, call(session, 1, (450, 30), basis=Basis.ESTIMATED))
    shown = view(ledger, settings)
    assert (shown.input_tokens, shown.output_tokens, shown.estimated_input_tokens) == (450, 0, 450)
    assert (shown.context_used_tokens, shown.is_context_estimated) == (480, True)


def test_a_call_on_its_way_is_seen_until_its_figures_are_there(
    ledger: Database, settings: Settings, book: PriceBook
) -> None:
    session = begin(ledger, settings, model=LARGE)
    opened_at = NOON + timedelta(minutes=1)
    intent = Intent(
        opened_at=opened_at,
        provider_name="mistral",
        request_model="ministral-8b-2410",
        session_id=session.id,
        estimated_input_tokens=450,
    )
    with ledger.transaction() as connection:
        intents.add(connection, [intents.IntentRow(1, micros(opened_at), intent_text(intent))])
    shown = view(ledger, settings)
    assert (shown.requests, shown.open_requests, shown.input_tokens, shown.output_tokens) == (1, 1, 450, 0)
    assert (shown.context_used_tokens, shown.is_context_estimated, shown.context_limit_tokens) == (450, True, 32_768)
    with ledger.transaction() as connection:
        intents.remove(connection, [1])
    keep(ledger, book, call(session, 1, (400, 20), request_model="ministral-8b-2410"))
    shown = view(ledger, settings)
    assert (shown.requests, shown.open_requests, shown.total_tokens) == (1, 0, 420)
    assert (shown.context_used_tokens, shown.is_context_estimated) == (420, False)


def test_calls_that_nobody_counted_are_not_zero(ledger: Database, settings: Settings, book: PriceBook) -> None:
    session = begin(ledger, settings, model=LARGE)
    keep(ledger, book, call(session, 1, None))
    values = session_values(view(ledger, settings), zone="UTC")
    names = ("input_tokens", "output_tokens", "total_tokens", "context_used_tokens", "context_used_ratio", "list_cost")
    assert [values[name] for name in names] == [None] * 6
    assert values["requests"] == 1


@pytest.mark.parametrize(
    ("used", "gauge"),
    [(100_000, Gauge.OK), (105_000, Gauge.CAUTION), (118_000, Gauge.WARNING), (125_000, Gauge.CRITICAL)],
)
def test_the_gauge_warns_before_the_context_is_full(
    ledger: Database, settings: Settings, book: PriceBook, used: int, gauge: Gauge
) -> None:
    keep(ledger, book, call(begin(ledger, settings, model=LARGE), 1, (used, 0)))
    assert view(ledger, settings).gauge is gauge


def test_the_cost_is_that_of_a_report(ledger: Database, settings: Settings, book: PriceBook) -> None:
    session = begin(ledger, settings, name="s")
    keep(ledger, book, call(session, 1, (1_000_000, 0), request_model="alpha", provider_name="openai"))
    keep(ledger, book, call(session, 2, (1_000_000, 0), request_model="nameless-atelier"))
    shown = view(ledger, settings)
    assert session_values(shown, zone="UTC")["list_cost"] == "1"
    assert shown.totals.unpriced_requests == 1


def test_names_are_unique_whatever_their_case(ledger: Database, settings: Settings) -> None:
    begin(ledger, settings, name="Search")
    with pytest.raises(SessionNameTakenError):
        begin(ledger, settings, name="search")
    begin(ledger, settings, name="other")
    with pytest.raises(SessionNameTakenError), ledger.transaction() as connection:
        service.rename(connection, "other", "SEARCH")
    with ledger.transaction() as connection:
        assert service.rename(connection, "Search", "search").name == "search"


def test_default_names_of_the_same_model_get_numbers(ledger: Database, settings: Settings) -> None:
    names = [begin(ledger, settings, model=LARGE).name for _ in range(3)]
    assert names == ["mistral-large-2411", "mistral-large-2411-2", "mistral-large-2411-3"]


def test_a_bad_name_leaves_no_session_behind(ledger: Database, settings: Settings) -> None:
    with pytest.raises(BadSessionNameError):
        begin(ledger, settings, name="a/b")
    with ledger.reading() as connection:
        assert service.views_of(connection, settings, with_ended=True) == []


@pytest.mark.parametrize(
    "wish", [Wish(model="zzz"), Wish(provider="zzz"), Wish(name="a/b"), Wish(provider="groq", model=LARGE)]
)
def test_a_wrong_wish_is_refused_before_anything_is_written(settings: Settings, wish: Wish) -> None:
    with pytest.raises(TokencliError):
        service.check(settings, wish)
    service.check(settings, Wish(name="good", model=LARGE))


def test_switching_ending_and_looking_by_name_or_id(ledger: Database, settings: Settings) -> None:
    first, second = begin(ledger, settings, name="first"), begin(ledger, settings, minute=-50, name="second")
    with ledger.transaction() as connection:
        assert service.switch(connection, first.id).is_active
    assert view(ledger, settings).session.name == "first"
    with ledger.transaction() as connection:
        ended = service.end(connection, None, now=NOON)
    assert (ended.name, ended.ended_at, ended.is_active) == ("first", NOON, False)
    with pytest.raises(NoActiveSessionError):
        view(ledger, settings)
    with pytest.raises(SessionEndedError), ledger.transaction() as connection:
        service.switch(connection, "first")
    with pytest.raises(SessionEndedError), ledger.transaction() as connection:
        service.end(connection, "first", now=NOON)
    with pytest.raises(NoSuchSessionError, match="did you mean 'second'"), ledger.transaction() as connection:
        service.switch(connection, "secnd")
    with ledger.reading() as connection:
        assert [one.session.id for one in service.views_of(connection, settings)] == [second.id]
        everything = service.views_of(connection, settings, with_ended=True)
    assert [one.session.name for one in everything] == ["second", "first"]


def test_the_book_sees_at_once_what_another_connection_changed(
    ledger: Database, settings: Settings, tmp_path: Path
) -> None:
    with SessionBook(tmp_path / "ledger.db") as book:
        assert book.active() is None
        session = begin(ledger, settings, name="first")
        assert book.active() == session
        assert book.named("first") == book.named(session.id) == session
        with ledger.transaction() as connection:
            service.rename(connection, "first", "second")
            service.end(connection, "second", now=NOON)
        assert book.active() is None
        assert book.named("first") is None
        ended = book.named("second")
        assert ended is not None
        assert ended.ended_at == NOON


def test_the_book_takes_a_fresh_glance_for_the_active_session_and_asks_where_there_is_none(
    ledger: Database, settings: Settings, tmp_path: Path
) -> None:
    glances: list[Glance | None] = [Glance(None, 0.0), None]
    session = begin(ledger, settings, name="first")
    with SessionBook(tmp_path / "ledger.db", lambda: glances.pop(0)) as book:
        assert book.active() is None
        assert book.active() == session


def test_the_book_needs_a_ledger(tmp_path: Path) -> None:
    with pytest.raises(NoLedgerError):
        SessionBook(tmp_path / "none.db")


def ensure_estimate(ledger: Database, input_tokens: int) -> None:
    """Let every call have our own count beside the provider's."""
    with ledger.transaction() as connection:
        connection.execute(
            "INSERT INTO estimate SELECT id, ?, NULL FROM event WHERE true ON CONFLICT DO NOTHING", (input_tokens,)
        )
