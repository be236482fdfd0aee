"""The responses in the logs.db of simonw/llm. The text of prompts and answers is never read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tokencli.store.foreign_file import ForeignDatabaseError, columns, opened

if TYPE_CHECKING:
    from collections.abc import Iterator

NO_RESPONSES: Final = "it has no responses"
_NEEDED: Final = frozenset({"id", "model", "datetime_utc"})
_TOLD: Final = (
    "id",
    "model",
    "resolved_model",
    "conversation_id",
    "datetime_utc",
    "duration_ms",
    "input_tokens",
    "output_tokens",
    "token_details",
)


def rows(path: str) -> Iterator[tuple[object, ...]]:
    """Yield (id, model, resolved model, conversation, time, duration, input, output, details) of each response.

    Raises:
        ForeignDatabaseError: the file is no database of llm.
    """
    with opened(path) as connection:
        known = columns(connection, "responses")
        if not known.keys() >= _NEEDED:
            raise ForeignDatabaseError(path, NO_RESPONSES)
        told = ", ".join(name if name in known else "NULL" for name in _TOLD)
        yield from connection.execute(f"SELECT {told} FROM responses ORDER BY id")  # noqa: S608 -- names of our own
