"""Telemetry that comes in while a server runs: the calls of an export, through the same door as the calls of a log.

A call that the proxy or a client's log has told already gets a further witness and no further row. An export that is
delivered again changes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from tokencli.readers.otlp import NAME, call
from tokencli.readers.otlp_json import items
from tokencli.readers.telling import Telling
from tokencli.readers.told import BrokenRecordError
from tokencli.services.reading import Labels
from tokencli.services.tell import Teller
from tokencli.store.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Callable

    from tokencli.pricing.book import PriceBook
    from tokencli.readers.told import Told
    from tokencli.services.tally import Recorded
    from tokencli.store.database import Database

KIND: Final = "telemetry"


class Export(NamedTuple):
    """The calls of one export, how many of its records tell no call, and why others could not be read."""

    calls: list[Told]
    other: int
    broken: list[str]


def export_of(data: bytes) -> Export:
    """Return what an export in OTLP JSON tells; raise BrokenRecordError when it is none."""
    calls: list[Told] = []
    other, broken = 0, list[str]()
    for item in items(data):
        try:
            told = call(item)
        except BrokenRecordError as error:
            broken.append(str(error))
            continue
        if told is None:
            other += 1
        else:
            calls.append(told)
    return Export(calls, other, broken)


class Telemetry:
    """Takes in the exports of one run; `take_in` belongs to the ledger's writer."""

    def __init__(self, run_key: str, book: Callable[[], PriceBook]) -> None:
        """Begin; the calls' origin is one of its own, named after the run."""
        self._key = f"{run_key}-otlp"
        self._book = book
        self._seq = 0

    def take_in(self, database: Database, calls: list[Told]) -> Recorded:
        """Keep the calls of one export, in the caller's transaction; raise StoreError when the ledger cannot."""
        ledger = Ledger(database.connection)
        telling = Telling()
        for told in calls:
            self._seq += 1
            telling.add(self._seq, told)
        origin_id = ledger.dictionary.origin(self._key, KIND, "OTLP/HTTP")
        return Teller(ledger, self._book(), Labels(NAME)).tell(telling, origin_id)
