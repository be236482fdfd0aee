"""Ledgers of other programs: what kind a SQLite file is, and its calls taken over into a ledger of ours.

The file is read only; every check and report of ours then works on what was taken over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from tokencli.domain.ingest import FileCounts
from tokencli.readers import cost_table, metrics_table
from tokencli.readers.agent_scan import of_records
from tokencli.services.reading import Labels
from tokencli.services.tell import Teller
from tokencli.store.foreign_file import MAGIC, columns, opened
from tokencli.store.foreign_rows import COST_TABLES, METRICS_TABLE, cost_rows, metric_rows
from tokencli.store.ledger import Ledger
from tokencli.store.origins import ENTRIES, new_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tokencli.pricing.book import PriceBook
    from tokencli.readers.agent_log import RowsReader
    from tokencli.readers.telling import Telling
    from tokencli.store.database import Database


class ForeignKind(NamedTuple):
    """One kind of foreign ledger: the tables by any of which it is known, and who fetches and reads its rows."""

    name: str
    tables: tuple[str, ...]
    rows: Callable[[str], Iterator[tuple[object, ...]]]
    reader: Callable[[], RowsReader]


KINDS: Final = (
    ForeignKind(cost_table.NAME, COST_TABLES, cost_rows, cost_table.CostTableReader),
    ForeignKind(metrics_table.NAME, (METRICS_TABLE,), metric_rows, metrics_table.MetricsTableReader),
)


def kinds_of(path: Path) -> tuple[ForeignKind, ...]:
    """Return what kinds of foreign ledgers a file holds; none for a ledger of ours, and for what is no such file.

    Raises:
        ForeignDatabaseError: it is a SQLite file that cannot be read.
    """
    if not _is_sqlite(path):
        return ()
    with opened(str(path)) as connection:
        if columns(connection, "alembic_version") and columns(connection, "rollup"):
            return ()
        return tuple(kind for kind in KINDS if any(columns(connection, table) for table in kind.tables))


def take_over(database: Database, path: Path, kinds: tuple[ForeignKind, ...], book: PriceBook) -> list[FileCounts]:
    """Take a foreign ledger's calls into a ledger, and return what became of its rows, kind by kind.

    Raises:
        ForeignDatabaseError: the file cannot be read; nothing of it was kept.
        StoreError: the ledger cannot take it.
    """
    with database.transaction():
        ledger = Ledger(database.connection)
        return [_taken(ledger, path, kind, book) for kind in kinds]


def _taken(ledger: Ledger, path: Path, kind: ForeignKind, book: PriceBook) -> FileCounts:
    teller = Teller(ledger, book, Labels(kind.name))
    origin_id = ledger.dictionary.origin(new_key(), ENTRIES, str(path))
    counts = FileCounts(path=str(path), format=kind.name)
    reasons: dict[str, int] = {}
    for telling in of_records(kind.reader().read(str(path), kind.rows(str(path)))):
        outcome = teller.tell(telling, origin_id)
        for reason, count in telling.reasons.items():
            reasons[reason] = reasons.get(reason, 0) + count
        counts = _added(counts, telling, (outcome.recorded, outcome.merged, outcome.duplicate), reasons)
    return counts


def _added(counts: FileCounts, telling: Telling, outcome: tuple[int, int, int], reasons: dict[str, int]) -> FileCounts:
    recorded, merged, duplicate = outcome
    return FileCounts(
        path=counts.path,
        format=counts.format,
        lines=counts.lines + telling.lines,
        recorded=counts.recorded + recorded,
        merged=counts.merged + merged,
        duplicate=counts.duplicate + duplicate,
        other=counts.other + telling.other,
        broken=counts.broken + telling.broken,
        broken_reason="; ".join(f"{count} x {reason}" for reason, count in reasons.items()) or None,
    )


def _is_sqlite(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(MAGIC)) == MAGIC
    except OSError:
        return False
