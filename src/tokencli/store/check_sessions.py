"""Sessions that calls belong to and that are not there, and the models that sessions and calls use."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

_LOST = """\
SELECT f.session_id, sum(r.requests) FROM rollup AS r JOIN facet AS f ON f.id = r.facet_id
WHERE f.source = 'proxy' AND f.session_id IS NOT NULL AND f.session_id NOT IN (SELECT id FROM session)
GROUP BY 1 ORDER BY 2 DESC"""
_MODELS = """\
SELECT name, model FROM session WHERE model IS NOT NULL AND ended_at IS NULL ORDER BY created_at DESC, name"""


def lost_sessions(connection: sqlite3.Connection) -> list[tuple[str, int]]:
    """Return the sessions that calls of the proxy name and the ledger lacks, with their calls, the most first.

    Logs have sessions of their own, which the ledger does not keep.
    """
    return [(str(name), int(calls)) for name, calls in connection.execute(_LOST)]


def session_models(connection: sqlite3.Connection) -> list[tuple[str, str]]:
    """Return name and model of the sessions that are not ended and have a model."""
    return [(str(name), str(model)) for name, model in connection.execute(_MODELS)]
