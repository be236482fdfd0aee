"""Intake: any file, to the reader that knows it: a client's log to its own, everything else to that of cost lines."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tokencli.domain.errors import UsageError
from tokencli.readers import agents
from tokencli.services.agent_files import AgentFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from tokencli.domain.errors import InputError
    from tokencli.domain.ingest import FileCounts
    from tokencli.pricing.book import PriceBook
    from tokencli.services.head_start import HeadStart
    from tokencli.services.reading import Reading
    from tokencli.store.database import Database

AUTO: Final = "auto"


class UnknownFormatError(UsageError):
    """A log format that there is no reader for."""

    def __init__(self, name: str) -> None:
        """Name it and the formats there are."""
        known = ", ".join(formats()[:-1])
        super().__init__(f"there is no log format {name!r}: use {known} or {formats()[-1]}.")


def formats() -> tuple[str, ...]:
    """Return the names that a format may be asked for by."""
    return (AUTO, agents.COST_LINE, *sorted(agents.names(agents.AGENTS)))


def check_format(name: str) -> None:
    """Raise UnknownFormatError unless there is a reader for a format."""
    if name not in formats():
        raise UnknownFormatError(name)


class Intake:
    """Takes files into one ledger."""

    def __init__(
        self,
        database: Database,
        book: Callable[[], PriceBook],
        reading: Reading,
        clock: Callable[[], datetime],
        advance: Callable[[int], None],
        ahead: HeadStart | None = None,
    ) -> None:
        """Prepare; `book` is called when there is something to price, `advance` with every number of bytes read.

        `ahead` may have begun to read files that were found.
        """
        self._with = database, book, reading, clock, advance
        self._ahead = ahead

    def run(
        self, paths: Sequence[Path | str], found: Sequence[AgentFile] = (), *, log_format: str = AUTO
    ) -> Iterator[FileCounts | InputError]:
        """Take in files that were `found` for their formats, and each path by its format or what it looks like.

        One that cannot be read yields its error, and the rest goes on.

        Raises:
            StoreError: the ledger cannot take more; what was committed stays.
        """
        others: list[Path | str] = []
        clients: dict[str, AgentFile] = {str(file.path): file for file in found}
        for path in paths:
            file = routed(Path(path), log_format)
            if file is None:
                others.append(path)
            else:
                clients.setdefault(os.path.realpath(file.path), file)
        if clients:
            from tokencli.services.agent_ingest import AgentIngest

            yield from AgentIngest(*self._with, self._ahead).run(list(clients.values()))
        if others:
            from tokencli.services.ingest import Ingest

            yield from Ingest(*self._with).run(others)


def routed(path: Path, log_format: str) -> AgentFile | None:
    """Return a file as its client's, by the format that was asked for or what it looks like; None for other logs."""
    from tokencli.readers.streams import is_stream

    if log_format == agents.COST_LINE or (log_format == AUTO and is_stream(str(path))):
        return None
    head = b"" if is_stream(str(path)) else _head(path)
    if log_format == AUTO:
        agent = agents.claimant(str(path), head, agents.AGENTS)
    else:
        agent = agents.named(log_format, str(path), head, agents.AGENTS)
    return None if agent is None else AgentFile(path, agents.AGENTS.index(agent))


def _head(path: Path) -> bytes:
    from tokencli.readers.content import UnreadableFileError, filled, opened, unpacked
    from tokencli.services.log_identity import HEAD_BYTES

    try:
        with opened(path) as (file, packing):
            return filled(unpacked(file, packing), HEAD_BYTES)
    except UnreadableFileError:
        return b""  # the reader says what is wrong
