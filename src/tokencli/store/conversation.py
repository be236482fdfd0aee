"""What one conversation of a client cost, by the client's own name for it, whoever saw its calls."""

from __future__ import annotations

from tokencli.store.answers import NAMED_BY_ANSWER
from tokencli.store.brief import Sum

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

_OF_ITS_LOG = f"f.session_id = ?1 AND f.source = '{NAMED_BY_ANSWER}'"
STATEMENT = f"""\
SELECT coalesce(sum(requests), 0), coalesce(sum(unpriced), 0), coalesce(sum(pico), 0), coalesce(sum(tokens), 0)
FROM (
    SELECT r.requests AS requests, (f.cost_status = 'unpriced') * r.requests AS unpriced, r.list_cost_pico AS pico,
           r.input_tokens + r.output_tokens AS tokens
    FROM facet AS f INDEXED BY facet_session_id CROSS JOIN rollup AS r INDEXED BY rollup_facet_id ON r.facet_id = f.id
    WHERE {_OF_ITS_LOG}
    UNION ALL
    SELECT 1, f.cost_status = 'unpriced', e.list_cost_pico, ifnull(e.input_tokens, 0) + ifnull(e.output_tokens, 0)
    FROM event_detail AS d INDEXED BY event_detail_conversation_id
    CROSS JOIN event AS e ON e.id = d.event_id
    CROSS JOIN facet AS f ON f.id = e.facet_id
    WHERE d.conversation_id = ?1 AND d.found_elsewhere IS NULL AND ({_OF_ITS_LOG}) IS NOT 1
)"""  # noqa: S608 - our own columns


def sum_of_conversation(connection: sqlite3.Connection, conversation_id: str) -> Sum | None:
    """Return the sums of a conversation's calls; None when the ledger knows none of them.

    Calls whose figures are those of the client's log are added up by their facets, whose session is the conversation
    that the log names; marked ones are all among them. The others are found one by one. What the log put into a
    session counts to the conversation of that name even where another witness knew another conversation first.
    """
    found = Sum(*connection.execute(STATEMENT, (conversation_id,)).fetchone())
    return found if found.requests else None
