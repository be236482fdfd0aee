"""After a crash: what runs that no longer live have left is taken in, and nothing of it twice.

A settled call that waits in a spool goes before its intent; a call of which only the intent is left becomes one
whose end is unknown, with what we had counted of its prompt.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from tokencli.domain.event import EventId, Finish, UsageEvent
from tokencli.domain.intent import Intent
from tokencli.domain.usage import Basis, Estimate, TokenUsage
from tokencli.services.desk import Desk, Papers
from tokencli.services.saved import intent_from
from tokencli.services.spool import Aside, keep_aside, left_behind, spool_keys, spool_path
from tokencli.store import intents
from tokencli.store.faults import usable
from tokencli.store.ledger import ORIGIN_SHIFT
from tokencli.store.origins import PROXY
from tokencli.store.runs import claim_run, run_keys

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tokencli.pricing.book import PriceBook
    from tokencli.store.database import Database
    from tokencli.store.intents import IntentRow

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MANY: Final = 500
_LOW: Final = (1 << ORIGIN_SHIFT) - 1
_UNREADABLE: Final = "it is no settled call, or only a part of one"
_HOW_FAR: Final = "the settled calls wait in the spool"


class Recovered(NamedTuple):
    """What was found: calls whose end is unknown, settled calls that had waited in a spool, lines kept aside."""

    unknown: int = 0
    spooled: int = 0
    broken: int = 0


def recover(database: Database, book: PriceBook) -> Recovered:
    """Settle what dead runs have left in a ledger and beside it; calls of runs that live are left alone.

    Raises:
        StoreError: the ledger cannot be written; what was not taken in waits for the next start.
    """
    with database.reading() as connection:
        origins = intents.origins(connection)
    path, place = database.path, database.place
    desk = Desk(database, book)
    found = Recovered()
    for key in sorted({*origins, *run_keys(path, place), *spool_keys(path, place)}):
        run = claim_run(path, place, key)
        if run is None:
            continue
        is_settled = False
        try:
            spooled, broken = _take_in(desk, key)
            unknown, refused = _settle_unknown(desk, key)
            found = Recovered(found.unknown + unknown, found.spooled + spooled, found.broken + broken + refused)
            is_settled = True
        finally:
            run.end(is_settled=is_settled)
    return found


def take_in(desk: Desk, events: Sequence[UsageEvent]) -> list[Aside]:
    """Put settled calls into the ledger, those it knows already left as they are; return what it refuses."""
    refused: list[Aside] = []
    for start in range(0, len(events), _MANY):
        refused += desk.write(Papers(settled=events[start : start + _MANY])).values()
    return refused


def _take_in(desk: Desk, key: str) -> tuple[int, int]:
    """Take in what a dead run has spooled; return how many calls were settled and how many lines kept aside."""
    path, place = desk.database.path, desk.database.place
    contents = left_behind(path, place, key)
    refused = take_in(desk, contents.events)
    with usable(place, how_far=_HOW_FAR):
        aside = keep_aside(path, [*refused, *(Aside(line, _UNREADABLE) for line in contents.broken)])
        spool_path(path, key).unlink(missing_ok=True)
    return len(contents.events) - len(refused), aside


def _settle_unknown(desk: Desk, key: str) -> tuple[int, int]:
    """Settle the intents of a dead run; return how many calls and how many of them the ledger refused."""
    unknown = refused = 0
    while rows := _intents(desk.database, key):
        found = desk.write(Papers(settled=[unknown_end(key, row) for row in rows]))
        unknown += len(rows) - len(found)
        refused += len(found)
        with usable(desk.database.place, how_far=_HOW_FAR):
            keep_aside(desk.database.path, found.values())
        if found:
            numbers = [row.id for row in rows]
            desk.write(Papers(dropped=numbers))
    return unknown, refused


def _intents(database: Database, key: str) -> list[IntentRow]:
    with database.reading() as connection:
        origin_id = intents.origins(connection).get(key)
        return [] if origin_id is None else intents.some_of(connection, origin_id, _MANY)


def unknown_end(key: str, row: IntentRow) -> UsageEvent:
    """Return the event of a call that was opened and of which nothing more is known."""
    told = intent_from(row.opened_at, row.body) or Intent(opened_at=_EPOCH + timedelta(microseconds=row.opened_at))
    counted = told.estimated_input_tokens
    return UsageEvent(
        event_id=EventId(f"{key}.{row.id & _LOW}"),
        occurred_at=told.opened_at,
        source=PROXY,
        basis=Basis.MISSING if counted is None else Basis.ESTIMATED,
        finish=Finish.UNKNOWN,
        provider_name=told.provider_name,
        operation_name=told.operation_name,
        request_model=told.request_model,
        session_id=told.session_id,
        conversation_id=told.conversation_id,
        client=told.client,
        agent=told.agent,
        project=told.project,
        tags=told.tags,
        usage=None if counted is None else TokenUsage(input_tokens=counted),
        estimate=None if counted is None else Estimate(input_tokens=counted),
    )
