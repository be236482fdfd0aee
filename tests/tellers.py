"""Sources that tell of calls, for tests: a ledger hears them in any order, any number of times."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import structs

from tokencli.domain.usage import TokenUsage
from tokencli.readers.telling import Telling
from tokencli.readers.told import Told
from tokencli.services.reading import Labels
from tokencli.services.tell import Teller
from tokencli.store.ledger import Ledger

if TYPE_CHECKING:
    from tokencli.pricing.book import PriceBook
    from tokencli.services.tally import Recorded
    from tokencli.store.database import Database

NOON_US = 1_760_011_200_000_000
SECOND_US = 1_000_000


def told(key: str, second: float = 0, into: int = 100, out: int = 50, **more: Any) -> Told:
    """Return one call of the model alpha at a second after noon."""
    usage = TokenUsage(input_tokens=into, output_tokens=out, cache_read_tokens=more.pop("cached", 0))
    call = Told(key=key, at=NOON_US + round(second * SECOND_US), usage=usage, request_model="alpha", is_growing=True)
    return structs.replace(call, **more)


def answer_id(name: object) -> str:
    """Return an id as providers give them to answers."""
    return f"msg_01Qw7ErT9yUx{name}"


def telling_of(*calls: Told, start: int = 0) -> Telling:
    """Return what a log tells whose lines are one byte long."""
    telling = Telling()
    for number, call in enumerate(calls):
        telling.add(start + number, call)
    return telling


class Hearing:
    """A ledger that hears sources; each has an origin of its own."""

    def __init__(self, database: Database, book: PriceBook) -> None:
        self._database = database
        self._book = book
        self.connection = database.connection

    def hear(
        self, source: str, *calls: Told, start: int = 0, place: str = "", labels: dict[str, Any] | None = None
    ) -> Recorded:
        ledger = Ledger(self.connection)
        with self._database.transaction():
            origin_id = ledger.dictionary.origin(f"{place or source:0<12}"[:12], "log", None)
            teller = Teller(ledger, self._book, Labels(source, **(labels or {})))
            return teller.tell(telling_of(*calls, start=start), origin_id)

    def totals(self) -> tuple[int, ...]:
        """Return calls, tokens in and out, list cost."""
        row = self.connection.execute(
            "SELECT count(*), ifnull(sum(input_tokens), 0), ifnull(sum(output_tokens), 0),"
            " ifnull(sum(list_cost_pico), 0) FROM event"
        ).fetchone()
        return tuple(row)

    def rows(self, columns: str) -> list[tuple[Any, ...]]:
        """Return some columns of all calls, in the order of time."""
        statement = (
            f"SELECT {columns} FROM event AS e JOIN facet AS f ON f.id = e.facet_id"
            " LEFT JOIN event_detail AS d ON d.event_id = e.id ORDER BY e.occurred_at, e.id"
        )
        return self.connection.execute(statement).fetchall()

    def sightings(self) -> list[tuple[str, str | None]]:
        """Return source and note of all further sightings."""
        return self.connection.execute("SELECT source, note FROM sighting ORDER BY event_id, source").fetchall()
