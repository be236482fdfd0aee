"""The door for one call: priced, and kept with everything its witness told."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from tokencli.domain.charge import CostStatus
from tokencli.domain.errors import ImpossibleValueError
from tokencli.domain.money import to_pico
from tokencli.store.dictionary import Facet
from tokencli.store.ledger import ORIGIN_SHIFT, DetailRow, EventRow, Ledger

if TYPE_CHECKING:
    from collections.abc import Callable

    from tokencli.domain.charge import Charge
    from tokencli.domain.event import UsageEvent
    from tokencli.domain.usage import TokenUsage
    from tokencli.pricing.book import PriceBook

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_PLAIN_COUNTS: Final = {
    "input_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "output_tokens",
    "reasoning_tokens",
}


def micros(moment: datetime) -> int:
    """Return an aware time as whole microseconds since 1970 UTC."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def record(ledger: Ledger, book: PriceBook, event: UsageEvent) -> bool:
    """Price and keep one call, in the caller's transaction; False when its event_id is known, and nothing changes then.

    Raises:
        ImpossibleValueError: the event_id is not "origin.sequence".
    """
    origin, _, seq = event.event_id.rpartition(".")
    if not (origin and seq.isdigit()):
        raise ImpossibleValueError(what="event_id", value=event.event_id, rule='it has the form "origin.sequence"')
    charge = book.charge(event.usage, event.provider_name, event.model, event.occurred_at)
    facet_id = ledger.dictionary.facet(_facet(ledger, book, event, charge))
    counts = _counts(event.usage)
    row = EventRow(
        id=(ledger.dictionary.origin(origin, event.source, None) << ORIGIN_SHIFT) + int(seq),
        occurred_at=micros(event.occurred_at),
        facet_id=facet_id,
        input_tokens=counts[0],
        cache_read_tokens=counts[1],
        cache_write_tokens=counts[2],
        output_tokens=counts[3],
        reasoning_tokens=counts[4],
        list_cost_pico=None if charge.list_cost is None else to_pico(charge.list_cost),
        reported_cost_pico=None if event.reported_cost is None else to_pico(event.reported_cost),
    )
    return ledger.insert(row, _detail(event))


def _facet(ledger: Ledger, book: PriceBook, event: UsageEvent, charge: Charge) -> Facet:
    is_unpriced = charge.status is CostStatus.UNPRICED
    card = None if is_unpriced else book.card(event.provider_name, event.model, event.occurred_at)
    return Facet(
        source=event.source,
        provider_name=event.provider_name,
        operation_name=event.operation_name,
        request_model=event.request_model,
        response_model=event.response_model,
        session_id=event.session_id,
        project=event.project,
        agent=event.agent,
        client=event.client,
        tags=json.dumps(dict(event.tags), sort_keys=True, ensure_ascii=False),
        basis=event.basis.value,
        cost_status=charge.status.value,
        finish=event.finish.value,
        error_type=event.error_type,
        price_id=ledger.dictionary.price(card.to_json()) if card else None,
        logged_price_id=_logged_price(event, ledger.dictionary.logged_price),
    )


def _counts(usage: TokenUsage | None) -> tuple[int | None, ...]:
    if usage is None:
        return (None,) * len(_PLAIN_COUNTS)
    return (
        usage.input_tokens,
        usage.cache_read_tokens,
        usage.cache_write_tokens,
        usage.output_tokens,
        usage.reasoning_tokens,
    )


def _logged_price(event: UsageEvent, number: Callable[[int, int], int]) -> int | None:
    if event.reported_prices is None:
        return None
    return number(to_pico(event.reported_prices.input_usd), to_pico(event.reported_prices.output_usd))


def _detail(event: UsageEvent) -> DetailRow | None:
    usage = None
    if event.usage is not None:
        told = {name: value for name, value in asdict(event.usage).items() if value}
        usage = json.dumps(told, sort_keys=True) if set(told) - _PLAIN_COUNTS else None
    detail = DetailRow(
        usage=usage,
        raw_usage=event.raw_usage,
        response_id=event.response_id,
        conversation_id=event.conversation_id,
        duration_us=_in_micros(event.duration_s),
        time_to_first_token_us=_in_micros(event.time_to_first_token_s),
    )
    return None if detail == DetailRow() else detail


def _in_micros(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1_000_000)
