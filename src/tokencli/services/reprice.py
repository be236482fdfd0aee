"""Pricing calls anew by what is known of prices now: a look first, and changes only when they are asked for.

Each call has the price of its own day. What is replaced stays in the ledger as a past charge. Every batch is a
transaction of its own, so a run that is cut off is simply run again.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from tokencli.domain.money import from_pico
from tokencli.domain.repricing import PriceChange, Repricing, known_sum
from tokencli.services.offers import Offer, card_of, reason_of
from tokencli.services.record import micros
from tokencli.services.report import period_asked
from tokencli.store import queries
from tokencli.store.facets import facets
from tokencli.store.ledger import BUCKET_US, Ledger, Recharge
from tokencli.store.repricings import begin_repricing, charged_rows, price_body, tell_reason

if TYPE_CHECKING:
    from collections.abc import Callable

    from tokencli.domain.charge import CostStatus
    from tokencli.domain.period import Period
    from tokencli.domain.repricing import RepriceReason
    from tokencli.pricing.book import PriceBook
    from tokencli.pricing.card import PriceCard
    from tokencli.services.report import Question
    from tokencli.store.database import Connection, Database
    from tokencli.store.facets import Facet
    from tokencli.store.repricings import ChargedRow

ROWS_A_BATCH: Final = 100_000
_DAY_US: Final = 86_400_000_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def look(
    database: Database, book: PriceBook, question: Question, *, now: datetime, advance: Callable[[int], None]
) -> Repricing:
    """Return what pricing the calls of a period anew would change, and change nothing.

    `advance` hears how many calls were looked at.
    """
    work = _Work(book, question)
    with database.reading() as connection:
        period = period_asked(question, now=now, span=queries.span(connection))
        while rows := work.next_rows(connection, period):
            work.changes(rows)
            advance(len(rows))
        return work.result(connection, period, is_applied=False)


def apply(
    database: Database, book: PriceBook, question: Question, *, now: datetime, advance: Callable[[int], None]
) -> Repricing:
    """Price the calls of a period anew, and return what that changed; `now` is when the new charges begin to hold.

    Raises:
        StoreError: the ledger cannot be written; the batches before are in, and another run goes on.
    """
    work = _Work(book, question)
    with database.reading() as connection:
        period = period_asked(question, now=now, span=queries.span(connection))
    number = 0
    while True:
        with database.transaction("the calls that were priced anew before stay so") as connection:
            ledger = Ledger(connection)
            rows = work.next_rows(connection, period)
            changes = work.changes(rows)
            if changes:
                number = number or begin_repricing(connection, micros(now), "")
                ledger.recharge(number, [work.recharge(ledger, *change) for change in changes])
                tell_reason(connection, number, work.words(connection))
        if not rows:
            break
        advance(len(rows))
    with database.reading() as connection:
        return work.result(connection, period, is_applied=True)


_Change = tuple["ChargedRow", Offer, "CostStatus", "int | None"]


class _Work:
    """One going through the calls, batch by batch."""

    def __init__(self, book: PriceBook, question: Question) -> None:
        self._book = book
        self._where = question.where
        self._own = frozenset(book.own_cards())
        self._facets: dict[int, Facet] = {}
        self._offers: dict[tuple[int, int], Offer] = {}
        self._by_card: dict[tuple[int, PriceCard | None], Offer] = {}
        self._steps: dict[int, int] = {}
        self._after = -1
        self._seen = 0

    def next_rows(self, connection: Connection, period: Period) -> list[ChargedRow]:
        """Return the next calls to look at."""
        self._facets = {facet.id: facet for facet in facets(connection, self._where)}
        among = None if not (self._where.names or self._where.tags) else self._facets
        rows = charged_rows(connection, period, among, self._after, ROWS_A_BATCH)
        if rows:
            self._after = rows[-1].id
            self._seen += len(rows)
        return rows

    def changes(self, rows: list[ChargedRow]) -> list[_Change]:
        """Return the calls that are charged otherwise now, and count them."""
        changed: list[_Change] = []
        known, steps = self._offers, self._steps
        for row in rows:
            facet_id = row.facet_id
            offer = known.get((facet_id, row.occurred_at // steps.get(facet_id, _DAY_US)))
            if offer is None:
                offer = self._offer(facet_id, row.occurred_at)
            status, pico = offer.verdict(row)
            if pico != row.list_cost_pico or status != offer.facet.status:
                offer.count(status, row.list_cost_pico, pico)
                changed.append((row, offer, status, pico))
        return changed

    def recharge(self, ledger: Ledger, row: ChargedRow, offer: Offer, status: CostStatus, pico: int | None) -> Recharge:
        """Return a call's new charge with the number of its new facet."""
        return Recharge(row.id, self._new_facet(ledger, offer, status), pico, row.facet_id, row.list_cost_pico)

    def words(self, connection: Connection) -> str:
        """Return the reasons of all changes in one line, that of most calls first."""
        calls: Counter[RepriceReason] = Counter()
        for change in self._changes(connection):
            calls[change.reason] += change.requests
        return ", ".join(f"{reason.words} ({number})" for reason, number in calls.most_common())

    def result(self, connection: Connection, period: Period, *, is_applied: bool) -> Repricing:
        """Return what changed, by provider and model, the most calls first."""
        merged: dict[tuple[object, ...], PriceChange] = {}
        for change in self._changes(connection):
            key = (change.provider_name, change.model, change.reason, change.source_before, change.source_after)
            merged[key] = _joined(merged[key], change) if key in merged else change
        found = sorted(merged.values(), key=lambda one: (-one.requests, one.provider_name or "", one.model or ""))
        return Repricing(period=period, requests=self._seen, changes=tuple(found), is_applied=is_applied)

    def _offer(self, facet_id: int, time_us: int) -> Offer:
        facet = self._facets[facet_id]
        if facet_id not in self._steps and facet.model:
            by_hour = any(card.hours for card in self._book.histories(facet.provider, facet.model))
            self._steps[facet_id] = BUCKET_US if by_hour else _DAY_US
        at = _EPOCH + timedelta(microseconds=time_us)
        card = self._book.card(facet.provider, facet.model, at)
        offer = self._by_card.get((facet_id, card))
        if offer is None:
            offer = self._by_card[facet_id, card] = Offer(facet, card)
        self._offers[facet_id, time_us // self._steps.get(facet_id, _DAY_US)] = offer
        return offer

    def _new_facet(self, ledger: Ledger, offer: Offer, status: CostStatus) -> int:
        known = offer.numbers.get(status)
        if known is None:
            known = offer.numbers[status] = self._made_facet(ledger, offer, status)
        return known

    def _made_facet(self, ledger: Ledger, offer: Offer, status: CostStatus) -> int:
        card = offer.card_for(status)
        price_id = None if card is None else ledger.dictionary.price(card.to_json())
        facet = ledger.dictionary.read_facet(offer.facet.id)
        return ledger.dictionary.facet(facet._replace(cost_status=status.value, price_id=price_id))

    def _changes(self, connection: Connection) -> list[PriceChange]:
        cards = {
            price_id: card_of(price_body(connection, price_id))
            for price_id in {offer.facet.price_id for offer in self._by_card.values() if offer.changed}
        }
        return [
            self._change(offer, status, cards[offer.facet.price_id])
            for offer in self._by_card.values()
            for status in offer.changed
        ]

    def _change(self, offer: Offer, status: CostStatus, old: PriceCard | None) -> PriceChange:
        sums, new = offer.changed[status], offer.card_for(status)
        return PriceChange(
            provider_name=offer.facet.provider,
            model=offer.facet.model,
            reason=reason_of(old, new, status, is_own=new in self._own),
            requests=sums.requests,
            priced_before=sums.priced_before,
            priced_after=sums.priced_after,
            list_cost_before=from_pico(sums.before_pico) if sums.priced_before else None,
            list_cost_after=from_pico(sums.after_pico) if sums.priced_after else None,
            source_before=old.source if old else None,
            source_after=new.source if new else None,
        )


def _joined(one: PriceChange, other: PriceChange) -> PriceChange:
    return PriceChange(
        provider_name=one.provider_name,
        model=one.model,
        reason=one.reason,
        requests=one.requests + other.requests,
        priced_before=one.priced_before + other.priced_before,
        priced_after=one.priced_after + other.priced_after,
        list_cost_before=known_sum((one.list_cost_before, other.list_cost_before)),
        list_cost_after=known_sum((one.list_cost_after, other.list_cost_after)),
        source_before=one.source_before,
        source_after=one.source_after,
    )
