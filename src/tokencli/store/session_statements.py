"""What is asked of a session's calls, as SQL: for the sums of sessions, and for the line of status."""

from __future__ import annotations

BUCKET_US = 900_000_000
ACTIVE = "active_session"
"""The fact about a ledger that says which session is active."""
SESSION = f"""\
SELECT id, name, provider_name, model, created_at, ended_at,
       id IS (SELECT value FROM meta WHERE key = '{ACTIVE}')
FROM session"""  # noqa: S608 - our own word
THE_ACTIVE = f"{SESSION} WHERE id = (SELECT value FROM meta WHERE key = '{ACTIVE}')"  # noqa: S608 - our own word
AMONG = "(SELECT value FROM json_each(?))"
NEWEST_OF_FACETS = f"""\
SELECT e.occurred_at, e.facet_id, e.input_tokens, e.output_tokens FROM event AS e
WHERE e.occurred_at >= ? AND e.occurred_at < ? AND e.facet_id IN {AMONG}
ORDER BY e.occurred_at DESC, e.id DESC LIMIT 1"""  # noqa: S608 - our own columns
ESTIMATES_OF_FACETS = f"""\
SELECT max(e.occurred_at), e.facet_id, s.input_tokens, s.output_tokens, count(*), sum(s.input_tokens)
FROM rollup AS r
CROSS JOIN event AS e ON e.occurred_at >= r.bucket * {BUCKET_US} AND e.occurred_at < (r.bucket + 1) * {BUCKET_US}
                     AND +e.facet_id = r.facet_id
CROSS JOIN estimate AS s ON s.event_id = e.id AND s.input_tokens IS NOT NULL
WHERE r.facet_id IN {AMONG} GROUP BY e.facet_id"""  # noqa: S608 - our own columns
OPEN = """\
SELECT opened_at, json_extract(body, '$.session_id'), json_extract(body, '$.estimated_input_tokens'),
       json_extract(body, '$.provider_name'), json_extract(body, '$.request_model'),
       coalesce(json_extract(body, '$.operation_name'), 'chat')
FROM (SELECT opened_at, iif(json_valid(body), body, '{}') AS body FROM intent)
WHERE json_extract(body, '$.session_id') IN (SELECT value FROM json_each(?))"""
NO_CONVERSATION = frozenset({"count_tokens", "embeddings"})
