"""The door for one call: priced, and kept with everything its witness told.

What calls share (facet, price card, origin) is looked up once and remembered, so that a call more costs little.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from tokencli.domain.charge import CostStatus, unbilled
from tokencli.domain.errors import ImpossibleValueError
from tokencli.domain.money import to_pico
from tokencli.domain.usage import PLAIN_COUNTS, further
from tokencli.pricing.tariff import Tariff
from tokencli.services.proxy_join import ProxyJoin
from tokencli.store.dictionary import Facet
from tokencli.store.ledger import ORIGIN_SHIFT, CallRow, DetailRow, EstimateRow, EventRow, Ledger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tokencli.domain.event import UsageEvent
    from tokencli.pricing.book import PriceBook
    from tokencli.pricing.card import PriceCard

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_counts = attrgetter(*PLAIN_COUNTS)
_shared = attrgetter(
    "source",
    "provider_name",
    "operation_name",
    "request_model",
    "response_model",
    "session_id",
    "project",
    "agent",
    "client",
    "basis",
    "finish",
    "error_type",
    "reported_prices",
)
_UNCOUNTED: Final = (None,) * len(PLAIN_COUNTS)
_NO_DETAIL: Final = DetailRow()
_MOST_REMEMBERED: Final = 20_000


def micros(moment: datetime) -> int:
    """Return an aware time as whole microseconds since 1970 UTC."""
    return (moment - _EPOCH) // _MICROSECOND


def record(ledger: Ledger, book: PriceBook, event: UsageEvent) -> bool:
    """Price and keep one call, in the caller's transaction; False when its event_id is known, and nothing changes then.

    Raises:
        ImpossibleValueError: the event_id is not "origin.sequence".
    """
    return Door(ledger, book).record(event)


def place_of(event: UsageEvent) -> tuple[str, int]:
    """Return the origin and the sequence number that an event_id names.

    Raises:
        ImpossibleValueError: the event_id is not "origin.sequence".
    """
    origin, _, seq = event.event_id.rpartition(".")
    if not (origin and seq.isdigit()):
        raise ImpossibleValueError(what="event_id", value=event.event_id, rule='it has the form "origin.sequence"')
    return origin, int(seq)


class Door:
    """Prices and keeps call after call; its methods belong inside the caller's transaction.

    A transaction that is rolled back takes what it had numbered with it: call `forget` then.
    """

    def __init__(self, ledger: Ledger, book: PriceBook) -> None:
        """Write to `ledger`, price by `book`."""
        self.ledger = ledger
        self._book = book
        self._facets: dict[tuple[object, ...], int] = {}
        self._origins: dict[str, int] = {}
        self._tariffs: dict[int, Tariff] = {}
        self._join = ProxyJoin(ledger)

    def forget(self) -> None:
        """Forget every number."""
        self.ledger.dictionary.forget()
        self._facets.clear()
        self._origins.clear()
        self._join.forget()

    def record(self, event: UsageEvent) -> bool:
        """Price and keep one call; False when its event_id is known, and nothing changes then.

        A call that a client's log has told already joins that one.

        Raises:
            ImpossibleValueError: the event_id is not "origin.sequence".
        """
        call = self._call(event)
        joined = self._join.join(call)
        return self.ledger.insert(*call) if joined is None else joined

    def record_new(self, events: Iterable[UsageEvent]) -> None:
        """Price and keep calls of which none is known yet.

        Raises:
            ImpossibleValueError: an event_id is not "origin.sequence".
            IntegrityError: one is known; the caller's transaction has to be rolled back.
        """
        calls = [self._call(event) for event in events]
        self.ledger.insert_new([call for call in calls if self._join.join(call) is None])

    def improve(self, event: UsageEvent) -> None:
        """Put a call that is known better now in the place of the one with its event_id, which must be there."""
        row = self._row(event)
        self.ledger.replace(row)
        detail = _detail(event)
        if detail is not None:
            self.ledger.tell_usage(row.id, detail)

    def _call(self, event: UsageEvent) -> CallRow:
        return CallRow(self._row(event), _detail(event), _estimate(event))

    def _row(self, event: UsageEvent) -> EventRow:
        number = self.number(event)
        card, cost = self._charge(event)
        into, cache_read, cache_write, out, reasoning = _UNCOUNTED if event.usage is None else _counts(event.usage)
        return EventRow(
            id=number,
            occurred_at=micros(event.occurred_at),
            facet_id=self._facet_id(event, card),
            input_tokens=into,
            cache_read_tokens=cache_read,
            cache_write_tokens=cache_write,
            output_tokens=out,
            reasoning_tokens=reasoning,
            list_cost_pico=cost,
            reported_cost_pico=None if event.reported_cost is None else to_pico(event.reported_cost),
        )

    def number(self, event: UsageEvent) -> int:
        """Return the number that an event has or will have in the ledger; its origin is made when it is new.

        Raises:
            ImpossibleValueError: the event_id is not "origin.sequence".
        """
        origin, seq = place_of(event)
        known = self._origins.get(origin)
        if known is None:
            _make_room(self._origins)
            known = self._origins[origin] = self.ledger.dictionary.origin(origin, event.source, None)
        return (known << ORIGIN_SHIFT) + seq

    def _charge(self, event: UsageEvent) -> tuple[PriceCard | None, int | None]:
        """Return the card that prices a call and what it costs in picodollars.

        The cost is None when it is unpriced; the card is None then, and where nobody bills the call.
        """
        if event.usage is None or event.operation_name != "chat":
            free = unbilled(event)
            if free is not None:
                return None, 0
        if event.usage is None:
            return None, None
        card = self._book.card(event.provider_name, event.model, event.occurred_at)
        if card is None:
            return None, None
        tariff = self._tariffs.get(id(card))
        if tariff is None:
            if len(self._tariffs) >= _MOST_REMEMBERED:
                self._tariffs.clear()
                self._facets.clear()
            # The tariff holds its card: while facets are remembered by a card's identity, no other card gets it.
            tariff = self._tariffs[id(card)] = Tariff(card)
        cost = tariff.cost(event.usage)
        return (None, None) if cost is None else (card, cost)

    def _facet_id(self, event: UsageEvent, card: PriceCard | None) -> int:
        key = (*_shared(event), event.usage is None, id(card), *event.tags.items())
        known = self._facets.get(key)
        if known is None:
            _make_room(self._facets)
            known = self._facets[key] = self.ledger.dictionary.facet(self._facet(event, card))
        return known

    def _facet(self, event: UsageEvent, card: PriceCard | None) -> Facet:
        free = unbilled(event)
        status = free.status if free else CostStatus.UNPRICED if card is None else card.status
        return Facet(
            source=event.source,
            provider_name=_stored(event.provider_name),
            operation_name=event.operation_name,
            request_model=_stored(event.request_model),
            response_model=_stored(event.response_model),
            session_id=_stored(event.session_id),
            project=_stored(event.project),
            agent=_stored(event.agent),
            client=_stored(event.client),
            tags=_text(json.dumps(dict(event.tags), sort_keys=True, ensure_ascii=False)),
            basis=event.basis.value,
            cost_status=status.value,
            finish=event.finish.value,
            error_type=_stored(event.error_type),
            price_id=None if card is None else self.ledger.dictionary.price(card.to_json()),
            logged_price_id=_logged_price(event, self.ledger.dictionary.logged_price),
        )


def _make_room(remembered: dict[str, int] | dict[tuple[object, ...], int]) -> None:
    if len(remembered) >= _MOST_REMEMBERED:
        remembered.clear()


def _logged_price(event: UsageEvent, number: Callable[[int, int], int]) -> int | None:
    if event.reported_prices is None:
        return None
    return number(to_pico(event.reported_prices.input_usd), to_pico(event.reported_prices.output_usd))


def _detail(event: UsageEvent) -> DetailRow | None:
    detail = DetailRow(
        usage=None if event.usage is None else further(event.usage),
        raw_usage=_stored(event.raw_usage),
        response_id=_stored(event.response_id),
        conversation_id=_stored(event.conversation_id),
        duration_us=_in_micros(event.duration_s),
        time_to_first_token_us=_in_micros(event.time_to_first_token_s),
    )
    return None if detail == _NO_DETAIL else detail


def _estimate(event: UsageEvent) -> EstimateRow | None:
    return None if event.estimate is None else EstimateRow(event.estimate.input_tokens, event.estimate.output_tokens)


def _stored(text: str | None) -> str | None:
    return text if text is None or text.isascii() else _text(text)


def _text(text: str) -> str:
    """Return a text that UTF-8 can hold: half a surrogate pair, which JSON can tell, becomes a question mark."""
    return text.encode("utf-8", "replace").decode()


def _in_micros(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1_000_000)
