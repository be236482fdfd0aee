"""What one conversation of a client cost, by the client's own name for it, whoever saw its calls."""

from __future__ import annotations

from tokencli.store.brief import Sum

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

STATEMENT = """\
SELECT count(*), coalesce(sum(f.cost_status = 'unpriced'), 0), coalesce(sum(e.list_cost_pico), 0),
       coalesce(sum(e.input_tokens), 0) + coalesce(sum(e.output_tokens), 0)
FROM event_detail AS d INDEXED BY event_detail_conversation_id
CROSS JOIN event AS e ON e.id = d.event_id
CROSS JOIN facet AS f ON f.id = e.facet_id
WHERE d.conversation_id = ?1"""


def sum_of_conversation(connection: sqlite3.Connection, conversation_id: str) -> Sum | None:
    """Return the sums of a conversation's calls; None when the ledger knows none of them."""
    found = Sum(*connection.execute(STATEMENT, (conversation_id,)).fetchone())
    return found if found.requests else None
