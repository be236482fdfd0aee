"""What the proxy and a client's log saw without the other, in quarters of an hour that both saw."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tokencli.domain.period import Period
from tokencli.store import check_clients

if TYPE_CHECKING:
    from collections.abc import Callable

    from tokencli.store.database import Database

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAYS = Period(name="custom", start=NOON - timedelta(days=9), end=NOON + timedelta(days=9), zone="UTC")


def test_each_side_is_told_what_it_missed(db: Database, add: Callable[..., None], call: Callable[..., Any]) -> None:
    def seen(source: str, minute: int) -> Any:
        return call(at=NOON + timedelta(minutes=minute), source=source, client="codex")

    add(seen("proxy", 0), seen("codex", 2), seen("codex", 3), seen("proxy", 4), seen("codex", 5), seen("codex", 40))
    with db.reading() as connection:
        (found,) = check_clients.apart(connection, DAYS, most=-1)
    assert (found.client, found.calls, found.missed_by_proxy, found.missed_by_log) == ("codex", 5, 2, 1)


def test_a_sighting_counts_as_seen(db: Database, add: Callable[..., None], call: Callable[..., Any]) -> None:
    add(call(at=NOON, source="proxy", client="codex"), call(at=NOON, source="codex", client="codex"))
    with db.transaction() as connection:
        connection.execute("INSERT INTO sighting SELECT min(id), 1, 9, 'codex', 1, NULL FROM event")
        connection.execute("INSERT INTO sighting SELECT max(id), 1, 8, 'proxy', 1, NULL FROM event")
    with db.reading() as connection:
        (found,) = check_clients.apart(connection, DAYS, most=-1)
    assert (found.missed_by_proxy, found.missed_by_log) == (0, 0)


def test_calls_that_the_log_told_as_witnesses_only_are_enough_to_compare(
    db: Database, add: Callable[..., None], call: Callable[..., Any]
) -> None:
    add(*(call(at=NOON + timedelta(minutes=each), source="proxy", client="codex") for each in range(4)))
    with db.transaction() as connection:
        for end in ("min", "max"):
            connection.execute(f"INSERT INTO sighting SELECT {end}(id), 1, 9, 'codex', 1, NULL FROM event")
    with db.reading() as connection:
        (found,) = check_clients.apart(connection, DAYS, most=1)
        assert check_clients.apart(connection, DAYS, most=0) == []
    assert (found.missed_by_proxy, found.missed_by_log) == (0, 2)
