"""Explaining one call: its sum made again, line by line, from the price that the ledger kept with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokencli.domain.charge import Charge, CostStatus, unbilled, unpriced
from tokencli.domain.errors import NothingFoundError
from tokencli.domain.explain import Explanation
from tokencli.domain.money import exact_product, exact_sum, to_pico
from tokencli.pricing.card import PriceCard
from tokencli.pricing.charge import charge
from tokencli.store.calls import call_named, last_call
from tokencli.store.repricings import past_charges
from tokencli.store.sessions import names_by_id

if TYPE_CHECKING:
    from tokencli.domain.event import UsageEvent
    from tokencli.domain.explain import Sighting
    from tokencli.domain.money import Usd
    from tokencli.store.calls import StoredCall
    from tokencli.store.database import Database


class NoCallsError(NothingFoundError):
    """A ledger without any call."""

    def __init__(self, place: str) -> None:
        """Name the ledger and the next step."""
        super().__init__(
            f"there is no call in {place} yet: 'tokencli serve' counts calls as they pass,"
            " 'tokencli ingest LOG' reads them from a log."
        )


def explain(database: Database, name: str | None) -> Explanation:
    """Return everything known of the call of that event id, or of an unambiguous beginning of one; None is the last.

    Raises:
        NothingFoundError: there is no such call, or more than one.
    """
    with database.reading() as connection:
        stored = last_call(connection) if name is None else call_named(connection, name)
        names = names_by_id(connection)
        past = () if stored is None else past_charges(connection, stored.number)
    if stored is None:
        raise NoCallsError(database.place)
    return Explanation(
        event=stored.event,
        charge=_charge(stored),
        sightings=stored.sightings,
        place=_place(stored.sightings[0]),
        logged_amount=_logged(stored.event),
        session_name=names.get(stored.event.session_id or ""),
        past_charges=past,
    )


def _charge(stored: StoredCall) -> Charge:
    """Return the charge as the ledger holds it; its lines come from the price card that was kept with the call."""
    event = stored.event
    free = unbilled(event)
    if free is not None and stored.cost_status is free.status:
        return free
    if event.usage is None:
        return unpriced("no source told the token counts")
    if stored.price_body is None:
        return unpriced(f"no price is known for {event.model}" if event.model else "the source names no model")
    if stored.cost_status is CostStatus.UNPRICED:
        return unpriced(f"the price list has no price for what {event.model} used")
    card = PriceCard.from_json(stored.price_body)
    made = charge(event.usage, card)
    if _picos(made.list_cost) == _picos(stored.list_cost):
        return made
    return Charge(
        status=stored.cost_status,
        list_cost=stored.list_cost,
        price_source=card.source,
        price_effective_from=card.effective_from,
        reason=f"the ledger's sum; by today's rules the same price gives {made.list_cost}",
    )


def _picos(amount: Usd | None) -> int | None:
    """Return an amount as the ledger keeps it."""
    return None if amount is None else to_pico(amount)


def _place(first: Sighting) -> str | None:
    """Return where the first sighting stands, such as "backend.log, byte 1042"."""
    return f"{first.place}, {first.unit} {first.seq}" if first.place else None


def _logged(event: UsageEvent) -> Usd | None:
    """Return the tokens times the unit prices that the log printed; None when it printed none."""
    if event.usage is None or event.reported_prices is None:
        return None
    prices = event.reported_prices
    amounts = (
        exact_product(event.usage.input_tokens, prices.input_usd),
        exact_product(event.usage.output_tokens, prices.output_usd),
    )
    return exact_sum(amounts)
