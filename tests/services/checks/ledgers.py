"""A clean ledger of many calls, as steady work over weeks leaves it; further calls to plant; and the check of it."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple

from tokencli.config.values import Settings
from tokencli.domain.charge import CostStatus
from tokencli.domain.event import EventId, UsageEvent
from tokencli.domain.finding import Severity
from tokencli.domain.money import usd
from tokencli.domain.price import OwnPrice
from tokencli.domain.usage import Basis, TokenUsage
from tokencli.pricing.book import PriceBook
from tokencli.pricing.charge import simple_rates
from tokencli.services.checks.evidence import Tools
from tokencli.services.checks.registry import run_checks
from tokencli.services.record import record
from tokencli.services.report import Question
from tokencli.store.dictionary import Facet
from tokencli.store.ledger import ORIGIN_SHIFT, Ledger
from tokencli.store.slices import to_us

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tokencli.domain.audit import Audit
    from tokencli.domain.finding import Finding
    from tokencli.store.database import Database

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
DAYS = 60
PRICES = {
    ("openai", "gpt-4o-mini"): ("0.15", "0.60"),
    ("anthropic", "claude-3-5-haiku-20241022"): ("0.80", "4.00"),
    ("gemini", "gemini-2.5-flash"): ("0.30", "2.50"),
}
_STEP = 1_000_000
_BATCH = 50_000
_SEQ = count(1)


class _Kind(NamedTuple):
    facet_id: int
    input_pico: int
    output_pico: int


def prices() -> PriceBook:
    """Return a book with prices that never change, a free model and one of a subscription."""
    own = [
        OwnPrice(provider_name=provider, model=model, source="test", input_usd=usd(into), output_usd=usd(out))
        for (provider, model), (into, out) in PRICES.items()
    ]
    own += [
        OwnPrice(provider_name=None, model=status.value, source="test", status=status)
        for status in (CostStatus.FREE, CostStatus.SUBSCRIPTION)
    ]
    return PriceBook([own])


def fill(database: Database, book: PriceBook, calls: int, *, seed: int = 1) -> None:
    """Put so many calls of the last weeks into a ledger, every one of them as it should be."""
    with database.transaction() as connection:
        ledger = Ledger(connection)
        base = ledger.dictionary.origin("00c1ea11ed0e", "log", None) << ORIGIN_SHIFT
        kinds = [_kind(ledger, book, provider, model) for provider, model in PRICES]
        flat: list[int | None] = []
        for seq, row in enumerate(_rows(kinds, calls, random.Random(seed)), 1):  # noqa: S311 - no secret
            flat += (base + seq, *row)
            if not seq % _BATCH:
                ledger.insert_plain(flat)
                flat = []
        ledger.insert_plain(flat)


def event(days_ago: float, tokens: tuple[int, int] | None = (1234, 321), **named: Any) -> UsageEvent:
    """Return a call so many days before now, of a backend's log unless another source is named."""
    fields: dict[str, Any] = {
        "source": "cost-line",
        "provider_name": "openai",
        "request_model": "gpt-4o-mini",
        "usage": None if tokens is None else TokenUsage(input_tokens=tokens[0], output_tokens=tokens[1]),
        "basis": Basis.MISSING if tokens is None else Basis.REPORTED,
        **named,
    }
    occurred_at = NOW - timedelta(days=days_ago)
    return UsageEvent(event_id=EventId(f"91a47ed00000.{next(_SEQ)}"), occurred_at=occurred_at, **fields)


def keep(database: Database, book: PriceBook, *events: UsageEvent) -> None:
    """Put calls into a ledger by the door that all calls take."""
    with database.transaction() as connection:
        ledger = Ledger(connection)
        for each in events:
            record(ledger, book, each)


def audit_of(database: Database, book: PriceBook, **named: Any) -> Audit:
    """Check a ledger; `period`, `zone`, `settings` and `is_deep` may be named."""
    question = Question(zone=named.get("zone", "UTC"), period=named.get("period", "all"))
    tools = Tools(
        book=lambda: book, settings=named.get("settings", Settings(place="")), is_deep=named.get("is_deep", False)
    )
    return run_checks(database, question, tools, now=NOW)


def bad_of(audit: Audit) -> dict[str, Finding]:
    """Return the problems and warnings of an audit by their codes, the first of each."""
    found: dict[str, Finding] = {}
    for each in audit.findings:
        if each.severity is not Severity.SUCCESS:
            found.setdefault(each.code, each)
    return found


class Bench:
    """A ledger on which faults are planted, and a check of it."""

    def __init__(self, database: Database, book: PriceBook) -> None:
        self.database = database
        self.book = book
        self.settings = Settings(place="")

    def keep(self, *events: UsageEvent) -> None:
        """Put calls in."""
        keep(self.database, self.book, *events)

    def change(self, statement: str, *values: object) -> None:
        """Change the ledger as another program would."""
        with self.database.transaction() as connection:
            connection.execute(statement, values)

    def found(self, **named: Any) -> dict[str, Finding]:
        """Check, and return what is bad by its code."""
        return bad_of(audit_of(self.database, self.book, **{"settings": self.settings, **named}))


def _kind(ledger: Ledger, book: PriceBook, provider: str, model: str) -> _Kind:
    card = book.card(provider, model, NOW - timedelta(days=DAYS))
    assert card is not None
    rates = simple_rates(card)
    assert rates is not None
    facet = Facet(
        source="cost-line",
        provider_name=provider,
        request_model=model,
        cost_status="priced",
        price_id=ledger.dictionary.price(card.to_json()),
        logged_price_id=ledger.dictionary.logged_price(rates.input_pico, rates.output_pico),
    )
    return _Kind(ledger.dictionary.facet(facet), rates.input_pico, rates.output_pico)


def _rows(kinds: list[_Kind], calls: int, dice: random.Random) -> Iterator[tuple[int, ...]]:
    """Yield (time, facet, input, output, list cost, reported cost), the logged dollars rounded to six places."""
    first, last = to_us(NOW - timedelta(days=DAYS)), to_us(NOW)
    for number in range(calls):
        kind = kinds[number % len(kinds)]
        time = first + (last - first) * number // calls
        into, out = dice.randrange(50, 6000), dice.randrange(20, 1200)
        cost = into * kind.input_pico + out * kind.output_pico
        yield time, kind.facet_id, into, out, cost, round(cost / _STEP) * _STEP


def later(each: UsageEvent, seconds: float, **named: Any) -> UsageEvent:
    """Return the same call some seconds later, under an id of its own."""
    at = each.occurred_at + timedelta(seconds=seconds)
    return replace(each, event_id=EventId(f"91a47ed00000.{next(_SEQ)}"), occurred_at=at, **named)
