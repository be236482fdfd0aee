"""Clients that keep their calls in a SQLite file: the store fetches its rows, a reader reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tokencli.readers import cost_table, llm_logs, metrics_table, opencode
from tokencli.readers.agent_scan import of_records
from tokencli.store import foreign_llm, foreign_opencode
from tokencli.store.foreign_rows import cost_rows, metric_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tokencli.readers.agent_log import RowsReader
    from tokencli.readers.telling import Telling

ROWS: Final[dict[str, Callable[[str], Iterable[tuple[object, ...]]]]] = {
    cost_table.NAME: cost_rows,
    metrics_table.NAME: metric_rows,
    llm_logs.NAME: foreign_llm.rows,
    opencode.NAME: foreign_opencode.rows,
}
"""By the format's name, what fetches the rows of a file, read-only; it raises InputError where it cannot."""


def tellings(name: str, reader: RowsReader, path: str) -> Iterator[Telling]:
    """Yield what a client's database tells."""
    return of_records(reader.read(path, ROWS[name](path)))
