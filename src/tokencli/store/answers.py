"""Calls by their answers' ids: found by an index, or by the name that a client's log gave them.

Where `event_detail.found_elsewhere` is 1, a call's name in `identity` is its source's and its answer's id, and its
facet's session is its conversation: then no index has an entry for it, and whoever looks must look there, too.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

NAMED_BY_ANSWER = "claude-code"
"""The one source whose calls may be marked so; of it, an id has one such call at most, for names are unique."""
NAME_START = f"{NAMED_BY_ANSWER}:"
INDEXED = "event_detail AS d INDEXED BY event_detail_response_id"
NAMED = "identity AS i CROSS JOIN event_detail AS d ON d.event_id = i.event_id"
IS_MARKED = f"d.found_elsewhere = 1 AND i.key = '{NAME_START}' || d.response_id"

UNDER_ID = (
    f"SELECT d.event_id FROM {INDEXED} WHERE d.response_id = ?1 AND d.found_elsewhere IS NULL"  # noqa: S608 - our own
    f" UNION ALL SELECT d.event_id FROM {NAMED} WHERE i.key = '{NAME_START}' || ?1 AND {IS_MARKED}"
)
"""The numbers of the calls that were answered under the id ?1."""
FIRST = (
    f"SELECT (SELECT d.event_id FROM {INDEXED} WHERE d.response_id = ?1 AND d.found_elsewhere IS NULL"  # noqa: S608 - our own
    " ORDER BY d.event_id LIMIT 1),"
    f" (SELECT d.event_id FROM {NAMED} WHERE i.key = '{NAME_START}' || ?1 AND {IS_MARKED})"
)
"""The first of them by the index, and the one by its name; NULL where there is none."""


def under_ids(count: int) -> str:
    """Return the statement for (id, number) of the calls that were answered under so many ids, in their order.

    It takes the ids, then each of them with NAME_START before it.
    """
    marks = ", ".join("?" * count)
    return (
        f"SELECT d.response_id, d.event_id FROM {INDEXED}"  # noqa: S608 - marks only
        f" WHERE d.response_id IN ({marks}) AND d.found_elsewhere IS NULL"
        f" UNION ALL SELECT d.response_id, d.event_id FROM {NAMED} WHERE i.key IN ({marks}) AND {IS_MARKED} ORDER BY 2"
    )


def first_with_answer(connection: sqlite3.Connection, response_id: str) -> int | None:
    """Return the first call that was answered under an id; None when none was."""
    found = [number for number in connection.execute(FIRST, (response_id,)).fetchone() if number is not None]
    return min(found, default=None)
