"""What one conversation of a client cost, by the client's own name for it.

It is asked by a status line, so it looks only where such calls can be: in the logs whose path has the name, in
calls that those logs have witnessed, in what the proxy saw itself, and in telemetry.
"""

from __future__ import annotations

from tokencli.store.brief import Sum

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

_SUM = """\
WITH logs (id) AS (
    SELECT origin_id FROM log_file WHERE instr(path, ?1)
), origins (id) AS MATERIALIZED (
    SELECT id FROM logs UNION SELECT id FROM origin WHERE kind = 'proxy'
    UNION SELECT origin_id FROM log_file WHERE format = 'otlp'
), calls (id) AS MATERIALIZED (
    SELECT d.event_id FROM origins AS o
    CROSS JOIN event_detail AS d ON d.event_id >= o.id << 40 AND d.event_id < (o.id + 1) << 40
    WHERE d.conversation_id = ?1
    UNION SELECT s.event_id FROM logs AS o CROSS JOIN sighting AS s ON s.origin_id = o.id
    CROSS JOIN event_detail AS d ON d.event_id = s.event_id AND d.conversation_id = ?1
)
SELECT count(*), coalesce(sum(f.cost_status = 'unpriced'), 0), coalesce(sum(e.list_cost_pico), 0),
       coalesce(sum(e.input_tokens), 0) + coalesce(sum(e.output_tokens), 0)
FROM calls CROSS JOIN event AS e ON e.id = calls.id JOIN facet AS f ON f.id = e.facet_id"""


def sum_of_conversation(connection: sqlite3.Connection, conversation_id: str) -> Sum | None:
    """Return the sums of a conversation's calls; None when the ledger knows none of them."""
    found = Sum(*connection.execute(_SUM, (conversation_id,)).fetchone())
    return found if found.requests else None
