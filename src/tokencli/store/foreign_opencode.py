"""The messages of opencode's database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tokencli.store.foreign_file import ForeignDatabaseError, columns, opened

if TYPE_CHECKING:
    from collections.abc import Iterator

NO_MESSAGES: Final = "it has no messages"
_SESSION: Final = ("directory", "version", "parent_id")


def rows(path: str) -> Iterator[tuple[object, ...]]:
    """Yield (message, session, its JSON, the session's folder, version and parent) of each answer, in order of ids.

    Raises:
        ForeignDatabaseError: the file is no database of opencode.
    """
    with opened(path) as connection:
        if not columns(connection, "message").keys() >= {"id", "session_id", "data"}:
            raise ForeignDatabaseError(path, NO_MESSAGES)
        known = columns(connection, "session")
        told = ", ".join(f"session.{name}" if name in known else "NULL" for name in _SESSION)
        joined = "LEFT JOIN session ON session.id = message.session_id" if "id" in known else ""
        told = told if joined else "NULL, NULL, NULL"
        yield from connection.execute(
            f"SELECT message.id, message.session_id, message.data, {told} FROM message {joined} ORDER BY message.id"  # noqa: S608 -- names of our own
        )
